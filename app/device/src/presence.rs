//! Who is here, as far as the server has said.

use std::collections::BTreeMap;

use tidings_protocol::{Presence, Presences, UserId, presence::UserPresence};

#[derive(Debug, Default)]
pub(crate) struct Roll {
    /// Everyone else is offline.
    present: BTreeMap<UserId, UserPresence>,
}

impl Roll {
    /// Applies what the server says; gives the people for whom something is different now.
    pub(crate) fn apply(&mut self, presences: &Presences) -> Vec<UserId> {
        let mut changed = Vec::new();
        if presences.complete {
            let named = |user: &UserId| presences.users.iter().any(|named| named.user == *user);
            for (user, known) in &mut self.present {
                if !named(user) && known.presence != Presence::Offline {
                    known.presence = Presence::Offline;
                    changed.push(*user);
                }
            }
        }
        for news in &presences.users {
            let before = self.present.get(&news.user).copied();
            let last_seen = before.and_then(|known| known.last_seen).max(news.last_seen);
            let after = UserPresence { last_seen, ..*news };
            if before != Some(after) {
                self.present.insert(news.user, after);
                changed.push(news.user);
            }
        }
        changed
    }

    /// What is known of a person.
    pub(crate) fn of(&self, user: UserId) -> UserPresence {
        self.present.get(&user).copied().unwrap_or(UserPresence {
            user,
            presence: Presence::Offline,
            last_seen: None,
        })
    }

    /// Everyone who is not offline.
    pub(crate) fn here(&self) -> impl Iterator<Item = UserId> {
        let here = self
            .present
            .values()
            .filter(|known| known.presence != Presence::Offline);
        here.map(|known| known.user)
    }
}

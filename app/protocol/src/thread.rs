//! Threads and their members.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ClientId, ThreadId, UserId},
    limits,
    message::{Message, Seq},
    settings::ThreadSettings,
    text::{self, TextError, validated},
    time::Timestamp,
};

/// A conversation and its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its identity.
    pub id: ThreadId,
    /// Between two people, or a group.
    pub kind: ThreadKind,
    /// The name of a group. `None` for direct threads, which are called by whom they are with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// Who may read what of a group.
    #[serde(default, skip_serializing_if = "History::is_usual")]
    pub history: History,
    /// The client it belongs to; `None` is internal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Everyone in it, in the order in which they joined. Empty for whoever is no longer one of them: who is there now is
    /// not theirs to know.
    pub members: Vec<Member>,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl Thread {
    /// The member that is `user`, if they are one.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.user == user)
    }

    /// The first message that `user` may see. Whoever is no longer a member, and sees the thread at all, sees it from
    /// the beginning.
    #[must_use]
    pub fn first_seq(&self, user: UserId) -> Seq {
        let joined = self.member(user).map_or(Seq::ZERO, |member| member.joined);
        self.history.first_seq(joined)
    }

    /// The last message before `user` joined; zero for those who were there from the start.
    #[must_use]
    pub fn before_joining(&self, user: UserId) -> Seq {
        let joined = self.member(user).map_or(Seq::ZERO, |member| member.joined);
        joined.previous()
    }
}

/// The name of a group: one line of 1 to [`limits::NAME_MAX_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Title(String);
validated!(Title);

impl Title {
    /// Checks and trims `text`.
    ///
    /// # Errors
    /// [`TextError`] saying what is wrong.
    pub fn new(text: &str) -> Result<Self, TextError> {
        text::line("Name", text, limits::NAME_MAX_CHARS).map(Self)
    }
}

/// Who may read what of a group; chosen when it is made, for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Members read what is said from their joining on. Whoever leaves or is removed can't read any of it any more,
    /// and whoever is brought back begins anew.
    #[default]
    FromJoining,
    /// Members read everything, also what was said before they joined. Whoever leaves or is removed keeps what had been
    /// said until then.
    All,
}

impl History {
    /// The first message that somebody may see whose joining is told at `joined`; zero for those who were there from the
    /// start.
    #[must_use]
    pub fn first_seq(self, joined: Seq) -> Seq {
        match self {
            Self::FromJoining => joined.max(Seq::ZERO.next()),
            Self::All => Seq::ZERO.next(),
        }
    }

    /// Whether former members keep what had been said until they left.
    #[must_use]
    pub fn is_kept(self) -> bool {
        self == Self::All
    }

    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What kind of conversation a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadKind {
    /// Between two people. There is one for each pair and client (or none).
    Direct,
    /// Among several people.
    Group,
}

/// A user in a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they may do to the thread.
    pub role: MemberRole,
    /// The last message they have read, as the others see it: what was read once stays read for them, also when the
    /// reader marks it as unread for themselves.
    pub read_seq: Seq,
    /// The last message that has reached one of their devices. Never below `read_seq`.
    pub delivered_seq: Seq,
    /// The notice that tells of their joining; zero for those who were there from the start. What is before it concerns
    /// them neither as unread nor as read.
    #[serde(default, skip_serializing_if = "Seq::is_zero")]
    pub joined: Seq,
}

impl Member {
    /// Somebody who joins with the notice at `joined`, or is there from the start if that is zero.
    #[must_use]
    pub fn new(user: UserId, role: MemberRole, joined: Seq) -> Self {
        Self {
            user,
            role,
            read_seq: joined.previous(),
            delivered_seq: joined.previous(),
            joined,
        }
    }
}

/// What a member may do to the thread.
///
/// In order: each may all that the ones before it may. See [`crate::rights`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Writes and reads.
    Member,
    /// Also renames a group, adds people, and removes members.
    Admin,
    /// Also removes admins and owners, and says who is what. A group with members always has one.
    Owner,
}

/// A thread as one of its members sees it in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadView {
    /// The thread.
    pub thread: Thread,
    /// `seq` of its newest message; zero when nothing has been said.
    pub last_seq: Seq,
    /// Its newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// How many messages of others come after the viewer's read mark. Always present, zero included: a device
    /// must be able to clear a badge from a snapshot alone.
    pub unread: u32,
    /// Messages after the viewer's read mark that mention them, in order: the newest
    /// [`crate::limits::MENTIONS_LISTED`]. Places and not a number, so that an edit of any of them, loaded or not, adds or
    /// takes away the right one however often it is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Seq>,
    /// Where the viewer's own read mark stands, once they have taken it back; before, it is where the others see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewound: Option<Rewound>,
    /// How the viewer wants the thread.
    #[serde(default, skip_serializing_if = "ThreadSettings::are_usual")]
    pub settings: ThreadSettings,
    /// How often the settings have changed. Of two states of them, the higher one is the newer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub settings_revision: u32,
}

impl ThreadView {
    /// The viewer's own read mark: `unread` and `mentions` come after it.
    #[must_use]
    pub fn read_seq(&self, viewer: UserId) -> Seq {
        match self.rewound {
            Some(rewound) => rewound.seq,
            None => self
                .thread
                .member(viewer)
                .map_or(Seq::ZERO, |member| member.read_seq),
        }
    }
}

/// A read mark that its person has taken back at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewound {
    /// Where it stands now.
    pub seq: Seq,
    /// How often it was taken back. A mark under a higher count is newer, wherever it stands; under the same count
    /// marks only move forward.
    pub rewinds: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
pub(crate) fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const EARLY: UserId = UserId(Uuid::from_u128(1));
    const LATE: UserId = UserId(Uuid::from_u128(2));
    const GONE: UserId = UserId(Uuid::from_u128(3));

    fn group(history: History) -> Thread {
        Thread {
            id: ThreadId(Uuid::from_u128(9)),
            kind: ThreadKind::Group,
            title: Title::new("Night shift").ok(),
            history,
            client: None,
            members: vec![
                Member::new(EARLY, MemberRole::Owner, Seq::ZERO),
                Member::new(LATE, MemberRole::Member, Seq(40)),
            ],
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn late_joiners_read_from_their_joining_unless_all_is_theirs() {
        let first = |history, user| group(history).first_seq(user);
        assert_eq!(first(History::FromJoining, EARLY), Seq(1));
        assert_eq!(first(History::FromJoining, LATE), Seq(40));
        assert_eq!(first(History::All, LATE), Seq(1));
        assert_eq!(first(History::All, GONE), Seq(1));
        let member = group(History::All).member(LATE).cloned().unwrap();
        assert_eq!((member.read_seq, member.delivered_seq), (Seq(39), Seq(39)));
    }

    #[test]
    fn a_title_is_one_line_of_bearable_length() {
        assert_eq!(Title::new("  Night shift ").unwrap().as_str(), "Night shift");
        for text in ["", " ", "two\nlines", &"é".repeat(81), &"x".repeat(10_000)] {
            assert!(Title::new(text).is_err(), "{text:?}");
        }
    }
}

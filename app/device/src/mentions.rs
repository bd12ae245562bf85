//! One thread's unread mentions: which messages after the read mark mention this person.
//!
//! Kept as places, which makes every event harmless to apply again. Each message and each change of one passes by here,
//! so what is known is complete whether or not the history is loaded.

use std::collections::BTreeSet;

use tidings_protocol::{Message, Seq, ThreadKind, User, Username, limits, mention};

#[derive(Debug)]
pub(crate) struct Mentions {
    username: Username,
    kind: ThreadKind,
    places: BTreeSet<Seq>,
}

impl Mentions {
    pub(crate) fn new(me: &User, kind: ThreadKind, places: Vec<Seq>) -> Self {
        Self {
            username: me.username.clone(),
            kind,
            places: places.into_iter().collect(),
        }
    }

    /// A snapshot says how it stands.
    pub(crate) fn replace(&mut self, places: Vec<Seq>) {
        self.places = places.into_iter().collect();
    }

    /// Takes the state of a message of somebody else. What is at `read` or before counts for nothing any more.
    pub(crate) fn note(&mut self, message: &Message, read: Seq) {
        let mentions = message.seq > read
            && mention::Mentions::in_content(&message.content).address(&self.username, self.kind);
        if mentions {
            self.places.insert(message.seq);
            if self.places.len() > limits::MENTIONS_LISTED {
                self.places.pop_first();
            }
        } else {
            self.places.remove(&message.seq);
        }
    }

    /// Whether the message at `seq`, unread when it was noted, mentions this person.
    pub(crate) fn has(&self, seq: Seq) -> bool {
        self.places.contains(&seq)
    }

    /// Messages after `read` that mention this person.
    pub(crate) fn after(&self, read: Seq) -> impl Iterator<Item = Seq> {
        self.places.iter().copied().filter(move |seq| *seq > read)
    }
}

//! Messages of one thread that are quoted on screen and are not loaded for any other reason.
//!
//! They are looked up a page at a time and kept beside the history, so that showing a quote never moves the reader.
//! Whoever shows one says so again when it is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::{Message, Page, Seq, limits};

use crate::history::renew;

/// Quotes that are kept: more than can be on screen at once.
const KEPT: usize = 2 * limits::WINDOW_ROWS;

#[derive(Debug, Default)]
pub(crate) struct Quotes {
    wanted: BTreeSet<Seq>,
    /// `None`: this person can see no message there.
    found: BTreeMap<Seq, Option<Message>>,
}

impl Quotes {
    /// The message at `seq` is quoted on screen. True if it is to be looked up.
    pub(crate) fn want(&mut self, seq: Seq) -> bool {
        if self.found.contains_key(&seq) {
            return false;
        }
        if self.wanted.len() + self.found.len() >= KEPT {
            self.forget();
        }
        self.wanted.insert(seq)
    }

    /// What is known of the message at `seq`; `None` until it was looked up.
    pub(crate) fn get(&self, seq: Seq) -> Option<Option<&Message>> {
        self.found.get(&seq).map(Option::as_ref)
    }

    /// The next place to look up.
    pub(crate) fn next(&self) -> Option<Seq> {
        self.wanted.first().copied()
    }

    /// Takes the page around `seq`, with whatever else of it is wanted.
    pub(crate) fn take(&mut self, page: &Page, seq: Seq) {
        for message in &page.messages {
            if self.wanted.remove(&message.seq) {
                self.found.insert(message.seq, Some(message.clone()));
            }
        }
        self.give_up(seq);
    }

    /// Nothing more is to be had of the message at `seq`.
    pub(crate) fn give_up(&mut self, seq: Seq) {
        if self.wanted.remove(&seq) {
            self.found.insert(seq, None);
        }
    }

    /// Takes the newer state of a message. True if it is quoted and was not known to be like that.
    pub(crate) fn change(&mut self, message: &Message) -> bool {
        renew(self.found.get_mut(&message.seq).and_then(Option::as_mut), message)
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

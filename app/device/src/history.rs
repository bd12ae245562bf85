//! What is loaded of one thread: consecutive messages, and nothing after a gap.
//!
//! A message that does not follow the last loaded one is not taken, so that what is shown never hides a hole;
//! [`crate::store`] asks for the page in between. What is loaded stays true within an epoch of the log, since every
//! change of a message is an event.

use std::collections::VecDeque;

use tidings_protocol::{LocalId, Message, Page, Seq, ThreadId, UserId};

#[derive(Debug, Default)]
pub(crate) struct History {
    messages: VecDeque<Message>,
    known: bool,
    /// Own messages that the server has confirmed ahead of the ones before them: shown last until those come.
    landed: Vec<Message>,
}

impl History {
    /// The history of a thread in which nothing has been said.
    pub(crate) fn empty() -> Self {
        Self {
            known: true,
            ..Self::default()
        }
    }

    /// Whether anything is known: an empty history may be known to be empty.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    pub(crate) fn landed(&self) -> &[Message] {
        &self.landed
    }

    /// Place of the first loaded message.
    pub(crate) fn first(&self) -> Option<Seq> {
        self.messages.front().map(|message| message.seq)
    }

    /// Place of the last loaded message; zero when there is none.
    pub(crate) fn end(&self) -> Seq {
        self.messages.back().map_or(Seq::ZERO, |message| message.seq)
    }

    /// Whether there are messages before the first loaded one.
    pub(crate) fn has_older(&self) -> bool {
        self.first().is_some_and(|first| first > Seq::ZERO.next())
    }

    /// Whether every message in `(after, last]` is loaded.
    pub(crate) fn covers(&self, after: Seq, last: Seq) -> bool {
        self.known
            && self.end() >= last
            && (last <= after || self.first().is_some_and(|first| first <= after.next()))
    }

    /// Loaded messages in `(after, last]`.
    pub(crate) fn between(&self, after: Seq, last: Seq) -> impl Iterator<Item = &Message> {
        let start = self.messages.partition_point(|message| message.seq <= after);
        self.messages
            .range(start..)
            .take_while(move |message| message.seq <= last)
    }

    /// Takes the newer state of a message that is loaded. True if something changed.
    pub(crate) fn change(&mut self, message: &Message) -> bool {
        let Some(first) = self.first() else { return false };
        let known = usize::try_from(message.seq.0 - first.0)
            .ok()
            .and_then(|index| self.messages.get_mut(index))
            .or_else(|| self.landed.iter_mut().find(|landed| landed.id == message.id));
        renew(known, message)
    }

    /// How many loaded messages in `(after, last]` are by others than `me`, and count.
    pub(crate) fn by_others(&self, me: UserId, after: Seq, last: Seq) -> u32 {
        let count = self
            .between(after, last)
            .filter(|message| message.sender != me && message.counts())
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Takes a message if it is the next one. True if something changed.
    pub(crate) fn append(&mut self, message: &Message) -> bool {
        let next = self.known && message.seq == self.end().next();
        if next {
            self.messages.push_back(message.clone());
            self.settle();
        }
        next
    }

    /// Takes an own message that was confirmed, whether or not it is the next one.
    pub(crate) fn land(&mut self, message: &Message) {
        let loaded = self.known && self.end() >= message.seq;
        let known = self.landed.iter().any(|landed| landed.id == message.id);
        if !self.append(message) && !loaded && !known {
            self.landed.push(message.clone());
            self.landed.sort_by_key(|landed| landed.seq);
        }
    }

    /// Takes a page: extends what is loaded, or replaces it if the page is newer and does not touch it.
    ///
    /// False if the page is of no use: not consecutive, or neither touching nor newer.
    pub(crate) fn merge(&mut self, page: &Page) -> bool {
        let consecutive = page
            .messages
            .iter()
            .zip(page.messages.iter().skip(1))
            .all(|(one, next)| next.seq == one.seq.next());
        let own = page.messages.iter().all(|message| message.thread == page.thread);
        if !consecutive || !own {
            return false;
        }
        let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) else {
            let empty = page.last_seq == Seq::ZERO && self.messages.is_empty();
            self.known |= empty;
            return empty;
        };
        if self.touches(first.seq, last.seq) {
            let start = self.first().unwrap_or(Seq::ZERO);
            let end = self.end();
            for message in &page.messages {
                self.change(message);
            }
            for message in page.messages.iter().rev().filter(|message| message.seq < start) {
                self.messages.push_front(message.clone());
            }
            self.messages
                .extend(page.messages.iter().filter(|message| message.seq > end).cloned());
        } else if last.seq > self.end() {
            self.messages = page.messages.iter().cloned().collect();
        } else {
            return false;
        }
        self.known = true;
        self.settle();
        true
    }

    /// Whether a page joins what is loaded without a gap.
    pub(crate) fn touches(&self, first: Seq, last: Seq) -> bool {
        self.first()
            .is_some_and(|start| first <= self.end().next() && last.next() >= start)
    }

    /// Whether the message at `seq` is loaded.
    pub(crate) fn has(&self, seq: Seq) -> bool {
        self.first().is_some_and(|first| first <= seq) && seq <= self.end()
    }

    /// Everything loaded, as a page.
    pub(crate) fn as_page(&self, thread: ThreadId, last_seq: Seq) -> Page {
        Page {
            thread,
            messages: self.messages.iter().cloned().collect(),
            last_seq,
        }
    }

    /// Whether an own message with this local id is among what is known.
    pub(crate) fn contains(&self, me: UserId, local_id: LocalId) -> bool {
        self.messages
            .iter()
            .chain(&self.landed)
            .any(|message| message.sender == me && message.local_id == local_id)
    }

    /// Moves landed messages to their place once it is reached.
    fn settle(&mut self) {
        while let Some(index) = self
            .landed
            .iter()
            .position(|landed| landed.seq == self.end().next())
        {
            let message = self.landed.remove(index);
            self.messages.push_back(message);
        }
        let end = self.end();
        self.landed.retain(|landed| landed.seq > end);
    }
}

/// Replaces what is known of a message by a newer state of it. True if something changed.
pub(crate) fn renew(known: Option<&mut Message>, message: &Message) -> bool {
    match known {
        Some(known) if known.id == message.id && known.revision < message.revision => {
            *known = message.clone();
            true
        }
        Some(_) | None => false,
    }
}

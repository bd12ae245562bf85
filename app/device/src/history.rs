//! What is loaded of one thread: consecutive messages, and nothing after a gap.
//!
//! A message that does not follow the last loaded one is not taken, so that what is shown never hides a hole;
//! [`crate::store`] asks for the page in between. What is loaded stays true as long as the log is followed, since every
//! change of a message is an event.

use std::collections::VecDeque;

use tidings_protocol::{Content, Message, Page, Seq, ThreadId, UserId};

#[derive(Debug, Default)]
pub(crate) struct History {
    messages: VecDeque<Message>,
    /// The last place that is not this person's to see; zero where they see all.
    before: Seq,
    known: bool,
    /// Messages up to this place may have changed since they were loaded.
    doubted: Option<Seq>,
    /// Own messages that the server has confirmed ahead of the ones before them: shown last until those come.
    landed: Vec<Message>,
}

impl History {
    /// Nothing is known of what was said after `before`, which is the last place that may not be seen.
    pub(crate) fn after(before: Seq) -> Self {
        Self {
            before,
            ..Self::default()
        }
    }

    /// Nothing has been said after `before`.
    pub(crate) fn empty(before: Seq) -> Self {
        Self {
            known: true,
            ..Self::after(before)
        }
    }

    /// The last place that may not be seen.
    pub(crate) fn before(&self) -> Seq {
        self.before
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

    /// Place of the last loaded message; the one before the first when there is none.
    pub(crate) fn end(&self) -> Seq {
        self.messages.back().map_or(self.before, |message| message.seq)
    }

    /// Whether there are messages before the first loaded one.
    pub(crate) fn has_older(&self) -> bool {
        self.first().is_some_and(|first| first > self.before.next())
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

    /// The same, to be changed.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.messages.iter_mut().chain(&mut self.landed)
    }

    /// The message at a place, if it is known.
    pub(crate) fn at(&self, seq: Seq) -> Option<&Message> {
        let loaded = self.between(Seq(seq.0.saturating_sub(1)), seq).next();
        loaded.or_else(|| self.landed.iter().find(|landed| landed.seq == seq))
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

    /// Place of the newest loaded message that is by others than `me`, and counts.
    pub(crate) fn newest_of_others(&self, me: UserId) -> Option<Seq> {
        let mut newest_first = self.messages.iter().rev();
        let found = newest_first.find(|message| message.sender != me && message.counts());
        found.map(|message| message.seq)
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
            let empty = page.last_seq <= self.before && self.messages.is_empty();
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
            if self
                .doubted
                .is_some_and(|seq| first.seq <= seq && seq <= last.seq)
            {
                self.doubted = Some(Seq(first.seq.0.saturating_sub(1)));
            }
        } else if last.seq > self.end() {
            self.messages = page.messages.iter().cloned().collect();
            self.doubted = None;
        } else {
            return false;
        }
        self.known = true;
        self.settle();
        true
    }

    /// What is loaded may have changed without this device being told: it has come back after more than the log keeps.
    pub(crate) fn doubt(&mut self) {
        self.doubted = Some(self.end());
    }

    /// So may what is loaded up to a place.
    pub(crate) fn doubt_up_to(&mut self, seq: Option<Seq>) {
        self.doubted = self.doubted.max(seq);
    }

    /// The last message that has to be loaded again, if any has.
    pub(crate) fn doubted(&self) -> Option<Seq> {
        self.doubted
            .filter(|seq| self.first().is_some_and(|first| first <= *seq))
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

    /// All that is known, landed messages last.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().chain(&self.landed)
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
            let is_hidden = known.content == Content::Hidden;
            *known = message.clone();
            // Whatever others make of it, the person does not want to see it.
            if is_hidden {
                known.hide();
            }
            true
        }
        Some(_) | None => false,
    }
}

//! What waits to be written to one connection.
//!
//! Filling it never waits: a connection that takes less than it is sent is closed with [`CloseCode::TooSlow`] and
//! resumes from its position. Once closed, nothing more comes out: who was signed out receives nothing later.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tidings_protocol::{CloseCode, Event, Position, Seq, ServerFrame, ThreadId, UserId, frame, limits};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::fail_point::{Mutation, mutated};

/// An event as it is written, encoded once for all who receive it.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Its place in the log.
    pub offset: u64,
    /// The frame.
    pub text: Utf8Bytes,
    /// For a message: where it is and who sent it, so that its delivery can be noted.
    pub message: Option<(ThreadId, Seq, UserId)>,
}

impl Encoded {
    /// Encodes an event.
    ///
    /// # Errors
    /// Never for the types of the protocol.
    pub fn new(position: Position, event: Event) -> Result<Self, serde_json::Error> {
        let message = match &event {
            Event::MessageSent { message } => Some((message.thread, message.seq, message.sender)),
            Event::MessageChanged { .. }
            | Event::MessageHidden { .. }
            | Event::MessagesRead { .. }
            | Event::MessagesDelivered { .. }
            | Event::UnreadChanged { .. }
            | Event::MarkedUnread { .. }
            | Event::ThreadSettingsChanged { .. }
            | Event::ThreadOpened { .. }
            | Event::MembersAdded { .. }
            | Event::MemberRemoved { .. }
            | Event::MemberRoleChanged { .. }
            | Event::ThreadRenamed { .. }
            | Event::ClientChanged { .. }
            | Event::UserChanged { .. }
            | Event::SmartRepliesChanged { .. }
            | Event::SessionEnded { .. }
            | Event::Unknown => None,
        };
        let text = frame::encode(&ServerFrame::Event { position, event })?;
        Ok(Self {
            offset: position.offset,
            text: text.into(),
            message,
        })
    }
}

/// Something to be written.
#[derive(Clone, Debug)]
pub enum Item {
    /// An event.
    Event(Arc<Encoded>),
    /// An encoded signal.
    Signal(Utf8Bytes),
    /// A beat saying that everything up to this offset was put into this queue before it.
    Beat(u64),
}

/// The queue. Filled by the hub, emptied by one connection.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Item>,
    bytes: usize,
    closed: Option<CloseCode>,
}

impl Queue {
    /// Adds something. When there is no room, a signal is dropped, and an event closes the queue as too slow.
    pub fn push(&self, item: Item) {
        let mut state = self.lock();
        if state.closed.is_some() {
            return;
        }
        let count = state.items.len() + 1;
        let bytes = state.bytes + item.size();
        let share = match item {
            // Hints go first: they may fill only half, so that they never push an event out.
            Item::Signal(_) => 2,
            Item::Event(_) | Item::Beat(_) => 1,
        };
        let fits = count <= limits::QUEUE_MAX_EVENTS / share && bytes <= limits::QUEUE_MAX_BYTES / share;
        if fits || mutated(Mutation::UnboundedQueue) {
            state.bytes = bytes;
            state.items.push_back(item);
        } else if matches!(item, Item::Event(_)) && !mutated(Mutation::LaggedIgnored) {
            state.close(CloseCode::TooSlow);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Closes the queue: what waits in it is thrown away. The first reason stands.
    pub fn close(&self, code: CloseCode) {
        self.lock().close(code);
        self.changed.notify_one();
    }

    /// The next thing to write, or why to stop. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The reason for which the queue was closed.
    pub async fn next(&self) -> Result<Item, CloseCode> {
        loop {
            {
                let mut state = self.lock();
                if let Some(code) = state.closed {
                    return Err(code);
                }
                if let Some(item) = state.items.pop_front() {
                    state.bytes = state.bytes.saturating_sub(item.size());
                    return Ok(item);
                }
            }
            self.changed.notified().await;
        }
    }

    /// Why the queue was closed, once it is.
    pub async fn closed(&self) -> CloseCode {
        loop {
            if let Some(code) = self.lock().closed {
                return code;
            }
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics between two changes that belong together, so the state is whole even then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn close(&mut self, code: CloseCode) {
        if self.closed.is_none() {
            self.closed = Some(code);
            self.items.clear();
            self.bytes = 0;
        }
    }
}

impl Item {
    fn size(&self) -> usize {
        match self {
            Self::Event(event) => event.text.len(),
            Self::Signal(text) => text.len(),
            Self::Beat(_) => size_of::<u64>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(offset: u64, bytes: usize) -> Item {
        Item::Event(Arc::new(Encoded {
            offset,
            text: "x".repeat(bytes).into(),
            message: None,
        }))
    }

    fn signal() -> Item {
        Item::Signal(Utf8Bytes::from_static("s"))
    }

    async fn taken(queue: &Queue) -> Vec<Item> {
        let mut items = Vec::new();
        queue.push(Item::Beat(u64::MAX));
        while let Ok(item) = queue.next().await {
            if matches!(item, Item::Beat(u64::MAX)) {
                return items;
            }
            items.push(item);
        }
        items
    }

    #[tokio::test]
    async fn one_event_too_many_closes_a_queue_as_too_slow() {
        let queue = Queue::default();
        for offset in 0..limits::QUEUE_MAX_EVENTS as u64 {
            queue.push(event(offset, 1));
        }
        assert!(matches!(queue.next().await, Ok(Item::Event(first)) if first.offset == 0));
        queue.push(event(1000, 1));
        queue.push(event(1001, 1));
        assert_eq!(queue.closed().await, CloseCode::TooSlow);
        assert!(matches!(queue.next().await, Err(CloseCode::TooSlow)));
    }

    #[tokio::test]
    async fn bytes_count_as_well_as_events() {
        let queue = Queue::default();
        queue.push(event(0, limits::QUEUE_MAX_BYTES));
        queue.push(event(1, 1));
        assert_eq!(queue.closed().await, CloseCode::TooSlow);
    }

    #[tokio::test]
    async fn signals_fill_half_and_are_dropped_without_closing() {
        let queue = Queue::default();
        for _ in 0..limits::QUEUE_MAX_EVENTS {
            queue.push(signal());
        }
        queue.push(event(0, 1));
        let items = taken(&queue).await;
        assert_eq!(items.len(), limits::QUEUE_MAX_EVENTS / 2 + 1);
        assert!(matches!(items.last(), Some(Item::Event(_))));
    }

    #[tokio::test]
    async fn nothing_comes_out_of_a_closed_queue() {
        let queue = Queue::default();
        queue.push(event(0, 1));
        queue.close(CloseCode::SignedOut);
        queue.close(CloseCode::Restarting);
        queue.push(event(1, 1));
        assert!(matches!(queue.next().await, Err(CloseCode::SignedOut)));
    }
}

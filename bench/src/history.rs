//! What one device saw, as the checker judges it.

use std::collections::BTreeMap;

use tidings_protocol::{LocalId, MessageId, Seq, ThreadId, UserId};

/// Something that one device did or saw, in the order in which it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A message was written: it is sent under this local id until it is confirmed.
    Sent {
        /// Where.
        thread: ThreadId,
        /// Under which id.
        local_id: LocalId,
    },
    /// The server answered that the message is stored.
    Acked {
        /// Where.
        thread: ThreadId,
        /// Which.
        local_id: LocalId,
        /// At which place.
        seq: Seq,
    },
    /// A message came as an event.
    Received {
        /// Where the event stands in the log.
        offset: u64,
        /// Where.
        thread: ThreadId,
        /// At which place.
        seq: Seq,
        /// Which.
        message: MessageId,
    },
    /// The device started from a snapshot: messages up to these places come as pages of history, not as events.
    Resynced {
        /// The newest place of each thread.
        known: BTreeMap<ThreadId, Seq>,
    },
    /// A backup is about to be made: whatever this device was told before is in it.
    BackedUp,
    /// The backup takes the database's place: what was told since it was made may never have happened.
    Restored,
}

/// Everything of one device.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What it is called in sentences.
    pub device: String,
    /// Whose it is.
    pub user: Option<UserId>,
    /// What happened.
    pub records: Vec<Record>,
    /// Messages left in the outbox at the end.
    pub unsent: usize,
    /// What is on its screen at the end of each thread, as [`fingerprint`]s.
    pub shown: BTreeMap<ThreadId, u64>,
}

/// Rows at the end of a thread that devices are compared by: what every device has loaded after opening it.
pub const COMPARED: usize = 50;

/// One number for the end of a thread, the same for the same messages at the same places.
#[must_use]
pub fn fingerprint(rows: impl DoubleEndedIterator<Item = (Seq, LocalId)>) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};

    let mut hasher = DefaultHasher::new();
    for row in rows.rev().take(COMPARED) {
        row.hash(&mut hasher);
    }
    hasher.finish()
}

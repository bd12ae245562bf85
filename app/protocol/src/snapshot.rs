//! Where a device stands, and all it needs to start.

use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    id::{Epoch, SessionId},
    presence::Presences,
    suggestion::SmartReplySettings,
    thread::ThreadView,
    time::Timestamp,
    user::User,
};

/// Where a reader stands in the log.
///
/// Opaque to everything but the code that resumes: offsets of different epochs can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Which history of the log.
    pub epoch: Epoch,
    /// The last row seen; zero is before the first.
    pub offset: u64,
}

/// All a device needs to start, or to start afresh when it can't resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Read before the data: events after it may already be in the data, and applying them again changes nothing.
    pub position: Position,
    /// When it was taken, by the server's clock.
    pub taken_at: Timestamp,
    /// The person whose device this is.
    pub me: User,
    /// What smart replies they have.
    #[serde(default)]
    pub smart_replies: SmartReplySettings,
    /// The session it is signed in with.
    pub session: SessionId,
    /// Everyone who shares a thread with `me` or did so before one of them left it, and `me`.
    pub users: Vec<User>,
    /// The clients of the threads.
    pub clients: Vec<Client>,
    /// Every thread `me` is a member of, and groups that `me` is no longer a member of and keeps: those without members.
    pub threads: Vec<ThreadView>,
    /// Who of `users` is here.
    pub presences: Presences,
}

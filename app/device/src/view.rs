//! What a screen shows, as plain values: compared to decide whether to redraw, and the same on server and browser.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    Client, Content, LocalId, Message, MessageId, Page, Position, Reaction, Seq, Snapshot, ThreadId,
    ThreadKind, Timestamp, User, UserId,
};

use crate::{
    io::Progress,
    transport::{Detour, Transport},
};

/// What a device starts from: a snapshot, and pages of history that were read with it.
///
/// The server renders a page from this, and the browser hydrates from the same, so both show the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// The state of everything.
    pub snapshot: Snapshot,
    /// The newest messages of the open thread.
    pub pages: Vec<Page>,
}

/// A thread as its row in the list and its header show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Which.
    pub id: ThreadId,
    /// Direct or group.
    pub kind: ThreadKind,
    /// The members other than oneself.
    pub others: Vec<User>,
    /// The client it belongs to.
    pub client: Option<Client>,
    /// Its newest message, unsent ones of this device included.
    pub last: Option<LastMessage>,
    /// When something was last said, or when it was opened: the list is sorted by this, newest first.
    pub active_at: Timestamp,
    /// Messages of others after the read mark.
    pub unread: u32,
}

/// The newest message of a thread, as its row shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastMessage {
    /// Who said it.
    pub sender: UserId,
    /// What.
    pub content: Content,
    /// When.
    pub at: Timestamp,
    /// For one's own, how far it has got.
    pub progress: Option<Progress>,
}

/// The messages of a thread that are to be on screen: at most [`tidings_protocol::limits::WINDOW_ROWS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// In order; unsent ones of this device last.
    pub rows: Vec<Row>,
    /// Whether there are messages before the first row.
    pub has_older: bool,
    /// Whether there are messages after the last row (the window was moved up).
    pub has_newer: bool,
    /// Whether a page is being waited for.
    pub loading: bool,
    /// Whether anything is known yet; false shows a placeholder and not "no messages".
    pub loaded: bool,
    /// The unread divider stands before the row with this `seq`; fixed when the thread was opened.
    pub divider: Option<Seq>,
    /// The row that the person asked to see by [`crate::Input::ShowMessage`], once it is among the rows.
    pub focus: Option<Seq>,
    /// How often a message was brought into focus: a new number says to look at `focus` again, even at the same one.
    pub focused: u32,
}

/// One message on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key for life: the same before and after the server confirmed it.
    pub key: LocalId,
    /// Its place; `None` while unconfirmed.
    pub seq: Option<Seq>,
    /// Its identity; `None` while unconfirmed.
    pub id: Option<MessageId>,
    /// Who said it.
    pub sender: UserId,
    /// Whether it is one's own.
    pub mine: bool,
    /// What.
    pub content: Content,
    /// The message of the same thread that it answers.
    pub reply_to: Option<Seq>,
    /// When: by the server's clock once confirmed.
    pub at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// Who reacted how.
    pub reactions: Vec<Reaction>,
    /// How far one's own has got; `None` for those of others.
    pub progress: Option<Progress>,
}

impl From<&Message> for LastMessage {
    fn from(message: &Message) -> Self {
        Self {
            sender: message.sender,
            content: message.content.clone(),
            at: message.sent_at,
            progress: None,
        }
    }
}

/// How the connection does, for somebody who looks into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// What carries it; `None` while there is none.
    pub over: Option<Transport>,
    /// Whether events flow.
    pub live: bool,
    /// How long the server took to answer when it was last asked.
    pub round_trip: Option<Duration>,
    /// Where the device stands in the log.
    pub position: Option<Position>,
    /// Set while sockets are left alone.
    pub detour: Option<Detour>,
}

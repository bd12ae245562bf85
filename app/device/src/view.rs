//! What a screen shows, as plain values: compared to decide whether to redraw, and the same on server and browser.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ApiError, Client, Content, History, LinkPreview, LocalId, MemberRole, Message, MessageId, Page, Position,
    Reaction, Seq, Snapshot, ThreadId, ThreadKind, ThreadSettings, Timestamp, Title, User, UserId,
};

use crate::{
    io::{Act, Progress, Which},
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
    /// The name of a group.
    pub title: Option<Title>,
    /// Who may read what of a group.
    pub history: History,
    /// What this person may do in it; `None` when they are no longer a member, and only keep what was said until then.
    pub role: Option<MemberRole>,
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
    /// How many of them mention this person.
    pub mentioned: u32,
    /// How this person has the thread.
    pub settings: ThreadSettings,
}

/// A member of a thread, as lists of them show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: MemberRole,
}

/// How far a message has got with each of those for whom it was: the members other than its sender who were there when it
/// was said. Each is in one of the three, in the order of joining.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// Who has read it.
    pub read: Vec<User>,
    /// On a device of whom it is, unread.
    pub delivered: Vec<User>,
    /// Whom it has not reached.
    pub waiting: Vec<User>,
}

impl Receipts {
    /// How many it was for.
    #[must_use]
    pub fn total(&self) -> usize {
        self.read.len() + self.delivered.len() + self.waiting.len()
    }
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
    /// Whether it repeats what was said elsewhere.
    pub forwarded: bool,
    /// When: by the server's clock once confirmed.
    pub at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// Who reacted how.
    pub reactions: Vec<Reaction>,
    /// What the page that it links to says of itself.
    pub preview: Option<Box<LinkPreview>>,
    /// How far one's own has got; `None` for those of others.
    pub progress: Option<Progress>,
    /// Whether it is shown as this device has changed it, which the server has not confirmed.
    pub amended: bool,
    /// What this device wanted to make of it and the server refused, in order.
    pub refused: Vec<Refusal>,
}

impl Row {
    /// Which message of its thread it shows.
    #[must_use]
    pub fn which(&self) -> Which {
        self.seq.map_or(Which::Unsent(self.key), Which::Stored)
    }
}

/// A change that the server refused: the message is not like that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For [`crate::Input::Discard`].
    pub id: LocalId,
    /// What was wanted.
    pub act: Act,
    /// Why it can't be.
    pub error: ApiError,
}

/// A message as others quote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// Nothing is known of it yet: [`crate::Input::QuoteShown`] asks for it.
    Unknown,
    /// This person can see no such message.
    Missing,
    /// It is here.
    Message {
        /// Who said it.
        sender: UserId,
        /// What it holds, as it stands now.
        content: Content,
    },
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

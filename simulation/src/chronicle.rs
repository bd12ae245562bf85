//! What happened, line by line: to compare two runs of a seed, and to read one.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use tidings_protocol::{Command, DeviceFrame, Event, Reply, ServerFrame, Signal, Timestamp};

use crate::{Finding, organisation::START};

/// How a simulation came out.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What was wrong. Empty when all promises held.
    pub findings: Vec<Finding>,
    /// A number that differs when anything that happened differs.
    pub digest: u64,
    /// Messages that were acknowledged.
    pub acknowledged: usize,
    /// Connections that were dialled.
    pub dialled: usize,
    /// Crashes of the server.
    pub crashes: usize,
    /// A line for each thing that happened, if asked for.
    pub lines: Vec<String>,
}

/// Takes lines down. Ids are left out, since those of the server differ from run to run.
pub(crate) struct Chronicle {
    hasher: DefaultHasher,
    lines: Option<Vec<String>>,
}

impl Chronicle {
    pub(crate) fn new(keeps_lines: bool) -> Self {
        Self {
            hasher: DefaultHasher::new(),
            lines: keeps_lines.then(Vec::new),
        }
    }

    pub(crate) fn note(&mut self, now: Timestamp, what: fmt::Arguments<'_>) {
        let line = format!("{:>9.3} {what}", now.since(START).as_secs_f64());
        line.hash(&mut self.hasher);
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    pub(crate) fn close(self) -> (u64, Vec<String>) {
        (self.hasher.finish(), self.lines.unwrap_or_default())
    }
}

/// A frame of the server in a few words without ids.
pub(crate) struct Down<'a>(pub &'a ServerFrame);

impl fmt::Display for Down<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ServerFrame::Welcome { snapshot: None, .. } => f.write_str("welcome"),
            ServerFrame::Welcome {
                snapshot: Some(snapshot),
                ..
            } => write!(
                f,
                "welcome with a snapshot at {} of {} threads",
                snapshot.position.offset,
                snapshot.threads.len()
            ),
            ServerFrame::Event { position, event } => write!(f, "{}: {}", position.offset, Happened(event)),
            ServerFrame::Signal { signal } => match signal {
                Signal::TypingStarted { .. } => f.write_str("typing started"),
                Signal::TypingStopped { .. } => f.write_str("typing stopped"),
                Signal::Presence { presences } => write!(
                    f,
                    "presence of {} ({})",
                    presences.users.len(),
                    if presences.complete { "all" } else { "some" }
                ),
                Signal::Unknown => f.write_str("an unknown signal"),
            },
            ServerFrame::Reply { id, reply } => match reply {
                Reply::Message(message) => write!(f, "reply {id}: message {}", message.seq.0),
                Reply::ReadMark(mark) => write!(f, "reply {id}: read {} left {}", mark.seq.0, mark.unread),
                Reply::Page(page) => write!(
                    f,
                    "reply {id}: page of {} up to {}",
                    page.messages.len(),
                    page.last_seq.0
                ),
                _ => write!(f, "reply {id}"),
            },
            ServerFrame::Refused { id, error } => write!(f, "refused {id}: {:?}", error.code),
            ServerFrame::Error { error } => write!(f, "error {:?}", error.code),
            ServerFrame::Beat { head, sent } => write!(f, "beat at {} after {sent}", head.offset),
            ServerFrame::Unknown => f.write_str("an unknown frame"),
        }
    }
}

struct Happened<'a>(&'a Event);

impl fmt::Display for Happened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Event::MessageSent { message } => {
                write!(f, "message {} “{}”", message.seq.0, message.content.text())
            }
            Event::MessageHidden { seq, .. } => write!(f, "message {} hidden", seq.0),
            Event::MessageChanged { message } => write!(f, "message {} changed", message.seq.0),
            Event::MessagesRead { seq, .. } => write!(f, "read {}", seq.0),
            Event::MessagesDelivered { seq, .. } => write!(f, "delivered {}", seq.0),
            Event::UnreadChanged { mark } => write!(f, "unread {} after {}", mark.unread, mark.seq.0),
            Event::MarkedUnread { mark, .. } => write!(f, "back to {} after {}", mark.unread, mark.seq.0),
            Event::ThreadSettingsChanged { mark } => write!(f, "settings {}", mark.revision),
            Event::ThreadOpened { thread, .. } => write!(f, "thread of {}", thread.members.len()),
            Event::MembersAdded { members, .. } => write!(f, "{} joined", members.len()),
            Event::MemberRemoved { .. } => f.write_str("a member is gone"),
            Event::MemberRoleChanged { role, .. } => write!(f, "a member is {role:?}"),
            Event::ThreadRenamed { title, .. } => write!(f, "named {}", title.as_str()),
            Event::ClientChanged { client } => write!(f, "client {}", client.name),
            Event::UserChanged { user } => {
                write!(f, "user {} active {}", user.display_name.as_str(), user.active)
            }
            Event::SmartRepliesChanged { .. } => f.write_str("smart replies chosen"),
            Event::SessionEnded { .. } => f.write_str("session ended"),
            Event::Unknown => f.write_str("an unknown event"),
        }
    }
}

/// A frame of a device in a few words without ids.
pub(crate) struct Up<'a>(pub &'a DeviceFrame);

impl fmt::Display for Up<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DeviceFrame::Hello { position, .. } => {
                write!(f, "hello at {:?}", position.map(|position| position.offset))
            }
            DeviceFrame::Call { id, command } => match command {
                Command::SendMessage(send) => write!(f, "call {id}: send “{}”", send.text()),
                Command::MarkRead(mark) => write!(f, "call {id}: read {}", mark.seq.0),
                other => write!(f, "call {id}: {}", other.name()),
            },
            DeviceFrame::Acknowledge { position } => write!(f, "acknowledge {}", position.offset),
            DeviceFrame::TypingStarted { .. } => f.write_str("typing started"),
            DeviceFrame::TypingStopped { .. } => f.write_str("typing stopped"),
            DeviceFrame::Activity { idle_for_ms } => write!(f, "idle for {idle_for_ms} ms"),
            DeviceFrame::Probe => f.write_str("probe"),
        }
    }
}

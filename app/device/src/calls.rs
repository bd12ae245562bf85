//! Commands on their way, by the id that ties an answer to its question on one connection.

use std::collections::BTreeMap;

use tidings_protocol::{Command, DeviceFrame, LocalId, ThreadId};

use crate::{io::Question, turn::Turn};

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Send(LocalId),
    Amend(LocalId),
    /// The read mark, moved either way.
    Mark(ThreadId),
    Settings(ThreadId),
    Fetch(ThreadId),
    Ask(Question),
}

#[derive(Debug, Default)]
pub(crate) struct Calls {
    last_id: u64,
    waiting: BTreeMap<u64, Purpose>,
}

impl Calls {
    pub(crate) fn call(&mut self, turn: &mut Turn, purpose: Purpose, command: impl Into<Command>) {
        self.last_id += 1;
        self.waiting.insert(self.last_id, purpose);
        turn.transmit(DeviceFrame::Call {
            id: self.last_id,
            command: command.into(),
        });
    }

    /// What an answer is for; `None` if it was answered before or never asked.
    pub(crate) fn answered(&mut self, id: u64) -> Option<Purpose> {
        self.waiting.remove(&id)
    }

    /// The connection is gone: ids start again, and these get no answer.
    pub(crate) fn lost(&mut self) -> Vec<Purpose> {
        self.last_id = 0;
        std::mem::take(&mut self.waiting).into_values().collect()
    }
}

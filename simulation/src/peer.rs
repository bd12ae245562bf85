//! One device with all that a browser gives it: a page that can be loaded, storage, a clock, and a network.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use tidings_device::{Amendment, Device, Unsent};
use tidings_protocol::{LocalId, ServerFrame, ThreadId, Timestamp};
use tidings_server::service::Caller;
use tokio::task::JoinHandle;

use crate::process;

/// A device and what it stands on.
pub(crate) struct Peer {
    /// Whose, among the people of the organisation.
    pub(crate) owner: usize,
    pub(crate) caller: Caller,
    pub(crate) page: Page,
    /// What its storage keeps.
    pub(crate) storage: BTreeMap<LocalId, Unsent>,
    /// The same of what was made of messages.
    pub(crate) amendments: BTreeMap<LocalId, Amendment>,
    /// What its storage has been asked and not done yet, in order.
    pub(crate) chores: VecDeque<(Timestamp, Chore)>,
    /// When it wants to be woken, by its own clock.
    pub(crate) wake_at: Option<Timestamp>,
    /// How far its clock is ahead of the true time, in milliseconds.
    pub(crate) skew: i64,
    /// When its dial reaches the network.
    pub(crate) dials_at: Option<Timestamp>,
    /// A reply that events have overtaken, and when it comes at the latest: a server may write either first.
    pub(crate) late: Option<(Timestamp, ServerFrame)>,
    /// Its connection, among the wires of the world.
    pub(crate) wire: Option<usize>,
    /// A wire on which nothing is heard before then: the machine sleeps.
    pub(crate) asleep_until: Timestamp,
    /// No dial succeeds before then.
    pub(crate) offline_until: Timestamp,
    /// What was written on it, in the order of writing.
    pub(crate) written: Vec<Written>,
    /// Questions asked so far.
    pub(crate) questions: u64,
}

/// The page that the device runs in.
pub(crate) enum Page {
    /// At the sign-in page.
    SignedOut,
    /// Somebody wants to load it, not before then.
    Wanted(Timestamp),
    /// The server is asked for it.
    Loading(JoinHandle<process::Page>),
    /// Alive.
    Open(Box<Device>),
}

/// Something for the storage to do.
pub(crate) enum Chore {
    Load,
    Save(Unsent),
    SaveAmendment(Amendment),
    Forget(LocalId),
}

/// A message as somebody wrote it.
pub(crate) struct Written {
    pub(crate) thread: ThreadId,
    pub(crate) local_id: LocalId,
    pub(crate) text: String,
    /// The page went before the storage had it: it may or may not have been sent.
    pub(crate) is_unsure: bool,
}

impl Peer {
    pub(crate) fn new(owner: usize, caller: Caller, at: Timestamp) -> Self {
        Self {
            owner,
            caller,
            page: Page::Wanted(at),
            storage: BTreeMap::new(),
            amendments: BTreeMap::new(),
            chores: VecDeque::new(),
            wake_at: None,
            skew: 0,
            dials_at: None,
            late: None,
            wire: None,
            asleep_until: Timestamp::default(),
            offline_until: Timestamp::default(),
            written: Vec::new(),
            questions: 0,
        }
    }

    pub(crate) fn device(&self) -> Option<&Device> {
        match &self.page {
            Page::Open(device) => Some(device),
            Page::SignedOut | Page::Wanted(_) | Page::Loading(_) => None,
        }
    }

    /// The time by the device's clock.
    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0 + self.skew)
    }

    /// When the device does next something by itself, in true time.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let wake = self
            .wake_at
            .filter(|_| self.device().is_some())
            .map(|at| Timestamp(at.0 - self.skew));
        let chore = self.chores.front().map(|(due, _)| *due);
        let page = match self.page {
            Page::Wanted(at) => Some(at),
            Page::SignedOut | Page::Loading(_) | Page::Open(_) => None,
        };
        let late = self.late.as_ref().map(|(due, _)| *due);
        let due = [wake, chore, self.dials_at, page, late]
            .into_iter()
            .flatten()
            .min()?;
        Some(due.max(self.asleep_until))
    }

    /// The page goes. Of what its storage was asked, the first `done` things still happen.
    pub(crate) fn unload(&mut self, done: usize) {
        for _ in 0..done {
            if let Some((_, chore)) = self.chores.pop_front() {
                self.perform(chore);
            }
        }
        self.chores.clear();
        self.wake_at = None;
        self.dials_at = None;
        self.late = None;
        self.wire = None;
        if let Page::Open(device) = std::mem::replace(&mut self.page, Page::SignedOut) {
            for unsent in device.unsent() {
                if !self.storage.contains_key(&unsent.local_id) {
                    let mut written = self.written.iter_mut();
                    if let Some(lost) = written.find(|written| written.local_id == unsent.local_id) {
                        lost.is_unsure = true;
                    }
                }
            }
        }
    }

    /// The storage does something.
    pub(crate) fn perform(&mut self, chore: Chore) {
        match chore {
            Chore::Load => {}
            Chore::Save(unsent) => {
                self.storage.insert(unsent.local_id, unsent);
            }
            Chore::SaveAmendment(amendment) => {
                self.amendments.insert(amendment.id, amendment);
            }
            Chore::Forget(id) => {
                self.storage.remove(&id);
                self.amendments.remove(&id);
            }
        }
    }

    /// Asks the storage for something, which takes a while and happens in order.
    pub(crate) fn ask_storage(&mut self, now: Timestamp, takes: Duration, chore: Chore) {
        let earliest = self.chores.back().map_or(now, |(due, _)| *due);
        self.chores.push_back((earliest.max(now + takes), chore));
    }
}

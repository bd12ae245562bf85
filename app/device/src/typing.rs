//! Who is typing, until when; and when to say that we are.
//!
//! The receiver's deadline is the truth: a stop that is lost costs at most
//! [`limits::TYPING_LIFETIME`], never an indicator that stays.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::{DeviceFrame, ThreadId, Timestamp, UserId, limits};

use crate::turn::Turn;

/// Others who type.
#[derive(Debug, Default)]
pub(crate) struct Typists {
    /// By thread, in the order in which they began, with the time at which they are forgotten.
    threads: BTreeMap<ThreadId, Vec<(UserId, Timestamp)>>,
}

impl Typists {
    /// True if this person was not typing there before.
    pub(crate) fn started(&mut self, now: Timestamp, thread: ThreadId, user: UserId) -> bool {
        let typists = self.threads.entry(thread).or_default();
        let until = now + limits::TYPING_LIFETIME;
        if let Some(known) = typists.iter_mut().find(|(typist, _)| *typist == user) {
            let was_forgotten = known.1 <= now;
            known.1 = until;
            return was_forgotten;
        }
        typists.push((user, until));
        true
    }

    /// True if this person was typing there.
    pub(crate) fn stopped(&mut self, thread: ThreadId, user: UserId) -> bool {
        let Some(typists) = self.threads.get_mut(&thread) else {
            return false;
        };
        let before = typists.len();
        typists.retain(|(typist, _)| *typist != user);
        typists.len() != before
    }

    /// A thread is no longer this person's. True if somebody was typing there.
    pub(crate) fn leave(&mut self, thread: ThreadId) -> bool {
        self.threads.remove(&thread).is_some()
    }

    /// The person is no longer here; gives the threads in which they typed.
    pub(crate) fn left(&mut self, user: UserId) -> Vec<ThreadId> {
        let threads: Vec<ThreadId> = self.threads.keys().copied().collect();
        threads
            .into_iter()
            .filter(|thread| self.stopped(*thread, user))
            .collect()
    }

    /// Forgets those whose time is over; gives the threads in which that happened.
    pub(crate) fn expire(&mut self, now: Timestamp) -> BTreeSet<ThreadId> {
        let mut changed = BTreeSet::new();
        self.threads.retain(|thread, typists| {
            let before = typists.len();
            typists.retain(|(_, until)| *until > now);
            if typists.len() != before {
                changed.insert(*thread);
            }
            !typists.is_empty()
        });
        changed
    }

    /// Forgets everyone; gives the threads in which somebody typed.
    pub(crate) fn clear(&mut self) -> BTreeSet<ThreadId> {
        self.expire(Timestamp(i64::MAX))
    }

    /// Who types in a thread at `now`, in the order in which they began.
    pub(crate) fn of(&self, thread: ThreadId, now: Timestamp) -> impl Iterator<Item = UserId> {
        let typists = self.threads.get(&thread).into_iter().flatten();
        typists
            .filter(move |(_, until)| *until > now)
            .map(|(user, _)| *user)
    }

    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.threads.values().flatten().map(|(_, until)| *until).min()
    }
}

/// What we have told others about our own typing on this connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hands {
    typing: Option<Typing>,
}

#[derive(Clone, Copy, Debug)]
struct Typing {
    thread: ThreadId,
    last_key: Timestamp,
    told: Timestamp,
}

impl Hands {
    /// A key changed the text of a composer that is not empty.
    pub(crate) fn key(&mut self, turn: &mut Turn, thread: ThreadId) {
        if self.typing.is_some_and(|typing| typing.thread != thread) {
            self.stop(turn);
        }
        let told = match self.typing {
            Some(typing) if turn.now < typing.told + limits::TYPING_REPEAT => typing.told,
            _ => {
                turn.transmit(DeviceFrame::TypingStarted { thread });
                turn.now
            }
        };
        self.typing = Some(Typing {
            thread,
            last_key: turn.now,
            told,
        });
    }

    /// The composer of `thread` is empty, left or sent.
    pub(crate) fn stop_in(&mut self, turn: &mut Turn, thread: ThreadId) {
        if self.typing.is_some_and(|typing| typing.thread == thread) {
            self.stop(turn);
        }
    }

    pub(crate) fn tick(&mut self, turn: &mut Turn) {
        if self.deadline().is_some_and(|deadline| deadline <= turn.now) {
            self.stop(turn);
        }
    }

    /// The connection is gone, and with it what was told on it.
    pub(crate) fn lost(&mut self) {
        self.typing = None;
    }

    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.typing.map(|typing| typing.last_key + limits::TYPING_IDLE)
    }

    fn stop(&mut self, turn: &mut Turn) {
        if let Some(typing) = self.typing.take() {
            turn.transmit(DeviceFrame::TypingStopped {
                thread: typing.thread,
            });
        }
    }
}

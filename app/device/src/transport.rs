//! What carries the frames: a socket, or long-poll where no socket gets through.
//!
//! A try dials the transport that is preferred, and the other one too when the first has failed or is slow. A server
//! that is down refuses both, so it is not taken for a network that blocks sockets: only long-poll that comes live
//! after a socket failed in the same try tells them apart, and only that is remembered. Where sockets got through before,
//! one that fails beside live long-poll does: a server that has just started refused the first and not the second.

use serde::{Deserialize, Serialize};
use tidings_protocol::{Timestamp, limits};

/// A way to carry frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// A WebSocket.
    Socket,
    /// Requests that the server holds back until it has something to say.
    LongPoll,
}

impl Transport {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Socket => Self::LongPoll,
            Self::LongPoll => Self::Socket,
        }
    }
}

/// How sockets fail where long-poll works, as a device sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// They are refused: something answered that is no socket.
    Refused,
    /// Nothing answers, or nothing comes over them.
    Silent,
    /// They open and are cut soon after.
    Cut,
}

/// Sockets are left alone for a while. Worth keeping across reloads: the network is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detour {
    /// Why.
    pub fault: Fault,
    /// When a socket is tried again, by the device's clock.
    pub until: Timestamp,
}

/// Sockets in a row that may be cut soon after they came live, before they are given up. One can be an accident.
const SHORT_LIVES: u8 = 2;

/// Which transport to prefer, and what was learnt about sockets.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    detour: Option<Detour>,
    /// How a socket failed in this try; believed once long-poll is live.
    suspected: Option<Fault>,
    /// A socket has been live, so sockets do get through here.
    proven: bool,
    short_lives: u8,
}

impl Choice {
    /// Takes up a detour that was remembered. One that lasts longer than any should was written under another clock; one
    /// that is over only waits to be forgotten.
    pub(crate) fn remembered(&mut self, now: Timestamp, detour: Detour) {
        if detour.until <= now + limits::SOCKET_AVOIDED_FOR {
            self.detour = Some(detour);
        }
    }

    /// A new try begins: the transport to dial first.
    pub(crate) fn preferred(&mut self, now: Timestamp) -> Transport {
        self.suspected = None;
        match self.detour {
            Some(detour) if detour.until > now => Transport::LongPoll,
            _ => Transport::Socket,
        }
    }

    pub(crate) fn detour(&self) -> Option<Detour> {
        self.detour
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.proven
    }

    /// A socket failed where the server can't have meant it.
    pub(crate) fn failed(&mut self, fault: Fault) {
        self.suspected.get_or_insert(fault);
    }

    /// A socket that was live is gone without a word; `young`: soon after it came live. Says whether that was once too
    /// often.
    pub(crate) fn lost(&mut self, young: bool) -> bool {
        self.short_lives = if young { self.short_lives + 1 } else { 0 };
        let too_often = self.short_lives >= SHORT_LIVES;
        if too_often {
            self.short_lives = 0;
        }
        too_often
    }

    /// Events flow. Says whether the detour has changed.
    pub(crate) fn live(&mut self, now: Timestamp, over: Transport) -> bool {
        match over {
            Transport::Socket => {
                self.proven = true;
                self.suspected = None;
                self.detour.take().is_some()
            }
            Transport::LongPoll => !self.doubts() && self.avoid(now),
        }
    }

    /// Whether a refused socket must be refused again before that is believed: sockets do get through here, so the server
    /// may only have been starting when it refused that one and, a moment later, not long-poll.
    pub(crate) fn doubts(&self) -> bool {
        self.proven && self.suspected == Some(Fault::Refused)
    }

    /// Believes the suspicion, if there is one, now that long-poll is live. Says whether the detour has changed.
    pub(crate) fn avoid(&mut self, now: Timestamp) -> bool {
        let Some(fault) = self.suspected.take() else {
            return false;
        };
        self.proven = false;
        self.detour = Some(Detour {
            fault,
            until: now + limits::SOCKET_AVOIDED_FOR,
        });
        true
    }

    /// When a device that is live over long-poll tries a socket again.
    pub(crate) fn retry_at(&self, now: Timestamp) -> Timestamp {
        self.detour.map_or(now, |detour| detour.until)
    }
}

/// The dials under way, each with the time at which it is given up.
#[derive(Debug, Default)]
pub(crate) struct Dials {
    socket: Option<Timestamp>,
    long_poll: Option<Timestamp>,
    /// The transport to dial as well, and when, if nothing has opened by then.
    second: Option<(Transport, Timestamp)>,
}

impl Dials {
    fn of(&mut self, transport: Transport) -> &mut Option<Timestamp> {
        match transport {
            Transport::Socket => &mut self.socket,
            Transport::LongPoll => &mut self.long_poll,
        }
    }

    /// A dial begins. False if there is one already.
    pub(crate) fn begin(&mut self, now: Timestamp, transport: Transport) -> bool {
        let dial = self.of(transport);
        let is_new = dial.is_none();
        dial.get_or_insert(now + limits::CONNECT_TIMEOUT);
        is_new
    }

    /// A dial has led to something or nothing. False if there was none: what is heard of it is late.
    pub(crate) fn end(&mut self, transport: Transport) -> bool {
        self.of(transport).take().is_some()
    }

    pub(crate) fn is_under_way(&self, transport: Transport) -> bool {
        match transport {
            Transport::Socket => self.socket.is_some(),
            Transport::LongPoll => self.long_poll.is_some(),
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.socket.is_none() && self.long_poll.is_none()
    }

    /// Has `transport` dialled as well after a while.
    pub(crate) fn join_later(&mut self, now: Timestamp, transport: Transport) {
        self.second = Some((transport, now + limits::FALLBACK_AFTER));
    }

    /// No second transport is wanted any more.
    pub(crate) fn alone(&mut self) {
        self.second = None;
    }

    /// The second transport, if it was still to be dialled.
    pub(crate) fn take_second(&mut self) -> Option<Transport> {
        self.second.take().map(|(transport, _)| transport)
    }

    /// The second transport, if its time has come.
    pub(crate) fn second_due(&mut self, now: Timestamp) -> Option<Transport> {
        self.second
            .take_if(|(_, at)| *at <= now)
            .map(|(transport, _)| transport)
    }

    /// A dial whose time is up.
    pub(crate) fn overdue(&self, now: Timestamp) -> Option<Transport> {
        let over = |dial: Option<Timestamp>| dial.is_some_and(|until| until <= now);
        if over(self.socket) {
            Some(Transport::Socket)
        } else {
            over(self.long_poll).then_some(Transport::LongPoll)
        }
    }

    /// The machine slept, so that deadlines have passed in which nothing could happen.
    pub(crate) fn slept(&mut self, now: Timestamp) {
        for until in [&mut self.socket, &mut self.long_poll].into_iter().flatten() {
            *until = now + limits::CONNECT_TIMEOUT;
        }
        if let Some((_, at)) = &mut self.second {
            *at = now + limits::FALLBACK_AFTER;
        }
    }

    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Timestamp> {
        [self.socket, self.long_poll, self.second.map(|(_, at)| at)]
            .into_iter()
            .flatten()
    }
}

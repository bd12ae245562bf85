//! A device on a real socket, natively: what the browser's code does for a [`Device`], without a browser.
//!
//! A [`Driver`] turns what happens on the socket and on the clock into inputs, and performs the effects that concern
//! them. Everything else (storage, answers, whoever watches) is left to its [`Surroundings`]. Nothing here waits for
//! the other end: a dial that hangs and a peer that takes nothing hold up neither the device's clock nor its person.

mod socket;

use std::{
    collections::VecDeque,
    future::{Future, pending},
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use tidings_device::{Device, Effect, Input, Transport};
use tidings_protocol::Timestamp;

use socket::{Incoming, Socket};

/// Where to dial, and as whom.
#[derive(Clone, Debug)]
pub struct Door {
    /// The server's address, or that of whatever stands before it.
    pub addr: SocketAddr,
    /// The access token of the session.
    pub access_token: String,
}

/// What a device lives in, other than its socket and its clock.
pub trait Surroundings {
    /// Where to dial; `None` while there is no network.
    fn door(&mut self) -> impl Future<Output = Option<Door>> + Send;

    /// Something is about to be given to the device.
    fn notice(&mut self, input: &Input);

    /// Does what the device wants done; what comes of it at once is given to the device in turn. Never called for
    /// effects that concern socket and clock.
    fn perform(&mut self, effect: Effect) -> Option<Input>;
}

/// A device, its socket and its clock.
#[derive(Debug)]
pub struct Driver<S> {
    /// The device.
    pub device: Device,
    /// What it lives in.
    pub surroundings: S,
    socket: Option<Socket>,
    wake_at: Option<Timestamp>,
}

impl<S: Surroundings> Driver<S> {
    /// A device that has not started yet.
    pub fn new(device: Device, surroundings: S) -> Self {
        Self {
            device,
            surroundings,
            socket: None,
            wake_at: None,
        }
    }

    /// Gives an input to the device, and does what it wants.
    pub async fn give(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            self.surroundings.notice(&input);
            for effect in self.device.handle(now(), input) {
                inputs.extend(self.perform(effect).await);
            }
        }
    }

    /// Lets one thing happen.
    pub async fn step(&mut self) {
        let input = self.next().await;
        self.give(input).await;
    }

    /// The next thing that happens, to be given to the device: a frame comes, the socket opens or closes, or the
    /// device's alarm goes off. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Input {
        tokio::select! {
            () = alarm(self.wake_at) => {
                self.wake_at = None;
                Input::Wake
            }
            incoming = next(self.socket.as_mut()) => match incoming {
                Incoming::Opened => Input::Opened(Transport::Socket),
                Incoming::Frame(frame) => Input::Frame(frame),
                Incoming::Closed(code) => {
                    self.socket = None;
                    closed(code)
                }
            },
        }
    }

    /// The network takes the connection away, without a word to the server.
    pub async fn cut(&mut self) {
        self.socket = None;
        self.give(closed(None)).await;
    }

    /// The device is switched off: nothing happens to it any more.
    pub fn leave(&mut self) {
        self.socket = None;
        self.wake_at = None;
    }

    async fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Dial(Transport::Socket) => match self.surroundings.door().await {
                Some(door) => self.socket = Some(Socket::dial(door)),
                None => return Some(closed(None)),
            },
            Effect::HangUp(Transport::Socket) => self.socket = None,
            // This driver has sockets only: the other transport leads nowhere.
            Effect::Dial(over @ Transport::LongPoll) => return Some(Input::Closed { over, code: None }),
            Effect::HangUp(Transport::LongPoll) | Effect::Remember(_) => {}
            Effect::Transmit(frame) => {
                if let Some(socket) = &self.socket {
                    socket.send(&frame);
                }
            }
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Save(_)
            | Effect::Forget(_)
            | Effect::Changed(_)
            | Effect::Answered { .. }
            | Effect::SignedOut
            | Effect::Outdated => return self.surroundings.perform(effect),
        }
        None
    }
}

fn closed(code: Option<u16>) -> Input {
    Input::Closed {
        over: Transport::Socket,
        code,
    }
}

/// The time by this machine's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

async fn alarm(at: Option<Timestamp>) {
    match at {
        Some(at) => tokio::time::sleep(at.since(now())).await,
        None => pending().await,
    }
}

async fn next(socket: Option<&mut Socket>) -> Incoming {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}

//! A device on real connections, natively: what the browser's code does for a [`Device`], without a browser.
//!
//! A [`Driver`] turns what happens on its connections and on the clock into inputs, and performs the effects that
//! concern them. Everything else (storage, answers, whoever watches) is left to its [`Surroundings`]. Nothing here
//! waits for the other end: a dial that hangs and a peer that takes nothing hold up neither the device's clock nor its
//! person.

mod line;
mod long_poll;
mod socket;

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, pending},
    net::SocketAddr,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use tidings_device::{Device, Effect, Input, Transport};
use tidings_protocol::Timestamp;

use line::{Incoming, Line};

/// Where to dial, and as whom.
#[derive(Clone, Debug)]
pub struct Door {
    /// The server's address, or that of whatever stands before it.
    pub addr: SocketAddr,
    /// The access token of the session.
    pub access_token: String,
    /// Where another one comes from when this one is refused; `None`: nowhere.
    pub renewal: Option<Renewal>,
}

/// Continues a session whose access token is refused, as browsers have it done by their cookies.
#[derive(Clone)]
pub struct Renewal(Arc<dyn Fn(String) -> BoxFuture<'static, Option<String>> + Send + Sync>);

impl Renewal {
    /// `renew` gives the token to use instead of one that was refused; `None` if there is none.
    pub fn new(renew: impl Fn(String) -> BoxFuture<'static, Option<String>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(renew))
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}

impl Door {
    async fn instead_of(&self, refused: &str) -> Option<String> {
        self.renewal.as_ref()?.0(refused.to_owned()).await
    }
}

/// What a device lives in, other than its connections and its clock.
pub trait Surroundings {
    /// Where to dial over a transport; `None` while there is no network that lets it through.
    fn door(&mut self, over: Transport) -> impl Future<Output = Option<Door>> + Send;

    /// Something is about to be given to the device.
    fn notice(&mut self, input: &Input);

    /// Does what the device wants done; what comes of it at once is given to the device in turn. Never called for
    /// effects that concern connections and clock.
    fn perform(&mut self, effect: Effect) -> Option<Input>;
}

/// A device, its connections and its clock.
#[derive(Debug)]
pub struct Driver<S> {
    /// The device.
    pub device: Device,
    /// What it lives in.
    pub surroundings: S,
    socket: Option<Line>,
    long_poll: Option<Line>,
    /// What opened last: frames go over it.
    open: Option<Transport>,
    wake_at: Option<Timestamp>,
}

impl<S: Surroundings> Driver<S> {
    /// A device that has not started yet.
    pub fn new(device: Device, surroundings: S) -> Self {
        Self {
            device,
            surroundings,
            socket: None,
            long_poll: None,
            open: None,
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

    /// The next thing that happens, to be given to the device: a frame comes, a connection opens or closes, or the
    /// device's alarm goes off. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Input {
        let (over, incoming) = tokio::select! {
            () = alarm(self.wake_at) => {
                self.wake_at = None;
                return Input::Wake;
            }
            incoming = next(self.socket.as_mut()) => (Transport::Socket, incoming),
            incoming = next(self.long_poll.as_mut()) => (Transport::LongPoll, incoming),
        };
        match incoming {
            Incoming::Opened => {
                self.open = Some(over);
                Input::Opened(over)
            }
            Incoming::Frame(frame) => Input::Frame(frame),
            Incoming::Closed(code) => {
                self.hang_up(over);
                Input::Closed { over, code }
            }
        }
    }

    /// What is open to the server.
    #[must_use]
    pub fn over(&self) -> Option<Transport> {
        self.open
    }

    /// The network takes all connections away, without a word to the server.
    pub async fn cut(&mut self) {
        for over in [Transport::Socket, Transport::LongPoll] {
            if self.line(over).is_some() {
                self.hang_up(over);
                self.give(Input::Closed { over, code: None }).await;
            }
        }
    }

    /// The device is switched off: nothing happens to it any more.
    pub fn leave(&mut self) {
        self.socket = None;
        self.long_poll = None;
        self.open = None;
        self.wake_at = None;
    }

    fn line(&mut self, over: Transport) -> &mut Option<Line> {
        match over {
            Transport::Socket => &mut self.socket,
            Transport::LongPoll => &mut self.long_poll,
        }
    }

    fn hang_up(&mut self, over: Transport) {
        *self.line(over) = None;
        self.open.take_if(|open| *open == over);
    }

    async fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Dial(over) => match self.surroundings.door(over).await {
                Some(door) => *self.line(over) = Some(Line::dial(over, door)),
                None => return Some(Input::Closed { over, code: None }),
            },
            Effect::HangUp(over) => self.hang_up(over),
            Effect::Transmit(frame) => {
                if let Some(over) = self.open
                    && let Some(line) = self.line(over)
                {
                    line.send(frame);
                }
            }
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Save(_)
            | Effect::SaveAmendment(_)
            | Effect::Forget(_)
            | Effect::Upload(_)
            | Effect::Remember(_)
            | Effect::Notify(_)
            | Effect::Changed(_)
            | Effect::Answered { .. }
            | Effect::SignedOut
            | Effect::Outdated => return self.surroundings.perform(effect),
        }
        None
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

async fn next(line: Option<&mut Line>) -> Incoming {
    match line {
        Some(line) => line.next().await,
        None => pending().await,
    }
}

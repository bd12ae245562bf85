//! Drives a device by hand: performs nothing, remembers what it wanted.

use std::time::Duration;

use tidings_device::{Banner, Boot, Change, Device, Effect, Input, Transport, Unsent};
use tidings_protocol::{
    Command, ConnectionId, DeviceFrame, Event, Message, Position, Reply, ServerFrame, Snapshot, Timestamp,
};

use super::{NOON, at, session, user_id, uuid};

pub struct Driver {
    pub device: Device,
    pub now: Timestamp,
    pub wake_at: Option<Timestamp>,
    /// Effects since they were last taken.
    pub effects: Vec<Effect>,
    /// Events sent on this connection.
    pub sent: u64,
    pub offset: u64,
    /// What is open or being opened, in the order of dialling.
    pub dialled: Vec<Transport>,
    /// How often it was woken.
    pub wakes: u64,
}

impl Driver {
    pub fn new(boot: Boot) -> Self {
        Self {
            device: Device::new(7, boot),
            now: NOON,
            wake_at: None,
            effects: Vec::new(),
            sent: 0,
            offset: 0,
            dialled: Vec::new(),
            wakes: 0,
        }
    }

    /// Started, with an empty outbox loaded.
    pub fn started(boot: Boot) -> Self {
        let mut driver = Self::new(boot);
        driver.give(Input::Start);
        driver.give(Input::OutboxLoaded(Vec::new()));
        driver
    }

    /// Connected and live.
    pub fn live(boot: Boot) -> Self {
        let mut driver = Self::started(boot);
        driver.connect();
        driver.effects.clear();
        driver
    }

    pub fn give(&mut self, input: Input) {
        let effects = self.device.handle(self.now, input);
        for effect in &effects {
            match effect {
                Effect::WakeAt(at) => self.wake_at = Some(*at),
                Effect::Dial(over) => self.dialled.push(*over),
                Effect::HangUp(over) => self.dialled.retain(|dialled| dialled != over),
                _ => {}
            }
        }
        self.effects.extend(effects);
    }

    /// Like [`Self::give`], with storage that keeps everything at once.
    pub fn give_and_save(&mut self, input: Input) {
        self.give(input);
        let saves: Vec<Unsent> = self.saves();
        for unsent in saves {
            self.give(Input::Saved {
                local_id: unsent.local_id,
                kept: true,
            });
        }
    }

    pub fn frame(&mut self, frame: ServerFrame) {
        self.give(Input::Frame(Box::new(frame)));
    }

    pub fn event(&mut self, event: Event) {
        self.offset += 1;
        self.sent += 1;
        let position = at(self.offset);
        self.frame(ServerFrame::Event { position, event });
    }

    pub fn says(&mut self, message: &Message) {
        self.event(Event::MessageSent {
            message: message.clone(),
        });
    }

    pub fn beat(&mut self) {
        let (head, sent) = (at(self.offset), self.sent);
        self.frame(ServerFrame::Beat { head, sent });
    }

    pub fn welcome(&mut self, snapshot: Option<Snapshot>) {
        self.sent = 0;
        self.frame(ServerFrame::Welcome {
            version: tidings_protocol::VERSION,
            connection: ConnectionId(uuid(1)),
            user: user_id(1),
            session: session(1),
            snapshot: snapshot.map(Box::new),
        });
    }

    /// Opens the transport that was dialled, resumes, and is live.
    pub fn connect(&mut self) {
        self.open();
        self.welcome(None);
        self.beat();
        assert!(self.device.is_live());
    }

    /// Opens the transport that was dialled last.
    pub fn open(&mut self) {
        let over = *self.dialled.last().expect("something is dialled");
        self.give(Input::Opened(over));
    }

    /// The newest transport is closed, or could not be opened.
    pub fn closed(&mut self, code: Option<u16>) {
        let over = self.dialled.pop().expect("something is dialled");
        self.give(Input::Closed { over, code });
    }

    /// The server is gone, over whichever transport.
    pub fn drop_link(&mut self) {
        while !self.dialled.is_empty() {
            self.closed(None);
        }
    }

    /// Lets time pass, waking the device whenever it asked for it.
    pub fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.wake_at.filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.wake_at = None;
            self.wakes += 1;
            self.give(Input::Wake);
        }
        self.now = until;
    }

    /// The same, while the server beats.
    pub fn pass_with_beats(&mut self, span: Duration) {
        let until = self.now + span;
        while self.now < until {
            let step = until.since(self.now).min(Duration::from_secs(20));
            self.pass(step);
            self.beat();
        }
    }

    /// Lets time pass until the device dials, and says after how long.
    pub fn until_dialled(&mut self, at_most: Duration) -> Option<Duration> {
        let since = self.now;
        self.effects.clear();
        while !self.dials() {
            let at = self.wake_at.filter(|at| *at <= since + at_most)?;
            self.now = self.now.max(at);
            self.wake_at = None;
            self.give(Input::Wake);
        }
        Some(self.now.since(since))
    }

    pub fn banner(&self) -> Banner {
        self.device.banner(self.now)
    }

    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub fn wants(&self, effect: &Effect) -> bool {
        self.effects.contains(effect)
    }

    /// Whether anything was dialled since effects were last taken.
    pub fn dials(&self) -> bool {
        self.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Dial(_)))
    }

    /// Whether anything was hung up since effects were last taken.
    pub fn hangs_up(&self) -> bool {
        self.effects
            .iter()
            .any(|effect| matches!(effect, Effect::HangUp(_)))
    }

    pub fn changed(&self, change: Change) -> bool {
        self.wants(&Effect::Changed(change))
    }

    /// Frames transmitted since effects were last taken.
    pub fn transmitted(&self) -> Vec<&DeviceFrame> {
        let frames = self.effects.iter().filter_map(|effect| match effect {
            Effect::Transmit(frame) => Some(frame),
            _ => None,
        });
        frames.collect()
    }

    /// Calls transmitted since effects were last taken.
    pub fn calls(&self) -> Vec<(u64, Command)> {
        let calls = self.transmitted().into_iter().filter_map(|frame| match frame {
            DeviceFrame::Call { id, command } => Some((*id, command.clone())),
            _ => None,
        });
        calls.collect()
    }

    /// The bodies of messages transmitted since effects were last taken.
    pub fn said(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        let said = calls.filter_map(|(_, command)| match command {
            Command::SendMessage(send) => Some(send.text().to_owned()),
            _ => None,
        });
        said.collect()
    }

    /// The position named by the last hello.
    pub fn hello(&self) -> Option<Option<Position>> {
        let frames = self.transmitted().into_iter().rev();
        frames
            .filter_map(|frame| match frame {
                DeviceFrame::Hello { position, .. } => Some(*position),
                _ => None,
            })
            .next()
    }

    pub fn saves(&self) -> Vec<Unsent> {
        let saves = self.effects.iter().filter_map(|effect| match effect {
            Effect::Save(unsent) => Some(unsent.clone()),
            _ => None,
        });
        saves.collect()
    }

    pub fn reply(&mut self, id: u64, reply: impl Into<Reply>) {
        let reply = reply.into();
        self.frame(ServerFrame::Reply { id, reply });
    }
}

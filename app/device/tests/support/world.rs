//! Several devices on one small server, with a wire between that delivers, stalls and breaks on demand.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use tidings_device::{Amendment, Boot, Detour, Device, Effect, Input, Transport, Unsent};
use tidings_protocol::{
    ApiError, Command, ConnectionId, DeviceFrame, ErrorCode, Event, LocalId, Position, Seq, ServerFrame,
    ThreadId, Timestamp, UserId,
};

use super::{NOON, body, server::Server, session, uuid};

/// One device, its storage and its end of the wire.
pub struct Peer {
    pub device: Device,
    pub user: UserId,
    pub storage: BTreeMap<LocalId, Unsent>,
    pub kept_amendments: BTreeMap<LocalId, Amendment>,
    /// Local ids in the order in which they were written on this device, with their threads.
    pub written: Vec<(ThreadId, LocalId)>,
    pub dialling: BTreeSet<Transport>,
    pub wire: Option<Wire>,
    /// What it has remembered of the network.
    detour: Option<Detour>,
    wake_at: Option<Timestamp>,
}

/// One connection: what is on its way, and how far the server has read the log for it.
pub struct Wire {
    pub over: Transport,
    pub up: VecDeque<DeviceFrame>,
    pub down: VecDeque<ServerFrame>,
    greeted: bool,
    cursor: u64,
    sent: u64,
    carried: Vec<(u64, ThreadId, Seq)>,
}

pub struct World {
    pub server: Server,
    pub peers: Vec<Peer>,
    pub now: Timestamp,
    /// The next command is refused for now.
    pub refuse_next: bool,
    /// The network lets no socket through.
    pub blocked: bool,
    /// How many events a snapshot overlaps.
    pub overlap: u64,
    seed: u64,
}

impl World {
    /// `owners`: for each device, whose it is.
    pub fn new(server: Server, owners: &[UserId]) -> Self {
        let mut world = Self {
            server,
            peers: Vec::new(),
            now: NOON,
            refuse_next: false,
            blocked: false,
            overlap: 0,
            seed: 0,
        };
        for owner in owners {
            let device = world.fresh_device(*owner);
            world.peers.push(Peer {
                device,
                user: *owner,
                storage: BTreeMap::new(),
                kept_amendments: BTreeMap::new(),
                written: Vec::new(),
                dialling: BTreeSet::new(),
                wire: None,
                detour: None,
                wake_at: None,
            });
        }
        for index in 0..world.peers.len() {
            world.give(index, Input::Start);
            world.give(index, Input::OutboxLoaded(Vec::new()));
        }
        world
    }

    fn fresh_device(&mut self, owner: UserId) -> Device {
        self.seed += 1;
        let snapshot = self.server.snapshot(owner, self.server.head());
        let pages = Vec::new();
        Device::new(self.seed, Boot { snapshot, pages })
    }

    pub fn give(&mut self, index: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let peer = &mut self.peers[index];
            for effect in peer.device.handle(self.now, input) {
                match effect {
                    Effect::Dial(over) => {
                        peer.dialling.insert(over);
                    }
                    Effect::HangUp(over) => {
                        peer.dialling.remove(&over);
                        peer.wire.take_if(|wire| wire.over == over);
                    }
                    Effect::Remember(detour) => peer.detour = detour,
                    Effect::Transmit(frame) => {
                        let wire = peer
                            .wire
                            .as_mut()
                            .expect("a device sends only on an open transport");
                        wire.up.push_back(frame);
                    }
                    Effect::WakeAt(at) => peer.wake_at = Some(at),
                    Effect::Save(unsent) => {
                        let local_id = unsent.local_id;
                        peer.storage.insert(local_id, unsent);
                        inputs.push_back(Input::Saved { local_id, kept: true });
                    }
                    Effect::SaveAmendment(amendment) => {
                        peer.kept_amendments.insert(amendment.id, amendment);
                    }
                    Effect::Forget(id) => {
                        peer.storage.remove(&id);
                        peer.kept_amendments.remove(&id);
                    }
                    Effect::Changed(_) | Effect::Notify(_) | Effect::Answered { .. } | Effect::Upload(_) => {}
                    Effect::SignedOut | Effect::Outdated => panic!("nothing here ends a device"),
                }
            }
        }
    }

    pub fn write(&mut self, index: usize, thread: ThreadId, text: &str) {
        let body = body(text);
        self.give(
            index,
            Input::Send {
                thread,
                body,
                reply_to: None,
                forwarded: false,
            },
        );
        let local_id = self.peers[index].device.unsent().last().unwrap().local_id;
        self.peers[index].written.push((thread, local_id));
    }

    /// A transport opens, if one is being dialled that the network lets through.
    pub fn open(&mut self, index: usize) {
        if self.blocked && self.peers[index].dialling.remove(&Transport::Socket) {
            let over = Transport::Socket;
            self.give(index, Input::Closed { over, code: None });
        }
        let peer = &mut self.peers[index];
        if let Some(over) = peer.dialling.pop_first() {
            peer.wire = Some(Wire {
                over,
                up: VecDeque::new(),
                down: VecDeque::new(),
                greeted: false,
                cursor: 0,
                sent: 0,
                carried: Vec::new(),
            });
            self.give(index, Input::Opened(over));
        }
    }

    /// Whether sockets get through from now on. Those that are open are cut when they don't.
    pub fn block(&mut self, blocked: bool) {
        self.blocked = blocked;
        for index in 0..self.peers.len() {
            let wire = &self.peers[index].wire;
            if blocked && wire.as_ref().is_some_and(|wire| wire.over == Transport::Socket) {
                self.cut(index);
            }
        }
    }

    /// The transport breaks; whatever was on its way is gone.
    pub fn cut(&mut self, index: usize) {
        let code = None;
        if let Some(Wire { over, .. }) = self.peers[index].wire.take() {
            self.give(index, Input::Closed { over, code });
        }
        for over in [Transport::Socket, Transport::LongPoll] {
            if self.peers[index].dialling.remove(&over) {
                self.give(index, Input::Closed { over, code });
            }
        }
    }

    /// The page is loaded again: a new device from a new snapshot, with what storage kept.
    pub fn reload(&mut self, index: usize) {
        let device = self.fresh_device(self.peers[index].user);
        let peer = &mut self.peers[index];
        peer.device = device;
        peer.wire = None;
        peer.dialling.clear();
        let kept = peer.storage.values().cloned().collect();
        let amendments = peer.kept_amendments.values().cloned().collect();
        if let Some(detour) = peer.detour {
            self.give(index, Input::Remembered(detour));
        }
        self.give(index, Input::Start);
        self.give(index, Input::AmendmentsLoaded(amendments));
        self.give(index, Input::OutboxLoaded(kept));
    }

    /// The server takes one frame of a device.
    pub fn up(&mut self, index: usize) -> bool {
        let peer = &mut self.peers[index];
        let Some(frame) = peer.wire.as_mut().and_then(|wire| wire.up.pop_front()) else {
            return false;
        };
        let user = peer.user;
        match frame {
            DeviceFrame::Hello { position, .. } => self.greet(index, position),
            DeviceFrame::Call { id, command } => {
                let answer = self.answer(user, id, command);
                self.push(index, answer);
            }
            DeviceFrame::Acknowledge { position } => {
                let wire = self.peers[index].wire.as_mut().unwrap();
                let carried = std::mem::take(&mut wire.carried);
                let (reached, rest) = carried
                    .into_iter()
                    .partition(|(offset, ..)| *offset <= position.offset);
                wire.carried = rest;
                let reached: Vec<(u64, ThreadId, Seq)> = reached;
                for (_, thread, seq) in reached {
                    self.server.mark_delivered(user, thread, seq);
                }
            }
            DeviceFrame::Probe => self.beat(index),
            DeviceFrame::TypingStarted { .. }
            | DeviceFrame::TypingStopped { .. }
            | DeviceFrame::Activity { .. } => {}
        }
        true
    }

    fn answer(&mut self, user: UserId, id: u64, command: Command) -> ServerFrame {
        let result = if std::mem::take(&mut self.refuse_next) {
            Err(ApiError::new(ErrorCode::Unavailable, "Not now."))
        } else {
            self.server.call(user, command)
        };
        match result {
            Ok(reply) => ServerFrame::Reply { id, reply },
            Err(error) => ServerFrame::Refused { id, error },
        }
    }

    fn greet(&mut self, index: usize, position: Option<Position>) {
        let user = self.peers[index].user;
        let resumable = position.filter(|position| self.server.can_resume(*position));
        let (cursor, snapshot) = match resumable {
            Some(position) => (position.offset, None),
            None => {
                let offset = self.server.head().saturating_sub(self.overlap);
                (offset, Some(Box::new(self.server.snapshot(user, offset))))
            }
        };
        let wire = self.peers[index].wire.as_mut().unwrap();
        wire.greeted = true;
        wire.cursor = cursor;
        let connection = ConnectionId(uuid(1));
        let session = session(1);
        let version = tidings_protocol::VERSION;
        self.push(
            index,
            ServerFrame::Welcome {
                version,
                connection,
                user,
                session,
                snapshot,
            },
        );
        self.tail(index);
        self.beat(index);
    }

    /// The server reads the log for a device.
    pub fn tail(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        let Some(wire) = peer.wire.as_mut().filter(|wire| wire.greeted) else {
            return;
        };
        for (offset, event) in self.server.after(peer.user, wire.cursor) {
            if let Event::MessageSent { message } = &event
                && message.sender != peer.user
            {
                wire.carried.push((offset, message.thread, message.seq));
            }
            wire.sent += 1;
            let position = self.server.position(offset);
            wire.down.push_back(ServerFrame::Event { position, event });
        }
        wire.cursor = self.server.head();
    }

    pub fn beat(&mut self, index: usize) {
        let Some(wire) = self.peers[index].wire.as_ref().filter(|wire| wire.greeted) else {
            return;
        };
        let head = self.server.position(wire.cursor);
        let sent = wire.sent;
        self.push(index, ServerFrame::Beat { head, sent });
    }

    fn push(&mut self, index: usize, frame: ServerFrame) {
        self.peers[index].wire.as_mut().unwrap().down.push_back(frame);
    }

    /// A device takes one frame of the server.
    pub fn down(&mut self, index: usize) -> bool {
        let wire = self.peers[index].wire.as_mut();
        let Some(frame) = wire.and_then(|wire| wire.down.pop_front()) else {
            return false;
        };
        self.give(index, Input::Frame(Box::new(frame)));
        true
    }

    /// Lets time pass on all devices.
    pub fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            let wishes = self
                .peers
                .iter()
                .enumerate()
                .filter_map(|(index, peer)| Some((peer.wake_at?, index)));
            let Some((at, index)) = wishes.min().filter(|(at, _)| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            self.peers[index].wake_at = None;
            self.give(index, Input::Wake);
        }
        self.now = until;
    }

    /// Moves everything that is on its way, until nothing moves.
    pub fn settle(&mut self) {
        let mut moved = true;
        while moved {
            moved = false;
            for index in 0..self.peers.len() {
                self.open(index);
                self.tail(index);
                while self.up(index) || self.down(index) {
                    moved = true;
                }
            }
        }
    }

    /// Everything works from now on: reconnects all and lets them finish what they have to do.
    pub fn heal(&mut self) {
        self.refuse_next = false;
        for _ in 0..12 {
            for index in 0..self.peers.len() {
                self.give(index, Input::TryNow);
            }
            self.settle();
            self.pass(Duration::from_secs(7));
            (0..self.peers.len()).for_each(|index| self.beat(index));
            self.settle();
        }
    }
}

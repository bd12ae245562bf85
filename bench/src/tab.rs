//! One device of a person, running by itself: it writes what it is told to, and notes what happens to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::FutureExt;
use tidings_device::{Boot, Device, Effect, Input, Transport, Unsent};
use tidings_driver::{Door, Driver, Renewal, Surroundings};
use tidings_protocol::{
    Body, Event, LocalId, Message, Presence, Presences, Reply, Seq, ServerFrame, Signal, Snapshot, ThreadId,
    UserId,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    history::{History, Record, fingerprint},
    people::Person,
};

/// Messages that a device lets wait in its outbox before it writes the next one, per thread.
const AHEAD: usize = 2;
/// How long a page may take once everything works.
const LOOK_WITHIN: Duration = Duration::from_secs(30);
/// How long somebody waits before they load a page again that did not come.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// What a device is told.
#[derive(Clone, Debug)]
enum Order {
    /// Write so many messages of so many bytes.
    Write { messages: usize, bytes: usize },
    /// Another address stands for the server from now on.
    Dial(SocketAddr),
    /// The connection is lost at this end alone.
    Lose,
    /// Somebody presses "Try now".
    TryNow,
    /// Something happens that its history tells apart.
    Note(Record),
    /// Somebody reloads the page.
    Reload,
}

/// How a device reaches the server.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// What stands for the server.
    pub addr: SocketAddr,
    /// What gets through.
    pub passing: &'static [Transport],
}

/// How a device is getting on.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Orders it has obeyed.
    pub obeyed: u64,
    /// Events flow.
    pub live: bool,
    /// Messages still to be written, and in the outbox.
    pub unsent: usize,
    /// The newest place of each thread that it has seen.
    pub seen: BTreeMap<ThreadId, Seq>,
    /// With which codes its connections were closed; `None` without one.
    pub closed: Vec<Option<u16>>,
    /// When it was last live again after it was not.
    pub back: Option<Instant>,
    /// When it last noticed that it was not.
    pub lost: Option<Instant>,
    /// The session has ended, as far as the device was told.
    pub signed_out: bool,
    /// It was told to reload.
    pub outdated: bool,
    /// How often somebody else was said to come or go.
    pub turns: BTreeMap<UserId, u64>,
    /// Who was last said to be here, and who not.
    pub here: BTreeMap<UserId, Presence>,
}

/// How long things took.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    /// From writing to the server's answer.
    pub acked: Vec<Duration>,
    /// From writing to another person's device.
    pub delivered: Vec<Duration>,
}

/// What remains of a device once it has been switched off.
#[derive(Debug)]
pub struct Remains {
    /// What it saw.
    pub history: History,
    /// How long things took.
    pub timings: Timings,
}

/// A running device.
#[derive(Debug)]
pub struct Tab {
    /// Whose it is.
    pub user: UserId,
    /// How it is getting on.
    pub progress: watch::Receiver<Progress>,
    /// Ends of connections that don't count: see [`Tab::forget_closed`].
    forgotten: usize,
    /// Orders given so far.
    ordered: AtomicU64,
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<Remains>,
}

impl Tab {
    /// Starts a device from a snapshot, as a page does. `acked` counts the acknowledgements of all devices.
    pub fn start(
        person: Arc<Person>,
        name: String,
        seed: u64,
        way: Way,
        snapshot: Snapshot,
        acked: Arc<AtomicU64>,
    ) -> Self {
        let user = person.me.id;
        let (orders, told) = mpsc::unbounded_channel();
        let (tell, progress) = watch::channel(Progress::default());
        let threads = snapshot.threads.iter().map(|view| view.thread.id).collect();
        let mut room = Room {
            person,
            way,
            open: None,
            history: History {
                device: name,
                user: Some(user),
                ..History::default()
            },
            timings: Timings::default(),
            written: BTreeMap::new(),
            outbox: BTreeSet::new(),
            kept: Vec::new(),
            progress: Progress::default(),
            acked,
        };
        room.start_from(&snapshot);
        let boot = Boot {
            snapshot,
            pages: Vec::new(),
        };
        let desk = Desk {
            driver: Driver::new(Device::new(seed, boot), room),
            threads,
            to_write: 0,
            bytes: 0,
            rng: Rng::with_seed(seed),
            tell,
        };
        Self {
            user,
            progress,
            forgotten: 0,
            ordered: AtomicU64::new(0),
            orders,
            task: tokio::spawn(desk.run(told)),
        }
    }

    /// Has it write so many messages, in its threads at random.
    pub fn write(&self, messages: usize) {
        self.write_long(messages, 0);
    }

    /// The same, each of at least so many bytes.
    pub fn write_long(&self, messages: usize, bytes: usize) {
        self.order(Order::Write { messages, bytes });
    }

    /// Has it dial another address from its next try on.
    pub fn dial(&self, addr: SocketAddr) {
        self.order(Order::Dial(addr));
    }

    /// Has it lose its connection without the server being told.
    pub fn lose(&self) {
        self.order(Order::Lose);
    }

    /// Has somebody press "Try now".
    pub fn try_now(&self) {
        self.order(Order::TryNow);
    }

    /// Has only ends of connections count that come from now on.
    pub fn forget_closed(&mut self) {
        self.forgotten = self.progress.borrow().closed.len();
    }

    /// With which codes connections were closed that count.
    #[must_use]
    pub fn closed(&self) -> Vec<Option<u16>> {
        let progress = self.progress.borrow();
        progress.closed.get(self.forgotten..).unwrap_or_default().to_vec()
    }

    /// Waits until it has done what it was told, and is as wished; false if that takes too long.
    pub async fn until(&mut self, within: Duration, mut wish: impl FnMut(&Progress) -> bool) -> bool {
        let ordered = self.ordered.load(Ordering::Relaxed);
        let wish = |progress: &Progress| progress.obeyed >= ordered && wish(progress);
        let waited = tokio::time::timeout(within, self.progress.wait_for(wish)).await;
        matches!(waited, Ok(Ok(_)))
    }

    /// Opens every thread, switches the device off, and gives what it saw. `None` if it broke down.
    pub async fn finish(self) -> Option<Remains> {
        drop(self.orders);
        self.task.await.ok()
    }

    /// Notes something in its history.
    pub fn note(&self, record: Record) {
        self.order(Order::Note(record));
    }

    /// Has somebody reload the page: a new device with the outbox of the old one, once the server gives it a snapshot.
    pub fn reload(&self) {
        self.order(Order::Reload);
    }

    fn order(&self, order: Order) {
        // One that broke down is found when it is asked for what it saw.
        self.ordered.fetch_add(1, Ordering::Relaxed);
        drop(self.orders.send(order));
    }
}

/// A device with somebody at it.
struct Desk {
    driver: Driver<Room>,
    threads: Vec<ThreadId>,
    to_write: usize,
    bytes: usize,
    rng: Rng,
    tell: watch::Sender<Progress>,
}

impl Desk {
    async fn run(mut self, mut told: mpsc::UnboundedReceiver<Order>) -> Remains {
        self.driver.give(Input::OutboxLoaded(Vec::new())).await;
        self.driver.give(Input::Start).await;
        loop {
            self.write().await;
            self.say_how_it_goes();
            tokio::select! {
                order = told.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => break,
                },
                input = self.driver.next() => self.driver.give(input).await,
            }
        }
        self.look().await;
        self.driver.leave();
        let room = self.driver.surroundings;
        let mut history = room.history;
        history.unsent = self.to_write + self.driver.device.unsent().len();
        Remains {
            history,
            timings: room.timings,
        }
    }

    async fn obey(&mut self, order: Order) {
        self.driver.surroundings.progress.obeyed += 1;
        match order {
            Order::Write { messages, bytes } => {
                self.to_write += messages;
                self.bytes = bytes;
            }
            Order::Dial(addr) => self.driver.surroundings.way.addr = addr,
            Order::Lose => self.driver.cut().await,
            Order::TryNow => self.driver.give(Input::TryNow).await,
            Order::Note(record) => self.driver.surroundings.history.records.push(record),
            Order::Reload => self.reload().await,
        }
    }

    async fn reload(&mut self) {
        self.driver.leave();
        let room = &mut self.driver.surroundings;
        let reloaded = tokio::time::timeout(LOOK_WITHIN, async {
            loop {
                match room.person.snapshot().await {
                    Ok(snapshot) => return snapshot,
                    Err(_) => tokio::time::sleep(ASK_AGAIN).await,
                }
            }
        });
        // A page that can't be loaded leaves its outbox where it is, which is found in the end.
        let Ok(snapshot) = reloaded.await else { return };
        room.open = None;
        room.progress.outdated = false;
        room.start_from(&snapshot);
        let kept = room.kept.clone();
        let boot = Boot {
            snapshot,
            pages: Vec::new(),
        };
        self.driver.device = Device::new(self.rng.u64(..), boot);
        self.driver.give(Input::OutboxLoaded(kept)).await;
        self.driver.give(Input::Start).await;
    }

    async fn write(&mut self) {
        while self.to_write > 0 && self.driver.surroundings.outbox.len() < AHEAD * self.threads.len() {
            let Some(thread) = self.rng.choice(&self.threads).copied() else {
                return;
            };
            let text = format!("{} {}", self.to_write, "x".repeat(self.bytes));
            let Ok(body) = Body::new(&text) else { return };
            self.to_write -= 1;
            self.driver
                .give(Input::Send {
                    thread,
                    body,
                    reply_to: None,
                    forwarded: false,
                })
                .await;
        }
    }

    fn say_how_it_goes(&mut self) {
        let room = &mut self.driver.surroundings;
        let live = self.driver.device.is_live();
        if live != room.progress.live {
            let now = Some(Instant::now());
            if live {
                room.progress.back = now;
            } else {
                room.progress.lost = now;
            }
        }
        room.progress.live = live;
        room.progress.unsent = self.to_write + room.outbox.len();
        self.tell.send_replace(room.progress.clone());
    }

    /// Opens each thread, and notes what is on screen once its newest page is.
    async fn look(&mut self) {
        for thread in self.threads.clone() {
            self.driver.give(Input::ThreadOpened(thread)).await;
            let looked = tokio::time::timeout(LOOK_WITHIN, async {
                loop {
                    let timeline = self.driver.device.timeline(thread);
                    if timeline.loaded && !timeline.loading && !timeline.has_newer {
                        return timeline.rows;
                    }
                    self.driver.step().await;
                }
            })
            .await;
            // Rows without a place are in the outbox, and judged there.
            let rows = looked.unwrap_or_default();
            let rows = rows.iter().filter_map(|row| Some((row.seq?, row.key)));
            let shown = fingerprint(rows);
            self.driver.surroundings.history.shown.insert(thread, shown);
        }
    }
}

/// What a device lives in: its person's session, a network, a storage that always works, and the one who takes notes.
struct Room {
    person: Arc<Person>,
    way: Way,
    /// What is open to the server.
    open: Option<Transport>,
    history: History,
    timings: Timings,
    /// When each message was written that has not been acknowledged.
    written: BTreeMap<LocalId, Instant>,
    /// What waits to be confirmed.
    outbox: BTreeSet<LocalId>,
    /// The same as storage keeps it, in the order of writing.
    kept: Vec<Unsent>,
    progress: Progress,
    acked: Arc<AtomicU64>,
}

impl Surroundings for Room {
    async fn door(&mut self, over: Transport) -> Option<Door> {
        if !self.way.passing.contains(&over) {
            return None;
        }
        let door = self.person.door(self.way.addr).await.ok()?;
        let person = self.person.clone();
        let renewal = Renewal::new(move |refused| {
            let person = person.clone();
            async move { person.instead_of(&refused).await }.boxed()
        });
        Some(Door {
            renewal: Some(renewal),
            ..door
        })
    }

    fn notice(&mut self, input: &Input) {
        match input {
            Input::Frame(frame) => self.hear(frame),
            Input::Opened(over) => self.open = Some(*over),
            Input::Closed { over, code } if self.open.take_if(|open| open == over).is_some() => {
                self.progress.closed.push(*code);
            }
            _ => {}
        }
    }

    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Save(unsent) => {
                let local_id = unsent.local_id;
                if self.outbox.insert(local_id) {
                    let thread = unsent.thread;
                    self.history.records.push(Record::Sent { thread, local_id });
                    self.written.insert(local_id, Instant::now());
                }
                match self.kept.iter_mut().find(|kept| kept.local_id == local_id) {
                    Some(kept) => *kept = unsent,
                    None => self.kept.push(unsent),
                }
                return Some(Input::Saved { local_id, kept: true });
            }
            Effect::Forget(local_id) => {
                self.outbox.remove(&local_id);
                self.written.remove(&local_id);
                self.kept.retain(|kept| kept.local_id != local_id);
            }
            Effect::SignedOut => self.progress.signed_out = true,
            Effect::Outdated => self.progress.outdated = true,
            _ => {}
        }
        None
    }
}

impl Room {
    fn hear(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Welcome {
                snapshot: Some(snapshot),
                ..
            } => self.start_from(snapshot),
            ServerFrame::Event {
                position,
                event: Event::MessageSent { message },
            } => self.receive(position.offset, message),
            ServerFrame::Signal {
                signal: Signal::Presence { presences },
            } => self.meet(presences),
            ServerFrame::Reply {
                reply: Reply::Message(message),
                ..
            } => {
                self.history.records.push(Record::Acked {
                    thread: message.thread,
                    local_id: message.local_id,
                    seq: message.seq,
                });
                self.acked.fetch_add(1, Ordering::Relaxed);
                if let Some(since) = self.written.remove(&message.local_id) {
                    self.timings.acked.push(since.elapsed());
                }
            }
            _ => {}
        }
    }

    fn meet(&mut self, presences: &Presences) {
        for one in presences.users.iter().filter(|_| !presences.complete) {
            let was_here = |here: &Presence| *here != Presence::Offline;
            let before = self.progress.here.get(&one.user).is_some_and(was_here);
            if before != was_here(&one.presence) {
                *self.progress.turns.entry(one.user).or_default() += 1;
            }
        }
        if presences.complete {
            self.progress.here.clear();
        }
        let said = presences.users.iter().map(|one| (one.user, one.presence));
        self.progress.here.extend(said);
    }

    fn start_from(&mut self, snapshot: &Snapshot) {
        let places = snapshot
            .threads
            .iter()
            .map(|view| (view.thread.id, view.last_seq));
        let known: BTreeMap<_, _> = places.collect();
        self.progress.seen.extend(known.clone());
        self.history.records.push(Record::Resynced { known });
    }

    fn receive(&mut self, offset: u64, message: &Message) {
        self.history.records.push(Record::Received {
            offset,
            thread: message.thread,
            seq: message.seq,
            message: message.id,
        });
        let seen = self.progress.seen.entry(message.thread).or_default();
        *seen = message.seq.max(*seen);
        if message.sender != self.person.me.id {
            let sent_at = message.sent_at;
            self.timings.delivered.push(tidings_driver::now().since(sent_at));
        }
    }
}

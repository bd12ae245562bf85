//! Everything there is in a simulation, and the one loop that lets things happen: one at a time, in an order that the
//! seed decides.

use std::{path::PathBuf, sync::Arc, time::Duration};

use fastrand::Rng;
use tempfile::TempDir;
use tidings_protocol::Timestamp;
use tidings_server::{
    clock::ManualClock,
    config::{Given, JwtSecret, Settings},
    service::Caller,
};

use crate::{
    Mutation, Options, Outcome,
    acts::Inclination,
    chronicle::Chronicle,
    faults::Faults,
    judge::History,
    organisation::{Organisation, START},
    peer::{Page, Peer},
    process::Process,
    wire::Wire,
};

/// The server's own timers are looked at this often.
const GRAIN: Duration = Duration::from_secs(1);

/// Things that may happen without time passing before that is taken for a fault of its own.
const AT_ONCE_MAX: u32 = 50_000;

/// Bytes read from a wire at once.
const SCRATCH_BYTES: usize = 16 * 1024;

/// The world of one seed.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) rng: Rng,
    pub(crate) now: Timestamp,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) inclination: Inclination,
    pub(crate) faults: Faults,
    pub(crate) peers: Vec<Peer>,
    /// By number; those that are over leave a gap.
    pub(crate) wires: Vec<Option<Wire>>,
    /// `None` while the server is down.
    pub(crate) process: Option<Process>,
    pub(crate) history: History,
    pub(crate) chronicle: Chronicle,
    pub(crate) crashes: usize,
    pub(crate) texts: u32,
    pub(crate) edits: u32,
    pub(crate) database: PathBuf,
    /// The server was given something that it has not looked at.
    is_stirred: bool,
    scratch: Vec<u8>,
    clock: Arc<ManualClock>,
    settings: Settings,
    secret: JwtSecret,
    _folder: TempDir,
}

/// Something that can happen now.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// One of those who wait for the database has it.
    Database(usize),
    /// Bytes arrive at the server.
    Up(usize),
    /// Bytes arrive at a device.
    Down(usize),
    /// A device does what has fallen due for it.
    Peer(usize),
    /// A page that was asked for has come.
    Page(usize),
    /// The server starts.
    Start,
    /// The server ends as it was told.
    End,
}

impl World {
    /// A world as the seed decides it, at the moment when everybody opens their devices.
    #[expect(
        clippy::expect_used,
        reason = "a world that can't be made has nothing to report"
    )]
    pub(crate) fn new(seed: u64, options: Options) -> Self {
        let mut rng = Rng::with_seed(seed);
        let organisation = Organisation::get();
        let folder = tempfile::Builder::new()
            .prefix("tidings-simulation")
            .tempdir_in(memory())
            .expect("a temporary folder");
        let database = folder.path().join("tidings.db");
        std::fs::write(&database, &organisation.database).expect("the database is written");
        let settings = Settings::new(Given {
            data_dir: Some(folder.path().display().to_string()),
            ..Given::default()
        })
        .expect("good settings");
        let secret = JwtSecret::new((0..32).collect()).expect("a good secret");
        let mut world = Self {
            seed,
            now: START,
            mutation: options.mutation,
            inclination: Inclination::new(&mut rng),
            faults: Faults::new(&mut rng),
            peers: Vec::new(),
            wires: Vec::new(),
            process: None,
            history: History::default(),
            chronicle: Chronicle::new(options.trace),
            crashes: 0,
            texts: 0,
            edits: 0,
            database,
            is_stirred: false,
            scratch: vec![0; SCRATCH_BYTES],
            clock: Arc::new(ManualClock::new(START)),
            settings,
            secret,
            _folder: folder,
            rng,
        };
        world.open_devices(organisation);
        world.start();
        world
    }

    fn open_devices(&mut self, organisation: &Organisation) {
        let people = self.rng.usize(2..=organisation.people.len());
        for (owner, account) in organisation.people.iter().take(people).enumerate() {
            let most = account.sessions.len().min(if people > 3 { 2 } else { 4 });
            let devices = self.rng.usize(1..=most);
            for session in account.sessions.iter().take(devices) {
                let caller = Caller {
                    user: account.user,
                    session: *session,
                };
                let at = self.now + Duration::from_millis(self.rng.u64(0..2_000));
                self.peers.push(Peer::new(owner, caller, at));
            }
        }
    }

    /// The server starts.
    pub(crate) fn start(&mut self) {
        self.note(format_args!("the server starts"));
        self.faults.starts_at = None;
        self.process = Some(Process::start(
            &self.database,
            &self.settings,
            &self.secret,
            &self.clock,
        ));
    }

    pub(crate) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.chronicle.note(self.now, what);
    }

    /// The number of a peer whose page is alive, chosen at random.
    pub(crate) fn someone(&mut self) -> Option<usize> {
        let alive: Vec<usize> = (0..self.peers.len())
            .filter(|peer| {
                let peer = &self.peers[*peer];
                peer.device().is_some() && peer.asleep_until <= self.now
            })
            .collect();
        self.rng.choice(alive)
    }

    /// Lets time pass, and everything happen that falls due.
    pub(crate) fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            let mut at_once = 0;
            while self.turn() {
                at_once += 1;
                if at_once > AT_ONCE_MAX {
                    self.history
                        .stuck("things go on happening without time passing".to_owned());
                    return;
                }
            }
            if self.now >= until {
                return;
            }
            let due = self.next_due().unwrap_or(until);
            self.move_on(
                due.max(self.now + Duration::from_millis(1))
                    .min(until)
                    .min(self.now + GRAIN),
            );
        }
    }

    /// Lets one thing happen that can happen now. False if there is none.
    pub(crate) fn turn(&mut self) -> bool {
        if self.faults.burn_fuse() {
            self.crash();
        }
        self.catch_up();
        let moves = self.moves();
        let Some(chosen) = self.rng.choice(moves) else {
            return false;
        };
        match chosen {
            Move::Database(place) => {
                if let Some(process) = &self.process {
                    process.grant(place);
                }
            }
            Move::Up(wire) => self.carry_up(wire),
            Move::Down(wire) => self.carry_down(wire),
            Move::Peer(peer) => self.fall_due(peer),
            Move::Page(peer) => self.page_comes(peer),
            Move::Start => self.start(),
            Move::End => self.crash(),
        }
        true
    }

    /// Lets the server do what it can, and takes what it and the devices have written.
    fn catch_up(&mut self) {
        if std::mem::take(&mut self.is_stirred)
            && let Some(process) = &self.process
        {
            process.settle();
        }
        let Self {
            wires,
            rng,
            faults,
            scratch,
            now,
            ..
        } = self;
        for slot in wires.iter_mut() {
            if let Some(wire) = slot {
                wire.collect(*now, scratch, || faults.delay(rng));
                if wire.is_over() {
                    *slot = None;
                }
            }
        }
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= self.now);
        match &self.process {
            Some(process) if process.has_stopped() => moves.push(Move::End),
            Some(process) if self.faults.database_stalls_until <= self.now => {
                moves.extend((0..process.waiting()).map(Move::Database));
            }
            None if is_due(self.faults.starts_at) => moves.push(Move::Start),
            Some(_) | None => {}
        }
        for (number, wire) in self.wires.iter().enumerate() {
            if let Some(wire) = wire {
                if is_due(wire.up.due()) {
                    moves.push(Move::Up(number));
                }
                if is_due(self.down_due(wire)) {
                    moves.push(Move::Down(number));
                }
            }
        }
        for (number, peer) in self.peers.iter().enumerate() {
            if is_due(peer.due()) {
                moves.push(Move::Peer(number));
            }
            if matches!(&peer.page, Page::Loading(page) if page.is_finished()) {
                moves.push(Move::Page(number));
            }
        }
        moves
    }

    /// A machine that sleeps hears nothing.
    fn down_due(&self, wire: &Wire) -> Option<Timestamp> {
        let awake = self.peers.get(wire.peer)?.asleep_until;
        Some(wire.down.due()?.max(awake))
    }

    fn next_due(&self) -> Option<Timestamp> {
        let stalled = self.process.as_ref().filter(|process| process.waiting() > 0);
        let wires = self.wires.iter().flatten();
        wires
            .flat_map(|wire| [wire.up.due(), self.down_due(wire)])
            .chain(self.peers.iter().map(Peer::due))
            .chain([
                self.faults.starts_at,
                stalled.map(|_| self.faults.database_stalls_until),
            ])
            .flatten()
            .filter(|at| *at > self.now)
            .min()
    }

    fn move_on(&mut self, to: Timestamp) {
        let span = to.since(self.now);
        self.now = to;
        self.clock.advance(span);
        if let Some(process) = &self.process {
            process.advance(span);
        }
    }

    fn carry_up(&mut self, number: usize) {
        let most = self.faults.piece(&mut self.rng);
        let Some(Some(wire)) = self.wires.get_mut(number) else {
            return;
        };
        if wire.deliver_up(most) {
            self.is_stirred = true;
        } else {
            // The server reads nothing at the moment.
            wire.up.held_until = Some(self.now + Duration::from_millis(50));
        }
    }

    fn carry_down(&mut self, number: usize) {
        let most = self.faults.piece(&mut self.rng);
        let Some(Some(wire)) = self.wires.get_mut(number) else {
            return;
        };
        let heard = wire.deliver_down(most);
        self.is_stirred = true;
        self.hear(number, heard);
    }

    /// The server was given something to do.
    pub(crate) fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// The server's process is gone, with all it had in memory.
    pub(crate) fn crash(&mut self) {
        let Some(process) = self.process.take() else {
            return;
        };
        self.crashes += 1;
        drop(process);
        let silently = self.rng.u8(..4) == 0;
        self.note(format_args!("the server crashes, silently: {silently}"));
        let mut told = Vec::new();
        for (number, slot) in self.wires.iter_mut().enumerate() {
            if let Some(wire) = slot {
                if silently {
                    wire.lose_server();
                } else {
                    wire.cut();
                    told.push(number);
                }
            }
        }
        for number in told {
            self.hear_cut(number);
        }
        self.faults.starts_at = Some(self.now + self.faults.downtime(&mut self.rng));
    }

    /// What a wire that was just cut tells its device.
    pub(crate) fn hear_cut(&mut self, number: usize) {
        if let Some(Some(wire)) = self.wires.get_mut(number) {
            let heard = wire.hear(self.now);
            self.hear(number, heard);
        }
    }

    /// How it came out.
    pub(crate) fn end(self) -> Outcome {
        let (digest, lines) = self.chronicle.close();
        Outcome {
            seed: self.seed,
            digest,
            lines,
            acknowledged: self.history.acknowledged(),
            dialled: self.wires.len(),
            crashes: self.crashes,
            findings: self.history.into_findings(),
        }
    }
}

/// A folder in memory where there is one: nothing here has to survive the machine.
fn memory() -> PathBuf {
    let shared = PathBuf::from("/dev/shm");
    if shared.is_dir() {
        shared
    } else {
        std::env::temp_dir()
    }
}

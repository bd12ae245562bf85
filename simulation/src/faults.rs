//! What is wrong at the moment, and how wrong things get under a seed.

use std::time::Duration;

use fastrand::Rng;
use tidings_protocol::Timestamp;

use crate::world::World;

/// The state of the network, the database and the machine.
pub(crate) struct Faults {
    /// The server comes back then.
    pub(crate) starts_at: Option<Timestamp>,
    /// Nobody gets a turn at the database before then.
    pub(crate) database_stalls_until: Timestamp,
    /// The server crashes after so many more moves.
    fuse: Option<u32>,
    /// Every piece takes at least so long.
    latency: Duration,
    /// And at most so much longer.
    jitter: Duration,
    /// Of a hundred pieces, so many are cut short.
    torn: u8,
    /// The database has never kept the server waiting.
    pub(crate) is_prompt: bool,
}

impl Faults {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let jitters = [0, 5, 50, 300, 2_000];
        Self {
            starts_at: None,
            database_stalls_until: Timestamp::default(),
            fuse: None,
            latency: Duration::from_millis(rng.u64(0..60)),
            jitter: Duration::from_millis(rng.choice(jitters).unwrap_or(0)),
            torn: rng.choice([0, 0, 10, 60]).unwrap_or(0),
            is_prompt: true,
        }
    }

    /// How long a piece is on its way.
    pub(crate) fn delay(&self, rng: &mut Rng) -> Duration {
        let most = u64::try_from(self.jitter.as_millis()).unwrap_or(0);
        self.latency + Duration::from_millis(rng.u64(0..=most))
    }

    /// How many bytes of a piece arrive at once.
    pub(crate) fn piece(&self, rng: &mut Rng) -> usize {
        if rng.u8(..100) < self.torn {
            rng.usize(1..200)
        } else {
            usize::MAX
        }
    }

    /// How long a crashed server stays away.
    pub(crate) fn downtime(&self, rng: &mut Rng) -> Duration {
        Duration::from_millis(rng.u64(0..10_000))
    }

    pub(crate) fn light_fuse(&mut self, moves: u32) {
        self.fuse = Some(moves);
    }

    /// One more move; true if it is the one with the crash.
    pub(crate) fn burn_fuse(&mut self) -> bool {
        match self.fuse {
            Some(0) => {
                self.fuse = None;
                true
            }
            Some(left) => {
                self.fuse = Some(left - 1);
                false
            }
            None => false,
        }
    }

    /// Everything works from now on.
    pub(crate) fn end(&mut self, now: Timestamp) {
        self.fuse = None;
        self.database_stalls_until = now;
        self.jitter = Duration::from_millis(5);
        self.torn = 0;
        self.starts_at = self.starts_at.map(|at| at.min(now));
    }
}

impl World {
    /// Something goes wrong.
    pub(crate) fn go_wrong(&mut self, what: Wrong) {
        self.note(format_args!("{what:?}"));
        match what {
            Wrong::Crash => {
                let moves = self.rng.u32(0..60);
                self.faults.light_fuse(moves);
            }
            Wrong::Stop => {
                if let Some(process) = self.process.as_mut().filter(|process| !process.is_stopping()) {
                    process.stop();
                    self.stir();
                }
            }
            Wrong::Cut => {
                if let Some(number) = self.some_wire() {
                    if let Some(Some(wire)) = self.wires.get_mut(number) {
                        wire.cut();
                    }
                    self.stir();
                    self.hear_cut(number);
                }
            }
            Wrong::Hold => self.hold(),
            Wrong::Offline => {
                let until = self.now + Duration::from_millis(self.rng.u64(500..40_000));
                let peer = self.rng.usize(..self.peers.len());
                self.peers[peer].offline_until = until;
                // The system may say so, or not.
                if self.rng.bool()
                    && let Some(number) = self.peers[peer].wire
                {
                    if let Some(Some(wire)) = self.wires.get_mut(number) {
                        wire.cut();
                    }
                    self.stir();
                    self.hear_cut(number);
                }
            }
            Wrong::Partition => {
                let until = self.now + Duration::from_millis(self.rng.u64(500..20_000));
                for peer in &mut self.peers {
                    peer.offline_until = until;
                }
                for wire in self.wires.iter_mut().flatten() {
                    wire.up.held_until = Some(until);
                    wire.down.held_until = Some(until);
                }
            }
            Wrong::Sleep => {
                let until = self.now + Duration::from_millis(self.rng.u64(1_000..60_000));
                let peer = self.rng.usize(..self.peers.len());
                self.peers[peer].asleep_until = until;
            }
            Wrong::Clock => {
                let by = self.rng.i64(-120_000..120_000);
                let peer = self.rng.usize(..self.peers.len());
                self.peers[peer].skew += by;
            }
            Wrong::SlowDatabase => {
                self.faults.is_prompt = false;
                let most = self.rng.choice([500, 3_000, 9_000]).unwrap_or(500);
                self.faults.database_stalls_until = self.now + Duration::from_millis(self.rng.u64(0..most));
            }
        }
    }

    fn some_wire(&mut self) -> Option<usize> {
        let there = (0..self.wires.len()).filter(|number| self.wires[*number].is_some());
        let there: Vec<usize> = there.collect();
        self.rng.choice(there)
    }

    /// One direction of a connection, or both, carries nothing for a while or ever again, and nobody is told.
    fn hold(&mut self) {
        const NEVER: Timestamp = Timestamp(i64::MAX);
        let Some(number) = self.some_wire() else { return };
        let until = if self.rng.u8(..3) == 0 {
            NEVER
        } else {
            self.now + Duration::from_millis(self.rng.u64(100..90_000))
        };
        let directions = self.rng.u8(1..4);
        if let Some(Some(wire)) = self.wires.get_mut(number) {
            if directions & 1 == 1 {
                wire.up.held_until = Some(until);
            }
            if directions & 2 == 2 {
                wire.down.held_until = Some(until);
            }
        }
    }
}

/// What may go wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong {
    /// The server's process is killed, some moves from now.
    Crash,
    /// The server is told to stop.
    Stop,
    /// A connection breaks, and both ends learn of it.
    Cut,
    /// A connection carries nothing, in one direction or both.
    Hold,
    /// A device has no network.
    Offline,
    /// Nobody reaches the server, and what was on its way comes late.
    Partition,
    /// A device sleeps.
    Sleep,
    /// A device's clock is set.
    Clock,
    /// The database takes long.
    SlowDatabase,
}

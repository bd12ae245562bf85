//! The live side: from an open socket to the events on it.
//!
//! A connection's life: [`socket`], or [`long_poll`] where no socket gets through, checks who asks and from which page,
//! and turns bytes into frames. [`connection`]
//! waits for the hello, joins the [`hub`] first and then catches up from the log, so that nothing falls between the
//! two; from there it reads commands and writes what its [`queue`] holds. [`tail`] fills the queues from the log and
//! from the bus, for those whom [`members`] names. [`presence`] and [`typing`] are hints beside it.

pub mod connection;
pub mod deliveries;
#[cfg(feature = "fail-points")]
pub mod echo;
pub mod handshakes;
pub mod hub;
pub mod long_poll;
pub mod members;
pub mod presence;
pub mod queue;
pub mod socket;
pub mod tail;
pub mod typing;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tidings_protocol::{Epoch, Timestamp};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    bus::Bus,
    clock::Clock,
    config::Timings,
    fail_point::{Mutation, mutated},
    service::{self, Service},
};
use deliveries::Deliveries;
use handshakes::Handshakes;
use hub::Hub;
use long_poll::LongPolls;
use members::Members;
use presence::PresenceBoard;
use tail::{ReadAt, Tail};
use typing::Typing;

/// The live side of this node. Clones share it.
#[derive(Clone)]
pub struct Live {
    pub(crate) hub: Arc<Hub>,
    pub(crate) members: Arc<RwLock<Members>>,
    pub(crate) presence: Arc<PresenceBoard>,
    pub(crate) typing: Arc<Typing>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) long_polls: Arc<LongPolls>,
    pub(crate) handshakes: Arc<Handshakes>,
    pub(crate) timings: Arc<Timings>,
    pub(crate) epoch: Epoch,
    clock: Arc<dyn Clock>,
    read_at: Arc<ReadAt>,
    tasks: TaskTracker,
    sockets: TaskTracker,
    stop: CancellationToken,
    /// Set when the tail has ended: by a panic, if nobody said stop.
    broken: CancellationToken,
}

impl Live {
    /// Starts the tail and the presence task.
    ///
    /// # Errors
    /// When the log or the memberships can't be read.
    pub async fn start(
        service: Service,
        presence: Arc<PresenceBoard>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        timings: Timings,
    ) -> Result<Self, service::Error> {
        let epoch = service.begin_epoch().await?;
        let loaded = service.memberships().await?;
        let from = tidings_protocol::Position {
            epoch,
            offset: loaded.offset,
        };
        let members = Arc::new(RwLock::new(Members::new(loaded)));
        let hub = Arc::new(Hub::default());
        let tail = Tail::new(
            service.clone(),
            hub.clone(),
            members.clone(),
            presence.clone(),
            clock.clone(),
            from,
        );
        let live = Self {
            hub,
            members,
            presence: presence.clone(),
            typing: Arc::new(Typing::new(bus.clone(), clock.clone())),
            deliveries: Arc::default(),
            long_polls: Arc::default(),
            handshakes: Arc::new(Handshakes::new(clock.clone())),
            timings: Arc::new(timings),
            epoch,
            clock,
            read_at: tail.read_at(),
            tasks: TaskTracker::new(),
            sockets: TaskTracker::new(),
            stop: CancellationToken::new(),
            broken: CancellationToken::new(),
        };
        let every = live.timings.tail_every;
        // Dropped when the task ends, in a panic as well.
        let ends = live.broken.clone().drop_guard();
        let stop = live.stop.clone();
        live.tasks.spawn(async move {
            tail.run(bus, every, stop).await;
            drop(ends);
        });
        let stop = live.stop.clone();
        live.tasks.spawn(async move { presence.run(service, stop).await });
        Ok(live)
    }

    /// Whether the tail has read the log lately.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let behind = self.clock.now().since(self.read_at.get());
        behind < self.timings.tail_every * 5
    }

    /// When the tail last reached the end of the log.
    #[must_use]
    pub fn read_at(&self) -> Timestamp {
        self.read_at.get()
    }

    /// Waits until nothing is delivered any more. A server in this state must not go on: it would accept messages
    /// that reach nobody.
    pub async fn broken(&self) {
        self.broken.cancelled().await;
    }

    /// Closes all connections, waits for them at most as long as configured, and ends the tasks.
    pub async fn stop(&self) {
        if !mutated(Mutation::NoGoodbye) {
            self.hub.stop();
        }
        self.sockets.close();
        let drained = tokio::time::timeout(self.timings.drain_within, self.sockets.wait()).await;
        if drained.is_err() {
            tracing::warn!(left = self.sockets.len(), "connections did not end in time");
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The members' index is changed by one call that can't stop half-way, so it is whole even after a panic elsewhere.
pub(crate) fn read(members: &RwLock<Members>) -> RwLockReadGuard<'_, Members> {
    members.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write(members: &RwLock<Members>) -> RwLockWriteGuard<'_, Members> {
    members.write().unwrap_or_else(PoisonError::into_inner)
}

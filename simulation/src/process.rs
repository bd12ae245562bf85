//! One life of the server's process: its runtime, its connections to the database, and its door.
//!
//! All of the server is the real one. What is ours: the runtime's clock stands still until it is told to move, the
//! database is used in [`Turns`], and connections arrive over memory instead of TCP.

use std::{
    future::{Future, poll_fn},
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc as threads},
    task::{Poll, Waker},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    serve::Listener,
};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use tidings_protocol::{SessionId, Snapshot, UserId, frame};
use tidings_server::{
    assemble,
    clock::ManualClock,
    config::{JwtSecret, Settings},
    router::router,
    service::{self, Caller},
    site::Site,
    store::{Db, sessions, sqlite_options, writer::Writer},
};
use tokio::{
    io::DuplexStream,
    runtime::{Builder, Runtime},
    sync::mpsc,
    task::JoinHandle,
};
use tower::ServiceExt;
use uuid::Uuid;

use crate::turns::Turns;

/// Connections that read. Few, so that the queue for them is a part of what is simulated.
const READERS: u32 = 2;

/// How long a request waits for a connection to the database, as in the product.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Where the server believes to be.
pub const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);

/// A running server.
pub struct Process {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    /// While it lives, a thread of the runtime waits for it, which keeps the runtime from moving its clock by itself.
    stillness: Option<threads::Sender<()>>,
    turns: Arc<Turns>,
    parking: Arc<Parking>,
    site: Site,
    router: Router,
    writer: Writer,
    door: mpsc::UnboundedSender<DuplexStream>,
    stopping: Option<JoinHandle<()>>,
}

/// What became of the loading of a page.
#[derive(Debug)]
pub enum Page {
    /// It starts from this.
    Came(Box<Snapshot>),
    /// The session has ended.
    SignedOut,
    /// Not now.
    Failed,
}

/// Tells when the runtime has nothing to do.
#[derive(Default)]
struct Parking {
    waker: Mutex<Option<Waker>>,
    pools: OnceLock<Pools>,
    turns: OnceLock<Arc<Turns>>,
}

#[derive(Clone)]
struct Pools {
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Pools {
    /// Connections that are neither idle nor waiting for their turn.
    fn at_work(&self, turns: &Turns) -> bool {
        let out = |pool: &SqlitePool| (pool.size() as usize).saturating_sub(pool.num_idle());
        out(&self.readers) + out(&self.writer) > turns.waiting()
    }
}

impl Parking {
    /// The runtime is about to wait: nothing can be done but by the database's threads.
    fn parked(&self) {
        if let (Some(pools), Some(turns)) = (self.pools.get(), self.turns.get())
            && pools.at_work(turns)
        {
            return;
        }
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits until the runtime has run out of things to do, `times` over: what is due at a time is done only on the
    /// way out of the first.
    async fn idle(&self, times: u32) {
        for _ in 0..times {
            let mut asked = false;
            poll_fn(|context| {
                if std::mem::replace(&mut asked, true) {
                    return Poll::Ready(());
                }
                *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
                Poll::Pending
            })
            .await;
        }
    }
}

impl Process {
    /// Starts a server on the database at `path`.
    ///
    /// # Panics
    /// When it can't: nothing here may be in the way.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a simulation that can't start has nothing to report"
    )]
    pub fn start(path: &Path, settings: &Settings, secret: &JwtSecret, clock: &Arc<ManualClock>) -> Self {
        let parking = Arc::new(Parking::default());
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            // What the database's threads wake is done when nothing else is left to do.
            .global_queue_interval(u32::MAX)
            .on_thread_park({
                let parking = parking.clone();
                move || parking.parked()
            })
            .build()
            .expect("a runtime");
        let (stillness, ended) = threads::channel();
        runtime.spawn_blocking(move || ended.recv().is_err());

        let turns = Turns::open();
        let (door, listener) = door();
        let (site, router, pools, writer) = runtime.block_on(async {
            let pools = Pools::open(path, &turns).await.expect("the database opens");
            let db = Db::Sqlite {
                readers: pools.readers.clone(),
                writer: pools.writer.clone(),
            };
            let writer = Writer::start(db.clone(), clock.clone(), || {});
            let site = assemble(settings.clone(), secret, db, ADDRESS, clock.clone())
                .await
                .expect("the server starts");
            let router = router(site.clone());
            let service = router.clone().into_make_service();
            tokio::spawn(async move { axum::serve(listener, service).await });
            (site, router, pools, writer)
        });
        parking.pools.set(pools).ok();
        parking.turns.set(turns.clone()).ok();
        let process = Self {
            runtime: Some(runtime),
            stillness: Some(stillness),
            turns,
            parking,
            site,
            router,
            writer,
            door,
            stopping: None,
        };
        process.settle();
        process.turns.set_open(false);
        process
    }

    /// Lets the server do everything that it can do without a turn at the database.
    pub fn settle(&self) {
        self.run(self.parking.idle(1));
    }

    /// Lets time pass for the server.
    pub fn advance(&self, span: Duration) {
        self.run(async {
            tokio::time::advance(span).await;
            // One round for what falls due, one for what that leads to.
            self.parking.idle(3).await;
        });
    }

    /// How many wait for the database.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.turns.waiting()
    }

    /// Lets one of those who wait for the database have it, and everything happen that follows.
    pub fn grant(&self, place: usize) {
        self.turns.grant(place);
        self.settle();
    }

    /// A connection arrives.
    pub fn accept(&self, stream: DuplexStream) {
        // A server that no longer listens hangs up by dropping it.
        self.door.send(stream).ok();
    }

    /// Everything that a request can reach.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Begins to ask for what a page starts from.
    #[must_use]
    pub fn ask_for_page(&self, caller: Caller) -> Option<JoinHandle<Page>> {
        let token = self.site.tokens.sign(caller).ok()?;
        let request = Request::get("/api/v1/snapshot")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .ok()?;
        let router = self.router.clone();
        self.spawn(async move {
            let Ok(answer) = router.oneshot(request).await;
            let status = answer.status();
            let body = to_bytes(answer.into_body(), usize::MAX).await;
            let text = body.ok().and_then(|body| String::from_utf8(body.into()).ok());
            let snapshot = text.and_then(|text| frame::decode(&text).ok());
            match (status, snapshot) {
                (StatusCode::OK, Some(snapshot)) => Page::Came(Box::new(snapshot)),
                (StatusCode::UNAUTHORIZED, _) => Page::SignedOut,
                _ => Page::Failed,
            }
        })
    }

    /// Does something beside everything else.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<JoinHandle<T>> {
        self.runtime.as_ref().map(|runtime| runtime.spawn(work))
    }

    /// Does something while nothing else happens, once all that waits for the database has had it.
    pub fn calmly<T>(&self, work: impl Future<Output = T>) -> T {
        while self.turns.waiting() > 0 {
            self.grant(0);
        }
        self.turns.set_open(true);
        let value = self.run(work);
        self.settle();
        self.turns.set_open(false);
        value
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sign_in(&self, user: UserId) -> Result<Caller, service::Error> {
        let session = SessionId(Uuid::now_v7());
        let begun = self.writer.write::<(), service::Error, _>(move |tx| {
            Box::pin(async move { Ok(sessions::insert(tx, session, user).await?) })
        });
        self.calmly(begun)?;
        Ok(Caller { user, session })
    }

    /// Reads the database as it is.
    pub fn look<T>(&self, work: impl AsyncFnOnce(&SqlitePool) -> T) -> Option<T> {
        let pools = self.parking.pools.get()?.clone();
        Some(self.calmly(async move { work(&pools.readers).await }))
    }

    /// Begins to stop as on a signal.
    pub fn stop(&mut self) {
        let live = self.site.live.clone();
        self.stopping = self.spawn(async move { live.stop().await });
    }

    /// Whether a stop has come to its end.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.stopping.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// Whether a stop has begun.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => unreachable!("a process that is being dropped does nothing"),
        }
    }
}

/// A crash: everything in memory is gone, and nobody is told.
impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stillness.take());
        if let Some(runtime) = self.runtime.take() {
            // Connections to the database ask for a runtime when they are dropped.
            let handle = runtime.handle().clone();
            let _within = handle.enter();
            drop(runtime);
        }
    }
}

impl Pools {
    async fn open(path: &Path, turns: &Arc<Turns>) -> Result<Self, Box<dyn std::error::Error>> {
        let options = sqlite_options(&format!("sqlite://{}", path.display()))?;
        let pool = |connections: u32| {
            let (at_first, later) = (turns.clone(), turns.clone());
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .after_connect(move |_, _| {
                    let turns = at_first.clone();
                    Box::pin(async move {
                        turns.wait().await;
                        Ok(())
                    })
                })
                .before_acquire(move |_, _| {
                    let turns = later.clone();
                    Box::pin(async move {
                        turns.wait().await;
                        Ok(true)
                    })
                })
        };
        let writer = pool(1).connect_with(options.clone()).await?;
        let readers = pool(READERS)
            .min_connections(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Self { readers, writer })
    }
}

/// Where connections arrive.
struct Arrivals(mpsc::UnboundedReceiver<DuplexStream>);

fn door() -> (mpsc::UnboundedSender<DuplexStream>, Arrivals) {
    let (door, arrivals) = mpsc::unbounded_channel();
    (door, Arrivals(arrivals))
}

impl Listener for Arrivals {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(stream) => (stream, ADDRESS),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(ADDRESS)
    }
}

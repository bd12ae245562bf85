//! A running server: what is started, in which order, and how it stops.

use std::{
    ffi::OsString,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Once},
    time::Duration,
};

use thiserror::Error;
use tidings_protocol::{UserId, limits};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{cookies::Cookies, token::Tokens},
    bus::{Bus, local::LocalBus},
    clock::Clock,
    config::{JwtSecret, PublicUrl, Settings, Timings},
    doorstep::Doorstep,
    files::{Files, storage::Storage},
    listener::{self, Terms},
    model::Model,
    outbound::Outbound,
    previews, push,
    rate_limit::RateLimits,
    realtime::{Live, presence::PresenceBoard},
    router::router,
    service::{self, Policy, Service},
    site::Site,
    store::{Db, OpenError},
    web,
};

/// Connections that wait to be accepted. After a restart all devices return at once; the library's default is 128.
const BACKLOG: u32 = 4096;

/// The folder of files in the data folder.
const FILES: &str = "files";

/// How much longer than for sockets a stopping server waits for requests. Together less than the ten seconds after
/// which service managers lose patience.
const ONE_MORE: Duration = Duration::from_secs(1);

/// A running server.
pub struct Server {
    /// Where it listens, with the real port.
    pub addr: SocketAddr,
    /// Where people reach it.
    pub public_url: PublicUrl,
    /// What it does.
    pub service: Service,
    db: Db,
    live: Live,
    stop: CancellationToken,
    http: JoinHandle<()>,
    pruning: JoinHandle<()>,
    pushing: JoinHandle<()>,
    /// None where no pages are looked at.
    previewing: Option<JoinHandle<()>>,
    clearing: JoinHandle<()>,
}

/// Why a server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The data folder can't be used.
    #[error("data-dir: {path} can't be used: {source}.")]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The kept signing key can't be used.
    #[error("jwt-secret: the key in {path} can't be used: {source}.")]
    Key {
        /// The data folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database can't be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// Nothing can be asked of other servers.
    #[error("the certificates that this system trusts can't be used: {0}.")]
    Outbound(#[from] reqwest::Error),
    /// The address can't be listened on.
    #[error("listen: {addr} can't be listened on: {source}.")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The place of files can't be used.
    #[error("files-url: {0}")]
    Files(String),
    /// The environment of the page files can't be read.
    #[error("{0}")]
    Pages(String),
    /// The data could not be read.
    #[error("the data could not be read: {0}")]
    Service(#[from] service::Error),
}

impl Server {
    /// Starts a server: it listens when this returns.
    ///
    /// # Errors
    /// [`StartError`], a sentence that names the setting to look at.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        std::fs::create_dir_all(&settings.data_dir).map_err(|source| StartError::DataDir {
            path: settings.data_dir.clone(),
            source,
        })?;
        let secret = match settings.jwt_secret.clone() {
            Some(secret) => secret,
            None => JwtSecret::kept_in(&settings.data_dir).map_err(|source| StartError::Key {
                path: settings.data_dir.clone(),
                source,
            })?,
        };
        let db = Db::open(&settings.database_url).await?;
        let (listener, addr) = listen(settings.listen).map_err(|source| StartError::Listen {
            addr: settings.listen,
            source,
        })?;
        let public_url = settings.public_url(addr.port());
        let site = assemble(settings, &secret, db.clone(), addr, clock).await?;
        let (service, live) = (site.service.clone(), site.live.clone());
        let stop = CancellationToken::new();
        let pruning = tokio::spawn(prune(
            service.clone(),
            site.settings.timings.prune_every,
            stop.clone(),
        ));
        let timings = site.settings.timings.clone();
        let outbound = Outbound::new(timings.push_within, site.settings.outbound_loopback)?;
        let pushing = tokio::spawn(push::work(service.clone(), outbound, timings, stop.clone()));
        let previewing = match site.settings.link_previews {
            true => {
                let timings = site.settings.timings.clone();
                let outbound = Outbound::new(timings.preview_within, site.settings.outbound_loopback)?;
                Some(tokio::spawn(previews::work(
                    service.clone(),
                    outbound,
                    timings,
                    stop.clone(),
                )))
            }
            false => None,
        };
        let clearing = tokio::spawn(clear_files(
            service.clone(),
            site.files.clone(),
            site.settings.timings.clear_files_every,
            stop.clone(),
        ));
        let terms = Terms {
            doorstep: Arc::new(Doorstep::new(site.settings.strangers_per_network)),
            trusted_proxies: site.settings.trusted_proxies.clone().into(),
            headers_within: site.settings.timings.headers_within,
        };
        let http = tokio::spawn(listener::serve(listener, router(site), terms, stop.clone()));
        Ok(Self {
            addr,
            public_url,
            service,
            db,
            live,
            stop,
            http,
            pruning,
            pushing,
            previewing,
            clearing,
        })
    }

    /// How many connections a person has open.
    #[must_use]
    pub fn connections(&self, user: UserId) -> usize {
        self.live.hub.connections(user)
    }

    /// Waits until the server can't do its work any more.
    pub async fn broken(&self) {
        self.live.broken().await;
    }

    /// Stops: no new requests, sockets closed so that devices return, what was accepted finished.
    pub async fn stop(self) {
        let until = Instant::now() + self.live.timings.drain_within + ONE_MORE;
        self.stop.cancel();
        self.live.stop().await;
        // A request that hangs must not keep the process from ending.
        match tokio::time::timeout_at(until, self.http).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the listener panicked"),
            Err(_) => tracing::warn!("requests did not end in time"),
        }
        let tasks = [
            Some((self.pruning, "the pruning of the log")),
            Some((self.pushing, "the pushing")),
            self.previewing.map(|task| (task, "the looking at pages")),
            Some((self.clearing, "the clearing of files")),
        ];
        for (task, name) in tasks.into_iter().flatten() {
            if let Err(error) = task.await {
                tracing::error!(%error, "{name} panicked");
            }
        }
        self.db.close().await;
    }
}

/// Puts together what requests reach: the service on `db` and the live side, which begins to run. `addr` is where it is
/// reached.
///
/// # Errors
/// [`StartError`], when the data can't be read or the page files can't be found.
pub async fn assemble(
    settings: Settings,
    secret: &JwtSecret,
    db: Db,
    addr: SocketAddr,
    clock: Arc<dyn Clock>,
) -> Result<Site, StartError> {
    install_crypto();
    let public_url = settings.public_url(addr.port());
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
    let presence = Arc::new(PresenceBoard::new(bus.clone(), clock.clone(), &settings.timings));
    let policy = Policy {
        public_url: public_url.to_string(),
        registration: settings.registration,
        link_previews: settings.link_previews,
        outbound_loopback: settings.outbound_loopback,
    };
    let service = Service::new(db, bus.clone(), clock.clone(), presence.clone(), policy);
    let service = match settings.model.clone() {
        Some(model) => {
            let Timings {
                model_within,
                model_pause,
                ..
            } = settings.timings;
            service.with_model(Model::new(model, clock.clone(), model_within, model_pause)?)
        }
        None => service,
    };
    let files = files(&settings).map_err(StartError::Files)?;
    let live = Live::start(
        service.clone(),
        presence,
        bus,
        clock.clone(),
        settings.timings.clone(),
    )
    .await?;
    Ok(Site {
        service,
        live,
        tokens: Tokens::new(secret, clock),
        cookies: Cookies::new(public_url.is_secure()),
        origins: settings.allowed_origins(addr.port()).into(),
        rate_limits: Arc::new(RateLimits::new(
            settings.commands_per_minute,
            settings.command_burst,
        )),
        files,
        leptos: web::leptos_options(addr).map_err(StartError::Pages)?,
        settings: Arc::new(settings),
    })
}

fn files(settings: &Settings) -> Result<Files, String> {
    let storage = match &settings.files_url {
        Some(url) => Storage::at(url, std::env::vars_os().filter_map(as_text))?,
        None => Storage::folder(&settings.data_dir.join(FILES))?,
    };
    Files::new(storage, &settings.data_dir, settings.file_max_bytes)
        .map_err(|error| format!("the data folder can't be used: {error}."))
}

/// A variable, if it is text.
fn as_text((name, value): (OsString, OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

fn listen(addr: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A restart must not wait for the last connections of the process before it.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    let listener = socket.listen(BACKLOG)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Removes what no device resumes from, now and then, until `stop`.
async fn prune(service: Service, every: Duration, stop: CancellationToken) {
    let mut tick = interval_at(Instant::now() + every, every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => match service.prune_log().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "old rows of the log were removed"),
                Err(error) => tracing::warn!(%error, "the log could not be pruned"),
            }
        }
    }
}

/// Deletes the bytes of files that nothing needs any more, now and then, until `stop`.
async fn clear_files(service: Service, files: Files, every: Duration, stop: CancellationToken) {
    let mut tick = interval_at(Instant::now() + every, every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let leftovers = match service.leftovers(limits::UPLOAD_KEPT_FOR).await {
            Ok(leftovers) => leftovers,
            Err(error) => {
                tracing::warn!(%error, "files could not be cleared");
                continue;
            }
        };
        for file in leftovers {
            // What fails is tried again next time.
            if let Err(error) = files.storage.delete(&file).await {
                tracing::warn!(%error, "a file could not be deleted");
            } else if let Err(error) = service.file_deleted(file).await {
                tracing::warn!(%error, "a deleted file could not be forgotten");
            }
        }
    }
}

/// Chooses the cryptography of the token library, once for the process. It panics at first use without a choice when
/// a dependency switches on a second one.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER
            .install_default()
            .is_err()
        {
            tracing::debug!("the cryptography was chosen before");
        }
    });
}

//! The server process that is broken: how it is started, hurt and asked.
//!
//! Each has a data folder and an address of its own, so cases can run side by side, and a server that starts again
//! is found where its devices know it to be.

use std::{
    fs::{self, OpenOptions},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Far longer than a start takes on a loaded machine.
const START_WITHIN: Duration = Duration::from_secs(60);
/// Below the ports that systems give out by themselves, so nothing else takes it while the server is away.
const PORT: u16 = 8137;
/// Lines of the server's log that are shown when it does not do what it should.
const LOG_LINES: usize = 12;

/// Tells the servers of one bench apart.
static NEXT: AtomicU8 = AtomicU8::new(1);

/// A server that can be hurt.
#[derive(Debug)]
pub struct Host {
    /// Where it listens.
    pub addr: SocketAddr,
    /// How the next start is done; what is changed holds from then on.
    pub manner: Manner,
    binary: PathBuf,
    folder: TempDir,
    child: Option<Child>,
}

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Variables of its environment.
    pub env: Vec<(String, String)>,
    /// A program, and its arguments, that starts it.
    pub wrapper: Vec<String>,
    /// Its data folder, if not one of the bench's own.
    pub data_dir: Option<PathBuf>,
}

impl Manner {
    /// The same with a variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.unset(name);
        self.env.push((name.to_owned(), value.into()));
    }

    /// Takes a variable away.
    pub fn unset(&mut self, name: &str) {
        self.env.retain(|(known, _)| known != name);
    }
}

/// A server that has just begun to serve.
#[derive(Debug)]
pub struct Ready {
    /// From its start to its first word.
    pub took: Duration,
    /// The link that makes the first account, if there is none yet: its path.
    pub set_up: Option<String>,
}

impl Host {
    /// A server that has not been started.
    ///
    /// # Errors
    /// When there is no room for its data.
    pub fn new(binary: &Path, manner: Manner) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tidings-bench.")
            .tempdir()
            .context("there is no temporary folder for the server's data")?;
        Ok(Self {
            addr: SocketAddr::new(free_address().into(), PORT),
            manner,
            binary: binary.to_owned(),
            folder,
            child: None,
        })
    }

    /// Where its data is.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        match &self.manner.data_dir {
            Some(folder) => folder.clone(),
            None => self.folder.path().join("data"),
        }
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data_dir().join("tidings.db")
    }

    /// A folder beside its data that goes with it.
    #[must_use]
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts it, and waits until it serves.
    ///
    /// # Errors
    /// When it does not; with the end of its log.
    pub async fn start(&mut self) -> anyhow::Result<Ready> {
        let since = Instant::now();
        fs::create_dir_all(self.data_dir())?;
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let mut words = self.manner.wrapper.iter();
        let mut command = match words.next() {
            Some(program) => {
                let mut command = Command::new(program);
                command.args(words).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command
            .env("TIDINGS_LISTEN", self.addr.to_string())
            .env("TIDINGS_DATA_DIR", self.data_dir())
            .env("TIDINGS_LOG", "warn")
            // The bench is faster than any person.
            .env("TIDINGS_COMMANDS_PER_MINUTE", "1000000000")
            // Makes it believe that each of the bench's people signs in from an address of their own.
            .env("TIDINGS_TRUSTED_PROXIES", "127.0.0.1")
            .env_remove("DATABASE_URL")
            .env_remove("TIDINGS_PUBLIC_URL")
            .envs(self.manner.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .with_context(|| format!("{} can't be started", self.binary.display()))?;
        let output = child.stdout.take().context("the server has no output")?;
        self.child = Some(child);
        let mut lines = BufReader::new(output).lines();
        let ready = tokio::time::timeout(START_WITHIN, async {
            let mut took = None;
            while let Some(line) = lines.next_line().await? {
                if line.starts_with("Tidings is ready") {
                    took = Some(since.elapsed());
                    // Only an empty server says more.
                    if !self.is_new() {
                        break;
                    }
                }
                if let Some((_, path)) = line.split_once("/set-up/") {
                    return Ok(Ready {
                        took: took.unwrap_or_else(|| since.elapsed()),
                        set_up: Some(path.trim().to_owned()),
                    });
                }
            }
            match took {
                Some(took) => Ok(Ready { took, set_up: None }),
                None => bail!("it ended"),
            }
        })
        .await;
        match ready {
            Ok(Ok(ready)) => {
                if ready.set_up.is_some() {
                    fs::write(self.scratch("set-up"), "")?;
                }
                Ok(ready)
            }
            Ok(Err(error)) => Err(error.context(format!("the server did not start: {}", self.last_words()))),
            Err(_) => bail!(
                "the server did not start in {START_WITHIN:?}: {}",
                self.last_words()
            ),
        }
    }

    /// Whether nobody has an account yet.
    fn is_new(&self) -> bool {
        !self.scratch("set-up").exists()
    }

    /// Its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = self.pid().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        kill_process(pid.context("the server does not run")?, signal).context("the server can't be signalled")
    }

    /// Kills it, and waits until it is gone.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::KILL)?;
        self.ended(Duration::from_secs(10)).await.map(drop)
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// When it does not in that time.
    pub async fn ended(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let child = self.child.as_mut().context("the server does not run")?;
        let status = tokio::time::timeout(within, child.wait())
            .await
            .with_context(|| format!("the server did not end in {within:?}"))??;
        self.child = None;
        Ok(status)
    }

    /// Whether it has ended by itself.
    ///
    /// # Errors
    /// When the system can't tell.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        match &mut self.child {
            Some(child) => Ok(child.try_wait()?.is_some()),
            None => Ok(true),
        }
    }

    /// Memory it has in use, in KiB; `None` where the system does not tell.
    #[must_use]
    pub fn resident_kib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()?)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// File descriptors it has open, sockets among them; `None` where the system does not tell.
    #[must_use]
    pub fn open_files(&self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/fd", self.pid()?)).ok()?.count())
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

/// A loopback address that no other bench and no other server of this one has.
fn free_address() -> Ipv4Addr {
    // Other systems have only one; there, cases can't run side by side.
    if !cfg!(target_os = "linux") {
        return Ipv4Addr::LOCALHOST;
    }
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | (high & 0x3f), low, NEXT.fetch_add(1, Ordering::Relaxed))
}

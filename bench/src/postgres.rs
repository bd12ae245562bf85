//! A PostgreSQL server of the bench's own, that can be hurt.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::case::not_run;

/// Whom it runs as where the bench runs as root, which PostgreSQL refuses.
const OWNER: &str = "postgres";

/// A running server with an empty database, which syncs as one in earnest does; it ends when dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts one.
    ///
    /// # Errors
    /// [`crate::case::NotRun`] where there is no PostgreSQL.
    pub fn start() -> anyhow::Result<Self> {
        let programs = programs().ok_or_else(|| not_run("PostgreSQL's server is not installed"))?;
        let folder = tempfile::Builder::new().prefix("tidings-postgres.").tempdir()?;
        if is_root() {
            let given = Command::new("chown").arg(OWNER).arg(folder.path()).status();
            if !given.is_ok_and(|status| status.success()) {
                return Err(not_run(format!(
                    "there is no user “{OWNER}” whom PostgreSQL could run as"
                )));
            }
        }
        // Free until it is taken; what takes it in between would be told by a start that fails.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let postgres = Self {
            folder,
            programs,
            port,
        };
        let data = postgres.data();
        let words = [
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ];
        postgres.run("initdb", &[&["--pgdata", &data], words.as_slice()].concat())?;
        postgres.start_again()?;
        Ok(postgres)
    }

    /// What `DATABASE_URL` is for it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it after it was stopped.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> anyhow::Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=50",
            self.port
        );
        let log = self.folder.path().join("server.log").display().to_string();
        let words = [
            "start",
            "--wait",
            "--silent",
            "--log",
            &log,
            "--options",
            &options,
        ];
        self.control(&words)
    }

    /// Stops it: as in a crash, if `at_once`, so that it has to recover; else in order, without waiting for anybody.
    ///
    /// # Errors
    /// When it can't be stopped.
    pub fn stop(&self, at_once: bool) -> anyhow::Result<()> {
        let mode = if at_once { "immediate" } else { "fast" };
        self.control(&["stop", "--wait", "--silent", "--mode", mode])
    }

    /// Sends a signal to all of its processes.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid"))?;
        let first: i32 = file.lines().next().context("an empty file")?.trim().parse()?;
        // The one that starts all others first, so that none is missed.
        for pid in std::iter::once(first).chain(children(first)) {
            let pid = Pid::from_raw(pid).context("no process")?;
            // One that has ended meanwhile needs no signal.
            kill_process(pid, signal).ok();
        }
        Ok(())
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn control(&self, words: &[&str]) -> anyhow::Result<()> {
        let data = self.data();
        self.run("pg_ctl", &[words, &["--pgdata", &data]].concat())
    }

    fn run(&self, program: &str, words: &[&str]) -> anyhow::Result<()> {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", OWNER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // A server that starts keeps what it is given open, so it is given nothing that is waited for.
        let said = fs::File::create(self.folder.path().join("said"))?;
        let done = command
            .args(words)
            .current_dir("/")
            .stdout(said.try_clone()?)
            .stderr(said)
            .status()
            .with_context(|| format!("{program} can't be started"))?;
        if !done.success() {
            let said = fs::read_to_string(self.folder.path().join("said")).unwrap_or_default();
            bail!("{program} failed: {}", said.trim());
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.signal(Signal::CONT));
        // One that is stopped already says so.
        drop(self.stop(true));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The folder of PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    installed
        .map(|version| version.path().join("bin"))
        .chain(std::env::split_paths(&path))
        .find(|folder| {
            ["initdb", "pg_ctl"]
                .iter()
                .all(|program| is_program(&folder.join(program)))
        })
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The processes that one has started.
fn children(of: i32) -> Vec<i32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|pid| parent(*pid) == Some(of))
        .collect()
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may have anything in it, brackets too.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

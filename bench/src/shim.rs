//! A disk that loses what was not synced, that fails or is slow, and a clock that jumps: see `shim/shim.c`.
//!
//! C, because only a library that is loaded before the program can stand between it and the system without a
//! privilege. Compiled when a case needs it; without a C compiler, or on another system than Linux, such a case is
//! not run.

use std::{fs, os::unix::fs::FileExt, path::Path, process::Command};

use anyhow::Context;

use crate::{
    case::not_run,
    host::{Host, Manner},
};

const SOURCE: &str = include_str!("shim/shim.c");

/// What a power cut leaves of the database, by the last part of their names.
const FILES: [&str; 3] = ["tidings.db", "tidings.db-wal", "tidings.db-journal"];
/// At which write the server dies.
const DIE_AT: &str = "TIDINGS_SHIM_DIE_AT";

/// The library, and the folders it works with.
#[derive(Debug)]
pub struct Shim {
    folder: tempfile::TempDir,
    control: fs::File,
}

/// What the disk and the clock do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fault {
    /// How far the clock is off, in milliseconds.
    pub clock_ms: i64,
    /// Whether syncing fails.
    pub sync_fails: bool,
    /// How long syncing takes, in milliseconds.
    pub sync_takes_ms: u32,
}

impl Shim {
    /// Compiles the library.
    ///
    /// # Errors
    /// [`crate::case::NotRun`] where it can't be compiled.
    pub fn build() -> anyhow::Result<Self> {
        if !cfg!(target_os = "linux") {
            return Err(not_run("the shim that fails for the disk is for Linux"));
        }
        let folder = tempfile::Builder::new().prefix("tidings-shim.").tempdir()?;
        let source = folder.path().join("shim.c");
        fs::write(&source, SOURCE)?;
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(folder.path().join("shim.so"))
            .arg(&source)
            .args(["-ldl", "-lpthread"])
            .output()
            .map_err(|error| not_run(format!("there is no C compiler for the shim: {error}")))?;
        if !compiled.status.success() {
            let why = String::from_utf8_lossy(&compiled.stderr).into_owned();
            return Err(not_run(format!("the shim can't be compiled: {why}")));
        }
        fs::create_dir(folder.path().join("durable"))?;
        let control = fs::File::create_new(folder.path().join("control"))?;
        let shim = Self { folder, control };
        shim.set(Fault::default())?;
        Ok(shim)
    }

    /// How a server is started that it fails for.
    #[must_use]
    pub fn manner(&self) -> Manner {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        Manner::default()
            .with("LD_PRELOAD", path("shim.so"))
            .with("TIDINGS_SHIM_DURABLE", path("durable"))
            .with("TIDINGS_SHIM_CONTROL", path("control"))
            .with("TIDINGS_SHIM_WRITES", path("writes"))
    }

    /// A server that is started like this from now on dies before a write to its database, counted from its start.
    pub fn die_at(&self, manner: &mut Manner, write: Option<u64>) {
        match write {
            Some(write) => manner.set(DIE_AT, write.to_string()),
            None => manner.unset(DIE_AT),
        }
    }

    /// How often the last server wrote to its database.
    ///
    /// # Errors
    /// When none did.
    pub fn writes(&self) -> anyhow::Result<u64> {
        let count = fs::read_to_string(self.folder.path().join("writes"))?;
        Ok(count.trim().parse()?)
    }

    /// Nothing was ever synced.
    ///
    /// # Errors
    /// When the bench's own files can't be removed.
    pub fn forget(&self) -> anyhow::Result<()> {
        let durable = self.folder.path().join("durable");
        fs::remove_dir_all(&durable)?;
        fs::create_dir(&durable)?;
        Ok(())
    }

    /// A file has been on the disk all along.
    ///
    /// # Errors
    /// When it can't be copied.
    pub fn keep(&self, file: &Path) -> anyhow::Result<()> {
        let name = file.file_name().context("a file without a name")?;
        fs::copy(file, self.folder.path().join("durable").join(name))?;
        Ok(())
    }

    /// From now on disk and clock are like this.
    ///
    /// # Errors
    /// When the bench's own file can't be written.
    pub fn set(&self, fault: Fault) -> anyhow::Result<()> {
        // Always as long, so that it is replaced as a whole.
        let text = format!(
            "{:>20} {:>1} {:>10}\n",
            fault.clock_ms,
            u8::from(fault.sync_fails),
            fault.sync_takes_ms
        );
        self.control.write_all_at(text.as_bytes(), 0)?;
        Ok(())
    }

    /// The power is cut: the server is gone at once, and its disk has what was synced. It is not started again.
    ///
    /// # Errors
    /// When the server does not run or the files can't be exchanged.
    pub async fn cut_power(&self, host: &mut Host) -> anyhow::Result<()> {
        host.kill().await?;
        self.lose_unsynced(host)
    }

    /// A server that does not run finds on its disk what was synced, and nothing else.
    ///
    /// # Errors
    /// When the files can't be exchanged.
    pub fn lose_unsynced(&self, host: &Host) -> anyhow::Result<()> {
        let durable = self.folder.path().join("durable");
        let data = host.data_dir();
        for file in FILES {
            exchange(&durable.join(file), &data.join(file))?;
        }
        // Not on the disk at all: it is memory that the processes of a running system share.
        exchange(Path::new(""), &data.join("tidings.db-shm"))
    }
}

fn exchange(durable: &Path, lived: &Path) -> anyhow::Result<()> {
    match fs::remove_file(lived) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} can't be removed", lived.display()));
        }
        Ok(()) | Err(_) => {}
    }
    if durable.exists() {
        fs::copy(durable, lived).with_context(|| format!("{} can't be copied", durable.display()))?;
    }
    Ok(())
}

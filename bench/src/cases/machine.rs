//! The machine that the server runs on lets it down.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tidings_protocol::LocalId;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::{
    case::{Setup, not_run},
    host::Manner,
    report::Report,
    silent::Silent,
    world::{Cast, World},
};

/// Longer than the server waits for a lock.
const LOCKED_FOR: Duration = Duration::from_secs(8);
/// A disk that has room again is used again this soon.
const USED_WITHIN: Duration = Duration::from_secs(5);
const MIB: usize = 1 << 20;

/// Another process holds the write lock of the database.
pub async fn database_locked(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(1, 300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    let mut acked_meanwhile = 0;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        let mut other = SqliteConnectOptions::new()
            .filename(world.host.database())
            .busy_timeout(LOCKED_FOR)
            .connect()
            .await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await?;
        // What was committed just before is answered by then.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = world.acked();
        tokio::time::sleep(LOCKED_FOR).await;
        acked_meanwhile += world.acked() - before;
        sqlx::query("ROLLBACK").execute(&mut other).await?;
        other.close().await?;
        if !world.heal().await {
            break;
        }
    }
    let mut report = world.judge().await?;
    report.expect(
        acked_meanwhile == 0,
        format!("{acked_meanwhile} messages were acknowledged while nothing could be written"),
    );
    Ok(report)
}

/// A file system in memory, of a fixed size; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, mib: usize) -> anyhow::Result<Self> {
        fs::create_dir_all(at)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tidings-bench"])
            .arg(at)
            .output()
            .map_err(|error| not_run(format!("mount can't be started: {error}")))?;
        if !mounted.status.success() {
            let why = String::from_utf8_lossy(&mounted.stderr).trim().to_owned();
            return Err(not_run(format!("a small disk can't be mounted: {why}")));
        }
        Ok(Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What can't be undone is left to whoever looks at the message of umount.
        drop(Command::new("umount").arg("--lazy").arg(&self.0).status());
    }
}

/// The disk is full in the midst of a burst, and then has room again.
pub async fn disk_full(setup: Setup) -> anyhow::Result<Report> {
    let place = tempfile::Builder::new().prefix("tidings-disk.").tempdir()?;
    let disk = SmallDisk::mount(place.path(), 48)?;
    let manner = Manner {
        data_dir: Some(disk.0.join("data")),
        ..Manner::default()
    };
    let mut world = World::start(&setup, Cast::of(&setup).started(manner)).await?;
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![0; 42 * MIB])?;
    for tab in &world.tabs {
        tab.write_long(setup.messages.unwrap_or(900) / world.tabs.len(), 4 * 1024);
    }
    let person = world.people[0].clone();
    let thread = *world.members.first_key_value().context("no thread")?.0;
    let mut refused = None;
    let until = Instant::now() + world.patience;
    while refused.is_none() && Instant::now() < until {
        let local_id = LocalId(Uuid::now_v7());
        world.note_sent(person.me.id, thread, local_id);
        refused = person
            .say(thread, local_id, &"y".repeat(8 * 1024))
            .await
            .err()
            .map(|error| error.to_string());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let reads = person.snapshot().await.is_ok();
    fs::remove_file(&ballast)?;
    let since = Instant::now();
    let mut used_again = None;
    while used_again.is_none() && since.elapsed() < USED_WITHIN * 2 {
        let local_id = LocalId(Uuid::now_v7());
        world.note_sent(person.me.id, thread, local_id);
        if person.say(thread, local_id, "There is room.").await.is_ok() {
            used_again = Some(since.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut report = world.judge().await?;
    report.expect(
        refused.as_ref().is_some_and(|why| why.contains("507")),
        format!("a message for a full disk was answered with {refused:?}, and should be with 507"),
    );
    report.expect(reads, "nothing could be read while the disk was full");
    report.expect(
        used_again.is_some_and(|after| after <= USED_WITHIN),
        format!("the disk was used again after {used_again:?}"),
    );
    Ok(report)
}

/// Tells those of one bench apart.
static CAGES: AtomicU32 = AtomicU32::new(0);

/// A group of processes that may use so much memory; gone when dropped.
struct Cage(PathBuf);

impl Cage {
    fn new(mib: usize) -> anyhow::Result<Self> {
        let no = |what: &str| not_run(format!("memory can't be limited here: {what}"));
        let (root, limit) = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ]
        .into_iter()
        .map(|(root, limit)| (Path::new(root), limit))
        .find(|(root, _)| root.join("cgroup.procs").exists())
        .ok_or_else(|| no("there are no control groups"))?;
        let number = CAGES.fetch_add(1, Ordering::Relaxed);
        let cage = Self(root.join(format!("tidings-bench-{}-{number}", std::process::id())));
        fs::create_dir_all(&cage.0).map_err(|error| no(&error.to_string()))?;
        fs::write(cage.0.join(limit), (mib * MIB).to_string()).map_err(|error| no(&error.to_string()))?;
        Ok(cage)
    }

    fn manner(&self) -> Manner {
        let enter = format!("echo $$ > '{}/cgroup.procs' && exec \"$0\"", self.0.display());
        Manner {
            wrapper: ["sh", "-c", &enter].map(str::to_owned).to_vec(),
            ..Manner::default()
        }
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        // Empty once its last process is gone; one that is left behind holds nothing.
        drop(fs::remove_dir(&self.0));
    }
}

/// A flood for devices that don't read, with little memory.
pub async fn memory_limit(setup: Setup) -> anyhow::Result<Report> {
    let cage = Cage::new(256)?;
    // All queues share a message, so only more of them than fit into the cage tell whether queues are bounded. An
    // unoptimised server takes more memory for each, and would take minutes for so many.
    let messages = setup
        .messages
        .unwrap_or(if cfg!(debug_assertions) { 2_000 } else { 24_000 });
    let mut world = World::start(&setup, Cast::of(&setup).started(cage.manner())).await?;
    let mut silent = Vec::new();
    for person in world.people.iter().cycle().take(60) {
        silent.push(Silent::open(person, world.host.addr).await?);
    }
    for tab in &world.tabs {
        tab.write_long(messages / world.tabs.len(), 15 * 1024);
    }
    world.heal().await;
    let killed = world.host.has_ended()?;
    let resident = world.host.resident_kib();
    drop(silent);
    if killed {
        world.start_again().await?;
    }
    let mut report = world.judge().await?;
    report.expect(!killed, "the server was killed for its memory");
    if let Some(resident) = resident {
        report.figure("resident_mib", resident as f64 / 1024.0);
    }
    Ok(report)
}

/// All file descriptors are taken by connections that say nothing.
pub async fn few_file_descriptors(setup: Setup) -> anyhow::Result<Report> {
    if Command::new("prlimit").arg("--version").output().is_err() {
        return Err(not_run("prlimit is missing"));
    }
    let manner = Manner {
        wrapper: ["prlimit", "--nofile=96:96"].map(str::to_owned).to_vec(),
        ..Manner::default()
    };
    let mut world = World::start(&setup, Cast::of(&setup).started(manner)).await?;
    let mut idle = Vec::new();
    for _ in 0..200 {
        // The system takes them for the server even when the server can't.
        idle.push(TcpStream::connect(world.host.addr).await?);
    }
    world.write(setup.messages.unwrap_or(300));
    let went_on = world.heal().await;
    drop(idle);
    let person = world.people[0].clone();
    let since = Instant::now();
    let number = world.tabs.len();
    world.add_device(&person, number).await?;
    let got_in = world.heal().await;
    let took = since.elapsed();
    let mut report = world.judge().await?;
    report.expect(went_on, "open sockets did not go on");
    report.expect(got_in, "a new device did not get in");
    report.figure("got_in_s", took.as_secs_f64());
    Ok(report)
}

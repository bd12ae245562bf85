//! A backup takes the place of a database that went on without it.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures_util::future::join_all;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use crate::{
    case::Setup,
    history::Record,
    report::Report,
    world::{Cast, World},
};

/// Nobody listens there.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);
/// Everything that was acknowledged has been delivered by then.
const DELIVERED_WITHIN: Duration = Duration::from_secs(2);

/// See [`play`]; with a backup that is old enough for all devices to know what came after it.
pub async fn restored(setup: Setup) -> anyhow::Result<Report> {
    play(setup, true).await
}

/// See [`play`]; with a backup of the last moment, so that some devices have not even acknowledged what it has.
pub async fn restored_moments_later(setup: Setup) -> anyhow::Result<Report> {
    play(setup, false).await
}

/// A backup is made in the midst of a burst; the server dies, the backup takes its database's place, and the log
/// grows beyond where it was before half of the devices come back.
async fn play(setup: Setup, later: bool) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(2, 300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        world.write_until_midst(each).await;
        world.note(Record::BackedUp).await;
        let backup = world.host.scratch(&format!("backup-{round}.db"));
        back_up(&world.host.database(), &backup).await?;
        let before = world.acked();
        world.write(each);
        if later {
            world.acked_at_least(before + each as u64).await;
            tokio::time::sleep(DELIVERED_WITHIN).await;
        } else {
            let few = world.rng.u64(1..=20);
            world.acked_at_least(before + few).await;
        }
        let undone = world.acked() - before;

        world.host.kill().await?;
        let within = world.patience;
        ensure!(
            world.all(within, |progress| !progress.live).await,
            "a device did not notice that the server is gone"
        );
        world.note(Record::Restored).await;
        let (away, here): (Vec<usize>, Vec<usize>) = (0..world.tabs.len()).partition(|at| at % 2 == 0);
        for at in &away {
            world.tabs[*at].dial(NOWHERE);
        }
        let since = Instant::now();
        restore(&backup, &world.host.database())?;
        world.start_again().await?;
        slowest = slowest.max(since.elapsed());
        for at in &here {
            world.tabs[*at].try_now();
            // Much more than was undone, so that those who are away are behind the log again, and not ahead of it.
            world.tabs[*at].write(4 * usize::try_from(undone)? / here.len() + 20);
        }
        let written = world
            .tabs
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| here.contains(at))
            .map(|(_, tab)| tab.until(within, |progress| progress.live && progress.unsent == 0));
        let healed = join_all(written).await.into_iter().all(|healed| healed);
        for at in away {
            world.tabs[at].dial(world.door());
        }
        if !(world.heal_at_once().await && healed) {
            break;
        }
    }
    let signed_out = world
        .tabs
        .iter()
        .filter(|tab| tab.progress.borrow().signed_out)
        .count();
    let mut report = world.judge().await?;
    report.figure("restores", rounds as f64);
    report.figure("slowest_restore_s", slowest.as_secs_f64());
    report.expect(
        signed_out == 0,
        format!("{signed_out} devices believe that they are signed out"),
    );
    let undone = report.findings.undone;
    report.expect(undone > 0, "the backup had everything, so nothing was tried");
    Ok(report)
}

/// Copies a database that is in use, as it is at one moment.
async fn back_up(database: &Path, to: &Path) -> anyhow::Result<()> {
    let mut file = SqliteConnectOptions::new().filename(database).connect().await?;
    let to = to.to_str().context("a path that is no text")?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut file).await?;
    file.close().await?;
    Ok(())
}

/// As the server's README says it.
fn restore(backup: &Path, database: &Path) -> anyhow::Result<()> {
    for end in ["-wal", "-shm"] {
        let beside = database.with_extension(format!("db{end}"));
        if beside.exists() {
            fs::remove_file(beside)?;
        }
    }
    fs::copy(backup, database)?;
    Ok(())
}

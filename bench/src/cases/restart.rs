//! The server is stopped and started, as whoever runs it does.

use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::Signal;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tidings_protocol::{CloseCode, limits};

use crate::{
    case::{Over, Setup},
    report::Report,
    world::{Cast, World},
};

/// What service managers leave a process to end by itself.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);
/// A server serves this soon after its start.
const STARTED_WITHIN: Duration = Duration::from_secs(2);
/// All devices are back this soon after a start.
const BACK_WITHIN: Duration = Duration::from_secs(15);

/// SIGTERM in the midst of a burst, and a start.
pub async fn stopped_under_load(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(2, 300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    let mut slowest = Duration::ZERO;
    let mut returned = Vec::new();
    let mut wrong = Vec::new();
    for _ in 0..rounds {
        world.forget_closed();
        world.write_until_midst(each).await;
        let since = Instant::now();
        world.host.signal(Signal::TERM)?;
        let status = world.host.ended(STOPPED_WITHIN * 2).await?;
        slowest = slowest.max(since.elapsed());
        if !status.success() {
            wrong.push(format!("it ended with {status}"));
        }
        let since = Instant::now();
        world.start_again().await?;
        if !world.heal().await {
            break;
        }
        let codes: Vec<_> = world
            .tabs
            .iter()
            .map(|tab| tab.closed().first().copied())
            .collect();
        // A request that comes when nobody listens any more is told nothing.
        let told = setup.over != Some(Over::LongPoll);
        if told
            && codes
                .iter()
                .any(|code| *code != Some(Some(CloseCode::Restarting.number())))
        {
            wrong.push(format!("sockets were closed with {codes:?}"));
        }
        let back = world.tabs.iter().filter_map(|tab| tab.progress.borrow().back);
        returned.extend(back.map(|back| back.saturating_duration_since(since)));
    }
    let mut report = world.judge().await?;
    report.figure("slowest_stop_s", slowest.as_secs_f64());
    report.durations("return", returned);
    report.expect(slowest <= STOPPED_WITHIN, format!("it took {slowest:?} to stop"));
    let resyncs = report.findings.resyncs;
    report.expect(resyncs == 0, format!("{resyncs} devices started afresh"));
    report.wrong.extend(wrong);
    Ok(report)
}

/// A start on a large database.
pub async fn starts_with_many_messages(setup: Setup) -> anyhow::Result<Report> {
    let messages = setup.messages.unwrap_or(50_000);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    world.host.signal(Signal::TERM)?;
    world.host.ended(STOPPED_WITHIN).await?;
    fill(&world, messages).await?;
    let (rounds, _) = setup.rounds_of(3, 0);
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        if round > 0 {
            world.host.kill().await?;
        }
        slowest = slowest.max(world.start_again().await?.took);
    }
    let size = std::fs::metadata(world.host.database())?.len();
    let healed = world.heal().await;
    let mut report = Report::default();
    report.figure("messages", messages as f64);
    report.figure("database_mib", size as f64 / f64::from(1 << 20));
    report.figure("slowest_start_s", slowest.as_secs_f64());
    report.expect(slowest <= STARTED_WITHIN, format!("it took {slowest:?} to serve"));
    report.expect(healed, "the devices did not return");
    Ok(report)
}

/// Stores messages, with their rows of the log, in the first thread: faster than they could be said.
async fn fill(world: &World, messages: usize) -> anyhow::Result<()> {
    let (thread, membership) = world.members.first_key_value().context("no thread")?;
    let sender = membership.users.first().context("no member")?;
    let mut file = SqliteConnectOptions::new()
        .filename(world.host.database())
        .connect()
        .await?;
    let messages = i64::try_from(messages)?;
    for statement in [
        "WITH RECURSIVE n(seq) AS (VALUES(1) UNION ALL SELECT seq + 1 FROM n WHERE seq < $3) \
         INSERT INTO messages (thread_id, seq, id, sender_id, local_id, body, sent_at) \
         SELECT $1, seq, randomblob(16), $2, randomblob(16), \
         'Message ' || seq || ', about as long as people write to each other when they work.', 1700000000000 + seq FROM n",
        "UPDATE threads SET last_seq = $3 WHERE id = $1 AND $2 IS NOT NULL",
    ] {
        sqlx::query(statement)
            .bind(thread.0)
            .bind(sender.0)
            .bind(messages)
            .execute(&mut file)
            .await?;
    }
    file.close().await?;
    Ok(())
}

/// Many devices, and a server that is killed.
pub async fn return_of_many(setup: Setup) -> anyhow::Result<Report> {
    let devices = setup.devices.unwrap_or(200);
    let each = 40;
    let people = setup.people.unwrap_or(devices.div_ceil(each)).max(5);
    let cast = Cast {
        people,
        devices_each: devices.div_ceil(people),
        ..Cast::of(&setup)
    };
    let mut world = World::start(&setup, cast).await?;
    let mut slowest = Duration::ZERO;
    let mut returned = Vec::new();
    let (rounds, _) = setup.rounds_of(1, 0);
    for _ in 0..rounds {
        // A device that has just returned waits longer before it tries again; after this time it is as any other.
        tokio::time::sleep(limits::STABLE_AFTER).await;
        world.write_until_midst(setup.messages.unwrap_or(200)).await;
        world.host.kill().await?;
        world.start_again().await?;
        let since = Instant::now();
        let all = world.all(BACK_WITHIN * 4, |progress| progress.live).await;
        slowest = slowest.max(if all { since.elapsed() } else { Duration::MAX });
        let back = world.tabs.iter().filter_map(|tab| tab.progress.borrow().back);
        returned.extend(back.map(|back| back.saturating_duration_since(since)));
    }
    let devices = world.tabs.len();
    let mut report = world.judge().await?;
    report.figure("devices", devices as f64);
    report.durations("return", returned);
    report.figure("slowest_return_s", slowest.as_secs_f64());
    report.expect(
        slowest <= BACK_WITHIN,
        format!("the last was back after {slowest:?}"),
    );
    let resyncs = report.findings.resyncs;
    report.expect(resyncs == 0, format!("{resyncs} devices started afresh"));
    Ok(report)
}

//! The server fails at a chosen place.

use std::{
    os::unix::process::ExitStatusExt,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tidings_protocol::CloseCode;

use crate::{
    case::Setup,
    report::Report,
    world::{Cast, World},
};

const FAIL_POINT: &str = "TIDINGS_FAIL_POINT";
const SIGABRT: i32 = 6;
/// Visits after which a place is left in peace at the latest: fewer commits than a round needs, however many messages
/// each of them takes.
const VISITS: u32 = 5;
/// Longer than it takes until a place is reached by devices that write.
const REACHED_WITHIN: Duration = Duration::from_secs(90);

/// A crash before the commit.
pub async fn before_commit(setup: Setup) -> anyhow::Result<Report> {
    aborted(setup, "before-commit").await
}

/// A crash between commit and answer.
pub async fn after_commit(setup: Setup) -> anyhow::Result<Report> {
    aborted(setup, "after-commit").await
}

/// A crash between answer and delivery.
pub async fn before_fan_out(setup: Setup) -> anyhow::Result<Report> {
    aborted(setup, "after-ack").await
}

/// Starts the server so that it aborts there, again and again, while everybody writes.
async fn aborted(setup: Setup, point: &str) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(4, 300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    world.host.kill().await?;
    for _ in 0..rounds {
        let visit = world.rng.u32(1..=VISITS);
        world
            .host
            .manner
            .set(FAIL_POINT, format!("{point}:abort:{visit}"));
        world.start_again().await?;
        world.write(each);
        world.try_now();
        let status = world.host.ended(REACHED_WITHIN).await?;
        ensure!(status.signal() == Some(SIGABRT), "it ended by itself: {status}");
    }
    world.host.manner.unset(FAIL_POINT);
    world.start_again().await?;
    let mut report = world.judge().await?;
    report.figure("aborts", rounds as f64);
    Ok(report)
}

/// A panic in one operation.
pub async fn panic_in_the_writer(setup: Setup) -> anyhow::Result<Report> {
    let mut world = panicking(&setup, "writer").await?;
    let running = !world.host.has_ended()?;
    let mut report = world.judge().await?;
    report.expect(running, "the server ended");
    Ok(report)
}

/// A panic in one connection's task.
pub async fn panic_in_a_connection(setup: Setup) -> anyhow::Result<Report> {
    let mut world = panicking(&setup, "connection").await?;
    let internal = Some(CloseCode::Internal.number());
    let closed: Vec<_> = world.tabs.iter().flat_map(|tab| tab.closed()).collect();
    let running = !world.host.has_ended()?;
    let mut report = world.judge().await?;
    report.expect(running, "the server ended");
    report.expect(
        closed == [internal],
        format!("connections were closed with {closed:?}, and should be once, with {internal:?}"),
    );
    Ok(report)
}

/// Starts the server so that it panics there once while everybody writes.
async fn panicking(setup: &Setup, point: &str) -> anyhow::Result<World> {
    let messages = setup.messages.unwrap_or(300);
    let mut world = World::start(setup, Cast::of(setup)).await?;
    let since = Instant::now();
    world.host.kill().await?;
    let visit = world.rng.u32(20..60);
    world
        .host
        .manner
        .set(FAIL_POINT, format!("{point}:panic:{visit}"));
    world.start_again().await?;
    ensure!(
        world.all_back(since).await && world.heal().await,
        "the devices did not return"
    );
    world.forget_closed();
    world.write(messages);
    world.heal().await;
    Ok(world)
}

//! The database is a server of its own, and that one fails.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::{
    case::Setup,
    host::Manner,
    postgres::Postgres,
    report::Report,
    world::{Cast, World},
};

/// Messages are stored again this soon after the database is back.
const RECOVERED_WITHIN: Duration = Duration::from_secs(10);
/// Longer than anything waits for an answer of a database.
const PAUSED_FOR: Duration = Duration::from_secs(30);

async fn play(setup: &Setup) -> anyhow::Result<(World, Postgres)> {
    let postgres = tokio::task::spawn_blocking(Postgres::start).await??;
    let manner = Manner::default().with("DATABASE_URL", postgres.url());
    let world = World::start(setup, Cast::of(setup).started(manner)).await?;
    Ok((world, postgres))
}

/// PostgreSQL crashes, or is restarted in order, in the midst of a burst, again and again.
pub async fn crashed(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(4, 300);
    let (mut world, postgres) = play(&setup).await?;
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        world.write_until_midst(each).await;
        postgres.stop(round % 2 == 0)?;
        let away_ms = world.rng.u64(0..3000);
        tokio::time::sleep(Duration::from_millis(away_ms)).await;
        postgres.start_again()?;
        slowest = slowest.max(recovered(&mut world).await);
        if !world.heal().await {
            break;
        }
    }
    judge(world, slowest).await
}

/// PostgreSQL stands still for 30 s in the midst of a burst.
pub async fn paused(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(1, 300);
    let (mut world, postgres) = play(&setup).await?;
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        postgres.signal(Signal::STOP)?;
        world.write(each / 3);
        tokio::time::sleep(PAUSED_FOR).await;
        postgres.signal(Signal::CONT)?;
        slowest = slowest.max(recovered(&mut world).await);
        if !world.heal().await {
            break;
        }
    }
    judge(world, slowest).await
}

/// How long it takes until a message is stored again.
async fn recovered(world: &mut World) -> Duration {
    let since = Instant::now();
    let before = world.acked();
    world.write(world.tabs.len());
    world.acked_at_least(before + 1).await;
    since.elapsed()
}

async fn judge(mut world: World, slowest: Duration) -> anyhow::Result<Report> {
    let running = !world.host.has_ended()?;
    let mut report = world.judge().await?;
    report.expect(running, "the server ended");
    report.figure("slowest_recovery_s", slowest.as_secs_f64());
    report.expect(
        slowest <= RECOVERED_WITHIN,
        format!("messages were stored again after {slowest:?}"),
    );
    Ok(report)
}

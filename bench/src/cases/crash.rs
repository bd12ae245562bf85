//! The process dies or stands still.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::{
    case::Setup,
    report::Report,
    world::{Cast, World},
};

/// Longer than people believe in, shorter than devices do.
const FROZEN_FOR: Duration = Duration::from_secs(4);

/// SIGKILL in the midst of a burst, and a start, again and again.
pub async fn killed_in_a_burst(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(5, 300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    let (mut slowest_start, mut slowest_heal) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        world.host.kill().await?;
        let since = Instant::now();
        let (ready, healed) = world.start_again_at_once().await?;
        slowest_start = slowest_start.max(ready.took);
        slowest_heal = slowest_heal.max(since.elapsed());
        if !healed {
            break;
        }
    }
    let mut report = world.judge().await?;
    report.figure("kills", rounds as f64);
    report.figure("slowest_start_s", slowest_start.as_secs_f64());
    report.figure("slowest_heal_s", slowest_heal.as_secs_f64());
    Ok(report)
}

/// SIGSTOP in the midst of a burst, and SIGCONT.
pub async fn frozen(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(1, 300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        world.host.signal(Signal::STOP)?;
        tokio::time::sleep(FROZEN_FOR).await;
        world.host.signal(Signal::CONT)?;
        if !world.heal().await {
            break;
        }
    }
    world.judge().await
}

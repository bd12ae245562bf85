//! The disk and the clock fail: cases played with the shim.

use std::time::Duration;

use crate::{
    case::Setup,
    report::Report,
    shim::{Fault, Shim},
    world::{Cast, World},
};

/// What a message may take on a slow disk.
const ACK_WITHIN: Duration = Duration::from_secs(3);

/// Starts a play on a disk that can fail.
async fn play(setup: &Setup) -> anyhow::Result<(World, Shim)> {
    let shim = Shim::build()?;
    let world = World::start(setup, Cast::of(setup).started(shim.manner())).await?;
    Ok((world, shim))
}

/// The power is cut in the midst of a burst, again and again.
pub async fn cut(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(4, 300);
    let (mut world, shim) = play(&setup).await?;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        shim.cut_power(&mut world.host).await?;
        let (_, healed) = world.start_again_at_once().await?;
        if !healed {
            break;
        }
    }
    let mut report = world.judge().await?;
    report.figure("power_cuts", rounds as f64);
    Ok(report)
}

/// Syncing fails for a while in the midst of a burst; at the end the power is cut.
pub async fn failing_sync(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(2, 300);
    let (mut world, shim) = play(&setup).await?;
    let mut acked_meanwhile = 0;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        shim.set(Fault {
            sync_fails: true,
            ..Fault::default()
        })?;
        // What was on its way is answered by then; a server that answers nothing never ends this wait by itself.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = world.acked();
        tokio::time::sleep(Duration::from_secs(1)).await;
        acked_meanwhile += world.acked() - before;
        shim.set(Fault::default())?;
        if world.host.has_ended()? {
            // To end rather than to go on with such a disk is right as well.
            world.start_again().await?;
        }
        if !world.heal().await {
            break;
        }
    }
    shim.cut_power(&mut world.host).await?;
    world.start_again().await?;
    let mut report = world.judge().await?;
    report.expect(
        acked_meanwhile == 0,
        format!("{acked_meanwhile} messages were acknowledged while nothing could be synced"),
    );
    Ok(report)
}

/// Each sync takes long.
pub async fn slow_sync(setup: Setup) -> anyhow::Result<Report> {
    // About one in each thread, as people write.
    let messages = setup.messages.unwrap_or(48);
    let (world, shim) = play(&setup).await?;
    shim.set(Fault {
        sync_takes_ms: 150,
        ..Fault::default()
    })?;
    world.write(messages);
    let mut report = world.judge().await?;
    let slow = report.figures.get("ack_p99_ms").copied().unwrap_or(f64::MAX);
    report.expect(
        slow <= ACK_WITHIN.as_secs_f64() * 1000.0,
        format!("one message in a hundred waited longer than {slow} ms"),
    );
    Ok(report)
}

/// The clock is set forward and back by hours in the midst of a burst.
pub async fn clock_jumps(setup: Setup) -> anyhow::Result<Report> {
    const HOUR_MS: i64 = 3600 * 1000;
    let (rounds, each) = setup.rounds_of(4, 300);
    let (mut world, shim) = play(&setup).await?;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        let clock_ms = world.rng.i64(-HOUR_MS..=HOUR_MS);
        shim.set(Fault {
            clock_ms,
            ..Fault::default()
        })?;
    }
    shim.set(Fault::default())?;
    let mut report = world.judge().await?;
    // Of the server's clock, which was wrong.
    report.figures.retain(|name, _| !name.starts_with("delivery"));
    Ok(report)
}

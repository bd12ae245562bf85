//! Devices of one version, and a server of the next one.

use rustix::process::Signal;

use std::time::Duration;

use crate::{
    case::Setup,
    report::Report,
    world::{Cast, World},
};

/// Longer than a stop takes.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

/// The server is replaced in the midst of a burst by one that no longer speaks the devices' protocol. They are told to
/// reload, and people go on writing until they do.
///
/// There is one build, so what comes back after the reload is the same device, and the server is taken back to its
/// protocol for it.
pub async fn outdated(setup: Setup) -> anyhow::Result<Report> {
    let each = setup.messages.unwrap_or(300);
    let mut world = World::start(&setup, Cast::of(&setup)).await?;
    world.write_until_midst(each).await;
    replace(&mut world, true).await?;
    let within = world.patience;
    world.try_now();
    let told = world.all(within, |progress| progress.outdated).await;
    // A few that have to wait in the outbox.
    world.write(world.tabs.len());
    let waits = |progress: &crate::tab::Progress| progress.unsent > 0;
    let kept = world.all(within, waits).await;
    let acked = world.acked();
    replace(&mut world, false).await?;
    for tab in &world.tabs {
        tab.reload();
    }
    let healed = world.heal().await;
    let sent = world.acked() - acked;
    let signed_out = world
        .tabs
        .iter()
        .filter(|tab| tab.progress.borrow().signed_out)
        .count();
    let mut report = world.judge().await?;
    report.expect(told, "not every device was told to reload");
    report.expect(kept, "a device that was told to reload has nothing in its outbox");
    report.expect(
        healed && signed_out == 0,
        "a device did not come back from its reload",
    );
    report.figure("sent_after_reload", sent as f64);
    Ok(report)
}

async fn replace(world: &mut World, newer: bool) -> anyhow::Result<()> {
    world.host.signal(Signal::TERM)?;
    world.host.ended(STOPPED_WITHIN).await?;
    if newer {
        world.host.manner.set("TIDINGS_NEWER_PROTOCOL", "1");
    } else {
        world.host.manner.unset("TIDINGS_NEWER_PROTOCOL");
    }
    world.start_again().await?;
    Ok(())
}

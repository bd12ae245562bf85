//! Devices whose network comes and goes.

use std::time::{Duration, Instant};

use crate::{
    case::{Setup, not_run},
    report::Report,
    world::{Cast, World},
};

/// A device has its network for so long, and for so long it has none.
const UP: Duration = Duration::from_millis(1600);
const DOWN: Duration = Duration::from_millis(400);
/// Somebody who is shown as coming or going more often than once in this time flickers.
const STEADY_FOR: Duration = Duration::from_secs(10);
/// File descriptors that come and go by themselves, of the HTTP API and the database.
const SPARE: usize = 24;
/// Memory that may come and go by itself, in KiB.
const SPARE_KIB: f64 = 8.0 * 1024.0;

/// All devices but one lose their network every two seconds, and write all the while.
pub async fn flapping(setup: Setup) -> anyhow::Result<Report> {
    let devices = setup.devices.unwrap_or(48);
    // By long-poll the server knows only after a while that a connection is lost, so those of one person add up.
    let people = setup.people.unwrap_or(devices.div_ceil(4)).max(6);
    let cast = Cast {
        people,
        devices_each: devices.div_ceil(people),
        ..Cast::of(&setup)
    };
    let (flaps, each) = setup.rounds_of(16, 40);
    let mut world = World::start(&setup, cast).await?;
    let (mut files, mut memory) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for flap in 0..flaps {
        world.write(each);
        // In the order in which they got their network, so that each has it for as long.
        for tab in &world.tabs[1..] {
            tab.lose();
        }
        tokio::time::sleep(DOWN).await;
        world.try_now();
        tokio::time::sleep(UP).await;
        // What is there at first is also what a server keeps from then on.
        if flap >= flaps / 3 {
            files.push(
                world
                    .host
                    .open_files()
                    .ok_or_else(|| not_run("this system does not tell what a process has open"))?,
            );
            memory.push(world.host.resident_kib().unwrap_or_default());
        }
    }
    let took = begun.elapsed();
    let healed = world.heal_at_once().await;
    let devices = world.tabs.len();
    let flickers = world.tabs[0]
        .progress
        .borrow()
        .turns
        .values()
        .copied()
        .max()
        .unwrap_or(0);
    let files_left = world.host.open_files().unwrap_or(usize::MAX);
    let mut report = world.judge().await?;
    report.expect(healed, "the devices did not return");
    report.figure("devices", devices as f64);
    report.figure("flaps", (flaps * (devices - 1)) as f64);
    report.figure("comings_and_goings_of_one", flickers as f64);
    let most = took.as_secs() / STEADY_FOR.as_secs() + 1;
    report.expect(
        flickers <= most,
        format!("somebody was shown to come or go {flickers} times in {took:?}"),
    );
    report.figure("open_files", files_left as f64);
    report.expect(
        files_left <= devices + SPARE + files.first().copied().unwrap_or(0).saturating_sub(devices),
        format!("{files_left} files are open for {devices} devices; they were {files:?}"),
    );
    let growth = growth(&memory);
    report.figure("grown_kib", growth);
    report.expect(
        growth <= SPARE_KIB,
        format!("memory grew by {growth:.0} KiB, through {memory:?}"),
    );
    Ok(report)
}

/// How much larger the middle of the later half is than that of the earlier one.
fn growth(sizes: &[u64]) -> f64 {
    let (earlier, later) = sizes.split_at(sizes.len() / 2);
    let middle = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied().unwrap_or_default() as f64
    };
    middle(later) - middle(earlier)
}

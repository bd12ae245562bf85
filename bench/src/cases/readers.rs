//! Devices that take too little of what they are sent.

use std::time::{Duration, Instant};

use crate::{
    case::{Setup, not_run},
    fault_proxy::{FaultProxy, Flow, Network},
    report::Report,
    silent::Silent,
    world::{Cast, World},
};

/// A silent device is cut off long before it would be taken for dead.
const CUT_OFF_WITHIN: Duration = Duration::from_secs(15);
/// File descriptors that come and go by themselves, of the HTTP API and the database.
const SPARE: usize = 12;
/// Memory that a silent device may cost, in KiB.
const COST_KIB: f64 = 1.5 * 1024.0;
/// What silent devices may take from the others, of each second.
const SLOWER: f64 = 0.2;
/// From so many silent devices on the cost of one can be told from noise.
const MANY: usize = 500;

/// One device's network takes nothing for a while, and everybody writes.
pub async fn slow_reader(setup: Setup) -> anyhow::Result<Report> {
    // A fifth or so is for the one who does not read: more than its queue and the system's buffers hold together.
    let (rounds, each) = setup.rounds_of(1, 6000);
    let mut world = World::start(
        &setup,
        Cast {
            devices_each: 1,
            ..Cast::of(&setup)
        },
    )
    .await?;
    let proxy = FaultProxy::start(world.host.addr, setup.seed).await?;
    world.tabs[0].dial(proxy.addr);
    world.tabs[0].lose();
    let mut cut_off = true;
    for _ in 0..rounds {
        world.heal().await;
        world.tabs[0].forget_closed();
        proxy.set(Network {
            down: Flow::Stalls,
            ..Network::default()
        });
        let acked = world.acked();
        let others = &world.tabs[1..];
        for tab in others {
            tab.write_long(each / others.len(), 8 * 1024);
        }
        world.acked_at_least(acked + each as u64 * 9 / 10).await;
        // What the system holds comes before the end of the connection, which nobody sees until it is read.
        proxy.set(Network::default());
        let until = Instant::now() + CUT_OFF_WITHIN;
        while world.tabs[0].closed().is_empty() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        cut_off &= !world.tabs[0].closed().is_empty();
    }
    let mut report = world.judge().await?;
    report.expect(cut_off, "the server never closed the connection");
    Ok(report)
}

/// Devices that never read anything, on the sessions of people who go on.
pub async fn never_reading(setup: Setup) -> anyhow::Result<Report> {
    let silent = setup.devices.unwrap_or(60);
    let people = setup.people.unwrap_or(silent.div_ceil(40)).max(6);
    // For each device, more than its queue and the system's buffers hold together.
    let messages = setup.messages.unwrap_or(200 * people);
    let cast = Cast {
        people,
        devices_each: 1,
        ..Cast::of(&setup)
    };
    let mut world = World::start(&setup, cast).await?;
    // The first messages also fill what a server keeps from then on.
    let mut took = Vec::new();
    for _ in 0..2 {
        took.push(flood(&mut world, messages).await);
    }
    let before = world.host.resident_kib();
    let files = world
        .host
        .open_files()
        .ok_or_else(|| not_run("this system does not tell what a process has open"))?;
    let mut devices = Vec::new();
    for person in world.people.iter().cycle().take(silent) {
        devices.push(Silent::open(person, world.host.addr).await?);
    }
    took.push(flood(&mut world, messages).await);
    let after = world.host.resident_kib();
    // What the system keeps for a socket takes long to drain, so it is the server that is asked.
    let until = Instant::now() + CUT_OFF_WITHIN;
    let mut left = silent;
    while left > SPARE && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
        left = world
            .host
            .open_files()
            .unwrap_or(usize::MAX)
            .saturating_sub(files);
    }
    drop(devices);
    let mut report = world.judge().await?;
    report.expect(
        left <= SPARE,
        format!("{left} of {silent} silent devices were not cut off"),
    );
    let slower = took[2].as_secs_f64() / took[1].as_secs_f64() - 1.0;
    report.figure("silent_devices", silent as f64);
    report.figure("slower_percent", slower * 100.0);
    if let (Some(before), Some(after)) = (before, after) {
        let cost = after.saturating_sub(before) as f64 / silent as f64;
        report.figure("kib_for_each", cost);
        report.expect(
            silent < MANY || cost <= COST_KIB,
            format!("each silent device cost {cost:.0} KiB"),
        );
    }
    report.expect(
        silent < MANY || slower <= SLOWER,
        format!("the others were slower by {:.0} %", slower * 100.0),
    );
    Ok(report)
}

/// Everybody writes; how long it takes until everybody has everything.
async fn flood(world: &mut World, messages: usize) -> Duration {
    let since = Instant::now();
    for tab in &world.tabs {
        tab.write_long(messages.div_ceil(world.tabs.len()), 15 * 1024);
    }
    world.heal().await;
    since.elapsed()
}

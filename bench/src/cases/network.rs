//! The network between devices and server misbehaves.

use std::time::{Duration, Instant};

use tidings_protocol::{Presence, limits};

use crate::{
    case::{Over, Setup},
    fault_proxy::{Flow, Middlebox, Network},
    packet_filter::PacketFilter,
    report::Report,
    tab::Progress,
    world::{Cast, World},
};

/// How long a network is broken that people would notice.
const BROKEN_FOR: Duration = Duration::from_secs(5);
/// What a busy machine may add to a time.
const LATE: Duration = Duration::from_secs(2);
/// Where sockets are blocked, everything is live by long-poll in this time.
const AROUND_WITHIN: Duration = Duration::from_secs(6);
/// Packets of a hundred that get lost, each way.
const LOST_PERCENT: u8 = 5;
/// What a message may take where packets get lost. By long-poll it has one more way there and back.
const ACK_WITHIN: Duration = Duration::from_secs(2);
/// A dead connection is noticed in this time, by either side.
const NOTICED_WITHIN: Duration = limits::DEAD_AFTER.saturating_add(LATE);
/// Somebody who vanished is shown as away in this time.
const GREY_WITHIN: Duration = NOTICED_WITHIN.saturating_add(limits::OFFLINE_GRACE);

async fn play(setup: &Setup) -> anyhow::Result<World> {
    World::start(setup, Cast::of(setup).proxied()).await
}

/// Everything takes long.
pub async fn delayed(setup: Setup) -> anyhow::Result<Report> {
    let slow = Network {
        delay: Duration::from_millis(100),
        jitter: Duration::from_millis(400),
        ..Network::default()
    };
    through(setup, slow, 120).await
}

/// Each byte travels by itself.
pub async fn byte_by_byte(setup: Setup) -> anyhow::Result<Report> {
    let crumbs = Network {
        byte_by_byte: true,
        ..Network::default()
    };
    through(setup, crumbs, 200).await
}

/// Everything takes long, and some packets get lost.
pub async fn lossy(setup: Setup) -> anyhow::Result<Report> {
    let mut world = play(&setup).await?;
    let filter = PacketFilter::lose(world.host.addr, LOST_PERCENT)?;
    world.network()?.set(Network {
        delay: Duration::from_millis(50),
        jitter: Duration::from_millis(200),
        ..Network::default()
    });
    let (rounds, each) = setup.rounds_of(3, 60);
    for _ in 0..rounds {
        world.write(each);
        if !world.heal().await {
            break;
        }
    }
    drop(filter);
    let mut report = world.judge().await?;
    let slow = report.figures.get("ack_p99_ms").copied().unwrap_or(f64::MAX);
    let ways = if setup.over == Some(Over::LongPoll) { 2 } else { 1 };
    report.expect(
        slow <= (ACK_WITHIN * ways).as_secs_f64() * 1000.0,
        format!("one message in a hundred waited longer than {slow} ms"),
    );
    Ok(report)
}

/// Everybody writes, through a network that is like this.
async fn through(setup: Setup, network: Network, messages: usize) -> anyhow::Result<Report> {
    let world = play(&setup).await?;
    world.network()?.set(network);
    world.write(setup.messages.unwrap_or(messages));
    world.judge().await
}

/// All connections are cut in the midst of a burst, again and again.
pub async fn cut(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(6, 200);
    let mut world = play(&setup).await?;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        world.network()?.cut();
        if !world.heal_at_once().await {
            break;
        }
    }
    let mut report = world.judge().await?;
    let resyncs = report.findings.resyncs;
    report.expect(resyncs == 0, format!("{resyncs} devices started afresh"));
    Ok(report)
}

/// Bytes are held up, in one direction or both, and arrive later.
pub async fn stalled(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(3, 200);
    let mut world = play(&setup).await?;
    for _ in 0..rounds {
        world.write_until_midst(each).await;
        let directions = [
            (Flow::Stalls, Flow::Passes),
            (Flow::Passes, Flow::Stalls),
            (Flow::Stalls, Flow::Stalls),
        ];
        let (up, down) = world.rng.choice(directions).unwrap_or_default();
        world.network()?.set(Network {
            up,
            down,
            ..Network::default()
        });
        tokio::time::sleep(BROKEN_FOR).await;
        world.network()?.set(Network::default());
        if !world.heal().await {
            break;
        }
    }
    world.judge().await
}

/// What was sent on a connection that the device has given up arrives after the device has sent it again.
pub async fn late_delivery(setup: Setup) -> anyhow::Result<Report> {
    let (rounds, each) = setup.rounds_of(3, 60);
    let mut world = play(&setup).await?;
    for _ in 0..rounds {
        let before = world.acked();
        world.network()?.set(Network {
            up: Flow::Stalls,
            ..Network::default()
        });
        world.write(each);
        world.held_up().await?;
        // The devices go around what holds up their bytes, which then lets go of them.
        for tab in &world.tabs {
            tab.dial(world.host.addr);
            tab.lose();
            tab.try_now();
        }
        world.acked_at_least(before + 1).await;
        world.network()?.set(Network::default());
        if !world.heal().await {
            break;
        }
        for tab in &world.tabs {
            tab.dial(world.door());
            tab.lose();
        }
        if !world.heal_at_once().await {
            break;
        }
    }
    world.judge().await
}

/// One person's network swallows everything, and nobody is told.
pub async fn half_open(setup: Setup) -> anyhow::Result<Report> {
    let mut world = World::start(
        &setup,
        Cast {
            devices_each: 1,
            ..Cast::of(&setup)
        },
    )
    .await?;
    // Only this one's way to the server is to break.
    let proxy = crate::fault_proxy::FaultProxy::start(world.host.addr, setup.seed).await?;
    let (gone, other) = (0, 1);
    world.tabs[gone].dial(proxy.addr);
    world.tabs[gone].lose();
    world.heal().await;
    world.write(setup.messages.unwrap_or(60));
    world.heal().await;
    let person = world.tabs[gone].user;
    let is_here = |progress: &Progress| {
        progress
            .here
            .get(&person)
            .is_some_and(|here| *here != Presence::Offline)
    };
    let was_here = world.tabs[other].until(world.patience, is_here).await;

    let closed_before = proxy.closed_by_server();
    proxy.set(Network {
        up: Flow::Vanishes,
        down: Flow::Vanishes,
        ..Network::default()
    });
    let since = Instant::now();
    let longest = GREY_WITHIN + Duration::from_secs(10);
    let (mut by_device, mut by_server, mut grey) = (None, None, None);
    while since.elapsed() < longest && (by_device.is_none() || by_server.is_none() || grey.is_none()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = since.elapsed();
        if !world.tabs[gone].progress.borrow().live {
            by_device.get_or_insert(now);
        }
        if proxy.closed_by_server() > closed_before {
            by_server.get_or_insert(now);
        }
        if !is_here(&world.tabs[other].progress.borrow()) {
            grey.get_or_insert(now);
        }
    }
    proxy.set(Network::default());
    proxy.cut();
    let mut report = world.judge().await?;
    report.expect(was_here, "the other never saw that somebody was here");
    // By long-poll there is no connection that a server could close: only that it turns grey is seen.
    let server_closes = setup.over != Some(Over::LongPoll);
    let by_server = server_closes.then_some(("server_noticed_s", by_server, NOTICED_WITHIN));
    let others = [
        ("device_noticed_s", by_device, NOTICED_WITHIN),
        ("grey_s", grey, GREY_WITHIN),
    ];
    for (what, noticed, within) in others.into_iter().chain(by_server) {
        if let Some(noticed) = noticed {
            report.figure(what, noticed.as_secs_f64());
        }
        report.expect(
            noticed.is_some_and(|noticed| noticed <= within),
            format!("{what}: {noticed:?}, and should be within {within:?}"),
        );
    }
    Ok(report)
}

/// A proxy takes the wish to upgrade out of each request.
pub async fn upgrade_stripped(setup: Setup) -> anyhow::Result<Report> {
    behind(setup, Middlebox::StripsUpgrade, true).await
}

/// A proxy keeps each response until it is complete.
pub async fn buffered_responses(setup: Setup) -> anyhow::Result<Report> {
    behind(setup, Middlebox::BuffersResponses, true).await
}

/// A network wants everybody to sign in to it first.
pub async fn captive_portal(setup: Setup) -> anyhow::Result<Report> {
    behind(setup, Middlebox::CaptivePortal, false).await
}

/// Everybody writes while something stands before the server; then it goes away. `passes`: it lets requests through,
/// so people must be able to talk while it stands there.
async fn behind(setup: Setup, middlebox: Middlebox, passes: bool) -> anyhow::Result<Report> {
    let messages = setup.messages.unwrap_or(200);
    let mut world = play(&setup).await?;
    world.network()?.set(Network {
        middlebox,
        ..Network::default()
    });
    world.network()?.cut();
    let since = Instant::now();
    let talks = passes && setup.over != Some(Over::Socket);
    let mut around = None;
    if talks {
        around = world.all_back(since).await.then(|| since.elapsed());
        world.write(messages);
        world.heal().await;
    } else {
        world.write(messages);
        tokio::time::sleep(BROKEN_FOR).await;
    }
    world.network()?.set(Network::default());
    world.network()?.cut();
    let signed_out = world
        .tabs
        .iter()
        .filter(|tab| tab.progress.borrow().signed_out)
        .count();
    let mut report = world.judge().await?;
    report.expect(
        signed_out == 0,
        format!("{signed_out} devices believe that they are signed out"),
    );
    if talks {
        report.expect(
            around.is_some_and(|around| around <= AROUND_WITHIN),
            format!("devices found their way around after {around:?}"),
        );
    }
    if let Some(around) = around {
        report.figure("found_a_way_around_s", around.as_secs_f64());
    }
    Ok(report)
}

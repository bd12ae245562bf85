//! Whatever the link does, and whichever transport carries it, each message is shown exactly once and in order on every
//! device, under one key for life, and nothing stays unsent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use tidings_device::{Input, Progress, Row, Transport};
use tidings_protocol::{Seq, ThreadId};

use support::{server::Server, thread, thread_id, user_id, world::World};

/// Two devices of user 1, one of user 2, one of user 3.
const OWNERS: [u128; 4] = [1, 1, 2, 3];

/// Something that may happen at any time.
#[derive(Clone, Debug)]
enum Step {
    Write { device: usize, thread: u128 },
    Open(usize),
    Up(usize),
    Down(usize),
    Tail(usize),
    Beat(usize),
    Cut(usize),
    Reload(usize),
    Look { device: usize, thread: u128 },
    Read { device: usize, thread: u128 },
    Refuse,
    Prune,
    NewEpoch,
    Block(bool),
    Pass(u64),
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    let device = || 0..OWNERS.len();
    let thread = || 1..=2_u128;
    prop_oneof![
        6 => (device(), thread()).prop_map(|(device, thread)| Step::Write { device, thread }),
        4 => device().prop_map(Step::Open),
        8 => device().prop_map(Step::Up),
        8 => device().prop_map(Step::Down),
        4 => device().prop_map(Step::Tail),
        1 => device().prop_map(Step::Beat),
        3 => device().prop_map(Step::Cut),
        1 => device().prop_map(Step::Reload),
        2 => (device(), thread()).prop_map(|(device, thread)| Step::Look { device, thread }),
        2 => (device(), thread()).prop_map(|(device, thread)| Step::Read { device, thread }),
        1 => Just(Step::Refuse),
        1 => Just(Step::Prune),
        1 => Just(Step::NewEpoch),
        2 => any::<bool>().prop_map(Step::Block),
        2 => (0..8_000_u64).prop_map(Step::Pass),
        1 => (0..700_000_u64).prop_map(Step::Pass),
        1 => Just(Step::Settle),
    ]
}

fn world() -> World {
    let threads = vec![thread(1, &[1, 2]), thread(2, &[1, 2, 3])];
    World::new(Server::new(3, threads), &OWNERS.map(user_id))
}

fn take(world: &mut World, number: usize, step: &Step) {
    match *step {
        Step::Write { device, thread } => {
            let thread = if OWNERS[device] == 3 { 2 } else { thread };
            world.write(device, thread_id(thread), &format!("message {number}"));
        }
        Step::Open(device) => world.open(device),
        Step::Up(device) => {
            world.up(device);
        }
        Step::Down(device) => {
            world.down(device);
        }
        Step::Tail(device) => world.tail(device),
        Step::Beat(device) => world.beat(device),
        Step::Cut(device) => world.cut(device),
        Step::Reload(device) => world.reload(device),
        Step::Look { device, thread } => world.give(device, Input::ThreadOpened(thread_id(thread))),
        Step::Read { device, thread } => {
            let rows = world.peers[device].device.timeline(thread_id(thread)).rows;
            if let Some(seq) = rows.iter().filter_map(|row| row.seq).next_back() {
                let thread = thread_id(thread);
                world.give(device, Input::Seen { thread, seq });
            }
        }
        Step::Refuse => world.refuse_next = true,
        Step::Prune => world.server.pruned = world.server.head(),
        // Restored from a backup taken just now: same data, another history, so every socket is cut.
        Step::NewEpoch => {
            world.server.epoch += 1;
            world.overlap = world.server.epoch as u64 % 4;
            (0..OWNERS.len()).for_each(|device| world.cut(device));
        }
        Step::Block(blocked) => world.block(blocked),
        Step::Pass(millis) => world.pass(Duration::from_millis(millis)),
        Step::Settle => world.settle(),
    }
}

fn keys_are_unique(rows: &[Row]) -> Result<(), TestCaseError> {
    let keys: BTreeSet<_> = rows.iter().map(|row| row.key).collect();
    prop_assert_eq!(keys.len(), rows.len(), "two rows share a key");
    Ok(())
}

/// What must hold at every moment, on every device.
fn nothing_is_wrong(world: &World) -> Result<(), TestCaseError> {
    for peer in &world.peers {
        for thread in [thread_id(1), thread_id(2)] {
            let rows = peer.device.timeline(thread).rows;
            keys_are_unique(&rows)?;
            let places: Vec<Seq> = rows.iter().filter_map(|row| row.seq).collect();
            prop_assert!(
                places.windows(2).all(|pair| pair[0] < pair[1]),
                "out of order: {:?}",
                places
            );
            let others: Vec<Seq> = rows
                .iter()
                .filter(|row| !row.mine)
                .filter_map(|row| row.seq)
                .collect();
            let reached = others.last().copied().unwrap_or_default();
            let shown = places.iter().filter(|seq| **seq <= reached).count() as i64;
            let first = places.first().copied().unwrap_or_default();
            prop_assert!(
                others.is_empty() || shown == reached.0 - first.0 + 1,
                "a silent hole: {:?}",
                places
            );
        }
    }
    Ok(())
}

/// Every row of a thread, with everything older loaded.
fn all_rows(world: &mut World, device: usize, thread: ThreadId) -> Vec<Row> {
    world.give(device, Input::ThreadOpened(thread));
    world.settle();
    while world.peers[device].device.timeline(thread).has_older {
        world.give(device, Input::LoadOlder(thread));
        world.settle();
    }
    world.peers[device].device.timeline(thread).rows
}

fn everyone_sees_the_same(world: &mut World) -> Result<(), TestCaseError> {
    for (device, owner) in OWNERS.into_iter().enumerate() {
        prop_assert!(
            world.peers[device].device.is_live(),
            "device {} is cut off",
            device
        );
        prop_assert_eq!(world.peers[device].device.unsent(), Vec::new());
        prop_assert!(world.peers[device].storage.is_empty(), "storage is empty");
        let threads: Vec<ThreadId> = world
            .server
            .threads()
            .filter(|thread| thread.member(user_id(owner)).is_some())
            .map(|thread| thread.id)
            .collect();
        for thread in threads {
            let rows = all_rows(world, device, thread);
            let shown: Vec<_> = rows
                .iter()
                .map(|row| (row.seq, row.key, row.content.clone()))
                .collect();
            let stored = world.server.messages(thread).iter();
            let stored: Vec<_> = stored
                .map(|message| (Some(message.seq), message.local_id, message.content.clone()))
                .collect();
            prop_assert_eq!(shown, stored);
            let unread = world.server.unread(user_id(owner), thread);
            prop_assert_eq!(world.peers[device].device.unread(thread), unread);
        }
    }
    Ok(())
}

/// Each device's messages are stored once, in the order in which they were written there.
fn nothing_is_lost_or_doubled(world: &World) -> Result<(), TestCaseError> {
    for peer in &world.peers {
        for thread in [thread_id(1), thread_id(2)] {
            let written = peer.written.iter().filter(|(place, _)| *place == thread);
            let written: Vec<_> = written.map(|(_, local_id)| *local_id).collect();
            let stored = world
                .server
                .messages(thread)
                .iter()
                .map(|message| message.local_id);
            let stored: Vec<_> = stored.filter(|local_id| written.contains(local_id)).collect();
            prop_assert_eq!(written, stored);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(support::cases(96))]

    #[test]
    fn each_message_is_shown_once_and_in_order(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = world();
        for (number, step) in steps.iter().enumerate() {
            take(&mut world, number, step);
            nothing_is_wrong(&world)?;
        }
        world.heal();
        nothing_is_lost_or_doubled(&world)?;
        everyone_sees_the_same(&mut world)?;
    }
}

#[test]
fn a_cut_between_commit_and_reply_stores_one_message() {
    let mut world = world();
    world.settle();
    world.write(0, thread_id(1), "once");
    assert!(world.up(0), "the server commits");
    world.cut(0);
    assert_eq!(world.peers[0].device.unsent().len(), 1, "the device can't know");
    world.heal();
    nothing_is_lost_or_doubled(&world).unwrap();
    everyone_sees_the_same(&mut world).unwrap();
}

#[test]
fn a_reload_between_commit_and_reply_stores_one_message() {
    let mut world = world();
    world.settle();
    world.write(0, thread_id(1), "once");
    assert!(world.up(0), "the server commits");
    world.reload(0);
    world.heal();
    nothing_is_lost_or_doubled(&world).unwrap();
    everyone_sees_the_same(&mut world).unwrap();
}

#[test]
fn what_is_written_offline_arrives_in_the_order_of_writing() {
    let mut world = world();
    world.settle();
    world.cut(0);
    for number in 0..30 {
        world.write(0, thread_id(1), &format!("offline {number}"));
    }
    world.reload(0);
    for number in 30..40 {
        world.write(0, thread_id(1), &format!("offline {number}"));
    }
    world.heal();
    nothing_is_lost_or_doubled(&world).unwrap();
    everyone_sees_the_same(&mut world).unwrap();
}

#[test]
fn a_message_reaches_every_device_and_is_marked_delivered_then_read() {
    let mut world = world();
    world.settle();
    world.write(0, thread_id(1), "hello");
    world.heal();
    for device in [0, 1] {
        let rows = world.peers[device].device.timeline(thread_id(1)).rows;
        assert_eq!(rows[0].progress, Some(Progress::Delivered), "device {device}");
    }
    world.give(
        2,
        Input::Seen {
            thread: thread_id(1),
            seq: Seq(1),
        },
    );
    world.heal();
    for device in [0, 1] {
        let rows = world.peers[device].device.timeline(thread_id(1)).rows;
        assert_eq!(rows[0].progress, Some(Progress::Read), "device {device}");
    }
}

#[test]
fn changing_the_transport_in_a_burst_loses_and_doubles_nothing() {
    let mut world = world();
    world.settle();
    for number in 0..60 {
        for device in 0..OWNERS.len() {
            world.write(device, thread_id(2), &format!("{device}: {number}"));
        }
        match number % 20 {
            5 => world.block(true),
            // The time after which sockets are tried again.
            12 => {
                world.block(false);
                world.pass(tidings_protocol::limits::SOCKET_AVOIDED_FOR);
            }
            _ => {}
        }
        for device in 0..OWNERS.len() {
            world.open(device);
            world.tail(device);
            for _ in 0..number % 4 {
                world.up(device);
                world.down(device);
            }
        }
    }
    world.block(true);
    world.heal();
    for peer in &world.peers {
        let wire = peer.wire.as_ref().expect("a connection");
        assert_eq!(wire.over, Transport::LongPoll);
    }
    nothing_is_lost_or_doubled(&world).unwrap();
    everyone_sees_the_same(&mut world).unwrap();
}

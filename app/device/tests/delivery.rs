//! Whatever the link does, and whichever transport carries it, each message is shown exactly once and in order on every
//! device, under one key for life, and nothing stays unsent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::prelude::*;
use tidings_device::{Act, Input, Progress, Row, Transport, Which};
use tidings_protocol::{Content, Emoji, LocalId, Message, Seq, ThreadId};

use support::{body, server::Server, thread, thread_id, user_id, world::World};

/// Two devices of user 1, one of user 2, one of user 3.
const OWNERS: [u128; 4] = [1, 1, 2, 3];

/// Something that may happen at any time.
#[derive(Clone, Debug)]
enum Step {
    Write {
        device: usize,
        thread: u128,
    },
    Open(usize),
    Up(usize),
    Down(usize),
    Tail(usize),
    Beat(usize),
    Cut(usize),
    Reload(usize),
    Look {
        device: usize,
        thread: u128,
    },
    Read {
        device: usize,
        thread: u128,
    },
    Amend {
        device: usize,
        thread: u128,
        place: usize,
        how: u8,
    },
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
        4 => (device(), thread(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
            |(device, thread, place, how)| Step::Amend { device, thread, place: place.index(1_000), how },
        ),
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
        Step::Amend {
            device,
            thread,
            place,
            how,
        } => amend(world, number, device, thread_id(thread), place, how),
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

/// A person edits or deletes a message of theirs, or reacts to any.
fn amend(world: &mut World, number: usize, device: usize, thread: ThreadId, place: usize, how: u8) {
    let rows = world.peers[device].device.timeline(thread).rows;
    let Some(row) = rows.get(place % rows.len().max(1)) else {
        return;
    };
    let message = row.seq.map_or(Which::Unsent(row.key), Which::Stored);
    let emoji = || Emoji::new(if how.is_multiple_of(2) { "🎉" } else { "👍" }).unwrap();
    let act = match how % 6 {
        0 | 1 if row.mine => Act::Edit {
            body: body(&format!("edit {number}")),
        },
        2 if row.mine => Act::Delete,
        3 => Act::React {
            emoji: emoji(),
            on: false,
        },
        _ => Act::React {
            emoji: emoji(),
            on: true,
        },
    };
    let is_shown_at_once = row.content != Content::Deleted;
    world.give(
        device,
        Input::Amend {
            thread,
            message,
            act: act.clone(),
        },
    );
    let peer = &mut world.peers[device];
    let now = peer.device.timeline(thread).rows;
    let now = now.iter().find(|now| now.key == row.key);
    match (&act, now) {
        (Act::Edit { body }, Some(now)) if is_shown_at_once => assert_eq!(now.content, body.clone().into()),
        (Act::Delete, Some(now)) => assert_eq!(now.content, Content::Deleted),
        // It had never left the device.
        (Act::Delete, None) => peer.written.retain(|(_, local_id)| *local_id != row.key),
        _ => {}
    }
}

/// Everyone takes note of what could not be done: whatever it was, somebody had deleted the message.
fn take_note(world: &mut World) -> Result<(), TestCaseError> {
    for device in 0..OWNERS.len() {
        let amendments = world.peers[device].device.amendments();
        for amendment in amendments {
            let rows = all_rows(world, device, amendment.thread);
            let row = rows
                .iter()
                .find(|row| row.refused.iter().any(|refusal| refusal.id == amendment.id));
            let row = row.ok_or_else(|| TestCaseError::fail(format!("not shown: {amendment:?}")))?;
            prop_assert_eq!(&row.content, &Content::Deleted);
            world.give(device, Input::Discard(amendment.id));
        }
        prop_assert!(world.peers[device].kept_amendments.is_empty());
    }
    Ok(())
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
                .map(|row| (row.seq, row.key, row.content.clone(), row.reactions.clone()))
                .collect();
            let stored = world.server.messages(thread).iter();
            let stored: Vec<_> = stored
                .map(|message| {
                    let Message { seq, local_id, .. } = *message;
                    (
                        Some(seq),
                        local_id,
                        message.content.clone(),
                        message.reactions.clone(),
                    )
                })
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
        take_note(&mut world)?;
        everyone_sees_the_same(&mut world)?;
    }

    /// Only the first device amends: whatever happens to its connection and its page, each message ends up as it was last
    /// wanted there.
    #[test]
    fn a_message_becomes_what_was_wanted_last(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = world();
        let mut wanted: BTreeMap<LocalId, Content> = BTreeMap::new();
        for (number, step) in steps.iter().enumerate() {
            match *step {
                Step::Amend { device, thread, place, how } if device == 0 && how % 6 < 3 => {
                    let thread = thread_id(thread);
                    let before = world.peers[0].device.timeline(thread).rows;
                    amend(&mut world, number, 0, thread, place, how);
                    let Some(row) = before.get(place % before.len().max(1)) else { continue };
                    let rows = world.peers[0].device.timeline(thread).rows;
                    if let Some(now) = rows.iter().find(|now| now.key == row.key).filter(|now| now.mine) {
                        wanted.insert(now.key, now.content.clone());
                    }
                }
                Step::Amend { .. } => {}
                _ => take(&mut world, number, step),
            }
        }
        world.heal();
        take_note(&mut world)?;
        for thread in [1, 2] {
            for message in world.server.messages(thread_id(thread)) {
                if let Some(content) = wanted.get(&message.local_id) {
                    prop_assert_eq!(&message.content, content);
                }
            }
        }
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

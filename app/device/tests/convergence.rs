//! However knowledge is split between a snapshot and the events after it, a device ends up showing the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use proptest::prelude::*;
use tidings_device::{Boot, Device, Effect, Input, ThreadRow, Timeline, Transport};
use tidings_protocol::{
    Command, ConnectionId, DeviceFrame, ServerFrame, Snapshot, ThreadId, ThreadSettings,
    command::{DeleteMessage, MarkRead, MarkUnread, SendMessage, SetThreadSettings},
    limits,
};

use support::{NOON, body, server::Server, session, thread, thread_id, user_id, uuid};

/// Something that changes what the server knows.
#[derive(Clone, Debug)]
enum Change {
    Say {
        user: u128,
        thread: u128,
    },
    Read {
        user: u128,
        thread: u128,
        seq: i64,
    },
    Unread {
        user: u128,
        thread: u128,
        seq: i64,
    },
    Settle {
        user: u128,
        thread: u128,
        settings: ThreadSettings,
    },
    Deliver {
        user: u128,
        thread: u128,
    },
    Delete {
        user: u128,
        thread: u128,
        seq: i64,
    },
    Open,
    Rename {
        user: u128,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let user = || 1..=2_u128;
    let thread = || 1..=3_u128;
    prop_oneof![
        6 => (user(), thread()).prop_map(|(user, thread)| Change::Say { user, thread }),
        3 => (user(), thread(), 1..9_i64).prop_map(|(user, thread, seq)| Change::Read { user, thread, seq }),
        2 => (user(), thread(), 1..9_i64).prop_map(|(user, thread, seq)| Change::Unread { user, thread, seq }),
        2 => (user(), thread(), any::<(bool, bool)>()).prop_map(|(user, thread, (pinned, archived))| {
            let settings = ThreadSettings { pinned, archived, ..ThreadSettings::default() };
            Change::Settle { user, thread, settings }
        }),
        2 => (user(), thread()).prop_map(|(user, thread)| Change::Deliver { user, thread }),
        2 => (user(), thread(), 1..9_i64).prop_map(|(user, thread, seq)| Change::Delete { user, thread, seq }),
        1 => Just(Change::Open),
        1 => user().prop_map(|user| Change::Rename { user }),
    ]
}

/// Thread 3 appears on the way.
fn make(server: &mut Server, number: usize, change: &Change) {
    let exists = |server: &Server, thread: u128| server.threads().any(|known| known.id == thread_id(thread));
    match *change {
        Change::Say { user, thread } if exists(server, thread) => {
            let send = SendMessage {
                thread: thread_id(thread),
                local_id: tidings_protocol::LocalId(uuid(0x9_0000 + number as u128)),
                body: Some(body(&format!("message {number}"))),
                attachments: Vec::new(),
                reply_to: None,
                forwarded: false,
                files_of: None,
            };
            server.call(user_id(user), Command::from(send)).unwrap();
        }
        Change::Read { user, thread, seq } if exists(server, thread) => {
            let thread = thread_id(thread);
            let seq = tidings_protocol::Seq(seq);
            server
                .call(
                    user_id(user),
                    MarkRead {
                        thread,
                        seq,
                        rewinds: None,
                    }
                    .into(),
                )
                .unwrap();
        }
        Change::Unread { user, thread, seq } if exists(server, thread) => {
            let (thread, seq, rewinds) = (thread_id(thread), tidings_protocol::Seq(seq), None);
            server
                .call(user_id(user), MarkUnread { thread, seq, rewinds }.into())
                .unwrap();
        }
        Change::Settle {
            user,
            thread,
            settings,
        } if exists(server, thread) => {
            let thread = thread_id(thread);
            server
                .call(user_id(user), SetThreadSettings { thread, settings }.into())
                .unwrap();
        }
        Change::Deliver { user, thread } if exists(server, thread) => {
            let last = server
                .messages(thread_id(thread))
                .last()
                .map(|message| message.seq);
            server.mark_delivered(user_id(user), thread_id(thread), last.unwrap_or_default());
        }
        Change::Delete { user, thread, seq } if exists(server, thread) => {
            let (thread, seq) = (thread_id(thread), tidings_protocol::Seq(seq));
            // There may be no such message, or it is somebody else's.
            server
                .call(user_id(user), DeleteMessage { thread, seq }.into())
                .ok();
        }
        Change::Open if !exists(server, 3) => server.open_thread(thread(3, &[1, 2])),
        Change::Rename { user } => server.rename(user_id(user), &format!("Name {number}")),
        Change::Say { .. }
        | Change::Read { .. }
        | Change::Unread { .. }
        | Change::Settle { .. }
        | Change::Deliver { .. }
        | Change::Delete { .. }
        | Change::Open => {}
    }
}

fn welcome(snapshot: Option<Snapshot>) -> ServerFrame {
    ServerFrame::Welcome {
        version: tidings_protocol::VERSION,
        connection: ConnectionId(uuid(1)),
        user: user_id(1),
        session: session(1),
        snapshot: snapshot.map(Box::new),
    }
}

/// Gives the device what happened after `offset`, and pages from the server as it is now.
fn catch_up(device: &mut Device, server: &mut Server, offset: u64) {
    let mut frames: Vec<ServerFrame> = Vec::new();
    let mut sent = 0;
    for (offset, event) in server.after(user_id(1), offset) {
        sent += 1;
        frames.push(ServerFrame::Event {
            position: server.position(offset),
            event,
        });
    }
    let head = server.position(server.head());
    frames.push(ServerFrame::Beat { head, sent });
    for frame in frames {
        give(device, server, Input::Frame(Box::new(frame)));
    }
}

/// Handles an input, and answers what the device asks about history.
fn give(device: &mut Device, server: &mut Server, input: Input) {
    let mut inputs = vec![input];
    while let Some(input) = inputs.pop() {
        for effect in device.handle(NOON, input) {
            if let Effect::Transmit(DeviceFrame::Call {
                id,
                command: command @ Command::LoadMessages(_),
            }) = effect
            {
                let reply = server.call(user_id(1), command).unwrap();
                inputs.push(Input::Frame(Box::new(ServerFrame::Reply { id, reply })));
            }
        }
    }
}

/// All that a screen could show of the threads.
fn shown(device: &mut Device, server: &mut Server) -> (Vec<ThreadRow>, u32, Vec<Timeline>) {
    let threads: Vec<ThreadId> = device.threads().iter().map(|row| row.id).collect();
    let timelines = threads.into_iter().map(|thread| {
        give(device, server, Input::ThreadOpened(thread));
        device.timeline(thread)
    });
    let timelines = timelines.collect();
    (device.threads(), device.total_unread(), timelines)
}

fn connected(server: &mut Server, snapshot: Snapshot) -> Device {
    let pages = Vec::new();
    let mut device = Device::new(1, Boot { snapshot, pages });
    give(&mut device, server, Input::Start);
    give(&mut device, server, Input::Opened(Transport::Socket));
    device
}

fn beginning() -> Server {
    Server::new(3, vec![thread(1, &[1, 2]), thread(2, &[1, 2, 3])])
}

proptest! {
    #![proptest_config(support::cases(128))]

    /// `data` is the moment of the snapshot's data, `overlap` how much earlier its position was read, and `lived` how
    /// much the second device had seen live before it was given the snapshot.
    #[test]
    fn any_split_between_snapshot_and_events_shows_the_same(
        changes in prop::collection::vec(change(), 0..60),
        data in 0..60_usize,
        overlap in 0..6_u64,
        lived in 0..60_usize,
    ) {
        prop_assert!(changes.len() <= limits::PAGE_MESSAGES as usize + 10);
        let mut server = beginning();
        let mut states = vec![server.clone()];
        for (number, change) in changes.iter().enumerate() {
            make(&mut server, number, change);
            states.push(server.clone());
        }
        // The number that a snapshot has is lowered by deletions after its position, so that it must be from there, as it
        // is of a server that reads both in one transaction.
        let deletes = changes.iter().any(|change| matches!(change, Change::Delete { .. }));
        let overlap = if deletes { 0 } else { overlap };
        let moment = &states[data.min(changes.len())];
        let snapshot = moment.snapshot(user_id(1), moment.head().saturating_sub(overlap));
        let offset = snapshot.position.offset;

        let mut from_events = connected(&mut server, beginning().snapshot(user_id(1), 0));
        give(&mut from_events, &mut server, Input::Frame(Box::new(welcome(None))));
        catch_up(&mut from_events, &mut server, 0);
        let expected = shown(&mut from_events, &mut server);

        let mut from_snapshot = connected(&mut server, snapshot.clone());
        give(&mut from_snapshot, &mut server, Input::Frame(Box::new(welcome(None))));
        catch_up(&mut from_snapshot, &mut server, offset);
        prop_assert_eq!(&shown(&mut from_snapshot, &mut server), &expected);

        let mut lived_state = states[lived.min(data).min(changes.len())].clone();
        let mut replaced = connected(&mut lived_state, beginning().snapshot(user_id(1), 0));
        give(&mut replaced, &mut lived_state, Input::Frame(Box::new(welcome(None))));
        catch_up(&mut replaced, &mut lived_state, 0);
        give(&mut replaced, &mut server, Input::Closed { over: Transport::Socket, code: Some(4009) });
        give(&mut replaced, &mut server, Input::TryNow);
        give(&mut replaced, &mut server, Input::Opened(Transport::Socket));
        give(&mut replaced, &mut server, Input::Frame(Box::new(welcome(Some(snapshot)))));
        catch_up(&mut replaced, &mut server, offset);
        prop_assert_eq!(&shown(&mut replaced, &mut server), &expected);
    }

    #[test]
    fn applying_everything_twice_shows_the_same(changes in prop::collection::vec(change(), 0..60)) {
        let mut server = beginning();
        for (number, change) in changes.iter().enumerate() {
            make(&mut server, number, change);
        }
        let mut device = connected(&mut server, beginning().snapshot(user_id(1), 0));
        give(&mut device, &mut server, Input::Frame(Box::new(welcome(None))));
        catch_up(&mut device, &mut server, 0);
        let once = shown(&mut device, &mut server);
        give(&mut device, &mut server, Input::Closed { over: Transport::Socket, code: None });
        give(&mut device, &mut server, Input::TryNow);
        give(&mut device, &mut server, Input::Opened(Transport::Socket));
        give(&mut device, &mut server, Input::Frame(Box::new(welcome(None))));
        catch_up(&mut device, &mut server, 0);
        prop_assert_eq!(shown(&mut device, &mut server), once);
    }
}

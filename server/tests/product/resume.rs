//! Coming back: everything missed and nothing twice, or a fresh start where that is not possible.

use tidings_protocol::{CloseCode, DeviceFrame, Epoch, Event, Position, ServerFrame, Snapshot};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    whoever_was_away_gets_exactly_what_they_missed
    what_was_written_while_away_is_sent_once_on_return
    a_position_of_another_history_is_answered_with_a_snapshot
    a_position_ahead_of_the_log_is_answered_with_a_snapshot
    a_position_of_an_earlier_start_is_resumed_from
    a_device_that_had_got_further_than_it_asks_from_is_not_resumed_if_that_is_not_known
    a_hello_without_a_position_is_answered_with_a_snapshot
    a_resume_sends_the_missed_events_in_order_and_says_how_many
    devices_return_after_a_restart_and_nothing_is_lost
    events_of_others_threads_are_not_replayed
}

async fn pair(server: &TestServer) -> (Person, Person, tidings_protocol::ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    for person in [&mut ana, &mut ben] {
        person
            .until("the thread", |device| device.thread(thread).is_some())
            .await;
        person.look_at(thread).await;
    }
    (ana, ben, thread)
}

async fn whoever_was_away_gets_exactly_what_they_missed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    ana.say(thread, "Before.").await;
    ben.until_texts(thread, &["Before."]).await;
    ben.lose_network().await;
    for text in ["One.", "Two.", "Three."] {
        ana.say(thread, text).await;
    }
    ana.until("all are stored", |device| {
        device
            .timeline(thread)
            .rows
            .iter()
            .filter(|row| row.seq.is_some())
            .count()
            == 4
    })
    .await;
    ben.find_network().await;
    // A message that was stored is delivered a moment later, perhaps after he has caught up.
    ben.until_texts(thread, &["Before.", "One.", "Two.", "Three."])
        .await;
}

async fn what_was_written_while_away_is_sent_once_on_return(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    ben.lose_network().await;
    ben.say(thread, "Written on the train.").await;
    ben.say(thread, "And a second one.").await;
    ben.find_network().await;
    let expected = ["Written on the train.", "And a second one."];
    ben.while_doing(ana.until_texts(thread, &expected)).await;
    ana.settle().await;
    assert_eq!(ana.texts(thread), expected);
}

/// The snapshot in the answer to a hello with this position, if there is one.
async fn snapshot_for(server: &TestServer, person: &Person, position: Option<Position>) -> Option<Snapshot> {
    let mut socket = server.socket(&person.access).await;
    let frames = socket.greet(position).await;
    frames.into_iter().find_map(|frame| match frame {
        ServerFrame::Welcome { snapshot, .. } => snapshot.map(|snapshot| *snapshot),
        _ => None,
    })
}

async fn a_position_of_another_history_is_answered_with_a_snapshot(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _ben, _thread) = pair(&server).await;
    ana.settle().await;
    let here = ana.device().position().expect("a position");
    assert!(snapshot_for(&server, &ana, Some(here)).await.is_none());
    let elsewhere = Position {
        epoch: Epoch(Uuid::now_v7()),
        ..here
    };
    let snapshot = snapshot_for(&server, &ana, Some(elsewhere))
        .await
        .expect("a fresh start");
    assert_eq!(snapshot.position.epoch, here.epoch);
    assert_eq!(snapshot.threads.len(), 1);
}

async fn a_position_ahead_of_the_log_is_answered_with_a_snapshot(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _ben, _thread) = pair(&server).await;
    ana.settle().await;
    let here = ana.device().position().expect("a position");
    for offset in [here.offset + 1000, u64::MAX] {
        let ahead = Position { offset, ..here };
        assert!(snapshot_for(&server, &ana, Some(ahead)).await.is_some());
    }
}

async fn a_position_of_an_earlier_start_is_resumed_from(engine: Engine) {
    let mut server = TestServer::start(engine).await;
    let (mut ana, ben, thread) = pair(&server).await;
    ana.settle().await;
    let before = ana.device().position().expect("a position");
    for more in 1..=2 {
        server.stop().await;
        ana.until("the loss is noticed", |device| !device.is_live()).await;
        server.start_again().await;
        ana.say(thread, "Good morning.").await;
        ana.until("it is delivered", |device| {
            device
                .position()
                .is_some_and(|position| position.offset >= before.offset + more)
        })
        .await;
    }
    let now = ana.device().position().expect("a position");
    assert_ne!(now.epoch, before.epoch);
    assert!(snapshot_for(&server, &ben, Some(before)).await.is_none());
    // No position that was ever given out: as far as this epoch is known, it ended before.
    let lost = Position {
        offset: before.offset + 1,
        ..before
    };
    assert!(now.offset >= lost.offset);
    assert!(snapshot_for(&server, &ben, Some(lost)).await.is_some());
}

async fn a_device_that_had_got_further_than_it_asks_from_is_not_resumed_if_that_is_not_known(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _ben, thread) = pair(&server).await;
    ana.say(thread, "Good morning.").await;
    ana.settle().await;
    let here = ana.device().position().expect("a position");
    let before = Position {
        offset: here.offset - 1,
        ..here
    };
    let beyond = Position {
        offset: here.offset + 1000,
        ..here
    };
    for (reached, fresh) in [(None, false), (Some(here), false), (Some(beyond), true)] {
        let mut socket = server.socket(&ana.access).await;
        socket
            .send(&DeviceFrame::Hello {
                version: tidings_protocol::VERSION,
                position: Some(before),
                reached,
                idle_for_ms: 0,
            })
            .await;
        let welcome = |frame| match frame {
            ServerFrame::Welcome { snapshot, .. } => Some(snapshot.is_some()),
            _ => None,
        };
        assert_eq!(
            socket.wait_for("the welcome", welcome).await,
            fresh,
            "{reached:?}"
        );
    }
}

async fn a_hello_without_a_position_is_answered_with_a_snapshot(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, ..) = pair(&server).await;
    let snapshot = snapshot_for(&server, &ana, None).await.expect("a snapshot");
    assert_eq!(snapshot.me.id, ana.id());
}

async fn a_resume_sends_the_missed_events_in_order_and_says_how_many(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _ben, thread) = pair(&server).await;
    ana.settle().await;
    let from = ana.device().position().expect("a position");
    for number in 1..=7 {
        ana.say(thread, &format!("Number {number}.")).await;
    }
    // Delivered and not only stored: a connection resumes up to what has been delivered, and hears the rest live.
    ana.until("all are delivered", |device| {
        device
            .position()
            .is_some_and(|position| position.offset >= from.offset + 7)
    })
    .await;
    let mut socket = server.socket(&ana.access).await;
    let frames = socket.greet(Some(from)).await;
    let mut last = from.offset;
    let mut seqs = Vec::new();
    let mut events = 0;
    for frame in &frames {
        match frame {
            ServerFrame::Event { position, event } => {
                assert!(position.offset > last, "in the order of the log");
                last = position.offset;
                events += 1;
                if let Event::MessageSent { message } = event {
                    seqs.push(message.seq.0);
                }
            }
            ServerFrame::Beat { head, sent } => {
                assert!(head.offset >= last);
                assert_eq!(*sent, events);
            }
            _ => {}
        }
    }
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6, 7]);
}

async fn devices_return_after_a_restart_and_nothing_is_lost(engine: Engine) {
    let mut server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    ana.say(thread, "Before the restart.").await;
    ben.until_texts(thread, &["Before the restart."]).await;
    let mut socket = server.socket(&ana.access).await;
    socket.greet(None).await;
    server.stop().await;
    let (code, _) = socket.read_to_end().await;
    assert_eq!(code, Some(CloseCode::Restarting.number()));
    ben.until("the loss is noticed", |device| !device.is_live()).await;
    ben.say(thread, "Written meanwhile.").await;
    server.start_again().await;
    let both = ["Before the restart.", "Written meanwhile."];
    ben.until("live again", |device| device.is_live()).await;
    ben.while_doing(ana.until_texts(thread, &both)).await;
    ben.until_texts(thread, &both).await;
}

async fn events_of_others_threads_are_not_replayed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _ben, thread) = pair(&server).await;
    let mut eve = server.person("eve").await;
    eve.settle().await;
    let from = Position {
        offset: 0,
        ..ana.device().position().expect("a position")
    };
    ana.say(thread, "Between us.").await;
    ana.until("it is stored", |device| {
        device.timeline(thread).rows.iter().all(|row| row.seq.is_some())
    })
    .await;
    let mut socket = server.socket(&eve.access).await;
    for frame in socket.greet(Some(from)).await {
        if let ServerFrame::Event { event, .. } = frame {
            panic!("not hers: {event:?}");
        }
    }
}

//! Delivered, read and unread: what the sender sees, and what a person's own devices agree on.

use tidings_device::{Input, Progress};
use tidings_protocol::{Seq, ThreadId};

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    the_sender_sees_a_message_delivered_and_then_read
    a_message_to_somebody_who_is_away_is_delivered_when_they_return
    a_page_that_starts_from_a_snapshot_has_received_what_is_in_it
    reading_on_one_device_clears_the_badge_on_the_others
}

async fn until_progress(sender: &mut Person, thread: ThreadId, progress: Progress) {
    sender
        .until(&format!("the last message is {progress:?}"), |device| {
            let row = device.thread(thread).expect("the thread");
            row.last.and_then(|last| last.progress) == Some(progress.clone())
        })
        .await;
}

async fn the_sender_sees_a_message_delivered_and_then_read(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ana.say(thread, "Did you get this?").await;
    until_progress(&mut ana, thread, Progress::Sent).await;
    ben.until("it is unread", |device| device.unread(thread) == 1)
        .await;
    ben.look_at(thread).await;
    ben.while_doing(until_progress(&mut ana, thread, Progress::Delivered))
        .await;
    ben.give(Input::Seen { thread, seq: Seq(1) }).await;
    ben.while_doing(until_progress(&mut ana, thread, Progress::Read))
        .await;
    assert_eq!(ben.device().unread(thread), 0);
}

async fn a_message_to_somebody_who_is_away_is_delivered_when_they_return(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    ben.lose_network().await;
    ana.say(thread, "For later.").await;
    until_progress(&mut ana, thread, Progress::Sent).await;
    ben.find_network().await;
    ben.while_doing(until_progress(&mut ana, thread, Progress::Delivered))
        .await;
    assert_eq!(ben.device().unread(thread), 1);
}

async fn a_page_that_starts_from_a_snapshot_has_received_what_is_in_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let mut ben = server.person("ben").await;
    let thread = ana.open(&ben, None).await;
    ben.leave();
    ana.say(thread, "Before your page was loaded.").await;
    until_progress(&mut ana, thread, Progress::Sent).await;
    let page = server.another_device(&ben).await;
    assert_eq!(page.device().unread(thread), 1);
    until_progress(&mut ana, thread, Progress::Delivered).await;
}

async fn reading_on_one_device_clears_the_badge_on_the_others(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut phone = server.another_device(&ben).await;
    for text in ["One.", "Two."] {
        ana.say(thread, text).await;
    }
    for device in [&mut ben, &mut phone] {
        ana.while_doing(device.until("two are unread", |device| device.unread(thread) == 2))
            .await;
    }
    phone.look_at(thread).await;
    phone.give(Input::Seen { thread, seq: Seq(2) }).await;
    phone
        .while_doing(ben.until("nothing is unread here either", |device| {
            device.unread(thread) == 0 && device.total_unread() == 0
        }))
        .await;
}

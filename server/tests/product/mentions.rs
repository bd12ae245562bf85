//! Mentions: counted for whom they name, on each of their devices, and for nobody else.

use tidings_device::Input;
use tidings_protocol::Seq;

use crate::{
    engine::Engine,
    support::{TestServer, on_both_engines},
};

on_both_engines! {
    a_mention_is_counted_for_whom_it_names_on_all_their_devices_until_it_is_read
    a_mention_of_somebody_who_is_no_member_reaches_nobody
    mentions_are_the_same_after_a_lost_connection_and_afresh
}

async fn a_mention_is_counted_for_whom_it_names_on_all_their_devices_until_it_is_read(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut phone = server.another_device(&ben).await;
    ana.say(thread, "Good morning.").await;
    ana.say(thread, "Could you look at this, **@Ben**? Yours, @ana")
        .await;
    for device in [&mut ben, &mut phone] {
        ana.while_doing(device.until("both are unread", |device| device.unread(thread) == 2))
            .await;
        assert_eq!(device.device().mentions(thread), [Seq(2)]);
    }
    assert_eq!(ana.device().mentions(thread), []);
    phone.look_at(thread).await;
    phone.give(Input::Seen { thread, seq: Seq(2) }).await;
    phone
        .while_doing(ben.until("it is read here too", |device| device.mentions(thread).is_empty()))
        .await;
}

async fn a_mention_of_somebody_who_is_no_member_reaches_nobody(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut dara = server.person("dara").await;
    let thread = ana.open(&ben, None).await;
    ana.say(thread, "Ask @dara, or `@ben`, or @all.").await;
    ana.while_doing(ben.until("the message", |device| device.unread(thread) == 1))
        .await;
    assert_eq!(ben.device().mentions(thread), []);
    dara.settle().await;
    assert!(dara.device().thread(thread).is_none());
    assert_eq!(dara.device().mentions(thread), []);
}

async fn mentions_are_the_same_after_a_lost_connection_and_afresh(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    ben.lose_network().await;
    for text in ["@ben", "not you", "and @ben."] {
        ana.say(thread, text).await;
    }
    ana.until("all are stored", |device| device.unsent().is_empty())
        .await;
    ben.find_network().await;
    ben.until("all are unread", |device| device.unread(thread) == 3)
        .await;
    let fresh = server.another_device(&ben).await;
    for device in [&ben, &fresh] {
        assert_eq!(device.device().mentions(thread), [Seq(1), Seq(3)]);
    }
}

//! Typing: seen by the other members, gone when it ends.

use tidings_device::{Device, Input};
use tidings_protocol::{DeviceFrame, ErrorCode, ServerFrame, Signal, ThreadId, UserId};
use tidings_server::clock::{Clock, SystemClock};

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    a_person_who_types_is_shown_to_the_other_and_gone_when_they_stop
    typing_ends_with_the_message
    typing_ends_when_the_connection_does
    nobody_outside_the_thread_learns_of_typing
    one_s_own_devices_do_not_show_one_s_typing
    typing_into_somebody_else_s_thread_is_refused_like_an_unknown_one
}

fn types(device: &Device, thread: ThreadId, user: UserId) -> bool {
    let typists = device.typists(thread, SystemClock.now());
    typists.iter().any(|typist| typist.id == user)
}

async fn press_a_key(person: &mut Person, thread: ThreadId) {
    person.give(Input::Typed { thread, empty: false }).await;
}

async fn pair(server: &TestServer) -> (Person, Person, ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    (ana, ben, thread)
}

async fn a_person_who_types_is_shown_to_the_other_and_gone_when_they_stop(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    press_a_key(&mut ana, thread).await;
    let user = ana.id();
    ben.until("Ana types", |device| types(device, thread, user)).await;
    ana.give(Input::Typed { thread, empty: true }).await;
    ben.until("Ana types no more", |device| !types(device, thread, user))
        .await;
}

async fn typing_ends_with_the_message(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    press_a_key(&mut ana, thread).await;
    let user = ana.id();
    ben.until("Ana types", |device| types(device, thread, user)).await;
    ana.say(thread, "Here it is.").await;
    ben.until("the message", |device| device.unread(thread) == 1)
        .await;
    assert!(!types(ben.device(), thread, user));
}

async fn typing_ends_when_the_connection_does(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    let mut socket = server.socket(&ana.access).await;
    socket.greet(None).await;
    socket.send(&DeviceFrame::TypingStarted { thread }).await;
    let user = ana.id();
    ben.until("Ana types", |device| types(device, thread, user)).await;
    let since = SystemClock.now();
    drop(socket);
    ben.until("Ana types no more", |device| !types(device, thread, user))
        .await;
    let took = SystemClock.now().since(since);
    assert!(took < tidings_protocol::limits::TYPING_LIFETIME / 2, "{took:?}");
    ana.settle().await;
}

async fn nobody_outside_the_thread_learns_of_typing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    let eve = server.register("eve").await;
    let entrance = server.sign_in(&eve.user).await;
    let mut outsider = server
        .socket(entrance["access_token"].as_str().expect("a token"))
        .await;
    outsider.greet(None).await;
    press_a_key(&mut ana, thread).await;
    let user = ana.id();
    ben.until("Ana types", |device| types(device, thread, user)).await;
    outsider.send(&DeviceFrame::Probe).await;
    outsider
        .wait_for("the beat that follows", |frame| match frame {
            ServerFrame::Signal {
                signal: signal @ Signal::TypingStarted { .. },
            } => panic!("not for strangers: {signal:?}"),
            ServerFrame::Beat { .. } => Some(()),
            _ => None,
        })
        .await;
}

async fn one_s_own_devices_do_not_show_one_s_typing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    let mut phone = server.another_device(&ana).await;
    press_a_key(&mut ana, thread).await;
    let user = ana.id();
    ben.until("Ana types", |device| types(device, thread, user)).await;
    phone.settle().await;
    assert!(!types(phone.device(), thread, user));
}

async fn typing_into_somebody_else_s_thread_is_refused_like_an_unknown_one(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, _ben, thread) = pair(&server).await;
    let eve = server.person("eve").await;
    let mut socket = server.socket(&eve.access).await;
    socket.greet(None).await;
    let mut errors = Vec::new();
    for thread in [thread, ThreadId(uuid::Uuid::now_v7())] {
        socket.send(&DeviceFrame::TypingStarted { thread }).await;
        errors.push(
            socket
                .wait_for("a refusal", |frame| match frame {
                    ServerFrame::Error { error } => Some(error),
                    _ => None,
                })
                .await,
        );
    }
    assert_eq!(errors[0].code, ErrorCode::NotFound);
    assert_eq!(errors[0], errors[1]);
}

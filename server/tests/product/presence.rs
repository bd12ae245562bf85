//! Who is here: over all devices, only for people who share a thread, and at once where it can be known at once.

use std::time::Duration;

use http::Method;
use tidings_protocol::{DeviceFrame, Presence, ServerFrame, Signal, limits, presence::UserPresence};

use crate::{
    engine::Engine,
    support::{Person, Socket, TestServer, on_both_engines},
};

on_both_engines! {
    a_person_is_online_while_any_device_is_connected_and_offline_after_the_grace
    a_reload_is_not_noticed
    signing_out_shows_at_once
    a_person_without_input_is_idle_until_they_are_back
    a_new_connection_is_told_of_everyone_who_is_here_and_of_nobody_else
    whoever_shares_no_thread_learns_nothing
    opening_a_thread_shows_both_that_the_other_is_here
}

/// A grace that no test waits out.
const LONG: Duration = Duration::from_secs(3600);

/// As long without input as makes idle, in milliseconds.
const IDLE: u64 = limits::IDLE_AFTER.as_secs() * 1000;

async fn server_with_grace(engine: Engine, grace: Duration) -> TestServer {
    TestServer::start_with(engine, |settings| settings.timings.offline_grace = grace).await
}

async fn contacts(server: &TestServer) -> (Person, Person) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    (ana, ben)
}

async fn sign_out(server: &TestServer, person: &Person) {
    let response = server
        .request(Method::POST, "/api/v1/auth/sign-out")
        .bearer_auth(&person.access)
        .send()
        .await
        .expect("an answer");
    assert!(response.status().is_success());
}

/// The next change of presence that a socket is told of.
async fn change(watcher: &mut Socket) -> UserPresence {
    watcher
        .wait_for("a change of presence", |frame| match frame {
            ServerFrame::Signal {
                signal: Signal::Presence { presences },
            } => presences.users.first().copied(),
            _ => None,
        })
        .await
}

async fn a_person_is_online_while_any_device_is_connected_and_offline_after_the_grace(engine: Engine) {
    let server = server_with_grace(engine, Duration::from_millis(200)).await;
    let (ana, mut ben) = contacts(&server).await;
    let mut phone = server.socket(&ben.access).await;
    phone.greet(None).await;
    let mut watcher = server.socket(&ana.access).await;
    watcher.greet(None).await;
    phone.send(&DeviceFrame::Activity { idle_for_ms: IDLE }).await;
    ben.leave();
    let idle = change(&mut watcher).await;
    assert_eq!(
        (idle.user, idle.presence),
        (ben.id(), Presence::Idle),
        "the phone is still there"
    );
    drop(phone);
    let gone = change(&mut watcher).await;
    assert_eq!((gone.user, gone.presence), (ben.id(), Presence::Offline));
    assert!(gone.last_seen.is_some());
}

async fn a_reload_is_not_noticed(engine: Engine) {
    let server = server_with_grace(engine, LONG).await;
    let (ana, mut ben) = contacts(&server).await;
    let mut watcher = server.socket(&ana.access).await;
    watcher.greet(None).await;
    ben.leave();
    let reloaded = server.another_device(&ben).await;
    assert!(reloaded.device().is_live());
    watcher.send(&DeviceFrame::Probe).await;
    watcher
        .wait_for("the beat that follows", |frame| match frame {
            ServerFrame::Signal { signal } => panic!("a change that nobody should see: {signal:?}"),
            ServerFrame::Beat { .. } => Some(()),
            _ => None,
        })
        .await;
}

async fn signing_out_shows_at_once(engine: Engine) {
    let server = server_with_grace(engine, LONG).await;
    let (mut ana, mut ben) = contacts(&server).await;
    ana.until_presence(ben.id(), Presence::Online).await;
    sign_out(&server, &ben).await;
    ana.until_presence(ben.id(), Presence::Offline).await;
    ben.until_signed_out().await;
}

async fn a_person_without_input_is_idle_until_they_are_back(engine: Engine) {
    let server = server_with_grace(engine, LONG).await;
    let (mut ana, mut ben) = contacts(&server).await;
    ana.until_presence(ben.id(), Presence::Online).await;
    let mut other = server.socket(&ben.access).await;
    other.greet(None).await;
    // Both of Ben's connections must be idle for him to be.
    other.send(&DeviceFrame::Activity { idle_for_ms: IDLE }).await;
    ben.leave();
    ana.until_presence(ben.id(), Presence::Idle).await;
    other.send(&DeviceFrame::Activity { idle_for_ms: 0 }).await;
    ana.until_presence(ben.id(), Presence::Online).await;
}

async fn a_new_connection_is_told_of_everyone_who_is_here_and_of_nobody_else(engine: Engine) {
    let server = server_with_grace(engine, LONG).await;
    let (ana, ben) = contacts(&server).await;
    let _stranger = server.person("eve").await;
    let mut socket = server.socket(&ana.access).await;
    let frames = socket.greet(None).await;
    assert!(matches!(frames[0], ServerFrame::Welcome { .. }));
    let ServerFrame::Signal {
        signal: Signal::Presence { presences },
    } = &frames[1]
    else {
        panic!("the list comes right after the welcome: {frames:?}");
    };
    assert!(presences.complete);
    let mut here: Vec<_> = presences.users.iter().map(|shown| shown.user).collect();
    here.sort();
    assert_eq!(here, [ana.id(), ben.id()]);
}

async fn whoever_shares_no_thread_learns_nothing(engine: Engine) {
    let server = server_with_grace(engine, LONG).await;
    let (mut ana, ben) = contacts(&server).await;
    let eve = server.person("eve").await;
    let mut stranger = server.socket(&eve.access).await;
    stranger.greet(None).await;
    sign_out(&server, &ben).await;
    ana.until_presence(ben.id(), Presence::Offline).await;
    stranger.send(&DeviceFrame::Probe).await;
    stranger
        .wait_for("the beat that follows", |frame| match frame {
            ServerFrame::Signal { signal } => panic!("not for strangers: {signal:?}"),
            ServerFrame::Beat { .. } => Some(()),
            _ => None,
        })
        .await;
}

async fn opening_a_thread_shows_both_that_the_other_is_here(engine: Engine) {
    let server = server_with_grace(engine, LONG).await;
    let (mut ana, mut ben) = contacts(&server).await;
    ana.until_presence(ben.id(), Presence::Online).await;
    ben.until_presence(ana.id(), Presence::Online).await;
}

//! Revoked means gone: the socket is closed, and nothing later arrives.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tidings_protocol::{
    AccountRole, CloseCode, DeviceFrame, DisplayName, ErrorCode, Event, ServerFrame,
    command::{ListUsers, Rename, SetRole},
};

use crate::{
    engine::Engine,
    support::{PASSWORD, Person, Socket, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    signing_out_closes_the_session_s_sockets_and_no_others
    signing_out_everywhere_closes_all
    deactivation_closes_all_and_lets_nobody_back_in
    changing_the_password_closes_the_other_sessions
    an_ended_session_can_t_be_renewed
    nothing_that_happens_later_arrives
    a_changed_role_ends_the_connections_and_counts_on_return
    a_changed_role_ends_connections_by_long_poll_too
    a_new_name_ends_no_connection
}

/// What is promised.
const PROMPTLY: Duration = Duration::from_secs(2);

async fn ask(server: &TestServer, person: &Person, method: Method, path: &str, body: Value) {
    let response = server
        .request(method, path)
        .bearer_auth(&person.access)
        .json(&body)
        .send()
        .await
        .expect("an answer");
    assert!(response.status().is_success(), "{path}: {}", response.status());
}

async fn socket_of(server: &TestServer, person: &Person) -> Socket {
    let mut socket = server.socket(&person.access).await;
    socket.greet(None).await;
    socket
}

async fn ends_signed_out(socket: &mut Socket) -> Vec<ServerFrame> {
    let begun = Instant::now();
    let (code, frames) = socket.read_to_end().await;
    assert_eq!(code, Some(CloseCode::SignedOut.number()));
    let took = begun.elapsed();
    assert!(took < PROMPTLY, "{took:?}");
    frames
}

async fn is_refused(server: &TestServer, person: &Person) {
    let response = server
        .request(Method::GET, "/api/v1/me")
        .bearer_auth(&person.access)
        .send()
        .await
        .expect("an answer");
    assert_eq!(refusal(response).await.0, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {}", person.access);
    let Err(answer) = Socket::open(server, &[("authorization", &bearer)]).await else {
        panic!("the upgrade is refused");
    };
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

async fn signing_out_closes_the_session_s_sockets_and_no_others(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let mut phone = server.another_device(&ana).await;
    let mut second_tab = socket_of(&server, &ana).await;
    ask(&server, &ana, Method::POST, "/api/v1/auth/sign-out", Value::Null).await;
    ana.until_signed_out().await;
    ends_signed_out(&mut second_tab).await;
    is_refused(&server, &ana).await;
    phone.settle().await;
    assert!(!phone.is_signed_out());
}

async fn signing_out_everywhere_closes_all(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let mut phone = server.another_device(&ana).await;
    ask(
        &server,
        &ana,
        Method::POST,
        "/api/v1/me/sign-out-everywhere",
        Value::Null,
    )
    .await;
    for device in [&mut ana, &mut phone] {
        device.until_signed_out().await;
        is_refused(&server, device).await;
    }
}

async fn deactivation_closes_all_and_lets_nobody_back_in(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (owner, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut socket = socket_of(&server, &ben).await;
    let path = format!("/api/v1/users/{}/active", ben.id());
    ask(&server, &owner, Method::PUT, &path, json!({ "active": false })).await;
    ends_signed_out(&mut socket).await;
    ben.until_signed_out().await;
    is_refused(&server, &ben).await;
    let again = server
        .request(Method::POST, "/api/v1/auth/sign-in")
        .json(&json!({ "username": "ben", "password": PASSWORD }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(refusal(again).await.0, StatusCode::UNAUTHORIZED);
}

async fn changing_the_password_closes_the_other_sessions(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let mut phone = server.another_device(&ana).await;
    let change = json!({ "current": PASSWORD, "new": "a louder river" });
    ask(&server, &ana, Method::PUT, "/api/v1/me/password", change).await;
    phone.until_signed_out().await;
    is_refused(&server, &phone).await;
    ana.settle().await;
    assert!(!ana.is_signed_out());
}

async fn an_ended_session_can_t_be_renewed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    ask(&server, &ana, Method::POST, "/api/v1/auth/sign-out", Value::Null).await;
    let renewal = server
        .request(Method::POST, "/api/v1/auth/refresh")
        .json(&json!({ "refresh_token": ana.refresh }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(refusal(renewal).await.0, StatusCode::UNAUTHORIZED);
}

async fn nothing_that_happens_later_arrives(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut phone = server.another_device(&ben).await;
    let mut socket = socket_of(&server, &ben).await;
    ask(&server, &ben, Method::POST, "/api/v1/auth/sign-out", Value::Null).await;
    ana.say(thread, "After the end.").await;
    phone
        .until("the message", |device| device.unread(thread) == 1)
        .await;
    for frame in ends_signed_out(&mut socket).await {
        assert!(
            !matches!(
                frame,
                ServerFrame::Event {
                    event: Event::MessageSent { .. },
                    ..
                }
            ),
            "{frame:?}"
        );
    }
    ben.until_signed_out().await;
    assert_eq!(ben.device().unread(thread), 0);
}

async fn a_changed_role_ends_the_connections_and_counts_on_return(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut owner, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut phone = server.another_device(&ben).await;
    for (role, may) in [(AccountRole::Admin, true), (AccountRole::Staff, false)] {
        let mut socket = socket_of(&server, &ben).await;
        let user = ben.id();
        owner.ask(SetRole { user, role }).await.expect("an owner may");
        let begun = Instant::now();
        let (code, _) = socket.read_to_end().await;
        assert_eq!(code, Some(CloseCode::Resync.number()));
        let took = begun.elapsed();
        assert!(took < PROMPTLY, "{took:?}");
        for device in [&mut ben, &mut phone] {
            device
                .until("the device is back in its role", |device| {
                    device.is_live() && device.me().role == role
                })
                .await;
            let asked = device.ask(ListUsers {}).await;
            assert_eq!(asked.is_ok(), may, "{role:?}");
            assert!(asked.is_ok() || asked.is_err_and(|error| error.code == ErrorCode::Forbidden));
            assert!(!device.is_signed_out());
        }
    }
}

async fn a_changed_role_ends_connections_by_long_poll_too(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut owner = server.person("ana").await;
    let mut ben = server.person_without_sockets("ben").await;
    let (user, role) = (ben.id(), AccountRole::Admin);
    let begun = Instant::now();
    owner.ask(SetRole { user, role }).await.expect("an owner may");
    ben.until("the device has lost its connection", |device| !device.is_live())
        .await;
    ben.until("the device is back in its role", |device| {
        device.is_live() && device.me().role == role
    })
    .await;
    let took = begun.elapsed();
    assert!(took < PROMPTLY, "{took:?}");
    assert!(ben.ask(ListUsers {}).await.is_ok());
}

async fn a_new_name_ends_no_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ben = server.person("ben").await;
    let mut socket = socket_of(&server, &ben).await;
    let display_name = DisplayName::new("Benjamin").expect("a name");
    ben.ask(Rename { display_name }).await.expect("everybody may");
    let renamed = |frame| match frame {
        ServerFrame::Event {
            event: Event::UserChanged { user },
            ..
        } => Some(user.display_name),
        _ => None,
    };
    let name = socket.wait_for("the new name", renamed).await;
    assert_eq!(name.as_str(), "Benjamin");
    socket.send(&DeviceFrame::Probe).await;
    let beat = |frame| matches!(frame, ServerFrame::Beat { .. }).then_some(());
    socket.wait_for("a beat", beat).await;
}

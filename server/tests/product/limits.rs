//! What anybody may use up, known or not: connections, headers, bodies, depth, pings, password checks.

use std::time::{Duration, Instant};

use http::{Method, StatusCode, header};
use serde_json::json;
use tidings_protocol::{CloseCode, ServerFrame, command::SearchPeople, limits};
use tidings_server::service;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    engine::Engine,
    support::{Peer, Person, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    headers_that_do_not_come_are_not_waited_for
    a_connection_that_asks_nothing_more_is_closed
    more_headers_than_anybody_sends_are_refused
    a_body_that_does_not_come_is_not_waited_for
    strangers_of_one_address_are_so_many_and_known_people_are_not_counted
    json_may_be_so_deep
    a_message_in_many_parts_has_the_same_limit
    a_device_that_pings_without_end_is_cut_off
    guessing_passwords_for_many_names_is_slowed_by_address
    an_unknown_name_takes_as_long_as_a_wrong_password
    a_flood_of_sign_ins_leaves_sockets_quick_and_is_told_to_wait
}

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(3600);

async fn headers_that_do_not_come_are_not_waited_for(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| settings.timings.headers_within = SHORT).await;
    for head in ["", "GET /hea", "GET /health HTTP/1.1\r\nhost: x\r\naccept: "] {
        let mut peer = Peer::connect(&server).await;
        peer.write(head).await;
        peer.until_closed().await;
    }
}

async fn a_connection_that_asks_nothing_more_is_closed(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| settings.timings.headers_within = SHORT).await;
    let mut peer = Peer::connect(&server).await;
    peer.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(peer.status().await, 200);
    peer.until_closed().await;
}

async fn more_headers_than_anybody_sends_are_refused(engine: Engine) {
    let server = TestServer::start(engine).await;
    let with = |headers: String| format!("GET /health HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
    for (headers, status) in [
        (many(50), 200),
        (many(64), 431),
        (long(16 * 1024), 200),
        (long(33 * 1024), 431),
    ] {
        let mut peer = Peer::connect(&server).await;
        peer.write(with(headers)).await;
        assert_eq!(peer.status().await, status);
    }
    let mut peer = Peer::connect(&server).await;
    peer.write(format!("GET /{} HTTP/1.1\r\n", "x".repeat(70_000)))
        .await;
    assert!([414, 431].contains(&peer.status().await), "a long address");
}

async fn a_body_that_does_not_come_is_not_waited_for(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| settings.timings.body_within = SHORT).await;
    for path in ["/api/v1/auth/sign-in", "/api/fn/sign_in"] {
        let mut peer = Peer::connect(&server).await;
        let kind = if path.contains("/fn/") {
            "x-www-form-urlencoded"
        } else {
            "json"
        };
        peer.write(format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/{kind}\r\ncontent-length: 100\r\n\r\n{{"
        ))
        .await;
        let status = peer.status().await;
        assert!((400..=500).contains(&status), "{path}: {status}");
        peer.until_closed().await;
    }
}

/// A connection that has shown a live session.
async fn known(server: &TestServer, person: &Person) -> Peer {
    let mut peer = Peer::connect(server).await;
    peer.write(format!(
        "HEAD /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        person.access
    ))
    .await;
    assert_eq!(peer.status().await, 200);
    peer
}

async fn strangers_of_one_address_are_so_many_and_known_people_are_not_counted(engine: Engine) {
    const AT_ONCE: usize = 2;
    const WITH_THE_LINE: usize = AT_ONCE * 5;
    let server = TestServer::start_with(engine, |settings| {
        settings.strangers_per_network = AT_ONCE;
        settings.timings.headers_within = LONG;
    })
    .await;
    let ana = server.person("ana").await;
    let mut people = Vec::new();
    for _ in 0..WITH_THE_LINE * 2 {
        people.push(known(&server, &ana).await);
    }
    let mut strangers = Vec::new();
    for _ in 0..WITH_THE_LINE {
        strangers.push(Peer::connect(&server).await);
    }
    let mut one_more = Peer::connect(&server).await;
    one_more.until_closed().await;
    // Somebody leaves, and the next one in the line is served.
    let last = strangers.len() - 1;
    strangers[last]
        .write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    strangers.drain(..last);
    assert_eq!(strangers[0].status().await, 200);
    drop(people);
}

async fn json_may_be_so_deep(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let mut socket = server.socket(&ana.access).await;
    socket.greet(None).await;
    // The object around it is one more level.
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    for (depth, understood) in [
        (limits::JSON_MAX_DEPTH, true),
        (limits::JSON_MAX_DEPTH + 1, false),
    ] {
        socket
            .send_text(&format!("{{\"type\":\"probe\",\"more\":{}}}", nested(depth)))
            .await;
        let answered = socket
            .wait_for("an answer", |frame| match frame {
                ServerFrame::Beat { .. } => Some(true),
                ServerFrame::Error { .. } => Some(false),
                _ => None,
            })
            .await;
        assert_eq!(answered, understood, "{depth} levels");
        let response = server
            .request(Method::PUT, "/api/v1/me/name")
            .bearer_auth(&ana.access)
            .header(header::CONTENT_TYPE, "application/json")
            .body(format!("{{\"display_name\":\"Ana\",\"more\":{}}}", nested(depth)))
            .send()
            .await
            .expect("an answer");
        // Here what nobody asked for is skipped, however deep; it costs no stack.
        assert_eq!(response.status(), StatusCode::OK, "{depth} levels");
    }
}

async fn a_message_in_many_parts_has_the_same_limit(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let mut socket = server.socket(&ana.access).await;
    socket.greet(None).await;
    let part = "x".repeat(limits::FRAME_MAX_BYTES / 4);
    for number in 0..5 {
        let kind = if number == 0 { Data::Text } else { Data::Continue };
        let frame = Frame::message(part.clone(), OpCode::Data(kind), false);
        socket.send_message(Message::Frame(frame)).await;
    }
    assert_eq!(socket.read_to_end().await.0, Some(CloseCode::TooBig.number()));
}

async fn a_device_that_pings_without_end_is_cut_off(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    for ping in [
        Message::Ping(Default::default()),
        Message::text("{\"type\":\"probe\"}"),
    ] {
        let mut socket = server.socket(&ana.access).await;
        socket.greet(None).await;
        for _ in 0..300 {
            socket.send_message(ping.clone()).await;
        }
        assert_eq!(socket.read_to_end().await.0, Some(CloseCode::Policy.number()));
    }
}

async fn guessing_passwords_for_many_names_is_slowed_by_address(engine: Engine) {
    let server = TestServer::start(engine).await;
    for number in 0..200 {
        let response = server
            .request(Method::POST, "/api/v1/auth/sign-in")
            .json(&json!({ "username": format!("name{number}"), "password": "12345678" }))
            .send()
            .await
            .expect("an answer");
        match refusal(response).await.0 {
            StatusCode::TOO_MANY_REQUESTS => return,
            status => assert_eq!(status, StatusCode::UNAUTHORIZED),
        }
    }
    panic!("nobody stopped it");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn an_unknown_name_takes_as_long_as_a_wrong_password(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut names = Vec::new();
    for number in 0..5 {
        names.push((
            server.register(&format!("known{number}")).await.user,
            format!("unknown{number}"),
        ));
    }
    let service = &server.running().service;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    // Alternating, so that a busy machine is busy for both; each name fewer times than slow it down.
    for _ in 0..4 {
        for (user, nobody) in &names {
            for (name, times) in [(user.username.as_str(), &mut known), (nobody, &mut unknown)] {
                let begun = Instant::now();
                let refused = service.sign_in(name, "not the password").await;
                times.push(begun.elapsed());
                assert!(
                    matches!(refused, Err(service::Error::WrongCredentials)),
                    "{refused:?}"
                );
            }
        }
    }
    let (known, unknown) = (median(known), median(unknown));
    // Without the same work for both it is a hundred times less.
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "{known:?} and {unknown:?}");
}

async fn a_flood_of_sign_ins_leaves_sockets_quick_and_is_told_to_wait(engine: Engine) {
    const EXCHANGES: usize = 15;
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let calm = exchanges(&mut ana, EXCHANGES).await;
    let service = server.running().service.clone();
    let flood: Vec<_> = (0..400)
        .map(|number| {
            let service = service.clone();
            tokio::spawn(async move { service.sign_in(&format!("name{number}"), "12345678").await })
        })
        .collect();
    let flooded = exchanges(&mut ana, EXCHANGES).await;
    let still_waiting = flood.iter().filter(|sign_in| !sign_in.is_finished()).count();
    assert!(still_waiting > 0, "the flood is over too soon to show anything");
    let mut told_to_wait = 0;
    for sign_in in flood {
        match sign_in.await.expect("it ends") {
            Err(service::Error::Busy) => told_to_wait += 1,
            Err(service::Error::WrongCredentials) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(told_to_wait > 0);
    // On the threads that serve sockets, one password check alone takes longer than all of this.
    let bound = (calm * 20).max(Duration::from_millis(20));
    assert!(flooded < bound, "{calm:?} without, {flooded:?} with the flood");
}

/// How long a question over the socket takes, typically.
async fn exchanges(person: &mut Person, count: usize) -> Duration {
    let mut times = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        let text = String::new();
        person.ask(SearchPeople { text }).await.expect("an answer");
        times.push(begun.elapsed());
    }
    median(times)
}

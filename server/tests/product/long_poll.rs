//! Long-poll alone: the same frames and the same guarantees as on a socket, and a clear answer to what can't be.

use std::time::Duration;

use futures_util::future::Either;
use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};
use tidings_device::{Device, Input, Progress, Transport};
use tidings_protocol::{
    Body, CloseCode, Command, ConnectionId, DeviceFrame, ErrorCode, LocalId, PollAnswer, PollRequest,
    Presence, Seq, ServerFrame, ThreadId, VERSION,
    command::{SearchPeople, SendMessage},
    limits, poll,
};
use tidings_server::clock::{Clock, SystemClock};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines, refusal, soon},
};

on_both_engines! {
    two_people_write_type_and_read_over_long_poll_alone
    whoever_was_away_gets_exactly_what_they_missed
    changing_the_transport_in_a_burst_loses_and_doubles_nothing
    an_answer_that_was_lost_is_given_again_until_it_is_acknowledged
    what_is_said_is_answered_on_the_spot_and_to_whoever_waits
    a_request_that_is_repeated_counts_once
    every_answer_is_complete_and_comes_in_time
    the_newest_of_two_waiting_requests_is_answered
    a_request_that_renews_the_session_does_not_wait
    a_connection_that_nobody_asks_on_is_lost
    a_device_that_says_so_has_left
    the_end_of_the_session_ends_the_connection_and_nothing_later_arrives
    a_stopping_server_answers_whoever_waits
    a_device_that_takes_nothing_is_cut_off
    nobody_gets_in_without_a_session_or_from_a_foreign_page
    connections_of_others_look_like_unknown_ones
    numbers_that_can_t_be_are_refused
    bodies_that_are_no_poll_are_refused_by_kind
    a_frame_that_is_not_understood_is_answered_and_the_connection_goes_on
    a_first_frame_that_is_no_hello_closes_the_connection
    a_connection_that_says_nothing_is_closed
    an_older_device_is_told_to_reload
    one_connection_more_than_allowed_is_closed
    the_server_tells_how_the_newest_handshake_reached_it
}

/// Long enough for every test, short enough to be waited for.
const BLINK: Duration = Duration::from_millis(50);

/// One request of a device.
async fn post(server: &TestServer, token: &str, body: &Value) -> Response {
    server
        .request(Method::POST, poll::PATH)
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .expect("an answer")
}

/// A connection by long-poll that behaves as it is told.
struct Bare<'a> {
    server: &'a TestServer,
    token: String,
    request: PollRequest,
}

impl<'a> Bare<'a> {
    async fn open(server: &'a TestServer, token: &str) -> Self {
        let mut bare = Self {
            server,
            token: token.to_owned(),
            request: serde_json::from_value(json!({})).expect("a request"),
        };
        bare.request.connection = Some(bare.ask(&bare.request).await.connection);
        bare
    }

    /// Makes a request, whatever it says.
    async fn ask(&self, request: &PollRequest) -> PollAnswer {
        let body = serde_json::to_value(request).expect("it encodes");
        let response = soon("an answer", post(self.server, &self.token, &body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.expect("an answer")
    }

    /// Says something.
    async fn say(&mut self, frames: Vec<DeviceFrame>) -> PollAnswer {
        let request = PollRequest {
            frames,
            ..self.request.clone()
        };
        let answer = self.ask(&request).await;
        self.request.before = answer.heard;
        answer
    }

    /// Waits for frames, without saying that they were heard.
    async fn wait(&self) -> PollAnswer {
        let request = PollRequest {
            wait: true,
            ..self.request.clone()
        };
        self.ask(&request).await
    }

    /// Says that everything in an answer was heard.
    fn heard(&mut self, answer: &PollAnswer) {
        self.request.heard = answer.before + answer.frames.len() as u64;
    }

    /// The next frame that `wanted` makes something of; others are skipped.
    async fn wait_for<T>(&mut self, mut wanted: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            let answer = self.wait().await;
            assert_eq!(answer.closed, None);
            self.heard(&answer);
            if let Some(value) = answer.frames.iter().find_map(&mut wanted) {
                return value;
            }
        }
    }

    /// Says hello and waits until caught up.
    async fn greet(&mut self) {
        let version = VERSION;
        self.say(vec![DeviceFrame::Hello {
            version,
            position: None,
            reached: None,
            idle_for_ms: 0,
        }])
        .await;
        self.wait_for(|frame| matches!(frame, ServerFrame::Beat { .. }).then_some(()))
            .await;
    }

    /// Asks until the connection is closed: with which code, and the frames before that.
    async fn read_to_end(&mut self) -> (u16, Vec<ServerFrame>) {
        let mut frames = Vec::new();
        loop {
            let answer = self.wait().await;
            self.heard(&answer);
            frames.extend(answer.frames);
            if let Some(code) = answer.closed {
                return (code, frames);
            }
        }
    }
}

async fn token(server: &TestServer, username: &str) -> String {
    let entrance = server.sign_in(&server.register(username).await.user).await;
    entrance["access_token"].as_str().expect("a token").to_owned()
}

async fn pair(server: &TestServer) -> (Person, Person, ThreadId) {
    let mut ana = server.person_without_sockets("ana").await;
    let mut ben = server.person_without_sockets("ben").await;
    let thread = ana.open(&ben, None).await;
    for person in [&mut ana, &mut ben] {
        assert_eq!(person.over(), Some(Transport::LongPoll));
        person
            .until("the thread", |device| device.thread(thread).is_some())
            .await;
        person.look_at(thread).await;
    }
    (ana, ben, thread)
}

fn types(device: &Device, thread: ThreadId, user: tidings_protocol::UserId) -> bool {
    let typists = device.typists(thread, SystemClock.now());
    typists.iter().any(|typist| typist.id == user)
}

async fn two_people_write_type_and_read_over_long_poll_alone(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    let (hers, his) = (ana.id(), ben.id());
    ana.until_presence(his, Presence::Online).await;

    ana.give(Input::Typed { thread, empty: false }).await;
    ben.until("Ana types", |device| types(device, thread, hers)).await;
    ana.say(thread, "Does this reach you?").await;
    ben.until_texts(thread, &["Does this reach you?"]).await;
    assert!(!types(ben.device(), thread, hers));
    ben.give(Input::Seen { thread, seq: Seq(1) }).await;
    ben.while_doing(ana.until("it is read", |device| {
        device.timeline(thread).rows[0].progress == Some(Progress::Read)
    }))
    .await;
    ben.say(thread, "It does.").await;
    ana.until_texts(thread, &["Does this reach you?", "It does."])
        .await;

    let response = server
        .request(Method::POST, "/api/v1/auth/sign-out")
        .bearer_auth(&ben.access)
        .send()
        .await
        .expect("an answer");
    assert!(response.status().is_success());
    ana.until_presence(his, Presence::Offline).await;
    ben.until_signed_out().await;
}

async fn whoever_was_away_gets_exactly_what_they_missed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    ben.lose_network().await;
    ben.say(thread, "Written on the train.").await;
    for text in ["One.", "Two."] {
        ana.say(thread, text).await;
    }
    ana.until("both are stored", |device| {
        device.timeline(thread).rows.iter().all(|row| row.seq.is_some())
    })
    .await;
    ben.find_network().await;
    let all = ["One.", "Two.", "Written on the train."];
    ben.while_doing(ana.until_texts(thread, &all)).await;
    ben.until_texts(thread, &all).await;
}

async fn changing_the_transport_in_a_burst_loses_and_doubles_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = pair(&server).await;
    let mut expected = Vec::new();
    for number in 0..40 {
        let text = format!("Number {number}.");
        ben.say(thread, &text).await;
        expected.push(text);
        match number {
            10 | 30 => ben.let_through(&[Transport::Socket]).await,
            20 => ben.let_through(&[Transport::LongPoll]).await,
            _ => {}
        }
    }
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    ben.while_doing(ana.until_texts(thread, &expected)).await;
    ben.until_texts(thread, &expected).await;
}

async fn an_answer_that_was_lost_is_given_again_until_it_is_acknowledged(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    bare.say(vec![DeviceFrame::Probe]).await;
    let first = bare.wait().await;
    assert!(!first.frames.is_empty());
    let again = bare.wait().await;
    assert_eq!(again.before, first.before);
    assert_eq!(again.frames[..first.frames.len()], first.frames);
    bare.heard(&again);
    bare.say(vec![DeviceFrame::Probe]).await;
    let next = bare.wait().await;
    assert_eq!(next.before, again.before + again.frames.len() as u64);
}

async fn what_is_said_is_answered_on_the_spot_and_to_whoever_waits(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| {
        settings.timings.poll_said_within = settings.timings.poll_wait;
    })
    .await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    let command = Command::SearchPeople(SearchPeople { text: String::new() });
    let said = bare.say(vec![DeviceFrame::Call { id: 1, command }]).await;
    let answers = |answer: &PollAnswer| {
        let is_it = |frame: &&ServerFrame| matches!(frame, ServerFrame::Reply { id: 1, .. });
        answer.frames.iter().filter(is_it).count()
    };
    assert_eq!(answers(&said), 1);
    // It is given again until it is acknowledged, and numbered alike.
    let waited = bare.wait().await;
    assert_eq!((answers(&waited), waited.before), (1, said.before));
    bare.heard(&waited);
    let next = bare.say(vec![DeviceFrame::Probe]).await;
    assert_eq!(answers(&next), 0);
}

async fn a_request_that_is_repeated_counts_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    let search = |id| DeviceFrame::Call {
        id,
        command: Command::SearchPeople(SearchPeople { text: String::new() }),
    };
    let request = PollRequest {
        frames: vec![search(1), search(2)],
        ..bare.request.clone()
    };
    for _ in 0..3 {
        assert_eq!(bare.ask(&request).await.heard, bare.request.before + 2);
    }
    bare.request.before += 2;
    bare.say(vec![search(3)]).await;
    let mut answered = Vec::new();
    bare.wait_for(|frame| match frame {
        ServerFrame::Reply { id, .. } => {
            answered.push(*id);
            (*id == 3).then_some(())
        }
        _ => None,
    })
    .await;
    assert_eq!(answered, [1, 2, 3]);
}

async fn every_answer_is_complete_and_comes_in_time(engine: Engine) {
    assert!(
        limits::POLL_WAIT <= Duration::from_secs(25),
        "below what proxies cut"
    );
    let server = TestServer::start_with(engine, |settings| settings.timings.poll_wait = BLINK).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    let request = PollRequest {
        wait: true,
        ..bare.request.clone()
    };
    let body = serde_json::to_value(&request).expect("it encodes");
    let response = soon("an answer without frames", post(&server, &bare.token, &body)).await;
    let headers = response.headers();
    let length = headers[header::CONTENT_LENGTH]
        .to_str()
        .expect("a number")
        .to_owned();
    assert!(!headers.contains_key(header::TRANSFER_ENCODING));
    assert!(!headers.contains_key(header::CONTENT_ENCODING));
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    let text = response.text().await.expect("text");
    assert_eq!(text.len().to_string(), length);
    let answer: PollAnswer = serde_json::from_str(&text).expect("an answer");
    assert_eq!((answer.frames.len(), answer.closed), (0, None));
}

async fn the_newest_of_two_waiting_requests_is_answered(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    let probe = async |bare: &Bare<'_>| {
        let request = PollRequest {
            frames: vec![DeviceFrame::Probe],
            ..bare.request.clone()
        };
        bare.ask(&request).await;
    };
    loop {
        let (first, second) = (Box::pin(bare.wait()), Box::pin(bare.wait()));
        // Whichever arrives last keeps waiting; the other is sent away without frames.
        let (superseded, newest) = match futures_util::future::select(first, second).await {
            Either::Left(done) => done,
            Either::Right(done) => done,
        };
        assert_eq!(superseded.closed, None);
        if superseded.frames.is_empty() {
            probe(&bare).await;
            assert!(!newest.await.frames.is_empty());
            return;
        }
        // There was something to tell it, so it had no need to wait: who is here may be told after the greeting.
        drop(newest);
        bare.heard(&superseded);
    }
}

async fn a_request_that_renews_the_session_does_not_wait(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| {
        settings.timings.poll_wait = Duration::from_secs(3600);
    })
    .await;
    let entrance = server.sign_in(&server.register("ana").await.user).await;
    let text = |name: &str| entrance[name].as_str().expect("a string").to_owned();
    let mut bare = Bare::open(&server, &text("access_token")).await;
    bare.greet().await;
    let request = PollRequest {
        wait: true,
        ..bare.request.clone()
    };
    // A browser whose access token has expired; the new cookies must not come an hour later.
    let sent = server
        .request(Method::POST, poll::PATH)
        .header(
            header::COOKIE,
            format!("tidings_refresh={}", text("refresh_token")),
        )
        .header(header::ORIGIN, server.origin())
        .json(&request)
        .send();
    let response = soon("an answer", sent).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().contains_key(header::SET_COOKIE));
    let answer: PollAnswer = response.json().await.expect("an answer");
    assert_eq!(answer.closed, None);
}

async fn impatient(engine: Engine) -> TestServer {
    TestServer::start_with(engine, |settings| {
        // Longer than the time between two requests, on a machine however busy.
        settings.timings.poll_abandoned_after = Duration::from_secs(2);
        settings.timings.offline_grace = BLINK;
    })
    .await
}

async fn until_no_connection(server: &TestServer, watcher: &mut Person, person: tidings_protocol::UserId) {
    watcher.until_presence(person, Presence::Offline).await;
    assert_eq!(server.running().connections(person), 0);
}

async fn a_connection_that_nobody_asks_on_is_lost(engine: Engine) {
    let server = impatient(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    ana.open(&ben, None).await;
    let his = ben.id();
    // Before she has heard that he is here, he looks as if he had left.
    ana.until_presence(his, Presence::Online).await;
    ben.leave();
    until_no_connection(&server, &mut ana, his).await;
    let mut bare = Bare::open(&server, &ben.access).await;
    bare.greet().await;
    ana.until_presence(his, Presence::Online).await;
    until_no_connection(&server, &mut ana, his).await;
    let body = serde_json::to_value(&bare.request).expect("it encodes");
    let (status, error) = refusal(post(&server, &ben.access, &body).await).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{error}");
}

async fn a_device_that_says_so_has_left(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| {
        settings.timings.poll_abandoned_after = Duration::from_secs(3600);
        settings.timings.offline_grace = BLINK;
    })
    .await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let his = ben.id();
    ben.leave();
    let mut bare = Bare::open(&server, &ben.access).await;
    bare.greet().await;
    bare.say(vec![DeviceFrame::TypingStarted { thread }]).await;
    ana.until("Ben types", |device| types(device, thread, his)).await;
    let leave = PollRequest {
        leave: true,
        ..bare.request.clone()
    };
    bare.ask(&leave).await;
    ana.until("Ben types no more", |device| !types(device, thread, his))
        .await;
    until_no_connection(&server, &mut ana, his).await;
}

/// Waits on a connection while its session ends. `None` when the session had ended before the request was looked at.
async fn wait_for_the_end(server: &TestServer, bare: &Bare<'_>) -> Option<(PollAnswer, Duration)> {
    let request = PollRequest {
        wait: true,
        ..bare.request.clone()
    };
    let body = serde_json::to_value(&request).expect("it encodes");
    let waiting = async {
        let response = soon("an answer", post(server, &bare.token, &body)).await;
        (response, Instant::now())
    };
    let sign_out = async {
        let response = server
            .request(Method::POST, "/api/v1/auth/sign-out")
            .bearer_auth(&bare.token)
            .send()
            .await
            .expect("an answer");
        assert!(response.status().is_success());
        Instant::now()
    };
    let ((response, answered), ended) = tokio::join!(waiting, sign_out);
    if response.status() == StatusCode::UNAUTHORIZED {
        return None;
    }
    assert_eq!(response.status(), StatusCode::OK);
    let answer = response.json().await.expect("an answer");
    Some((answer, answered.saturating_duration_since(ended)))
}

async fn the_end_of_the_session_ends_the_connection_and_nothing_later_arrives(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    for _ in 0..20 {
        let entrance = server.sign_in(&ben.me).await;
        let access = entrance["access_token"].as_str().expect("a token");
        let mut bare = Bare::open(&server, access).await;
        bare.greet().await;
        let Some((answer, took)) = wait_for_the_end(&server, &bare).await else {
            continue;
        };
        assert_eq!(answer.closed, Some(CloseCode::SignedOut.number()));
        assert_eq!(answer.frames, []);
        assert!(took < Duration::from_secs(2), "{took:?}");
        ana.say(thread, "After the end.").await;
        ana.settle().await;
        let body = serde_json::to_value(&bare.request).expect("it encodes");
        let (status, _) = refusal(post(&server, access, &body).await).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        return;
    }
    panic!("no request was early enough to wait for the end of its session");
}

async fn a_stopping_server_answers_whoever_waits(engine: Engine) {
    let mut server = TestServer::start(engine).await;
    let token = token(&server, "ana").await;
    let mut bare = Bare::open(&server, &token).await;
    bare.greet().await;
    let request = PollRequest {
        wait: true,
        ..bare.request.clone()
    };
    let body = serde_json::to_value(&request).expect("it encodes");
    let wait = || {
        let waiting = server
            .request(Method::POST, poll::PATH)
            .bearer_auth(&token)
            .json(&body);
        let answer = async move { waiting.send().await?.json::<PollAnswer>().await };
        Box::pin(answer)
    };
    // One is sent away when the other has arrived, so the one that is left waits when the server stops.
    let (_, waiting) = match futures_util::future::select(wait(), wait()).await {
        Either::Left(done) => done,
        Either::Right(done) => done,
    };
    let since = Instant::now();
    let waiting = tokio::spawn(waiting);
    server.stop().await;
    assert!(since.elapsed() < Duration::from_secs(10));
    let answer = waiting.await.expect("it ends").expect("an answer");
    assert_eq!(answer.closed, Some(CloseCode::Restarting.number()));
}

async fn a_device_that_takes_nothing_is_cut_off(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut stuck = Bare::open(&server, &ben.access).await;
    stuck.greet().await;
    assert_eq!(server.running().connections(ben.id()), 2);
    let text = "x".repeat(limits::BODY_MAX_BYTES);
    let mut sent = 0;
    while server.running().connections(ben.id()) == 2 {
        sent += 1;
        assert!(sent < 2_000, "it is never cut off");
        let body = Body::new(&text).expect("a good text");
        let local_id = LocalId(Uuid::now_v7());
        let send = SendMessage {
            thread,
            local_id,
            body: Some(body),
            attachments: Vec::new(),
            reply_to: None,
            forwarded: false,
            files_of: None,
        };
        ben.while_doing(ana.ask(send)).await.expect("it is sent");
        // It asks, and never says that it has anything.
        assert!(!ben.while_doing(stuck.wait()).await.frames.is_empty());
    }
    ben.until("everything has come", |device| device.unread(thread) == sent)
        .await;
    assert_eq!(stuck.read_to_end().await.0, CloseCode::TooSlow.number());
}

async fn nobody_gets_in_without_a_session_or_from_a_foreign_page(engine: Engine) {
    let server = TestServer::start(engine).await;
    let token = token(&server, "ana").await;
    let anonymous = server.request(Method::POST, poll::PATH).json(&json!({}));
    let (status, _) = refusal(anonymous.send().await.expect("an answer")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = refusal(post(&server, "a.b.c", &json!({})).await).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let mut request = server
            .request(Method::POST, poll::PATH)
            .header(header::COOKIE, format!("tidings_access={token}"))
            .json(&json!({}));
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        let (status, _) = refusal(request.send().await.expect("an answer")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin:?}");
    }
    let got = server.request(Method::GET, poll::PATH).bearer_auth(&token);
    let (status, _) = refusal(got.send().await.expect("an answer")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

async fn connections_of_others_look_like_unknown_ones(engine: Engine) {
    let server = TestServer::start(engine).await;
    let hers = server.register("ana").await;
    let entrance = server.sign_in(&hers.user).await;
    let bare = Bare::open(&server, entrance["access_token"].as_str().expect("a token")).await;
    let other_session = server.sign_in(&hers.user).await;
    let other_session = other_session["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let his = token(&server, "ben").await;
    let unknown = json!({ "connection": ConnectionId(Uuid::now_v7()) });
    let known = json!({ "connection": bare.request.connection, "wait": true, "leave": true });
    let expected = refusal(post(&server, &his, &unknown).await).await;
    assert_eq!(expected.0, StatusCode::NOT_FOUND);
    for token in [&his, &other_session] {
        assert_eq!(refusal(post(&server, token, &known).await).await, expected);
    }
    assert_eq!(bare.ask(&bare.request).await.closed, None, "nobody else ended it");
}

async fn numbers_that_can_t_be_are_refused(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    let connection = bare.request.connection;
    let frames = json!([{ "type": "probe" }]);
    for body in [
        json!({ "connection": connection, "heard": u64::MAX }),
        json!({ "connection": connection, "heard": bare.request.heard + 1000 }),
        json!({ "connection": connection, "before": u64::MAX, "frames": frames }),
        json!({ "connection": connection, "before": bare.request.before + 1, "frames": frames }),
    ] {
        let (_, error) = refusal(post(&server, &bare.token, &body).await).await;
        assert_eq!(error.code, ErrorCode::BadRequest, "{body}");
    }
    bare.say(vec![DeviceFrame::Probe]).await;
    bare.wait_for(|frame| matches!(frame, ServerFrame::Beat { .. }).then_some(()))
        .await;
}

async fn bodies_that_are_no_poll_are_refused_by_kind(engine: Engine) {
    let server = TestServer::start(engine).await;
    let token = token(&server, "ana").await;
    let request = || server.request(Method::POST, poll::PATH).bearer_auth(&token);
    let as_json = |text: String| {
        request()
            .header(header::CONTENT_TYPE, "application/json")
            .body(text)
    };
    let oversized = format!("{{\"frames\":[\"{}\"]}}", "x".repeat(limits::HTTP_BODY_MAX_BYTES));
    let deep = format!("{{\"frames\":[{}", "[".repeat(10_000));
    for (request, code) in [
        (request().body("{}"), ErrorCode::UnsupportedMediaType),
        (as_json("{\"wait\": ".to_owned()), ErrorCode::BadRequest),
        (as_json(deep), ErrorCode::BadRequest),
        (
            as_json("{\"connection\": \"mine\"}".to_owned()),
            ErrorCode::Invalid,
        ),
        (as_json("{\"heard\": -1}".to_owned()), ErrorCode::Invalid),
        (as_json("{\"frames\": 7}".to_owned()), ErrorCode::Invalid),
        (as_json(oversized), ErrorCode::TooLarge),
    ] {
        let (_, error) = refusal(request.send().await.expect("an answer")).await;
        assert_eq!(error.code, code, "{error}");
    }
}

async fn a_frame_that_is_not_understood_is_answered_and_the_connection_goes_on(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.greet().await;
    let mut deep = "[".repeat(5_000);
    deep.push_str(&"]".repeat(5_000));
    let deep: Box<serde_json::value::RawValue> = serde_json::from_str(&deep).expect("JSON");
    let frames = [
        json!("hello"),
        json!({}),
        json!(null),
        json!({ "type": "nothing" }),
        json!({ "type": "call", "id": -1, "command": { "type": "list_users" } }),
        json!({ "type": "hello", "version": 1, "idle_for_ms": 0 }),
    ]
    .map(|frame| frame.to_string());
    let frames = frames
        .iter()
        .map(String::as_str)
        .chain([deep.get()])
        .collect::<Vec<_>>();
    let body = format!(
        "{{\"connection\":\"{}\",\"before\":{},\"frames\":[{}]}}",
        bare.request.connection.expect("it is open"),
        bare.request.before,
        frames.join(",")
    );
    let response = server
        .request(Method::POST, poll::PATH)
        .bearer_auth(&bare.token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    bare.request.before += frames.len() as u64;
    let mut errors = 0;
    bare.wait_for(|frame| {
        if let ServerFrame::Error { error } = frame {
            assert_eq!(error.code, ErrorCode::BadRequest);
            errors += 1;
        }
        (errors == frames.len()).then_some(())
    })
    .await;
    bare.say(vec![DeviceFrame::Probe]).await;
    bare.wait_for(|frame| matches!(frame, ServerFrame::Beat { .. }).then_some(()))
        .await;
}

async fn a_first_frame_that_is_no_hello_closes_the_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.say(vec![DeviceFrame::Probe]).await;
    let (code, frames) = bare.read_to_end().await;
    assert_eq!(code, CloseCode::Policy.number());
    assert!(matches!(frames[..], [ServerFrame::Error { .. }]), "{frames:?}");
}

async fn a_connection_that_says_nothing_is_closed(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| settings.timings.hello_within = BLINK).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    assert_eq!(bare.read_to_end().await.0, CloseCode::Policy.number());
}

async fn an_older_device_is_told_to_reload(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut bare = Bare::open(&server, &token(&server, "ana").await).await;
    bare.say(vec![DeviceFrame::Hello {
        version: 0,
        position: None,
        reached: None,
        idle_for_ms: 0,
    }])
    .await;
    assert_eq!(bare.read_to_end().await.0, CloseCode::Outdated.number());
}

async fn one_connection_more_than_allowed_is_closed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let token = token(&server, "ana").await;
    let mut open = Vec::new();
    for _ in 0..limits::CONNECTIONS_PER_USER {
        // None of them has said hello, so only the long-polls' own count stops the next.
        open.push(Bare::open(&server, &token).await);
    }
    let response = post(&server, &token, &json!({})).await;
    let answer: PollAnswer = response.json().await.expect("an answer");
    assert_eq!(answer.closed, Some(CloseCode::TooManyConnections.number()));
}

async fn the_server_tells_how_the_newest_handshake_reached_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let token = token(&server, "ana").await;
    let get = async |path: &str| {
        server
            .request(Method::GET, path)
            .bearer_auth(&token)
            .send()
            .await
            .expect("an answer")
    };
    let reach = async || {
        let response = get("/api/v1/connection").await;
        response.json::<poll::Reach>().await.expect("what came through")
    };
    assert_eq!(reach().await.handshake, None);
    let stripped = get("/api/v1/socket").await;
    assert_eq!(refusal(stripped).await.0, StatusCode::BAD_REQUEST);
    let handshake = reach().await.handshake.expect("it came through");
    assert!(!handshake.upgrade && handshake.ago_ms < 60_000);
    server.socket(&token).await.greet(None).await;
    assert!(reach().await.handshake.expect("it came through").upgrade);
    let anonymous = server.request(Method::GET, "/api/v1/connection");
    let (status, _) = refusal(anonymous.send().await.expect("an answer")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

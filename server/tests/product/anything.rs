//! Whatever a device says, whatever is asked over HTTP and whatever credentials come with it, and wherever a device claims
//! to stand: it gets an answer or is closed with a reason, and the server goes on.
//!
//! Two of the tests go through a table, on both databases; the others make things up, on one.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};

use bolero::{Driver, ValueGenerator, check};
use http::{HeaderMap, HeaderValue, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tidings_fuzzing::{WireText, chance, golden, one_of, spoilt, up_to, within_bounds};
use tidings_protocol::{
    CloseCode, DeviceFrame, Epoch, Position, ServerFrame, SessionId, Timestamp, User, UserId, VERSION, frame,
    limits,
};
use tidings_server::{
    auth::{cookies::Cookies, token::Tokens},
    clock::ManualClock,
    config::JwtSecret,
    router,
    service::Caller,
};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{
        Incoming, Peer, Person, Socket, TestServer, on_both_engines, soon,
        wire::{CLOSE, LAST, Wire, frame_of, header as header_of},
    },
};

on_both_engines! {
    whatever_a_device_says_the_server_goes_on
    wherever_a_device_claims_to_stand_it_is_told_where_it_does
}

/// Bytes from which one case is made, at most.
const CASE_BYTES: usize = 64 * 1024;

/// What each value of a good frame is replaced by.
const EXTREMES: [&str; 8] = [
    "-1",
    "9007199254740993",
    "18446744073709551615",
    "1e999",
    "null",
    "\"'; DROP TABLE users; --\"",
    "\"\\u0000\"",
    "[[[[]]]]",
];

/// Good frames, one of each kind, as the wire's own tests have them, without those that end the session.
static GOOD_FRAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let frames: Vec<String> = golden()
        .iter()
        .filter(|(name, _)| !name.contains("Password") && !name.contains("SignOut"))
        .filter_map(|(name, text)| match name.split_once('.') {
            Some(("device", _)) => Some(text.clone()),
            Some(("command", _)) => Some(format!("{{\"type\":\"call\",\"id\":1,\"command\":{text}}}")),
            _ => None,
        })
        .collect();
    assert!(frames.len() > 20, "one of each kind");
    frames
});

/// The frame with each of its values replaced in turn.
fn with_extremes(frame: &str) -> impl Iterator<Item = String> {
    let colons = frame.match_indices(':').map(|(at, _)| at + 1);
    colons.flat_map(move |begin| {
        let rest = &frame[begin..];
        let end = rest.find([',', '\n', '}']).unwrap_or(rest.len());
        EXTREMES.map(|value| format!("{}{value}{}", &frame[..begin], &rest[end..]))
    })
}

async fn whatever_a_device_says_the_server_goes_on(engine: Engine) {
    let server = TestServer::start(engine).await;
    let entrance = server.sign_in(&server.register("ana").await.user).await;
    let token = entrance["access_token"].as_str().expect("a token");
    let mut socket = open(&server, token).await;
    for good in GOOD_FRAMES.iter() {
        for text in with_extremes(good) {
            socket.send_text(&text).await;
            socket.send(&DeviceFrame::Probe).await;
            // Until the beat that answers the probe: everything before it has been dealt with.
            let ended = soon("an answer or an end", async {
                loop {
                    match socket.next().await {
                        Incoming::Frame(frame) if matches!(*frame, ServerFrame::Beat { .. }) => return None,
                        Incoming::Frame(_) => {}
                        Incoming::Closed(code) => return Some(code),
                    }
                }
            })
            .await;
            if let Some(code) = ended {
                // So many misunderstandings are enough.
                assert_eq!(code, Some(CloseCode::Policy.number()), "{text}");
                socket = open(&server, token).await;
            }
        }
    }
    // And one more is served.
    open(&server, token).await;
}

/// Ana, who has written five messages to Ben.
async fn somebody_with_a_history(server: &TestServer) -> Person {
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    for number in 0..5 {
        ana.say(thread, &format!("Number {number}")).await;
    }
    ana.until("all are stored", |device| {
        let rows = device.timeline(thread).rows;
        rows.len() == 5 && rows.iter().all(|row| row.seq.is_some())
    })
    .await;
    ana
}

async fn open(server: &TestServer, token: &str) -> Socket {
    let mut socket = server.socket(token).await;
    socket.greet(None).await;
    socket
}

async fn wherever_a_device_claims_to_stand_it_is_told_where_it_does(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = somebody_with_a_history(&server).await;
    let head = server.running().service.head().await.expect("a head");
    for epoch in [head.epoch, Epoch(Uuid::nil()), Epoch(Uuid::max())] {
        for offset in [
            0,
            1,
            head.offset - 1,
            head.offset,
            head.offset + 1,
            1 << 53,
            u64::MAX - 1,
            u64::MAX,
        ] {
            let mut socket = server.socket(&ana.access).await;
            let frames = socket.greet(Some(Position { epoch, offset })).await;
            let resumes = epoch == head.epoch && offset <= head.offset;
            let mut at = offset;
            for frame in frames {
                match frame {
                    ServerFrame::Welcome {
                        version, snapshot, ..
                    } => {
                        assert_eq!(version, VERSION);
                        assert_eq!(snapshot.is_none(), resumes, "{offset}");
                        at = snapshot.map_or(at, |snapshot| snapshot.position.offset);
                    }
                    ServerFrame::Event { position, .. } => {
                        assert!(position.offset > at, "{position:?} after {at}");
                        at = position.offset;
                    }
                    ServerFrame::Beat { head: told, .. } => {
                        assert_eq!(told.epoch, head.epoch);
                        assert!(told.offset >= at);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// A server for one target, and somebody on it with some history.
struct Stage {
    runtime: Runtime,
    server: TestServer,
    user: User,
    /// An access token, and when it was given.
    token: Mutex<(String, Instant)>,
    head: Position,
    /// Where the events are that whoever it is may see.
    events: Vec<u64>,
}

impl Stage {
    fn set() -> AssertUnwindSafe<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (server, user, token, head, events) = runtime.block_on(async {
            let server = TestServer::start_with(Engine::Sqlite, |settings| {
                settings.timings.poll_wait = Duration::from_millis(10);
            })
            .await;
            let ana = somebody_with_a_history(&server).await;
            let head = server.running().service.head().await.expect("a head");
            let mut socket = server.socket(&ana.access).await;
            let all = socket.greet(Some(Position { offset: 0, ..head })).await;
            let events: Vec<u64> = all
                .into_iter()
                .filter_map(|frame| match frame {
                    ServerFrame::Event { position, .. } => Some(position.offset),
                    _ => None,
                })
                .collect();
            assert!(events.len() > 5, "the thread and its messages");
            leave(socket).await;
            let user = ana.device().me().clone();
            (server, user, ana.access.clone(), head, events)
        });
        AssertUnwindSafe(Self {
            runtime,
            server,
            user,
            token: Mutex::new((token, Instant::now())),
            head,
            events,
        })
    }

    /// An access token that is valid for a while, however long the target has been running.
    async fn token(&self) -> String {
        let (token, since) = self.token.lock().expect("one case at a time").clone();
        if since.elapsed() < limits::ACCESS_TOKEN_LIFETIME / 2 {
            return token;
        }
        let entrance = self.server.sign_in(&self.user).await;
        let token = entrance["access_token"].as_str().expect("a token").to_owned();
        *self.token.lock().expect("one case at a time") = (token.clone(), Instant::now());
        token
    }

    fn run<T>(&self, case: impl Future<Output = T>) -> T {
        self.runtime.block_on(case)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The server is stopped by a task.
        let _inside = self.runtime.enter();
        self.runtime.block_on(self.server.stop());
    }
}

/// Ends a connection and waits until the server has let go of it.
async fn leave(mut socket: Socket) {
    socket.send_message(Message::Close(None)).await;
    socket.read_to_end().await;
}

/// A first frame: mostly a hello.
struct FirstFrame {
    epoch: Epoch,
    offset: u64,
}

impl ValueGenerator for FirstFrame {
    type Output = String;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<String> {
        if chance(driver, 4)? {
            return WireText { kind: "device.Hello" }.generate(driver);
        }
        let epoch = match up_to(driver, 3)? {
            0 => Epoch(Uuid::from_u128(driver.produce()?)),
            _ => self.epoch,
        };
        let offset = match up_to(driver, 3)? {
            0 => driver.produce()?,
            _ => (0..=self.offset + 2).generate(driver)?,
        };
        let hello = DeviceFrame::Hello {
            version: if chance(driver, 4)? {
                driver.produce()?
            } else {
                VERSION
            },
            position: driver.produce::<bool>()?.then_some(Position { epoch, offset }),
            reached: None,
            idle_for_ms: driver.produce()?,
        };
        let text = frame::encode(&hello).ok()?;
        if chance(driver, 4)? {
            spoilt(driver, &text)
        } else {
            Some(text)
        }
    }
}

#[test]
fn whatever_is_said_first_a_device_is_welcomed_with_all_it_missed_or_told_why_not() {
    let stage = Stage::set();
    let Position { epoch, offset } = stage.head;
    check!()
        .with_generator(FirstFrame { epoch, offset })
        .for_each(|text| within_bounds("resume", || stage.run(says_first(&stage, text))));
}

async fn says_first(stage: &Stage, text: &str) {
    let service = &stage.server.running().service;
    let before = service.head().await.expect("a head");
    let mut socket = stage.server.socket(&stage.token().await).await;
    socket.send_text(text).await;
    let hello = match frame::decode(text) {
        Ok(DeviceFrame::Hello {
            version, position, ..
        }) => Some((version, position)),
        Ok(_) | Err(_) => None,
    };
    let (mut welcome, mut events, mut error) = (None, Vec::new(), false);
    let closed = soon("an answer or an end", async {
        loop {
            match socket.next().await {
                Incoming::Frame(frame) => match *frame {
                    ServerFrame::Welcome { snapshot, .. } => welcome = Some(snapshot),
                    ServerFrame::Event { position, .. } => events.push(position.offset),
                    ServerFrame::Error { .. } => error = true,
                    ServerFrame::Beat { head, sent } => {
                        assert_eq!(head.epoch, stage.head.epoch);
                        assert_eq!(sent, events.len() as u64);
                        return None;
                    }
                    _ => {}
                },
                Incoming::Closed(code) => return Some(code),
            }
        }
    })
    .await;
    match hello {
        None => assert_eq!((closed, error), (Some(Some(CloseCode::Policy.number())), true)),
        Some((version, _)) if version < VERSION => {
            assert_eq!(closed, Some(Some(CloseCode::Outdated.number())));
        }
        Some((_, position)) => {
            assert_eq!(closed, None);
            // To be welcomed is to have messages delivered, which is an event.
            let head = service.head().await.expect("a head");
            let resumes_at = position
                .filter(|at| at.epoch == head.epoch && at.offset <= head.offset)
                .map(|at| at.offset);
            if before != head && resumes_at.is_some_and(|at| at > before.offset) {
                return leave(socket).await;
            }
            let has_snapshot = welcome.expect("a welcome").is_some();
            assert_eq!(has_snapshot, resumes_at.is_none());
            let missed = stage.events.iter().copied();
            let expected: Vec<u64> = match resumes_at {
                Some(at) => missed.filter(|offset| *offset > at).collect(),
                None => Vec::new(),
            };
            assert!(events.is_sorted_by(|one, next| one < next), "{events:?}");
            events.retain(|offset| *offset <= stage.head.offset);
            assert_eq!(events, expected, "each event that was missed, once and in order");
            leave(socket).await;
        }
    }
}

fn spoilt_frame<D: Driver>(driver: &mut D) -> Option<String> {
    let text = one_of(driver, &GOOD_FRAMES)?;
    spoilt(driver, text)
}

/// What a device says on a connection that is up to date.
struct Talk;

impl ValueGenerator for Talk {
    type Output = Vec<String>;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Vec<String>> {
        (0..=up_to(driver, 12)?).map(|_| spoilt_frame(driver)).collect()
    }
}

#[test]
fn whatever_is_said_afterwards_the_connection_goes_on_or_is_closed_for_a_reason() {
    let stage = Stage::set();
    check!()
        .with_generator(Talk)
        .with_max_len(CASE_BYTES)
        .for_each(|talk: &Vec<String>| within_bounds("talk", || stage.run(says(&stage, talk))));
}

async fn says(stage: &Stage, talk: &[String]) {
    let mut socket = open(&stage.server, &stage.token().await).await;
    for text in talk {
        socket.send_text(text).await;
    }
    // Answered by a beat of its own, whatever was before it.
    let last = r#"{"type":"call","id":77777777,"command":{"type":"search_people","text":"ben"}}"#;
    socket.send_text(last).await;
    let ended = soon("an answer or an end", async {
        loop {
            match socket.next().await {
                Incoming::Frame(frame) => match *frame {
                    ServerFrame::Reply { id: 77_777_777, .. } => return None,
                    ServerFrame::Refused { error, .. } => assert_ne!(error.code.status(), 500, "{error}"),
                    _ => {}
                },
                Incoming::Closed(code) => return Some(code),
            }
        }
    })
    .await;
    match ended {
        None => leave(socket).await,
        Some(code) => assert_eq!(code, Some(CloseCode::Policy.number())),
    }
}

/// Bytes on an open socket: frames with anything in them, and bytes that are none.
struct SocketBytes;

impl ValueGenerator for SocketBytes {
    type Output = Vec<u8>;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for _ in 0..=up_to(driver, 10)? {
            let first = match up_to(driver, 3)? {
                0 => driver.produce()?,
                _ => *one_of(driver, &[0x81, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88, 0x82])?,
            };
            match up_to(driver, 5)? {
                0 => bytes.push(driver.produce()?),
                1 => bytes.extend(header_of(first, driver.produce()?)),
                2 => bytes.extend(frame_of(first, &[driver.produce()?, driver.produce()?])),
                _ => {
                    let text = spoilt_frame(driver)?;
                    let cut = up_to(driver, text.len())?;
                    bytes.extend(frame_of(first, &text.as_bytes()[..cut]));
                }
            }
        }
        Some(bytes)
    }
}

#[test]
fn whatever_bytes_come_on_a_socket_it_ends_with_a_goodbye() {
    let stage = Stage::set();
    check!()
        .with_generator(SocketBytes)
        .with_max_len(CASE_BYTES)
        .for_each(|bytes: &Vec<u8>| within_bounds("bytes", || stage.run(writes(&stage, bytes))));
}

async fn writes(stage: &Stage, bytes: &[u8]) {
    let mut wire = Wire::greeted(&stage.server, &stage.token().await).await;
    wire.write(bytes).await;
    wire.stop_writing().await;
    let ends = soon("the connection ends", async {
        let mut code = None;
        loop {
            match wire.next().await.expect("no reset") {
                Some((first, payload)) if first == LAST | CLOSE => {
                    code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                }
                Some(_) => {}
                None => return code,
            }
        }
    });
    assert_ne!(ends.await, Some(CloseCode::Internal.number()));
}

/// A request as it is written.
#[derive(Debug)]
struct Asked {
    /// Method and address.
    line: String,
    /// Header lines, each with its end.
    headers: String,
    /// Whether it shows who asks.
    known: bool,
    body: String,
}

struct Requests;

impl ValueGenerator for Requests {
    type Output = Asked;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Asked> {
        // What ends the session would leave nothing to find behind it.
        let addresses: Vec<_> = router::addresses()
            .into_iter()
            .filter(|(_, path)| {
                path.starts_with("/api/") && !path.contains("sign") && !path.contains("password")
            })
            .collect();
        let (method, path) = one_of(driver, &addresses)?;
        let method = match up_to(driver, 5)? {
            0 => *one_of(
                driver,
                &["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"],
            )?,
            _ => method.as_str(),
        };
        let mut address = String::new();
        for part in path.split('/').skip(1) {
            address.push('/');
            if part.starts_with('{') {
                let id = Uuid::from_u128(driver.produce()?).to_string();
                address.push_str(one_of(
                    driver,
                    &[id.as_str(), "0", "%00", "%ff", "..", "ä", "{thread}", ""],
                )?);
            } else {
                address.push_str(part);
            }
        }
        if driver.produce()? {
            for name in ["?text=", "&before=", "&after=", "&limit=", "&archived="] {
                let values = [
                    "",
                    "0",
                    "-1",
                    "9223372036854775808",
                    "%00",
                    "%f0%9f",
                    "true",
                    "a&b=c",
                    "'--",
                ];
                address.push_str(name);
                address.push_str(one_of(driver, &values)?);
            }
        }
        // A space would end the address.
        let address: String = address.chars().filter(char::is_ascii_graphic).collect();
        let mut headers = String::new();
        for _ in 0..up_to(driver, 3)? {
            let names = [
                "cookie",
                "authorization",
                "x-forwarded-for",
                "origin",
                "accept",
                "content-type",
                "upgrade",
            ];
            let name = one_of(driver, &names)?;
            let text = WireText { kind: "" }.generate(driver)?;
            let value: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
            headers.push_str(&format!("{name}: {value}\r\n"));
        }
        if chance(driver, 8)? {
            headers.push_str("expect: 100-nothing\r\n");
        } else {
            headers.push_str("content-type: application/json\r\n");
        }
        Some(Asked {
            line: format!("{method} {address}"),
            headers,
            known: !chance(driver, 4)?,
            body: WireText { kind: "" }.generate(driver)?,
        })
    }
}

#[test]
fn whatever_is_asked_over_http_is_answered_and_never_with_a_fault_of_ours() {
    let stage = Stage::set();
    check!()
        .with_generator(Requests)
        .with_max_len(CASE_BYTES)
        .for_each(|asked: &Asked| within_bounds("requests", || stage.run(asks(&stage, asked))));
}

async fn asks(stage: &Stage, asked: &Asked) {
    let Asked {
        line,
        headers,
        known,
        body,
    } = asked;
    let credentials = if *known {
        format!("authorization: Bearer {}\r\n", stage.token().await)
    } else {
        String::new()
    };
    let length = body.len();
    let mut peer = Peer::connect(&stage.server).await;
    peer.write(format!(
        "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{credentials}{headers}\r\n{body}"
    ))
    .await;
    let status = peer.status().await;
    assert!((200..500).contains(&status), "{status}");
}

const SECRET: &[u8] = b"k9Qd0-Zb7Vf3-Wm1Xs8-Pt5Lr2-Hc6Jn4";
const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// A token: ours, spoilt, or signed by somebody who has the key and says something else.
#[derive(Clone, Debug)]
enum Token {
    Ours,
    Spoilt(String),
    Signed(String),
}

struct TokenTexts {
    ours: String,
}

impl ValueGenerator for TokenTexts {
    type Output = Token;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Token> {
        Some(match up_to(driver, 9)? {
            0 => Token::Ours,
            1..5 => Token::Spoilt(spoilt(driver, &self.ours)?),
            _ => Token::Signed(self.signed(driver)?),
        })
    }
}

impl TokenTexts {
    fn signed<D: Driver>(&self, driver: &mut D) -> Option<String> {
        let now = NOW.0 / 1000;
        let mut claims = json!({
            "iss": "tidings", "aud": "tidings-api", "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
            "iat": now, "nbf": now, "exp": now + 600,
        });
        let values = [
            Value::Null,
            json!(-1),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(1e308),
            json!("tidings"),
            json!(["tidings-api"]),
            json!({ "exp": now + 600 }),
            json!(0),
            json!(now - 1),
            json!(now - 100),
            json!(now + 100),
        ];
        let mut header = Header::new(*one_of(
            driver,
            &[Algorithm::HS256, Algorithm::HS384, Algorithm::HS512],
        )?);
        header.typ = one_of(driver, &[Some("at+jwt"), Some("at+jwt"), Some("JWT"), None])?.map(str::to_owned);
        for _ in 0..=up_to(driver, 2)? {
            let name = one_of(driver, &["iss", "aud", "sub", "sid", "iat", "nbf", "exp"])?;
            claims[*name] = one_of(driver, &values)?.clone();
        }
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(SECRET)).ok()
    }
}

#[test]
fn a_token_is_believed_only_if_it_is_one_of_ours_and_valid_now() {
    let secret = JwtSecret::new(SECRET.to_vec()).expect("a good secret");
    let tokens = Tokens::new(&secret, Arc::new(ManualClock::new(NOW)));
    let caller = Caller {
        user: UserId(Uuid::from_u128(1)),
        session: SessionId(Uuid::from_u128(2)),
    };
    let ours = tokens.sign(caller).expect("it signs");
    let said = |token: &str| token.rsplit_once('.').map(|(said, _)| said.to_owned());
    let generator = TokenTexts { ours: ours.clone() };
    let tokens = AssertUnwindSafe(tokens);
    check!().with_generator(generator).for_each(|token: &Token| {
        within_bounds("tokens", || match token {
            Token::Ours => assert!(tokens.check(&ours).is_ok_and(|found| found == caller)),
            Token::Spoilt(text) => {
                // The last letter of a signature has bits that mean nothing.
                let believed = tokens.check(text).is_ok();
                assert!(!believed || said(text) == said(&ours), "{text}");
            }
            Token::Signed(text) => {
                if let Ok(found) = tokens.check(text) {
                    assert_eq!(found, caller);
                    is_fit(text);
                }
            }
        });
    });
}

/// Looks at a token that is believed, by other means.
fn is_fit(token: &str) {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let mut parts = token.split('.').map(|part| {
        let json = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice::<Value>(&json).expect("JSON")
    });
    let (header, claims) = (parts.next().expect("a header"), parts.next().expect("claims"));
    let now = NOW.0 / 1000;
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("HS256"), &json!("at+jwt"))
    );
    assert_eq!(claims["iss"], "tidings");
    assert_eq!(claims["aud"], "tidings-api");
    let leeway = 5;
    assert!(
        claims["exp"].as_i64().is_some_and(|exp| exp > now - leeway),
        "{claims}"
    );
    assert!(
        claims["nbf"].as_i64().is_some_and(|nbf| nbf <= now + leeway),
        "{claims}"
    );
}

/// Cookie headers of a request, and which of them has ours.
struct CookieHeaders;

impl ValueGenerator for CookieHeaders {
    type Output = (Vec<Vec<u8>>, bool);

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Self::Output> {
        let has_ours = driver.produce()?;
        let pieces = [
            "tidings_access",
            "__Host-tidings_access",
            "=",
            ";",
            "; ",
            " ",
            "\"",
            "a",
            ",",
            "\t",
            "\u{e9}",
        ];
        let mut headers = Vec::new();
        for _ in 0..=up_to(driver, 3)? {
            let mut value = Vec::new();
            for _ in 0..up_to(driver, 12)? {
                if chance(driver, 6)? {
                    value.push(driver.produce()?);
                } else {
                    value.extend_from_slice(one_of(driver, &pieces)?.as_bytes());
                }
            }
            headers.push(value);
        }
        Some((headers, has_ours))
    }
}

#[test]
fn whatever_cookies_come_ours_is_found_among_them_and_nothing_else_is_taken_for_it() {
    check!()
        .with_generator(CookieHeaders)
        .for_each(|(values, has_ours)| within_bounds("cookies", || looks_for_cookie(values, *has_ours)));
}

fn looks_for_cookie(values: &[Vec<u8>], has_ours: bool) {
    for (secure, name) in [(false, "tidings_access"), (true, "__Host-tidings_access")] {
        let mut headers = HeaderMap::new();
        if has_ours {
            let first = format!("theme=dark; {name}=a.b.c; more");
            headers.append(
                header::COOKIE,
                HeaderValue::from_str(&first).expect("a header value"),
            );
        }
        for value in values {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(header::COOKIE, value);
            }
        }
        let cookies = Cookies::new(secure);
        let found = cookies.access(&headers);
        if has_ours {
            assert_eq!(found, Some("a.b.c"));
        } else if let Some(found) = found {
            let pair = format!("{name}={found}");
            let stands = |value: &HeaderValue| {
                let mut pairs = value.as_bytes().split(|byte| *byte == b';');
                pairs.any(|one| one.trim_ascii() == pair.as_bytes())
            };
            assert!(headers.get_all(header::COOKIE).iter().any(stands), "{pair}");
        }
        assert!(!cookies.are_set_in(&headers), "a request sets none");
        let _refresh = cookies.refresh(&headers);
    }
}

//! Bad input gets a clear error, changes nothing and loses nothing.

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};
use tidings_protocol::{CloseCode, DeviceFrame, ErrorCode, Seq, ServerFrame, ThreadId, limits};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Person, Socket, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    texts_that_are_no_message_are_refused_and_nothing_is_stored
    bodies_that_are_not_what_they_should_be_are_refused_by_kind
    unknown_ids_addresses_and_methods_are_refused_by_kind
    a_page_of_another_origin_can_t_change_anything
    a_page_of_another_origin_can_t_open_a_socket
    a_frame_that_is_not_understood_is_answered_and_the_connection_goes_on
    many_frames_that_are_not_understood_close_the_connection
    a_binary_frame_closes_the_connection
    a_frame_beyond_the_limit_closes_the_connection
    bytes_that_are_no_text_close_the_connection
    a_first_frame_that_is_no_hello_closes_the_connection
    a_socket_that_says_nothing_is_closed
    an_older_device_is_told_to_reload
    a_socket_without_our_subprotocol_is_not_opened
    one_connection_more_than_allowed_is_closed
}

async fn send_raw(server: &TestServer, person: &Person, thread: ThreadId, body: Value) -> Response {
    server
        .request(Method::POST, &format!("/api/v1/threads/{thread}/messages"))
        .bearer_auth(&person.access)
        .json(&json!({ "local_id": Uuid::now_v7(), "body": body }))
        .send()
        .await
        .expect("an answer")
}

async fn texts_that_are_no_message_are_refused_and_nothing_is_stored(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    for body in [
        json!(""),
        json!(" \n\t "),
        json!("a\0b"),
        json!("x".repeat(limits::BODY_MAX_BYTES + 1)),
        json!(7),
        Value::Null,
    ] {
        let (status, error) = refusal(send_raw(&server, &ana, thread, body).await).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{error}");
    }
    ana.look_at(thread).await;
    assert!(ana.rows(thread).is_empty());
    let longest = json!("x".repeat(limits::BODY_MAX_BYTES));
    assert_eq!(
        send_raw(&server, &ana, thread, longest).await.status(),
        StatusCode::OK
    );
}

async fn bodies_that_are_not_what_they_should_be_are_refused_by_kind(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let post = || {
        server
            .request(Method::POST, "/api/v1/threads")
            .bearer_auth(&ana.access)
    };
    let post_json = || post().header(header::CONTENT_TYPE, "application/json");
    let oversized = format!("{{\"with\":\"{}\"}}", "x".repeat(limits::HTTP_BODY_MAX_BYTES));
    for (request, code) in [
        (post().body("{}"), ErrorCode::UnsupportedMediaType),
        (
            post().header(header::CONTENT_TYPE, "text/plain").body("{}"),
            ErrorCode::UnsupportedMediaType,
        ),
        (post_json().body("{\"with\": "), ErrorCode::BadRequest),
        (post_json().body("NaN"), ErrorCode::BadRequest),
        (
            post_json().body(format!("{{\"x\":{}", "[".repeat(10_000))),
            ErrorCode::BadRequest,
        ),
        (post_json().body("{}"), ErrorCode::Invalid),
        (post_json().body("{\"with\": \"ana\"}"), ErrorCode::Invalid),
        (post_json().body(oversized), ErrorCode::TooLarge),
    ] {
        let (_, error) = refusal(request.send().await.expect("an answer")).await;
        assert_eq!(error.code, code, "{error}");
    }
}

async fn unknown_ids_addresses_and_methods_are_refused_by_kind(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let nobody = Uuid::now_v7();
    for (method, path, code) in [
        (
            Method::GET,
            format!("/api/v1/threads/{nobody}/messages"),
            ErrorCode::NotFound,
        ),
        (
            Method::GET,
            "/api/v1/threads/seven/messages".to_owned(),
            ErrorCode::NotFound,
        ),
        (Method::GET, "/api/v1/nothing".to_owned(), ErrorCode::NotFound),
        (Method::GET, "/api/v2/me".to_owned(), ErrorCode::NotFound),
        (Method::POST, "/api/fn/nothing".to_owned(), ErrorCode::NotFound),
        (
            Method::DELETE,
            format!("/api/v1/invites/{nobody}"),
            ErrorCode::NotFound,
        ),
        (
            Method::DELETE,
            "/api/v1/me".to_owned(),
            ErrorCode::MethodNotAllowed,
        ),
        (
            Method::PATCH,
            "/api/v1/threads".to_owned(),
            ErrorCode::MethodNotAllowed,
        ),
        (
            Method::GET,
            "/api/v1/clients?archived=maybe".to_owned(),
            ErrorCode::BadRequest,
        ),
        (
            Method::GET,
            format!("/api/v1/threads/{nobody}/messages?before=x"),
            ErrorCode::BadRequest,
        ),
    ] {
        let response = server
            .request(method, &path)
            .bearer_auth(&ana.access)
            .send()
            .await
            .expect("an answer");
        let (_, error) = refusal(response).await;
        assert_eq!(error.code, code, "{path}: {error}");
    }
    for (path, body) in [
        (format!("/api/v1/threads/{nobody}/read"), json!({ "seq": Seq(1) })),
        ("/api/v1/threads".to_owned(), json!({ "with": nobody })),
    ] {
        let response = server
            .request(Method::POST, &path)
            .bearer_auth(&ana.access)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(refusal(response).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn a_page_of_another_origin_can_t_change_anything(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let cookie = format!("tidings_access={}", ana.access);
    let good = server.origin();
    for (origin, accepted) in [
        (Some(good.as_str()), true),
        (Some("https://evil.example"), false),
        (Some("null"), false),
        (Some(&format!("{good}.evil.example")), false),
        (Some(&good.replace("localhost", "evil-localhost")), false),
        (None, false),
    ] {
        let mut request = server
            .request(Method::PUT, "/api/v1/me/name")
            .header(header::COOKIE, &cookie)
            .json(&json!({ "display_name": "Ana M." }));
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        let response = request.send().await.expect("an answer");
        if accepted {
            assert_eq!(response.status(), StatusCode::OK);
        } else {
            assert_eq!(refusal(response).await.0, StatusCode::FORBIDDEN, "{origin:?}");
        }
    }
}

async fn a_page_of_another_origin_can_t_open_a_socket(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let cookie = format!("tidings_access={}", ana.access);
    let bearer = format!("Bearer {}", ana.access);
    let foreign = ("origin", "https://evil.example");
    for headers in [
        vec![("cookie", cookie.as_str()), foreign],
        vec![("cookie", cookie.as_str()), ("origin", "null")],
        vec![("cookie", cookie.as_str())],
        vec![("authorization", bearer.as_str()), foreign],
    ] {
        let Err(answer) = Socket::open(&server, &headers).await else {
            panic!("the upgrade is refused: {headers:?}");
        };
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
}

async fn ready(server: &TestServer) -> (Person, Socket) {
    let ana = server.person("ana").await;
    let mut socket = server.socket(&ana.access).await;
    socket.greet(None).await;
    (ana, socket)
}

fn error_code(frame: ServerFrame) -> Option<ErrorCode> {
    match frame {
        ServerFrame::Error { error } => Some(error.code),
        _ => None,
    }
}

async fn a_frame_that_is_not_understood_is_answered_and_the_connection_goes_on(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut socket) = ready(&server).await;
    let deep = "[".repeat(10_000);
    for text in [
        "",
        "hello",
        "{}",
        "[]",
        "null",
        "{\"type\":\"nothing\"}",
        "{\"type\":\"call\",\"id\":-1,\"command\":{\"type\":\"list_users\"}}",
        "{\"type\":\"call\",\"id\":1,\"command\":{\"type\":\"nothing\"}}",
        "{\"type\":\"call\",\"id\":1e99,\"command\":{}}",
        "{\"type\":\"hello\",\"version\":1,\"idle_for_ms\":0}",
        &deep,
    ] {
        socket.send_text(text).await;
        let code = socket.wait_for("an error frame", error_code).await;
        assert_eq!(code, ErrorCode::BadRequest, "{text}");
    }
    socket.send(&DeviceFrame::Probe).await;
    socket
        .wait_for("a beat", |frame| {
            matches!(frame, ServerFrame::Beat { .. }).then_some(())
        })
        .await;
}

async fn many_frames_that_are_not_understood_close_the_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut socket) = ready(&server).await;
    for _ in 0..40 {
        socket.send_text("{}").await;
    }
    let (code, frames) = socket.read_to_end().await;
    assert_eq!(code, Some(CloseCode::Policy.number()));
    let answered = frames.into_iter().filter_map(error_code).count();
    assert!((1..40).contains(&answered), "{answered}");
}

async fn a_binary_frame_closes_the_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut socket) = ready(&server).await;
    socket.send_message(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(
        socket.read_to_end().await.0,
        Some(CloseCode::Unsupported.number())
    );
}

async fn a_frame_beyond_the_limit_closes_the_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut socket) = ready(&server).await;
    socket.send_text(&"x".repeat(limits::FRAME_MAX_BYTES + 1)).await;
    assert_eq!(socket.read_to_end().await.0, Some(CloseCode::TooBig.number()));
}

async fn bytes_that_are_no_text_close_the_connection(engine: Engine) {
    const NOT_UTF8: u16 = 1007;
    let server = TestServer::start(engine).await;
    let (_ana, mut socket) = ready(&server).await;
    socket.send_not_utf8().await;
    assert_eq!(socket.read_to_end().await.0, Some(NOT_UTF8));
}

async fn a_first_frame_that_is_no_hello_closes_the_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    for text in ["{\"type\":\"probe\"}", "{}", "hello"] {
        let mut socket = server.socket(&ana.access).await;
        socket.send_text(text).await;
        let (code, frames) = socket.read_to_end().await;
        assert_eq!(code, Some(CloseCode::Policy.number()), "{text}");
        assert!(matches!(frames[..], [ServerFrame::Error { .. }]), "{frames:?}");
    }
}

async fn a_socket_that_says_nothing_is_closed(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| {
        settings.timings.hello_within = std::time::Duration::from_millis(50);
    })
    .await;
    let ana = server.sign_in(&server.register("ana").await.user).await;
    let mut socket = server
        .socket(ana["access_token"].as_str().expect("a token"))
        .await;
    assert_eq!(socket.read_to_end().await.0, Some(CloseCode::Policy.number()));
}

async fn an_older_device_is_told_to_reload(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let mut socket = server.socket(&ana.access).await;
    socket
        .send(&DeviceFrame::Hello {
            version: 0,
            position: None,
            reached: None,
            idle_for_ms: 0,
        })
        .await;
    assert_eq!(socket.read_to_end().await.0, Some(CloseCode::Outdated.number()));
}

async fn a_socket_without_our_subprotocol_is_not_opened(engine: Engine) {
    let server = TestServer::start(engine).await;
    let ana = server.person("ana").await;
    let bearer = format!("Bearer {}", ana.access);
    let headers = [
        ("authorization", bearer.as_str()),
        ("sec-websocket-protocol", "chat"),
    ];
    let Err(answer) = Socket::open(&server, &headers).await else {
        panic!("the upgrade is refused");
    };
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

async fn one_connection_more_than_allowed_is_closed(engine: Engine) {
    let server = TestServer::start(engine).await;
    let signed_in = server.register("ana").await;
    let entrance = server.sign_in(&signed_in.user).await;
    let token = entrance["access_token"].as_str().expect("a token");
    let mut open = Vec::new();
    for _ in 0..limits::CONNECTIONS_PER_USER {
        let mut socket = server.socket(token).await;
        socket.greet(None).await;
        open.push(socket);
    }
    let mut extra = server.socket(token).await;
    extra
        .send(&DeviceFrame::Hello {
            version: tidings_protocol::VERSION,
            position: None,
            reached: None,
            idle_for_ms: 0,
        })
        .await;
    assert_eq!(
        extra.read_to_end().await.0,
        Some(CloseCode::TooManyConnections.number())
    );
}

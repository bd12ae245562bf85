//! Tokens that are not ours, or not valid: refused alike on every way in.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Method, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tidings_protocol::{ApiError, Timestamp};
use tidings_server::{
    clock::{Clock, SystemClock},
    config::JwtSecret,
};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Person, Socket, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    a_token_made_by_the_rules_is_good
    every_wrong_token_gets_the_same_answer_on_http_and_on_the_socket
    a_cookie_is_as_good_as_a_bearer_token
    an_expired_cookie_is_renewed_with_whatever_is_answered
    a_refresh_token_that_was_used_long_ago_ends_the_session
}

const SECRET: &str = "k9Qd0-Zb7Vf3-Wm1Xs8-Pt5Lr2-Hc6Jn4";

static OTHER_SECRET: LazyLock<String> = LazyLock::new(|| SECRET.chars().rev().collect());

async fn server(engine: Engine) -> TestServer {
    TestServer::start_with(engine, |settings| {
        settings.jwt_secret = Some(JwtSecret::new(SECRET.into()).expect("a good secret"));
    })
    .await
}

fn seconds() -> i64 {
    let Timestamp(now) = SystemClock.now();
    now / 1000
}

/// The claims of a person's own token.
fn claims(person: &Person) -> Value {
    let payload = person.access.split('.').nth(1).expect("three parts");
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&json).expect("claims")
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn header_of_ours() -> Header {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header
}

fn signed(claims: &Value, secret: &str) -> String {
    signed_with(&header_of_ours(), claims, secret)
}

fn signed_with(header: &Header, claims: &Value, secret: &str) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).expect("it signs")
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(claims))
}

async fn over_http(server: &TestServer, token: &str) -> (StatusCode, ApiError) {
    let response = server
        .request(Method::GET, "/api/v1/me")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .send()
        .await
        .expect("an answer");
    refusal(response).await
}

async fn over_socket(server: &TestServer, token: &str) -> (StatusCode, Value) {
    let bearer = format!("Bearer {token}");
    let Err(answer) = Socket::open(server, &[("authorization", &bearer)]).await else {
        panic!("the upgrade is refused: {token}");
    };
    let body = answer.body().clone().unwrap_or_default();
    (answer.status(), serde_json::from_slice(&body).unwrap_or_default())
}

async fn a_token_made_by_the_rules_is_good(engine: Engine) {
    let server = server(engine).await;
    let ana = server.person("ana").await;
    let response = server
        .request(Method::GET, "/api/v1/me")
        .bearer_auth(signed(&claims(&ana), SECRET))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        response.status(),
        StatusCode::OK,
        "or the table below proves nothing"
    );
}

async fn every_wrong_token_gets_the_same_answer_on_http_and_on_the_socket(engine: Engine) {
    let server = server(engine).await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let good = claims(&ana);
    let now = seconds();
    let mut hs512 = header_of_ours();
    hs512.alg = Algorithm::HS512;
    let mut with_key = header_of_ours();
    with_key.kid = Some("../../../dev/null".to_owned());
    with_key.jku = Some("https://evil.example/keys".to_owned());
    let parts: Vec<&str> = ana.access.split('.').collect();
    let forged_payload =
        BASE64_URL_SAFE_NO_PAD.encode(with(good.clone(), "sub", json!(ben.id())).to_string());
    let table = [
        ("nothing", String::new()),
        ("no token at all", "hello".to_owned()),
        ("cut off", ana.access[..ana.access.len() - 1].to_owned()),
        (
            "another payload",
            format!("{}.{forged_payload}.{}", parts[0], parts[2]),
        ),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        (
            "alg none",
            unsigned(&json!({ "alg": "none", "typ": "at+jwt" }), &good),
        ),
        (
            "alg None",
            unsigned(&json!({ "alg": "None", "typ": "at+jwt" }), &good),
        ),
        ("HS512", signed_with(&hs512, &good, SECRET)),
        (
            "another type",
            signed_with(&Header::new(Algorithm::HS256), &good, SECRET),
        ),
        ("another key", signed(&good, &OTHER_SECRET)),
        (
            "a key from its header",
            signed_with(&with_key, &good, &OTHER_SECRET),
        ),
        ("the empty key", signed(&good, "")),
        (
            "expired",
            signed(&with(good.clone(), "exp", json!(now - 60)), SECRET),
        ),
        (
            "not yet valid",
            signed(&with(good.clone(), "nbf", json!(now + 60)), SECRET),
        ),
        (
            "another audience",
            signed(&with(good.clone(), "aud", json!("billing")), SECRET),
        ),
        (
            "another issuer",
            signed(&with(good.clone(), "iss", json!("evil")), SECRET),
        ),
        (
            "nobody's session",
            signed(&with(good.clone(), "sid", json!(Uuid::now_v7())), SECRET),
        ),
        (
            "somebody else's session",
            signed(&with(good.clone(), "sub", json!(ben.id())), SECRET),
        ),
        (
            "no session",
            signed(&with(good.clone(), "sid", Value::Null), SECRET),
        ),
        ("a refresh token", ana.refresh.clone()),
        ("a megabyte", "x".repeat(16 * 1024)),
    ];
    let expected = over_http(&server, "hello").await;
    assert_eq!(expected.0, StatusCode::UNAUTHORIZED);
    for (what, token) in table {
        assert_eq!(over_http(&server, &token).await, expected, "{what}, over HTTP");
        let (status, body) = over_socket(&server, &token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}, on the socket");
        assert_eq!(body["error"], json!(expected.1), "{what}, on the socket");
    }
}

async fn a_cookie_is_as_good_as_a_bearer_token(engine: Engine) {
    let server = server(engine).await;
    let ana = server.person("ana").await;
    let cookie = format!("tidings_access={}", ana.access);
    let response = server
        .request(Method::GET, "/api/v1/me")
        .header(header::COOKIE, &cookie)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let headers = [("cookie", cookie.as_str()), ("origin", &server.origin())];
    let mut socket = Socket::open(&server, &headers).await.expect("it opens");
    socket.greet(None).await;
}

async fn an_expired_cookie_is_renewed_with_whatever_is_answered(engine: Engine) {
    let server = server(engine).await;
    let ana = server.person("ana").await;
    let expired = signed(&with(claims(&ana), "exp", json!(seconds() - 60)), SECRET);
    let response = server
        .request(Method::GET, "/api/v1/me")
        .header(
            header::COOKIE,
            format!("tidings_access={expired}; tidings_refresh={}", ana.refresh),
        )
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let set: Vec<_> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|value| value.to_str().expect("text").to_owned())
        .collect();
    assert_eq!(set.len(), 2, "{set:?}");
    let renewed = set
        .iter()
        .filter_map(|cookie| cookie.split(';').next())
        .collect::<Vec<_>>()
        .join("; ");
    assert!(!renewed.contains(&ana.refresh));
    let response = server
        .request(Method::GET, "/api/v1/me")
        .header(header::COOKIE, renewed)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().get(header::SET_COOKIE).is_none());
}

async fn a_refresh_token_that_was_used_long_ago_ends_the_session(engine: Engine) {
    let server = server(engine).await;
    let mut ana = server.person("ana").await;
    let mut token = ana.refresh.clone();
    // Each is presented in turn, so the first is two behind in the end.
    for _ in 0..3 {
        let renewed: Value = server
            .request(Method::POST, "/api/v1/auth/refresh")
            .json(&json!({ "refresh_token": token }))
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("an entrance");
        token = renewed["refresh_token"].as_str().expect("a token").to_owned();
    }
    let stolen = server
        .request(Method::POST, "/api/v1/auth/refresh")
        .json(&json!({ "refresh_token": ana.refresh }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(refusal(stolen).await.0, StatusCode::UNAUTHORIZED);
    ana.until_signed_out().await;
}

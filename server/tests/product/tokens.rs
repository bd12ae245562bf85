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
    router,
};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Peer, Person, Socket, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    a_token_made_by_the_rules_is_good
    every_wrong_token_gets_the_same_answer_on_http_and_on_the_socket
    every_wrong_token_is_worth_as_much_as_none_wherever_it_is_brought
    a_token_too_long_for_a_header_is_not_even_read
    a_token_of_the_key_before_is_worthless
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

/// Signed as ours are, whatever its header says.
fn signed_parts(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let key = EncodingKey::from_secret(secret.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("it signs");
    format!("{message}.{signature}")
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

/// Forged and stale tokens that look as much like Ana's as each can.
fn wrong_tokens(ana: &Person, ben: &Person) -> Vec<(&'static str, String)> {
    let good = claims(ana);
    let now = seconds();
    let header = |more: Value| {
        let mut header = json!({ "alg": "HS256", "typ": "at+jwt" });
        for (name, value) in more.as_object().expect("an object") {
            header[name] = value.clone();
        }
        header
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().expect("an object").remove(name);
        claims
    };
    let mut hs512 = header_of_ours();
    hs512.alg = Algorithm::HS512;
    let mut with_key = header_of_ours();
    with_key.kid = Some("../../../dev/null".to_owned());
    with_key.jku = Some("https://evil.example/keys".to_owned());
    let parts: Vec<&str> = ana.access.split('.').collect();
    let forged_payload =
        BASE64_URL_SAFE_NO_PAD.encode(with(good.clone(), "sub", json!(ben.id())).to_string());
    vec![
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
        (
            "alg NONE, signed all the same",
            signed_parts(&header(json!({ "alg": "NONE" })), &good, SECRET),
        ),
        ("HS512", signed_with(&hs512, &good, SECRET)),
        (
            "a key for signatures used for a MAC",
            signed_parts(&header(json!({ "alg": "RS256" })), &good, SECRET),
        ),
        (
            "another kind of signature",
            signed_parts(&header(json!({ "alg": "ES256" })), &good, SECRET),
        ),
        (
            "no algorithm",
            signed_parts(&json!({ "typ": "at+jwt" }), &good, SECRET),
        ),
        (
            "a key that is looked up by SQL",
            signed_parts(&header(json!({ "kid": "x' UNION SELECT 'key" })), &good, "key"),
        ),
        (
            "a key that is an empty file",
            signed_parts(&header(json!({ "kid": "../../../../dev/null" })), &good, ""),
        ),
        (
            "a key that it brings itself",
            signed_parts(
                &header(json!({ "jwk": { "kty": "oct", "k": BASE64_URL_SAFE_NO_PAD.encode("mine") } })),
                &good,
                "mine",
            ),
        ),
        (
            "a certificate that it names",
            signed_parts(
                &header(json!({ "x5u": "https://evil.example/c.pem", "x5c": ["MIIB"] })),
                &good,
                "mine",
            ),
        ),
        (
            "an ID token",
            signed_parts(&header(json!({ "typ": "JWT" })), &good, SECRET),
        ),
        ("no end", signed(&without("exp"), SECRET)),
        ("no beginning", signed(&without("nbf"), SECRET)),
        ("no audience", signed(&without("aud"), SECRET)),
        ("no issuer", signed(&without("iss"), SECRET)),
        ("nobody", signed(&without("sub"), SECRET)),
        (
            "an end beyond all numbers",
            signed(&with(good.clone(), "exp", json!(1e300)), SECRET),
        ),
        (
            "an end before all numbers",
            signed(&with(good.clone(), "exp", json!(i64::MIN)), SECRET),
        ),
        (
            "claims that are a list",
            signed_parts(&header(json!({})), &json!([1]), SECRET),
        ),
        ("two tokens in one", format!("{}.{}", ana.access, ana.access)),
        ("spaces within", ana.access.replace('.', " . ")),
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
        ("as long as a header may be", "x".repeat(16 * 1024)),
    ]
}

async fn every_wrong_token_gets_the_same_answer_on_http_and_on_the_socket(engine: Engine) {
    let server = server(engine).await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let expected = over_http(&server, "hello").await;
    assert_eq!(expected.0, StatusCode::UNAUTHORIZED);
    for (what, token) in wrong_tokens(&ana, &ben) {
        assert_eq!(over_http(&server, &token).await, expected, "{what}, over HTTP");
        let (status, body) = over_socket(&server, &token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}, on the socket");
        assert_eq!(body["error"], json!(expected.1), "{what}, on the socket");
    }
}

/// The answer of one way in, as far as it is the same each time.
async fn answer(
    server: &TestServer,
    method: &Method,
    path: &str,
    token: Option<(&str, &str)>,
) -> (StatusCode, String) {
    let address = path
        .replace("{token}", "a-guess")
        .split('/')
        .map(|part| {
            if part.starts_with('{') {
                "0193d3c6-0000-7000-8000-000000000000"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/");
    let mut request = server
        .request(method.clone(), &address)
        .header(header::ORIGIN, server.origin());
    if let Some((name, value)) = token {
        request = request.header(name, value);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status();
    // Pages carry a nonce.
    let body = if path.starts_with("/api") {
        response.text().await.expect("text")
    } else {
        String::new()
    };
    (status, body)
}

async fn every_wrong_token_is_worth_as_much_as_none_wherever_it_is_brought(engine: Engine) {
    let server = server(engine).await;
    let (ana, ben) = (server.person("ana").await, server.person("ben").await);
    let tokens = wrong_tokens(&ana, &ben);
    assert!(tokens.len() >= 40);
    let mut good_ones = 0;
    for (method, path) in router::addresses() {
        let none = answer(&server, &method, &path, None).await;
        for (what, token) in &tokens {
            let bearer = format!("Bearer {token}");
            let cookie = format!("tidings_access={token}");
            for brought in [("authorization", bearer.as_str()), ("cookie", cookie.as_str())] {
                let wrong = answer(&server, &method, &path, Some(brought)).await;
                assert_eq!(wrong, none, "{what} as {} at {method} {path}", brought.0);
            }
        }
        let bearer = format!("Bearer {}", ana.access);
        // This one would end Ana's session.
        if !path.contains("sign") {
            let good = answer(&server, &method, &path, Some(("authorization", &bearer))).await;
            good_ones += usize::from(good != none);
        }
    }
    assert!(
        good_ones > 20,
        "a good one makes a difference, or this proves nothing"
    );
}

async fn a_token_too_long_for_a_header_is_not_even_read(engine: Engine) {
    let server = server(engine).await;
    let mut peer = Peer::connect(&server).await;
    let token = "x".repeat(1024 * 1024);
    let request = format!("GET /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    peer.write(request).await;
    // The answer may be lost when the connection is closed on what is still being sent.
    peer.until_closed().await;
    assert_eq!(
        over_http(&server, "hello").await.0,
        StatusCode::UNAUTHORIZED,
        "it serves on"
    );
}

async fn a_token_of_the_key_before_is_worthless(engine: Engine) {
    let mut server = server(engine).await;
    let ana = server.person("ana").await;
    server
        .restart_with(|settings| {
            settings.jwt_secret = Some(JwtSecret::new(OTHER_SECRET.clone().into()).expect("a good secret"));
        })
        .await;
    assert_eq!(over_http(&server, &ana.access).await.0, StatusCode::UNAUTHORIZED);
    let (status, _) = over_socket(&server, &ana.access).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let renewal = server
        .request(Method::POST, "/api/v1/auth/refresh")
        .json(&json!({ "refresh_token": ana.refresh }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(renewal.status(), StatusCode::OK, "the session itself lives on");
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

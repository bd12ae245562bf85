//! Getting in: set-up link, invitations, registration and signing in, as the pages do it.

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};
use tidings_protocol::{AccountRole, ErrorCode};
use tidings_server::service::Registration;

use crate::{
    engine::Engine,
    support::{PASSWORD, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    the_set_up_link_makes_the_owner_and_works_once
    an_invitation_works_once
    a_revoked_invitation_does_not_work
    registration_is_refused_unless_it_is_open
    a_taken_username_and_a_bad_password_are_told_by_field
    a_wrong_password_and_an_unknown_person_get_the_same_answer_and_are_slowed_down
    only_admins_see_the_accounts
}

async fn by_invitation(engine: Engine) -> TestServer {
    TestServer::start_with(engine, |settings| {
        settings.registration = Registration::InviteOnly;
    })
    .await
}

/// Posts a form as a browser without scripts does.
async fn post_form(server: &TestServer, name: &str, fields: &[(&str, &str)]) -> Response {
    let body = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace('&', "%26").replace(' ', "+")))
        .collect::<Vec<_>>()
        .join("&");
    server
        .request(Method::POST, &format!("/api/fn/{name}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, server.origin())
        .body(body)
        .send()
        .await
        .expect("an answer")
}

fn account<'a>(token: &'a str, username: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("token", token),
        ("username", username),
        ("display_name", username),
        ("password", PASSWORD),
    ]
}

async fn me(server: &TestServer, entered: &Response) -> Value {
    let cookie = entered
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok()?.split(';').next())
        .collect::<Vec<_>>()
        .join("; ");
    server
        .request(Method::GET, "/api/v1/me")
        .header(header::COOKIE, cookie)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON")
}

async fn error_code(response: Response) -> Value {
    assert!(!response.status().is_success(), "{}", response.status());
    let body: Value = response.json().await.expect("JSON");
    body["code"].clone()
}

async fn the_set_up_link_makes_the_owner_and_works_once(engine: Engine) {
    let server = by_invitation(engine).await;
    let service = &server.running().service;
    assert!(service.needs_set_up().await.expect("the database answers"));
    let token = service.issue_set_up_token().await.expect("it is issued");
    let wrong = post_form(&server, "set_up", &account("wrong", "eve")).await;
    assert_eq!(error_code(wrong).await, "gone");
    let entered = post_form(&server, "set_up", &account(token.reveal(), "ana")).await;
    assert!(entered.status().is_success(), "{}", entered.status());
    assert_eq!(me(&server, &entered).await["role"], json!(AccountRole::Owner));
    let again = post_form(&server, "set_up", &account(token.reveal(), "eve")).await;
    assert_eq!(error_code(again).await, "gone");
    assert!(!service.needs_set_up().await.expect("the database answers"));
}

/// An invitation by the first account: its id and its token.
async fn invitation(server: &TestServer, access: &str) -> (String, String) {
    let invite: Value = server
        .request(Method::POST, "/api/v1/invites")
        .bearer_auth(access)
        .json(&json!({ "role": AccountRole::Admin }))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("an invite");
    let link = invite["link"].as_str().expect("a link");
    let prefix = format!("{}/join/", server.origin());
    let token = link.strip_prefix(&prefix).expect("a link to the page").to_owned();
    (invite["id"].as_str().expect("an id").to_owned(), token)
}

async fn an_invitation_works_once(engine: Engine) {
    let server = by_invitation(engine).await;
    let ana = server.person("ana").await;
    let (_, token) = invitation(&server, &ana.access).await;
    let entered = post_form(&server, "join", &account(&token, "ben")).await;
    assert!(entered.status().is_success(), "{}", entered.status());
    assert_eq!(me(&server, &entered).await["role"], json!(AccountRole::Admin));
    let again = post_form(&server, "join", &account(&token, "eve")).await;
    assert_eq!(error_code(again).await, "gone");
}

async fn a_revoked_invitation_does_not_work(engine: Engine) {
    let server = by_invitation(engine).await;
    let ana = server.person("ana").await;
    let (id, token) = invitation(&server, &ana.access).await;
    let revoked = server
        .request(Method::DELETE, &format!("/api/v1/invites/{id}"))
        .bearer_auth(&ana.access)
        .send()
        .await
        .expect("an answer");
    assert!(revoked.status().is_success());
    let joined = post_form(&server, "join", &account(&token, "eve")).await;
    assert_eq!(error_code(joined).await, "gone");
}

async fn registration_is_refused_unless_it_is_open(engine: Engine) {
    let fields = &account("", "ben")[1..];
    let closed = by_invitation(engine).await;
    closed.register("ana").await;
    let refused = post_form(&closed, "register", fields).await;
    assert_eq!(error_code(refused).await, "forbidden");
    let open = TestServer::start(engine).await;
    open.register("ana").await;
    let entered = post_form(&open, "register", fields).await;
    assert_eq!(me(&open, &entered).await["role"], json!(AccountRole::Staff));
}

async fn a_taken_username_and_a_bad_password_are_told_by_field(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.register("ana").await;
    let names = |username, password| {
        [
            ("username", username),
            ("display_name", "Somebody"),
            ("password", password),
        ]
    };
    for (fields, code, field) in [
        (names("Ana", PASSWORD), "conflict", "username"),
        (names("b", PASSWORD), "invalid", "username"),
        (names("ben", "short"), "invalid", "password"),
    ] {
        let response = post_form(&server, "register", &fields).await;
        let body: Value = response.json().await.expect("JSON");
        assert_eq!((&body["code"], &body["field"]), (&json!(code), &json!(field)));
    }
}

async fn a_wrong_password_and_an_unknown_person_get_the_same_answer_and_are_slowed_down(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.register("ana").await;
    let try_as = async |username: &str| {
        let response = server
            .request(Method::POST, "/api/v1/auth/sign-in")
            .json(&json!({ "username": username, "password": "not the password" }))
            .send()
            .await
            .expect("an answer");
        refusal(response).await
    };
    let known = try_as("ana").await;
    assert_eq!(known.0, StatusCode::UNAUTHORIZED);
    assert_eq!(known, try_as("nobody").await);
    for _ in 0..20 {
        let (status, error) = try_as("ana").await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(error.code, ErrorCode::RateLimited);
            assert!(error.retry_after.is_some());
            return;
        }
    }
    panic!("nobody slowed it down");
}

async fn only_admins_see_the_accounts(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (owner, staff) = (server.person("ana").await, server.person("ben").await);
    let all = |access: &str| {
        server
            .request(Method::GET, "/api/v1/users/all")
            .bearer_auth(access)
            .send()
    };
    let listed: Vec<Value> = all(&owner.access)
        .await
        .expect("an answer")
        .json()
        .await
        .expect("accounts");
    assert_eq!(listed.len(), 2);
    let refused = all(&staff.access).await.expect("an answer");
    assert_eq!(refusal(refused).await.0, StatusCode::FORBIDDEN);
}

//! Too much, too fast: told when to try again, and cut off only if they go on all the same.

use std::num::NonZeroU32;

use http::{Method, StatusCode, header};
use serde_json::json;
use tidings_protocol::{CloseCode, Command, DeviceFrame, ErrorCode, ServerFrame, command::SearchPeople};

use crate::{
    engine::Engine,
    support::{TestServer, on_both_engines, refusal},
};

on_both_engines! {
    beyond_the_burst_commands_are_refused_on_every_transport
    whoever_goes_on_is_cut_off
    an_address_may_not_try_to_get_in_without_end
}

async fn strict(engine: Engine) -> TestServer {
    TestServer::start_with(engine, |settings| {
        settings.commands_per_minute = NonZeroU32::new(1).expect("not zero");
        settings.command_burst = NonZeroU32::new(5).expect("not zero");
    })
    .await
}

fn search(id: u64) -> DeviceFrame {
    let text = String::new();
    DeviceFrame::Call {
        id,
        command: Command::SearchPeople(SearchPeople { text }),
    }
}

async fn beyond_the_burst_commands_are_refused_on_every_transport(engine: Engine) {
    let server = strict(engine).await;
    let entrance = server.sign_in(&server.register("ana").await.user).await;
    let token = entrance["access_token"].as_str().expect("a token");
    let mut socket = server.socket(token).await;
    socket.greet(None).await;
    let mut refused = None;
    for id in 1..=6 {
        socket.send(&search(id)).await;
        refused = socket
            .wait_for("an answer", |frame| match frame {
                ServerFrame::Reply { id: answered, .. } if answered == id => Some(None),
                ServerFrame::Refused { id: answered, error } if answered == id => Some(Some(error)),
                _ => None,
            })
            .await;
        assert_eq!(refused.is_some(), id == 6);
    }
    let refused = refused.expect("the sixth");
    assert_eq!(refused.code, ErrorCode::RateLimited);
    assert!(refused.retry_after.is_some());

    let response = server
        .request(Method::GET, "/api/v1/users")
        .bearer_auth(token)
        .send()
        .await
        .expect("an answer");
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(refusal(response).await.0, StatusCode::TOO_MANY_REQUESTS);
}

async fn whoever_goes_on_is_cut_off(engine: Engine) {
    let server = strict(engine).await;
    let entrance = server.sign_in(&server.register("ana").await.user).await;
    let mut socket = server
        .socket(entrance["access_token"].as_str().expect("a token"))
        .await;
    socket.greet(None).await;
    for id in 0..200 {
        socket.send(&search(id)).await;
    }
    let (code, frames) = socket.read_to_end().await;
    assert_eq!(code, Some(CloseCode::TooSlow.number()));
    assert!(frames.len() < 200);
}

async fn an_address_may_not_try_to_get_in_without_end(engine: Engine) {
    let server = TestServer::start(engine).await;
    server.register("ana").await;
    for number in 0..200 {
        let response = server
            .request(Method::POST, "/api/v1/auth/refresh")
            .json(&json!({ "refresh_token": format!("guess {number}") }))
            .send()
            .await
            .expect("an answer");
        let (status, error) = refusal(response).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert!(error.retry_after.is_some());
            return;
        }
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    panic!("nobody stopped it");
}

//! Sending and receiving: each message once, in the same order, on every device of every member.

use http::{Method, StatusCode};
use serde_json::json;
use tidings_protocol::{Body, ErrorCode, LocalId, Message, ThreadId, command::SendMessage};
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{TestServer, on_both_engines, refusal},
};

on_both_engines! {
    two_people_talk_and_see_the_same
    what_one_device_sends_appears_on_the_others_of_the_same_person
    the_http_api_and_the_socket_give_every_device_the_same
    sending_the_same_local_id_again_gives_the_first_message
    the_same_local_id_with_another_text_is_a_conflict
    an_outsider_is_answered_as_if_the_thread_did_not_exist
    three_people_talk_in_their_own_threads
}

fn send(thread: ThreadId, local_id: LocalId, text: &str) -> SendMessage {
    let body = Body::new(text).expect("a good text");
    SendMessage {
        thread,
        local_id,
        body,
        reply_to: None,
    }
}

fn local_id() -> LocalId {
    LocalId(Uuid::now_v7())
}

async fn two_people_talk_and_see_the_same(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the new thread", |device| device.thread(thread).is_some())
        .await;
    ana.look_at(thread).await;
    ben.look_at(thread).await;
    ana.say(thread, "The delivery comes at nine.").await;
    ben.until_texts(thread, &["The delivery comes at nine."]).await;
    ben.say(thread, "I'll be there.").await;
    let both = ["The delivery comes at nine.", "I'll be there."];
    ana.until_texts(thread, &both).await;
    ben.until_texts(thread, &both).await;
}

async fn what_one_device_sends_appears_on_the_others_of_the_same_person(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut phone = server.another_device(&ana).await;
    phone.look_at(thread).await;
    ana.look_at(thread).await;
    ana.say(thread, "From the desk.").await;
    phone.until_texts(thread, &["From the desk."]).await;
    ana.until("it is confirmed once", |device| {
        let rows = device.timeline(thread).rows;
        rows.len() == 1 && rows[0].seq.is_some()
    })
    .await;
}

async fn the_http_api_and_the_socket_give_every_device_the_same(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut phone = server.another_device(&ana).await;
    for person in [&mut ana, &mut ben, &mut phone] {
        person
            .until("the thread", |device| device.thread(thread).is_some())
            .await;
        person.look_at(thread).await;
    }
    let over_http: Message = server
        .request(Method::POST, &format!("/api/v1/threads/{thread}/messages"))
        .bearer_auth(&ana.access)
        .json(&json!({ "local_id": local_id(), "body": " By a script. " }))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("a message");
    let over_socket = ana
        .ask(send(thread, local_id(), "By a person."))
        .await
        .expect("it is sent");
    assert_eq!((over_http.seq.0, over_socket.seq.0), (1, 2));
    for person in [&mut ana, &mut ben, &mut phone] {
        person
            .until_texts(thread, &["By a script.", "By a person."])
            .await;
        let ids: Vec<_> = person.rows(thread).iter().map(|row| row.key).collect();
        assert_eq!(ids, [over_http.local_id, over_socket.local_id]);
    }
}

async fn sending_the_same_local_id_again_gives_the_first_message(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let id = local_id();
    let first = ana.ask(send(thread, id, "Once.")).await.expect("it is sent");
    let mut phone = server.another_device(&ana).await;
    let again = phone.ask(send(thread, id, "Once.")).await.expect("it is known");
    assert_eq!(first, again);
    ben.until("one message", |device| device.unread(thread) == 1)
        .await;
    ben.look_at(thread).await;
    ben.settle().await;
    assert_eq!(ben.texts(thread), ["Once."]);
}

async fn the_same_local_id_with_another_text_is_a_conflict(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let id = local_id();
    ana.ask(send(thread, id, "Nine.")).await.expect("it is sent");
    let refused = ana
        .ask(send(thread, id, "Ten."))
        .await
        .expect_err("it contradicts");
    assert_eq!(refused.code, ErrorCode::Conflict);
    ana.look_at(thread).await;
    ana.until("the first one", |device| !device.timeline(thread).rows.is_empty())
        .await;
    ana.settle().await;
    assert_eq!(ana.texts(thread), ["Nine."]);
}

async fn an_outsider_is_answered_as_if_the_thread_did_not_exist(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let mut eve = server.person("eve").await;
    let thread = ana.open(&ben, None).await;
    let nowhere = ThreadId(Uuid::now_v7());
    let outside = eve.ask(send(thread, local_id(), "Let me in.")).await;
    let unknown = eve.ask(send(nowhere, local_id(), "Let me in.")).await;
    assert_eq!(outside.as_ref().expect_err("not hers").code, ErrorCode::NotFound);
    assert_eq!(outside, unknown);

    let mut answers = Vec::new();
    for thread in [thread, nowhere] {
        let response = server
            .request(Method::GET, &format!("/api/v1/threads/{thread}/messages"))
            .bearer_auth(&eve.access)
            .send()
            .await
            .expect("an answer");
        answers.push(refusal(response).await);
    }
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    assert_eq!(answers[0], answers[1]);

    ana.say(thread, "Between us.").await;
    eve.settle().await;
    assert!(eve.device().threads().is_empty(), "nothing of it reaches her");
}

async fn three_people_talk_in_their_own_threads(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let (mut ben, mut chidi) = (server.person("ben").await, server.person("chidi").await);
    let client = ana.add_client("The Marlow family").await;
    let with_ben = ana.open(&ben, Some(client.id)).await;
    let with_chidi = ana.open(&chidi, None).await;
    for (person, thread, text) in [
        (&mut ben, with_ben, "Hello Ben."),
        (&mut chidi, with_chidi, "Hello Chidi."),
    ] {
        person
            .until("the thread", |device| device.thread(thread).is_some())
            .await;
        person.look_at(thread).await;
        ana.say(thread, text).await;
        person.until_texts(thread, &[text]).await;
        assert_eq!(person.device().threads().len(), 1);
    }
    let row = ben.device().thread(with_ben).expect("the thread");
    assert_eq!(
        row.client.map(|client| client.name),
        Some("The Marlow family".to_owned())
    );
}

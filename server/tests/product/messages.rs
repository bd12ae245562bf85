//! Sending and receiving: each message once, in the same order, on every device of every member.

use http::{Method, StatusCode};
use serde_json::json;
use tidings_device::{Input, Quoted};
use tidings_protocol::{Body, ErrorCode, LocalId, Message, Seq, ThreadId, command::SendMessage};
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
    a_reply_names_a_message_of_its_thread_for_everybody_and_across_a_lost_connection
    a_reply_to_what_is_not_there_is_refused_and_changes_nothing
    a_forwarded_message_says_that_it_is_one_on_every_device_and_nothing_more
}

fn send(thread: ThreadId, local_id: LocalId, text: &str) -> SendMessage {
    let body = Body::new(text).expect("a good text");
    SendMessage {
        thread,
        local_id,
        body: Some(body),
        attachments: Vec::new(),
        reply_to: None,
        forwarded: false,
        files_of: None,
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

async fn a_reply_names_a_message_of_its_thread_for_everybody_and_across_a_lost_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ana.say(thread, "Shall we meet?").await;
    ben.until("the question", |device| device.unread(thread) == 1)
        .await;
    ben.look_at(thread).await;
    ben.lose_network().await;
    ben.give(Input::Send {
        thread,
        body: Body::new("Gladly.").expect("a good text"),
        reply_to: Some(Seq(1)),
        forwarded: false,
    })
    .await;
    assert_eq!(
        ben.rows(thread)[1].reply_to,
        Some(Seq(1)),
        "before it is sent too"
    );
    ben.find_network().await;
    ben.until("it is stored", |device| device.unsent().is_empty())
        .await;
    ana.look_at(thread).await;
    ana.until_texts(thread, &["Shall we meet?", "Gladly."]).await;
    for person in [&ana, &ben] {
        assert_eq!(person.rows(thread)[1].reply_to, Some(Seq(1)));
        let quoted = person.device().quoted(thread, Seq(1));
        assert!(matches!(quoted, Quoted::Message { sender, .. } if sender == ana.id()));
    }
}

async fn a_reply_to_what_is_not_there_is_refused_and_changes_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    for seq in [i64::MIN, -1, 0, 1, 2, i64::MAX] {
        let reply = SendMessage {
            reply_to: Some(Seq(seq)),
            ..send(thread, local_id(), "To whom?")
        };
        let refused = ana.ask(reply).await.expect_err("nothing is there");
        assert_eq!(refused.code, ErrorCode::Invalid, "{seq}");
    }
    let first = ana
        .ask(send(thread, local_id(), "One."))
        .await
        .expect("it is sent");
    assert_eq!(first.seq, Seq(1), "the refused ones took no place");
}

async fn a_forwarded_message_says_that_it_is_one_on_every_device_and_nothing_more(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut chidi = server.person("chidi").await;
    let (from, to) = (ana.open(&ben, None).await, ana.open(&chidi, None).await);
    ben.until("the thread", |device| device.thread(from).is_some())
        .await;
    ben.say(from, "The lease ends in May.").await;
    let id = local_id();
    let forward = SendMessage {
        forwarded: true,
        ..send(to, id, "The lease ends in May.")
    };
    let sent = ana.ask(forward.clone()).await.expect("it is sent");
    assert!(sent.forwarded);
    assert_eq!(ana.ask(forward).await.expect("it is known"), sent);
    let told_otherwise = ana.ask(send(to, id, "The lease ends in May.")).await;
    assert_eq!(
        told_otherwise.expect_err("it contradicts").code,
        ErrorCode::Conflict
    );

    chidi.look_at(to).await;
    chidi.until_texts(to, &["The lease ends in May."]).await;
    let mut fresh = server.another_device(&chidi).await;
    fresh.look_at(to).await;
    for device in [&chidi, &fresh] {
        let rows = device.rows(to);
        assert!(rows[0].forwarded);
        assert_eq!(rows[0].sender, ana.id());
        assert!(
            device.device().user(ben.id()).is_none(),
            "nothing of who said it first"
        );
        assert!(device.device().thread(from).is_none());
    }
    let plain = ana
        .ask(send(to, local_id(), "My own words."))
        .await
        .expect("it is sent");
    assert!(!plain.forwarded);
}

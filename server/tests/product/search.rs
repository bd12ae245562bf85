//! Searching as devices do: by whoever is in the thread, over a connection that may drop, and as it stands by then.

use http::{Method, StatusCode};
use tidings_protocol::{
    AttachmentId, Body, ErrorCode, History, LocalId, Seq, Timestamp,
    command::{
        AddMembers, DeleteMessage, EditMessage, HideMessage, LocateDate, RemoveMember, SearchMessages,
        SendMessage,
    },
    reply::Hits,
    search::{self, Date},
};

use uuid::Uuid;

use super::{group_secrecy::message, groups::make_group};
use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    both_members_find_what_was_said_and_nobody_else
    a_search_finds_what_one_may_see_of_a_group
    a_search_is_answered_after_a_lost_connection
    programs_search_as_people_write
    what_is_attached_is_found_by_its_kind
}

/// One white pixel.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";

fn looking(text: &str) -> SearchMessages {
    SearchMessages {
        query: search::parse(text).query(Date::begins_in_utc),
        before: None,
        limit: 20,
    }
}

async fn seqs(person: &mut Person, text: &str) -> Vec<i64> {
    let found = person.ask(looking(text)).await.expect("an answer");
    found.hits.iter().map(|hit| hit.seq.0).collect()
}

async fn both_members_find_what_was_said_and_nobody_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut eve = server.person("eve").await;
    let thread = ana.open(&ben, None).await;
    ana.look_at(thread).await;
    ana.say(thread, "The blue folder is upstairs.").await;
    ben.until("the message", |device| device.unread(thread) == 1)
        .await;
    assert_eq!(seqs(&mut ana, "blue folder").await, [1]);
    assert_eq!(seqs(&mut ben, "upst from:ana").await, [1]);
    assert_eq!(seqs(&mut eve, "blue folder").await, [0; 0]);
    let located = ben
        .ask(LocateDate {
            thread,
            at: Timestamp(0),
        })
        .await;
    assert_eq!(located.expect("a place"), Seq(1));
    let refused = eve
        .ask(LocateDate {
            thread,
            at: Timestamp(0),
        })
        .await;
    assert_eq!(refused.expect_err("not hers").code, ErrorCode::NotFound);
    ana.ask(DeleteMessage { thread, seq: Seq(1) })
        .await
        .expect("it is deleted");
    assert_eq!(seqs(&mut ben, "blue folder").await, [0; 0]);
}

async fn a_search_finds_what_one_may_see_of_a_group(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        let is_all = history.is_kept();
        let server = TestServer::start(engine).await;
        let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
        let mut dara = server.person("dara").await;
        let thread = make_group(&mut ana, &mut [&mut ben], history).await;
        let mut first = Vec::new();
        for text in ["The blue folder.", "The blue lamp.", "The door."] {
            first.push(ana.ask(message(thread, text)).await.expect("it is sent").seq);
        }
        let users = vec![dara.id()];
        ana.ask(AddMembers { thread, users }).await.expect("she is added");
        ana.ask(message(thread, "The blue chair."))
            .await
            .expect("it is sent");
        assert_eq!(seqs(&mut ben, "blue").await.len(), 3);
        assert_eq!(seqs(&mut dara, "blue").await.len(), if is_all { 3 } else { 1 });

        let hide = HideMessage {
            thread,
            seq: first[1],
        };
        ben.ask(hide).await.expect("it is hidden");
        assert_eq!(seqs(&mut ben, "lamp").await, [0; 0]);
        assert_eq!(seqs(&mut ana, "lamp").await, [first[1].0]);

        let user = ben.id();
        ana.ask(RemoveMember { thread, user })
            .await
            .expect("he is removed");
        ana.ask(message(thread, "The blue table."))
            .await
            .expect("it is sent");
        // Later than the removal by the clock as well.
        server.clock.advance(std::time::Duration::from_millis(1));
        let body = Body::new("The green door.").expect("a text");
        let seq = first[2];
        ana.ask(EditMessage { thread, seq, body })
            .await
            .expect("it is edited");
        assert_eq!(seqs(&mut ben, "folder").await.len(), usize::from(is_all));
        assert_eq!(seqs(&mut ben, "blue").await.len(), if is_all { 2 } else { 0 });
        for gone in ["lamp", "table", "green"] {
            assert_eq!(seqs(&mut ben, gone).await, [0; 0], "{gone} {history:?}");
        }
        assert_eq!(seqs(&mut ana, "blue").await.len(), 4);
        assert_eq!(seqs(&mut ana, "green").await, [seq.0]);
    }
}

async fn a_search_is_answered_after_a_lost_connection(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.lose_network().await;
    let refused = ben.ask(looking("folder")).await.expect_err("no connection");
    assert_eq!(refused.code, ErrorCode::Unavailable);
    ana.look_at(thread).await;
    ana.say(thread, "The blue folder is upstairs.").await;
    ben.find_network().await;
    ben.until("the message", |device| device.unread(thread) == 1)
        .await;
    assert_eq!(seqs(&mut ben, "folder").await, [1]);
}

async fn programs_search_as_people_write(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ana.look_at(thread).await;
    ana.say(thread, "50% of C++, don't you think?").await;
    ben.until("the message", |device| device.unread(thread) == 1)
        .await;
    let ask = async |q: &str| {
        let response = server
            .request(Method::GET, "/api/v1/search")
            .query(&[("q", q)])
            .bearer_auth(&ben.access)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{q}");
        response.json::<Hits>().await.expect("hits")
    };
    for q in [
        "50%",
        "C++ from:ana after:2020",
        "\"of C++\"",
        "don't before:2100-01-01",
    ] {
        assert_eq!(ask(q).await.hits.len(), 1, "{q}");
    }
    assert_eq!(ask("before:2020-01-01 C++").await.hits.len(), 0);
    for (q, said) in [
        ("%", "Punctuation"),
        ("before:soon", "date"),
        ("has:cake", "has:file"),
        ("", "word"),
    ] {
        assert!(ask(q).await.note.expect("a sentence").contains(said), "{q}");
    }
}

async fn what_is_attached_is_found_by_its_kind(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut eve = server.person("eve").await;
    let thread = ana.open(&ben, None).await;
    let kinds: [(&str, &[u8]); 2] = [("Plan.pdf", b"%PDF-1.7\n% a plan\n"), ("Dot.gif", GIF)];
    for (name, bytes) in kinds {
        let id = AttachmentId(Uuid::now_v7());
        let uploaded = server
            .request(Method::PUT, &format!("/api/v1/uploads/{id}?name={name}"))
            .bearer_auth(&ana.access)
            .body(bytes.to_vec())
            .send()
            .await
            .expect("an answer");
        assert_eq!(uploaded.status(), StatusCode::OK, "{name}");
        let message = SendMessage {
            thread,
            local_id: LocalId(Uuid::now_v7()),
            body: None,
            reply_to: None,
            attachments: vec![id],
            forwarded: false,
            files_of: None,
        };
        ana.ask(message).await.expect("it is sent");
    }
    ben.until("the messages", |device| device.unread(thread) == 2)
        .await;
    assert_eq!(seqs(&mut ben, "has:file").await, [2, 1]);
    assert_eq!(seqs(&mut ben, "has:image from:ana").await, [2]);
    assert_eq!(seqs(&mut ben, "has:voice").await, [0; 0]);
    assert_eq!(
        seqs(&mut ben, "has:file plan").await,
        [0; 0],
        "only what was written is searched"
    );
    assert_eq!(seqs(&mut eve, "has:file").await, [0; 0]);
    let found = ben.ask(looking("has:image")).await.expect("an answer");
    assert_eq!(found.hits[0].snippet[0].text, "Dot.gif");
}

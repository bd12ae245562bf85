//! Files: sent to those who may see the message, refused with a sentence, harmless whatever is in them, and gone when
//! the message is.

use http::{Method, StatusCode, header};
use reqwest::{RequestBuilder, Response};
use tidings_protocol::{
    Attachment, AttachmentId, AttachmentKind, Content, ErrorCode, History, LocalId, Message, Seq, ThreadId,
    command::{DeleteMessage, HideMessage, LeaveGroup, Origin, SendMessage},
    limits,
};
use tidings_server::service::{Caller, Uploaded};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use super::groups::make_group;
use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines, refusal, soon},
};

on_both_engines! {
    the_other_member_sees_a_file_and_has_it_and_nobody_else
    the_same_upload_again_gets_the_first_result
    an_upload_that_breaks_off_leaves_room_for_the_next_try
    a_part_of_a_file_can_be_had_and_an_unchanged_one_is_not_sent_again
    what_a_browser_could_run_is_only_given_to_be_saved
    what_can_not_be_taken_is_refused_with_a_sentence
    names_lead_nowhere
    a_message_brings_only_files_of_its_sender_and_each_once
    whoever_leaves_a_group_keeps_its_files_as_far_as_its_history
    a_deleted_message_takes_its_files_with_it
    a_forwarded_file_is_for_those_who_see_it_there_whatever_becomes_of_the_first
    a_file_stays_when_what_was_forwarded_of_it_is_deleted
    what_one_does_not_see_is_not_forwarded
    what_is_forwarded_counts_as_uploaded
    a_file_that_nobody_sends_is_deleted
}

/// One white pixel.
pub const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
const PDF: &[u8] = b"%PDF-1.7\n% a plan\n";

pub fn new_id() -> AttachmentId {
    AttachmentId(Uuid::now_v7())
}

pub fn put(
    server: &TestServer,
    person: &Person,
    id: AttachmentId,
    name: &str,
    bytes: &[u8],
) -> RequestBuilder {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    server
        .request(Method::PUT, &format!("/api/v1/uploads/{id}?name={name}"))
        .bearer_auth(&person.access)
        .body(bytes.to_vec())
}

async fn upload(server: &TestServer, person: &Person, name: &str, bytes: &[u8]) -> Attachment {
    let answer = put(server, person, new_id(), name, bytes)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
    answer.json().await.expect("an attachment")
}

async fn refused(server: &TestServer, person: &Person, name: &str, bytes: &[u8]) -> (ErrorCode, String) {
    let answer = put(server, person, new_id(), name, bytes)
        .send()
        .await
        .expect("an answer");
    let (_, error) = refusal(answer).await;
    (error.code, error.message)
}

fn with(thread: ThreadId, files: &[AttachmentId]) -> SendMessage {
    SendMessage {
        thread,
        local_id: LocalId(Uuid::now_v7()),
        body: None,
        attachments: files.to_vec(),
        reply_to: None,
        forwarded: false,
        files_of: None,
    }
}

pub async fn get(server: &TestServer, person: &Person, path: &str) -> Response {
    let request = server
        .request(Method::GET, &format!("/api/v1/files/{path}"))
        .bearer_auth(&person.access);
    request.send().await.expect("an answer")
}

/// Ana and Ben, looking at the same thread.
async fn two(server: &TestServer) -> (Person, Person, ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    for person in [&mut ana, &mut ben] {
        person.look_at(thread).await;
    }
    (ana, ben, thread)
}

async fn send(person: &mut Person, thread: ThreadId, files: &[AttachmentId]) -> Message {
    person.ask(with(thread, files)).await.expect("it is sent")
}

async fn the_other_member_sees_a_file_and_has_it_and_nobody_else(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let stranger = server.person("chidi").await;
    let [picture, plan] = [
        upload(&server, &ana, "dot.gif", GIF).await,
        upload(&server, &ana, "plan.pdf", PDF).await,
    ];
    assert_eq!(picture.kind, AttachmentKind::Image { width: 1, height: 1 });
    assert_eq!(
        (&plan.kind, plan.media_type.as_str()),
        (&AttachmentKind::File, "application/pdf")
    );
    // Before it is sent it is its uploader's.
    for (person, status) in [(&ana, StatusCode::OK), (&ben, StatusCode::NOT_FOUND)] {
        assert_eq!(get(&server, person, &plan.id.to_string()).await.status(), status);
    }
    let sent = send(&mut ana, thread, &[picture.id, plan.id]).await;
    assert_eq!(sent.content.attachments(), [picture.clone(), plan.clone()]);
    ben.until("the files", |device| {
        let rows = device.timeline(thread).rows;
        rows.last().is_some_and(|row| row.content == sent.content)
    })
    .await;
    let answer = get(&server, &ben, &plan.id.to_string()).await;
    assert_eq!(
        answer.headers()[header::CONTENT_LENGTH],
        PDF.len().to_string().as_str()
    );
    assert_eq!(answer.bytes().await.expect("bytes"), PDF);
    let small = get(&server, &ben, &format!("{}/thumbnail", picture.id)).await;
    assert_eq!(small.bytes().await.expect("bytes"), GIF);
    // A device that starts now has the same from the page it loads and from its list.
    let mut late = server.another_device(&ben).await;
    late.look_at(thread).await;
    late.until("the files", |device| {
        let rows = device.timeline(thread).rows;
        rows.last().is_some_and(|row| row.content == sent.content)
    })
    .await;
    for path in [
        plan.id.to_string(),
        format!("{}/thumbnail", picture.id),
        new_id().to_string(),
        "x".to_owned(),
    ] {
        let (status, error) = refusal(get(&server, &stranger, &path).await).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {error}");
    }
    let anonymous = server.request(Method::GET, &format!("/api/v1/files/{}", plan.id));
    assert_eq!(
        anonymous.send().await.expect("an answer").status(),
        StatusCode::UNAUTHORIZED
    );
}

async fn the_same_upload_again_gets_the_first_result(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, ben, _) = two(&server).await;
    let id = new_id();
    let mut answers = Vec::new();
    for name in ["plan.pdf", "another name.pdf"] {
        let answer = put(&server, &ana, id, name, PDF).send().await.expect("an answer");
        answers.push(answer.json::<Attachment>().await.expect("an attachment"));
    }
    assert_eq!(answers[0], answers[1]);
    for (person, bytes) in [(&ana, GIF), (&ben, PDF)] {
        let answer = put(&server, person, id, "plan.pdf", bytes)
            .send()
            .await
            .expect("an answer");
        assert_eq!(refusal(answer).await.1.code, ErrorCode::Conflict);
    }
    let both = tokio::join!(
        put(&server, &ana, answers[0].id, "plan.pdf", PDF).send(),
        put(&server, &ana, answers[0].id, "plan.pdf", PDF).send()
    );
    for answer in [both.0, both.1] {
        assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
    }
}

async fn an_upload_that_breaks_off_leaves_room_for_the_next_try(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, ..) = two(&server).await;
    let id = new_id();
    // More often than there is room for at once.
    for _ in 0..=limits::UPLOADS_AT_ONCE {
        let mut line = TcpStream::connect(server.running().addr).await.expect("a line");
        let head = format!(
            "PUT /api/v1/uploads/{id}?name=a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 5000\r\n\r\n%PDF",
            ana.access
        );
        line.write_all(head.as_bytes()).await.expect("it is written");
    }
    let stored = soon("room again", async {
        loop {
            let answer = put(&server, &ana, id, "plan.pdf", PDF)
                .send()
                .await
                .expect("an answer");
            if answer.status() != StatusCode::TOO_MANY_REQUESTS {
                return answer;
            }
        }
    })
    .await;
    assert_eq!(
        stored.json::<Attachment>().await.expect("an attachment").size,
        PDF.len() as u64
    );
    let incoming = server.data_dir().join("incoming");
    soon("nothing is left of them", async {
        while std::fs::read_dir(&incoming).expect("a folder").count() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn a_part_of_a_file_can_be_had_and_an_unchanged_one_is_not_sent_again(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, ..) = two(&server).await;
    let plan = upload(&server, &ana, "plan.pdf", PDF).await;
    let asked = |name: header::HeaderName, value: String| {
        let request = server.request(Method::GET, &format!("/api/v1/files/{}", plan.id));
        request.bearer_auth(&ana.access).header(name, value).send()
    };
    let part = asked(header::RANGE, "bytes=1-3".to_owned())
        .await
        .expect("an answer");
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        part.headers()[header::CONTENT_RANGE],
        format!("bytes 1-3/{}", PDF.len()).as_str()
    );
    let etag = part.headers()[header::ETAG].to_str().expect("text").to_owned();
    assert_eq!(part.bytes().await.expect("bytes"), &PDF[1..4]);
    let nowhere = asked(header::RANGE, "bytes=9999-".to_owned())
        .await
        .expect("an answer");
    assert_eq!(nowhere.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let unchanged = asked(header::IF_NONE_MATCH, etag).await.expect("an answer");
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
    let other = asked(header::IF_NONE_MATCH, "\"x\"".to_owned())
        .await
        .expect("an answer");
    assert_eq!(other.status(), StatusCode::OK);
}

async fn what_a_browser_could_run_is_only_given_to_be_saved(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, ..) = two(&server).await;
    let polyglot = [GIF, b"<script>alert(1)</script>"].concat();
    for (name, bytes, in_place) in [
        (
            "page.html",
            &b"<!DOCTYPE html><script>alert(1)</script>"[..],
            false,
        ),
        // Called a picture, and none.
        ("photo.png", b"<html><body onload=alert(1)>", false),
        (
            "drawing.svg",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            false,
        ),
        ("plan.pdf", PDF, false),
        ("letter.txt", b"Dear all", false),
        ("page.html", &polyglot, true),
    ] {
        let file = upload(&server, &ana, name, bytes).await;
        let answer = get(&server, &ana, &file.id.to_string()).await;
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        assert_eq!(header("x-content-type-options"), "nosniff");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("sandbox") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        let expected = if in_place {
            ("inline", "image/gif")
        } else {
            ("attachment", "application/octet-stream")
        };
        assert!(header("content-disposition").starts_with(expected.0), "{name}");
        assert_eq!(header("content-type"), expected.1, "{name}");
        assert!(header("cache-control").contains("private"));
        if in_place {
            assert!(file.name.as_str().ends_with(".gif"), "{:?}", file.name);
            assert_eq!(
                answer.bytes().await.expect("bytes"),
                GIF,
                "nothing but the picture is left"
            );
            let saved = get(&server, &ana, &format!("{}?download=1", file.id)).await;
            let disposition = saved.headers()[header::CONTENT_DISPOSITION]
                .to_str()
                .expect("text");
            assert!(disposition.starts_with("attachment"), "{disposition}");
        }
    }
}

async fn what_can_not_be_taken_is_refused_with_a_sentence(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| settings.file_max_bytes = 1000).await;
    let (ana, ..) = two(&server).await;
    let bomb = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b";
    for (bytes, code, words) in [
        (&b""[..], ErrorCode::Invalid, "empty"),
        (&[b'x'; 1001], ErrorCode::TooLarge, "too large"),
        (bomb, ErrorCode::Invalid, "million pixels"),
        (b"\x89PNG\r\n\x1a\nnonsense", ErrorCode::Invalid, "damaged"),
    ] {
        let (seen, message) = refused(&server, &ana, "a", bytes).await;
        assert_eq!(seen, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
    // One that does not say how large it is, and never ends.
    let mut line = TcpStream::connect(server.running().addr).await.expect("a line");
    let head = format!(
        "PUT /api/v1/uploads/{}?name=a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\r\n",
        new_id(),
        ana.access
    );
    line.write_all(head.as_bytes()).await.expect("it is written");
    let chunk = format!("{:x}\r\n{}\r\n", 200, "x".repeat(200));
    let (mut reading, mut writing) = line.split();
    let mut answer = [0; 12];
    let speaking = async {
        while writing.write_all(chunk.as_bytes()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let hearing = async {
        soon("an answer", reading.read_exact(&mut answer))
            .await
            .expect("an answer")
    };
    tokio::select! {
        _ = hearing => {}
        () = async { speaking.await; std::future::pending().await } => {}
    }
    assert_eq!(&answer, b"HTTP/1.1 413");
    let path = format!("/api/v1/uploads/{}?name=a.webm&duration_ms=1000", new_id());
    let no_recording = server
        .request(Method::PUT, &path)
        .bearer_auth(&ana.access)
        .body(PDF);
    let (_, error) = refusal(no_recording.send().await.expect("an answer")).await;
    assert_eq!(error.code, ErrorCode::Invalid);
    assert_eq!(
        std::fs::read_dir(server.data_dir().join("files"))
            .expect("a folder")
            .count(),
        0
    );
}

async fn names_lead_nowhere(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, ..) = two(&server).await;
    for (name, expected) in [
        ("../../../etc/passwd", "passwd"),
        ("C:\\temp\\plan.pdf", "plan.pdf"),
        ("a\"; filename=\"b.exe\r\nx: y", "a_; filename=_b.exex_ y"),
        ("", "file"),
    ] {
        let file = upload(&server, &ana, name, PDF).await;
        assert_eq!(file.name.as_str(), expected);
        let answer = get(&server, &ana, &file.id.to_string()).await;
        assert!(answer.headers().get("x").is_none());
    }
    let long = upload(&server, &ana, &format!("{}.pdf", "n".repeat(10_000)), PDF).await;
    assert!(long.name.as_str().len() <= limits::FILE_NAME_MAX_BYTES);
    assert_eq!(
        get(&server, &ana, &long.id.to_string()).await.status(),
        StatusCode::OK
    );
}

async fn a_message_brings_only_files_of_its_sender_and_each_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let file = upload(&server, &ana, "plan.pdf", PDF).await.id;
    let code = async |person: &mut Person, files: &[AttachmentId]| {
        let refused = person.ask(with(thread, files)).await;
        refused.expect_err("a refusal").code
    };
    assert_eq!(code(&mut ben, &[file]).await, ErrorCode::NotFound);
    assert_eq!(code(&mut ana, &[new_id()]).await, ErrorCode::NotFound);
    assert_eq!(code(&mut ana, &[file, file]).await, ErrorCode::Invalid);
    assert_eq!(code(&mut ana, &[]).await, ErrorCode::Invalid);
    let many: Vec<_> = (0..=limits::ATTACHMENTS_MAX).map(|_| new_id()).collect();
    assert_eq!(code(&mut ana, &many).await, ErrorCode::Invalid);
    let message = with(thread, &[file]);
    let first = ana.ask(message.clone()).await.expect("it is sent");
    assert_eq!(first.seq, Seq(1), "no refusal took a place");
    assert_eq!(ana.ask(message.clone()).await, Ok(first));
    assert_eq!(
        code(&mut ana, &[file]).await,
        ErrorCode::NotFound,
        "another message has it"
    );
    let other = SendMessage {
        attachments: vec![upload(&server, &ana, "b.pdf", PDF).await.id],
        ..message
    };
    assert_eq!(
        ana.ask(other).await.expect_err("a refusal").code,
        ErrorCode::Conflict
    );
}

/// How many files the storage has.
fn kept(server: &TestServer) -> usize {
    let folders = std::fs::read_dir(server.data_dir().join("files")).expect("a folder");
    folders
        .filter_map(|folder| std::fs::read_dir(folder.ok()?.path()).ok())
        .map(Iterator::count)
        .sum()
}

async fn whoever_leaves_a_group_keeps_its_files_as_far_as_its_history(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        let server = TestServer::start(engine).await;
        let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
        let mut chidi = server.person("chidi").await;
        let stranger = server.person("dara").await;
        let thread = make_group(&mut ana, &mut [&mut ben, &mut chidi], history).await;
        let mut sent = Vec::new();
        for _ in 0..3 {
            let file = upload(&server, &ana, "dot.gif", GIF).await;
            let seq = send(&mut ana, thread, &[file.id]).await.seq;
            sent.push((file.id, seq));
        }
        let [(kept, _), (hidden, hidden_seq), (deleted, deleted_seq)] = sent[..] else {
            panic!("three")
        };
        let hide = HideMessage {
            thread,
            seq: hidden_seq,
        };
        ben.ask(hide).await.expect("it is hidden");
        ben.ask(LeaveGroup { thread }).await.expect("he leaves");
        let later = upload(&server, &ana, "dot.gif", GIF).await.id;
        send(&mut ana, thread, &[later]).await;
        let delete = DeleteMessage {
            thread,
            seq: deleted_seq,
        };
        ana.ask(delete).await.expect("it is deleted");
        for (person, file, is_theirs) in [
            (&chidi, kept, true),
            (&chidi, later, true),
            (&ben, kept, history.is_kept()),
            (&ben, hidden, false),
            (&ben, deleted, false),
            (&ben, later, false),
            (&stranger, kept, false),
        ] {
            for path in [file.to_string(), format!("{file}/thumbnail")] {
                let status = get(&server, person, &path).await.status();
                let expected = if is_theirs {
                    StatusCode::OK
                } else {
                    StatusCode::NOT_FOUND
                };
                assert_eq!(status, expected, "{path} {history:?}");
            }
        }
        // What is theirs to see is not theirs to pass on.
        if history.is_kept() {
            let seq = sent[0].1;
            let mut copy = with(thread, &[new_id()]);
            copy.thread = ben.open(&stranger, None).await;
            copy.files_of = Some(Origin { thread, seq });
            let refused = ben.ask(copy).await.expect_err("he has left");
            assert_eq!(refused.code, ErrorCode::Forbidden);
        }
    }
}

async fn a_deleted_message_takes_its_files_with_it(engine: Engine) {
    let server = TestServer::start_with(engine, |settings| {
        settings.timings.clear_files_every = std::time::Duration::from_millis(50);
    })
    .await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let file = upload(&server, &ana, "the secret plan.pdf", PDF).await;
    let other = upload(&server, &ana, "kept.pdf", PDF).await;
    let (seq, _) = (
        send(&mut ana, thread, &[file.id]).await.seq,
        send(&mut ana, thread, &[other.id]).await,
    );
    assert_eq!(kept(&server), 2);
    let deleted = ana
        .ask(DeleteMessage { thread, seq })
        .await
        .expect("it is deleted");
    assert_eq!(deleted.content, Content::Deleted);
    for person in [&ana, &ben] {
        assert_eq!(
            get(&server, person, &file.id.to_string()).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    ben.until("it is gone", |device| {
        let rows = device.timeline(thread).rows;
        rows.first().is_some_and(|row| row.content == Content::Deleted)
    })
    .await;
    // Whoever resumes from before it was sent learns nothing of it either.
    let log = server.running().service.log_after(0, 500).await.expect("the log");
    let log = serde_json::to_string(&log.iter().map(|row| &row.event).collect::<Vec<_>>()).expect("JSON");
    assert!(!log.contains("secret plan") && log.contains("kept.pdf"));
    soon("its bytes are gone", async {
        while kept(&server) > 1 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(
        get(&server, &ben, &other.id.to_string()).await.status(),
        StatusCode::OK
    );
}

/// Sends the files of a message once more.
fn forward(to: ThreadId, thread: ThreadId, seq: Seq, files: usize) -> SendMessage {
    let ids: Vec<_> = (0..files).map(|_| new_id()).collect();
    SendMessage {
        forwarded: true,
        files_of: Some(Origin { thread, seq }),
        ..with(to, &ids)
    }
}

async fn bytes_are_left(server: &TestServer, count: usize) {
    soon("what nobody has is gone", async {
        while kept(server) > count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn clearing(engine: Engine) -> TestServer {
    TestServer::start_with(engine, |settings| {
        settings.timings.clear_files_every = std::time::Duration::from_millis(50);
    })
    .await
}

async fn a_forwarded_file_is_for_those_who_see_it_there_whatever_becomes_of_the_first(engine: Engine) {
    let server = clearing(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let mut chidi = server.person("chidi").await;
    let there = ben.open(&chidi, None).await;
    let [plan, dot] = [
        upload(&server, &ana, "plan.pdf", PDF).await,
        upload(&server, &ana, "dot.gif", GIF).await,
    ];
    let seq = send(&mut ana, thread, &[plan.id, dot.id]).await.seq;
    let command = forward(there, thread, seq, 2);
    let copy = ben.ask(command.clone()).await.expect("it is forwarded");
    assert_eq!(ben.ask(command.clone()).await, Ok(copy.clone()), "twice is once");
    assert!(copy.forwarded);
    let files = copy.content.attachments().to_vec();
    let ids: Vec<_> = files.iter().map(|file| file.id).collect();
    assert_eq!(ids, command.attachments);
    let same = |copy: &Attachment, first: &Attachment| {
        let renamed = Attachment {
            id: first.id,
            ..copy.clone()
        };
        renamed == *first
    };
    assert!(same(&files[0], &plan) && same(&files[1], &dot));
    assert_eq!(kept(&server), 2, "the bytes are there once");
    chidi
        .until("the files", |device| {
            let last = device.thread(there).and_then(|row| row.last);
            last.is_some_and(|last| last.content == copy.content)
        })
        .await;
    // Each in its own thread.
    for (person, id, status) in [
        (&chidi, files[0].id, StatusCode::OK),
        (&ben, files[0].id, StatusCode::OK),
        (&ana, files[0].id, StatusCode::NOT_FOUND),
        (&chidi, plan.id, StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&server, person, &id.to_string()).await.status(), status);
    }
    ana.ask(DeleteMessage { thread, seq })
        .await
        .expect("it is deleted");
    assert_eq!(
        get(&server, &ben, &plan.id.to_string()).await.status(),
        StatusCode::NOT_FOUND
    );
    let service = &server.running().service;
    assert_eq!(
        service.leftovers(limits::UPLOAD_KEPT_FOR).await.expect("a list"),
        Vec::<String>::new(),
        "another file has the bytes"
    );
    let answer = get(&server, &chidi, &files[0].id.to_string()).await;
    assert_eq!(answer.bytes().await.expect("bytes"), PDF);
    let delete = DeleteMessage {
        thread: there,
        seq: copy.seq,
    };
    ben.ask(delete).await.expect("it is deleted");
    bytes_are_left(&server, 0).await;
}

async fn a_file_stays_when_what_was_forwarded_of_it_is_deleted(engine: Engine) {
    let server = clearing(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let plan = upload(&server, &ana, "plan.pdf", PDF).await;
    let other = upload(&server, &ana, "other.pdf", GIF).await;
    let seq = send(&mut ana, thread, &[plan.id]).await.seq;
    let gone = send(&mut ana, thread, &[other.id]).await.seq;
    let copy = ben
        .ask(forward(thread, thread, seq, 1))
        .await
        .expect("it is forwarded");
    for seq in [copy.seq, gone] {
        let person = if seq == gone { &mut ana } else { &mut ben };
        person
            .ask(DeleteMessage { thread, seq })
            .await
            .expect("it is deleted");
    }
    // What was deleted after the copy is gone: so the copy has been looked at.
    bytes_are_left(&server, 1).await;
    let answer = get(&server, &ben, &plan.id.to_string()).await;
    assert_eq!(answer.bytes().await.expect("bytes"), PDF);
}

async fn what_one_does_not_see_is_not_forwarded(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let mut chidi = server.person("chidi").await;
    let there = chidi.open(&ben, None).await;
    let mut sent = Vec::new();
    for name in ["a.pdf", "b.pdf", "c.pdf"] {
        let file = upload(&server, &ana, name, PDF).await;
        sent.push(send(&mut ana, thread, &[file.id]).await);
    }
    let text = SendMessage {
        body: Some(tidings_protocol::Body::new("No files.").expect("a text")),
        ..with(thread, &[])
    };
    let text = ana.ask(text).await.expect("it is sent").seq;
    let refused = async |person: &mut Person, command: SendMessage| {
        let error = person.ask(command).await.expect_err("a refusal");
        (error.code, error.message)
    };
    let [deleted, hidden, seen] = [sent[0].seq, sent[1].seq, sent[2].seq];
    let (code, _) = refused(&mut chidi, forward(there, thread, seen, 1)).await;
    assert_eq!(code, ErrorCode::NotFound, "not a member");
    let (code, _) = refused(&mut ana, forward(there, thread, seen, 1)).await;
    assert_eq!(code, ErrorCode::NotFound, "not a member there");
    let (code, _) = refused(&mut ben, forward(there, thread, Seq(99), 1)).await;
    assert_eq!(code, ErrorCode::NotFound);
    ana.ask(DeleteMessage { thread, seq: deleted })
        .await
        .expect("it is deleted");
    ben.ask(HideMessage { thread, seq: hidden })
        .await
        .expect("it is hidden");
    for (seq, files, words) in [
        (deleted, 1, "was deleted"),
        (hidden, 1, "was deleted"),
        (text, 1, "no files"),
        (seen, 2, "exactly as many"),
        (seen, 0, "exactly as many"),
    ] {
        let (code, message) = refused(&mut ben, forward(there, thread, seq, files)).await;
        assert_eq!(code, ErrorCode::Invalid, "{message}");
        assert!(message.contains(words), "{message}");
    }
    let taken = SendMessage {
        attachments: vec![sent[2].content.attachments()[0].id],
        ..forward(there, thread, seen, 1)
    };
    assert_eq!(refused(&mut ben, taken).await.0, ErrorCode::Conflict);
    let copy = ben
        .ask(forward(there, thread, seen, 1))
        .await
        .expect("it is forwarded");
    assert_eq!(copy.seq, Seq(1), "no refusal took a place");
}

async fn what_is_forwarded_counts_as_uploaded(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let plan = upload(&server, &ana, "plan.pdf", PDF).await;
    let seq = send(&mut ana, thread, &[plan.id]).await.seq;
    let almost = Attachment {
        id: new_id(),
        size: limits::UPLOAD_BYTES_A_DAY - plan.size,
        ..plan
    };
    let uploaded = Uploaded {
        attachment: almost,
        file: "large".to_owned(),
        thumbnail: None,
        hash: "1".to_owned(),
    };
    let entrance = server.sign_in(&ben.me).await;
    let caller = Caller {
        user: ben.me.id,
        session: serde_json::from_value(entrance["session"].clone()).expect("a session"),
    };
    let service = &server.running().service;
    service
        .actor(caller)
        .keep_upload(uploaded)
        .await
        .expect("it is kept");
    ben.ask(forward(thread, thread, seq, 1))
        .await
        .expect("there is room for one");
    let error = ben
        .ask(forward(thread, thread, seq, 1))
        .await
        .expect_err("a refusal");
    // Not one that would hold up whatever else the device has to send.
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.message.contains("in 24 hours"), "{}", error.message);
}

async fn a_file_that_nobody_sends_is_deleted(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _, thread) = two(&server).await;
    let unused = upload(&server, &ana, "unused.pdf", PDF).await;
    let used = upload(&server, &ana, "used.pdf", PDF).await;
    drop(send(&mut ana, thread, &[used.id]).await);
    let service = &server.running().service;
    assert_eq!(
        service.leftovers(limits::UPLOAD_KEPT_FOR).await.expect("a list"),
        Vec::<String>::new()
    );
    assert_eq!(
        service
            .leftovers(std::time::Duration::ZERO)
            .await
            .expect("a list")
            .len(),
        1
    );
    assert_eq!(
        get(&server, &ana, &unused.id.to_string()).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        get(&server, &ana, &used.id.to_string()).await.status(),
        StatusCode::OK
    );
}

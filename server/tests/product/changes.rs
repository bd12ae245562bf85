//! Editing, deleting and hiding: on every device of whom it concerns, with and without a connection, and refused with a
//! sentence.

use std::time::Duration;

use http::{Method, StatusCode};
use tidings_device::{Act, Device, Input, Which};
use tidings_protocol::{
    AccountRole, Body, Content, Emoji, ErrorCode, Seq, ThreadId,
    command::{
        DeleteMessage, EditMessage, HideMessage, ListDeletions, LoadReceipts, LoadVersions, MarkRead, SetRole,
    },
    limits,
};

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    every_device_sees_an_edit_and_a_deletion
    what_is_deleted_before_it_is_read_waits_for_nobody
    what_was_done_without_a_connection_is_done_when_it_is_back
    a_connection_that_breaks_before_the_answer_does_it_once
    an_edit_of_what_was_deleted_meanwhile_is_refused_with_its_text
    after_the_window_a_text_stays_as_it_is
    admins_see_who_deleted_what_others_said
    an_outsider_is_told_of_no_thread
    what_is_hidden_is_gone_from_ones_own_devices_only
    a_message_says_when_it_was_delivered_and_read
}

fn edit(text: &str) -> Act {
    Act::Edit {
        body: Body::new(text).expect("a text"),
    }
}

fn amend(thread: ThreadId, seq: i64, act: Act) -> Input {
    Input::Amend {
        thread,
        message: Which::Stored(Seq(seq)),
        act,
    }
}

fn texts(device: &Device, thread: ThreadId) -> Vec<String> {
    let rows = device.timeline(thread).rows.into_iter();
    rows.map(|row| match row.content {
        Content::Deleted => "-".to_owned(),
        content => content.text().to_owned(),
    })
    .collect()
}

async fn until_shows(person: &mut Person, thread: ThreadId, expected: &[&str]) {
    person
        .until("the messages", |device| texts(device, thread) == expected)
        .await;
}

/// Ana and Ben, looking at a thread in which Ana has said two things.
async fn two(server: &TestServer) -> (Person, Person, ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    for person in [&mut ana, &mut ben] {
        person.look_at(thread).await;
    }
    ana.say(thread, "Nine.").await;
    ana.say(thread, "Room four.").await;
    ana.until("they are stored", |device| device.unsent().is_empty())
        .await;
    for person in [&mut ana, &mut ben] {
        person.until_texts(thread, &["Nine.", "Room four."]).await;
    }
    (ana, ben, thread)
}

/// Ben is online, his phone away, and his tablet starts when all is over.
async fn what_is_deleted_before_it_is_read_waits_for_nobody(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let mut phone = server.another_device(&ben).await;
    let counts = |device: &Device| (device.unread(thread), device.mentions(thread).len());
    phone.lose_network().await;
    for text in ["Nine.", "Room four, @ben."] {
        ana.say(thread, text).await;
    }
    ana.until("they are stored", |device| device.unsent().is_empty())
        .await;
    ben.until("both", |device| counts(device) == (2, 1)).await;
    for (seq, left) in [(2, (1, 0)), (1, (0, 0))] {
        ana.ask(DeleteMessage {
            thread,
            seq: Seq(seq),
        })
        .await
        .expect("it is deleted");
        ben.until("it is gone", |device| counts(device) == left).await;
    }
    ana.say(thread, "Ten.").await;
    phone.find_network().await;
    for device in [&mut ben, &mut phone] {
        device.until("the last", |device| counts(device) == (1, 0)).await;
    }
    let tablet = server.another_device(&ben).await;
    assert_eq!(counts(tablet.device()), (1, 0));
}

async fn every_device_sees_an_edit_and_a_deletion(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let mut phone = server.another_device(&ana).await;
    phone.look_at(thread).await;
    ana.give(amend(thread, 1, edit("Ten."))).await;
    ana.give(amend(thread, 2, Act::Delete)).await;
    for person in [&mut ana, &mut ben, &mut phone] {
        until_shows(person, thread, &["Ten.", "-"]).await;
    }
    ana.until("all is sent", |device| device.amendments().is_empty())
        .await;
    let load = LoadVersions { thread, seq: Seq(1) };
    let versions = ben.ask(load).await.expect("a member may read them");
    assert_eq!(versions[0].body.as_str(), "Nine.");
}

async fn what_was_done_without_a_connection_is_done_when_it_is_back(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    ben.lose_network().await;
    ana.lose_network().await;
    ana.give(amend(thread, 1, edit("Ten."))).await;
    ana.give(amend(thread, 1, edit("Eleven."))).await;
    ana.give(amend(thread, 2, Act::Delete)).await;
    let emoji = Emoji::new("🎉").expect("an emoji");
    ana.give(amend(thread, 1, Act::React { emoji, on: true })).await;
    assert_eq!(texts(ana.device(), thread), ["Eleven.", "-"]);
    ana.find_network().await;
    ana.until("all is sent", |device| device.amendments().is_empty())
        .await;
    ben.find_network().await;
    until_shows(&mut ben, thread, &["Eleven.", "-"]).await;
    ben.until("the reaction", |device| {
        !device.timeline(thread).rows[0].reactions.is_empty()
    })
    .await;
    // Only the last of the two edits was sent.
    let load = LoadVersions { thread, seq: Seq(1) };
    assert_eq!(ben.ask(load).await.expect("a member may read them").len(), 1);
}

async fn a_connection_that_breaks_before_the_answer_does_it_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    ana.give(amend(thread, 1, edit("Ten."))).await;
    until_shows(&mut ben, thread, &["Ten.", "Room four."]).await;
    // Ana's device has heard nothing yet: nobody has let it.
    ana.lose_network().await;
    assert_eq!(ana.device().amendments().len(), 1);
    ana.find_network().await;
    ana.until("it is done", |device| device.amendments().is_empty())
        .await;
    until_shows(&mut ana, thread, &["Ten.", "Room four."]).await;
    let load = LoadVersions { thread, seq: Seq(1) };
    assert_eq!(ana.ask(load).await.expect("they are hers").len(), 1);
}

async fn an_edit_of_what_was_deleted_meanwhile_is_refused_with_its_text(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, _ben, thread) = two(&server).await;
    let mut phone = server.another_device(&ana).await;
    phone.look_at(thread).await;
    ana.lose_network().await;
    ana.give(amend(thread, 1, edit("Ten."))).await;
    let delete = DeleteMessage { thread, seq: Seq(1) };
    phone.ask(delete).await.expect("it is hers");
    ana.find_network().await;
    ana.until("it is refused", |device| {
        !device.timeline(thread).rows[0].refused.is_empty()
    })
    .await;
    let row = ana.device().timeline(thread).rows.remove(0);
    assert_eq!(row.content, Content::Deleted);
    assert_eq!(row.refused[0].act, edit("Ten."));
    assert_eq!(row.refused[0].error.code, ErrorCode::Gone);
    ana.give(Input::Discard(row.refused[0].id)).await;
    assert!(ana.device().amendments().is_empty());
}

async fn admins_see_who_deleted_what_others_said(engine: Engine) {
    let server = TestServer::start(engine).await;
    // Whoever comes first is the owner.
    let mut zoe = server.person("zoe").await;
    let (mut ana, mut ben, thread) = two(&server).await;
    ben.say(thread, "Room five.").await;
    let delete = |seq| DeleteMessage {
        thread,
        seq: Seq(seq),
    };
    ana.ask(delete(1)).await.expect("her own");
    assert!(zoe.ask(ListDeletions {}).await.expect("an admin").is_empty());
    let role = AccountRole::Admin;
    zoe.ask(SetRole { user: ana.id(), role })
        .await
        .expect("she is an admin");
    ben.until("it is stored", |device| device.unsent().is_empty())
        .await;
    // Her device is on its way back: its connections ended with her old role.
    let path = format!("/api/v1/threads/{thread}/messages/3");
    let deleted = server.request(Method::DELETE, &path).bearer_auth(&ana.access);
    let answer = deleted.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let listed = zoe.ask(ListDeletions {}).await.expect("an admin");
    let told: Vec<_> = listed
        .iter()
        .map(|one| (one.thread, one.seq, one.sender.id, one.deleted_by.id))
        .collect();
    assert_eq!(told, [(thread, Seq(3), ben.id(), ana.id())]);
    let error = ben.ask(ListDeletions {}).await.expect_err("no admin");
    assert_eq!(error.code, ErrorCode::Forbidden);
}

async fn after_the_window_a_text_stays_as_it_is(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let seq = Seq(1);
    let to = |text: &str| EditMessage {
        thread,
        seq,
        body: Body::new(text).expect("a text"),
    };
    ana.ask(to("Ten.")).await.expect("it is in time");
    // One that is written without a connection, and reaches the server too late.
    ana.lose_network().await;
    ana.give(amend(thread, 1, edit("Eleven."))).await;
    server.clock.advance(limits::EDIT_WINDOW + Duration::from_secs(1));
    ana.find_network().await;
    ana.until("it is refused", |device| {
        !device.timeline(thread).rows[0].refused.is_empty()
    })
    .await;
    let row = ana.device().timeline(thread).rows.remove(0);
    assert_eq!(row.content.text(), "Ten.");
    assert_eq!(row.refused[0].error.code, ErrorCode::Conflict);
    assert_eq!(row.refused[0].act, edit("Eleven."), "the text is kept");
    let error = ana.ask(to("Twelve.")).await.expect_err("it is too late");
    assert_eq!(error.code, ErrorCode::Conflict);
    // Whoever missed the answer to an edit in time learns that it was done.
    let message = ana.ask(to("Ten.")).await.expect("it is so");
    assert_eq!(message.revision, 1);
    until_shows(&mut ben, thread, &["Ten.", "Room four."]).await;
}

async fn an_outsider_is_told_of_no_thread(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut ben, thread) = two(&server).await;
    let mut chidi = server.person("chidi").await;
    let seq = Seq(1);
    let body = Body::new("Ten.").expect("a text");
    let refused = [
        chidi
            .ask(EditMessage {
                thread,
                seq,
                body: body.clone(),
            })
            .await
            .err(),
        chidi.ask(DeleteMessage { thread, seq }).await.err(),
        chidi.ask(LoadVersions { thread, seq }).await.err(),
        chidi.ask(HideMessage { thread, seq }).await.err(),
        chidi.ask(LoadReceipts { thread, seq }).await.err(),
    ];
    for error in refused {
        assert_eq!(error.expect("not theirs").code, ErrorCode::NotFound);
    }
    // A member who did not write it is told so.
    let error = ben
        .ask(EditMessage { thread, seq, body })
        .await
        .expect_err("not his");
    assert_eq!(error.code, ErrorCode::Forbidden);
    let error = ben.ask(DeleteMessage { thread, seq }).await.expect_err("not his");
    assert_eq!(error.code, ErrorCode::Forbidden);
    let nothing = HideMessage { thread, seq: Seq(99) };
    assert_eq!(
        ben.ask(nothing).await.expect_err("nothing is there").code,
        ErrorCode::NotFound
    );
}

async fn what_is_hidden_is_gone_from_ones_own_devices_only(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let mut phone = server.another_device(&ben).await;
    phone.look_at(thread).await;
    let mut away = server.another_device(&ben).await;
    away.look_at(thread).await;
    until_shows(&mut away, thread, &["Nine.", "Room four."]).await;
    away.lose_network().await;
    ben.give(amend(thread, 2, Act::Hide)).await;
    assert_eq!(texts(ben.device(), thread), ["Nine."]);
    until_shows(&mut phone, thread, &["Nine."]).await;
    ben.until("it is sent", |device| device.amendments().is_empty())
        .await;
    // Nothing unread is left behind, and asking again changes nothing.
    for person in [&mut ben, &mut phone] {
        person
            .until("nothing is unread", |device| device.unread(thread) == 0)
            .await;
    }
    ben.ask(HideMessage { thread, seq: Seq(2) })
        .await
        .expect("it is hidden");
    // What others do to it doesn't bring it back.
    ana.give(amend(thread, 2, edit("Room five."))).await;
    ana.until("it is sent", |device| device.amendments().is_empty())
        .await;
    away.find_network().await;
    let mut late = server.another_device(&ben).await;
    late.look_at(thread).await;
    for person in [&mut ben, &mut phone, &mut away, &mut late] {
        person.settle().await;
        until_shows(person, thread, &["Nine."]).await;
    }
    until_shows(&mut ana, thread, &["Nine.", "Room five."]).await;
    let load = LoadVersions { thread, seq: Seq(2) };
    assert!(ben.ask(load).await.expect("a member asks").is_empty());
}

async fn a_message_says_when_it_was_delivered_and_read(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    ben.ask(MarkRead {
        thread,
        seq: Seq(1),
        rewinds: None,
    })
    .await
    .expect("it is read");
    let load = |seq| LoadReceipts {
        thread,
        seq: Seq(seq),
    };
    let first = ana.ask(load(1)).await.expect("a member asks");
    assert_eq!(first.len(), 1, "the sender is not among them");
    assert_eq!(first[0].user, ben.me.id);
    assert!(first[0].read_at.is_some() && first[0].delivered_at <= first[0].read_at);
    let second = ana.ask(load(2)).await.expect("a member asks");
    assert_eq!(second[0].read_at, None);
    ben.ask(MarkRead {
        thread,
        seq: Seq(2),
        rewinds: None,
    })
    .await
    .expect("it is read");
    // What was read once keeps its time.
    assert_eq!(ana.ask(load(1)).await.expect("a member asks"), first);
    assert!(
        ana.ask(load(2)).await.expect("a member asks")[0]
            .read_at
            .is_some()
    );
}

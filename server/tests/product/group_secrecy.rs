//! What is said in a group reaches its members of that moment and nobody else, whatever they were before or are later.

use http::Method;
use tidings_device::{Input, Transport};
use tidings_protocol::{
    Body, Content, DeviceFrame, Emoji, ErrorCode, Event, History, LocalId, Message, Position, Reply, Request,
    Seq, ServerFrame, ThreadId,
    command::{
        AddMembers, Anchor, DeleteMessage, EditMessage, LoadMessages, LoadVersions, MarkRead, React,
        RemoveMember, RenameGroup, SendMessage,
    },
};
use uuid::Uuid;

use super::groups::{make_group, title};
use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    a_removed_member_receives_nothing_more_by_any_path
    whoever_was_away_while_they_were_removed_gets_what_the_policy_leaves_them
    late_joiners_learn_nothing_of_what_was_said_before_where_it_is_not_theirs
    whoever_comes_back_does_not_see_what_was_said_meanwhile
    whoever_keeps_the_history_sees_it_as_it_was_when_they_left
    a_server_that_starts_again_knows_who_was_a_member_when
}

const CANARY: &str = "canary-9c1e-sings";

pub fn message(thread: ThreadId, text: &str) -> SendMessage {
    SendMessage {
        thread,
        local_id: LocalId(Uuid::now_v7()),
        body: Some(Body::new(text).expect("a text")),
        attachments: Vec::new(),
        reply_to: None,
        forwarded: false,
        files_of: None,
    }
}

async fn say(person: &mut Person, thread: ThreadId, text: &str) -> Message {
    person.ask(message(thread, text)).await.expect("it is sent")
}

fn react(thread: ThreadId, seq: Seq, emoji: &str) -> React {
    React {
        thread,
        seq,
        emoji: Emoji::new(emoji).expect("an emoji"),
        on: true,
    }
}

fn edit(thread: ThreadId, seq: Seq, text: &str) -> EditMessage {
    EditMessage {
        thread,
        seq,
        body: Body::new(text).expect("a text"),
    }
}

async fn add(person: &mut Person, thread: ThreadId, whom: &Person) {
    let users = vec![whom.id()];
    person
        .ask(AddMembers { thread, users })
        .await
        .expect("they are added");
}

async fn remove(person: &mut Person, thread: ThreadId, whom: &Person) {
    let user = whom.id();
    person
        .ask(RemoveMember { thread, user })
        .await
        .expect("they are removed");
}

async fn page(person: &mut Person, thread: ThreadId, from: Anchor) -> Vec<Message> {
    let load = LoadMessages {
        thread,
        from,
        limit: 50,
    };
    person.ask(load).await.expect("a page").messages
}

async fn refused(person: &mut Person, request: impl Request) -> ErrorCode {
    person.call(request.into()).await.expect_err("a refusal").code
}

/// Ana's group with Ben and Chidi, in which each of them has said something.
async fn three(server: &TestServer, history: History) -> (Person, Person, Person, ThreadId) {
    let (mut ana, mut ben, mut chidi) = (
        server.person("ana").await,
        server.person("ben").await,
        server.person("chidi").await,
    );
    let thread = make_group(&mut ana, &mut [&mut ben, &mut chidi], history).await;
    for person in [&mut ana, &mut ben, &mut chidi] {
        let name = person.me.username.as_str().to_owned();
        say(person, thread, &format!("Hello from {name}.")).await;
    }
    (ana, ben, chidi, thread)
}

fn is_out(person: &Person, thread: ThreadId) -> bool {
    person
        .device()
        .thread(thread)
        .is_none_or(|row| row.role.is_none())
}

async fn until_out(person: &mut Person, thread: ThreadId) {
    person
        .until("no longer a member", |device| {
            device.thread(thread).is_none_or(|row| row.role.is_none())
        })
        .await;
}

/// All that can be said and done in a group, with a secret in it wherever there is a place for one.
async fn let_everything_happen(ana: &mut Person, chidi: &mut Person, thread: ThreadId) {
    say(ana, thread, CANARY).await;
    // Old messages change, too.
    ana.ask(edit(thread, Seq(2), CANARY)).await.expect("it is edited");
    chidi.ask(react(thread, Seq(3), "🦜")).await.expect("a reaction");
    let seq = chidi.ask(message(thread, "Read.")).await.expect("it is sent").seq;
    ana.ask(MarkRead {
        thread,
        seq,
        rewinds: None,
    })
    .await
    .expect("it is read");
    let rename = RenameGroup {
        thread,
        title: title(CANARY),
    };
    ana.ask(rename).await.expect("it is renamed");
    chidi.give(Input::Typed { thread, empty: false }).await;
    chidi.settle().await;
}

async fn everything_over_http(server: &TestServer, token: &str, thread: ThreadId) -> String {
    let mut all = String::new();
    for path in [
        "/api/v1/snapshot".to_owned(),
        format!("/api/v1/threads/{thread}/messages"),
        format!("/api/v1/threads/{thread}/messages?after=0"),
        format!("/api/v1/threads/{thread}/messages?before=99"),
        format!("/api/v1/threads/{thread}/messages?around=5"),
        format!("/api/v1/search?q={CANARY}"),
        "/api/v1/search?q=Hello".to_owned(),
        format!("/api/v1/search?q=in:{thread}"),
        "/".to_owned(),
        format!("/threads/{thread}"),
    ] {
        let answer = server.request(Method::GET, &path).bearer_auth(token).send().await;
        all += &answer.expect("an answer").text().await.expect("text");
    }
    all
}

async fn a_removed_member_receives_nothing_more_by_any_path(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        let server = TestServer::start(engine).await;
        let (mut ana, mut ben, mut chidi, thread) = three(&server, history).await;
        let mut tablet = server.another_device(&ben).await;
        tablet.let_through(&[Transport::LongPoll]).await;
        let mut wire = server.socket(&ben.access).await;
        wire.greet(None).await;
        let before = server.running().service.head().await.expect("a head");

        remove(&mut ana, thread, &ben).await;
        let_everything_happen(&mut ana, &mut chidi, thread).await;
        let end = server.running().service.head().await.expect("a head");

        // Live, on each transport.
        for device in [&mut ben, &mut tablet] {
            until_out(device, thread).await;
            device.settle().await;
            assert!(is_out(device, thread));
            let known = format!("{:?}", device.device());
            assert!(!known.contains(CANARY), "{known}");
            assert!(!known.contains("🦜"), "{known}");
        }
        let live = heard_until(&mut wire, end).await;
        let gone = live.iter().position(|frame| {
            matches!(frame, ServerFrame::Event { event: Event::MemberRemoved { user, .. }, .. } if *user == ben.id())
        });
        let after = &live[gone.expect("he is told") + 1..];
        let names_it = |frame: &&ServerFrame| format!("{frame:?}").contains(&thread.to_string());
        assert_eq!(after.iter().find(names_it), None, "nothing follows");

        // On return, with and without a position.
        for position in [Some(before), None] {
            let frames = server.socket(&ben.access).await.greet(position).await;
            let heard = format!("{frames:?}");
            assert!(!heard.contains(CANARY) && !heard.contains("🦜"), "{heard}");
        }
        let heard = everything_over_http(&server, &ben.access, thread).await;
        assert!(!heard.contains(CANARY) && !heard.contains("🦜"), "{heard}");
        let kept = heard.contains("Hello from ana.");
        assert_eq!(kept, history.is_kept(), "what was said before");

        // By asking.
        let seq = Seq(2);
        let refusals = [
            refused(&mut ben, message(thread, "Am I still here?")).await,
            refused(&mut ben, react(thread, seq, "👍")).await,
            refused(&mut ben, edit(thread, Seq(3), "Goodbye from ben.")).await,
            refused(&mut ben, DeleteMessage { thread, seq: Seq(3) }).await,
            refused(&mut ben, LoadVersions { thread, seq }).await,
        ];
        assert_eq!(refusals, [ErrorCode::Forbidden; 5]);
        assert_eq!(
            refused(
                &mut ben,
                MarkRead {
                    thread,
                    seq,
                    rewinds: None
                }
            )
            .await,
            ErrorCode::NotFound
        );
        wire.send(&DeviceFrame::TypingStarted { thread }).await;
        let code = wire.wait_for("a refusal", |frame| match frame {
            ServerFrame::Error { error } => Some(error.code),
            _ => None,
        });
        assert_eq!(code.await, ErrorCode::NotFound);
        // What is wrong is wrong for him only.
        let known = format!("{:?}", chidi.device());
        assert!(
            known.contains(CANARY),
            "a member hears it, or this proves nothing"
        );
    }
}

/// Frames until a beat that says that everything up to `end` was sent.
async fn heard_until(wire: &mut crate::support::Socket, end: Position) -> Vec<ServerFrame> {
    let mut heard = Vec::new();
    loop {
        wire.send(&DeviceFrame::Probe).await;
        let head = wire
            .wait_for("a beat", |frame| {
                let head = match &frame {
                    ServerFrame::Beat { head, .. } => Some(*head),
                    _ => None,
                };
                heard.push(frame);
                head
            })
            .await;
        if head.offset >= end.offset {
            return heard;
        }
    }
}

async fn whoever_was_away_while_they_were_removed_gets_what_the_policy_leaves_them(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        let server = TestServer::start(engine).await;
        let (mut ana, mut ben, mut chidi, thread) = three(&server, history).await;
        ben.until("all are there", |device| device.timeline(thread).rows.len() == 4)
            .await;
        ben.lose_network().await;
        say(&mut ana, thread, "While you were away.").await;
        remove(&mut ana, thread, &ben).await;
        let_everything_happen(&mut ana, &mut chidi, thread).await;
        ben.find_network().await;
        until_out(&mut ben, thread).await;
        let known = format!("{:?}", ben.device());
        assert!(!known.contains(CANARY), "{known}");
        assert_eq!(known.contains("While you were away."), history.is_kept());
        assert_eq!(ben.device().is_gone(thread), !history.is_kept());
        // What he wrote meanwhile is refused with a sentence, and kept for him.
        ben.say(thread, "I'm back!").await;
        ben.until("a refusal", |device| {
            let unsent = device.unsent();
            unsent.iter().any(|unsent| {
                unsent
                    .refused
                    .as_ref()
                    .is_some_and(|error| error.message == "You are no longer in this group.")
            })
        })
        .await;
    }
}

async fn late_joiners_learn_nothing_of_what_was_said_before_where_it_is_not_theirs(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        let server = TestServer::start(engine).await;
        let (mut ana, mut ben, _chidi, thread) = three(&server, history).await;
        let mut dara = server.person("dara").await;
        let start = dara.device().position();
        let old = say(&mut ana, thread, "Something old.").await;
        add(&mut ana, thread, &dara).await;
        dara.until("the group", |device| device.thread(thread).is_some())
            .await;
        let is_theirs = history == History::All;
        // Changes of old messages don't come; of new ones they do.
        ana.ask(edit(thread, old.seq, CANARY))
            .await
            .expect("it is edited");
        ben.ask(react(thread, old.seq, "🦜")).await.expect("a reaction");
        let new = say(&mut ana, thread, "Something new.").await;
        ben.ask(react(thread, new.seq, "🎉")).await.expect("a reaction");
        dara.look_at(thread).await;
        dara.until("the reaction", |device| {
            let rows = device.timeline(thread).rows;
            rows.last().is_some_and(|row| !row.reactions.is_empty())
        })
        .await;
        let known = format!("{:?}", dara.device());
        assert_eq!(known.contains(CANARY), is_theirs, "{known}");
        for position in [start, None] {
            let frames = server.socket(&dara.access).await.greet(position).await;
            let heard = format!("{frames:?}");
            assert!(!heard.contains("Something old."), "{heard}");
            if !is_theirs {
                assert!(!heard.contains(CANARY) && !heard.contains("🦜"), "{heard}");
            }
        }
        // Nor by asking, in whichever direction.
        let joined = new.seq.previous();
        let first = if is_theirs { Seq(1) } else { joined };
        let around = Anchor::Around { seq: old.seq };
        let (before, after) = (Anchor::Before { seq: new.seq }, Anchor::After { seq: Seq(0) });
        for from in [Anchor::Latest, before, after, around] {
            let page = page(&mut dara, thread, from).await;
            assert_eq!(page.first().map(|message| message.seq), Some(first), "{from:?}");
        }
        let heard = everything_over_http(&server, &dara.access, thread).await;
        assert_eq!(heard.contains(CANARY), is_theirs);
        let mut answer = message(thread, "About that…");
        answer.reply_to = Some(old.seq);
        let answered = dara.ask(answer).await.is_ok();
        let reacted = dara.ask(react(thread, old.seq, "👍")).await.is_ok();
        let versions = LoadVersions { thread, seq: old.seq };
        let versions = dara.ask(versions).await.is_ok();
        assert_eq!([answered, reacted, versions], [is_theirs; 3]);
        assert_eq!(dara.device().mentions(thread), []);
    }
}

async fn whoever_comes_back_does_not_see_what_was_said_meanwhile(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        for away in [false, true] {
            let server = TestServer::start(engine).await;
            let (mut ana, mut ben, mut chidi, thread) = three(&server, history).await;
            ben.until("all are there", |device| device.timeline(thread).rows.len() == 4)
                .await;
            if away {
                ben.lose_network().await;
            }
            remove(&mut ana, thread, &ben).await;
            let_everything_happen(&mut ana, &mut chidi, thread).await;
            add(&mut ana, thread, &ben).await;
            let back = say(&mut ana, thread, "Welcome back.").await;
            if away {
                ben.find_network().await;
            }
            ben.until("the newest", |device| {
                let row = device.thread(thread);
                row.is_some_and(|row| row.last.is_some_and(|last| last.content == back.content))
            })
            .await;
            ben.give(Input::ThreadOpened(thread)).await;
            ben.until("its rows", |device| {
                let rows = device.timeline(thread).rows;
                rows.last().is_some_and(|row| row.seq == Some(back.seq))
            })
            .await;
            let is_theirs = history == History::All;
            let messages = page(&mut ben, thread, Anchor::Latest).await;
            let known = format!("{:?}{messages:?}", ben.device());
            assert_eq!(
                known.contains(CANARY) && known.contains("🦜"),
                is_theirs,
                "{known}"
            );
            if !is_theirs {
                assert!(!known.contains("Hello from ana."), "{known}");
                // The name of the group is what it is now.
                assert_eq!(messages.first().map(|first| first.seq), Some(back.seq.previous()));
            }
        }
    }
}

async fn whoever_keeps_the_history_sees_it_as_it_was_when_they_left(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, mut chidi, thread) = three(&server, History::All).await;
    ana.ask(edit(thread, Seq(2), "Hello, all."))
        .await
        .expect("it is edited");
    ana.ask(react(thread, Seq(3), "🎉")).await.expect("a reaction");
    remove(&mut ana, thread, &ben).await;
    let kept = page(&mut ben, thread, Anchor::Latest).await;
    assert_eq!(kept[1].content.text(), "Hello, all.");
    assert_eq!(kept[2].reactions.len(), 1);
    // Later than the removal by the clock as well.
    server.clock.advance(std::time::Duration::from_millis(1));
    ana.ask(edit(thread, Seq(2), CANARY)).await.expect("it is edited");
    for emoji in ["🎉", "🦜"] {
        chidi.ask(react(thread, Seq(3), emoji)).await.expect("a reaction");
    }
    chidi
        .ask(DeleteMessage { thread, seq: Seq(4) })
        .await
        .expect("it is deleted");
    let now = page(&mut ben, thread, Anchor::Latest).await;
    assert_eq!(now.len(), kept.len());
    assert_eq!(
        (&now[1].content, now[1].edited_at),
        (&kept[1].content, kept[1].edited_at)
    );
    assert_eq!(now[2].reactions, kept[2].reactions);
    // What was deleted is deleted for everybody.
    assert_eq!(now[3].content, Content::Deleted);
    // His own message, asked for again after an answer was lost.
    let again = SendMessage {
        local_id: kept[2].local_id,
        ..message(thread, "Hello from ben.")
    };
    let Reply::Message(mine) = ben.call(again.into()).await.expect("it was sent before") else {
        panic!("a message")
    };
    assert_eq!((mine.seq, mine.reactions.len()), (Seq(3), 0));
}

async fn a_server_that_starts_again_knows_who_was_a_member_when(engine: Engine) {
    let mut server = TestServer::start(engine).await;
    let (mut ana, ben, _chidi, thread) = three(&server, History::FromJoining).await;
    let dara = server.register("dara").await.user;
    let entrance = server.sign_in(&dara).await;
    let token = entrance["access_token"].as_str().expect("a token").to_owned();
    let start = server.running().service.head().await.expect("a head");
    say(&mut ana, thread, CANARY).await;
    let users = vec![dara.id];
    ana.ask(AddMembers { thread, users }).await.expect("she is added");
    say(&mut ana, thread, "Welcome.").await;
    remove(&mut ana, thread, &ben).await;
    server.restart_with(|_| {}).await;
    // Both resume from before all of it.
    let dara_heard = format!("{:?}", server.socket(&token).await.greet(Some(start)).await);
    assert!(
        dara_heard.contains("Welcome.") && !dara_heard.contains(CANARY),
        "{dara_heard}"
    );
    let ben_heard = format!("{:?}", server.socket(&ben.access).await.greet(Some(start)).await);
    assert!(ben_heard.contains("MemberRemoved"), "{ben_heard}");
    assert!(
        !ben_heard.contains("Welcome.") && !ben_heard.contains(CANARY),
        "{ben_heard}"
    );
}

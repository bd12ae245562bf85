//! Groups: making them, who comes and goes, who may do what, and all of it seen on every device.

use http::{Method, StatusCode};
use serde_json::json;
use tidings_device::Device;
use tidings_protocol::{
    Content, ErrorCode, History, MemberRole, Notice, Request, ThreadId, Title, UserId,
    command::{
        AddMembers, CreateGroup, DeleteMessage, LeaveGroup, MarkRead, RemoveMember, RenameGroup, SetActive,
        SetMemberRole,
    },
    limits,
};
use tidings_server::service::Error;
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines, refusal},
};

on_both_engines! {
    everybody_sees_a_group_and_each_change_is_told_in_its_place
    members_see_how_far_a_message_has_got_with_each_of_them
    members_may_less_than_admins_and_admins_less_than_owners
    the_only_owner_who_leaves_hands_over
    an_owner_who_is_deactivated_hands_over
    asking_twice_is_asking_once
    what_makes_no_group_is_refused_and_changes_nothing
    whoever_was_away_while_they_were_brought_in_has_the_group_on_return
    a_group_is_made_and_changed_over_http
}

pub fn title(text: &str) -> Title {
    Title::new(text).expect("a title")
}

pub fn group_of(others: &[UserId], history: History) -> CreateGroup {
    CreateGroup {
        thread: ThreadId(Uuid::now_v7()),
        title: title("Night shift"),
        members: others.to_vec(),
        client: None,
        history,
    }
}

/// Makes a group, and waits until everybody has it.
pub async fn make_group(owner: &mut Person, others: &mut [&mut Person], history: History) -> ThreadId {
    let ids: Vec<UserId> = others.iter().map(|other| other.id()).collect();
    let thread = owner
        .ask(group_of(&ids, history))
        .await
        .expect("it is made")
        .thread
        .id;
    for person in others.iter_mut().map(|other| &mut **other).chain([owner]) {
        person
            .until("the group", |device| device.thread(thread).is_some())
            .await;
        person.look_at(thread).await;
    }
    thread
}

async fn refused(person: &mut Person, request: impl Request) -> ErrorCode {
    person.call(request.into()).await.expect_err("a refusal").code
}

fn role(device: &Device, thread: ThreadId, user: UserId) -> Option<MemberRole> {
    let members = device.memberships(thread).into_iter();
    let mut roles = members.filter(|member| member.user.id == user);
    roles.next().map(|member| member.role)
}

fn notices(device: &Device, thread: ThreadId) -> Vec<(UserId, Notice)> {
    let rows = device.timeline(thread).rows.into_iter();
    rows.filter_map(|row| match row.content {
        Content::Notice { notice } => Some((row.sender, notice)),
        _ => None,
    })
    .collect()
}

async fn everybody_sees_a_group_and_each_change_is_told_in_its_place(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let (mut chidi, mut dara) = (server.person("chidi").await, server.person("dara").await);
    let thread = make_group(&mut ana, &mut [&mut ben, &mut chidi], History::All).await;
    let mut phone = server.another_device(&ben).await;
    let (a, b, c, d) = (ana.id(), ben.id(), chidi.id(), dara.id());
    let rename = RenameGroup {
        thread,
        title: title("Day shift"),
    };
    let (user, role_of_ben) = (b, MemberRole::Admin);
    ana.ask(rename).await.expect("it is renamed");
    let promote = SetMemberRole {
        thread,
        user,
        role: role_of_ben,
    };
    ana.ask(promote).await.expect("he is an admin");
    let users = vec![d];
    ben.ask(AddMembers { thread, users }).await.expect("she is added");
    dara.until("the group", |device| device.thread(thread).is_some())
        .await;
    dara.look_at(thread).await;
    ben.ask(RemoveMember { thread, user: c })
        .await
        .expect("he is removed");
    dara.ask(LeaveGroup { thread }).await.expect("she leaves");
    let told = vec![
        (a, Notice::Created),
        (
            a,
            Notice::Renamed {
                title: title("Day shift"),
            },
        ),
        (
            a,
            Notice::RoleChanged {
                user: b,
                role: MemberRole::Admin,
            },
        ),
        (b, Notice::Added { users: vec![d] }),
        (b, Notice::Removed { user: c }),
        (d, Notice::Left),
    ];
    phone.look_at(thread).await;
    for person in [&mut ana, &mut ben, &mut phone] {
        person
            .until("all is told", |device| {
                notices(device, thread) == told && device.members(thread).len() == 2
            })
            .await;
        let device = person.device();
        let row = device.thread(thread).expect("the group");
        assert_eq!(row.title, Some(title("Day shift")));
        assert_eq!(role(device, thread, a), Some(MemberRole::Owner));
        assert_eq!(role(device, thread, b), Some(MemberRole::Admin));
        assert_eq!(row.unread, 0, "notices don't count");
    }
    // Whoever left keeps what was told until then, the last notice about themselves.
    for (person, last) in [(&mut chidi, 5), (&mut dara, 6)] {
        person
            .until("they are out", |device| {
                device.thread(thread).is_some_and(|row| row.role.is_none())
            })
            .await;
        assert_eq!(notices(person.device(), thread), told[..last]);
    }
    // A device that starts now has the same.
    let mut late = server.another_device(&chidi).await;
    late.look_at(thread).await;
    assert_eq!(notices(late.device(), thread), told[..5]);
}

async fn members_see_how_far_a_message_has_got_with_each_of_them(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, mut chidi) = (
        server.person("ana").await,
        server.person("ben").await,
        server.person("chidi").await,
    );
    let thread = make_group(&mut ana, &mut [&mut ben, &mut chidi], History::All).await;
    chidi.lose_network().await;
    ana.say(thread, "Who has the keys?").await;
    ben.until_texts(thread, &["", "Who has the keys?"]).await;
    let seq = ben.rows(thread)[1].seq.expect("a place");
    ben.ask(MarkRead {
        thread,
        seq,
        rewinds: None,
    })
    .await
    .expect("it is read");
    let (a, b, c) = (ana.id(), ben.id(), chidi.id());
    let ids = |users: &[tidings_protocol::User]| users.iter().map(|user| user.id).collect::<Vec<_>>();
    ana.until("Ben has read it", |device| {
        let receipts = device.receipts(thread, a, seq);
        ids(&receipts.read) == [b] && ids(&receipts.waiting) == [c]
    })
    .await;
    chidi.find_network().await;
    chidi.until_texts(thread, &["", "Who has the keys?"]).await;
    chidi
        .while_doing(ana.until("Chidi has it", |device| {
            ids(&device.receipts(thread, a, seq).delivered) == [c]
        }))
        .await;
}

async fn members_may_less_than_admins_and_admins_less_than_owners(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let (mut chidi, mut dara) = (server.person("chidi").await, server.person("dara").await);
    let thread = make_group(&mut ana, &mut [&mut ben, &mut chidi], History::All).await;
    let (a, b, c, d) = (ana.id(), ben.id(), chidi.id(), dara.id());
    let rename = |text| RenameGroup {
        thread,
        title: title(text),
    };
    let remove = |user| RemoveMember { thread, user };
    let set = |user, role| SetMemberRole { thread, user, role };
    let add = |user| AddMembers {
        thread,
        users: vec![user],
    };
    // Members change nothing, and whoever is none hears of no group.
    for (person, code) in [
        (&mut chidi, ErrorCode::Forbidden),
        (&mut dara, ErrorCode::NotFound),
    ] {
        assert_eq!(refused(person, rename("Mine")).await, code);
        assert_eq!(refused(person, add(d)).await, code);
        assert_eq!(refused(person, remove(b)).await, code);
        assert_eq!(refused(person, set(c, MemberRole::Owner)).await, code);
    }
    assert_eq!(
        refused(&mut dara, LeaveGroup { thread }).await,
        ErrorCode::NotFound
    );
    // Admins do, but not to one another, and make nobody anything.
    ana.ask(set(b, MemberRole::Admin)).await.expect("an admin");
    ben.ask(rename("Late shift")).await.expect("it is renamed");
    ben.ask(add(d)).await.expect("she is added");
    ana.ask(set(d, MemberRole::Admin)).await.expect("an admin");
    for request in [remove(d), remove(a)] {
        assert_eq!(refused(&mut ben, request).await, ErrorCode::Forbidden);
    }
    assert_eq!(
        refused(&mut ben, set(c, MemberRole::Admin)).await,
        ErrorCode::Forbidden
    );
    ben.ask(remove(c)).await.expect("he is removed");
    // Admins of a group keep order among the messages, too.
    let said = ana
        .ask(super::group_secrecy::message(thread, "Never mind."))
        .await;
    let seq = said.expect("it is sent").seq;
    ben.ask(DeleteMessage { thread, seq })
        .await
        .expect("it is deleted");
    // Owners may all of it, but not to themselves.
    assert_eq!(refused(&mut ana, remove(a)).await, ErrorCode::Forbidden);
    assert_eq!(
        refused(&mut ana, set(a, MemberRole::Member)).await,
        ErrorCode::Forbidden
    );
    ana.ask(set(d, MemberRole::Owner)).await.expect("another owner");
    dara.ask(remove(a)).await.expect("the first owner is removed");
    assert_eq!(
        refused(&mut ana, rename("Still mine")).await,
        ErrorCode::Forbidden
    );
    // Two people are no group.
    let direct = ben.open(&dara, None).await;
    let leave = LeaveGroup { thread: direct };
    assert_eq!(refused(&mut ben, leave).await, ErrorCode::Forbidden);
}

async fn the_only_owner_who_leaves_hands_over(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, mut chidi) = (
        server.person("ana").await,
        server.person("ben").await,
        server.person("chidi").await,
    );
    let thread = make_group(&mut ana, &mut [&mut ben, &mut chidi], History::FromJoining).await;
    let c = chidi.id();
    let promote = SetMemberRole {
        thread,
        user: c,
        role: MemberRole::Admin,
    };
    ana.ask(promote).await.expect("an admin");
    ana.ask(LeaveGroup { thread }).await.expect("she leaves");
    chidi
        .until("he owns it", |device| {
            role(device, thread, c) == Some(MemberRole::Owner)
        })
        .await;
    let rename = RenameGroup {
        thread,
        title: title("Ours"),
    };
    chidi.ask(rename).await.expect("he may");
    chidi.ask(LeaveGroup { thread }).await.expect("he leaves");
    let b = ben.id();
    ben.until("he owns it", |device| {
        role(device, thread, b) == Some(MemberRole::Owner)
    })
    .await;
    ben.ask(LeaveGroup { thread }).await.expect("the last one leaves");
    ben.until("it is gone", |device| device.thread(thread).is_none())
        .await;
}

async fn an_owner_who_is_deactivated_hands_over(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, mut chidi) = (
        server.person("ana").await,
        server.person("ben").await,
        server.person("chidi").await,
    );
    let thread = make_group(&mut ben, &mut [&mut chidi], History::All).await;
    let (b, c) = (ben.id(), chidi.id());
    let deactivate = SetActive {
        user: b,
        active: false,
    };
    ana.ask(deactivate).await.expect("he is deactivated");
    chidi
        .until("he owns it", |device| {
            role(device, thread, c) == Some(MemberRole::Owner)
        })
        .await;
    let user = b;
    chidi.ask(RemoveMember { thread, user }).await.expect("he may");
}

async fn asking_twice_is_asking_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, mut chidi) = (
        server.person("ana").await,
        server.person("ben").await,
        server.person("chidi").await,
    );
    let make = group_of(&[ben.id()], History::All);
    let thread = make.thread;
    let first = ana.ask(make.clone()).await.expect("it is made");
    assert_eq!(ana.ask(make.clone()).await.expect("it is there"), first);
    // The id is hers now.
    assert_eq!(refused(&mut ben, make.clone()).await, ErrorCode::Conflict);
    assert_eq!(refused(&mut chidi, make).await, ErrorCode::Conflict);
    let c = chidi.id();
    let add = AddMembers {
        thread,
        users: vec![c, c],
    };
    let rename = RenameGroup {
        thread,
        title: title("Day shift"),
    };
    let promote = SetMemberRole {
        thread,
        user: c,
        role: MemberRole::Admin,
    };
    let head = |server: &TestServer| server.running().service.clone();
    let service = head(&server);
    macro_rules! twice {
        ($person:ident, $request:expr) => {{
            let first = $person.ask($request).await.expect("it is done");
            let head = service.head().await.expect("a head");
            assert_eq!($person.ask($request).await.expect("it is done"), first);
            assert_eq!(service.head().await.expect("a head"), head, "nothing happens");
        }};
    }
    twice!(ana, add.clone());
    twice!(ana, rename.clone());
    twice!(ana, promote.clone());
    twice!(ana, RemoveMember { thread, user: c });
    twice!(ben, LeaveGroup { thread });
    twice!(chidi, LeaveGroup { thread });
}

async fn what_makes_no_group_is_refused_and_changes_nothing(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let nobody = UserId(Uuid::now_v7());
    let (a, b) = (ana.id(), ben.id());
    let many: Vec<UserId> = (0..limits::THREAD_MEMBERS_MAX)
        .map(|_| UserId(Uuid::now_v7()))
        .collect();
    for (members, code) in [
        (vec![], ErrorCode::Invalid),
        (vec![a], ErrorCode::Invalid),
        (vec![b, nobody], ErrorCode::NotFound),
        (many, ErrorCode::Invalid),
    ] {
        assert_eq!(refused(&mut ana, group_of(&members, History::All)).await, code);
    }
    let mut of_a_client = group_of(&[b], History::All);
    of_a_client.client = Some(tidings_protocol::ClientId(Uuid::now_v7()));
    assert_eq!(refused(&mut ana, of_a_client).await, ErrorCode::NotFound);
    let deactivate = SetActive {
        user: b,
        active: false,
    };
    ana.ask(deactivate).await.expect("he is deactivated");
    assert_eq!(
        refused(&mut ana, group_of(&[b], History::All)).await,
        ErrorCode::NotFound
    );
    assert!(ana.device().threads().is_empty());
    let snapshot = server
        .running()
        .service
        .actor(server.register("chidi").await.caller());
    assert!(!matches!(snapshot.snapshot().await, Err(Error::Store(_))));
}

async fn whoever_was_away_while_they_were_brought_in_has_the_group_on_return(engine: Engine) {
    for history in [History::FromJoining, History::All] {
        let server = TestServer::start(engine).await;
        let (mut ana, mut ben, mut chidi) = (
            server.person("ana").await,
            server.person("ben").await,
            server.person("chidi").await,
        );
        let thread = make_group(&mut ana, &mut [&mut ben], history).await;
        ana.say(thread, "Before.").await;
        ben.until_texts(thread, &["", "Before."]).await;
        chidi.lose_network().await;
        let users = vec![chidi.id()];
        ana.ask(AddMembers { thread, users }).await.expect("he is added");
        ana.say(thread, "After.").await;
        ben.until_texts(thread, &["", "Before.", "", "After."]).await;
        chidi.find_network().await;
        chidi
            .until("the message", |device| device.unread(thread) == 1)
            .await;
        chidi.look_at(thread).await;
        let seen: &[&str] = match history {
            History::FromJoining => &["", "After."],
            History::All => &["", "Before.", "", "After."],
        };
        chidi.until_texts(thread, seen).await;
        assert_eq!(chidi.device().members(thread).len(), 3);
        let b = ben.id();
        chidi.until_presence(b, tidings_protocol::Presence::Online).await;
    }
}

async fn a_group_is_made_and_changed_over_http(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let ask = |method: Method, path: String, body: serde_json::Value| {
        let request = server.request(method, &format!("/api/v1/{path}"));
        request.bearer_auth(&ana.access).json(&body).send()
    };
    let (thread, user) = (Uuid::now_v7(), ben.id());
    let body = json!({ "thread": thread, "title": " Night shift ", "members": [user], "history": "all" });
    let answer = ask(Method::POST, "groups".to_owned(), body)
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let view: serde_json::Value = answer.json().await.expect("a thread");
    assert_eq!(view["thread"]["title"], "Night shift");
    assert_eq!(view["thread"]["history"], "all");
    let path = format!("threads/{thread}/members/{user}");
    let promoted = ask(Method::PUT, format!("{path}/role"), json!({ "role": "admin" })).await;
    assert_eq!(promoted.expect("an answer").status(), StatusCode::OK);
    let long = json!({ "title": "x".repeat(10_000) });
    let refused = ask(Method::PUT, format!("threads/{thread}/title"), long).await;
    let (status, error) = refusal(refused.expect("an answer")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{error}");
    assert_eq!(error.message, "Name is too long: at most 80 characters.");
    let removed = ask(Method::DELETE, path, json!({})).await.expect("an answer");
    assert_eq!(removed.status(), StatusCode::OK);
    let thread = ThreadId(thread);
    ben.until("he is out", |device| {
        device.thread(thread).is_some_and(|row| row.role.is_none())
    })
    .await;
}

//! For every command: what a device had, plus the events it was allowed to see, is what it would get afresh.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]

#[path = "support/engine.rs"]
#[expect(dead_code, reason = "shared with the store's suite, which uses all of it")]
mod engine;
#[path = "convergence/fold.rs"]
mod fold;
#[path = "support/stage.rs"]
#[expect(dead_code, reason = "shared with the store's suite, which uses all of it")]
mod stage;

use engine::Engine;
use fold::Seen;
use stage::{PASSWORD, Person, Stage, fields, message, subscribe_push};
use tidings_protocol::{
    AccountRole, Attachment, AttachmentId, AttachmentKind, Body, ClientId, Command, DisplayName, Emoji,
    FileName, History, InviteId, MemberRole, NotifyLevel, Password, PushId, Seq, SmartReplies, ThreadId,
    ThreadSettings, Title,
    command::{
        AddClient, AddMembers, Anchor, ArchiveClient, ChangePassword, CreateGroup, CreateInvite,
        DeleteMessage, EditClient, EditMessage, HideMessage, HidePushContent, LeaveGroup, ListDeletions,
        ListInvites, ListUsers, LoadMessages, LoadPush, LoadReceipts, LoadVersions, LocateDate, MarkRead,
        MarkUnread, OpenThread, Origin, React, RemoveMember, RemovePreview, Rename, RenameGroup,
        RevokeInvite, SearchClients, SearchMessages, SearchPeople, SendMessage, SetActive, SetMemberRole,
        SetRole, SetSmartReplies, SetThreadSettings, SignOutEverywhere, SuggestReplies, TestPush,
        UnsubscribePush,
    },
    limits,
};
use tidings_server::{
    realtime::members::Members,
    service::{Error, Uploaded},
};
use uuid::Uuid;

/// Ana (owner) and Ben share a thread about a client, and Ana and Dara an internal one. Chidi shares none. Ana has two
/// groups with Ben and Dara: of the one all is kept, and Chidi was in it once; of the other nothing is.
struct Scene {
    stage: Stage,
    people: Vec<Person>,
    client: ClientId,
    thread: ThreadId,
    internal: ThreadId,
    kept: ThreadId,
    unkept: ThreadId,
    invite: InviteId,
    subscription: PushId,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new(Engine::Sqlite).await;
        let ana = stage.owner("ana").await;
        let mut people = vec![ana];
        for name in ["ben", "chidi", "dara"] {
            people.push(stage.staff(name).await);
        }
        let [ana, ben, _, dara] = &people[..] else {
            unreachable!("four people")
        };
        let client = ana.add_client("The Marlow family").await;
        let thread = ana.open(ben, Some(client)).await.thread.id;
        let internal = dara.open(ana, None).await.thread.id;
        ana.say(thread, "Their visit moved to Thursday, @ben.").await;
        ben.say(
            thread,
            "Thank you, I'll tell the driver: https://routes.example/9",
        )
        .await;
        stage.look_at_pages("Route 9").await;
        let (seq, rewinds) = (Seq(1), None);
        ben.ask(MarkRead { thread, seq, rewinds }).await.unwrap();
        dara.say(internal, "Is the small room free at ten?").await;
        let [kept, unkept] = [History::All, History::FromJoining].map(|history| CreateGroup {
            history,
            ..group(&[ben, dara])
        });
        let (kept, unkept) = (
            ana.ask(kept).await.unwrap().thread.id,
            ana.ask(unkept).await.unwrap().thread.id,
        );
        let chidi = people[2].id();
        ana.ask(AddMembers {
            thread: kept,
            users: vec![chidi],
        })
        .await
        .unwrap();
        people[2].say(kept, "Hello, all.").await;
        ana.ask(RemoveMember {
            thread: kept,
            user: chidi,
        })
        .await
        .unwrap();
        for thread in [kept, unkept] {
            ben.say(thread, "Who takes the keys tonight, @dara?").await;
        }
        let invite = ana
            .ask(CreateInvite {
                role: AccountRole::Staff,
            })
            .await
            .unwrap()
            .id;
        let subscription = ana.ask(subscribe_push()).await.unwrap().id;
        Self {
            stage,
            client,
            thread,
            internal,
            kept,
            unkept,
            invite,
            subscription,
            people,
        }
    }

    fn ana(&self) -> &Person {
        &self.people[0]
    }

    fn ben(&self) -> &Person {
        &self.people[1]
    }

    fn chidi(&self) -> &Person {
        &self.people[2]
    }

    async fn seen(&self) -> Vec<Seen> {
        let mut all = Vec::new();
        for person in &self.people {
            let (user, session) = (person.id(), person.signed_in.session);
            all.push(match person.actor.snapshot().await {
                Ok(snapshot) => Seen::new(snapshot),
                Err(Error::SignedOut) => Seen::signed_out(user, session),
                Err(other) => panic!("no snapshot: {other}"),
            });
        }
        all
    }

    /// Everyone's old snapshot and the events since then give everyone's fresh snapshot. Says how many events there
    /// were.
    async fn check(&self, before: Vec<Seen>, head: u64, what: &str) -> usize {
        let rows = self.stage.service.log_after(head, 1_000).await.unwrap();
        let members = Members::new(self.stage.service.memberships().await.unwrap());
        for (mut seen, fresh) in before.into_iter().zip(self.seen().await) {
            for row in &rows {
                seen.apply(row, &members);
            }
            assert_eq!(seen.comparable(), fresh.comparable(), "after {what}");
        }
        rows.len()
    }
}

/// A group with these people, of which nothing is kept.
fn group(others: &[&Person]) -> CreateGroup {
    CreateGroup {
        thread: ThreadId(Uuid::now_v7()),
        title: Title::new("Night shift").unwrap(),
        members: others.iter().map(|person| person.id()).collect(),
        client: None,
        history: History::FromJoining,
    }
}

/// Who does what, and whether it is something that others or other devices must hear of.
fn case(scene: &Scene, name: &str) -> (usize, Command, bool) {
    let Scene {
        client,
        thread,
        internal,
        kept,
        unkept,
        ..
    } = *scene;
    let (ana, ben, chidi) = (0, 1, 2);
    match name {
        "SendMessage" => (ana, message(thread, "He said yes.").into(), true),
        "EditMessage" => {
            let body = Body::new("Thank you, I'll tell both.").unwrap();
            (
                ben,
                EditMessage {
                    thread,
                    seq: Seq(2),
                    body,
                }
                .into(),
                true,
            )
        }
        // Ana is an admin.
        "DeleteMessage" => (ana, DeleteMessage { thread, seq: Seq(2) }.into(), true),
        // The newest message, which Ana has not read.
        "HideMessage" => (ana, HideMessage { thread, seq: Seq(2) }.into(), true),
        "LoadReceipts" => (ana, LoadReceipts { thread, seq: Seq(2) }.into(), false),
        "LoadVersions" => (ana, LoadVersions { thread, seq: Seq(2) }.into(), false),
        "MarkRead" => {
            let (seq, rewinds) = (Seq(2), None);
            (ana, MarkRead { thread, seq, rewinds }.into(), true)
        }
        "MarkUnread" => {
            let (seq, rewinds) = (Seq(1), Some(0));
            (ben, MarkUnread { thread, seq, rewinds }.into(), true)
        }
        "SetThreadSettings" => {
            let settings = ThreadSettings {
                pinned: true,
                ..ThreadSettings::default()
            };
            (ana, SetThreadSettings { thread, settings }.into(), true)
        }
        "React" => {
            let emoji = Emoji::new("🎉").unwrap();
            let seq = Seq(2);
            (
                ana,
                React {
                    thread,
                    seq,
                    emoji,
                    on: true,
                }
                .into(),
                true,
            )
        }
        "RemovePreview" => (ben, RemovePreview { thread, seq: Seq(2) }.into(), true),
        "LoadMessages" => {
            let from = Anchor::Latest;
            (
                ana,
                LoadMessages {
                    thread,
                    from,
                    limit: 10,
                }
                .into(),
                false,
            )
        }
        "OpenThread" => {
            let with = scene.chidi().id();
            (
                ben,
                OpenThread {
                    with,
                    client: Some(client),
                }
                .into(),
                true,
            )
        }
        "CreateGroup" => (ben, group(&[scene.ana(), scene.chidi()]).into(), true),
        "AddMembers" => {
            let users = vec![scene.chidi().id()];
            (
                ana,
                AddMembers {
                    thread: unkept,
                    users,
                }
                .into(),
                true,
            )
        }
        "RemoveMember" => {
            let user = scene.ben().id();
            (ana, RemoveMember { thread: unkept, user }.into(), true)
        }
        "SetMemberRole" => {
            let (user, role) = (scene.ben().id(), MemberRole::Admin);
            (
                ana,
                SetMemberRole {
                    thread: kept,
                    user,
                    role,
                }
                .into(),
                true,
            )
        }
        "RenameGroup" => {
            let title = Title::new("Day shift").unwrap();
            (ana, RenameGroup { thread: kept, title }.into(), true)
        }
        // Ana is its only owner.
        "LeaveGroup" => (ana, LeaveGroup { thread: kept }.into(), true),
        "SearchMessages" => {
            let query = tidings_protocol::search::Query {
                terms: vec!["visit".to_owned()],
                ..Default::default()
            };
            let (before, limit) = (None, 10);
            (ana, SearchMessages { query, before, limit }.into(), false)
        }
        "LocateDate" => {
            let at = tidings_protocol::Timestamp(0);
            (ben, LocateDate { thread, at }.into(), false)
        }
        "SearchPeople" => (
            chidi,
            SearchPeople {
                text: "ben".to_owned(),
            }
            .into(),
            false,
        ),
        "SearchClients" => {
            let text = "marlow".to_owned();
            (chidi, SearchClients { text, archived: true }.into(), false)
        }
        "AddClient" => {
            let client = ClientId(Uuid::now_v7());
            let fields = fields("Osei household", "F-204");
            (ana, AddClient { client, fields }.into(), false)
        }
        "EditClient" => {
            let fields = fields("Marlow and Reyes", "F-117");
            (chidi, EditClient { client, fields }.into(), true)
        }
        "ArchiveClient" => (
            ana,
            ArchiveClient {
                client,
                archived: true,
            }
            .into(),
            true,
        ),
        "SuggestReplies" => (ana, SuggestReplies { thread, seq: Seq(2) }.into(), false),
        "SetSmartReplies" => {
            let choice = SmartReplies::Local;
            let model = None;
            (ben, SetSmartReplies { choice, model }.into(), true)
        }
        "Rename" => {
            let display_name = DisplayName::new("Ben Okafor").unwrap();
            (ben, Rename { display_name }.into(), true)
        }
        "ChangePassword" => {
            let new = Password::new("a wide river").unwrap();
            let current = PASSWORD.to_owned();
            // No other session of Ben's is there to end.
            (ben, ChangePassword { current, new }.into(), false)
        }
        "SignOutEverywhere" => (ben, SignOutEverywhere {}.into(), true),
        "ListUsers" => (ana, ListUsers {}.into(), false),
        "SetActive" => {
            let user = scene.ben().id();
            (ana, SetActive { user, active: false }.into(), true)
        }
        "SetRole" => {
            let (user, role) = (scene.ben().id(), AccountRole::Admin);
            (ana, SetRole { user, role }.into(), true)
        }
        "CreateInvite" => (
            ana,
            CreateInvite {
                role: AccountRole::Admin,
            }
            .into(),
            false,
        ),
        "ListInvites" => (ana, ListInvites {}.into(), false),
        "ListDeletions" => (ana, ListDeletions {}.into(), false),
        "RevokeInvite" => (ana, RevokeInvite { invite: scene.invite }.into(), false),
        // Loaded when it is looked at, as invites are.
        "SubscribePush" => (ana, subscribe_push().into(), false),
        "UnsubscribePush" => {
            let subscription = scene.subscription;
            (ana, UnsubscribePush { subscription }.into(), false)
        }
        "TestPush" => {
            let subscription = scene.subscription;
            (ana, TestPush { subscription }.into(), false)
        }
        "HidePushContent" => (ana, HidePushContent { hidden: true }.into(), false),
        "LoadPush" => (ana, LoadPush {}.into(), false),
        other => panic!("{other} has no case here: say what it does to {internal}"),
    }
}

#[tokio::test]
async fn for_every_command_the_old_snapshot_and_the_events_give_the_fresh_one() {
    for name in Command::VARIANTS {
        let scene = Scene::new().await;
        let (who, command, is_heard) = case(&scene, name);
        assert_eq!(command.name(), *name);
        let (before, head) = (
            scene.seen().await,
            scene.stage.service.head().await.unwrap().offset,
        );
        scene.people[who].actor.call(command).await.unwrap();
        let events = scene.check(before, head, name).await;
        assert_eq!(events > 0, is_heard, "events of {name}");
    }
}

/// Whoever was away while they were removed and brought back, with all that was said and changed meanwhile.
#[tokio::test]
async fn comings_and_goings_converge_too() {
    for removal_only in [true, false] {
        let scene = Scene::new().await;
        let (before, head) = (
            scene.seen().await,
            scene.stage.service.head().await.unwrap().offset,
        );
        let (ana, ben, chidi) = (scene.ana(), scene.ben(), scene.chidi());
        for thread in [scene.kept, scene.unkept] {
            let users = vec![ben.id(), chidi.id()];
            ana.say(thread, "Before.").await;
            let user = ben.id();
            ana.ask(RemoveMember { thread, user }).await.unwrap();
            let theirs = ana.say(thread, "Meanwhile, @ben and @chidi.").await;
            let title = Title::new("Another name").unwrap();
            ana.ask(RenameGroup { thread, title }).await.unwrap();
            let (seq, emoji) = (Seq(1), Emoji::new("🎉").unwrap());
            let said = Seq(theirs.seq.0 - 2);
            for seq in [seq, said] {
                let emoji = emoji.clone();
                let on = true;
                drop(
                    ana.actor
                        .call(
                            React {
                                thread,
                                seq,
                                emoji,
                                on,
                            }
                            .into(),
                        )
                        .await,
                );
            }
            if !removal_only {
                ana.ask(AddMembers { thread, users }).await.unwrap();
                ana.say(thread, "After, @ben and @chidi.").await;
                ben.ask(MarkRead {
                    thread,
                    seq: theirs.seq.next(),
                    rewinds: None,
                })
                .await
                .unwrap();
                let body = Body::new("Meanwhile, with everybody.").unwrap();
                let seq = theirs.seq;
                ana.ask(EditMessage { thread, seq, body }).await.unwrap();
            }
        }
        assert!(scene.check(before, head, "comings and goings").await > 10);
    }
}

#[tokio::test]
async fn delivery_marks_and_a_single_sign_out_converge_too() {
    let scene = Scene::new().await;
    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    let marks = vec![(scene.thread, Seq(2)), (scene.internal, Seq(99))];
    scene.ana().actor.mark_delivered(marks).await.unwrap();
    assert_eq!(scene.check(before, head, "delivery").await, 2);

    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    scene
        .stage
        .service
        .sign_out(scene.ben().signed_in.session)
        .await
        .unwrap();
    assert_eq!(scene.check(before, head, "signing out").await, 1);
}

#[tokio::test]
async fn reading_again_what_was_marked_unread_and_coming_back_from_the_archive_converge_too() {
    let scene = Scene::new().await;
    let (thread, ben) = (scene.thread, scene.ben());
    let archived = |level| {
        let settings = ThreadSettings {
            archived: true,
            level,
            ..ThreadSettings::default()
        };
        SetThreadSettings { thread, settings }
    };
    let mark = |seq, rewinds| MarkRead { thread, seq, rewinds };
    let unread = MarkUnread {
        thread,
        seq: Seq(1),
        rewinds: None,
    };
    // What is done by whom, and how many events come of it.
    let steps: Vec<(usize, Command, usize)> = vec![
        (1, mark(Seq(2), None).into(), 2),
        (1, unread.clone().into(), 1),
        // From before it was taken back, on another device of Ben's.
        (1, mark(Seq(2), Some(0)).into(), 0),
        (1, mark(Seq(1), Some(1)).into(), 1),
        (1, mark(Seq(2), Some(1)).into(), 1),
        (1, unread.into(), 1),
        (1, archived(NotifyLevel::All).into(), 1),
        (0, message(thread, "Are you there?").into(), 2),
        (1, archived(NotifyLevel::Mentions).into(), 1),
        (0, message(thread, "It can wait.").into(), 1),
        (0, message(thread, "Or can it, @ben?").into(), 2),
        (1, archived(NotifyLevel::Nothing).into(), 1),
        (0, message(thread, "@ben!").into(), 1),
        (1, message(thread, "Here I am.").into(), 2),
    ];
    for (who, command, expected) in steps {
        let (before, head) = (
            scene.seen().await,
            scene.stage.service.head().await.unwrap().offset,
        );
        let what = format!("{command:?}");
        scene.people[who].actor.call(command).await.unwrap();
        assert_eq!(scene.check(before, head, &what).await, expected, "{what}");
    }
    let snapshot = ben.actor.snapshot().await.unwrap();
    let view = snapshot.threads.iter().find(|view| view.thread.id == thread);
    assert!(!view.unwrap().settings.archived);
}

#[tokio::test]
async fn a_second_device_hears_that_the_password_was_changed_on_the_first() {
    let scene = Scene::new().await;
    let other = scene.stage.service.sign_in("ben", PASSWORD).await.unwrap();
    let head = scene.stage.service.head().await.unwrap().offset;
    let (current, new) = (PASSWORD.to_owned(), Password::new("a wide river").unwrap());
    scene.ben().ask(ChangePassword { current, new }).await.unwrap();
    let rows = scene.stage.service.log_after(head, 10).await.unwrap();
    assert!(matches!(
        &rows[..],
        [row] if row.event == tidings_protocol::Event::SessionEnded { session: other.session }
    ));
    assert!(scene.ben().actor.snapshot().await.is_ok());
    assert!(scene.stage.service.live_session(other.session).await.is_err());
}

#[tokio::test]
async fn previews_converge_with_the_message_they_are_about() {
    let scene = Scene::new().await;
    let (ana, ben, thread) = (scene.ana(), scene.ben(), scene.thread);
    let last = async |person: &Person| {
        let snapshot = person.actor.snapshot().await.unwrap();
        let view = snapshot.threads.into_iter().find(|view| view.thread.id == thread);
        let view = view.unwrap();
        let title = view.last_message.unwrap().preview.map(|preview| preview.title);
        (title, view.unread)
    };
    assert_eq!(last(ana).await, (Some("Route 9".to_owned()), 1));

    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    let sent = ben.say(thread, "Or this: https://routes.example/10").await;
    scene.stage.look_at_pages("Route 10").await;
    assert_eq!(scene.check(before, head, "a preview").await, 2);
    assert_eq!(last(ana).await, (Some("Route 10".to_owned()), 2));

    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    let (seq, body) = (sent.seq, Body::new("Or https://routes.example/11").unwrap());
    ben.ask(EditMessage { thread, seq, body }).await.unwrap();
    assert_eq!(last(ana).await.0, None);
    scene.stage.look_at_pages("Route 11").await;
    assert_eq!(last(ana).await.0, Some("Route 11".to_owned()));
    ben.ask(DeleteMessage { thread, seq }).await.unwrap();
    assert_eq!(scene.check(before, head, "a preview that goes").await, 3);
    assert_eq!(last(ana).await.0, None);
}

#[tokio::test]
async fn files_converge_with_the_message_that_brings_them_and_go_with_it() {
    let scene = Scene::new().await;
    let file = Attachment {
        id: AttachmentId(Uuid::now_v7()),
        name: FileName::tidy("plan.pdf"),
        media_type: "application/pdf".to_owned(),
        size: 3,
        kind: AttachmentKind::File,
    };
    let uploaded = Uploaded {
        attachment: file.clone(),
        file: "plan".to_owned(),
        thumbnail: None,
        hash: "1".to_owned(),
    };
    scene.ben().actor.keep_upload(uploaded).await.unwrap();
    let send = SendMessage {
        attachments: vec![file.id],
        body: None,
        ..message(scene.thread, "-")
    };
    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    let sent = scene.ben().ask(send).await.unwrap();
    assert_eq!(sent.content.attachments(), [file]);
    assert_eq!(scene.check(before, head, "files").await, 1);

    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    let forward = SendMessage {
        attachments: vec![AttachmentId(Uuid::now_v7())],
        body: None,
        files_of: Some(Origin {
            thread: scene.thread,
            seq: sent.seq,
        }),
        ..message(scene.thread, "-")
    };
    let forwarded = scene.ben().ask(forward).await.unwrap();
    assert_eq!(scene.check(before, head, "files that are forwarded").await, 1);

    let (before, head) = (
        scene.seen().await,
        scene.stage.service.head().await.unwrap().offset,
    );
    let delete = DeleteMessage {
        thread: scene.thread,
        seq: sent.seq,
    };
    scene.ben().ask(delete).await.unwrap();
    assert_eq!(scene.check(before, head, "files that are deleted").await, 1);
    let delete = DeleteMessage {
        thread: scene.thread,
        seq: forwarded.seq,
    };
    scene.ben().ask(delete).await.unwrap();
    let leftovers = scene
        .stage
        .service
        .leftovers(limits::UPLOAD_KEPT_FOR)
        .await
        .unwrap();
    assert_eq!(leftovers, ["plan"]);
}

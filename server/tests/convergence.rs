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
use stage::{PASSWORD, Person, Stage, fields, message};
use tidings_protocol::{
    AccountRole, Body, ClientId, Command, DisplayName, Emoji, InviteId, Password, Seq, ThreadId,
    command::{
        AddClient, Anchor, ArchiveClient, ChangePassword, CreateInvite, DeleteMessage, EditClient,
        EditMessage, ListInvites, ListUsers, LoadMessages, LoadVersions, MarkRead, OpenThread, React, Rename,
        RevokeInvite, SearchClients, SearchPeople, SetActive, SetRole, SignOutEverywhere,
    },
};
use tidings_server::service::Error;
use uuid::Uuid;

/// Ana (owner) and Ben share a thread about a client, and Ana and Dara an internal one. Chidi shares none.
struct Scene {
    stage: Stage,
    people: Vec<Person>,
    client: ClientId,
    thread: ThreadId,
    internal: ThreadId,
    invite: InviteId,
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
        ana.say(thread, "Their visit moved to Thursday.").await;
        ben.say(thread, "Thank you, I'll tell the driver.").await;
        dara.say(internal, "Is the small room free at ten?").await;
        let invite = ana
            .ask(CreateInvite {
                role: AccountRole::Staff,
            })
            .await
            .unwrap()
            .id;
        Self {
            stage,
            client,
            thread,
            internal,
            invite,
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
        let memberships = self.stage.service.memberships().await.unwrap();
        for (mut seen, fresh) in before.into_iter().zip(self.seen().await) {
            for row in &rows {
                seen.apply(row, &memberships);
            }
            assert_eq!(seen.comparable(), fresh.comparable(), "after {what}");
        }
        rows.len()
    }
}

/// Who does what, and whether it is something that others or other devices must hear of.
fn case(scene: &Scene, name: &str) -> (usize, Command, bool) {
    let Scene {
        client,
        thread,
        internal,
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
        "LoadVersions" => (ana, LoadVersions { thread, seq: Seq(2) }.into(), false),
        "MarkRead" => (ana, MarkRead { thread, seq: Seq(2) }.into(), true),
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
        "RevokeInvite" => (ana, RevokeInvite { invite: scene.invite }.into(), false),
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

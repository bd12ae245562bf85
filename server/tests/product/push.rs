//! Pushing to a push service: what it gets is signed, encrypted for the browser, and nobody else's.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;
use tidings_protocol::{
    Body, Emoji, NotifyLevel, PushOutcome, PushOverview, PushPayload, PushProblem, Seq, ThreadId,
    ThreadSettings,
    command::{EditMessage, LoadPush, MarkRead, React, SetThreadSettings},
    limits,
};
use tidings_server::config::Settings;
use uuid::Uuid;

use crate::{
    engine::Engine,
    support::{Person, PushEndpoint, Says, TestServer, on_both_engines, refusal, soon},
};

on_both_engines! {
    a_message_reaches_a_browser_and_is_taken_away_when_it_is_read
    an_edit_reaches_whom_it_newly_mentions
    a_reaction_reaches_nobody_who_was_not_to_be_told
    a_test_says_how_it_went
    a_browser_that_is_gone_is_forgotten
    a_push_service_that_wants_less_is_left_alone
    a_push_service_that_hangs_holds_nothing_up
    a_restart_loses_nothing_and_doubles_nothing
    a_server_does_not_connect_to_itself_unless_told
}

/// Tests have less patience than people.
pub fn quick(settings: &mut Settings) {
    settings.outbound_loopback = true;
    settings.timings.push_after = Duration::ZERO;
    settings.timings.push_every = Duration::from_millis(20);
}

/// Ana and Ben with a thread, and Ben's browser, with the key that it subscribed to.
struct Scene {
    server: TestServer,
    ana: Person,
    ben: Person,
    thread: ThreadId,
    endpoint: PushEndpoint,
    key: String,
}

impl Scene {
    async fn new(engine: Engine) -> Self {
        Self::with(engine, quick).await
    }

    async fn with(engine: Engine, change: impl FnOnce(&mut Settings)) -> Self {
        let server = TestServer::start_with(engine, change).await;
        let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
        let thread = ana.open(&ben, None).await;
        ben.until("the thread", |device| device.thread(thread).is_some())
            .await;
        let endpoint = PushEndpoint::start().await;
        ben.ask(endpoint.subscribe("ben"))
            .await
            .expect("it is subscribed");
        let key = ben.ask(LoadPush {}).await.expect("a key").key;
        Self {
            server,
            ana,
            ben,
            thread,
            endpoint,
            key,
        }
    }

    /// The message that the next push is about.
    async fn shown(&mut self) -> (Seq, String) {
        match self.endpoint.next(&self.key).await.payload {
            PushPayload::Message { seq, text, .. } => (seq, text),
            other => panic!("{other:?} is no message"),
        }
    }

    /// Ana says something, whatever became of her connection.
    async fn say(&self, thread: ThreadId, text: &str) {
        let said = self
            .server
            .request(Method::POST, &format!("/api/v1/threads/{thread}/messages"))
            .bearer_auth(&self.ana.access)
            .json(&json!({ "local_id": Uuid::now_v7(), "body": text }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(said.status(), StatusCode::OK);
    }

    /// What Ben is told of his notifications, whatever became of his connection.
    async fn overview(&self) -> PushOverview {
        let asked = self.server.request(Method::GET, "/api/v1/push");
        let answer = asked
            .bearer_auth(&self.ben.access)
            .send()
            .await
            .expect("an answer");
        answer.json().await.expect("it is told")
    }

    /// Sends a test to Ben's browser.
    async fn test(&self) {
        let browser = self.overview().await.subscriptions[0].id;
        let path = format!("/api/v1/push/subscriptions/{browser}/test");
        let asked = self.server.request(Method::POST, &path);
        let answer = asked
            .bearer_auth(&self.ben.access)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// Waits until Ben's overview says so.
    async fn until_overview(&self, what: &str, says: impl Fn(&PushOverview) -> bool) -> PushOverview {
        soon(what, async {
            loop {
                let overview = self.overview().await;
                if says(&overview) {
                    return overview;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }
}

fn problem(overview: &PushOverview) -> Option<PushProblem> {
    overview
        .subscriptions
        .first()?
        .last_error
        .map(|error| error.problem)
}

async fn a_message_reaches_a_browser_and_is_taken_away_when_it_is_read(engine: Engine) {
    let mut scene = Scene::new(engine).await;
    scene.say(scene.thread, "The bus leaves at ten.").await;
    let arrived = scene.endpoint.next(&scene.key).await;
    assert_eq!((arrived.path.as_str(), arrived.urgency.as_str()), ("ben", "high"));
    assert!(arrived.ttl > 0 && arrived.ttl <= limits::PUSH_LIFETIME.as_secs());
    let expected = PushPayload::Message {
        thread: scene.thread,
        seq: Seq(1),
        title: "ana".to_owned(),
        text: "The bus leaves at ten.".to_owned(),
        unread: 1,
    };
    assert_eq!(arrived.payload, expected);
    scene
        .until_overview("a success", |all| all.subscriptions[0].last_success.is_some())
        .await;
    let (thread, seq) = (scene.thread, Seq(1));
    scene
        .ben
        .ask(MarkRead {
            thread,
            seq,
            rewinds: None,
        })
        .await
        .expect("it is read");
    let withdrawn = scene.endpoint.next(&scene.key).await;
    assert_eq!(
        withdrawn.payload,
        PushPayload::Withdraw {
            thread,
            seq,
            unread: 0
        }
    );
    // The push service drops what it still has of the same topic.
    assert_eq!(
        (withdrawn.topic, withdrawn.urgency.as_str()),
        (arrived.topic, "normal")
    );
}

async fn an_edit_reaches_whom_it_newly_mentions(engine: Engine) {
    let mut scene = Scene::new(engine).await;
    let thread = scene.thread;
    let settings = ThreadSettings {
        level: NotifyLevel::Mentions,
        archived: true,
        ..ThreadSettings::default()
    };
    scene
        .ben
        .ask(SetThreadSettings { thread, settings })
        .await
        .expect("it is set");
    scene.say(thread, "Is anybody there?").await;
    let outcomes = |all: &PushOverview| all.decisions.iter().map(|one| one.outcome).collect::<Vec<_>>();
    scene
        .until_overview("it mentions nobody", |all| {
            outcomes(all) == [PushOutcome::NoMention]
        })
        .await;
    for (text, told) in [
        ("Is anybody here?", vec![]),
        ("Are you there, @ben?", vec!["Are you there, @ben?"]),
        // Whoever was told is not told again.
        ("Are you still there, @ben?", vec![]),
    ] {
        let body = Body::new(text).expect("a text");
        let seq = Seq(1);
        scene
            .ana
            .ask(EditMessage { thread, seq, body })
            .await
            .expect("it is edited");
        for text in told {
            assert_eq!(scene.shown().await, (seq, text.to_owned()));
        }
    }
    scene
        .ben
        .until("the thread is back in the list", |device| {
            device.thread(thread).is_some_and(|row| !row.settings.archived)
        })
        .await;
    // The log is decided about in order: what comes after the edits shows that they notified nobody.
    scene.say(thread, "And you, @ben?").await;
    assert_eq!(scene.shown().await, (Seq(2), "And you, @ben?".to_owned()));
    scene
        .until_overview("each was sent once", |all| {
            outcomes(all) == [PushOutcome::Sent, PushOutcome::Sent, PushOutcome::NoMention]
        })
        .await;
}

async fn a_reaction_reaches_nobody_who_was_not_to_be_told(engine: Engine) {
    let mut scene = Scene::new(engine).await;
    let thread = scene.thread;
    let at = |level| SetThreadSettings {
        thread,
        settings: ThreadSettings {
            level,
            ..ThreadSettings::default()
        },
    };
    scene.ben.ask(at(NotifyLevel::Mentions)).await.expect("it is set");
    scene.say(thread, "Is anybody there?").await;
    scene
        .until_overview("it mentions nobody", |all| !all.decisions.is_empty())
        .await;
    scene.ben.ask(at(NotifyLevel::All)).await.expect("it is set");
    let react = React {
        thread,
        seq: Seq(1),
        emoji: Emoji::new("🎉").expect("an emoji"),
        on: true,
    };
    scene.ana.ask(react).await.expect("a reaction");
    scene.say(thread, "Anybody?").await;
    assert_eq!(scene.shown().await, (Seq(2), "Anybody?".to_owned()));
}

async fn a_test_says_how_it_went(engine: Engine) {
    let mut scene = Scene::new(engine).await;
    scene.test().await;
    let arrived = scene.endpoint.next(&scene.key).await;
    assert!(matches!(arrived.payload, PushPayload::Test { .. }));
    scene
        .until_overview("a success", |all| all.subscriptions[0].last_success.is_some())
        .await;
    scene.endpoint.says(Says::Status(403));
    scene.test().await;
    scene
        .until_overview("a failure", |all| problem(all) == Some(PushProblem::Refused))
        .await;
}

async fn a_browser_that_is_gone_is_forgotten(engine: Engine) {
    for status in [404, 410] {
        let mut scene = Scene::new(engine).await;
        scene.endpoint.says(Says::Status(status));
        scene.say(scene.thread, "One.").await;
        scene.shown().await;
        scene
            .until_overview("it is gone", |all| all.subscriptions.is_empty())
            .await;
    }
}

async fn a_push_service_that_wants_less_is_left_alone(engine: Engine) {
    let mut scene = Scene::new(engine).await;
    scene.endpoint.says(Says::Slower(100));
    scene.say(scene.thread, "One.").await;
    scene.shown().await;
    let all = scene
        .until_overview("it is slowed", |all| problem(all) == Some(PushProblem::Slowed))
        .await;
    let error = all.subscriptions[0].last_error.expect("an error");
    assert_eq!(error.retry_at, Some(error.at + Duration::from_secs(100)));
    scene.say(scene.thread, "Two.").await;
    scene
        .until_overview("both are decided", |all| all.decisions.len() == 2)
        .await;
    assert!(scene.endpoint.is_empty());
}

async fn a_push_service_that_hangs_holds_nothing_up(engine: Engine) {
    let mut scene = Scene::with(engine, |settings| {
        quick(settings);
        settings.timings.push_within = Duration::from_millis(200);
    })
    .await;
    scene.endpoint.says(Says::Nothing);
    scene.say(scene.thread, "One.").await;
    scene.shown().await;
    // Meanwhile messages go to and fro, and another browser is pushed to.
    let mut dara = scene.server.person("dara").await;
    let other = PushEndpoint::start().await;
    dara.ask(other.subscribe("dara")).await.expect("it is subscribed");
    let thread = scene.ana.open(&dara, None).await;
    scene.say(thread, "Two.").await;
    dara.look_at(thread).await;
    dara.until_texts(thread, &["Two."]).await;
    let mut other = other;
    let arrived = other.next(&scene.key).await;
    assert!(matches!(arrived.payload, PushPayload::Message { .. }));
    let all = scene
        .until_overview("it timed out", |all| problem(all) == Some(PushProblem::TimedOut))
        .await;
    let error = all.subscriptions[0].last_error.expect("an error");
    assert!(error.retry_at.is_some(), "it is tried again");
}

async fn a_restart_loses_nothing_and_doubles_nothing(engine: Engine) {
    let mut scene = Scene::with(engine, |settings| {
        quick(settings);
        settings.timings.push_after = Duration::from_secs(3600);
    })
    .await;
    scene.say(scene.thread, "One.").await;
    let thread = scene.thread;
    // Nothing is decided yet. Another server does it.
    scene.server.restart_with(quick).await;
    assert_eq!(scene.shown().await, (Seq(1), "One.".to_owned()));
    scene
        .until_overview("a success", |all| all.subscriptions[0].last_success.is_some())
        .await;
    scene.server.restart_with(|_| {}).await;
    scene.say(thread, "Two.").await;
    assert_eq!(scene.shown().await, (Seq(2), "Two.".to_owned()));
    let all = scene
        .until_overview("both are decided", |all| all.decisions.len() == 2)
        .await;
    assert_eq!(all.key, scene.key, "the key is kept");
}

async fn a_server_does_not_connect_to_itself_unless_told(engine: Engine) {
    let mut scene = Scene::new(engine).await;
    scene
        .server
        .restart_with(|settings| settings.outbound_loopback = false)
        .await;
    let again = scene
        .server
        .request(Method::POST, "/api/v1/push/subscriptions")
        .bearer_auth(&scene.ben.access)
        .json(&scene.endpoint.subscribe("again"))
        .send()
        .await
        .expect("an answer");
    let (_, error) = refusal(again).await;
    assert_eq!(error.field.as_deref(), Some("endpoint"));
    // Nor to what was subscribed before.
    scene.say(scene.thread, "One.").await;
    scene.test().await;
    scene
        .until_overview("it is decided", |all| !all.decisions.is_empty())
        .await;
    assert!(scene.endpoint.is_empty());
}

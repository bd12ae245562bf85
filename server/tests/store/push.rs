//! Whom a message notifies, after the hold, by a clock that is moved.

use std::time::Duration;

use tidings_protocol::{
    ErrorCode, History, NotifyLevel, PushOutcome, PushProblem, Seq, ThreadId, ThreadSettings, Title,
    command::{
        AddMembers, CreateGroup, DeleteMessage, HideMessage, HidePushContent, LoadPush, MarkRead, MarkUnread,
        RemoveMember, SetActive, SetThreadSettings, SubscribePush, TestPush, UnsubscribePush,
    },
    limits,
};
use tidings_server::{
    clock::Clock,
    push::sending::{Outcome, pause},
    service::Sending,
};

use crate::stage::{Person, Stage, subscribe_push};

/// Longer than any sending takes.
const WITHIN: Duration = Duration::from_secs(60);

/// Ana and Ben with a thread; Ben has a browser that is pushed to.
struct Scene<'s> {
    stage: &'s Stage,
    ana: Person,
    ben: Person,
    thread: ThreadId,
}

impl<'s> Scene<'s> {
    async fn new(stage: &'s Stage) -> Self {
        let (ana, ben) = (stage.owner("ana").await, stage.staff("ben").await);
        let thread = ana.open(&ben, None).await.thread.id;
        ben.ask(subscribe_push()).await.unwrap();
        Self {
            stage,
            ana,
            ben,
            thread,
        }
    }

    async fn work(&self) -> Vec<Sending> {
        while self
            .stage
            .service
            .decide_pushes(limits::PUSH_AFTER)
            .await
            .unwrap()
        {}
        while self.stage.service.withdraw_pushes().await.unwrap() {}
        self.stage.service.take_pushes(WITHIN, 10).await.unwrap()
    }

    /// Lets the hold pass and looks what is sent.
    async fn after_hold(&self) -> Vec<Sending> {
        self.stage.clock.advance(limits::PUSH_AFTER);
        self.work().await
    }

    async fn settle(&self, sending: &Sending, outcome: Outcome) {
        self.stage.service.settle_push(sending, outcome).await.unwrap();
    }

    async fn outcomes(&self, of: &Person) -> Vec<(Seq, PushOutcome)> {
        let overview = of.ask(LoadPush {}).await.unwrap();
        overview
            .decisions
            .iter()
            .map(|one| (one.seq, one.outcome))
            .collect()
    }

    async fn read(&self, seq: i64) {
        let (thread, seq) = (self.thread, Seq(seq));
        self.ben
            .ask(MarkRead {
                thread,
                seq,
                rewinds: None,
            })
            .await
            .unwrap();
    }
}

fn said(sending: &[Sending]) -> Vec<serde_json::Value> {
    let payloads = sending.iter();
    payloads
        .map(|one| serde_json::from_slice(&one.push().payload).unwrap())
        .collect()
}

crate::on_both_engines! {
    async fn a_message_notifies_after_the_hold_and_not_before(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "The *bus* leaves at ten.").await;
        stage.clock.advance(limits::PUSH_AFTER - Duration::from_millis(1));
        assert!(scene.work().await.is_empty());
        assert!(!stage.service.push_work(limits::PUSH_AFTER).await.unwrap().undecided);
        stage.clock.advance(Duration::from_millis(1));
        assert!(stage.service.push_work(limits::PUSH_AFTER).await.unwrap().undecided);
        let sent = scene.work().await;
        let said = said(&sent);
        assert_eq!(said[0]["title"], "ANA Adeyemi");
        assert_eq!(said[0]["text"], "The bus leaves at ten.");
        assert_eq!(said[0]["thread"], scene.thread.to_string());
        assert_eq!((&said[0]["seq"], &said[0]["unread"]), (&1.into(), &1.into()));
        scene.settle(&sent[0], Outcome::Taken).await;
        assert!(scene.after_hold().await.is_empty(), "once");
        assert_eq!(scene.outcomes(&scene.ben).await, [(Seq(1), PushOutcome::Sent)]);
        assert_eq!(scene.outcomes(&scene.ana).await, [], "who wrote is not notified");
    }

    async fn what_is_read_or_deleted_within_the_hold_notifies_nobody(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        scene.read(1).await;
        let deleted = scene.ana.say(scene.thread, "Two.").await;
        let (thread, seq) = (scene.thread, deleted.seq);
        scene.ana.ask(DeleteMessage { thread, seq }).await.unwrap();
        assert!(scene.after_hold().await.is_empty());
        let expected = [(Seq(2), PushOutcome::Deleted), (Seq(1), PushOutcome::Read)];
        assert_eq!(scene.outcomes(&scene.ben).await, expected);
    }

    async fn what_is_deleted_or_hidden_is_not_on_the_badge(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let gone = scene.ana.say(scene.thread, "One.").await;
        let hidden = scene.ana.say(scene.thread, "Two.").await;
        scene.ana.say(scene.thread, "Three.").await;
        let thread = scene.thread;
        scene.ben.ask(HideMessage { thread, seq: hidden.seq }).await.unwrap();
        let (seq, rewinds) = (gone.seq, None);
        scene.ben.ask(MarkUnread { thread, seq, rewinds }).await.unwrap();
        scene.ana.ask(DeleteMessage { thread, seq }).await.unwrap();
        let said = said(&scene.after_hold().await);
        assert_eq!((&said[0]["text"], &said[0]["unread"]), (&"Three.".into(), &1.into()));
        let snapshot = scene.ben.actor.snapshot().await.unwrap();
        assert_eq!(snapshot.threads[0].unread, 1);
    }

    async fn several_messages_of_a_thread_become_one_push(stage: &Stage) {
        let scene = Scene::new(stage).await;
        for text in ["One.", "Two.", "Three."] {
            scene.ana.say(scene.thread, text).await;
        }
        let said = said(&scene.after_hold().await);
        assert_eq!(said.len(), 1);
        assert_eq!((&said[0]["text"], &said[0]["unread"]), (&"Three.".into(), &3.into()));
    }

    async fn a_message_that_comes_while_one_is_under_way_follows_it(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        let first = scene.after_hold().await;
        scene.ana.say(scene.thread, "Two.").await;
        assert!(scene.after_hold().await.is_empty(), "one at a time, in order");
        scene.settle(&first[0], Outcome::Taken).await;
        assert_eq!(said(&scene.work().await)[0]["text"], "Two.");
    }

    async fn what_was_under_way_when_the_server_stopped_is_sent_again(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        assert_eq!(scene.after_hold().await.len(), 1);
        assert!(scene.work().await.is_empty());
        stage.clock.advance(WITHIN);
        assert_eq!(scene.work().await.len(), 1);
        assert_eq!(scene.outcomes(&scene.ben).await.len(), 1, "decided once");
    }

    async fn a_message_that_waited_out_an_absence_of_the_server_is_told_if_it_is_not_old(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        stage.clock.advance(limits::PUSH_LIFETIME);
        scene.ana.say(scene.thread, "Two.").await;
        assert_eq!(said(&scene.after_hold().await)[0]["text"], "Two.");
        let expected = [(Seq(2), PushOutcome::Queued), (Seq(1), PushOutcome::Old)];
        assert_eq!(scene.outcomes(&scene.ben).await, expected);
    }

    async fn a_group_notifies_those_who_were_in_it_then_and_still_are(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let (dara, chidi) = (stage.staff("dara").await, stage.staff("chidi").await);
        for person in [&dara, &chidi] {
            person.ask(subscribe_push()).await.unwrap();
        }
        let thread = ThreadId(uuid::Uuid::now_v7());
        let group = CreateGroup {
            thread,
            title: Title::new("Night shift").unwrap(),
            members: vec![scene.ben.id(), dara.id()],
            client: None,
            history: History::default(),
        };
        scene.ana.ask(group).await.unwrap();
        scene.ana.say(thread, "The bus leaves at ten.").await;
        scene.ana.ask(RemoveMember { thread, user: dara.id() }).await.unwrap();
        scene.ana.ask(AddMembers { thread, users: vec![chidi.id()] }).await.unwrap();
        let sent = scene.after_hold().await;
        let said = said(&sent);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0]["title"], "ANA Adeyemi · Night shift");
        assert_eq!(scene.outcomes(&scene.ben).await.len(), 1);
        for person in [&dara, &chidi] {
            assert_eq!(scene.outcomes(person).await, []);
        }
        scene.settle(&sent[0], Outcome::Taken).await;
        // Whoever is removed later has it taken away.
        scene.ana.ask(RemoveMember { thread, user: scene.ben.id() }).await.unwrap();
        assert_eq!(self::said(&scene.work().await)[0]["type"], "withdraw");
    }

    async fn the_settings_of_the_thread_decide_and_are_told(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let thread = scene.thread;
        let muted = ThreadSettings {
            muted_until: Some(stage.clock.now() + limits::PUSH_AFTER * 2),
            ..ThreadSettings::default()
        };
        scene.ben.ask(SetThreadSettings { thread, settings: muted }).await.unwrap();
        scene.ana.say(thread, "One for @ben.").await;
        assert!(scene.after_hold().await.is_empty());
        // The mute has ended by itself.
        stage.clock.advance(limits::PUSH_AFTER);
        let mentions = ThreadSettings { level: NotifyLevel::Mentions, ..ThreadSettings::default() };
        scene.ana.say(thread, "Two.").await;
        let sent = scene.after_hold().await;
        assert_eq!(said(&sent)[0]["unread"], 2);
        scene.settle(&sent[0], Outcome::Taken).await;
        scene.ben.ask(SetThreadSettings { thread, settings: mentions }).await.unwrap();
        scene.ana.say(thread, "Three.").await;
        assert!(scene.after_hold().await.is_empty());
        scene.ana.say(thread, "Four for @ben.").await;
        // The first and the last.
        assert_eq!(said(&scene.after_hold().await)[0]["unread"], 2);
        let expected = [
            (Seq(4), PushOutcome::Queued),
            (Seq(3), PushOutcome::NoMention),
            (Seq(2), PushOutcome::Sent),
            (Seq(1), PushOutcome::Muted),
        ];
        assert_eq!(scene.outcomes(&scene.ben).await, expected);
    }

    async fn what_became_of_a_push_is_told(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let last = async || scene.outcomes(&scene.ben).await[0];
        scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        assert_eq!(last().await, (Seq(1), PushOutcome::Queued));
        let problem = PushProblem::Refused;
        scene.settle(&sent[0], Outcome::Never { problem }).await;
        assert_eq!(last().await, (Seq(1), PushOutcome::Refused));

        // A new browser, since the other one is left alone for a while.
        scene.ben.ask(subscribe_push()).await.unwrap();
        scene.ana.say(scene.thread, "Two.").await;
        let sent = scene.after_hold().await;
        let problem = PushProblem::Failing;
        scene.settle(&sent[0], Outcome::Later { problem, after: None }).await;
        assert_eq!(last().await, (Seq(2), PushOutcome::Queued));
        scene.read(2).await;
        stage.clock.advance(pause(1) + WITHIN);
        assert!(scene.work().await.is_empty());
        assert_eq!(last().await, (Seq(2), PushOutcome::Read));

        for text in ["Three.", "Four."] {
            scene.ana.say(scene.thread, text).await;
        }
        let sent = scene.after_hold().await;
        scene.settle(&sent[0], Outcome::Taken).await;
        let outcomes = scene.outcomes(&scene.ben).await;
        // One notification is shown for a thread.
        assert_eq!(outcomes[..2], [(Seq(4), PushOutcome::Sent), (Seq(3), PushOutcome::Sent)]);

        scene.ana.say(scene.thread, "Five.").await;
        assert_eq!(scene.after_hold().await.len(), 1);
        stage.clock.advance(limits::PUSH_LIFETIME);
        scene.work().await;
        assert_eq!(last().await, (Seq(5), PushOutcome::Late));

        scene.ana.say(scene.thread, "Six.").await;
        let sent = scene.after_hold().await;
        scene.settle(&sent[0], Outcome::Gone).await;
        scene.read(6).await;
        assert_eq!(last().await, (Seq(6), PushOutcome::Gone), "also once it is read");
    }

    async fn one_browser_that_has_it_is_enough(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let phone = stage.person_of(stage.service.sign_in("ben", crate::stage::PASSWORD).await.unwrap());
        phone.ask(subscribe_push()).await.unwrap();
        scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        assert_eq!(sent.len(), 2);
        let problem = PushProblem::Refused;
        scene.settle(&sent[0], Outcome::Never { problem }).await;
        scene.settle(&sent[1], Outcome::Taken).await;
        assert_eq!(scene.outcomes(&scene.ben).await, [(Seq(1), PushOutcome::Sent)]);
    }

    async fn an_endpoint_that_is_gone_is_forgotten(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        scene.settle(&sent[0], Outcome::Gone).await;
        assert_eq!(scene.ben.ask(LoadPush {}).await.unwrap().subscriptions, []);
        stage.clock.advance(WITHIN);
        assert!(scene.work().await.is_empty());
    }

    async fn a_push_service_that_is_slow_down_or_away_is_asked_later(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        let (problem, wait) = (PushProblem::Slowed, Duration::from_secs(120));
        scene.settle(&sent[0], Outcome::Later { problem, after: Some(wait) }).await;
        let error = scene.ben.ask(LoadPush {}).await.unwrap().subscriptions[0].last_error.unwrap();
        assert_eq!((error.problem, error.retry_at), (problem, Some(error.at + wait)));
        // What comes meanwhile waits as well.
        scene.ana.say(scene.thread, "Two.").await;
        stage.clock.advance(wait - Duration::from_millis(1));
        assert!(scene.work().await.is_empty());
        stage.clock.advance(Duration::from_millis(1));
        let sent = scene.work().await;
        assert_eq!(said(&sent)[0]["text"], "Two.");
        // Longer each time, if it does not say how long.
        let problem = PushProblem::TimedOut;
        scene.settle(&sent[0], Outcome::Later { problem, after: None }).await;
        stage.clock.advance(pause(2) - Duration::from_millis(1));
        assert!(scene.work().await.is_empty());
        stage.clock.advance(Duration::from_millis(1));
        let sent = scene.work().await;
        scene.settle(&sent[0], Outcome::Taken).await;
        let browser = &scene.ben.ask(LoadPush {}).await.unwrap().subscriptions[0];
        assert_eq!((browser.last_error, browser.last_success.is_some()), (None, true));
    }

    async fn what_was_read_while_it_waited_is_not_sent_any_more(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        let problem = PushProblem::Failing;
        scene.settle(&sent[0], Outcome::Later { problem, after: None }).await;
        scene.read(1).await;
        stage.clock.advance(pause(1));
        assert!(scene.work().await.is_empty());
        stage.clock.advance(WITHIN);
        assert!(scene.work().await.is_empty(), "it is gone from the queue");
    }

    async fn what_is_read_or_deleted_later_is_taken_away(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let message = scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        scene.settle(&sent[0], Outcome::Taken).await;
        assert!(scene.work().await.is_empty());
        scene.read(1).await;
        let sent = scene.work().await;
        let said = said(&sent);
        assert_eq!((&said[0]["type"], &said[0]["seq"]), (&"withdraw".into(), &1.into()));
        assert_eq!(sent[0].push().topic.len(), 24);
        scene.settle(&sent[0], Outcome::Taken).await;
        assert!(scene.work().await.is_empty(), "once");
        let (thread, seq) = (scene.thread, message.seq.next());
        scene.ana.say(scene.thread, "Two.").await;
        let sent = scene.after_hold().await;
        scene.settle(&sent[0], Outcome::Taken).await;
        scene.ana.ask(DeleteMessage { thread, seq }).await.unwrap();
        assert_eq!(self::said(&scene.work().await)[0]["type"], "withdraw");
    }

    async fn nothing_is_withdrawn_where_that_would_cost_the_right_to_push(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let endpoint = "https://web.push.apple.com/QGx".to_owned();
        scene.ben.ask(SubscribePush { endpoint, ..subscribe_push() }).await.unwrap();
        scene.ana.say(scene.thread, "One.").await;
        let sent = scene.after_hold().await;
        scene.settle(&sent[0], Outcome::Taken).await;
        scene.read(1).await;
        assert!(scene.work().await.is_empty());
    }

    async fn whoever_signs_out_or_is_deactivated_is_not_notified(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ana.say(scene.thread, "One.").await;
        stage.service.sign_out(scene.ben.signed_in.session).await.unwrap();
        assert!(scene.after_hold().await.is_empty());

        let dara = stage.staff("dara").await;
        dara.ask(subscribe_push()).await.unwrap();
        let thread = scene.ana.open(&dara, None).await.thread.id;
        scene.ana.say(thread, "Two.").await;
        scene.ana.ask(SetActive { user: dara.id(), active: false }).await.unwrap();
        assert!(scene.after_hold().await.is_empty());
    }

    async fn a_session_that_has_expired_takes_its_browser_along(stage: &Stage) {
        let scene = Scene::new(stage).await;
        stage.clock.advance(Duration::from_secs(30 * 24 * 3600));
        scene.ana.say(scene.thread, "One.").await;
        assert!(scene.after_hold().await.is_empty());
    }

    async fn a_person_may_hide_what_is_said(stage: &Stage) {
        let scene = Scene::new(stage).await;
        scene.ben.ask(HidePushContent { hidden: true }).await.unwrap();
        assert!(scene.ben.ask(LoadPush {}).await.unwrap().hide_content);
        scene.ana.say(scene.thread, "The bus leaves at ten.").await;
        let sent = scene.after_hold().await;
        let text = String::from_utf8(sent[0].push().payload).unwrap();
        assert!(text.contains("New message"), "{text}");
        assert!(!text.contains("bus") && !text.contains("ANA"), "{text}");
    }

    async fn one_session_has_one_browser_and_one_browser_one_person(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let first = scene.ben.ask(subscribe_push()).await.unwrap();
        let wish = subscribe_push();
        let second = scene.ben.ask(wish.clone()).await.unwrap();
        assert_eq!(scene.ben.ask(wish.clone()).await.unwrap(), second, "twice is once");
        assert_ne!(first.id, second.id);
        let all = scene.ben.ask(LoadPush {}).await.unwrap();
        assert_eq!(all.subscriptions, std::slice::from_ref(&second));
        assert_eq!(all.key, scene.ana.ask(LoadPush {}).await.unwrap().key);
        // The service worker tells of a new subscription, and knows no name.
        let third = SubscribePush { name: String::new(), ..subscribe_push() };
        assert_eq!(scene.ben.ask(third).await.unwrap().name, wish.name);
        scene.ben.ask(wish.clone()).await.unwrap();
        // Somebody else signs in with the same browser.
        scene.ana.ask(wish).await.unwrap();
        assert_eq!(scene.ben.ask(LoadPush {}).await.unwrap().subscriptions, []);
    }

    async fn addresses_that_are_not_public_and_keys_that_are_none_are_refused(stage: &Stage) {
        let ana = stage.owner("ana").await;
        let good = subscribe_push();
        for endpoint in ["", "https://10.0.0.7/x", "http://push.example.net/x", "https://[fd00::1]/x"] {
            let refusal = ana.refusal(SubscribePush { endpoint: endpoint.to_owned(), ..good.clone() }).await;
            assert_eq!((refusal.code, refusal.field.as_deref()), (ErrorCode::Invalid, Some("endpoint")), "{endpoint}");
        }
        let refusal = ana.refusal(SubscribePush { auth: "x".to_owned(), ..good.clone() }).await;
        assert_eq!((refusal.code, refusal.field.as_deref()), (ErrorCode::Invalid, Some("p256dh")));
        let name = "x".repeat(limits::NAME_MAX_CHARS + 1);
        let refusal = ana.refusal(SubscribePush { name, ..good }).await;
        assert_eq!((refusal.code, refusal.field.as_deref()), (ErrorCode::Invalid, Some("name")));
        assert_eq!(ana.ask(LoadPush {}).await.unwrap().subscriptions, []);
    }

    async fn only_a_few_browsers_and_decisions_are_kept(stage: &Stage) {
        let scene = Scene::new(stage).await;
        for _ in 1..limits::PUSH_SUBSCRIPTIONS_MAX {
            let another = stage.service.sign_in("ben", crate::stage::PASSWORD).await.unwrap();
            stage.person_of(another).ask(subscribe_push()).await.unwrap();
        }
        let another = stage.person_of(stage.service.sign_in("ben", crate::stage::PASSWORD).await.unwrap());
        assert_eq!(another.refusal(subscribe_push()).await.code, ErrorCode::Invalid);
        let kept = limits::PUSH_DECISIONS_KEPT as usize;
        for number in 0..kept + 3 {
            scene.ana.say(scene.thread, &number.to_string()).await;
        }
        scene.after_hold().await;
        let outcomes = scene.outcomes(&scene.ben).await;
        assert_eq!(outcomes.len(), kept);
        assert_eq!(outcomes[0].0, Seq(i64::try_from(kept + 3).unwrap()));
    }

    async fn a_test_is_for_ones_own_browser_and_is_not_tried_again(stage: &Stage) {
        let scene = Scene::new(stage).await;
        let subscription = scene.ben.ask(LoadPush {}).await.unwrap().subscriptions[0].id;
        assert_eq!(scene.ana.refusal(TestPush { subscription }).await.code, ErrorCode::NotFound);
        scene.ana.ask(UnsubscribePush { subscription }).await.unwrap();
        scene.ben.ask(TestPush { subscription }).await.unwrap();
        let sent = scene.work().await;
        assert_eq!(said(&sent)[0]["type"], "test");
        let problem = PushProblem::Unreachable;
        scene.settle(&sent[0], Outcome::Later { problem, after: None }).await;
        let error = scene.ben.ask(LoadPush {}).await.unwrap().subscriptions[0].last_error.unwrap();
        assert_eq!((error.problem, error.retry_at), (problem, None));
        stage.clock.advance(pause(1));
        assert!(scene.work().await.is_empty());
        scene.ben.ask(UnsubscribePush { subscription }).await.unwrap();
        assert_eq!(scene.ben.ask(LoadPush {}).await.unwrap().subscriptions, []);
    }
}

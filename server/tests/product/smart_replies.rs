//! Suggested replies: off until asked for, learned from one's own answers only, and never about what is not one's own.

use tidings_protocol::{
    ErrorCode, Seq, SmartReplies, Suggestion, SuggestionSource, ThreadId,
    command::{DeleteMessage, SetSmartReplies, SuggestReplies},
};

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    nothing_is_suggested_until_it_is_asked_for
    ones_own_habits_are_suggested_and_those_of_others_are_not
    what_was_deleted_is_not_suggested
    every_device_hears_of_the_choice_also_after_an_absence
    an_outsider_is_told_of_no_thread
    a_model_that_nobody_named_can_not_be_chosen
}

async fn turn(person: &mut Person, choice: SmartReplies) {
    let settings = person
        .ask(SetSmartReplies { choice, model: None })
        .await
        .expect("a choice there is");
    assert_eq!(settings.choice, choice);
}

async fn suggested(person: &mut Person, thread: ThreadId, seq: i64) -> Vec<Suggestion> {
    let command = SuggestReplies {
        thread,
        seq: Seq(seq),
    };
    person.ask(command).await.expect("a member may ask")
}

fn own(suggestions: &[Suggestion]) -> Vec<&str> {
    let own = suggestions
        .iter()
        .filter(|one| one.source == SuggestionSource::Own);
    own.map(|one| one.text.as_str()).collect()
}

/// Ana asks Ben three times for the desk; he says the same twice. The last question is message 5.
async fn habit(server: &TestServer) -> (Person, Person, ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    for person in [&mut ana, &mut ben] {
        person.look_at(thread).await;
    }
    let mut texts = Vec::new();
    for (asked, answer) in [
        ("Can you cover the desk on Monday?", Some("Count me in")),
        ("Can you cover the desk on Tuesday?", Some("count me in!")),
        ("Can you cover the desk on Friday?", None),
    ] {
        ana.say(thread, asked).await;
        texts.push(asked);
        ben.until_texts(thread, &texts).await;
        if let Some(answer) = answer {
            ben.say(thread, answer).await;
            texts.push(answer);
            ana.until_texts(thread, &texts).await;
        }
    }
    (ana, ben, thread)
}

async fn nothing_is_suggested_until_it_is_asked_for(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut ben, thread) = habit(&server).await;
    assert_eq!(ben.device().smart_replies().choice, SmartReplies::Off);
    assert!(suggested(&mut ben, thread, 5).await.is_empty());
    turn(&mut ben, SmartReplies::Local).await;
    assert_eq!(own(&suggested(&mut ben, thread, 5).await), ["count me in!"]);
    turn(&mut ben, SmartReplies::Off).await;
    assert!(suggested(&mut ben, thread, 5).await.is_empty());
}

async fn ones_own_habits_are_suggested_and_those_of_others_are_not(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = habit(&server).await;
    turn(&mut ana, SmartReplies::Local).await;
    turn(&mut ben, SmartReplies::Local).await;
    ben.say(thread, "Can you cover the desk on Sunday?").await;
    ana.until("his question", |device| device.timeline(thread).rows.len() == 6)
        .await;
    let hers = suggested(&mut ana, thread, 6).await;
    assert!(own(&hers).is_empty());
    assert!(!hers.is_empty(), "phrases fit");
    // Nobody is asked to answer oneself.
    assert!(suggested(&mut ben, thread, 6).await.is_empty());
}

async fn what_was_deleted_is_not_suggested(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut ben, thread) = habit(&server).await;
    turn(&mut ben, SmartReplies::Local).await;
    let seq = Seq(4);
    ben.ask(DeleteMessage { thread, seq }).await.expect("his own");
    assert!(own(&suggested(&mut ben, thread, 5).await).is_empty());
}

async fn every_device_hears_of_the_choice_also_after_an_absence(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    let mut phone = server.another_device(&ana).await;
    turn(&mut ana, SmartReplies::Local).await;
    phone
        .until("the choice", |device| {
            device.smart_replies().choice == SmartReplies::Local
        })
        .await;
    phone.lose_network().await;
    turn(&mut ana, SmartReplies::Off).await;
    phone.find_network().await;
    phone
        .until("the choice made meanwhile", |device| {
            device.smart_replies().choice == SmartReplies::Off
        })
        .await;
}

async fn an_outsider_is_told_of_no_thread(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, _ben, thread) = habit(&server).await;
    let mut chidi = server.person("chidi").await;
    turn(&mut chidi, SmartReplies::Local).await;
    let command = SuggestReplies { thread, seq: Seq(1) };
    let error = chidi.ask(command).await.expect_err("not theirs");
    assert_eq!(error.code, ErrorCode::NotFound);
}

async fn a_model_that_nobody_named_can_not_be_chosen(engine: Engine) {
    let server = TestServer::start(engine).await;
    let mut ana = server.person("ana").await;
    for choice in [SmartReplies::Model, SmartReplies::Unknown] {
        let model = Some("models.example.org".to_owned());
        let error = ana
            .ask(SetSmartReplies { choice, model })
            .await
            .expect_err("not offered");
        assert_eq!(
            (error.code, error.field.as_deref()),
            (ErrorCode::Invalid, Some("choice"))
        );
    }
    assert_eq!(ana.device().smart_replies().choice, SmartReplies::Off);
}

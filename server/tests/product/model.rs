//! The language model: asked only for whoever chose it, told only what they may see, and never waited for.

use std::time::Duration;

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tidings_protocol::{
    ApiError, Command, DeviceFrame, ErrorCode, History, Message, Seq, ServerFrame, SmartReplies, Suggestion,
    SuggestionSource, ThreadId,
    command::{AddMembers, DeleteMessage, HideMessage, SearchPeople, SetSmartReplies, SuggestReplies},
};
use tidings_server::config::Settings;

use super::{group_secrecy::message, groups::make_group};
use crate::{
    engine::Engine,
    support::{Answers, ModelEndpoint, Person, TestServer, log, on_both_engines, soon},
};

on_both_engines! {
    a_model_is_told_the_last_messages_that_one_may_see_and_nothing_else
    a_late_joiner_tells_it_nothing_of_what_was_said_before
    nothing_is_sent_until_one_chose_it
    it_is_chosen_as_it_was_shown_or_not_at_all
    another_model_needs_to_be_chosen_anew
    whatever_it_does_there_are_the_other_suggestions
    what_fails_is_left_alone_for_a_while
    one_that_hangs_holds_nothing_up
    neither_texts_nor_the_key_are_logged
}

const CANARY: &str = "canary-2e6d-sings";

/// Fits a phrase, so that there are other suggestions.
const THANKS: &str = "Thank you so much!";

/// What tests have the patience for, where nobody answers.
fn quick(settings: &mut Settings) {
    settings.timings.model_within = Duration::from_millis(300);
    settings.timings.model_pause = Duration::ZERO;
}

/// What tests wait for, where an answer comes.
fn patient(settings: &mut Settings) {
    settings.timings.model_within = Duration::from_secs(15);
}

async fn start(engine: Engine, endpoint: &ModelEndpoint, timings: fn(&mut Settings)) -> TestServer {
    TestServer::start_with(engine, |settings| {
        settings.model = endpoint.settings();
        timings(settings);
    })
    .await
}

async fn choose(person: &mut Person, choice: SmartReplies, model: Option<&str>) -> Result<(), ApiError> {
    let model = model.map(str::to_owned);
    let settings = person.ask(SetSmartReplies { choice, model }).await?;
    assert_eq!(settings.choice, choice);
    Ok(())
}

async fn choose_model(person: &mut Person, endpoint: &ModelEndpoint) {
    choose(person, SmartReplies::Model, Some(endpoint.host()))
        .await
        .expect("it is offered");
}

async fn suggested(person: &mut Person, thread: ThreadId, seq: Seq) -> Vec<Suggestion> {
    person
        .ask(SuggestReplies { thread, seq })
        .await
        .expect("a member may ask")
}

fn written(suggestions: &[Suggestion]) -> Vec<&str> {
    let written = suggestions
        .iter()
        .filter(|one| one.source == SuggestionSource::Model);
    written.map(|one| one.text.as_str()).collect()
}

async fn say(person: &mut Person, thread: ThreadId, text: &str) -> Message {
    person.ask(message(thread, text)).await.expect("it is sent")
}

/// Ana and Ben, in a thread in which Ana thanks.
async fn two(server: &TestServer) -> (Person, Person, ThreadId, Seq) {
    let (mut ana, ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    let seq = say(&mut ana, thread, THANKS).await.seq;
    (ana, ben, thread, seq)
}

async fn a_model_is_told_the_last_messages_that_one_may_see_and_nothing_else(engine: Engine) {
    let mut endpoint = ModelEndpoint::start().await;
    let server = start(engine, &endpoint, patient).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let chidi = server.person("chidi").await;
    let elsewhere = ana.open(&chidi, None).await;
    say(&mut ana, elsewhere, CANARY).await;
    let others = ben.open(&chidi, None).await;
    say(&mut ben, others, CANARY).await;
    let thread = ana.open(&ben, None).await;
    for number in 1..=5 {
        say(&mut ana, thread, &format!("Long ago {number}: {CANARY}")).await;
    }
    say(&mut ben, thread, "Good morning,\nMe: @ana!").await;
    let hidden = say(&mut ana, thread, &format!("Hidden {CANARY}")).await.seq;
    let deleted = say(&mut ana, thread, &format!("Deleted {CANARY}")).await.seq;
    for number in 1..=6 {
        say(&mut ana, thread, &format!("Box {number} is here.")).await;
    }
    let asked = say(&mut ana, thread, "@ben, @chidi and @all: can you fetch them?")
        .await
        .seq;
    // What comes after the message in question is not about it.
    say(&mut ana, thread, CANARY).await;
    ben.ask(HideMessage { thread, seq: hidden })
        .await
        .expect("it is hidden");
    let gone = DeleteMessage { thread, seq: deleted };
    ana.ask(gone).await.expect("it is deleted");
    choose_model(&mut ben, &endpoint).await;
    let suggestions = suggested(&mut ben, thread, asked).await;
    assert_eq!(written(&suggestions), ["Gladly.", "Not today."]);
    let question = endpoint.next().await;
    assert_eq!(question.path, "/v1/chat/completions");
    assert_eq!(
        question.conversation(),
        "Me: Good morning, Me: @Them 1!\nThem 1: Box 1 is here.\nThem 1: Box 2 is here.\nThem 1: Box 3 is here.\nThem 1: \
         Box 4 is here.\nThem 1: Box 5 is here.\nThem 1: Box 6 is here.\nThem 1: @Me, @somebody and @all: can you fetch \
         them?"
    );
    let body = question.body.to_string();
    for secret in [
        CANARY,
        "Hidden",
        "chidi",
        ModelEndpoint::KEY,
        &thread.to_string(),
        &ben.id().to_string(),
    ] {
        assert!(!body.contains(secret), "{secret}");
    }
    let keys: Vec<_> = question
        .body
        .as_object()
        .into_iter()
        .flat_map(|body| body.keys())
        .collect();
    assert_eq!(keys, ["messages", "model", "stream"]);
    assert_eq!(question.body["model"], "small-1");
    // The key is where it belongs, and of the person nothing is told.
    for (name, value) in &question.headers {
        let value = value.to_str().expect("text");
        assert_eq!(
            name == header::AUTHORIZATION,
            value.contains(ModelEndpoint::KEY),
            "{name}"
        );
        assert!(!value.contains(&ben.access), "{name}");
    }
    assert!(question.headers.get(header::COOKIE).is_none());
    // A message of one's own, one that is hidden and one that holds no text are answered by nobody.
    for seq in [Seq(6), hidden, deleted] {
        drop(ben.ask(SuggestReplies { thread, seq }).await);
    }
    assert_eq!(endpoint.waiting(), 0);
}

async fn a_late_joiner_tells_it_nothing_of_what_was_said_before(engine: Engine) {
    let mut endpoint = ModelEndpoint::start().await;
    let server = start(engine, &endpoint, patient).await;
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let mut chidi = server.person("chidi").await;
    let thread = make_group(&mut ana, &mut [&mut ben], History::FromJoining).await;
    say(&mut ana, thread, CANARY).await;
    say(&mut ben, thread, CANARY).await;
    let users = vec![chidi.id()];
    ana.ask(AddMembers { thread, users }).await.expect("he is added");
    let asked = say(&mut ben, thread, "Welcome! Are you well?").await.seq;
    choose_model(&mut chidi, &endpoint).await;
    suggested(&mut chidi, thread, asked).await;
    assert_eq!(
        endpoint.next().await.conversation(),
        "Them 1: Welcome! Are you well?"
    );
    // What they can't see they can't ask about either.
    let error = chidi.ask(SuggestReplies { thread, seq: Seq(2) }).await;
    assert_eq!(error.expect_err("not theirs").code, ErrorCode::NotFound);
    assert_eq!(endpoint.waiting(), 0);
}

async fn nothing_is_sent_until_one_chose_it(engine: Engine) {
    let mut endpoint = ModelEndpoint::start().await;
    let server = start(engine, &endpoint, patient).await;
    let (mut ana, mut ben, thread, seq) = two(&server).await;
    let settings = ben.device().smart_replies().clone();
    assert_eq!(
        (settings.choice, settings.model.as_deref()),
        (SmartReplies::Off, Some(endpoint.host()))
    );
    assert!(suggested(&mut ben, thread, seq).await.is_empty());
    choose(&mut ben, SmartReplies::Local, None)
        .await
        .expect("it is offered");
    assert!(!suggested(&mut ben, thread, seq).await.is_empty());
    // That another one agreed says nothing for him.
    choose_model(&mut ana, &endpoint).await;
    assert!(written(&suggested(&mut ben, thread, seq).await).is_empty());
    assert_eq!(endpoint.waiting(), 0);
    choose_model(&mut ben, &endpoint).await;
    assert!(!written(&suggested(&mut ben, thread, seq).await).is_empty());
    drop(endpoint.next().await);
    choose(&mut ben, SmartReplies::Off, None)
        .await
        .expect("it is offered");
    assert!(suggested(&mut ben, thread, seq).await.is_empty());
    assert_eq!(endpoint.waiting(), 0);
}

async fn it_is_chosen_as_it_was_shown_or_not_at_all(engine: Engine) {
    let endpoint = ModelEndpoint::start().await;
    let mut server = start(engine, &endpoint, patient).await;
    let mut ana = server.person("ana").await;
    for model in [None, Some(""), Some("models.example.org")] {
        let error = choose(&mut ana, SmartReplies::Model, model)
            .await
            .expect_err("not that");
        assert_eq!(
            (error.code, error.field.as_deref()),
            (ErrorCode::Invalid, Some("model"))
        );
    }
    let mut phone = server.another_device(&ana).await;
    choose_model(&mut ana, &endpoint).await;
    phone
        .until("the choice", |device| {
            device.smart_replies().choice == SmartReplies::Model
        })
        .await;
    server.restart_with(|settings| settings.model = None).await;
    let mut late = server.another_device(&ana).await;
    let error = choose(&mut late, SmartReplies::Model, Some(endpoint.host()))
        .await
        .expect_err("there is none");
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::Invalid, Some("choice"))
    );
}

async fn another_model_needs_to_be_chosen_anew(engine: Engine) {
    let (mut first, second) = (ModelEndpoint::start().await, ModelEndpoint::start().await);
    let mut server = start(engine, &first, patient).await;
    let (_ana, mut ben, thread, seq) = two(&server).await;
    choose_model(&mut ben, &first).await;
    for (settings, expected) in [
        (second.settings(), SmartReplies::Off),
        (None, SmartReplies::Off),
        (first.settings(), SmartReplies::Model),
    ] {
        server.restart_with(|all| all.model = settings.clone()).await;
        let mut late = server.another_device(&ben).await;
        let shown = late.device().smart_replies().clone();
        assert_eq!(shown.choice, expected);
        assert_eq!(shown.model, settings.map(|settings| settings.host()));
        let suggestions = suggested(&mut late, thread, seq).await;
        assert_eq!(suggestions.is_empty(), expected == SmartReplies::Off);
    }
    drop(first.next().await);
    assert_eq!((first.waiting(), second.waiting()), (0, 0));
    // Whoever switches it off while it is away finds it off when it is back.
    server.restart_with(|settings| settings.model = None).await;
    let mut late = server.another_device(&ben).await;
    choose(&mut late, SmartReplies::Off, None)
        .await
        .expect("it is offered");
    server
        .restart_with(|settings| settings.model = first.settings())
        .await;
    let late = server.another_device(&ben).await;
    assert_eq!(late.device().smart_replies().choice, SmartReplies::Off);
}

/// What endpoints do that don't do their work.
fn failures() -> Vec<Answers> {
    let raw = |status, text: &str| Answers::Raw(status, text.to_owned());
    let writes = |text: &str| Answers::Writes(text.to_owned());
    vec![
        raw(400, "{\"error\": {\"message\": \"no such parameter\"}}"),
        raw(401, "{\"error\": {\"message\": \"no such key\"}}"),
        raw(403, ""),
        raw(404, "no such model"),
        raw(429, "{}"),
        raw(500, "oops"),
        raw(503, ""),
        raw(200, ""),
        raw(200, "<html>Welcome</html>"),
        raw(200, "{}"),
        raw(200, "{\"choices\": []}"),
        raw(200, &format!("{}{}", "[".repeat(30_000), "]".repeat(30_000))),
        writes(""),
        writes("Sure! Try \"Yes\"."),
        writes("[1, 2, 3]"),
        writes("{\"a\": [\"Yes\"]}"),
        writes(&json!(["x".repeat(201), "one\ntwo", "", "\u{202e}"]).to_string()),
        writes(&json!(["x".repeat(70_000)]).to_string()),
        Answers::Endless,
        Answers::Elsewhere,
        Answers::Nothing,
        Answers::Stalls,
    ]
}

async fn whatever_it_does_there_are_the_other_suggestions(engine: Engine) {
    let mut endpoint = ModelEndpoint::start().await;
    let server = start(engine, &endpoint, quick).await;
    let (_ana, mut ben, thread, seq) = two(&server).await;
    choose(&mut ben, SmartReplies::Local, None)
        .await
        .expect("it is offered");
    let local = suggested(&mut ben, thread, seq).await;
    assert!(!local.is_empty(), "or this proves nothing");
    choose_model(&mut ben, &endpoint).await;
    for answers in failures() {
        endpoint.answers(answers.clone());
        assert_eq!(suggested(&mut ben, thread, seq).await, local, "{answers:?}");
        // Once, and nowhere else.
        let question = endpoint.next().await;
        assert_eq!(question.path, "/v1/chat/completions");
        assert_eq!(endpoint.waiting(), 0, "{answers:?}");
    }
    endpoint.stop().await;
    assert_eq!(suggested(&mut ben, thread, seq).await, local);
}

async fn what_fails_is_left_alone_for_a_while(engine: Engine) {
    let mut endpoint = ModelEndpoint::start().await;
    // The pause is as long as in earnest.
    let server = start(engine, &endpoint, patient).await;
    let (mut ana, mut ben, thread, seq) = two(&server).await;
    choose_model(&mut ben, &endpoint).await;
    // What a model makes of one conversation is no reason to leave it alone.
    endpoint.answers(Answers::Writes("I would rather not.".to_owned()));
    assert!(written(&suggested(&mut ben, thread, seq).await).is_empty());
    endpoint.writes(&["Gladly."]);
    assert_eq!(written(&suggested(&mut ben, thread, seq).await), ["Gladly."]);
    // Nor is what an endpoint does not answer for what is said in it, to anybody but that conversation.
    let other = make_group(&mut ana, &mut [&mut ben], History::All).await;
    let choking = say(&mut ana, other, THANKS).await.seq;
    endpoint.answers(Answers::Raw(400, String::new()));
    assert!(written(&suggested(&mut ben, other, choking).await).is_empty());
    endpoint.writes(&["Gladly."]);
    assert!(written(&suggested(&mut ben, other, choking).await).is_empty());
    assert_eq!(written(&suggested(&mut ben, thread, seq).await), ["Gladly."]);
    endpoint.answers(Answers::Raw(500, String::new()));
    assert!(written(&suggested(&mut ben, thread, seq).await).is_empty());
    for _ in 0..5 {
        drop(endpoint.next().await);
    }
    endpoint.writes(&["Gladly."]);
    assert!(written(&suggested(&mut ben, thread, seq).await).is_empty());
    assert_eq!(endpoint.waiting(), 0);
}

async fn one_that_hangs_holds_nothing_up(engine: Engine) {
    let mut endpoint = ModelEndpoint::start().await;
    endpoint.answers(Answers::Nothing);
    let server = start(engine, &endpoint, |settings| {
        // Longer than the test waits for anything.
        settings.timings.model_within = Duration::from_secs(300);
    })
    .await;
    let (mut ana, mut ben, thread, seq) = two(&server).await;
    choose_model(&mut ben, &endpoint).await;
    // On the very connection that asked, what is asked later is answered.
    let mut socket = server.socket(&ben.access).await;
    socket.greet(None).await;
    let call = |id, command: Command| DeviceFrame::Call { id, command };
    socket.send(&call(1, SuggestReplies { thread, seq }.into())).await;
    drop(endpoint.next().await);
    socket.send(&call(2, message(thread, "I am here.").into())).await;
    let first = socket
        .wait_for("an answer", |frame| match frame {
            ServerFrame::Reply { id, .. } | ServerFrame::Refused { id, .. } => Some(id),
            _ => None,
        })
        .await;
    assert_eq!(first, 2);
    // Only so many wait at once, and the others get the other suggestions straight away.
    let path = format!("/api/v1/threads/{thread}/suggestions?to={}", seq.0);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let request = server.request(Method::GET, &path).bearer_auth(&ben.access);
        asking.spawn(request.timeout(Duration::from_secs(300)).send());
    }
    for _ in 0..13 {
        let answer = soon("an answer", asking.join_next()).await;
        let answer = answer.expect("one of 20").expect("no panic").expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let suggestions: Value = answer.json().await.expect("JSON");
        assert!(!suggestions.to_string().contains("model"));
    }
    for _ in 0..7 {
        drop(endpoint.next().await);
    }
    assert_eq!(endpoint.waiting(), 0);
    // The database goes on.
    say(&mut ana, thread, "And I.").await;
    let text = ben.me.username.as_str().to_owned();
    ana.ask(SearchPeople { text }).await.expect("a search");
    // Whoever no longer waits makes room.
    drop(asking);
    drop(socket);
    endpoint.writes(&["Gladly."]);
    soon("room again", async {
        while written(&suggested(&mut ben, thread, seq).await).is_empty() {}
    })
    .await;
}

async fn neither_texts_nor_the_key_are_logged(engine: Engine) {
    log::begin();
    let mut endpoint = ModelEndpoint::start().await;
    let server = start(engine, &endpoint, quick).await;
    let (mut ana, mut ben, thread, _) = two(&server).await;
    let seq = say(&mut ana, thread, &format!("Thank you, {CANARY}!")).await.seq;
    choose_model(&mut ben, &endpoint).await;
    endpoint.writes(&[CANARY]);
    suggested(&mut ben, thread, seq).await;
    assert!(
        endpoint.next().await.conversation().contains(CANARY),
        "or this proves nothing"
    );
    let raw = |status| Answers::Raw(status, CANARY.to_owned());
    for answers in failures()
        .into_iter()
        .chain([raw(200), raw(500), Answers::Writes(CANARY.to_owned())])
    {
        endpoint.answers(answers);
        suggested(&mut ben, thread, seq).await;
    }
    endpoint.stop().await;
    suggested(&mut ben, thread, seq).await;
    let log = log::take();
    let told = log.matches("the language model gave no replies").count();
    assert_eq!(told, failures().len() + 4, "one line for each");
    assert!(log.contains(endpoint.host()));
    for secret in [CANARY, ModelEndpoint::KEY] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

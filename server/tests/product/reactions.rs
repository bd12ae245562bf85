//! Reacting: set rather than toggled, seen by every device of every member, and refused with a sentence.

use tidings_device::Device;
use tidings_protocol::{Emoji, ErrorCode, Reaction, Seq, ThreadId, command::React, limits};

use crate::{
    engine::Engine,
    support::{Person, TestServer, on_both_engines},
};

on_both_engines! {
    every_device_of_every_member_sees_a_reaction_and_its_end
    reacting_twice_is_reacting_once
    a_kind_keeps_its_place_when_its_first_person_leaves_it
    a_device_that_was_away_learns_of_reactions
    an_outsider_is_told_of_no_thread
    a_kind_too_many_and_what_is_no_emoji_are_refused
}

fn react(thread: ThreadId, text: &str, on: bool) -> React {
    React {
        thread,
        seq: Seq(1),
        emoji: Emoji::new(text).expect("a good form"),
        on,
    }
}

fn kinds(reactions: &[Reaction]) -> Vec<(String, usize)> {
    let kinds = reactions.iter();
    kinds
        .map(|kind| (kind.emoji.as_str().to_owned(), kind.users.len()))
        .collect()
}

fn shows(device: &Device, thread: ThreadId, expected: &[(&str, usize)]) -> bool {
    let rows = device.timeline(thread).rows;
    let expected: Vec<_> = expected
        .iter()
        .map(|(emoji, count)| ((*emoji).to_owned(), *count))
        .collect();
    rows.first().is_some_and(|row| kinds(&row.reactions) == expected)
}

async fn until_shows(person: &mut Person, thread: ThreadId, expected: &[(&str, usize)]) {
    person
        .until("the reactions", |device| shows(device, thread, expected))
        .await;
}

/// Ana and Ben, looking at a thread in which Ana has said something.
async fn two(server: &TestServer) -> (Person, Person, ThreadId) {
    let (mut ana, mut ben) = (server.person("ana").await, server.person("ben").await);
    let thread = ana.open(&ben, None).await;
    ben.until("the thread", |device| device.thread(thread).is_some())
        .await;
    for person in [&mut ana, &mut ben] {
        person.look_at(thread).await;
    }
    ana.say(thread, "It works!").await;
    ben.until_texts(thread, &["It works!"]).await;
    (ana, ben, thread)
}

async fn every_device_of_every_member_sees_a_reaction_and_its_end(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    let mut phone = server.another_device(&ben).await;
    phone.look_at(thread).await;
    ben.ask(react(thread, "🎉", true)).await.expect("it is kept");
    ana.ask(react(thread, "👍🏽", true)).await.expect("it is kept");
    ana.ask(react(thread, "🎉", true)).await.expect("it is kept");
    for person in [&mut ana, &mut ben, &mut phone] {
        until_shows(person, thread, &[("🎉", 2), ("👍🏽", 1)]).await;
    }
    // A device that starts now has the same from the page it loads.
    let mut late = server.another_device(&ana).await;
    late.look_at(thread).await;
    until_shows(&mut late, thread, &[("🎉", 2), ("👍🏽", 1)]).await;
    ana.ask(react(thread, "👍🏽", false)).await.expect("it is gone");
    for person in [&mut ana, &mut ben, &mut phone] {
        until_shows(person, thread, &[("🎉", 2)]).await;
    }
}

async fn reacting_twice_is_reacting_once(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, mut ben, thread) = two(&server).await;
    let first = ben.ask(react(thread, "❤️", true)).await.expect("it is kept");
    assert_eq!((first.revision, kinds(&first.reactions).len()), (1, 1));
    // The same emoji without its selector is the same kind.
    let again = ben.ask(react(thread, "❤", true)).await.expect("it is there");
    assert_eq!(again, first);
    let gone = ben.ask(react(thread, "❤️", false)).await.expect("it is gone");
    assert_eq!((gone.revision, gone.reactions.len()), (2, 0));
    assert_eq!(
        ben.ask(react(thread, "❤️", false)).await.expect("still gone"),
        gone
    );
}

async fn a_kind_keeps_its_place_when_its_first_person_leaves_it(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    ben.ask(react(thread, "🎉", true)).await.expect("it is kept");
    ben.ask(react(thread, "👀", true)).await.expect("it is kept");
    ana.ask(react(thread, "🎉", true)).await.expect("it is kept");
    let message = ben.ask(react(thread, "🎉", false)).await.expect("it is gone");
    let expected = [("🎉".to_owned(), 1), ("👀".to_owned(), 1)];
    assert_eq!(kinds(&message.reactions), expected);
}

async fn a_device_that_was_away_learns_of_reactions(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    ben.lose_network().await;
    ana.ask(react(thread, "🚀", true)).await.expect("it is kept");
    ben.find_network().await;
    until_shows(&mut ben, thread, &[("🚀", 1)]).await;
}

async fn an_outsider_is_told_of_no_thread(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (_ana, _ben, thread) = two(&server).await;
    let mut chidi = server.person("chidi").await;
    let error = chidi
        .ask(react(thread, "🚀", true))
        .await
        .expect_err("not theirs");
    assert_eq!(error.code, ErrorCode::NotFound);
}

async fn a_kind_too_many_and_what_is_no_emoji_are_refused(engine: Engine) {
    let server = TestServer::start(engine).await;
    let (mut ana, mut ben, thread) = two(&server).await;
    // Beside the limit on commands, which is another matter, the two share the work.
    let letters: Vec<String> = ('🐀'..='🐓').map(String::from).collect();
    assert_eq!(letters.len(), limits::REACTION_KINDS_MAX);
    for (number, letter) in letters.iter().enumerate() {
        let person = if number % 2 == 0 { &mut ana } else { &mut ben };
        person.ask(react(thread, letter, true)).await.expect("it is kept");
    }
    let error = ben.ask(react(thread, "🚀", true)).await.expect_err("the 21st");
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::Invalid, Some("emoji"))
    );
    ben.ask(react(thread, "🐀", true))
        .await
        .expect("a kind that is there");
    for text in ["👍👍", "é", "🇿"] {
        let error = ana.ask(react(thread, text, true)).await.expect_err("no emoji");
        assert_eq!(error.code, ErrorCode::Invalid, "{text}");
    }
    let nothing = React {
        seq: Seq(99),
        ..react(thread, "🚀", true)
    };
    let error = ana.ask(nothing).await.expect_err("no such message");
    assert_eq!(error.code, ErrorCode::NotFound);
}

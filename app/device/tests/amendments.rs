//! Edits, deletions and reactions on their way out: shown at once, kept, sent in order, and refused with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Act, Amendment, Boot, Effect, Input, Progress, Row, Unsent, Which};
use tidings_protocol::{
    ApiError, Command, Content, Emoji, ErrorCode, Event, LocalId, Message, Page, Seq, ServerFrame, Timestamp,
};

use support::{NOON, body, boot, driver::Driver, message, preview, thread_id, user_id, uuid};

/// User 1 has said one thing in thread 1, and user 2 another.
fn said() -> Boot {
    let mut boot = boot();
    let messages = vec![message(1, 1, 1, "Nine."), message(1, 2, 2, "Fine.")];
    let view = &mut boot.snapshot.threads[0];
    view.last_seq = Seq(2);
    view.last_message = messages.last().cloned();
    boot.pages = vec![Page {
        thread: thread_id(1),
        messages,
        last_seq: Seq(2),
    }];
    boot
}

fn amend(seq: i64, act: Act) -> Input {
    Input::Amend {
        thread: thread_id(1),
        message: Which::Stored(Seq(seq)),
        act,
    }
}

fn edit(text: &str) -> Act {
    Act::Edit { body: body(text) }
}

fn react(on: bool) -> Act {
    let emoji = Emoji::new("🎉").unwrap();
    Act::React { emoji, on }
}

fn rows(driver: &Driver) -> Vec<Row> {
    driver.device.timeline(thread_id(1)).rows
}

/// What has been asked of the server since effects were last taken: edited texts, `-` for deletions, `+🎉` and `-🎉`.
fn asked(driver: &Driver) -> Vec<String> {
    let calls = driver.calls().into_iter();
    calls
        .filter_map(|(_, command)| match command {
            Command::EditMessage(edit) => Some(edit.body.as_str().to_owned()),
            Command::DeleteMessage(_) => Some("-".to_owned()),
            Command::RemovePreview(_) => Some("no preview".to_owned()),
            Command::React(react) => Some(format!("{}🎉", if react.on { '+' } else { '-' })),
            Command::SendMessage(send) => Some(format!("new: {}", send.text())),
            _ => None,
        })
        .collect()
}

fn call(driver: &Driver, place: usize) -> u64 {
    driver.calls()[place].0
}

fn edited(text: &str) -> Message {
    Message {
        content: body(text).into(),
        edited_at: Some(Timestamp(NOON.0 + 60_000)),
        revision: 1,
        ..message(1, 1, 1, "Nine.")
    }
}

#[test]
fn an_edit_is_shown_at_once_kept_and_confirmed() {
    let mut driver = Driver::live(said());
    driver.give(amend(1, edit("Ten.")));
    let row = &rows(&driver)[0];
    assert_eq!((row.content.text(), row.amended), ("Ten.", true));
    assert!(row.edited_at.is_some());
    assert_eq!(asked(&driver), ["Ten."]);
    let kept = driver.device.amendments();
    assert!(driver.wants(&Effect::SaveAmendment(kept[0].clone())));
    let id = call(&driver, 0);
    driver.take();
    driver.reply(id, edited("Ten."));
    let row = &rows(&driver)[0];
    assert_eq!((row.content.text(), row.amended), ("Ten.", false));
    assert_eq!(row.edited_at, edited("Ten.").edited_at);
    assert!(driver.wants(&Effect::Forget(kept[0].id)));
    assert!(driver.device.amendments().is_empty());
    // The event that says the same comes after the answer, or before it.
    driver.event(Event::MessageChanged {
        message: edited("Ten."),
    });
    assert_eq!(rows(&driver)[0].content.text(), "Ten.");
}

/// The first message links to a page, and has its preview.
fn linked(driver: &mut Driver) {
    let message = Message {
        preview: Some(preview()),
        content: body("See https://a.example").into(),
        revision: 1,
        ..message(1, 1, 1, "Nine.")
    };
    driver.event(Event::MessageChanged { message });
}

#[test]
fn a_preview_comes_with_its_message_and_goes_at_once_when_its_sender_wants_none() {
    let mut driver = Driver::live(said());
    linked(&mut driver);
    let row = &rows(&driver)[0];
    assert_eq!((row.preview.clone(), row.edited_at), (Some(preview()), None));
    driver.give(amend(1, Act::RemovePreview));
    let row = &rows(&driver)[0];
    assert_eq!((row.preview.clone(), row.amended), (None, true));
    assert_eq!(asked(&driver), ["no preview"]);
    // Where there is none, nothing is asked.
    driver.take();
    driver.give(amend(2, Act::RemovePreview));
    assert_eq!(asked(&driver), [""; 0]);
}

#[test]
fn an_edit_keeps_the_preview_of_the_same_link_only() {
    let mut driver = Driver::started(said());
    driver.connect();
    linked(&mut driver);
    driver.give(amend(1, edit("Do see https://a.example, please.")));
    assert_eq!(rows(&driver)[0].preview, Some(preview()));
    driver.give(amend(1, edit("See https://b.example")));
    assert_eq!(rows(&driver)[0].preview, None);
    driver.give(amend(1, Act::Delete));
    assert_eq!(rows(&driver)[0].preview, None);
}

#[test]
fn without_a_connection_only_the_last_of_a_kind_goes_out_later() {
    let mut driver = Driver::started(said());
    driver.give(amend(1, edit("Ten.")));
    driver.give(amend(1, edit("Eleven.")));
    for on in [true, false, true] {
        driver.give(amend(2, react(on)));
    }
    assert_eq!(rows(&driver)[1].reactions[0].users, [user_id(1)]);
    assert_eq!(
        driver.device.thread(thread_id(1)).unwrap().last.unwrap().content,
        body("Fine.").into()
    );
    driver.connect();
    assert_eq!(asked(&driver), ["Eleven.", "+🎉"]);
}

#[test]
fn what_is_undone_before_it_was_sent_is_never_sent() {
    let mut driver = Driver::started(said());
    driver.give(amend(2, react(true)));
    driver.give(amend(2, react(false)));
    driver.give(amend(1, edit("Ten.")));
    driver.give(amend(1, edit("Nine.")));
    assert!(driver.device.amendments().is_empty());
    assert!(!rows(&driver)[0].amended);
    driver.connect();
    assert!(asked(&driver).is_empty());
}

#[test]
fn a_deletion_makes_what_waits_pointless_and_is_shown_in_the_list() {
    let mut driver = Driver::started(said());
    driver.give(amend(1, edit("Ten.")));
    driver.give(amend(1, react(true)));
    driver.give(amend(1, Act::Delete));
    assert_eq!(rows(&driver)[0].content, Content::Deleted);
    driver.connect();
    assert_eq!(asked(&driver), ["-"]);
}

#[test]
fn what_is_done_while_another_is_on_its_way_waits_for_its_answer() {
    let mut driver = Driver::live(said());
    driver.give(amend(1, edit("Ten.")));
    driver.give(amend(1, edit("Eleven.")));
    driver.give(amend(1, edit("Twelve.")));
    driver.give(amend(2, react(true)));
    assert_eq!(
        asked(&driver),
        ["Ten.", "+🎉"],
        "messages don't wait for each other"
    );
    let id = call(&driver, 0);
    driver.take();
    driver.reply(id, edited("Ten."));
    assert_eq!(asked(&driver), ["Twelve."]);
    assert_eq!(rows(&driver)[0].content.text(), "Twelve.");
}

#[test]
fn a_lost_connection_has_it_sent_again_unless_it_turns_out_to_be_done() {
    let mut driver = Driver::live(said());
    driver.give(amend(1, edit("Ten.")));
    driver.give(amend(2, react(true)));
    driver.drop_link();
    assert_eq!(rows(&driver)[0].content.text(), "Ten.");
    driver.take();
    driver.give(Input::TryNow);
    driver.open();
    driver.welcome(None);
    driver.event(Event::MessageChanged {
        message: edited("Ten."),
    });
    driver.beat();
    assert_eq!(asked(&driver), ["+🎉"]);
}

#[test]
fn a_refusal_is_shown_at_its_message_with_the_text_and_can_be_discarded() {
    let mut driver = Driver::live(said());
    driver.give(amend(1, edit("Ten.")));
    let id = call(&driver, 0);
    let error = ApiError::new(ErrorCode::Conflict, "Too late.");
    driver.frame(ServerFrame::Refused {
        id,
        error: error.clone(),
    });
    let row = &rows(&driver)[0];
    assert_eq!((row.content.text(), row.amended), ("Nine.", false));
    let refusal = &row.refused[0];
    assert_eq!((&refusal.act, &refusal.error), (&edit("Ten."), &error));
    // It is still there after a reload.
    let kept: Vec<Amendment> = driver.device.amendments();
    let mut driver = Driver::new(said());
    driver.give(Input::Start);
    driver.give(Input::AmendmentsLoaded(kept));
    driver.give(Input::OutboxLoaded(Vec::new()));
    driver.connect();
    assert!(asked(&driver).is_empty());
    let id = rows(&driver)[0].refused[0].id;
    driver.give(Input::Discard(id));
    assert!(rows(&driver)[0].refused.is_empty());
    assert!(driver.wants(&Effect::Forget(id)));
}

#[test]
fn a_refusal_that_passes_is_tried_again_and_holds_no_text_up() {
    let mut driver = Driver::live(said());
    driver.give(amend(1, edit("Ten.")));
    let id = call(&driver, 0);
    let error = ApiError::new(ErrorCode::RateLimited, "Too fast.").retry_after(4);
    driver.frame(ServerFrame::Refused { id, error });
    assert!(rows(&driver)[0].amended);
    driver.take();
    driver.give_and_save(Input::Send {
        thread: thread_id(1),
        body: body("Hello."),
        reply_to: None,
        forwarded: false,
    });
    assert_eq!(asked(&driver), ["new: Hello."]);
    driver.take();
    driver.pass(Duration::from_secs(5));
    assert_eq!(asked(&driver), ["Ten."]);
}

#[test]
fn what_is_deleted_is_no_news_any_more() {
    let mut driver = Driver::live(boot());
    driver.event(Event::MessageSent {
        message: message(1, 1, 2, "Not meant for you."),
    });
    assert!(driver.device.is_news(thread_id(1), Seq(1)));
    let gone = Message {
        content: Content::Deleted,
        revision: 1,
        ..message(1, 1, 2, "Not meant for you.")
    };
    driver.event(Event::MessageChanged { message: gone });
    assert!(!driver.device.is_news(thread_id(1), Seq(1)));
}

#[test]
fn what_others_do_meanwhile_stays_visible_under_ones_own_edit() {
    let mut driver = Driver::started(said());
    driver.give(amend(1, edit("Ten.")));
    driver.connect();
    let mut theirs = message(1, 1, 1, "Nine.");
    theirs.revision = 1;
    theirs.reactions = vec![tidings_protocol::Reaction {
        emoji: Emoji::new("👍").unwrap(),
        users: vec![user_id(2)],
    }];
    driver.event(Event::MessageChanged { message: theirs });
    let row = &rows(&driver)[0];
    assert_eq!((row.content.text(), row.reactions.len()), ("Ten.", 1));
    let gone = Message {
        content: Content::Deleted,
        revision: 2,
        ..message(1, 1, 1, "Nine.")
    };
    driver.event(Event::MessageChanged { message: gone });
    assert_eq!(
        rows(&driver)[0].content,
        Content::Deleted,
        "no edit brings it back"
    );
}

fn send(driver: &mut Driver, text: &str) -> LocalId {
    driver.give_and_save(Input::Send {
        thread: thread_id(1),
        body: body(text),
        reply_to: None,
        forwarded: false,
    });
    driver.device.unsent().last().unwrap().local_id
}

fn amend_unsent(local_id: LocalId, act: Act) -> Input {
    Input::Amend {
        thread: thread_id(1),
        message: Which::Unsent(local_id),
        act,
    }
}

#[test]
fn a_message_that_has_never_left_is_changed_where_it_waits() {
    let mut driver = Driver::started(said());
    let (one, other) = (send(&mut driver, "Hallo."), send(&mut driver, "Not this."));
    driver.take();
    driver.give(amend_unsent(one, edit("Hello.")));
    assert_eq!(driver.saves()[0].body, Some(body("Hello.")), "kept like that");
    driver.give(Input::Saved {
        local_id: one,
        kept: true,
    });
    driver.give(amend_unsent(other, Act::Delete));
    assert!(driver.device.amendments().is_empty());
    assert_eq!(
        rows(&driver).last().unwrap().edited_at,
        None,
        "nobody has seen it yet"
    );
    driver.connect();
    assert_eq!(asked(&driver), ["new: Hello."]);
}

#[test]
fn a_message_whose_older_text_may_be_kept_waits_for_the_storage() {
    let mut driver = Driver::live(said());
    driver.give(Input::Send {
        thread: thread_id(1),
        body: body("Hallo."),
        reply_to: None,
        forwarded: false,
    });
    let local_id = driver.device.unsent()[0].local_id;
    driver.give(amend_unsent(local_id, edit("Hello.")));
    let saved = Input::Saved { local_id, kept: true };
    driver.give(saved.clone());
    assert!(asked(&driver).is_empty(), "that was the older one");
    driver.give(saved);
    assert_eq!(asked(&driver), ["new: Hello."]);
}

#[test]
fn what_becomes_of_a_message_on_its_way_follows_it() {
    let mut driver = Driver::live(said());
    let local_id = send(&mut driver, "Hallo.");
    driver.give(amend_unsent(local_id, edit("Hello.")));
    let row = rows(&driver).pop().unwrap();
    assert_eq!(
        (row.content.text(), row.progress),
        ("Hello.", Some(Progress::Pending))
    );
    assert_eq!(asked(&driver), ["new: Hallo."]);
    let stored = Message {
        local_id,
        ..message(1, 3, 1, "Hallo.")
    };
    let id = call(&driver, 0);
    driver.take();
    driver.reply(id, stored.clone());
    assert_eq!(asked(&driver), ["Hello."]);
    assert_eq!(rows(&driver).pop().unwrap().content.text(), "Hello.");
    // Before the message is forgotten, the amendment says where it is: after a reload in between both are there.
    let is_save = |effect: &Effect| matches!(effect, Effect::SaveAmendment(kept) if kept.message == Which::Stored(Seq(3)));
    let save = driver.effects.iter().position(is_save).expect("it is kept");
    let forget = driver
        .effects
        .iter()
        .position(|effect| *effect == Effect::Forget(local_id));
    assert!(Some(save) < forget);
}

#[test]
fn what_becomes_of_a_message_that_is_refused_is_done_where_it_waits() {
    let mut driver = Driver::live(said());
    let local_id = send(&mut driver, "Hallo.");
    driver.give(amend_unsent(local_id, edit("Hello.")));
    let id = call(&driver, 0);
    let error = ApiError::new(ErrorCode::Forbidden, "No.");
    driver.frame(ServerFrame::Refused { id, error });
    assert!(driver.device.amendments().is_empty());
    let unsent: Vec<Unsent> = driver.device.unsent();
    assert_eq!(unsent[0].body, Some(body("Hello.")));
    assert!(unsent[0].refused.is_some());
}

#[test]
fn what_storage_kept_goes_before_what_is_done_now() {
    let kept = Amendment {
        id: LocalId(uuid(9)),
        thread: thread_id(1),
        message: Which::Stored(Seq(1)),
        act: react(true),
        // Made by a page whose clock was ahead.
        made_at: Timestamp(NOON.0 + 5_000),
        refused: None,
    };
    let mut driver = Driver::new(said());
    driver.give(Input::Start);
    driver.connect();
    driver.give(amend(1, edit("Ten.")));
    assert!(asked(&driver).is_empty(), "storage has not been read");
    driver.give(Input::AmendmentsLoaded(vec![kept]));
    driver.give(Input::OutboxLoaded(Vec::new()));
    assert_eq!(asked(&driver), ["+🎉"]);
    let last = driver.device.amendments().pop().unwrap();
    assert!(last.made_at > Timestamp(NOON.0 + 5_000));
    assert!(driver.wants(&Effect::SaveAmendment(last)));
}

#[test]
fn what_is_hidden_is_gone_at_once_and_stays_gone_whatever_others_do() {
    let mut driver = Driver::live(said());
    driver.give(amend(2, Act::Hide));
    assert_eq!(rows(&driver).len(), 1);
    let last = driver.device.thread(thread_id(1)).unwrap().last.unwrap();
    assert_eq!(last.content, body("Nine.").into());
    let (id, Command::HideMessage(_)) = driver.calls()[0].clone() else {
        panic!("it is not asked for")
    };
    driver.reply(id, ());
    assert!(driver.device.amendments().is_empty());
    driver.event(Event::MessageHidden {
        thread: thread_id(1),
        seq: Seq(2),
    });
    driver.event(Event::MessageChanged {
        message: Message {
            revision: 1,
            ..message(1, 2, 2, "Fine, after all.")
        },
    });
    assert_eq!(rows(&driver).len(), 1);
    // A page that was read before it was hidden comes late.
    let mut driver = Driver::started(boot_of_two());
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.connect();
    let (id, _) = driver.calls()[0].clone();
    driver.event(Event::MessageHidden {
        thread: thread_id(1),
        seq: Seq(2),
    });
    driver.reply(id, said().pages.remove(0));
    assert_eq!(rows(&driver).len(), 1);
}

/// The same, with nothing loaded.
fn boot_of_two() -> Boot {
    let mut boot = said();
    boot.pages.clear();
    boot
}

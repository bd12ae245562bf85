//! Messages that are quoted: known wherever they are, and looked up without moving the reader.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use support::{boot, driver::Driver, message, thread_id, user_id};
use tidings_device::{Change, Input, Quoted};
use tidings_protocol::{
    ApiError, Command, Content, ErrorCode, Event, Message, Page, Seq, ServerFrame,
    command::{Anchor, LoadMessages},
    limits,
};

const LAST: i64 = 1_000;

fn said(from: i64, to: i64) -> Vec<Message> {
    (from..=to).map(|seq| message(1, seq, 2, "said")).collect()
}

fn page(from: i64, to: i64) -> Page {
    Page {
        thread: thread_id(1),
        messages: said(from, to),
        last_seq: Seq(LAST),
    }
}

/// A long thread is open, and its newest page loaded.
fn opened() -> Driver {
    let mut start = boot();
    let view = &mut start.snapshot.threads[0];
    view.last_seq = Seq(LAST);
    view.last_message = said(LAST, LAST).pop();
    start.pages = vec![page(LAST - i64::from(limits::PAGE_MESSAGES) + 1, LAST)];
    let mut driver = Driver::live(start);
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.take();
    driver
}

fn quote(driver: &mut Driver, seq: i64) {
    driver.give(Input::QuoteShown {
        thread: thread_id(1),
        seq: Seq(seq),
    });
}

fn quoted(driver: &Driver, seq: i64) -> Quoted {
    driver.device.quoted(thread_id(1), Seq(seq))
}

fn text(text: &str) -> Quoted {
    Quoted::Message {
        sender: user_id(2),
        content: support::body(text).into(),
    }
}

fn lookups(driver: &Driver) -> Vec<(u64, Seq)> {
    let calls = driver.calls().into_iter();
    let lookups = calls.filter_map(|(id, command)| match command {
        Command::LoadMessages(LoadMessages {
            from: Anchor::Around { seq },
            ..
        }) => Some((id, seq)),
        _ => None,
    });
    lookups.collect()
}

#[test]
fn what_is_loaded_is_quoted_without_asking() {
    let mut driver = opened();
    quote(&mut driver, LAST - 3);
    assert!(lookups(&driver).is_empty());
    assert_eq!(quoted(&driver, LAST - 3), text("said"));
}

#[test]
fn what_is_not_is_looked_up_and_the_reader_stays_where_they_are() {
    let mut driver = opened();
    let before = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(quoted(&driver, 20), Quoted::Unknown);
    quote(&mut driver, 20);
    quote(&mut driver, 22);
    quote(&mut driver, 20);
    let asked = lookups(&driver);
    assert_eq!(asked.len(), 1, "one page at a time");
    driver.take();
    driver.reply(asked[0].0, page(1, 45));
    assert_eq!(
        (quoted(&driver, 20), quoted(&driver, 22)),
        (text("said"), text("said"))
    );
    assert_eq!(
        quoted(&driver, 21),
        Quoted::Unknown,
        "only what is quoted is kept"
    );
    assert!(lookups(&driver).is_empty(), "the page held both");
    assert!(driver.changed(Change::Timeline(thread_id(1))));
    assert_eq!(driver.device.timeline(thread_id(1)).rows, before);
}

#[test]
fn a_quote_says_what_the_message_says_now() {
    let mut driver = opened();
    quote(&mut driver, 20);
    let (id, _) = lookups(&driver)[0];
    driver.reply(id, page(1, 45));
    let mut changed = said(20, 20).remove(0);
    changed.revision = 1;
    changed.content = support::body("edited").into();
    driver.take();
    driver.event(Event::MessageChanged {
        message: changed.clone(),
    });
    assert!(driver.changed(Change::Timeline(thread_id(1))));
    assert_eq!(quoted(&driver, 20), text("edited"));
    changed.revision = 2;
    changed.content = Content::Deleted;
    driver.event(Event::MessageChanged { message: changed });
    let sender = user_id(2);
    let content = Content::Deleted;
    assert_eq!(quoted(&driver, 20), Quoted::Message { sender, content });
}

#[test]
fn what_cannot_be_seen_is_missing_and_not_asked_for_again() {
    let mut driver = opened();
    quote(&mut driver, 20);
    let (id, _) = lookups(&driver)[0];
    driver.take();
    // Somebody who may see the thread only from message 30 on.
    driver.reply(id, page(30, 55));
    assert_eq!(quoted(&driver, 20), Quoted::Missing);
    quote(&mut driver, 20);
    quote(&mut driver, 10);
    let (id, seq) = lookups(&driver)[0];
    assert_eq!(seq, Seq(10));
    driver.take();
    let error = ApiError::new(ErrorCode::Forbidden, "No.");
    driver.frame(ServerFrame::Refused { id, error });
    assert_eq!(quoted(&driver, 10), Quoted::Missing);
    assert!(lookups(&driver).is_empty());
}

#[test]
fn a_lost_connection_asks_again() {
    let mut driver = opened();
    quote(&mut driver, 20);
    driver.drop_link();
    quote(&mut driver, 40);
    driver.take();
    driver.give(Input::TryNow);
    driver.connect();
    let (id, _) = lookups(&driver)[0];
    driver.reply(id, page(1, 45));
    assert_eq!(
        (quoted(&driver, 20), quoted(&driver, 40)),
        (text("said"), text("said"))
    );
}

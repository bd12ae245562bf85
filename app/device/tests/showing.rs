//! Showing a message that is far from what is loaded.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use proptest::prelude::*;
use support::{boot, cases, driver::Driver, message, thread_id};
use tidings_device::{Boot, Input};
use tidings_protocol::{
    Command, Event, Message, Page, Seq,
    command::{Anchor, LoadMessages},
    limits,
};

const PAGE: i64 = limits::PAGE_MESSAGES as i64;

fn said(from: i64, to: i64) -> Vec<Message> {
    (from..=to).map(|seq| message(1, seq, 2, "said")).collect()
}

fn page(from: i64, to: i64, last: i64) -> Page {
    Page {
        thread: thread_id(1),
        messages: said(from, to),
        last_seq: Seq(last),
    }
}

/// A thread of `last` messages, of which the newest page is loaded.
fn long(last: i64) -> Boot {
    let mut start = boot();
    let view = &mut start.snapshot.threads[0];
    view.last_seq = Seq(last);
    view.last_message = said(last, last).pop();
    start.pages = vec![page((last - PAGE + 1).max(1), last, last)];
    start
}

fn show(driver: &mut Driver, seq: i64) {
    driver.give(Input::ShowMessage {
        thread: thread_id(1),
        seq: Seq(seq),
    });
}

fn loads(driver: &Driver) -> Vec<(u64, Anchor)> {
    let calls = driver.calls().into_iter();
    let loads = calls.filter_map(|(id, command)| match command {
        Command::LoadMessages(LoadMessages { from, .. }) => Some((id, from)),
        _ => None,
    });
    loads.collect()
}

/// Answers every page that is asked for, as a server with `last` messages does.
fn serve(driver: &mut Driver, last: i64) {
    loop {
        let wanted = loads(driver);
        driver.take();
        if wanted.is_empty() {
            return;
        }
        for (id, from) in wanted {
            let (from, to) = match from {
                Anchor::Latest => (last - PAGE + 1, last),
                Anchor::Before { seq } => (seq.0 - PAGE, seq.0 - 1),
                Anchor::After { seq } => (seq.0 + 1, seq.0 + PAGE),
                Anchor::Around { seq } => (seq.0 - PAGE / 2, seq.0 + PAGE / 2 - 1),
            };
            driver.reply(id, page(from.max(1), to.min(last), last));
        }
    }
}

/// Places on screen; fails on a hole.
fn shown(driver: &Driver) -> (i64, i64) {
    let rows = driver.device.timeline(thread_id(1)).rows;
    let seqs: Vec<i64> = rows.iter().filter_map(|row| row.seq).map(|seq| seq.0).collect();
    assert!(
        seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "a hole: {seqs:?}"
    );
    assert!(rows.len() <= limits::WINDOW_ROWS);
    (seqs[0], seqs[seqs.len() - 1])
}

fn opened(last: i64) -> Driver {
    let mut driver = Driver::live(long(last));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.take();
    driver
}

#[test]
fn a_message_far_away_is_shown_with_what_is_around_it_once_its_page_is_there() {
    let mut driver = opened(1_000);
    show(&mut driver, 300);
    assert_eq!(shown(&driver), (951, 1_000), "rows stay until it is there");
    assert_eq!(driver.device.timeline(thread_id(1)).focus, None);
    serve(&mut driver, 1_000);
    assert_eq!(shown(&driver), (275, 324));
    let timeline = driver.device.timeline(thread_id(1));
    assert_eq!((timeline.focus, timeline.focused), (Some(Seq(300)), 1));
    assert!(timeline.has_older && timeline.has_newer);
}

#[test]
fn one_that_is_loaded_is_shown_at_once_and_again_when_asked_again() {
    let mut driver = opened(1_000);
    show(&mut driver, 960);
    show(&mut driver, 960);
    assert!(loads(&driver).is_empty());
    let timeline = driver.device.timeline(thread_id(1));
    assert_eq!((timeline.focus, timeline.focused), (Some(Seq(960)), 2));
}

#[test]
fn paging_goes_both_ways_and_down_to_the_newest_without_a_hole() {
    let mut driver = opened(400);
    show(&mut driver, 200);
    serve(&mut driver, 400);
    driver.give(Input::LoadOlder(thread_id(1)));
    serve(&mut driver, 400);
    assert_eq!(shown(&driver).0, 125);
    for _ in 0..8 {
        driver.give(Input::LoadNewer(thread_id(1)));
        serve(&mut driver, 400);
        shown(&driver);
    }
    assert_eq!(shown(&driver).1, 400);
    assert!(!driver.device.timeline(thread_id(1)).has_newer);
}

#[test]
fn what_comes_meanwhile_waits_below_and_is_counted() {
    let mut driver = opened(1_000);
    show(&mut driver, 300);
    serve(&mut driver, 1_000);
    let before = driver.device.unread(thread_id(1));
    driver.says(&said(1_001, 1_001)[0]);
    assert_eq!(shown(&driver), (275, 324));
    assert_eq!(driver.device.unread(thread_id(1)), before + 1);
    driver.give(Input::JumpToLatest(thread_id(1)));
    assert_eq!(shown(&driver).1, 1_001);
    assert!(loads(&driver).is_empty(), "the newest run was kept");
}

#[test]
fn a_change_reaches_the_message_on_screen() {
    let mut driver = opened(1_000);
    show(&mut driver, 300);
    serve(&mut driver, 1_000);
    let mut changed = said(300, 300).remove(0);
    changed.revision = 1;
    changed.content = support::body("changed").into();
    driver.event(Event::MessageChanged { message: changed });
    let rows = driver.device.timeline(thread_id(1)).rows;
    let row = rows.iter().find(|row| row.seq == Some(Seq(300))).unwrap();
    assert_eq!(row.content.text(), "changed");
}

#[test]
fn a_place_where_nothing_is_shows_the_nearest_and_a_lost_connection_asks_again() {
    let mut driver = opened(1_000);
    show(&mut driver, i64::MAX);
    assert_eq!(driver.device.timeline(thread_id(1)).focus, Some(Seq(1_000)));
    show(&mut driver, 20);
    assert_eq!(loads(&driver).len(), 1);
    driver.drop_link();
    driver.take();
    driver.give(Input::TryNow);
    driver.connect();
    serve(&mut driver, 1_000);
    assert_eq!(driver.device.timeline(thread_id(1)).focus, Some(Seq(20)));
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn whatever_is_shown_in_whichever_order_has_no_hole(
        acts in prop::collection::vec((0_u8..7, 1_i64..520), 1..40),
    ) {
        let mut last = 500;
        let mut driver = opened(last);
        for (act, seq) in acts {
            match act {
                0 | 1 => show(&mut driver, seq),
                2 => driver.give(Input::LoadOlder(thread_id(1))),
                3 => driver.give(Input::LoadNewer(thread_id(1))),
                4 => driver.give(Input::JumpToLatest(thread_id(1))),
                5 => {
                    last += 1;
                    driver.says(&said(last, last)[0]);
                }
                _ => serve(&mut driver, last),
            }
            shown(&driver);
        }
        serve(&mut driver, last);
        driver.give(Input::JumpToLatest(thread_id(1)));
        serve(&mut driver, last);
        prop_assert_eq!(shown(&driver).1, last);
    }
}

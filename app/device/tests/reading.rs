//! Timelines, windows, read marks, unread counts and the divider.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Boot, Change, Input, Progress};
use tidings_protocol::{
    ApiError, Command, ErrorCode, Event, Message, MessageId, Page, Position, Seq, ServerFrame,
    command::{Anchor, LoadMessages, MarkRead},
    limits,
    reply::ReadMark,
};

use support::{body, boot, driver::Driver, epoch, message, thread_id, user_id, uuid};

const SECOND: Duration = Duration::from_secs(1);

/// Messages of thread 1; those with an odd `seq` are by user 2, the others by user 1.
fn said(from: i64, to: i64) -> Vec<Message> {
    let messages = (from..=to).map(|seq| message(1, seq, if seq % 2 == 1 { 2 } else { 1 }, "said"));
    messages.collect()
}

/// A boot with `last` messages in thread 1, of which the viewer has read `read`.
fn long(last: i64, read: i64, pages: &[(i64, i64)]) -> Boot {
    let mut start = boot();
    let view = &mut start.snapshot.threads[0];
    view.last_seq = Seq(last);
    view.last_message = said(last, last).pop();
    view.thread.members[0].read_seq = Seq(read);
    view.unread = u32::try_from(
        said(read + 1, last)
            .iter()
            .filter(|said| said.sender == user_id(2))
            .count(),
    )
    .unwrap();
    start.pages = pages.iter().map(|(from, to)| page(*from, *to, last)).collect();
    start
}

fn page(from: i64, to: i64, last: i64) -> Page {
    Page {
        thread: thread_id(1),
        messages: said(from, to),
        last_seq: Seq(last),
    }
}

fn loads(driver: &Driver) -> Vec<(u64, Anchor)> {
    let calls = driver.calls().into_iter();
    let loads = calls.filter_map(|(id, command)| match command {
        Command::LoadMessages(LoadMessages { from, .. }) => Some((id, from)),
        _ => None,
    });
    loads.collect()
}

fn marks(driver: &Driver) -> Vec<(u64, Seq)> {
    let calls = driver.calls().into_iter();
    let marks = calls.filter_map(|(id, command)| match command {
        Command::MarkRead(MarkRead { seq, .. }) => Some((id, seq)),
        _ => None,
    });
    marks.collect()
}

fn seqs(driver: &Driver) -> (i64, i64) {
    let rows = driver.device.timeline(thread_id(1)).rows;
    let seqs: Vec<i64> = rows.iter().filter_map(|row| row.seq).map(|seq| seq.0).collect();
    assert!(
        seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "a hole: {seqs:?}"
    );
    assert!(rows.len() <= limits::WINDOW_ROWS);
    (seqs[0], seqs[seqs.len() - 1])
}

fn seen(seq: i64) -> Input {
    Input::Seen {
        thread: thread_id(1),
        seq: Seq(seq),
    }
}

#[test]
fn a_page_of_the_boot_is_shown_without_a_connection() {
    let driver = Driver::new(long(120, 120, &[(71, 120)]));
    let timeline = driver.device.timeline(thread_id(1));
    assert!(timeline.loaded && timeline.has_older && !timeline.has_newer);
    assert_eq!(seqs(&driver), (71, 120));
}

#[test]
fn an_opened_thread_is_asked_for_once_there_is_a_connection() {
    let mut driver = Driver::started(long(120, 120, &[]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    assert!(!driver.device.timeline(thread_id(1)).loaded);
    driver.connect();
    let [(id, Anchor::Latest)] = loads(&driver)[..] else {
        panic!("one page")
    };
    assert!(driver.device.timeline(thread_id(1)).loading);
    driver.reply(id, page(71, 120, 120));
    assert_eq!(seqs(&driver), (71, 120));
    assert!(!driver.device.timeline(thread_id(1)).loading);
    driver.pass(SECOND * 5);
    assert_eq!(loads(&driver).len(), 1, "nothing is missing");
}

#[test]
fn recent_threads_are_loaded_one_at_a_time_without_being_opened() {
    let mut start = boot();
    start.snapshot.threads = (1..=12)
        .map(|number| {
            let mut view = support::view(support::thread(number, &[1, 2]));
            view.last_seq = Seq(9);
            view.last_message = Some(message(number, 9, 2, "last"));
            view
        })
        .collect();
    let mut driver = Driver::started(start);
    driver.connect();
    let mut asked = 0;
    loop {
        let calls = driver.calls();
        driver.take();
        assert!(calls.len() <= 1, "one at a time");
        let Some((id, Command::LoadMessages(load))) = calls.into_iter().next() else {
            break;
        };
        asked += 1;
        let thread = load.thread;
        let number = thread.0.as_u128() - 0x2000;
        driver.reply(
            id,
            Page {
                thread,
                messages: (1..=9).map(|seq| message(number, seq, 2, "page")).collect(),
                last_seq: Seq(9),
            },
        );
        driver.pass(SECOND);
        driver.beat();
    }
    assert_eq!(asked, 10, "only the most recent");
}

#[test]
fn older_rows_come_from_what_is_loaded_then_from_the_server_and_the_window_stays_bounded() {
    let mut driver = Driver::live(long(600, 600, &[(551, 600)]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    let mut first = 551;
    for _ in 0..8 {
        driver.take();
        driver.give(Input::LoadOlder(thread_id(1)));
        let [(id, Anchor::Before { seq })] = loads(&driver)[..] else {
            panic!("one page")
        };
        assert_eq!(seq.0, first);
        driver.reply(id, page(first - 50, first - 1, 600));
        first -= 50;
        assert_eq!(seqs(&driver).0, first);
    }
    assert_eq!(seqs(&driver), (151, 450));
    assert!(driver.device.timeline(thread_id(1)).has_newer);
    driver.take();
    driver.give(Input::LoadNewer(thread_id(1)));
    assert_eq!(seqs(&driver), (201, 500));
    assert!(loads(&driver).is_empty(), "it is loaded");
    driver.give(Input::LoadOlder(thread_id(1)));
    assert_eq!(seqs(&driver), (151, 450));
    driver.give(Input::JumpToLatest(thread_id(1)));
    assert_eq!(seqs(&driver), (551, 600));
    assert!(!driver.device.timeline(thread_id(1)).has_newer);
}

#[test]
fn a_message_does_not_move_a_window_that_was_scrolled_up_until_one_writes() {
    let mut driver = Driver::live(long(400, 400, &[(1, 400)]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    for _ in 0..7 {
        driver.give(Input::LoadOlder(thread_id(1)));
    }
    let before = seqs(&driver);
    assert_eq!(before, (1, 300));
    driver.says(&said(401, 401)[0]);
    assert_eq!(seqs(&driver), before);
    driver.give(Input::Send {
        thread: thread_id(1),
        body: body("here"),
        reply_to: None,
        forwarded: false,
    });
    assert_eq!(seqs(&driver).1, 401);
    assert_eq!(
        driver.device.timeline(thread_id(1)).rows.last().unwrap().progress,
        Some(Progress::Saving)
    );
}

#[test]
fn a_jump_in_the_order_shows_no_hole_and_asks_for_what_is_missing() {
    let mut driver = Driver::live(long(10, 10, &[(1, 10)]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.take();
    driver.says(&said(13, 13)[0]);
    assert_eq!(seqs(&driver), (1, 10));
    assert!(driver.device.timeline(thread_id(1)).has_newer);
    let [(id, Anchor::After { seq: Seq(10) })] = loads(&driver)[..] else {
        panic!("{:?}", loads(&driver))
    };
    driver.reply(id, page(11, 13, 13));
    assert_eq!(seqs(&driver), (1, 13));
    assert_eq!(
        driver.device.unread(thread_id(1)),
        2,
        "11 and 13 are by somebody else"
    );
}

#[test]
fn a_page_that_does_not_help_is_not_asked_for_for_ever() {
    let mut driver = Driver::started(long(120, 120, &[]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.connect();
    for _ in 0..20 {
        let Some((id, _)) = loads(&driver).pop() else {
            break;
        };
        driver.take();
        driver.reply(id, page(1, 0, 120));
        driver.pass(SECOND);
        driver.beat();
    }
    assert!(loads(&driver).is_empty());
    driver.give(Input::ThreadOpened(thread_id(1)));
    assert_eq!(loads(&driver).len(), 1, "opening it asks again");
}

#[test]
fn a_page_that_cannot_be_had_now_is_asked_for_later() {
    let mut driver = Driver::started(long(120, 120, &[]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.connect();
    let (id, _) = loads(&driver)[0];
    driver.take();
    let error = ApiError::new(ErrorCode::Unavailable, "Not now.").retry_after(3);
    driver.frame(ServerFrame::Refused { id, error });
    driver.pass(SECOND * 2);
    assert!(loads(&driver).is_empty());
    driver.pass(SECOND);
    assert_eq!(loads(&driver).len(), 1);
}

#[test]
fn a_long_absence_is_closed_by_the_newest_page_and_a_short_one_page_by_page() {
    for (last, anchor) in [(1000, Anchor::Latest), (200, Anchor::After { seq: Seq(100) })] {
        let mut driver = Driver::live(long(100, 100, &[(51, 100)]));
        driver.give(Input::ThreadOpened(thread_id(1)));
        driver.closed(Some(4009));
        driver.until_dialled(SECOND);
        driver.open();
        driver.welcome(Some(long(last, 100, &[]).snapshot));
        assert_eq!(seqs(&driver), (51, 100), "old rows stay while the rest comes");
        driver.take();
        driver.beat();
        assert_eq!(loads(&driver)[0].1, anchor);
        let (id, _) = loads(&driver)[0];
        let from = if last == 1000 { 951 } else { 101 };
        driver.reply(id, page(from, from + 49, last));
        assert_eq!(seqs(&driver), if last == 1000 { (951, 1000) } else { (51, 150) });
    }
}

#[test]
fn unread_counts_messages_of_others_after_the_mark() {
    let mut driver = Driver::live(boot());
    for said in said(1, 5) {
        driver.says(&said);
    }
    assert_eq!(driver.device.unread(thread_id(1)), 3);
    assert_eq!(driver.device.total_unread(), 3);
    assert!(driver.changed(Change::Unread(thread_id(1))));
    for said in said(1, 5) {
        driver.says(&said);
    }
    assert_eq!(driver.device.unread(thread_id(1)), 3, "again changes nothing");
    driver.give(seen(3));
    assert_eq!(driver.device.unread(thread_id(1)), 1);
    driver.give(seen(1));
    assert_eq!(driver.device.unread(thread_id(1)), 1, "a mark never moves back");
}

#[test]
fn sending_does_not_mean_having_read() {
    let mut driver = Driver::live(boot());
    for said in said(1, 4) {
        driver.says(&said);
    }
    assert_eq!(driver.device.unread(thread_id(1)), 2);
    assert!(marks(&driver).is_empty());
}

#[test]
fn the_logs_count_replaces_ours_and_its_echo_after_a_snapshot_does_not() {
    let mark = |seq, unread| Event::UnreadChanged {
        mark: ReadMark {
            thread: thread_id(1),
            seq: Seq(seq),
            unread,
            rewinds: 0,
        },
    };
    let mut driver = Driver::live(long(100, 10, &[]));
    driver.event(mark(60, 20));
    assert_eq!(driver.device.unread(thread_id(1)), 20);
    driver.event(mark(60, 3));
    driver.event(mark(40, 30));
    assert_eq!(driver.device.unread(thread_id(1)), 20);
}

#[test]
fn read_marks_travel_one_at_a_time_and_the_latest_wins() {
    let mut driver = Driver::live(long(40, 0, &[(1, 40)]));
    driver.give(seen(3));
    driver.give(seen(4));
    driver.give(seen(9));
    let [(id, Seq(3))] = marks(&driver)[..] else {
        panic!("{:?}", marks(&driver))
    };
    driver.take();
    driver.reply(
        id,
        ReadMark {
            thread: thread_id(1),
            seq: Seq(3),
            unread: 18,
            rewinds: 0,
        },
    );
    driver.pass(SECOND);
    assert_eq!(
        marks(&driver).iter().map(|mark| mark.1).collect::<Vec<_>>(),
        [Seq(9)]
    );
    assert_eq!(
        driver.device.unread(thread_id(1)),
        15,
        "a late answer does not undo what was seen"
    );
}

#[test]
fn what_was_read_offline_is_told_on_return() {
    let mut driver = Driver::live(long(40, 0, &[(1, 40)]));
    driver.drop_link();
    driver.give(seen(40));
    assert_eq!(driver.device.unread(thread_id(1)), 0);
    driver.until_dialled(SECOND);
    driver.connect();
    assert_eq!(marks(&driver)[0].1, Seq(40));
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.connect();
    assert_eq!(marks(&driver)[0].1, Seq(40), "again, since no answer came");
}

#[test]
fn nothing_is_read_past_the_newest_message() {
    let mut driver = Driver::live(long(5, 0, &[(1, 5)]));
    driver.give(seen(1000));
    assert_eq!(marks(&driver)[0].1, Seq(5));
}

#[test]
fn the_divider_is_fixed_when_the_thread_is_opened_and_goes_when_one_leaves_or_writes() {
    let divider = |driver: &Driver| driver.device.timeline(thread_id(1)).divider;
    let opened = || {
        let mut driver = Driver::live(long(20, 11, &[(1, 20)]));
        driver.give(Input::ThreadOpened(thread_id(1)));
        driver
    };
    let mut driver = opened();
    assert_eq!(divider(&driver), Some(Seq(13)), "12 is one's own");
    driver.give(seen(20));
    driver.says(&said(21, 21)[0]);
    assert_eq!(divider(&driver), Some(Seq(13)));
    driver.give(Input::ThreadClosed);
    assert_eq!(divider(&driver), None);
    let mut driver = opened();
    driver.give(Input::Send {
        thread: thread_id(1),
        body: body("answer"),
        reply_to: None,
        forwarded: false,
    });
    assert_eq!(divider(&driver), None);
}

#[test]
fn a_row_says_how_far_the_slowest_other_member_has_got() {
    let mut start = boot();
    start.snapshot.threads = vec![support::view(support::thread(1, &[1, 2, 3]))];
    let mut driver = Driver::live(start);
    driver.says(&message(1, 1, 1, "all"));
    let progress = |driver: &Driver| {
        driver.device.timeline(thread_id(1)).rows[0]
            .progress
            .clone()
            .unwrap()
    };
    let thread = thread_id(1);
    let seq = Seq(1);
    assert_eq!(progress(&driver), Progress::Sent);
    let (two, three) = (user_id(2), user_id(3));
    driver.event(Event::MessagesRead {
        thread,
        user: two,
        seq,
    });
    assert_eq!(progress(&driver), Progress::Sent);
    driver.event(Event::MessagesDelivered {
        thread,
        user: three,
        seq,
    });
    assert_eq!(progress(&driver), Progress::Delivered);
    driver.take();
    driver.event(Event::MessagesRead {
        thread,
        user: three,
        seq,
    });
    assert_eq!(progress(&driver), Progress::Read);
    assert!(driver.changed(Change::Timeline(thread)));
}

#[test]
fn a_copied_local_id_does_not_give_two_rows_one_key() {
    let mut driver = Driver::live(boot());
    let mine = message(1, 1, 1, "mine");
    let mut theirs = message(1, 2, 2, "theirs");
    theirs.local_id = mine.local_id;
    driver.says(&mine);
    driver.says(&theirs);
    let rows = driver.device.timeline(thread_id(1)).rows;
    assert_eq!(rows[0].key, mine.local_id);
    assert_ne!(rows[1].key, rows[0].key);
}

#[test]
fn what_may_have_changed_during_a_long_absence_is_loaded_again_and_nothing_moves() {
    let mut driver = Driver::live(long(120, 120, &[(71, 120), (21, 70)]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.give(Input::LoadOlder(thread_id(1)));
    assert_eq!(seqs(&driver), (21, 120));
    driver.closed(Some(4009));
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(Some(long(120, 120, &[]).snapshot));
    driver.take();
    driver.beat();
    for (from, to) in [(71, 120), (21, 70)] {
        let (id, anchor) = loads(&driver)[0];
        assert_eq!(anchor, Anchor::Before { seq: Seq(to + 1) });
        let mut page = page(from, to, 120);
        page.messages[0].content = tidings_protocol::Content::Deleted;
        page.messages[0].revision = 1;
        driver.take();
        driver.reply(id, page);
        assert_eq!(seqs(&driver), (21, 120));
    }
    assert!(loads(&driver).is_empty(), "once is enough");
    let rows = driver.device.timeline(thread_id(1)).rows;
    let deleted = rows
        .iter()
        .filter(|row| row.content == tidings_protocol::Content::Deleted);
    assert_eq!(deleted.count(), 2);
}

#[test]
fn what_a_page_had_and_a_backup_undid_is_not_shown_any_more() {
    for rewritten in [true, false] {
        let mut driver = Driver::started(long(3, 3, &[]));
        driver.give(Input::ThreadOpened(thread_id(1)));
        driver.connect();
        let (id, _) = loads(&driver)[0];
        // The fourth was stored while the page was read, and its event never comes.
        driver.reply(id, page(1, 4, 4));
        assert_eq!(seqs(&driver), (1, 4));
        driver.drop_link();
        driver.until_dialled(SECOND);
        driver.open();
        driver.welcome(None);
        if rewritten {
            let mut other = message(1, 4, 2, "written after the backup was restored");
            other.id = MessageId(uuid(0x77));
            driver.says(&other);
        } else {
            let head = Position {
                epoch: epoch(2),
                offset: driver.offset,
            };
            let sent = driver.sent;
            driver.frame(ServerFrame::Beat { head, sent });
        }
        assert!(!driver.device.is_live(), "{rewritten}");
        driver.until_dialled(SECOND);
        driver.open();
        assert_eq!(driver.hello(), Some(None), "{rewritten}");
    }
}

//! Marking as unread, pinning, archiving and muting: shown at once, told once, and the same on all devices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use support::{NOON, boot, driver::Driver, message, snapshot, thread, thread_id, view};
use tidings_device::{Boot, Change, Effect, Input, SettingsChange};
use tidings_protocol::{
    ApiError, Command, Content, ErrorCode, Event, NotifyLevel, Rewound, Seq, ServerFrame, ThreadSettings,
    Timestamp,
    reply::{ReadMark, SettingsMark},
};

const SECOND: Duration = Duration::from_secs(1);

/// Live, with five messages of user 2 in thread 1, all loaded; user 1 has read those up to `read`.
fn told(read: i64) -> Driver {
    let mut driver = Driver::live(boot());
    driver.give(Input::ThreadOpened(thread_id(1)));
    for seq in 1..=5 {
        let text = if seq == 4 { "And you, @user1?" } else { "said" };
        driver.says(&message(1, seq, 2, text));
    }
    if read > 0 {
        driver.give(seen(read));
        let (id, _) = marks(&driver)[0];
        driver.take();
        driver.reply(id, mark(read, 5 - read, 0));
        driver.event(Event::UnreadChanged {
            mark: mark(read, 5 - read, 0),
        });
        driver.pass(SECOND);
    }
    driver.take();
    driver
}

fn seen(seq: i64) -> Input {
    let (thread, seq) = (thread_id(1), Seq(seq));
    Input::Seen { thread, seq }
}

fn from(seq: i64) -> Input {
    let (thread, seq) = (thread_id(1), Seq(seq));
    Input::MarkUnread { thread, seq }
}

fn mark(seq: i64, unread: i64, rewinds: u32) -> ReadMark {
    ReadMark {
        thread: thread_id(1),
        seq: Seq(seq),
        unread: unread.try_into().unwrap(),
        rewinds,
    }
}

fn back(seq: i64, unread: i64, rewinds: u32) -> Event {
    Event::MarkedUnread {
        mark: mark(seq, unread, rewinds),
        mentions: if seq < 4 { vec![Seq(4)] } else { Vec::new() },
    }
}

/// Marks told to the server since effects were last taken.
fn marks(driver: &Driver) -> Vec<(u64, Command)> {
    let mut calls = driver.calls();
    calls.retain(|(_, command)| matches!(command, Command::MarkRead(_) | Command::MarkUnread(_)));
    calls
}

fn told_unread(driver: &Driver) -> Vec<(i64, Option<u32>)> {
    let told = marks(driver)
        .into_iter()
        .filter_map(|(_, command)| match command {
            Command::MarkUnread(mark) => Some((mark.seq.0, mark.rewinds)),
            _ => None,
        });
    told.collect()
}

fn told_read(driver: &Driver) -> Vec<(i64, Option<u32>)> {
    let told = marks(driver)
        .into_iter()
        .filter_map(|(_, command)| match command {
            Command::MarkRead(mark) => Some((mark.seq.0, mark.rewinds)),
            _ => None,
        });
    told.collect()
}

fn unread(driver: &Driver) -> (u32, Vec<Seq>) {
    let thread = thread_id(1);
    (driver.device.unread(thread), driver.device.mentions(thread))
}

#[test]
fn what_is_marked_as_unread_is_so_at_once_and_stays_so_on_screen() {
    let mut driver = told(5);
    assert_eq!(unread(&driver), (0, vec![]));
    assert_eq!(driver.device.can_mark_unread(thread_id(1)), Some(Seq(5)));
    driver.give(from(3));
    assert_eq!(unread(&driver), (3, vec![Seq(4)]));
    assert_eq!(driver.device.timeline(thread_id(1)).divider, Some(Seq(3)));
    assert_eq!(driver.device.can_mark_unread(thread_id(1)), None, "it is unread");
    assert!(driver.changed(Change::Unread(thread_id(1))));
    assert_eq!(told_unread(&driver), [(3, Some(0))]);
    driver.give(seen(5));
    assert_eq!(unread(&driver).0, 3, "what is still on screen is not read again");
    driver.event(back(2, 3, 1));
    assert_eq!(unread(&driver), (3, vec![Seq(4)]));

    driver.give(Input::ThreadClosed);
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.take();
    driver.pass(SECOND);
    driver.give(seen(5));
    assert_eq!(unread(&driver), (0, vec![]), "one comes back and reads it");
    driver.pass(SECOND);
    // The answer to taking it back is still due: one mark at a time.
    assert_eq!(told_read(&driver), []);
}

#[test]
fn a_mark_that_was_taken_back_is_told_until_the_log_has_it_and_once() {
    let mut driver = told(5);
    driver.drop_link();
    driver.give(from(2));
    driver.until_dialled(SECOND);
    driver.connect();
    assert_eq!(told_unread(&driver), [(2, Some(0))]);
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(None);
    // It had arrived: the log has it.
    driver.event(back(1, 4, 1));
    driver.take();
    driver.beat();
    driver.pass(SECOND);
    assert_eq!(marks(&driver), []);
    assert_eq!(unread(&driver), (4, vec![Seq(4)]));
}

#[test]
fn an_answer_before_its_event_does_not_make_it_told_again() {
    let mut driver = told(5);
    driver.give(from(2));
    let (id, _) = marks(&driver)[0];
    driver.take();
    driver.reply(id, mark(1, 4, 1));
    driver.pass(SECOND);
    assert_eq!(marks(&driver), []);
    driver.event(back(1, 4, 1));
    assert_eq!(unread(&driver), (4, vec![Seq(4)]));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.give(seen(3));
    assert_eq!(told_read(&driver), [(3, Some(1))]);
}

#[test]
fn what_is_read_after_it_was_marked_as_unread_without_a_connection_is_told_after_that() {
    let mut driver = told(5);
    driver.drop_link();
    driver.give(from(2));
    driver.give(Input::ThreadOpened(thread_id(1)));
    driver.give(seen(4));
    assert_eq!(unread(&driver).0, 1);
    driver.until_dialled(SECOND);
    driver.connect();
    assert_eq!(told_unread(&driver), [(2, Some(0))]);
    assert_eq!(told_read(&driver), []);
    let (id, _) = marks(&driver)[0];
    driver.take();
    driver.event(back(1, 4, 1));
    driver.reply(id, mark(1, 4, 1));
    assert_eq!(unread(&driver).0, 1);
    driver.pass(SECOND);
    assert_eq!(told_read(&driver), [(4, Some(1))]);
}

#[test]
fn a_mark_taken_back_on_another_device_wins_over_what_was_read_here_before() {
    let mut driver = told(2);
    driver.give(seen(5));
    driver.event(back(0, 5, 1));
    assert_eq!(unread(&driver), (5, vec![Seq(4)]));
    driver.give(seen(5));
    assert_eq!(
        unread(&driver).0,
        5,
        "whoever took it back wants it unread here too"
    );
    // The echo of what was read before.
    driver.event(Event::UnreadChanged { mark: mark(5, 0, 0) });
    assert_eq!(unread(&driver).0, 5);
    driver.event(Event::UnreadChanged { mark: mark(3, 2, 1) });
    assert_eq!(unread(&driver), (2, vec![Seq(4)]));
    driver.event(back(0, 5, 1));
    assert_eq!(unread(&driver).0, 2, "again changes nothing");
}

#[test]
fn a_snapshot_says_what_was_taken_back() {
    let mut start = boot();
    let view = &mut start.snapshot.threads[0];
    view.last_seq = Seq(9);
    view.last_message = Some(message(1, 9, 2, "said"));
    view.thread.members[0].read_seq = Seq(9);
    view.unread = 3;
    view.mentions = vec![Seq(8)];
    view.rewound = Some(Rewound {
        seq: Seq(6),
        rewinds: 2,
    });
    let mut driver = Driver::live(start.clone());
    assert_eq!(unread(&driver), (3, vec![Seq(8)]));
    assert_eq!(driver.device.read_seq(thread_id(1)), Seq(6));
    // Afresh, after it was taken back further elsewhere.
    let view = &mut start.snapshot.threads[0];
    view.unread = 6;
    view.rewound = Some(Rewound {
        seq: Seq(3),
        rewinds: 3,
    });
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(Some(start.snapshot));
    driver.beat();
    assert_eq!(unread(&driver).0, 6);
}

#[test]
fn what_the_server_refuses_is_as_it_was() {
    let mut driver = told(5);
    driver.give(from(2));
    let (id, _) = marks(&driver)[0];
    let error = ApiError::new(ErrorCode::Invalid, "No.");
    driver.frame(ServerFrame::Refused { id, error });
    assert_eq!(unread(&driver).0, 0);
}

fn settings(driver: &Driver) -> ThreadSettings {
    driver.device.thread(thread_id(1)).unwrap().settings
}

fn change(driver: &mut Driver, change: SettingsChange) {
    let thread = thread_id(1);
    driver.give(Input::ChangeSettings { thread, change });
}

fn told_settings(driver: &Driver) -> Vec<(u64, ThreadSettings)> {
    let told = driver
        .calls()
        .into_iter()
        .filter_map(|(id, command)| match command {
            Command::SetThreadSettings(set) => Some((id, set.settings)),
            _ => None,
        });
    told.collect()
}

fn state(settings: ThreadSettings, revision: u32) -> SettingsMark {
    SettingsMark {
        thread: thread_id(1),
        settings,
        revision,
    }
}

#[test]
fn settings_show_at_once_and_what_is_changed_without_a_connection_is_told_with_what_changed_elsewhere() {
    let mut driver = Driver::live(boot());
    driver.drop_link();
    change(&mut driver, SettingsChange::Archive(true));
    change(&mut driver, SettingsChange::Pin(true));
    change(&mut driver, SettingsChange::Archive(false));
    assert!(driver.changed(Change::Threads));
    assert!(settings(&driver).pinned && !settings(&driver).archived);
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(None);
    let level = NotifyLevel::Mentions;
    let elsewhere = ThreadSettings {
        level,
        ..ThreadSettings::default()
    };
    driver.event(Event::ThreadSettingsChanged {
        mark: state(elsewhere, 1),
    });
    driver.beat();
    let pinned = ThreadSettings {
        pinned: true,
        ..elsewhere
    };
    let [(id, told)] = told_settings(&driver)[..] else {
        panic!("told once")
    };
    assert_eq!(told, pinned);
    driver.take();
    driver.reply(id, state(pinned, 2));
    driver.pass(SECOND);
    assert_eq!(told_settings(&driver), []);
    assert_eq!(settings(&driver), pinned);
}

#[test]
fn a_late_answer_does_not_undo_what_the_log_told_since() {
    let mut driver = Driver::live(boot());
    change(&mut driver, SettingsChange::Pin(true));
    let (id, pinned) = told_settings(&driver)[0];
    driver.event(Event::ThreadSettingsChanged {
        mark: state(pinned, 1),
    });
    driver.event(Event::ThreadSettingsChanged {
        mark: state(ThreadSettings::default(), 2),
    });
    driver.reply(id, state(pinned, 1));
    assert_eq!(settings(&driver), ThreadSettings::default());
}

#[test]
fn pinned_threads_come_first_and_what_is_silent_is_not_counted() {
    let threads = [1, 2, 3].map(|number| view(thread(number, &[1, 2])));
    let pages = Vec::new();
    let snapshot = snapshot(threads.to_vec());
    let mut driver = Driver::live(Boot { snapshot, pages });
    for number in [1, 2, 3] {
        let text = if number == 2 { "You, @user1" } else { "said" };
        driver.says(&message(number, 1, 2, text));
        driver.says(&message(number, 2, 2, "more"));
    }
    assert_eq!(driver.device.waiting(driver.now), 6);
    change(&mut driver, SettingsChange::Pin(true));
    let order = driver.device.threads().into_iter().map(|row| row.id);
    assert_eq!(order.collect::<Vec<_>>(), [1, 3, 2].map(thread_id));
    let mut set = |number, change| {
        let thread = thread_id(number);
        driver.give(Input::ChangeSettings { thread, change });
        driver.device.waiting(driver.now)
    };
    let soon = Timestamp(support::NOON.0 + 60_000);
    assert_eq!(
        set(2, SettingsChange::Mute(Some(soon))),
        5,
        "the mention still counts"
    );
    assert_eq!(set(3, SettingsChange::Archive(true)), 3);
    assert_eq!(set(1, SettingsChange::Level(NotifyLevel::Nothing)), 1);
    driver.take();
    driver.pass_with_beats(Duration::from_secs(70));
    assert!(driver.changed(Change::Threads), "the mute has ended");
    assert_eq!(driver.device.waiting(driver.now), 2);
}

/// The connection is lost and back, and what was missed is about to come.
fn come_back(driver: &mut Driver) {
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(None);
    driver.take();
}

fn notified(driver: &Driver) -> Vec<i64> {
    let messages = driver.effects.iter().filter_map(|effect| match effect {
        Effect::Notify(message) => Some(message.seq.0),
        _ => None,
    });
    messages.collect()
}

#[test]
fn a_message_notifies_as_the_settings_say_and_own_ones_never() {
    let mut driver = Driver::live(boot());
    driver.says(&message(1, 1, 2, "said"));
    driver.says(&message(1, 2, 1, "mine"));
    assert_eq!(notified(&driver), [1]);
    change(&mut driver, SettingsChange::Level(NotifyLevel::Mentions));
    driver.take();
    driver.says(&message(1, 3, 2, "said"));
    driver.says(&message(1, 4, 2, "Look, @user1"));
    assert_eq!(notified(&driver), [4]);
    change(&mut driver, SettingsChange::Mute(Some(ThreadSettings::FOREVER)));
    driver.take();
    driver.says(&message(1, 5, 2, "Look, @user1"));
    assert!(notified(&driver).is_empty());
}

#[test]
fn what_came_while_away_notifies_once_for_each_thread_and_not_if_it_was_read_elsewhere() {
    let mut driver = Driver::live(boot());
    come_back(&mut driver);
    for seq in 1..=3 {
        driver.says(&message(1, seq, 2, "said"));
    }
    assert!(notified(&driver).is_empty());
    driver.beat();
    assert_eq!(notified(&driver), [3]);
    come_back(&mut driver);
    driver.says(&message(1, 4, 2, "said"));
    driver.event(Event::UnreadChanged { mark: mark(4, 0, 0) });
    driver.beat();
    assert!(notified(&driver).is_empty());
}

#[test]
fn what_is_deleted_without_being_loaded_is_no_news() {
    let mut start = boot();
    let view = &mut start.snapshot.threads[0];
    view.last_seq = Seq(9);
    view.last_message = Some(message(1, 9, 2, "said"));
    view.unread = 9;
    let mut driver = Driver::live(start);
    let is_news = |driver: &Driver, seq| driver.device.is_news(thread_id(1), Seq(seq));
    assert!(is_news(&driver, 7));
    driver.event(deleted(7));
    assert!(!is_news(&driver, 7) && is_news(&driver, 8));
}

fn edited(seq: i64, text: &str, revision: u32) -> Event {
    let mut message = message(1, seq, 2, text);
    message.edited_at = Some(message.sent_at);
    message.revision = revision;
    Event::MessageChanged { message }
}

#[test]
fn an_edit_notifies_whoever_it_newly_mentions() {
    let mut driver = Driver::live(boot());
    change(&mut driver, SettingsChange::Level(NotifyLevel::Mentions));
    driver.says(&message(1, 1, 2, "Look."));
    driver.says(&message(1, 2, 2, "Look again."));
    driver.take();
    driver.event(edited(1, "Look there.", 1));
    assert!(notified(&driver).is_empty(), "it mentions nobody");
    driver.event(edited(1, "Look, @user1", 2));
    driver.event(edited(1, "Look there, @user1", 3));
    assert_eq!(notified(&driver), [1], "once");
    driver.take();
    driver.event(Event::UnreadChanged { mark: mark(2, 0, 0) });
    driver.event(edited(2, "Look again, @user1", 1));
    assert!(notified(&driver).is_empty(), "it was read");
}

#[test]
fn an_edit_of_what_notified_anyway_does_not_notify_again() {
    let mut driver = Driver::live(boot());
    driver.says(&message(1, 1, 2, "Look."));
    assert_eq!(notified(&driver), [1]);
    driver.take();
    driver.event(edited(1, "Look, @user1", 1));
    assert!(notified(&driver).is_empty());
}

#[test]
fn what_came_while_away_is_told_as_it_is_now_and_not_if_it_was_deleted() {
    let mut driver = Driver::live(boot());
    come_back(&mut driver);
    driver.says(&message(1, 1, 2, "said"));
    driver.event(edited(1, "said better", 1));
    driver.beat();
    let told = driver.effects.iter().find_map(|effect| match effect {
        Effect::Notify(message) => Some(message.content.clone()),
        _ => None,
    });
    assert_eq!(told, Some(message(1, 1, 2, "said better").content));

    come_back(&mut driver);
    driver.says(&message(1, 2, 2, "said"));
    driver.event(deleted(2));
    driver.beat();
    assert!(notified(&driver).is_empty());
}

#[test]
fn what_mentions_nobody_any_more_when_one_is_back_is_not_told() {
    let mut driver = Driver::live(boot());
    change(&mut driver, SettingsChange::Level(NotifyLevel::Mentions));
    come_back(&mut driver);
    driver.says(&message(1, 1, 2, "Look, @user1"));
    driver.event(edited(1, "Look.", 1));
    driver.beat();
    assert!(notified(&driver).is_empty());
}

fn deleted(seq: i64) -> Event {
    let mut message = message(1, seq, 2, "said");
    message.content = Content::Deleted;
    message.revision = 1;
    Event::MessageChanged { message }
}

#[test]
fn an_unread_message_that_is_deleted_counts_no_more() {
    let mut driver = told(3);
    let counts = |driver: &Driver| {
        let device = &driver.device;
        (device.unread(thread_id(1)), device.mentions(thread_id(1)).len())
    };
    assert_eq!(counts(&driver), (2, 1));
    driver.event(deleted(2));
    assert_eq!(counts(&driver), (2, 1), "it was read");
    driver.take();
    driver.event(deleted(4));
    assert_eq!(counts(&driver), (1, 0));
    assert!(driver.changed(Change::Unread(thread_id(1))));
    driver.event(deleted(4));
    assert_eq!(counts(&driver), (1, 0), "once");
    driver.event(deleted(5));
    assert_eq!((counts(&driver), driver.device.waiting(NOON)), ((0, 0), 0));
}

/// Live, with a thread of which nothing is loaded: user 1 has read up to 20 and has three unread, one a mention.
fn unloaded() -> Driver {
    let mut known = view(thread(1, &[1, 2]));
    known.last_seq = Seq(23);
    known.last_message = Some(message(1, 23, 2, "said"));
    known.thread.members[0].read_seq = Seq(20);
    known.unread = 3;
    known.mentions = vec![Seq(22)];
    Driver::live(Boot {
        snapshot: snapshot(vec![known]),
        pages: Vec::new(),
    })
}

#[test]
fn what_is_deleted_before_it_is_loaded_counts_no_more_either() {
    let mut driver = unloaded();
    let counts = |driver: &Driver| {
        let device = &driver.device;
        (device.unread(thread_id(1)), device.mentions(thread_id(1)).len())
    };
    assert_eq!(counts(&driver), (3, 1));
    for _ in 0..2 {
        driver.event(deleted(22));
        assert_eq!(counts(&driver), (2, 0));
    }
    driver.event(deleted(20));
    assert_eq!(counts(&driver), (2, 0), "it was read");
}

/// The log has a message that was deleted as that from the start, so that nobody who comes back gets its text.
#[test]
fn what_was_said_and_deleted_meanwhile_never_counts() {
    let mut driver = unloaded();
    let mut gone = message(1, 24, 2, "said");
    gone.content = Content::Deleted;
    gone.revision = 1;
    driver.event(Event::MessageSent { message: gone });
    assert_eq!(driver.device.unread(thread_id(1)), 3);
    driver.event(deleted(24));
    assert_eq!(driver.device.unread(thread_id(1)), 3);
}

/// A number that the log tells is from before what was deleted after it.
#[test]
fn a_number_from_before_a_deletion_is_lowered_by_it() {
    let mut driver = unloaded();
    let mut gone = message(1, 24, 2, "said");
    gone.content = Content::Deleted;
    gone.revision = 1;
    driver.event(Event::MessageSent { message: gone });
    driver.event(Event::UnreadChanged { mark: mark(21, 3, 0) });
    driver.event(deleted(24));
    assert_eq!(driver.device.unread(thread_id(1)), 2);
}

//! Groups as one person's device has them: joining, being removed, coming back, and how far a message has got.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use support::{body, boot, driver::Driver, message, thread, thread_id, user, user_id, view};
use tidings_device::{Change, Input, Progress, Receipts, SettingsChange};
use tidings_protocol::{
    Command, Content, Event, History, Member, MemberRole, Notice, Page, Seq, ServerFrame, Signal, Thread,
    ThreadId, Title, User,
};

const GROUP: u128 = 5;

fn id() -> ThreadId {
    thread_id(GROUP)
}

fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

fn group(history: History) -> Thread {
    Thread {
        title: Some(title("Night shift")),
        history,
        ..thread(GROUP, &[1, 2, 3])
    }
}

/// The group with this person brought in by the notice at `joined`.
fn joined(history: History, joined: i64) -> Thread {
    let mut thread = group(history);
    thread.members.retain(|member| member.user != user_id(1));
    thread
        .members
        .push(Member::new(user_id(1), MemberRole::Member, Seq(joined)));
    thread
}

fn opened(thread: Thread) -> Event {
    Event::ThreadOpened {
        thread,
        users: (1..=4).map(user).collect(),
        client: None,
    }
}

fn removed(number: u128) -> Event {
    Event::MemberRemoved {
        thread: id(),
        user: user_id(number),
    }
}

fn added(number: u128, joined: i64) -> Event {
    Event::MembersAdded {
        thread: id(),
        members: vec![Member::new(user_id(number), MemberRole::Member, Seq(joined))],
        users: vec![user(number)],
    }
}

/// Connected, in a group of three in which two messages were said, and looking at it.
fn in_group(history: History) -> Driver {
    let mut driver = Driver::live(boot());
    driver.event(opened(group(history)));
    driver.give(Input::ThreadOpened(id()));
    driver.says(&message(GROUP, 1, 2, "one"));
    driver.says(&message(GROUP, 2, 1, "two"));
    driver.take();
    driver
}

fn texts(driver: &Driver) -> Vec<String> {
    let rows = driver.device.timeline(id()).rows.into_iter();
    rows.map(|row| row.content.text().to_owned()).collect()
}

fn loads(driver: &Driver) -> Vec<u64> {
    let calls = driver.calls().into_iter();
    calls
        .filter(|(_, command)| matches!(command, Command::LoadMessages(_)))
        .map(|(call, _)| call)
        .collect()
}

fn names(users: &[User]) -> Vec<u128> {
    let numbers = users.iter().map(|user| user.id.0.as_u128() - 0x1000);
    numbers.collect()
}

#[test]
fn whoever_joins_late_has_nothing_before_their_joining_and_asks_for_nothing() {
    let mut driver = Driver::live(boot());
    driver.event(opened(joined(History::FromJoining, 40)));
    driver.give(Input::ThreadOpened(id()));
    assert!(loads(&driver).is_empty(), "nothing is theirs yet");
    let notice = Notice::Added {
        users: vec![user_id(1)],
    };
    let mut first = message(GROUP, 40, 2, "x");
    first.content = Content::Notice { notice };
    driver.says(&first);
    driver.says(&message(GROUP, 41, 2, "welcome"));
    let timeline = driver.device.timeline(id());
    assert_eq!(timeline.rows.len(), 2);
    assert!(timeline.loaded && !timeline.has_older && !timeline.has_newer);
    assert_eq!(driver.device.unread(id()), 1, "a notice doesn't count");
    driver.give(Input::LoadOlder(id()));
    driver.pass(Duration::from_secs(2));
    assert!(loads(&driver).is_empty(), "there is nothing older for them");
}

#[test]
fn whoever_joins_late_where_all_is_theirs_can_read_back_and_has_nothing_unread() {
    let mut driver = Driver::live(boot());
    driver.event(opened(joined(History::All, 40)));
    assert_eq!(driver.device.unread(id()), 0);
    driver.give(Input::ThreadOpened(id()));
    let [call] = loads(&driver)[..] else {
        panic!("a page")
    };
    let messages = (1..=39).map(|seq| message(GROUP, seq, 2, "then")).collect();
    driver.reply(
        call,
        Page {
            thread: id(),
            messages,
            last_seq: Seq(39),
        },
    );
    driver.says(&message(GROUP, 40, 2, "now"));
    assert_eq!(texts(&driver).len(), 40);
    assert_eq!(driver.device.unread(id()), 1);
}

#[test]
fn a_removed_member_loses_what_the_policy_does_not_leave_them() {
    let mut driver = in_group(History::FromJoining);
    driver.event(removed(1));
    assert!(driver.device.thread(id()).is_none() && driver.device.is_gone(id()));
    assert!(texts(&driver).is_empty());
    assert_eq!(driver.device.total_unread(), 0);
    for change in [Change::Threads, Change::Timeline(id()), Change::Unread(id())] {
        assert!(driver.changed(change), "{change:?}");
    }
    // Whatever comes all the same changes nothing.
    driver.says(&message(GROUP, 3, 2, "not for you"));
    assert!(driver.device.thread(id()).is_none());
}

#[test]
fn a_removed_member_keeps_what_was_said_until_then_where_all_is_kept() {
    let mut driver = in_group(History::All);
    driver.says(&message(GROUP, 3, 2, "three"));
    driver.event(removed(1));
    driver.take();
    let row = driver.device.thread(id()).expect("it stays in the list");
    assert_eq!((row.role, row.unread), (None, 0));
    assert!(row.others.is_empty() && driver.device.members(id()).is_empty());
    assert_eq!(texts(&driver), ["one", "two", "three"]);
    assert!(!driver.device.is_gone(id()));
    let thread = id();
    driver.give(Input::Seen { thread, seq: Seq(3) });
    driver.give(Input::MarkUnread { thread, seq: Seq(1) });
    let change = SettingsChange::Pin(true);
    driver.give(Input::ChangeSettings { thread, change });
    assert_eq!(driver.device.unread(thread), 0);
    driver.pass(Duration::from_secs(5));
    assert!(
        driver.calls().is_empty(),
        "there is nothing left to tell the server"
    );
    // Those who are still there come and go without this person.
    driver.event(added(4, 5));
    assert!(driver.device.members(id()).is_empty());
}

#[test]
fn whoever_comes_back_begins_anew() {
    for history in [History::FromJoining, History::All] {
        let mut driver = in_group(history);
        driver.event(removed(1));
        driver.event(opened(joined(history, 7)));
        assert!(!driver.device.is_gone(id()));
        let row = driver.device.thread(id()).unwrap();
        assert_eq!(row.role, Some(MemberRole::Member));
        driver.says(&message(GROUP, 7, 2, "back"));
        match history {
            History::FromJoining => assert_eq!(texts(&driver), ["back"]),
            // The gap is theirs, and has to be loaded before anything is shown after it.
            History::All => assert_eq!(loads(&driver).len(), 1),
        }
    }
}

#[test]
fn typing_ends_with_a_membership() {
    let mut driver = in_group(History::All);
    for number in [2, 3] {
        let signal = Signal::TypingStarted {
            thread: id(),
            user: user_id(number),
        };
        driver.frame(ServerFrame::Signal { signal });
    }
    assert_eq!(driver.device.typists(id(), driver.now).len(), 2);
    driver.event(removed(2));
    assert_eq!(names(&driver.device.typists(id(), driver.now)), [3]);
    driver.event(removed(1));
    assert!(driver.device.typists(id(), driver.now).is_empty());
    assert!(driver.changed(Change::Typing(id())));
}

#[test]
fn names_roles_and_members_follow_the_log_and_applying_it_twice_changes_nothing() {
    let mut driver = in_group(History::All);
    let events = [
        Event::ThreadRenamed {
            thread: id(),
            title: title("Day shift"),
        },
        Event::MemberRoleChanged {
            thread: id(),
            user: user_id(1),
            role: MemberRole::Admin,
        },
        added(4, 3),
        removed(3),
    ];
    for event in events {
        driver.event(event.clone());
        let once = (driver.device.threads(), driver.device.memberships(id()));
        driver.event(event);
        assert_eq!((driver.device.threads(), driver.device.memberships(id())), once);
    }
    let row = driver.device.thread(id()).unwrap();
    assert_eq!(
        (row.title, row.role),
        (Some(title("Day shift")), Some(MemberRole::Admin))
    );
    assert_eq!(names(&driver.device.members(id())), [1, 2, 4]);
}

#[test]
fn a_message_says_with_whom_it_has_got_how_far() {
    let mut driver = in_group(History::All);
    let receipts = |driver: &Driver, seq| driver.device.receipts(id(), user_id(1), Seq(seq));
    driver.event(Event::MessagesRead {
        thread: id(),
        user: user_id(2),
        seq: Seq(2),
    });
    let expected = Receipts {
        read: vec![user(2)],
        delivered: Vec::new(),
        waiting: vec![user(3)],
    };
    assert_eq!(receipts(&driver, 2), expected);
    driver.event(Event::MessagesDelivered {
        thread: id(),
        user: user_id(3),
        seq: Seq(2),
    });
    assert_eq!(names(&receipts(&driver, 2).delivered), [3]);
    // It was not for somebody who came later, and holds nobody back.
    driver.event(added(4, 3));
    assert_eq!(receipts(&driver, 2).total(), 2);
    driver.event(Event::MessagesRead {
        thread: id(),
        user: user_id(3),
        seq: Seq(2),
    });
    let row = driver.device.timeline(id()).rows.pop().unwrap();
    assert_eq!(row.progress, Some(Progress::Read));
    driver.give_and_save(Input::Send {
        thread: id(),
        body: body("four"),
        reply_to: None,
        forwarded: false,
    });
    driver.says(&message(GROUP, 3, 1, "three"));
    assert_eq!(names(&receipts(&driver, 3).waiting), [2, 3, 4]);
}

#[test]
fn a_snapshot_tells_of_a_removal_too() {
    let mut driver = in_group(History::FromJoining);
    driver.drop_link();
    driver.pass(Duration::from_secs(30));
    driver.open();
    let mut fresh = support::snapshot(vec![view(thread(1, &[1, 2]))]);
    fresh.position = support::at(99);
    driver.offset = 99;
    driver.welcome(Some(fresh));
    driver.beat();
    assert!(driver.device.thread(id()).is_none() && driver.device.is_gone(id()));
}

//! Typing, presence and activity: fleeting, and never wrong for long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Change, Input};
use tidings_protocol::{
    DeviceFrame, Presence, Presences, ServerFrame, Signal, Timestamp, UserId, limits, presence::UserPresence,
};

use support::{NOON, body, boot, driver::Driver, message, thread_id, user_id};

const SECOND: Duration = Duration::from_secs(1);

fn typed(empty: bool) -> Input {
    Input::Typed {
        thread: thread_id(1),
        empty,
    }
}

fn started() -> DeviceFrame {
    DeviceFrame::TypingStarted { thread: thread_id(1) }
}

fn stopped() -> DeviceFrame {
    DeviceFrame::TypingStopped { thread: thread_id(1) }
}

fn types(driver: &mut Driver, user: UserId) {
    let thread = thread_id(1);
    driver.frame(ServerFrame::Signal {
        signal: Signal::TypingStarted { thread, user },
    });
}

fn typists(driver: &Driver) -> Vec<UserId> {
    let typists = driver.device.typists(thread_id(1), driver.now).into_iter();
    typists.map(|user| user.id).collect()
}

fn present(driver: &mut Driver, complete: bool, people: &[(u128, Presence)]) {
    let users = people.iter().map(|(user, presence)| UserPresence {
        user: user_id(*user),
        presence: *presence,
        last_seen: None,
    });
    let users = users.collect();
    driver.frame(ServerFrame::Signal {
        signal: Signal::Presence {
            presences: Presences { complete, users },
        },
    });
}

#[test]
fn typing_is_told_on_the_first_key_repeated_while_keys_come_and_stopped_when_they_stop() {
    let mut driver = Driver::live(boot());
    driver.give(typed(false));
    assert_eq!(driver.transmitted(), [&started()]);
    for _ in 0..6 {
        driver.pass(SECOND);
        driver.give(typed(false));
    }
    assert_eq!(driver.transmitted(), [&started(), &started(), &started()]);
    driver.take();
    driver.pass(limits::TYPING_IDLE);
    assert_eq!(driver.transmitted(), [&stopped()]);
}

#[test]
fn an_emptied_sent_or_left_composer_stops_typing_at_once() {
    let thread = thread_id(1);
    let body = body("done");
    for input in [
        typed(true),
        Input::Send {
            thread,
            body,
            reply_to: None,
            forwarded: false,
        },
        Input::StoppedTyping { thread },
    ] {
        let mut driver = Driver::live(boot());
        driver.give(typed(false));
        driver.take();
        driver.give(input.clone());
        assert_eq!(driver.transmitted(), [&stopped()], "{input:?}");
        driver.take();
        driver.pass(SECOND * 10);
        assert!(!driver.transmitted().contains(&&stopped()), "{input:?}: once");
    }
}

#[test]
fn typing_without_a_connection_is_told_to_nobody() {
    let mut driver = Driver::started(boot());
    driver.give(typed(false));
    driver.connect();
    assert!(!driver.transmitted().contains(&&started()));
    driver.give(typed(false));
    driver.drop_link();
    driver.take();
    driver.pass(limits::TYPING_IDLE);
    assert!(
        !driver.transmitted().contains(&&stopped()),
        "what was told is gone with the link"
    );
}

#[test]
fn a_typist_is_forgotten_after_six_seconds_unless_they_go_on() {
    let mut driver = Driver::live(boot());
    types(&mut driver, user_id(2));
    assert_eq!(typists(&driver), [user_id(2)]);
    assert!(driver.changed(Change::Typing(thread_id(1))));
    driver.pass(SECOND * 3);
    types(&mut driver, user_id(2));
    driver.pass(limits::TYPING_LIFETIME - SECOND);
    assert_eq!(typists(&driver), [user_id(2)]);
    driver.take();
    driver.pass(SECOND);
    assert!(typists(&driver).is_empty());
    assert!(driver.changed(Change::Typing(thread_id(1))));
}

#[test]
fn a_typist_is_forgotten_when_they_stop_speak_leave_or_the_link_is_lost() {
    let thread = thread_id(1);
    let user = user_id(2);
    let ends: [fn(&mut Driver); 4] = [
        |driver| {
            let (thread, user) = (thread_id(1), user_id(2));
            driver.frame(ServerFrame::Signal {
                signal: Signal::TypingStopped { thread, user },
            });
        },
        |driver| driver.says(&message(1, 1, 2, "said")),
        |driver| present(driver, true, &[]),
        Driver::drop_link,
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let mut driver = Driver::live(boot());
        present(&mut driver, false, &[(2, Presence::Online)]);
        types(&mut driver, user);
        driver.take();
        end(&mut driver);
        assert!(typists(&driver).is_empty(), "end {number}");
        assert!(driver.changed(Change::Typing(thread)), "end {number}");
    }
}

#[test]
fn oneself_and_strangers_are_never_shown_typing() {
    let mut driver = Driver::live(boot());
    types(&mut driver, user_id(1));
    types(&mut driver, user_id(3));
    assert!(typists(&driver).is_empty());
}

#[test]
fn a_complete_list_replaces_who_is_here_and_a_change_adds_to_it() {
    let mut driver = Driver::live(boot());
    present(&mut driver, true, &[(2, Presence::Online), (3, Presence::Idle)]);
    present(&mut driver, false, &[(4, Presence::Online)]);
    let presence = |driver: &Driver, user| driver.device.presence(user_id(user)).presence;
    assert_eq!(presence(&driver, 2), Presence::Online);
    assert_eq!(presence(&driver, 3), Presence::Idle);
    driver.take();
    present(&mut driver, true, &[(4, Presence::Online)]);
    assert_eq!(presence(&driver, 2), Presence::Offline);
    assert_eq!(presence(&driver, 3), Presence::Offline);
    assert_eq!(presence(&driver, 4), Presence::Online);
    assert!(driver.changed(Change::Presence(user_id(2))));
    assert!(
        !driver.changed(Change::Presence(user_id(4))),
        "nothing changed for 4"
    );
}

#[test]
fn last_seen_is_the_newest_that_is_known() {
    let mut start = boot();
    start.snapshot.users[1].last_seen = Some(Timestamp(5));
    let mut driver = Driver::live(start);
    assert_eq!(driver.device.presence(user_id(2)).last_seen, Some(Timestamp(5)));
    driver.frame(ServerFrame::Signal {
        signal: Signal::Presence {
            presences: Presences {
                complete: false,
                users: vec![UserPresence {
                    user: user_id(2),
                    presence: Presence::Offline,
                    last_seen: Some(NOON),
                }],
            },
        },
    });
    assert_eq!(driver.device.presence(user_id(2)).last_seen, Some(NOON));
}

#[test]
fn the_server_hears_once_that_the_person_is_idle_and_once_that_they_are_back() {
    let mut driver = Driver::live(boot());
    driver.pass_with_beats(limits::IDLE_AFTER * 3);
    let idle = |driver: &Driver| {
        let frames = driver.transmitted().into_iter();
        let idle = frames.filter_map(|frame| match frame {
            DeviceFrame::Activity { idle_for_ms } => Some(*idle_for_ms),
            _ => None,
        });
        idle.collect::<Vec<_>>()
    };
    assert_eq!(idle(&driver), [300_000]);
    driver.take();
    driver.give(Input::Active);
    driver.give(Input::Active);
    assert_eq!(idle(&driver), [0]);
}

#[test]
fn a_hello_says_how_long_nobody_was_at_it() {
    let mut driver = Driver::live(boot());
    driver.pass_with_beats(SECOND * 400);
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    let frames = driver.transmitted();
    let [.., DeviceFrame::Hello { idle_for_ms, .. }] = frames[..] else {
        panic!("no hello")
    };
    assert!(*idle_for_ms >= 400_000, "{idle_for_ms}");
}

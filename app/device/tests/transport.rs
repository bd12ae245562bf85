//! Which transport a device dials, on networks that let no socket through and on those that do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Detour, Effect, Fault, Input, Transport};
use tidings_protocol::{DeviceFrame, Timestamp, limits};

use support::{NOON, at, body, boot, driver::Driver, message, thread_id};

use Transport::{LongPoll, Socket};

const SECOND: Duration = Duration::from_secs(1);

/// The detour that was last asked to be remembered.
fn remembered(driver: &Driver) -> Option<Option<Detour>> {
    let effects = driver.effects.iter().rev();
    effects
        .filter_map(|effect| match effect {
            Effect::Remember(detour) => Some(*detour),
            _ => None,
        })
        .next()
}

fn ten_minutes_after(start: Timestamp, fault: Fault) -> Detour {
    let until = start + limits::SOCKET_AVOIDED_FOR;
    Detour { fault, until }
}

/// Live over long-poll after the socket was refused.
fn live_over_long_poll() -> Driver {
    let mut driver = Driver::started(boot());
    driver.closed(None);
    driver.connect();
    assert_eq!(driver.device.connection().over, Some(LongPoll));
    driver.take();
    driver
}

/// Lets time pass with beats, until a socket is dialled again.
fn until_socket_is_tried(driver: &mut Driver) {
    driver.take();
    driver.pass_with_beats(limits::SOCKET_AVOIDED_FOR - SECOND);
    assert!(!driver.dials(), "not before its time");
    driver.pass(SECOND);
    assert!(driver.wants(&Effect::Dial(Socket)));
}

#[test]
fn a_refused_socket_is_followed_by_long_poll_at_once_and_that_is_remembered() {
    let mut driver = Driver::started(boot());
    assert!(driver.wants(&Effect::Dial(Socket)));
    driver.take();
    driver.closed(None);
    assert!(driver.wants(&Effect::Dial(LongPoll)));
    assert_eq!(remembered(&driver), None, "it has yet to work");
    driver.connect();
    assert_eq!(
        remembered(&driver),
        Some(Some(ten_minutes_after(NOON, Fault::Refused)))
    );
}

#[test]
fn a_socket_that_is_slow_to_open_is_joined_by_long_poll_and_the_first_to_open_is_used() {
    for quicker in [Socket, LongPoll] {
        let mut driver = Driver::started(boot());
        driver.pass(limits::FALLBACK_AFTER);
        assert!(driver.wants(&Effect::Dial(LongPoll)));
        assert!(!driver.hangs_up(), "the socket may still open");
        driver.give(Input::Opened(quicker));
        assert!(driver.wants(&Effect::HangUp(quicker.other())));
        assert!(driver.hello().is_some());
        driver.welcome(None);
        driver.beat();
        assert_eq!(driver.device.connection().over, Some(quicker));
        let expected = (quicker == LongPoll).then(|| Some(ten_minutes_after(driver.now, Fault::Silent)));
        assert_eq!(remembered(&driver), expected);
    }
}

#[test]
fn a_server_that_is_down_is_not_taken_for_a_network_that_blocks_sockets() {
    let mut driver = Driver::started(boot());
    for _ in 0..5 {
        assert_eq!(driver.dialled, [Socket]);
        driver.closed(None);
        assert_eq!(driver.dialled, [LongPoll]);
        driver.closed(None);
        assert!(driver.until_dialled(limits::RECONNECT_MAX).is_some());
    }
    driver.connect();
    assert_eq!(driver.device.connection().over, Some(Socket));
    assert_eq!(remembered(&driver), None);
}

#[test]
fn a_socket_that_opens_and_stays_silent_is_replaced_in_time() {
    let mut driver = Driver::started(boot());
    driver.open();
    driver.take();
    driver.pass(limits::FALLBACK_AFTER);
    assert!(driver.wants(&Effect::Dial(LongPoll)));
    driver.open();
    assert!(driver.wants(&Effect::HangUp(Socket)));
    assert_eq!(driver.hello(), Some(Some(at(0))), "hello is said again");
    driver.welcome(None);
    driver.beat();
    assert!(driver.now.since(NOON) < SECOND * 6);
    assert_eq!(
        remembered(&driver),
        Some(Some(ten_minutes_after(driver.now, Fault::Silent)))
    );
}

#[test]
fn a_socket_that_answers_in_time_is_not_given_up_for_long_poll() {
    let mut driver = Driver::started(boot());
    driver.open();
    driver.pass(limits::FALLBACK_AFTER);
    assert_eq!(driver.dialled, [Socket, LongPoll]);
    driver.welcome(None);
    assert!(driver.wants(&Effect::HangUp(LongPoll)));
    driver.beat();
    assert_eq!(driver.device.connection().over, Some(Socket));
}

#[test]
fn where_a_socket_was_live_before_a_slow_server_is_not_asked_twice() {
    let mut driver = Driver::live(boot());
    driver.closed(Some(1012));
    driver.until_dialled(SECOND);
    driver.open();
    driver.take();
    driver.pass(limits::CONNECT_TIMEOUT * 2);
    assert!(!driver.dials());
}

#[test]
fn a_socket_that_is_cut_before_it_is_live_is_replaced_at_once() {
    let mut driver = Driver::started(boot());
    driver.open();
    driver.take();
    driver.closed(None);
    assert_eq!(driver.dialled, [LongPoll]);
    driver.connect();
    assert_eq!(
        remembered(&driver),
        Some(Some(ten_minutes_after(NOON, Fault::Cut)))
    );
}

#[test]
fn a_socket_that_is_cut_again_soon_after_it_was_live_is_replaced() {
    let mut driver = Driver::live(boot());
    driver.closed(None);
    assert!(driver.dialled.is_empty(), "once can be an accident");
    driver.until_dialled(SECOND);
    driver.connect();
    driver.closed(None);
    assert_eq!(driver.dialled, [LongPoll]);
}

/// Was live on a socket, and is live over long-poll after the next socket was refused.
fn live_over_long_poll_where_sockets_got_through() -> Driver {
    let mut driver = Driver::live(boot());
    driver.closed(Some(1012));
    driver.until_dialled(limits::RECONNECT_MAX).unwrap();
    driver.closed(None);
    assert_eq!(driver.dialled, [LongPoll], "the server may have started since");
    driver.take();
    driver.connect();
    driver
}

#[test]
fn a_socket_that_was_refused_by_a_starting_server_is_tried_again_at_once() {
    let mut driver = live_over_long_poll_where_sockets_got_through();
    assert_eq!(remembered(&driver), None, "not believed yet");
    assert!(driver.wants(&Effect::Dial(Socket)));
    driver.connect();
    assert_eq!(driver.device.connection().over, Some(Socket));
    assert_eq!(remembered(&driver), None);
}

#[test]
fn a_socket_that_is_refused_beside_live_long_poll_is_avoided_wherever_it_got_through_before() {
    let mut driver = live_over_long_poll_where_sockets_got_through();
    driver.closed(None);
    assert!(driver.device.is_live());
    assert_eq!(driver.device.connection().over, Some(LongPoll));
    assert_eq!(
        remembered(&driver),
        Some(Some(ten_minutes_after(driver.now, Fault::Refused)))
    );
    until_socket_is_tried(&mut driver);
}

#[test]
fn sockets_that_live_long_or_are_closed_with_a_reason_are_dialled_again() {
    for (lives, code) in [
        (limits::STABLE_AFTER, None),
        (SECOND, Some(1012)),
        (SECOND, Some(4008)),
    ] {
        let mut driver = Driver::live(boot());
        for _ in 0..4 {
            driver.pass_with_beats(lives);
            driver.closed(code);
            assert!(driver.dialled.is_empty());
            driver.until_dialled(limits::RECONNECT_MAX).unwrap();
            assert_eq!(driver.dialled, [Socket]);
            driver.connect();
        }
    }
}

#[test]
fn what_is_remembered_is_dialled_first_and_the_socket_only_if_that_fails() {
    let mut driver = Driver::new(boot());
    driver.give(Input::Remembered(ten_minutes_after(NOON, Fault::Refused)));
    driver.give(Input::Start);
    assert_eq!(driver.dialled, [LongPoll]);
    driver.closed(None);
    assert_eq!(driver.dialled, [Socket]);
    driver.connect();
    assert_eq!(remembered(&driver), Some(None), "sockets get through again");
    assert_eq!(driver.device.connection().detour, None);
}

#[test]
fn what_was_remembered_is_over_after_its_time_and_never_lasts_longer() {
    let over = Detour {
        fault: Fault::Silent,
        until: NOON,
    };
    let another_clock = Detour {
        fault: Fault::Silent,
        until: NOON + limits::SOCKET_AVOIDED_FOR * 2,
    };
    for detour in [over, another_clock] {
        let mut driver = Driver::new(boot());
        driver.give(Input::Remembered(detour));
        driver.give(Input::Start);
        assert_eq!(driver.dialled, [Socket]);
    }
}

#[test]
fn after_ten_minutes_a_socket_is_tried_beside_and_taken_if_it_opens() {
    let mut driver = live_over_long_poll();
    until_socket_is_tried(&mut driver);
    assert!(driver.device.is_live(), "nothing is interrupted by trying");
    driver.give_and_save(Input::Send {
        thread: thread_id(1),
        body: body("in flight"),
        reply_to: None,
        forwarded: false,
    });
    assert_eq!(driver.said(), ["in flight"]);
    driver.take();

    driver.give(Input::Opened(Socket));
    assert!(driver.wants(&Effect::HangUp(LongPoll)));
    driver.welcome(None);
    let mut stored = message(1, 1, 1, "in flight");
    stored.local_id = driver.device.unsent()[0].local_id;
    driver.says(&stored);
    driver.beat();
    assert_eq!(driver.device.connection().over, Some(Socket));
    assert_eq!(remembered(&driver), Some(None));
    assert!(driver.said().is_empty(), "it had arrived over the other");
}

#[test]
fn a_socket_that_still_does_not_open_costs_nothing_and_waits_ten_more_minutes() {
    let mut driver = live_over_long_poll();
    until_socket_is_tried(&mut driver);
    driver.closed(None);
    assert!(driver.device.is_live());
    assert_eq!(
        remembered(&driver),
        Some(Some(ten_minutes_after(driver.now, Fault::Refused)))
    );
    until_socket_is_tried(&mut driver);
    let tried = driver.now;
    driver.pass_with_beats(limits::CONNECT_TIMEOUT);
    assert!(driver.wants(&Effect::HangUp(Socket)));
    assert!(driver.device.is_live());
    assert_eq!(
        remembered(&driver),
        Some(Some(ten_minutes_after(
            tried + limits::CONNECT_TIMEOUT,
            Fault::Silent
        )))
    );
}

#[test]
fn news_of_a_transport_that_was_hung_up_is_not_heard() {
    let mut driver = Driver::started(boot());
    driver.pass(limits::FALLBACK_AFTER);
    driver.give(Input::Opened(LongPoll));
    driver.take();
    driver.give(Input::Opened(Socket));
    driver.give(Input::Closed {
        over: Socket,
        code: Some(4001),
    });
    assert!(driver.transmitted().is_empty());
    driver.welcome(None);
    driver.beat();
    assert_eq!(driver.device.connection().over, Some(LongPoll));
}

#[test]
fn a_long_poll_that_is_refused_for_good_ends_the_device() {
    let mut driver = Driver::started(boot());
    driver.closed(None);
    driver.closed(Some(4001));
    assert!(driver.wants(&Effect::SignedOut));
    assert!(driver.dialled.is_empty());
}

#[test]
fn a_machine_that_slept_while_dialling_does_not_blame_the_socket() {
    let mut driver = Driver::started(boot());
    driver.now = driver.now + SECOND * 3600;
    driver.give(Input::Wake);
    assert_eq!(driver.dialled, [Socket]);
    driver.connect();
    assert_eq!(driver.device.connection().over, Some(Socket));
}

#[test]
fn a_round_trip_is_measured_when_somebody_looks_and_costs_no_patience() {
    let mut driver = Driver::live(boot());
    assert_eq!(driver.device.connection().round_trip, None);
    driver.give(Input::Measure);
    assert_eq!(driver.transmitted(), [&DeviceFrame::Probe]);
    driver.pass(limits::PROBE_TIMEOUT * 2);
    assert!(driver.device.is_live());
    driver.take();
    driver.beat();
    assert_eq!(
        driver.device.connection().round_trip,
        Some(limits::PROBE_TIMEOUT * 2)
    );
    assert!(driver.changed(tidings_device::Change::Link));
}

//! A device on links that drop, stall and replay: when it dials, when it gives up, and what it goes on with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Banner, Effect, Input, Question};
use tidings_protocol::{
    Command, DeviceFrame, ErrorCode, Event, Position, ServerFrame, Signal, VERSION, command::ListUsers,
    limits,
};

use support::{
    at, body, boot, driver::Driver, epoch, message, session, snapshot, thread, thread_id, user_id, view,
};

const SECOND: Duration = Duration::from_secs(1);

fn send(text: &str) -> Input {
    Input::Send {
        thread: thread_id(1),
        body: body(text),
        reply_to: None,
        forwarded: false,
    }
}

#[test]
fn the_first_hello_names_the_position_of_the_boot() {
    let mut driver = Driver::started(boot());
    assert!(driver.dials());
    driver.open();
    assert_eq!(driver.hello(), Some(Some(at(0))));
    assert!(!driver.device.is_live(), "live is what follows the first beat");
}

#[test]
fn a_link_is_live_only_when_everything_missed_has_come() {
    let mut driver = Driver::started(boot());
    driver.open();
    driver.welcome(None);
    driver.says(&message(1, 1, 2, "while you were away"));
    assert!(!driver.device.is_live());
    driver.beat();
    assert!(driver.device.is_live());
    assert_eq!(driver.device.position(), Some(at(1)));
}

#[test]
fn a_dial_that_leads_nowhere_is_given_up() {
    let mut driver = Driver::started(boot());
    driver.take();
    driver.pass(limits::CONNECT_TIMEOUT);
    assert!(driver.hangs_up());
    driver.take();
    driver.pass(limits::FALLBACK_AFTER);
    assert!(driver.hangs_up(), "so is the one over the other transport");
    assert!(driver.until_dialled(SECOND).is_some());
}

#[test]
fn silence_is_taken_for_a_dead_connection_and_beats_are_not_silence() {
    let mut driver = Driver::live(boot());
    driver.pass_with_beats(SECOND * 600);
    assert!(driver.device.is_live());
    driver.take();
    driver.pass(limits::DEAD_AFTER - SECOND);
    assert!(driver.device.is_live());
    driver.pass(SECOND);
    assert!(!driver.device.is_live());
    assert!(driver.hangs_up());
}

#[test]
fn the_delay_grows_while_the_server_is_away_and_stays_bounded() {
    let mut driver = Driver::live(boot());
    driver.drop_link();
    let mut longest = Duration::ZERO;
    for _ in 0..40 {
        let delay = driver.until_dialled(limits::RECONNECT_MAX).unwrap();
        longest = longest.max(delay);
        driver.drop_link();
    }
    assert!(
        longest > SECOND * 10 && longest <= limits::RECONNECT_MAX,
        "{longest:?}"
    );
}

#[test]
fn a_stable_connection_resets_the_delay() {
    let mut driver = Driver::live(boot());
    driver.drop_link();
    for _ in 0..12 {
        driver.until_dialled(limits::RECONNECT_MAX);
        driver.drop_link();
    }
    driver.until_dialled(limits::RECONNECT_MAX);
    driver.connect();
    driver.pass(limits::STABLE_AFTER);
    driver.drop_link();
    assert!(driver.until_dialled(limits::RECONNECT_BASE).is_some());
}

#[test]
fn good_news_dials_at_once() {
    for news in [Input::NetworkUp, Input::Shown, Input::TryNow] {
        let mut driver = Driver::live(boot());
        driver.drop_link();
        driver.take();
        driver.give(news.clone());
        assert!(driver.dials(), "{news:?}");
        driver.take();
        driver.give(news.clone());
        assert!(!driver.dials(), "{news:?}: one dial at a time");
    }
}

#[test]
fn a_hidden_page_stops_trying_after_a_minute_and_tries_when_shown() {
    let mut driver = Driver::live(boot());
    driver.give(Input::Hidden);
    driver.pass_with_beats(SECOND * 300);
    driver.drop_link();
    let mut tries = 0;
    while driver.until_dialled(limits::RECONNECT_MAX).is_some() {
        tries += 1;
        driver.drop_link();
        assert!(tries < 1000, "it never stops");
    }
    assert!(tries > 2, "it tries for a while: {tries}");
    driver.give(Input::Shown);
    assert!(driver.dials());
}

#[test]
fn a_shown_page_asks_whether_its_open_socket_is_alive() {
    let mut driver = Driver::live(boot());
    driver.give(Input::Shown);
    assert_eq!(driver.transmitted(), [&DeviceFrame::Probe]);
    driver.pass(limits::PROBE_TIMEOUT - Duration::from_millis(1));
    driver.beat();
    driver.pass(SECOND * 30);
    assert!(driver.device.is_live(), "a beat answers the probe");
    driver.take();
    driver.give(Input::Shown);
    driver.pass(limits::PROBE_TIMEOUT);
    assert!(!driver.device.is_live(), "silence answers it too");
    assert!(driver.hangs_up());
}

#[test]
fn waking_late_means_having_slept_and_probes() {
    let mut driver = Driver::live(boot());
    driver.now = driver.wake_at.unwrap() + SECOND * 3600;
    driver.give(Input::Wake);
    assert!(driver.transmitted().contains(&&DeviceFrame::Probe));
    assert!(driver.device.is_live(), "the socket may have survived");
    driver.pass(limits::PROBE_TIMEOUT);
    assert!(!driver.device.is_live());
}

#[test]
fn an_ended_session_signs_out_and_never_dials_again() {
    let mut driver = Driver::live(boot());
    driver.closed(Some(4001));
    assert!(driver.wants(&Effect::SignedOut));
    driver.take();
    for input in [Input::TryNow, Input::NetworkUp, Input::Shown, Input::Start] {
        driver.give(input);
    }
    driver.pass(SECOND * 600);
    assert!(!driver.dials());
}

#[test]
fn the_event_that_ends_this_session_signs_out_and_that_of_another_does_not() {
    let mut driver = Driver::live(boot());
    driver.event(Event::SessionEnded { session: session(2) });
    assert!(driver.device.is_live());
    driver.event(Event::SessionEnded { session: session(1) });
    assert!(driver.wants(&Effect::SignedOut) && driver.hangs_up());
    assert!(!driver.device.is_live());
}

#[test]
fn a_socket_that_turns_out_to_be_somebody_elses_signs_out() {
    let mut driver = Driver::started(boot());
    driver.open();
    driver.frame(ServerFrame::Welcome {
        version: VERSION,
        connection: tidings_protocol::ConnectionId(support::uuid(1)),
        user: user_id(2),
        session: session(2),
        snapshot: None,
    });
    assert!(driver.wants(&Effect::SignedOut));
}

#[test]
fn too_many_connections_are_not_made_more_except_by_hand() {
    let mut driver = Driver::live(boot());
    driver.closed(Some(4029));
    driver.take();
    driver.pass(SECOND * 600);
    driver.give(Input::Shown);
    driver.give(Input::NetworkUp);
    assert!(!driver.dials());
    driver.give(Input::TryNow);
    assert!(driver.dials());
}

#[test]
fn an_outdated_device_says_so_and_stops() {
    let mut driver = Driver::live(boot());
    driver.closed(Some(4426));
    assert!(driver.wants(&Effect::Outdated));
    driver.take();
    driver.give(Input::TryNow);
    assert!(!driver.dials());

    let mut driver = Driver::started(boot());
    driver.open();
    driver.frame(ServerFrame::Welcome {
        version: VERSION + 1,
        connection: tidings_protocol::ConnectionId(support::uuid(1)),
        user: user_id(1),
        session: session(1),
        snapshot: None,
    });
    assert!(driver.wants(&Effect::Outdated) && driver.hangs_up());
}

#[test]
fn resync_returns_without_a_position_and_other_codes_return_with_it() {
    for (code, position) in [
        (Some(4009), None),
        (Some(4008), Some(at(0))),
        (Some(1012), Some(at(0))),
        (Some(1006), Some(at(0))),
        (None, Some(at(0))),
    ] {
        let mut driver = Driver::live(boot());
        driver.closed(code);
        assert!(driver.until_dialled(limits::RECONNECT_BASE).is_some(), "{code:?}");
        driver.open();
        assert_eq!(driver.hello(), Some(position), "{code:?}");
    }
}

#[test]
fn resync_returns_at_once_and_without_a_banner_but_not_again_and_again() {
    let mut driver = Driver::live(boot());
    driver.closed(Some(4009));
    let first = driver.until_dialled(SECOND).expect("it returns");
    assert!(first <= Duration::from_millis(1), "{first:?}");
    assert_eq!(driver.banner(), Banner::Hidden);
    let mut waited = Duration::ZERO;
    for _ in 0..6 {
        driver.open();
        driver.closed(Some(4009));
        waited += driver.until_dialled(limits::RECONNECT_MAX).expect("it returns");
    }
    assert!(waited >= SECOND, "{waited:?}");
}

#[test]
fn codes_of_a_newer_server_keep_the_meaning_of_their_range() {
    for (code, returns) in [
        (4050, false),
        (4499, false),
        (4100, true),
        (4500, true),
        (1000, true),
    ] {
        let mut driver = Driver::live(boot());
        driver.closed(Some(code));
        assert_eq!(driver.until_dialled(SECOND).is_some(), returns, "{code}");
    }
}

#[test]
fn a_count_that_differs_means_a_hole_and_starts_afresh() {
    let mut driver = Driver::live(boot());
    driver.frame(ServerFrame::Beat { head: at(5), sent: 1 });
    assert!(!driver.device.is_live());
    assert!(driver.hangs_up());
    driver.until_dialled(SECOND);
    driver.open();
    assert_eq!(driver.hello(), Some(None), "a snapshot is asked for");
    let mut fresh = snapshot(vec![view(thread(1, &[1, 2]))]);
    fresh.position = at(5);
    fresh.threads[0].last_seq = tidings_protocol::Seq(1);
    fresh.threads[0].last_message = Some(message(1, 1, 2, "missed"));
    fresh.threads[0].unread = 1;
    driver.welcome(Some(fresh));
    driver.offset = 5;
    driver.beat();
    assert!(driver.device.is_live());
    assert_eq!(driver.device.unread(thread_id(1)), 1);
}

#[test]
fn a_server_that_resumes_a_device_with_nothing_is_left_again() {
    let mut driver = Driver::live(boot());
    driver.closed(Some(4009));
    driver.until_dialled(SECOND);
    driver.open();
    driver.take();
    driver.welcome(None);
    assert!(driver.hangs_up());
    assert!(!driver.device.is_live());
}

#[test]
fn a_beat_moves_the_position_past_what_others_see() {
    let mut driver = Driver::live(boot());
    driver.frame(ServerFrame::Beat {
        head: at(40),
        sent: 0,
    });
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    assert_eq!(driver.hello(), Some(Some(at(40))));
}

#[test]
fn what_was_not_acknowledged_is_asked_for_again() {
    let mut driver = Driver::live(boot());
    driver.says(&message(1, 1, 2, "one"));
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    assert_eq!(driver.hello(), Some(Some(at(0))));
    assert_eq!(driver.device.position(), Some(at(1)));
    let says_so =
        |frame: &&DeviceFrame| matches!(frame, DeviceFrame::Hello { reached, .. } if *reached == Some(at(1)));
    assert!(driver.transmitted().iter().any(says_so));
    driver.welcome(None);
    driver.offset = 0;
    driver.says(&message(1, 1, 2, "one"));
    driver.beat();
    driver.pass(limits::ACKNOWLEDGE_EVERY);
    assert!(
        driver
            .transmitted()
            .contains(&&DeviceFrame::Acknowledge { position: at(1) })
    );
    assert_eq!(driver.device.unread(thread_id(1)), 1, "counted once");
}

#[test]
fn fifty_messages_are_acknowledged_without_waiting() {
    let mut driver = Driver::live(boot());
    for seq in 1..=i64::from(limits::ACKNOWLEDGE_EVENTS) {
        assert!(driver.transmitted().is_empty());
        driver.says(&message(1, seq, 2, "many"));
    }
    let position = at(limits::ACKNOWLEDGE_EVENTS.into());
    assert_eq!(driver.transmitted(), [&DeviceFrame::Acknowledge { position }]);
}

#[test]
fn frames_and_events_of_a_newer_server_are_skipped_and_still_count() {
    let mut driver = Driver::live(boot());
    driver.frame(ServerFrame::Unknown);
    driver.frame(ServerFrame::Signal {
        signal: Signal::Unknown,
    });
    driver.event(Event::Unknown);
    driver.beat();
    assert!(driver.device.is_live());
    assert_eq!(driver.device.position(), Some(at(1)));
}

#[test]
fn events_about_unknown_things_never_block_what_follows() {
    let mut driver = Driver::live(boot());
    driver.says(&message(99, 1, 2, "a thread we don't know"));
    driver.event(Event::MessagesRead {
        thread: thread_id(1),
        user: user_id(77),
        seq: tidings_protocol::Seq(i64::MIN),
    });
    driver.says(&message(1, 1, 2, "after"));
    driver.beat();
    assert!(driver.device.is_live());
    assert_eq!(driver.device.unread(thread_id(1)), 1);
}

#[test]
fn a_restored_server_starts_the_device_afresh() {
    let mut driver = Driver::live(boot());
    driver.says(&message(1, 1, 2, "never happened, says the backup"));
    driver.pass(SECOND * 2);
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    let mut fresh = snapshot(vec![view(thread(1, &[1, 2]))]);
    fresh.position = Position {
        epoch: epoch(2),
        offset: 0,
    };
    driver.welcome(Some(fresh));
    assert!(driver.device.timeline(thread_id(1)).rows.is_empty());
    assert_eq!(driver.device.position().unwrap().epoch, epoch(2));
}

#[test]
fn each_question_is_answered_exactly_once() {
    let ask = |number| Input::Ask {
        question: Question(number),
        command: Box::new(Command::from(ListUsers {})),
    };
    let answers = |driver: &mut Driver| {
        let effects = driver.take().into_iter();
        let answers = effects.filter_map(|effect| match effect {
            Effect::Answered { question, result } => Some((question.0, result.map_err(|error| error.code))),
            _ => None,
        });
        answers.collect::<Vec<_>>()
    };
    let mut driver = Driver::live(boot());
    driver.give(ask(1));
    let [(id, _)] = driver.calls()[..] else {
        panic!("one call")
    };
    driver.reply(id, Vec::<tidings_protocol::User>::new());
    driver.reply(id, Vec::<tidings_protocol::User>::new());
    assert_eq!(answers(&mut driver).len(), 1);
    driver.give(ask(2));
    driver.drop_link();
    assert_eq!(answers(&mut driver), [(2, Err(ErrorCode::Unavailable))]);
    driver.give(ask(3));
    assert_eq!(answers(&mut driver), [(3, Err(ErrorCode::Unavailable))]);
}

#[test]
fn nothing_is_sent_before_the_link_is_live_again() {
    let mut driver = Driver::live(boot());
    driver.give_and_save(send("in flight"));
    assert_eq!(driver.said(), ["in flight"]);
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.open();
    driver.welcome(None);
    assert!(driver.said().is_empty(), "it may be among what was missed");
    let mut stored = message(1, 1, 1, "in flight");
    stored.local_id = driver.device.unsent()[0].local_id;
    driver.says(&stored);
    driver.beat();
    assert!(driver.said().is_empty(), "it was");
    assert!(driver.wants(&Effect::Forget(stored.local_id)));
}

#[test]
fn a_clock_set_back_does_not_keep_the_device_waiting() {
    let mut driver = Driver::live(boot());
    driver.pass(SECOND);
    driver.drop_link();
    driver.now = driver.now - SECOND * 3600;
    driver.give(Input::Active);
    assert!(driver.until_dialled(SECOND).is_some());
    driver.pass(limits::BANNER_AFTER);
    assert!(matches!(driver.banner(), Banner::Reconnecting { .. }));
}

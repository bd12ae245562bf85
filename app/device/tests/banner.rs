//! What the banner says of the link, and when.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken test stops where it breaks"
)]

mod support;

use std::time::Duration;

use tidings_device::{Banner, Change, Input};
use tidings_protocol::{DeviceFrame, Presence, Presences, limits, presence::UserPresence};

use support::{boot, driver::Driver, user_id};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_blink_is_not_mentioned() {
    let mut driver = Driver::live(boot());
    driver.drop_link();
    assert_eq!(driver.banner(), Banner::Hidden);
    driver.until_dialled(SECOND);
    driver.connect();
    driver.pass(SECOND);
    assert_eq!(driver.banner(), Banner::Hidden);
}

#[test]
fn the_banner_comes_after_three_seconds_counts_down_and_says_when_it_is_over() {
    let mut driver = Driver::live(boot());
    driver.pass(SECOND);
    driver.drop_link();
    let dropped = driver.now;
    while driver.now < dropped + limits::BANNER_AFTER - SECOND {
        if driver.until_dialled(SECOND).is_some() {
            driver.drop_link();
        } else {
            driver.pass(Duration::from_millis(100));
        }
    }
    assert_eq!(driver.banner(), Banner::Hidden);
    driver.take();
    while !matches!(driver.banner(), Banner::Reconnecting { next_try: Some(_) }) {
        driver.drop_link();
        driver.pass(Duration::from_millis(100));
    }
    assert!(driver.changed(Change::Link));
    let Banner::Reconnecting { next_try: Some(left) } = driver.banner() else {
        panic!("no countdown")
    };
    assert!(left <= limits::RECONNECT_MAX);
    driver.give(Input::TryNow);
    assert_eq!(driver.banner(), Banner::Reconnecting { next_try: None });
    driver.take();
    driver.connect();
    assert_eq!(driver.banner(), Banner::BackOnline);
    assert!(driver.changed(Change::Link));
    driver.take();
    driver.pass(limits::BACK_ONLINE_FOR);
    assert_eq!(driver.banner(), Banner::Hidden);
    assert!(driver.changed(Change::Link));
}

#[test]
fn the_countdown_is_redrawn_each_second() {
    let mut driver = Driver::live(boot());
    driver.drop_link();
    loop {
        driver.pass(Duration::from_millis(50));
        if let Banner::Reconnecting { next_try: Some(left) } = driver.banner()
            && left > SECOND * 5
        {
            break;
        }
        driver.drop_link();
    }
    let mut redrawn = 0;
    for _ in 0..3 {
        driver.take();
        driver.pass(SECOND);
        redrawn += usize::from(driver.changed(Change::Link));
    }
    assert_eq!(redrawn, 3);
}

#[test]
fn nobody_looks_present_while_the_banner_is_shown() {
    let mut start = boot();
    start.snapshot.presences = Presences {
        complete: true,
        users: vec![UserPresence {
            user: user_id(2),
            presence: Presence::Online,
            last_seen: None,
        }],
    };
    let mut driver = Driver::live(start);
    assert_eq!(driver.device.presence(user_id(2)).presence, Presence::Online);
    driver.drop_link();
    driver.until_dialled(SECOND);
    driver.take();
    driver.pass(limits::BANNER_AFTER);
    assert_eq!(driver.device.presence(user_id(2)).presence, Presence::Offline);
    assert!(driver.changed(Change::Presence(user_id(2))));
    driver.take();
    driver.connect();
    assert_eq!(driver.device.presence(user_id(2)).presence, Presence::Online);
    assert!(driver.changed(Change::Presence(user_id(2))));
}

#[test]
fn the_banner_counts_from_the_moment_the_system_said_that_the_network_is_gone() {
    let mut driver = Driver::live(boot());
    driver.give(Input::NetworkDown);
    assert_eq!(driver.transmitted(), [&DeviceFrame::Probe]);
    driver.pass(limits::BANNER_AFTER.min(limits::PROBE_TIMEOUT) - Duration::from_millis(1));
    assert_eq!(driver.banner(), Banner::Hidden);
    driver.pass(Duration::from_millis(1));
    assert!(matches!(driver.banner(), Banner::Reconnecting { .. }));
}

#[test]
fn a_network_that_is_gone_says_nothing_about_a_server_on_the_same_machine() {
    let mut driver = Driver::live(boot());
    driver.give(Input::NetworkDown);
    driver.beat();
    driver.pass(SECOND * 10);
    assert!(driver.device.is_live());
    driver.drop_link();
    assert_eq!(driver.banner(), Banner::Hidden, "a later loss counts from itself");
}

//! Whether a person is here, or when they last were.

use std::time::Duration;

use tidings_protocol::{Presence, Timestamp, presence::UserPresence};

use crate::calendar::Moment;

/// Beyond this many days only the date is worth telling.
const DATED_AFTER_DAYS: i64 = 30;

/// The text beside a person's name at `now`; `moment` says how a time reads on this device.
#[must_use]
pub fn last_seen(person: &UserPresence, now: Timestamp, moment: impl Fn(Timestamp) -> Moment) -> String {
    match (person.presence, person.last_seen) {
        (Presence::Online, _) => "online".to_owned(),
        (Presence::Idle, None) => "idle".to_owned(),
        (Presence::Offline, None) => "offline".to_owned(),
        (Presence::Idle, Some(at)) => format!("active {}", ago(at, now, moment)),
        (Presence::Offline, Some(at)) => format!("last seen {}", ago(at, now, moment)),
    }
}

fn ago(at: Timestamp, now: Timestamp, moment: impl Fn(Timestamp) -> Moment) -> String {
    const MINUTE: Duration = Duration::from_secs(60);
    let age = now.since(at);
    if age < MINUTE {
        return "just now".to_owned();
    }
    if age < 60 * MINUTE {
        return format!("{} min ago", age.as_secs() / 60);
    }
    let (at, today) = (moment(at), moment(now).day);
    match at.day.days_until(today) {
        ..=0 => format!("today {}", at.clock()),
        1 => format!("yesterday {}", at.clock()),
        2..=6 => format!("{} {}", at.day.weekday(), at.clock()),
        days if days <= DATED_AFTER_DAYS => format!("{} {}", at.day.short(today), at.clock()),
        _ => at.day.short(today),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-11-14, 22:13 UTC, a Tuesday.
    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn text(presence: Presence, minutes_ago: Option<u64>) -> String {
        let person = UserPresence {
            user: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            presence,
            last_seen: minutes_ago.map(|minutes| NOW - Duration::from_secs(60 * minutes)),
        };
        last_seen(&person, NOW, Moment::utc)
    }

    #[test]
    fn someone_here_is_online_or_was_active() {
        assert_eq!(text(Presence::Online, Some(5)), "online");
        assert_eq!(text(Presence::Idle, Some(5)), "active 5 min ago");
        assert_eq!(text(Presence::Idle, None), "idle");
    }

    #[test]
    fn someone_away_was_last_seen_less_exactly_the_longer_ago() {
        const DAY: u64 = 24 * 60;
        assert_eq!(text(Presence::Offline, Some(0)), "last seen just now");
        assert_eq!(text(Presence::Offline, Some(59)), "last seen 59 min ago");
        assert_eq!(text(Presence::Offline, Some(120)), "last seen today 20:13");
        assert_eq!(text(Presence::Offline, Some(DAY)), "last seen yesterday 22:13");
        assert_eq!(text(Presence::Offline, Some(3 * DAY)), "last seen Saturday 22:13");
        assert_eq!(text(Presence::Offline, Some(10 * DAY)), "last seen 4 Nov 22:13");
        assert_eq!(text(Presence::Offline, Some(31 * DAY)), "last seen 14 Oct");
        assert_eq!(text(Presence::Offline, Some(400 * DAY)), "last seen 10 Oct 2022");
        assert_eq!(text(Presence::Offline, None), "offline");
    }
}

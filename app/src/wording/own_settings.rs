//! How a person has a thread, in words.

use std::time::Duration;

use tidings_protocol::{NotifyLevel, ThreadSettings, Timestamp};

use crate::calendar::Moment;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// For how long a thread can be muted; `None` until the person takes it back.
pub const MUTES: [(&str, Option<Duration>); 4] = [
    ("1 hour", Some(HOUR)),
    ("8 hours", Some(HOUR.saturating_mul(8))),
    ("1 week", Some(HOUR.saturating_mul(24 * 7))),
    ("Until I turn it on again", None),
];

/// What notifies at this level.
#[must_use]
pub fn level_name(level: NotifyLevel) -> &'static str {
    match level {
        NotifyLevel::All => "All messages",
        NotifyLevel::Mentions => "Mentions only",
        NotifyLevel::Nothing => "Nothing",
    }
}

/// Until when a mute lasts.
#[must_use]
pub fn muted_until(until: Timestamp, moment: impl Fn(Timestamp) -> Moment, now: Timestamp) -> String {
    if until >= ThreadSettings::FOREVER {
        return "Muted until you turn it on".to_owned();
    }
    let (until, today) = (moment(until), moment(now).day);
    if until.day == today {
        format!("Muted until {}", until.clock())
    } else {
        format!("Muted until {}, {}", until.day.short(today), until.clock())
    }
}

/// Why a thread is silent, for its row; `None` if it isn't.
#[must_use]
pub fn silence(settings: &ThreadSettings, now: Timestamp) -> Option<&'static str> {
    match settings.level {
        NotifyLevel::Nothing => Some("Notifies of nothing"),
        _ if settings.is_muted(now) => Some("Muted"),
        NotifyLevel::Mentions => Some("Notifies of mentions only"),
        NotifyLevel::All => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-11-14, 22:13:20 UTC.
    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn a_mute_says_when_it_ends() {
        let words = |until| muted_until(until, Moment::utc, NOW);
        assert_eq!(words(NOW + HOUR), "Muted until 23:13");
        assert_eq!(words(NOW + 8 * HOUR), "Muted until 15 Nov, 06:13");
        assert_eq!(words(ThreadSettings::FOREVER), "Muted until you turn it on");
    }

    #[test]
    fn a_silent_thread_says_why() {
        let with = |level, muted_until| {
            let settings = ThreadSettings {
                level,
                muted_until,
                ..ThreadSettings::default()
            };
            silence(&settings, NOW)
        };
        let later = Some(NOW + HOUR);
        assert_eq!(with(NotifyLevel::All, None), None);
        assert_eq!(with(NotifyLevel::All, Some(NOW)), None);
        assert_eq!(with(NotifyLevel::All, later), Some("Muted"));
        assert_eq!(with(NotifyLevel::Mentions, later), Some("Muted"));
        assert_eq!(
            with(NotifyLevel::Mentions, None),
            Some("Notifies of mentions only")
        );
        assert_eq!(with(NotifyLevel::Nothing, later), Some("Notifies of nothing"));
    }
}

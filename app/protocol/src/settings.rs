//! How a person has a thread: their own business, the same on all their devices.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How a person wants a thread. Nobody else is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadSettings {
    /// It stands before the others.
    #[serde(default)]
    pub pinned: bool,
    /// It is kept out of the list. The first message that notifies brings it back, and so does writing in it; what is
    /// muted or set to [`NotifyLevel::Nothing`] stays away.
    #[serde(default)]
    pub archived: bool,
    /// Which of its messages notify.
    #[serde(default)]
    pub level: NotifyLevel,
    /// No message notifies before this time. [`Self::FOREVER`] for "until I say otherwise".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
}

impl ThreadSettings {
    /// The end of the year 9999: later than anybody waits, and a number that every JSON reader holds exactly.
    pub const FOREVER: Timestamp = Timestamp(253_402_300_799_000);

    /// Whether no message notifies at `now`.
    #[must_use]
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.muted_until.is_some_and(|until| until > now)
    }

    /// Whether nothing is other than in a thread that nobody touched.
    #[must_use]
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Which messages of a thread notify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyLevel {
    /// All of them.
    #[default]
    All,
    /// Those that mention the person.
    Mentions,
    /// None.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_ends_at_its_time() {
        let settings = ThreadSettings {
            muted_until: Some(Timestamp(10)),
            ..ThreadSettings::default()
        };
        assert!(settings.is_muted(Timestamp(9)));
        assert!(!settings.is_muted(Timestamp(10)));
        assert!(!ThreadSettings::default().is_muted(Timestamp(0)));
    }

    #[test]
    fn a_thread_that_nobody_touched_needs_no_word() {
        assert!(ThreadSettings::default().are_usual());
        let read: ThreadSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, ThreadSettings::default());
    }
}

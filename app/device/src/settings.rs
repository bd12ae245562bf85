//! How this person has one thread: as the log has it, and what they have changed since.

use std::mem::discriminant;

use tidings_protocol::{ThreadSettings, Timestamp, reply::SettingsMark};

use crate::io::SettingsChange;

#[derive(Debug)]
pub(crate) struct Settings {
    confirmed: ThreadSettings,
    revision: u32,
    /// Changes that the server has not confirmed, in order.
    changes: Vec<SettingsChange>,
    /// How many of them are on their way to the server.
    telling: usize,
    tell_from: Timestamp,
}

impl Settings {
    pub(crate) fn new(settings: ThreadSettings, revision: u32) -> Self {
        Self {
            confirmed: settings,
            revision,
            changes: Vec::new(),
            telling: 0,
            tell_from: Timestamp::default(),
        }
    }

    /// How the person has the thread, unconfirmed changes included.
    pub(crate) fn current(&self) -> ThreadSettings {
        let changes = self.changes.iter();
        changes.fold(self.confirmed, |settings, change| change.of(settings))
    }

    /// A snapshot says how it is; it may be of another history of the log.
    pub(crate) fn replace(&mut self, settings: ThreadSettings, revision: u32) {
        self.confirmed = settings;
        self.revision = revision;
    }

    /// The log or an answer says how it is. True if it shows.
    pub(crate) fn confirm(&mut self, mark: &SettingsMark) -> bool {
        let before = self.current();
        if mark.revision > self.revision {
            self.confirmed = mark.settings;
            self.revision = mark.revision;
        }
        self.current() != before
    }

    /// The person changes something. True if it shows.
    pub(crate) fn change(&mut self, change: SettingsChange) -> bool {
        let before = self.current();
        if change.of(before) == before {
            return false;
        }
        // Of what is not on its way yet, only the last word on each thing counts.
        let kind = discriminant(&change);
        let mut later = self.changes.split_off(self.telling.min(self.changes.len()));
        later.retain(|earlier| discriminant(earlier) != kind);
        later.push(change);
        self.changes.append(&mut later);
        true
    }

    /// What the server should be told now, if anything.
    pub(crate) fn tell(&mut self, now: Timestamp) -> Option<ThreadSettings> {
        if self.deadline().is_none_or(|from| from > now) {
            return None;
        }
        self.telling = self.changes.len();
        Some(self.current())
    }

    /// When [`Self::tell`] may have something that it hasn't now.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        (self.telling == 0 && !self.changes.is_empty()).then_some(self.tell_from)
    }

    /// The server took what it was told, or refused it for good.
    pub(crate) fn answered(&mut self, mark: Option<&SettingsMark>) {
        let told = std::mem::take(&mut self.telling).min(self.changes.len());
        self.changes.drain(..told);
        if let Some(mark) = mark {
            self.confirm(mark);
        }
    }

    /// The server could not take it now.
    pub(crate) fn postponed(&mut self, until: Timestamp) {
        self.telling = 0;
        self.tell_from = until;
    }

    /// The connection is gone: what was on its way is told again, which changes nothing if it had arrived.
    pub(crate) fn lost(&mut self) {
        self.postponed(Timestamp::default());
    }

    /// Whether a mute has ended in `(before, now]`.
    pub(crate) fn was_unmuted(&self, before: Timestamp, now: Timestamp) -> bool {
        let settings = self.current();
        settings.is_muted(before) && !settings.is_muted(now)
    }
}

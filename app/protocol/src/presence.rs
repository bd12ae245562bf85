//! Who is here. A hint with bounded staleness, never stored.

use serde::{Deserialize, Serialize};

use crate::{id::UserId, time::Timestamp};

/// Whether a person is here, over all their devices: the most present one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// No device is connected, and the grace after the last one has passed.
    #[default]
    Offline,
    /// Connected, without input for [`crate::limits::IDLE_AFTER`].
    Idle,
    /// Connected, and somebody is at it.
    Online,
}

/// One person's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPresence {
    /// Who.
    pub user: UserId,
    /// Whether they are here.
    pub presence: Presence,
    /// Newest input on any device, at a granularity of a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

/// Presence of several people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presences {
    /// True when this names everyone the device may know of who is not offline: all others are offline.
    /// False for a change to the ones named.
    pub complete: bool,
    /// The people.
    pub users: Vec<UserPresence>,
}

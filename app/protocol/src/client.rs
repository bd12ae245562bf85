//! Clients: the people or cases that the organisation serves. A record, never a program.

use serde::{Deserialize, Serialize};

use crate::id::ClientId;

/// A client record. Staff can see and edit all of them; a thread may belong to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its identity.
    pub id: ClientId,
    /// Name shown in thread rows and headers.
    pub name: String,
    /// The organisation's own number for it, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Free text for staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Archived clients keep their threads but are left out of searches, and no new thread is opened for them.
    pub archived: bool,
}

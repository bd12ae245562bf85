//! What can go wrong in the store, as cases that the service can act on.

use std::sync::Arc;

/// Why the store could not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A constraint of the schema refused the write.
    #[error("the database refused the write: {0:?}")]
    Conflict(Constraint),
    /// There is no room left.
    #[error("the disk is full")]
    Full,
    /// The database can't be reached or failed. Trying again may help.
    #[error("the database failed")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// A stored value is not what this program writes.
    #[error("a stored value can't be read: {0}")]
    Unreadable(String),
}

/// A constraint that an operation may run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Two accounts can't share a username.
    Username,
    /// Any other.
    Other,
}

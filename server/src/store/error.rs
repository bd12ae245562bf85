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
    /// A stored value is not what this program writes, or the program itself failed while writing.
    #[error("the store is in a state it should never be in: {0}")]
    Broken(String),
}

/// A constraint that an operation may run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Two accounts can't share a username.
    Username,
    /// Any other.
    Other,
}

/// SQLITE_FULL, and PostgreSQL's disk_full.
const FULL: [&str; 2] = ["13", "53100"];

/// What SQLite calls a constraint in its message, and PostgreSQL by name.
const CONSTRAINTS: [(&str, &str, Constraint); 1] =
    [("users.username", "users_username_key", Constraint::Username)];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => {
                if refusal.code().is_some_and(|code| FULL.contains(&code.as_ref())) {
                    return Self::Full;
                }
                let is_constraint = refusal.is_unique_violation()
                    || refusal.is_foreign_key_violation()
                    || refusal.is_check_violation();
                if is_constraint {
                    let named = CONSTRAINTS.iter().find(|(sqlite, postgres, _)| {
                        refusal.constraint() == Some(postgres) || refusal.message().ends_with(sqlite)
                    });
                    return Self::Conflict(named.map_or(Constraint::Other, |(_, _, constraint)| *constraint));
                }
                Self::Unavailable(Arc::new(error))
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Broken(error.to_string()),
            _ => Self::Unavailable(Arc::new(error)),
        }
    }
}

impl Error {
    /// For a value that this program would not have written.
    pub(super) fn unreadable<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> Self {
        move |error| Self::Broken(format!("{what}: {error}"))
    }
}

//! Where everything is kept: SQLite or PostgreSQL, one SQL text for both. The only code that knows sqlx.
//!
//! Functions of the submodules never check a right; they say what is stored. All of them work inside a [`Tx`], so
//! what one operation reads and writes is one moment. Reading is open to any number at once; writing goes through
//! the one task of [`writer`], so that a check and the write that rests on it can't be separated.

pub mod answers;
pub mod attachments;
pub mod clients;
mod error;
pub mod hidden;
pub mod invites;
pub mod log;
pub mod members;
pub mod mentions;
pub mod messages;
mod open;
pub mod previews;
pub mod push;
pub mod push_queue;
pub mod reactions;
pub mod receipts;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod sights;
pub mod threads;
mod tx;
pub mod users;
pub mod versions;
pub mod writer;

use sqlx::{PgPool, SqlitePool};

pub use error::{Constraint, Error};
pub use log::{Audience, LogRow, Membership, Memberships};
pub use open::{OpenError, sqlite_options};
pub use sights::Sight;
pub use tx::Tx;
pub(crate) use tx::on;

/// An open database. Clones share the connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file, read by a few connections and written by one.
    Sqlite {
        /// Connections that can't write.
        readers: SqlitePool,
        /// The connection that writes.
        writer: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A pattern for `LIKE … ESCAPE '\'` that matches texts containing `text`, folded as the stored columns are.
#[must_use]
pub fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_pattern_folds_case_and_takes_wildcards_literally() {
        assert_eq!(like("Ünal_100%\\"), "%ünal\\_100\\%\\\\%");
        assert_eq!(like(""), "%%");
    }
}

//! Where everything is kept: SQLite or PostgreSQL, one SQL text for both. The only code that knows sqlx.
//!
//! Functions of the submodules never check a right; they say what is stored. All of them work inside a [`Tx`], so
//! what one operation reads and writes is one moment.

mod error;
mod log;
mod open;

use sqlx::{PgPool, SqlitePool};

pub use error::Error;
pub use log::{Audience, LogRow, Memberships};
pub use open::OpenError;

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

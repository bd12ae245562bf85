//! A transaction on either engine, and the macro that writes one query for both.

use sqlx::{Postgres, Sqlite, Transaction};
use tidings_protocol::{Event, Timestamp};

use super::{Audience, Db, Error};

/// Serialises the writers of all nodes on one PostgreSQL server, so that the order of the log is the order of
/// commits. Any number does that no other program on the same database uses; this one spells "tidings".
const WRITERS_LOCK: i64 = 0x74_69_64_69_6e_67_73;

/// One moment of the database: everything read through it is consistent, and everything written through it is
/// committed together or not at all. Dropping it writes nothing.
#[derive(Debug)]
pub struct Tx {
    pub(super) engine: Engine,
    pub(super) events: Vec<(Audience, Event)>,
    now: Timestamp,
}

#[derive(Debug)]
pub(super) enum Engine {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs the same query on whichever engine the transaction has: `on!(tx, conn => query(SQL).execute(conn).await)`.
///
/// The type of `conn` picks the driver, so binding and decoding are native in both arms.
macro_rules! on {
    ($tx:expr, $conn:ident => $body:expr) => {
        match &mut $tx.engine {
            $crate::store::tx::Engine::Sqlite(transaction) => {
                let $conn = &mut **transaction;
                $body
            }
            $crate::store::tx::Engine::Postgres(transaction) => {
                let $conn = &mut **transaction;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Tx {
    fn new(engine: Engine, now: Timestamp) -> Self {
        Self {
            engine,
            events: Vec::new(),
            now,
        }
    }

    /// The time at which everything in this transaction happens.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Notes that `event` happened; it is appended to the log when the transaction commits.
    pub fn emit(&mut self, audience: Audience, event: Event) {
        self.events.push((audience, event));
    }

    /// Marks a point to which [`Self::undo`] can return. Marks don't nest.
    pub(super) async fn mark(&mut self) -> Result<(), Error> {
        on!(self, conn => sqlx::query("SAVEPOINT operation").execute(conn).await.map(drop))?;
        Ok(())
    }

    /// Keeps what was done since the mark.
    pub(super) async fn keep(&mut self) -> Result<(), Error> {
        on!(self, conn => sqlx::query("RELEASE SAVEPOINT operation").execute(conn).await.map(drop))?;
        Ok(())
    }

    /// Undoes what was done since the mark.
    pub(super) async fn undo(&mut self) -> Result<(), Error> {
        on!(self, conn => sqlx::query("ROLLBACK TO SAVEPOINT operation").execute(conn).await.map(drop))?;
        self.keep().await
    }

    /// Makes it durable: after success it survives a crash of the machine.
    pub(super) async fn commit(self) -> Result<(), Error> {
        match self.engine {
            Engine::Sqlite(transaction) => transaction.commit().await?,
            Engine::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

impl Db {
    /// A moment to read.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn read(&self, now: Timestamp) -> Result<Tx, Error> {
        let engine = match self {
            Self::Sqlite { readers, .. } => Engine::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => Engine::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        };
        Ok(Tx::new(engine, now))
    }

    /// The one transaction that may write. It takes the write lock at once: a transaction that reads first and
    /// writes later is refused by SQLite without waiting, and could act on what is no longer true on PostgreSQL.
    pub(super) async fn begin_write(&self, now: Timestamp) -> Result<Tx, Error> {
        let engine = match self {
            Self::Sqlite { writer, .. } => Engine::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(WRITERS_LOCK)
                    .execute(&mut *transaction)
                    .await?;
                Engine::Postgres(transaction)
            }
        };
        Ok(Tx::new(engine, now))
    }
}

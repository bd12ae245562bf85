//! Opening a database: connect, check that it is ours, migrate.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use super::Db;
use crate::fail_point::{Mutation, careless, mutated, unbuild};

// Each migration is one transaction, with the note that it was done: whoever dies in the midst of one does it again.
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Connections that read a SQLite file. Reads are short, and more of them would only compete for the same cores.
const SQLITE_READERS: u32 = 4;
/// How long SQLite waits for another process, such as a backup, that holds the write lock.
const SQLITE_BUSY: Duration = Duration::from_secs(5);
/// Connections to a PostgreSQL server: one writes, the others read.
const POSTGRES_CONNECTIONS: u32 = 10;
/// How long a request waits for a connection before it is answered "unavailable".
const ACQUIRE: Duration = Duration::from_secs(5);

/// SQLITE_READONLY, SQLITE_CANTOPEN and SQLITE_NOTADB; extended codes have these in their low byte.
const READ_ONLY: u32 = 8;
const CANT_OPEN: u32 = 14;
const NOT_A_DATABASE: u32 = 26;

/// Why a database can't be opened. Each sentence names the setting to look at.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`, or not an address at all.
    #[error("DATABASE_URL must be sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME: {0}")]
    Address(String),
    /// The file is something else, or another program's.
    #[error(
        "{path} is not a Tidings database. Choose another file by DATABASE_URL or another data directory"
    )]
    NotADatabase {
        /// The file.
        path: String,
    },
    /// The file or its folder can't be written.
    #[error("{path} is read-only. Let the server write to it, or choose another file by DATABASE_URL")]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// A newer version of the server has changed the database.
    #[error(
        "The database was last used by a newer version of Tidings (its schema has version {version}). \
         Start that version, or point DATABASE_URL to another database"
    )]
    Newer {
        /// A schema version that this program doesn't know.
        version: i64,
    },
    /// Nothing answers, or it refuses us.
    #[error("Can't open the database that DATABASE_URL or the data directory names: {0}")]
    CantConnect(String),
    /// The schema could not be brought up to date.
    #[error("Can't bring the database that DATABASE_URL names up to date: {0}")]
    Migration(String),
}

impl Db {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`), making and migrating it as needed.
    ///
    /// # Errors
    /// [`OpenError`], a sentence that names the setting to look at.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let db = if url.starts_with("sqlite:") {
            open_sqlite(url).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url).await?
        } else {
            return Err(OpenError::Address("it begins with neither".to_owned()));
        };
        Ok(db)
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                // Last, so that it folds the write-ahead log into the file.
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// How each connection to a SQLite file is made.
///
/// # Errors
/// [`OpenError::Address`] when `url` names no file.
pub fn sqlite_options(url: &str) -> Result<SqliteConnectOptions, OpenError> {
    let options =
        SqliteConnectOptions::from_str(url).map_err(|error| OpenError::Address(error.to_string()))?;
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if mutated(Mutation::SynchronousNormal) {
            SqliteSynchronous::Normal
        } else {
            SqliteSynchronous::Full
        })
        .foreign_keys(true)
        // What was deleted is overwritten, rather than left in pages that nothing uses.
        .pragma("secure_delete", "ON")
        // What is deleted is overwritten, and not left in the file until its place is needed.
        .pragma("secure_delete", "ON")
        // What was deleted is overwritten, rather than left in pages that nothing uses.
        .pragma("secure_delete", "ON")
        .busy_timeout(SQLITE_BUSY)
        .disable_statement_logging())
}

async fn open_sqlite(url: &str) -> Result<Db, OpenError> {
    let options = sqlite_options(url)?;
    let path = options.get_filename().to_owned();
    if is_read_only(&path) {
        return Err(OpenError::ReadOnly {
            path: path.display().to_string(),
        });
    }
    let named = |error: sqlx::Error| sqlite_error(&path, &error);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        // After some errors, a full disk among them, SQLite has rolled back by itself and sqlx believes otherwise:
        // such a connection would refuse every transaction to come.
        .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .acquire_timeout(ACQUIRE)
        .connect_with(options.clone())
        .await
        .map_err(named)?;
    if is_foreign(&writer).await.map_err(named)? {
        return Err(OpenError::NotADatabase {
            path: path.display().to_string(),
        });
    }
    careless(&SQLITE)
        .as_ref()
        .unwrap_or(&SQLITE)
        .run(&writer)
        .await
        .map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                sqlite_error(&path, &error)
            }
            other => migration(other),
        })?;
    sqlx::query(FIRST_EPOCH)
        .bind(Uuid::now_v7())
        .execute(&writer)
        .await
        .map_err(named)?;
    unbuild(&writer).await.map_err(named)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(named)?;
    Ok(Db::Sqlite { readers, writer })
}

async fn open_postgres(url: &str) -> Result<Db, OpenError> {
    let cant = |error: sqlx::Error| OpenError::CantConnect(error.to_string());
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| OpenError::Address(error.to_string()))?
        .application_name("tidings")
        .disable_statement_logging();
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await
        .map_err(cant)?;
    POSTGRES.run(&pool).await.map_err(migration)?;
    sqlx::query(FIRST_EPOCH)
        .bind(Uuid::now_v7())
        .execute(&pool)
        .await
        .map_err(cant)?;
    Ok(Db::Postgres(pool))
}

const FIRST_EPOCH: &str = "INSERT INTO meta (id, epoch, head) VALUES (1, $1, 0) ON CONFLICT DO NOTHING";

/// Whether the file says that it must not be written. Asked before SQLite does, since a superuser could all the same.
fn is_read_only(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().readonly())
}

/// Whether a SQLite file has tables and none of them are ours.
async fn is_foreign(pool: &SqlitePool) -> Result<bool, sqlx::Error> {
    let (tables, ours): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), COUNT(CASE WHEN name = '_sqlx_migrations' THEN 1 END) FROM sqlite_master WHERE type = 'table'",
    )
    .fetch_one(pool)
    .await?;
    Ok(tables > 0 && ours == 0)
}

fn sqlite_error(path: &Path, error: &sqlx::Error) -> OpenError {
    let code = error
        .as_database_error()
        .and_then(|refusal| refusal.code()?.parse::<u32>().ok())
        .map(|code| code & 0xff);
    let path = path.display().to_string();
    match code {
        Some(NOT_A_DATABASE) => OpenError::NotADatabase { path },
        Some(READ_ONLY) => OpenError::ReadOnly { path },
        Some(CANT_OPEN) => OpenError::CantConnect(format!(
            "{path} can't be opened. Is its folder there, and may the server write to it?"
        )),
        _ => OpenError::CantConnect(error.to_string()),
    }
}

fn migration(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer { version },
        other => OpenError::Migration(other.to_string()),
    }
}

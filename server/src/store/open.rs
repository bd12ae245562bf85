//! Opening a database: connect, check that it is ours, migrate.

use super::Db;

/// Why a database can't be opened. Each sentence names the setting.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("DATABASE_URL must begin with sqlite:// or postgres://")]
    UnknownScheme,
}

impl Db {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`), making and migrating it as needed.
    ///
    /// # Errors
    /// [`OpenError`], a sentence that names the setting to look at.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let _ = url;
        Err(OpenError::UnknownScheme)
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {}
}

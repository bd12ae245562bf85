//! The bytes of files: how they come in, what is made of them, where they are kept.
//!
//! An upload is written to a folder of this machine while it arrives ([`staging`]), looked at ([`inspect`]), and then
//! given to the storage: a folder, or a service that speaks S3. Never is a whole file in memory, images apart, and of those
//! only so many at once as there are `LOOKED_AT_AT_ONCE`.
//!
//! Nothing here knows who may do what: that is [`crate::service`]'s.

pub mod gif;
pub mod inspect;
pub mod picture;
pub mod sniff;
pub mod staging;
pub mod storage;
pub mod webp;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use thiserror::Error;
use tidings_protocol::{FileName, UserId, limits};
use tokio::sync::Semaphore;

use inspect::{Hints, Inspected};
use staging::Staged;
use storage::Storage;

/// Images that are decoded at once. Each takes up to [`picture::MEMORY_MAX`].
const LOOKED_AT_AT_ONCE: usize = 2;

/// Why a file was not taken.
#[derive(Debug, Error)]
pub enum FileError {
    /// The upload broke off, or nothing came for too long.
    #[error("the upload broke off")]
    BrokenOff,
    /// More bytes than a file may have.
    #[error("the file is too large")]
    TooLarge,
    /// Not a single byte.
    #[error("the file is empty")]
    Empty,
    /// It is an image, and can't be taken as one.
    #[error("the image can't be used: {0}")]
    Picture(#[from] picture::PictureError),
    /// What it says of itself is no recording.
    #[error("not a recording")]
    NotARecording,
    /// Uploads of the same person are under way, as many as may be.
    #[error("too many uploads at once")]
    TooMany,
    /// There is no room left.
    #[error("the disk is full")]
    Full,
    /// The storage failed, or this machine did. The cause is for the log.
    #[error("{0}")]
    Storage(String),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Storage(error.to_string()),
        }
    }
}

/// Takes files in and gives them out. Clones share everything.
#[derive(Clone, Debug)]
pub struct Files {
    /// Where files are kept.
    pub storage: Storage,
    /// Most bytes of a file.
    pub max_bytes: u64,
    incoming: Arc<Path>,
    looking: Arc<Semaphore>,
    uploading: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// Where uploads arrive, in the data folder.
const INCOMING: &str = "incoming";

/// Somebody's upload under way. Dropping it makes room for their next one.
#[derive(Debug)]
pub struct Slot {
    user: UserId,
    uploading: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Files {
    /// Files kept in `storage`. What an earlier run left half arrived in `data_dir` is removed.
    ///
    /// # Errors
    /// When the folder for what arrives can't be made.
    pub fn new(storage: Storage, data_dir: &Path, max_bytes: u64) -> io::Result<Self> {
        let incoming: PathBuf = data_dir.join(INCOMING);
        if incoming.exists() {
            std::fs::remove_dir_all(&incoming)?;
        }
        std::fs::create_dir_all(&incoming)?;
        Ok(Self {
            storage,
            max_bytes,
            incoming: incoming.into(),
            looking: Arc::new(Semaphore::new(LOOKED_AT_AT_ONCE)),
            uploading: Arc::default(),
        })
    }

    /// Room for one more upload of a person.
    ///
    /// # Errors
    /// [`FileError::TooMany`].
    pub fn slot(&self, user: UserId) -> Result<Slot, FileError> {
        let mut uploading = self.uploading.lock().unwrap_or_else(PoisonError::into_inner);
        let count = uploading.entry(user).or_default();
        if *count >= limits::UPLOADS_AT_ONCE {
            return Err(FileError::TooMany);
        }
        *count += 1;
        Ok(Slot {
            user,
            uploading: Arc::clone(&self.uploading),
        })
    }

    /// Writes what arrives to this machine.
    ///
    /// # Errors
    /// [`FileError`]; nothing is left of it then.
    pub async fn receive<S, E>(&self, bytes: S) -> Result<Staged, FileError>
    where
        S: futures_util::Stream<Item = Result<axum::body::Bytes, E>>,
    {
        staging::receive(&self.incoming, bytes, self.max_bytes).await
    }

    /// Finds out what a file is, and makes of an image what may be shown.
    ///
    /// # Errors
    /// [`FileError::Picture`] and [`FileError::NotARecording`], or when this machine fails.
    pub async fn inspect(
        &self,
        staged: Staged,
        name: FileName,
        hints: Hints,
    ) -> Result<Inspected, FileError> {
        let permit = Arc::clone(&self.looking).acquire_owned().await;
        let incoming = Arc::clone(&self.incoming);
        tokio::task::spawn_blocking(move || {
            let _held = permit;
            inspect::inspect(&incoming, staged, name, hints)
        })
        .await
        .map_err(|error| FileError::Storage(error.to_string()))?
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut uploading = self.uploading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = uploading.get_mut(&self.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                uploading.remove(&self.user);
            }
        }
    }
}

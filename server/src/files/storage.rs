//! Where files are kept: a folder, or a service that speaks S3.

use std::{error::Error as _, io, ops::Range, path::Path as FsPath, sync::Arc};

use axum::body::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, buffered::BufWriter, local::LocalFileSystem,
    path::Path,
};
use tokio::io::AsyncWriteExt;

use super::FileError;

/// Which of the two objects of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// The file.
    Whole,
    /// The small image of it.
    Thumbnail,
}

/// The end of a thumbnail's name.
const THUMBNAIL: &str = ".small";

/// What is written at once. Services of S3 take parts of 5 MiB and more.
const PART: usize = 8 * 1024 * 1024;

/// A place for files. Clones share it.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Storage {
    /// A folder, which is made if it is not there. What was written is on disk.
    ///
    /// # Errors
    /// A sentence without the name of the setting, when the folder can't be used.
    pub fn folder(folder: &FsPath) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}.", folder.display()))?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|error| format!("{error}."))?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::default(),
        })
    }

    /// The place at a URL: `s3://BUCKET/FOLDER`. How to reach it and as whom is read from `environment`, whose names are
    /// those that tools for S3 know: `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` and so on.
    ///
    /// # Errors
    /// A sentence without the name of the setting and without secrets.
    pub fn at(url: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self, String> {
        let wrong = || "is not a URL such as s3://BUCKET/FOLDER.".to_owned();
        let url: url::Url = url.parse().map_err(|_| wrong())?;
        if url.scheme() != "s3" {
            return Err(wrong());
        }
        let aws = environment
            .filter(|(name, _)| name.starts_with("AWS_"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value));
        let (store, prefix) =
            object_store::parse_url_opts(&url, aws).map_err(|error| format!("can't be used: {error}."))?;
        Ok(Self {
            store: store.into(),
            prefix,
        })
    }

    /// Keeps a file of this machine under a name that is not in use.
    ///
    /// # Errors
    /// [`FileError::Full`] and [`FileError::Storage`].
    pub async fn put(&self, name: &str, file: &FsPath) -> Result<(), FileError> {
        let mut reader = tokio::fs::File::open(file).await?;
        let path = self.path(name, Object::Whole);
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), path, PART);
        if let Err(error) = tokio::io::copy(&mut reader, &mut writer).await {
            // What was sent of it may cost room. The reason of the failure is the one to tell.
            drop(writer.abort().await);
            return Err(of_io(error));
        }
        writer.shutdown().await.map_err(of_io)
    }

    /// Keeps the small image of a file.
    ///
    /// # Errors
    /// [`FileError::Full`] and [`FileError::Storage`].
    pub async fn put_thumbnail(&self, name: &str, bytes: Vec<u8>) -> Result<(), FileError> {
        let path = self.path(name, Object::Thumbnail);
        self.store
            .put(&path, bytes.into())
            .await
            .map(drop)
            .map_err(|error| of_store(&error))
    }

    /// Bytes of a file, of all of it or of a part, and how many the whole has.
    ///
    /// # Errors
    /// [`FileError::Storage`], also when it is not there.
    pub async fn get(
        &self,
        name: &str,
        object: Object,
        part: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, FileError> {
        let options = GetOptions {
            range: part.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let path = self.path(name, object);
        let found = self.store.get_opts(&path, options).await;
        let stream = found.map_err(|error| of_store(&error))?.into_stream();
        Ok(stream.map(|chunk| chunk.map_err(io::Error::other)).boxed())
    }

    /// How many bytes one of the objects has.
    ///
    /// # Errors
    /// [`FileError::Storage`], also when it is not there.
    pub async fn size(&self, name: &str, object: Object) -> Result<u64, FileError> {
        let found = self.store.head(&self.path(name, object)).await;
        found.map(|meta| meta.size).map_err(|error| of_store(&error))
    }

    /// Deletes a file and its small image. What is not there is deleted already.
    ///
    /// # Errors
    /// [`FileError::Storage`].
    pub async fn delete(&self, name: &str) -> Result<(), FileError> {
        for object in [Object::Whole, Object::Thumbnail] {
            match self.store.delete(&self.path(name, object)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(of_store(&error)),
            }
        }
        Ok(())
    }

    /// Names end differently, so their ends spread them over folders.
    fn path(&self, name: &str, object: Object) -> Path {
        let folder = name.get(name.len().saturating_sub(2)..).unwrap_or_default();
        let file = match object {
            Object::Whole => name.to_owned(),
            Object::Thumbnail => format!("{name}{THUMBNAIL}"),
        };
        self.prefix.clone().join(folder).join(file)
    }
}

fn of_io(error: io::Error) -> FileError {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<object_store::Error>())
    {
        Some(inner) => of_store(inner),
        None => error.into(),
    }
}

/// A full disk is found by going through the causes.
fn of_store(error: &object_store::Error) -> FileError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(inner) = inner.downcast_ref::<io::Error>()
            && matches!(
                inner.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        {
            return FileError::Full;
        }
        cause = inner.source();
    }
    FileError::Storage(error.to_string())
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;

    async fn read(storage: &Storage, object: Object, part: Option<Range<u64>>) -> Result<Vec<u8>, FileError> {
        let chunks: Vec<Bytes> = storage
            .get("abc12", object, part)
            .await?
            .try_collect()
            .await
            .expect("it can be read");
        Ok(chunks.concat())
    }

    #[tokio::test]
    async fn what_was_put_is_there_until_it_is_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = Storage::folder(&folder.path().join("new/files")).expect("a folder");
        let source = folder.path().join("source");
        // More than one part.
        let bytes: Vec<u8> = (0..PART + 10)
            .map(|n| u8::try_from(n % 251).unwrap_or(0))
            .collect();
        std::fs::write(&source, &bytes).expect("it is written");
        storage.put("abc12", &source).await.expect("it is kept");
        storage
            .put_thumbnail("abc12", b"small".to_vec())
            .await
            .expect("it is kept");
        assert!(read(&storage, Object::Whole, None).await.expect("it is there") == bytes);
        assert_eq!(
            read(&storage, Object::Whole, Some(1..4))
                .await
                .expect("it is there"),
            [1, 2, 3]
        );
        assert_eq!(
            read(&storage, Object::Thumbnail, None)
                .await
                .expect("it is there"),
            b"small"
        );
        storage.delete("abc12").await.expect("it is deleted");
        storage.delete("abc12").await.expect("twice is as good as once");
        for object in [Object::Whole, Object::Thumbnail] {
            assert!(read(&storage, object, None).await.is_err());
        }
    }

    #[test]
    fn a_url_of_another_kind_is_refused_in_a_sentence() {
        for url in ["", "files", "file:///etc", "https://example.org/x", "ftp://x/y"] {
            let refused = Storage::at(url, std::iter::empty()).expect_err("a refusal");
            assert!(refused.contains("s3://"), "{refused}");
        }
        let environment = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "x"),
            ("AWS_SECRET_ACCESS_KEY", "y"),
            ("AWS_ENDPOINT_URL", "https://s3.example.org"),
            ("PATH", "/bin"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let storage = Storage::at("s3://bucket/a/b", environment.into_iter()).expect("it is good");
        assert_eq!(storage.path("xyz12", Object::Whole).as_ref(), "a/b/12/xyz12");
        assert_eq!(
            storage.path("xyz12", Object::Thumbnail).as_ref(),
            "a/b/12/xyz12.small"
        );
    }
}

//! A file while it arrives: on this machine's disk, counted and hashed as it comes.

use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::Bytes;
use futures_util::{Stream, StreamExt};
use tempfile::NamedTempFile;
use tidings_protocol::limits;
use tokio::{io::AsyncWriteExt, time::timeout};

use super::FileError;

/// A file that has arrived whole. Dropping it removes it.
#[derive(Debug)]
pub struct Staged {
    /// Where it is.
    pub file: NamedTempFile,
    /// How many bytes it has. Never none.
    pub size: u64,
    /// SHA-256 of them, in hexadecimal.
    pub hash: String,
}

/// Writes `bytes` into a new file in `folder`.
///
/// # Errors
/// As soon as more than `max_bytes` have come, when none come for [`limits::UPLOAD_STALLS_AFTER`], when they break off,
/// and when there are none.
pub async fn receive<S, E>(folder: &Path, bytes: S, max_bytes: u64) -> Result<Staged, FileError>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let file = NamedTempFile::new_in(folder)?;
    let mut writer = tokio::fs::File::from_std(file.reopen()?);
    let mut digest = Context::new(&SHA256);
    let mut size: u64 = 0;
    let mut bytes = std::pin::pin!(bytes);
    loop {
        let next = timeout(limits::UPLOAD_STALLS_AFTER, bytes.next()).await;
        let chunk = match next.map_err(|_| FileError::BrokenOff)? {
            Some(chunk) => chunk.map_err(|_| FileError::BrokenOff)?,
            None => break,
        };
        size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if size > max_bytes {
            return Err(FileError::TooLarge);
        }
        digest.update(&chunk);
        writer.write_all(&chunk).await?;
    }
    writer.flush().await?;
    if size == 0 {
        return Err(FileError::Empty);
    }
    Ok(Staged {
        file,
        size,
        hash: hexadecimal(digest.finish().as_ref()),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn chunks(parts: &'static [&'static str]) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))))
    }

    #[tokio::test]
    async fn what_arrives_is_counted_and_hashed() {
        let folder = tempfile::tempdir().expect("a folder");
        let staged = receive(folder.path(), chunks(&["he", "", "llo"]), 5)
            .await
            .expect("it fits");
        assert_eq!(staged.size, 5);
        assert_eq!(
            staged.hash,
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
        assert_eq!(std::fs::read(staged.file.path()).expect("it is there"), b"hello");
    }

    #[tokio::test]
    async fn what_is_refused_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = receive(folder.path(), chunks(&["hello", "!"]), 5).await;
        assert!(matches!(refused, Err(FileError::TooLarge)));
        let refused = receive(folder.path(), chunks(&[""]), 5).await;
        assert!(matches!(refused, Err(FileError::Empty)));
        let broken = stream::iter([Ok(Bytes::from_static(b"he")), Err("the line is gone")]);
        let refused = receive(folder.path(), broken, 5).await;
        assert!(matches!(refused, Err(FileError::BrokenOff)));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}

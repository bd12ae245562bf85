//! The secret that signs access tokens: given, or made at the first start and kept in the data folder.

use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Shortest secret that is accepted, in bytes: the output size of HMAC-SHA-256 (RFC 7518, 3.2).
const MIN_BYTES: usize = 32;

/// Fewest different bytes in a secret: fewer is a key held down, not a secret.
const MIN_VARIETY: usize = 8;

/// Secrets from tutorials and templates that are long enough to pass otherwise; each is public.
const PUBLISHED: &[&str] = &[
    "a-string-secret-at-least-256-bits-long",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "your-256-bit-secret-your-256-bit-secret",
    "your-secret-key-your-secret-key-your-secret-key",
    "change-me-change-me-change-me-change-me",
];

/// Name of the generated key's file in the data folder.
const FILE: &str = "jwt.key";

/// Bytes that sign access tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtSecret(Vec<u8>);

impl JwtSecret {
    /// Checks a secret.
    ///
    /// # Errors
    /// A sentence saying why it is refused.
    pub fn new(bytes: Vec<u8>) -> Result<Self, &'static str> {
        if bytes.len() < MIN_BYTES {
            return Err("is shorter than 32 bytes. Leave it out, and the server makes a key.");
        }
        let lower = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if PUBLISHED.contains(&lower.trim()) {
            return Err("is a published example. Leave it out, and the server makes a key.");
        }
        let mut different = bytes.clone();
        different.sort_unstable();
        different.dedup();
        if different.len() < MIN_VARIETY {
            return Err("repeats a few characters. Leave it out, and the server makes a key.");
        }
        Ok(Self(bytes))
    }

    /// The key kept in `data_dir`, made there (readable by the owner only) if there is none.
    ///
    /// # Errors
    /// [`io::Error`] when it can't be read or written, or is not a key.
    pub fn kept_in(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => {
                Self::new(bytes).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = Self::random()?;
                // `create_new`: of two servers started at once, one fails instead of both signing differently.
                let mut file = fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)?;
                file.write_all(&secret.0)?;
                file.sync_all()?;
                Ok(secret)
            }
            Err(error) => Err(error),
        }
    }

    fn random() -> io::Result<Self> {
        let mut bytes = vec![0; MIN_BYTES * 2];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| io::Error::other("The system gives no random bytes."))?;
        Ok(Self(bytes))
    }

    /// The bytes, for the signer only.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn short_published_and_monotonous_secrets_are_refused() {
        for bad in [
            "your-secret-key",
            "your-256-bit-secret",
            "a-string-secret-at-least-256-bits-long",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(JwtSecret::new(bad.as_bytes().to_vec()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_generated_key_is_kept_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = JwtSecret::kept_in(folder.path()).expect("it is made");
        let read = JwtSecret::kept_in(folder.path()).expect("it is read");
        assert_eq!(made, read);
        let mode = fs::metadata(folder.path().join(FILE))
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

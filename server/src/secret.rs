//! Secrets that are handed out once and kept only as a hash: refresh tokens, invite links, the set-up link.

use std::fmt;

use aws_lc_rs::{digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tidings_protocol::SessionId;

/// Bytes of randomness in a token: far beyond guessing, so a fast hash is enough to store it.
const TOKEN_BYTES: usize = 32;

/// 256 random bits as URL-safe text. `Debug` doesn't show it; it is stored as a [`TokenHash`].
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken(String);

impl SecretToken {
    /// A new token from the system's randomness.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system gives none.
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut bytes = [0; TOKEN_BYTES];
        rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The same token, beginning with the session it belongs to: a token that is no longer stored can then still be
    /// traced to the session it was stolen from.
    #[must_use]
    pub fn named(self, session: SessionId) -> Self {
        Self(format!("{session}.{}", self.0))
    }

    /// The token itself, for the one place that hands it out.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(…)")
    }
}

/// SHA-256 of a token. Looking one up by it reveals nothing through timing: the hash can't be steered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; digest::SHA256_OUTPUT_LEN]);

impl TokenHash {
    /// The hash of a token that somebody presents; any text will do.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut hash = [0; digest::SHA256_OUTPUT_LEN];
        hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        Self(hash)
    }

    /// The bytes, as they are stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// The system gave no random bytes; nothing secret can be made.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_fit_in_a_link() {
        let (one, other) = (SecretToken::generate().unwrap(), SecretToken::generate().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), 43);
        assert!(
            one.reveal()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        );
    }

    #[test]
    fn a_token_is_recognised_by_its_hash_and_never_printed() {
        let token = SecretToken::generate().unwrap();
        assert_eq!(token.hash(), TokenHash::of(token.reveal()));
        assert!(!format!("{token:?}{:?}", token.hash()).contains(token.reveal()));
    }
}

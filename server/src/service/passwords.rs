//! Passwords: argon2id, off the async threads, on half of the cores at most, and with a line that ends.

use std::{num::NonZero, sync::Arc, thread};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use tokio::{sync::Semaphore, task};

use super::Error;

/// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash of a password that nobody has, with the parameters above: verifying against it costs what verifying
/// against a real one does, so that an unknown username can't be told by the time of the answer.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGlkaW5ncy1ub2JvZHk$5wPkTBSZCRAv1pFPY4tuDWgWbWOLAeV2Z2m9vFWmcbI";

/// Passwords that may wait for their turn. On one core it takes some three seconds to get through the line, so whoever
/// would wait longer is told so at once.
const WAITING_MAX: usize = 100;

/// Hashes and verifies. Clones share the limits.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    /// A flood of sign-ins must leave the other tasks their share of the machine.
    turns: Arc<Semaphore>,
    /// Those whose turn it is, and those who wait.
    line: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let at_once = cores.div_ceil(2);
        Self {
            turns: Arc::new(Semaphore::new(at_once)),
            line: Arc::new(Semaphore::new(at_once + WAITING_MAX)),
        }
    }

    /// A password as it is stored.
    pub(super) async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        self.run(move || {
            let hash = argon2()?.hash_password(password.as_bytes()).map_err(internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one of `hash`. Without a hash it isn't, after the same work.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Error> {
        let password = password.to_owned();
        self.run(move || {
            let stored = PasswordHash::new(hash.as_deref().unwrap_or(NOBODYS)).map_err(internal)?;
            let matches = argon2()?.verify_password(password.as_bytes(), &stored).is_ok();
            Ok(matches && hash.is_some())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _place = self.line.try_acquire().map_err(|_| Error::Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(internal)?;
        // The turn ends with the work, which goes on when nobody waits for it any more.
        task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(internal)?
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("password hashing: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_verified_by_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            passwords
                .verify("correct horse", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct horsf", Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_hash_can_be_verified_against_and_lets_nobody_in() {
        assert!(!Passwords::new().verify("anything", None).await.unwrap());
    }
}

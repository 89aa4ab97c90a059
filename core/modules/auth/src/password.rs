//! Password hashes: argon2id, a few at a time, away from the threads that serve requests.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::error::Error;

/// Each hash takes 19 MiB and a core for some 20 ms (the minimum that OWASP recommends).
const CONCURRENT_HASHES: usize = 2;
const DUMMY_SALT: &[u8; 16] = b"no such account.";
const HASH_BYTES: usize = 32;

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Passwords {
    /// Returns a hasher that keeps at most two cores busy.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(CONCURRENT_HASHES)))
    }

    /// Returns the hash to store for `password`.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            Ok(hash.map_err(hashing)?.to_string())
        })
        .await
    }

    /// Returns whether `password` has this hash; without one it says no after the same work.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        self.run(move || match hash {
            Some(hash) => is_hash_of(&password, &hash),
            None => waste_time(&password),
        })
        .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: FnOnce() -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.0).acquire_owned().await;
        // The permit ends with the work, not with the caller, who may go away before.
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await?
    }
}

fn is_hash_of(password: &str, hash: &str) -> Result<bool, Error> {
    let hash = PasswordHash::new(hash).map_err(hashing)?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(hashing(error)),
    }
}

fn waste_time(password: &str) -> Result<bool, Error> {
    let mut hash = [0; HASH_BYTES];
    Argon2::default()
        .hash_password_into(password.as_bytes(), DUMMY_SALT, &mut hash)
        .map_err(hashing)?;
    std::hint::black_box(hash);
    Ok(false)
}

fn hashing(error: impl std::fmt::Display) -> Error {
    Error::Hashing(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let verify = |password: &str| passwords.verify(password.to_owned(), Some(hash.clone()));
        assert!(verify("correct horse").await.unwrap());
        assert!(!verify("battery staple").await.unwrap());
    }

    #[tokio::test]
    async fn the_same_password_never_has_the_same_hash_twice() {
        let passwords = Passwords::new();
        let first = passwords.hash("correct horse".to_owned()).await.unwrap();
        let second = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert_ne!(first, second);
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new();
        assert!(!passwords.verify(String::new(), None).await.unwrap());
    }
}

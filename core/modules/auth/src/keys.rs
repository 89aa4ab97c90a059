//! The RSA keys that sign access tokens: one file each, the newest signs, all of them verify.
//!
//! A key is replaced by adding a file; tokens of the older keys stay good until their file is gone.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use faultmaven_kit::SharedClock;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use tokio::time::Instant;

mod file;

use crate::error::Error;

/// A token that names an unknown key makes the folder be read again, but not more often than this.
const REREAD_PAUSE: Duration = Duration::from_secs(5);
const MODULUS_MIN_BYTES: usize = 2_048 / 8;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the key directory {0:?} cannot be used")]
    Directory(PathBuf, #[source] std::io::Error),
    #[error("the key file {0:?} cannot be read")]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("the key file {0:?} holds no RSA private key in PEM form")]
    NotAKey(PathBuf, #[source] jsonwebtoken::errors::Error),
    #[error("the key in {0:?} has fewer than 2048 bits")]
    TooShort(PathBuf),
    #[error("no key can be generated")]
    Generation,
}

/// All keys of the folder.
#[derive(Clone)]
pub(crate) struct KeyRing(Arc<Inner>);

struct Inner {
    directory: PathBuf,
    keys: RwLock<Arc<[SigningKey]>>,
    last_read: Mutex<Instant>,
}

/// One key.
pub(crate) struct SigningKey {
    pub(crate) public: PublicKey,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
}

/// The part of a key that everybody may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// The RFC 7638 thumbprint, so that a key has the same id wherever its file is copied.
    pub(crate) key_id: String,
    /// Base64url.
    pub(crate) modulus: String,
    /// Base64url.
    pub(crate) exponent: String,
}

impl KeyRing {
    /// Reads the keys of `directory`; when there is none, makes one.
    pub(crate) async fn open(directory: PathBuf, clock: SharedClock) -> Result<Self, Error> {
        let (directory, keys) = tokio::task::spawn_blocking(move || {
            let mut keys = read(&directory)?;
            if keys.is_empty() {
                file::generate(&directory, clock.now())?;
                keys = read(&directory)?;
            }
            Ok::<_, KeyError>((directory, keys))
        })
        .await??;
        Ok(Self(Arc::new(Inner {
            directory,
            keys: RwLock::new(keys.into()),
            last_read: Mutex::new(Instant::now()),
        })))
    }

    /// Returns all keys, the one that signs first.
    pub(crate) fn keys(&self) -> Arc<[SigningKey]> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }

    /// Reads the folder again, unless that was done a moment ago.
    pub(crate) async fn reread(&self) -> Result<(), Error> {
        if !self.may_reread() {
            return Ok(());
        }
        let directory = self.0.directory.clone();
        let keys = tokio::task::spawn_blocking(move || read(&directory)).await??;
        // An empty folder would sign nobody in; the keys in memory still do.
        if !keys.is_empty() {
            *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
        }
        Ok(())
    }

    fn may_reread(&self) -> bool {
        let last_read = self.0.last_read.lock();
        let mut last_read = last_read.unwrap_or_else(PoisonError::into_inner);
        if last_read.elapsed() < REREAD_PAUSE {
            return false;
        }
        *last_read = Instant::now();
        true
    }
}

/// Returns the keys of a directory, newest first.
fn read(directory: &Path) -> Result<Vec<SigningKey>, KeyError> {
    let files = file::list(directory)?;
    files
        .into_iter()
        .map(|(path, pem)| SigningKey::parse(&path, &pem))
        .collect()
}

impl SigningKey {
    fn parse(path: &Path, pem: &[u8]) -> Result<Self, KeyError> {
        let not_a_key = |error| KeyError::NotAKey(path.to_owned(), error);
        let encoding = EncodingKey::from_rsa_pem(pem).map_err(not_a_key)?;
        let jwk = Jwk::from_encoding_key(&encoding, Algorithm::RS256).map_err(not_a_key)?;
        let key_id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(not_a_key)?;
        let decoding = DecodingKey::from_jwk(&jwk).map_err(not_a_key)?;
        let AlgorithmParameters::RSA(numbers) = jwk.algorithm else {
            return Err(not_a_key(
                jsonwebtoken::errors::ErrorKind::InvalidKeyFormat.into(),
            ));
        };
        // Base64 holds six bits in a character.
        if numbers.n.len() * 6 / 8 < MODULUS_MIN_BYTES {
            return Err(KeyError::TooShort(path.to_owned()));
        }
        Ok(Self {
            public: PublicKey {
                key_id,
                modulus: numbers.n,
                exponent: numbers.e,
            },
            encoding,
            decoding,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use faultmaven_kit::ManualClock;

    use super::*;

    async fn open(directory: &Path) -> Result<KeyRing, Error> {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        KeyRing::open(directory.to_owned(), clock).await
    }

    #[tokio::test]
    async fn a_key_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join("keys");
        let first = open(&directory).await.unwrap().keys()[0].public.clone();
        let again = open(&directory).await.unwrap().keys()[0].public.clone();
        assert_eq!(first, again);
        let files: Vec<_> = std::fs::read_dir(&directory).unwrap().flatten().collect();
        assert_eq!(files.len(), 1);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&files[0].path()), 0o600);
        assert_eq!(mode(&directory), 0o700);
    }

    #[tokio::test]
    async fn a_newer_file_signs_and_the_older_one_still_verifies() {
        let data = tempfile::tempdir().unwrap();
        let ring = open(data.path()).await.unwrap();
        let old = ring.keys()[0].public.clone();
        let later = DateTime::UNIX_EPOCH + Duration::from_secs(60);
        file::generate(data.path(), later).unwrap();
        *ring.0.last_read.lock().unwrap() = Instant::now() - REREAD_PAUSE;
        ring.reread().await.unwrap();
        let keys = ring.keys();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0].public, old);
        assert_eq!(keys[1].public, old);
    }

    #[tokio::test]
    async fn a_file_that_holds_no_key_is_named() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("access-20260101T000000Z.pem");
        std::fs::write(&path, "-----BEGIN PRIVATE KEY-----\n").unwrap();
        let Err(Error::Keys(error)) = open(data.path()).await else {
            panic!("a broken key was accepted");
        };
        assert!(error.to_string().contains("access-20260101T000000Z.pem"));
    }
}

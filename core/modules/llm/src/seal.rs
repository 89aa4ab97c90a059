//! Values of placeholders are stored sealed: AES-256-GCM with a random nonce in front.
//!
//! The key is `keys/redaction.key` in the data directory, 64 hexadecimal digits.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faultmaven_kit::private_file;

const FILE: &str = "redaction.key";
const KEY_BYTES: usize = 32;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the key of redaction {0:?} cannot be read or made")]
    File(std::path::PathBuf, #[source] std::io::Error),
    #[error("the key of redaction {0:?} must be 64 hexadecimal digits; restore it from a backup")]
    NotAKey(std::path::PathBuf),
    #[error("no key can be generated")]
    Generation,
}

/// A value cannot be sealed or opened, for instance because the key is another one.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a value of the redaction map does not open with the key in keys/redaction.key")]
pub(crate) struct SealError;

/// Seals and opens values.
#[derive(Debug)]
pub(crate) struct Seal(RandomizedNonceKey);

impl Seal {
    /// Reads the key of `directory`; when there is none, makes one.
    pub(crate) async fn open(
        directory: &Path,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let directory = directory.to_owned();
        Ok(tokio::task::spawn_blocking(move || Self::read_or_make(&directory)).await??)
    }

    fn read_or_make(directory: &Path) -> Result<Self, KeyError> {
        let path = directory.join(FILE);
        let unusable = |error| KeyError::File(path.clone(), error);
        let digits = match std::fs::read_to_string(&path) {
            Ok(digits) => digits,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let digits = new_key()?;
                private_file::write(directory, FILE, &digits).map_err(unusable)?;
                digits
            }
            Err(error) => return Err(unusable(error)),
        };
        let key = hex::decode(digits.trim()).ok();
        let key = key.and_then(|key| RandomizedNonceKey::new(&AES_256_GCM, &key).ok());
        key.map(Self).ok_or(KeyError::NotAKey(path))
    }

    /// Returns `value` sealed; it opens for the same `owner` only.
    pub(crate) fn seal(&self, owner: &str, value: &str) -> Result<String, SealError> {
        let mut bytes = value.as_bytes().to_vec();
        let sealed = self
            .0
            .seal_in_place_append_tag(Aad::from(owner), &mut bytes);
        let nonce = sealed.map_err(|_| SealError)?;
        Ok(STANDARD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// Returns a sealed value.
    pub(crate) fn unseal(&self, owner: &str, sealed: &str) -> Result<String, SealError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealError)?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?;
        let mut rest = rest.to_vec();
        let opened = self
            .0
            .open_in_place(Nonce::from(nonce), Aad::from(owner), &mut rest);
        let opened = opened.map_err(|_| SealError)?;
        String::from_utf8(opened.to_vec()).map_err(|_| SealError)
    }
}

fn new_key() -> Result<String, KeyError> {
    let mut key = [0; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| KeyError::Generation)?;
    Ok(hex::encode(key))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_value_opens_for_its_owner_alone_and_after_a_restart() {
        let dir = TempDir::new().unwrap();
        let seal = Seal::read_or_make(dir.path()).unwrap();
        let sealed = seal.seal("case_1", "10.20.4.17").unwrap();
        assert_ne!(sealed, seal.seal("case_1", "10.20.4.17").unwrap());
        let again = Seal::read_or_make(dir.path()).unwrap();
        assert_eq!(again.unseal("case_1", &sealed).unwrap(), "10.20.4.17");
        assert!(again.unseal("case_2", &sealed).is_err());
        assert!(again.unseal("case_1", "c2hvcnQ=").is_err());
    }

    #[test]
    fn a_broken_key_is_not_replaced() {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join(FILE), "abc").unwrap();
        let error = Seal::read_or_make(dir.path()).unwrap_err();
        assert!(
            error.to_string().contains("64 hexadecimal digits"),
            "{error}"
        );
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), b"abc");
    }
}

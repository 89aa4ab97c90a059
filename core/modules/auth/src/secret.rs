//! Opaque secrets: handed out once, kept as a hash.

use faultmaven_kit::Ids;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// 256 bits, so that a plain hash of a secret reveals nothing of it.
const SECRET_BYTES: usize = 32;
/// What the secret of an API token begins with.
pub(crate) const API_TOKEN_PREFIX: &str = "fm_";

/// A secret before it is handed out.
pub(crate) struct Secret(String);

impl Secret {
    /// Returns a new refresh token.
    pub(crate) fn refresh_token(ids: &Ids) -> Self {
        Self(ids.secret(SECRET_BYTES))
    }

    /// Returns a new authorization code.
    pub(crate) fn code(ids: &Ids) -> Self {
        Self(ids.secret(SECRET_BYTES))
    }

    /// Returns the secret of a new invitation.
    pub(crate) fn invitation(ids: &Ids) -> Self {
        Self(ids.secret(SECRET_BYTES))
    }

    /// Returns a new API token.
    pub(crate) fn api_token(ids: &Ids) -> Self {
        Self(format!("{API_TOKEN_PREFIX}{}", ids.secret(SECRET_BYTES)))
    }

    /// Returns what is stored instead of the secret.
    pub(crate) fn hash(&self) -> String {
        stored_hash(&self.0)
    }

    /// Returns the first characters, to recognise the secret by.
    pub(crate) fn prefix(&self) -> String {
        self.0.chars().take(API_TOKEN_PREFIX.len() + 8).collect()
    }

    /// Returns the secret itself.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

/// Returns the hash under which a presented secret would be stored.
pub(crate) fn stored_hash(secret: &str) -> String {
    hex::encode(digest(secret))
}

/// Returns the SHA-256 of a token.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Returns whether two secrets are the same, in a time that tells nothing of where they differ.
pub(crate) fn is_same(presented: &str, expected: &str) -> bool {
    digest(presented).ct_eq(&digest(expected)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_256_bits_and_a_hash_that_is_not_itself() {
        let secret = Secret::api_token(&Ids::random());
        let (hash, prefix) = (secret.hash(), secret.prefix());
        let revealed = secret.reveal();
        assert_eq!(revealed.len(), 3 + 43);
        assert_eq!(hash, stored_hash(&revealed));
        assert_eq!(prefix, revealed[..11]);
        assert!(!hash.contains(&revealed));
    }

    #[test]
    fn only_equal_secrets_are_the_same() {
        assert!(is_same("setup", "setup"));
        assert!(!is_same("setup", "setup "));
        assert!(!is_same("", "setup"));
    }
}

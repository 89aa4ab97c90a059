//! The SHA-256 of what is read, where the output carries it.

use sha2::{Digest as _, Sha256};

/// A hash that costs nothing when nobody asks for it.
pub(super) struct Hash(Option<Sha256>);

impl Hash {
    /// Returns the hash of nothing so far.
    pub(super) fn wanted(is_wanted: bool) -> Self {
        Self(is_wanted.then(Sha256::new))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some(hash) = &mut self.0 {
            hash.update(bytes);
        }
    }

    /// Returns it in lower-case hex, or nothing when it is not wanted.
    pub(super) fn told(self) -> String {
        self.0
            .map_or_else(String::new, |hash| hex::encode(hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_is_not_hashed() {
        let told = |is_wanted| {
            let mut hash = Hash::wanted(is_wanted);
            hash.update(b"abc");
            hash.told()
        };
        assert!(told(true).starts_with("ba7816bf"), "{}", told(true));
        assert_eq!(told(false), "");
    }
}

//! Identifiers and secrets, from one injectable source.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;

/// Hands out identifiers: random ones in service, counted ones in tests.
#[derive(Debug, Clone)]
pub struct Ids(Source);

#[derive(Debug, Clone)]
enum Source {
    Random,
    Sequential(Arc<AtomicU64>),
}

impl Ids {
    /// Returns the source that every running process uses.
    pub fn random() -> Self {
        Self(Source::Random)
    }

    /// Returns a source that counts, so that tests see the same identifiers each time.
    pub fn sequential() -> Self {
        Self(Source::Sequential(Arc::new(AtomicU64::new(0))))
    }

    /// Returns `<prefix>_` and 12 hexadecimal digits.
    pub fn hex12(&self, prefix: &str) -> String {
        format!("{prefix}_{}", hex::encode(self.bytes::<6>()))
    }

    /// Returns `<prefix>_` and 16 hexadecimal digits.
    pub fn hex16(&self, prefix: &str) -> String {
        format!("{prefix}_{}", hex::encode(self.bytes::<8>()))
    }

    /// Returns a version 4 UUID in its hyphenated form.
    pub fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes::<16>())
            .into_uuid()
            .to_string()
    }

    /// Returns `length` bytes of secret, base64url without padding.
    pub fn secret(&self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::Random => rand::rng().fill_bytes(bytes),
            Source::Sequential(next) => {
                let count = next.fetch_add(1, Ordering::Relaxed) + 1;
                for (byte, digit) in bytes.iter_mut().rev().zip(count.to_le_bytes()) {
                    *byte = digit;
                }
            }
        }
    }
}

/// Returns whether `id` is `<prefix>_` followed by exactly `digits` lower-case hexadecimal digits.
pub fn is_well_formed(prefix: &str, digits: usize, id: &str) -> bool {
    let Some(rest) = id
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
    else {
        return false;
    };
    rest.len() == digits && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_identifiers_are_well_formed_and_differ() {
        let ids = Ids::random();
        let (first, second) = (ids.hex12("case"), ids.hex12("case"));
        assert!(is_well_formed("case", 12, &first));
        assert!(is_well_formed("msg", 16, &ids.hex16("msg")));
        assert_ne!(first, second);
    }

    #[test]
    fn sequential_identifiers_count() {
        let ids = Ids::sequential();
        assert_eq!(ids.hex12("case"), "case_000000000001");
        assert_eq!(ids.hex16("msg"), "msg_0000000000000002");
        assert_eq!(ids.uuid(), "00000000-0000-4000-8000-000000000003");
    }

    #[test]
    fn malformed_identifiers_are_refused() {
        for id in [
            "",
            "case_",
            "case_00000000000g",
            "case_00000000000A",
            "cas_000000000000",
            "case_0000000000000",
        ] {
            assert!(!is_well_formed("case", 12, id), "{id}");
        }
    }

    #[test]
    fn a_secret_holds_the_bytes_asked_for() {
        let secret = Ids::random().secret(32);
        assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), 32);
    }
}

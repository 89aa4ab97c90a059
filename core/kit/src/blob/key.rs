//! The form of blob keys, which can never leave the store's root.

use std::fmt;
use std::str::FromStr;

use super::BlobError;

const MAX_SEGMENTS: usize = 8;
const MAX_SEGMENT_BYTES: usize = 128;
const SHA256_DIGITS: usize = 64;

/// Segments of `A-Z a-z 0-9 _ -` joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPrefix(String);

impl FromStr for BlobPrefix {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, BlobError> {
        if text.split('/').count() <= MAX_SEGMENTS && text.split('/').all(is_segment) {
            return Ok(Self(text.to_owned()));
        }
        Err(BlobError::InvalidKey(text.to_owned()))
    }
}

impl fmt::Display for BlobPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A prefix, `/`, and a SHA-256 in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobKey(String);

impl BlobKey {
    /// Returns the key of the content with this hash below `prefix`.
    pub fn new(prefix: &BlobPrefix, sha256: &str) -> Self {
        Self(format!("{prefix}/{sha256}"))
    }
}

impl FromStr for BlobKey {
    type Err = BlobError;

    fn from_str(text: &str) -> Result<Self, BlobError> {
        let invalid = || BlobError::InvalidKey(text.to_owned());
        let (prefix, hash) = text.rsplit_once('/').ok_or_else(invalid)?;
        let prefix: BlobPrefix = prefix.parse()?;
        let is_hash = hash.len() == SHA256_DIGITS
            && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash {
            Ok(Self::new(&prefix, hash))
        } else {
            Err(invalid())
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_segment(segment: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    (1..=MAX_SEGMENT_BYTES).contains(&segment.len()) && segment.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_leave_the_root_is_a_prefix() {
        for text in [
            "", "/", "..", "a/..", "/etc", "a//b", "a/", ".tmp", "a\\b", "a\0",
        ] {
            assert!(text.parse::<BlobPrefix>().is_err(), "{text:?}");
        }
        assert!("cases/case_0123".parse::<BlobPrefix>().is_ok());
    }

    #[test]
    fn a_key_ends_in_a_hash() {
        let hash = "a".repeat(64);
        assert!(format!("cases/c1/{hash}").parse::<BlobKey>().is_ok());
        for text in [hash.clone(), "cases/c1".into(), format!("../{hash}")] {
            assert!(text.parse::<BlobKey>().is_err(), "{text:?}");
        }
    }
}

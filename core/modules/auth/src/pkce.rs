//! Proof Key for Code Exchange (RFC 7636), method S256 alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret;

const CHALLENGE_LENGTH: usize = 43;
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

/// Returns whether `text` can be the challenge of some verifier.
pub(crate) fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LENGTH && URL_SAFE_NO_PAD.decode(text).is_ok()
}

/// Returns whether `verifier` is the one that `challenge` was made of.
pub(crate) fn verifies(verifier: &str, challenge: &str) -> bool {
    let is_verifier = VERIFIER_LENGTHS.contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    is_verifier && secret::is_same(&URL_SAFE_NO_PAD.encode(secret::digest(verifier)), challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard_verifies() {
        assert!(is_challenge(CHALLENGE));
        assert!(verifies(VERIFIER, CHALLENGE));
    }

    #[test]
    fn nothing_else_does() {
        let other = VERIFIER.replace('d', "e");
        for verifier in ["", CHALLENGE, &other, &VERIFIER[1..], &VERIFIER.repeat(3)] {
            assert!(!verifies(verifier, CHALLENGE), "{verifier}");
        }
        assert!(!is_challenge("plain"));
        assert!(!is_challenge(&"%".repeat(CHALLENGE_LENGTH)));
    }
}

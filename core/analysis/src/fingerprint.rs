//! Signatures: stable fingerprints of kinds of observations.

use sha2::{Digest, Sha256};

use crate::template::Masker;

/// Fingerprint of a masked log message.
pub(crate) fn template(masked: &str) -> String {
    digest("logs", &[masked])
}

/// Fingerprint of a stack trace: language, exception type, application frames without lines.
pub(crate) fn stack(language: &str, exception: &str, frames: &[&str]) -> String {
    let mut parts = vec![language, exception];
    parts.extend_from_slice(frames);
    digest("stack", &parts)
}

/// Fingerprint of a metric: name, label keys, rule.
pub(crate) fn metric<'a>(
    name: &'a str,
    label_keys: impl Iterator<Item = &'a str>,
    rule: &'a str,
) -> String {
    let mut parts = vec![name];
    parts.extend(label_keys);
    parts.push(rule);
    digest("metrics", &parts)
}

/// Fingerprint of a command's output: tool, kind of object, rule.
pub(crate) fn command(tool: &str, object_kind: &str, rule: &str) -> String {
    digest("command_output", &[tool, object_kind, rule])
}

/// Fingerprint of a configuration key: format and key path.
pub(crate) fn config(format: &str, path: &str) -> String {
    digest("config", &[format, path])
}

/// Returns the fingerprint of the shape of a quote: its text with everything variable masked.
pub fn quote_signature(quote: &str) -> String {
    let mut masker = Masker::default();
    masker.mask(quote);
    digest("quote", &[&masker.text])
}

fn digest(family: &str, parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(family.as_bytes());
    for part in parts {
        hasher.update([0]);
        hasher.update(part.as_bytes());
    }
    hex::encode(&hasher.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_do_not_change_a_signature_and_words_do() {
        let one = quote_signature("timeout after 30000ms on node-1");
        assert_eq!(one, quote_signature("timeout after 5ms on node-77"));
        assert_ne!(one, quote_signature("refused after 5ms on node-77"));
        assert_eq!(one.len(), 16);
    }
}

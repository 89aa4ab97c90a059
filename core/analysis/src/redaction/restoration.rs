//! Restoration of a text that comes in pieces.

use super::map::{Notation, PlaceholderMap};
use super::placeholder;

/// Puts values back piece by piece; what comes out does not depend on how the text was cut.
#[derive(Debug)]
pub struct RestorationStream {
    notation: Notation,
    pending: String,
    unknown: usize,
}

impl RestorationStream {
    /// Starts with nothing.
    pub fn new(notation: Notation) -> Self {
        Self {
            notation,
            pending: String::new(),
            unknown: 0,
        }
    }

    /// Takes the next piece; returns what is settled so far.
    pub fn push(&mut self, piece: &str, map: &PlaceholderMap) -> String {
        self.pending.push_str(piece);
        self.flush(settled(&self.pending), map)
    }

    /// Returns what is left, and how many placeholders the map did not know.
    pub fn finish(mut self, map: &PlaceholderMap) -> (String, usize) {
        let rest = self.flush(self.pending.len(), map);
        (rest, self.unknown)
    }

    fn flush(&mut self, until: usize, map: &PlaceholderMap) -> String {
        let restored = map.restore_as(&self.pending[..until], self.notation);
        self.pending.drain(..until);
        self.unknown += restored.unknown;
        restored.text
    }
}

/// Returns the length of the start of `text` in which no later piece can complete a placeholder.
fn settled(text: &str) -> usize {
    let bytes = text.as_bytes();
    let window = bytes.len().saturating_sub(placeholder::LENGTH_MAX);
    let open = memchr::memchr2_iter(b'<', b'&', &bytes[window..]).map(|at| window + at);
    open.into_iter()
        .find(|at| bytes[at + 1..].iter().all(|byte| may_continue(*byte)))
        .unwrap_or(bytes.len())
}

fn may_continue(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b';' | b'&')
}

#[cfg(test)]
mod tests {
    use super::super::{RedactionOptions, Redactor};
    use super::*;

    #[test]
    fn the_cuts_do_not_matter() {
        let redactor = Redactor::new(RedactionOptions::default()).unwrap();
        let mut map = PlaceholderMap::default();
        let text = "a < b && c; 10.20.4.17 called ada@example.org, ärger&nbsp;10.20.4.18";
        let mut redacted = redactor.redact(text, &mut map).text;
        assert!(!redacted.contains("10.20"));
        redacted = redacted.replace("<IP_ADDRESS_2>", "&lt;IP_ADDRESS_2&gt;");
        for size in 1..20 {
            let mut stream = RestorationStream::new(Notation::Plain);
            let mut out = String::new();
            let letters: Vec<char> = redacted.chars().collect();
            for piece in letters.chunks(size) {
                out += &stream.push(&piece.iter().collect::<String>(), &map);
            }
            let (rest, unknown) = stream.finish(&map);
            assert_eq!((out + &rest, unknown), (text.to_owned(), 0), "{size}");
        }
    }

    #[test]
    fn what_cannot_be_a_placeholder_is_settled_at_once() {
        let map = PlaceholderMap::default();
        let mut stream = RestorationStream::new(Notation::Plain);
        assert_eq!(stream.push("x <= y and <b> z", &map), "x <= y and <b> z");
        assert_eq!(stream.push(" <IP_ADD", &map), " ");
        assert_eq!(stream.push("RESS_7> ", &map), "<IP_ADDRESS_7> ");
        assert_eq!(stream.finish(&map), (String::new(), 1));
    }

    #[test]
    fn values_in_json_are_escaped() {
        let redactor = Redactor::new(RedactionOptions::default()).unwrap();
        let mut map = PlaceholderMap::default();
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----";
        let redacted = redactor.redact(key, &mut map).text;
        let restored = map.restore_as(&format!("{{\"key\": \"{redacted}\"}}"), Notation::Json);
        let json: serde_json::Value = serde_json::from_str(&restored.text).unwrap();
        assert_eq!(json["key"], key);
    }
}

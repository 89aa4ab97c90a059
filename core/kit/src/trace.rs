//! The W3C trace context: which trace a request belongs to.

use std::fmt;

use crate::Ids;

const LENGTH: usize = 55;
/// We do not know whether a collector listens further on, so the choice is left to it.
const SAMPLED: &str = "01";

/// A `traceparent` in its version 00 form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceParent([u8; LENGTH]);

impl TraceParent {
    /// Returns the trace context in a header; later versions are read as version 00.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (head, rest) = bytes.split_first_chunk::<LENGTH>()?;
        let is_whole = rest.is_empty() || (&head[..2] != b"00" && rest[0] == b'-');
        let dashes = [2, 35, 52].map(|place| head[place] == b'-');
        let fields = [&head[..2], &head[3..35], &head[36..52], &head[53..]];
        let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_named = |field: &[u8]| field.iter().any(|byte| *byte != b'0');
        let is_valid = is_whole
            && dashes == [true; 3]
            && fields.iter().all(|field| field.iter().all(is_hex))
            && &head[..2] != b"ff"
            && is_named(fields[1])
            && is_named(fields[2]);
        let mut parent = *head;
        parent[..2].copy_from_slice(b"00");
        is_valid.then_some(Self(parent))
    }

    /// Returns the beginning of a trace of its own.
    pub fn random(ids: &Ids) -> Self {
        let mut parent = [b'-'; LENGTH];
        parent[..2].copy_from_slice(b"00");
        hex(&ids.bytes::<16>(), &mut parent[3..35]);
        hex(&ids.bytes::<8>(), &mut parent[36..52]);
        parent[53..].copy_from_slice(SAMPLED.as_bytes());
        Self(parent)
    }

    /// Returns the value of the header.
    pub fn as_str(&self) -> &str {
        // Both constructors leave only ASCII behind.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the 32 hexadecimal digits that name the trace.
    pub fn trace_id(&self) -> &str {
        self.as_str().get(3..35).unwrap_or_default()
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn hex(bytes: &[u8], digits: &mut [u8]) {
    // The slices above are twice as long as the bytes.
    let _ = hex::encode_to_slice(bytes, digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_parent_is_kept() {
        let parent = TraceParent::parse(PARENT).unwrap();
        assert_eq!(parent.as_str(), PARENT);
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let later = format!("01{}-more", &PARENT[2..]);
        assert_eq!(TraceParent::parse(&later), Some(parent));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        ] {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_new_trace_is_valid() {
        let parent = TraceParent::random(&Ids::random());
        assert_eq!(TraceParent::parse(parent.as_str()), Some(parent));
    }
}

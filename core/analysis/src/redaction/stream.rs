//! Redaction of a text that comes in pieces.

use super::map::PlaceholderMap;
use super::{RedactionCounts, Redactor, assignment, pem};

/// Longest line; the rest of a longer one is looked at as if it were another line.
const LINE_MAX: usize = 1024 * 1024;
const CUT_WINDOW: usize = 64 * 1024;

/// Redacts a text piece by piece; what comes out does not depend on how the text was cut.
#[derive(Debug)]
pub struct RedactionStream<'r> {
    redactor: &'r Redactor,
    pending: String,
    counts: RedactionCounts,
}

impl<'r> RedactionStream<'r> {
    pub(super) fn new(redactor: &'r Redactor) -> Self {
        Self {
            redactor,
            pending: String::new(),
            counts: RedactionCounts::default(),
        }
    }

    /// Takes the next piece; appends to `out` what is settled so far.
    pub fn push(&mut self, piece: &str, map: &mut PlaceholderMap, out: &mut String) {
        self.pending.push_str(piece);
        let settled = settled(&self.pending);
        self.flush(settled, map, out);
    }

    /// Redacts what is left and returns what was replaced.
    pub fn finish(mut self, map: &mut PlaceholderMap, out: &mut String) -> RedactionCounts {
        self.flush(self.pending.len(), map, out);
        self.counts
    }

    fn flush(&mut self, until: usize, map: &mut PlaceholderMap, out: &mut String) {
        if until == 0 {
            return;
        }
        let text = &self.pending[..until];
        self.redactor.replace(text, map, out, &mut self.counts);
        self.pending.drain(..until);
    }
}

/// Returns the parts in which a text is looked at: of whole lines, if these are not overlong.
pub(super) fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let part = &rest[..long_line(rest).unwrap_or(rest.len())];
        let start = at;
        at += part.len();
        Some((start, part))
    })
}

/// Returns the length of the start of `text` that no later piece can change.
fn settled(text: &str) -> usize {
    let bytes = text.as_bytes();
    let Some(last) = memchr::memrchr(b'\n', bytes) else {
        return long_line(text).unwrap_or(0);
    };
    let mut end = last + 1;
    let line = memchr::memrchr(b'\n', &bytes[..last]).map_or(0, |at| at + 1);
    if assignment::awaits_value(&bytes[line..last]) {
        end = line;
    }
    // A block that the rest carries on stays with it, and so does one that is open in front of that.
    let furthest = end.saturating_sub(pem::BLOCK_MAX);
    while end > furthest
        && let Some(start) = pem::open_block(&bytes[..end])
    {
        end = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1);
    }
    end
}

/// Returns where the first overlong line ends its first part, counted from the start of `text`.
fn long_line(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut start = 0;
    while bytes.len() - start > LINE_MAX {
        match memchr::memrchr(b'\n', &bytes[start..start + LINE_MAX]) {
            Some(end) => start += end + 1,
            None => {
                let limit = start + LINE_MAX;
                let window = &bytes[limit - CUT_WINDOW..limit];
                let cut = memchr::memrchr2(b' ', b',', window)
                    .map_or(limit, |at| limit - CUT_WINDOW + at + 1);
                return Some(text.floor_char_boundary(cut));
            }
        }
    }
    None
}

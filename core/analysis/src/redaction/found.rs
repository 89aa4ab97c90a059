//! What was found in a text so far.

use super::kind::SensitiveKind;

/// A sensitive part of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SensitiveSpan {
    pub kind: SensitiveKind,
    pub start: usize,
    pub end: usize,
}

/// A text under search with the spans that rules took from it.
#[derive(Debug)]
pub(super) struct Found<'t> {
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) spans: Vec<SensitiveSpan>,
}

impl<'t> Found<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            spans: Vec::new(),
        }
    }

    /// Notes a span, widened to whole characters.
    pub(super) fn push(&mut self, kind: SensitiveKind, start: usize, end: usize) {
        let start = self.text.floor_char_boundary(start);
        let end = self.text.ceil_char_boundary(end);
        if start < end {
            self.spans.push(SensitiveSpan { kind, start, end });
        }
    }

    /// Returns the spans in order of place without overlap: secrets first, then the longer one.
    pub(super) fn settle(mut self) -> Vec<SensitiveSpan> {
        self.spans.sort_by_key(|span| {
            (
                !span.kind.is_secret(),
                span.start,
                std::cmp::Reverse(span.end),
                span.kind,
            )
        });
        let secrets = self.spans.iter().filter(|span| span.kind.is_secret());
        let personal = self.spans.iter().filter(|span| !span.kind.is_secret());
        let secrets = joined(secrets.copied());
        let personal = joined(personal.copied());
        let mut kept = Vec::with_capacity(secrets.len() + personal.len());
        let mut masks = secrets.iter().copied().peekable();
        for span in personal {
            while let Some(mask) = masks.next_if(|mask| mask.end <= span.start) {
                kept.push(mask);
            }
            if masks.peek().is_none_or(|mask| mask.start >= span.end) {
                kept.push(span);
            }
        }
        kept.extend(masks);
        kept
    }
}

/// Joins spans that overlap; the first, or the one that holds the other, gives the kind.
fn joined(spans: impl Iterator<Item = SensitiveSpan>) -> Vec<SensitiveSpan> {
    let mut joined: Vec<SensitiveSpan> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

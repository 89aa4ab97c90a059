//! What can be told of lines without those before them, so that it may be told on another thread.

use std::ops::Range;

use super::{LogReader, TextLine, Told, clip};
use crate::catalogue::matcher::{PatternCounter, PatternFinder};
use crate::constants::LINE_QUOTE_MAX;
use crate::encoding::Encoding;
use crate::format::{Family, Profile};
use crate::header::{self, Header};
use crate::line::RawLine;
use crate::template::{Masked, Masker};

/// Reads lines ahead of the reader that counts them.
pub(crate) struct AheadReader {
    profile: Profile,
    masker: Masker,
    finder: PatternFinder,
}

/// Lines that were read ahead; their masks and patterns lie in common buffers.
#[derive(Default)]
pub(crate) struct Ahead<'a> {
    /// None for a line that is no UTF-8.
    lines: Vec<Option<LineAhead<'a>>>,
    masks: String,
    params: Vec<(u32, u32)>,
    found: Vec<u32>,
}

struct LineAhead<'a> {
    line: TextLine<'a>,
    header: Header<'a>,
    mask: Range<usize>,
    hash: u64,
    params: Range<usize>,
    found: Range<usize>,
}

impl AheadReader {
    fn new(profile: Profile, finder: PatternFinder) -> Self {
        Self {
            profile,
            masker: Masker::default(),
            finder,
        }
    }

    /// Returns another reader of the same lines.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.profile, self.finder.fresh())
    }

    /// Reads lines that are UTF-8, as far as they are.
    pub(crate) fn read<'a>(&mut self, lines: &[RawLine<'a>]) -> Ahead<'a> {
        let mut ahead = Ahead::default();
        ahead.lines.reserve(lines.len());
        for raw in lines {
            let line = self.line(raw, &mut ahead);
            ahead.lines.push(line);
        }
        ahead
    }

    fn line<'a>(&mut self, raw: &RawLine<'a>, ahead: &mut Ahead<'a>) -> Option<LineAhead<'a>> {
        let text = std::str::from_utf8(raw.bytes).ok()?;
        let cut = Encoding::Utf8.floor_boundary(raw.bytes, LINE_QUOTE_MAX);
        let line = TextLine {
            text,
            quote: &text[..cut],
            raw: raw.bytes,
            start: raw.start,
            end: raw.start + cut as u64,
            number: raw.number,
            carries_on: raw.carries_on,
        };
        let header = header::parse(text, &self.profile);
        self.masker.mask(clip(&header.message));
        let from = (ahead.masks.len(), ahead.params.len(), ahead.found.len());
        ahead.masks.push_str(&self.masker.text);
        ahead.params.extend_from_slice(&self.masker.params);
        self.finder.find(text, &mut ahead.found);
        Some(LineAhead {
            line,
            header,
            mask: from.0..ahead.masks.len(),
            hash: self.masker.hash,
            params: from.1..ahead.params.len(),
            found: from.2..ahead.found.len(),
        })
    }
}

impl LogReader {
    /// Returns whether a line tells what it says without those around it.
    pub(crate) fn reads_alone(&self) -> bool {
        !matches!(self.profile.family, Family::Record(_))
    }

    /// Returns a reader of lines ahead of this one that looks for the same patterns as a counter.
    pub(crate) fn ahead(&self, patterns: &PatternCounter) -> AheadReader {
        AheadReader::new(self.profile, patterns.finder())
    }

    /// Takes a line that was read ahead; returns whether it could be.
    pub(crate) fn line_ahead(
        &mut self,
        ahead: &Ahead<'_>,
        at: usize,
        patterns: &mut PatternCounter,
    ) -> bool {
        let Some(Some(line)) = ahead.lines.get(at) else {
            return false;
        };
        if self.is_piece(&line.line) {
            self.piece(&line.line, patterns);
            return true;
        }
        let told = Told {
            masked: Masked {
                text: &ahead.masks[line.mask.clone()],
                params: &ahead.params[line.params.clone()],
                hash: line.hash,
            },
            found: &ahead.found[line.found.clone()],
        };
        self.parsed(&line.line, &line.header, Some(told), patterns);
        true
    }
}

//! Documents as passages that can be found and quoted.

use std::ops::Range;

mod outline;

use outline::{Block, Section, sections};

/// What passages aim at, in characters.
const TARGET: usize = 1_200;
/// What a passage never exceeds.
const MAX: usize = 3_000;
/// How much of the passage before is repeated.
const OVERLAP: usize = 150;

/// A passage of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The bytes of the document.
    pub(crate) range: Range<usize>,
    /// Chunks under the same heading have the same section.
    pub(crate) section: u32,
    /// The headings above, outermost first.
    pub(crate) heading: String,
}

/// Splits a document at its headings, and what is long between them at paragraphs, lines, words.
pub(crate) fn chunks(content: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for (number, section) in (0..).zip(sections(content)) {
        for range in pack(content, &section) {
            chunks.push(Chunk {
                range,
                section: number,
                heading: section.heading.clone(),
            });
        }
    }
    chunks
}

/// A part of a section that stays together.
struct Piece {
    range: Range<usize>,
    /// Nothing may begin inside, not even what is repeated.
    is_sealed: bool,
}

/// The chunk that is being filled.
struct Open {
    range: Range<usize>,
    chars: usize,
}

fn pack(content: &str, section: &Section) -> Vec<Range<usize>> {
    let mut packed = Vec::new();
    let mut open: Option<Open> = None;
    let mut floor = section.start();
    for piece in pieces(content, section) {
        let filled = match open.take() {
            Some(open) => extended(content, open, &piece, &mut packed),
            None => None,
        };
        let next = || opened(content, &piece, floor);
        open = Some(filled.unwrap_or_else(next));
        if piece.is_sealed {
            floor = piece.range.end;
        }
    }
    packed.extend(open.map(|open| open.range));
    packed
}

/// Adds `piece` to the open chunk, or closes that when it is full.
fn extended(
    content: &str,
    mut open: Open,
    piece: &Piece,
    packed: &mut Vec<Range<usize>>,
) -> Option<Open> {
    let chars = open.chars + count(&content[open.range.end..piece.range.end]);
    if chars > TARGET && (open.chars >= TARGET / 2 || chars > MAX) {
        packed.push(open.range);
        return None;
    }
    open.range.end = piece.range.end;
    open.chars = chars;
    Some(open)
}

/// Opens a chunk with `piece`, and with words before it that stand behind `floor`.
fn opened(content: &str, piece: &Piece, floor: usize) -> Open {
    let chars = count(&content[piece.range.clone()]);
    let before = content.get(floor..piece.range.start).unwrap_or_default();
    let start = piece.range.start - overlap(before, OVERLAP.min(MAX - chars.min(MAX)));
    let range = start..piece.range.end;
    Open {
        chars: count(&content[range.clone()]),
        range,
    }
}

/// Returns the length in bytes of the last whole words of `text` that have at most `max` characters.
fn overlap(text: &str, max: usize) -> usize {
    let Some((at, _)) = text.char_indices().rev().take(max).last() else {
        return 0;
    };
    let tail = &text[at..];
    if at == 0 {
        return tail.trim_start().len();
    }
    let cut = tail.find(char::is_whitespace).unwrap_or(tail.len());
    tail[cut..].trim_start().len()
}

fn pieces(content: &str, section: &Section) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for Block { range, is_fenced } in &section.blocks {
        let chars = count(&content[range.clone()]);
        if chars <= TARGET || (*is_fenced && chars <= MAX) {
            pieces.push(Piece {
                range: range.clone(),
                is_sealed: *is_fenced,
            });
        } else {
            split_lines(content, range, &mut pieces);
        }
    }
    pieces
}

fn split_lines(content: &str, range: &Range<usize>, pieces: &mut Vec<Piece>) {
    let mut start = range.start;
    for line in content[range.clone()].split_inclusive('\n') {
        split_words(content, start..start + line.trim_end().len(), pieces);
        start += line.len();
    }
}

/// Splits a line where it is too long, at spaces if it has any.
fn split_words(content: &str, mut rest: Range<usize>, pieces: &mut Vec<Piece>) {
    while !rest.is_empty() {
        let text = &content[rest.clone()];
        let words = text.trim_start();
        let fitting = text
            .char_indices()
            .nth(TARGET)
            .map_or(text.len(), |(at, _)| at);
        let indent = text.len() - words.len();
        if indent >= fitting {
            rest.start += indent;
            continue;
        }
        let mut end = fitting;
        if fitting < text.len()
            && let Some(space) = text[..fitting].rfind(char::is_whitespace)
            && space > indent
        {
            end = space;
        }
        pieces.push(Piece {
            range: rest.start..rest.start + end,
            is_sealed: false,
        });
        let behind = &text[end..];
        rest.start += end + behind.len() - behind.trim_start().len();
    }
}

fn count(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests;

//! Private keys: PEM blocks over many lines or one, and PEM in base64 once more.

use memchr::memmem;

use super::cursor::{before, is_word, run_end};
use super::found::Found;
use super::kind::SensitiveKind;

/// Ends the first line of a block; kept apart from its beginning, because key types stand between.
pub(super) const HEADER_ENDS: [&str; 2] = ["private key-----", "private key block-----"];
/// `-----BEGIN` in base64.
pub(super) const ENCODED_BEGIN: &str = "LS0tLS1CRUdJTi";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// `PRIVATE` in base64, by its offset modulo three.
const ENCODED_PRIVATE: [&[u8]; 3] = [b"UFJJVkFURSBL", b"SVZBVEUg", b"UklWQVRF"];
const HEADER_MAX: usize = 60;
/// Longest block; a line that ends later does not belong to it.
pub(super) const BLOCK_MAX: usize = 64 * 1024;
const BODY_WORD: usize = 40;
const OPENING_MIN: usize = 24;

/// How far a block of a private key goes.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    None,
    Until(usize),
    /// The text ends before the block does.
    Open(usize),
}

/// Takes the block whose first line ends at `header_end`.
pub(super) fn take(found: &mut Found<'_>, header_end: usize) {
    let Some(start) = header_start(found.bytes, header_end) else {
        return;
    };
    match block(found.bytes, header_end) {
        Block::None => {}
        Block::Until(end) | Block::Open(end) => found.push(SensitiveKind::PrivateKey, start, end),
    }
}

/// Takes base64 that starts at `at`, if it holds a PEM block of a private key.
pub(super) fn take_encoded(found: &mut Found<'_>, at: usize) {
    let bytes = found.bytes;
    let mut end = at;
    while end < bytes.len().min(at + BLOCK_MAX) {
        let stop = run_end(bytes, end, |byte| {
            is_word(byte) || matches!(byte, b'+' | b'/' | b'=' | b'-')
        });
        if stop == end {
            break;
        }
        end = stop;
    }
    let head = &bytes[at..end.min(at + 2 * HEADER_MAX)];
    let private = ENCODED_PRIVATE.iter();
    if before(bytes, at).is_none_or(|byte| !is_word(byte))
        && private
            .into_iter()
            .any(|it| memmem::find(head, it).is_some())
    {
        found.push(SensitiveKind::PrivateKey, at, end);
    }
}

/// Returns where the block starts that `bytes`, a text of whole lines, leaves open.
pub(super) fn open_block(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(BLOCK_MAX);
    let starts = memmem::rfind_iter(&bytes[from..], BEGIN);
    let mut starts = starts.map(|at| from + at);
    starts.find(|start| leaves_open(bytes, *start))
}

fn leaves_open(bytes: &[u8], start: usize) -> bool {
    let head = bytes[start..bytes.len().min(start + HEADER_MAX)].to_ascii_lowercase();
    let Some(name) = memmem::find(&head, b"private key") else {
        return false;
    };
    let dashes = memmem::find(&head[name..], DASHES);
    dashes.is_some_and(|at| {
        let header_end = start + name + at + DASHES.len();
        matches!(block(bytes, header_end), Block::Open(_))
    })
}

fn header_start(bytes: &[u8], header_end: usize) -> Option<usize> {
    let from = header_end.saturating_sub(HEADER_MAX);
    let head = &bytes[from..header_end];
    let start = memmem::rfind(head, BEGIN)?;
    let label = &head[start + BEGIN.len()..head.len().saturating_sub(DASHES.len())];
    // With dashes within, the first line of a block ends earlier, and this is its last one.
    let is_label = !label.contains(&b'\n') && memmem::find(label, DASHES).is_none();
    is_label.then_some(from + start)
}

fn block(bytes: &[u8], header_end: usize) -> Block {
    let limit = bytes.len().min(header_end + BLOCK_MAX);
    let mut end = None;
    let mut at = header_end;
    while at < limit {
        let stop = memchr::memchr(b'\n', &bytes[at..limit]).map_or(limit, |length| at + length);
        let line = &bytes[at..stop];
        let content = line.trim_ascii();
        if at == header_end && !opens_body(content) {
            return Block::None;
        }
        if let Some(found) = memmem::find(line, END) {
            let tail = &line[found + END.len()..];
            let closed = memmem::find(tail, b"-----").map_or(tail.len(), |dashes| dashes + 5);
            return Block::Until(at + found + END.len() + closed);
        }
        if !is_body(content) {
            return end.map_or(Block::None, Block::Until);
        }
        if !content.is_empty() {
            end = Some(at + line.trim_ascii_end().len());
        }
        at = stop + 1;
    }
    match end {
        Some(end) if limit < bytes.len() => Block::Until(end),
        end => Block::Open(end.unwrap_or(header_end)),
    }
}

/// Returns whether the rest of the header's line belongs to the block, not to a sentence about it.
fn opens_body(rest: &[u8]) -> bool {
    let base64 = |byte| is_word(byte) || matches!(byte, b'+' | b'/');
    rest.is_empty() || rest[0] == b'\\' || run_end(rest, 0, base64) >= OPENING_MIN
}

/// Returns whether a line may stand in a block: base64, a header, or base64 behind a log prefix.
fn is_body(line: &[u8]) -> bool {
    let base64 = |byte: &u8| is_word(*byte) || matches!(*byte, b'+' | b'/' | b'=' | b'-');
    let quoted = |byte: &u8| base64(byte) || matches!(*byte, b'\\' | b'"' | b'\'' | b',' | b'|');
    let header = line.split(|&byte| byte == b':').next().unwrap_or(line);
    let named = [&b"Proc-Type"[..], b"DEK-Info", b"Version", b"Comment"];
    let last = line.rsplit(|&byte| byte == b' ').next().unwrap_or(line);
    line.iter().all(quoted)
        || named.contains(&header)
        || (last.len() >= BODY_WORD && last.iter().all(base64))
}

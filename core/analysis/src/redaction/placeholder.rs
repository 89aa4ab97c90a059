//! Placeholders: `<IP_ADDRESS_1>`, and `<IP_ADDRESS_1.2>` for another spelling of the same value.

use std::fmt;

use super::cursor::run_end;
use super::found::Found;
use super::kind::SensitiveKind;

/// What stands in a redacted text instead of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Placeholder {
    pub kind: SensitiveKind,
    /// Counts values of the kind from 1.
    pub number: u32,
    /// Counts spellings of the value from 1.
    pub spelling: u32,
}

/// The brackets of a placeholder, plain or as HTML writes them.
const BRACKETS: [(&str, &str); 2] = [("<", ">"), ("&lt;", "&gt;")];
const NAME_MAX: usize = 16;
const DIGITS_MAX: usize = 10;
/// The longest placeholder in bytes.
pub(super) const LENGTH_MAX: usize = "&lt;_.&gt;".len() + NAME_MAX + 2 * DIGITS_MAX;

impl fmt::Display for Placeholder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<{}_{}", self.kind.as_str(), self.number)?;
        if self.spelling > 1 {
            write!(out, ".{}", self.spelling)?;
        }
        out.write_str(">")
    }
}

impl Placeholder {
    /// Reads the placeholder at the start of `text`, in any case; returns it with its length.
    pub(super) fn read(text: &str) -> Option<(Self, usize)> {
        let (open, close) = BRACKETS.iter().find(|(open, _)| text.starts_with(open))?;
        let body = &text.as_bytes()[open.len()..];
        let name = run_end(body, 0, |byte| byte.is_ascii_alphabetic() || byte == b'_');
        let label = text[open.len()..].get(..name)?.strip_suffix('_')?;
        if label.len() > NAME_MAX {
            return None;
        }
        let kind = SensitiveKind::from_name(label)?;
        let (number, mut at) = read_number(body, name)?;
        let mut spelling = 1;
        if body.get(at) == Some(&b'.') {
            (spelling, at) = read_number(body, at + 1)?;
        }
        let closed = body.get(at..)?.starts_with(close.as_bytes());
        let length = open.len() + at + close.len();
        closed.then_some((
            Self {
                kind,
                number,
                spelling,
            },
            length,
        ))
    }
}

/// Takes everything that a restore would read as a placeholder.
pub(super) fn take_all(found: &mut Found<'_>) {
    for at in memchr::memchr2_iter(b'<', b'&', found.bytes) {
        if let Some((_, length)) = Placeholder::read(&found.text[at..]) {
            found.push(SensitiveKind::Literal, at, at + length);
        }
    }
}

fn read_number(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let end = run_end(bytes, at, |byte| byte.is_ascii_digit()).min(at + DIGITS_MAX);
    let digits = std::str::from_utf8(bytes.get(at..end)?).ok()?;
    Some((digits.parse().ok()?, end))
}

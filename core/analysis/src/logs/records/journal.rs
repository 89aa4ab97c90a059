//! Events of the journal, as `journalctl -o export` writes them.

use super::{Part, Record, TextLine, is_journal_field, is_journal_key, set};
use crate::level::Level;
use crate::time::scan;

/// Bytes in front of a value of several lines, which tell its length with the lowest first.
const LENGTH_BYTES: usize = 8;
/// Longer ones are damaged.
const VALUE_MAX: u64 = 16 << 20;
/// Of those bytes, how many may stand in front of one that looks like the end of a line.
const BROKEN_BEFORE: usize = 2;
/// Bytes of the lines behind the first one of a message that are kept, to the end of a line.
const REST_MAX: usize = 64 << 10;
/// How an event begins.
const OPENS: &str = "__CURSOR=";

/// A value that stands behind its length instead of an equals sign.
#[derive(Debug)]
pub(super) struct Value {
    is_message: bool,
    /// What was read of the length.
    length: Vec<u8>,
    /// Where it stands.
    start: Option<u64>,
    /// Where the value ends; none when the length is not to be read.
    end: Option<u64>,
    has_begun: bool,
}

impl Value {
    fn new(is_message: bool) -> Self {
        Self {
            is_message,
            length: Vec::with_capacity(LENGTH_BYTES),
            start: None,
            end: None,
            has_begun: false,
        }
    }

    /// Returns whether a line is of the value, whose last end of line may have one behind it.
    fn holds(&self, line: &TextLine<'_>) -> bool {
        match self.end {
            _ if !self.has_begun => true,
            Some(end) => line.start <= end,
            None => !is_journal_field(line.text),
        }
    }

    /// Takes the length from the first line; returns what is left of it, unless a byte of the length has
    /// ended the line.
    fn begin<'a>(&mut self, line: &TextLine<'a>) -> Option<TextLine<'a>> {
        let start = *self.start.get_or_insert(line.start);
        let read = self.length.len();
        // What has ended the line before belongs to the length.
        match (line.start - start).saturating_sub(read as u64) {
            0 => {}
            1 => self.length.push(b'\n'),
            _ => self.length.extend(b"\r\n"),
        }
        let left = LENGTH_BYTES.saturating_sub(self.length.len());
        let of_length = &line.raw[..left.min(line.raw.len())];
        self.length.extend(of_length);
        if line.raw.len() < left && self.length.len() <= BROKEN_BEFORE {
            return None;
        }
        self.has_begun = true;
        let length = number(&self.length).filter(|&it| it <= VALUE_MAX);
        self.end = length.map(|length| start + LENGTH_BYTES as u64 + length);
        Some(behind_zeros(line, of_length))
    }
}

/// Returns a line without what its first bytes are up to the last zero, as the highest byte of a length is.
fn behind_zeros<'a>(line: &TextLine<'a>, first: &[u8]) -> TextLine<'a> {
    let zeros = memchr::memchr_iter(0, first).count();
    let in_text = line.text.match_indices('\0').take(zeros).last();
    let (Some((in_text, _)), Some(in_raw)) = (in_text, memchr::memrchr(0, first)) else {
        return *line;
    };
    TextLine {
        text: &line.text[in_text + 1..],
        quote: line.quote.get(in_text + 1..).unwrap_or_default(),
        raw: &line.raw[in_raw + 1..],
        start: line.start + in_raw as u64 + 1,
        ..*line
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

impl Record {
    pub(super) fn take_journal(&mut self, line: &TextLine<'_>) -> Part {
        if let Some(value) = self.value.take().filter(|it| it.holds(line)) {
            return self.take_value(value, line);
        }
        if line.carries_on {
            return match self.described {
                true => Part::Continuation,
                false => Part::Field,
            };
        }
        let text = line.text;
        if text.is_empty() || text.starts_with(OPENS) {
            if self.kept {
                return Part::End;
            }
            self.clear();
        }
        self.described = text.starts_with("MESSAGE=");
        match text.split_once('=') {
            Some(("MESSAGE", _)) => self.keep(line, "MESSAGE=".len()),
            Some((key, value)) if is_journal_key(key) => self.journal_field(key, value),
            None if is_journal_key(text) => self.value = Some(Value::new(text == "MESSAGE")),
            _ if self.kept => return Part::Continuation,
            _ => {}
        }
        Part::Field
    }

    fn take_value(&mut self, mut value: Value, line: &TextLine<'_>) -> Part {
        let is_message = value.is_message;
        let goes_on = value.has_begun;
        if goes_on && is_message {
            self.go_on(line);
        } else if !goes_on
            && let Some(line) = value.begin(line)
            && is_message
        {
            self.keep(&line, 0);
        }
        self.value = Some(value);
        match goes_on && is_message {
            true => Part::Continuation,
            false => Part::Field,
        }
    }

    /// Keeps a line of a message behind its first one.
    fn go_on(&mut self, line: &TextLine<'_>) {
        if self.rest.len() >= REST_MAX || line.carries_on && self.rest.is_empty() {
            return;
        }
        if !line.carries_on {
            self.rest.push('\n');
        }
        self.rest.push_str(line.text);
    }

    fn journal_field(&mut self, key: &str, value: &str) {
        match key {
            "__REALTIME_TIMESTAMP" => self.stamp = scan(value.as_bytes()),
            "PRIORITY" => self.level = value.parse().ok().map(Level::from_syslog),
            "SYSLOG_IDENTIFIER" => set(&mut self.component, value),
            "_COMM" if self.component.is_empty() => set(&mut self.component, value),
            "_HOSTNAME" => set(&mut self.host, value),
            "_PID" => set(&mut self.pid, value),
            _ => {}
        }
    }
}

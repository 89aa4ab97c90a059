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
/// Bytes of the lines behind the first one of a message that are kept.
const REST_MAX: usize = 64 << 10;
/// How an event begins, whatever the length of the value before it tells.
const OPENS: &str = "__CURSOR=";

/// A value that stands behind its length instead of an equals sign.
#[derive(Debug)]
pub(super) struct Value {
    is_message: bool,
    /// What was read of the length.
    length: String,
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
            length: String::new(),
            start: None,
            end: None,
            has_begun: false,
        }
    }

    /// Returns whether a line is of the value.
    fn holds(&self, line: &TextLine<'_>) -> bool {
        match self.end {
            _ if !self.has_begun => true,
            Some(end) => line.start < end && !line.text.starts_with(OPENS),
            None => !is_journal_field(line.text),
        }
    }

    /// Takes the length from the first line; returns where the value begins in it, unless a byte of
    /// the length has ended the line.
    fn begin(&mut self, line: &TextLine<'_>) -> Option<usize> {
        let start = *self.start.get_or_insert(line.start);
        let left = LENGTH_BYTES.saturating_sub(self.length.chars().count());
        if line.text.chars().count() <= BROKEN_BEFORE.min(left.saturating_sub(1)) {
            self.length.push_str(line.text);
            self.length.push('\n');
            return None;
        }
        let head = line.text.char_indices().take(left);
        // All but the first bytes are zero in practice.
        let zero = head.filter(|(_, letter)| *letter == '\0').last();
        let at = zero.map_or(0, |(at, _)| at + 1);
        self.length.push_str(&line.text[..at]);
        let length = number(&self.length).filter(|&it| it <= VALUE_MAX);
        self.end = length.map(|length| start + LENGTH_BYTES as u64 + length);
        self.has_begun = true;
        Some(at)
    }
}

/// Reads a length, unless a byte of it was no letter of the encoding.
fn number(written: &str) -> Option<u64> {
    let bytes = written
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok());
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

impl Record {
    pub(super) fn take_journal(&mut self, line: &TextLine<'_>) -> Part {
        if let Some(value) = self.value.take().filter(|it| it.holds(line)) {
            return self.take_value(value, line);
        }
        let text = line.text;
        let begins_another = text.is_empty() || text.starts_with(OPENS);
        if begins_another && self.kept {
            return Part::End;
        }
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
        if goes_on && is_message && self.rest.len() + line.text.len() < REST_MAX {
            self.rest.push('\n');
            self.rest.push_str(line.text);
        } else if !goes_on
            && let Some(at) = value.begin(line)
            && is_message
        {
            self.keep(line, at);
        }
        self.value = Some(value);
        match goes_on && is_message {
            true => Part::Continuation,
            false => Part::Field,
        }
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

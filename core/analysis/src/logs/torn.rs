//! Messages of which Docker's `json-file` driver writes a line for each 16 KiB, and of which only
//! the last line ends in a line feed. All of them bear the time of the first.

use super::TextLine;

/// Bytes at the end of a long line in which its stream stands behind the message.
const TAIL: usize = 256;
/// What stands between the message and the name of the stream.
const STREAM: &str = "\",\"stream\":\"";
/// What stands in front of the time behind them.
const TIME: &str = "\"time\":\"";

/// The end of the last line, when it was too long to be read at once, as all but the last lines of
/// such a message are.
#[derive(Debug, Default)]
pub(super) struct Torn {
    tail: String,
}

impl Torn {
    /// Takes a part of a line behind its beginning.
    pub(super) fn rest(&mut self, text: &str) {
        self.tail.push_str(text);
        let surplus = self.tail.len().saturating_sub(TAIL);
        let at = self.tail.ceil_char_boundary(surplus);
        self.tail.drain(..at);
    }

    /// Returns whether a line that begins goes on with the message of the line before.
    pub(super) fn is_carried_on(&mut self, line: &TextLine<'_>) -> bool {
        if self.tail.is_empty() {
            return false;
        }
        let before = Ending::of(&self.tail);
        let carried_on = before.is_some_and(|before| {
            let same = |it: Ending<'_>| (it.stream, it.time) == (before.stream, before.time);
            !before.is_whole
                && line.text.starts_with("{\"log\":\"")
                && Ending::of(line.text).is_none_or(same)
        });
        self.tail.clear();
        carried_on
    }
}

/// How the message of a record ends, and when and on which stream it was written.
struct Ending<'a> {
    is_whole: bool,
    stream: &'a str,
    time: &'a str,
}

impl<'a> Ending<'a> {
    fn of(record: &'a str) -> Option<Self> {
        let (message, behind) = record.rsplit_once(STREAM)?;
        let stream = behind.split('"').next()?;
        let (_, time) = behind.split_once(TIME)?;
        let time = time.split('"').next()?;
        let escapes = message.strip_suffix('n').map_or(0, |it| {
            it.bytes().rev().take_while(|&byte| byte == b'\\').count()
        });
        Some(Self {
            is_whole: escapes % 2 == 1,
            stream,
            time,
        })
    }
}

//! Events that are written as several lines: journald export, Windows event text, .NET console,
//! slow statements of MySQL.

mod console;
mod journal;
mod slow;

use std::borrow::Cow;

use journal::Value;

use super::TextLine;
use crate::format::Profile;
use crate::header::{self, Header};
use crate::level::Level;
use crate::time::{Stamp, Year, scan};

/// Layout of the fields of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `KEY=value`, an empty line behind each event.
    JournalExport,
    /// `Key: value` with the description last.
    WindowsEvent,
    /// `fail: Name[0]`, the message indented below.
    DotnetConsole,
    /// `# Query_time: …`, the statement below it.
    MysqlSlow,
}

/// Returns the layout of the first lines.
pub(crate) fn layout(lines: &[&str]) -> Option<Layout> {
    let lines = &lines[..lines.len().min(40)];
    let holds = |start: &str| {
        let mut lines = lines.iter();
        lines.any(|line| line.trim_start().starts_with(start))
    };
    let fields = lines.iter().filter(|line| is_journal_field(line)).count();
    if holds("__REALTIME_TIMESTAMP=") && fields * 2 >= lines.len() {
        return Some(Layout::JournalExport);
    }
    let told = ["Log Name:", "Source:", "Date:", "Event ID:", "Level:"];
    let first = lines.first()?.trim_start_matches('\u{feff}').trim_start();
    let opens = first.starts_with("Event[") || first.starts_with("Log Name:");
    if opens && told.iter().all(|start| holds(start)) {
        return Some(Layout::WindowsEvent);
    }
    if slow::looks_like(lines) {
        return Some(Layout::MysqlSlow);
    }
    console::looks_like(lines).then_some(Layout::DotnetConsole)
}

fn is_journal_field(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, _)| is_journal_key(key))
}

fn is_journal_key(key: &str) -> bool {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !key.is_empty() && key.len() <= 64 && key.bytes().all(upper)
}

/// What a line is within its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A field, or nothing.
    Field,
    /// The line with the message; all fields are known.
    Message,
    /// The event that is kept is whole.
    End,
    /// Goes on with the message.
    Continuation,
}

/// Fields of the event that is open; its buffers are used again for the next.
#[derive(Debug)]
pub(crate) struct Record {
    layout: Layout,
    stamp: Option<Stamp>,
    level: Option<Level>,
    component: String,
    host: String,
    pid: String,
    /// The line with the message, kept until the event ends.
    message: String,
    quoted: usize,
    place: (u64, u64, u64),
    /// Where the message starts in its line.
    message_at: usize,
    kept: bool,
    /// The lines behind that of the message, each behind an end of line.
    rest: String,
    /// A value of the journal that may take several lines.
    value: Option<Value>,
    /// Whether the next line is the value.
    binary: bool,
    /// Whether what follows belongs to the message.
    described: bool,
}

impl Record {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            layout,
            stamp: None,
            level: None,
            component: String::new(),
            host: String::new(),
            pid: String::new(),
            message: String::new(),
            quoted: 0,
            place: (0, 0, 0),
            message_at: 0,
            kept: false,
            rest: String::new(),
            value: None,
            binary: false,
            described: false,
        }
    }

    /// Takes the next line.
    pub(crate) fn take(&mut self, line: &TextLine<'_>) -> Part {
        match self.layout {
            Layout::JournalExport => self.take_journal(line),
            Layout::WindowsEvent => self.take_windows(line),
            Layout::DotnetConsole => self.take_console(line),
            Layout::MysqlSlow => self.take_slow(line),
        }
    }

    /// Returns a line that goes on with the message, without what the runtime put in front.
    pub(crate) fn continued<'a>(&self, line: &TextLine<'a>) -> TextLine<'a> {
        match self.layout {
            Layout::DotnetConsole => TextLine {
                text: console::unstamped(line.text).rest,
                ..*line
            },
            _ => *line,
        }
    }

    /// Returns whether an event waits for its end.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Returns the line with the message of the kept event.
    pub(crate) fn kept_line(&self) -> TextLine<'_> {
        let (start, end, number) = self.place;
        TextLine {
            text: &self.message,
            quote: self.message.get(..self.quoted).unwrap_or(&self.message),
            raw: self.message.as_bytes(),
            start,
            end,
            number,
            carries_on: false,
        }
    }

    /// Returns what the fields of the kept event tell, and what its message tells itself.
    pub(crate) fn kept_header<'a>(&'a self, profile: &Profile) -> Header<'a> {
        let mut header = self.header(&self.message);
        if self.layout == Layout::JournalExport {
            header.source = header.pid.unwrap_or(&self.component);
            header::read_record(&mut header, profile);
            header.trace = (!self.rest.is_empty()).then_some(Cow::Borrowed(self.rest.as_str()));
        }
        header
    }

    /// Returns what the fields tell of a message.
    pub(crate) fn header<'a>(&'a self, text: &'a str) -> Header<'a> {
        let filled = |text: &'a String| Some(text.as_str()).filter(|text| !text.is_empty());
        Header {
            stamp: self.stamp,
            level: self.level,
            component: filled(&self.component).map(Cow::Borrowed),
            host: filled(&self.host),
            pid: filled(&self.pid),
            message: Cow::Borrowed(text.get(self.message_at..).unwrap_or(text)),
            ..Header::default()
        }
    }

    /// Forgets the event.
    pub(crate) fn clear(&mut self) {
        (self.stamp, self.level) = (None, None);
        self.component.clear();
        self.host.clear();
        self.pid.clear();
        self.message.clear();
        self.message_at = 0;
        self.rest.clear();
        self.value = None;
        (self.kept, self.binary, self.described) = (false, false, false);
    }

    fn keep(&mut self, line: &TextLine<'_>, message_at: usize) {
        set(&mut self.message, line.text);
        self.quoted = line.quote.len();
        self.place = (line.start, line.end, line.number);
        self.message_at = message_at;
        self.kept = true;
    }

    fn take_windows(&mut self, line: &TextLine<'_>) -> Part {
        let text = line.text.trim_start_matches('\u{feff}').trim();
        if is_event_start(text) {
            self.clear();
            return Part::Field;
        }
        if self.described {
            return if text.is_empty() {
                Part::Field
            } else {
                Part::Continuation
            };
        }
        if self.binary && !text.is_empty() {
            self.describe(line);
            return Part::Message;
        }
        let Some((key, value)) = text.split_once(':') else {
            return Part::Field;
        };
        let value = value.trim();
        match key {
            "Source" => set(&mut self.component, value),
            "Date" => self.stamp = date(value),
            "Level" => self.level = Level::from_word(value),
            "Computer" => set(&mut self.host, value),
            "Description" if value.is_empty() => self.binary = true,
            "Description" => {
                self.describe(line);
                self.message_at = line.text.find(value).unwrap_or(0);
                return Part::Message;
            }
            _ => {}
        }
        Part::Field
    }

    fn take_console(&mut self, line: &TextLine<'_>) -> Part {
        let told = console::unstamped(line.text);
        if let Some((level, name)) = console::head(told.rest) {
            self.clear();
            (self.stamp, self.level) = (told.stamp, Some(level));
            set(&mut self.component, name);
            self.binary = true;
            return Part::Field;
        }
        let is_message = std::mem::take(&mut self.binary);
        if console::is_indented(told.rest) && !is_message {
            return Part::Continuation;
        }
        if !is_message {
            self.clear();
            self.stamp = told.stamp;
        }
        self.message_at = told.at + told.rest.len() - told.rest.trim_start().len();
        Part::Message
    }

    fn describe(&mut self, line: &TextLine<'_>) {
        self.message_at = line.text.len() - line.text.trim_start().len();
        (self.binary, self.described) = (false, true);
    }
}

fn set(buffer: &mut String, value: &str) {
    buffer.clear();
    buffer.push_str(value);
}

fn is_event_start(text: &str) -> bool {
    let numbered = text.starts_with("Event[") && text.trim_end_matches(':').ends_with(']');
    numbered || text.starts_with("Log Name:")
}

/// Reads a time stamp, also as `3/4/2025 2:05:00 PM`.
fn date(value: &str) -> Option<Stamp> {
    let american = || {
        let time = chrono::NaiveDateTime::parse_from_str(value, "%m/%d/%Y %I:%M:%S %p").ok()?;
        Some(Stamp {
            year: Year::Known(chrono::Datelike::year(&time)),
            month: chrono::Datelike::month(&time),
            day: chrono::Datelike::day(&time),
            micros: i64::from(chrono::Timelike::num_seconds_from_midnight(&time)) * 1_000_000,
            offset: None,
            length: value.len(),
        })
    };
    american().or_else(|| scan(value.as_bytes()))
}

#[cfg(test)]
mod tests;

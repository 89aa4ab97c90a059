//! Lines that carry on the event before them, with or without the head of a collector in front.

use super::previous::Previous;
use super::stacks::{self, is_exception_head};
use super::text_line::clip;
use super::{LogReader, TextLine, Told, statements};
use crate::catalogue::matcher::PatternCounter;
use crate::header::Header;
use crate::level::Level;
use crate::template::FormTable;

/// Microseconds within which a program writes an event and the trace that belongs to it.
const TOGETHER: i64 = 1_000_000;

impl LogReader {
    /// Whether a line belongs to the event before it.
    pub(super) fn is_continued_by(&self, line: &TextLine<'_>, header: &Header<'_>) -> bool {
        match &header.bare {
            Some(bare) => self.is_carried_on(bare, header),
            None => !header.is_head() && self.continues(line.text),
        }
    }

    /// Whether a program's line, which its collector gave a head, belongs to the event before it.
    fn is_carried_on(&self, text: &str, header: &Header<'_>) -> bool {
        let same = |it: &&Previous| it.source == header.source;
        let Some(previous) = self.previous.as_ref().filter(same) else {
            return false;
        };
        let is_near = previous.is_near(header.stamp.as_ref(), TOGETHER);
        let Some(&first) = text.as_bytes().first() else {
            return is_near;
        };
        let open = self.stacks.is_open();
        if matches!(first, b' ' | b'\t') {
            // A time alone in front of a line may be that of the program, and the space a column.
            let deep = !header.source.is_empty() || first == b'\t' || text.starts_with("  ");
            return deep && !previous.bare
                || text.trim().is_empty() && is_near
                || self.stacks.is_part(text, open);
        }
        let closes = matches!(first, b'}' | b']' | b')');
        let opens = stacks::may_open(text);
        let belongs = !previous.bare && (closes || is_exception_head(text) || self.is_body(text))
            || (open || opens) && self.stacks.is_part(text, open);
        belongs && is_near
    }

    /// Whether a line without header belongs to the event before it.
    fn continues(&self, text: &str) -> bool {
        if text.trim().is_empty() {
            return true;
        }
        if self.previous.is_none() {
            return false;
        }
        let indented = text.starts_with([' ', '\t']);
        if self.stacks.is_part(text, self.stacks.is_open()) {
            return true;
        }
        let stamped_before = self.previous_time.is_some();
        (stamped_before && is_exception_head(text))
            || self.headless_continue
                && (indented || text.starts_with(['}', ']', ')']) || self.is_body(text))
    }

    /// Whether a line that nothing sets apart is one of what the event before it prints.
    fn is_body(&self, text: &str) -> bool {
        let event = self.previous.as_ref();
        let before = event.and_then(|it| last_line(it, &self.continuation, &self.table));
        statements::opens_value(text)
            || before.is_some_and(|before| statements::carries_on(before, text))
    }

    /// Takes a line that carries on the event before it.
    pub(super) fn continuation(
        &mut self,
        line: &TextLine<'_>,
        header: Option<&Header<'_>>,
        ahead: Option<Told<'_>>,
        patterns: &mut PatternCounter,
    ) {
        let time = self.previous_time;
        let mut previous = self.previous.take();
        let component = previous.as_ref().and_then(Previous::component);
        match ahead {
            Some(told) => patterns.count_found(line, "", time, component, told.found),
            None => patterns.count(line, "", time, component),
        }
        let bare = header.and_then(|header| header.bare.as_deref());
        let said = TextLine {
            text: bare.unwrap_or(line.text),
            ..*line
        };
        self.schema.carry_on(&said, time, component);
        self.postgres.carry_on(&said);
        let event_line = previous.as_ref().map_or(line.number, |it| it.line);
        let event = previous.as_ref();
        let before = event.and_then(|it| last_line(it, &self.continuation, &self.table));
        self.stacks.feed(&said, event_line, before, time, component);
        self.continuation.clear();
        self.continuation.push_str(bare.map_or(line.quote, clip));
        if let Some(previous) = &mut previous {
            previous.told = true;
            previous.stamp = header.and_then(|it| it.stamp).or(previous.stamp);
        }
        self.previous = previous;
    }

    /// Keeps what the lines that carry on an event are compared with.
    pub(super) fn remember(
        &mut self,
        form: u32,
        line: &TextLine<'_>,
        component: Option<&str>,
        header: &Header<'_>,
    ) {
        let previous = self.previous.get_or_insert_default();
        (previous.form, previous.line) = (form, line.number);
        previous.named = component.is_some();
        previous.component.clear();
        previous.component.push_str(component.unwrap_or_default());
        previous.source.clear();
        previous.source.push_str(header.source);
        (previous.bare, previous.stamp) = (header.bare.is_some(), header.stamp);
        previous.warns = header.level.is_some_and(|level| level >= Level::Warn);
        // A message that the line does not end with cannot be read from there again.
        let message = clip(&header.message);
        previous.told = !line.quote.ends_with(message);
        if previous.told {
            self.continuation.clear();
            self.continuation.push_str(message);
        }
    }
}

/// Returns the last line of an event: what is kept of it apart, else what its form has seen last.
fn last_line<'a>(event: &Previous, kept: &'a str, table: &'a FormTable) -> Option<&'a str> {
    if event.told {
        return Some(kept);
    }
    let form = table.forms.get(event.form as usize)?;
    Some(&form.last_sample().text)
}

//! Reader for line-oriented text: splits headers, mines templates, counts over time.

mod entities;
mod gaps;
mod levels;
mod people;
pub(crate) mod records;
mod sign_ins;
mod stacks;

use std::borrow::Cow;

pub(crate) use entities::{EntityTable, is_address};
pub(crate) use gaps::{Gap, Gaps};
pub(crate) use levels::LevelTimeline;
use records::{Part, Record};
pub(crate) use sign_ins::{GuessedSignIn, SignIns};
pub(crate) use stacks::StackCollector;
use stacks::is_exception_head;

use crate::catalogue::matcher::PatternCounter;
use crate::constants::{LINE_QUOTE_MAX, MINE_MAX};
use crate::encoding::Encoding;
use crate::event::LineEvent;
use crate::format::{Family, Profile};
use crate::header::{self, Header};
use crate::level::Level;
use crate::line::RawLine;
use crate::options::Options;
use crate::template::FormTable;
use crate::time::Clockwork;

/// A decoded line and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextLine<'a> {
    pub(crate) text: &'a str,
    /// The part of the text a citation quotes.
    pub(crate) quote: &'a str,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) number: u64,
    /// Whether this carries on a line too long to be read at once.
    pub(crate) carries_on: bool,
}

/// Decodes a raw line and hands it on together with the quotable part.
pub(crate) fn with_text(raw: &RawLine<'_>, encoding: Encoding, sink: impl FnOnce(TextLine<'_>)) {
    let text = encoding.decode(raw.bytes);
    let cut = encoding.floor_boundary(raw.bytes, LINE_QUOTE_MAX);
    let quote: Cow<'_, str> = if cut == raw.bytes.len() {
        Cow::Borrowed(text.as_ref())
    } else {
        encoding.decode(&raw.bytes[..cut])
    };
    sink(TextLine {
        text: &text,
        quote: &quote,
        start: raw.start,
        end: raw.start + cut as u64,
        number: raw.number,
        carries_on: raw.carries_on,
    });
}

/// Everything that is collected while lines pass by.
#[derive(Debug)]
pub(crate) struct LogReader {
    pub(crate) profile: Profile,
    pub(crate) clock: Clockwork,
    pub(crate) table: FormTable,
    pub(crate) levels: LevelTimeline,
    pub(crate) stacks: StackCollector,
    pub(crate) entities: EntityTable,
    pub(crate) sign_ins: SignIns,
    pub(crate) gaps: Gaps,
    pub(crate) first_time: Option<i64>,
    pub(crate) last_time: Option<i64>,
    pub(crate) out_of_order: u64,
    pub(crate) line_forms: Option<Vec<LineForm>>,
    /// Lines outside the wanted time.
    pub(crate) left_out: u64,
    /// Messages whose kind only their beginning tells.
    pub(crate) clipped: u64,
    /// Earliest and latest time outside the wanted one.
    outside: Option<(i64, i64)>,
    window: (i64, i64),
    skipping: bool,
    /// Whether the line is an event as a whole, so that pieces of it are none.
    headed: bool,
    headless_continue: bool,
    previous: Option<Previous>,
    previous_time: Option<i64>,
    continuation: String,
    /// Fields of the event that is open, when an event takes several lines.
    record: Option<Box<Record>>,
}

/// Enough of a line to find its template again after forms were folded.
#[derive(Debug, Clone)]
pub(crate) struct LineForm {
    pub(crate) hash: u64,
    pub(crate) form: u32,
}

#[derive(Debug, Clone)]
struct Previous {
    form: u32,
    line: u64,
    continued: bool,
    component: Option<Box<str>>,
}

impl LogReader {
    pub(crate) fn new(profile: Profile, options: &Options) -> Self {
        let limits = &options.limits;
        Self {
            clock: Clockwork::new(options.assumed_zone, options.reference_date),
            table: FormTable::new(limits.mined_forms),
            levels: LevelTimeline::default(),
            stacks: StackCollector::new(limits.stacks),
            entities: EntityTable::new(limits.entities_per_kind),
            sign_ins: SignIns::default(),
            gaps: Gaps::default(),
            first_time: None,
            last_time: None,
            out_of_order: 0,
            line_forms: options.line_templates.then(Vec::new),
            left_out: 0,
            clipped: 0,
            outside: None,
            window: (
                options
                    .since
                    .map_or(i64::MIN, |time| time.timestamp_micros()),
                options
                    .until
                    .map_or(i64::MAX, |time| time.timestamp_micros()),
            ),
            skipping: false,
            headed: false,
            headless_continue: profile.stamped >= 0.3 || profile.levelled >= 0.5,
            previous: None,
            previous_time: None,
            continuation: String::new(),
            record: match profile.family {
                Family::Record(layout) => Some(Box::new(Record::new(layout))),
                _ => None,
            },
            profile,
        }
    }

    /// Learns from the first lines in which year times without one begin.
    pub(crate) fn learn_year(&mut self, lines: &[&str]) {
        let mut clock = self.clock.fresh();
        for line in lines {
            let header = header::parse(line, &self.profile);
            if let Some(stamp) = &header.stamp {
                clock.resolve(stamp);
                clock.read_year(stamp, &header.message);
            }
        }
        self.clock.start_like(&clock);
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: TextLine<'_>, patterns: &mut PatternCounter) {
        if let Some(record) = self.record.take() {
            return self.record_line(&line, record, patterns);
        }
        let header = header::parse(line.text, &self.profile);
        let continues = if line.carries_on {
            self.headed && !header.level.is_some_and(Level::is_error)
        } else {
            self.headed = header.is_head() || self.profile.family != Family::Text;
            !header.is_head() && self.continues(line.text)
        };
        if !continues {
            self.event(&line, &header, patterns);
        } else if !self.skipping {
            self.continuation(&line, patterns);
        }
        self.left_out += u64::from(self.skipping && !line.carries_on);
        self.note_form(line.number);
    }

    /// Takes a line of an event that takes several.
    fn record_line(
        &mut self,
        line: &TextLine<'_>,
        mut record: Box<Record>,
        patterns: &mut PatternCounter,
    ) {
        match record.take(line) {
            Part::Field => {}
            Part::Message => self.event(line, &record.header(line.text), patterns),
            Part::End => self.kept_event(&mut record, patterns),
            Part::Continuation if record.is_kept() => patterns.count(line, "", None, None),
            Part::Continuation if !self.skipping => self.continuation(line, patterns),
            Part::Continuation => {}
        }
        self.left_out += u64::from(self.skipping && !line.carries_on);
        self.record = Some(record);
        self.note_form(line.number);
    }

    fn kept_event(&mut self, record: &mut Record, patterns: &mut PatternCounter) {
        let line = record.kept_line();
        let number = line.number;
        self.event(&line, &record.header(line.text), patterns);
        record.clear();
        let form = self.line_form();
        let slot = usize::try_from(number - 1).unwrap_or(usize::MAX);
        if let Some(known) = self.line_forms.as_mut().and_then(|it| it.get_mut(slot)) {
            *known = form;
        }
    }

    /// Records the form of a line, when that was asked for.
    fn note_form(&mut self, number: u64) {
        let form = self.line_form();
        if let Some(forms) = &mut self.line_forms {
            let known = usize::try_from(number - 1).unwrap_or(usize::MAX);
            // The rest of a line that a hole cut stands for the whole.
            forms.truncate(known);
            forms.push(form);
        }
    }

    fn line_form(&self) -> LineForm {
        let written = self.previous.as_ref().filter(|_| !self.skipping);
        let form = written.map_or(u32::MAX, |previous| previous.form);
        let first = self.table.forms.get(form as usize);
        LineForm {
            hash: first.map_or(0, |form| form.first.line),
            form,
        }
    }

    /// Returns the first and last time read, or of the whole log when none was wanted.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        self.first_time.zip(self.last_time).or(self.outside)
    }

    /// Closes what is still open.
    pub(crate) fn finish(&mut self, patterns: &mut PatternCounter) {
        if let Some(mut record) = self.record.take().filter(|record| record.is_kept()) {
            self.kept_event(&mut record, patterns);
        }
        self.stacks.flush();
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
            || self.headless_continue && (indented || text.starts_with(['}', ']', ')']))
    }

    fn continuation(&mut self, line: &TextLine<'_>, patterns: &mut PatternCounter) {
        let time = self.previous_time;
        let component = self
            .previous
            .as_ref()
            .and_then(|previous| previous.component.clone());
        patterns.count(line, "", time, component.as_deref());
        let before = match &self.previous {
            Some(previous) if previous.continued => Some(self.continuation.as_str()),
            Some(previous) => self
                .table
                .forms
                .get(previous.form as usize)
                .map(|form| form.last_sample().text.as_str()),
            None => None,
        };
        let event_line = self.previous.as_ref().map_or(line.number, |it| it.line);
        self.stacks
            .feed(line, event_line, before, time, component.as_deref());
        self.continuation.clear();
        self.continuation.push_str(line.quote);
        if let Some(previous) = &mut self.previous {
            previous.continued = true;
        }
    }

    fn event(&mut self, line: &TextLine<'_>, header: &Header<'_>, patterns: &mut PatternCounter) {
        let own_time = header.stamp.as_ref().map(|stamp| {
            let time = self.clock.resolve(stamp);
            self.clock.read_year(stamp, &header.message);
            time
        });
        let time = own_time.or(self.previous_time);
        self.previous_time = time;
        let outside = time.filter(|&time| time < self.window.0 || time > self.window.1);
        self.skipping = outside.is_some();
        if let Some(time) = outside {
            let (first, last) = self.outside.unwrap_or((time, time));
            self.outside = Some((first.min(time), last.max(time)));
            return;
        }
        let component = header.component.as_deref();
        let message = clip(&header.message);
        self.clipped += u64::from(message.len() < header.message.len());
        let event = LineEvent {
            message,
            quote: line.quote,
            start: line.start,
            end: line.end,
            line: line.number,
            time,
            stamped: own_time.is_some(),
            level: header.level,
            component,
        };
        if let Some(time) = own_time {
            self.note_time(time, &event);
        }
        self.levels.add(time, header.level);
        let form = self.table.add(&event);
        self.entities.add(&event, header, &self.table, form);
        self.sign_ins.add(&event, &self.table, form);
        patterns.count(line, &self.table.masker.text, time, component);
        self.stacks.start(line, message, time, component);
        self.remember(form, line.number, component);
    }

    fn remember(&mut self, form: u32, line: u64, component: Option<&str>) {
        match &mut self.previous {
            Some(previous) => {
                (previous.form, previous.line) = (form, line);
                previous.continued = false;
                if previous.component.as_deref() != component {
                    previous.component = component.map(Into::into);
                }
            }
            None => {
                let component = component.map(Into::into);
                self.previous = Some(Previous {
                    form,
                    line,
                    continued: false,
                    component,
                });
            }
        }
    }

    fn note_time(&mut self, time: i64, event: &LineEvent<'_>) {
        self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
        if let Some(last) = self.last_time {
            if time < last {
                self.out_of_order += 1;
            } else if let Some(previous) = &self.previous {
                let before = self.table.forms.get(previous.form as usize);
                self.gaps
                    .note(last, time, before.map(|form| form.last_sample()), event);
            }
        }
        self.last_time = Some(self.last_time.map_or(time, |last| last.max(time)));
    }
}

fn clip(message: &str) -> &str {
    if message.len() <= MINE_MAX {
        return message;
    }
    let cut = (0..=MINE_MAX)
        .rev()
        .find(|&at| message.is_char_boundary(at))
        .unwrap_or(0);
    &message[..cut]
}

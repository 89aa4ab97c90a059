//! Reader for line-oriented text: splits headers, mines templates, counts over time.

mod ahead;
mod by_form;
pub(crate) mod collections;
mod continuation;
mod durations;
mod entities;
mod gaps;
mod interrupted;
mod levels;
mod line_forms;
mod order;
mod people;
mod pieces;
mod postgres;
mod previous;
pub(crate) mod records;
mod schema;
mod sign_ins;
mod stacks;
mod starts;
mod statements;
mod text_line;
mod torn;

pub(crate) use ahead::{Ahead, AheadReader};
use collections::Collections;
use durations::Durations;
pub(crate) use entities::{EntityTable, is_address};
pub(crate) use gaps::{Gap, Gaps};
use interrupted::Interrupted;
pub(crate) use levels::{LevelTimeline, shown_step};
pub(crate) use line_forms::LineForm;
use order::TimeOrder;
use pieces::Pieces;
use postgres::Postgres;
use previous::Previous;
use records::{Part, Record};
pub(crate) use schema::SchemaChanges;
pub(crate) use sign_ins::{GuessedSignIn, SignIns};
pub(crate) use stacks::{Contention, StackCollector};
use starts::Starts;
use text_line::clip;
pub(crate) use text_line::{TextLine, with_text};
use torn::Torn;

use crate::catalogue::matcher::PatternCounter;
use crate::event::LineEvent;
use crate::format::{Family, Profile};
use crate::header::{self, Header};
use crate::level::Level;
use crate::options::Options;
use crate::pod_name;
use crate::template::{FormTable, Masked, Masker};
use crate::time::Clockwork;
use crate::time_marks::TimeMarks;

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
    pub(crate) schema: SchemaChanges,
    pub(crate) collections: Collections,
    pub(crate) durations: Durations,
    pub(crate) starts: Starts,
    pub(crate) postgres: Postgres,
    pub(crate) gaps: Gaps,
    pub(crate) first_time: Option<i64>,
    pub(crate) last_time: Option<i64>,
    pub(crate) order: TimeOrder,
    pub(crate) marks: TimeMarks,
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
    masker: Masker,
    /// Fields of the event that is open, when an event takes several lines.
    record: Option<Box<Record>>,
    /// Messages of which the runtime has not written the end.
    pieces: Pieces,
    torn: Torn,
    interrupted: Vec<Interrupted>,
}

/// What a line tells without those before it.
#[derive(Debug, Clone, Copy)]
struct Told<'a> {
    masked: Masked<'a>,
    /// Numbers of the patterns that match it.
    found: &'a [u32],
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
            schema: SchemaChanges::new(limits.values),
            collections: Collections::default(),
            durations: Durations::default(),
            starts: Starts::default(),
            postgres: Postgres::default(),
            gaps: Gaps::default(),
            first_time: None,
            last_time: None,
            order: TimeOrder::default(),
            marks: TimeMarks::default(),
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
            masker: Masker::default(),
            pieces: Pieces::default(),
            torn: Torn::default(),
            interrupted: Vec::new(),
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
        if self.is_piece(&line) {
            return self.piece(&line, patterns);
        }
        let header = header::parse(line.text, &self.profile);
        self.parsed(&line, &header, None, patterns);
    }

    /// Takes an event that stands in a document, whose header is parsed.
    pub(crate) fn record(
        &mut self,
        line: &TextLine<'_>,
        header: &Header<'_>,
        patterns: &mut PatternCounter,
    ) {
        self.event(line, header, None, patterns);
        self.left_out += u64::from(self.skipping);
        self.note_form(line.number);
    }

    /// Takes a line whose header is parsed.
    fn parsed(
        &mut self,
        line: &TextLine<'_>,
        header: &Header<'_>,
        ahead: Option<Told<'_>>,
        patterns: &mut PatternCounter,
    ) {
        self.message(line, header, ahead, patterns);
        self.left_out += u64::from(self.skipping && !line.carries_on);
        self.note_form(line.number);
    }

    /// Takes what a line says, as an event or as a part of the one before.
    fn message(
        &mut self,
        line: &TextLine<'_>,
        header: &Header<'_>,
        ahead: Option<Told<'_>>,
        patterns: &mut PatternCounter,
    ) {
        let continues = if line.carries_on {
            self.torn.rest(line.text);
            self.headed && !header.level.is_some_and(Level::is_error)
        } else {
            if header.is_head() || header.bare.is_some() {
                self.turn_to(header);
            }
            self.headed = header.is_head() || self.profile.family != Family::Text;
            self.torn.is_carried_on(line) || self.is_continued_by(line, header)
        };
        if !continues {
            self.event(line, header, ahead, patterns);
            if let Some((stamp, time)) = header.stamp.as_ref().zip(self.previous_time) {
                // Parts of documents and of records begin within lines, and have no marks.
                let written = self.clock.written(stamp, time);
                self.marks.note(line.start, line.number, written);
            }
        } else if !self.skipping {
            self.continuation(line, Some(header), ahead, patterns);
        }
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
            Part::Message => self.event(line, &record.header(line.text), None, patterns),
            Part::End => {
                self.kept_event(&mut record, patterns);
                record.take(line);
            }
            Part::Continuation if record.is_kept() => patterns.count(line, "", None, None),
            Part::Continuation if !self.skipping => {
                self.continuation(&record.continued(line), None, None, patterns);
            }
            Part::Continuation => {}
        }
        self.left_out += u64::from(self.skipping && !line.carries_on);
        self.record = Some(record);
        self.note_form(line.number);
    }

    fn kept_event(&mut self, record: &mut Record, patterns: &mut PatternCounter) {
        let line = record.kept_line();
        let number = line.number;
        let header = record.kept_header(&self.profile);
        self.turn_to(&header);
        if header.bare.is_none() || !self.is_continued_by(&line, &header) {
            self.event(&line, &header, None, patterns);
        } else if !self.skipping {
            self.continuation(&line, Some(&header), None, patterns);
            let time = self.previous_time;
            if let Some(trace) = &header.trace {
                self.stacks.read(&line, &header.message, trace, time, None);
            }
        }
        record.clear();
        let form = self.line_form();
        let slot = usize::try_from(number - 1).unwrap_or(usize::MAX);
        if let Some(known) = self.line_forms.as_mut().and_then(|it| it.get_mut(slot)) {
            *known = form;
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
        self.finish_pieces(patterns);
        self.stacks.flush();
        self.finish_interrupted();
    }

    fn event(
        &mut self,
        line: &TextLine<'_>,
        header: &Header<'_>,
        ahead: Option<Told<'_>>,
        patterns: &mut PatternCounter,
    ) {
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
        let component = header.component.as_deref().map(pod_name::bare);
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
        let form = match ahead {
            Some(told) => {
                patterns.count_found(line, told.masked.text, time, component, told.found);
                self.mine(&event, header, &told.masked)
            }
            None => {
                let mut masker = std::mem::take(&mut self.masker);
                masker.mask(message);
                patterns.count(line, &masker.text, time, component);
                let form = self.mine(&event, header, &masker.masked());
                self.masker = masker;
                form
            }
        };
        self.stacks.start(line, message, time, component);
        if let Some(trace) = header.trace() {
            self.stacks.read(line, message, trace, time, component);
        }
        self.remember(form, line, component, header);
    }

    /// Counts what a message says and names; returns its form.
    fn mine(&mut self, event: &LineEvent<'_>, header: &Header<'_>, masked: &Masked<'_>) -> u32 {
        let form = self.table.add(event, masked);
        let (table, params) = (&self.table, masked.params);
        self.entities.add(event, header, params, table, form);
        self.sign_ins.add(event, params, table, form);
        self.schema.add(event, table, form);
        self.collections.add(event, table, form);
        self.durations.add(event, table, form);
        self.starts.add(event, table, form);
        self.postgres.add(event, table, form);
        form
    }

    fn note_time(&mut self, time: i64, event: &LineEvent<'_>) {
        self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
        if let Some((before, previous)) = self.order.take(time, event).zip(self.previous.as_ref()) {
            let form = self.table.forms.get(previous.form as usize);
            let sample = form.map(|form| form.last_sample());
            self.gaps.note(before, time, sample, event);
        }
        self.last_time = Some(self.last_time.map_or(time, |last| last.max(time)));
    }
}

//! Stack traces: recognition, grouping, signatures; and dumps of all threads.

mod dumps;
mod frame;

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::TextLine;
use crate::analysis::{StackFrame, StackGroup};
use crate::constants::STACK_FRAMES;
use crate::event::LineSample;
use crate::fingerprint;
use crate::time::to_utc;
pub(crate) use dumps::{Contention, Dumps};
pub(super) use frame::is_exception_head;
use frame::{Language, Part};

const FRAMES_MAX: usize = 64;

/// Collects equal traces into groups.
#[derive(Debug)]
pub(crate) struct StackCollector {
    groups: Vec<Collected>,
    index: HashMap<String, usize, FixedState>,
    open: Option<Building>,
    limit: usize,
    pub(crate) dropped: u64,
    pub(crate) dumps: Dumps,
}

#[derive(Debug)]
struct Collected {
    group: StackGroup,
    first: Option<i64>,
    last: Option<i64>,
}

/// The trace that is being read.
#[derive(Debug)]
pub(super) struct Building {
    language: Language,
    exception: String,
    message: String,
    root: Option<(String, LineSample)>,
    /// Whether the frames are those of the root, for want of others.
    root_has_frames: bool,
    frames: Vec<StackFrame>,
    head: LineSample,
    time: Option<i64>,
    component: Option<String>,
    event_line: u64,
    last_line: u64,
    closed: bool,
}

impl StackCollector {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            groups: Vec::new(),
            index: HashMap::default(),
            open: None,
            limit,
            dropped: 0,
            dumps: Dumps::default(),
        }
    }

    /// Returns whether a trace is being read.
    pub(crate) fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.closed)
    }

    /// Returns whether a line without header can be part of a trace.
    pub(crate) fn is_part(&self, text: &str, open: bool) -> bool {
        frame::part(
            text,
            self.open
                .as_ref()
                .filter(|_| open)
                .map(|building| building.language),
        )
        .is_some()
    }

    /// Opens a trace when the message of an event starts one; closes the one before.
    pub(crate) fn start(
        &mut self,
        line: &TextLine<'_>,
        message: &str,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        self.dumps.line(line, time);
        if self.open.is_some() {
            self.flush();
        }
        if let Some((language, exception, text)) = frame::opening(message) {
            self.open = Some(Building::new(
                language, exception, text, line, time, component,
            ));
        }
    }

    /// Takes a line that continues the event of `event_line`; `before` is the line in front of it.
    pub(crate) fn feed(
        &mut self,
        line: &TextLine<'_>,
        event_line: u64,
        before: Option<&str>,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        self.dumps.line(line, time);
        let language = self
            .open
            .as_ref()
            .filter(|open| !open.closed)
            .map(|open| open.language);
        let Some((found, part)) = frame::part(line.text, language) else {
            return;
        };
        if self.open.is_none() {
            let (exception, message) = match (&part, before) {
                (Part::Frame(_) | Part::Cause(_), Some(before)) => frame::exception_in(before),
                _ => (String::new(), String::new()),
            };
            let mut opened = Building::new(found, exception, message, line, time, component);
            opened.event_line = event_line.min(opened.event_line);
            self.open = Some(opened);
        }
        let Some(open) = &mut self.open else { return };
        open.take(found, part, line);
        // Behind it the program speaks of something else.
        open.closed |= found == Language::Rust && line.text.starts_with("note: ");
    }

    /// Takes a trace of several lines that the event of a line holds; `before` is its message.
    pub(crate) fn read(
        &mut self,
        line: &TextLine<'_>,
        before: &str,
        trace: &str,
        time: Option<i64>,
        component: Option<&str>,
    ) {
        let plain = is_plain_go(trace);
        if self.open.is_none() && plain {
            let (exception, message) = frame::exception_in(before);
            let opened = Building::new(Language::Go, exception, message, line, time, component);
            self.open = Some(opened);
        }
        let mut before = before;
        for text in trace.lines().filter(|text| !text.is_empty()) {
            let call = (plain && !text.starts_with('\t')).then(|| format!("{text}()"));
            let said = TextLine {
                text: call.as_deref().unwrap_or(text),
                ..*line
            };
            self.feed(&said, line.number, Some(before), time, component);
            before = text;
        }
    }

    /// Files the trace that is being read.
    pub(crate) fn flush(&mut self) {
        let open = self.open.take();
        self.file(open);
    }

    /// Leaves the trace that is being read to be resumed.
    pub(super) fn leave(&mut self) -> Option<Building> {
        self.open.take()
    }

    /// Goes on with a trace that was left.
    pub(super) fn resume(&mut self, trace: Option<Building>) {
        self.open = trace;
    }

    /// Files a trace.
    pub(super) fn file(&mut self, trace: Option<Building>) {
        let Some(open) = trace else { return };
        let has_place = !open.frames.is_empty() || open.root.is_some();
        if !has_place || open.exception.is_empty() {
            return;
        }
        let signature = open.signature();
        if let Some(&at) = self.index.get(&signature) {
            let known = &mut self.groups[at];
            known.group.count += 1;
            known.last = open.time.max(known.last);
            return;
        }
        if self.groups.len() >= self.limit {
            self.dropped += 1;
            return;
        }
        self.index.insert(signature.clone(), self.groups.len());
        self.groups.push(open.collected(signature));
    }

    /// Returns the groups, most frequent first.
    pub(crate) fn finish(self) -> Vec<StackGroup> {
        let mut groups: Vec<StackGroup> = self
            .groups
            .into_iter()
            .map(|collected| StackGroup {
                first_seen: collected.first.and_then(to_utc),
                last_seen: collected.last.and_then(to_utc),
                ..collected.group
            })
            .collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.citation.byte_start));
        groups
    }
}

/// Returns whether a text that is not indented may belong to a trace of which nothing was read.
pub(super) fn may_open(text: &str) -> bool {
    let start = text.as_bytes().first_chunk::<4>();
    start.is_some_and(|start| {
        matches!(
            start,
            b"Caus" | b"Duri" | b"Trac" | b"The " | b"goro" | b"pani" | b"fata" | b"thre" | b"PHP "
        )
    })
}

/// Returns whether a trace is one of Go in which functions stand without arguments.
fn is_plain_go(trace: &str) -> bool {
    let is_file = |line: &str| line.starts_with('\t') && line.contains(".go:");
    let is_function = |line: &str| line.contains('.') && !line.ends_with(')');
    let mut pairs = trace.lines().zip(trace.lines().skip(1)).take(4);
    pairs.any(|(function, file)| is_function(function) && is_file(file))
}

impl Building {
    fn new(
        language: Language,
        exception: String,
        message: String,
        line: &TextLine<'_>,
        time: Option<i64>,
        component: Option<&str>,
    ) -> Self {
        Self {
            language,
            exception,
            message,
            root: None,
            root_has_frames: false,
            frames: Vec::new(),
            head: line.sample(time),
            time,
            component: component.map(ToOwned::to_owned),
            event_line: line.number,
            last_line: line.number,
            closed: false,
        }
    }

    fn take(&mut self, language: Language, part: Part, line: &TextLine<'_>) {
        self.language = language;
        self.last_line = line.number;
        match part {
            Part::Frame(frame) => {
                let is_wanted = self.root.is_none() || self.root_has_frames;
                if self.frames.len() < FRAMES_MAX && is_wanted {
                    self.frames.push(frame);
                }
            }
            Part::Location { file, line } => {
                if let Some(last) = self.frames.last_mut() {
                    last.application = frame::is_application(self.language, &last.function, &file);
                    last.file = Some(file);
                    last.line = line;
                }
            }
            Part::Cause(cause) => {
                self.root_has_frames = self.frames.is_empty();
                self.root = Some((cause, line.sample(self.time)));
            }
            Part::Exception(exception, message) => {
                let ends = self.language == Language::Python;
                if self.exception.is_empty() || ends {
                    self.exception = exception;
                    self.message = message;
                    self.cite(line);
                }
                self.closed = ends;
            }
            Part::Filler if self.closed && language == Language::Python => {
                // What is raised while another exception is handled follows the trace of that one.
                let cause = || format!("{}: {}", self.exception, self.message);
                self.root = self
                    .root
                    .take()
                    .or_else(|| Some((cause(), self.head.clone())));
                self.closed = false;
            }
            Part::Filler => {}
        }
    }

    fn cite(&mut self, line: &TextLine<'_>) {
        self.head = line.sample(self.head.time);
    }

    fn signature(&self) -> String {
        let newest_first = self.language != Language::Python;
        let application = self.frames.iter().filter(|frame| frame.application);
        let mut top: Vec<&str> = if newest_first {
            application
                .take(STACK_FRAMES)
                .map(|frame| frame.function.as_str())
                .collect()
        } else {
            application
                .rev()
                .take(STACK_FRAMES)
                .map(|frame| frame.function.as_str())
                .collect()
        };
        if top.is_empty() {
            top = self
                .frames
                .iter()
                .take(STACK_FRAMES)
                .map(|f| f.function.as_str())
                .collect();
        }
        fingerprint::stack(self.language.as_str(), &self.exception, &top)
    }

    fn collected(self, signature: String) -> Collected {
        let (root_cause, root_line) = self.root.unzip();
        Collected {
            first: self.time,
            last: self.time,
            group: StackGroup {
                signature,
                language: self.language.as_str().to_owned(),
                exception: self.exception,
                message: self.message,
                root_cause,
                root_citation: root_line.map(|line| line.citation()),
                frames: self.frames,
                count: 1,
                first_seen: None,
                last_seen: None,
                component: self.component,
                event_line: self.event_line,
                last_line: self.last_line,
                citation: self.head.citation(),
            },
        }
    }
}

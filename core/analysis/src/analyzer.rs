//! The engine: bytes in, analysis out.

mod ahead;
mod assemble;
mod years;

use std::borrow::Cow;

use crate::analysis::{Analysis, ClassSource, Classification, DataClass};
use crate::catalogue::matcher::PatternCounter;
use crate::classify::{Head, classify};
use crate::constants::{HEAD_BYTES, HOLE_MIN};
use crate::encoding::{Encoding, without_holes};
use crate::format;
use crate::line::{LineSplitter, RawLine};
use crate::logs::{LogReader, StackCollector, TextLine, with_text};
use crate::options::Options;
use crate::structured::command::CommandReader;
use crate::structured::config::{ConfigReader, Syntax};
use crate::structured::diff::DiffReader;
use crate::structured::document::{self, DocumentReader, Feed, Form};
use crate::structured::metrics::MetricReader;
use crate::structured::sql::{self, SqlReader};
use crate::structured::table::{self, TableReader};

/// Streaming analysis of one file; memory does not grow with its size.
#[derive(Debug)]
pub struct Analyzer {
    options: Options,
    head: Vec<u8>,
    engine: Option<Engine>,
    bytes: u64,
    /// Zeros in front of the head, as truncating a log under its writer leaves them.
    lead: u64,
}

/// Analyses bytes that are at hand as a whole.
pub fn analyze(bytes: &[u8], options: Options) -> Analysis {
    let mut analyzer = Analyzer::new(options);
    analyzer.push(bytes);
    analyzer.finish()
}

impl Analyzer {
    /// Creates an analyzer for one file.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            head: Vec::new(),
            engine: None,
            bytes: 0,
            lead: 0,
        }
    }

    /// Takes the next bytes; the size of the chunks does not matter.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        let mut rest = chunk;
        if self.engine.is_none() && self.head.is_empty() {
            rest = self.skip_lead(chunk);
            if rest.is_empty() {
                return;
            }
        }
        if self.engine.is_none() {
            let room = HEAD_BYTES - self.head.len();
            let taken = rest.len().min(room);
            self.head.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if self.head.len() < HEAD_BYTES {
                return;
            }
        }
        self.engine().push(rest);
    }

    /// Returns what was found.
    pub fn finish(mut self) -> Analysis {
        self.engine();
        let bytes = self.bytes;
        match self.engine {
            Some(engine) => assemble::assemble(engine, &self.options, bytes),
            None => assemble::assemble(Engine::start(&[], 0, &self.options), &self.options, bytes),
        }
    }

    /// Counts the zeros in front of everything else; few of them are content.
    fn skip_lead<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        let zeros = chunk.iter().take_while(|&&byte| byte == 0).count();
        self.lead += zeros as u64;
        if zeros < chunk.len() && self.lead < HOLE_MIN as u64 {
            self.take_lead();
        }
        &chunk[zeros..]
    }

    fn take_lead(&mut self) {
        let zeros = usize::try_from(self.lead).unwrap_or(HEAD_BYTES);
        self.head.resize(zeros.min(HEAD_BYTES), 0);
        self.lead = 0;
    }

    fn engine(&mut self) -> &mut Engine {
        if self.engine.is_none() && self.head.is_empty() {
            // There is nothing but zeros, which is no hole in a text.
            self.take_lead();
        }
        let head = std::mem::take(&mut self.head);
        let (options, lead) = (&self.options, self.lead);
        self.engine.get_or_insert_with(|| {
            let mut engine = Engine::start(&head, lead, options);
            engine.push(&head);
            engine
        })
    }
}

/// Reader of the class that was recognised.
#[derive(Debug)]
pub(super) enum Structured {
    None,
    Metrics(MetricReader),
    Document(Box<DocumentReader>),
    /// A configuration whose objects are read as well.
    Objects(Box<ConfigReader>, Box<DocumentReader>),
    Table(Box<TableReader>),
    Config(ConfigReader),
    Diff(DiffReader),
    Command(CommandReader),
    Sql(SqlReader),
}

/// State after the head of the file was recognised.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) classification: Classification,
    pub(super) encoding: Encoding,
    pub(super) splitter: LineSplitter,
    pub(super) logs: Option<LogReader>,
    pub(super) structured: Structured,
    pub(super) patterns: PatternCounter,
    pub(super) invalid_bytes: u64,
    pub(super) read: bool,
    skip: usize,
    threads: usize,
}

impl Engine {
    fn start(head: &[u8], lead: u64, options: &Options) -> Self {
        let (encoding, mark) = Encoding::detect(head);
        let body = &head[mark.min(head.len())..];
        let solid = if encoding.is_wide() {
            Cow::Borrowed(body)
        } else {
            without_holes(body)
        };
        let text = encoding.decode(&solid);
        let lines = head_lines(&text, head.len() >= HEAD_BYTES);
        let profile = format::detect(&lines);
        let form = document::recognise(&lines);
        let classification = classify(&Head {
            bytes: head,
            lines: &lines,
            encoding,
            profile: &profile,
            file_name: options.file_name.as_deref(),
            user: options.data_class,
            has_stack: has_stack(&lines),
            form: form.as_ref(),
        });
        let class = classification.data_class;
        let structured = structured(class, form, &lines, options, encoding);
        let by_lines = matches!(structured, Structured::None) && class.is_text();
        let by_events = class == DataClass::Logs && !by_lines;
        let readable = encoding != Encoding::Binary || classification.source == ClassSource::User;
        let mut splitter = LineSplitter::new(encoding, mark as u64);
        splitter.skip_hole(lead, &mut |_| {});
        let profile = if by_events {
            document::of_events()
        } else {
            profile
        };
        let mut logs = (by_lines || by_events).then(|| LogReader::new(profile, options));
        if let Some(logs) = &mut logs
            && by_lines
        {
            logs.learn_year(&lines);
        }
        Self {
            logs,
            structured,
            encoding,
            splitter,
            patterns: PatternCounter::new(options.signatures.clone()),
            invalid_bytes: 0,
            read: class.is_text() && readable,
            classification,
            skip: mark,
            threads: options.threads,
        }
    }

    fn push(&mut self, chunk: &[u8]) {
        let skipped = self.skip.min(chunk.len());
        self.skip -= skipped;
        if self.threads > 1 && self.reads_ahead() {
            return self.push_ahead(&chunk[skipped..]);
        }
        self.with_splitter(|splitter, sink| splitter.push(&chunk[skipped..], sink));
    }

    /// Takes the last line and closes what is open.
    pub(super) fn close(&mut self) {
        self.with_splitter(|splitter, sink| splitter.finish(sink));
        let mut feed = Feed {
            logs: self.logs.as_mut(),
            patterns: &mut self.patterns,
        };
        match &mut self.structured {
            Structured::Document(reader) | Structured::Objects(_, reader) => reader.close(feed),
            Structured::Table(reader) => reader.close(&mut feed),
            _ => {}
        }
        if let Some(logs) = &mut self.logs {
            logs.finish(&mut self.patterns);
        }
        match &mut self.structured {
            Structured::Diff(reader) => reader.finish(),
            Structured::Command(reader) => reader.finish(),
            _ => {}
        }
    }

    fn with_splitter(&mut self, run: impl FnOnce(&mut LineSplitter, &mut dyn FnMut(RawLine<'_>))) {
        let mut splitter =
            std::mem::replace(&mut self.splitter, LineSplitter::new(self.encoding, 0));
        if self.read {
            run(&mut splitter, &mut |raw| self.line(&raw));
        } else {
            run(&mut splitter, &mut |_| {});
        }
        self.splitter = splitter;
    }

    fn line(&mut self, raw: &RawLine<'_>) {
        let encoding = self.encoding;
        with_text(raw, encoding, |line| {
            self.invalid_bytes += invalid(raw, &line, encoding);
            if self.structured.takes_pieces() {
                return self.document_line(raw, &line);
            }
            match &mut self.logs {
                Some(logs) => logs.line(line, &mut self.patterns),
                None => {
                    self.patterns.count(&line, "", None, None);
                    if !line.carries_on {
                        self.structured.line(&line);
                    }
                }
            }
        });
    }
}

impl Engine {
    /// Takes a line of a document, which tells itself what known failures are looked for in.
    fn document_line(&mut self, raw: &RawLine<'_>, line: &TextLine<'_>) {
        if !line.carries_on {
            self.structured.line(line);
        }
        if self.structured.counts_line(line.text) {
            self.patterns.count(line, "", None, None);
        }
        let mut feed = Feed {
            logs: self.logs.as_mut(),
            patterns: &mut self.patterns,
        };
        match &mut self.structured {
            Structured::Document(reader) | Structured::Objects(_, reader) => {
                reader.line(raw, feed);
            }
            Structured::Table(reader) => reader.line(raw, line, &mut feed),
            _ => {}
        }
    }
}

impl Structured {
    fn counts_line(&self, line: &str) -> bool {
        match self {
            Self::Document(reader) => reader.counts_line(line),
            Self::Table(reader) => reader.counts_line(),
            _ => false,
        }
    }

    /// Returns whether lines too long to be read at once are read in pieces.
    pub(super) fn takes_pieces(&self) -> bool {
        matches!(self, Self::Document(_) | Self::Objects(..) | Self::Table(_))
    }

    fn line(&mut self, line: &TextLine<'_>) {
        match self {
            Self::None | Self::Document(_) | Self::Table(_) => {}
            Self::Objects(config, _) => config.line(line),
            Self::Metrics(reader) => reader.line(line),
            Self::Config(reader) => reader.line(line),
            Self::Diff(reader) => reader.line(line),
            Self::Command(reader) => reader.line(line),
            Self::Sql(reader) => reader.line(line),
        }
    }
}

fn structured(
    class: DataClass,
    form: Option<Form>,
    lines: &[&str],
    options: &Options,
    encoding: Encoding,
) -> Structured {
    let limit = options.limits.values;
    let file_name = options.file_name.as_deref();
    if let Some(form) = form.filter(|form| form.class().0 == class) {
        let reader = Box::new(DocumentReader::new(form, limit, encoding, file_name));
        if class != DataClass::Config {
            return Structured::Document(reader);
        }
        let syntax = Syntax::of(file_name, lines, encoding);
        let config = ConfigReader::new(limit, encoding).checked_by(syntax);
        return Structured::Objects(Box::new(config.in_the_form_of(lines)), reader);
    }
    let table = table::recognise(lines).filter(|form| form.class().0 == class);
    let table = table.or_else(|| table::of_numbers(lines).filter(|_| class == DataClass::Metrics));
    if let Some(form) = table {
        let reader = TableReader::new(form, limit, encoding, file_name);
        return Structured::Table(Box::new(reader));
    }
    match class {
        DataClass::Code if sql::is_script(file_name) => {
            Structured::Sql(SqlReader::new(limit, file_name))
        }
        DataClass::Metrics => Structured::Metrics(MetricReader::new(limit)),
        DataClass::Config => {
            let syntax = Syntax::of(file_name, lines, encoding);
            let reader = ConfigReader::new(limit, encoding).checked_by(syntax);
            Structured::Config(reader.in_the_form_of(lines))
        }
        DataClass::Diff => Structured::Diff(DiffReader::new(limit, encoding)),
        DataClass::CommandOutput => Structured::Command(CommandReader::new(limit, encoding)),
        _ => Structured::None,
    }
}

/// Lines of the head; the last one is left out when it may go on.
fn head_lines(text: &str, cut: bool) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    if cut && lines.len() > 1 {
        lines.pop();
    }
    lines
}

fn has_stack(lines: &[&str]) -> bool {
    let probe = StackCollector::new(1);
    let parts = lines
        .iter()
        .filter(|line| probe.is_part(line, false))
        .count();
    parts >= 2
        || lines
            .iter()
            .any(|line| line.starts_with("panic: ") || line.contains("' panicked at"))
}

fn invalid(raw: &RawLine<'_>, line: &TextLine<'_>, encoding: Encoding) -> u64 {
    // Valid bytes are their own text.
    if encoding != Encoding::Utf8 || std::ptr::eq(line.text.as_bytes(), raw.bytes) {
        return 0;
    }
    raw.bytes
        .utf8_chunks()
        .map(|chunk| chunk.invalid().len() as u64)
        .sum()
}

//! Proof that lines of a signature no longer occur.

use chrono::{DateTime, Utc};

use crate::citation::Citation;
use crate::constants::{ABSENCE_FACTOR, ABSENCE_MIN_LINES, HEAD_BYTES};
use crate::encoding::Encoding;
use crate::format::{self, Profile};
use crate::header;
use crate::line::{LineSplitter, RawLine};
use crate::logs::{TextLine, with_text};
use crate::options::Options;
use crate::template::{MASK, Masker};
use crate::time::{Clockwork, to_utc};

/// What should be absent, where, and how often it occurred while present.
#[derive(Debug, Clone, Default)]
pub struct AbsenceQuery {
    /// Text of the template, with `<*>` for parameters.
    pub template: String,
    /// Component whose lines count as the same source; every line counts when absent.
    pub component: Option<String>,
    /// Start of the searched range; the whole file when absent.
    pub from: Option<DateTime<Utc>>,
    /// End of the searched range, inclusive.
    pub to: Option<DateTime<Utc>>,
    /// Mean seconds between two lines of the signature while it was present.
    pub mean_interval_s: f64,
    /// Last time the signature was seen before.
    pub last_seen: Option<DateTime<Utc>>,
}

/// What a search for an absent signature saw.
#[derive(Debug, Clone, PartialEq)]
pub struct AbsenceReport {
    pub matches: u64,
    pub first_match: Option<Citation>,
    /// Lines of the same source within the range.
    pub source_lines: u64,
    pub first_time: Option<DateTime<Utc>>,
    pub last_time: Option<DateTime<Utc>>,
    /// Mean seconds between two lines of the signature within the range, when it occurs.
    pub mean_interval_s: Option<f64>,
    /// Last line of the same source, the one to cite.
    pub last_line: Option<Citation>,
    required_s: f64,
    starts_after: Option<DateTime<Utc>>,
}

/// Streaming search for an absent signature.
#[derive(Debug)]
pub struct AbsenceChecker {
    query: AbsenceQuery,
    options: Options,
    head: Vec<u8>,
    scan: Option<Scan>,
}

#[derive(Debug)]
struct Scan {
    encoding: Encoding,
    skip: usize,
    splitter: LineSplitter,
    reading: Reading,
}

#[derive(Debug)]
struct Reading {
    profile: Profile,
    clock: Clockwork,
    pattern: Vec<String>,
    masker: Masker,
    report: AbsenceReport,
    match_times: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl AbsenceChecker {
    /// Creates a check; zone and reference date of `options` are used.
    pub fn new(query: AbsenceQuery, options: Options) -> Self {
        Self {
            query,
            options,
            head: Vec::new(),
            scan: None,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        if self.scan.is_none() {
            let taken = rest.len().min(HEAD_BYTES - self.head.len());
            self.head.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if self.head.len() < HEAD_BYTES {
                return;
            }
        }
        self.feed(rest);
    }

    /// Returns what was seen.
    pub fn finish(mut self) -> AbsenceReport {
        self.feed(&[]);
        let query = self.query;
        let Some(mut scan) = self.scan else {
            return Reading::empty_report(&query);
        };
        let Scan {
            encoding,
            splitter,
            reading,
            ..
        } = &mut scan;
        splitter.finish(&mut |raw| reading.raw(&raw, *encoding, &query));
        scan.reading.close()
    }

    fn feed(&mut self, chunk: &[u8]) {
        let head = std::mem::take(&mut self.head);
        let query = &self.query;
        let options = &self.options;
        let scan = self.scan.get_or_insert_with(|| {
            let mut scan = Scan::start(&head, query, options);
            scan.push(&head, query);
            scan
        });
        scan.push(chunk, query);
    }
}

impl AbsenceReport {
    /// Returns whether the absence is proven.
    pub fn proven(&self) -> bool {
        let lasted = match (self.first_time, self.last_time) {
            (Some(first), Some(last)) => (last - first).as_seconds_f64(),
            _ => return false,
        };
        let after = match (self.starts_after, self.first_time) {
            (Some(limit), Some(first)) => first > limit,
            _ => true,
        };
        self.matches == 0
            && self.source_lines >= ABSENCE_MIN_LINES
            && lasted >= ABSENCE_FACTOR * self.required_s
            && after
    }
}

/// Returns whether two components write as one: the same, or loggers of the same package, of which the
/// one that reports errors is silent where there are none.
fn is_of_one_source(one: &str, other: &str) -> bool {
    one == other || package(one).is_some_and(|it| Some(it) == package(other))
}

/// Returns the package of a logger's class; an address has none.
fn package(name: &str) -> Option<&str> {
    let (package, class) = name.rsplit_once('.')?;
    let is_class = class.starts_with(char::is_alphabetic);
    (package.contains('.') && is_class).then_some(package)
}

impl Scan {
    fn start(head: &[u8], query: &AbsenceQuery, options: &Options) -> Self {
        let (encoding, mark) = Encoding::detect(head);
        let text = encoding.decode(&head[mark.min(head.len())..]);
        let lines: Vec<&str> = text.lines().collect();
        Self {
            encoding,
            skip: mark,
            splitter: LineSplitter::new(encoding, mark as u64),
            reading: Reading {
                profile: format::detect(&lines),
                clock: Clockwork::new(options.assumed_zone, options.reference_date),
                pattern: query.template.split(' ').map(ToOwned::to_owned).collect(),
                masker: Masker::default(),
                report: Reading::empty_report(query),
                match_times: None,
            },
        }
    }

    fn push(&mut self, chunk: &[u8], query: &AbsenceQuery) {
        let skipped = self.skip.min(chunk.len());
        self.skip -= skipped;
        let Self {
            encoding,
            splitter,
            reading,
            ..
        } = self;
        let mut sink = |raw: RawLine<'_>| reading.raw(&raw, *encoding, query);
        splitter.push(&chunk[skipped..], &mut sink);
    }
}

impl Reading {
    fn empty_report(query: &AbsenceQuery) -> AbsenceReport {
        AbsenceReport {
            matches: 0,
            first_match: None,
            source_lines: 0,
            first_time: None,
            last_time: None,
            mean_interval_s: None,
            last_line: None,
            required_s: query.mean_interval_s.max(0.0),
            starts_after: query.last_seen,
        }
    }

    fn raw(&mut self, raw: &RawLine<'_>, encoding: Encoding, query: &AbsenceQuery) {
        with_text(raw, encoding, |line| self.line(&line, query));
    }

    fn line(&mut self, line: &TextLine<'_>, query: &AbsenceQuery) {
        let header = header::parse(line.text, &self.profile);
        let time = header
            .stamp
            .as_ref()
            .and_then(|stamp| to_utc(self.clock.resolve(stamp)));
        let outside = time.is_some_and(|time| {
            query.from.is_some_and(|from| time < from) || query.to.is_some_and(|to| time > to)
        });
        let ranged = query.from.is_some() || query.to.is_some();
        if outside || (ranged && time.is_none()) {
            return;
        }
        self.masker.mask(&header.message);
        if self.is_match() {
            self.report.matches += 1;
            self.report
                .first_match
                .get_or_insert_with(|| line.citation());
            if let Some(time) = time {
                let (first, _) = self.match_times.unwrap_or((time, time));
                self.match_times = Some((first, time));
            }
        }
        let same = query.component.as_deref().is_none_or(|name| {
            header
                .component
                .as_deref()
                .is_some_and(|it| is_of_one_source(it, name))
        });
        if same && !line.carries_on && !line.text.trim().is_empty() {
            self.report.source_lines += 1;
            self.report.first_time = self.report.first_time.or(time);
            self.report.last_time = time.or(self.report.last_time);
            self.report.last_line = Some(line.citation());
        }
    }

    fn is_match(&self) -> bool {
        let mut tokens = self.masker.text.split(' ');
        let fits = self.pattern.iter().all(|pattern| {
            tokens
                .next()
                .is_some_and(|token| pattern == MASK || pattern == token)
        });
        fits && tokens.next().is_none()
    }

    fn close(mut self) -> AbsenceReport {
        if let Some((first, last)) = self.match_times.filter(|_| self.report.matches > 1) {
            let intervals = (self.report.matches - 1) as f64;
            self.report.mean_interval_s = Some((last - first).as_seconds_f64() / intervals);
        }
        debug_assert!(self.report.source_lines > 0 || self.report.last_line.is_none());
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_of_one_package_are_one_source() {
        for (one, other, expected) in [
            ("checkout-eu", "checkout-eu", true),
            ("checkout-eu", "checkout-us", false),
            (
                "c.acme.orders.api.OrderController",
                "c.acme.orders.api.AccessLog",
                true,
            ),
            (
                "c.acme.orders.api.OrderController",
                "c.acme.billing.Invoices",
                false,
            ),
            ("db.internal", "web.internal", false),
            ("10.0.0.1", "10.0.0.2", false),
        ] {
            assert_eq!(is_of_one_source(one, other), expected, "{one} {other}");
        }
    }
}

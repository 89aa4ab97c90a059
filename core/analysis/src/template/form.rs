//! One masked message and what is known about its lines.

use super::group::Group;
use super::params::ParamStats;
use crate::analysis::LevelCounts;
use crate::citation::Citation;
use crate::level::Level;
use crate::timeline::Series;

const PARAMS_MAX: usize = 24;

const JUMPS_MAX: usize = 4;

const SPREAD_MAX: usize = 8;

/// A line kept as an example.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineSample {
    pub(crate) text: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) line: u64,
    pub(crate) time: Option<i64>,
}

impl LineSample {
    /// Copies a line, reusing the buffer.
    pub(crate) fn set(&mut self, event: &LineEvent<'_>) {
        self.text.clear();
        self.text.push_str(event.quote);
        self.start = event.start;
        self.end = event.end;
        self.line = event.line;
        self.time = event.time;
    }

    /// Returns the place of the line.
    pub(crate) fn citation(&self) -> Citation {
        Citation {
            byte_start: self.start,
            byte_end: self.end,
            line_start: self.line,
            line_end: self.line,
            quote: self.text.clone(),
        }
    }
}

/// One line on its way into the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineEvent<'a> {
    pub(crate) message: &'a str,
    /// Text of the bytes `start..end`.
    pub(crate) quote: &'a str,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) line: u64,
    pub(crate) time: Option<i64>,
    pub(crate) level: Option<Level>,
    pub(crate) component: Option<&'a str>,
}

/// A line that opened a time bucket whose count then jumped.
#[derive(Debug, Clone)]
pub(crate) struct Jump {
    pub(crate) sample: LineSample,
    ratio: f64,
}

/// A masked message and what is known about its lines.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) masked: Box<str>,
    pub(crate) severe: u8,
    pub(crate) count: u64,
    pub(crate) levels: LevelCounts,
    pub(crate) first: LineSample,
    pub(crate) last: LineSample,
    pub(crate) first_time: Option<i64>,
    pub(crate) last_time: Option<i64>,
    pub(crate) component: Option<Box<str>>,
    pub(crate) series: Series,
    pub(crate) params: Vec<ParamStats>,
    pub(crate) jumps: Vec<Jump>,
    /// Lines spread over the time of the form.
    pub(crate) spread: Vec<LineSample>,
    stride: usize,
    bucket_first: LineSample,
    jumped: bool,
    /// Smallest earlier form it was folded into.
    pub(super) retired: bool,
}

impl Form {
    pub(super) fn new(masked: &str, severe: u8, event: &LineEvent<'_>) -> Self {
        let mut first = LineSample::default();
        first.set(event);
        let holes = masked.matches(super::MASK).count().min(PARAMS_MAX);
        Self {
            masked: masked.into(),
            severe,
            count: 0,
            levels: LevelCounts::default(),
            last: LineSample::default(),
            first,
            first_time: event.time,
            last_time: event.time,
            component: event.component.map(Into::into),
            series: Series::default(),
            params: vec![ParamStats::default(); holes],
            jumps: Vec::new(),
            spread: Vec::new(),
            stride: 1,
            bucket_first: LineSample::default(),
            jumped: false,
            retired: false,
        }
    }

    pub(super) fn count(&mut self, event: &LineEvent<'_>) {
        self.count += 1;
        self.levels.add(event.level, 1);
        if self.count > 1 {
            self.last.set(event);
        }
        if let Some(time) = event.time {
            self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
            self.last_time = Some(self.last_time.map_or(time, |last| last.max(time)));
        }
    }

    /// Returns the last line; the first one when there is no other.
    pub(crate) fn last_sample(&self) -> &LineSample {
        if self.count > 1 {
            &self.last
        } else {
            &self.first
        }
    }

    pub(super) fn place(&mut self, index: i64, time: i64, event: &LineEvent<'_>) -> bool {
        let added = self.series.add(index, time);
        if added {
            self.bucket_first.set(event);
            self.jumped = false;
            self.note_spread();
        } else if !self.jumped {
            self.note_jump();
        }
        added
    }

    /// Keeps every n-th line that opens a bucket, n doubling when the room is used up.
    fn note_spread(&mut self) {
        let number = self.series.buckets.len();
        if number < 2 || !number.is_multiple_of(self.stride) {
            return;
        }
        self.spread.push(self.bucket_first.clone());
        if self.spread.len() > SPREAD_MAX {
            let mut at = 0;
            self.spread.retain(|_| {
                at += 1;
                at % 2 == 0
            });
            self.stride *= 2;
        }
    }

    /// Remembers the line that opened the current bucket once the bucket stands out.
    fn note_jump(&mut self) {
        let (Some(first), Some(last)) = (self.series.buckets.first(), self.series.buckets.last())
        else {
            return;
        };
        let earlier = self.count.saturating_sub(u64::from(last.count)) as f64;
        let span = (last.index - first.index).max(1) as f64;
        let ratio = f64::from(last.count) / (earlier / span + 1.0);
        if ratio <= crate::constants::ONSET_FACTOR {
            return;
        }
        self.jumped = true;
        let jump = Jump {
            sample: self.bucket_first.clone(),
            ratio,
        };
        if self.jumps.len() < JUMPS_MAX {
            self.jumps.push(jump);
        } else if let Some(weakest) = self
            .jumps
            .iter_mut()
            .min_by(|a, b| a.ratio.total_cmp(&b.ratio))
            && weakest.ratio < ratio
        {
            *weakest = jump;
        }
    }
}

/// Lines of different severity are different events even when their words agree.
pub(super) fn severity_group(level: Option<Level>) -> u8 {
    match level {
        Some(level) if level.is_error() => 2,
        Some(Level::Warn) => 1,
        _ => 0,
    }
}

/// Merges the forms of a group into one.
pub(crate) fn fold(forms: &[Form], group: &Group) -> Form {
    let mut members = group.members.iter().map(|&at| &forms[at]);
    let Some(head) = members.next() else {
        return forms[0].clone();
    };
    let mut folded = head.clone();
    if group.members.len() == 1 {
        return folded;
    }
    folded.params = group.fold_params(forms);
    folded.masked = group.text.as_str().into();
    folded.retired = true;
    for form in members {
        folded.count += form.count;
        folded.levels.merge(&form.levels);
        if form.first.line < folded.first.line {
            folded.first = form.first.clone();
        }
        if form.last_sample().line > folded.last_sample().line || folded.count == form.count + 1 {
            folded.last = form.last_sample().clone();
        }
        folded.first_time = [folded.first_time, form.first_time]
            .into_iter()
            .flatten()
            .min();
        folded.last_time = [folded.last_time, form.last_time]
            .into_iter()
            .flatten()
            .max();
        folded.series.merge(&form.series);
        folded.jumps.extend(form.jumps.iter().cloned());
        folded.spread.extend(form.spread.iter().cloned());
        if folded.component != form.component {
            folded.component = folded.component.filter(|_| head.count >= form.count);
        }
    }
    folded.jumps.sort_by_key(|jump| jump.sample.line);
    folded.jumps.truncate(JUMPS_MAX * 2);
    folded.spread.sort_by_key(|sample| sample.line);
    folded.spread.truncate(SPREAD_MAX * 2);
    folded
}

//! One masked message and what is known about its lines.

use super::group::Group;
use super::params::ParamStats;
use crate::analysis::LevelCounts;
use crate::event::{LineEvent, LineSample};
use crate::level::Level;
use crate::timeline::Series;

const PARAMS_MAX: usize = 24;

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
    /// Smallest earlier form it was folded into.
    pub(super) retired: bool,
}

impl Form {
    pub(super) fn new(masked: &str, severe: u8, event: &LineEvent<'_>) -> Self {
        let holes = masked.matches(super::MASK).count().min(PARAMS_MAX);
        Self {
            masked: masked.into(),
            severe,
            count: 0,
            levels: LevelCounts::default(),
            last: LineSample::default(),
            first: LineSample::of(event),
            first_time: event.time,
            last_time: event.time,
            component: event.component.map(Into::into),
            series: Series::default(),
            params: vec![ParamStats::default(); holes],
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

    /// Adds counts, first and last line of another form.
    fn take(&mut self, form: &Self) {
        let later = form.last_sample().line > self.last_sample().line;
        self.last = if later { form } else { &*self }.last_sample().clone();
        self.count += form.count;
        self.levels.merge(&form.levels);
        if form.first.line < self.first.line {
            self.first = form.first.clone();
        }
        let earliest = [self.first_time, form.first_time];
        self.first_time = earliest.into_iter().flatten().min();
        let latest = [self.last_time, form.last_time];
        self.last_time = latest.into_iter().flatten().max();
    }

    /// Returns the last line; the first one when there is no other.
    pub(crate) fn last_sample(&self) -> &LineSample {
        if self.count > 1 {
            &self.last
        } else {
            &self.first
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

/// Merges the forms of a group into one, taking their series.
pub(crate) fn fold(forms: &mut [Form], group: &Group) -> Form {
    let params = (group.members.len() > 1).then(|| group.fold_params(forms));
    let series: Vec<Series> = group
        .members
        .iter()
        .map(|&at| std::mem::take(&mut forms[at].series))
        .collect();
    let mut members = group.members.iter().map(|&at| &forms[at]);
    let Some(head) = members.next() else {
        return forms[0].clone();
    };
    let mut folded = head.clone();
    for one in series {
        folded.series.merge(one);
    }
    let Some(params) = params else { return folded };
    folded.params = params;
    folded.masked = group.text.as_str().into();
    folded.retired = true;
    for form in members {
        folded.take(form);
        if folded.component != form.component {
            folded.component = folded.component.filter(|_| head.count >= form.count);
        }
    }
    folded
}

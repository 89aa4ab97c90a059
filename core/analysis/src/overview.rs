//! What several files say together: what failed first, what followed, and what they share.

mod clocks;
mod metrics;
mod onset;
mod peers;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, EntityKind};
use crate::finding::{Finding, FindingKind, Severity};
use crate::findings::rank_across;
pub use clocks::{ClockOffset, clock_offsets};
pub use metrics::MetricBeside;
pub use onset::{FileOnset, IncidentOnset};
pub use peers::NamedPeer;

const RANKED_MAX: usize = 50;
const TIMELINE_MAX: usize = 500;
const SHARED_MAX: usize = 100;

/// Several analyses, taken together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Warnings and worse of all files, likely origins first.
    pub ranked: Vec<Place>,
    /// Findings of all files that have a time, in its order, clocks that differ set right.
    pub timeline: Vec<Moment>,
    /// Errors and worse in the order in which they began, clocks that differ set right.
    pub cascade: Vec<Step>,
    /// When the trouble set in that most files tell of; none unless several do.
    #[serde(default)]
    pub onset: Option<IncidentOnset>,
    /// Clocks that differ; what is cited keeps the times that are written.
    #[serde(default)]
    pub clock_offsets: Vec<ClockOffset>,
    /// Who is named in errors as the one that does not answer, the most frequent first.
    #[serde(default)]
    pub peers: Vec<NamedPeer>,
    /// Metrics that changed near the first error, in order of time.
    #[serde(default)]
    pub metrics: Vec<MetricBeside>,
    /// Names that stand in several files, those of error lines first.
    pub shared: Vec<Shared>,
}

/// A finding: the file's name and the finding's position in its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    pub finding: usize,
    pub severity: Severity,
    pub statement: String,
}

/// A finding and when it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Set right where the clock differs.
    pub time: DateTime<Utc>,
    /// How far the clock is ahead, which is taken off the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_seconds: Option<f64>,
    #[serde(flatten)]
    pub place: Place,
}

/// A failure and how long after the first one it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Set right where the clock differs.
    pub time: DateTime<Utc>,
    pub seconds_after_first: f64,
    /// How far the clock is ahead, which is taken off the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_seconds: Option<f64>,
    pub component: Option<String>,
    #[serde(flatten)]
    pub place: Place,
}

/// An address, a host, a request or the like that several files name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    pub kind: EntityKind,
    pub value: String,
    pub files: Vec<String>,
    pub count: u64,
    pub error_count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
}

/// Returns what files say together, each with its name.
pub fn overview(files: &[(&str, &Analysis)]) -> Overview {
    let ranked = rank_across(files).into_iter();
    let ranked = ranked.filter(|&(file, at)| files[file].1.findings[at].severity >= Severity::Warn);
    let clock_offsets = clock_offsets(files);
    let timeline = timeline(files, &clock_offsets);
    Overview {
        ranked: ranked
            .take(RANKED_MAX)
            .map(|(file, at)| place(files[file].0, files[file].1, at))
            .collect(),
        cascade: cascade(files, &timeline),
        onset: onset::onset(files, &clock_offsets),
        peers: peers::peers(files),
        metrics: metrics::beside(files, &timeline, &clock_offsets),
        clock_offsets,
        timeline: timeline.into_iter().take(TIMELINE_MAX).collect(),
        shared: shared(files),
    }
}

fn place(name: &str, analysis: &Analysis, at: usize) -> Place {
    let finding = &analysis.findings[at];
    Place {
        file: name.to_owned(),
        finding: at,
        severity: finding.severity,
        statement: finding.statement.clone(),
    }
}

fn begins(finding: &Finding) -> Option<DateTime<Utc>> {
    finding.onset.or(finding.first_seen)
}

fn timeline(files: &[(&str, &Analysis)], offsets: &[ClockOffset]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (name, analysis) in files {
        let offset = offsets.iter().find(|it| it.file == *name);
        for (at, finding) in analysis.findings.iter().enumerate() {
            if let Some(time) = begins(finding) {
                moments.push(Moment {
                    time: offset.map_or(time, |it| it.set_right(time)),
                    clock_offset_seconds: offset.map(|it| it.seconds),
                    place: place(name, analysis, at),
                });
            }
        }
    }
    moments.sort_by(|a, b| (a.time, &a.place.file).cmp(&(b.time, &b.place.file)));
    moments
}

/// What is told of the moment itself, such as an onset, repeats what failed then.
fn is_failure(finding: &Finding) -> bool {
    let repeats = matches!(finding.kind, FindingKind::Onset | FindingKind::TemplateNew);
    finding.severity >= Severity::Error && !repeats
}

fn cascade(files: &[(&str, &Analysis)], timeline: &[Moment]) -> Vec<Step> {
    let of_file: BTreeMap<&str, &Analysis> = files.iter().copied().collect();
    let failures = timeline.iter().filter_map(|moment| {
        let analysis = of_file.get(moment.place.file.as_str())?;
        let finding = analysis.findings.get(moment.place.finding)?;
        is_failure(finding).then_some((moment, finding))
    });
    let mut steps: Vec<Step> = Vec::new();
    for (moment, finding) in failures.take(RANKED_MAX) {
        let first = steps.first().map_or(moment.time, |it| it.time);
        steps.push(Step {
            time: moment.time,
            seconds_after_first: (moment.time - first).as_seconds_f64(),
            clock_offset_seconds: moment.clock_offset_seconds,
            component: finding.component.clone(),
            place: moment.place.clone(),
        });
    }
    steps
}

fn shared(files: &[(&str, &Analysis)]) -> Vec<Shared> {
    let mut known: BTreeMap<(EntityKind, &str), Shared> = BTreeMap::new();
    for (name, analysis) in files {
        for entity in analysis.entities.iter().filter(|it| identifies(it.kind)) {
            let seen = known
                .entry((entity.kind, entity.value.as_str()))
                .or_insert_with(|| Shared {
                    kind: entity.kind,
                    value: entity.value.clone(),
                    files: Vec::new(),
                    count: 0,
                    error_count: 0,
                    first_seen: entity.first_seen,
                    last_seen: entity.last_seen,
                });
            seen.files.push((*name).to_owned());
            seen.count += entity.count;
            seen.error_count += entity.error_count;
            seen.first_seen = [seen.first_seen, entity.first_seen]
                .into_iter()
                .flatten()
                .min();
            seen.last_seen = seen.last_seen.max(entity.last_seen);
        }
    }
    let mut shared: Vec<Shared> = known
        .into_values()
        .filter(|it| it.files.len() > 1)
        .collect();
    shared.sort_by_key(|it| std::cmp::Reverse((it.error_count, it.files.len(), it.count)));
    shared.truncate(SHARED_MAX);
    shared
}

/// Process numbers and ports mean something else in every file.
fn identifies(kind: EntityKind) -> bool {
    !matches!(kind, EntityKind::Pid | EntityKind::Port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, analyze};

    fn read(text: &str) -> Analysis {
        analyze(text.as_bytes(), Options::default())
    }

    #[test]
    fn what_failed_first_leads_and_shared_names_are_told() {
        let db = read(
            "2025-03-04 14:04:58.000 UTC [7] LOG:  checkpoint starting\n\
            2025-03-04 14:05:00.000 UTC [7] FATAL:  sorry, too many clients already\n",
        );
        let api = read(
            "2025-03-04T14:05:03Z ERROR api: request_id=ab12cd34 connection to 10.0.0.5:5432 refused\n",
        );
        let web = read(
            "2025-03-04T14:05:03Z ERROR web: request_id=ab12cd34 upstream 10.0.0.5:8080 answered 502\n",
        );
        let files = [("api.log", &api), ("db.log", &db), ("web.log", &web)];
        let overview = overview(&files);
        assert_eq!(overview.cascade[0].place.file, "db.log");
        assert_eq!(overview.cascade[1].seconds_after_first, 3.0);
        assert_eq!(overview.ranked[0].file, "db.log");
        let shared = |kind, value: &str| {
            let found = overview
                .shared
                .iter()
                .find(|it| it.kind == kind && it.value == value);
            found.map(|it| it.files.clone()).unwrap_or_default()
        };
        assert_eq!(shared(EntityKind::Ip, "10.0.0.5"), ["api.log", "web.log"]);
        assert_eq!(
            shared(EntityKind::RequestId, "ab12cd34"),
            ["api.log", "web.log"]
        );
        assert!(overview.timeline.is_sorted_by_key(|it| it.time));
    }

    #[test]
    fn one_file_shares_nothing() {
        let api = read("2025-03-04T14:05:03Z ERROR api: connection to 10.0.0.5:5432 refused\n");
        assert!(overview(&[("api.log", &api)]).shared.is_empty());
    }
}

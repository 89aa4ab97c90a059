//! When the trouble that several files tell of set in.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::ClockOffset;
use crate::analysis::Analysis;

/// How far apart the troubles of files set in that are taken for one.
const TOGETHER: TimeDelta = TimeDelta::minutes(30);

/// When the trouble set in that most files tell of: with the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentOnset {
    /// Set right where the clock differs, as all times here.
    pub earliest: DateTime<Utc>,
    pub latest: DateTime<Utc>,
    /// The files that agree, in order of time.
    pub files: Vec<FileOnset>,
    /// Files whose trouble set in at another time.
    pub apart: Vec<FileOnset>,
    /// The same in words.
    pub statement: String,
}

/// A file, and the time by which its trouble had set in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOnset {
    pub file: String,
    pub time: DateTime<Utc>,
}

struct Estimate {
    earliest: DateTime<Utc>,
    told: FileOnset,
}

/// Returns the onset of the largest group of files whose own onsets follow each other closely; of groups
/// of a size, of the first. What only one of several files tells is no onset of all.
pub(super) fn onset(files: &[(&str, &Analysis)], offsets: &[ClockOffset]) -> Option<IncidentOnset> {
    let mut estimates: Vec<Estimate> = files
        .iter()
        .filter_map(|(name, analysis)| estimate(name, analysis, offsets))
        .collect();
    estimates.sort_by(|a, b| (a.told.time, &a.told.file).cmp(&(b.told.time, &b.told.file)));
    let groups: Vec<&[Estimate]> = estimates
        .chunk_by(|one, next| next.told.time - one.told.time <= TOGETHER)
        .collect();
    let most = groups.iter().map(|group| group.len()).max()?;
    let of_incident = groups.iter().position(|group| group.len() == most)?;
    let group = groups[of_incident];
    let first = group.first().filter(|_| most > 1)?;
    let told =
        |group: &[Estimate]| -> Vec<FileOnset> { group.iter().map(|it| it.told.clone()).collect() };
    let apart = groups.iter().enumerate();
    let apart = apart.filter(|(at, _)| *at != of_incident);
    let mut onset = IncidentOnset {
        earliest: first.earliest,
        latest: first.told.time,
        files: told(group),
        apart: apart.flat_map(|(_, group)| told(group)).collect(),
        statement: String::new(),
    };
    onset.statement = onset.told();
    Some(onset)
}

impl IncidentOnset {
    fn told(&self) -> String {
        let time = |it: DateTime<Utc>| it.format("%Y-%m-%d %H:%M:%S").to_string();
        let names: Vec<&str> = self.files.iter().map(|it| it.file.as_str()).collect();
        let mut told = format!(
            "between {} and {} UTC, in this order: {}",
            time(self.earliest),
            time(self.latest),
            names.join(", ")
        );
        for apart in &self.apart {
            let (file, from) = (&apart.file, time(apart.time));
            told.push_str(&format!("; {file} tells of trouble from {from} UTC on"));
        }
        told
    }
}

fn estimate(name: &str, analysis: &Analysis, offsets: &[ClockOffset]) -> Option<Estimate> {
    let onset = analysis.onset.as_ref()?;
    let offset = offsets.iter().find(|it| it.file == name);
    let set_right = |time| offset.map_or(time, |it| it.set_right(time));
    Some(Estimate {
        earliest: set_right(onset.earliest),
        told: FileOnset {
            file: name.to_owned(),
            time: set_right(onset.latest),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::{Analysis, Options, analyze, overview};

    /// A log of an hour whose errors set in at a minute.
    fn log(since: u32, what: &str) -> Analysis {
        let mut text = String::new();
        for minute in 0..60 {
            let _ = writeln!(
                text,
                "2025-03-04T10:{minute:02}:00Z INFO api: served in 5 ms"
            );
            for second in [10, 20, 30].iter().filter(|_| minute >= since) {
                let _ = writeln!(
                    text,
                    "2025-03-04T10:{minute:02}:{second}Z ERROR api: {what}"
                );
            }
        }
        analyze(text.as_bytes(), Options::default())
    }

    #[test]
    fn the_trouble_of_several_files_sets_in_with_the_first_that_agrees() {
        let (api, db, other) = (
            log(42, "no answer"),
            log(40, "lock timeout"),
            log(8, "bad row"),
        );
        let found = overview(&[("api.log", &api), ("db.log", &db), ("batch.log", &other)]);
        let onset = found.onset.unwrap();
        assert_eq!(onset.latest.to_rfc3339(), "2025-03-04T10:40:10+00:00");
        assert!(onset.earliest < onset.latest);
        let names = |files: &[super::FileOnset]| -> Vec<String> {
            files.iter().map(|it| it.file.clone()).collect()
        };
        assert_eq!(names(&onset.files), ["db.log", "api.log"]);
        assert_eq!(names(&onset.apart), ["batch.log"]);
        assert!(
            onset.statement.ends_with(
                "10:40:10 UTC, in this order: db.log, api.log; batch.log tells of trouble from 2025-03-04 10:08:10 UTC on"
            ),
            "{}",
            onset.statement
        );
    }

    #[test]
    fn one_file_alone_tells_no_onset_of_all() {
        let (api, calm) = (log(42, "no answer"), log(60, ""));
        assert_eq!(overview(&[("a.log", &api), ("b.log", &calm)]).onset, None);
    }
}

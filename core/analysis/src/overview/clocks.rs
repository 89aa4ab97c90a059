//! Clocks of files that differ, told by the requests they share.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, EntityKind};

/// Shared identifiers from which an offset is told.
const SHARED_MIN: usize = 5;
/// Offsets that requests themselves may take.
const OFFSET_MIN: f64 = 2.0;
/// How far half of the differences may lie apart, in seconds.
const SPREAD_MAX: f64 = 1.0;

/// How far the clock of a file is ahead of that of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClockOffset {
    pub file: String,
    /// The file whose clock it is compared with.
    pub reference: String,
    /// Median of the differences; negative when the clock is behind.
    pub seconds: f64,
    /// Within which half of the differences lie.
    pub spread_seconds: f64,
    /// Requests and traces that both files name.
    pub count: u64,
    pub statement: String,
}

type Times<'a> = HashMap<(EntityKind, &'a str), (i64, i64)>;

/// Returns the offsets of clocks, each against the file that shares most with the others.
pub fn clock_offsets(files: &[(&str, &Analysis)]) -> Vec<ClockOffset> {
    let times: Vec<Times<'_>> = files.iter().map(|(_, analysis)| times(analysis)).collect();
    let shared = |at: usize| -> usize {
        let own = times[at].keys();
        own.filter(|key| {
            (0..times.len()).any(|other| other != at && times[other].contains_key(*key))
        })
        .count()
    };
    // The first of those that share most, so that the order of the files decides.
    let Some(reference) = (0..files.len()).rev().max_by_key(|at| shared(*at)) else {
        return Vec::new();
    };
    let others = (0..files.len()).filter(|at| *at != reference);
    others
        .filter_map(|at| {
            offset(
                files[at].0,
                files[reference].0,
                &times[at],
                &times[reference],
            )
        })
        .collect()
}

/// Returns a time of a file as the clock of the reference would have shown it.
pub(super) fn corrected(time: DateTime<Utc>, file: &str, offsets: &[ClockOffset]) -> DateTime<Utc> {
    let known = offsets.iter().find(|it| it.file == file);
    known.map_or(time, |it| it.set_right(time))
}

impl ClockOffset {
    /// Returns a time of the file as the clock of the reference would have shown it.
    pub fn set_right(&self, time: DateTime<Utc>) -> DateTime<Utc> {
        time - TimeDelta::microseconds((self.seconds * 1e6).round() as i64)
    }
}

fn times(analysis: &Analysis) -> Times<'_> {
    let ids = analysis
        .entities
        .iter()
        .filter(|it| matches!(it.kind, EntityKind::RequestId | EntityKind::TraceId));
    ids.filter_map(|it| {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        let seen = (micros(it.first_seen?), micros(it.last_seen?));
        Some(((it.kind, it.value.as_str()), seen))
    })
    .collect()
}

fn offset(
    name: &str,
    reference_name: &str,
    file: &Times<'_>,
    reference: &Times<'_>,
) -> Option<ClockOffset> {
    let both = file
        .iter()
        .filter_map(|(key, own)| Some((own, reference.get(key)?)));
    let (first, last): (Vec<i64>, Vec<i64>) = both
        .map(|(own, other)| (own.0 - other.0, own.1 - other.1))
        .unzip();
    let (count, first, last) = (
        first.len() as u64,
        Differences::of(first)?,
        Differences::of(last)?,
    );
    // A request that takes long begins and ends at other times in both; a clock moves both alike.
    let agree = (first.median - last.median).abs() <= SPREAD_MAX;
    let steady = first.spread <= SPREAD_MAX && last.spread <= SPREAD_MAX;
    if !agree || !steady || first.median.abs() <= OFFSET_MIN {
        return None;
    }
    let side = if first.median > 0.0 {
        "ahead of"
    } else {
        "behind"
    };
    let statement = format!(
        "the clock of {name} seems {:.1} s {side} that of {reference_name}: {count} requests in both, half of them within {:.1} s",
        first.median.abs(),
        first.spread
    );
    Some(ClockOffset {
        file: name.to_owned(),
        reference: reference_name.to_owned(),
        seconds: first.median,
        spread_seconds: first.spread,
        count,
        statement,
    })
}

/// Differences in seconds: the middle one, and how far the middle half lies apart.
struct Differences {
    median: f64,
    spread: f64,
}

impl Differences {
    fn of(mut micros: Vec<i64>) -> Option<Self> {
        if micros.len() < SHARED_MIN {
            return None;
        }
        micros.sort_unstable();
        let at = |part: usize| micros[(micros.len() - 1) * part / 4] as f64 / 1e6;
        Some(Self {
            median: at(2),
            spread: at(3) - at(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Analysis, EntityKind, Options, analyze, overview};

    fn log(service: &str, ahead: i64, took: impl Fn(i64) -> i64, level: &str) -> Analysis {
        let lines = (0..20).map(|at| {
            let second = 60 + at * 10 + ahead + took(at);
            format!(
                "2025-03-04T14:{:02}:{:02}.{:03}Z {level} {service}: request_id=ab{at:06} handled\n",
                second / 60, second % 60, at * 13
            )
        });
        analyze(lines.collect::<String>().as_bytes(), Options::default())
    }

    #[test]
    fn a_clock_that_is_ahead_is_told_and_the_cascade_is_in_the_true_order() {
        let database = log("db", 7, |_| 0, "ERROR");
        let web = log("web", 0, |_| 0, "ERROR");
        let overview = overview(&[("web.log", &web), ("db.log", &database)]);
        let [offset] = overview.clock_offsets.as_slice() else {
            panic!("{:?}", overview.clock_offsets)
        };
        assert_eq!((offset.file.as_str(), offset.count), ("db.log", 20));
        assert!((offset.seconds - 7.0).abs() < 0.01, "{offset:?}");
        assert!(
            offset.statement.contains("7.0 s ahead of"),
            "{}",
            offset.statement
        );
        let step = overview
            .cascade
            .iter()
            .find(|it| it.place.file == "db.log")
            .unwrap();
        assert_eq!(step.seconds_after_first, 0.0);
        assert_eq!(step.clock_offset_seconds, Some(offset.seconds));
        assert_eq!(step.time.to_rfc3339(), "2025-03-04T14:01:00+00:00");
        let mut moments = overview.timeline.iter();
        let moment = moments.find(|it| it.place.file == "db.log").unwrap();
        assert_eq!(moment.time, step.time);
        assert_eq!(moment.clock_offset_seconds, Some(offset.seconds));
        assert!(overview.timeline.is_sorted_by_key(|it| it.time));
    }

    #[test]
    fn records_name_their_requests_in_fields() {
        let log = |service: &str, ahead: i64, field: &dyn Fn(i64) -> String| {
            let lines = (0..20).map(|at| {
                let second = 60 + at * 10 + ahead;
                let (time, named) = (format!("14:{:02}:{:02}", second / 60, second % 60), field(at));
                format!(
                    "{{\"time\":\"2025-03-04T{time}Z\",\"level\":\"error\",\"service\":\"{service}\",{named},\"msg\":\"call failed\"}}\n"
                )
            });
            analyze(lines.collect::<String>().as_bytes(), Options::default())
        };
        let web = log("web", 0, &|at| {
            format!("\"traceId\":\"4bf92f35{at:024x}\",\"user\":{{\"id\":\"u-{at}\"}}")
        });
        let database = log("db", 7, &|at| {
            format!(
                "\"trace\":{{\"id\":\"4bf92f35{at:024x}\"}},\"kubernetes\":{{\"pod_name\":\"db-0\"}}"
            )
        });
        let found = |analysis: &Analysis, kind| {
            let entities = analysis.entities.iter();
            entities.filter(|it| it.kind == kind).count()
        };
        assert_eq!(found(&web, EntityKind::User), 20);
        assert_eq!(found(&database, EntityKind::Pod), 1);
        let overview = overview(&[("web.log", &web), ("db.log", &database)]);
        let traces = overview.shared.iter();
        let traces = traces.filter(|it| it.kind == EntityKind::TraceId);
        assert_eq!(traces.count(), 20);
        assert_eq!(overview.clock_offsets.len(), 1);
        assert!((overview.clock_offsets[0].seconds - 7.0).abs() < 0.01);
    }

    #[test]
    fn what_requests_take_is_no_offset() {
        let web = log("web", 0, |_| 0, "INFO");
        for other in [
            log("db", 1, |_| 0, "INFO"),
            log("db", 0, |at| at % 9, "INFO"),
            analyze(
                b"2025-03-04T14:01:07Z INFO db: request_id=ab000000 handled\n",
                Options::default(),
            ),
        ] {
            let overview = overview(&[("web.log", &web), ("db.log", &other)]);
            assert!(
                overview.clock_offsets.is_empty(),
                "{:?}",
                overview.clock_offsets
            );
        }
    }
}

//! Compares the time a user states with the times the data show.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::case::v1::FactKind;
use faultmaven_proto::evidence::v1::{DataClass, UploadedFile};

use super::classify::Reading;
use super::clock_time;
use super::observations::Seen;
use super::relevance::Relevance;
use super::situation::Situation;
use crate::convert::moment;

/// People round times; less than this is no contradiction.
const TOLERANCE: TimeDelta = TimeDelta::minutes(10);
/// How far a difference may be from whole hours to look like another time zone.
const ZONE_TOLERANCE: TimeDelta = TimeDelta::minutes(6);
const ZONE_HOURS_MAX: i64 = 14;
/// The source of a time zone that no file and no user named.
pub(crate) const ASSUMED: &str = "assumed_utc";

/// A stated time that does not fit the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doubt {
    pub(crate) stated: DateTime<Utc>,
    pub(crate) kind: DoubtKind,
    /// Whether some times were read as UTC because no zone is named.
    pub(crate) is_assumed_utc: bool,
}

impl Doubt {
    /// Returns whether the data end before the time, or begin after it.
    pub(crate) fn is_not_covered(&self) -> bool {
        !matches!(self.kind, DoubtKind::OtherOnset { .. })
    }
}

/// Why a stated time does not fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DoubtKind {
    /// The logs end before it.
    AfterTheData { last: DateTime<Utc> },
    /// The logs begin after it.
    BeforeTheData { first: DateTime<Utc> },
    /// What concerns the problem sets in at another time.
    OtherOnset {
        onset: DateTime<Utc>,
        hours: Option<i64>,
    },
}

/// Returns what does not fit between the user's words and the data of this turn.
pub(crate) fn doubt(
    situation: &Situation,
    reading: &Reading,
    relevance: &Relevance,
) -> Option<Doubt> {
    let stated = stated(situation, reading)?;
    let kind = compare(situation, relevance, stated)?;
    Some(Doubt {
        stated,
        kind,
        is_assumed_utc: logs(situation).any(is_assumed),
    })
}

/// Returns whether the data cover a moment; without any logs nothing speaks against it.
pub(crate) fn is_covered(situation: &Situation, stated: DateTime<Utc>) -> bool {
    covered(situation)
        .is_none_or(|(first, last)| stated >= first - TOLERANCE && stated <= last + TOLERANCE)
}

/// Returns whether the times of a file were read as UTC without anybody saying so.
pub(crate) fn is_assumed(file: &UploadedFile) -> bool {
    let coverage = file.coverage.as_ref();
    coverage.is_some_and(|it| it.timezone_source == ASSUMED && it.first_time.is_some())
}

/// The time named in this turn, else the one named before if there are new logs to compare it with.
fn stated(situation: &Situation, reading: &Reading) -> Option<DateTime<Utc>> {
    let now = reading
        .observations
        .iter()
        .find_map(|seen| match &seen.what {
            Seen::Since(time) => time.resolve(&situation.reference()),
            _ => None,
        });
    let has_new_logs = situation
        .new_files
        .iter()
        .any(|file| file.data_class() == DataClass::Logs);
    let before = || {
        let known = situation.facts(FactKind::StartedAt).last()?;
        let is_said = !known.source_message_id.is_empty();
        let said = situation
            .investigation
            .recent_messages
            .iter()
            .find(|message| message.message_id == known.source_message_id);
        // The words may have been dated before any data told the day.
        let written = said.and_then(|message| clock_time::find(&message.content));
        let time = written.and_then(|written| written.resolve(&situation.reference()))?;
        (is_said && has_new_logs).then_some(time)
    };
    now.or_else(before)
}

fn compare(
    situation: &Situation,
    relevance: &Relevance,
    stated: DateTime<Utc>,
) -> Option<DoubtKind> {
    let (first, last) = covered(situation)?;
    let onset = relevance.onset_of(&situation.assessment.findings);
    let onset = onset.map(|onset| onset.time);
    let is_covered = is_covered(situation, stated);
    // Without an onset, the first error tells at least what the clock may have meant.
    let first_error = || relevance.first_error(&situation.assessment.findings);
    let onset = onset.or_else(|| first_error().filter(|_| !is_covered));
    let far = onset.filter(|onset| (*onset - stated).abs() > TOLERANCE);
    if let Some(onset) = far {
        return Some(DoubtKind::OtherOnset {
            onset,
            hours: whole_hours(stated - onset),
        });
    }
    if is_covered {
        return None;
    }
    Some(if stated > last {
        DoubtKind::AfterTheData { last }
    } else {
        DoubtKind::BeforeTheData { first }
    })
}

fn covered(situation: &Situation) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let spans = logs(situation).filter_map(|file| {
        let coverage = file.coverage.as_ref()?;
        moment(coverage.first_time.as_ref()).zip(moment(coverage.last_time.as_ref()))
    });
    spans.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
}

fn logs(situation: &Situation) -> impl Iterator<Item = &UploadedFile> {
    let files = situation.assessment.files.iter();
    files.filter(|file| file.data_class() == DataClass::Logs)
}

fn whole_hours(difference: TimeDelta) -> Option<i64> {
    let hours = (difference.num_minutes() as f64 / 60.0).round() as i64;
    let is_whole = (difference - TimeDelta::hours(hours)).abs() <= ZONE_TOLERANCE;
    (is_whole && hours != 0 && hours.abs() <= ZONE_HOURS_MAX).then_some(hours)
}

#[cfg(test)]
mod tests {
    use faultmaven_kit::clock::timestamp;
    use faultmaven_proto::evidence::v1::{Coverage, Finding, Severity};

    use super::super::classify;
    use super::*;

    fn situation(onset: Option<&str>) -> Situation {
        let time = |text: &str| Some(timestamp(text.parse().unwrap()));
        let mut file = UploadedFile {
            coverage: Some(Coverage {
                first_time: time("2026-03-04T09:00:00Z"),
                last_time: time("2026-03-04T10:30:00Z"),
                timezone_source: ASSUMED.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        file.set_data_class(DataClass::Logs);
        let mut situation = Situation::default();
        situation.assessment.files.push(file);
        let onsets = onset.map(|onset| Finding {
            kind: "onset".to_owned(),
            severity: Severity::Error.into(),
            statement: "shop answers 502".to_owned(),
            first_seen: time(onset),
            ..Default::default()
        });
        situation.assessment.findings.extend(onsets);
        situation.text = "shop answers 502 since 12:05".to_owned();
        let case = situation.investigation.case.get_or_insert_default();
        case.statement.get_or_insert_default().text = "shop answers 502".to_owned();
        situation
    }

    fn doubted(text: &str, onset: Option<&str>) -> Option<DoubtKind> {
        let situation = situation(onset);
        let relevance = Relevance::of(&situation);
        let reading = classify::read(text, true);
        doubt(&situation, &reading, &relevance).map(|doubt| doubt.kind)
    }

    #[test]
    fn times_outside_the_data_are_doubted() {
        let after = doubted("shop answers 502 since 12:05", None);
        assert!(
            matches!(after, Some(DoubtKind::AfterTheData { .. })),
            "{after:?}"
        );
        let before = doubted("shop answers 502 since 06:00", None);
        assert!(
            matches!(before, Some(DoubtKind::BeforeTheData { .. })),
            "{before:?}"
        );
        assert_eq!(doubted("shop answers 502 since 10:00", None), None);
    }

    #[test]
    fn whole_hours_between_words_and_data_suggest_a_time_zone() {
        let onset = Some("2026-03-04T10:05:12Z");
        let other = doubted("shop answers 502 since 12:05", onset);
        assert!(
            matches!(other, Some(DoubtKind::OtherOnset { hours: Some(2), .. })),
            "{other:?}"
        );
        assert_eq!(doubted("shop answers 502 since 10:05", onset), None);
    }
}

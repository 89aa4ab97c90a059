//! Counts what happened in cases.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc};
use faultmaven_kit::Ctx;
use faultmaven_kit::clock::from_timestamp;
use faultmaven_proto::case::v1 as pb;

use super::{Shared, read};
use crate::access::{Access, actor};
use crate::entity::case::Column;
use crate::error::CaseError;
use crate::store::analytics::{self, Day, Group};
use crate::store::reader::Reader;
use crate::store::turns;
use crate::vocabulary::{CaseStatus, Priority};

/// Returns the counts of one case.
pub(crate) async fn of_case(
    shared: &Shared,
    ctx: &Ctx,
    case_id: &str,
) -> Result<pb::CaseAnalytics, CaseError> {
    let case = read::case_for(shared, ctx, case_id, Access::Read).await?;
    let db = shared.db.read();
    let participants = analytics::participants(db, case_id).await?;
    let first_turn = turns::after(db, case_id, 0, 1).await?.pop();
    Ok(pb::CaseAnalytics {
        status: case.status.into(),
        message_count: case.message_count,
        participant_count: i32::try_from(participants).unwrap_or(i32::MAX),
        hypothesis_count: case.hypothesis_count,
        evidence_count: case.evidence_count,
        resolution_time: case.resolved_at.and_then(|at| span(case.created_at, at)),
        first_response_time: first_turn.and_then(response_time),
        case_id: case.case_id,
    })
}

fn response_time(turn: pb::Turn) -> Option<prost_types::Duration> {
    let time = |stamp: Option<prost_types::Timestamp>| from_timestamp(&stamp?);
    span(time(turn.start_time)?, time(turn.commit_time)?)
}

fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> Option<prost_types::Duration> {
    let span = (to - from).to_std().ok()?;
    prost_types::Duration::try_from(span).ok()
}

/// Returns the counts over all cases that the caller may read.
pub(crate) async fn summary(shared: &Shared, ctx: &Ctx) -> Result<pb::AnalyticsSummary, CaseError> {
    let reader = Reader::new(actor(ctx, Access::Read)?);
    let today = shared.clock.now().date_naive();
    let (week, month) = (first_of_week(today), first_of_month(today));
    let (db, backend) = (shared.db.read(), shared.db.backend());
    let groups = analytics::groups(db, backend, &reader, midnight(week), midnight(month)).await?;
    summed_up(&groups)
}

fn summed_up(groups: &[Group]) -> Result<pb::AnalyticsSummary, CaseError> {
    let mut statuses: BTreeMap<CaseStatus, i64> = BTreeMap::new();
    let mut priorities: BTreeMap<Priority, i64> = BTreeMap::new();
    let mut summary = pb::AnalyticsSummary::default();
    let (mut resolved, mut seconds) = (0_i64, 0.0);
    for group in groups {
        *statuses.entry(group.status.parse()?).or_default() += group.cases;
        *priorities.entry(group.priority.parse()?).or_default() += group.cases;
        summary.total_cases += group.cases;
        summary.evidence_count += group.evidence;
        summary.hypothesis_count += group.hypotheses;
        summary.cases_this_week += group.since_week;
        summary.cases_this_month += group.since_month;
        resolved += group.resolved;
        seconds += group.resolution_seconds.unwrap_or_default();
    }
    summary.by_status = statuses
        .into_iter()
        .map(|(status, count)| pb::StatusCount {
            status: status.into(),
            count,
        })
        .collect();
    summary.by_priority = priorities
        .into_iter()
        .map(|(priority, count)| pb::PriorityCount {
            priority: priority.into(),
            count,
        })
        .collect();
    summary.average_resolution_time = average(seconds, resolved);
    Ok(summary)
}

#[expect(clippy::cast_precision_loss, reason = "an average for people")]
fn average(seconds: f64, count: i64) -> Option<prost_types::Duration> {
    if count == 0 {
        return None;
    }
    let average = std::time::Duration::try_from_secs_f64(seconds / count as f64).ok()?;
    prost_types::Duration::try_from(average).ok()
}

/// Returns the days up to today, those without any case too, and where the number of new cases goes.
pub(crate) async fn trends(
    shared: &Shared,
    ctx: &Ctx,
    days: u64,
) -> Result<pb::GetAnalyticsTrendsResponse, CaseError> {
    let reader = Reader::new(actor(ctx, Access::Read)?);
    let today = shared.clock.now().date_naive();
    let first = today.checked_sub_days(Days::new(days - 1)).unwrap_or(today);
    let (db, from) = (shared.db.read(), midnight(first));
    let created = analytics::days(db, &reader, Column::CreatedAt, from).await?;
    let resolved = analytics::days(db, &reader, Column::ResolvedAt, from).await?;
    let (created, resolved) = (by_day(created), by_day(resolved));
    let count = |of: &BTreeMap<String, i64>, date: &str| of.get(date).copied().unwrap_or(0);
    let days: Vec<pb::TrendDay> = first
        .iter_days()
        .take_while(|day| *day <= today)
        .map(|day| {
            let date = day.format("%Y-%m-%d").to_string();
            pb::TrendDay {
                created: count(&created, &date),
                resolved: count(&resolved, &date),
                date,
            }
        })
        .collect();
    Ok(pb::GetAnalyticsTrendsResponse {
        direction: direction(&days).into(),
        days,
    })
}

fn by_day(days: Vec<Day>) -> BTreeMap<String, i64> {
    days.into_iter().map(|it| (it.day, it.cases)).collect()
}

/// Compares the new cases of the second half with those of the first; a middle day is in neither.
fn direction(days: &[pb::TrendDay]) -> pb::TrendDirection {
    let half = days.len() / 2;
    let total = |days: &[pb::TrendDay]| days.iter().map(|day| day.created).sum::<i64>();
    let (first, second) = (&days[..half], &days[days.len() - half..]);
    match total(second).cmp(&total(first)) {
        std::cmp::Ordering::Less => pb::TrendDirection::Down,
        std::cmp::Ordering::Equal => pb::TrendDirection::Stable,
        std::cmp::Ordering::Greater => pb::TrendDirection::Up,
    }
}

fn first_of_week(day: NaiveDate) -> NaiveDate {
    let since_monday = u64::from(day.weekday().num_days_from_monday());
    day.checked_sub_days(Days::new(since_monday)).unwrap_or(day)
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(created: i64) -> pb::TrendDay {
        pb::TrendDay {
            created,
            ..Default::default()
        }
    }

    #[test]
    fn a_trend_compares_the_halves() {
        let days = |counts: &[i64]| counts.iter().copied().map(day).collect::<Vec<_>>();
        for (counts, expected) in [
            (&[1, 9, 2][..], pb::TrendDirection::Up),
            (&[5, 0, 1, 1], pb::TrendDirection::Down),
            (&[7], pb::TrendDirection::Stable),
        ] {
            assert_eq!(direction(&days(counts)), expected, "{counts:?}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let sunday = NaiveDate::from_ymd_opt(2025, 3, 9).unwrap();
        assert_eq!(first_of_week(sunday).to_string(), "2025-03-03");
        assert_eq!(first_of_month(sunday).to_string(), "2025-03-01");
    }

    #[test]
    fn an_average_weighs_every_case_the_same() {
        let group = |cases, resolved, seconds| Group {
            status: "resolved".into(),
            priority: "low".into(),
            cases,
            resolved,
            resolution_seconds: Some(seconds),
            evidence: 1,
            hypotheses: 2,
            since_week: 0,
            since_month: cases,
        };
        let summary = summed_up(&[group(1, 1, 60.0), group(3, 3, 540.0)]).unwrap();
        assert_eq!(summary.total_cases, 4);
        assert_eq!(summary.average_resolution_time.unwrap().seconds, 150);
        assert_eq!(summary.by_status.len(), 1);
        assert_eq!((summary.evidence_count, summary.hypothesis_count), (2, 4));
    }

    #[test]
    fn nothing_resolved_has_no_average() {
        assert!(summed_up(&[]).unwrap().average_resolution_time.is_none());
    }
}

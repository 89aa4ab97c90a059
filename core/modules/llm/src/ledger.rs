//! The ledger of calls: what a row holds, which rows to sum, what the sums are.

use chrono::{DateTime, Datelike as _, Months, NaiveTime, Utc};

/// One call of a provider.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) usage_id: String,
    /// Empty for calls nobody asked for.
    pub(crate) user_id: String,
    pub(crate) case_id: Option<String>,
    pub(crate) task: String,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) tokens_in: i64,
    pub(crate) tokens_out: i64,
    pub(crate) cost_usd: f64,
    pub(crate) duration_ms: i64,
    /// Why the call failed.
    pub(crate) error: Option<String>,
}

/// Which rows to sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) period: Period,
    pub(crate) case_id: Option<String>,
    /// `None` selects everybody's.
    pub(crate) user_id: Option<String>,
}

/// From a moment on, up to and without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

/// The period ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EmptyPeriod;

impl Period {
    /// Returns the calendar month of `now`.
    pub(crate) fn month_of(now: DateTime<Utc>) -> Self {
        Self {
            start: first_of_month(now),
            end: first_of_next_month(now),
        }
    }

    /// Returns the period between the given ends; an absent one is that of the month of `now`.
    pub(crate) fn new(
        start: Option<DateTime<Utc>>,
        end: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, EmptyPeriod> {
        let month = Self::month_of(now);
        let (start, end) = (start.unwrap_or(month.start), end.unwrap_or(month.end));
        if end > start {
            Ok(Self { start, end })
        } else {
            Err(EmptyPeriod)
        }
    }
}

fn first_of_month(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive();
    // Every month has a first day.
    let first = today.with_day(1).unwrap_or(today);
    first.and_time(NaiveTime::MIN).and_utc()
}

fn first_of_next_month(now: DateTime<Utc>) -> DateTime<Utc> {
    let next = first_of_month(now).checked_add_months(Months::new(1));
    next.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The sums of one provider and model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) totals: Totals,
}

/// Counts and cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Totals {
    pub(crate) calls: i64,
    pub(crate) tokens_in: i64,
    pub(crate) tokens_out: i64,
    pub(crate) cost_usd: f64,
    pub(crate) duration_ms: i64,
    pub(crate) errors: i64,
}

impl Totals {
    /// Returns the sum over all rows.
    pub(crate) fn of(rows: &[Row]) -> Self {
        rows.iter().fold(Self::default(), |sum, row| Self {
            calls: sum.calls + row.totals.calls,
            tokens_in: sum.tokens_in + row.totals.tokens_in,
            tokens_out: sum.tokens_out + row.totals.tokens_out,
            cost_usd: sum.cost_usd + row.totals.cost_usd,
            duration_ms: sum.duration_ms + row.totals.duration_ms,
            errors: sum.errors + row.totals.errors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn without_ends_the_period_is_the_running_month() {
        for (now, start, end) in [
            (
                "2025-03-04T14:00:00Z",
                "2025-03-01T00:00:00Z",
                "2025-04-01T00:00:00Z",
            ),
            (
                "2024-12-31T23:59:59Z",
                "2024-12-01T00:00:00Z",
                "2025-01-01T00:00:00Z",
            ),
            (
                "2024-02-01T00:00:00Z",
                "2024-02-01T00:00:00Z",
                "2024-03-01T00:00:00Z",
            ),
        ] {
            let period = Period::new(None, None, time(now)).unwrap();
            assert_eq!((period.start, period.end), (time(start), time(end)));
        }
    }

    #[test]
    fn a_period_must_end_after_it_begins() {
        let now = time("2025-03-04T14:00:00Z");
        assert_eq!(Period::new(Some(now), Some(now), now), Err(EmptyPeriod));
        assert_eq!(
            Period::new(None, Some(time("2025-02-01T00:00:00Z")), now),
            Err(EmptyPeriod)
        );
        assert!(Period::new(Some(time("2024-01-01T00:00:00Z")), None, now).is_ok());
    }
}

//! Requests that failed, of each service by itself, and whether more of them fail than before.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::counters::{Gain, gains, of_counters};
use super::{Index, about, told};
use crate::finding::{Finding, FindingKind, Severity};
use crate::structured::series::{Anomaly, anomaly};

/// Share of failures from which they are worth a word, and requests from which there is a share.
const FAILED_MIN: f64 = 0.05;
const REQUESTS_MIN: f64 = 20.0;
/// Services that are told of one metric, those with the most failures first.
const SERVICES_MAX: usize = 20;

/// A moment with the requests that failed and all requests.
type Counted = (Option<DateTime<Utc>>, (f64, f64));
const CODES: [&str; 6] = [
    "code",
    "status",
    "status_code",
    "http_status_code",
    "http_response_status_code",
    "response_code",
];

/// Returns the services whose requests fail.
pub(super) fn failed(index: &Index<'_>) -> Vec<Finding> {
    let counted = index.names().filter(|name| {
        name.contains("request") && (name.ends_with("_total") || name.ends_with("_count"))
    });
    counted.flat_map(|name| of_metric(name, index)).collect()
}

fn of_metric(name: &str, index: &Index<'_>) -> Vec<Finding> {
    let gains = gains(index.of(name));
    let mut services: BTreeMap<&str, Vec<&Gain<'_>>> = BTreeMap::new();
    for gain in gains.iter().filter(|gain| code(gain).is_some()) {
        let service = about(gain.last).unwrap_or_default();
        services.entry(service).or_default().push(gain);
    }
    let told = services
        .iter()
        .filter_map(|(service, gains)| of_service(name, service, gains));
    let mut told: Vec<(f64, Finding)> = told.collect();
    told.sort_by(|a, b| b.0.total_cmp(&a.0));
    told.truncate(SERVICES_MAX);
    told.into_iter().map(|(_, found)| found).collect()
}

fn of_service(name: &str, service: &str, gains: &[&Gain<'_>]) -> Option<(f64, Finding)> {
    let all: f64 = gains.iter().map(|it| it.total).sum();
    let failed = gains.iter().filter(|it| is_failure(it) && it.total > 0.0);
    let count: f64 = failed.clone().map(|it| it.total).sum();
    let most = failed.max_by(|a, b| a.total.total_cmp(&b.total))?;
    let change = change(gains);
    let rose = change.filter(|it| it.after >= FAILED_MIN && it.after > it.before);
    if all < REQUESTS_MIN || count < all * FAILED_MIN && rose.is_none() {
        return None;
    }
    let of = match service {
        "" => String::new(),
        service => format!(" of {service}"),
    };
    let against = rose.map_or_else(String::new, |it| {
        let since = it.at.map_or_else(String::new, |at| {
            format!(" from {} on", at.format("%Y-%m-%d %H:%M:%S UTC"))
        });
        format!(
            ", {}{since} instead of {}",
            percent(it.after),
            percent(it.before)
        )
    });
    let statement = format!(
        "{} of {} requests{of} failed with status {} ({}{against}; {name})",
        told(count),
        told(all),
        code(most)?,
        percent(count / all),
    );
    let since = rose.and_then(|it| it.at).or(most.first_rise);
    let kind = FindingKind::HttpResult;
    let found = of_counters(kind, Severity::Warn, &statement, &[most.last], since);
    Some((count, found))
}

/// The share of failures before and after it changed for good.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: Option<DateTime<Utc>>,
    before: f64,
    after: f64,
}

fn change(gains: &[&Gain<'_>]) -> Option<Change> {
    let mut moments: BTreeMap<Option<DateTime<Utc>>, (f64, f64)> = BTreeMap::new();
    for gain in gains {
        for (time, step) in &gain.steps {
            let sums = moments.entry(*time).or_default();
            sums.0 += if is_failure(gain) { *step } else { 0.0 };
            sums.1 += step;
        }
    }
    let moments: Vec<_> = moments
        .into_iter()
        .filter(|(_, (_, all))| *all > 0.0)
        .collect();
    let shares: Vec<f64> = moments
        .iter()
        .map(|(_, (failed, all))| failed / all)
        .collect();
    let (from, until) = match anomaly(&shares)? {
        Anomaly::Shift { at, .. } => (at, moments.len()),
        Anomaly::Stretch { from, until, .. } => (from, until + 1),
        _ => return None,
    };
    let share = |part: &[Counted]| {
        let failed: f64 = part.iter().map(|it| it.1.0).sum();
        let all: f64 = part.iter().map(|it| it.1.1).sum();
        failed / all.max(1.0)
    };
    Some(Change {
        at: moments[from].0,
        before: share(&moments[..from]),
        after: share(&moments[from..until]),
    })
}

fn is_failure(gain: &Gain<'_>) -> bool {
    code(gain).is_some_and(|code| code.starts_with('5'))
}

/// The code that a counter bears as a label.
fn code<'a>(gain: &Gain<'a>) -> Option<&'a str> {
    let labels = &gain.last.labels;
    CODES
        .iter()
        .find_map(|key| labels.get(*key))
        .map(String::as_str)
}

fn percent(share: f64) -> String {
    format!("{} %", told(share * 100.0))
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    /// Samples a minute apart; `failures` tells what fails in a minute.
    fn export(services: &[(&str, &dyn Fn(u32) -> u32)]) -> String {
        let mut text = String::new();
        for (service, failures) in services {
            let mut failed = 0;
            for minute in 0..40 {
                failed += failures(minute);
                let at = 1_774_000_000_000_u64 + u64::from(minute) * 60_000;
                for (code, count) in [("200", minute * 100), ("500", failed)] {
                    text.push_str(&format!(
                        "http_requests_total{{service=\"{service}\",code=\"{code}\"}} {count} {at}\n"
                    ));
                }
            }
        }
        format!("# TYPE http_requests_total counter\n{text}")
    }

    fn told(export: &str) -> Vec<String> {
        let analysis = analyze(export.as_bytes(), Options::default());
        let told = analysis.findings.into_iter().map(|it| it.statement);
        let mut told: Vec<String> = told.filter(|it| it.contains("failed with")).collect();
        told.sort();
        told
    }

    #[test]
    fn each_service_is_told_with_its_own_requests() {
        let broken = |minute: u32| if minute >= 25 { 50 } else { 0 };
        let poor = |_: u32| 10;
        let well = |minute: u32| u32::from(minute.is_multiple_of(10));
        let export = export(&[("cart", &broken), ("ads", &poor), ("shop", &well)]);
        let told = told(&export);
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(
            told[0].starts_with("390 of 4290 requests of ads failed with status 500 (9.1 %; "),
            "{told:#?}"
        );
        assert!(
            told[1].starts_with(
                "750 of 4650 requests of cart failed with status 500 (16.1 %, 33.3 % from "
            ),
            "{told:#?}"
        );
        assert!(told[1].contains(" on instead of 0 %; "), "{told:#?}");
    }
}

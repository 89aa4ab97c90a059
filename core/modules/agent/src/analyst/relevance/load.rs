//! Findings that tell of more load or less, which is no fault by itself.

use faultmaven_proto::evidence::v1::Finding;

use crate::analyst::weather::shift;

/// Words of which the names of metrics that count requests consist.
const OF_REQUESTS: [&str; 22] = [
    "prom",
    "http",
    "https",
    "grpc",
    "nginx",
    "ingress",
    "server",
    "web",
    "app",
    "requests",
    "request",
    "queries",
    "throughput",
    "rps",
    "qps",
    "rpm",
    "total",
    "count",
    "per",
    "second",
    "rate",
    "by",
];
/// Of which one has to stand in it.
const REQUESTS: [&str; 6] = ["requests", "queries", "throughput", "rps", "qps", "rpm"];
/// Labels of results, as statements tell them.
const RESULTS: [&str; 6] = [
    "(code ",
    "(status ",
    "(status_code ",
    "(http_status ",
    "(result ",
    "(outcome ",
];

/// Words of names of values that tell how much of a processor works.
const SHARES_OF_WORK: [&str; 4] = ["cpu", "utilization", "utilisation", "busy"];
const PERCENT: [&str; 3] = ["pct", "percent", "percentage"];
/// Share of it that may work while there is room for more.
const WORKING_MAX: f64 = 0.7;

/// Load that goes down to a smaller share than this of what it was may have found no way.
const LEFT_MIN: f64 = 0.1;

/// Words of names of values that are the better the smaller they are.
const BURDENS: [&str; 24] = [
    "cpu",
    "util",
    "utilization",
    "utilisation",
    "usage",
    "used",
    "busy",
    "iowait",
    "load",
    "latency",
    "duration",
    "p50",
    "p90",
    "p95",
    "p99",
    "errors",
    "error",
    "failures",
    "restarts",
    "lag",
    "backlog",
    "pending",
    "age",
    "wait",
];
/// Words of names of values that are the better the larger they are.
const RESERVES: [&str; 7] = [
    "free",
    "available",
    "avail",
    "expiry",
    "expires",
    "expiration",
    "headroom",
];
/// Words that are such beside one of the units of what may run out.
const RESERVES_OF: [&str; 2] = ["left", "remaining"];
const RUN_OUT: [&str; 6] = ["days", "hours", "seconds", "bytes", "percent", "space"];

/// Returns whether a value shifts to where it burdens less or leaves more.
pub(super) fn is_relief(finding: &Finding) -> bool {
    let (name, said) = finding.statement.split_once(' ').unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let has = |wanted: &[&str]| {
        let mut words = lower.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|it| wanted.contains(&it))
    };
    let shift = shift(said);
    let falls = shift.is_some_and(|(before, after)| after < before);
    let grows = shift.is_some_and(|(before, after)| after > before);
    let is_reserve = has(&RESERVES) || has(&RESERVES_OF) && has(&RUN_OUT);
    // What almost ends may have lost its work.
    let is_left = ebbs(said);
    falls && is_left && has(&BURDENS) && !is_reserve || grows && is_reserve && !has(&BURDENS)
}

/// Returns whether more requests come, or fewer but not almost none, and none is said to fail.
pub(super) fn is_other_load(finding: &Finding) -> bool {
    let (name, said) = finding.statement.split_once(' ').unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let is_word = |word: &&str| !word.is_empty() && *word != "code";
    let words: Vec<&str> = lower
        .split(|it: char| !it.is_ascii_alphanumeric())
        .filter(is_word)
        .collect();
    let counts = words.iter().all(|it| OF_REQUESTS.contains(it))
        && words.iter().any(|it| REQUESTS.contains(it));
    (rises(said) || ebbs(said)) && counts && !tells_failure(said)
        || words.iter().any(|it| SHARES_OF_WORK.contains(it)) && leaves_room(&words, said)
}

/// Returns whether a share of what there is rises to where a good part of it is left.
fn leaves_room(words: &[&str], said: &str) -> bool {
    let unit = match words {
        _ if words.iter().any(|it| PERCENT.contains(it)) => 100.0,
        _ if words.contains(&"ratio") => 1.0,
        _ => return false,
    };
    shift(said).is_some_and(|(before, after)| before < after && after <= unit * WORKING_MAX)
}

fn tells_failure(said: &str) -> bool {
    let told = RESULTS.iter().filter_map(|label| said.split_once(label));
    let mut results = told.filter_map(|(_, value)| value.split([')', ' ']).next());
    results.any(|result| {
        let is_fine = result.starts_with(['1', '2', '3']);
        !is_fine && !["ok", "success"].contains(&result.to_ascii_lowercase().as_str())
    })
}

/// Returns whether a value is said to shift from one to a larger one, or to spike.
fn rises(said: &str) -> bool {
    let shift = shift(said).map(|(before, after)| before < after);
    shift.unwrap_or_else(|| said.contains("spikes to ") || said.contains("rises to "))
}

/// Returns whether a value is said to shift to a smaller one that is a good part of it.
fn ebbs(said: &str) -> bool {
    shift(said).is_some_and(|(before, after)| after >= before * LEFT_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_burdens_less_or_leaves_more_is_relief() {
        let is_relief = |statement: &str| {
            is_relief(&Finding {
                statement: statement.to_owned(),
                ..Default::default()
            })
        };
        for relief in [
            "cert_expiry_days shifts from 30 to 90 at 03:04",
            "ssl_days_left of shop shifts from 30.5 to 89.8 at 02:15",
            "node_cpu_requests_ratio of a shifts from 0.62 to 0.31 at 21:02",
            "fs_avail_bytes shifts from 1000 to 900000 at 08:00",
        ] {
            assert!(is_relief(relief), "{relief}");
        }
        for other in [
            "cert_expiry_days shifts from 30 to 2 at 03:04",
            "node_cpu_ratio shifts from 0.31 to 0.92 at 21:02",
            "fs_avail_bytes shifts from 900000 to 1000 at 08:00",
            "orders_total shifts from 40 to 2 at 08:00",
            "cpu_idle shifts from 90 to 3 at 08:00",
            "pg_sessions_idle_in_transaction shifts from 1 to 90 at 08:00",
            "jobs_remaining shifts from 12 to 4800 at 08:00",
            "process_cpu_usage of checkout shifts from 0.62 to 0 at 08:00",
            "http_request_duration_p95 shifts from 200 to 3 at 08:00",
        ] {
            assert!(!is_relief(other), "{other}");
        }
    }

    #[test]
    fn other_load_is_no_alarm_unless_it_fails_or_almost_ends() {
        let is_load = |statement: &str| {
            is_other_load(&Finding {
                statement: statement.to_owned(),
                ..Default::default()
            })
        };
        for load in [
            "http_requests_per_second_by_code of shop (code 200) shifts from 421.3 to 1344.6 at 08:00",
            "http_rps spikes to 90 (typically 20)",
            "requests_per_second rises to 90 for 12 values (typically 20)",
            "prom_requests_rate of rec (code 200) shifts from 320.9 to 40.4 at 21:00",
            "http_requests_rate of seat-api (code 2xx) rises to 1831.4 for 74 values",
            "cpu_utilization_pct shifts from 26.6 to 57.5 at 07:24",
        ] {
            assert!(is_load(load), "{load}");
        }
        for other in [
            "http_requests_per_second of shop (code 503) shifts from 0.1 to 44 at 08:00",
            "http_requests_per_second of shop (status error) shifts from 0.1 to 44 at 08:00",
            "http_requests_per_second of shop shifts from 421 to 12 at 08:00",
            "http_requests_failed_rate shifts from 0 to 7 at 08:00",
            "http_request_ms of shop shifts from 100 to 2000 at 08:00",
            "slow_queries shifts from 0 to 9 at 08:00",
            "queue_depth shifts from 4 to 900 at 08:00",
            "cpu_utilization_pct shifts from 26.6 to 97.5 at 07:24",
            "cpu_utilization_pct shifts from 26.6 to 0 at 07:24",
        ] {
            assert!(!is_load(other), "{other}");
        }
    }
}

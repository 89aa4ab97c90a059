//! Jobs that failed, and schedules that do not run.

use super::super::{Shown, condition};
use super::place;
use crate::clues::RUNS_MANY;
use crate::structured::json::Node;
use crate::time::parse_utc;

/// Reports a job that failed or is held.
pub(super) fn job(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let failed = condition(object, "Failed").filter(|it| it.text("status") == Some("True"));
    if let Some(failed) = failed {
        let reason = failed.text("reason");
        let value = reason.map_or_else(|| "Failed".to_owned(), |it| format!("Failed ({it})"));
        let since = failed.text("lastTransitionTime");
        shown.push(Shown::new(full, "status", &value, place(failed)).since(since));
    }
    suspended(full, object, shown);
}

/// Reports a schedule that is held, that cannot start, or whose runs do not end well.
pub(super) fn schedule(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    suspended(full, object, shown);
    overlapping(full, object, shown);
    let deadline = object.get("spec.startingDeadlineSeconds");
    // The controller looks every ten seconds.
    if let Some(deadline) = deadline.filter(|it| it.as_number().is_some_and(|it| it < 10.0)) {
        let value = deadline.as_written().unwrap_or_default();
        shown.push(Shown::new(full, "start_deadline_tiny", value, deadline.at));
    }
    let last = object.get("status.lastScheduleTime");
    let started = last.and_then(|it| parse_utc(it.as_text()?));
    let Some((last, started)) = last.zip(started) else {
        return;
    };
    let ended_well = object.get("status.lastSuccessfulTime");
    let is_running = !object.items("status.active").is_empty();
    let behind = match ended_well.and_then(|it| parse_utc(it.as_text()?)) {
        Some(ended) => ended < started,
        None => true,
    };
    if behind && !is_running {
        let value = ended_well.and_then(Node::as_text).unwrap_or("never");
        let at = ended_well.unwrap_or(last).at;
        shown.push(Shown::new(full, "runs_fail", value, at));
    }
}

/// Reports runs that are at work at the same time.
fn overlapping(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let active = object.items("status.active").len();
    if active >= RUNS_MANY && overlaps(object) == "Allow" {
        let written = object.text("spec.schedule").unwrap_or("unknown");
        let value = format!("{active} at once, schedule {written}, concurrencyPolicy Allow");
        let telling = ["spec.concurrencyPolicy", "spec.schedule", "status.active"];
        let place = telling.iter().find_map(|path| object.get(path));
        let at = place.map_or(object.at, |it| it.at);
        shown.push(Shown::new(full, "jobs_overlap", &value, at));
    }
}

/// Returns what a schedule does when its last run has not ended.
pub(in super::super) fn overlaps(schedule: &Node) -> &str {
    schedule.text("spec.concurrencyPolicy").unwrap_or("Allow")
}

/// Returns whether a job ended, well or not.
pub(in super::super) fn has_ended(job: &Node) -> bool {
    let is_set = |kind: &str| {
        let found = condition(job, kind);
        found.is_some_and(|it| it.text("status") == Some("True"))
    };
    job.get("status.completionTime").is_some() || is_set("Complete") || is_set("Failed")
}

fn suspended(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let held = object.get("spec.suspend");
    if let Some(held) = held.filter(|it| it.as_written() == Some("true")) {
        shown.push(Shown::new(full, "suspended", "true", held.at));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::read;
    use crate::structured::json::Node;

    fn told(text: &str) -> Vec<String> {
        let shown = read(&Node::parse(text).unwrap()).into_iter();
        shown.map(|it| format!("{} {}", it.key, it.value)).collect()
    }

    #[test]
    fn a_job_says_why_it_failed_and_whether_it_is_held() {
        let job = r#"{"kind":"Job","metadata":{"name":"a"},"spec":{"suspend":false},"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}}"#;
        assert_eq!(told(job), ["status Failed (BackoffLimitExceeded)"]);
        let held = r#"{"kind":"Job","metadata":{"name":"a"},"spec":{"suspend":true}}"#;
        assert_eq!(told(held), ["suspended true"]);
    }

    #[test]
    fn schedules_whose_runs_fail_are_told() {
        let schedule = |status: &str| {
            format!(
                r#"{{"kind":"CronJob","metadata":{{"name":"a"}},"spec":{{"startingDeadlineSeconds":200}},"status":{{"lastScheduleTime":"2026-10-12T09:00:00Z"{status}}}}}"#
            )
        };
        assert_eq!(told(&schedule("")), ["runs_fail never"]);
        assert_eq!(
            told(&schedule(r#","lastSuccessfulTime":"2026-10-10T09:00:07Z""#)),
            ["runs_fail 2026-10-10T09:00:07Z"]
        );
        assert_eq!(
            told(&schedule(r#","lastSuccessfulTime":"2026-10-12T09:00:07Z""#)),
            [""; 0]
        );
        assert_eq!(told(&schedule(r#","active":[{"name":"a-1"}]"#)), [""; 0]);
        let many = |policy: &str, names: &str| {
            format!(
                r#"{{"kind":"CronJob","metadata":{{"name":"a"}},"spec":{{"schedule":"*/2 * * * *"{policy}}},"status":{{"active":[{names}]}}}}"#
            )
        };
        let three = r#"{"name":"a-1"},{"name":"a-2"},{"name":"a-3"}"#;
        assert_eq!(
            told(&many("", three)),
            ["jobs_overlap 3 at once, schedule */2 * * * *, concurrencyPolicy Allow"]
        );
        assert_eq!(
            told(&many(r#","concurrencyPolicy":"Forbid""#, three)),
            [""; 0]
        );
        assert_eq!(told(&many("", r#"{"name":"a-1"},{"name":"a-2"}"#)), [""; 0]);
        let tiny = r#"{"kind":"CronJob","metadata":{"name":"a"},"spec":{"suspend":true,"startingDeadlineSeconds":5}}"#;
        assert_eq!(told(tiny), ["suspended true", "start_deadline_tiny 5"]);
    }
}

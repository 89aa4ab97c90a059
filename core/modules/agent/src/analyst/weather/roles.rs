//! Values that two objects exchange when a role moves from one to the other.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::Finding;

use crate::convert::moment;

/// How far apart two ends of one move may be measured.
const AT_ONCE: TimeDelta = TimeDelta::minutes(5);
/// Words of values that are no role: who is up while another is not did not take its place.
const NO_ROLE: [&str; 5] = ["up", "ready", "available", "healthy", "alive"];

/// Returns whether a value and that of another object change places at the same time.
pub(super) fn is_exchange(finding: &Finding, findings: &[Finding]) -> bool {
    let Some((name, (before, after))) = moved(finding) else {
        return false;
    };
    let is_beside = |other: &&Finding| {
        let both = time(finding).zip(time(other));
        let at_once = both.is_some_and(|(one, two)| (one - two).abs() <= AT_ONCE);
        at_once && other.component != finding.component
    };
    let mut others = findings.iter().filter(is_beside).filter_map(moved);
    let is_role = !name.split(['_', ':']).any(|word| NO_ROLE.contains(&word));
    is_role && others.any(|(other, levels)| other == name && levels == (after, before))
}

fn time(finding: &Finding) -> Option<DateTime<Utc>> {
    moment(finding.first_seen.as_ref())
}

/// The metric of a level shift, and its levels.
fn moved(finding: &Finding) -> Option<(&str, (f64, f64))> {
    let (name, said) = finding.statement.split_once(' ')?;
    let levels = shift(said).filter(|(before, after)| before != after)?;
    (finding.kind == "level_shift").then_some((name, levels))
}

/// Returns the two levels between which a value is said to shift.
pub(crate) fn shift(said: &str) -> Option<(f64, f64)> {
    let (_, levels) = said.split_once("shifts from ")?;
    let mut words = levels.split_whitespace();
    let before = words.next()?.parse().ok()?;
    Some((before, words.nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::stamp;

    fn shifts(metric: &str, pod: &str, said: &str, at: &str) -> Finding {
        Finding {
            kind: "level_shift".to_owned(),
            statement: format!("{metric} of {pod} shifts from {said}"),
            component: pod.to_owned(),
            first_seen: stamp(Some(format!("2026-05-06T{at}:00Z").parse().unwrap())),
            ..Default::default()
        }
    }

    #[test]
    fn a_role_that_moves_takes_its_values_along() {
        let metric = "redis_connected_slaves";
        let left = shifts(metric, "node-0", "2 to 0 at 09:10", "09:10");
        let with = |other: Finding| is_exchange(&left, &[left.clone(), other]);
        assert!(with(shifts(metric, "node-1", "0 to 2 at 09:10", "09:10")));
        assert!(!with(shifts(metric, "node-1", "0 to 1 at 09:10", "09:10")));
        assert!(!with(shifts(metric, "node-1", "0 to 2 at 07:00", "07:00")));
        assert!(!with(shifts(metric, "node-0", "0 to 2 at 09:12", "09:12")));
        assert!(!is_exchange(&left, std::slice::from_ref(&left)));
    }

    #[test]
    fn who_comes_up_does_not_excuse_who_is_down() {
        let down = shifts("pg_up", "db-1", "1 to 0 at 09:10", "09:10");
        let up = shifts("pg_up", "db-2", "0 to 1 at 09:10", "09:10");
        assert!(!is_exchange(&down, &[down.clone(), up]));
    }
}

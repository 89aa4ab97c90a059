//! Values that two objects exchange when a role moves from one to the other.

use faultmaven_proto::evidence::v1::Finding;

/// Returns whether a value and that of another object change places.
pub(super) fn is_exchange(finding: &Finding, findings: &[Finding]) -> bool {
    let Some((name, (before, after))) = moved(finding) else {
        return false;
    };
    let mut others = findings.iter().filter_map(moved);
    others.any(|(other, levels)| other == name && levels == (after, before))
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

    #[test]
    fn a_role_that_moves_takes_its_values_along() {
        let shifts = |said: &str| Finding {
            kind: "level_shift".to_owned(),
            statement: format!("redis_connected_slaves of {said} at 09:10"),
            ..Default::default()
        };
        let left = shifts("node-0 shifts from 2 to 0");
        let came = shifts("node-1 shifts from 0 to 2");
        let other = shifts("node-1 shifts from 0 to 1");
        assert!(is_exchange(&left, &[left.clone(), came]));
        assert!(!is_exchange(&left, &[left.clone(), other]));
        assert!(!is_exchange(&left, std::slice::from_ref(&left)));
    }
}

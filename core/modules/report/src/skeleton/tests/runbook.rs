//! What runbooks say.

use super::*;

#[test]
fn a_runbook_warns_while_its_cause_is_not_confirmed() {
    let mut material = fixture::material();
    let warning = "> Not confirmed";
    assert!(text(Kind::Runbook, &material).contains(warning));
    let conclusion = material.conclusion.as_mut().unwrap();
    conclusion.assurance = case::Assurance::Confirmed.into();
    assert!(!text(Kind::Runbook, &material).contains(warning));
}

#[test]
fn a_runbook_tells_checks_and_what_they_would_show() {
    let mut material = fixture::material();
    material.hypotheses[0].predictions = vec![case::Prediction {
        if_true: "active equals the maximum".to_owned(),
        if_false: "some connections are idle".to_owned(),
        how: "$ curl -s localhost/metrics".to_owned(),
    }];
    let text = text(Kind::Runbook, &material);
    let step = "1. `curl -s localhost/metrics` — if it is the cause: active equals the maximum; \
                if not: some connections are idle";
    assert!(text.contains(step), "{text}");
}

#[test]
fn a_check_leaves_out_what_nobody_recorded_of_its_outcome() {
    let mut material = fixture::material();
    for (if_true, if_false, step) in [
        ("", "", "1. `df -h`"),
        (
            "the disk is full",
            "",
            "1. `df -h` — if it is the cause: the disk is full",
        ),
        (
            "",
            "there is room",
            "1. `df -h` — if it is not the cause: there is room",
        ),
    ] {
        material.hypotheses[0].predictions = vec![case::Prediction {
            if_true: if_true.to_owned(),
            if_false: if_false.to_owned(),
            how: "$ df -h".to_owned(),
        }];
        let text = text(Kind::Runbook, &material);
        assert!(text.lines().any(|line| line == step), "{text}");
    }
}

#[test]
fn a_runbook_leaves_out_what_limits_nothing_and_says_what_is_missing() {
    let mut material = fixture::material();
    material.case.facts.clear();
    material.actions.clear();
    let text = text(Kind::Runbook, &material);
    assert!(!text.contains("## Applicability"), "{text}");
    assert!(
        text.contains("No fix was recorded. Add what was done"),
        "{text}"
    );
}

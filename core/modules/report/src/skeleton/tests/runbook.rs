//! What runbooks say.

use faultmaven_proto::evidence::v1::DataClass;

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

#[test]
fn the_steps_of_a_runbook_leave_out_times_and_ids_of_the_old_incident() {
    let mut material = fixture::material();
    material.uploads[0].data_class = DataClass::Logs.into();
    let quote = "2025-03-04T14:05:00.001Z ERROR checkout-eu req=00061 POST /checkout status=500 \
                 duration_ms=30001";
    for entry in &mut material.evidence {
        entry.quote = quote.to_owned();
        entry.claim = format!("“{quote}” occurs 600 times, from 14:05:00");
    }
    material.actions[0].attempts = vec![case::Attempt {
        outcome: case::AttemptOutcome::Succeeded.into(),
        perform_time: at(900),
        ..Default::default()
    }];
    let text = text(Kind::Runbook, &material);
    let (steps, _) = text.split_once("\n## Evidence\n").unwrap();
    for line in [
        "- Lines of the log such as `checkout-eu req=<*> POST /checkout status=500 duration_ms=<*>` [E1]",
        "1. Look for lines of the log such as `checkout-eu req=<*> POST /checkout status=500 \
         duration_ms=<*>` [E3] — a sign of: pool size limit too low",
        "- While the service is in use, no more lines of the log such as `checkout-eu req=<*> POST /checkout",
        "- **Rollback:** set it to 5 again",
        "- **Tried in the case this comes from:** succeeded",
    ] {
        assert!(steps.contains(line), "{line}\n{steps}");
    }
    for old in ["00061", "14:05:00.001", "600 times", "14:15:00"] {
        assert!(!steps.contains(old), "{old}\n{steps}");
    }
}

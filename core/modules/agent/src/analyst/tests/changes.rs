//! What the analyst makes of changes.

use faultmaven_proto::evidence::v1::ObservedChange;

use super::*;

fn change(file: &str, at: &str) -> ObservedChange {
    ObservedChange {
        description: "hikari.maximum-pool-size changed from 50 to 5 in checkout/application.yaml"
            .to_owned(),
        change_type: "config".to_owned(),
        change_time: time(at),
        key: "hikari.maximum-pool-size".to_owned(),
        before: "50".to_owned(),
        after: "5".to_owned(),
        citation: Some(citation(file, 7, "maximum-pool-size: 5")),
        signature: "size".to_owned(),
        before_citation: None,
    }
}

#[test]
fn a_change_without_a_time_becomes_likely_by_errors_that_meet_its_value() {
    for (quote, is_met) in [
        (
            "ERROR Pool - Connection is not available (total=5, active=5)",
            true,
        ),
        (
            "ERROR Pool - Connection is not available (total=50, active=50)",
            false,
        ),
    ] {
        let mut situation = entering();
        let mut set = change("config.diff", "2025-03-04T14:00:10Z");
        set.change_time = None;
        set.before_citation = Some(citation("old.json", 3, "maximum-pool-size: 50"));
        let line = citation("app.log", 61, quote);
        let findings = &mut situation.assessment.findings;
        findings.push(finding("error_signature", "pool", line));
        situation.assessment.changes = vec![set];
        let plan = investigate(&situation).plan;
        let added = hypotheses(&plan);
        let cause = added.iter().find(|add| add.catalogue_id == "change.size");
        let of_cause: Vec<LinkBasis> = links(&plan)
            .into_iter()
            .filter(|(hypothesis, _)| cause.is_some_and(|it| *hypothesis == it.r#ref))
            .map(|(_, basis)| basis)
            .collect();
        let sets = of_cause.contains(&LinkBasis::ChangeSetsCondition);
        assert_eq!(sets, is_met, "{quote}: {of_cause:?}");
        assert!(
            plan.claims
                .iter()
                .any(|it| it.text.ends_with("was 50 before"))
        );
    }
}

#[test]
fn a_change_that_sets_the_condition_is_linked_with_the_onset_behind_it() {
    let mut situation = entering();
    let set = change("config.diff", "2025-03-04T14:00:10Z");
    let direct = indication(
        IndicationStrength::Direct,
        "size",
        set.citation.clone().unwrap(),
    );
    situation.assessment.candidates[1].indications = vec![direct];
    situation.assessment.changes = vec![set];
    let plan = investigate(&situation).plan;
    let cause = hypotheses(&plan)
        .into_iter()
        .find(|add| add.catalogue_id == "pool.size")
        .unwrap();
    let of_cause: Vec<LinkBasis> = links(&plan)
        .into_iter()
        .filter(|(hypothesis, _)| *hypothesis == cause.r#ref)
        .map(|(_, basis)| basis)
        .collect();
    assert_eq!(
        of_cause,
        [LinkBasis::ChangeSetsCondition, LinkBasis::OnsetAfterChange]
    );
    assert!(plan.ops.iter().any(|op| {
        matches!(op, Op::AddFact(add) if add.fact.as_ref().unwrap().kind() == FactKind::Change)
    }));
}

#[test]
fn an_unknown_change_is_suspected_only_when_the_onset_follows_soon() {
    for (at, is_suspected) in [
        ("2025-03-04T14:00:10Z", true),
        ("2025-03-04T11:00:00Z", false),
        ("2025-03-04T14:06:00Z", false),
    ] {
        let mut situation = entering();
        situation.assessment.changes = vec![change("other.diff", at)];
        let plan = investigate(&situation).plan;
        let suspected = hypotheses(&plan)
            .iter()
            .any(|add| add.catalogue_id == "change.size");
        assert_eq!(suspected, is_suspected, "{at}");
    }
}

#[test]
fn a_change_of_another_component_is_not_suspected() {
    let mut situation = entering();
    let mut elsewhere = change("other.diff", "2025-03-04T14:00:10Z");
    elsewhere.description = "retries changed from 1 to 2 in mailer/settings.toml".to_owned();
    elsewhere.key = "retries".to_owned();
    situation.assessment.changes = vec![elsewhere];
    let plan = investigate(&situation).plan;
    assert!(
        !hypotheses(&plan)
            .iter()
            .any(|add| add.catalogue_id.starts_with("change."))
    );
}

#[test]
fn a_change_of_what_the_errors_name_comes_before_others() {
    let mut situation = entering();
    let quote = r#"FATAL:  too many connections for role "catalog_app""#;
    let mut error = finding("error_signature", "limit", citation("pg.log", 90, quote));
    error.severity = Severity::Error.into();
    error.first_seen = time(ONSET);
    situation.assessment.findings.push(error);
    let altered = |description: &str, at: &str, line: i64| ObservedChange {
        description: description.to_owned(),
        key: String::new(),
        signature: format!("line.{line}"),
        citation: Some(citation("pg.log", line, description)),
        ..change("pg.log", at)
    };
    let named = altered(
        "ALTER ROLE catalog_app CONNECTION LIMIT 8;",
        "2025-03-04T13:50:00Z",
        3,
    );
    let nearer = altered("CREATE INDEX ON checkout (sku);", "2025-03-04T14:02:00Z", 4);
    situation.assessment.changes = vec![nearer, named];
    let plan = investigate(&situation).plan;
    let suspected: Vec<String> = hypotheses(&plan)
        .into_iter()
        .map(|add| add.catalogue_id)
        .filter(|id| id.starts_with("change."))
        .collect();
    assert_eq!(suspected, ["change.line.3"]);
    situation.assessment.findings.pop();
    let plan = investigate(&situation).plan;
    assert!(
        hypotheses(&plan)
            .iter()
            .any(|add| add.catalogue_id == "change.line.4")
    );
}

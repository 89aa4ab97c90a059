use faultmaven_proto::case::v1::{Case, EvidenceDigest, HypothesisStatus, ProblemStatement};

use super::*;

fn investigation(status: CaseStatus) -> Investigation {
    let mut case = Case {
        statement: Some(ProblemStatement {
            text: "checkout answers 500 since 14:05; the data show 600 lines".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    case.set_status(status);
    Investigation {
        case: Some(case),
        ..Default::default()
    }
}

fn hypothesis(id: &str, statement: &str, likelihood: f64) -> Hypothesis {
    let mut hypothesis = Hypothesis {
        hypothesis_id: id.to_owned(),
        statement: statement.to_owned(),
        likelihood,
        ..Default::default()
    };
    hypothesis.set_kind(HypothesisKind::Condition);
    hypothesis.set_status(HypothesisStatus::Active);
    hypothesis
}

fn runbook(id: &str, similarity: f64, causes: &[&str]) -> Runbook {
    let causes: Vec<String> = causes
        .iter()
        .map(|cause| format!("### {cause}\n"))
        .collect();
    Runbook {
        document_id: id.to_owned(),
        version: 2,
        title: format!("Runbook {id}"),
        content: format!(
            "A sign of: `Pool` exhausted (shop)\n\n## Causes\n\n{}",
            causes.join("\n")
        ),
        similarity,
    }
}

fn added(seeds: &Seeds) -> Vec<&case_pb::AddHypothesis> {
    let added = seeds.ops.iter().filter_map(|op| match op {
        Op::AddHypothesis(op) => Some(op),
        _ => None,
    });
    added.collect()
}

#[test]
fn runbooks_are_asked_at_the_beginning_and_when_the_root_is_lost() {
    use CaseStatus::{Inquiry, Investigating, Resolved};
    for (before, after, are_asked) in [
        (Inquiry, Investigating, true),
        (Investigating, Investigating, false),
        (Inquiry, Inquiry, false),
        (Investigating, Resolved, false),
    ] {
        let asked = are_due(&investigation(before), &investigation(after));
        assert_eq!(asked, are_asked, "{before:?} {after:?}");
    }
    let mut before = investigation(Investigating);
    before.hypotheses.push(Hypothesis {
        root: true,
        ..Default::default()
    });
    let mut after = investigation(Investigating);
    assert!(are_due(&before, &after));
    after.hypotheses.push(Hypothesis {
        contested: true,
        ..Default::default()
    });
    assert!(!are_due(&before, &after));
}

#[test]
fn the_subject_has_no_times_and_no_counts() {
    let mut after = investigation(CaseStatus::Investigating);
    after
        .hypotheses
        .push(hypothesis("hyp_1", "Pool exhausted (shop-1)", 0.5));
    let mut quoted = EvidenceDigest {
        file_id: "file_1".to_owned(),
        quote: "2025-03-04T14:05:00Z timed out after 30000ms".to_owned(),
        ..Default::default()
    };
    quoted.set_category(EvidenceKind::Causal);
    after.evidence.push(quoted);
    assert_eq!(
        subject(&after),
        "checkout answers since Pool exhausted shop timed out after ms"
    );
}

#[test]
fn what_is_alike_becomes_a_hypothesis_to_test() {
    let mut after = investigation(CaseStatus::Investigating);
    after
        .hypotheses
        .push(hypothesis("hyp_1", "Pool exhausted (cart)", 0.6));
    after.hypotheses.push(hypothesis("hyp_2", "Disk full", 0.9));
    let names = HashMap::from([("$h1".to_owned(), "hyp_1".to_owned())]);
    let seeds = sow(&[runbook("a", 0.80, &["Limit too low"])], &after, &names);
    let [seed] = added(&seeds)[..] else {
        panic!("{seeds:?}");
    };
    assert_eq!(seed.statement, "Limit too low");
    assert_eq!(
        (seed.source(), seed.kind()),
        (HypothesisSource::Knowledge, HypothesisKind::Cause)
    );
    assert!((seed.prior.unwrap() - 0.46).abs() < 1e-9);
    assert_eq!(
        (seed.document_id.as_str(), seed.explains.as_str()),
        ("a", "$h1")
    );
    assert!(
        seed.rationale
            .contains("“Runbook a” (version 2, similarity 0.80)")
    );
    assert!(seed.mechanism.is_empty() && seeds.skipped.is_empty());
    let unknown = sow(
        &[runbook("a", 1.0, &["Limit too low"])],
        &investigation(CaseStatus::Investigating),
        &names,
    );
    assert_eq!(added(&unknown)[0].explains, PROBLEM);
    assert!(added(&unknown)[0].prior.unwrap() <= 0.50);
}

#[test]
fn what_is_too_much_is_skipped_and_says_why() {
    let after = investigation(CaseStatus::Investigating);
    let runbooks = [
        runbook("a", 0.9, &["One", "Two"]),
        runbook("b", 0.8, &["Three", "Four"]),
        runbook("c", 0.7, &["Five"]),
    ];
    let seeds = sow(&runbooks, &after, &HashMap::new());
    let statements: Vec<&str> = added(&seeds)
        .iter()
        .map(|it| it.statement.as_str())
        .collect();
    assert_eq!(statements, ["One", "Two", "Three"]);
    let skipped: Vec<(&str, &str)> = seeds
        .skipped
        .iter()
        .map(|it| (it.reason.as_str(), it.excerpt.as_str()))
        .collect();
    assert_eq!(
        skipped,
        [("limit_reached", "Four"), ("limit_reached", "Runbook c")]
    );
    let silent = sow(&[runbook("d", 0.9, &[])], &after, &HashMap::new());
    assert_eq!(silent.skipped[0].reason, "no_cause_named");
}

#[test]
fn similarity_decides_from_its_limit_on() {
    assert!(is_alike(0.60) && !is_alike(0.599));
}

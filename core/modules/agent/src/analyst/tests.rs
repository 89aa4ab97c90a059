//! What the analyst makes of data, from the situation to the plan.

use faultmaven_kit::clock::timestamp;
use faultmaven_proto::case::v1::{
    Action, Attempt, Case, EvidenceDigest, EvidenceKind, FactKind, Hypothesis, HypothesisKind,
    LinkBasis, ProblemStatement,
};
use faultmaven_proto::evidence::v1::{
    Candidate, FileCitation, Finding, Indication, IndicationStrength, Severity, UploadedFile,
};
use prost_types::Timestamp;

use super::*;

#[path = "tests/changes.rs"]
mod changes;
#[path = "tests/ranking.rs"]
mod ranking;

const ONSET: &str = "2025-03-04T14:05:00Z";

fn time(text: &str) -> Option<Timestamp> {
    Some(timestamp(text.parse().unwrap()))
}

fn citation(file: &str, line: i64, quote: &str) -> FileCitation {
    FileCitation {
        file_id: file.to_owned(),
        filename: file.to_owned(),
        byte_start: line * 1_000,
        byte_end: line * 1_000 + 100,
        line_start: line,
        line_end: line,
        quote: quote.to_owned(),
        ..Default::default()
    }
}

fn finding(kind: &str, signature: &str, cited: FileCitation) -> Finding {
    Finding {
        file_id: cited.file_id.clone(),
        kind: kind.to_owned(),
        severity: Severity::Error.into(),
        signature: signature.to_owned(),
        count: 10,
        first_seen: time(ONSET),
        last_seen: time("2025-03-04T14:15:00Z"),
        citations: vec![cited],
        ..Default::default()
    }
}

fn indication(strength: IndicationStrength, signature: &str, cited: FileCitation) -> Indication {
    Indication {
        strength: strength.into(),
        statement: "seen".to_owned(),
        citation: Some(cited),
        signature: signature.to_owned(),
        ..Default::default()
    }
}

fn candidate(id: &str, explains: &str, indications: Vec<Indication>) -> Candidate {
    Candidate {
        catalogue_id: id.to_owned(),
        kind: if explains.is_empty() {
            "condition"
        } else {
            "cause"
        }
        .to_owned(),
        statement: format!("statement of {id}"),
        category: "config".to_owned(),
        explains: explains.to_owned(),
        mechanism: "it waits".to_owned(),
        indications,
        ..Default::default()
    }
}

fn pool_line() -> FileCitation {
    citation(
        "app.log",
        61,
        "WARN checkout-eu Connection is not available",
    )
}

fn error_line() -> FileCitation {
    citation("app.log", 62, "ERROR checkout-eu POST /checkout status=500")
}

/// A case that becomes an investigation, with a log in which a pool runs dry and requests fail.
fn entering() -> Situation {
    let mut situation = Situation {
        entering: true,
        now: "2025-11-21T10:00:00Z".parse().unwrap(),
        ..Situation::default()
    };
    situation.investigation.case = Some(Case {
        status: CaseStatus::Inquiry.into(),
        statement: Some(ProblemStatement {
            text: "checkout answers 500".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    });
    situation.assessment.findings = vec![
        finding("error_signature", "500", error_line()),
        finding("onset", "500", error_line()),
    ];
    let direct = indication(IndicationStrength::Direct, "pool", pool_line());
    situation.assessment.candidates = vec![
        candidate("pool", "", vec![direct]),
        candidate("pool.size", "pool", Vec::new()),
        candidate("pool.leak", "pool", Vec::new()),
    ];
    situation
}

/// The same data with other words.
fn saying(text: &str, situation: &Situation) -> Situation {
    Situation {
        text: text.to_owned(),
        ..situation.without_words()
    }
}

fn links(plan: &Plan) -> Vec<(String, LinkBasis)> {
    let links = plan.ops.iter().filter_map(|op| match op {
        Op::Link(link) => Some((link.hypothesis.clone(), link.basis())),
        _ => None,
    });
    links.collect()
}

fn hypotheses(plan: &Plan) -> Vec<case_pb::AddHypothesis> {
    let added = plan.ops.iter().filter_map(|op| match op {
        Op::AddHypothesis(add) => Some(add.clone()),
        _ => None,
    });
    added.collect()
}

#[test]
fn entering_collects_symptom_condition_and_causes() {
    let plan = investigate(&entering()).plan;
    let kinds: Vec<EvidenceKind> = plan.claims.iter().map(|claim| claim.kind).collect();
    assert_eq!(kinds, [EvidenceKind::Symptom, EvidenceKind::Causal]);
    let added = hypotheses(&plan);
    assert_eq!(added[0].kind(), HypothesisKind::Condition);
    assert!(
        added[1..]
            .iter()
            .all(|cause| cause.explains == added[0].r#ref)
    );
    assert_eq!(
        links(&plan),
        [(added[0].r#ref.clone(), LinkBasis::DirectIndicator)]
    );
}

#[test]
fn two_names_for_one_observation_are_one_condition() {
    let mut situation = entering();
    let double = indication(IndicationStrength::Direct, "pool", pool_line());
    situation
        .assessment
        .candidates
        .push(candidate("other_name", "", vec![double]));
    let plan = investigate(&situation).plan;
    let conditions: Vec<String> = hypotheses(&plan)
        .into_iter()
        .filter(|add| add.kind() == HypothesisKind::Condition)
        .map(|add| add.catalogue_id)
        .collect();
    assert_eq!(conditions, ["pool"]);
}

#[test]
fn what_is_normal_after_a_fix_says_nothing_about_the_time_before() {
    let mut situation = entering();
    situation.entering = false;
    situation
        .investigation
        .case
        .as_mut()
        .unwrap()
        .set_status(CaseStatus::Investigating);
    situation.investigation.hypotheses = vec![Hypothesis {
        hypothesis_id: "hyp_1".to_owned(),
        catalogue_id: "pool".to_owned(),
        mechanism: "known".to_owned(),
        ..Default::default()
    }];
    situation.investigation.evidence = vec![EvidenceDigest {
        evidence_id: "ev_1".to_owned(),
        category: EvidenceKind::Causal.into(),
        file_id: "app.log".to_owned(),
        signature: "pool".to_owned(),
        ..Default::default()
    }];
    let file = UploadedFile {
        file_id: "after.txt".to_owned(),
        uploaded_at_turn: 8,
        ..Default::default()
    };
    situation.assessment.files = vec![file.clone()];
    situation.new_files = vec![file];
    let healthy = citation("after.txt", 2, "checkout connections_pending 0");
    situation.assessment.candidates[0]
        .indications
        .push(indication(
            IndicationStrength::CounterDirect,
            "healthy",
            healthy,
        ));
    let refutes = |situation: &Situation| {
        let found = links(&investigate(situation).plan);
        found
            .iter()
            .any(|(_, basis)| *basis == LinkBasis::CounterIndicatorDirect)
    };
    assert!(refutes(&situation));
    situation.investigation.actions = vec![Action {
        attempts: vec![Attempt {
            reported_turn: 8,
            ..Default::default()
        }],
        ..Default::default()
    }];
    assert!(!refutes(&situation));
}

#[test]
fn healthy_data_propose_nothing() {
    let mut situation = Situation::default();
    situation.new_files.push(UploadedFile::default());
    assert!(investigate(&situation).plan.ops.is_empty());
}

#[test]
fn a_suspicion_takes_the_candidate_that_its_words_name() {
    let mut situation = entering();
    situation.entering = false;
    situation
        .investigation
        .case
        .as_mut()
        .unwrap()
        .set_status(CaseStatus::Investigating);
    situation.text = "could it be a connection leak?".to_owned();
    situation.assessment.candidates[2].keywords = vec!["connection".to_owned(), "leak".to_owned()];
    let plan = investigate(&situation).plan;
    let added = hypotheses(&plan);
    assert_eq!(added[0].catalogue_id, "pool.leak");
    assert_eq!(
        added[0].source(),
        faultmaven_proto::case::v1::HypothesisSource::User
    );
}

#[test]
fn what_ended_before_the_problem_began_raises_no_candidate() {
    let mut situation = entering();
    let mut old = indication(
        IndicationStrength::Direct,
        "deadlock",
        citation("app.log", 3, "ERROR checkout-eu deadlock detected"),
    );
    old.observed_from = time("2025-03-04T11:00:00Z");
    old.observed_to = time("2025-03-04T11:20:00Z");
    let past = candidate("deadlock", "", vec![old.clone()]);
    situation.assessment.candidates.push(past);
    let names = |situation: &Situation| -> Vec<String> {
        let added = hypotheses(&investigate(situation).plan);
        added.into_iter().map(|add| add.catalogue_id).collect()
    };
    assert!(!names(&situation).contains(&"deadlock".to_owned()));
    old.observed_to = time("2025-03-04T14:10:00Z");
    situation.assessment.candidates.pop();
    situation
        .assessment
        .candidates
        .push(candidate("deadlock", "", vec![old]));
    assert!(names(&situation).contains(&"deadlock".to_owned()));
}

#[test]
fn errors_in_other_words_show_the_symptom_when_they_begin_with_it() {
    let mut situation = entering();
    situation
        .investigation
        .case
        .get_or_insert_default()
        .statement
        .get_or_insert_default()
        .text = "invoices are not mailed".to_owned();
    let symptoms = |situation: &Situation| {
        let claims = investigate(situation).plan.claims;
        let shown = claims.iter().filter(|it| it.kind == EvidenceKind::Symptom);
        shown.count()
    };
    assert_eq!(symptoms(&situation), 1);
    let mut later = saying("since 16:30", &situation);
    later.assessment.findings.pop();
    assert_eq!(symptoms(&later), 0, "two hours away is another matter");
}

#[test]
fn a_time_that_no_log_covers_is_no_fact() {
    let mut situation = entering();
    situation.text = "checkout answers 500 since 18:05".to_owned();
    let mut file = UploadedFile {
        coverage: Some(faultmaven_proto::evidence::v1::Coverage {
            first_time: time("2025-03-04T13:35:00Z"),
            last_time: time("2025-03-04T14:15:00Z"),
            ..Default::default()
        }),
        ..Default::default()
    };
    file.set_data_class(faultmaven_proto::evidence::v1::DataClass::Logs);
    situation.assessment.files.push(file);
    let started = |situation: &Situation| {
        let ops = investigate(situation).plan.ops;
        let facts = ops.iter().filter_map(|op| match op {
            Op::AddFact(add) => add.fact.clone(),
            _ => None,
        });
        let said = facts.filter(|fact| !fact.source_message_id.is_empty());
        said.filter(|fact| fact.kind() == FactKind::StartedAt)
            .count()
    };
    situation.message_id = "msg_1".to_owned();
    assert_eq!(started(&situation), 0);
    let covered = saying("checkout answers 500 since 14:05", &situation);
    assert_eq!(started(&covered), 1);
}

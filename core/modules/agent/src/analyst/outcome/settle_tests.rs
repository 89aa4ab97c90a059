//! Tests of what settles an attempt.

use chrono::{TimeZone as _, Utc};
use faultmaven_proto::case::v1::{CaseStatus, EvidenceKind};
use faultmaven_proto::evidence::v1::{AbsenceProof, FileCitation};

use super::*;
use crate::analyst::classify;
use crate::analyst::harvest::Symptoms;
use crate::analyst::outcome::record;
use crate::analyst::plan::Sighting;
use crate::analyst::situation::ProvenAbsence;
use crate::convert::stamp;

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 3, 4, hour, 0, 0).unwrap()
}

/// A case in which a fix was reported at three o'clock.
fn reported(outcome: AttemptOutcome, text: &str) -> Situation {
    let mut situation = Situation {
        text: text.to_owned(),
        ..Situation::default()
    };
    situation.investigation.case = Some(case_pb::Case {
        status: CaseStatus::Investigating.into(),
        ..Default::default()
    });
    situation.investigation.actions.push(Action {
        action_id: "sol_1".to_owned(),
        r#type: ActionType::Solution.into(),
        state: case_pb::ActionState::Accepted.into(),
        attempts: vec![Attempt {
            attempt_id: "att_1".to_owned(),
            outcome: outcome.into(),
            perform_time: stamp(Some(at(15))),
            reported_turn: 3,
            ..Default::default()
        }],
        ..Default::default()
    });
    situation
}

fn line() -> FileCitation {
    FileCitation {
        file_id: "file_after".to_owned(),
        line_start: 9,
        line_end: 9,
        quote: "all is well".to_owned(),
        ..Default::default()
    }
}

fn absence(until: DateTime<Utc>) -> ProvenAbsence {
    ProvenAbsence {
        of_symptom: true,
        proof: AbsenceProof {
            signature: "pool".to_owned(),
            end_time: stamp(Some(until)),
            ..Default::default()
        },
        citation: line(),
    }
}

/// Plans the turn; `symptom` is when the symptom was seen last in a new file.
fn settled(situation: &Situation, symptom: Option<DateTime<Utc>>) -> Option<AttemptOutcome> {
    let mut plan = Plan::default();
    let mut symptoms = Symptoms::default();
    if symptom.is_some() {
        let citation = line();
        let sighting = Sighting {
            citation: &citation,
            signature: "errors",
            text: "errors".to_owned(),
            from: None,
            to: symptom,
        };
        let cited = plan.cite(situation, EvidenceKind::Symptom, sighting);
        symptoms.references.extend(cited);
    }
    let reading = classify::read(&situation.text, true);
    record(&mut plan, situation, &reading, &symptoms);
    plan.ops.iter().find_map(|op| match op {
        Op::RecordAttempt(attempt) => {
            assert_eq!(attempt.attempt_id, "att_1");
            assert!(!attempt.evidence.is_empty());
            Some(attempt.outcome())
        }
        _ => None,
    })
}

#[test]
fn data_from_after_the_fix_settle_what_came_of_it() {
    let mut situation = reported(AttemptOutcome::Unknown, "");
    assert_eq!(settled(&situation, None), None, "nothing is known");
    assert_eq!(settled(&situation, Some(at(14))), None, "an older symptom");
    let failed = settled(&situation, Some(at(16)));
    assert_eq!(failed, Some(AttemptOutcome::Failed));
    situation.aftermath.absences = vec![absence(at(16))];
    let succeeded = settled(&situation, None);
    assert_eq!(succeeded, Some(AttemptOutcome::Succeeded));
    situation.aftermath.absences = vec![absence(at(14))];
    assert_eq!(settled(&situation, None), None, "a log of before the fix");
}

#[test]
fn later_words_settle_what_came_of_it() {
    for (text, outcome) in [
        ("works again now", Some(AttemptOutcome::Succeeded)),
        ("still 502", Some(AttemptOutcome::Failed)),
        ("what else could we look at?", None),
    ] {
        let situation = reported(AttemptOutcome::Unknown, text);
        assert_eq!(settled(&situation, None), outcome, "{text}");
    }
}

#[test]
fn what_failed_or_succeeded_is_not_turned_round() {
    let mut failed = reported(AttemptOutcome::Failed, "");
    failed.aftermath.absences = vec![absence(at(16))];
    assert_eq!(settled(&failed, None), None);
    let succeeded = reported(AttemptOutcome::Succeeded, "still 502");
    assert_eq!(settled(&succeeded, Some(at(16))), None);
}

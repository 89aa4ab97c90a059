//! From a root to a fix and to the end of the case.

use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::{reasons, reply, with_root};
use crate::error::CaseError;
use crate::ledger::assurance::assurance;
use crate::progress::milestones;
use crate::readmodel::header::header;
use crate::stagnation::pattern;
use crate::turn::sample::{Story, attempt, command, evidence, say, solution, statement};
use crate::vocabulary::{
    ActionState, ActionType, Assurance, AttemptOutcome, CaseStatus, ClosureReason, Milestone,
    StatementState, TurnPath,
};

#[test]
fn a_root_brings_milestones_and_allows_a_solution() {
    let story = with_root();
    let action = &story.ledger.actions[0];
    assert_eq!(action.action_type, ActionType::Solution);
    assert_eq!(assurance(&story.ledger), Assurance::Likely);
    let reached = milestones(&story.case, &story.ledger);
    for milestone in [
        Milestone::SymptomVerified,
        Milestone::RootCauseIdentified,
        Milestone::SolutionProposed,
    ] {
        assert!(reached.contains(&milestone), "{milestone:?}");
    }
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    let conclusion = shown.working_conclusion.unwrap();
    assert_eq!(
        conclusion.summary,
        "Likely cause: the pool limit is too low"
    );
    assert!(conclusion.confidence > 0.70 && conclusion.confidence <= 0.80);
    assert_eq!(
        shown.progress.unwrap().analysis_stage,
        i32::from(pb::AnalysisStage::Solution)
    );
}

#[test]
fn a_solution_without_a_root_becomes_a_mitigation() {
    let mut story = Story::investigating();
    story.take(say("try this", vec![solution("$s", "")]));
    assert_eq!(story.ledger.actions[0].action_type, ActionType::Mitigation);
}

#[test]
fn unsafe_commands_are_refused() {
    let mut story = Story::investigating();
    let unsafe_action = |action_type: pb::ActionType| {
        Op::ProposeAction(pb::ProposeAction {
            r#type: action_type.into(),
            kind: pb::ActionKind::Restart.into(),
            title: "restart".into(),
            commands: vec![pb::Command {
                command: "systemctl restart checkout".into(),
                safety: pb::CommandSafety::Caution.into(),
                ..pb::Command::default()
            }],
            ..pb::ProposeAction::default()
        })
    };
    let ops = vec![
        unsafe_action(pb::ActionType::Diagnostic),
        unsafe_action(pb::ActionType::Mitigation),
    ];
    let applied = story.take(say("go", ops));
    assert_eq!(reasons(&applied), ["unsafe_command", "unsafe_command"]);
}

#[test]
fn a_failed_fix_takes_the_root_and_its_solution_away() {
    let mut story = with_root();
    let action_id = story.ledger.actions[0].action_id.clone();
    let applied = story.take(say(
        "I set it back, the errors are still there",
        vec![
            evidence("$n", pb::EvidenceKind::Symptom, "c", 12),
            attempt(&action_id, pb::AttemptOutcome::Failed, "$n"),
        ],
    ));
    assert!(story.ledger.root().is_none());
    let action = &story.ledger.actions[0];
    assert_eq!(action.state, ActionState::Superseded);
    assert_eq!(action.state_reason, "root_lost");
    assert!(
        applied
            .milestones_reverted
            .contains(&Milestone::RootCauseIdentified)
    );
    assert!(
        applied
            .milestones_completed
            .contains(&Milestone::SolutionApplied)
    );
    assert!(story.case.overview.pending.is_none());
}

#[test]
fn a_fix_that_fails_after_the_cause_fell_with_the_first_is_the_second_failure() {
    let mut story = with_root();
    let solution = story.ledger.actions[0].action_id.clone();
    for (name, action, proposed, number) in [
        ("$n", solution.as_str(), None, 12),
        ("$m", "$unasked", Some(mitigation("$unasked")), 13),
    ] {
        assert!(!fixes_fail(&story));
        let seen = evidence(name, pb::EvidenceKind::Symptom, "c", number);
        let failed = attempt(action, pb::AttemptOutcome::Failed, name);
        let ops = proposed.into_iter().chain([seen, failed]).collect();
        story.take(say("I did that, the errors are still there", ops));
    }
    assert!(fixes_fail(&story));
}

#[test]
fn fixes_that_failed_before_any_solution_make_no_cycle() {
    let mut story = with_root();
    for (action, name, number) in [("$a", "$n", 12), ("$b", "$m", 13)] {
        let seen = evidence(name, pb::EvidenceKind::Symptom, "c", number);
        let failed = attempt(action, pb::AttemptOutcome::Failed, name);
        let ops = vec![mitigation(action), seen, failed];
        story.take(say("I did that, the errors are still there", ops));
    }
    assert!(!fixes_fail(&story));
}

/// An action of the user that nobody proposed against a cause.
fn mitigation(name: &str) -> Op {
    Op::ProposeAction(pb::ProposeAction {
        r#ref: name.to_owned(),
        r#type: pb::ActionType::Mitigation.into(),
        kind: pb::ActionKind::Other.into(),
        title: format!("restarted the pods, {name}"),
        ..pb::ProposeAction::default()
    })
}

fn fixes_fail(story: &Story) -> bool {
    let found = pattern(&story.case, &story.ledger);
    found == Some(pb::StagnationPattern::FixFailureCycle)
}

#[test]
fn a_fix_with_both_absences_confirms_the_cause() {
    let mut story = with_root();
    let action_id = story.ledger.actions[0].action_id.clone();
    let applied = story.take(say(
        "I set it back to 50, data attached",
        vec![
            evidence("$gone", pb::EvidenceKind::SymptomAbsence, "c", 20),
            evidence("$fixed", pb::EvidenceKind::CausalAbsence, "c", 22),
            attempt(&action_id, pb::AttemptOutcome::Succeeded, "$gone"),
        ],
    ));
    assert_eq!(assurance(&story.ledger), Assurance::Confirmed);
    let reached = milestones(&story.case, &story.ledger);
    assert!(
        reached.contains(&Milestone::SolutionVerified),
        "{reached:?}"
    );
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    let conclusion = shown.working_conclusion.unwrap();
    assert!(conclusion.confidence >= 0.90, "{}", conclusion.confidence);
    assert_eq!(conclusion.confidence_word, "verified");
    assert_eq!(
        shown.resolved_eligibility,
        i32::from(pb::Eligibility::Ready)
    );
    assert_eq!(
        shown.progress.unwrap().investigation_stage,
        i32::from(pb::InvestigationStage::Treatment)
    );
    assert_eq!(
        story.case.overview.pending.as_ref().unwrap().to,
        CaseStatus::Resolved
    );
    assert!(applied.progress_made);
}

#[test]
fn closing_without_a_reason_derives_one() {
    let mut inquiry = Story::begin();
    inquiry.take(command(pb::CaseStatus::Closed));
    assert_eq!(
        inquiry.case.closure_reason,
        Some(ClosureReason::InquiryOnly)
    );
    let mut early = Story::investigating();
    early.take(command(pb::CaseStatus::Closed));
    assert_eq!(
        early.case.closure_reason,
        Some(ClosureReason::InsufficientEvidence)
    );
    let mut late = with_root();
    late.take(command(pb::CaseStatus::Closed));
    assert_eq!(
        late.case.closure_reason,
        Some(ClosureReason::SolutionDeferred)
    );
    let mut named = with_root();
    let mut duplicate = command(pb::CaseStatus::Closed);
    duplicate.command.as_mut().unwrap().closure_reason = pb::ClosureReason::Duplicate.into();
    named.take(duplicate);
    assert_eq!(named.case.closure_reason, Some(ClosureReason::Duplicate));
}

#[test]
fn a_terminal_case_takes_words_only() {
    let mut story = with_root();
    story.take(command(pb::CaseStatus::Closed));
    let before = story.clone();
    let applied = story.take(say("and now?", vec![statement("something else")]));
    assert_eq!(applied.path, TurnPath::Terminal);
    assert_eq!(reasons(&applied), ["wrong_status"]);
    assert_eq!(story.case.state_version, before.case.state_version);
    assert_eq!(story.case.current_turn, before.case.current_turn + 1);
    assert_eq!(story.ledger, before.ledger);
    let again = story.attempt(command(pb::CaseStatus::Resolved));
    assert!(matches!(again, Err(CaseError::Terminal { .. })));
    let mut file = say("look", vec![]);
    file.file_ids.push("file_a".into());
    assert!(matches!(
        story.attempt(file),
        Err(CaseError::Terminal { .. })
    ));
}

#[test]
fn a_revision_waits_for_a_yes_and_keeps_the_symptom() {
    let mut story = with_root();
    story.take(say(
        "rather the EU only",
        vec![statement("checkout answers 500 in the EU")],
    ));
    let statement_now = &story.case.overview.statement;
    assert_eq!(statement_now.state, StatementState::RevisionPending);
    assert_eq!(statement_now.text, "checkout answers 500");
    story.take(reply(pb::PendingReply::Confirm));
    let statement_now = &story.case.overview.statement;
    assert_eq!(
        (statement_now.revision, statement_now.state),
        (2, StatementState::Confirmed)
    );
    assert!(milestones(&story.case, &story.ledger).contains(&Milestone::SymptomVerified));
}

#[test]
fn a_confirmed_revision_withdraws_the_evidence_it_drops() {
    let revise = |dropped: &str| {
        Op::ProposeStatement(pb::ProposeStatement {
            text: "login is slow".to_owned(),
            proposed_by: pb::Proposer::User.into(),
            dropped_evidence_ids: vec![dropped.to_owned()],
        })
    };
    let (symptom, causal) = ("ev_000000000001", "ev_000000000002");
    let mut story = with_root();
    for wrong in [causal, "ev_00000000000f"] {
        let refused = story.attempt(say("no", vec![revise(wrong)])).unwrap();
        assert_eq!(refused.dropped.len(), 1, "{wrong}");
    }
    story.take(say("no, login is slow", vec![revise(symptom)]));
    assert!(story.ledger.active(symptom).is_some(), "not before the yes");
    let mut declined = story.clone();
    declined.take(reply(pb::PendingReply::Decline));
    assert!(declined.ledger.active(symptom).is_some());
    let confirmed = story.take(reply(pb::PendingReply::Confirm));
    assert!(story.ledger.active(symptom).is_none());
    assert!(story.ledger.active(causal).is_some());
    let told = format!("evidence {symptom} withdrawn");
    assert!(confirmed.changes.contains(&told), "{:?}", confirmed.changes);
    assert!(story.ledger.root().is_none(), "a root needs a symptom");
}

#[test]
fn data_settle_an_attempt_that_words_reported() {
    let mut story = with_root();
    let action_id = story.ledger.actions[0].action_id.clone();
    let mut unknown = attempt(&action_id, pb::AttemptOutcome::Unknown, "");
    if let Op::RecordAttempt(op) = &mut unknown {
        op.evidence.clear();
    }
    story.take(say("I set it back", vec![unknown]));
    let reported = story.ledger.actions[0].attempts[0].clone();
    let settle = |attempt_id: &str, outcome, number| {
        let mut op = attempt(&action_id, outcome, "$gone");
        if let Op::RecordAttempt(op) = &mut op {
            op.attempt_id = attempt_id.to_owned();
        }
        let gone = evidence("$gone", pb::EvidenceKind::SymptomAbsence, "c", number);
        say("", vec![gone, op])
    };
    let applied = story.take(settle("att_other", pb::AttemptOutcome::Succeeded, 12));
    assert_eq!(reasons(&applied), ["unknown_id"]);
    let applied = story.take(settle(
        &reported.attempt_id,
        pb::AttemptOutcome::Succeeded,
        13,
    ));
    assert!(reasons(&applied).is_empty(), "{:?}", reasons(&applied));
    let [settled] = story.ledger.actions[0].attempts.as_slice() else {
        panic!("{:#?}", story.ledger.actions);
    };
    assert_eq!(settled.outcome, AttemptOutcome::Succeeded);
    assert_eq!(settled.reported_turn, reported.reported_turn);
    assert_eq!(settled.evidence_ids.len(), 1);
    let applied = story.take(settle(&reported.attempt_id, pb::AttemptOutcome::Failed, 14));
    assert_eq!(reasons(&applied), ["guard_failed"]);
}

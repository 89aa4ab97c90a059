use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use super::sample::{
    Story, attempt, cause, command, evidence, link, mechanism, message_id, said, say, solution,
    statement,
};
use crate::error::CaseError;
use crate::ledger::assurance::assurance;
use crate::progress::milestones;
use crate::readmodel::header::header;
use crate::vocabulary::{
    ActionState, ActionType, Assurance, CaseStatus, ClosureReason, ConfirmedHow, HypothesisKind,
    HypothesisStatus, Milestone, StatementState, TitleSource, TurnOutcome, TurnPath,
};

fn reply(reply: pb::PendingReply) -> pb::TurnDraft {
    pb::TurnDraft {
        pending_reply: reply.into(),
        path: pb::TurnPath::Handshake.into(),
        ..say("well", vec![])
    }
}

fn reasons(applied: &super::Applied) -> Vec<&str> {
    applied
        .dropped
        .iter()
        .map(|part| part.reason.as_str())
        .collect()
}

/// A story in which one cause is the root and a solution is proposed.
fn with_root() -> Story {
    let mut story = Story::investigating();
    story.take(say(
        "here is the log",
        vec![
            evidence("$s", pb::EvidenceKind::Symptom, "a", 1),
            evidence("$c", pb::EvidenceKind::Causal, "a", 2),
            evidence("$d", pb::EvidenceKind::Causal, "b", 3),
            cause("$h", "the pool limit is too low", "problem"),
            mechanism("$h", "$c"),
            link("$h", "$c", pb::LinkBasis::OnsetAfterChange),
            link("$h", "$d", pb::LinkBasis::ChangeSetsCondition),
            solution("$sol", "$h"),
        ],
    ));
    story
}

#[test]
fn a_statement_is_offered_and_confirmed_by_a_later_yes() {
    let mut story = Story::begin();
    let first = story.take(say(
        "checkout fails",
        vec![statement("checkout answers 500")],
    ));
    assert_eq!(story.case.status, CaseStatus::Inquiry);
    assert_eq!(story.case.title, "checkout answers 500");
    assert_eq!(story.case.title_source, TitleSource::Generated);
    assert!(!first.progress_made);
    let pending = story.case.overview.pending.as_ref().unwrap();
    assert_eq!(
        (pending.to, pending.proposed_turn),
        (CaseStatus::Investigating, 1)
    );

    let second = story.take(reply(pb::PendingReply::Confirm));
    assert_eq!(second.moved_from, Some(CaseStatus::Inquiry));
    assert_eq!(story.case.status, CaseStatus::Investigating);
    assert_eq!(story.case.overview.statement.revision, 1);
    assert!(story.case.overview.pending.is_none());
    assert_eq!(story.ledger.status_changes[0].how, "handshake");
    assert_eq!(story.case.current_turn, 2);
}

#[test]
fn evidence_may_come_in_the_turn_that_begins_the_investigation() {
    let mut story = Story::begin();
    story.ledger.files = Story::investigating().ledger.files;
    let refused = story.take(say(
        "checkout fails",
        vec![
            statement("checkout answers 500"),
            evidence("$s", pb::EvidenceKind::Symptom, "a", 1),
        ],
    ));
    assert_eq!(reasons(&refused), ["wrong_status"]);
    let mut yes = reply(pb::PendingReply::Confirm);
    yes.diff = say("", vec![evidence("$s", pb::EvidenceKind::Symptom, "a", 1)]).diff;
    let applied = story.take(yes);
    assert_eq!(applied.milestones_completed, [Milestone::SymptomVerified]);
    assert_eq!(applied.outcome, TurnOutcome::MilestoneCompleted);
    assert_eq!(applied.resolved_refs["$s"], "ev_000000000001");
}

#[test]
fn a_declined_offer_is_not_made_again_and_another_statement_is() {
    let mut story = Story::begin();
    story.take(say("it fails", vec![statement("checkout answers 500")]));
    story.take(reply(pb::PendingReply::Decline));
    story.take(say("hm", vec![statement("checkout answers 500")]));
    assert!(story.case.overview.pending.is_none());
    story.take(say(
        "only the EU",
        vec![statement("checkout answers 500 in the EU")],
    ));
    assert!(story.case.overview.pending.is_some());
}

#[test]
fn a_withdrawn_offer_is_made_once_more() {
    let mut story = Story::begin();
    let again = || say("it fails", vec![statement("checkout answers 500")]);
    story.take(again());
    story.take(again());
    assert!(story.case.overview.pending.is_some());
    story.take(again());
    assert!(story.case.overview.pending.is_none());
}

#[test]
fn a_greeting_leaves_the_offer_pending() {
    let mut story = Story::begin();
    story.take(say("it fails", vec![statement("checkout answers 500")]));
    story.take(reply(pb::PendingReply::Keep));
    assert_eq!(
        story.case.overview.pending.as_ref().unwrap().proposed_turn,
        1
    );
}

#[test]
fn a_rewritten_statement_replaces_the_offer_even_when_it_was_kept() {
    let mut story = Story::begin();
    story.take(say("it fails", vec![statement("checkout answers 500")]));
    let mut rewrite = reply(pb::PendingReply::Keep);
    rewrite.diff = say("", vec![statement("checkout answers 500 in the EU")]).diff;
    story.take(rewrite);
    let pending = story.case.overview.pending.as_ref().unwrap();
    assert_eq!(pending.summary, "checkout answers 500 in the EU");
    assert_eq!(pending.proposed_turn, 2);
}

#[test]
fn a_command_to_investigate_confirms_what_was_proposed_or_derived() {
    let mut story = Story::begin();
    let nothing = story.attempt(command(pb::CaseStatus::Investigating));
    assert!(matches!(nothing, Err(CaseError::NothingToInvestigate)));
    let mut derived = command(pb::CaseStatus::Investigating);
    derived.command.as_mut().unwrap().derived_statement = "timeouts in app.log".to_owned();
    story.take(derived);
    let statement_now = &story.case.overview.statement;
    assert_eq!(statement_now.confirmed_how, Some(ConfirmedHow::Derived));
    assert_eq!(story.case.title, "timeouts in app.log");

    let mut story = Story::begin();
    story.take(say("it fails", vec![statement("checkout answers 500")]));
    story.take(command(pb::CaseStatus::Investigating));
    let statement_now = &story.case.overview.statement;
    assert_eq!(statement_now.confirmed_how, Some(ConfirmedHow::Command));
    assert_eq!(statement_now.text, "checkout answers 500");
}

#[test]
fn commands_obey_arrows_guards_and_expectations() {
    let story = Story::begin();
    let resolve = story.attempt(command(pb::CaseStatus::Resolved));
    assert!(matches!(resolve, Err(CaseError::IllegalTransition { .. })));
    let mut stale = command(pb::CaseStatus::Closed);
    stale.command.as_mut().unwrap().expected_from = pb::CaseStatus::Investigating.into();
    assert!(matches!(
        story.attempt(stale),
        Err(CaseError::StatusConflict { .. })
    ));
    let story = Story::investigating();
    let resolve = story.attempt(command(pb::CaseStatus::Resolved));
    assert!(matches!(resolve, Err(CaseError::GuardFailed(_))));
}

#[test]
fn the_users_word_resolves_a_case_and_raises_no_grade() {
    let mut story = with_root();
    let turn = story.case.current_turn + 1;
    let mut resolve = command(pb::CaseStatus::Resolved);
    resolve.diff = say(
        "",
        vec![said("$g", pb::EvidenceKind::SymptomAbsence, turn, 9)],
    )
    .diff;
    let applied = story.take(resolve);
    assert_eq!(applied.outcome, TurnOutcome::CaseResolved);
    assert_eq!(story.case.status, CaseStatus::Resolved);
    assert_eq!(story.case.resolved_at, story.case.closed_at);
    assert_eq!(assurance(&story.ledger), Assurance::Likely);
    assert_eq!(
        story.ledger.conclusion_record.as_ref().unwrap().assurance,
        "likely"
    );
}

#[test]
fn resolution_is_offered_when_the_user_says_the_symptom_is_gone() {
    let mut story = with_root();
    let turn = story.case.current_turn + 1;
    let gone = said("$g", pb::EvidenceKind::SymptomAbsence, turn, 9);
    story.take(say("fixed, works again", vec![gone]));
    let pending = story.case.overview.pending.as_ref().unwrap();
    assert_eq!(pending.to, CaseStatus::Resolved);
    assert_eq!(story.case.status, CaseStatus::Investigating);
    story.take(reply(pb::PendingReply::Confirm));
    assert_eq!(story.case.status, CaseStatus::Resolved);
}

#[test]
fn a_confirmed_offer_whose_condition_fell_away_is_dropped_and_told() {
    let mut story = with_root();
    let turn = story.case.current_turn + 1;
    let gone = said("$g", pb::EvidenceKind::SymptomAbsence, turn, 9);
    story.take(say("fixed, works again", vec![gone]));
    let mut yes = reply(pb::PendingReply::Confirm);
    yes.diff = say("", vec![evidence("$n", pb::EvidenceKind::Symptom, "c", 12)]).diff;
    let applied = story.take(yes);
    assert_eq!(story.case.status, CaseStatus::Investigating);
    assert_eq!(reasons(&applied), ["guard_failed"]);
    assert!(story.case.overview.pending.is_none());
}

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
fn duplicates_hand_their_links_to_the_older_hypothesis() {
    let mut story = Story::investigating();
    story.take(say("x", vec![cause("$h", "the pool limit is too low", "")]));
    let applied = story.take(say(
        "y",
        vec![
            evidence("$c", pb::EvidenceKind::Causal, "a", 2),
            cause("$again", "Pool limits too low", "problem"),
            link("$again", "$c", pb::LinkBasis::DirectIndicator),
        ],
    ));
    assert_eq!(reasons(&applied), ["duplicate"]);
    assert_eq!(story.ledger.hypotheses.len(), 1);
    assert_eq!(story.ledger.hypotheses[0].links.len(), 1);
    assert_eq!(
        applied.resolved_refs["$again"],
        story.ledger.hypotheses[0].hypothesis_id
    );
}

#[test]
fn a_refuted_hypothesis_comes_back_only_with_new_evidence() {
    let mut story = Story::investigating();
    story.take(say(
        "could it be DNS?",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "a", 2),
            cause("$h", "name resolution fails", ""),
            link("$h", "$e", pb::LinkBasis::CounterIndicatorDirect),
        ],
    ));
    assert_eq!(story.ledger.hypotheses[0].status, HypothesisStatus::Refuted);
    let again = story.take(say(
        "DNS?",
        vec![
            cause("$h", "name resolution fails", ""),
            link("$h", "ev_000000000002", pb::LinkBasis::IndirectIndicator),
        ],
    ));
    assert_eq!(reasons(&again), ["refuted_before", "dependency_dropped"]);
    story.take(say(
        "DNS, look at this",
        vec![
            evidence("$n", pb::EvidenceKind::Causal, "b", 5),
            cause("$h", "name resolution fails", ""),
            link("$h", "$n", pb::LinkBasis::IndirectIndicator),
        ],
    ));
    let revived = &story.ledger.hypotheses[1];
    assert_eq!(revived.supersedes, story.ledger.hypotheses[0].hypothesis_id);
    assert_eq!(revived.status, HypothesisStatus::Active);
    assert_eq!(story.ledger.hypotheses[0].status, HypothesisStatus::Refuted);
}

#[test]
fn a_restatement_of_the_problem_is_a_condition() {
    let mut story = Story::investigating();
    story.take(say("x", vec![cause("$h", "Checkout answered 500", "")]));
    assert_eq!(story.ledger.hypotheses[0].kind, HypothesisKind::Condition);
}

#[test]
fn hypotheses_may_explain_what_comes_later_in_the_diff_and_never_each_other() {
    let mut story = Story::investigating();
    let applied = story.take(say(
        "x",
        vec![
            cause("$a", "the deploy changed the limit", "$b"),
            cause("$b", "connections run out", "problem"),
        ],
    ));
    assert!(applied.dropped.is_empty(), "{:?}", applied.dropped);
    let applied = story.take(say(
        "y",
        vec![
            cause("$c", "disks are full", "$d"),
            cause("$d", "logs grow without bound", "$c"),
            cause("$e", "nobody rotates", "$nowhere"),
        ],
    ));
    let mut dropped = reasons(&applied);
    dropped.sort_unstable();
    assert_eq!(dropped, ["cycle", "dependency_dropped", "unknown_id"]);
}

#[test]
fn chains_end_somewhere() {
    let mut story = Story::investigating();
    let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"];
    let mut ops = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let explains = match index.checked_sub(1) {
            Some(before) => format!("${before}"),
            None => "problem".to_owned(),
        };
        ops.push(cause(
            &format!("${index}"),
            &format!("{word} broke"),
            &explains,
        ));
    }
    let applied = story.take(say("x", ops));
    assert_eq!(reasons(&applied), ["chain_too_deep"]);
    assert_eq!(story.ledger.hypotheses.len(), 6);
}

#[test]
fn foreign_and_unknown_things_are_dropped_with_their_dependents() {
    let mut story = Story::investigating();
    let applied = story.take(say(
        "x",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "elsewhere", 2),
            evidence("$u", pb::EvidenceKind::Unspecified, "a", 3),
            cause("$h", "the pool limit is too low", ""),
            link("$h", "$e", pb::LinkBasis::DirectIndicator),
            link("$h", "ev_00000000ffff", pb::LinkBasis::DirectIndicator),
            mechanism("$h", "$u"),
        ],
    ));
    let mut dropped = reasons(&applied);
    dropped.sort_unstable();
    assert_eq!(
        dropped,
        [
            "dependency_dropped",
            "dependency_dropped",
            "foreign_id",
            "unknown_id",
            "unknown_value"
        ]
    );
}

#[test]
fn the_users_opinion_needs_the_users_words() {
    let mut story = Story::investigating();
    let turn = story.case.current_turn + 1;
    let applied = story.take(say(
        "it is not DNS",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "a", 2),
            said("$m", pb::EvidenceKind::Other, turn, 3),
            cause("$h", "name resolution fails", ""),
            link("$h", "$e", pb::LinkBasis::UserRuleOut),
            link("$h", "$m", pb::LinkBasis::UserRuleOut),
        ],
    ));
    assert_eq!(reasons(&applied), ["not_a_user_decision"]);
    assert_eq!(story.ledger.hypotheses[0].status, HypothesisStatus::Refuted);
}

#[test]
fn in_inquiry_only_the_user_adds_hypotheses_and_they_stay_captured() {
    let mut story = Story::begin();
    let Op::AddHypothesis(mut own) = cause("$u", "name resolution fails", "") else {
        unreachable!()
    };
    own.source = pb::HypothesisSource::User.into();
    let ops = vec![
        cause("$a", "the pool is too small", ""),
        Op::AddHypothesis(own),
    ];
    let applied = story.take(say("DNS?", ops));
    assert_eq!(reasons(&applied), ["wrong_status"]);
    assert_eq!(
        story.ledger.hypotheses[0].status,
        HypothesisStatus::Captured
    );
}

#[test]
fn needs_are_met_with_evidence_and_given_up_by_the_user() {
    let mut story = Story::investigating();
    let need = |name: &str, request: &str| {
        Op::AddNeed(pb::AddNeed {
            r#ref: name.to_owned(),
            purpose: pb::NeedPurpose::Cause.into(),
            request: request.to_owned(),
            priority: 1,
            ..pb::AddNeed::default()
        })
    };
    let update = |id: &str, state: pb::NeedState, evidence: &[&str]| {
        Op::UpdateNeed(pb::UpdateNeed {
            need_id: id.to_owned(),
            state: state.into(),
            fulfilling_evidence: evidence.iter().map(|id| (*id).to_owned()).collect(),
            ..pb::UpdateNeed::default()
        })
    };
    let asked = story.take(say(
        "x",
        vec![need("$a", "pool metrics"), need("$b", "DB access")],
    ));
    assert_eq!(asked.outcome, TurnOutcome::DataRequested);
    let (metrics, database) = (&asked.resolved_refs["$a"], &asked.resolved_refs["$b"]);
    let unmet = story.take(say(
        "y",
        vec![update(metrics, pb::NeedState::Fulfilled, &[])],
    ));
    assert_eq!(reasons(&unmet), ["no_source"]);
    let given_up = Op::UpdateNeed(pb::UpdateNeed {
        need_id: database.clone(),
        obtainability: pb::Obtainability::Unobtainable.into(),
        ..pb::UpdateNeed::default()
    });
    let met = story.take(say(
        "no access to the database, here are the metrics",
        vec![
            evidence("$e", pb::EvidenceKind::Causal, "a", 2),
            update(metrics, pb::NeedState::Fulfilled, &["$e"]),
            given_up,
        ],
    ));
    assert!(met.progress_made && met.dropped.is_empty());
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    assert_eq!(
        shown.agent_status,
        i32::from(pb::AgentStatus::InsufficientEvidence)
    );
    let again = story.take(say("z", vec![need("$c", "db ACCESS")]));
    assert_eq!(reasons(&again), ["duplicate"]);
}

#[test]
fn facts_complete_milestones() {
    let mut story = Story::investigating();
    let fact = |kind: pb::FactKind, value: &str, message: &str| {
        Op::AddFact(pb::AddFact {
            fact: Some(pb::Fact {
                kind: kind.into(),
                value: value.to_owned(),
                source_message_id: message.to_owned(),
                ..pb::Fact::default()
            }),
        })
    };
    let here = message_id(story.case.current_turn + 1);
    let applied = story.take(say(
        "EU only, since 14:05, nothing changed",
        vec![
            fact(pb::FactKind::AffectedRegion, "EU", &here),
            fact(pb::FactKind::StartedAt, "2025-03-04T14:05:00Z", &here),
            fact(pb::FactKind::NoChanges, "true", &here),
            fact(
                pb::FactKind::AffectedService,
                "checkout",
                "msg_00000000000000ff",
            ),
            fact(pb::FactKind::AffectedService, "checkout", ""),
        ],
    ));
    assert_eq!(
        applied.milestones_completed,
        [
            Milestone::ScopeAssessed,
            Milestone::TimelineEstablished,
            Milestone::ChangesIdentified
        ]
    );
    assert_eq!(reasons(&applied), ["unknown_id", "no_source"]);
}

#[test]
fn turns_without_progress_make_the_case_stuck() {
    let mut story = Story::investigating();
    for _ in 0..5 {
        story.take(say("and?", vec![]));
    }
    let shown = header(&story.case, &story.ledger, story.case.updated_at);
    let progress = shown.progress.unwrap();
    assert_eq!(progress.turns_without_progress, 5);
    assert!(progress.is_stuck && progress.degraded_mode);
    assert_eq!(shown.inquiry_turns, 2);
}

#[test]
fn an_identical_link_is_no_news() {
    let mut story = with_root();
    let id = story.ledger.hypotheses[0].hypothesis_id.clone();
    let again = link(&id, "ev_000000000002", pb::LinkBasis::OnsetAfterChange);
    let applied = story.take(say("x", vec![again]));
    assert_eq!(reasons(&applied), ["duplicate"]);
    let other = link(&id, "ev_000000000002", pb::LinkBasis::DirectIndicator);
    story.take(say("x", vec![other]));
    assert_eq!(story.ledger.hypotheses[0].links.len(), 2);
}

#[test]
fn preview_and_commit_agree_on_ids() {
    let story = Story::investigating();
    let draft = || say("x", vec![cause("$h", "the pool limit is too low", "")]);
    let first = story.attempt(draft()).unwrap();
    let second = story.attempt(draft()).unwrap();
    assert_eq!(first.resolved_refs, second.resolved_refs);
    assert_eq!(first.ledger, second.ledger);
    assert!(faultmaven_kit::id::is_well_formed(
        "hyp",
        12,
        &first.resolved_refs["$h"]
    ));
}

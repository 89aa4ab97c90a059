//! Statements and resolutions that are offered, confirmed or commanded.

use faultmaven_proto::case::v1 as pb;

use super::{reasons, reply, with_root};
use crate::error::CaseError;
use crate::ledger::assurance::assurance;
use crate::turn::sample::{Story, command, evidence, said, say, statement};
use crate::vocabulary::{Assurance, CaseStatus, ConfirmedHow, Milestone, TitleSource, TurnOutcome};

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

//! The state of an investigation at one glance.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as pb;

use super::conclusion::conclusion;
use crate::case::Case;
use crate::convert;
use crate::ledger::assurance::{is_older, of_kind, symptom_is_gone};
use crate::ledger::{Hypothesis, Ledger};
use crate::limits::{
    DEGRADED_TURNS, ONGOING_WINDOW, SHOWN_EVIDENCE, SHOWN_HYPOTHESES, STUCK_TURNS,
};
use crate::progress::{
    MILESTONES, is_accepted, milestones, newest_fact, solutions, turns_without_progress,
};
use crate::stagnation::{is_data_wall, is_exhausted, looping_action, pattern};
use crate::vocabulary::{
    ActionState, ActionType, AttemptOutcome, CaseStatus, EvidenceKind, FactKind, HypothesisStatus,
    Milestone, Word as _,
};

/// Returns the header as it looks at `now`.
pub(crate) fn header(case: &Case, ledger: &Ledger, now: DateTime<Utc>) -> pb::Header {
    let uploaded = ledger.files.iter().filter(|file| file.top_level).count();
    let shown = by_likelihood(ledger)
        .into_iter()
        .filter(|hypothesis| !hypothesis.status.is_final())
        .take(SHOWN_HYPOTHESES);
    pb::Header {
        case: Some(convert::case(case)),
        uploaded_files_count: count(uploaded),
        resolved_eligibility: resolved_eligibility(case, ledger) as i32,
        closed_eligibility: closed_eligibility(case) as i32,
        inquiry_turns: inquiry_turns(ledger),
        progress: Some(progress(case, ledger)),
        working_conclusion: (!ledger.hypotheses.is_empty()).then(|| conclusion(ledger)),
        active_hypotheses: shown
            .map(|hypothesis| convert::hypothesis(ledger, hypothesis))
            .collect(),
        latest_evidence: ledger
            .active_evidence()
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .take(SHOWN_EVIDENCE)
            .map(convert::evidence)
            .collect(),
        next_actions: ledger.next_actions.clone(),
        agent_status: agent_status(case, ledger) as i32,
        approach: approach(case, ledger, now) as i32,
    }
}

/// Returns all hypotheses, likeliest first, older ones first among equals.
pub(crate) fn by_likelihood(ledger: &Ledger) -> Vec<&Hypothesis> {
    let mut hypotheses: Vec<_> = ledger.hypotheses.iter().collect();
    hypotheses.sort_by(|left, right| right.likelihood.total_cmp(&left.likelihood));
    hypotheses
}

fn progress(case: &Case, ledger: &Ledger) -> pb::Progress {
    let reached = milestones(case, ledger);
    let pending = MILESTONES
        .iter()
        .find(|(milestone, _)| !reached.contains(milestone));
    let idle = turns_without_progress(ledger);
    let stagnation = pattern(case, ledger);
    let looping =
        looping_action(ledger).filter(|_| stagnation == Some(pb::StagnationPattern::ActionLoop));
    let active = ledger.hypotheses.iter().filter(|hypothesis| {
        matches!(
            hypothesis.status,
            HypothesisStatus::Active | HypothesisStatus::Validated
        )
    });
    pb::Progress {
        analysis_stage: analysis_stage(ledger, &reached) as i32,
        investigation_stage: investigation_stage(ledger) as i32,
        milestones: reached.into_iter().map(i32::from).collect(),
        total_milestones: count(MILESTONES.len()),
        total_evidence: count(ledger.active_evidence().count()),
        active_hypotheses: count(active.count()),
        turns_without_progress: idle,
        is_stuck: idle >= STUCK_TURNS,
        degraded_mode: idle >= DEGRADED_TURNS,
        pending_milestone: pending.map_or(0, |(milestone, _)| i32::from(*milestone)),
        pending_milestone_description: pending
            .map(|(_, description)| (*description).to_owned())
            .unwrap_or_default(),
        stage_gates: stage_gates(case, ledger),
        stagnation: stagnation.map_or(0, i32::from),
        looping_action_id: looping
            .map(|action| action.action_id.clone())
            .unwrap_or_default(),
    }
}

fn analysis_stage(ledger: &Ledger, reached: &[Milestone]) -> pb::AnalysisStage {
    let has = |milestone| reached.contains(&milestone);
    let tested = ledger
        .hypotheses
        .iter()
        .any(|hypothesis| hypothesis.tested_turn > 0);
    if has(Milestone::SolutionProposed)
        || has(Milestone::SolutionApplied)
        || has(Milestone::SolutionVerified)
    {
        pb::AnalysisStage::Solution
    } else if has(Milestone::RootCauseIdentified) || tested {
        pb::AnalysisStage::HypothesisValidation
    } else if has(Milestone::SymptomVerified) {
        pb::AnalysisStage::HypothesisFormulation
    } else {
        pb::AnalysisStage::SymptomVerification
    }
}

fn investigation_stage(ledger: &Ledger) -> pb::InvestigationStage {
    let mitigation_under_way = ledger.actions.iter().any(|action| {
        action.action_type == ActionType::Mitigation
            && action.state == ActionState::Accepted
            && !action.last_succeeded()
    });
    if is_accepted(ledger, ActionType::Solution)
        || solutions(ledger).any(|solution| !solution.attempts.is_empty())
    {
        pb::InvestigationStage::Treatment
    } else if mitigation_under_way {
        pb::InvestigationStage::Mitigation
    } else {
        pb::InvestigationStage::Diagnosis
    }
}

fn stage_gates(case: &Case, ledger: &Ledger) -> Vec<String> {
    let mitigations = || {
        ledger
            .actions
            .iter()
            .filter(|action| action.action_type == ActionType::Mitigation)
    };
    let gates = [
        ("problem_confirmed", case.overview.statement.was_confirmed()),
        (
            "mitigation_accepted",
            is_accepted(ledger, ActionType::Mitigation),
        ),
        (
            "mitigation_verified",
            mitigations().any(|action| action.last_succeeded()),
        ),
        (
            "solution_accepted",
            is_accepted(ledger, ActionType::Solution),
        ),
        (
            "solution_verified",
            milestones(case, ledger).contains(&Milestone::SolutionVerified),
        ),
    ];
    gates
        .into_iter()
        .filter(|(_, passed)| *passed)
        .map(|(gate, _)| gate.to_owned())
        .collect()
}

fn resolved_eligibility(case: &Case, ledger: &Ledger) -> pb::Eligibility {
    if case.status != CaseStatus::Investigating {
        return pb::Eligibility::NotEligible;
    }
    if symptom_is_gone(ledger).is_some() {
        return pb::Eligibility::Ready;
    }
    let fix_failed = ledger
        .actions
        .iter()
        .filter(|action| action.action_type != ActionType::Diagnostic)
        .flat_map(|action| &action.attempts)
        .any(|attempt| attempt.outcome == AttemptOutcome::Failed);
    let symptom_is_newest = of_kind(ledger, EvidenceKind::Symptom).any(|symptom| {
        of_kind(ledger, EvidenceKind::SymptomAbsence).all(|absence| is_older(absence, symptom))
    });
    if fix_failed && symptom_is_newest {
        pb::Eligibility::SuggestsAlternative
    } else {
        pb::Eligibility::NeedsInfo
    }
}

fn closed_eligibility(case: &Case) -> pb::Eligibility {
    if case.status.is_terminal() {
        pb::Eligibility::NotEligible
    } else {
        pb::Eligibility::Ready
    }
}

fn inquiry_turns(ledger: &Ledger) -> i32 {
    let turns = ledger
        .turns
        .iter()
        .filter(|turn| turn.began_in == CaseStatus::Inquiry);
    count(turns.count())
}

fn agent_status(case: &Case, ledger: &Ledger) -> pb::AgentStatus {
    let awaits_result = ledger
        .actions
        .iter()
        .any(|action| action.state == ActionState::Accepted && action.attempts.is_empty());
    if case.overview.pending.is_some() {
        pb::AgentStatus::AwaitingConfirmation
    } else if case.status.is_terminal() {
        pb::AgentStatus::Idle
    } else if is_data_wall(ledger) || is_exhausted(case, ledger) {
        pb::AgentStatus::InsufficientEvidence
    } else if awaits_result {
        pb::AgentStatus::AwaitingResult
    } else if ledger.needs.iter().any(|need| need.is_obtainable()) {
        pb::AgentStatus::AwaitingEvidence
    } else {
        pb::AgentStatus::Idle
    }
}

fn approach(case: &Case, ledger: &Ledger, now: DateTime<Utc>) -> pb::Approach {
    let severity = newest_fact(case, ledger, FactKind::Severity)
        .map_or_else(|| case.priority.as_str(), |fact| fact.value.as_str());
    let severe = matches!(severity, "critical" | "high");
    match (is_ongoing(case, ledger, now), severity) {
        (true, _) if severe => pb::Approach::MitigationFirst,
        (true, "medium") => pb::Approach::UserChoice,
        (false, _) if severe => pb::Approach::UserChoice,
        _ => pb::Approach::RootCause,
    }
}

fn is_ongoing(case: &Case, ledger: &Ledger, now: DateTime<Utc>) -> bool {
    if let Some(state) = newest_fact(case, ledger, FactKind::TemporalState) {
        return state.value == "ongoing";
    }
    of_kind(ledger, EvidenceKind::Symptom)
        .filter_map(|symptom| symptom.observed_to)
        .max()
        .is_some_and(|newest| now - newest <= ONGOING_WINDOW)
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

//! How far an investigation has come: derived from the ledger, written by nobody.

use crate::case::Case;
use crate::ledger::assurance::{is_after, symptom_is_gone};
use crate::ledger::{Action, Ledger};
use crate::vocabulary::{
    ActionState, ActionType, EvidenceKind, FactKind, Milestone, NeedPurpose, Obtainability,
};

/// All milestones in canonical order, each with what would reach it.
pub(crate) const MILESTONES: [(Milestone, &str); 8] = [
    (
        Milestone::SymptomVerified,
        "Show the symptom in a log, metric or other file.",
    ),
    (
        Milestone::ScopeAssessed,
        "Tell which services, regions or users are affected.",
    ),
    (
        Milestone::TimelineEstablished,
        "Establish when the problem started.",
    ),
    (
        Milestone::ChangesIdentified,
        "Find out what changed before the problem started, or that nothing did.",
    ),
    (
        Milestone::RootCauseIdentified,
        "Gather the evidence that singles out one cause.",
    ),
    (
        Milestone::SolutionProposed,
        "Propose a solution for the cause.",
    ),
    (
        Milestone::SolutionApplied,
        "Apply the solution and report what happened.",
    ),
    (
        Milestone::SolutionVerified,
        "Show that the symptom is gone after the solution was applied.",
    ),
];

/// Returns the milestones that are reached, in canonical order.
pub(crate) fn milestones(case: &Case, ledger: &Ledger) -> Vec<Milestone> {
    MILESTONES
        .iter()
        .map(|(milestone, _)| *milestone)
        .filter(|milestone| is_reached(case, ledger, *milestone))
        .collect()
}

fn is_reached(case: &Case, ledger: &Ledger, milestone: Milestone) -> bool {
    match milestone {
        Milestone::SymptomVerified => symptom_is_verified(case, ledger),
        Milestone::ScopeAssessed => has_fact(
            case,
            ledger,
            &[
                FactKind::AffectedService,
                FactKind::AffectedRegion,
                FactKind::AffectedUsers,
            ],
        ),
        Milestone::TimelineEstablished => has_fact(case, ledger, &[FactKind::StartedAt]),
        Milestone::ChangesIdentified => {
            has_fact(case, ledger, &[FactKind::Change, FactKind::NoChanges])
        }
        Milestone::RootCauseIdentified => ledger.root().is_some(),
        Milestone::SolutionProposed => solutions(ledger).any(Action::is_open),
        Milestone::SolutionApplied => solutions(ledger).any(Action::was_attempted),
        Milestone::SolutionVerified => solution_is_verified(ledger),
    }
}

fn symptom_is_verified(case: &Case, ledger: &Ledger) -> bool {
    let revision = case.overview.statement.revision;
    let mut symptoms = ledger.active_evidence().filter(|evidence| {
        evidence.category == EvidenceKind::Symptom && evidence.statement_revision == revision
    });
    let mut needs = ledger
        .needs
        .iter()
        .filter(|need| need.purpose == NeedPurpose::Symptom)
        .peekable();
    let none_obtainable = needs.peek().is_some()
        && needs.all(|need| need.obtainability == Obtainability::Unobtainable);
    symptoms.any(|symptom| symptom.cites_file() || none_obtainable)
}

/// Returns whether a fact of one of `kinds` is known and its source still counts.
pub(crate) fn has_fact(case: &Case, ledger: &Ledger, kinds: &[FactKind]) -> bool {
    live_facts(case, ledger).any(|fact| kinds.contains(&fact.kind))
}

/// Returns the newest fact of a kind.
pub(crate) fn newest_fact<'a>(
    case: &'a Case,
    ledger: &'a Ledger,
    kind: FactKind,
) -> Option<&'a crate::fact::Fact> {
    live_facts(case, ledger)
        .filter(|fact| fact.kind == kind)
        .last()
}

fn live_facts<'a>(
    case: &'a Case,
    ledger: &'a Ledger,
) -> impl Iterator<Item = &'a crate::fact::Fact> {
    case.overview
        .facts
        .iter()
        .filter(|fact| !fact.superseded)
        .filter(|fact| match &fact.source {
            crate::fact::FactSource::Evidence(id) => ledger.active(id).is_some(),
            crate::fact::FactSource::Message(_) | crate::fact::FactSource::Finding(_) => true,
        })
}

/// Returns all solutions, whatever became of them.
pub(crate) fn solutions(ledger: &Ledger) -> impl Iterator<Item = &Action> {
    ledger
        .actions
        .iter()
        .filter(|action| action.action_type == ActionType::Solution)
}

fn solution_is_verified(ledger: &Ledger) -> bool {
    let latest = solutions(ledger)
        .filter_map(|action| action.attempts.last().map(|attempt| (action, attempt)))
        .max_by_key(|(_, attempt)| attempt.reported_turn);
    let Some((action, attempt)) = latest else {
        return false;
    };
    action.last_succeeded()
        && symptom_is_gone(ledger)
            .is_some_and(|absence| is_after(absence, attempt.performed_at, attempt.reported_turn))
}

/// Returns how many investigative turns in a row, the newest included, made no progress.
pub(crate) fn turns_without_progress(ledger: &Ledger) -> i32 {
    let idle = ledger
        .turns
        .iter()
        .rev()
        .filter(|turn| turn.investigative)
        .take_while(|turn| !turn.progress)
        .count();
    i32::try_from(idle).unwrap_or(i32::MAX)
}

/// Returns whether an action of a type was accepted.
pub(crate) fn is_accepted(ledger: &Ledger, action_type: ActionType) -> bool {
    ledger
        .actions
        .iter()
        .any(|action| action.action_type == action_type && action.state == ActionState::Accepted)
}

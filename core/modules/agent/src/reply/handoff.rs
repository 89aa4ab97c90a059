//! When going on alone makes no sense: what is known, and the choice to bring in someone.

use faultmaven_proto::case::v1::{
    ActionType, AgentStatus, AttemptOutcome, CaseStatus, Header, HypothesisStatus, Investigation,
    Obtainability, SuggestedAction,
};

use super::suggestions::{say, transition};
use super::text::{counted, plain};
use crate::analyst::needs::is_open;

const FIX_FAILURES: usize = 2;

/// Returns whether the user should be offered to bring in someone.
pub(crate) fn is_due(after: &Investigation) -> bool {
    let stands_still = after
        .header
        .as_ref()
        .is_some_and(|header: &Header| header.agent_status() == AgentStatus::InsufficientEvidence);
    stands_still || failed_fixes(after) >= FIX_FAILURES
}

/// Returns the decisions, none of them preferred.
pub(crate) fn choices() -> Vec<SuggestedAction> {
    vec![
        say("Go on", "Go on with the investigation."),
        say(
            "Bring in someone",
            "I will bring in someone; what should they know?",
        ),
        transition("Close the case", CaseStatus::Closed),
    ]
}

/// Returns what the one who takes over needs to know; it names no cause.
pub(crate) fn summary(after: &Investigation) -> String {
    let ruled_out = after
        .hypotheses
        .iter()
        .filter(|hypothesis| hypothesis.status() == HypothesisStatus::Refuted)
        .count();
    let mut lines = vec![format!(
        "The evidence does not suffice to go on alone. So far: {} collected, {} ruled out, {} without success.",
        counted(
            active_evidence(after),
            "piece of evidence",
            "pieces of evidence"
        ),
        counted(
            i64::try_from(ruled_out).unwrap_or_default(),
            "hypothesis",
            "hypotheses"
        ),
        counted(
            i64::try_from(failed_fixes(after)).unwrap_or_default(),
            "fix",
            "fixes"
        ),
    )];
    let deciding = after.needs.iter().filter(|need| is_open(need)).take(3);
    for need in deciding {
        let reach = match need.obtainability() {
            Obtainability::Unobtainable => " (out of your reach)",
            _ => "",
        };
        lines.push(format!(
            "- would decide: {}{reach}",
            plain(&need.request, 200)
        ));
    }
    lines.join("\n")
}

fn active_evidence(after: &Investigation) -> i64 {
    let active = after
        .evidence
        .iter()
        .filter(|digest| !digest.withdrawn)
        .count();
    i64::try_from(active).unwrap_or_default()
}

fn failed_fixes(after: &Investigation) -> usize {
    after
        .actions
        .iter()
        .filter(|action| action.r#type() == ActionType::Solution)
        .flat_map(|action| &action.attempts)
        .filter(|attempt| attempt.outcome() == AttemptOutcome::Failed)
        .count()
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{Action, Attempt};

    use super::*;

    #[test]
    fn two_failed_fixes_call_for_help() {
        let failed = Attempt {
            outcome: AttemptOutcome::Failed.into(),
            ..Default::default()
        };
        let mut after = Investigation {
            actions: vec![Action {
                r#type: ActionType::Solution.into(),
                attempts: vec![failed.clone()],
                ..Default::default()
            }],
            ..Default::default()
        };
        assert!(!is_due(&after));
        after.actions[0].attempts.push(failed);
        assert!(is_due(&after));
        assert!(summary(&after).contains("2 fixes"));
    }
}

//! When going on alone makes no sense: what is known, and the choice to bring in someone.

use faultmaven_proto::case::v1::{
    Action, ActionType, AttemptOutcome, CaseStatus, HypothesisStatus, Investigation, Obtainability,
    StagnationPattern, SuggestedAction,
};

use super::grade;
use super::suggestions::{say, transition};
use super::text::{counted, plain};
use crate::analyst::needs::is_open;
use crate::analyst::standstill::pattern;
use crate::convert::assurance;
use crate::fast_path::awaits_reply;

const SHOWN: usize = 3;
const TEXT_SHOWN: usize = 200;

/// Returns whether the user should be offered to bring in someone.
pub(crate) fn is_due(after: &Investigation) -> bool {
    let needs_others = matches!(
        pattern(after),
        StagnationPattern::FixFailureCycle
            | StagnationPattern::Exhausted
            | StagnationPattern::DataWall
    );
    needs_others && !awaits_reply(after)
}

/// Returns whether the hand-off begins with this turn.
fn begins(before: &Investigation, after: &Investigation) -> bool {
    is_due(after) && !is_due(before)
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
pub(crate) fn summary(before: &Investigation, after: &Investigation) -> String {
    if !begins(before, after) {
        return "Going on alone still makes little sense; whoever takes over finds the state among the reports of the case.".to_owned();
    }
    let ruled_out = after
        .hypotheses
        .iter()
        .filter(|hypothesis| hypothesis.status() == HypothesisStatus::Refuted)
        .count();
    let failed = failed_fixes(after);
    let mut lines = vec![format!(
        "The evidence does not suffice to go on alone. Grade: {}. So far: {} collected, {} ruled out, {} without success.",
        assurance(grade::of(after)),
        counted(
            active_evidence(after),
            "piece of evidence",
            "pieces of evidence"
        ),
        counted(count(ruled_out), "hypothesis", "hypotheses"),
        counted(count(failed.len()), "fix", "fixes"),
    )];
    for action in failed.iter().take(SHOWN) {
        lines.push(format!(
            "- tried without success: {}",
            plain(&action.title, TEXT_SHOWN)
        ));
    }
    for need in after.needs.iter().filter(|need| is_open(need)).take(SHOWN) {
        let reach = match need.obtainability() {
            Obtainability::Unobtainable => " (out of your reach)",
            _ => "",
        };
        lines.push(format!(
            "- would decide: {}{reach}",
            plain(&need.request, TEXT_SHOWN)
        ));
    }
    lines.push("A summary to hand over stands among the reports of the case.".to_owned());
    lines.join("\n")
}

fn active_evidence(after: &Investigation) -> i64 {
    count(after.evidence.iter().filter(|it| !it.withdrawn).count())
}

fn failed_fixes(after: &Investigation) -> Vec<&Action> {
    let fixes = after
        .actions
        .iter()
        .filter(|action| action.r#type() != ActionType::Diagnostic);
    let failed = fixes.flat_map(|action| {
        let attempts = action.attempts.iter();
        let failed = attempts.filter(|attempt| attempt.outcome() == AttemptOutcome::Failed);
        failed.map(move |_| action)
    });
    failed.collect()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{Attempt, Header, Progress};

    use super::*;

    #[test]
    fn two_failed_fixes_call_for_help_once_in_many_words() {
        let failed = Attempt {
            outcome: AttemptOutcome::Failed.into(),
            ..Default::default()
        };
        let before = Investigation::default();
        let after = Investigation {
            header: Some(Header {
                progress: Some(Progress {
                    stagnation: StagnationPattern::FixFailureCycle.into(),
                    ..Default::default()
                }),
                ..Default::default()
            }),
            actions: vec![Action {
                r#type: ActionType::Solution.into(),
                title: "Restart it".to_owned(),
                attempts: vec![failed.clone(), failed],
                ..Default::default()
            }],
            ..Default::default()
        };
        assert!(!is_due(&before) && is_due(&after));
        let told = summary(&before, &after);
        assert!(
            told.contains("2 fixes") && told.contains("Restart it"),
            "{told}"
        );
        assert!(!summary(&after, &after).contains("2 fixes"));
    }
}

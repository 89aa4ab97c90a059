//! Says that an investigation stands still, and where it goes on.

use faultmaven_proto::case::v1::{HypothesisStatus, Investigation, SuggestedAction};

use super::compose::{Composed, Told};
use super::suggestions::say;
use super::text::{counted, plain};
use crate::analyst::standstill::{is_forced, looping_action};

const STATEMENT_SHOWN: usize = 200;
const TITLE_SHOWN: usize = 120;

/// Says what is off the table, why an action is asked about, and which kinds of causes are brought up.
pub(crate) fn tell(answer: &mut Composed, told: &Told<'_>) {
    if let Some(title) = &told.analysis.declined {
        answer.say(format!(
            "“{}” is off the table. Tell me what can be done instead, if there is anything.",
            plain(title, TITLE_SHOWN)
        ));
    }
    if let Some(action) = looping_action(told.after) {
        answer.say(format!(
            "I have proposed “{}” several times now. What keeps you from trying it?",
            plain(&action.title, TITLE_SHOWN)
        ));
    }
    answer.say(elsewhere(told.after));
}

/// Returns the decisions about an action that nobody tries.
pub(crate) fn choices(after: &Investigation) -> Vec<SuggestedAction> {
    if looping_action(after).is_none() {
        return Vec::new();
    }
    vec![
        say(
            "I will try it",
            "I will try it and report what comes of it.",
        ),
        say("Not possible here", "That is not possible here."),
    ]
}

fn elsewhere(after: &Investigation) -> String {
    let turn = after.case.as_ref().map_or(0, |case| case.current_turn);
    let new: Vec<String> = after
        .hypotheses
        .iter()
        .filter(|it| is_forced(it.source()) && it.created_turn == turn)
        .map(|it| format!("- {}", plain(&it.statement, STATEMENT_SHOWN)))
        .collect();
    if new.is_empty() {
        return String::new();
    }
    let settled = after.hypotheses.iter().filter(|it| {
        matches!(
            it.status(),
            HypothesisStatus::Refuted | HypothesisStatus::Retired | HypothesisStatus::Inconclusive
        )
    });
    let settled = i64::try_from(settled.count()).unwrap_or_default();
    format!(
        "{} so far came to nothing, so I look elsewhere; nothing speaks for these yet:\n{}",
        counted(settled, "explanation", "explanations"),
        new.join("\n")
    )
}

//! What can be asked, and what is said when a question is not understood.

use faultmaven_proto::case::v1::CaseStatus;

use super::compose::{Composed, Told};
use super::text::listed;
use crate::analyst::situation::status_of;

/// Says what can be asked here.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>) {
    answer.say(
        "I read logs, metrics, configuration and command output, weigh what they say for and against possible causes, and say how sure a cause is; I change nothing anywhere.",
    );
    answer.say(format!("Ask, for instance: {}.", listed(&forms(told))));
}

/// Says that a question is not understood, and which ones would be.
pub(super) fn not_understood(answer: &mut Composed, told: &Told<'_>) {
    let why = if told.situation.has_data() {
        "I cannot answer that from the evidence"
    } else {
        "I cannot answer that: this case holds no data yet"
    };
    answer.say(format!(
        "{why}; I can tell, for instance: {}.",
        listed(&forms(told))
    ));
}

/// Three questions that have an answer where the case stands.
fn forms(told: &Told<'_>) -> Vec<String> {
    let onset = told.situation.relevance().onset();
    let clock = onset.map_or_else(
        || "14:05".to_owned(),
        |time| time.format("%H:%M").to_string(),
    );
    let investigating = status_of(told.after) == CaseStatus::Investigating;
    let forms = match (told.situation.has_data(), investigating) {
        (_, true) => [
            "what is the likely cause?".to_owned(),
            "how do I fix it?".to_owned(),
            "how many lines contain \"timeout\"?".to_owned(),
        ],
        (true, false) => [
            "what are the first errors?".to_owned(),
            format!("what happened at {clock}?"),
            "how many lines contain \"timeout\"?".to_owned(),
        ],
        (false, false) => [
            "what should I check first?".to_owned(),
            "where do we stand?".to_owned(),
            "how do I raise a connection pool's limit?".to_owned(),
        ],
    };
    forms.iter().map(|form| format!("“{form}”")).collect()
}

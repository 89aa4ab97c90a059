//! What is said to the wish that a case be resolved when it cannot be yet.

use faultmaven_proto::case::v1::{CaseStatus, EvidenceDigest, EvidenceKind};

use super::cite::Cited;
use super::compose::{Composed, Told};
use crate::analyst::situation::status_of;
use crate::fast_path::pending_target;

/// The words that resolve a case whatever was refused before.
const COMMAND: &str = "The issue is resolved. Write the final documentation.";

/// Says what is missing for the end that the user wants, and how to give it.
pub(super) fn answer(answer: &mut Composed, told: &Told<'_>) {
    if !told.analysis.reading.asks_to_resolve || pending_target(told.after).is_some() {
        return;
    }
    if status_of(told.after) != CaseStatus::Investigating {
        answer.say(
            "A case is resolved out of an investigation, and this one has not begun. Say “start the investigation” and then that the problem is gone; or say “close this case” to end it without.",
        );
        return;
    }
    let refused = told
        .preview
        .dropped
        .iter()
        .find(|part| part.op == "propose_transition");
    if refused.is_some_and(|part| part.reason == "proposal_declined_before") {
        answer.say(format!(
            "You turned that down before, so I do not ask again. To resolve the case all the same, say: “{COMMAND}”"
        ));
        return;
    }
    missing(answer, told);
}

/// Says what shows that the symptom is still there, or that nothing shows its end.
fn missing(answer: &mut Composed, told: &Told<'_>) {
    let newest = |kind: EvidenceKind| {
        let mut evidence = told.after.evidence.iter().rev();
        evidence.find(|it| !it.withdrawn && it.category() == kind)
    };
    let is_gone = newest(EvidenceKind::SymptomAbsence).is_some();
    let seen: Option<&EvidenceDigest> = newest(EvidenceKind::Symptom);
    if is_gone {
        answer.say(
            "I cannot mark the case as resolved: the symptom was seen again after the evidence that it is gone.",
        );
    } else {
        answer.say(
            "I cannot mark the case as resolved yet: nothing in it shows that the symptom is gone.",
        );
    }
    let mut cited = Cited::default();
    seen.into_iter().for_each(|digest| cited.evidence(digest));
    answer.cite("Last seen:", cited);
    answer.say(
        "What is missing is one of two: your word (“it is fixed”, “it works again”), or a log of the same service from after the fix. Then I ask for your confirmation. To end the case without a solution, say “close this case”.",
    );
}

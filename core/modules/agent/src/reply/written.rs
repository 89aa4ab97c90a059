//! Answers in a model's words; what decides is still said by the rules.

use faultmaven_proto::case::v1::CaseStatus;
use faultmaven_proto::evidence::v1::UploadedFile;

use super::compose::{Composed, Told, graded};
use super::{data, inquiry, investigation, outcome};
use crate::analyst::situation::status_of;
use crate::convert::cited_evidence;

/// Composes an answer around a model's text.
pub(crate) fn answer(answer: &mut Composed, told: &Told<'_>) {
    let status = status_of(told.after);
    if status == CaseStatus::Investigating {
        outcome::state(answer, told);
    }
    prose(answer, told);
    let files: Vec<&UploadedFile> = told.situation.new_files.iter().collect();
    answer.say(data::coverage(&files).unwrap_or_default());
    answer.say(data::gaps(&files).unwrap_or_default());
    match status {
        CaseStatus::Investigating => {
            outcome::verdict(answer, told);
            answer.say(graded(told));
            investigation::next_step(answer, told);
        }
        CaseStatus::Resolved | CaseStatus::Closed => answer.say(graded(told)),
        CaseStatus::Inquiry | CaseStatus::Unspecified => inquiry::statement(answer, told),
    }
}

fn prose(answer: &mut Composed, told: &Told<'_>) {
    let Some(prose) = told.prose else {
        return;
    };
    answer.say(prose.text.as_str());
    let cited = prose.evidence_ids.iter().filter_map(|id| {
        let mut known = told.after.evidence.iter();
        known.find(|digest| digest.evidence_id == *id)
    });
    answer.evidence.extend(cited.map(cited_evidence));
}

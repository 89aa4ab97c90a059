//! Names the runbooks that brought something to test.

use faultmaven_proto::case::v1::HypothesisSource;

use super::compose::{Composed, Told};
use super::text::plain;

/// Says which causes of this turn come from runbooks.
pub(crate) fn tell(answer: &mut Composed, told: &Told<'_>) {
    let known = &told.situation.investigation.hypotheses;
    let is_new = |id: &str| known.iter().all(|it| it.hypothesis_id != id);
    let seeded = told.after.hypotheses.iter();
    let seeded = seeded.filter(|it| it.source() == HypothesisSource::Knowledge);
    let lines: Vec<String> = seeded
        .filter(|it| is_new(&it.hypothesis_id))
        .map(|it| format!("- {} [doc:{}]", plain(&it.statement, 240), it.document_id))
        .collect();
    if !lines.is_empty() {
        let lines = lines.join("\n");
        answer.say(format!(
            "Runbooks of failures like this one name as a cause (to be tested, not shown by that):\n{lines}"
        ));
    }
}

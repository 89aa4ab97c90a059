//! Words that mean nothing here: "asdf", "???".

use super::Analysis;
use super::classify::Reading;
use super::relevance::text_of;
use super::situation::Situation;
use super::words::{content_stems, is_stop_word, words};
use super::{statement, symptoms};

/// Longer texts may tell something that no rule knows.
const WORDS_MAX: usize = 3;

/// Returns whether a turn brings nothing but words from which nothing is taken.
pub(crate) fn takes_nothing(situation: &Situation, analysis: &Analysis) -> bool {
    let is_empty = analysis.reading == Reading::default()
        && analysis.plan.ops.is_empty()
        && analysis.plan.claims.is_empty();
    is_empty
        && !situation.text.trim().is_empty()
        && situation.new_files.is_empty()
        && !situation.entering
        && statement::rewrite(&situation.text).is_none()
}

/// Returns whether words have no meaning in the case: no word of the language or of the case is among them.
pub(crate) fn is_noise(situation: &Situation) -> bool {
    let all = words(&situation.text);
    let is_short = all.len() <= WORDS_MAX;
    let is_plain = all.iter().any(|word| is_stop_word(&word.lower));
    is_short && !is_plain && symptoms::find(&all).is_none() && !is_of_the_case(situation)
}

fn is_of_the_case(situation: &Situation) -> bool {
    let said = content_stems(&situation.text);
    let knows = |text: &str| !said.is_disjoint(&content_stems(text));
    let files = &situation.investigation.files;
    let hypotheses = &situation.investigation.hypotheses;
    let entities = &situation.assessment.entities;
    knows(situation.statement())
        || files.iter().any(|file| knows(&file.file_name))
        || hypotheses.iter().any(|it| knows(&it.statement))
        || situation.evidence().any(|it| knows(&it.quote))
        || entities.iter().any(|entity| knows(&entity.value))
        || situation
            .assessment
            .findings
            .iter()
            .any(|it| knows(&text_of(it)))
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{Case, ProblemStatement};

    use super::*;
    use crate::analyst::investigate;

    #[test]
    fn words_of_no_meaning_are_told_from_short_ones() {
        let case = Case {
            statement: Some(ProblemStatement {
                text: "checkout answers 500".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        for (text, expected) in [
            ("asdf", true),
            ("???", true),
            ("qwe rty", true),
            ("checkout", false),
            ("timeouts", false),
            ("what?", false),
            ("yes", false),
            ("it is not the pool", false),
            ("", false),
        ] {
            let mut situation = Situation {
                text: text.to_owned(),
                ..Situation::default()
            };
            situation.investigation.case = Some(case.clone());
            assert_eq!(investigate(&situation).says_nothing, expected, "{text}");
        }
    }
}

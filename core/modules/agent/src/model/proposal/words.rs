//! The words of an answer, as values of the vocabulary.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1::{
    ActionKind, ActionType, AttemptOutcome, CaseStatus, ClosureReason, EvidenceKind, FactKind,
    HypothesisCategory, HypothesisKind, NeedPurpose, Stance, SuggestionType,
};

macro_rules! read {
    ($($name:ident: $type:ident = $prefix:literal),+ $(,)?) => {
        $(
            /// Returns the value of a word; none for a word that is not listed.
            pub(super) fn $name(word: &str) -> Option<$type> {
                let name = format!(concat!($prefix, "_{}"), word.trim().to_uppercase());
                let known = $type::from_str_name(&name);
                known.filter(|it| *it != $type::Unspecified)
            }
        )+
    };
}

read! {
    fact_kind: FactKind = "FACT_KIND",
    category: EvidenceKind = "EVIDENCE_KIND",
    hypothesis_kind: HypothesisKind = "HYPOTHESIS_KIND",
    hypothesis_category: HypothesisCategory = "HYPOTHESIS_CATEGORY",
    stance: Stance = "STANCE",
    purpose: NeedPurpose = "NEED_PURPOSE",
    action_type: ActionType = "ACTION_TYPE",
    action_kind: ActionKind = "ACTION_KIND",
    outcome: AttemptOutcome = "ATTEMPT_OUTCOME",
    status: CaseStatus = "CASE_STATUS",
    closure_reason: ClosureReason = "CLOSURE_REASON",
    suggestion: SuggestionType = "SUGGESTION_TYPE",
}

/// Returns the moment that a text names with its zone.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text.trim()).ok()?;
    Some(time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_words_are_read_and_no_others() {
        assert_eq!(
            category("causal_absence"),
            Some(EvidenceKind::CausalAbsence)
        );
        assert_eq!(suggestion("FREE_SPEECH"), Some(SuggestionType::FreeSpeech));
        assert_eq!(stance("strongly_supports"), None);
        assert_eq!(action_type("unspecified"), None);
        assert_eq!(time("yesterday"), None);
    }
}

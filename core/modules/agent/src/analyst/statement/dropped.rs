//! Evidence that a corrected statement no longer counts.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1::{CaseStatus, EvidenceKind};

use super::super::situation::Situation;
use super::super::words::content_stems;
use super::{Rewrite, rewrite};

/// Words of statements that name no part.
const COMMON: [&str; 22] = [
    "fail", "slow", "error", "down", "timeout", "answer", "return", "status", "real", "problem",
    "actual", "issu", "crash", "respons", "request", "servic", "get", "post", "http", "use",
    "user", "log",
];

/// Returns the evidence of the symptom that has nothing to do with what the problem is said to be
/// instead, by id; none for words that only add to the statement.
pub(crate) fn dropped(situation: &Situation, text: &str) -> Vec<String> {
    let is_corrected = matches!(rewrite(&situation.text), Some(Rewrite::Replace(_)));
    if !is_corrected || situation.status() != CaseStatus::Investigating {
        return Vec::new();
    }
    let named = parts(text);
    if named.is_empty() {
        return Vec::new();
    }
    let symptoms = situation
        .evidence()
        .filter(|digest| digest.category() == EvidenceKind::Symptom);
    symptoms
        .filter(|digest| {
            let shown = format!("{} {} {}", digest.quote, digest.claim, digest.file_name);
            named.is_disjoint(&parts(&shown))
        })
        .map(|digest| digest.evidence_id.clone())
        .collect()
}

fn parts(text: &str) -> BTreeSet<String> {
    let mut stems = content_stems(text);
    stems.retain(|stem| !COMMON.contains(&stem.as_str()) && !stem.starts_with(char::is_numeric));
    stems
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{Case, EvidenceDigest};

    use super::*;

    #[test]
    fn evidence_of_another_part_is_dropped_by_a_correction_alone() {
        let mut situation = Situation::default();
        situation.investigation.case = Some(Case {
            status: CaseStatus::Investigating.into(),
            ..Default::default()
        });
        let symptom = |id: &str, quote: &str| EvidenceDigest {
            evidence_id: id.to_owned(),
            category: EvidenceKind::Symptom.into(),
            quote: quote.to_owned(),
            ..Default::default()
        };
        let of_login = EvidenceDigest {
            file_name: "login.log".to_owned(),
            ..symptom("ev_3", "WARN took 3000 ms")
        };
        situation.investigation.evidence = vec![
            symptom("ev_1", "ERROR checkout POST /checkout status=500"),
            symptom("ev_2", "WARN login took 3000 ms"),
            of_login,
        ];
        let dropped = |situation: &mut Situation, said: &str, text: &str| {
            situation.text = said.to_owned();
            super::dropped(situation, text)
        };
        let said = "No, the problem is that login answers 500";
        let text = "login answers 500";
        assert_eq!(dropped(&mut situation, said, text), ["ev_1"]);
        assert!(dropped(&mut situation, "add that login is slow", text).is_empty());
        assert!(dropped(&mut situation, said, "it is slow").is_empty());
    }
}

//! The log of a part that others call in vain, which nobody has handed over yet.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{HypothesisKind, Investigation, NeedPurpose};
use faultmaven_proto::evidence::v1::Candidate;

use super::super::candidates::{is_failed_call, supports};
use super::super::fill;
use super::super::observed::CALL_FAILED;
use super::super::situation::{Situation, is_final};
use crate::reply::text::clock;

/// Asks for what the called part says of itself; its callers tell that it failed, not why.
pub(super) fn need(situation: &Situation, after: &Investigation) -> Option<Op> {
    let open = after.hypotheses.iter().filter(|it| !is_final(it.status()));
    let (name, id) = open
        .filter(|it| it.kind() == HypothesisKind::Condition)
        .find_map(|it| {
            let candidate = situation.candidate(&it.catalogue_id)?;
            Some((called(situation, candidate)?, it.hypothesis_id.clone()))
        })?;
    let request = format!("The log of {name} from the time of the problem");
    let is_asked = after.needs.iter().any(|need| need.request == request);
    let around = situation.relevance().onset();
    let around = around.map_or_else(String::new, |onset| format!(" around {}", clock(onset)));
    (!is_asked && !is_handed_over(situation, &name)).then(|| {
        Op::AddNeed(case_pb::AddNeed {
            r#ref: "$n_callee".to_owned(),
            purpose: NeedPurpose::Cause.into(),
            request,
            rationale: "Its callers tell that it failed; why, it tells itself".to_owned(),
            how: format!("Upload or paste what {name} logged{around}, with errors or without"),
            priority: 1,
            hypotheses: vec![id],
        })
    })
}

/// Returns the name of the part whose calls fail; an address is none.
fn called(situation: &Situation, candidate: &Candidate) -> Option<String> {
    if !is_failed_call(candidate) && candidate.does_not_prove != CALL_FAILED {
        return None;
    }
    let supporting = candidate.indications.iter().filter(|it| supports(it));
    let mut cited = supporting.filter_map(|it| it.citation.as_ref());
    let end = cited.find_map(|it| fill::far_end(&it.quote))?;
    let host = end.split(':').next().unwrap_or(&end);
    let known = situation.assessment.names.get(host).map(String::as_str);
    let name = known.unwrap_or(host).split('.').next()?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'));
    (is_name && name != "localhost").then(|| name.to_owned())
}

fn is_handed_over(situation: &Situation, name: &str) -> bool {
    let name = name.to_lowercase();
    let mut files = situation.assessment.files.iter();
    files.any(|file| file.filename.to_lowercase().contains(&name))
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{Hypothesis, Need};
    use faultmaven_proto::evidence::v1::{
        FileCitation, Indication, IndicationStrength, UploadedFile,
    };

    use super::*;

    fn asked(quote: &str, file: &str, needs: Vec<Need>) -> Option<String> {
        let mut situation = Situation::default();
        situation.assessment.candidates.push(Candidate {
            catalogue_id: "network.connection_refused".to_owned(),
            indications: vec![Indication {
                strength: IndicationStrength::Direct.into(),
                citation: Some(FileCitation {
                    quote: quote.to_owned(),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            ..Default::default()
        });
        situation.assessment.files.push(UploadedFile {
            filename: file.to_owned(),
            ..Default::default()
        });
        let after = Investigation {
            hypotheses: vec![Hypothesis {
                hypothesis_id: "hyp_1".to_owned(),
                catalogue_id: "network.connection_refused".to_owned(),
                kind: HypothesisKind::Condition.into(),
                ..Default::default()
            }],
            needs,
            ..Default::default()
        };
        match need(&situation, &after)? {
            Op::AddNeed(need) => Some(need.request),
            _ => None,
        }
    }

    #[test]
    fn the_log_of_a_part_that_does_not_answer_is_asked_for_once() {
        const REFUSED: &str = "ERROR GET http://orders:8080/mine: connection refused";
        let request = "The log of orders from the time of the problem";
        assert_eq!(asked(REFUSED, "bff.log", vec![]).as_deref(), Some(request));
        assert_eq!(asked(REFUSED, "Orders-7f9.log", vec![]), None);
        let known = Need {
            request: request.to_owned(),
            ..Default::default()
        };
        assert_eq!(asked(REFUSED, "bff.log", vec![known]), None);
        for nameless in [
            "ERROR connect to 10.0.0.7:5432: connection refused",
            "ERROR http://localhost:8080: connection refused",
            "ERROR connection refused",
        ] {
            assert_eq!(asked(nameless, "bff.log", vec![]), None, "{nameless}");
        }
    }
}

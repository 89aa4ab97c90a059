//! What the analyst proposes in one turn, before anything is verified.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{EvidenceKind, Fact, FactKind};
use faultmaven_proto::evidence::v1::{AbsenceProof, FileCitation};

use super::situation::Situation;
use super::statement::clipped;
use crate::convert::stamp;

/// New evidence that one turn may cite files for.
const HARVEST_MAX: usize = 12;
const CLAIM_MAX: usize = 500;
const QUOTE_MAX_BYTES: usize = 8_192;

/// Changes, and the claims that have to be verified first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) ops: Vec<Op>,
    pub(crate) claims: Vec<Claim>,
    hypotheses: usize,
}

/// A claim under the name that the rest of the plan knows it by.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) reference: String,
    pub(crate) kind: EvidenceKind,
    pub(crate) text: String,
    pub(crate) source: Source,
    pub(crate) signature: String,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
    pub(crate) absence: Option<AbsenceProof>,
}

/// What a claim quotes.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    File(FileCitation),
    /// The user's message of this turn.
    Message(String),
}

/// An observation in a file that may become evidence.
#[derive(Debug, Clone)]
pub(crate) struct Sighting<'a> {
    pub(crate) citation: &'a FileCitation,
    pub(crate) signature: &'a str,
    pub(crate) text: String,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

impl Plan {
    /// Adds a change.
    pub(crate) fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// Returns a name for a new hypothesis.
    pub(crate) fn hypothesis_reference(&mut self) -> String {
        self.hypotheses += 1;
        format!("$h{}", self.hypotheses)
    }

    /// Returns the id or name of evidence for a sighting; none once the harvest is full.
    pub(crate) fn cite(
        &mut self,
        situation: &Situation,
        kind: EvidenceKind,
        sighting: Sighting<'_>,
    ) -> Option<String> {
        if let Some(known) = self.cited(situation, kind, &sighting) {
            return Some(known);
        }
        let from_files = |claim: &&Claim| matches!(claim.source, Source::File(_));
        if self.claims.iter().filter(from_files).count() >= HARVEST_MAX {
            return None;
        }
        let reference = self.claim_reference();
        self.claims.push(Claim {
            reference: reference.clone(),
            kind,
            text: clipped(&sighting.text, CLAIM_MAX),
            source: Source::File(sighting.citation.clone()),
            signature: sighting.signature.to_owned(),
            from: sighting.from,
            to: sighting.to,
            absence: None,
        });
        Some(reference)
    }

    /// Cites the line that stands for a proven absence.
    pub(crate) fn cite_absence(
        &mut self,
        situation: &Situation,
        kind: EvidenceKind,
        sighting: Sighting<'_>,
        proof: AbsenceProof,
    ) -> Option<String> {
        let reference = self.cite(situation, kind, sighting)?;
        let claim = self
            .claims
            .iter_mut()
            .find(|claim| claim.reference == reference);
        if let Some(claim) = claim {
            claim.absence = Some(proof);
        }
        Some(reference)
    }

    /// Cites the user's words of this turn.
    pub(crate) fn cite_message(&mut self, kind: EvidenceKind, text: &str, quote: &str) -> String {
        let same = |claim: &&Claim| {
            claim.kind == kind && matches!(&claim.source, Source::Message(known) if known == quote)
        };
        if let Some(known) = self.claims.iter().find(same) {
            return known.reference.clone();
        }
        let reference = self.claim_reference();
        self.claims.push(Claim {
            reference: reference.clone(),
            kind,
            text: clipped(text, CLAIM_MAX),
            source: Source::Message(start_of(quote, QUOTE_MAX_BYTES).to_owned()),
            signature: String::new(),
            from: None,
            to: None,
            absence: None,
        });
        reference
    }

    /// Adds a fact that the user's message of this turn states.
    pub(crate) fn fact_from_message(&mut self, situation: &Situation, kind: FactKind, value: &str) {
        self.push_fact(Fact {
            source_message_id: situation.message_id.clone(),
            ..fact(kind, value)
        });
    }

    /// Adds a fact that evidence shows.
    pub(crate) fn fact_from_evidence(&mut self, evidence: &str, kind: FactKind, value: &str) {
        self.push_fact(Fact {
            source_evidence_id: evidence.to_owned(),
            ..fact(kind, value)
        });
    }

    /// Adds a fact as it is.
    pub(crate) fn push_fact(&mut self, fact: Fact) {
        self.push(Op::AddFact(case_pb::AddFact { fact: Some(fact) }));
    }

    /// Adds a link unless the plan has one of the same pair, which then is the stronger one.
    pub(crate) fn link(&mut self, link: case_pb::LinkEvidence) {
        let has_pair = self.ops.iter().any(|op| {
            matches!(op, Op::Link(known)
                if known.hypothesis == link.hypothesis && known.evidence == link.evidence)
        });
        if !has_pair {
            self.push(Op::Link(link));
        }
    }

    /// Returns the names of claims that a condition holds for.
    pub(crate) fn references(&self, holds: impl Fn(&Claim) -> bool) -> Vec<String> {
        let wanted = self.claims.iter().filter(|claim| holds(claim));
        wanted.map(|claim| claim.reference.clone()).collect()
    }

    fn claim_reference(&self) -> String {
        format!("$e{}", self.claims.len() + 1)
    }

    /// Returns the id or name of evidence that cites a sighting already.
    pub(crate) fn cited(
        &self,
        situation: &Situation,
        kind: EvidenceKind,
        sighting: &Sighting<'_>,
    ) -> Option<String> {
        let cited = sighting.citation;
        let planned = self.claims.iter().find(|claim| {
            let Source::File(other) = &claim.source else {
                return false;
            };
            claim.kind == kind
                && other.file_id == cited.file_id
                && same_observation(&claim.signature, other.line_start, sighting)
        });
        if let Some(planned) = planned {
            return Some(planned.reference.clone());
        }
        let stored = situation.evidence().find(|digest| {
            digest.category() == kind
                && digest.file_id == cited.file_id
                && same_observation(&digest.signature, digest.line_start, sighting)
        });
        stored.map(|digest| digest.evidence_id.clone())
    }
}

/// Returns a fact without a source.
pub(crate) fn fact(kind: FactKind, value: &str) -> Fact {
    Fact {
        kind: kind.into(),
        value: value.to_owned(),
        ..Fact::default()
    }
}

/// Returns a fact about a change.
pub(crate) fn change_fact(value: &str, kind: &str, at: Option<DateTime<Utc>>) -> Fact {
    Fact {
        change_time: stamp(at),
        change_type: kind.to_owned(),
        ..fact(FactKind::Change, &clipped(value, CLAIM_MAX))
    }
}

fn same_observation(signature: &str, line_start: i64, sighting: &Sighting<'_>) -> bool {
    if !signature.is_empty() && signature == sighting.signature {
        return true;
    }
    line_start == sighting.citation.line_start
        && (signature.is_empty() || sighting.signature.is_empty())
}

/// Returns the longest start of a text that fits, without cutting a character.
fn start_of(text: &str, max_bytes: usize) -> &str {
    if text.len() <= max_bytes {
        return text;
    }
    let end = (0..=max_bytes).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(line: i64) -> FileCitation {
        FileCitation {
            file_id: "file_1".to_owned(),
            line_start: line,
            line_end: line,
            quote: format!("line {line}"),
            ..Default::default()
        }
    }

    fn sighting<'a>(citation: &'a FileCitation, signature: &'a str) -> Sighting<'a> {
        Sighting {
            citation,
            signature,
            text: "seen".to_owned(),
            from: None,
            to: None,
        }
    }

    #[test]
    fn one_observation_is_claimed_once_per_category() {
        let situation = Situation::default();
        let mut plan = Plan::default();
        let (first, second) = (citation(1), citation(9));
        let one = plan.cite(&situation, EvidenceKind::Causal, sighting(&first, "s"));
        let again = plan.cite(&situation, EvidenceKind::Causal, sighting(&second, "s"));
        let other = plan.cite(&situation, EvidenceKind::Symptom, sighting(&first, "s"));
        assert_eq!(one, again);
        assert_ne!(one, other);
    }

    #[test]
    fn the_harvest_of_a_turn_is_limited() {
        let situation = Situation::default();
        let mut plan = Plan::default();
        for line in 0..20 {
            let cited = citation(line);
            let signature = line.to_string();
            plan.cite(
                &situation,
                EvidenceKind::Other,
                sighting(&cited, &signature),
            );
        }
        assert_eq!(plan.claims.len(), HARVEST_MAX);
        plan.cite_message(EvidenceKind::Other, "said", "words");
        assert_eq!(plan.claims.len(), HARVEST_MAX + 1);
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        assert_eq!(start_of("aä", 2), "a");
        assert_eq!(start_of("aä", 3), "aä");
    }
}

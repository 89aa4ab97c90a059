//! Small ledgers for tests.

use chrono::{DateTime, TimeDelta};

use super::{Citation, Evidence, Hypothesis, Ledger, Link, PROBLEM};
use crate::limits::PRIOR_DEFAULT;
use crate::vocabulary::{
    EvidenceKind, HypothesisCategory, HypothesisKind, HypothesisSource, HypothesisStatus,
    LinkBasis, Stance,
};

/// Returns evidence that quotes 100 bytes of a file.
pub(crate) fn file_evidence(
    id: &str,
    category: EvidenceKind,
    sha256: &str,
    signature: &str,
    start: i64,
) -> Evidence {
    let citation = Citation::File {
        file_id: format!("file_{sha256}"),
        file_name: format!("{sha256}.log"),
        sha256: sha256.to_owned(),
        byte_start: start,
        byte_end: start + 100,
        line_start: 1,
        line_end: 1,
    };
    Evidence {
        signature: signature.to_owned(),
        ..evidence(id, category, citation)
    }
}

/// Returns evidence that quotes what somebody said.
pub(crate) fn message_evidence(id: &str, category: EvidenceKind, author_id: &str) -> Evidence {
    let citation = Citation::Message {
        message_id: format!("msg_{id}"),
        author_id: author_id.to_owned(),
        byte_start: 0,
        byte_end: 10,
    };
    evidence(id, category, citation)
}

fn evidence(id: &str, category: EvidenceKind, citation: Citation) -> Evidence {
    Evidence {
        evidence_id: id.to_owned(),
        category,
        claim: "claim".to_owned(),
        quote: "quote".to_owned(),
        citation,
        signature: String::new(),
        observed_from: None,
        observed_to: None,
        turn_number: 1,
        withdrawn: false,
        statement_revision: 1,
    }
}

/// Returns evidence as it was observed some minutes after the beginning of time.
pub(crate) fn observed(mut evidence: Evidence, minutes: i64, turn_number: i32) -> Evidence {
    evidence.observed_to = Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes));
    evidence.turn_number = turn_number;
    evidence
}

/// Returns a captured cause that explains the problem.
pub(crate) fn cause(id: &str) -> Hypothesis {
    Hypothesis {
        hypothesis_id: id.to_owned(),
        created_turn: 1,
        created_at: DateTime::UNIX_EPOCH,
        statement: id.to_owned(),
        rationale: String::new(),
        kind: HypothesisKind::Cause,
        category: HypothesisCategory::Config,
        explains: PROBLEM.to_owned(),
        mechanism: String::new(),
        mechanism_evidence: Vec::new(),
        prior: PRIOR_DEFAULT,
        status: HypothesisStatus::Captured,
        likelihood: PRIOR_DEFAULT,
        contested: false,
        root: false,
        tested_turn: 0,
        concluded_turn: 0,
        concluded_reason: String::new(),
        source: HypothesisSource::Analyst,
        document_id: String::new(),
        catalogue_id: String::new(),
        predictions: Vec::new(),
        supersedes: String::new(),
        links: Vec::new(),
    }
}

/// Returns a link made in the first turn.
pub(crate) fn link(evidence_id: &str, stance: Stance, strength: f64) -> Link {
    Link {
        evidence_id: evidence_id.to_owned(),
        stance,
        strength,
        basis: LinkBasis::ModelJudgement,
        reasoning: String::new(),
        answers_evidence_id: String::new(),
        turn_number: 1,
    }
}

/// Adds a cause with two independent direct supports of its own and a mechanism.
pub(crate) fn add_proven_cause(ledger: &mut Ledger, id: &str, explains: &str) {
    let mut hypothesis = cause(id);
    hypothesis.explains = explains.to_owned();
    hypothesis.mechanism = "it does".to_owned();
    for file in ["x", "y"] {
        let evidence_id = format!("ev_{id}_{file}");
        let sha256 = format!("{id}{file}");
        let evidence = file_evidence(&evidence_id, EvidenceKind::Causal, &sha256, "s", 0);
        ledger.evidence.push(evidence);
        hypothesis
            .links
            .push(link(&evidence_id, Stance::Supports, 0.8));
        hypothesis.mechanism_evidence.push(evidence_id);
    }
    ledger.hypotheses.push(hypothesis);
}

/// Adds evidence of the symptom in a file.
pub(crate) fn add_symptom(ledger: &mut Ledger) {
    let symptom = file_evidence("ev_symptom", EvidenceKind::Symptom, "symptom", "s", 0);
    ledger.evidence.push(symptom);
}

//! A model's answer, read as changes that the ledger can judge.

use std::collections::HashMap;

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    DroppedPart, EvidenceKind, HypothesisCategory, HypothesisKind, HypothesisSource, LinkBasis,
    Stance,
};
use faultmaven_proto::evidence::v1::FileCitation;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::analyst::plan::{Claim, Plan, Source};
use crate::analyst::statement::clipped;

/// The shape of an answer, as a JSON schema.
pub(crate) const SCHEMA: &str = include_str!("../prompts/answer.json");
const EVIDENCE_MAX: usize = 12;
const HYPOTHESES_MAX: usize = 6;
const LINKS_MAX: usize = 24;
const CLAIM_MAX: usize = 500;
const EXCERPT_MAX: usize = 200;

/// What a model answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Proposal {
    pub(crate) answer: String,
    evidence: Vec<NewEvidence>,
    hypotheses: Vec<NewHypothesis>,
    links: Vec<NewLink>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewEvidence {
    name: String,
    category: String,
    claim: String,
    file_id: String,
    quote: String,
    line: i64,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewHypothesis {
    name: String,
    statement: String,
    rationale: String,
    kind: String,
    category: String,
    explains: String,
    mechanism: String,
    mechanism_evidence: Vec<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewLink {
    hypothesis: String,
    evidence: String,
    stance: String,
    strength: f64,
    reasoning: String,
}

/// The changes of a proposal under names that nothing else of the turn has.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) plan: Plan,
    pub(crate) dropped: Vec<DroppedPart>,
    names: HashMap<String, String>,
}

impl Proposal {
    /// Reads the changes; before and after an investigation there are none.
    pub(crate) fn read(&self, is_investigating: bool) -> Read {
        let mut read = Read::default();
        read.refuse_others("answer", &self.others);
        if !is_investigating {
            read.refuse_all(self);
            return read;
        }
        for (at, evidence) in self.evidence.iter().enumerate() {
            read.evidence(at, evidence);
        }
        let names = self.hypotheses.iter().take(HYPOTHESES_MAX).enumerate();
        for (at, hypothesis) in names {
            read.name(&hypothesis.name, format!("$hm{at}"));
        }
        for (at, hypothesis) in self.hypotheses.iter().enumerate() {
            read.hypothesis(at, hypothesis);
        }
        for (at, link) in self.links.iter().enumerate() {
            read.link(at, link);
        }
        read
    }
}

impl Read {
    /// Returns the name that the rest of the turn knows a model's name by; an id stays what it is.
    pub(crate) fn known<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        if name.starts_with('$') {
            return self.names.get(name).map(String::as_str);
        }
        Some(name)
    }

    fn name(&mut self, theirs: &str, ours: String) {
        self.names.entry(theirs.to_owned()).or_insert(ours);
    }

    fn evidence(&mut self, at: usize, new: &NewEvidence) {
        const OP: &str = "add_evidence";
        self.refuse_others(OP, &new.others);
        let Some(kind) = category(&new.category) else {
            return self.refuse(OP, "unknown_value", &new.claim);
        };
        if at >= EVIDENCE_MAX {
            return self.refuse(OP, "limit_reached", &new.claim);
        }
        let reference = format!("$em{at}");
        self.name(&new.name, reference.clone());
        let source = match new.file_id.as_str() {
            "" => Source::Message(new.quote.clone()),
            file_id => Source::File(FileCitation {
                file_id: file_id.to_owned(),
                quote: new.quote.clone(),
                line_start: new.line,
                ..FileCitation::default()
            }),
        };
        self.plan.claims.push(Claim {
            reference,
            kind,
            text: clipped(&new.claim, CLAIM_MAX),
            source,
            signature: String::new(),
            from: None,
            to: None,
            absence: None,
        });
    }

    fn hypothesis(&mut self, at: usize, new: &NewHypothesis) {
        const OP: &str = "add_hypothesis";
        self.refuse_others(OP, &new.others);
        let words = hypothesis_kind(&new.kind).zip(hypothesis_category(&new.category));
        let Some((kind, category)) = words else {
            return self.refuse(OP, "unknown_value", &new.statement);
        };
        if at >= HYPOTHESES_MAX {
            return self.refuse(OP, "limit_reached", &new.statement);
        }
        let Some(explains) = self.known(&new.explains).map(str::to_owned) else {
            return self.refuse(OP, "unknown_id", &new.statement);
        };
        let rests_on = new.mechanism_evidence.iter();
        let rests_on = rests_on
            .filter_map(|name| self.known(name))
            .map(str::to_owned);
        let op = case_pb::AddHypothesis {
            r#ref: format!("$hm{at}"),
            statement: new.statement.clone(),
            rationale: new.rationale.clone(),
            kind: kind.into(),
            category: category.into(),
            explains,
            mechanism: without_markers(&new.mechanism),
            mechanism_evidence: rests_on.collect(),
            source: HypothesisSource::Model.into(),
            ..Default::default()
        };
        self.plan.push(Op::AddHypothesis(op));
    }

    fn link(&mut self, at: usize, new: &NewLink) {
        const OP: &str = "link";
        let stance = match new.stance.as_str() {
            "supports" => Stance::Supports,
            "refutes" => Stance::Refutes,
            _ => return self.refuse(OP, "unknown_value", &new.reasoning),
        };
        if at >= LINKS_MAX {
            return self.refuse(OP, "limit_reached", &new.reasoning);
        }
        let ends = self.known(&new.hypothesis).zip(self.known(&new.evidence));
        let Some((hypothesis, evidence)) = ends else {
            return self.refuse(OP, "unknown_id", &new.reasoning);
        };
        let op = case_pb::LinkEvidence {
            hypothesis: hypothesis.to_owned(),
            evidence: evidence.to_owned(),
            stance: stance.into(),
            basis: LinkBasis::ModelJudgement.into(),
            strength: new.strength,
            reasoning: new.reasoning.clone(),
            ..Default::default()
        };
        self.plan.push(Op::Link(op));
    }

    fn refuse_all(&mut self, proposal: &Proposal) {
        for new in &proposal.evidence {
            self.refuse("add_evidence", "wrong_status", &new.claim);
        }
        for new in &proposal.hypotheses {
            self.refuse("add_hypothesis", "wrong_status", &new.statement);
        }
        for new in &proposal.links {
            self.refuse("link", "wrong_status", &new.reasoning);
        }
    }

    /// A status, a likelihood or a time is nobody's to set.
    fn refuse_others(&mut self, op: &str, others: &Map<String, Value>) {
        for name in others.keys() {
            self.refuse(op, "invalid_field", name);
        }
    }

    fn refuse(&mut self, op: &str, reason: &str, excerpt: &str) {
        self.dropped.push(DroppedPart {
            op: op.to_owned(),
            reason: reason.to_owned(),
            excerpt: excerpt.chars().take(EXCERPT_MAX).collect(),
        });
    }
}

/// An absence needs a proof that no model can give.
fn category(word: &str) -> Option<EvidenceKind> {
    match word {
        "symptom" => Some(EvidenceKind::Symptom),
        "causal" => Some(EvidenceKind::Causal),
        "resolution" => Some(EvidenceKind::Resolution),
        "other" => Some(EvidenceKind::Other),
        _ => None,
    }
}

fn hypothesis_kind(word: &str) -> Option<HypothesisKind> {
    match word {
        "condition" => Some(HypothesisKind::Condition),
        "cause" => Some(HypothesisKind::Cause),
        _ => None,
    }
}

fn hypothesis_category(word: &str) -> Option<HypothesisCategory> {
    let name = format!("HYPOTHESIS_CATEGORY_{}", word.to_uppercase());
    let known = HypothesisCategory::from_str_name(&name);
    known.filter(|it| *it != HypothesisCategory::Unspecified)
}

/// What a mechanism rests on is listed beside it.
fn without_markers(text: &str) -> String {
    text.replace("[$", "($").replace("[ev_", "(ev_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn proposal(value: Value) -> Proposal {
        serde_json::from_value(value).unwrap()
    }

    fn whole() -> Proposal {
        proposal(json!({
            "answer": "x",
            "status": "resolved",
            "evidence": [
                {"name": "$a", "category": "causal", "claim": "c", "file_id": "file_1", "quote": "q"},
                {"name": "$b", "category": "smoking_gun", "claim": "d", "quote": "q"},
            ],
            "hypotheses": [
                {"name": "$h", "statement": "s", "kind": "cause", "category": "config",
                 "explains": "problem", "likelihood": 0.99, "mechanism_evidence": ["$a"]},
            ],
            "links": [
                {"hypothesis": "$h", "evidence": "$a", "stance": "supports", "strength": 0.7, "reasoning": "r"},
                {"hypothesis": "$h", "evidence": "$none", "stance": "supports", "strength": 0.7, "reasoning": "t"},
            ],
        }))
    }

    #[test]
    fn what_is_known_is_read_and_the_rest_is_dropped_with_a_reason() {
        let read = whole().read(true);
        let reasons: Vec<(&str, &str, &str)> = read
            .dropped
            .iter()
            .map(|it| (it.op.as_str(), it.reason.as_str(), it.excerpt.as_str()))
            .collect();
        assert_eq!(
            reasons,
            [
                ("answer", "invalid_field", "status"),
                ("add_evidence", "unknown_value", "d"),
                ("add_hypothesis", "invalid_field", "likelihood"),
                ("link", "unknown_id", "t"),
            ]
        );
        assert_eq!((read.plan.claims.len(), read.plan.ops.len()), (1, 2));
        let Op::Link(link) = &read.plan.ops[1] else {
            panic!("{:?}", read.plan.ops)
        };
        assert_eq!(
            (link.hypothesis.as_str(), link.evidence.as_str()),
            ("$hm0", "$em0")
        );
        assert_eq!(link.basis(), LinkBasis::ModelJudgement);
        assert_eq!(read.known("$a"), Some("$em0"));
        assert_eq!(read.known("$none"), None);
    }

    #[test]
    fn outside_an_investigation_nothing_is_proposed() {
        let read = whole().read(false);
        assert!(read.plan.claims.is_empty() && read.plan.ops.is_empty());
        let wrong = read.dropped.iter().filter(|it| it.reason == "wrong_status");
        assert_eq!(wrong.count(), 5);
    }

    #[test]
    fn the_schema_is_json() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert_eq!(schema["type"], "object");
    }
}

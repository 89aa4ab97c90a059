//! What an answer says about the problem itself, and evidence.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{EvidenceKind, Fact, FactKind, Proposer};
use faultmaven_proto::evidence::v1::FileCitation;

use super::read::{Absence, Reader};
use super::{NewEvidence, NewFact, words};
use crate::analyst::plan::{Claim, Source, fact};
use crate::analyst::situation::statement_of;
use crate::analyst::statement::clipped;
use crate::analyst::words::flattened;
use crate::convert::stamp;

const FACTS_MAX: usize = 12;
const EVIDENCE_MAX: usize = 12;
const CLAIM_MAX: usize = 500;

impl Reader<'_> {
    pub(super) fn statement(&mut self, text: &str, dropped: &[String]) {
        const OP: &str = "propose_statement";
        if text.trim().is_empty()
            || !self.may(OP, &super::Others::new(), text)
            || !self.is_modest(OP, &[text])
        {
            return;
        }
        if flattened(text) == flattened(statement_of(self.setting.after)) {
            return self.refuse(OP, "duplicate", text);
        }
        let known = |id: &String| {
            let mut evidence = self.setting.after.evidence.iter();
            evidence.any(|it| {
                let is_symptom = it.category() == EvidenceKind::Symptom;
                it.evidence_id == *id && !it.withdrawn && is_symptom
            })
        };
        let (dropped, unknown): (Vec<String>, Vec<String>) =
            dropped.iter().cloned().partition(known);
        for id in unknown {
            self.refuse(OP, "unknown_id", &id);
        }
        self.read
            .plan
            .push(Op::ProposeStatement(case_pb::ProposeStatement {
                text: text.to_owned(),
                proposed_by: Proposer::Analyst.into(),
                dropped_evidence_ids: dropped,
            }));
    }

    pub(super) fn fact(&mut self, at: usize, new: &NewFact) {
        const OP: &str = "add_fact";
        if !self.may(OP, &new.others, &new.value)
            || !self.fits(OP, at, FACTS_MAX, &new.value)
            || !self.is_modest(OP, &[&new.value])
        {
            return;
        }
        let Some(kind) = words::fact_kind(&new.kind) else {
            return self.refuse(OP, "unknown_value", &new.value);
        };
        let change_time = words::time(&new.at);
        if change_time.is_none() && !new.at.is_empty() {
            return self.refuse(OP, "unknown_value", &new.at);
        }
        let Some(sourced) = self.sourced(OP, kind, new) else {
            return;
        };
        self.read.plan.push_fact(Fact {
            change_time: stamp(change_time.filter(|_| kind == FactKind::Change)),
            change_type: new.change_type.clone(),
            ..sourced
        });
    }

    /// Returns the fact with the source it names.
    fn sourced(&mut self, op: &str, kind: FactKind, new: &NewFact) -> Option<Fact> {
        let plain = fact(kind, &new.value);
        if !new.evidence.is_empty() {
            let source_evidence_id = self.one_known(op, &new.evidence, &new.value)?;
            return Some(Fact {
                source_evidence_id,
                ..plain
            });
        }
        if !new.finding.is_empty() {
            if self.signature_of(&new.finding).is_none() {
                self.refuse(op, "unknown_id", &new.value);
                return None;
            }
            return Some(Fact {
                source_finding_id: new.finding.clone(),
                ..plain
            });
        }
        if new.quote.is_empty() {
            self.refuse(op, "no_source", &new.value);
            return None;
        }
        let is_said = self.user_says(op, &new.quote, &new.value);
        is_said.then(|| Fact {
            source_message_id: self.setting.situation.message_id.clone(),
            ..plain
        })
    }

    pub(super) fn evidence(&mut self, at: usize, new: &NewEvidence) {
        const OP: &str = "add_evidence";
        if !self.may(OP, &new.others, &new.claim)
            || !self.fits(OP, at, EVIDENCE_MAX, &new.claim)
            || !self.is_modest(OP, &[&new.claim])
        {
            return;
        }
        let Some(kind) = words::category(&new.category) else {
            return self.refuse(OP, "unknown_value", &new.claim);
        };
        let claim = Claim {
            reference: format!("$em{at}"),
            kind,
            text: clipped(&new.claim, CLAIM_MAX),
            source: source(new),
            signature: String::new(),
            from: None,
            to: None,
            absence: None,
        };
        let is_absence = matches!(
            kind,
            EvidenceKind::SymptomAbsence | EvidenceKind::CausalAbsence
        );
        // What somebody asks about is a symptom at most.
        let is_stated = !matches!(kind, EvidenceKind::Symptom | EvidenceKind::Other);
        match new.file_id.as_str() {
            "" if is_stated && !self.user_says(OP, &new.quote, &new.claim) => {}
            file_id if is_absence && !file_id.is_empty() => self.absence(new, claim),
            _ => self.read.plan.claims.push(claim),
        }
    }

    /// That a file no longer shows something is proven by searching it.
    fn absence(&mut self, new: &NewEvidence, claim: Claim) {
        let Some(signature) = self.signature_of(&new.absent_finding) else {
            return self.refuse("add_evidence", "absence_not_proven", &new.claim);
        };
        self.read.absences.push(Absence {
            claim,
            file_id: new.file_id.clone(),
            signature,
        });
    }

    fn signature_of(&self, finding_id: &str) -> Option<String> {
        let mut findings = self.setting.situation.assessment.findings.iter();
        let found = findings.find(|finding| finding.finding_id == finding_id)?;
        Some(found.signature.clone())
    }
}

fn source(new: &NewEvidence) -> Source {
    match new.file_id.as_str() {
        "" => Source::Message(new.quote.clone()),
        file_id => Source::File(FileCitation {
            file_id: file_id.to_owned(),
            quote: new.quote.clone(),
            line_start: new.line,
            ..FileCitation::default()
        }),
    }
}

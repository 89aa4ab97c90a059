//! The explanations of an answer, and what speaks for and against them.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{HypothesisSource, LinkBasis, Prediction, Stance};

use super::parts::NewPrediction;
use super::read::Reader;
use super::{Merge, NewHypothesis, NewLink, NewMechanism, Retirement, words};

const HYPOTHESES_MAX: usize = 6;
const LINKS_MAX: usize = 24;

impl Reader<'_> {
    pub(super) fn hypothesis(&mut self, at: usize, new: &NewHypothesis) {
        const OP: &str = "add_hypothesis";
        if !self.may(OP, &new.others, &new.statement)
            || !self.fits(OP, at, HYPOTHESES_MAX, &new.statement)
            || !self.is_open(OP, &[&new.statement, &new.rationale, &new.mechanism])
        {
            return;
        }
        let words =
            words::hypothesis_kind(&new.kind).zip(words::hypothesis_category(&new.category));
        let Some((kind, category)) = words else {
            return self.refuse(OP, "unknown_value", &new.statement);
        };
        let Some(explains) = self.one_known(OP, &new.explains, &new.statement) else {
            return;
        };
        let Some(rests_on) = self.all_known(OP, &new.mechanism_evidence, &new.statement) else {
            return;
        };
        let op = case_pb::AddHypothesis {
            r#ref: format!("$hm{at}"),
            statement: new.statement.clone(),
            rationale: new.rationale.clone(),
            kind: kind.into(),
            category: category.into(),
            explains,
            mechanism: without_markers(&new.mechanism),
            mechanism_evidence: rests_on,
            prior: new.prior,
            predictions: new.predictions.iter().map(prediction).collect(),
            source: HypothesisSource::Model.into(),
            ..Default::default()
        };
        self.read.plan.push(Op::AddHypothesis(op));
    }

    /// What rules or people say about how a cause works is not a model's to replace.
    pub(super) fn mechanism(&mut self, new: &NewMechanism) {
        const OP: &str = "set_mechanism";
        if !self.may(OP, &new.others, &new.mechanism) || !self.is_open(OP, &[&new.mechanism]) {
            return;
        }
        let Some(hypothesis) = self.one_known(OP, &new.hypothesis, &new.mechanism) else {
            return;
        };
        let mut known = self.setting.after.hypotheses.iter();
        let is_said = known.any(|it| {
            let is_others = it.source() != HypothesisSource::Model;
            it.hypothesis_id == hypothesis && is_others && !it.mechanism.is_empty()
        });
        if is_said {
            return self.refuse(OP, "duplicate", &new.mechanism);
        }
        let Some(evidence) = self.all_known(OP, &new.evidence, &new.mechanism) else {
            return;
        };
        let op = case_pb::SetMechanism {
            hypothesis,
            mechanism: without_markers(&new.mechanism),
            evidence,
        };
        self.read.plan.push(Op::SetMechanism(op));
    }

    pub(super) fn link(&mut self, at: usize, new: &NewLink) {
        const OP: &str = "link";
        if !self.may(OP, &new.others, &new.reasoning)
            || !self.fits(OP, at, LINKS_MAX, &new.reasoning)
            || !self.is_open(OP, &[&new.reasoning])
        {
            return;
        }
        let stance = words::stance(&new.stance).filter(|it| *it != Stance::Neutral);
        let Some(stance) = stance else {
            return self.refuse(OP, "unknown_value", &new.reasoning);
        };
        let names = [&new.hypothesis, &new.evidence, &new.answers].map(Clone::clone);
        let Some(known) = self.all_known(OP, &names, &new.reasoning) else {
            return;
        };
        let [hypothesis, evidence, answers_evidence] = known.try_into().unwrap_or_default();
        let op = case_pb::LinkEvidence {
            hypothesis,
            evidence,
            stance: stance.into(),
            basis: LinkBasis::ModelJudgement.into(),
            strength: new.strength,
            reasoning: new.reasoning.clone(),
            answers_evidence,
        };
        self.read.plan.push(Op::Link(op));
    }

    pub(super) fn retirement(&mut self, new: &Retirement) {
        const OP: &str = "retire_hypothesis";
        if self.may(OP, &new.others, &new.hypothesis)
            && self.user_says(OP, &new.quote, &new.hypothesis)
            && let Some(hypothesis_id) = self.one_known(OP, &new.hypothesis, &new.quote)
        {
            let op = case_pb::RetireHypothesis {
                hypothesis_id,
                reason: "retired by the user".to_owned(),
            };
            self.read.plan.push(Op::RetireHypothesis(op));
        }
    }

    pub(super) fn merge(&mut self, new: &Merge) {
        const OP: &str = "merge_hypotheses";
        if self.may(OP, &new.others, &new.drop)
            && let Some(keep) = self.one_known(OP, &new.keep, &new.drop)
            && let Some(drop) = self.one_known(OP, &new.drop, &new.keep)
        {
            let op = case_pb::MergeHypotheses { keep, drop };
            self.read.plan.push(Op::MergeHypotheses(op));
        }
    }
}

fn prediction(new: &NewPrediction) -> Prediction {
    Prediction {
        if_true: new.if_true.clone(),
        if_false: new.if_false.clone(),
        how: new.how.clone(),
    }
}

/// What a mechanism rests on is listed beside it.
fn without_markers(text: &str) -> String {
    text.replace("[$", "($").replace("[ev_", "(ev_")
}

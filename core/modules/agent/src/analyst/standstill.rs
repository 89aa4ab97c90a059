//! What breaks an investigation that stands still: other kinds of causes, and the question why.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    Action, FactKind, HypothesisCategory, HypothesisKind, HypothesisSource, Investigation,
    NeedPurpose, Prediction, StagnationPattern,
};

use super::plan::Plan;
use super::situation::{Situation, facts_of};
use super::words::{flattened, has_phrase};

/// Kinds of causes brought up at once.
const AT_ONCE: usize = 2;
/// Words of those who do not want or are not able to do what was proposed.
const DECLINES: [&str; 20] = [
    "not possible",
    "impossible",
    "not an option",
    "too risky",
    "not allowed to",
    "no permission to",
    "do not want to",
    "don't want to",
    "not going to do",
    "can't do",
    "cannot do",
    "can not do",
    "won't do",
    "will not do",
    "can't try",
    "cannot try",
    "can't change",
    "cannot change",
    "can't restart",
    "cannot restart",
];

/// A kind of cause, with what would show or exclude it.
struct Alternative {
    category: HypothesisCategory,
    /// `{part}` stands for what is affected.
    statement: &'static str,
    request: &'static str,
    how: &'static str,
    if_true: &'static str,
    if_false: &'static str,
}

/// Kinds of causes, those that are overlooked most first.
const ALTERNATIVES: [Alternative; 8] = [
    Alternative {
        category: HypothesisCategory::External,
        statement: "Something that {part} calls fails or answers slowly",
        request: "The log or metrics of what {part} calls, from the time of the problem",
        how: "Upload them, or paste the lines around the time of the problem",
        if_true: "It fails or is slow from the same time on",
        if_false: "It answers as it did before",
    },
    Alternative {
        category: HypothesisCategory::Environment,
        statement: "The host or node of {part} is short of processor time, memory, disk or descriptors",
        request: "Load, memory and disks of the host of {part}",
        how: "Paste the output of `top -b -n 1 | head -20`, `free -m` and `df -h` from that host",
        if_true: "One of them is near its limit",
        if_false: "All of them have room",
    },
    Alternative {
        category: HypothesisCategory::Config,
        statement: "A setting of {part} or around it differs from when everything worked",
        request: "The configuration of {part} now and from before the problem",
        how: "Upload both versions, or their diff",
        if_true: "A setting differs that the failing step reads",
        if_false: "Both are the same",
    },
    Alternative {
        category: HypothesisCategory::Code,
        statement: "The running version of {part} mishandles something that did not come up before",
        request: "Which version of {part} runs since when",
        how: "Paste the history of its deployments, or its image tags",
        if_true: "The version changed shortly before the problem",
        if_false: "The same version worked for long",
    },
    Alternative {
        category: HypothesisCategory::Network,
        statement: "Connections between {part} and its peers are lost, delayed or refused on the way",
        request: "State of the connections of {part}",
        how: "Paste the output of `ss -ti` and of `netstat -s` from its host",
        if_true: "Retransmissions, resets or timeouts grow",
        if_false: "Connections are established and lossless",
    },
    Alternative {
        category: HypothesisCategory::Database,
        statement: "The database behind {part} waits for locks, is slow or refuses work",
        request: "Slow queries, locks and connections of the database behind {part}",
        how: "Upload its log from the time of the problem, or its list of sessions",
        if_true: "Statements wait or are refused",
        if_false: "Statements take as long as before",
    },
    Alternative {
        category: HypothesisCategory::Data,
        statement: "What {part} was given lately is unlike what it was given before",
        request: "One example that fails and one that works",
        how: "Paste a request, message or record of each kind",
        if_true: "They differ in size, form or values",
        if_false: "They are alike",
    },
    Alternative {
        category: HypothesisCategory::Security,
        statement: "A password, certificate, token or permission of {part} ended or was exchanged",
        request: "When certificates and passwords of {part} end or were exchanged",
        how: "Paste `openssl x509 -noout -dates` of its certificates, and when its secrets changed last",
        if_true: "One ended or changed shortly before the problem",
        if_false: "All of them are valid and unchanged",
    },
];

/// Returns the pattern in which a case stands still.
pub(crate) fn pattern(case: &Investigation) -> StagnationPattern {
    let progress = case.header.as_ref().and_then(|it| it.progress.as_ref());
    progress
        .map(case_pb::Progress::stagnation)
        .unwrap_or_default()
}

/// Returns the action that was proposed again and again without an answer.
pub(crate) fn looping_action(case: &Investigation) -> Option<&Action> {
    let progress = case.header.as_ref()?.progress.as_ref()?;
    let is_meant = |action: &&Action| action.action_id == progress.looping_action_id;
    case.actions.iter().find(is_meant)
}

/// Takes an action off the table that the user, asked why it is not tried, does not want; returns its title.
pub(crate) fn decline(plan: &mut Plan, situation: &Situation) -> Option<String> {
    let action = looping_action(&situation.investigation)?;
    let flat = flattened(&situation.text);
    let was_tried = plan.ops.iter().any(|op| matches!(op, Op::RecordAttempt(_)));
    let declines = DECLINES.iter().any(|phrase| has_phrase(&flat, phrase));
    if was_tried || !declines || !situation.new_files.is_empty() {
        return None;
    }
    plan.push(Op::RejectAction(case_pb::RejectAction {
        action_id: action.action_id.clone(),
    }));
    Some(action.title.clone())
}

/// Brings up causes of kinds that were not looked at, where those at hand came to nothing.
pub(crate) fn alternatives(after: &Investigation) -> Vec<Op> {
    let stands_still = matches!(
        pattern(after),
        StagnationPattern::HypothesisDeadlock | StagnationPattern::Anchoring
    );
    if !stands_still {
        return Vec::new();
    }
    let known = &after.hypotheses;
    let forced = known.iter().filter(|it| is_forced(it.source()));
    let open = forced.filter(|it| !super::situation::is_final(it.status()));
    let room = AT_ONCE.saturating_sub(open.count());
    let tried: BTreeSet<HypothesisCategory> = known.iter().map(|it| it.category()).collect();
    let fresh = ALTERNATIVES
        .iter()
        .filter(|it| !tried.contains(&it.category));
    let part = part(after);
    fresh
        .take(room)
        .enumerate()
        .flat_map(|(at, alternative)| alternative.ops(at + 1, &part))
        .collect()
}

/// Returns whether a hypothesis was brought up only because the others came to nothing.
pub(crate) fn is_forced(source: HypothesisSource) -> bool {
    source == HypothesisSource::ForcedAlternative
}

fn part(after: &Investigation) -> String {
    let named = facts_of(after, FactKind::AffectedService).last();
    named.map_or_else(|| "the affected part".to_owned(), |fact| fact.value.clone())
}

impl Alternative {
    fn ops(&self, number: usize, part: &str) -> [Op; 2] {
        let told = |text: &str| text.replace("{part}", part);
        let reference = format!("$other{number}");
        let hypothesis = case_pb::AddHypothesis {
            r#ref: reference.clone(),
            statement: told(self.statement),
            rationale: "What was looked at so far came to nothing; this looks elsewhere".to_owned(),
            kind: HypothesisKind::Cause.into(),
            category: self.category.into(),
            explains: super::hypotheses::PROBLEM.to_owned(),
            source: HypothesisSource::ForcedAlternative.into(),
            predictions: vec![Prediction {
                if_true: self.if_true.to_owned(),
                if_false: self.if_false.to_owned(),
                how: self.how.to_owned(),
            }],
            ..Default::default()
        };
        let need = case_pb::AddNeed {
            r#ref: format!("$n_other{number}"),
            purpose: NeedPurpose::Cause.into(),
            request: told(self.request),
            rationale: self.if_true.to_owned(),
            how: self.how.to_owned(),
            priority: 2,
            hypotheses: vec![reference],
        };
        [Op::AddHypothesis(hypothesis), Op::AddNeed(need)]
    }
}

#[cfg(test)]
#[path = "standstill_tests.rs"]
mod tests;

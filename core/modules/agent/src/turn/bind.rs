//! Puts the ids of verified evidence in the place of the names a plan gave to its claims.

use std::collections::HashMap;

use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{DroppedPart, Fact};

const DEPENDENCY_DROPPED: &str = "dependency_dropped";
const EXCERPT_MAX: usize = 200;

/// Ids by the name of their claim; a name without one was refused.
pub(super) type EvidenceIds = HashMap<String, String>;

/// Returns the changes with ids; those whose evidence was refused fall with it.
pub(super) fn bind(ops: Vec<Op>, ids: &EvidenceIds) -> (Vec<Op>, Vec<DroppedPart>) {
    let mut bound = Vec::with_capacity(ops.len());
    let mut dropped = Vec::new();
    for op in ops {
        match bind_one(op, ids) {
            Ok(op) => bound.push(op),
            Err(part) => dropped.push(part),
        }
    }
    (bound, dropped)
}

fn bind_one(op: Op, ids: &EvidenceIds) -> Result<Op, DroppedPart> {
    match op {
        Op::AddFact(mut add) => {
            let fact = add.fact.take().unwrap_or_default();
            let value = fact.value.clone();
            add.fact = Some(bind_fact(fact, ids).ok_or_else(|| part("add_fact", &value))?);
            Ok(Op::AddFact(add))
        }
        Op::Link(mut link) => {
            let reasoning = link.reasoning.clone();
            link.evidence = id(&link.evidence, ids).ok_or_else(|| part("link", &reasoning))?;
            let answers = id(&link.answers_evidence, ids);
            link.answers_evidence = answers.ok_or_else(|| part("link", &reasoning))?;
            Ok(Op::Link(link))
        }
        Op::AddHypothesis(mut add) => {
            add.mechanism_evidence = all(&add.mechanism_evidence, ids);
            add.mechanism = marked(&add.mechanism, ids);
            Ok(Op::AddHypothesis(add))
        }
        Op::SetMechanism(mut set) => {
            set.evidence = all(&set.evidence, ids);
            set.mechanism = marked(&set.mechanism, ids);
            if set.evidence.is_empty() {
                return Err(part("set_mechanism", &set.mechanism));
            }
            Ok(Op::SetMechanism(set))
        }
        Op::UpdateNeed(mut update) => {
            let was_named = !update.fulfilling_evidence.is_empty();
            update.fulfilling_evidence = all(&update.fulfilling_evidence, ids);
            if was_named && update.fulfilling_evidence.is_empty() {
                return Err(part("update_need", &update.need_id));
            }
            Ok(Op::UpdateNeed(update))
        }
        Op::RecordAttempt(mut attempt) => {
            attempt.evidence = all(&attempt.evidence, ids);
            Ok(Op::RecordAttempt(attempt))
        }
        Op::ProposeTransition(mut proposal) => {
            proposal.evidence = all(&proposal.evidence, ids);
            Ok(Op::ProposeTransition(proposal))
        }
        other => Ok(other),
    }
}

fn bind_fact(mut fact: Fact, ids: &EvidenceIds) -> Option<Fact> {
    if !fact.source_evidence_id.is_empty() {
        fact.source_evidence_id = id(&fact.source_evidence_id, ids)?;
    }
    Some(fact)
}

/// Returns the id behind a name; an id stays what it is.
fn id(name: &str, ids: &EvidenceIds) -> Option<String> {
    if name.starts_with("$e") {
        return ids.get(name).cloned();
    }
    Some(name.to_owned())
}

fn all(names: &[String], ids: &EvidenceIds) -> Vec<String> {
    names.iter().filter_map(|name| id(name, ids)).collect()
}

/// Replaces markers such as `[$e1]`; one whose claim was refused disappears.
fn marked(text: &str, ids: &EvidenceIds) -> String {
    let mut bound = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[$e") {
        bound.push_str(before);
        let Some((number, tail)) = after.split_once(']') else {
            bound.push_str("[$e");
            rest = after;
            continue;
        };
        if let Some(found) = ids.get(&format!("$e{number}")) {
            bound.push_str(&format!("[{found}]"));
        }
        rest = tail;
    }
    bound.push_str(rest);
    bound
}

fn part(op: &str, excerpt: &str) -> DroppedPart {
    DroppedPart {
        op: op.to_owned(),
        reason: DEPENDENCY_DROPPED.to_owned(),
        excerpt: excerpt.chars().take(EXCERPT_MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::{LinkEvidence, SetMechanism};

    use super::*;

    fn ids() -> EvidenceIds {
        HashMap::from([("$e1".to_owned(), "ev_1".to_owned())])
    }

    fn link(evidence: &str) -> Op {
        Op::Link(LinkEvidence {
            evidence: evidence.to_owned(),
            ..Default::default()
        })
    }

    #[test]
    fn names_become_ids_and_dependents_of_refused_claims_fall() {
        let (bound, dropped) = bind(vec![link("$e1"), link("$e2"), link("ev_9")], &ids());
        let evidence: Vec<&str> = bound
            .iter()
            .map(|op| match op {
                Op::Link(link) => link.evidence.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(evidence, ["ev_1", "ev_9"]);
        assert_eq!(dropped[0].reason, DEPENDENCY_DROPPED);
    }

    #[test]
    fn markers_in_a_mechanism_name_what_is_left() {
        let set = SetMechanism {
            mechanism: "It waits [$e1] and fails [$e2].".to_owned(),
            evidence: vec!["$e1".to_owned(), "$e2".to_owned()],
            ..Default::default()
        };
        let (bound, _) = bind(vec![Op::SetMechanism(set)], &ids());
        let Op::SetMechanism(set) = &bound[0] else {
            panic!("{bound:?}")
        };
        assert_eq!(set.mechanism, "It waits [ev_1] and fails .");
        assert_eq!(set.evidence, ["ev_1"]);
    }
}

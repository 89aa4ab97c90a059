//! What the user suspects: a hypothesis of its own, and the check that decides it.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, HypothesisKind, HypothesisSource, HypothesisStatus, LinkBasis, NeedPurpose,
    Prediction, Stance,
};
use faultmaven_proto::evidence::v1::{Candidate, Check, Finding, Severity};

use super::candidates::supports;
use super::fill::is_version;
use super::harvest::sighting;
use super::hypotheses::{Cast, PROBLEM, category, is_linked, link};
use super::needs::{command_how, is_asked_for, request};
use super::plan::Plan;
use super::situation::{Situation, is_final};
use super::statement::clipped;
use super::terms;
use super::topics::{self, Topic};
use super::words::{content_stems, flattened};

const STATEMENT_MAX: usize = 500;
const PREDICTION_MAX: usize = 300;
const NEED_MAX: usize = 300;
/// Content words beside those of an area that make a suspicion one of its own.
const MORE: usize = 2;

/// What became of a suspicion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Suspected {
    /// It is noted now, with a check if there is one.
    New {
        statement: String,
        check: Option<String>,
    },
    /// It was in the ledger before.
    Known { hypothesis_id: String },
    /// It was settled before.
    Settled {
        statement: String,
        status: HypothesisStatus,
        reason: String,
    },
}

/// Notes what the user suspects.
pub(crate) fn note(
    plan: &mut Plan,
    situation: &Situation,
    cast: &Cast,
    suspected: &str,
) -> Suspected {
    let candidate = candidate_of(situation, suspected);
    let topic = topics::of_text(suspected);
    let catalogue_id = catalogue_id(candidate, topic);
    // What says more than the name of an area is a hypothesis of its own.
    let says_more = candidate.is_none() && topic.is_some_and(|it| says_more(suspected, it));
    let known = situation
        .by_catalogue_id(&catalogue_id)
        .filter(|_| !catalogue_id.is_empty() && !says_more);
    if let Some(known) = known.or_else(|| same_words(situation, suspected)) {
        return known_already(known);
    }
    let planned = cast.by_catalogue_id.get(&catalogue_id).cloned();
    let statement = statement(candidate, topic, suspected);
    let reference = match planned {
        Some(reference) => reference,
        None => add(plan, situation, candidate, topic, &statement, "suspects it"),
    };
    let check = check(situation, candidate, topic);
    if let Some(check) = &check {
        ask(plan, situation, &reference, check);
    }
    Suspected::New {
        statement,
        check: check.map(|check| check.command),
    }
}

/// Notes an area that the user speaks of and nobody suspected before, if it is a known one.
pub(super) fn enlist(plan: &mut Plan, situation: &Situation, said: &str) -> Option<String> {
    let topic = topics::of_text(said);
    // A whole area is wider than any one candidate that its name fits.
    let candidate = candidate_of(situation, said).filter(|_| topic.is_none());
    if candidate.is_none() && topic.is_none() {
        return None;
    }
    let statement = statement(candidate, topic, said);
    let why = "speaks of it";
    Some(add(plan, situation, candidate, topic, &statement, why))
}

/// Returns a pattern for lines that speak of what is suspected.
pub(crate) fn traces(suspected: &str) -> Option<String> {
    match topics::of_text(suspected) {
        Some(topic) => Some(topic.traces.to_owned()),
        None => terms::pattern(suspected),
    }
}

/// Links findings of this turn to what the user suspected without a candidate.
pub(crate) fn test(plan: &mut Plan, situation: &Situation) {
    for hypothesis in situation.open_hypotheses() {
        let Some(topic) = topics::by_id(&hypothesis.catalogue_id) else {
            continue;
        };
        for finding in super::harvest::considered(situation) {
            if decides(topic, finding) {
                link_finding(plan, situation, &hypothesis.hypothesis_id, finding);
            }
        }
    }
}

fn decides(topic: &Topic, finding: &Finding) -> bool {
    const SHARED_KINDS: [&str; 2] = ["resource_pressure", "connection_result"];
    finding.kind == topic.finding_kind
        && (!SHARED_KINDS.contains(&topic.finding_kind)
            || topics::of_text(&finding.statement).is_some_and(|named| named == topic))
}

fn link_finding(plan: &mut Plan, situation: &Situation, handle: &str, finding: &Finding) {
    let Some(sighting) = sighting(finding) else {
        return;
    };
    let Some(evidence) = plan.cite(situation, EvidenceKind::Causal, sighting) else {
        return;
    };
    if is_linked(situation, handle, &evidence) {
        return;
    }
    let (basis, stance) = match finding.severity() {
        Severity::Unspecified | Severity::Info => {
            (LinkBasis::CounterIndicatorDirect, Stance::Refutes)
        }
        Severity::Warn | Severity::Error | Severity::Critical => {
            (LinkBasis::DirectIndicator, Stance::Supports)
        }
    };
    plan.link(link(handle, &evidence, basis, stance, &finding.statement));
}

/// The candidate whose keywords name the suspicion, the one with most of them first.
fn candidate_of<'a>(situation: &'a Situation, suspected: &str) -> Option<&'a Candidate> {
    let flat = flattened(suspected);
    let said: Vec<&str> = flat
        .split(' ')
        .filter(|word| !super::words::is_stop_word(word))
        .collect();
    let score = |candidate: &Candidate| {
        said.iter()
            .filter(|word| candidate.keywords.iter().any(|known| known == *word))
            .count()
    };
    let best = situation
        .assessment
        .candidates
        .iter()
        .filter(|candidate| candidate.kind == "cause" && score(candidate) == said.len())
        .max_by_key(|candidate| {
            // Of several that the words fit, the one on the table is meant.
            let is_known = situation.by_catalogue_id(&candidate.catalogue_id).is_some();
            (is_known, candidate.indications.iter().any(supports))
        })?;
    (!said.is_empty()).then_some(best)
}

fn same_words<'a>(situation: &'a Situation, suspected: &str) -> Option<&'a case_pb::Hypothesis> {
    let said = content_stems(suspected);
    let all = &situation.investigation.hypotheses;
    all.iter().find(|known| {
        known.source() == HypothesisSource::User
            && !said.is_empty()
            && said.is_subset(&content_stems(&format!(
                "{} {}",
                known.statement, known.rationale
            )))
    })
}

fn known_already(known: &case_pb::Hypothesis) -> Suspected {
    if is_final(known.status()) {
        return Suspected::Settled {
            statement: known.statement.clone(),
            status: known.status(),
            reason: known.concluded_reason.clone(),
        };
    }
    Suspected::Known {
        hypothesis_id: known.hypothesis_id.clone(),
    }
}

fn statement(candidate: Option<&Candidate>, topic: Option<&Topic>, suspected: &str) -> String {
    match (candidate, topic) {
        (Some(candidate), _) => clipped(&candidate.statement, STATEMENT_MAX),
        (None, Some(topic)) if !says_more(suspected, topic) => topic.statement.to_owned(),
        (None, _) => clipped(
            &format!("The problem comes from: {suspected}"),
            STATEMENT_MAX,
        ),
    }
}

/// Returns whether words say more about an area than its name: "the cache leaks memory".
fn says_more(suspected: &str, topic: &Topic) -> bool {
    let mut said = content_stems(suspected);
    for stem in content_stems(&format!("{} {}", topic.names(), topic.statement)) {
        said.remove(&stem);
    }
    said.len() >= MORE
}

fn catalogue_id(candidate: Option<&Candidate>, topic: Option<&Topic>) -> String {
    match (candidate, topic) {
        (Some(candidate), _) => candidate.catalogue_id.clone(),
        (None, Some(topic)) => topic.id.to_owned(),
        (None, None) => String::new(),
    }
}

fn add(
    plan: &mut Plan,
    situation: &Situation,
    candidate: Option<&Candidate>,
    topic: Option<&Topic>,
    statement: &str,
    why: &str,
) -> String {
    let reference = plan.hypothesis_reference();
    let explains = candidate.and_then(|candidate| situation.by_catalogue_id(&candidate.explains));
    let area = match (candidate, topic) {
        (Some(candidate), _) => category(&candidate.category),
        (None, Some(topic)) => topic.category,
        (None, None) => category("other"),
    };
    let predictions = topic.map(|topic| Prediction {
        if_true: clipped(topic.check.if_true, PREDICTION_MAX),
        if_false: clipped(topic.check.if_false, PREDICTION_MAX),
        how: command_how(&topic.command(host(situation))),
    });
    plan.push(Op::AddHypothesis(case_pb::AddHypothesis {
        r#ref: reference.clone(),
        statement: statement.to_owned(),
        rationale: format!(
            "the user {why}: {}",
            clipped(&situation.text, STATEMENT_MAX)
        ),
        kind: HypothesisKind::Cause.into(),
        category: area.into(),
        explains: explains.map_or_else(|| PROBLEM.to_owned(), |known| known.hypothesis_id.clone()),
        source: HypothesisSource::User.into(),
        catalogue_id: catalogue_id(candidate, topic),
        predictions: predictions.into_iter().collect(),
        ..Default::default()
    }));
    reference
}

fn check(
    situation: &Situation,
    candidate: Option<&Candidate>,
    topic: Option<&Topic>,
) -> Option<Check> {
    if let Some(topic) = topic {
        return Some(Check {
            title: topic.check.title.to_owned(),
            command: topic.command(host(situation)),
            if_true: topic.check.if_true.to_owned(),
            if_false: topic.check.if_false.to_owned(),
        });
    }
    candidate?.checks.first().cloned()
}

fn ask(plan: &mut Plan, situation: &Situation, reference: &str, check: &Check) {
    if !situation.is_investigating() || is_asked_for(situation, &check.command) {
        return;
    }
    // What no line speaks of comes behind what the data point at.
    let is_untraced = situation.traces.as_ref().is_some_and(|it| it.count() == 0);
    plan.push(Op::AddNeed(case_pb::AddNeed {
        r#ref: "$n_suspicion".to_owned(),
        purpose: NeedPurpose::Cause.into(),
        request: request(&check.title, &check.command),
        rationale: clipped(
            &format!("It would speak for the suspicion: {}", check.if_true),
            NEED_MAX,
        ),
        how: command_how(&check.command),
        priority: if is_untraced { 3 } else { 1 },
        hypotheses: vec![reference.to_owned()],
    }));
}

/// A host name that the data show, best one with errors.
fn host(situation: &Situation) -> Option<&str> {
    let hosts = situation
        .assessment
        .entities
        .iter()
        .filter(|entity| entity.kind == "host");
    let safe = |value: &&str| {
        value.contains('.')
            && !is_version(value)
            && value
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'))
    };
    hosts.map(|entity| entity.value.as_str()).find(safe)
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::CaseStatus;

    use super::*;

    fn investigating() -> Situation {
        let mut situation = Situation {
            text: "could it be DNS?".to_owned(),
            ..Situation::default()
        };
        situation.investigation.case = Some(case_pb::Case {
            status: CaseStatus::Investigating.into(),
            ..Default::default()
        });
        situation
    }

    #[test]
    fn a_suspicion_becomes_a_hypothesis_of_the_user_with_a_check() {
        let situation = investigating();
        let mut plan = Plan::default();
        let noted = note(&mut plan, &situation, &Cast::default(), "DNS");
        let Suspected::New { statement, check } = noted else {
            panic!("{noted:?}")
        };
        assert!(statement.contains("Name resolution"));
        assert!(check.unwrap().starts_with("getent hosts"));
        let Op::AddHypothesis(added) = &plan.ops[0] else {
            panic!("{:?}", plan.ops)
        };
        assert_eq!(added.source(), HypothesisSource::User);
    }

    #[test]
    fn a_suspicion_that_says_more_keeps_its_words() {
        let situation = investigating();
        for (said, expected) in [
            (
                "cache leaks memory",
                "The problem comes from: cache leaks memory",
            ),
            ("memory", "The service runs out of memory"),
        ] {
            let noted = note(&mut Plan::default(), &situation, &Cast::default(), said);
            let Suspected::New { statement, .. } = noted else {
                panic!("{noted:?}")
            };
            assert_eq!(statement, expected);
        }
    }

    #[test]
    fn what_was_ruled_out_is_said_to_be_so() {
        let mut situation = investigating();
        situation
            .investigation
            .hypotheses
            .push(case_pb::Hypothesis {
                catalogue_id: "suspicion.name_resolution".to_owned(),
                statement: "Name resolution fails".to_owned(),
                status: HypothesisStatus::Refuted.into(),
                concluded_reason: "the name resolves".to_owned(),
                ..Default::default()
            });
        let mut plan = Plan::default();
        let noted = note(&mut plan, &situation, &Cast::default(), "dns");
        assert!(matches!(noted, Suspected::Settled { .. }), "{noted:?}");
        assert!(plan.ops.is_empty());
    }

    #[test]
    fn hosts_that_could_end_a_command_are_not_used() {
        let mut situation = investigating();
        for value in ["db;rm -rf /", "v2.3.1", "db-eu.internal"] {
            situation
                .assessment
                .entities
                .push(faultmaven_proto::evidence::v1::Entity {
                    kind: "host".to_owned(),
                    value: value.to_owned(),
                    ..Default::default()
                });
        }
        assert_eq!(host(&situation), Some("db-eu.internal"));
    }
}

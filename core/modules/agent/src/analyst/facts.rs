//! Facts that a message states.

use chrono::SecondsFormat;
use faultmaven_proto::case::v1::{Fact, FactKind};

use super::classify::{Reading, Report};
use super::clock_time;
use super::contradicted;
use super::objection::is_about_deployments;
use super::observations::Seen;
use super::plan::{self, Plan, change_fact};
use super::situation::Situation;
use super::stated_time::is_covered;
use super::statement::{clipped, declared, one_line};
use super::symptoms::ProblemType;
use super::words::flattened;

const FACT_MAX: usize = 200;
const FACT_LONG_MAX: usize = 300;
const SEVERE: [&str; 7] = [
    "sev1",
    "sev-1",
    "p1",
    "critical",
    "outage",
    "all customers",
    "all users",
];
const PAST: [&str; 4] = ["yesterday", "last night", "last week", "this morning"];

/// Adds what the user's words say about the problem.
pub(crate) fn state(plan: &mut Plan, situation: &Situation, reading: &Reading) {
    for report in &reading.reports {
        state_report(plan, situation, report);
    }
    for observation in &reading.observations {
        state_observation(plan, situation, &observation.what, &observation.sentence);
    }
    let flat = flattened(&situation.text);
    let has_report = !reading.reports.is_empty();
    if has_report
        && SEVERE
            .iter()
            .any(|word| super::words::has_phrase(&flat, word))
    {
        plan.fact_from_message(situation, FactKind::Severity, "critical");
    }
    if has_report
        && PAST
            .iter()
            .any(|word| super::words::has_phrase(&flat, word))
    {
        plan.fact_from_message(situation, FactKind::TemporalState, "historical");
    }
}

/// Dates a clock time again that was stated before any data told the day.
pub(crate) fn redate(plan: &mut Plan, situation: &Situation) {
    if situation.new_files.is_empty() && !situation.entering {
        return;
    }
    let stated = situation
        .facts(FactKind::StartedAt)
        .filter(|fact| !fact.source_message_id.is_empty());
    for fact in stated {
        let message = situation
            .investigation
            .recent_messages
            .iter()
            .find(|message| message.message_id == fact.source_message_id);
        let written = message.and_then(|message| clock_time::find(&message.content));
        let moment = written
            .filter(|written| written.day.is_none())
            .and_then(|written| written.resolve(&situation.reference()))
            .filter(|moment| is_covered(situation, *moment));
        let value = moment.map(|moment| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        if let Some(value) = value.filter(|value| *value != fact.value) {
            plan.push_fact(Fact {
                source_message_id: fact.source_message_id.clone(),
                ..plan::fact(FactKind::StartedAt, &value)
            });
        }
    }
}

fn state_report(plan: &mut Plan, situation: &Situation, report: &Report) {
    let symptom = clipped(&declared(report), FACT_MAX);
    plan.fact_from_message(situation, FactKind::SymptomIndicator, &symptom);
    if report.kind != ProblemType::Other {
        plan.fact_from_message(situation, FactKind::ProblemType, report.kind.as_str());
    }
    if is_service(situation, &report.object) {
        let service = clipped(&report.object, FACT_MAX);
        plan.fact_from_message(situation, FactKind::AffectedService, &service);
    }
}

/// A word is a service when the data know it as one, or as a part of one's name.
fn is_service(situation: &Situation, word: &str) -> bool {
    let word = word.to_lowercase();
    situation.assessment.entities.iter().any(|entity| {
        entity.kind == "service"
            && entity
                .value
                .to_lowercase()
                .split(['-', '_', '.', '/'])
                .any(|part| part == word)
    })
}

fn has_observed_start(situation: &Situation) -> bool {
    situation
        .facts(FactKind::StartedAt)
        .any(|fact| !fact.source_evidence_id.is_empty())
}

fn has_other_change(situation: &Situation) -> bool {
    situation
        .facts(FactKind::Change)
        .any(|fact| !matches!(fact.change_type.as_str(), "deployment" | "code"))
}

fn state_observation(plan: &mut Plan, situation: &Situation, what: &Seen, sentence: &str) {
    match what {
        // What the data show of the beginning is not overruled by memory.
        Seen::Since(_) if has_observed_start(situation) => {}
        Seen::Since(time) => {
            let stated = time.resolve(&situation.reference());
            // A time that no log covers is asked about instead.
            if let Some(moment) = stated.filter(|stated| is_covered(situation, *stated)) {
                let value = moment.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                plan.fact_from_message(situation, FactKind::StartedAt, &value);
            }
        }
        Seen::Region(name) => {
            let name = clipped(name, FACT_MAX);
            plan.fact_from_message(situation, FactKind::AffectedRegion, &name);
        }
        Seen::Users(who) => {
            let who = clipped(who, FACT_LONG_MAX);
            plan.fact_from_message(situation, FactKind::AffectedUsers, &who);
        }
        Seen::Change { kind, at } => {
            let at = at.and_then(|time| time.resolve(&situation.reference()));
            plan.push_fact(Fact {
                source_message_id: situation.message_id.clone(),
                ..change_fact(&one_line(sentence), kind, at)
            });
        }
        // What a file shows is not overruled by memory.
        Seen::NothingChanged if contradicted::by_a_file(situation, sentence).is_some() => {}
        // Without deployments there may have been another change that is known.
        Seen::NothingChanged if is_about_deployments(sentence) && has_other_change(situation) => {}
        Seen::NothingChanged => plan.fact_from_message(situation, FactKind::NoChanges, "true"),
        Seen::StillThere => {
            plan.fact_from_message(situation, FactKind::TemporalState, "ongoing");
        }
        Seen::Gone | Seen::Done { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::diff_op::Op;
    use faultmaven_proto::case::v1::{Case, Message};
    use faultmaven_proto::evidence::v1::{Coverage, Entity, UploadedFile};

    use super::*;
    use crate::analyst::classify;
    use crate::convert::stamp;

    fn facts(text: &str) -> Vec<(FactKind, String)> {
        let mut situation = Situation {
            text: text.to_owned(),
            message_id: "msg_1".to_owned(),
            now: "2025-11-21T10:00:00Z".parse().unwrap(),
            ..Situation::default()
        };
        situation.assessment.files.push(UploadedFile {
            coverage: Some(Coverage {
                last_time: stamp(Some("2025-03-04T14:14:59Z".parse().unwrap())),
                timezone: "UTC".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        });
        situation.assessment.entities.push(Entity {
            kind: "service".to_owned(),
            value: "checkout-eu".to_owned(),
            ..Default::default()
        });
        let mut plan = Plan::default();
        state(&mut plan, &situation, &classify::read(text, true));
        plan.ops
            .iter()
            .filter_map(|op| match op {
                Op::AddFact(add) => add.fact.as_ref(),
                _ => None,
            })
            .inspect(|fact| assert_eq!(fact.source_message_id, "msg_1"))
            .map(|fact| (fact.kind(), fact.value.clone()))
            .collect()
    }

    #[test]
    fn sentences_state_facts() {
        for (text, kind, value) in [
            (
                "Why does checkout answer 500 since 14:05?",
                FactKind::StartedAt,
                "2025-03-04T14:05:00Z",
            ),
            (
                "Why does checkout answer 500?",
                FactKind::AffectedService,
                "checkout",
            ),
            (
                "Why does checkout answer 500?",
                FactKind::ProblemType,
                "error",
            ),
            (
                "add that only the EU region is affected",
                FactKind::AffectedRegion,
                "EU",
            ),
            ("nothing changed", FactKind::NoChanges, "true"),
            ("outage: payments are down", FactKind::Severity, "critical"),
        ] {
            assert!(
                facts(text).contains(&(kind, value.to_owned())),
                "{text}: {:?}",
                facts(text)
            );
        }
    }

    #[test]
    fn data_tell_the_day_of_a_time_that_was_stated_before() {
        let mut situation = Situation {
            now: "2025-11-21T16:00:00Z".parse().unwrap(),
            entering: true,
            ..Situation::default()
        };
        situation.investigation.recent_messages.push(Message {
            message_id: "msg_1".to_owned(),
            content: "checkout answers 500 since 14:05".to_owned(),
            ..Default::default()
        });
        let stated = Fact {
            source_message_id: "msg_1".to_owned(),
            ..plan::fact(FactKind::StartedAt, "2025-11-21T14:05:00Z")
        };
        situation.investigation.case = Some(Case {
            facts: vec![stated],
            ..Default::default()
        });
        let redated = |situation: &Situation| {
            let mut plan = Plan::default();
            redate(&mut plan, situation);
            plan.ops
        };
        assert!(redated(&situation).is_empty());
        situation.assessment.files.push(UploadedFile {
            coverage: Some(Coverage {
                last_time: stamp(Some("2025-03-04T14:14:59Z".parse().unwrap())),
                ..Default::default()
            }),
            ..Default::default()
        });
        let ops = redated(&situation);
        let Op::AddFact(add) = &ops[0] else {
            panic!("{ops:?}")
        };
        assert_eq!(add.fact.as_ref().unwrap().value, "2025-03-04T14:05:00Z");
    }

    #[test]
    fn questions_state_nothing() {
        assert!(facts("Is checkout down since 14:05?").is_empty());
        assert!(facts("Which hosts changed at 14:00?").is_empty());
    }
}

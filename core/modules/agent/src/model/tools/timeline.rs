//! The tool that puts everything with a time in order.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::Investigation;
use faultmaven_proto::evidence::v1::AssessCaseResponse;
use serde::Deserialize;

use super::{Found, Toolbox};
use crate::convert::{moment, plain_name, status};
use crate::model::sections::finding_line;

const EVENTS_MAX: usize = 80;

/// What a model asks for.
#[derive(Deserialize)]
pub(super) struct Timeline {
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    #[serde(default)]
    to: Option<DateTime<Utc>>,
}

/// Something that happened, in words.
type Event = (DateTime<Utc>, String);

impl Toolbox<'_> {
    pub(super) fn timeline(&self, wanted: &Timeline) -> Found {
        let mut events = of_files(&self.situation.assessment);
        events.extend(of_ledger(self.after));
        events.retain(|(time, _)| {
            wanted.from.is_none_or(|from| from <= *time) && wanted.to.is_none_or(|to| *time <= to)
        });
        events.sort();
        let left = events.len().saturating_sub(EVENTS_MAX);
        let shown = events.iter().take(EVENTS_MAX);
        let mut lines: Vec<String> = shown
            .map(|(time, text)| format!("{} {text}", time.format("%FT%T%.3fZ")))
            .collect();
        if left > 0 {
            lines.push(format!(
                "{left} later events are left out; name a time to begin at"
            ));
        }
        Found {
            provenance: "what happened, in order of time".to_owned(),
            text: lines.join("\n"),
        }
    }
}

/// What the files show.
fn of_files(assessment: &AssessCaseResponse) -> Vec<Event> {
    let findings = assessment.findings.iter().filter_map(|finding| {
        let time = moment(finding.first_seen.as_ref())?;
        Some((time, format!("first seen: {}", finding_line(finding))))
    });
    let changes = assessment.changes.iter().filter_map(|change| {
        let time = moment(change.change_time.as_ref())?;
        Some((time, format!("change: {}", change.description)))
    });
    findings.chain(changes).collect()
}

/// What people said, saw and tried, and how the case moved.
fn of_ledger(after: &Investigation) -> Vec<Event> {
    let facts = after.case.iter().flat_map(|case| &case.facts);
    let facts = facts.filter(|fact| !fact.superseded).filter_map(|fact| {
        let time = moment(fact.change_time.as_ref())?;
        Some((time, format!("stated: {}", fact.value)))
    });
    let evidence = after.evidence.iter().filter(|it| !it.withdrawn);
    let evidence = evidence.filter_map(|it| {
        let time = moment(it.observed_from.as_ref())?;
        Some((time, format!("evidence: [{}] {}", it.evidence_id, it.claim)))
    });
    let attempts = after.actions.iter().flat_map(|action| {
        let attempts = action.attempts.iter();
        attempts.filter_map(|it| Some((moment(it.perform_time.as_ref())?, tried(action, it))))
    });
    let moves = after.status_changes.iter().filter_map(|it| {
        let time = moment(it.change_time.as_ref())?;
        let (from, to) = (status(it.from()), status(it.to()));
        Some((time, format!("case: from {from} to {to}")))
    });
    facts.chain(evidence).chain(attempts).chain(moves).collect()
}

fn tried(action: &case_pb::Action, attempt: &case_pb::Attempt) -> String {
    let outcome = plain_name(attempt.outcome().as_str_name(), "ATTEMPT_OUTCOME_");
    let id = &action.action_id;
    format!("tried by the user, {outcome}: {id} {}", action.title)
}

#[cfg(test)]
mod tests {
    use case_pb::{Action, Attempt, AttemptOutcome, CaseStatus, EvidenceDigest, StatusChange};
    use faultmaven_kit::clock::timestamp;

    use super::*;

    fn at(time: &str) -> Option<prost_types::Timestamp> {
        Some(timestamp(time.parse().unwrap()))
    }

    #[test]
    fn evidence_attempts_and_moves_have_their_place() {
        let after = Investigation {
            evidence: vec![
                EvidenceDigest {
                    evidence_id: "ev_1".to_owned(),
                    claim: "the pool is empty".to_owned(),
                    observed_from: at("2025-03-04T14:05:00Z"),
                    ..Default::default()
                },
                EvidenceDigest {
                    observed_from: at("2025-03-04T14:06:00Z"),
                    withdrawn: true,
                    ..Default::default()
                },
                EvidenceDigest::default(),
            ],
            actions: vec![Action {
                action_id: "sol_1".to_owned(),
                title: "Raise the limit".to_owned(),
                attempts: vec![Attempt {
                    outcome: AttemptOutcome::Succeeded.into(),
                    perform_time: at("2025-03-04T15:08:00Z"),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            status_changes: vec![StatusChange {
                from: CaseStatus::Inquiry.into(),
                to: CaseStatus::Investigating.into(),
                change_time: at("2025-03-04T14:30:00Z"),
                ..Default::default()
            }],
            ..Default::default()
        };
        let mut events = of_ledger(&after);
        events.sort();
        let texts: Vec<&str> = events.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "evidence: [ev_1] the pool is empty",
                "case: from inquiry to investigating",
                "tried by the user, succeeded: sol_1 Raise the limit",
            ]
        );
    }
}

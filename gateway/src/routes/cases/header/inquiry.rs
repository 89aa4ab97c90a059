//! What the problem is and how far it has been confirmed.

use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{CaseStatus, EvidenceKind, FactKind, StatementState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire;

/// The talk before an investigation begins.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Inquiry {
    proposed_problem_statement: Option<String>,
    problem_statement_confirmed: bool,
    decided_to_investigate: bool,
    consultation_turns: i32,
    /// The same as `consultation_turns`.
    inquiry_turns: i32,
    problem_confirmation: Option<ProblemConfirmation>,
}

/// What kind of problem it seems to be.
#[derive(Clone, Serialize, ToSchema)]
struct ProblemConfirmation {
    problem_type: Option<String>,
    severity_guess: Option<String>,
}

/// What is known about the problem.
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemVerification {
    urgency_level: Option<String>,
    severity: Option<String>,
    user_impact: Option<String>,
    temporal_state: TemporalState,
    impact: Impact,
}

/// When the problem happens.
#[derive(Serialize, ToSchema)]
struct TemporalState {
    started_at: Option<String>,
    last_occurrence_at: Option<String>,
    /// `ongoing` or `historical`.
    state: Option<String>,
}

/// What the problem hits.
#[derive(Serialize, ToSchema)]
struct Impact {
    affected_services: Vec<String>,
    affected_users: Option<String>,
    affected_regions: Vec<String>,
}

impl Inquiry {
    pub(super) fn new(case: &proto::Case, inquiry_turns: i32) -> Self {
        let statement = case.statement.clone().unwrap_or_default();
        let confirmed = matches!(
            statement.state(),
            StatementState::Confirmed | StatementState::RevisionPending
        );
        let problem_type = newest(case, FactKind::ProblemType);
        let severity_guess = newest(case, FactKind::Severity);
        let any = problem_type.is_some() || severity_guess.is_some();
        Self {
            proposed_problem_statement: wire::given(statement.pending_text)
                .or_else(|| wire::given(statement.text)),
            problem_statement_confirmed: confirmed,
            decided_to_investigate: case.status() != CaseStatus::Inquiry,
            consultation_turns: inquiry_turns,
            inquiry_turns,
            problem_confirmation: any.then_some(ProblemConfirmation {
                problem_type,
                severity_guess,
            }),
        }
    }
}

impl ProblemVerification {
    pub(super) fn new(case: &proto::Case, evidence: &[proto::EvidenceDigest]) -> Self {
        Self {
            urgency_level: newest(case, FactKind::Urgency),
            severity: newest(case, FactKind::Severity),
            user_impact: newest(case, FactKind::UserImpact),
            temporal_state: TemporalState {
                started_at: newest(case, FactKind::StartedAt),
                last_occurrence_at: wire::time(last_occurrence(evidence)),
                state: newest(case, FactKind::TemporalState),
            },
            impact: Impact {
                affected_services: all(case, FactKind::AffectedService),
                affected_users: newest(case, FactKind::AffectedUsers),
                affected_regions: all(case, FactKind::AffectedRegion),
            },
        }
    }
}

/// Returns the value that counts of a single-valued kind.
pub(super) fn newest(case: &proto::Case, kind: FactKind) -> Option<String> {
    all(case, kind).pop()
}

fn all(case: &proto::Case, kind: FactKind) -> Vec<String> {
    case.facts
        .iter()
        .filter(|fact| fact.kind() == kind && !fact.superseded)
        .map(|fact| fact.value.clone())
        .collect()
}

fn last_occurrence(evidence: &[proto::EvidenceDigest]) -> Option<prost_types::Timestamp> {
    evidence
        .iter()
        .filter(|digest| digest.category() == EvidenceKind::Symptom && !digest.withdrawn)
        .filter_map(|digest| digest.observed_to)
        .max_by_key(|time| (time.seconds, time.nanos))
}

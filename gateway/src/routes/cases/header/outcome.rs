//! How a case ended.

use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{
    Assurance, AttemptOutcome, CaseStatus, EvidenceKind, FactKind, HypothesisCategory, Milestone,
    Stance,
};
use faultmaven_proto::report::v1 as report;
use faultmaven_proto::report::v1::{ReportStatus, ReportType};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::hypotheses::legacy_category;
use super::inquiry::newest;
use super::is_terminal;
use crate::wire;

const KEY_INSIGHTS_MAX: usize = 5;

/// The members of an ended case; null before.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Outcome {
    root_cause: Option<RootCause>,
    solution_applied: Option<SolutionApplied>,
    verification_status: Option<VerificationStatus>,
    resolution_summary: Option<ResolutionSummary>,
}

/// The established cause.
#[derive(Serialize, ToSchema)]
struct RootCause {
    description: String,
    /// `none` when no cause is established.
    root_cause_id: String,
    category: String,
    severity: String,
    /// `confirmed`, `mechanistic` or `no_root`.
    cause_assurance: &'static str,
    /// True when the case was resolved although its cause is only possible.
    cause_overclaim: bool,
}

/// The fix that worked.
#[derive(Serialize, ToSchema)]
struct SolutionApplied {
    description: String,
    applied_at: String,
    applied_by: String,
}

/// How the fix was seen to work.
#[derive(Serialize, ToSchema)]
struct VerificationStatus {
    verified: bool,
    /// `evidence`, `user_statement` or `none`.
    verification_method: &'static str,
    details: &'static str,
}

/// The case in numbers.
#[derive(Serialize, ToSchema)]
struct ResolutionSummary {
    total_duration_minutes: i64,
    milestones_completed: usize,
    hypotheses_tested: usize,
    evidence_collected: i32,
    key_insights: Vec<String>,
}

/// A report that can be fetched.
#[derive(Serialize, ToSchema)]
pub(super) struct AvailableReport {
    /// Empty for one that was skipped.
    report_id: String,
    report_type: String,
    /// `auto_generated`, `available` or `skipped`.
    status: &'static str,
    reason: Option<String>,
}

impl Outcome {
    pub(super) fn new(
        investigation: &proto::Investigation,
        case: &proto::Case,
        progress: &proto::Progress,
    ) -> Self {
        if !is_terminal(case.status()) {
            return Self::default();
        }
        let root = investigation.hypotheses.iter().find(|it| it.root);
        Self {
            root_cause: Some(RootCause::new(investigation, case, root)),
            solution_applied: Some(SolutionApplied::new(investigation, case)),
            verification_status: Some(VerificationStatus::new(investigation, progress)),
            resolution_summary: Some(ResolutionSummary::new(investigation, case, progress, root)),
        }
    }
}

impl RootCause {
    fn new(
        investigation: &proto::Investigation,
        case: &proto::Case,
        root: Option<&proto::Hypothesis>,
    ) -> Self {
        let conclusion = investigation.conclusion.clone().unwrap_or_default();
        let assurance = conclusion.assurance();
        let severity = newest(case, FactKind::Severity);
        Self {
            description: root
                .map_or("Not established", |it| &it.statement)
                .to_owned(),
            root_cause_id: root.map_or("none", |it| &it.hypothesis_id).to_owned(),
            category: legacy_category(root.map_or(HypothesisCategory::Other, |it| it.category())),
            severity: severity.unwrap_or_else(|| wire::priority(case.priority()).to_owned()),
            cause_assurance: match assurance {
                Assurance::Confirmed => "confirmed",
                Assurance::Likely => "mechanistic",
                Assurance::Possible | Assurance::Unspecified => "no_root",
            },
            cause_overclaim: case.status() == CaseStatus::Resolved
                && assurance == Assurance::Possible,
        }
    }
}

impl SolutionApplied {
    fn new(investigation: &proto::Investigation, case: &proto::Case) -> Self {
        match last_success(investigation) {
            Some((action, attempt)) => Self {
                description: action.title.clone(),
                applied_at: wire::required_time(attempt.perform_time.or(case.closed_time)),
                applied_by: "user".to_owned(),
            },
            None => Self {
                description: "No fix was recorded".to_owned(),
                applied_at: wire::required_time(case.closed_time),
                applied_by: "unknown".to_owned(),
            },
        }
    }
}

impl VerificationStatus {
    fn new(investigation: &proto::Investigation, progress: &proto::Progress) -> Self {
        let verified = progress
            .milestones()
            .any(|milestone| milestone == Milestone::SolutionVerified);
        let success = last_success(investigation).map(|(_, attempt)| attempt);
        let is_in_data = |attempt| is_gone_from_data(investigation, attempt);
        let (verification_method, details) = if verified && success.is_some_and(is_in_data) {
            ("evidence", "The symptom is absent after the fix")
        } else if success.is_some() {
            ("user_statement", "The user reported that the fix worked")
        } else {
            ("none", "Nothing shows that the problem is gone")
        };
        Self {
            verified,
            verification_method,
            details,
        }
    }
}

impl ResolutionSummary {
    fn new(
        investigation: &proto::Investigation,
        case: &proto::Case,
        progress: &proto::Progress,
        root: Option<&proto::Hypothesis>,
    ) -> Self {
        let tested = |it: &&proto::Hypothesis| it.tested_turn > 0;
        Self {
            total_duration_minutes: minutes_between(case.create_time, case.closed_time),
            milestones_completed: progress.milestones().count(),
            hypotheses_tested: investigation.hypotheses.iter().filter(tested).count(),
            evidence_collected: progress.total_evidence,
            key_insights: root.map_or_else(Vec::new, |root| claims_for(root, investigation)),
        }
    }
}

impl AvailableReport {
    /// Returns the reports there are and the one that was skipped.
    pub(super) fn all(reports: &report::ListReportsResponse) -> Vec<Self> {
        let written = reports.reports.iter().map(Self::new);
        written
            .chain(reports.skipped.iter().map(Self::skipped))
            .collect()
    }

    fn new(report: &report::Report) -> Self {
        let status = match report.r#type() {
            _ if report.status() != ReportStatus::Completed => "skipped",
            ReportType::ResolutionSummary | ReportType::ClosureSummary => "auto_generated",
            _ => "available",
        };
        Self {
            report_id: report.report_id.clone(),
            report_type: wire::word(report.r#type().as_str_name(), "REPORT_TYPE_"),
            status,
            reason: wire::given(report.error.clone()),
        }
    }

    fn skipped(skipped: &report::UnavailableReport) -> Self {
        Self {
            report_id: String::new(),
            report_type: wire::word(skipped.r#type().as_str_name(), "REPORT_TYPE_"),
            status: "skipped",
            reason: wire::given(skipped.reason.clone()),
        }
    }
}

/// Returns the newest attempt that succeeded, with its action.
fn last_success(investigation: &proto::Investigation) -> Option<(&proto::Action, &proto::Attempt)> {
    investigation
        .actions
        .iter()
        .flat_map(|action| action.attempts.iter().map(move |attempt| (action, attempt)))
        .filter(|(_, attempt)| attempt.outcome() == AttemptOutcome::Succeeded)
        .max_by_key(|(_, attempt)| attempt.reported_turn)
}

/// Returns whether a file shows the symptom absent after something was done.
fn is_gone_from_data(investigation: &proto::Investigation, done: &proto::Attempt) -> bool {
    let is_after = |seen: &proto::EvidenceDigest| match (seen.observed_to, done.perform_time) {
        (Some(seen), Some(done)) => seen.seconds >= done.seconds,
        _ => seen.turn_number >= done.reported_turn,
    };
    investigation.evidence.iter().any(|it| {
        it.category() == EvidenceKind::SymptomAbsence
            && !it.withdrawn
            && !it.file_id.is_empty()
            && is_after(it)
    })
}

/// Returns what the evidence for a hypothesis says.
fn claims_for(hypothesis: &proto::Hypothesis, investigation: &proto::Investigation) -> Vec<String> {
    hypothesis
        .links
        .iter()
        .filter(|link| link.stance() == Stance::Supports)
        .filter_map(|link| {
            let of_link = |it: &&proto::EvidenceDigest| it.evidence_id == link.evidence_id;
            investigation.evidence.iter().find(of_link)
        })
        .filter(|digest| !digest.withdrawn)
        .map(|digest| digest.claim.clone())
        .take(KEY_INSIGHTS_MAX)
        .collect()
}

fn minutes_between(
    start: Option<prost_types::Timestamp>,
    end: Option<prost_types::Timestamp>,
) -> i64 {
    match (start, end) {
        (Some(start), Some(end)) => (end.seconds - start.seconds).max(0) / 60,
        _ => 0,
    }
}

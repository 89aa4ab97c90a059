//! How far an investigation has come.

use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{AnalysisStage, Approach, Dialect, InvestigationStage, Milestone};
use prost_types::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire;

/// The last milestone that counts as an indicator; what follows is treatment.
const LAST_INDICATOR: Milestone = Milestone::SolutionProposed;
/// Told for evidence that is linked to no hypothesis.
const UNLINKED_RELEVANCE: f64 = 0.5;

/// Milestones and stages.
#[derive(Serialize, ToSchema)]
pub(super) struct Progress {
    milestones_completed: usize,
    total_milestones: i32,
    /// The stage in the words of the client that took the newest turn.
    current_stage: String,
    /// `symptom_verification`, `hypothesis_formulation`, `hypothesis_validation` or `solution`.
    analysis_stage: String,
    /// `diagnosis`, `mitigation` or `treatment`.
    investigation_stage: String,
    completed_milestone_ids: Vec<String>,
    completed_indicators: Vec<String>,
    completed_stage_gates: Vec<String>,
    total_evidence: i32,
    active_hypotheses: i32,
    turns_without_progress: i32,
}

/// What can be said about the cause.
#[derive(Serialize, ToSchema)]
pub(super) struct WorkingConclusion {
    summary: String,
    /// 0..1.
    confidence: f64,
    /// `speculation`, `probable`, `confident` or `verified`.
    confidence_word: String,
    /// `possible`, `likely` or `confirmed`.
    assurance: Option<String>,
    last_updated: String,
}

/// A hypothesis in one line.
#[derive(Serialize, ToSchema)]
pub(super) struct HypothesisLine {
    hypothesis_id: String,
    text: String,
    likelihood: f64,
    status: String,
    evidence_count: i32,
}

/// A piece of evidence in one line.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceLine {
    evidence_id: String,
    #[serde(rename = "type")]
    category: String,
    summary: String,
    timestamp: String,
    /// 0..1.
    relevance_score: f64,
}

/// What should come first.
#[derive(Serialize, ToSchema)]
pub(super) struct Strategy {
    /// `mitigation_first`, `root_cause` or `user_choice`.
    approach: Option<String>,
    next_steps: Vec<String>,
}

impl Progress {
    pub(super) fn new(progress: &proto::Progress, newest_turn: Option<&proto::Turn>) -> Self {
        let reached: Vec<Milestone> = progress.milestones().collect();
        let analysis_stage = analysis_stage(progress.analysis_stage());
        let investigation_stage = investigation_stage(progress.investigation_stage());
        let speaks_current = newest_turn.is_some_and(|turn| turn.dialect() == Dialect::Current);
        Self {
            milestones_completed: reached.len(),
            total_milestones: progress.total_milestones,
            current_stage: if speaks_current {
                investigation_stage.clone()
            } else {
                analysis_stage.clone()
            },
            analysis_stage,
            investigation_stage,
            completed_indicators: reached
                .iter()
                .filter(|milestone| **milestone <= LAST_INDICATOR)
                .map(|milestone| wire::milestone(*milestone))
                .collect(),
            completed_milestone_ids: reached.into_iter().map(wire::milestone).collect(),
            completed_stage_gates: progress.stage_gates.clone(),
            total_evidence: progress.total_evidence,
            active_hypotheses: progress.active_hypotheses,
            turns_without_progress: progress.turns_without_progress,
        }
    }
}

impl WorkingConclusion {
    pub(super) fn new(conclusion: &proto::Conclusion) -> Self {
        Self {
            summary: conclusion.summary.clone(),
            confidence: conclusion.confidence,
            confidence_word: conclusion.confidence_word.clone(),
            assurance: wire::assurance(conclusion.assurance()),
            last_updated: wire::required_time(conclusion.update_time),
        }
    }
}

impl HypothesisLine {
    pub(super) fn new(hypothesis: &proto::Hypothesis) -> Self {
        Self {
            hypothesis_id: hypothesis.hypothesis_id.clone(),
            text: hypothesis.statement.clone(),
            likelihood: hypothesis.likelihood,
            status: wire::word(hypothesis.status().as_str_name(), "HYPOTHESIS_STATUS_"),
            evidence_count: hypothesis.evidence_count,
        }
    }
}

impl EvidenceLine {
    pub(super) fn new(
        digest: &proto::EvidenceDigest,
        investigation: &proto::Investigation,
    ) -> Self {
        let strongest = investigation
            .hypotheses
            .iter()
            .flat_map(|hypothesis| &hypothesis.links)
            .filter(|link| link.evidence_id == digest.evidence_id)
            .map(|link| link.strength)
            .max_by(f64::total_cmp);
        Self {
            evidence_id: digest.evidence_id.clone(),
            category: wire::word(digest.category().as_str_name(), "EVIDENCE_KIND_"),
            summary: digest.claim.clone(),
            timestamp: wire::required_time(collected(digest, investigation)),
            relevance_score: strongest.unwrap_or(UNLINKED_RELEVANCE),
        }
    }
}

impl Strategy {
    pub(super) fn new(header: &proto::Header) -> Self {
        let approach = Some(header.approach()).filter(|it| *it != Approach::Unspecified);
        Self {
            approach: approach.map(|it| wire::word(it.as_str_name(), "APPROACH_")),
            next_steps: header.next_actions.clone(),
        }
    }
}

/// Returns when evidence came into the case: the commit of its turn, else what it shows.
fn collected(
    digest: &proto::EvidenceDigest,
    investigation: &proto::Investigation,
) -> Option<Timestamp> {
    let committed = investigation
        .recent_turns
        .iter()
        .find(|turn| turn.turn_number == digest.turn_number)
        .and_then(|turn| turn.commit_time);
    committed.or(digest.observed_to).or(digest.observed_from)
}

fn analysis_stage(stage: AnalysisStage) -> String {
    match stage {
        AnalysisStage::Unspecified => "symptom_verification".to_owned(),
        known => wire::word(known.as_str_name(), "ANALYSIS_STAGE_"),
    }
}

fn investigation_stage(stage: InvestigationStage) -> String {
    match stage {
        InvestigationStage::Unspecified => "diagnosis".to_owned(),
        known => wire::word(known.as_str_name(), "INVESTIGATION_STAGE_"),
    }
}

//! The hypotheses of a case with what speaks for and against them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{HypothesisCategory, HypothesisSource, Stance};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::SignedIn;
use crate::extract::PathOf;
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::wire;

mod change;

/// Returns the routes of this file and of those below.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_hypotheses))
        .merge(change::routes())
}

/// A possible cause or an intermediate condition.
#[derive(Serialize, ToSchema)]
struct Hypothesis {
    hypothesis_id: String,
    statement: String,
    rationale: String,
    /// `condition` or `cause`.
    kind: String,
    /// Of the words that older clients know.
    category: String,
    /// `problem` or the hypothesis it explains.
    explains: String,
    mechanism: String,
    status: String,
    /// 0..1.
    likelihood: f64,
    prior: f64,
    contested: bool,
    /// True for the one established cause.
    root: bool,
    generated_at_turn: i32,
    generation_mode: &'static str,
    /// `analyst`, `model`, `user`, `knowledge` or `forced_alternative`.
    source: String,
    /// The runbook it comes from, for the source `knowledge`.
    document_id: Option<String>,
    created_at: String,
    /// 0 before the first test.
    tested_turn: i32,
    /// 0 while open.
    concluded_turn: i32,
    concluded_reason: Option<String>,
    supersedes: Option<String>,
    predictions: Vec<Prediction>,
    /// Number of links that count.
    evidence_count: i32,
    /// By evidence id.
    evidence_links: BTreeMap<String, EvidenceLink>,
}

/// What a check would show either way.
#[derive(Serialize, ToSchema)]
struct Prediction {
    if_true: String,
    if_false: String,
    how: String,
}

/// What one piece of evidence says about one hypothesis.
#[derive(Serialize, ToSchema)]
struct EvidenceLink {
    hypothesis_id: String,
    evidence_id: String,
    /// `strongly_supports`, `supports`, `neutral`, `contradicts` or `strongly_contradicts`.
    stance: &'static str,
    /// 0..1.
    strength: f64,
    /// The same as `strength`.
    completeness: f64,
    basis: String,
    reasoning: String,
    turn_number: i32,
}

/// What the ledger lets one say about the cause.
#[derive(Serialize, ToSchema)]
struct Conclusion {
    /// `possible`, `likely` or `confirmed`; absent without a hypothesis.
    assurance: Option<String>,
    lead_hypothesis_id: Option<String>,
    confidence: f64,
    confidence_word: String,
    summary: String,
    /// Why it is concluded, in an analyst's words; empty without any.
    reasoning: String,
    /// What an analyst has reservations about.
    caveats: Vec<String>,
    updated_at: Option<String>,
}

/// The ledger of a case.
#[derive(Serialize, ToSchema)]
struct HypothesisList {
    case_id: String,
    hypotheses: Vec<Hypothesis>,
    total: usize,
    conclusion: Option<Conclusion>,
}

/// Lists the hypotheses with their evidence, likeliest first.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/hypotheses", tag = "cases", params(("case_id" = String, Path)), responses(
    (status = 200, body = HypothesisList),
    (status = 404, body = ProblemBody),
))]
async fn list_hypotheses(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
) -> Result<Json<HypothesisList>, Problem> {
    let request = ctx.request(proto::ListHypothesesRequest {
        case_id: case_id.clone(),
    });
    let reply = app.case().list_hypotheses(request).await?.into_inner();
    Ok(Json(HypothesisList {
        case_id,
        total: reply.hypotheses.len(),
        hypotheses: reply
            .hypotheses
            .into_iter()
            .map(Hypothesis::from_proto)
            .collect(),
        conclusion: reply.conclusion.map(Conclusion::from_proto),
    }))
}

impl Hypothesis {
    fn from_proto(hypothesis: proto::Hypothesis) -> Self {
        Self {
            kind: wire::word(hypothesis.kind().as_str_name(), "HYPOTHESIS_KIND_"),
            category: legacy_category(hypothesis.category()),
            status: wire::word(hypothesis.status().as_str_name(), "HYPOTHESIS_STATUS_"),
            generation_mode: generation_mode(hypothesis.source()),
            source: wire::word(hypothesis.source().as_str_name(), "HYPOTHESIS_SOURCE_"),
            created_at: wire::required_time(hypothesis.create_time),
            evidence_links: hypothesis
                .links
                .iter()
                .map(|link| {
                    let view = EvidenceLink::from_proto(&hypothesis.hypothesis_id, link);
                    (link.evidence_id.clone(), view)
                })
                .collect(),
            document_id: wire::given(hypothesis.document_id),
            hypothesis_id: hypothesis.hypothesis_id,
            statement: hypothesis.statement,
            rationale: hypothesis.rationale,
            explains: hypothesis.explains,
            mechanism: hypothesis.mechanism,
            likelihood: hypothesis.likelihood,
            prior: hypothesis.prior,
            contested: hypothesis.contested,
            root: hypothesis.root,
            generated_at_turn: hypothesis.created_turn,
            tested_turn: hypothesis.tested_turn,
            concluded_turn: hypothesis.concluded_turn,
            concluded_reason: wire::given(hypothesis.concluded_reason),
            supersedes: wire::given(hypothesis.supersedes),
            predictions: hypothesis
                .predictions
                .into_iter()
                .map(Prediction::from_proto)
                .collect(),
            evidence_count: hypothesis.evidence_count,
        }
    }
}

impl Prediction {
    fn from_proto(prediction: proto::Prediction) -> Self {
        Self {
            if_true: prediction.if_true,
            if_false: prediction.if_false,
            how: prediction.how,
        }
    }
}

impl EvidenceLink {
    fn from_proto(hypothesis_id: &str, link: &proto::Link) -> Self {
        Self {
            hypothesis_id: hypothesis_id.to_owned(),
            evidence_id: link.evidence_id.clone(),
            stance: legacy_stance(link.stance(), link.strength),
            strength: link.strength,
            completeness: link.strength,
            basis: wire::word(link.basis().as_str_name(), "LINK_BASIS_"),
            reasoning: link.reasoning.clone(),
            turn_number: link.turn_number,
        }
    }
}

impl Conclusion {
    fn from_proto(conclusion: proto::Conclusion) -> Self {
        Self {
            assurance: wire::assurance(conclusion.assurance()),
            lead_hypothesis_id: wire::given(conclusion.lead_hypothesis_id),
            confidence: conclusion.confidence,
            confidence_word: conclusion.confidence_word,
            summary: conclusion.summary,
            reasoning: conclusion.reasoning,
            caveats: conclusion.caveats,
            updated_at: wire::time(conclusion.update_time),
        }
    }
}

/// Returns the category in the words that older clients know.
pub(super) fn legacy_category(category: HypothesisCategory) -> String {
    match category {
        HypothesisCategory::Database => "data".to_owned(),
        HypothesisCategory::Security | HypothesisCategory::Unspecified => "other".to_owned(),
        other => wire::word(other.as_str_name(), "HYPOTHESIS_CATEGORY_"),
    }
}

fn generation_mode(source: HypothesisSource) -> &'static str {
    match source {
        HypothesisSource::Analyst | HypothesisSource::Knowledge => "systematic",
        HypothesisSource::ForcedAlternative => "forced_alternative",
        HypothesisSource::Model | HypothesisSource::User | HypothesisSource::Unspecified => {
            "opportunistic"
        }
    }
}

fn legacy_stance(stance: Stance, strength: f64) -> &'static str {
    const STRONG: f64 = 0.75;
    match stance {
        Stance::Supports if strength >= STRONG => "strongly_supports",
        Stance::Supports => "supports",
        Stance::Refutes if strength >= STRONG => "strongly_contradicts",
        Stance::Refutes => "contradicts",
        Stance::Neutral | Stance::Unspecified => "neutral",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_links_have_strong_words() {
        assert_eq!(legacy_stance(Stance::Supports, 0.75), "strongly_supports");
        assert_eq!(legacy_stance(Stance::Supports, 0.74), "supports");
        assert_eq!(legacy_stance(Stance::Refutes, 0.9), "strongly_contradicts");
        assert_eq!(legacy_stance(Stance::Neutral, 0.9), "neutral");
    }

    #[test]
    fn categories_unknown_to_older_clients_become_their_nearest() {
        assert_eq!(legacy_category(HypothesisCategory::Database), "data");
        assert_eq!(legacy_category(HypothesisCategory::Security), "other");
        assert_eq!(legacy_category(HypothesisCategory::Network), "network");
    }
}

//! A decided turn on its way to an answer.

use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceDigest, Investigation, SuggestedAction, TurnDraft, TurnPath, TurnPreview,
};
use prost::Message as _;

use super::build::wrapped;
use super::{Turn, answer};
use crate::analyst::Analysis;
use crate::analyst::situation::Situation;
use crate::error::TurnError;
use crate::fast_path::Route;
use crate::model::failure::Unanswered;
use crate::model::prose::Prose;
use crate::reply::compose::{Composed, Told, compose};
use crate::reply::handoff;
use crate::reply::suggestions::{Suggestions, suggest};

/// A turn that only needs to be stored.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) request: case_pb::CommitTurnRequest,
    pub(super) result: pb::TurnResult,
    /// Whether somebody else is to take over from here.
    pub(super) hands_over: bool,
}

/// What a draft leads to.
#[derive(Debug, Clone)]
pub(super) struct Preview {
    /// The case as it would be.
    pub(super) after: Investigation,
    /// Everything else.
    pub(super) turn: TurnPreview,
}

impl Preview {
    /// Reads what the case module answers.
    pub(super) fn of(preview: Option<TurnPreview>) -> Result<Self, TurnError> {
        let mut turn = preview.unwrap_or_default();
        let after = turn.after.take().ok_or(TurnError::IncompleteAnswer {
            module: "case",
            part: "preview",
        })?;
        Ok(Self { after, turn })
    }
}

/// A decided turn with everything its answer is made of.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) route: Route,
    pub(super) situation: Situation,
    pub(super) analysis: Analysis,
    pub(super) staged: Vec<EvidenceDigest>,
    pub(super) draft: TurnDraft,
    pub(super) preview: Preview,
    pub(super) notices: Vec<String>,
    /// What a model wrote.
    pub(super) prose: Option<Prose>,
    pub(super) model_calls: Vec<pb::ModelCall>,
    /// What is missing, and what a model suggests to do next.
    pub(super) suggested: Vec<SuggestedAction>,
}

impl Draft {
    /// Returns the draft as the embedded analyst's, with why no model answered.
    pub(super) fn without(mut self, failure: &Unanswered, model: &str) -> Self {
        let Some(notice) = failure.notice(model) else {
            return self;
        };
        self.notices.push(notice);
        if self.draft.path() == TurnPath::Embedded {
            self.draft.set_path(TurnPath::EmbeddedFallback);
        }
        self
    }

    /// Returns the answer and what can be clicked below it.
    pub(super) fn composed(&self, turn: &Turn) -> (Suggestions, Composed) {
        let after = &self.preview.after;
        let suggestions = suggest(&self.situation, after, &self.suggested);
        let is_kept = |staged: &&EvidenceDigest| {
            let mut known = after.evidence.iter();
            known.any(|it| it.evidence_id == staged.evidence_id)
        };
        let new_evidence: Vec<EvidenceDigest> =
            self.staged.iter().filter(is_kept).cloned().collect();
        let answer = compose(&Told {
            route: &self.route,
            situation: &self.situation,
            analysis: &self.analysis,
            preview: &self.preview.turn,
            after,
            new_evidence: &new_evidence,
            suggestions: &suggestions,
            notices: &self.notices,
            prose: self.prose.as_ref(),
            dialect: turn.input.dialect,
        });
        (suggestions, answer)
    }

    /// Returns the turn as it is stored and answered.
    pub(super) fn ready(mut self, turn: &Turn) -> Ready {
        let (suggestions, answer) = self.composed(turn);
        let surfaced = if is_asking(&self.route) && !self.analysis.only_asks() {
            suggestions.surfaced.as_slice()
        } else {
            &[]
        };
        let shown = surfaced.iter().map(|need_id| {
            wrapped(Op::UpdateNeed(case_pb::UpdateNeed {
                need_id: need_id.clone(),
                surfaced: true,
                ..Default::default()
            }))
        });
        self.draft.diff.get_or_insert_default().ops.extend(shown);
        self.draft.notices.clone_from(&self.notices);
        self.draft.model_calls = self.model_calls.iter().map(kept).collect();
        let result = answer::result(turn, &self, &suggestions, &answer);
        let state = self.situation.investigation.case.as_ref();
        Ready {
            hands_over: handoff::is_due(&self.preview.after),
            request: case_pb::CommitTurnRequest {
                case_id: turn.input.case_id.clone(),
                turn_token: turn.token.clone(),
                expected_state_version: state.map_or(0, |case| case.state_version),
                reply_text: result.answer.clone(),
                suggested_actions: suggestions.actions,
                answer: result.encode_to_vec(),
                generated_title: String::new(),
                draft: Some(self.draft),
            },
            result,
        }
    }
}

/// Returns a call of a model as it is kept with the turn.
fn kept(call: &pb::ModelCall) -> case_pb::ModelCall {
    case_pb::ModelCall {
        provider: call.provider.clone(),
        model: call.model.clone(),
        tokens_in: call.tokens_in,
        tokens_out: call.tokens_out,
        cost_usd: call.cost_usd,
        duration_ms: call.duration_ms,
        fallback_from: call.fallback_from.clone(),
        error: call.error.clone(),
        redacted: call.redacted.clone(),
        prompt_version: call.prompt_version.clone(),
    }
}

/// Needs shown beside a greeting or a decision are no new request.
fn is_asking(route: &Route) -> bool {
    !matches!(
        route,
        Route::Greeting | Route::Decline | Route::Hypothesis { .. } | Route::Terminal
    )
}

//! Prepares a turn: decides, verifies, and tries the result.

use faultmaven_kit::crash::at_each_await;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{DiffOp, DroppedPart, EvidenceDigest, MessageKind, TurnDraft};
use faultmaven_proto::evidence::v1 as evidence_pb;

use super::bind::{EvidenceIds, bind};
use super::draft::{Draft, Preview, Ready};
use super::{Turn, Turns, decide};
use crate::analyst::plan::{Claim, Plan, Source};
use crate::analyst::situation::Situation;
use crate::analyst::{Analysis, follow_up};
use crate::callees::{from_case, from_evidence};
use crate::convert::{category, digest, stamp};
use crate::error::TurnError;
use crate::fast_path::{Route, route};
use crate::reply::suggestions::{missing_data, suspected_check};

const COLLECTED_BY: &str = "analyst";

impl Turns {
    /// Prepares the turn on the state the case is in now.
    pub(super) async fn build(&self, turn: &Turn) -> Result<Ready, TurnError> {
        let investigation = self
            .callees
            .investigation(&turn.ctx, &turn.input.case_id)
            .await?;
        let route = route(&turn.input, &investigation)?;
        self.reclassify(turn, &route).await?;
        turn.events.step("reason", "Weighing what is known");
        let mut notices = turn.notices.clone();
        let situation = self.look(turn, investigation, &route, &mut notices).await?;
        let user_text = turn.user_text(&route, &situation);
        let analysis = decide::decide(&situation, &route, &user_text);
        turn.events
            .step("verify", "Comparing every quote with its source");
        let mut draft = draft(turn, &situation, &route, &user_text);
        draft.only_asks = analysis.only_asks() && draft.file_ids.is_empty();
        let plan = analysis.plan.clone();
        let staged = self.stage(turn, &mut draft, plan, COLLECTED_BY).await?;
        let unsettled = draft.clone();
        let preview = self.settle(turn, &situation, &analysis, &mut draft).await?;
        let rules = Draft {
            route,
            situation,
            suggested: suspected_check(&analysis)
                .into_iter()
                .chain(missing_data(&analysis))
                .collect(),
            analysis,
            staged,
            draft,
            preview,
            notices,
            prose: None,
            model_calls: Vec::new(),
        };
        let consult = Box::pin(self.consult(turn, rules, &unsettled));
        let decided = at_each_await("agent.consult", consult).await;
        Ok(decided.ready(turn))
    }

    async fn reclassify(&self, turn: &Turn, route: &Route) -> Result<(), TurnError> {
        let Route::Reclassify { file_id, class } = route else {
            return Ok(());
        };
        let request = evidence_pb::ReclassifyFileRequest {
            file_id: file_id.clone(),
            data_class: (*class).into(),
        };
        from_evidence(
            self.callees
                .files()
                .reclassify_file(turn.ctx.request(request))
                .await,
        )?;
        let request = evidence_pb::AwaitAnalysisRequest {
            file_ids: vec![file_id.clone()],
            wait: prost_types::Duration::try_from(self.config.analysis_wait).ok(),
        };
        from_evidence(
            self.callees
                .evidence()
                .await_analysis(turn.ctx.request(request))
                .await,
        )?;
        Ok(())
    }

    /// Has the claims verified and adds what holds to the draft.
    pub(super) async fn stage(
        &self,
        turn: &Turn,
        draft: &mut TurnDraft,
        plan: Plan,
        collected_by: &str,
    ) -> Result<Vec<EvidenceDigest>, TurnError> {
        let mut ids = EvidenceIds::new();
        let mut digests = Vec::new();
        if !plan.claims.is_empty() {
            let request = evidence_pb::StageEvidenceRequest {
                case_id: turn.input.case_id.clone(),
                turn_token: turn.token.clone(),
                turn_number: turn.number,
                claims: plan
                    .claims
                    .iter()
                    .map(|it| claim(it, collected_by))
                    .collect(),
                message_id: draft.user_message_id.clone(),
                message_text: draft.user_text.clone(),
            };
            let answer = self
                .callees
                .evidence()
                .stage_evidence(turn.ctx.request(request))
                .await;
            let answer = from_evidence(answer)?;
            draft.dropped.extend(answer.refused.iter().map(refused));
            for staged in &answer.staged {
                let known = plan
                    .claims
                    .iter()
                    .find(|claim| claim.reference == staged.r#ref);
                if let (Some(claim), Some(evidence)) = (known, &staged.evidence) {
                    ids.insert(staged.r#ref.clone(), evidence.evidence_id.clone());
                    digests.push((staged.r#ref.clone(), digest(evidence, claim.kind)));
                }
            }
        }
        let (ops, dropped) = bind(plan.ops, &ids);
        draft.dropped.extend(dropped);
        let added = digests.iter().map(|(reference, digest)| {
            Op::AddEvidence(case_pb::AddEvidence {
                r#ref: reference.clone(),
                digest: Some(digest.clone()),
            })
        });
        let diff = draft.diff.get_or_insert_default();
        diff.ops.extend(added.chain(ops).map(wrapped));
        Ok(digests.into_iter().map(|(_, digest)| digest).collect())
    }

    /// Tries the draft, adds what follows from the result, and tries again.
    pub(super) async fn settle(
        &self,
        turn: &Turn,
        situation: &Situation,
        analysis: &Analysis,
        draft: &mut TurnDraft,
    ) -> Result<Preview, TurnError> {
        let mut preview = self.preview(turn, draft).await?;
        let seeds = self.seeds(turn, situation, &preview).await;
        let mut more = seeds.ops;
        let is_told = seeds.skipped.is_empty();
        draft.dropped.extend(seeds.skipped);
        // A question alone asks for nothing new.
        if !analysis.only_asks() {
            more.extend(follow_up(situation, &preview.after));
        }
        if !more.is_empty() || !is_told {
            let diff = draft.diff.get_or_insert_default();
            diff.ops.extend(more.into_iter().map(wrapped));
            preview = self.preview(turn, draft).await?;
        }
        Ok(preview)
    }

    async fn preview(&self, turn: &Turn, draft: &TurnDraft) -> Result<Preview, TurnError> {
        let request = case_pb::PreviewTurnRequest {
            case_id: turn.input.case_id.clone(),
            turn_token: turn.token.clone(),
            draft: Some(draft.clone()),
        };
        let answer = from_case(
            self.callees
                .case()
                .preview_turn(turn.ctx.request(request))
                .await,
        )?;
        Preview::of(answer.preview)
    }
}

fn draft(turn: &Turn, situation: &Situation, route: &Route, user_text: &str) -> TurnDraft {
    let kind = match (route, &turn.input.text) {
        (Route::Command(_), _) => MessageKind::StatusChange,
        (_, None) if turn.input.has_data() => MessageKind::DataUpload,
        _ => MessageKind::UserQuery,
    };
    TurnDraft {
        user_message_id: turn.user_message_id.clone(),
        user_text: user_text.to_owned(),
        user_message_kind: kind.into(),
        file_ids: turn.file_ids().map(ToOwned::to_owned).collect(),
        dialect: turn.input.dialect.into(),
        intent: decide::intent(route).into(),
        path: decide::path(route).into(),
        start_time: stamp(Some(turn.started_at)),
        pending_reply: decide::pending_reply(route).into(),
        command: decide::command(situation, route, turn.input.text.as_deref()),
        ..Default::default()
    }
}

fn claim(claim: &Claim, collected_by: &str) -> evidence_pb::EvidenceClaim {
    let mut wire = evidence_pb::EvidenceClaim {
        r#ref: claim.reference.clone(),
        category: category(claim.kind).into(),
        claim: claim.text.clone(),
        signature: claim.signature.clone(),
        observed_from: stamp(claim.from),
        observed_to: stamp(claim.to),
        collected_by: collected_by.to_owned(),
        absence: claim.absence.clone(),
        ..Default::default()
    };
    match &claim.source {
        Source::File(cited) => {
            wire.file_id.clone_from(&cited.file_id);
            wire.quote.clone_from(&cited.quote);
            wire.line_hint = cited.line_start;
        }
        Source::Message(quote) => {
            wire.from_message = true;
            wire.quote.clone_from(quote);
        }
    }
    wire
}

fn refused(claim: &evidence_pb::RefusedClaim) -> DroppedPart {
    DroppedPart {
        op: "add_evidence".to_owned(),
        reason: claim.reason.clone(),
        excerpt: claim.excerpt.clone(),
    }
}

/// Returns a change as a part of a diff.
pub(super) fn wrapped(op: Op) -> DiffOp {
    DiffOp { op: Some(op) }
}

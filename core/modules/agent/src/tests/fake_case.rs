//! A case module that keeps one case in memory and applies just enough of a diff.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::case::v1 as pb;
use faultmaven_proto::case::v1::case_internal_service_server::CaseInternalService;
use faultmaven_proto::case::v1::diff_op::Op;
use pb::{CaseAccess, CaseStatus, PendingReply};
use tonic::{Request, Response, Status};

/// The case and what was done to it.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) now: pb::Investigation,
    pub(crate) commits: Vec<pb::CommitTurnRequest>,
    pub(crate) aborted: usize,
    pub(crate) renewed: usize,
    cancelled: bool,
    /// Answers of the next commits instead of success.
    pub(crate) refusals: VecDeque<Fault>,
    answers: HashMap<String, (String, Vec<u8>)>,
    running_key: Option<(String, String)>,
}

#[derive(Clone, Default)]
pub(crate) struct FakeCase(Arc<Mutex<State>>);

impl FakeCase {
    pub(crate) fn new(case_id: &str) -> Self {
        let fake = Self::default();
        fake.state().now.case = Some(pb::Case {
            case_id: case_id.to_owned(),
            status: CaseStatus::Inquiry.into(),
            ..Default::default()
        });
        fake
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn set_status(&self, status: CaseStatus) {
        self.state().now.case.as_mut().unwrap().set_status(status);
    }

    pub(crate) fn last_draft(&self) -> pb::TurnDraft {
        let state = self.state();
        state.commits.last().unwrap().draft.clone().unwrap()
    }

    pub(crate) fn ops(&self) -> Vec<Op> {
        let diff = self.last_draft().diff.unwrap_or_default();
        diff.ops.into_iter().filter_map(|op| op.op).collect()
    }
}

fn apply(now: &pb::Investigation, draft: &pb::TurnDraft) -> pb::Investigation {
    let mut after = now.clone();
    let case = after.case.as_mut().unwrap();
    match draft.pending_reply() {
        PendingReply::Confirm => {
            if let Some(pending) = case.pending_transition.take() {
                case.status = pending.to;
            }
        }
        PendingReply::Decline | PendingReply::Withdraw => case.pending_transition = None,
        PendingReply::Keep | PendingReply::Unspecified => {}
    }
    if let Some(command) = &draft.command {
        case.status = command.to;
    }
    case.current_turn += 1;
    for op in draft
        .diff
        .iter()
        .flat_map(|diff| &diff.ops)
        .filter_map(|op| op.op.as_ref())
    {
        match op {
            Op::ProposeStatement(op) => {
                case.statement = Some(pb::ProblemStatement {
                    text: op.text.clone(),
                    state: pb::StatementState::Proposed.into(),
                    ..Default::default()
                });
                case.pending_transition = Some(pb::PendingTransition {
                    to: CaseStatus::Investigating.into(),
                    ..Default::default()
                });
            }
            Op::AddEvidence(op) => after.evidence.extend(op.digest.clone()),
            Op::AddFact(op) => case.facts.extend(op.fact.clone()),
            _ => {}
        }
    }
    after
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl CaseInternalService for FakeCase {
    async fn check_access(
        &self,
        request: Request<pb::CheckAccessRequest>,
    ) -> Answer<pb::CheckAccessResponse> {
        Ctx::from_request(&request)?.actor()?;
        let request = request.into_inner();
        let state = self.state();
        let case = state.now.case.as_ref().unwrap();
        if request.case_id != case.case_id {
            return Err(Fault::not_found("case").into());
        }
        let is_over = matches!(case.status(), CaseStatus::Resolved | CaseStatus::Closed);
        if request.access() == CaseAccess::AddFiles && is_over {
            return Err(Fault::precondition("case_is_terminal", "the case is closed").into());
        }
        Ok(Response::new(pb::CheckAccessResponse::default()))
    }

    async fn begin_turn(
        &self,
        request: Request<pb::BeginTurnRequest>,
    ) -> Answer<pb::BeginTurnResponse> {
        let request = request.into_inner();
        let mut state = self.state();
        if let Some((fingerprint, answer)) = state.answers.get(&request.idempotency_key) {
            if *fingerprint != request.fingerprint {
                return Err(Fault::conflict("idempotency_key_reused", "another request").into());
            }
            return Ok(Response::new(pb::BeginTurnResponse {
                stored_answer: answer.clone(),
                replayed: true,
                ..Default::default()
            }));
        }
        state.running_key = Some((request.idempotency_key, request.fingerprint));
        Ok(Response::new(pb::BeginTurnResponse {
            turn_token: "token".to_owned(),
            turn_number: state.now.case.as_ref().unwrap().current_turn + 1,
            lease: Some(prost_types::Duration {
                seconds: 60,
                nanos: 0,
            }),
            ..Default::default()
        }))
    }

    async fn renew_turn(&self, _: Request<pb::RenewTurnRequest>) -> Answer<pb::RenewTurnResponse> {
        let mut state = self.state();
        state.renewed += 1;
        if state.cancelled {
            return Err(Fault::conflict("turn_cancelled", "the turn was cancelled").into());
        }
        Ok(Response::new(pb::RenewTurnResponse::default()))
    }

    async fn cancel_turn(
        &self,
        _: Request<pb::CancelTurnRequest>,
    ) -> Answer<pb::CancelTurnResponse> {
        let mut state = self.state();
        state.cancelled = state.running_key.is_some();
        let cancelled = state.cancelled;
        Ok(Response::new(pb::CancelTurnResponse { cancelled }))
    }

    async fn abort_turn(&self, _: Request<pb::AbortTurnRequest>) -> Answer<pb::AbortTurnResponse> {
        let mut state = self.state();
        state.aborted += 1;
        (state.running_key, state.cancelled) = (None, false);
        Ok(Response::new(pb::AbortTurnResponse {}))
    }

    async fn get_investigation(
        &self,
        _: Request<pb::GetInvestigationRequest>,
    ) -> Answer<pb::GetInvestigationResponse> {
        let investigation = Some(self.state().now.clone());
        Ok(Response::new(pb::GetInvestigationResponse {
            investigation,
        }))
    }

    async fn preview_turn(
        &self,
        request: Request<pb::PreviewTurnRequest>,
    ) -> Answer<pb::PreviewTurnResponse> {
        let draft = request.into_inner().draft.unwrap();
        let state = self.state();
        let after = apply(&state.now, &draft);
        let moved = after.case.as_ref().unwrap().status != state.now.case.as_ref().unwrap().status;
        let preview = pb::TurnPreview {
            status_changed: moved,
            after: Some(after),
            ..Default::default()
        };
        Ok(Response::new(pb::PreviewTurnResponse {
            preview: Some(preview),
        }))
    }

    async fn commit_turn(
        &self,
        request: Request<pb::CommitTurnRequest>,
    ) -> Answer<pb::CommitTurnResponse> {
        let request = request.into_inner();
        let mut state = self.state();
        if let Some(refusal) = state.refusals.pop_front() {
            return Err(refusal.into());
        }
        let draft = request.draft.clone().unwrap();
        state.now = apply(&state.now, &draft);
        let turn = pb::Turn {
            turn_number: state.now.case.as_ref().unwrap().current_turn,
            commit_time: draft.start_time,
            evidence_ids: state
                .now
                .evidence
                .iter()
                .map(|known| known.evidence_id.clone())
                .collect(),
            ..Default::default()
        };
        state.now.recent_turns.push(turn.clone());
        if let Some((key, fingerprint)) =
            state.running_key.take().filter(|(key, _)| !key.is_empty())
        {
            state
                .answers
                .insert(key, (fingerprint, request.answer.clone()));
        }
        state.commits.push(request);
        Ok(Response::new(pb::CommitTurnResponse {
            turn: Some(turn),
            result: None,
            assistant_message_id: "msg_assistant".to_owned(),
        }))
    }

    async fn register_files(
        &self,
        _: Request<pb::RegisterFilesRequest>,
    ) -> Answer<pb::RegisterFilesResponse> {
        Err(Status::unimplemented("not used by turns"))
    }

    async fn remove_file(
        &self,
        _: Request<pb::RemoveFileRequest>,
    ) -> Answer<pb::RemoveFileResponse> {
        Err(Status::unimplemented("not used by turns"))
    }

    async fn filter_committed_evidence(
        &self,
        _: Request<pb::FilterCommittedEvidenceRequest>,
    ) -> Answer<pb::FilterCommittedEvidenceResponse> {
        Err(Status::unimplemented("not used by turns"))
    }

    async fn find_similar_cases(
        &self,
        _: Request<pb::FindSimilarCasesRequest>,
    ) -> Answer<pb::FindSimilarCasesResponse> {
        Err(Status::unimplemented("not used by turns without a model"))
    }

    async fn list_purgeable(
        &self,
        _: Request<pb::ListPurgeableRequest>,
    ) -> Answer<pb::ListPurgeableResponse> {
        Ok(Response::new(pb::ListPurgeableResponse::default()))
    }

    async fn purge_case(&self, _: Request<pb::PurgeCaseRequest>) -> Answer<pb::PurgeCaseResponse> {
        Err(Status::unimplemented("not used by turns"))
    }
}

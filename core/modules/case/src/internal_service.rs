//! The service for other modules: decode, do one thing, encode.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::crash::at_each_await;
use faultmaven_kit::{Caller, Ctx, Fault};
use faultmaven_proto::case::v1 as pb;
use faultmaven_proto::case::v1::case_internal_service_server::CaseInternalService;
use tonic::{Request, Response, Status};

use crate::access::Access;
use crate::operations::turn_commit::{self, CommitRequest};
use crate::operations::turn_lease::{self, Begun};
use crate::operations::{Shared, files, purge, read, similar};
use crate::{convert, request};

type Answer<T> = Result<Response<T>, Status>;

/// Serves modules.
pub(crate) struct Service {
    shared: Arc<Shared>,
}

impl Service {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    fn lease(&self) -> Option<prost_types::Duration> {
        duration(self.shared.config.turn_lease)
    }
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(duration).ok()
}

#[tonic::async_trait]
impl CaseInternalService for Service {
    async fn check_access(
        &self,
        request: Request<pb::CheckAccessRequest>,
    ) -> Answer<pb::CheckAccessResponse> {
        let ctx = Ctx::from_request(&request)?;
        let access = Access::from_wire(request.get_ref().access)?;
        let case_id = &request.get_ref().case_id;
        let case = read::case_for(&self.shared, &ctx, case_id, access).await?;
        Ok(Response::new(pb::CheckAccessResponse {
            owner_id: case.owner_id,
            status: case.status.into(),
            current_turn: case.current_turn,
        }))
    }

    async fn register_files(
        &self,
        request: Request<pb::RegisterFilesRequest>,
    ) -> Answer<pb::RegisterFilesResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let files = request
            .files
            .into_iter()
            .map(convert::file_from_wire)
            .collect();
        files::register(&self.shared, &ctx, request.case_id, files).await?;
        Ok(Response::new(pb::RegisterFilesResponse {}))
    }

    async fn remove_file(
        &self,
        request: Request<pb::RemoveFileRequest>,
    ) -> Answer<pb::RemoveFileResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let withdrawn_evidence_ids =
            files::remove(&self.shared, &ctx, request.case_id, request.file_ids).await?;
        Ok(Response::new(pb::RemoveFileResponse {
            withdrawn_evidence_ids,
        }))
    }

    async fn begin_turn(
        &self,
        request: Request<pb::BeginTurnRequest>,
    ) -> Answer<pb::BeginTurnResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request::begin_turn(request.into_inner())?;
        let begun = turn_lease::begin(&self.shared, &ctx, request).await?;
        Ok(Response::new(match begun {
            Begun::Turn {
                turn_token,
                turn_number,
                state_version,
            } => pb::BeginTurnResponse {
                turn_token,
                turn_number,
                state_version,
                lease: self.lease(),
                ..pb::BeginTurnResponse::default()
            },
            Begun::Answered(stored_answer) => pb::BeginTurnResponse {
                stored_answer,
                replayed: true,
                ..pb::BeginTurnResponse::default()
            },
        }))
    }

    async fn renew_turn(
        &self,
        request: Request<pb::RenewTurnRequest>,
    ) -> Answer<pb::RenewTurnResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        turn_lease::renew(&self.shared, &ctx, request.case_id, request.turn_token).await?;
        Ok(Response::new(pb::RenewTurnResponse {
            lease: self.lease(),
        }))
    }

    async fn cancel_turn(
        &self,
        request: Request<pb::CancelTurnRequest>,
    ) -> Answer<pb::CancelTurnResponse> {
        let ctx = Ctx::from_request(&request)?;
        let cancelled = turn_lease::cancel(&self.shared, &ctx, request.into_inner()).await?;
        Ok(Response::new(pb::CancelTurnResponse { cancelled }))
    }

    async fn abort_turn(
        &self,
        request: Request<pb::AbortTurnRequest>,
    ) -> Answer<pb::AbortTurnResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        turn_lease::abort(&self.shared, &ctx, request.case_id, request.turn_token).await?;
        Ok(Response::new(pb::AbortTurnResponse {}))
    }

    async fn get_investigation(
        &self,
        request: Request<pb::GetInvestigationRequest>,
    ) -> Answer<pb::GetInvestigationResponse> {
        let ctx = Ctx::from_request(&request)?;
        let case_id = &request.get_ref().case_id;
        let investigation = read::investigation(&self.shared, &ctx, case_id).await?;
        Ok(Response::new(pb::GetInvestigationResponse {
            investigation: Some(investigation),
        }))
    }

    async fn preview_turn(
        &self,
        request: Request<pb::PreviewTurnRequest>,
    ) -> Answer<pb::PreviewTurnResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let draft = request::draft(request.draft)?;
        let (case_id, token) = (&request.case_id, &request.turn_token);
        let preview = turn_commit::preview(&self.shared, &ctx, case_id, token, draft).await?;
        Ok(Response::new(pb::PreviewTurnResponse {
            preview: Some(preview),
        }))
    }

    async fn commit_turn(
        &self,
        request: Request<pb::CommitTurnRequest>,
    ) -> Answer<pb::CommitTurnResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let commit = CommitRequest {
            case_id: request.case_id,
            turn_token: request.turn_token,
            expected_state_version: request.expected_state_version,
            draft: request::draft(request.draft)?,
            reply: request::reply(&request.reply_text)?,
            suggestions: request::suggestions(request.suggested_actions),
            answer: request.answer,
            generated_title: request.generated_title,
        };
        let commit = turn_commit::commit(&self.shared, &ctx, commit);
        let committed = at_each_await("case.commit_turn", commit).await?;
        Ok(Response::new(committed))
    }

    async fn filter_committed_evidence(
        &self,
        request: Request<pb::FilterCommittedEvidenceRequest>,
    ) -> Answer<pb::FilterCommittedEvidenceResponse> {
        let ctx = Ctx::from_request(&request)?;
        let request = request.into_inner();
        let (evidence_ids, turn_running) =
            read::committed_evidence(&self.shared, &ctx, &request.case_id, request.evidence_ids)
                .await?;
        Ok(Response::new(pb::FilterCommittedEvidenceResponse {
            evidence_ids,
            turn_running,
        }))
    }

    async fn find_similar_cases(
        &self,
        request: Request<pb::FindSimilarCasesRequest>,
    ) -> Answer<pb::FindSimilarCasesResponse> {
        let ctx = Ctx::from_request(&request)?;
        let wanted = request::similar_cases(request.into_inner())?;
        let cases = similar::find(&self.shared, &ctx, wanted).await?;
        Ok(Response::new(pb::FindSimilarCasesResponse { cases }))
    }

    async fn list_purgeable(
        &self,
        request: Request<pb::ListPurgeableRequest>,
    ) -> Answer<pb::ListPurgeableResponse> {
        expect_module(&Ctx::from_request(&request)?)?;
        let limit = u64::try_from(request.get_ref().max_results).unwrap_or_default();
        let case_ids = purge::list(&self.shared, limit).await?;
        Ok(Response::new(pb::ListPurgeableResponse { case_ids }))
    }

    async fn purge_case(
        &self,
        request: Request<pb::PurgeCaseRequest>,
    ) -> Answer<pb::PurgeCaseResponse> {
        expect_module(&Ctx::from_request(&request)?)?;
        purge::purge(&self.shared, request.into_inner().case_id).await?;
        Ok(Response::new(pb::PurgeCaseResponse {}))
    }
}

/// Nobody's wish is a reason to remove a case for good.
fn expect_module(ctx: &Ctx) -> Result<(), Fault> {
    match ctx.caller {
        Caller::System { .. } => Ok(()),
        Caller::User(_) | Caller::Anonymous => Err(Fault::forbidden("only modules may do this")),
    }
}

//! The service that only modules may call.

use std::sync::Arc;
use std::time::Duration;

use faultmaven_kit::Ctx;
use faultmaven_kit::crash::at_each_await;
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::evidence_internal_service_server::EvidenceInternalService;
use tonic::{Request, Response, Status};

use crate::convert::{self, file};
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::{absence, access, assess, await_analysis, delete, held, stage};

/// Serves `EvidenceInternalService`.
pub(super) struct Internal(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl EvidenceInternalService for Internal {
    async fn describe_files(
        &self,
        request: Request<pb::DescribeFilesRequest>,
    ) -> Result<Response<pb::DescribeFilesResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let files = held::describe(&self.0, &ctx, request.get_ref()).await?;
        let files = files.into_iter().map(file::to_wire).collect();
        Ok(Response::new(pb::DescribeFilesResponse { files }))
    }

    async fn keep_files(
        &self,
        request: Request<pb::KeepFilesRequest>,
    ) -> Result<Response<pb::KeepFilesResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let keep = held::keep(&self.0, &ctx, request.into_inner());
        let kept = at_each_await("evidence.keep", keep).await?;
        Ok(Response::new(pb::KeepFilesResponse {
            files: kept.answer.into_iter().map(file::kept).collect(),
            replayed: kept.replayed,
        }))
    }

    async fn discard_files(
        &self,
        request: Request<pb::DiscardFilesRequest>,
    ) -> Result<Response<pb::DiscardFilesResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        held::discard(&self.0, &ctx, request.into_inner().file_ids).await?;
        Ok(Response::new(pb::DiscardFilesResponse {}))
    }

    async fn await_analysis(
        &self,
        request: Request<pb::AwaitAnalysisRequest>,
    ) -> Result<Response<pb::AwaitAnalysisResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        access::require_known(&ctx)?;
        let request = request.into_inner();
        let wait = request
            .wait
            .and_then(|wait| Duration::try_from(wait).ok())
            .unwrap_or_default();
        for file_id in &request.file_ids {
            access::readable_file(&self.0, &ctx, file_id).await?;
        }
        let files = await_analysis::until_analyzed(&self.0, &request.file_ids, wait).await?;
        let files = files.into_iter().map(file::to_wire).collect();
        Ok(Response::new(pb::AwaitAnalysisResponse { files }))
    }

    async fn assess_case(
        &self,
        request: Request<pb::AssessCaseRequest>,
    ) -> Result<Response<pb::AssessCaseResponse>, Status> {
        let case_id = self
            .case_to_read(&request, |request| &request.case_id)
            .await?;
        Ok(Response::new(assess::assess(&self.0, &case_id).await?))
    }

    async fn stage_evidence(
        &self,
        request: Request<pb::StageEvidenceRequest>,
    ) -> Result<Response<pb::StageEvidenceResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        self.case_to_read(&request, |request| &request.case_id)
            .await?;
        let staged = stage::stage(&self.0, &ctx, request.into_inner()).await?;
        Ok(Response::new(staged))
    }

    async fn activate_evidence(
        &self,
        request: Request<pb::ActivateEvidenceRequest>,
    ) -> Result<Response<pb::ActivateEvidenceResponse>, Status> {
        let case_id = self
            .case_to_read(&request, |request| &request.case_id)
            .await?;
        let request = request.into_inner();
        let store = &self.0.store;
        store.activate(&case_id, request.evidence_ids).await?;
        let withdrawn = request.withdrawn_evidence_ids;
        if !withdrawn.is_empty() {
            store.withdraw(&case_id, withdrawn).await?;
        }
        Ok(Response::new(pb::ActivateEvidenceResponse {}))
    }

    async fn discard_evidence(
        &self,
        request: Request<pb::DiscardEvidenceRequest>,
    ) -> Result<Response<pb::DiscardEvidenceResponse>, Status> {
        let case_id = self
            .case_to_read(&request, |request| &request.case_id)
            .await?;
        self.0
            .store
            .discard_turn(&case_id, &request.into_inner().turn_token)
            .await?;
        Ok(Response::new(pb::DiscardEvidenceResponse {}))
    }

    async fn prove_absence(
        &self,
        request: Request<pb::ProveAbsenceRequest>,
    ) -> Result<Response<pb::ProveAbsenceResponse>, Status> {
        self.case_to_read(&request, |request| &request.case_id)
            .await?;
        let answer = prove_absence(&self.0, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn purge_case(
        &self,
        request: Request<pb::PurgeCaseRequest>,
    ) -> Result<Response<pb::PurgeCaseResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        access::require_module(&ctx)?;
        delete::purge(&self.0, request.into_inner().case_id).await?;
        Ok(Response::new(pb::PurgeCaseResponse {}))
    }
}

impl Internal {
    /// Returns the case a request names, which its caller must be able to see.
    async fn case_to_read<T: Send + Sync>(
        &self,
        request: &Request<T>,
        case_id: impl Fn(&T) -> &String + Send,
    ) -> Result<String, EvidenceError> {
        let ctx = Ctx::from_request(request)?;
        access::require_known(&ctx)?;
        let case_id = case_id(request.get_ref()).clone();
        access::read_case(&self.0, &ctx, &case_id).await?;
        Ok(case_id)
    }
}

async fn prove_absence(
    parts: &Parts,
    request: pb::ProveAbsenceRequest,
) -> Result<pb::ProveAbsenceResponse, EvidenceError> {
    let files = parts.store.files_of_case(&request.case_id).await?;
    let file = files.iter().find(|file| file.file_id == request.file_id);
    let file = file.ok_or(EvidenceError::FileNotFound)?;
    let proof = absence::prove(parts, &files, &request.signature, file).await?;
    Ok(match proof {
        Ok(proven) => pb::ProveAbsenceResponse {
            proof: Some(convert::evidence::proof_to_wire(proven.proof)),
            citation: Some(convert::finding::citation(file, proven.citation)),
            refusal: String::new(),
        },
        Err(refusal) => pb::ProveAbsenceResponse {
            proof: None,
            citation: None,
            refusal,
        },
    })
}

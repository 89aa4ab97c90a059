//! The service that people and their clients call.

use std::sync::Arc;

use faultmaven_kit::Ctx;
use faultmaven_kit::crash::at_each_await;
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::evidence_service_server::EvidenceService;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::lists;
use crate::convert::{evidence, file};
use crate::parts::Parts;
use crate::{access, content, delete, files, quotes, upload};

/// Serves `EvidenceService`.
pub(super) struct Public(pub(super) Arc<Parts>);

#[tonic::async_trait]
impl EvidenceService for Public {
    type DownloadFileStream = BoxStream<'static, Result<pb::DownloadFileResponse, Status>>;

    async fn upload_file(
        &self,
        request: Request<Streaming<pb::UploadFileRequest>>,
    ) -> Result<Response<pb::UploadFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let messages = request.into_inner().boxed();
        let upload = upload::upload(&self.0, &ctx, messages);
        let uploaded = at_each_await("evidence.upload", upload).await?;
        let kept = file::kept(uploaded);
        Ok(Response::new(pb::UploadFileResponse {
            file: kept.file,
            duplicate_of: kept.duplicate_of,
        }))
    }

    async fn get_file(
        &self,
        request: Request<pb::GetFileRequest>,
    ) -> Result<Response<pb::GetFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let found = files::get(&self.0, &ctx, &request.get_ref().file_id).await?;
        let file = Some(file::to_wire(found));
        Ok(Response::new(pb::GetFileResponse { file }))
    }

    async fn list_files(
        &self,
        request: Request<pb::ListFilesRequest>,
    ) -> Result<Response<pb::ListFilesResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let page = lists::list_files(&self.0, &ctx, request.into_inner()).await?;
        Ok(Response::new(page))
    }

    async fn download_file(
        &self,
        request: Request<pb::DownloadFileRequest>,
    ) -> Result<Response<Self::DownloadFileStream>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let stream = content::download(&self.0, &ctx, request.into_inner()).await?;
        Ok(Response::new(
            stream.map(|part| part.map_err(Status::from)).boxed(),
        ))
    }

    async fn delete_file(
        &self,
        request: Request<pb::DeleteFileRequest>,
    ) -> Result<Response<pb::DeleteFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let delete = delete::delete(&self.0, &ctx, &request.get_ref().file_id);
        let withdrawn = at_each_await("evidence.delete", delete).await?;
        Ok(Response::new(pb::DeleteFileResponse {
            withdrawn_evidence_ids: withdrawn,
        }))
    }

    async fn reclassify_file(
        &self,
        request: Request<pb::ReclassifyFileRequest>,
    ) -> Result<Response<pb::ReclassifyFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let changed = files::reclassify(&self.0, &ctx, request.get_ref()).await?;
        let file = Some(file::to_wire(changed));
        Ok(Response::new(pb::ReclassifyFileResponse { file }))
    }

    async fn link_file(
        &self,
        request: Request<pb::LinkFileRequest>,
    ) -> Result<Response<pb::LinkFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let linked = files::link(&self.0, &ctx, request.into_inner()).await?;
        let file = Some(file::to_wire(linked));
        Ok(Response::new(pb::LinkFileResponse { file }))
    }

    async fn get_analysis(
        &self,
        request: Request<pb::GetAnalysisRequest>,
    ) -> Result<Response<pb::GetAnalysisResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let analysis = files::analysis(&self.0, &ctx, &request.get_ref().file_id).await?;
        let analysis = Some(analysis);
        Ok(Response::new(pb::GetAnalysisResponse { analysis }))
    }

    async fn search_file(
        &self,
        request: Request<pb::SearchFileRequest>,
    ) -> Result<Response<pb::SearchFileResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let found = content::search(&self.0, &ctx, request.into_inner()).await?;
        Ok(Response::new(found))
    }

    async fn read_lines(
        &self,
        request: Request<pb::ReadLinesRequest>,
    ) -> Result<Response<pb::ReadLinesResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let lines = content::read_lines(&self.0, &ctx, request.into_inner()).await?;
        Ok(Response::new(lines))
    }

    async fn verify_citation(
        &self,
        request: Request<pb::VerifyCitationRequest>,
    ) -> Result<Response<pb::VerifyCitationResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let citation = request.into_inner().citation.unwrap_or_default();
        let file = files::get(&self.0, &ctx, &citation.file_id).await?;
        let outcome = quotes::verify(&self.0, &file, citation).await?;
        Ok(Response::new(pb::VerifyCitationResponse {
            verified: outcome.is_ok(),
            reason: outcome
                .err()
                .map(|refusal| refusal.as_str().to_owned())
                .unwrap_or_default(),
        }))
    }

    async fn list_evidence(
        &self,
        request: Request<pb::ListEvidenceRequest>,
    ) -> Result<Response<pb::ListEvidenceResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        let page = lists::list_evidence(&self.0, &ctx, request.into_inner()).await?;
        Ok(Response::new(page))
    }

    async fn get_evidence(
        &self,
        request: Request<pb::GetEvidenceRequest>,
    ) -> Result<Response<pb::GetEvidenceResponse>, Status> {
        let ctx = Ctx::from_request(&request)?;
        access::require_reader(&ctx)?;
        let found = access::readable_record(&self.0, &ctx, &request.get_ref().evidence_id).await?;
        let evidence = Some(evidence::to_wire(found));
        Ok(Response::new(pb::GetEvidenceResponse { evidence }))
    }
}

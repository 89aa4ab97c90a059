//! The part of the module that reads and writes files.

use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::evidence_service_server::EvidenceService;
use pb::upload_file_request::Part;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status, Streaming};

use super::{Answer, FakeEvidence, unused};

#[tonic::async_trait]
impl EvidenceService for FakeEvidence {
    async fn upload_file(
        &self,
        request: Request<Streaming<pb::UploadFileRequest>>,
    ) -> Answer<pb::UploadFileResponse> {
        let mut messages = request.into_inner();
        let mut header = pb::UploadHeader::default();
        let mut bytes = Vec::new();
        while let Some(message) = messages.next().await {
            match message?.part.unwrap() {
                Part::Header(part) => header = part,
                Part::Chunk(chunk) => bytes.extend_from_slice(&chunk),
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        let file_id = self.add_file(&header.case_id, &header.filename, &text);
        let mut state = self.state();
        let stored = state
            .files
            .iter_mut()
            .find(|(file, _)| file.file_id == file_id);
        let (file, _) = stored.unwrap();
        file.origin = header.origin;
        file.source_url = header.source_url;
        file.uploaded_at_turn = header.turn_number;
        let file = Some(file.clone());
        Ok(Response::new(pb::UploadFileResponse {
            file,
            duplicate_of: String::new(),
        }))
    }

    async fn get_file(&self, _: Request<pb::GetFileRequest>) -> Answer<pb::GetFileResponse> {
        unused()
    }

    async fn search_file(
        &self,
        request: Request<pb::SearchFileRequest>,
    ) -> Answer<pb::SearchFileResponse> {
        let request = request.into_inner();
        let state = self.state();
        let found = state
            .files
            .iter()
            .find(|(file, _)| file.file_id == request.file_id);
        let (file, text) = found.unwrap();
        let pattern = if request.regex {
            request.pattern.clone()
        } else {
            regex::escape(&request.pattern)
        };
        let matcher = regex::RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .build();
        let matcher = matcher.unwrap();
        let lines = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| matcher.is_match(line));
        let count = lines.clone().count();
        let hits = lines.map(|(line, number)| pb::FileCitation {
            file_id: file.file_id.clone(),
            filename: file.filename.clone(),
            line_start: number,
            line_end: number,
            quote: line.to_owned(),
            ..Default::default()
        });
        Ok(Response::new(pb::SearchFileResponse {
            hits: hits.collect(),
            match_count: i64::try_from(count).unwrap(),
            ..Default::default()
        }))
    }

    type DownloadFileStream = tokio_stream::Empty<Result<pb::DownloadFileResponse, Status>>;

    async fn download_file(
        &self,
        _: Request<pb::DownloadFileRequest>,
    ) -> Answer<Self::DownloadFileStream> {
        unused()
    }

    async fn list_files(&self, _: Request<pb::ListFilesRequest>) -> Answer<pb::ListFilesResponse> {
        unused()
    }

    async fn delete_file(
        &self,
        _: Request<pb::DeleteFileRequest>,
    ) -> Answer<pb::DeleteFileResponse> {
        unused()
    }

    async fn reclassify_file(
        &self,
        _: Request<pb::ReclassifyFileRequest>,
    ) -> Answer<pb::ReclassifyFileResponse> {
        unused()
    }

    async fn link_file(&self, _: Request<pb::LinkFileRequest>) -> Answer<pb::LinkFileResponse> {
        unused()
    }

    async fn get_analysis(
        &self,
        _: Request<pb::GetAnalysisRequest>,
    ) -> Answer<pb::GetAnalysisResponse> {
        Ok(Response::new(pb::GetAnalysisResponse::default()))
    }

    async fn read_lines(
        &self,
        request: Request<pb::ReadLinesRequest>,
    ) -> Answer<pb::ReadLinesResponse> {
        let request = request.into_inner();
        let state = self.state();
        let mut files = state.files.iter();
        let (_, text) = files
            .find(|(file, _)| file.file_id == request.file_id)
            .unwrap();
        let first = usize::try_from(request.line_start - 1).unwrap();
        let count = usize::try_from(request.line_count).unwrap();
        let lines = text.lines().zip(1..).skip(first).take(count);
        let lines = lines.map(|(text, number)| pb::Line {
            number,
            text: text.to_owned(),
            ..Default::default()
        });
        Ok(Response::new(pb::ReadLinesResponse {
            lines: lines.collect(),
            ..Default::default()
        }))
    }

    async fn verify_citation(
        &self,
        _: Request<pb::VerifyCitationRequest>,
    ) -> Answer<pb::VerifyCitationResponse> {
        unused()
    }

    async fn list_evidence(
        &self,
        _: Request<pb::ListEvidenceRequest>,
    ) -> Answer<pb::ListEvidenceResponse> {
        unused()
    }

    async fn get_evidence(
        &self,
        _: Request<pb::GetEvidenceRequest>,
    ) -> Answer<pb::GetEvidenceResponse> {
        unused()
    }
}

//! An evidence module that keeps files in memory and believes every quote it finds in them.

use std::sync::{Arc, Mutex, MutexGuard};

use faultmaven_kit::Fault;
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::evidence_internal_service_server::EvidenceInternalService;
use faultmaven_proto::evidence::v1::evidence_service_server::EvidenceService;
use pb::upload_file_request::Part;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status, Streaming};

/// Files, what they are made to say, and what became of evidence.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) files: Vec<(pb::UploadedFile, String)>,
    pub(crate) assessment: pb::AssessCaseResponse,
    pub(crate) activated: Vec<String>,
    pub(crate) discarded: usize,
    pub(crate) kept: Vec<String>,
    pub(crate) refuses_claims: bool,
    pub(crate) activation_fails: bool,
    /// Analyses do not end before this is notified.
    pub(crate) hold: Option<Arc<Notify>>,
    staged: usize,
}

#[derive(Clone, Default)]
pub(crate) struct FakeEvidence(Arc<Mutex<State>>);

impl FakeEvidence {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn add_file(&self, case_id: &str, name: &str, text: &str) -> String {
        let mut state = self.state();
        let file_id = format!("file_{:012x}", state.files.len() + 1);
        let mut file = pb::UploadedFile {
            file_id: file_id.clone(),
            case_id: case_id.to_owned(),
            filename: name.to_owned(),
            size_bytes: i64::try_from(text.len()).unwrap(),
            sha256: hex::encode(Sha256::digest(text)),
            coverage: Some(pb::Coverage {
                lines_total: i64::try_from(text.lines().count()).unwrap(),
                lines_read: i64::try_from(text.lines().count()).unwrap(),
                ..Default::default()
            }),
            ..Default::default()
        };
        file.set_state(pb::FileState::Analyzed);
        file.set_data_class(pb::DataClass::Logs);
        state.assessment.files.push(file.clone());
        state.files.push((file, text.to_owned()));
        file_id
    }

    fn named(&self, case_id: &str, ids: &[String]) -> Result<Vec<pb::UploadedFile>, Status> {
        let state = self.state();
        let find = |id: &String| {
            let mut files = state.files.iter().map(|(file, _)| file);
            files.find(|file| file.case_id == case_id && file.file_id == *id)
        };
        ids.iter()
            .map(|id| {
                find(id)
                    .cloned()
                    .ok_or_else(|| Fault::not_found("file").into())
            })
            .collect()
    }

    fn staged(
        &self,
        claim: &pb::EvidenceClaim,
        text: &str,
        message_id: &str,
    ) -> pb::StagedEvidence {
        let mut state = self.state();
        state.staged += 1;
        let mut evidence = pb::Evidence {
            evidence_id: format!("ev_{:012x}", state.staged),
            category: claim.category,
            claim: claim.claim.clone(),
            signature: claim.signature.clone(),
            ..Default::default()
        };
        let start = i64::try_from(text.find(&claim.quote).unwrap()).unwrap();
        let end = start + i64::try_from(claim.quote.len()).unwrap();
        if claim.from_message {
            evidence.message_citation = Some(pb::MessageCitation {
                message_id: message_id.to_owned(),
                byte_start: start,
                byte_end: end,
                quote: claim.quote.clone(),
                author_id: String::new(),
            });
        } else {
            let (file, _) = state
                .files
                .iter()
                .find(|(file, _)| file.file_id == claim.file_id)
                .unwrap();
            evidence.file_citation = Some(pb::FileCitation {
                file_id: claim.file_id.clone(),
                filename: file.filename.clone(),
                sha256: file.sha256.clone(),
                byte_start: start,
                byte_end: end,
                line_start: claim.line_hint,
                line_end: claim.line_hint,
                quote: claim.quote.clone(),
            });
        }
        pb::StagedEvidence {
            r#ref: claim.r#ref.clone(),
            evidence: Some(evidence),
        }
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn unused<T>() -> Answer<T> {
    Err(Status::unimplemented("not used by turns"))
}

#[tonic::async_trait]
impl EvidenceInternalService for FakeEvidence {
    async fn describe_files(
        &self,
        request: Request<pb::DescribeFilesRequest>,
    ) -> Answer<pb::DescribeFilesResponse> {
        let request = request.into_inner();
        let files = self.named(&request.case_id, &request.file_ids)?;
        Ok(Response::new(pb::DescribeFilesResponse { files }))
    }

    async fn keep_files(
        &self,
        request: Request<pb::KeepFilesRequest>,
    ) -> Answer<pb::KeepFilesResponse> {
        let request = request.into_inner();
        let files = self.named(&request.case_id, &request.file_ids)?;
        self.state().kept.extend(request.file_ids);
        let files = files.into_iter().map(|file| pb::KeptFile {
            file: Some(file),
            duplicate_of: String::new(),
        });
        let files = files.collect();
        Ok(Response::new(pb::KeepFilesResponse {
            files,
            replayed: false,
        }))
    }

    async fn discard_files(
        &self,
        _: Request<pb::DiscardFilesRequest>,
    ) -> Answer<pb::DiscardFilesResponse> {
        Ok(Response::new(pb::DiscardFilesResponse {}))
    }

    async fn await_analysis(
        &self,
        request: Request<pb::AwaitAnalysisRequest>,
    ) -> Answer<pb::AwaitAnalysisResponse> {
        let hold = self.state().hold.clone();
        if let Some(hold) = hold {
            hold.notified().await;
        }
        let ids = request.into_inner().file_ids;
        let state = self.state();
        let wanted = state
            .files
            .iter()
            .filter(|(file, _)| ids.contains(&file.file_id));
        let files = wanted.map(|(file, _)| file.clone()).collect();
        Ok(Response::new(pb::AwaitAnalysisResponse { files }))
    }

    async fn assess_case(
        &self,
        _: Request<pb::AssessCaseRequest>,
    ) -> Answer<pb::AssessCaseResponse> {
        Ok(Response::new(self.state().assessment.clone()))
    }

    async fn stage_evidence(
        &self,
        request: Request<pb::StageEvidenceRequest>,
    ) -> Answer<pb::StageEvidenceResponse> {
        let request = request.into_inner();
        let mut answer = pb::StageEvidenceResponse::default();
        for claim in &request.claims {
            let file = self
                .state()
                .files
                .iter()
                .find(|(file, _)| file.file_id == claim.file_id)
                .cloned();
            let text = if claim.from_message {
                request.message_text.clone()
            } else {
                file.map(|(_, text)| text).unwrap_or_default()
            };
            if self.state().refuses_claims || !text.contains(&claim.quote) {
                answer.refused.push(pb::RefusedClaim {
                    r#ref: claim.r#ref.clone(),
                    reason: "quote_not_found".to_owned(),
                    excerpt: String::new(),
                });
            } else {
                answer
                    .staged
                    .push(self.staged(claim, &text, &request.message_id));
            }
        }
        Ok(Response::new(answer))
    }

    async fn activate_evidence(
        &self,
        request: Request<pb::ActivateEvidenceRequest>,
    ) -> Answer<pb::ActivateEvidenceResponse> {
        let mut state = self.state();
        if state.activation_fails {
            return Err(Fault::unavailable("evidence_unavailable", "down").into());
        }
        state.activated.extend(request.into_inner().evidence_ids);
        Ok(Response::new(pb::ActivateEvidenceResponse {}))
    }

    async fn discard_evidence(
        &self,
        _: Request<pb::DiscardEvidenceRequest>,
    ) -> Answer<pb::DiscardEvidenceResponse> {
        self.state().discarded += 1;
        Ok(Response::new(pb::DiscardEvidenceResponse {}))
    }

    async fn prove_absence(
        &self,
        _: Request<pb::ProveAbsenceRequest>,
    ) -> Answer<pb::ProveAbsenceResponse> {
        Ok(Response::new(pb::ProveAbsenceResponse::default()))
    }
}

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
        unused()
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

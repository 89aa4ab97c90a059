//! An evidence module that keeps files in memory and believes every quote it finds in them.

use std::sync::{Arc, Mutex, MutexGuard};

use faultmaven_kit::Fault;
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::evidence_internal_service_server::EvidenceInternalService;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

mod files;

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

    async fn purge_case(&self, _: Request<pb::PurgeCaseRequest>) -> Answer<pb::PurgeCaseResponse> {
        Err(Status::unimplemented("not used by turns"))
    }
}

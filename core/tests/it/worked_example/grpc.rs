//! The door of gRPC.

use bytes::Bytes;
use faultmaven_kit::{Code, Fault};
use faultmaven_proto::agent::v1::agent_service_client::AgentServiceClient;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::agent::v1::{SubmitTurnRequest, SubmitTurnResponse, TurnResult};
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_proto::evidence::v1 as proto;
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use faultmaven_proto::knowledge::v1::{DocumentReview, ReviewDocumentRequest};
use faultmaven_proto::report::v1::report_service_client::ReportServiceClient;
use faultmaven_proto::report::v1::{
    DraftRunbookRequest, GenerateReportsRequest, GetReportRequest, ListReportsRequest,
    RenderReportRequest, ReportFormat, ReportType,
};
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};

use self::sight::sight;
use super::door::{Door, Refused};
use super::files::file;
use super::rest::with_crlf;
use super::sight::{Evidence, Input, Sight, Suggestion, Told};
use crate::grpc::signed;
use crate::harness::User;

mod sight;

/// The door of gRPC.
pub(super) struct Grpc {
    pub(super) user: User,
    pub(super) channel: Channel,
}

impl Grpc {
    fn signed<T>(&self, message: T) -> Request<T> {
        signed(&self.user, message)
    }

    fn cases(&self) -> CaseServiceClient<Channel> {
        CaseServiceClient::new(self.channel.clone())
    }

    fn evidence(&self) -> EvidenceServiceClient<Channel> {
        EvidenceServiceClient::new(self.channel.clone())
    }

    fn reports(&self) -> ReportServiceClient<Channel> {
        ReportServiceClient::new(self.channel.clone())
    }

    async fn upload(&self, case_id: &str, name: &str, bytes: &[u8]) -> Result<String, Status> {
        use proto::upload_file_request::Part;
        let header = proto::UploadHeader {
            case_id: case_id.to_owned(),
            filename: name.to_owned(),
            ..Default::default()
        };
        let chunks = bytes.chunks(1_000).map(Bytes::copy_from_slice);
        let parts = [Part::Header(header)].into_iter();
        let parts = parts.chain(chunks.map(Part::Chunk));
        let messages = parts.map(|part| proto::UploadFileRequest { part: Some(part) });
        let request = self.signed(tokio_stream::iter(messages.collect::<Vec<_>>()));
        let reply = self.evidence().upload_file(request).await?.into_inner();
        Ok(reply.file.unwrap().file_id)
    }
}

impl Door for Grpc {
    async fn open_case(&self) -> String {
        let request = self.signed(case::CreateCaseRequest::default());
        let reply = self.cases().create_case(request).await.unwrap();
        reply.into_inner().case.unwrap().case_id
    }

    async fn take(&self, case_id: &str, input: &Input) -> Told {
        let mut turn = SubmitTurnRequest {
            case_id: case_id.to_owned(),
            text: input.text.to_owned(),
            ..Default::default()
        };
        for name in input.files {
            let uploaded = self.upload(case_id, name, &file(name).bytes()).await;
            turn.file_ids.push(uploaded.unwrap());
        }
        if let Some(name) = input.pasted {
            turn.pasted_content = String::from_utf8(with_crlf(name)).unwrap();
        }
        let mut agent = AgentServiceClient::new(self.channel.clone());
        let events = agent.submit_turn(self.signed(turn)).await.unwrap();
        told(result(events.into_inner()).await)
    }

    async fn look(&self, case_id: &str) -> Sight {
        let case_id = case_id.to_owned();
        let request = case::GetHeaderRequest {
            case_id: case_id.clone(),
        };
        let header = self.cases().get_header(self.signed(request)).await;
        let request = case::ListHypothesesRequest {
            case_id: case_id.clone(),
        };
        let ledger = self.cases().list_hypotheses(self.signed(request)).await;
        let request = case::ListTurnsRequest {
            case_id: case_id.clone(),
            page_size: 100,
            ..Default::default()
        };
        let turns = self.cases().list_turns(self.signed(request)).await;
        let request = proto::ListEvidenceRequest {
            case_id: case_id.clone(),
            page_size: 100,
            ..Default::default()
        };
        let evidence = self.evidence().list_evidence(self.signed(request)).await;
        let request = proto::ListFilesRequest {
            case_id,
            ..Default::default()
        };
        let files = self.evidence().list_files(self.signed(request)).await;
        sight(
            header.unwrap().into_inner().header.unwrap(),
            ledger.unwrap().into_inner(),
            evidence.unwrap().into_inner().evidence,
            files.unwrap().into_inner().files,
            turns.unwrap().into_inner().turns,
        )
    }

    async fn bytes(&self, file_id: &str) -> Vec<u8> {
        use proto::download_file_response::Part;
        let request = self.signed(proto::DownloadFileRequest {
            file_id: file_id.to_owned(),
            ..Default::default()
        });
        let answer = self.evidence().download_file(request).await.unwrap();
        let mut parts = answer.into_inner();
        let mut bytes = Vec::new();
        while let Some(message) = parts.message().await.unwrap() {
            if let Some(Part::Chunk(chunk)) = message.part {
                bytes.extend_from_slice(&chunk);
            }
        }
        bytes
    }

    async fn check(&self, evidence: &Evidence) {
        let request = self.signed(proto::GetEvidenceRequest {
            evidence_id: evidence.evidence_id.clone(),
        });
        let reply = self.evidence().get_evidence(request).await.unwrap();
        let stored = reply.into_inner().evidence.unwrap();
        let mut citation = stored.file_citation.unwrap();
        for expected in [true, false] {
            let request = self.signed(proto::VerifyCitationRequest {
                citation: Some(citation.clone()),
            });
            let reply = self.evidence().verify_citation(request).await.unwrap();
            assert_eq!(reply.into_inner().verified, expected, "{citation:?}");
            citation.quote.push('!');
        }
    }

    async fn check_resolved(&self, case_id: &str) {
        let request = self.signed(case::GetCaseRequest {
            case_id: case_id.to_owned(),
        });
        let reply = self.cases().get_case(request).await.unwrap();
        let case = reply.into_inner().case.unwrap();
        let statement = case.statement.unwrap();
        assert_eq!(statement.confirmed_how(), case::ConfirmedHow::Reply);
        assert_eq!(statement.revision, 1);
        assert!(case.pending_transition.is_none());
        let mut facts = case.facts.iter();
        let change = facts.find(|it| it.kind() == case::FactKind::Change);
        // 2025-03-04T14:00:10Z
        assert_eq!(change.unwrap().change_time.unwrap().seconds, 1_741_096_810);
    }

    async fn hand_over_late(&self, case_id: &str) -> Refused {
        refused(self.upload(case_id, "late.txt", b"late").await.map(drop))
    }

    async fn take_out(&self, _: &str, file_id: &str) -> Refused {
        let request = self.signed(proto::DeleteFileRequest {
            file_id: file_id.to_owned(),
        });
        refused(self.evidence().delete_file(request).await.map(drop))
    }

    async fn rename(&self, case_id: &str, title: &str) {
        let request = self.signed(case::UpdateCaseRequest {
            case_id: case_id.to_owned(),
            title: Some(title.to_owned()),
            ..Default::default()
        });
        self.cases().update_case(request).await.unwrap();
    }

    async fn summary(&self, case_id: &str) -> (i64, String) {
        let request = self.signed(ListReportsRequest {
            case_id: case_id.to_owned(),
            current_only: true,
        });
        let listed = self.reports().list_reports(request).await.unwrap();
        let reports = listed.into_inner().reports;
        let is_summary = |it: &&faultmaven_proto::report::v1::Report| {
            it.r#type() == ReportType::ResolutionSummary
        };
        let found = reports.iter().find(is_summary).unwrap();
        let request = self.signed(GetReportRequest {
            report_id: found.report_id.clone(),
        });
        let reply = self.reports().get_report(request).await.unwrap();
        let report = reply.into_inner().report.unwrap();
        (report.version.into(), report.content)
    }

    async fn runbook(&self, case_id: &str) -> [Vec<u8>; 4] {
        let request = self.signed(GenerateReportsRequest {
            case_id: case_id.to_owned(),
            types: vec![ReportType::Runbook.into()],
            ..Default::default()
        });
        let made = self.reports().generate_reports(request).await.unwrap();
        let report_id = made.into_inner().reports.remove(0).report_id;
        let formats = [
            ReportFormat::Markdown,
            ReportFormat::Html,
            ReportFormat::Pdf,
            ReportFormat::Json,
        ];
        let mut forms = [const { Vec::new() }; 4];
        for (form, format) in forms.iter_mut().zip(formats) {
            let request = self.signed(RenderReportRequest {
                report_id: report_id.clone(),
                case_id: case_id.to_owned(),
                format: format.into(),
            });
            let reply = self.reports().render_report(request).await.unwrap();
            *form = reply.into_inner().content;
        }
        forms
    }

    async fn draft(&self, case_id: &str) -> (String, String) {
        let request = self.signed(DraftRunbookRequest {
            case_id: case_id.to_owned(),
            ..Default::default()
        });
        let reply = self.reports().draft_runbook(request).await.unwrap();
        let draft = reply.into_inner();
        (draft.document_id, draft.content)
    }

    async fn review(&self, document_id: &str, review: &str) {
        let name = format!("DOCUMENT_REVIEW_{}", review.to_uppercase());
        let request = self.signed(ReviewDocumentRequest {
            document_id: document_id.to_owned(),
            review: DocumentReview::from_str_name(&name).unwrap().into(),
            ..Default::default()
        });
        let reply = KnowledgeServiceClient::new(self.channel.clone())
            .review_document(request)
            .await
            .unwrap();
        let document = reply.into_inner().document.unwrap();
        assert_eq!(document.review().as_str_name(), name);
    }
}

/// Returns the last event, after checking that the turn was announced and its text streamed.
async fn result(mut events: Streaming<SubmitTurnResponse>) -> TurnResult {
    let (mut accepted, mut streamed) = (false, String::new());
    while let Some(message) = events.message().await.unwrap() {
        match message.event.unwrap() {
            Event::Accepted(_) => accepted = true,
            Event::TextDelta(text) => streamed.push_str(&text),
            Event::Provisional(_) => panic!("nobody writes without a model"),
            Event::Result(result) => {
                assert!(accepted, "no turn begins unannounced");
                assert_eq!(streamed, result.answer);
                return *result;
            }
            Event::File(_) | Event::Step(_) | Event::Dropped(_) => {}
            Event::Deferred(deferred) => panic!("nobody asked for a job: {deferred:?}"),
        }
    }
    panic!("the stream ended without a result");
}

fn told(result: TurnResult) -> Told {
    let suggestions = result.suggestions.into_iter();
    Told {
        turn_number: result.turn_number.into(),
        status: result.case_status,
        answer: result.answer,
        suggestions: suggestions
            .map(|it| Suggestion {
                kind: it.r#type,
                payload: it.payload,
            })
            .collect(),
    }
}

#[track_caller]
fn refused(done: Result<(), Status>) -> Refused {
    let fault = Fault::from_status(&done.unwrap_err());
    assert_eq!(fault.code, Code::FailedPrecondition);
    fault.reason.to_string()
}

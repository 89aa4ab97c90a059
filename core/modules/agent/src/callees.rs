//! The modules a turn is made with.

use faultmaven_kit::{Ctx, Fault, Module};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::case_internal_service_client::CaseInternalServiceClient;
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::evidence::v1::evidence_internal_service_client::EvidenceInternalServiceClient;
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::jobs::v1::jobs_internal_service_client::JobsInternalServiceClient;
use faultmaven_proto::knowledge::v1 as knowledge_pb;
use faultmaven_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use faultmaven_proto::llm::v1 as llm_pb;
use faultmaven_proto::llm::v1::llm_internal_service_client::LlmInternalServiceClient;
use faultmaven_proto::llm::v1::llm_service_client::LlmServiceClient;
use faultmaven_proto::report::v1::report_internal_service_client::ReportInternalServiceClient;
use tonic::{Response, Status};

use crate::error::TurnError;

/// Answers of an investigation with many files are larger than tonic's default of 4 MiB.
const ANSWER_MAX_BYTES: usize = 64 << 20;

/// Clients of the modules that turns are made with, and of all that hold parts of a case.
#[derive(Debug, Clone)]
pub(crate) struct Callees {
    pub(crate) case: Module,
    pub(crate) evidence: Module,
    pub(crate) knowledge: Module,
    pub(crate) llm: Module,
    pub(crate) report: Module,
    pub(crate) jobs: Module,
}

impl Callees {
    /// Returns the client of the case module.
    pub(crate) fn case(&self) -> CaseInternalServiceClient<Module> {
        CaseInternalServiceClient::new(self.case.clone())
            .max_decoding_message_size(ANSWER_MAX_BYTES)
    }

    /// Returns the client of the public part of the evidence module.
    pub(crate) fn files(&self) -> EvidenceServiceClient<Module> {
        EvidenceServiceClient::new(self.evidence.clone())
            .max_decoding_message_size(ANSWER_MAX_BYTES)
    }

    /// Returns the client of the internal part of the evidence module.
    pub(crate) fn evidence(&self) -> EvidenceInternalServiceClient<Module> {
        EvidenceInternalServiceClient::new(self.evidence.clone())
            .max_decoding_message_size(ANSWER_MAX_BYTES)
    }

    /// Returns the client of the part of the llm module that asks models.
    pub(crate) fn llm(&self) -> LlmInternalServiceClient<Module> {
        LlmInternalServiceClient::new(self.llm.clone()).max_decoding_message_size(ANSWER_MAX_BYTES)
    }

    /// Returns the client of the internal part of the report module.
    pub(crate) fn reports(&self) -> ReportInternalServiceClient<Module> {
        ReportInternalServiceClient::new(self.report.clone())
    }

    /// Returns the client of the internal part of the jobs module.
    pub(crate) fn jobs(&self) -> JobsInternalServiceClient<Module> {
        JobsInternalServiceClient::new(self.jobs.clone())
    }

    /// Fails unless the caller may do this with the case.
    pub(crate) async fn check_access(
        &self,
        ctx: &Ctx,
        case_id: &str,
        access: case_pb::CaseAccess,
    ) -> Result<(), TurnError> {
        let request = case_pb::CheckAccessRequest {
            case_id: case_id.to_owned(),
            access: access.into(),
        };
        from_case(self.case().check_access(ctx.request(request)).await)?;
        Ok(())
    }

    /// Returns everything the case module knows of a case.
    pub(crate) async fn investigation(
        &self,
        ctx: &Ctx,
        case_id: &str,
    ) -> Result<case_pb::Investigation, TurnError> {
        let request = case_pb::GetInvestigationRequest {
            case_id: case_id.to_owned(),
        };
        let answer = from_case(self.case().get_investigation(ctx.request(request)).await)?;
        answer.investigation.ok_or(TurnError::IncompleteAnswer {
            module: "case",
            part: "investigation",
        })
    }

    /// Returns what the files of a case say together.
    pub(crate) async fn assessment(
        &self,
        ctx: &Ctx,
        case_id: &str,
    ) -> Result<evidence_pb::AssessCaseResponse, TurnError> {
        let request = evidence_pb::AssessCaseRequest {
            case_id: case_id.to_owned(),
        };
        from_evidence(self.evidence().assess_case(ctx.request(request)).await)
    }

    /// Returns cases that are over and have something in common with one, most first.
    pub(crate) async fn similar_cases(
        &self,
        ctx: &Ctx,
        request: case_pb::FindSimilarCasesRequest,
    ) -> Result<Vec<case_pb::SimilarCase>, TurnError> {
        let answer = self.case().find_similar_cases(ctx.request(request)).await;
        Ok(from_case(answer)?.cases)
    }

    /// Returns passages of the caller's documents, best first.
    pub(crate) async fn passages(
        &self,
        ctx: &Ctx,
        query: &str,
        max_results: i32,
    ) -> Result<Vec<knowledge_pb::SearchResult>, TurnError> {
        let request = knowledge_pb::SearchDocumentsRequest {
            query: query.chars().take(1_000).collect(),
            max_results,
            ..Default::default()
        };
        let mut client = KnowledgeServiceClient::new(self.knowledge.clone());
        let answer = client.search_documents(ctx.request(request)).await;
        Ok(from("knowledge", answer)?.results)
    }

    /// Returns runbooks that somebody stands by and that say much the same as a text, most first.
    pub(crate) async fn runbooks(
        &self,
        ctx: &Ctx,
        text: &str,
        max_results: i32,
    ) -> Result<Vec<knowledge_pb::SearchResult>, TurnError> {
        use knowledge_pb::DocumentReview::{Published, Verified};
        let request = knowledge_pb::FindSimilarDocumentsRequest {
            text: text.to_owned(),
            max_results,
            r#type: knowledge_pb::DocumentType::Runbook.into(),
            reviews: vec![Verified.into(), Published.into()],
            ..Default::default()
        };
        let mut client = KnowledgeServiceClient::new(self.knowledge.clone());
        let answer = client.find_similar_documents(ctx.request(request)).await;
        Ok(from("knowledge", answer)?.results)
    }

    /// Returns a document of the library.
    pub(crate) async fn document(
        &self,
        ctx: &Ctx,
        document_id: &str,
    ) -> Result<knowledge_pb::Document, TurnError> {
        let request = knowledge_pb::GetDocumentRequest {
            document_id: document_id.to_owned(),
        };
        let mut client = KnowledgeServiceClient::new(self.knowledge.clone())
            .max_decoding_message_size(ANSWER_MAX_BYTES);
        let answer = client.get_document(ctx.request(request)).await;
        from("knowledge", answer)?
            .document
            .ok_or(TurnError::IncompleteAnswer {
                module: "knowledge",
                part: "document",
            })
    }

    /// Returns the providers of answers and embeddings, the embedded ones too.
    pub(crate) async fn providers(&self, ctx: &Ctx) -> Result<Vec<llm_pb::Provider>, TurnError> {
        let request = ctx.request(llm_pb::ListProvidersRequest {});
        let mut client = LlmServiceClient::new(self.llm.clone());
        Ok(from("llm", client.list_providers(request).await)?.providers)
    }
}

/// Returns the answer of the case module.
pub(crate) fn from_case<T>(answer: Result<Response<T>, Status>) -> Result<T, TurnError> {
    from("case", answer)
}

/// Returns the answer of the evidence module.
pub(crate) fn from_evidence<T>(answer: Result<Response<T>, Status>) -> Result<T, TurnError> {
    from("evidence", answer)
}

/// Returns the answer of the jobs module.
pub(crate) fn from_jobs<T>(answer: Result<Response<T>, Status>) -> Result<T, TurnError> {
    from("jobs", answer)
}

pub(crate) fn from<T>(module: &str, answer: Result<Response<T>, Status>) -> Result<T, TurnError> {
    match answer {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(Fault::from_callee(module, status).into()),
    }
}

//! Collects the material of a report from the modules that own it.

use std::collections::{BTreeMap, BTreeSet};

use faultmaven_kit::{Ctx, Fault, Module};
use faultmaven_proto::auth::v1 as auth;
use faultmaven_proto::auth::v1::auth_internal_service_client::AuthInternalServiceClient;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::case_internal_service_client::CaseInternalServiceClient;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::knowledge::v1 as knowledge;
use faultmaven_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use tonic::{Response, Status};

use crate::advice::SimilarRunbook;
use crate::error::Error;
use crate::material::Material;

mod passages;

/// A case with long messages does not fit into a message of the default size.
const MESSAGE_MAX_BYTES: usize = 64 * 1_024 * 1_024;
const PAGE_SIZE: i32 = 100;
/// Messages are long, so few of them come at once.
const MESSAGES_PAGE_SIZE: i32 = 50;
const NAMES_MAX: usize = 100;
const RUNBOOKS_MAX: i32 = 5;

/// Asks the modules that own the material in the name of the caller.
#[derive(Debug, Clone)]
pub(crate) struct Gatherer {
    case: Module,
    evidence: Module,
    auth: Module,
    knowledge: Module,
}

impl Gatherer {
    pub(crate) fn new(case: Module, evidence: Module, auth: Module, knowledge: Module) -> Self {
        Self {
            case,
            evidence,
            auth,
            knowledge,
        }
    }

    /// Returns where the case stands when the caller may do `access` with it.
    pub(crate) async fn check_access(
        &self,
        ctx: &Ctx,
        case_id: &str,
        access: case::CaseAccess,
    ) -> Result<case::CaseStatus, Fault> {
        let request = ctx.request(case::CheckAccessRequest {
            case_id: case_id.to_owned(),
            access: access.into(),
        });
        let access = from_case(self.case_internal().check_access(request).await)?;
        Ok(access.status())
    }

    /// Returns the case as it is now, with nothing that came after it.
    pub(crate) async fn gather(&self, ctx: &Ctx, case_id: &str) -> Result<Material, Error> {
        let mut material = self.investigation(ctx, case_id).await?;
        material.turns = self.turns(ctx, case_id).await?;
        material.records = self.records(ctx, case_id).await?;
        material.uploads = self.uploads(ctx, case_id).await?;
        self.add_cited_messages(ctx, case_id, &mut material).await?;
        self.add_cited_findings(ctx, &mut material).await?;
        material.settle();
        material.people = self.names(ctx, material.participants()).await?;
        Ok(material)
    }

    async fn names(
        &self,
        ctx: &Ctx,
        user_ids: BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut names = BTreeMap::new();
        let user_ids: Vec<String> = user_ids.into_iter().collect();
        for some in user_ids.chunks(NAMES_MAX) {
            let request = ctx.request(auth::GetUserNamesRequest {
                user_ids: some.to_vec(),
            });
            let mut client = AuthInternalServiceClient::new(self.auth.clone());
            let response = client.get_user_names(request).await;
            let response = response.map_err(|status| Fault::from_callee("auth", status))?;
            names.extend(response.into_inner().names);
        }
        Ok(names)
    }

    /// Returns the case without what only a report of it needs.
    pub(crate) async fn investigation(&self, ctx: &Ctx, case_id: &str) -> Result<Material, Error> {
        let request = ctx.request(case::GetInvestigationRequest {
            case_id: case_id.to_owned(),
        });
        let response = from_case(self.case_internal().get_investigation(request).await)?;
        let material = response.investigation.and_then(Material::of);
        material.ok_or(Error::NoInvestigation)
    }

    async fn turns(&self, ctx: &Ctx, case_id: &str) -> Result<Vec<case::Turn>, Fault> {
        let mut turns = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ctx.request(case::ListTurnsRequest {
                case_id: case_id.to_owned(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = from_case(self.case_public().list_turns(request).await)?;
            turns.extend(page.turns);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(turns);
            }
        }
    }

    async fn records(&self, ctx: &Ctx, case_id: &str) -> Result<Vec<evidence::Evidence>, Fault> {
        let mut records = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ctx.request(evidence::ListEvidenceRequest {
                case_id: case_id.to_owned(),
                include_withdrawn: true,
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = from_evidence(self.evidence().list_evidence(request).await)?;
            records.extend(page.evidence);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(records);
            }
        }
    }

    async fn uploads(
        &self,
        ctx: &Ctx,
        case_id: &str,
    ) -> Result<Vec<evidence::UploadedFile>, Fault> {
        let mut uploads = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ctx.request(evidence::ListFilesRequest {
                case_id: case_id.to_owned(),
                include_members: true,
                page_size: PAGE_SIZE,
                page_token,
                ..Default::default()
            });
            let page = from_evidence(self.evidence().list_files(request).await)?;
            uploads.extend(page.files);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(uploads);
            }
        }
    }

    /// Returns the whole conversation up to a turn, oldest first.
    pub(crate) async fn messages(
        &self,
        ctx: &Ctx,
        case_id: &str,
        last_turn: i32,
    ) -> Result<Vec<case::Message>, Fault> {
        let mut messages = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ctx.request(case::ListMessagesRequest {
                case_id: case_id.to_owned(),
                page_size: MESSAGES_PAGE_SIZE,
                page_token,
                offset: 0,
            });
            let page = from_case(self.case_public().list_messages(request).await)?;
            messages.extend(page.messages);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                messages.retain(|message| message.turn_number <= last_turn);
                return Ok(messages);
            }
        }
    }

    /// The investigation brings the newest messages; older ones are fetched when facts cite them.
    async fn add_cited_messages(
        &self,
        ctx: &Ctx,
        case_id: &str,
        material: &mut Material,
    ) -> Result<(), Fault> {
        let mut missing = material.cited_messages();
        for message in &material.messages {
            missing.remove(&message.message_id);
        }
        let mut page_token = String::new();
        while !missing.is_empty() {
            let request = ctx.request(case::ListMessagesRequest {
                case_id: case_id.to_owned(),
                page_size: MESSAGES_PAGE_SIZE,
                page_token,
                offset: 0,
            });
            let page = from_case(self.case_public().list_messages(request).await)?;
            let cited = page.messages.into_iter();
            material
                .messages
                .extend(cited.filter(|message| missing.remove(&message.message_id)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn add_cited_findings(&self, ctx: &Ctx, material: &mut Material) -> Result<(), Fault> {
        let mut missing = material.cited_findings();
        for file in &material.files {
            if missing.is_empty() {
                return Ok(());
            }
            let findings = self.findings(ctx, &file.file_id, &mut missing).await?;
            material.findings.extend(findings);
        }
        Ok(())
    }

    /// Returns those of the `missing` findings that a file has; none when it has no analysis.
    async fn findings(
        &self,
        ctx: &Ctx,
        file_id: &str,
        missing: &mut BTreeSet<String>,
    ) -> Result<Vec<evidence::Finding>, Fault> {
        let request = ctx.request(evidence::GetAnalysisRequest {
            file_id: file_id.to_owned(),
        });
        let response = match self.evidence().get_analysis(request).await {
            Err(status) if is_absent(&status) => return Ok(Vec::new()),
            response => from_evidence(response)?,
        };
        let findings = response.analysis.unwrap_or_default().findings.into_iter();
        let cited = findings.filter(|finding| missing.remove(&finding.finding_id));
        Ok(cited.collect())
    }

    /// Returns runbooks that treat what the case is about, the most similar first.
    pub(crate) async fn similar_runbooks(
        &self,
        ctx: &Ctx,
        material: &Material,
    ) -> Result<Vec<SimilarRunbook>, Fault> {
        let request = ctx.request(knowledge::FindSimilarDocumentsRequest {
            text: material.subject(),
            max_results: RUNBOOKS_MAX,
            r#type: knowledge::DocumentType::Runbook.into(),
            ..Default::default()
        });
        let mut client = KnowledgeServiceClient::new(self.knowledge.clone());
        let response = client.find_similar_documents(request).await;
        let response = response.map_err(|status| Fault::from_callee("knowledge", status))?;
        let results = response.into_inner().results.into_iter();
        let runbooks = results.map(|result| SimilarRunbook {
            document_id: result.document_id,
            title: result.title,
            similarity: result.score,
        });
        Ok(runbooks.collect())
    }

    /// Stores a document in the caller's library.
    pub(crate) async fn store_document(
        &self,
        ctx: &Ctx,
        request: knowledge::CreateDocumentRequest,
    ) -> Result<knowledge::CreateDocumentResponse, Fault> {
        let mut client = KnowledgeServiceClient::new(self.knowledge.clone())
            .max_encoding_message_size(MESSAGE_MAX_BYTES)
            .max_decoding_message_size(MESSAGE_MAX_BYTES);
        let response = client.create_document(ctx.request(request)).await;
        let response = response.map_err(|status| Fault::from_callee("knowledge", status))?;
        Ok(response.into_inner())
    }

    fn case_internal(&self) -> CaseInternalServiceClient<Module> {
        CaseInternalServiceClient::new(self.case.clone())
            .max_decoding_message_size(MESSAGE_MAX_BYTES)
    }

    fn case_public(&self) -> CaseServiceClient<Module> {
        CaseServiceClient::new(self.case.clone()).max_decoding_message_size(MESSAGE_MAX_BYTES)
    }

    fn evidence(&self) -> EvidenceServiceClient<Module> {
        EvidenceServiceClient::new(self.evidence.clone())
            .max_decoding_message_size(MESSAGE_MAX_BYTES)
    }
}

fn is_absent(status: &Status) -> bool {
    matches!(
        status.code(),
        tonic::Code::NotFound | tonic::Code::FailedPrecondition
    )
}

fn from_case<T>(response: Result<Response<T>, Status>) -> Result<T, Fault> {
    response
        .map(Response::into_inner)
        .map_err(|status| Fault::from_callee("case", status))
}

fn from_evidence<T>(response: Result<Response<T>, Status>) -> Result<T, Fault> {
    response
        .map(Response::into_inner)
        .map_err(|status| Fault::from_callee("evidence", status))
}

//! What every route has at hand.

use std::sync::Arc;

use faultmaven_kit::Module;
use faultmaven_proto::agent::v1::agent_service_client::AgentServiceClient;
use faultmaven_proto::auth::v1::auth_service_client::AuthServiceClient;
use faultmaven_proto::auth::v1::oauth_service_client::OauthServiceClient;
use faultmaven_proto::auth::v1::team_service_client::TeamServiceClient;
use faultmaven_proto::case::v1::case_internal_service_client::CaseInternalServiceClient;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_proto::evidence::v1::evidence_internal_service_client::EvidenceInternalServiceClient;
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::jobs::v1::jobs_service_client::JobsServiceClient;
use faultmaven_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use faultmaven_proto::llm::v1::llm_service_client::LlmServiceClient;
use faultmaven_proto::report::v1::report_service_client::ReportServiceClient;
use faultmaven_proto::session::v1::session_service_client::SessionServiceClient;

use crate::grpc::Reach;
use crate::limits::Limits;
use crate::observe::HttpMetrics;
use crate::{Authenticator, Config, Deps};

/// Answers with up to 1,000 rows exceed tonic's default of 4 MiB.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The gateway's configuration and dependencies.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) deps: Deps,
    pub(crate) reach: Reach,
    pub(crate) authenticator: Authenticator,
    pub(crate) metrics: HttpMetrics,
    pub(crate) limits: Option<Arc<Limits>>,
}

/// The shared form of [`App`].
pub(crate) type AppState = Arc<App>;

impl App {
    pub(crate) fn new(config: Config, deps: Deps, reach: Reach) -> AppState {
        let authenticator = Authenticator::new(deps.modules.auth.clone());
        let redis = deps.redis.as_ref();
        let limits = config
            .requests_per_minute
            .map(|per_minute| Arc::new(Limits::new(per_minute, redis)));
        Arc::new(Self {
            config,
            deps,
            reach,
            authenticator,
            limits,
            metrics: HttpMetrics::default(),
        })
    }

    pub(crate) fn agent(&self) -> AgentServiceClient<Module> {
        AgentServiceClient::new(self.deps.modules.agent.clone())
            .max_decoding_message_size(MAX_ANSWER_BYTES)
    }

    pub(crate) fn auth(&self) -> AuthServiceClient<Module> {
        AuthServiceClient::new(self.deps.modules.auth.clone())
    }

    pub(crate) fn oauth(&self) -> OauthServiceClient<Module> {
        OauthServiceClient::new(self.deps.modules.auth.clone())
    }

    pub(crate) fn teams(&self) -> TeamServiceClient<Module> {
        TeamServiceClient::new(self.deps.modules.auth.clone())
    }

    pub(crate) fn case(&self) -> CaseServiceClient<Module> {
        CaseServiceClient::new(self.deps.modules.case.clone())
            .max_decoding_message_size(MAX_ANSWER_BYTES)
    }

    pub(crate) fn case_internal(&self) -> CaseInternalServiceClient<Module> {
        CaseInternalServiceClient::new(self.deps.modules.case.clone())
            .max_decoding_message_size(MAX_ANSWER_BYTES)
    }

    pub(crate) fn evidence(&self) -> EvidenceServiceClient<Module> {
        EvidenceServiceClient::new(self.deps.modules.evidence.clone())
            .max_decoding_message_size(MAX_ANSWER_BYTES)
    }

    pub(crate) fn evidence_internal(&self) -> EvidenceInternalServiceClient<Module> {
        EvidenceInternalServiceClient::new(self.deps.modules.evidence.clone())
    }

    pub(crate) fn jobs(&self) -> JobsServiceClient<Module> {
        JobsServiceClient::new(self.deps.modules.jobs.clone())
    }

    pub(crate) fn knowledge(&self) -> KnowledgeServiceClient<Module> {
        KnowledgeServiceClient::new(self.deps.modules.knowledge.clone())
            .max_decoding_message_size(MAX_ANSWER_BYTES)
    }

    pub(crate) fn llm(&self) -> LlmServiceClient<Module> {
        LlmServiceClient::new(self.deps.modules.llm.clone())
    }

    pub(crate) fn report(&self) -> ReportServiceClient<Module> {
        ReportServiceClient::new(self.deps.modules.report.clone())
            .max_decoding_message_size(MAX_ANSWER_BYTES)
    }

    pub(crate) fn session(&self) -> SessionServiceClient<Module> {
        SessionServiceClient::new(self.deps.modules.session.clone())
    }
}

//! A whole engine in this process, on a database of its own.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use faultmaven_kit::{Actor, Ctx, Db, Ids, Module, Role, SystemClock, Tasks};
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::agent_service_client::AgentServiceClient;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::evidence::v1::evidence_service_client::EvidenceServiceClient;
use faultmaven_proto::evidence::v1::upload_file_request::Part;

use crate::commands::CommandError;
use crate::config::{Settings, Source};
use crate::wiring::{Base, wire};

/// What one message of an upload carries.
const CHUNK_BYTES: usize = 256 << 10;
/// Settings of models that are taken from the process; all others are those of a fresh place, so
/// that nothing is written to the databases of a server.
const MODEL_SETTINGS: [&str; 12] = [
    "LLM_TIMEOUT_SECONDS",
    "LLM_MAX_CONTEXT_TOKENS",
    "LLM_CONCURRENCY",
    "LLM_CASE_BUDGET_USD",
    "LLM_MONTHLY_BUDGET_USD",
    "REDACTION",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "OLLAMA_HOST",
    "OFFLINE",
];
const GRACE: Duration = Duration::from_secs(10);
const ANSWER_MAX_BYTES: usize = 64 << 20;

/// The modules an investigation needs, and somebody who investigates.
pub(super) struct Engine {
    agent: Module,
    case: Module,
    evidence: Module,
    ctx: Ctx,
    tasks: Tasks,
    databases: Vec<Db>,
}

impl Engine {
    pub(super) async fn start(data_dir: &Path, model: Option<&str>) -> Result<Self, CommandError> {
        let settings = Settings::from_source(&source(data_dir, model)?)?;
        let tasks = Tasks::new();
        let base = Base {
            settings: &settings,
            tasks: &tasks,
            clock: SystemClock::shared(),
            ids: Ids::random(),
            redis: None,
            setup_token: None,
        };
        let wired = wire(&base).await?;
        Ok(Self {
            agent: wired.modules.agent,
            case: wired.modules.case,
            evidence: wired.modules.evidence,
            ctx: Ctx::anonymous("eval").on_behalf_of(engineer(&base.ids)),
            databases: wired.databases,
            tasks,
        })
    }

    pub(super) async fn stop(self) {
        self.tasks.shutdown(GRACE).await;
        for db in self.databases {
            // The database goes with its folder in any case.
            let _ = db.close().await;
        }
    }

    pub(super) async fn open_case(&self) -> Result<String, CommandError> {
        let mut client = CaseServiceClient::new(self.case.clone());
        let request = self.ctx.request(case::CreateCaseRequest::default());
        let created = client.create_case(request).await?.into_inner();
        Ok(created.case.unwrap_or_default().case_id)
    }

    pub(super) async fn upload(
        &self,
        case_id: &str,
        name: &str,
        mut bytes: Bytes,
    ) -> Result<String, CommandError> {
        let header = evidence::UploadHeader {
            case_id: case_id.to_owned(),
            filename: name.to_owned(),
            origin: evidence::FileOrigin::Upload.into(),
            ..Default::default()
        };
        let mut parts = vec![Part::Header(header)];
        while !bytes.is_empty() {
            let chunk = bytes.split_to(bytes.len().min(CHUNK_BYTES));
            parts.push(Part::Chunk(chunk));
        }
        let parts = parts.into_iter();
        let parts = parts.map(|part| evidence::UploadFileRequest { part: Some(part) });
        let mut client = EvidenceServiceClient::new(self.evidence.clone());
        let request = self.ctx.request(futures::stream::iter(parts));
        let stored = client.upload_file(request).await?.into_inner();
        Ok(stored.file.unwrap_or_default().file_id)
    }

    /// Takes a turn and returns its result.
    pub(super) async fn turn(
        &self,
        request: agent::SubmitTurnRequest,
    ) -> Result<agent::TurnResult, CommandError> {
        let mut client =
            AgentServiceClient::new(self.agent.clone()).max_decoding_message_size(ANSWER_MAX_BYTES);
        let mut events = client
            .submit_turn(self.ctx.request(request))
            .await?
            .into_inner();
        while let Some(message) = events.message().await? {
            if let Some(Event::Result(result)) = message.event {
                return Ok(*result);
            }
        }
        Err("the turn ended without a result".into())
    }

    /// Returns the hypotheses of a case and what they come to.
    pub(super) async fn hypotheses(
        &self,
        case_id: &str,
    ) -> Result<case::ListHypothesesResponse, CommandError> {
        let mut client = CaseServiceClient::new(self.case.clone());
        let request = case::ListHypothesesRequest {
            case_id: case_id.to_owned(),
        };
        let answer = client.list_hypotheses(self.ctx.request(request)).await?;
        Ok(answer.into_inner())
    }
}

fn engineer(ids: &Ids) -> Actor {
    Actor {
        user_id: ids.uuid(),
        username: "engineer".to_owned(),
        email: "engineer@localhost".to_owned(),
        email_verified: true,
        display_name: "Engineer".to_owned(),
        role: Role::Member,
        scopes: None,
        token_id: ids.uuid(),
        team_ids: Vec::new(),
    }
}

/// Returns the settings of an engine of its own, with a model if one is named.
fn source(data_dir: &Path, model: Option<&str>) -> Result<Source, CommandError> {
    let directory = data_dir.to_string_lossy();
    let mut source = Source::with([("DATA_DIR", &*directory)]);
    let Some(model) = model else {
        return Ok(source);
    };
    let process = Source::of_process()?;
    for name in MODEL_SETTINGS {
        if let Some(value) = process.get(name) {
            source.set(name, value);
        }
    }
    let (provider, model) = model.split_once(':').unwrap_or((model, ""));
    source.set("LLM_PROVIDER", provider);
    if !model.is_empty() {
        source.set("LLM_MODEL", model);
    }
    Ok(source)
}

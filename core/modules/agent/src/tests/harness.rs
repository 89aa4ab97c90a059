//! The module on fake callees, called through its generated client.

use std::sync::Arc;

use faultmaven_kit::{Actor, Ctx, Fault, Hosted, Ids, ManualClock, Module, Role, Tasks};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::agent::v1::agent_service_client::AgentServiceClient;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::case::v1::case_internal_service_server::CaseInternalServiceServer;
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::evidence::v1::evidence_internal_service_server::EvidenceInternalServiceServer;
use faultmaven_proto::evidence::v1::evidence_service_server::EvidenceServiceServer;
use tonic::Streaming;

use super::fake_case::FakeCase;
use super::fake_evidence::FakeEvidence;
use crate::{Config, Deps, build};

pub(crate) const CASE: &str = "case_0123456789ab";
pub(crate) const WARNING: &str =
    "2025-03-04T14:05:00.000Z WARN  checkout-eu HikariPool-1 - Connection is not available";
pub(crate) const ERROR: &str =
    "2025-03-04T14:05:00.001Z ERROR checkout-eu req=00061 POST /checkout status=500";

/// One case, its modules, and somebody signed in.
pub(crate) struct World {
    pub(crate) case: FakeCase,
    pub(crate) evidence: FakeEvidence,
    pub(crate) agent: Module,
    /// The same module in another process.
    pub(crate) replica: Module,
    pub(crate) ctx: Ctx,
    pub(crate) tasks: Tasks,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        // Nobody answers there, and turns go on without.
        Self::with_llm(config, Hosted::new("llm").module()).await
    }

    pub(crate) async fn with_llm(config: Config, llm: Module) -> Self {
        let case = FakeCase::new(CASE);
        let evidence = FakeEvidence::default();
        let tasks = Tasks::new();
        let deps = Deps {
            clock: ManualClock::starting_at("2025-11-21T10:00:00Z".parse().unwrap()),
            ids: Ids::sequential(),
            tasks: tasks.clone(),
            case: Hosted::new("case")
                .internal(CaseInternalServiceServer::new(case.clone()))
                .module(),
            evidence: Hosted::new("evidence")
                .service(EvidenceServiceServer::new(evidence.clone()))
                .internal(EvidenceInternalServiceServer::new(evidence.clone()))
                .module(),
            // Nobody answers there either.
            knowledge: Hosted::new("knowledge").module(),
            llm,
            report: Hosted::new("report").module(),
            jobs: Hosted::new("jobs").module(),
        };
        let replica = build(config.clone(), deps.clone()).await.unwrap().module();
        let agent = build(config, deps).await.unwrap().module();
        let ctx = Ctx::anonymous("req_1").on_behalf_of(ada());
        Self {
            case,
            evidence,
            agent,
            replica,
            ctx,
            tasks,
        }
    }

    pub(crate) fn client(&self) -> AgentServiceClient<Module> {
        AgentServiceClient::new(self.agent.clone())
    }

    pub(crate) async fn start(
        &self,
        request: pb::SubmitTurnRequest,
    ) -> Result<Streaming<pb::SubmitTurnResponse>, Fault> {
        let answer = self.client().submit_turn(self.ctx.request(request)).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| Fault::from_status(&status))
    }

    pub(crate) async fn run(&self, request: pb::SubmitTurnRequest) -> Result<Vec<Event>, Fault> {
        let mut stream = self.start(request).await?;
        let mut events = Vec::new();
        loop {
            match stream.message().await {
                Ok(Some(message)) => events.extend(message.event),
                Ok(None) => return Ok(events),
                Err(status) => return Err(Fault::from_status(&status)),
            }
        }
    }

    pub(crate) async fn turn(&self, request: pb::SubmitTurnRequest) -> pb::TurnResult {
        let events = self.run(request).await.unwrap();
        match events.into_iter().last().unwrap() {
            Event::Result(result) => *result,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn say(&self, text: &str) -> pb::TurnResult {
        self.turn(said(text)).await
    }

    /// Adds a log in which a pool warning precedes each failed request.
    pub(crate) fn add_log(&self) -> String {
        let file_id = self
            .evidence
            .add_file(CASE, "app.log", &format!("{WARNING}\n{ERROR}\n"));
        let citation = |line: i64, quote: &str| evidence_pb::FileCitation {
            file_id: file_id.clone(),
            filename: "app.log".to_owned(),
            line_start: line,
            line_end: line,
            quote: quote.to_owned(),
            ..Default::default()
        };
        let seen = |time: &str| Some(faultmaven_kit::clock::timestamp(time.parse().unwrap()));
        let finding = |kind: &str, signature: &str, line: i64, quote: &str, catalogue_id: &str| {
            evidence_pb::Finding {
                finding_id: format!("find_{line}"),
                file_id: file_id.clone(),
                kind: kind.to_owned(),
                severity: evidence_pb::Severity::Error.into(),
                signature: signature.to_owned(),
                count: 600,
                first_seen: seen("2025-03-04T14:05:00Z"),
                last_seen: seen("2025-03-04T14:14:59Z"),
                component: "checkout-eu".to_owned(),
                catalogue_id: catalogue_id.to_owned(),
                citations: vec![citation(line, quote)],
                ..Default::default()
            }
        };
        let mut state = self.evidence.state();
        state.assessment.findings = vec![
            finding("error_signature", "pool", 1, WARNING, "jvm.pool"),
            finding("error_signature", "500", 2, ERROR, ""),
            finding("onset", "500", 2, ERROR, ""),
        ];
        state.assessment.candidates = vec![evidence_pb::Candidate {
            catalogue_id: "jvm.pool".to_owned(),
            kind: "condition".to_owned(),
            statement: "Database connection pool exhausted".to_owned(),
            category: "database".to_owned(),
            mechanism: "Requests wait for a connection and time out.".to_owned(),
            indications: vec![evidence_pb::Indication {
                strength: evidence_pb::IndicationStrength::Direct.into(),
                statement: "seen 600 times".to_owned(),
                citation: Some(citation(1, WARNING)),
                signature: "pool".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }];
        drop(state);
        file_id
    }
}

pub(crate) fn said(text: &str) -> pb::SubmitTurnRequest {
    pb::SubmitTurnRequest {
        case_id: CASE.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn ada() -> Actor {
    Actor {
        user_id: "6f3c2ba4-e88f-427d-9d7e-1a2b3c4d5e6f".to_owned(),
        username: "ada".to_owned(),
        email: "ada@example.org".to_owned(),
        email_verified: true,
        display_name: "Ada".to_owned(),
        role: Role::Member,
        scopes: None,
        token_id: "token_1".to_owned(),
        team_ids: Vec::new(),
    }
}

pub(crate) fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

pub(crate) type Hold = Arc<tokio::sync::Notify>;

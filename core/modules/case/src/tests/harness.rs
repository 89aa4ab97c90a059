use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use faultmaven_kit::{
    Actor, Audit, Clock as _, Ctx, Db, Fault, Hosted, Ids, ManualClock, Module, Role, Tasks,
};
use faultmaven_proto::auth::v1 as auth;
use faultmaven_proto::auth::v1::auth_internal_service_server::{
    AuthInternalService, AuthInternalServiceServer,
};
use faultmaven_proto::case::v1 as pb;
use faultmaven_proto::case::v1::case_internal_service_client::CaseInternalServiceClient;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_testing::database;
use tempfile::TempDir;
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

use crate::{Config, Deps, build};

/// The module on a database of its own, or on the server that the environment names.
pub(super) struct Harness {
    pub(super) db: Db,
    pub(super) module: Module,
    pub(super) clock: Arc<ManualClock>,
    pub(super) audit: Arc<AuditLog>,
    pub(super) tasks: Tasks,
    pub(super) owner: Ctx,
    _dir: TempDir,
}

/// What the audit log was told.
#[derive(Debug, Default)]
pub(super) struct AuditLog {
    lines: Mutex<Vec<(String, String)>>,
    news: Notify,
}

impl AuditLog {
    /// Waits for a line about an action on a case.
    pub(super) async fn wait_for(&self, action: &str, object: &str) {
        let wanted = (action.to_owned(), object.to_owned());
        loop {
            let news = self.news.notified();
            if self.lines.lock().unwrap().contains(&wanted) {
                return;
            }
            news.await;
        }
    }
}

struct FakeAuth(Arc<AuditLog>);

#[tonic::async_trait]
impl AuthInternalService for FakeAuth {
    async fn authenticate(
        &self,
        _: Request<auth::AuthenticateRequest>,
    ) -> Result<Response<auth::AuthenticateResponse>, Status> {
        Err(Fault::unauthenticated("nobody signs in here").into())
    }

    async fn get_user_names(
        &self,
        _: Request<auth::GetUserNamesRequest>,
    ) -> Result<Response<auth::GetUserNamesResponse>, Status> {
        Err(Fault::not_found("user").into())
    }

    async fn record_audit(
        &self,
        request: Request<auth::RecordAuditRequest>,
    ) -> Result<Response<auth::RecordAuditResponse>, Status> {
        let events = request.into_inner().events.into_iter();
        let lines = events.map(|event| (event.action, event.object));
        self.0.lines.lock().unwrap().extend(lines);
        self.0.news.notify_one();
        Ok(Response::new(auth::RecordAuditResponse {}))
    }
}

impl Harness {
    pub(super) async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let db = database(dir.path()).await;
        let start = DateTime::parse_from_rfc3339("2025-03-04T12:00:00Z").unwrap();
        let clock = ManualClock::starting_at(start.with_timezone(&Utc));
        let audit = Arc::new(AuditLog::default());
        let tasks = Tasks::new();
        let auth = Hosted::new("auth")
            .internal(AuthInternalServiceServer::new(FakeAuth(Arc::clone(&audit))))
            .module();
        let deps = Deps {
            db: db.clone(),
            clock: clock.clone(),
            ids: Ids::random(),
            tasks: tasks.clone(),
            audit: Audit::start(&tasks, auth),
        };
        let hosted = build(Config::default(), deps).await.unwrap();
        hosted.ready().await.unwrap();
        Self {
            db,
            module: hosted.module(),
            clock,
            audit,
            tasks,
            owner: person(Role::Member),
            _dir: dir,
        }
    }

    pub(super) fn cases(&self) -> CaseServiceClient<Module> {
        CaseServiceClient::new(self.module.clone())
    }

    pub(super) fn internal(&self) -> CaseInternalServiceClient<Module> {
        CaseInternalServiceClient::new(self.module.clone())
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Opens a case of the owner.
    pub(super) async fn open(&self) -> pb::Case {
        self.open_with(pb::CreateCaseRequest::default()).await
    }

    /// Opens a case of the owner as described.
    pub(super) async fn open_with(&self, request: pb::CreateCaseRequest) -> pb::Case {
        let opened = self.cases().create_case(self.owner.request(request)).await;
        opened.unwrap().into_inner().case.unwrap()
    }

    /// Returns a case as its owner sees it.
    pub(super) async fn get(&self, case_id: &str) -> pb::Case {
        let request = pb::GetCaseRequest {
            case_id: case_id.to_owned(),
        };
        let case = self.cases().get_case(self.owner.request(request)).await;
        case.unwrap().into_inner().case.unwrap()
    }

    /// Announces a turn of the owner.
    pub(super) async fn begin(
        &self,
        case_id: &str,
        key: &str,
    ) -> Result<pb::BeginTurnResponse, Fault> {
        let request = begin_request(case_id, key, 'a');
        answer(
            self.internal()
                .begin_turn(self.owner.request(request))
                .await,
        )
    }

    /// Takes a whole turn of the owner.
    pub(super) async fn take(&self, case_id: &str, draft: pb::TurnDraft) -> pb::CommitTurnResponse {
        let begun = self.begin(case_id, "").await.unwrap();
        let request = commit_request(case_id, &begun, draft);
        let committed = self
            .internal()
            .commit_turn(self.owner.request(request))
            .await;
        committed.unwrap().into_inner()
    }
}

/// Returns the same person as a member of teams.
pub(super) fn in_teams(ctx: &Ctx, teams: &[&str]) -> Ctx {
    let mut actor = ctx.actor().unwrap().clone();
    actor.team_ids = teams.iter().map(|team| (*team).to_owned()).collect();
    ctx.clone().on_behalf_of(actor)
}

/// Returns the announcement of a turn that does not wait.
pub(super) fn begin_request(case_id: &str, key: &str, fingerprint: char) -> pb::BeginTurnRequest {
    pb::BeginTurnRequest {
        case_id: case_id.to_owned(),
        idempotency_key: key.to_owned(),
        fingerprint: fingerprint.to_string().repeat(64),
        route: "SubmitTurn".to_owned(),
        generated_key: false,
        wait: Some(prost_types::Duration::default()),
    }
}

/// Returns the commit of a turn that was begun.
pub(super) fn commit_request(
    case_id: &str,
    begun: &pb::BeginTurnResponse,
    mut draft: pb::TurnDraft,
) -> pb::CommitTurnRequest {
    if draft.user_message_id.is_empty() {
        draft.user_message_id = Ids::random().hex16("msg");
    }
    pb::CommitTurnRequest {
        case_id: case_id.to_owned(),
        turn_token: begun.turn_token.clone(),
        expected_state_version: begun.state_version,
        draft: Some(draft),
        reply_text: "understood".to_owned(),
        answer: b"the answer".to_vec(),
        ..pb::CommitTurnRequest::default()
    }
}

/// Returns somebody new.
pub(super) fn person(role: Role) -> Ctx {
    let ids = Ids::random();
    Ctx::anonymous(ids.uuid()).on_behalf_of(Actor {
        user_id: ids.uuid(),
        username: "ada".into(),
        email: "ada@example.org".into(),
        email_verified: true,
        display_name: "Ada".into(),
        role,
        scopes: None,
        token_id: ids.uuid(),
        team_ids: Vec::new(),
    })
}

/// Returns somebody with a token that covers `scopes` only.
pub(super) fn scoped(ctx: &Ctx, scopes: &[&str]) -> Ctx {
    let mut actor = ctx.actor().unwrap().clone();
    actor.scopes = Some(scopes.iter().map(|scope| (*scope).to_owned()).collect());
    ctx.clone().on_behalf_of(actor)
}

/// Returns the message of an answer, or its fault.
pub(super) fn answer<T>(answer: Result<Response<T>, Status>) -> Result<T, Fault> {
    answer
        .map(Response::into_inner)
        .map_err(|status| Fault::from_status(&status))
}

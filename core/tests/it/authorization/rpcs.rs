//! The table of RPCs, called by gRPC-Web so that one function serves all.

use std::collections::BTreeSet;

use faultmaven_proto::auth::v1 as auth;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::jobs::v1 as jobs;
use faultmaven_proto::knowledge::v1 as knowledge;
use faultmaven_proto::llm::v1 as llm;
use faultmaven_proto::report::v1 as report;
use faultmaven_proto::session::v1 as session;
use prost::Message;
use reqwest::Method;

use super::{Access, Asker, Fixture, ROUNDS, Verdict, expected};

mod cases;

type Row = (&'static str, Access, Vec<u8>);

/// RPCs that are tried by those alone who are kept out; the stories of accounts and teams let people
/// in, who would end their own sign-in, give wrong credentials, or remove a team.
const LET_IN_ELSEWHERE: &[&str] = &[
    "auth.v1.AuthService/Register",
    "auth.v1.AuthService/Login",
    "auth.v1.AuthService/RefreshToken",
    "auth.v1.AuthService/DevLogin",
    "auth.v1.AuthService/DevRegister",
    "auth.v1.AuthService/Logout",
    "auth.v1.AuthService/ChangePassword",
    "auth.v1.TeamService/AcceptInvitation",
    "auth.v1.TeamService/DeleteTeam",
    "auth.v1.TeamService/RemoveTeamMember",
    "auth.v1.TeamService/RevokeInvitation",
];

#[tokio::test]
async fn every_rpc_is_in_the_table() {
    let fixture = Fixture::create().await;
    let listed: BTreeSet<String> = rows(&fixture)
        .iter()
        .map(|(method, ..)| (*method).to_owned())
        .collect();
    let declared: BTreeSet<String> = declared(false).into_iter().collect();
    assert_eq!(declared, listed);
}

#[tokio::test]
async fn each_rpc_lets_in_whom_the_table_names() {
    let mut wrong = Vec::new();
    for askers in ROUNDS {
        let fixture = Fixture::create().await;
        for asker in askers {
            for (method, access, message) in rows(&fixture) {
                let wanted = expected(access, *asker);
                if wanted == Verdict::LetIn && LET_IN_ELSEWHERE.contains(&method) {
                    continue;
                }
                let verdict = ask(&fixture, *asker, method, &message).await;
                if verdict != wanted {
                    wrong.push(format!("{asker:?} {method}: {verdict:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn no_client_reaches_an_internal_rpc() {
    let fixture = Fixture::create().await;
    for asker in ROUNDS.into_iter().flatten() {
        for method in declared(true) {
            let verdict = ask(&fixture, *asker, &method, &[]).await;
            assert_eq!(verdict, Verdict::Forbidden, "{asker:?} {method}");
        }
    }
}

/// Calls that remove things stand last.
fn rows(fixture: &Fixture) -> Vec<Row> {
    let mut rows = auth_rows(fixture);
    rows.extend(sign_in_rows());
    rows.extend(invitation_rows(fixture));
    rows.extend(team_rows(fixture));
    rows.extend(session_rows(fixture));
    rows.extend(document_rows(fixture));
    rows.extend(cases::rows(fixture));
    rows.extend(cases::ledger_rows(fixture));
    rows.extend(cases::analytics_rows(fixture));
    rows.extend(evidence_rows(fixture));
    rows.extend(removals(fixture));
    rows
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn auth_rows(fixture: &Fixture) -> Vec<Row> {
    let create_token = auth::CreateApiTokenRequest {
        name: "t".into(),
        scopes: vec!["cases:read".into()],
        ..Default::default()
    };
    let create_user = auth::CreateUserRequest {
        username: "dave".into(),
        email: "dave@example.org".into(),
        password: "long enough".into(),
        role: auth::Role::Member.into(),
        ..Default::default()
    };
    let get_job = jobs::GetJobRequest {
        job_id: fixture.job_id.clone(),
    };
    let cancel_job = jobs::CancelJobRequest {
        job_id: fixture.job_id.clone(),
    };
    let update = auth::UpdateUserRequest {
        user_id: fixture.user_id.clone(),
        role: auth::Role::Member.into(),
        ..Default::default()
    };
    vec![
        row(
            "auth.v1.AuthService/GetAuthConfig",
            Access::Public,
            &auth::GetAuthConfigRequest {},
        ),
        row(
            "auth.v1.AuthService/ListSigningKeys",
            Access::Public,
            &auth::ListSigningKeysRequest {},
        ),
        row(
            "auth.v1.AuthService/GetMe",
            Access::SignedIn,
            &auth::GetMeRequest {},
        ),
        row(
            "auth.v1.OauthService/GetConsent",
            Access::SignedIn,
            &auth::GetConsentRequest {
                request: Some(auth::AuthorizationRequest::default()),
            },
        ),
        row(
            "auth.v1.OauthService/Authorize",
            Access::SignedIn,
            &auth::AuthorizeRequest {
                request: Some(auth::AuthorizationRequest::default()),
                approved: false,
            },
        ),
        row(
            "auth.v1.OauthService/ExchangeGrant",
            Access::Public,
            &auth::ExchangeGrantRequest::default(),
        ),
        row(
            "auth.v1.OauthService/RevokeGrant",
            Access::Public,
            &auth::RevokeGrantRequest::default(),
        ),
        row(
            "auth.v1.AuthService/CreateApiToken",
            Access::SignedIn,
            &create_token,
        ),
        row(
            "auth.v1.AuthService/ListApiTokens",
            Access::SignedIn,
            &auth::ListApiTokensRequest::default(),
        ),
        row(
            "auth.v1.AuthService/CreateUser",
            Access::Admin,
            &create_user,
        ),
        row(
            "auth.v1.AuthService/ListUsers",
            Access::Admin,
            &auth::ListUsersRequest::default(),
        ),
        row("auth.v1.AuthService/UpdateUser", Access::Admin, &update),
        row(
            "auth.v1.AuthService/ListAuditEvents",
            Access::Admin,
            &auth::ListAuditEventsRequest::default(),
        ),
        row(
            "auth.v1.AuthService/ListOwnAuditEvents",
            Access::SignedIn,
            &auth::ListOwnAuditEventsRequest::default(),
        ),
        row(
            "llm.v1.LlmService/ListProviders",
            Access::SignedIn,
            &llm::ListProvidersRequest {},
        ),
        row(
            "llm.v1.LlmService/GetUsage",
            Access::SignedIn,
            &llm::GetUsageRequest::default(),
        ),
        row(
            "jobs.v1.JobsService/ListJobs",
            Access::SignedIn,
            &jobs::ListJobsRequest::default(),
        ),
        row("jobs.v1.JobsService/GetJob", Access::Supervised, &get_job),
        row(
            "jobs.v1.JobsService/CancelJob",
            Access::Supervised,
            &cancel_job,
        ),
    ]
}

fn sign_in_rows() -> Vec<Row> {
    let public = |method| (method, Access::Public, Vec::new());
    vec![
        public("auth.v1.AuthService/Register"),
        public("auth.v1.AuthService/Login"),
        public("auth.v1.AuthService/RefreshToken"),
        public("auth.v1.AuthService/DevLogin"),
        public("auth.v1.AuthService/DevRegister"),
        row(
            "auth.v1.AuthService/Logout",
            Access::SignedIn,
            &auth::LogoutRequest::default(),
        ),
        row(
            "auth.v1.AuthService/ChangePassword",
            Access::SignedIn,
            &auth::ChangePasswordRequest::default(),
        ),
    ]
}

fn team_rows(fixture: &Fixture) -> Vec<Row> {
    let team_id = || fixture.team_id.clone();
    let create = auth::CreateTeamRequest {
        name: fixture.unique_name(),
        ..Default::default()
    };
    let update = auth::UpdateTeamRequest {
        team_id: team_id(),
        name: fixture.unique_name(),
    };
    let set = auth::SetTeamMemberRequest {
        team_id: team_id(),
        user_id: fixture.user_id.clone(),
        role: auth::TeamRole::Manager.into(),
    };
    vec![
        row("auth.v1.TeamService/CreateTeam", Access::Worker, &create),
        row(
            "auth.v1.TeamService/ListTeams",
            Access::SignedIn,
            &auth::ListTeamsRequest {},
        ),
        row(
            "auth.v1.TeamService/GetTeam",
            Access::Team,
            &auth::GetTeamRequest { team_id: team_id() },
        ),
        row("auth.v1.TeamService/UpdateTeam", Access::Managed, &update),
        row("auth.v1.TeamService/SetTeamMember", Access::Managed, &set),
        row(
            "auth.v1.TeamService/RemoveTeamMember",
            Access::Managed,
            &auth::RemoveTeamMemberRequest {
                team_id: team_id(),
                user_id: fixture.user_id.clone(),
            },
        ),
        row(
            "auth.v1.TeamService/DeleteTeam",
            Access::Managed,
            &auth::DeleteTeamRequest { team_id: team_id() },
        ),
    ]
}

fn invitation_rows(fixture: &Fixture) -> Vec<Row> {
    let invite = auth::CreateInvitationRequest {
        team_id: fixture.team_id.clone(),
        ..Default::default()
    };
    vec![
        row(
            "auth.v1.TeamService/CreateInvitation",
            Access::Managed,
            &invite,
        ),
        row(
            "auth.v1.TeamService/ListInvitations",
            Access::SignedIn,
            &auth::ListInvitationsRequest::default(),
        ),
        row(
            "auth.v1.TeamService/AcceptInvitation",
            Access::SignedIn,
            &auth::AcceptInvitationRequest::default(),
        ),
        row(
            "auth.v1.TeamService/RevokeInvitation",
            Access::Supervised,
            &auth::RevokeInvitationRequest {
                invitation_id: fixture.invitation_id.clone(),
            },
        ),
    ]
}

fn session_rows(fixture: &Fixture) -> Vec<Row> {
    let session_id = fixture.session_id.clone();
    let get = session::GetSessionRequest {
        session_id: session_id.clone(),
    };
    let update = session::UpdateSessionRequest {
        session_id: session_id.clone(),
        ..Default::default()
    };
    let beat = session::HeartbeatSessionRequest {
        session_id: session_id.clone(),
    };
    let add = session::AddMessageRequest {
        session_id: session_id.clone(),
        ..Default::default()
    };
    let read = session::ListMessagesRequest {
        session_id: session_id.clone(),
        ..Default::default()
    };
    let clear = session::ClearMessagesRequest { session_id };
    vec![
        row(
            "session.v1.SessionService/CreateSession",
            Access::Public,
            &session::CreateSessionRequest::default(),
        ),
        row(
            "session.v1.SessionService/ListSessions",
            Access::SignedIn,
            &session::ListSessionsRequest::default(),
        ),
        row("session.v1.SessionService/GetSession", Access::Holder, &get),
        row(
            "session.v1.SessionService/UpdateSession",
            Access::Holder,
            &update,
        ),
        row(
            "session.v1.SessionService/HeartbeatSession",
            Access::Holder,
            &beat,
        ),
        row("session.v1.SessionService/AddMessage", Access::Holder, &add),
        row(
            "session.v1.SessionService/ListMessages",
            Access::Holder,
            &read,
        ),
        row(
            "session.v1.SessionService/ClearMessages",
            Access::Holder,
            &clear,
        ),
        row(
            "session.v1.SessionService/RemoveEndedSessions",
            Access::SignedIn,
            &session::RemoveEndedSessionsRequest {},
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn document_rows(fixture: &Fixture) -> Vec<Row> {
    let document_id = fixture.document_id.clone();
    let create = knowledge::CreateDocumentRequest {
        title: "T".into(),
        content: "c".into(),
        ..Default::default()
    };
    let search = knowledge::SearchDocumentsRequest {
        query: "pool".into(),
        ..Default::default()
    };
    let get = knowledge::GetDocumentRequest {
        document_id: document_id.clone(),
    };
    let review = knowledge::ReviewDocumentRequest {
        document_id: document_id.clone(),
        review: knowledge::DocumentReview::Stale.into(),
        ..Default::default()
    };
    let update = knowledge::UpdateDocumentRequest {
        document_id,
        ..Default::default()
    };
    let case_id = fixture.case_id.clone();
    let batch_update = knowledge::BatchUpdateDocumentsRequest {
        updates: vec![knowledge::UpdateDocumentRequest::default()],
    };
    let batch_delete = knowledge::BatchDeleteDocumentsRequest {
        document_ids: vec!["x".to_owned()],
    };
    let collection = knowledge::CreateCollectionRequest {
        name: "Guides".to_owned(),
        ..Default::default()
    };
    let similar = knowledge::FindSimilarDocumentsRequest {
        document_id: fixture.document_id.clone(),
        ..Default::default()
    };
    let recommend = report::RecommendReportsRequest {
        case_id: fixture.case_id.clone(),
    };
    let draft = report::DraftRunbookRequest {
        case_id: fixture.case_id.clone(),
        ..Default::default()
    };
    let export = report::ExportBundleRequest {
        case_id: fixture.case_id.clone(),
        unredacted: false,
    };
    let render = report::RenderReportRequest {
        report_id: fixture.report_id.clone(),
        ..Default::default()
    };
    let generate = report::GenerateReportsRequest {
        case_id: case_id.clone(),
        types: vec![report::ReportType::Timeline.into()],
        ..Default::default()
    };
    let list = report::ListReportsRequest {
        case_id,
        current_only: false,
    };
    let report = report::GetReportRequest {
        report_id: fixture.report_id.clone(),
    };
    vec![
        row(
            "knowledge.v1.KnowledgeService/CreateDocument",
            Access::Worker,
            &create,
        ),
        row(
            "knowledge.v1.KnowledgeService/ListDocuments",
            Access::SignedIn,
            &knowledge::ListDocumentsRequest::default(),
        ),
        row(
            "knowledge.v1.KnowledgeService/SearchDocuments",
            Access::SignedIn,
            &search,
        ),
        row(
            "knowledge.v1.KnowledgeService/GetDocument",
            Access::Owner,
            &get,
        ),
        row(
            "knowledge.v1.KnowledgeService/UpdateDocument",
            Access::Author,
            &update,
        ),
        row(
            "knowledge.v1.KnowledgeService/ReviewDocument",
            Access::Author,
            &review,
        ),
        row(
            "report.v1.ReportService/GenerateReports",
            Access::CaseWrite,
            &generate,
        ),
        row(
            "report.v1.ReportService/ListReports",
            Access::CaseRead,
            &list,
        ),
        row(
            "report.v1.ReportService/GetReport",
            Access::CaseRead,
            &report,
        ),
        row(
            "report.v1.ReportService/RenderReport",
            Access::CaseRead,
            &render,
        ),
        row(
            "report.v1.ReportService/RecommendReports",
            Access::CaseRead,
            &recommend,
        ),
        row(
            "report.v1.ReportService/DraftRunbook",
            Access::CaseWrite,
            &draft,
        ),
        row(
            "report.v1.ReportService/ExportBundle",
            Access::CaseOwn,
            &export,
        ),
        row(
            "knowledge.v1.KnowledgeService/BatchUpdateDocuments",
            Access::Worker,
            &batch_update,
        ),
        row(
            "knowledge.v1.KnowledgeService/BatchDeleteDocuments",
            Access::Worker,
            &batch_delete,
        ),
        row(
            "knowledge.v1.KnowledgeService/CreateCollection",
            Access::Worker,
            &collection,
        ),
        row(
            "knowledge.v1.KnowledgeService/ListCollections",
            Access::SignedIn,
            &knowledge::ListCollectionsRequest {},
        ),
        row(
            "knowledge.v1.KnowledgeService/GetLibraryStats",
            Access::SignedIn,
            &knowledge::GetLibraryStatsRequest {},
        ),
        row(
            "knowledge.v1.KnowledgeService/FindSimilarDocuments",
            Access::Owner,
            &similar,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn evidence_rows(fixture: &Fixture) -> Vec<Row> {
    let file_id = || fixture.file_id.clone();
    let case_id = || fixture.case_id.clone();
    let header = evidence::UploadHeader {
        case_id: case_id(),
        filename: "a".into(),
        ..Default::default()
    };
    let upload = evidence::UploadFileRequest {
        part: Some(evidence::upload_file_request::Part::Header(header)),
    };
    let download = evidence::DownloadFileRequest {
        file_id: file_id(),
        ..Default::default()
    };
    let classify = evidence::ReclassifyFileRequest {
        file_id: file_id(),
        data_class: evidence::DataClass::Logs.into(),
    };
    let search = evidence::SearchFileRequest {
        file_id: file_id(),
        pattern: "x".into(),
        ..Default::default()
    };
    let read = evidence::ReadLinesRequest {
        file_id: file_id(),
        line_start: 1,
        line_count: 1,
    };
    let citation = evidence::FileCitation {
        file_id: file_id(),
        quote: "x".into(),
        ..Default::default()
    };
    let verify = evidence::VerifyCitationRequest {
        citation: Some(citation),
    };
    let list = evidence::ListEvidenceRequest {
        case_id: case_id(),
        ..Default::default()
    };
    let one = evidence::GetEvidenceRequest {
        evidence_id: fixture.evidence_id.clone(),
    };
    let link = evidence::LinkFileRequest {
        file_id: file_id(),
        case_id: case_id(),
    };
    vec![
        row(
            "evidence.v1.EvidenceService/UploadFile",
            Access::CaseWrite,
            &upload,
        ),
        row(
            "evidence.v1.EvidenceService/GetFile",
            Access::CaseRead,
            &evidence::GetFileRequest { file_id: file_id() },
        ),
        row(
            "evidence.v1.EvidenceService/ListFiles",
            Access::SignedIn,
            &evidence::ListFilesRequest::default(),
        ),
        row(
            "evidence.v1.EvidenceService/DownloadFile",
            Access::CaseRead,
            &download,
        ),
        row(
            "evidence.v1.EvidenceService/ReclassifyFile",
            Access::CaseWrite,
            &classify,
        ),
        row(
            "evidence.v1.EvidenceService/LinkFile",
            Access::CaseWrite,
            &link,
        ),
        row(
            "evidence.v1.EvidenceService/GetAnalysis",
            Access::CaseRead,
            &evidence::GetAnalysisRequest { file_id: file_id() },
        ),
        row(
            "evidence.v1.EvidenceService/SearchFile",
            Access::CaseRead,
            &search,
        ),
        row(
            "evidence.v1.EvidenceService/ReadLines",
            Access::CaseRead,
            &read,
        ),
        row(
            "evidence.v1.EvidenceService/VerifyCitation",
            Access::CaseRead,
            &verify,
        ),
        row(
            "evidence.v1.EvidenceService/ListEvidence",
            Access::CaseRead,
            &list,
        ),
        row(
            "evidence.v1.EvidenceService/GetEvidence",
            Access::CaseRead,
            &one,
        ),
    ]
}

fn removals(fixture: &Fixture) -> Vec<Row> {
    let case_id = || fixture.case_id.clone();
    let document = knowledge::DeleteDocumentRequest {
        document_id: fixture.document_id.clone(),
    };
    let session = session::EndSessionRequest {
        session_id: fixture.session_id.clone(),
    };
    let file = evidence::DeleteFileRequest {
        file_id: fixture.file_id.clone(),
    };
    let token = auth::RevokeApiTokenRequest {
        token_id: fixture.token_id.clone(),
    };
    let delete = case::DeleteCaseRequest {
        case_id: case_id(),
        expected_version: None,
    };
    vec![
        row(
            "session.v1.SessionService/EndSession",
            Access::Holder,
            &session,
        ),
        row(
            "session.v1.SessionService/EndSessions",
            Access::SignedIn,
            &session::EndSessionsRequest::default(),
        ),
        row(
            "knowledge.v1.KnowledgeService/DeleteDocument",
            Access::Author,
            &document,
        ),
        row(
            "evidence.v1.EvidenceService/DeleteFile",
            Access::CaseWrite,
            &file,
        ),
        row("case.v1.CaseService/DeleteCase", Access::CaseOwn, &delete),
        row(
            "case.v1.CaseService/RestoreCase",
            Access::CaseOwn,
            &case::RestoreCaseRequest { case_id: case_id() },
        ),
        row("auth.v1.AuthService/RevokeApiToken", Access::Owner, &token),
    ]
}

fn row(method: &'static str, access: Access, message: &impl Message) -> Row {
    (method, access, message.encode_to_vec())
}

/// Returns every RPC of the public or of the internal services, without the common prefix.
fn declared(internal: bool) -> Vec<String> {
    let descriptors =
        prost_types::FileDescriptorSet::decode(faultmaven_proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut names = Vec::new();
    for file in descriptors.file {
        let package = file
            .package()
            .strip_prefix("faultmaven.")
            .unwrap_or_default()
            .to_owned();
        for service in &file.service {
            if service.name().ends_with("InternalService") == internal {
                let method = |it: &prost_types::MethodDescriptorProto| {
                    format!("{package}.{}/{}", service.name(), it.name())
                };
                names.extend(service.method.iter().map(method));
            }
        }
    }
    names
}

async fn ask(fixture: &Fixture, asker: Asker, method: &str, message: &[u8]) -> Verdict {
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend_from_slice(message);
    let response = fixture
        .user(asker)
        .request(Method::POST, &format!("/faultmaven.{method}"))
        .header("content-type", "application/grpc-web+proto")
        .body(body)
        .send()
        .await
        .unwrap();
    let header = response.headers().get("grpc-status").cloned();
    let body = response.bytes().await.unwrap();
    let status = match header {
        Some(status) => status.to_str().unwrap().to_owned(),
        None => status_in_trailers(&body),
    };
    match status.as_str() {
        "16" => Verdict::Unauthenticated,
        "7" => Verdict::Forbidden,
        "5" => Verdict::NotFound,
        "12" | "13" | "2" => panic!("{asker:?} {method}: status {status}"),
        _ => Verdict::LetIn,
    }
}

fn status_in_trailers(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.rsplit_once("grpc-status:").unwrap();
    rest.trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect()
}

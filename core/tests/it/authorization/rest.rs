//! The table of routes.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Access, Asker, Fixture, ROUNDS, Verdict, expected};

/// Method, path and access of every documented route; calls that remove things stand last.
const ROUTES: &[(&str, &str, Access)] = &[
    ("GET", "/", Access::Public),
    ("GET", "/docs", Access::Public),
    ("GET", "/redoc", Access::Public),
    ("GET", "/openapi.json", Access::Public),
    ("GET", "/health", Access::Public),
    ("GET", "/health/live", Access::Public),
    ("GET", "/health/ready", Access::Public),
    ("GET", "/metrics", Access::Public),
    ("GET", "/api/v1/agent/health", Access::SignedIn),
    ("GET", "/api/v1/auth/health", Access::SignedIn),
    ("GET", "/api/v1/cases/health", Access::SignedIn),
    ("GET", "/api/v1/evidence/health", Access::SignedIn),
    ("GET", "/api/v1/knowledge/health", Access::SignedIn),
    ("GET", "/api/v1/sessions/health", Access::SignedIn),
    ("GET", "/admin/openapi-health", Access::Admin),
    ("POST", "/admin/refresh-openapi", Access::Admin),
    ("GET", "/v1/meta/capabilities", Access::Public),
    ("GET", "/.well-known/jwks.json", Access::Public),
    ("GET", "/.well-known/openid-configuration", Access::Public),
    ("GET", "/api/v1/auth/config", Access::Public),
    ("POST", "/api/v1/sessions", Access::Public),
    ("GET", "/api/v1/auth/me", Access::SignedIn),
    ("GET", "/api/v1/auth/tokens", Access::SignedIn),
    ("POST", "/api/v1/auth/tokens", Access::SignedIn),
    ("GET", "/api/v1/admin/audit", Access::Admin),
    ("GET", "/api/v1/auth/audit", Access::SignedIn),
    ("GET", "/api/v1/admin/users", Access::Admin),
    ("POST", "/api/v1/admin/users", Access::Admin),
    ("PATCH", "/api/v1/admin/users/{user_id}", Access::Admin),
    ("GET", "/api/v1/teams", Access::SignedIn),
    ("POST", "/api/v1/teams", Access::Worker),
    ("GET", "/api/v1/teams/{team_id}", Access::Team),
    ("PATCH", "/api/v1/teams/{team_id}", Access::Managed),
    (
        "PUT",
        "/api/v1/teams/{team_id}/members/{user_id}",
        Access::Managed,
    ),
    ("GET", "/api/v1/invitations", Access::SignedIn),
    ("POST", "/api/v1/invitations", Access::Managed),
    ("GET", "/api/v1/sessions", Access::SignedIn),
    ("POST", "/api/v1/sessions/search", Access::SignedIn),
    ("POST", "/api/v1/sessions/cleanup", Access::SignedIn),
    ("GET", "/api/v1/cases", Access::SignedIn),
    (
        "GET",
        "/api/v1/cases/session/{session_id}",
        Access::SignedIn,
    ),
    ("POST", "/api/v1/cases", Access::Worker),
    ("GET", "/api/v1/cases/{case_id}", Access::CaseRead),
    ("PUT", "/api/v1/cases/{case_id}", Access::CaseWrite),
    ("PATCH", "/api/v1/cases/{case_id}", Access::CaseWrite),
    ("POST", "/api/v1/cases/search", Access::SignedIn),
    ("GET", "/api/v1/cases/analytics/summary", Access::SignedIn),
    ("GET", "/api/v1/cases/analytics/trends", Access::SignedIn),
    ("GET", "/api/v1/cases/schema.json", Access::SignedIn),
    ("GET", "/api/v1/cases/{case_id}/analytics", Access::CaseRead),
    ("POST", "/api/v1/cases/{case_id}/title", Access::CaseWrite),
    ("POST", "/api/v1/cases/{case_id}/archive", Access::CaseWrite),
    (
        "POST",
        "/api/v1/cases/{case_id}/solutions",
        Access::CaseWrite,
    ),
    (
        "POST",
        "/api/v1/cases/{case_id}/messages",
        Access::CaseWrite,
    ),
    ("GET", "/api/v1/cases/{case_id}/messages", Access::CaseRead),
    ("GET", "/api/v1/cases/{case_id}/turns", Access::CaseRead),
    ("POST", "/api/v1/cases/{case_id}/turns", Access::CaseWrite),
    (
        "POST",
        "/api/v1/cases/{case_id}/turns/stream",
        Access::CaseWrite,
    ),
    (
        "DELETE",
        "/api/v1/cases/{case_id}/turns/current",
        Access::CaseWrite,
    ),
    ("GET", "/api/v1/cases/{case_id}/ui", Access::CaseRead),
    (
        "GET",
        "/api/v1/cases/{case_id}/hypotheses",
        Access::CaseRead,
    ),
    (
        "POST",
        "/api/v1/cases/{case_id}/hypotheses",
        Access::CaseWrite,
    ),
    (
        "PUT",
        "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}",
        Access::CaseWrite,
    ),
    (
        "PATCH",
        "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}",
        Access::CaseWrite,
    ),
    ("GET", "/api/v1/cases/{case_id}/queries", Access::CaseRead),
    ("POST", "/api/v1/cases/{case_id}/queries", Access::CaseWrite),
    ("POST", "/api/v1/agent/chat/{case_id}", Access::CaseWrite),
    ("GET", "/api/v1/cases/{case_id}/data", Access::CaseRead),
    ("POST", "/api/v1/cases/{case_id}/data", Access::CaseWrite),
    (
        "GET",
        "/api/v1/cases/{case_id}/data/{data_id}",
        Access::CaseRead,
    ),
    (
        "GET",
        "/api/v1/cases/{case_id}/uploaded-files",
        Access::CaseRead,
    ),
    (
        "GET",
        "/api/v1/cases/{case_id}/uploaded-files/{file_id}",
        Access::CaseRead,
    ),
    ("GET", "/api/v1/cases/{case_id}/evidence", Access::CaseRead),
    (
        "GET",
        "/api/v1/cases/{case_id}/evidence/{evidence_id}",
        Access::CaseRead,
    ),
    ("GET", "/api/v1/cases/{case_id}/reports", Access::CaseRead),
    ("POST", "/api/v1/cases/{case_id}/reports", Access::CaseWrite),
    (
        "GET",
        "/api/v1/cases/{case_id}/reports/{report_id}/download",
        Access::CaseRead,
    ),
    (
        "GET",
        "/api/v1/cases/{case_id}/report-recommendations",
        Access::CaseRead,
    ),
    ("GET", "/api/v1/cases/{case_id}/bundle", Access::CaseOwn),
    (
        "POST",
        "/api/v1/cases/{case_id}/runbook-draft",
        Access::CaseWrite,
    ),
    ("GET", "/api/v1/evidence", Access::SignedIn),
    ("POST", "/api/v1/evidence", Access::CaseWrite),
    ("POST", "/api/v1/evidence/upload", Access::CaseWrite),
    ("GET", "/api/v1/evidence/case/{case_id}", Access::CaseRead),
    ("GET", "/api/v1/evidence/{evidence_id}", Access::CaseRead),
    (
        "GET",
        "/api/v1/evidence/{evidence_id}/download",
        Access::CaseRead,
    ),
    (
        "GET",
        "/api/v1/evidence/{evidence_id}/analysis",
        Access::CaseRead,
    ),
    (
        "GET",
        "/api/v1/evidence/{evidence_id}/search",
        Access::CaseRead,
    ),
    (
        "GET",
        "/api/v1/evidence/{evidence_id}/lines",
        Access::CaseRead,
    ),
    (
        "POST",
        "/api/v1/evidence/{evidence_id}/link",
        Access::CaseWrite,
    ),
    ("GET", "/api/v1/knowledge/documents", Access::SignedIn),
    ("POST", "/api/v1/knowledge/documents", Access::Worker),
    (
        "GET",
        "/api/v1/knowledge/documents/{document_id}",
        Access::Owner,
    ),
    (
        "PUT",
        "/api/v1/knowledge/documents/{document_id}",
        Access::Author,
    ),
    (
        "PATCH",
        "/api/v1/knowledge/documents/{document_id}",
        Access::Author,
    ),
    (
        "POST",
        "/api/v1/knowledge/documents/{document_id}/review",
        Access::Author,
    ),
    (
        "POST",
        "/api/v1/knowledge/documents/bulk-update",
        Access::Worker,
    ),
    (
        "POST",
        "/api/v1/knowledge/documents/batch-delete",
        Access::Worker,
    ),
    (
        "GET",
        "/api/v1/knowledge/documents/collections",
        Access::SignedIn,
    ),
    (
        "POST",
        "/api/v1/knowledge/documents/collections",
        Access::Worker,
    ),
    ("GET", "/api/v1/knowledge/documents/stats", Access::SignedIn),
    (
        "POST",
        "/api/v1/knowledge/documents/search",
        Access::SignedIn,
    ),
    ("GET", "/api/v1/knowledge/stats", Access::SignedIn),
    ("POST", "/api/v1/knowledge/ingest", Access::Worker),
    ("POST", "/api/v1/search", Access::SignedIn),
    ("GET", "/api/v1/search/similar/{document_id}", Access::Owner),
    ("POST", "/api/v1/knowledge/search", Access::SignedIn),
    ("GET", "/api/v1/documents", Access::SignedIn),
    ("POST", "/api/v1/documents/upload", Access::Worker),
    ("GET", "/api/v1/admin/kb/documents", Access::SignedIn),
    ("POST", "/api/v1/admin/kb/documents", Access::Admin),
    ("GET", "/api/v1/jobs", Access::SignedIn),
    ("GET", "/api/v1/jobs/{job_id}", Access::Supervised),
    ("DELETE", "/api/v1/jobs/{job_id}", Access::Supervised),
    ("GET", "/api/v1/usage", Access::SignedIn),
    ("GET", "/api/v1/models", Access::SignedIn),
    ("GET", "/api/v1/sessions/{session_id}", Access::Owner),
    ("PUT", "/api/v1/sessions/{session_id}", Access::Owner),
    ("PATCH", "/api/v1/sessions/{session_id}", Access::Owner),
    (
        "POST",
        "/api/v1/sessions/{session_id}/heartbeat",
        Access::Holder,
    ),
    (
        "GET",
        "/api/v1/sessions/{session_id}/messages",
        Access::Owner,
    ),
    (
        "POST",
        "/api/v1/sessions/{session_id}/messages",
        Access::Owner,
    ),
    ("GET", "/api/v1/sessions/{session_id}/cases", Access::Owner),
    ("GET", "/api/v1/sessions/{session_id}/stats", Access::Owner),
    (
        "GET",
        "/api/v1/sessions/{session_id}/recovery-info",
        Access::Owner,
    ),
    (
        "POST",
        "/api/v1/sessions/{session_id}/cleanup",
        Access::Owner,
    ),
    (
        "POST",
        "/api/v1/sessions/{session_id}/archive",
        Access::Owner,
    ),
    (
        "POST",
        "/api/v1/sessions/{session_id}/restore",
        Access::Owner,
    ),
    ("DELETE", "/api/v1/sessions/{session_id}", Access::Owner),
    ("DELETE", "/api/v1/sessions", Access::SignedIn),
    (
        "DELETE",
        "/api/v1/knowledge/documents/{document_id}",
        Access::Author,
    ),
    ("DELETE", "/api/v1/documents/{document_id}", Access::Author),
    (
        "DELETE",
        "/api/v1/admin/kb/documents/{document_id}",
        Access::Admin,
    ),
    (
        "DELETE",
        "/api/v1/evidence/{evidence_id}",
        Access::CaseWrite,
    ),
    (
        "DELETE",
        "/api/v1/cases/{case_id}/data/{data_id}",
        Access::CaseWrite,
    ),
    ("POST", "/api/v1/cases/{case_id}/status", Access::CaseWrite),
    ("POST", "/api/v1/cases/{case_id}/close", Access::CaseWrite),
    ("DELETE", "/api/v1/cases/{case_id}", Access::CaseOwn),
    ("POST", "/api/v1/cases/{case_id}/restore", Access::CaseOwn),
    ("DELETE", "/api/v1/auth/tokens/{token_id}", Access::Owner),
    ("POST", "/api/v1/invitations/accept", Access::SignedIn),
    (
        "DELETE",
        "/api/v1/invitations/{invitation_id}",
        Access::Supervised,
    ),
    ("DELETE", "/api/v1/teams/{team_id}", Access::Managed),
    (
        "DELETE",
        "/api/v1/teams/{team_id}/members/{user_id}",
        Access::Managed,
    ),
    // Sign-in routes are public by nature.
    ("POST", "/api/v1/auth/register", Access::Public),
    ("POST", "/api/v1/auth/login", Access::Public),
    ("POST", "/api/v1/auth/refresh", Access::Public),
    ("POST", "/api/v1/auth/dev-login", Access::Public),
    ("POST", "/api/v1/auth/dev-register", Access::Public),
    ("GET", "/api/v1/auth/oauth/authorize", Access::SignedIn),
    ("POST", "/api/v1/auth/oauth/authorize", Access::SignedIn),
    ("POST", "/api/v1/auth/oauth/token", Access::Public),
    ("POST", "/api/v1/auth/oauth/revoke", Access::Public),
    ("POST", "/api/v1/auth/password", Access::SignedIn),
    ("POST", "/api/v1/auth/logout", Access::SignedIn),
    ("POST", "/v1/auth/logout", Access::SignedIn),
];

/// Routes that are tried by those alone who are kept out; the stories of accounts and teams let
/// people in, who would end their own sign-in, be told 401 for a wrong password, find development
/// sign-in switched off, or remove a team.
const LET_IN_ELSEWHERE: &[(&str, &str)] = &[
    ("POST", "/api/v1/auth/register"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/dev-login"),
    ("POST", "/api/v1/auth/dev-register"),
    ("POST", "/api/v1/invitations/accept"),
    ("DELETE", "/api/v1/invitations/{invitation_id}"),
    ("DELETE", "/api/v1/teams/{team_id}"),
    ("DELETE", "/api/v1/teams/{team_id}/members/{user_id}"),
    ("POST", "/api/v1/auth/password"),
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/v1/auth/logout"),
];

/// What whoever is let in is told: a call with nothing in it is no request for a token, a likelihood
/// that is computed is not set, an investigation does not begin twice, the only manager of a team
/// stays one, a job that has ended is not cancelled, and no runbook is drafted from an open case.
const LET_IN_BUT_REFUSED: &[(&str, &str, u16)] = &[
    ("POST", "/api/v1/cases/{case_id}/runbook-draft", 409),
    ("GET", "/api/v1/auth/oauth/authorize", 400),
    ("POST", "/api/v1/auth/oauth/authorize", 422),
    ("POST", "/api/v1/auth/oauth/token", 400),
    ("POST", "/api/v1/auth/oauth/revoke", 400),
    (
        "PUT",
        "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}",
        409,
    ),
    (
        "PATCH",
        "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}",
        409,
    ),
    ("POST", "/api/v1/cases/{case_id}/status", 409),
    ("PUT", "/api/v1/teams/{team_id}/members/{user_id}", 409),
    ("DELETE", "/api/v1/jobs/{job_id}", 409),
];

#[tokio::test]
async fn every_route_is_in_the_table() {
    let document = faultmaven_gateway::openapi_document();
    let document = serde_json::to_value(document).unwrap();
    let mut served = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            served.insert((method.to_uppercase(), path.clone()));
        }
    }
    let listed: BTreeSet<(String, String)> = ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(served, listed);
}

#[tokio::test]
async fn each_route_lets_in_whom_the_table_names() {
    let mut wrong = Vec::new();
    for askers in ROUNDS {
        let fixture = Fixture::create().await;
        for asker in askers {
            wrong.extend(wrong_verdicts(&fixture, *asker).await);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns what an asker is told against the table.
async fn wrong_verdicts(fixture: &Fixture, asker: Asker) -> Vec<String> {
    let mut wrong = Vec::new();
    for (method, path, access) in ROUTES {
        let wanted = expected(*access, asker);
        if wanted == Verdict::LetIn && LET_IN_ELSEWHERE.contains(&(method, path)) {
            continue;
        }
        let verdict = ask(fixture, asker, method, path).await;
        if verdict != wanted {
            wrong.push(format!("{asker:?} {method} {path}: {verdict:?}"));
        }
    }
    wrong
}

async fn ask(fixture: &Fixture, asker: Asker, method: &str, path: &str) -> Verdict {
    let user = fixture.user(asker);
    // The evidence routes of a case name evidence, the others name files.
    let evidence = if path.starts_with("/api/v1/cases/") {
        &fixture.evidence_id
    } else {
        &fixture.file_id
    };
    // What is removed under several addresses is another thing at each.
    let path_of_own = match (method, path) {
        ("DELETE", "/api/v1/evidence/{evidence_id}") => {
            path.replace("{evidence_id}", &fixture.other_file_id)
        }
        ("DELETE", "/api/v1/documents/{document_id}") => {
            path.replace("{document_id}", &fixture.other_document_id)
        }
        ("DELETE", "/api/v1/admin/kb/documents/{document_id}") => {
            path.replace("{document_id}", &fixture.global_document_id)
        }
        _ => path.to_owned(),
    };
    let mut url = fixture.fill(&path_of_own.replace("{evidence_id}", evidence));
    if path.ends_with("/search") && method == "GET" {
        url.push_str("?q=HikariPool");
    }
    let request = user.request(method.parse::<Method>().unwrap(), &url);
    let request = match (method, path) {
        ("POST", "/api/v1/evidence" | "/api/v1/evidence/upload") => {
            request.multipart(upload(fixture))
        }
        (
            "POST",
            "/api/v1/knowledge/ingest" | "/api/v1/documents/upload" | "/api/v1/admin/kb/documents",
        ) => request.multipart(document(asker)),
        ("POST", "/api/v1/cases/{case_id}/turns" | "/api/v1/cases/{case_id}/turns/stream") => {
            request.multipart(Form::new().text("query", "hello"))
        }
        ("GET" | "DELETE", _) => request,
        _ => request.json(&body(fixture, path)),
    };
    let reply = user.run(request).await;
    // Whoever is kept out is told so in words, whatever there is.
    let refused = |verdict| {
        reply.problem(reply.status);
        verdict
    };
    match reply.status {
        401 => refused(Verdict::Unauthenticated),
        403 => refused(Verdict::Forbidden),
        404 => refused(Verdict::NotFound),
        200..300 => Verdict::LetIn,
        status if LET_IN_BUT_REFUSED.contains(&(method, path, status)) => Verdict::LetIn,
        status => Verdict::Refused(status),
    }
}

fn upload(fixture: &Fixture) -> Form {
    Form::new()
        .text("case_id", fixture.case_id.clone())
        .part("file", Part::bytes(b"line\n".to_vec()).file_name("a.log"))
}

fn document(asker: Asker) -> Form {
    let text = format!("text of {asker:?}");
    Form::new().part("file", Part::bytes(text.into_bytes()).file_name("a.md"))
}

fn body(fixture: &Fixture, path: &str) -> Value {
    match path {
        "/api/v1/knowledge/documents/bulk-update" => json!([{"document_id": "x"}]),
        "/api/v1/knowledge/documents/batch-delete" => json!(["x"]),
        "/api/v1/knowledge/documents/collections" => json!({"name": "Runbooks"}),
        "/api/v1/knowledge/documents/{document_id}/review" => json!({"review": "stale"}),
        "/api/v1/cases/{case_id}/queries" | "/api/v1/agent/chat/{case_id}" => {
            json!({"message": "hello"})
        }
        "/api/v1/cases/{case_id}/data" => json!({"content": "2025 line", "source": "user"}),
        "/api/v1/cases/{case_id}/reports" => json!({"report_types": ["timeline"]}),
        "/api/v1/cases/{case_id}/messages" => json!({"role": "user", "content": "seen elsewhere"}),
        "/api/v1/cases/{case_id}/hypotheses" => json!({"description": "the disk is full"}),
        "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}" => json!({"confidence": 0.3}),
        "/api/v1/cases/{case_id}/solutions" => json!({"title": "Clean", "description": "df -h"}),
        "/api/v1/cases/{case_id}/status" => json!({"status": "investigating"}),
        "/api/v1/evidence/{evidence_id}/link" => json!({"case_id": fixture.case_id}),
        "/api/v1/knowledge/documents" => {
            json!({"title": "T", "content": "c", "document_type": "guide"})
        }
        "/api/v1/search" | "/api/v1/knowledge/search" => json!({"query": "pool"}),
        "/api/v1/auth/tokens" => json!({"name": "t", "scopes": ["cases:read"]}),
        "/api/v1/admin/users" => {
            json!({"username": "dave", "email": "dave@example.org", "password": "long enough"})
        }
        "/api/v1/teams" | "/api/v1/teams/{team_id}" => json!({"name": fixture.unique_name()}),
        "/api/v1/invitations" => json!({"team_id": fixture.team_id}),
        _ => json!({}),
    }
}

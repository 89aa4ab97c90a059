//! What a key does: a repeat of a creating request answers as the first one did.

use std::collections::BTreeSet;

use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{App, Reply, User, WorkedExample};

/// Creates nothing, so needs no key: it reads, changes what is there, or signs somebody in or out.
const NOT_CREATING: [&str; 30] = [
    "/admin/refresh-openapi",
    "/api/v1/auth/dev-login",
    "/api/v1/auth/login",
    "/api/v1/auth/logout",
    "/api/v1/auth/oauth/authorize",
    "/api/v1/auth/oauth/revoke",
    "/api/v1/auth/oauth/token",
    "/api/v1/auth/password",
    "/api/v1/auth/refresh",
    "/api/v1/cases/search",
    "/api/v1/cases/{case_id}/archive",
    "/api/v1/cases/{case_id}/restore",
    "/api/v1/cases/{case_id}/title",
    "/api/v1/evidence/{evidence_id}/link",
    "/api/v1/invitations/accept",
    "/api/v1/knowledge/documents/batch-delete",
    "/api/v1/knowledge/documents/bulk-update",
    "/api/v1/knowledge/documents/search",
    "/api/v1/knowledge/documents/{document_id}/review",
    "/api/v1/knowledge/search",
    "/api/v1/search",
    "/api/v1/sessions/cleanup",
    "/api/v1/sessions/search",
    "/api/v1/sessions/{session_id}/archive",
    "/api/v1/sessions/{session_id}/cleanup",
    "/api/v1/sessions/{session_id}/heartbeat",
    "/api/v1/sessions/{session_id}/restore",
    "/v1/auth/logout",
    // Names are unique, and an answer that holds tokens is not kept.
    "/api/v1/auth/dev-register",
    "/api/v1/auth/register",
];

/// Runs a turn, whose receipts have stories of their own.
const TURNS: [&str; 7] = [
    "/api/v1/agent/chat/{case_id}",
    "/api/v1/cases/{case_id}/close",
    "/api/v1/cases/{case_id}/data",
    "/api/v1/cases/{case_id}/queries",
    "/api/v1/cases/{case_id}/status",
    "/api/v1/cases/{case_id}/turns",
    "/api/v1/cases/{case_id}/turns/stream",
];

/// Drafts one document of a confirmed case, however often it is asked; the stories of runbooks tell.
const DRAFT: &str = "/api/v1/cases/{case_id}/runbook-draft";

/// What a creating route is sent.
enum Sent {
    Json(Value),
    /// A form with a file and a field of this name and value.
    File(&'static str, String),
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn creating(case_id: &str) -> Vec<(&'static str, Sent, Sent)> {
    let json = |path, first: Value, other: Value| (path, Sent::Json(first), Sent::Json(other));
    let file = |path, name: &'static str, first: &str, other: &str| {
        let sent = |value: &str| Sent::File(name, value.to_owned());
        (path, sent(first), sent(other))
    };
    let user = |name: &str| {
        let email = format!("{name}@example.org");
        json!({"username": name, "email": email, "password": "long enough"})
    };
    let text = |title: &str| json!({"title": title, "content": format!("All about {title}.")});
    let types = |name: &str| json!({"report_types": [name]});
    vec![
        json("/api/v1/admin/users", user("carol"), user("dave")),
        json(
            "/api/v1/auth/tokens",
            json!({"name": "ci", "scopes": ["cases:read"]}),
            json!({"name": "cd", "scopes": ["cases:read"]}),
        ),
        json(
            "/api/v1/cases",
            json!({"title": "a"}),
            json!({"title": "b"}),
        ),
        json(
            "/api/v1/cases/{case_id}/hypotheses",
            json!({"description": "the disk is full"}),
            json!({"description": "the pool is small"}),
        ),
        json(
            "/api/v1/cases/{case_id}/messages",
            json!({"role": "user", "content": "seen"}),
            json!({"role": "user", "content": "seen again"}),
        ),
        json(
            "/api/v1/cases/{case_id}/reports",
            types("timeline"),
            types("summary"),
        ),
        json(
            "/api/v1/cases/{case_id}/solutions",
            json!({"title": "clean up", "description": "x"}),
            json!({"title": "restart", "description": "x"}),
        ),
        json(
            "/api/v1/invitations",
            json!({}),
            json!({"email": "eve@example.org"}),
        ),
        json("/api/v1/knowledge/documents", text("pools"), text("disks")),
        json(
            "/api/v1/knowledge/documents/collections",
            json!({"name": "Guides"}),
            json!({"name": "Runbooks"}),
        ),
        json("/api/v1/sessions", json!({}), json!({"title": "other"})),
        json(
            "/api/v1/sessions/{session_id}/messages",
            json!({"content": "hello"}),
            json!({"content": "hello again"}),
        ),
        json(
            "/api/v1/teams",
            json!({"name": "Blue"}),
            json!({"name": "Red"}),
        ),
        file("/api/v1/admin/kb/documents", "title", "one", "two"),
        file("/api/v1/documents/upload", "title", "three", "four"),
        file("/api/v1/knowledge/ingest", "title", "five", "six"),
        file("/api/v1/evidence", "case_id", case_id, ""),
        file(
            "/api/v1/evidence/upload",
            "source_url",
            "https://a.example",
            "",
        ),
    ]
}

impl Sent {
    fn into(self, request: RequestBuilder, path: &str) -> RequestBuilder {
        match self {
            Self::Json(body) => request.json(&body),
            Self::File(name, value) => {
                let content = format!("2026-01-01T00:00:00Z ERROR {path}: disk full\n");
                let part = Part::bytes(content.into_bytes()).file_name("app.md");
                request.multipart(Form::new().text(name, value).part("file", part))
            }
        }
    }
}

async fn send(user: &User, path: &str, to: &str, sent: Sent) -> Reply {
    let key = format!(
        "key-of-{}",
        path.replace(|c: char| !c.is_alphanumeric(), "-")
    );
    let request = user
        .request(Method::POST, to)
        .header("idempotency-key", key);
    user.run(sent.into(request, path)).await
}

#[tokio::test]
async fn every_post_that_creates_takes_a_key() {
    let document = serde_json::to_value(faultmaven_gateway::openapi_document()).unwrap();
    let mut keyed = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let Some(post) = operations.get("post") else {
            continue;
        };
        let parameters = post["parameters"].as_array();
        let takes_key =
            parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "Idempotency-Key"));
        let creates_nothing = NOT_CREATING.contains(&path.as_str());
        assert!(takes_key != creates_nothing, "{path}");
        if takes_key {
            keyed.insert(path.clone());
        }
    }
    let told = creating("").into_iter().map(|(path, _, _)| path);
    let told: BTreeSet<String> = told
        .chain(TURNS)
        .chain([DRAFT])
        .map(str::to_owned)
        .collect();
    assert_eq!(keyed, told);
}

#[tokio::test]
async fn a_repeat_answers_as_the_first_request_did_and_another_body_is_refused() {
    let app = App::with(&[("RATE_LIMIT_ENABLED", "false")]).await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let log = WorkedExample::app_log();
    let question = Some("Why does checkout answer 500 since 14:05?");
    ada.hand_over(&case_id, question, &[("app.log", log)]).await;
    ada.say(&case_id, "yes").await;
    let session = ada.post("/api/v1/sessions", json!({})).await.expect(201);
    let session_id = session["session_id"].as_str().unwrap();
    let firsts = creating(&case_id).into_iter().zip(creating(&case_id));
    for ((path, first, other), (_, again, _)) in firsts {
        let to = path
            .replace("{case_id}", &case_id)
            .replace("{session_id}", session_id);
        let first = send(&ada, path, &to, first).await;
        assert!(first.status < 300, "{path}: {:#}", first.body);
        assert!(!first.headers.contains_key("x-idempotency-replayed"));
        let again = send(&ada, path, &to, again).await;
        assert_eq!(again.status, first.status, "{path}: {:#}", again.body);
        assert_eq!(again.headers["x-idempotency-replayed"], "true", "{path}");
        assert_eq!(lasting(again.body), lasting(first.body), "{path}");
        let other = send(&ada, path, &to, other).await;
        assert_eq!(other.problem(409), "idempotency_key_reused", "{path}");
    }
}

#[tokio::test]
async fn a_repeated_turn_is_told_as_such_on_every_route_also_after_the_case_has_ended() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let log = WorkedExample::app_log();
    let question = Some("Why does checkout answer 500 since 14:05?");
    ada.hand_over(&case_id, question, &[("app.log", log)]).await;
    let data = json!({"content": "2025-03-04T14:20:00Z ERROR one more\n"});
    let ask = json!({"message": "show the first errors"});
    let end = json!({"reason": "resolved", "resolution_notes": "The pool is larger now."});
    let routes = [
        (
            "/api/v1/cases/{case_id}/status",
            json!({"status": "investigating"}),
        ),
        ("/api/v1/cases/{case_id}/data", data),
        ("/api/v1/cases/{case_id}/queries", ask.clone()),
        ("/api/v1/agent/chat/{case_id}", ask),
        ("/api/v1/cases/{case_id}/close", end),
    ];
    for is_repeat in [false, true] {
        for (path, body) in &routes {
            let to = path.replace("{case_id}", &case_id);
            let reply = send(&ada, path, &to, Sent::Json(body.clone())).await;
            assert_eq!(reply.status, 200, "{path}: {:#}", reply.body);
            let mark = reply.headers.get("x-idempotency-replayed");
            assert_eq!(mark.is_some(), is_repeat, "{path}");
        }
    }
    let case = ada
        .get(&format!("/api/v1/cases/{case_id}"))
        .await
        .expect(200);
    assert_eq!(case["state"], "resolved");
}

/// Returns what an answer says but for secrets, which are told once, and for what analysis adds.
fn lasting(mut body: Value) -> Value {
    let names = ["evidence_id", "id", "case_id", "message", "duplicate_of"];
    let is_file = body.get("evidence_id").is_some();
    let object = body.as_object_mut().unwrap();
    object.remove("secret");
    object.remove("url");
    object.retain(|name, _| !is_file || names.contains(&name.as_str()));
    body
}

#[tokio::test]
async fn a_secret_is_told_once_and_the_key_belongs_to_one_person() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let token = || Sent::Json(json!({"name": "ci", "scopes": ["cases:read"]}));
    let path = "/api/v1/auth/tokens";
    let first = send(&ada, path, path, token()).await.expect(201);
    assert!(first["secret"].is_string());
    let again = send(&ada, path, path, token()).await.expect(201);
    assert_eq!(again["token_id"], first["token_id"]);
    assert_eq!(again["secret"], Value::Null);
    let of_bob = send(&bob, path, path, token()).await.expect(201);
    assert_ne!(of_bob["token_id"], first["token_id"]);
    let tokens = ada.get(path).await.expect(200);
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_request_at_once_creates_one_thing() {
    let app = App::start().await;
    let ada = app.admin().await;
    let path = "/api/v1/teams";
    let sends = (0..8).map(|_| send(&ada, path, path, Sent::Json(json!({"name": "Blue"}))));
    for reply in futures::future::join_all(sends).await {
        reply.expect(201);
    }
    let teams = ada.get(path).await.expect(200);
    assert_eq!(teams["teams"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_of_another_form_is_refused() {
    let app = App::start().await;
    let ada = app.admin().await;
    let request = ada.request(Method::POST, "/api/v1/teams");
    let request = request.header("idempotency-key", "short");
    let reply = ada.run(request.json(&json!({"name": "Blue"}))).await;
    assert_eq!(reply.problem(422), "invalid_field");
}

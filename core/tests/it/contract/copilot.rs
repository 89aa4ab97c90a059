//! What both generations of the browser extension read, in every state a case can be in.

use reqwest::Method;
use reqwest::header::HeaderName;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::violations;
use crate::harness::{App, User, WorkedExample};

const SHAPES: &str = include_str!("copilot.json");
const EXTENSION: &str = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";

/// Fails unless a body has the shape that the extension reads.
#[track_caller]
pub(crate) fn expect_shape(name: &str, body: &Value) {
    let shapes: Value = serde_json::from_str(SHAPES).unwrap();
    let violations = violations(&shapes, &shapes["$defs"][name], body);
    assert!(violations.is_empty(), "{name}: {violations:#?}\n{body:#}");
}

/// Reads everything the extension reads of a case.
async fn expect_case_shapes(user: &User, case_id: &str, header: &str) {
    let case = format!("/api/v1/cases/{case_id}");
    let read = async |path: &str| user.get(&format!("{case}{path}")).await.expect(200);
    expect_shape("case", &read("").await);
    expect_shape(header, &read("/ui").await);
    expect_shape("messages", &read("/messages?include_debug=true").await);
    let files = read("/uploaded-files").await;
    expect_shape("files", &files);
    for file in files["files"].as_array().unwrap() {
        let id = file["file_id"].as_str().unwrap();
        expect_shape("file", &read(&format!("/uploaded-files/{id}")).await);
    }
    let list = user.get("/api/v1/cases?limit=100&offset=0").await;
    expect_shape("case_list", &list.expect(200));
}

async fn investigation(user: &User) -> String {
    let case_id = user.open_case().await;
    expect_case_shapes(user, &case_id, "header_inquiry").await;
    let turn = user
        .say(&case_id, "Why does checkout answer 500 since 14:05?")
        .await;
    expect_shape("turn", &turn);
    let turn = user
        .hand_over(&case_id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    expect_shape("turn", &turn);
    expect_case_shapes(user, &case_id, "header_inquiry").await;
    expect_shape("turn", &user.say(&case_id, "yes").await);
    expect_case_shapes(user, &case_id, "header_investigating").await;
    case_id
}

#[tokio::test]
async fn a_case_has_the_shapes_of_both_generations_until_it_is_resolved() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = investigation(&ada).await;
    let resolve = json!({"status": "resolved", "notes": "works again since the restart"});
    let path = format!("/api/v1/cases/{case_id}/status");
    let resolved = ada.post(&path, resolve).await.expect(200);
    assert_eq!(resolved["status"], "resolved");
    expect_case_shapes(&ada, &case_id, "header_resolved").await;
    expect_shape("turn", &ada.say(&case_id, "what should we monitor?").await);
    expect_case_shapes(&ada, &case_id, "header_resolved").await;
}

#[tokio::test]
async fn a_case_has_the_shapes_of_both_generations_when_it_is_closed() {
    let app = App::start().await;
    let ada = app.admin().await;
    for case_id in [investigation(&ada).await, ada.open_case().await] {
        let path = format!("/api/v1/cases/{case_id}/close");
        ada.post(&path, Value::Null).await.expect(200);
        expect_case_shapes(&ada, &case_id, "header_closed").await;
    }
}

#[tokio::test]
async fn older_clients_send_messages_and_files_by_routes_of_their_own() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let queries = format!("/api/v1/cases/{case_id}/queries");
    let message = json!({"message": "Why does checkout answer 500?"});
    let turn = ada.post(&queries, message).await;
    assert!(turn.headers.get("location").is_none());
    expect_shape("turn", &turn.expect(200));
    let source = json!({"source_type": "file_upload", "captured_at": "2026-03-04T14:05:00Z"});
    let file = Part::bytes(WorkedExample::app_log()).file_name("app.log");
    let form = Form::new()
        .text("session_id", "e7c1f1a0-0000-4000-8000-000000000000")
        .part("file", file.mime_str("text/x-log").unwrap())
        .text("source_metadata", source.to_string());
    let data = format!("/api/v1/cases/{case_id}/data");
    let stored = ada
        .run(ada.request(Method::POST, &data).multipart(form))
        .await;
    expect_shape("upload", &stored.expect(200));
    let pasted = json!({"content": "2025-03-04T14:05:00Z ERROR disk full\n", "type": "log_file"});
    expect_shape("case", &ada.post(&data, pasted).await.expect(200));
    let asked = ada.get(&queries).await.expect(200);
    assert_eq!(
        asked["queries"][0]["message"],
        "Why does checkout answer 500?"
    );
    assert_eq!(asked["queries"][0]["turn_number"], 1);
}

#[tokio::test]
async fn a_session_needs_no_sign_in_and_an_unknown_one_is_ignored() {
    let app = App::start().await;
    let ada = app.admin().await;
    let body = json!({
        "client_id": "0b3bd2a5-5e0b-4b43-8d3e-111111111111", "session_type": "troubleshooting",
        "timeout_minutes": 180, "metadata": {"source": "extension"},
    });
    let nobody = app.anonymous();
    let first = nobody.post("/api/v1/sessions", body.clone()).await;
    let first = first.expect(201);
    expect_shape("session", &first);
    let again = nobody.post("/api/v1/sessions", body).await.expect(200);
    assert_eq!(again["session_id"], first["session_id"]);
    assert_eq!(again["session_resumed"], true);
    let unknown = ada
        .request(Method::GET, "/api/v1/cases?limit=100")
        .header("x-session-id", "never-seen");
    expect_shape("case_list", &ada.run(unknown).await.expect(200));
}

#[tokio::test]
async fn a_user_always_owns_a_case_with_an_exchange() {
    let app = App::start().await;
    let ada = app.admin().await;
    let list = || ada.get("/api/v1/cases?limit=100");
    let lists = futures::future::join_all((0..8).map(|_| list())).await;
    for reply in lists {
        assert_eq!(reply.expect(200)["cases"].as_array().unwrap().len(), 1);
    }
    let welcome = list().await.expect(200)["cases"][0]["case_id"].clone();
    let path = format!("/api/v1/cases/{}", welcome.as_str().unwrap());
    let messages = ada.get(&format!("{path}/messages")).await.expect(200);
    assert_eq!(messages["total_count"], 2);
    ada.delete(&path).await.expect(204);
    let next = list().await.expect(200)["cases"][0]["case_id"].clone();
    assert!(next.is_string() && next != welcome, "{next}");
}

#[tokio::test]
async fn an_untitled_case_is_named_after_the_day() {
    let app = App::start().await;
    let ada = app.admin().await;
    let metadata = json!({"created_via": "browser_extension", "auto_generated": true});
    let body = json!({"priority": "medium", "metadata": metadata});
    let case = ada.post("/api/v1/cases", body).await.expect(201);
    expect_shape("case", &case);
    let title = case["title"].as_str().unwrap();
    let number = title.strip_prefix("Case-").unwrap();
    let (day, number) = number.split_once('-').unwrap();
    assert!(day.len() == 4 && number.parse::<u32>().is_ok(), "{title}");
    assert_eq!(case["source"], "copilot");
}

#[tokio::test]
async fn the_same_key_has_one_effect() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let key = HeaderName::from_static("idempotency-key");
    let turn = async || {
        let path = format!("/api/v1/cases/{case_id}/turns");
        let form = Form::new().text("query", "Checkout answers 500");
        let request = ada.request(Method::POST, &path).multipart(form);
        ada.run(request.header(key.clone(), "opt_msg_1700000000000_1"))
            .await
    };
    let (first, again) = (turn().await, turn().await);
    assert_eq!(again.headers["x-idempotency-replayed"], "true");
    assert_eq!(
        first.expect(200)["turn_number"],
        again.expect(200)["turn_number"]
    );
    let path = format!("/api/v1/cases/{case_id}/messages");
    assert_eq!(ada.get(&path).await.expect(200)["total_count"], 2);
}

#[tokio::test]
async fn the_extension_may_call_from_its_own_origin() {
    let app = App::start().await;
    let nobody = app.anonymous();
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let preflight = nobody
            .request(Method::OPTIONS, "/api/v1/cases")
            .header("origin", EXTENSION)
            .header("access-control-request-method", method)
            .header(
                "access-control-request-headers",
                "authorization, content-type, x-session-id, idempotency-key",
            );
        let reply = nobody.run(preflight).await;
        assert!(reply.status < 300, "{method}: {}", reply.status);
        let header = |name: &str| reply.headers[name].to_str().unwrap().to_lowercase();
        assert_eq!(header("access-control-allow-origin"), EXTENSION);
        assert_eq!(header("access-control-allow-credentials"), "true");
        assert!(header("access-control-allow-methods").contains(&method.to_lowercase()));
        for name in [
            "authorization",
            "content-type",
            "x-session-id",
            "idempotency-key",
        ] {
            assert!(
                header("access-control-allow-headers").contains(name),
                "{name}"
            );
        }
    }
    let ada = app.admin().await;
    let request = ada.request(Method::GET, "/api/v1/cases");
    let reply = ada.run(request.header("origin", EXTENSION)).await;
    assert_eq!(reply.headers["access-control-allow-origin"], EXTENSION);
    let exposed = &reply.headers["access-control-expose-headers"];
    let exposed = exposed.to_str().unwrap().to_lowercase();
    for name in ["location", "retry-after", "x-title-source", "x-error-code"] {
        assert!(exposed.contains(name), "{name}: {exposed}");
    }
}

#[tokio::test]
async fn an_empty_body_and_a_trailing_slash_disturb_nobody() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let json_type = |method: Method, path: &str| {
        let request = ada.request(method, path);
        request.header("content-type", "application/json")
    };
    for path in ["/api/v1/cases/", "/api/v1/cases/?limit=100"] {
        let reply = ada.run(json_type(Method::GET, path)).await;
        expect_shape("case_list", &reply.expect(200));
    }
    for path in [
        "/v1/meta/capabilities/",
        "/health/",
        "/openapi.json/",
        "/.well-known/jwks.json/",
    ] {
        ada.run(json_type(Method::GET, path)).await.expect(200);
    }
    for (method, path) in [
        (Method::POST, format!("/api/v1/cases/{case_id}/title")),
        (Method::POST, format!("/api/v1/cases/{case_id}/archive")),
        (Method::POST, format!("/api/v1/cases/{case_id}/close")),
        (Method::DELETE, format!("/api/v1/cases/{case_id}")),
        (Method::POST, "/api/v1/auth/logout".to_owned()),
    ] {
        let reply = ada.run(json_type(method, &path)).await;
        assert!(reply.status < 300, "{path}: {:#}", reply.body);
    }
}

#[tokio::test]
async fn an_unknown_case_is_told_in_the_words_the_extension_looks_for() {
    let app = App::start().await;
    let ada = app.admin().await;
    let path = "/api/v1/cases/opt_case_1700000000000_1/queries";
    let reply = ada.post(path, json!({"message": "hello"})).await;
    expect_shape("error", &reply.body);
    let detail = reply.expect(404)["detail"].clone();
    assert!(
        detail.as_str().unwrap().contains("Case not found"),
        "{detail}"
    );
}

//! Answers that take longer than their client waits.

use reqwest::Method;
use reqwest::header::HeaderName;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::{App, Reply, User, WorkedExample, until};

/// Whoever waits no second gets a job for every answer.
const IMPATIENT: &[(&str, &str)] = &[("TURN_SYNC_WAIT_S", "0")];
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const QUESTION: &str = "Why does checkout answer 500 since 14:05?";

/// Returns the path of the job an answer names.
#[track_caller]
fn job_path(app: &App, reply: &Reply) -> String {
    assert_eq!(reply.status, 202, "{:#}", reply.body);
    assert_eq!(reply.headers["retry-after"], "2");
    let location = reply.headers["location"].to_str().unwrap();
    let path = location.strip_prefix(app.base()).unwrap();
    assert!(path.starts_with("/api/v1/jobs/job_"), "{path}");
    path.to_owned()
}

/// Follows a job to its end and returns its document.
async fn followed(user: &User, path: &str) -> Value {
    let ended = async || {
        let job = user.get(path).await.expect(200);
        !matches!(job["status"].as_str(), Some("pending" | "running"))
    };
    until(ended).await;
    user.get(path).await.expect(200)
}

#[tokio::test]
async fn a_long_turn_is_a_job_that_serves_both_generations() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let reply = ada.turn(&id, Form::new().text("query", QUESTION)).await;
    let path = job_path(&app, &reply);
    let job = followed(&ada, &path).await;
    assert_eq!(
        (&job["status"], &job["kind"]),
        (&json!("completed"), &json!("run_turn")),
        "{job:#}"
    );
    assert_eq!(job["result"]["turn_number"], 1);
    assert_eq!(job["response"]["content"], job["result"]["agent_response"]);
    assert_eq!(job["response"]["session_id"], "none");
    assert_eq!(job["input"], Value::Null);

    let body = json!({"message": "What should I check first?"});
    let reply = ada.post(&format!("/api/v1/cases/{id}/queries"), body).await;
    let job = followed(&ada, &job_path(&app, &reply)).await;
    assert_eq!(job["result"]["turn_number"], 2);
    assert_eq!(ada.delete(&path).await.problem(409), "job_finished");
    let stranger = app.user(&ada, "bob", "member").await;
    assert_eq!(stranger.get(&path).await.problem(404), "job_not_found");
}

#[tokio::test]
async fn a_repeat_of_a_long_turn_is_the_same_turn() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let path = format!("/api/v1/cases/{id}/turns");
    let body = json!({"query": QUESTION});
    let first = ada
        .post_with(&path, (KEY, "once-and-only-once"), body.clone())
        .await;
    let job = job_path(&app, &first);
    let again = ada
        .post_with(&path, (KEY, "once-and-only-once"), body.clone())
        .await;
    match again.status {
        // It still ran, or it had ended meanwhile.
        202 => assert_eq!(job_path(&app, &again), job),
        _ => assert_eq!(again.expect(200)["turn_number"], 1),
    }
    followed(&ada, &job).await;
    let replayed = ada
        .post_with(&path, (KEY, "once-and-only-once"), body)
        .await;
    assert_eq!(replayed.headers["x-idempotency-replayed"], "true");
    assert_eq!(replayed.expect(200)["turn_number"], 1);
}

#[tokio::test]
async fn data_of_older_clients_is_answered_at_once_and_streams_run_to_their_end() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let file = Part::bytes(b"ERROR disk full".to_vec()).file_name("app.log");
    let request = ada.request(Method::POST, &format!("/api/v1/cases/{id}/data"));
    let reply = ada
        .run(request.multipart(Form::new().part("file", file)))
        .await;
    assert!(reply.expect(200)["agent_response"]["content"].is_string());

    let events = events(&ada, &id, Form::new().text("query", QUESTION)).await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (names.first(), names.last()),
        (Some(&"accepted"), Some(&"result")),
        "{names:?}"
    );
    assert!(names.contains(&"step"), "{names:?}");
    assert_eq!(events.last().unwrap().1["turn_number"], 2);
}

#[tokio::test]
async fn a_stream_that_cannot_go_on_ends_in_an_error_event() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let form = Form::new().text("intent_type", "hypothesis_action").text(
        "intent_data",
        r#"{"type":"hypothesis_action","hypothesis_id":"hyp_0123456789ab","action":"refute"}"#,
    );
    let events = events(&ada, &id, form).await;
    let (name, error) = events.last().unwrap();
    assert_eq!(name, "error", "{events:?}");
    assert_eq!(error["error"], "hypothesis_not_found");
    assert!(error["detail"].is_string() && error["request_id"].is_string());
}

#[tokio::test]
async fn a_long_turn_can_be_cancelled() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let file = Part::bytes(long_log()).file_name("long.log");
    let reply = ada.turn(&id, Form::new().part("files", file)).await;
    let path = job_path(&app, &reply);
    let job = ada.delete(&path).await.expect(200);
    assert_eq!(job["job_id"], reply.body["job_id"]);
    let job = followed(&ada, &path).await;
    assert_eq!(job["status"], "cancelled", "{job:#}");
    assert!(job["error"]["message"].is_string() || job["error"].is_null());
    assert_eq!(
        (&job["result"], &job["response"]),
        (&Value::Null, &Value::Null)
    );
    // The case is free again, and no turn was taken.
    let reply = ada.turn(&id, Form::new().text("query", QUESTION)).await;
    let job = followed(&ada, &job_path(&app, &reply)).await;
    assert_eq!(job["result"]["turn_number"], 1, "{job:#}");
}

#[tokio::test]
async fn a_long_paste_becomes_a_job_as_well() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let log = String::from_utf8(WorkedExample::app_log()).unwrap();
    let pasted = log.repeat(400_000 / log.len() + 1);
    let form = Form::new()
        .text("query", QUESTION)
        .text("pasted_content", pasted);
    let job = followed(&ada, &job_path(&app, &ada.turn(&id, form).await)).await;
    assert_eq!(job["status"], "completed", "{job:#}");
    let files = job["result"]["attachments_processed"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{files:#?}");
    let listed = ada
        .get(&format!("/api/v1/cases/{id}/uploaded-files"))
        .await
        .expect(200);
    assert_eq!(listed["files"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_long_text_becomes_a_job_as_well() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let long = "Zahlung schlägt fehl, Kasse antwortet nicht. ".repeat(4_000);
    let log = String::from_utf8(WorkedExample::app_log()).unwrap();
    let of_lines = log.repeat(190_000 / log.len() + 1);
    let of_lines = of_lines[..190_000].trim_end();
    for (text, files, kept) in [
        (long.trim_end(), 0, long.trim_end()),
        (of_lines, 1, &of_lines[..500]),
    ] {
        let id = ada.open_case().await;
        let form = Form::new().text("query", text.to_owned());
        let job = followed(&ada, &job_path(&app, &ada.turn(&id, form).await)).await;
        assert_eq!(job["status"], "completed", "{job:#}");
        let attached = job["result"]["attachments_processed"].as_array().unwrap();
        assert_eq!(attached.len(), files, "{attached:#?}");
        let path = format!("/api/v1/cases/{id}/uploaded-files");
        let listed = ada.get(&path).await.expect(200);
        assert_eq!(listed["files"].as_array().unwrap().len(), files);
        let path = format!("/api/v1/cases/{id}/messages");
        let messages = ada.get(&path).await.expect(200);
        assert_eq!(messages["messages"][0]["content"], kept.trim_end());
    }
}

#[tokio::test]
async fn what_cannot_begin_is_refused_at_once() {
    let app = App::with(IMPATIENT).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let bob = app.user(&ada, "bob", "member").await;
    for route in ["turns", "turns/stream"] {
        let unknown = format!("/api/v1/cases/case_0123456789ab/{route}");
        let path = format!("/api/v1/cases/{id}/{route}");
        let question = json!({"query": QUESTION});
        let reply = ada.post(&unknown, question.clone()).await;
        assert_eq!(reply.problem(404), "case_not_found");
        let reply = bob.post(&path, question).await;
        assert_eq!(reply.problem(404), "case_not_found");
        assert_eq!(ada.post(&path, json!({})).await.problem(422), "empty_turn");
        let reply = ada.run(ada.request(Method::POST, &path)).await;
        assert!((400..500).contains(&reply.status), "{}", reply.status);
        assert!(reply.body["detail"].is_string());
    }
    let jobs = ada.get("/api/v1/jobs").await.expect(200);
    let is_turn = |job: &Value| job["kind"] == "run_turn";
    assert!(!jobs["jobs"].as_array().unwrap().iter().any(is_turn));
}

/// Returns a log whose analysis takes longer than a cancellation needs to arrive.
fn long_log() -> Vec<u8> {
    let line = |n: u32| format!("2025-03-04T14:05:00.000Z ERROR checkout request {n} failed\n");
    (0..400_000).flat_map(|n| line(n).into_bytes()).collect()
}

/// Streams a turn and returns its events.
async fn events(user: &User, case_id: &str, form: Form) -> Vec<(String, Value)> {
    let path = format!("/api/v1/cases/{case_id}/turns/stream");
    let reply = user.post_form(&path, form).await;
    assert_eq!(reply.headers["content-type"], "text/event-stream");
    let text = reply.expect(200);
    let blocks = text.as_str().unwrap().split("\n\n");
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::to_owned)
    };
    let event = |block| {
        let data = serde_json::from_str(&field(block, "data: ")?).unwrap();
        Some((field(block, "event: ")?, data))
    };
    blocks.filter_map(event).collect()
}

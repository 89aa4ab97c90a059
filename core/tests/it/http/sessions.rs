//! Sessions: bookkeeping that grants nothing.

use reqwest::Method;
use serde_json::json;

use crate::harness::App;

const CLIENT: &str = "7e0c2d1a-2b0f-4a53-9a8e-3d2f4c1b5a60";

#[tokio::test]
async fn an_anonymous_client_opens_and_resumes_its_session() {
    let app = App::start().await;
    let body =
        json!({"client_id": CLIENT, "session_type": "troubleshooting", "timeout_minutes": 180});
    let first = app
        .anonymous()
        .post("/api/v1/sessions", body.clone())
        .await
        .expect(201);
    assert_eq!(first["session_resumed"], false);
    assert_eq!(first["client_id"], CLIENT);
    let again = app
        .anonymous()
        .post("/api/v1/sessions", body)
        .await
        .expect(200);
    assert_eq!(again["session_resumed"], true);
    assert_eq!(again["session_id"], first["session_id"]);
}

#[tokio::test]
async fn an_unknown_session_header_is_ignored_elsewhere() {
    let app = App::start().await;
    let ada = app.admin().await;
    let request = ada
        .request(Method::GET, "/api/v1/cases")
        .header("x-session-id", "7e0c2d1a-0000-4a53-9a8e-3d2f4c1b5a60");
    ada.run(request).await.expect(200);
}

#[tokio::test]
async fn a_session_lives_with_heartbeats_and_ends_on_request() {
    let app = App::start().await;
    let ada = app.admin().await;
    let session = ada
        .post("/api/v1/sessions", json!({"client_id": CLIENT}))
        .await
        .expect(201);
    let path = format!(
        "/api/v1/sessions/{}",
        session["session_id"].as_str().unwrap()
    );
    let beat = ada
        .request(Method::POST, &format!("{path}/heartbeat"))
        .header("content-type", "application/json");
    ada.run(beat).await.expect(200);
    let renamed = ada
        .put(&path, json!({"title": "Morning"}))
        .await
        .expect(200);
    assert_eq!(renamed["title"], "Morning");
    let list = ada.get("/api/v1/sessions").await.expect(200);
    assert_eq!(list["total"], 1);
    ada.delete(&path).await.expect(204);
    let gone = ada
        .get("/api/v1/sessions/7e0c2d1a-0000-4a53-9a8e-3d2f4c1b5a60")
        .await;
    assert_eq!(gone.problem(404), "session_not_found");
}

#[tokio::test]
async fn a_foreign_session_is_not_found() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let session = bob
        .post("/api/v1/sessions", json!({"client_id": CLIENT}))
        .await
        .expect(201);
    let path = format!(
        "/api/v1/sessions/{}",
        session["session_id"].as_str().unwrap()
    );
    assert_eq!(ada.get(&path).await.problem(404), "session_not_found");
}

//! Sessions: bookkeeping that grants nothing.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
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

#[tokio::test]
async fn a_session_keeps_a_log_and_is_put_away_and_found() {
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
    let messages = format!("{path}/messages");
    let added = ada
        .post(&messages, json!({"content": "the pool is full"}))
        .await
        .expect(200);
    assert_eq!(added["message"]["role"], "user");
    assert_eq!(added["total_messages"], 1);
    let wrong = ada.post(&messages, json!({"role": "root"})).await;
    assert_eq!(wrong.problem(422), "invalid_field");
    let log = ada.get(&messages).await.expect(200);
    assert_eq!(log["messages"][0]["content"], "the pool is full");
    assert_eq!((&log["total"], &log["returned"]), (&json!(1), &json!(1)));
    let stats = ada.get(&format!("{path}/stats")).await.expect(200);
    assert_eq!(stats["message_count"], 1);

    let archived = ada
        .post(&format!("{path}/archive"), json!({}))
        .await
        .expect(200);
    assert_eq!(archived["status"], "archived");
    let refused = ada.post(&messages, json!({"content": "x"})).await;
    assert_eq!(refused.problem(409), "session_archived");
    let recovery = ada.get(&format!("{path}/recovery-info")).await.expect(200);
    assert_eq!(recovery["recovery_info"]["can_restore"], true);
    let found = ada
        .post(
            "/api/v1/sessions/search",
            json!({"status": "archived", "query": "POOL"}),
        )
        .await
        .expect(200);
    assert_eq!(found["total"], 1);
    assert_eq!(found["sessions"][0]["message_count"], 1);
    let restored = ada
        .post(&format!("{path}/restore"), json!({}))
        .await
        .expect(200);
    assert_eq!(restored["status"], "active");

    let cleared = ada
        .post(&format!("{path}/cleanup"), json!({}))
        .await
        .expect(200);
    assert_eq!(cleared["removed_messages"], 1);
    let ended = ada.delete("/api/v1/sessions").await.expect(200);
    assert_eq!(ended["count"], 1);
    let removed = ada
        .post("/api/v1/sessions/cleanup", json!({}))
        .await
        .expect(200);
    assert_eq!(removed["cleaned_sessions"], 1);
    assert_eq!(ada.get("/api/v1/sessions").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn a_session_knows_the_cases_that_were_worked_on_in_it() {
    let app = App::start().await;
    let ada = app.admin().await;
    let session = ada
        .post("/api/v1/sessions", json!({"client_id": CLIENT}))
        .await
        .expect(201);
    let session_id = session["session_id"].as_str().unwrap();
    let elsewhere = ada.open_case().await;
    let in_session = |path: &str| {
        ada.request(Method::POST, path)
            .header("X-Session-Id", session_id)
    };
    let opened = ada
        .run(in_session("/api/v1/cases").json(&json!({})))
        .await
        .expect(201);
    let of_session = format!("/api/v1/sessions/{session_id}/cases");
    let listed = ada.get(&of_session).await.expect(200);
    assert_eq!(
        (&listed["session_id"], &listed["total"]),
        (&json!(session_id), &json!(1))
    );
    assert_eq!(listed["cases"][0]["case_id"], opened["case_id"]);

    let turns = format!("/api/v1/cases/{elsewhere}/turns");
    let form = Form::new().text("query", "checkout answers 500");
    ada.run(in_session(&turns).multipart(form))
        .await
        .expect(200);
    let by_session = format!("/api/v1/cases/session/{session_id}");
    let listed = ada
        .get(&format!("{by_session}?page=1&page_size=1"))
        .await
        .expect(200);
    assert_eq!(
        (&listed["total"], &listed["has_more"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(listed["cases"][0]["case_id"], json!(elsewhere));
    ada.post("/api/v1/cases", json!({"session_id": session_id}))
        .await
        .expect(201);
    assert_eq!(ada.get(&of_session).await.expect(200)["total"], 3);
    for wrong in ["page_size=101", "page_token=x"] {
        let reply = ada.get(&format!("{by_session}?{wrong}")).await;
        assert_eq!(reply.problem(422), "invalid_field");
    }
    let nothing = ada.get("/api/v1/cases/session/a%00b").await;
    assert_eq!(nothing.problem(422), "invalid_field");

    let bob = app.user(&ada, "bob", "member").await;
    assert_eq!(bob.get(&of_session).await.problem(404), "session_not_found");
    assert_eq!(bob.get(&by_session).await.expect(200)["total"], 0);
}

#[tokio::test]
async fn the_session_that_a_form_with_data_names_is_the_one_it_is_worked_in() {
    let app = App::start().await;
    let ada = app.admin().await;
    let opened = json!({"client_id": CLIENT});
    let session = ada.post("/api/v1/sessions", opened).await.expect(201);
    let session_id = session["session_id"].as_str().unwrap();
    let of_session = format!("/api/v1/sessions/{session_id}/cases");
    let send = async |session_id: &str, content: &str| {
        let case_id = ada.open_case().await;
        let content = Part::bytes(content.as_bytes().to_vec()).file_name("a.log");
        let form = Form::new()
            .text("session_id", session_id.to_owned())
            .part("file", content)
            .text("source_metadata", r#"{"source_type": "file_upload"}"#);
        let data = format!("/api/v1/cases/{case_id}/data");
        (case_id, ada.post_form(&data, form).await.expect(200))
    };

    let (case_id, reply) = send(session_id, "ERROR disk full").await;
    assert_eq!(reply["agent_response"]["session_id"], session_id);
    let listed = ada.get(&of_session).await.expect(200);
    assert_eq!(
        (&listed["total"], &listed["cases"][0]["case_id"]),
        (&json!(1), &json!(case_id))
    );

    let bob = app.user(&ada, "bob", "member").await;
    let of_bob = bob
        .post("/api/v1/sessions", json!({"client_id": CLIENT}))
        .await;
    let of_bob = of_bob.expect(201)["session_id"].clone();
    let foreign = of_bob.as_str().unwrap();
    let long = "x".repeat(100_000);
    for ignored in ["", "unknown", foreign, "a\0b", "zwölf", long.as_str()] {
        let (_, reply) = send(ignored, "ERROR disk full").await;
        assert_eq!(reply["processing_status"], "completed");
    }
    assert_eq!(ada.get(&of_session).await.expect(200)["total"], 1);
    let of_foreign = format!("/api/v1/sessions/{foreign}/cases");
    assert_eq!(bob.get(&of_foreign).await.expect(200)["total"], 0);
}

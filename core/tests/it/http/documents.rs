//! Knowledge documents, reports and jobs.

use serde_json::json;

use crate::harness::{App, WorkedExample};

#[tokio::test]
async fn a_document_is_found_by_its_words_until_it_is_deleted() {
    let app = App::start().await;
    let ada = app.admin().await;
    let body = json!({
        "title": "Exhausted connection pools",
        "content": "# Symptoms\n\nHikariPool reports that a connection is not available.\n\n# Fix\n\nRaise maximum-pool-size.",
        "document_type": "how_to", "tags": ["hikari"],
    });
    let document = ada
        .post("/api/v1/knowledge/documents", body)
        .await
        .expect(201);
    assert_eq!(document["document_type"], "how_to");
    let search = json!({"query": "pools without available connections"});
    let found = ada.post("/api/v1/search", search.clone()).await.expect(200);
    assert_eq!(
        found["results"][0]["document_id"], document["document_id"],
        "{found:#}"
    );
    assert!(found["results"][0]["score"].as_f64().unwrap() <= 1.0);

    let path = format!(
        "/api/v1/knowledge/documents/{}",
        document["document_id"].as_str().unwrap()
    );
    let changed = ada
        .put(&path, json!({"content": "Nothing of that kind."}))
        .await
        .expect(200);
    assert_eq!(changed["content"], "Nothing of that kind.");
    ada.delete(&path).await.expect(204);
    assert_eq!(ada.get(&path).await.problem(404), "document_not_found");
    let found = ada.post("/api/v1/search", search).await.expect(200);
    assert_eq!(found["results"], json!([]));
}

#[tokio::test]
async fn personal_documents_stay_personal() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let body = json!({"title": "Mine", "content": "the secret runbook", "document_type": "guide"});
    let document = bob
        .post("/api/v1/knowledge/documents", body)
        .await
        .expect(201);
    let path = format!(
        "/api/v1/knowledge/documents/{}",
        document["document_id"].as_str().unwrap()
    );
    ada.get(&path).await.problem(404);
    let found = ada
        .post("/api/v1/search", json!({"query": "secret runbook"}))
        .await
        .expect(200);
    assert_eq!(found["results"], json!([]));
}

#[tokio::test]
async fn a_report_cites_lines_of_the_log() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    ada.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    ada.say(&id, "yes").await;
    let path = format!("/api/v1/cases/{id}/reports");
    let made = ada
        .post(
            &path,
            json!({"report_types": ["incident_report", "timeline"]}),
        )
        .await
        .expect(200);
    assert_eq!(made["reports"].as_array().unwrap().len(), 2, "{made:#}");
    let report_id = made["reports"][0]["report_id"].as_str().unwrap();
    let text = ada
        .get(&format!("{path}/{report_id}/download"))
        .await
        .expect(200);
    let text = text.as_str().unwrap();
    assert!(
        text.contains("app.log") && text.contains("Connection is not available"),
        "{text}"
    );
    assert!(
        text.contains(&"1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278"[..12])
    );
}

#[tokio::test]
async fn a_report_that_is_not_available_says_why() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let reply = ada
        .post(
            &format!("/api/v1/cases/{id}/reports"),
            json!({"report_types": ["incident_report"]}),
        )
        .await;
    assert_eq!(reply.problem(409), "report_not_available");
}

#[tokio::test]
async fn a_finished_analysis_is_a_job_of_its_owner() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let id = ada.open_case().await;
    ada.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    let jobs = ada.get("/api/v1/jobs").await.expect(200);
    let job = &jobs["jobs"][0];
    assert_eq!(job["kind"], "analyze_file", "{jobs:#}");
    let path = format!("/api/v1/jobs/{}", job["job_id"].as_str().unwrap());
    ada.get(&path).await.expect(200);
    assert_eq!(bob.get(&path).await.problem(404), "job_not_found");
}

#[tokio::test]
async fn the_embedded_analyst_is_listed_and_costs_nothing() {
    let app = App::start().await;
    let ada = app.admin().await;
    let models = ada.get("/api/v1/models").await.expect(200);
    assert_eq!(models["providers"][0]["name"], "embedded", "{models:#}");
    let usage = ada.get("/api/v1/usage").await.expect(200);
    assert_eq!(usage["totals"]["cost_usd"], 0.0);
}

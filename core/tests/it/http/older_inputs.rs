//! What older clients send is honoured, or refused with a word on what to send instead.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::harness::{App, User};

/// Stores a file by the route of the single-process edition, its type after its bytes.
async fn upload(user: &User, name: &str, text: &str, evidence_type: &str) -> crate::harness::Reply {
    let form = Form::new()
        .part(
            "file",
            Part::bytes(text.as_bytes().to_vec()).file_name(name.to_owned()),
        )
        .text("evidence_type", evidence_type.to_owned());
    let request = user.request(Method::POST, "/api/v1/evidence/upload");
    user.run(request.multipart(form)).await
}

#[tokio::test]
async fn the_type_of_a_file_is_asserted_and_looked_for() {
    let app = App::start().await;
    let ada = app.admin().await;
    let notes = "the pool was changed\nnobody noticed\n";
    let stored = upload(&ada, "notes.txt", notes, "log").await.expect(201);
    assert_eq!(stored["evidence_type"], "log", "{stored:#}");
    upload(&ada, "other.txt", "something else\n", "other")
        .await
        .expect(201);
    let refused = upload(&ada, "third.txt", "a third\n", "logs").await;
    assert_eq!(refused.problem(422), "invalid_field");
    assert_eq!(refused.body["errors"][0]["field"], "evidence_type");
    for (wanted, names) in [
        ("log", json!(["notes.txt"])),
        ("other", json!(["other.txt"])),
        ("metric", json!([])),
    ] {
        let path = format!("/api/v1/evidence?evidence_type={wanted}");
        let list = ada.get(&path).await.expect(200);
        let rows = list["evidence"].as_array().unwrap();
        let found: Vec<&Value> = rows.iter().map(|row| &row["filename"]).collect();
        assert_eq!(json!(found), names, "{wanted}");
        assert_eq!(list["total"], found.len());
    }
    let refused = ada.get("/api/v1/evidence?evidence_type=logs").await;
    assert_eq!(refused.problem(422), "invalid_field");
}

#[tokio::test]
async fn filters_of_a_search_decide_and_unknown_ones_are_refused() {
    let app = App::start().await;
    let ada = app.admin().await;
    for (title, document_type) in [("Pool runbook", "runbook"), ("Pool guide", "guide")] {
        let document = json!({
            "title": title, "content": format!("{title}: compare active with the limit"),
            "document_type": document_type,
        });
        ada.post("/api/v1/knowledge/documents", document)
            .await
            .expect(201);
    }
    let search = async |filters: Value| {
        let body = json!({"query": "pool", "filters": filters});
        ada.post("/api/v1/knowledge/search", body).await
    };
    let found = search(json!({"document_type": "guide"})).await.expect(200);
    assert_eq!(found["total_found"], 1, "{found:#}");
    assert_eq!(found["results"][0]["title"], "Pool guide");
    let refused = search(json!({"author": "ada"})).await;
    assert_eq!(refused.problem(422), "invalid_field");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("author") && detail.contains("document_type"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_search_names_the_mode_that_was_used() {
    let app = App::start().await;
    let ada = app.admin().await;
    for path in ["/api/v1/search", "/api/v1/knowledge/search"] {
        for mode in ["semantic", "hybrid", "keyword"] {
            let body = json!({"query": "pool", "search_mode": mode});
            let found = ada.post(path, body).await.expect(200);
            assert_eq!(found["search_mode"], "keyword", "{path} {mode}");
        }
        let body = json!({"query": "pool", "search_mode": "telepathy"});
        let refused = ada.post(path, body).await;
        refused.problem(422);
        assert_eq!(refused.body["errors"][0]["field"], "search_mode");
    }
}

#[tokio::test]
async fn context_and_metadata_of_a_session_are_merged() {
    let app = App::start().await;
    let ada = app.admin().await;
    let opened = ada
        .post("/api/v1/sessions", json!({"metadata": {"tab": 1}}))
        .await;
    let id = opened.expect(201)["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/sessions/{id}");
    let changes = [
        (Method::PUT, json!({"context": {"page": "x", "step": 1}})),
        (
            Method::PATCH,
            json!({"context": {"step": 2}, "metadata": {"pane": "left"}}),
        ),
    ];
    for (method, body) in changes {
        ada.send(method, &path, Some(body)).await.expect(200);
    }
    let session = ada.get(&path).await.expect(200);
    let merged = json!({"tab": 1, "pane": "left", "context": {"page": "x", "step": 2}});
    assert_eq!(session["metadata"], merged);
}

#[tokio::test]
async fn pasted_data_keeps_what_is_said_of_it_and_is_not_empty() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let path = format!("/api/v1/cases/{case_id}/data");
    let empty = ada.post(&path, json!({"source": "user"})).await;
    assert_eq!(empty.problem(422), "invalid_field");
    assert_eq!(empty.body["errors"][0]["field"], "content");
    let data = json!({
        "content": "2025-03-04T14:05:00Z ERROR disk full\n",
        "source": "user", "category": "observation",
    });
    ada.post(&path, data).await.expect(200);
    let files = ada.get(&format!("/api/v1/evidence/case/{case_id}")).await;
    let files = files.expect(200);
    let id = files["evidence"][0]["evidence_id"].as_str().unwrap();
    let file = ada.get(&format!("/api/v1/evidence/{id}")).await.expect(200);
    assert_eq!(file["tags"], json!(["user", "observation"]), "{file:#}");
}

#[tokio::test]
async fn numbers_out_of_range_are_replaced_or_refused() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    ada.say(&case_id, "Why does checkout answer 500 since 14:05?")
        .await;
    let path = format!("/api/v1/cases/{case_id}");
    for words in [0, 2, 13, -1] {
        let body = json!({"max_words": words});
        let title = ada.post(&format!("{path}/title"), body).await;
        assert_ne!(title.expect(200)["title"], "", "{words}");
    }
    for confidence in [7.0, -0.1] {
        let body = json!({"title": "The disk is full", "confidence": confidence});
        let refused = ada.post(&format!("{path}/hypotheses"), body).await;
        assert_eq!(refused.problem(422), "invalid_field");
        assert_eq!(refused.body["errors"][0]["field"], "confidence");
    }
}

#[tokio::test]
async fn refusals_carry_the_words_of_older_clients_beside_ours() {
    let app = App::with(&[("RATE_LIMIT_REQUESTS_PER_MINUTE", "10")]).await;
    let nobody = app.anonymous();
    let me = nobody.get("/api/v1/auth/me").await;
    assert_eq!(me.problem(401), "unauthenticated");
    assert_eq!(me.body["error"], "missing_authorization");
    let guess = || nobody.post("/api/v1/auth/refresh", json!({"refresh_token": "a guess"}));
    guess().await;
    let refused = guess().await;
    assert_eq!(refused.problem(429), "rate_limited");
    assert_eq!(refused.body["error"], "rate_limit_exceeded");
}

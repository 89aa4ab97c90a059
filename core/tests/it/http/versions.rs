//! Two people who write the same thing: the later one is told.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{App, User};

#[tokio::test]
async fn the_later_of_two_writers_is_told_the_version_instead_of_writing_over_the_earlier() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case = format!("/api/v1/cases/{}", ada.open_case().await);
    let seen = ada.get(&case).await.expect(200)["version"].clone();
    overtake(&ada, &case, "title", &seen).await;
    let document = json!({"title": "Pools", "content": "Raise the pool size."});
    let document = ada
        .post("/api/v1/knowledge/documents", document)
        .await
        .expect(201);
    let path = document["document_id"].as_str().unwrap();
    let path = format!("/api/v1/knowledge/documents/{path}");
    overtake(&ada, &path, "content", &document["version"]).await;
}

/// Changes a thing twice from the same version; the second time is in vain until it is read again.
async fn overtake(user: &User, path: &str, member: &str, seen: &Value) {
    let write = async |text: &str, expected: &Value| {
        let body = json!({member: text, "expected_version": expected});
        user.put(path, body).await
    };
    let first = write("by the first", seen).await.expect(200);
    let second = write("by the second", seen).await;
    assert_eq!(second.problem(409), "version_conflict", "{path}");
    let detail = second.body["detail"].as_str().unwrap();
    assert!(detail.contains("read it again"), "{detail}");
    assert_eq!(second.headers["x-expected-version"], seen.to_string());
    let actual = &first["version"];
    assert_eq!(second.headers["x-actual-version"], actual.to_string());
    assert_eq!(user.get(path).await.expect(200)[member], "by the first");
    write("by the second", actual).await.expect(200);
}

#[tokio::test]
async fn a_move_of_a_case_can_depend_on_its_version_too() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case = format!("/api/v1/cases/{}", ada.open_case().await);
    let seen = ada.get(&case).await.expect(200)["version"].clone();
    let renamed = json!({"title": "Renamed meanwhile"});
    let now = ada.put(&case, renamed).await.expect(200)["version"].clone();
    let close = json!({"status": "closed", "expected_version": seen});
    let (by_status, by_close) = (format!("{case}/status"), format!("{case}/close"));
    for late in [
        ada.put(&case, close.clone()).await,
        ada.post(&by_status, close).await,
        ada.post(&by_close, json!({"expected_version": seen})).await,
    ] {
        assert_eq!(late.problem(409), "version_conflict");
        assert_eq!(late.headers["x-actual-version"], now.to_string());
    }
    let before = ada.get(&case).await.expect(200);
    assert_eq!(
        (&before["state"], &before["version"]),
        (&json!("inquiry"), &now)
    );
    let close = json!({"status": "closed", "expected_version": now});
    assert_eq!(ada.put(&case, close).await.expect(200)["state"], "closed");
}

#[tokio::test]
async fn an_entity_tag_that_a_change_depends_on_is_refused_and_the_version_named_instead() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case = format!("/api/v1/cases/{}", ada.open_case().await);
    let tag = ada.get(&case).await.headers["etag"].clone();
    let change = async |method: Method, tag: &str| {
        let request = ada.request(method, &case).header("if-match", tag);
        ada.run(request.json(&json!({"title": "Pools"}))).await
    };
    for method in [Method::PUT, Method::PATCH] {
        let reply = change(method.clone(), tag.to_str().unwrap()).await;
        assert_eq!(reply.problem(412), "if_match_not_supported");
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains("expected_version"), "{detail}");
        assert_eq!(change(method, "*").await.expect(200)["title"], "Pools");
    }
}

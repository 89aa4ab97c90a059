//! The audit log: what it remembers, and who may read it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{App, User, until};

async fn events(user: &User, path: &str) -> Vec<Value> {
    let body = user.get(path).await.expect(200);
    body["events"].as_array().unwrap().clone()
}

/// Waits until the log has a line about this action and returns it.
async fn line(admin: &User, action: &str) -> Value {
    let path = format!("/api/v1/admin/audit?action={action}");
    until(async || !events(admin, &path).await.is_empty()).await;
    events(admin, &path).await.swap_remove(0)
}

#[tokio::test]
async fn what_changes_or_hands_out_something_is_remembered() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let file = ada
        .upload(&id, "app.log", b"ERROR disk full".to_vec())
        .await;
    let file_id = file.expect(201)["evidence_id"].clone();
    let path = format!("/api/v1/evidence/{}", file_id.as_str().unwrap());
    assert_eq!(ada.delete(&path).await.status, 204);
    let deleted = line(&ada, "file.delete").await;
    assert_eq!(deleted["object"], file_id);
    assert_eq!(deleted["actor"], ada.id());
    assert_eq!(deleted["details"]["case_id"], json!(id));
    assert_eq!(deleted["address"], "127.0.0.1");

    ada.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    let path = format!("/api/v1/cases/{id}/reports");
    let body = json!({"report_types": ["summary"]});
    let reply = ada.post(&path, body).await;
    assert!(reply.status < 300, "{:#}", reply.body);
    let created = line(&ada, "report.create").await;
    assert_eq!(created["details"]["type"], "summary");
    let report_id = created["object"].as_str().unwrap();
    ada.get(&format!("/api/v1/cases/{id}/reports/{report_id}/download"))
        .await;
    assert_eq!(line(&ada, "report.download").await["object"], report_id);

    let document =
        json!({"title": "Pool", "content": "Raise the pool.", "document_type": "runbook"});
    let reply = ada.post("/api/v1/knowledge/documents", document).await;
    let document_id = reply.body["document_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/knowledge/documents/{document_id}");
    ada.put(&path, json!({"title": "Pools"})).await.expect(200);
    ada.delete(&path).await;
    for action in ["document.create", "document.update", "document.delete"] {
        assert_eq!(line(&ada, action).await["object"], document_id, "{action}");
    }
}

#[tokio::test]
async fn administrators_read_everything_and_others_their_own() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let id = bob.open_case().await;
    line(&ada, "case.create").await;
    let refused = bob.get("/api/v1/admin/audit").await;
    assert_eq!(refused.problem(403), "forbidden");
    let denied = line(&ada, "auth.audit_list").await;
    assert_eq!(
        (&denied["outcome"], &denied["actor"]),
        (&json!("denied"), &json!(bob.id()))
    );

    let own = events(&bob, "/api/v1/auth/audit").await;
    assert!(own.iter().all(|line| line["actor"] == bob.id()), "{own:#?}");
    assert!(
        own.iter().any(|line| line["object"] == json!(id)),
        "{own:#?}"
    );
    let path = format!("/api/v1/admin/audit?actor={}&action=case.", bob.id());
    let cases = events(&ada, &path).await;
    assert_eq!(cases.len(), 1, "{cases:#?}");
    let later = events(&ada, "/api/v1/admin/audit?start=2999-01-01T00:00:00Z").await;
    assert!(later.is_empty());
    let wrong = ada.get("/api/v1/admin/audit?start=yesterday").await;
    assert_eq!(wrong.problem(422), "invalid_field");
}

#[tokio::test]
async fn pages_and_the_table_hold_the_same_lines() {
    let app = App::start().await;
    let ada = app.admin().await;
    for _ in 0..5 {
        ada.open_case().await;
    }
    let all = "/api/v1/admin/audit?action=case.create";
    until(async || events(&ada, all).await.len() == 5).await;
    let mut ids = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("{all}&page_size=2&page_token={token}");
        let page = ada.get(&path).await.expect(200);
        for line in page["events"].as_array().unwrap() {
            ids.push(line["audit_id"].as_i64().unwrap());
        }
        match page["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let table = ada
        .send(Method::GET, &format!("{all}&format=csv"), None)
        .await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let text = table.expect(200);
    let mut lines = text.as_str().unwrap().lines();
    assert!(lines.next().unwrap().starts_with("audit_id,time,actor,"));
    let rows: Vec<i64> = lines
        .map(|row| row.split(',').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(rows, ids);
    assert!(ids.is_sorted_by(|one, next| one > next), "{ids:?}");
}

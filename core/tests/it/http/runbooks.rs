//! Runbooks drafted from cases, into the library.

use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample};

#[tokio::test]
async fn a_confirmed_case_becomes_a_draft_that_knows_where_it_comes_from() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = resolved(&ada).await;
    let drafted = ada
        .post(&format!("/api/v1/cases/{id}/runbook-draft"), json!({}))
        .await
        .expect(201);
    let content = drafted["content"].as_str().unwrap();
    for part in ["## Symptoms", "## Diagnosis", "## Causes", "Rollback"] {
        assert!(content.contains(part), "{part}: {content}");
    }
    assert!(!content.contains("of Ada"), "{content}");
    // Hashes and citations of one case would answer the questions of others.
    for record in ["SHA-256", "[E1]", &id] {
        assert!(!content.contains(record), "{record}: {content}");
    }
    let document_id = drafted["document_id"].as_str().unwrap();
    let document = ada
        .get(&format!("/api/v1/knowledge/documents/{document_id}"))
        .await
        .expect(200);
    let metadata = &document["metadata"];
    assert_eq!(metadata["lineage"]["case_id"], id.as_str(), "{document:#}");
    assert_eq!(metadata["review"], "draft");
    let found = ada
        .get(&format!("/api/v1/knowledge/documents?tag={id}"))
        .await
        .expect(200);
    assert_eq!(found["total_count"], 1, "{found:#}");
    assert_eq!(found["documents"][0]["document_id"], document_id);
    let again = ada
        .post(&format!("/api/v1/cases/{id}/runbook-draft"), json!({}))
        .await
        .expect(201);
    assert_eq!(
        (&again["existed"], &again["document_id"]),
        (&Value::Bool(true), &drafted["document_id"])
    );
}

#[tokio::test]
async fn nothing_is_drafted_from_a_cause_that_is_not_confirmed() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let reply = ada
        .post(&format!("/api/v1/cases/{id}/runbook-draft"), json!({}))
        .await;
    assert_eq!(reply.problem(409), "cause_not_confirmed");
}

async fn resolved(user: &User) -> String {
    let id = user.open_case().await;
    user.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    user.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    user.say(&id, "yes").await;
    let files = [
        ("pool.txt", WorkedExample::pool_txt()),
        ("config.diff", WorkedExample::config_diff()),
    ];
    user.hand_over(&id, None, &files).await;
    let files = [
        ("after.log", WorkedExample::after_log()),
        ("pool-after.txt", WorkedExample::pool_after_txt()),
    ];
    let text = "Set it back to 50 and restarted at 15:08; new data attached";
    user.hand_over(&id, Some(text), &files).await;
    let reply = user.say(&id, "yes").await;
    assert_eq!(reply["case_state"], "resolved", "{reply:#}");
    id
}

//! Runbooks drafted from cases, into the library.

use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample, until};

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
    assert_eq!(document["review"], "draft");
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

#[tokio::test]
async fn a_draft_helps_nobody_before_a_person_stands_by_it() {
    let app = App::start().await;
    let ada = app.admin().await;
    let document_id = drafted(&ada).await;
    let review = format!("/api/v1/knowledge/documents/{document_id}/review");
    assert_eq!(seeded(&ada).await, Vec::<String>::new());
    let skipped = ada.post(&review, json!({"review": "published"})).await;
    assert_eq!(skipped.problem(409), "illegal_transition");
    let told = skipped.body["detail"].as_str().unwrap();
    for part in ["draft", "published", "in_review"] {
        assert!(told.contains(part), "{told}");
    }
    let submitted = ada.post(&review, json!({"review": "in_review"})).await;
    assert_eq!(submitted.expect(200)["reviewed_by"], ada.id());

    let body = json!({"name": "ci", "scopes": ["knowledge:read", "knowledge:write"]});
    let token = ada.post("/api/v1/auth/tokens", body).await.expect(201);
    let program = ada.with_token(token["secret"].as_str().unwrap());
    let verified = || json!({"review": "verified"});
    let refused = program.post(&review, verified()).await;
    assert_eq!(refused.problem(403), "forbidden");
    let verified = ada.post(&review, verified()).await.expect(200);
    assert!(verified["reviewed_at"].is_string(), "{verified:#}");
    let statements = seeded(&ada).await;
    assert_eq!(statements, ["The pool size limit is too low for the load"]);
    // What is Ada's own is nobody else's guidance.
    let bob = app.user(&ada, "bob", "member").await;
    assert_eq!(seeded(&bob).await, Vec::<String>::new());
    bob.post(&review, json!({"review": "published"}))
        .await
        .problem(404);

    let step = json!({"from": "in_review", "to": "verified"});
    until(async || {
        let log = ada.get("/api/v1/admin/audit?action=document.review").await;
        let log = log.expect(200);
        let events = log["events"].as_array().unwrap();
        events
            .iter()
            .any(|it| it["details"] == step && it["object"] == document_id.as_str())
    })
    .await;
}

#[tokio::test]
async fn a_lost_root_asks_the_runbooks_again_and_what_they_repeat_is_skipped() {
    let app = App::start().await;
    let ada = app.admin().await;
    let document_id = drafted(&ada).await;
    let id = ada.open_case().await;
    let files = [
        ("app.log", WorkedExample::app_log()),
        ("pool.txt", WorkedExample::pool_txt()),
        ("config.diff", WorkedExample::config_diff()),
    ];
    ada.hand_over(&id, None, &files).await;
    ada.say(&id, "yes").await;
    let path = format!("/api/v1/cases/{id}/hypotheses");
    let ledger = ada.get(&path).await.expect(200);
    let mut hypotheses = ledger["hypotheses"].as_array().unwrap().iter();
    let root = hypotheses.find(|it| it["root"] == true);
    let root = root.unwrap_or_else(|| panic!("no root: {ledger:#}"));
    assert_eq!(root["source"], "analyst");

    let review = format!("/api/v1/knowledge/documents/{document_id}/review");
    for state in ["in_review", "verified"] {
        let moved = ada.post(&review, json!({"review": state})).await;
        moved.expect(200);
    }
    let intent = json!({"type": "hypothesis_action", "hypothesis_id": root["hypothesis_id"], "action": "refute"});
    let body = json!({"query": "No.", "intent_type": "hypothesis_action", "intent_data": intent});
    let path = format!("/api/v1/cases/{id}/turns");
    ada.post(&path, body).await.expect(200);
    let turns = ada.get(&path).await.expect(200);
    let last = turns["turns"].as_array().unwrap().last().unwrap();
    let mut dropped = last["dropped"].as_array().unwrap().iter();
    let repeated = dropped.find(|it| it["reason"] == "duplicate");
    let repeated = repeated.unwrap_or_else(|| panic!("{last:#}"));
    assert_eq!(repeated["op"], "add_hypothesis");
    assert_eq!(repeated["excerpt"], root["statement"]);
}

#[tokio::test]
async fn a_rejected_draft_says_why_and_is_found_on_request_alone() {
    let app = App::start().await;
    let ada = app.admin().await;
    let document_id = drafted(&ada).await;
    let review = format!("/api/v1/knowledge/documents/{document_id}/review");
    ada.post(&review, json!({"review": "in_review"}))
        .await
        .expect(200);
    let silent = ada.post(&review, json!({"review": "rejected"})).await;
    silent.problem(422);
    let unknown = ada.post(&review, json!({"review": "approved"})).await;
    unknown.problem(422);
    let why = json!({"review": "rejected", "reason": "names no owner"});
    let rejected = ada.post(&review, why).await.expect(200);
    assert_eq!(rejected["review_reason"], "names no owner");
    let search = json!({"query": "pool size limit"});
    let found = ada.post("/api/v1/search", search).await.expect(200);
    assert_eq!(found["total_found"], 0, "{found:#}");
    let search = json!({"query": "pool size limit", "review": "rejected"});
    let found = ada.post("/api/v1/search", search).await.expect(200);
    assert_eq!(found["results"][0]["document_id"], document_id.as_str());
    let listed = ada
        .get("/api/v1/knowledge/documents?review=published")
        .await
        .expect(200);
    assert_eq!(listed["total_count"], 0);
}

#[tokio::test]
async fn documents_of_a_team_are_verified_by_its_manager() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let carol = app.user(&ada, "carol", "member").await;
    let team = bob.post("/api/v1/teams", json!({"name": "SRE"})).await;
    let team = team.expect(201);
    let team_id = team["team_id"].as_str().unwrap();
    let member = format!("/api/v1/teams/{team_id}/members/{}", carol.id());
    bob.put(&member, json!({})).await.expect(200);
    let body = json!({"title": "Pools", "content": "## Causes", "team_id": team_id});
    let stored = carol.post("/api/v1/knowledge/documents", body).await;
    let stored = stored.expect(201);
    let id = stored["document_id"].as_str().unwrap();
    let review = format!("/api/v1/knowledge/documents/{id}/review");
    for state in ["stale", "in_review"] {
        let moved = carol.post(&review, json!({"review": state})).await;
        moved.expect(200);
    }
    let refused = carol.post(&review, json!({"review": "verified"})).await;
    assert_eq!(refused.problem(403), "forbidden");
    let verified = bob.post(&review, json!({"review": "verified"})).await;
    assert_eq!(verified.expect(200)["reviewed_by"], bob.id());
}

/// Returns the id of a runbook drafted from a resolved case.
async fn drafted(user: &User) -> String {
    let id = resolved(user).await;
    let path = format!("/api/v1/cases/{id}/runbook-draft");
    let drafted = user.post(&path, json!({})).await.expect(201);
    drafted["document_id"].as_str().unwrap().to_owned()
}

/// Begins an investigation of the same failure; returns what runbooks brought into it.
async fn seeded(user: &User) -> Vec<String> {
    let id = user.open_case().await;
    user.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    user.say(&id, "yes").await;
    let path = format!("/api/v1/cases/{id}/hypotheses");
    let ledger = user.get(&path).await.expect(200);
    let hypotheses = ledger["hypotheses"].as_array().unwrap().iter();
    let seeded = hypotheses.filter(|it| it["source"] == "knowledge");
    seeded
        .map(|it| it["statement"].as_str().unwrap().to_owned())
        .collect()
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

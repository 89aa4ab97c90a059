//! What can be done with cases besides turns: finding, counting, naming, adding to the ledger.

use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample};

async fn investigation(user: &User) -> String {
    let id = user.open_case().await;
    user.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    user.hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    user.say(&id, "yes").await;
    id
}

#[tokio::test]
async fn cases_are_found_by_words_and_filters_of_both_dialects() {
    let app = App::start().await;
    let ada = app.admin().await;
    let body = json!({"title": "Checkout fails", "priority": "high", "tags": ["EU"]});
    ada.post("/api/v1/cases", body).await.expect(201);
    ada.open_case().await;
    for status in ["consulting", "inquiry"] {
        let wish = json!({
            "query": "CHECKOUT", "status": [status], "severity": ["high"], "tags": ["eu"],
            "date_from": "2020-01-01T00:00:00Z",
        });
        let found = ada.post("/api/v1/cases/search", wish).await.expect(200);
        assert_eq!(found["total"], 1, "{found:#}");
        assert_eq!(found["cases"][0]["title"], "Checkout fails");
        assert_eq!(found["page"], 1);
    }
    let wish = json!({"status": ["open"]});
    let refused = ada.post("/api/v1/cases/search", wish).await;
    assert_eq!(refused.problem(422), "invalid_field");
    assert_eq!(refused.body["errors"][0]["field"], "status");
    let bob = app.user(&ada, "bob", "member").await;
    let found = bob.post("/api/v1/cases/search", json!({"query": "checkout"}));
    assert_eq!(found.await.expect(200)["total"], 0);
}

#[tokio::test]
async fn numbers_follow_what_happens() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigation(&ada).await;
    let of_case = ada
        .get(&format!("/api/v1/cases/{id}/analytics"))
        .await
        .expect(200);
    assert_eq!(of_case["message_count"], 6);
    assert_eq!(of_case["participant_count"], 1);
    assert_eq!(of_case["status"], "investigating");
    assert!(of_case["evidence_count"].as_i64().unwrap() >= 2);
    assert!(of_case["resolution_time_minutes"].is_null());

    let summary = ada.get("/api/v1/cases/analytics/summary").await.expect(200);
    assert_eq!(summary["total_cases"], 1);
    assert_eq!(summary["by_status"]["investigating"], 1);
    assert_eq!(summary["by_status"]["consulting"], 0);
    assert_eq!(summary["by_state"]["inquiry"], 0);
    assert_eq!(
        summary["total_evidence_collected"],
        of_case["evidence_count"]
    );
    assert_eq!(
        summary["total_hypotheses_generated"],
        of_case["hypotheses_count"]
    );
    let trends = ada
        .get("/api/v1/cases/analytics/trends?days=7")
        .await
        .expect(200);
    assert_eq!(trends["trends"].as_array().unwrap().len(), 7);
    assert_eq!(trends["trends"][6]["created"], 1);
    assert_eq!(trends["summary"]["trend_direction"], "up");
    let refused = ada.get("/api/v1/cases/analytics/trends?days=0").await;
    assert_eq!(refused.problem(422), "invalid_field");
}

#[tokio::test]
async fn a_title_is_generated_from_what_is_known() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let path = format!("/api/v1/cases/{id}/title");
    let nothing = ada.post(&path, json!({"max_words": 8})).await.expect(200);
    assert_eq!(
        (&nothing["title"], &nothing["generated"]),
        (&json!(""), &json!(false))
    );
    ada.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    let named = ada.post(&path, Value::Null).await;
    assert_eq!(named.headers["x-title-source"], "generated");
    let named = named.expect(200);
    let title = named["title"].as_str().unwrap();
    assert!(title.contains("checkout"), "{title}");
    let case = format!("/api/v1/cases/{id}");
    assert_eq!(ada.get(&case).await.expect(200)["title"], title);
    ada.put(&case, json!({"title": "Mine"})).await.expect(200);
    let kept = ada.post(&format!("{path}?force=true"), json!({})).await;
    assert_eq!(kept.headers["x-title-source"], "existing");
    assert_eq!(kept.expect(200)["title"], "Mine");
}

#[tokio::test]
async fn an_archived_case_is_listed_on_request_only() {
    let app = App::start().await;
    let ada = app.admin().await;
    let welcomed = ada.get("/api/v1/cases").await.expect(200);
    assert_eq!(welcomed["total"], 1);
    let id = ada.open_case().await;
    ada.open_case().await;
    let archived = ada
        .post(&format!("/api/v1/cases/{id}/archive"), json!({}))
        .await
        .expect(200);
    assert_eq!(archived["status"], "archived");
    assert_eq!(ada.get("/api/v1/cases").await.expect(200)["total"], 2);
    let all = ada.get("/api/v1/cases?include_archived=true").await;
    assert_eq!(all.expect(200)["total"], 3);
}

#[tokio::test]
async fn people_add_hypotheses_and_have_their_word_weighed() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigation(&ada).await;
    let path = format!("/api/v1/cases/{id}/hypotheses");
    let body =
        json!({"description": "the disk is full", "category": "root_cause", "confidence": 0.9});
    let added = ada.post(&path, body).await.expect(200);
    let hypothesis = &added["hypothesis"];
    assert_eq!(hypothesis["status"], "captured");
    assert_eq!(hypothesis["category"], "other");
    let one = format!("{path}/{}", hypothesis["hypothesis_id"].as_str().unwrap());
    let lowered = ada.put(&one, json!({"confidence": 0.1})).await.expect(200);
    assert_eq!(lowered["prior"], 0.1);
    let computed = ada.put(&one, json!({"status": "active"})).await;
    assert_eq!(computed.problem(409), "status_is_computed");
    let noted = json!({"validation_notes": "kept?"});
    ada.put(&one, noted).await.expect(200);
    let messages = ada.get(&format!("/api/v1/cases/{id}/messages")).await;
    assert!(messages.expect(200).to_string().contains("kept?"));
    let refuted = json!({"status": "refuted", "validation_notes": "df shows 10 %"});
    let refuted = ada.put(&one, refuted).await.expect(200);
    assert_eq!(refuted["status"], "refuted");
    let late = ada.put(&one, json!({"confidence": 0.3})).await;
    assert_eq!(late.problem(409), "likelihood_is_computed");
    let again = ada
        .post(&path, json!({"description": "the disk is full"}))
        .await;
    assert_eq!(again.problem(409), "refuted_before");
    let missing = format!("{path}/hyp_000000000000");
    let missing = ada.put(&missing, json!({})).await;
    assert_eq!(missing.problem(404), "hypothesis_not_found");
}

#[tokio::test]
async fn an_inquiry_captures_a_hypothesis_but_weighs_none() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let path = format!("/api/v1/cases/{id}/hypotheses");
    let added = ada.post(&path, json!({"title": "the disk is full"}));
    let added = added.await.expect(200);
    let hypothesis_id = added["hypothesis"]["hypothesis_id"].as_str().unwrap();
    let one = format!("{path}/{hypothesis_id}");
    let weighed = ada.put(&one, json!({"status": "validated"})).await;
    assert_eq!(weighed.problem(409), "guard_failed");
}

#[tokio::test]
async fn people_bring_fixes_and_messages_of_their_own() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let case = format!("/api/v1/cases/{id}");
    let fix = json!({"title": "Raise it", "description": "Too small.", "implementation_steps": ["Set 50"]});
    let added = ada
        .post(&format!("{case}/solutions"), fix)
        .await
        .expect(201);
    assert_eq!(added["action_type"], "mitigation");
    assert_eq!(added["implementation_steps"], json!(["Set 50"]));
    let note = json!({"role": "user", "content": "Seen in Slack", "message_metadata": {"ts": 7}});
    let added = ada
        .post(&format!("{case}/messages"), note)
        .await
        .expect(201);
    let listed = ada.get(&format!("{case}/messages")).await.expect(200);
    assert_eq!(listed["messages"][0]["id"], added["id"]);
    assert_eq!(listed["messages"][0]["metadata"]["ts"], 7);
    let refused = ada
        .post(
            &format!("{case}/messages"),
            json!({"role": "boss", "content": "x"}),
        )
        .await;
    assert_eq!(refused.body["errors"][0]["field"], "role");
    ada.post(&format!("{case}/close"), Value::Null)
        .await
        .expect(200);
    let late = ada
        .post(
            &format!("{case}/messages"),
            json!({"role": "user", "content": "x"}),
        )
        .await;
    assert_eq!(late.problem(409), "case_is_terminal");
}

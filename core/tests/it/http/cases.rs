//! Cases: create, read, change, delete, and who may.

use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::{Value, json};

use crate::harness::{App, User};

/// Fails unless a case of the list that the browser extension asks for has messages.
async fn expect_conversation(user: &User, after: &str) {
    let list = user.get("/api/v1/cases?limit=100").await.expect(200);
    let cases = list["cases"].as_array().unwrap();
    let talked_in = cases.iter().find(|case| case["message_count"] != 0);
    let talked_in = talked_in.unwrap_or_else(|| panic!("{after}: {list:#}"));
    let path = format!(
        "/api/v1/cases/{}/messages",
        talked_in["case_id"].as_str().unwrap()
    );
    let messages = user.get(&path).await.expect(200);
    assert_eq!(messages["retrieved_count"], 2, "{after}");
}

#[tokio::test]
async fn whatever_a_user_puts_away_a_case_with_an_exchange_is_listed() {
    let app = App::start().await;
    let ada = app.admin().await;
    let welcome = async || {
        let list = ada.get("/api/v1/cases").await.expect(200);
        let mut cases = list["cases"].as_array().unwrap().iter();
        let case = cases.find(|case| case["kind"] == "welcome").unwrap();
        format!("/api/v1/cases/{}", case["case_id"].as_str().unwrap())
    };
    let archive = format!("{}/archive", welcome().await);
    ada.post(&archive, Value::Null).await.expect(200);
    expect_conversation(&ada, "the welcome case is archived").await;
    ada.open_case().await;
    ada.delete(&welcome().await).await.expect(204);
    expect_conversation(&ada, "it is deleted beside an empty case").await;
    let empty = json!({"archived": true});
    ada.put(&welcome().await, empty).await.expect(200);
    expect_conversation(&ada, "it is archived beside an empty case").await;
}

#[tokio::test]
async fn a_new_user_has_a_welcome_case_with_an_exchange() {
    let app = App::start().await;
    let ada = app.admin().await;
    let list = ada.get("/api/v1/cases?limit=100").await.expect(200);
    let cases = list["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 1, "{list:#}");
    let path = format!(
        "/api/v1/cases/{}/messages",
        cases[0]["case_id"].as_str().unwrap()
    );
    let messages = ada.get(&path).await.expect(200);
    assert_eq!(messages["messages"][0]["role"], "user");
    assert_eq!(messages["messages"][1]["role"], "assistant");
    assert_eq!(messages["total_count"], messages["retrieved_count"]);
}

#[tokio::test]
async fn a_case_lives_from_creation_to_deletion_and_back() {
    let app = App::start().await;
    let ada = app.admin().await;
    let body = json!({"title": "Checkout is slow", "priority": "high", "metadata": {"ticket": 7}});
    let created = ada.post("/api/v1/cases", body).await.expect(201);
    let path = format!("/api/v1/cases/{}", created["case_id"].as_str().unwrap());
    assert_eq!(created["metadata"]["ticket"], 7);
    assert_eq!(created["organization_id"], "default");

    let changed = ada
        .put(&path, json!({"title": "Checkout fails"}))
        .await
        .expect(200);
    assert_eq!(changed["title"], "Checkout fails");
    assert_eq!(changed["priority"], "high");
    let patched = ada
        .send(Method::PATCH, &path, Some(json!({"priority": "low"})))
        .await
        .expect(200);
    assert_eq!(patched["priority"], "low");

    ada.delete(&path).await.expect(204);
    assert_eq!(ada.get(&path).await.problem(404), "case_not_found");
    assert!(
        ada.get(&path).await.body["detail"]
            .as_str()
            .unwrap()
            .contains("Case not found")
    );
    ada.post(&format!("{path}/restore"), json!({}))
        .await
        .expect(200);
    ada.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_placeholder_title_counts_the_cases_of_the_day() {
    let app = App::start().await;
    let ada = app.admin().await;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let case = ada
            .post("/api/v1/cases", json!({"title": null}))
            .await
            .expect(201);
        let title = case["title"].as_str().unwrap().to_owned();
        numbers.push(title.rsplit('-').next().unwrap().parse::<u32>().unwrap());
    }
    assert_eq!(numbers[1], numbers[0] + 1);
    assert_eq!(numbers[2], numbers[1] + 1);
}

#[tokio::test]
async fn the_same_idempotency_key_creates_one_case() {
    let app = App::start().await;
    let ada = app.admin().await;
    let key = || {
        (
            HeaderName::from_static("idempotency-key"),
            "opt_case_1700000000000_1",
        )
    };
    let first = ada
        .post_with("/api/v1/cases", key(), json!({"title": null}))
        .await
        .expect(201);
    let again = ada
        .post_with("/api/v1/cases", key(), json!({"title": null}))
        .await;
    assert_eq!(again.headers["x-idempotency-replayed"], "true");
    assert_eq!(again.expect(201)["case_id"], first["case_id"]);
    let other = ada
        .post_with("/api/v1/cases", key(), json!({"title": "Another"}))
        .await;
    assert_eq!(other.problem(409), "idempotency_key_reused");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap() {
    let app = App::start().await;
    let ada = app.admin().await;
    ada.get("/api/v1/cases").await.expect(200);
    for number in 0..5 {
        ada.post(
            "/api/v1/cases",
            json!({"title": format!("Case number {number}")}),
        )
        .await
        .expect(201);
    }
    let first = ada.get("/api/v1/cases?limit=2&offset=0").await.expect(200);
    let second = ada
        .get("/api/v1/cases?page=2&page_size=2")
        .await
        .expect(200);
    assert_eq!(first["cases"][0]["title"], "Case number 4");
    assert_eq!(first["cases"][1]["title"], "Case number 3");
    assert_eq!(second["cases"][0]["title"], "Case number 2");
    assert_eq!(first["total"], second["total"]);
    assert_eq!(first["has_more"], true);
}

#[tokio::test]
async fn a_stranger_and_an_administrator_do_not_see_a_foreign_case() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let path = format!("/api/v1/cases/{}", bob.open_case().await);
    let foreign = ada.get(&path).await;
    assert_eq!(foreign.problem(404), "case_not_found");
    let absent = ada.get("/api/v1/cases/case_000000000000").await;
    assert_eq!(foreign.body["detail"], absent.body["detail"]);
}

#[tokio::test]
async fn a_viewer_creates_no_case() {
    let app = App::start().await;
    let ada = app.admin().await;
    let eve = app.user(&ada, "eve", "viewer").await;
    assert_eq!(
        eve.post("/api/v1/cases", json!({})).await.problem(403),
        "forbidden"
    );
    eve.get("/api/v1/cases").await.expect(200);
}

#[tokio::test]
async fn a_closed_case_takes_no_files_but_keeps_its_title_editable() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let closed = ada
        .post(
            &format!("/api/v1/cases/{id}/close"),
            json!({"reason": "duplicate"}),
        )
        .await
        .expect(200);
    assert_eq!(closed["status"], "closed");
    let reply = ada.upload(&id, "late.log", b"too late\n".to_vec()).await;
    assert_eq!(reply.problem(409), "case_is_terminal");
    ada.put(
        &format!("/api/v1/cases/{id}"),
        json!({"title": "Closed for good"}),
    )
    .await
    .expect(200);
    let reopened = ada
        .post(
            &format!("/api/v1/cases/{id}/status"),
            json!({"status": "investigating"}),
        )
        .await;
    reopened.problem(409);
}

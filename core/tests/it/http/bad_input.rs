//! Bad input gets a clear error that names the problem and the remedy.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::harness::App;

#[tokio::test]
async fn broken_json_is_refused_with_the_place() {
    let app = App::start().await;
    let ada = app.admin().await;
    let request = ada
        .request(Method::POST, "/api/v1/cases")
        .header("content-type", "application/json")
        .body("{\"title\": ");
    let reply = ada.run(request).await;
    assert_eq!(reply.problem(422), "invalid_field");
    assert_eq!(
        reply.body["detail"],
        "body: the JSON ends early, at line 1, column 10; send the whole body"
    );
    assert_eq!(reply.body["errors"][0]["field"], "body");
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let sign_in = json!({"username": "ada", "password": "not the password"});
    let closed_at_once = json!({"status": "resolved"});
    for (reply, problem, remedy) in [
        (
            ada.get("/api/v1/cases/case_0123456789ab").await,
            "Case not found",
            "check the id, or list your cases",
        ),
        (
            ada.get("/api/v1/evidence/file_0123456789ab").await,
            "not found",
            "check the id",
        ),
        (
            app.anonymous().post("/api/v1/auth/login", sign_in).await,
            "name or password is wrong",
            "ask an administrator",
        ),
        (
            ada.put(&format!("/api/v1/cases/{case_id}"), closed_at_once)
                .await,
            "from inquiry to resolved",
            "it can go to investigating or closed",
        ),
        (
            ada.get("/api/v1/cases?page_token=nonsense").await,
            "page_token: is not a token",
            "leave it out for the first page",
        ),
    ] {
        assert!((400..500).contains(&reply.status), "{:#}", reply.body);
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains(problem), "{detail}");
        assert!(detail.contains(remedy), "{detail}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_as_such() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    for (path, kind) in [
        ("/api/v1/cases".to_owned(), "application/json"),
        (
            format!("/api/v1/cases/{case_id}/turns"),
            "multipart/form-data; boundary=x",
        ),
    ] {
        let request = ada
            .request(Method::POST, &path)
            .header("content-type", kind)
            .header("content-encoding", "gzip")
            .body(b"\x1f\x8b\x08".to_vec());
        let reply = ada.run(request).await;
        assert_eq!(reply.problem(415), "unsupported_encoding");
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains("send the body uncompressed"), "{detail}");
    }
}

#[tokio::test]
async fn an_empty_turn_names_the_field_the_client_knows() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    for (path, body, field) in [
        ("turns", json!({"query": ""}), "query"),
        ("turns", json!({"query": "x".repeat(200_001)}), "query"),
        ("queries", json!({"message": " "}), "message"),
    ] {
        let reply = ada
            .post(&format!("/api/v1/cases/{case_id}/{path}"), body)
            .await;
        reply.problem(422);
        assert_eq!(reply.body["errors"][0]["field"], field, "{:#}", reply.body);
        assert!(!reply.body["detail"].as_str().unwrap().starts_with("text:"));
    }
}

#[tokio::test]
async fn a_wrong_type_and_a_long_text_name_their_field() {
    let app = App::start().await;
    let ada = app.admin().await;
    for (body, field) in [
        (json!({"title": 5}), "title"),
        (json!({"title": "x".repeat(201)}), "title"),
        (json!({"priority": "urgent"}), "priority"),
    ] {
        let reply = ada.post("/api/v1/cases", body).await;
        assert_eq!(reply.problem(422), "invalid_field");
        assert_eq!(reply.body["errors"][0]["field"], field, "{:#}", reply.body);
    }
}

#[tokio::test]
async fn an_array_is_no_case_and_creates_none() {
    let app = App::start().await;
    let ada = app.admin().await;
    let before = ada.get("/api/v1/cases").await.expect(200);
    for body in [json!([]), json!(["title"]), json!("x"), json!(5)] {
        let reply = ada.post("/api/v1/cases", body).await;
        assert_eq!(reply.problem(422), "invalid_field");
        assert_eq!(reply.body["errors"][0]["field"], "body", "{:#}", reply.body);
    }
    let after = ada.get("/api/v1/cases").await.expect(200);
    assert_eq!(after["total_count"], before["total_count"]);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = App::start().await;
    let ada = app.admin().await;
    let reply = ada
        .post("/api/v1/cases", json!({"title": "x".repeat(3 << 20)}))
        .await;
    reply.problem(413);
}

#[tokio::test]
async fn tokens_that_are_absent_broken_or_foreign_are_refused_with_a_string() {
    let app = App::start().await;
    let ada = app.admin().await;
    let mut forged = ada.token().to_owned();
    forged.truncate(forged.len() - 4);
    forged.push_str("AAAA");
    app.anonymous().get("/api/v1/cases").await.problem(401);
    for token in ["nonsense", "a.b.c", forged.as_str()] {
        let reply = ada.with_token(token).get("/api/v1/cases").await;
        assert_eq!(reply.problem(401), "invalid_token");
        assert_ne!(reply.body["code"], "SESSION_EXPIRED");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_answer_in_the_same_shape() {
    let app = App::start().await;
    app.anonymous().get("/api/v1/nothing").await.problem(404);
    app.anonymous().delete("/health").await.problem(405);
}

#[tokio::test]
async fn unknown_ids_are_not_found_whatever_they_look_like() {
    let app = App::start().await;
    let ada = app.admin().await;
    for id in [
        "case_000000000000",
        "case_x",
        "opt_case_1_2",
        "%2e%2e%2f",
        "'; drop table",
    ] {
        for suffix in ["", "/ui", "/messages", "/uploaded-files", "/hypotheses"] {
            let path = format!("/api/v1/cases/{id}{suffix}");
            assert_eq!(
                ada.get(&path).await.problem(404),
                "case_not_found",
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn an_empty_turn_is_refused_and_leaves_no_trace() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let blank = Form::new().text("query", "   ");
    assert_eq!(ada.turn(&id, blank).await.problem(422), "empty_turn");
    ada.turn(&id, Form::new()).await.problem(422);
    let messages = ada
        .get(&format!("/api/v1/cases/{id}/messages"))
        .await
        .expect(200);
    assert_eq!(messages["total_count"], 0);
}

#[tokio::test]
async fn a_message_beyond_its_limit_names_the_limit() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let form = Form::new().text("query", "x".repeat(200_001));
    let reply = ada.turn(&id, form).await;
    reply.problem(422);
    assert!(
        reply.body["detail"].as_str().unwrap().contains("200"),
        "{:#}",
        reply.body
    );
}

#[tokio::test]
async fn an_unknown_intent_is_refused() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let form = Form::new()
        .text("query", "hello")
        .text("intent_type", "status_transition")
        .text("intent_data", "{not json");
    ada.turn(&id, form).await.problem(422);
}

#[tokio::test]
async fn two_turns_at_once_are_numbered_without_gap() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let turns = (0..4).map(|number| {
        let (ada, id) = (ada.clone(), id.clone());
        async move {
            ada.say(&id, &format!("Why is service{number} slow since 10:00?"))
                .await
        }
    });
    let mut numbers: Vec<Value> = futures::future::join_all(turns)
        .await
        .into_iter()
        .map(|reply| reply["turn_number"].clone())
        .collect();
    numbers.sort_by_key(Value::as_i64);
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[tokio::test]
async fn an_expired_token_is_refused_as_a_token() {
    let secret = "a secret of the test, which is long enough";
    let app = App::with(&[("JWT_ALGORITHM", "HS256"), ("JWT_SECRET", secret)]).await;
    let ada = app.admin().await;
    ada.get("/api/v1/cases").await.expect(200);
    let mut claims: Value = claims_of(ada.token(), secret);
    claims["exp"] = json!(1_700_000_000);
    let expired = signed(&claims, secret);
    let reply = ada.with_token(&expired).get("/api/v1/cases").await;
    assert_eq!(reply.problem(401), "invalid_token");
    let detail = reply.body["detail"].as_str().unwrap().to_lowercase();
    assert!(!detail.contains("session expired"), "{detail}");
}

fn claims_of(token: &str, secret: &str) -> Value {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
    let mut rules = Validation::new(Algorithm::HS256);
    rules.validate_aud = false;
    let key = DecodingKey::from_secret(secret.as_bytes());
    decode::<Value>(token, &key, &rules).unwrap().claims
}

fn signed(claims: &Value, secret: &str) -> String {
    use jsonwebtoken::{EncodingKey, Header, encode};
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), claims, &key).unwrap()
}

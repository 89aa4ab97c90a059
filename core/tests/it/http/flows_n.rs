//! What the current browser extension does, call by call and in its order, asking first each time.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::contract::expect_shape;
use crate::harness::{App, Body, Extension, PASSWORD, Reply, User, WorkedExample};

mod refused;

const CASES: &str = "/api/v1/cases";
const QUESTION: &str = "Why does checkout answer 500 since 14:05?";

/// Starts the product with a person whose panel is signed in.
async fn signed_in(settings: &[(&str, &str)]) -> (App, User, Extension) {
    let app = App::with(settings).await;
    let ada = app.admin().await;
    let mut panel = Extension::current(&app);
    panel.open_session().await;
    panel.sign_in(ada.sign_in());
    (app, ada, panel)
}

/// Opens the case that a typed first message is about.
async fn new_case(panel: &Extension, key: &str) -> String {
    let body = Body::Json(json!({"title": null, "priority": "low"}));
    let case = panel.post_once(CASES, key, body).await.expect(201);
    expect_shape("case", &case);
    case["case_id"].as_str().unwrap().to_owned()
}

fn text(query: &str) -> Form {
    Form::new().text("query", query.to_owned())
}

/// Asks the same question with the same key each time.
async fn ask_once(panel: &Extension, case_id: &str) -> Reply {
    let path = format!("{CASES}/{case_id}/turns");
    let key = "opt_msg_1700000000000_1";
    panel
        .post_once(&path, key, Body::Form(text(QUESTION)))
        .await
}

async fn take_turn(panel: &Extension, case_id: &str, key: &str, form: Form) -> Value {
    let path = format!("{CASES}/{case_id}/turns");
    let turn = panel.post_once(&path, key, Body::Form(form)).await;
    let turn = turn.expect(200);
    expect_shape("turn", &turn);
    turn
}

async fn log_in(panel: &mut Extension, name: &str) -> Value {
    let body = json!({"username": name, "password": PASSWORD});
    let tokens = panel.post("/api/v1/auth/login", Body::Json(body)).await;
    let tokens = tokens.expect(200);
    expect_shape("sign_in", &tokens);
    panel.sign_in(&tokens);
    tokens
}

#[tokio::test]
async fn a_panel_starts_logs_in_and_refreshes_its_token() {
    let app = App::start().await;
    app.admin().await;
    let mut panel = Extension::current(&app);
    expect_shape("capabilities", &panel.capabilities().await);
    let config = panel.get("/api/v1/auth/config").await.expect(200);
    expect_shape("auth_config", &config);
    assert_eq!(config["auth_mode"], "local");
    let session = panel.open_session().await;
    expect_shape("session", &session);

    let tokens = log_in(&mut panel, "ada").await;
    let list = panel.get("/api/v1/cases?limit=50").await.expect(200);
    expect_shape("case_list", &list);
    let me = panel.get("/api/v1/auth/me").await.expect(200);
    expect_shape("me", &me);
    assert_eq!(me["user_id"], tokens["user"]["user_id"]);
    let list = panel.get("/api/v1/cases?limit=100&offset=0").await;
    expect_shape("case_list", &list.expect(200));
    // The session that was opened before the login stays in use.
    let beat = format!(
        "/api/v1/sessions/{}/heartbeat",
        session["session_id"].as_str().unwrap()
    );
    assert!(panel.post(&beat, Body::Empty).await.status < 300);

    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    panel.sign_out();
    let newer = panel
        .post("/api/v1/auth/refresh", Body::Json(refresh))
        .await;
    let newer = newer.expect(200);
    expect_shape("sign_in", &newer);
    assert_ne!(newer["refresh_token"], tokens["refresh_token"]);
    panel.sign_in(&newer);
    panel.get("/api/v1/cases?limit=50").await.expect(200);
    let logout = panel.post("/api/v1/auth/logout", Body::Empty).await;
    assert!(logout.expect(200)["all_sessions_ended"].is_boolean());
    let late = panel.get("/api/v1/cases?limit=50").await;
    assert_eq!(late.problem(401), "invalid_token");
    let detail = late.body["detail"].as_str().unwrap().to_lowercase();
    assert!(!detail.contains("session"), "{detail}");
}

#[tokio::test]
async fn somebody_new_registers_in_the_panel() {
    let app = App::with(&[("REGISTRATION", "open")]).await;
    app.admin().await;
    let mut panel = Extension::current(&app);
    let body = json!({
        "username": "grace", "email": "grace@example.org",
        "display_name": "Grace", "password": PASSWORD,
    });
    let tokens = panel.post("/api/v1/auth/register", Body::Json(body)).await;
    let tokens = tokens.expect(201);
    expect_shape("sign_in", &tokens);
    panel.sign_in(&tokens);
    let list = panel.get("/api/v1/cases?limit=50").await.expect(200);
    assert_eq!(
        list["cases"].as_array().unwrap().len(),
        1,
        "the welcome case"
    );
    let wrong = json!({"username": "grace", "password": "not this one"});
    panel.sign_out();
    let refused = panel.post("/api/v1/auth/login", Body::Json(wrong)).await;
    assert_eq!(refused.problem(401), "invalid_credentials");
}

#[tokio::test]
async fn a_new_case_is_one_case_and_its_turn_one_turn_however_often_they_are_sent() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let key = "opt_case_1700000000000_1";
    let case_id = new_case(&panel, key).await;
    assert_eq!(new_case(&panel, key).await, case_id);
    panel.header(&case_id, "header_inquiry").await;
    let key = "opt_msg_1700000000000_1";
    let turn = take_turn(&panel, &case_id, key, text(QUESTION)).await;
    let again = take_turn(&panel, &case_id, key, text(QUESTION)).await;
    assert_eq!(again["turn_number"], turn["turn_number"]);
    panel.header(&case_id, "header_inquiry").await;
    let list = panel.get("/api/v1/cases?limit=100&offset=0").await;
    let list = list.expect(200);
    let named = list["cases"].as_array().unwrap().iter();
    assert_eq!(
        named
            .filter(|case| case["case_id"] == case_id.as_str())
            .count(),
        1
    );
    let path = format!("{CASES}/{case_id}/messages?limit=100&offset=0");
    let page = panel.get(&path).await.expect(200);
    expect_shape("messages", &page);
    let rows = page["messages"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{page:#}");
    assert!(
        rows.iter()
            .all(|row| row["turn_number"] == turn["turn_number"])
    );
}

#[tokio::test]
async fn a_case_is_named_on_request_renamed_and_deleted() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    let case = format!("{CASES}/{case_id}");
    let name = async || {
        let body = Body::Json(json!({"max_words": 8}));
        let named = panel.post(&format!("{case}/title"), body).await;
        expect_shape("title", &named.body);
        named
    };
    assert_eq!(name().await.expect(200)["title"], "");
    take_turn(&panel, &case_id, "opt_msg_1700000000000_1", text(QUESTION)).await;
    assert_eq!(name().await.headers["x-title-source"], "generated");
    panel.put(&case, json!({"title": "Mine"})).await.expect(200);
    assert_eq!(name().await.headers["x-title-source"], "existing");
    panel.delete(&case).await.expect(204);
    assert_eq!(panel.get(&case).await.problem(404), "case_not_found");
}

#[tokio::test]
async fn data_is_handed_over_as_file_paste_or_page() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let metadata = json!({"created_via": "browser_extension", "auto_generated": true});
    let body = json!({"title": null, "priority": "medium", "metadata": metadata});
    let key = "1b0c4f0e-4f0d-4d5c-9f5e-0e6b7a8c9d10";
    let case = panel
        .post_once(CASES, key, Body::Json(body))
        .await
        .expect(201);
    let case_id = case["case_id"].as_str().unwrap();
    let log = Part::bytes(WorkedExample::app_log()).file_name("app.log");
    let file = text("Please analyze this file.")
        .text("input_type", "file")
        .part("files", log.mime_str("text/x-log").unwrap());
    let paste = text("Please analyze this data.")
        .text(
            "pasted_content",
            "ERROR disk full\r\nERROR no space left\r\n".repeat(60),
        )
        .text("input_type", "paste");
    let page = text("Please analyze this page.")
        .text(
            "pasted_content",
            "Page: https://grafana.example/d/1\r\nHTTP 500 since 14:05\r\n",
        )
        .text("input_type", "page_capture")
        .text("source_url", "https://grafana.example/d/1");
    for (number, form, kind) in [
        (1, file, "file_upload"),
        (2, paste, "text_paste"),
        (3, page, "page_capture"),
    ] {
        let turn = take_turn(&panel, case_id, &format!("opt_msg_data_{number}"), form).await;
        assert_eq!(turn["turn_number"], number);
        let stored = turn["attachments_processed"].as_array().unwrap();
        assert_eq!(stored.len(), 1, "{turn:#}");
        assert_eq!(stored[0]["source_type"], kind, "{turn:#}");
    }
    let files = format!("{CASES}/{case_id}/uploaded-files");
    let listed = panel.get(&files).await.expect(200);
    expect_shape("files", &listed);
    assert_eq!(listed["files"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_turn_that_takes_long_is_polled_and_its_repeat_names_the_same_job() {
    let (_app, _ada, panel) = signed_in(&[("TURN_SYNC_WAIT_S", "0")]).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    let send = async || ask_once(&panel, &case_id).await;
    let first = send().await;
    let again = send().await;
    if again.status == 202 {
        assert_eq!(again.headers["location"], first.headers["location"]);
    }
    let job = panel.follow(&first).await;
    assert_eq!(job["status"], "completed", "{job:#}");
    let stored = send().await.expect(200);
    assert_eq!(stored["turn_number"], job["result"]["turn_number"]);
    let messages = panel
        .get(&format!("{CASES}/{case_id}/messages?limit=100"))
        .await;
    assert_eq!(messages.expect(200)["total_count"], 2);
}

#[tokio::test]
async fn an_opened_case_reads_the_rows_it_lacks_page_by_page() {
    let (_app, ada, panel) = signed_in(&[]).await;
    let case_id = new_case(&panel, "opt_case_1700000000000_1").await;
    let path = format!("{CASES}/{case_id}/messages");
    for number in 0..75 {
        for role in ["user", "assistant"] {
            let row = json!({"role": role, "content": format!("row {number} of {role}")});
            ada.post(&path, row).await.expect(201);
        }
    }
    let case = panel.get(&format!("{CASES}/{case_id}")).await.expect(200);
    expect_shape("case", &case);
    let mut held = Vec::new();
    assert_eq!(read_on(&panel, &path, &mut held).await, 2);
    assert_eq!(held.len(), 150);
    panel.header(&case_id, "header_inquiry").await;

    let turn = take_turn(&panel, &case_id, "opt_msg_1700000000000_1", text(QUESTION)).await;
    assert_eq!(read_on(&panel, &path, &mut held).await, 1);
    let newest = &held[150..];
    assert_eq!(newest.len(), 2, "{newest:#?}");
    assert!(
        newest
            .iter()
            .all(|row| row["turn_number"] == turn["turn_number"])
    );
    let mut ids: Vec<&str> = held
        .iter()
        .filter_map(|row| row["message_id"].as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 152, "no row comes twice");
}

/// Reads the rows after those held, until a page is short; returns how many pages that took.
async fn read_on(panel: &Extension, path: &str, held: &mut Vec<Value>) -> usize {
    let mut pages = 0;
    loop {
        let url = format!("{path}?limit=100&offset={}", held.len());
        let page = panel.get(&url).await.expect(200);
        expect_shape("messages", &page);
        let rows = page["messages"].as_array().unwrap();
        held.extend(rows.iter().cloned());
        pages += 1;
        if rows.len() < 100 {
            assert_eq!(page["total_count"], held.len());
            return pages;
        }
    }
}

#[tokio::test]
async fn a_menu_moves_a_case_by_an_intent_with_a_sentence() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let investigate = "I want to start a formal investigation to find the root cause.";
    let resolve =
        "The issue is resolved. Generate final documentation with root cause and solution.";
    let give_up = "Close this case as unresolved. Summarize what we found so far.";
    for (end, sentence) in [("resolved", resolve), ("closed", give_up)] {
        let case_id = new_case(&panel, &format!("opt_case_{end}_1")).await;
        take_turn(
            &panel,
            &case_id,
            &format!("opt_msg_{end}_1"),
            text(QUESTION),
        )
        .await;
        let mut from = "inquiry";
        for (to, sentence) in [("investigating", investigate), (end, sentence)] {
            let data = json!({
                "type": "status_transition", "from_state": from, "to_state": to,
                "user_confirmed": true,
            });
            let form = text(sentence)
                .text("intent_type", "status_transition")
                .text("intent_data", data.to_string());
            let turn = take_turn(&panel, &case_id, &format!("opt_msg_{end}_{to}"), form).await;
            assert_eq!(turn["case_state"], to, "{turn:#}");
            panel.header(&case_id, &format!("header_{to}")).await;
            from = to;
        }
        let later = text("What should we monitor?");
        let turn = take_turn(&panel, &case_id, &format!("opt_msg_{end}_late"), later).await;
        assert_eq!(turn["case_state"], end);
    }
}

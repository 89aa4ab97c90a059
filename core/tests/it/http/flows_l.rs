//! What the older browser extension does, call by call and in its order.

use futures::StreamExt as _;
use futures::stream;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::contract::expect_shape;
use crate::harness::{App, Body, Extension, User, WorkedExample};

const CASES: &str = "/api/v1/cases";
const QUESTION: &str = "Why does checkout answer 500 since 14:05?";
const INVESTIGATE: &str = "I want to start a formal investigation to find the root cause.";
const RESOLVE: &str =
    "The issue is resolved. Generate final documentation with root cause and solution.";
/// How many histories it reads at once.
const AT_ONCE: usize = 5;

/// Starts the product with a person whose panel is signed in.
async fn signed_in(settings: &[(&str, &str)]) -> (App, User, Extension) {
    let app = App::with(settings).await;
    let ada = app.admin().await;
    let mut panel = Extension::legacy(&app);
    panel.open_session().await;
    panel.sign_in(ada.sign_in());
    (app, ada, panel)
}

/// Opens the case that a typed first message is about.
async fn new_case(panel: &Extension) -> String {
    let metadata = json!({"created_via": "browser_extension", "auto_generated": true});
    let body = json!({"priority": "medium", "metadata": metadata});
    let case = panel.post(CASES, Body::Json(body)).await.expect(201);
    expect_shape("case", &case);
    case["case_id"].as_str().unwrap().to_owned()
}

async fn say(panel: &Extension, case_id: &str, message: &str) -> Value {
    let path = format!("{CASES}/{case_id}/queries");
    let body = Body::Json(json!({"message": message}));
    let reply = panel.post(&path, body).await;
    assert!(!reply.headers.contains_key("location"));
    let turn = reply.expect(200);
    expect_shape("turn", &turn);
    turn
}

/// A file as it is sent: the session, the file, and where it is from, in this order.
fn upload(session_id: &str, name: &str, kind: &str, source: &Value, bytes: Vec<u8>) -> Body {
    let file = Part::bytes(bytes).file_name(name.to_owned());
    let form = Form::new()
        .text("session_id", session_id.to_owned())
        .part("file", file.mime_str(kind).unwrap())
        .text("source_metadata", source.to_string());
    Body::Form(form)
}

fn log_file(session_id: &str) -> Body {
    let source = json!({"source_type": "file_upload", "captured_at": "2026-03-04T14:05:00Z"});
    let log = WorkedExample::app_log();
    upload(session_id, "app.log", "text/x-log", &source, log)
}

fn ids(list: &Value) -> Vec<&str> {
    let cases = list["cases"].as_array().unwrap();
    let ids = cases.iter().map(|case| case["case_id"].as_str().unwrap());
    ids.collect()
}

#[tokio::test]
async fn a_page_of_the_dashboard_hands_the_sign_in_over() {
    let app = App::with(&[("AUTH_DEV_LOGIN", "true")]).await;
    app.admin().await;
    let mut panel = Extension::legacy(&app);
    let capabilities = panel.capabilities().await;
    expect_shape("capabilities", &capabilities);
    expect_shape("session", &panel.open_session().await);

    let dashboard = capabilities["dashboardUrl"].as_str().unwrap();
    let tab = User::new(
        reqwest::Client::new(),
        dashboard.to_owned(),
        None,
        Value::Null,
    );
    let page = tab.get("/login?source=extension").await.expect(200);
    assert!(page.as_str().unwrap().contains("/auth/sign-in.js"));
    let script = tab.get("/auth/sign-in.js").await.expect(200);
    for word in ["FM_AUTH_SUCCESS", "fm_auth_state", "location.origin"] {
        assert!(script.as_str().unwrap().contains(word), "{word}");
    }
    let name = tab.request(Method::POST, "/api/v1/auth/dev-login");
    let name = name.header("origin", dashboard);
    let handed = tab.run(name.json(&json!({"username": "bob"}))).await;
    let handed = handed.expect(200);
    expect_shape("sign_in", &handed);

    panel.sign_in(&handed);
    // The first list is often asked for before the session is known.
    panel.forget_session();
    let list = panel.get("/api/v1/cases?limit=100").await.expect(200);
    expect_shape("case_list", &list);
    assert_eq!(ids(&list).len(), 1, "the welcome case");
    let button = tab.request(Method::GET, "/").header("accept", "text/html");
    assert!(tab.run(button).await.expect(200).is_string());
}

async fn history(panel: &Extension, case_id: &str) -> Value {
    let path = format!("{CASES}/{case_id}/messages?include_debug=true");
    panel.get(&path).await.expect(200)
}

#[tokio::test]
async fn a_start_reads_the_history_of_every_case() {
    let (_app, ada, panel) = signed_in(&[]).await;
    for _ in 0..7 {
        let case_id = ada.open_case().await;
        ada.say(&case_id, QUESTION).await;
    }
    panel.capabilities().await;
    let list = panel.get("/api/v1/cases?limit=100").await.expect(200);
    assert_eq!(ids(&list).len(), 7);
    let histories = stream::iter(ids(&list)).map(|case_id| history(&panel, case_id));
    let histories: Vec<Value> = histories.buffer_unordered(AT_ONCE).collect().await;
    for history in &histories {
        expect_shape("messages", history);
        assert_eq!(history["retrieved_count"], history["total_count"]);
        let rows = history["messages"].as_array().unwrap();
        let roles: Vec<&Value> = rows.iter().map(|row| &row["role"]).collect();
        assert_eq!(roles, ["user", "assistant"], "{history:#}");
    }
    let sidebar = panel.get("/api/v1/cases?limit=100&offset=0").await;
    assert_eq!(ids(&sidebar.expect(200)), ids(&list));
}

#[tokio::test]
async fn a_first_message_opens_a_case_and_is_answered() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let case_id = new_case(&panel).await;
    let list = panel.get("/api/v1/cases?limit=100&offset=0").await;
    assert!(ids(&list.expect(200)).contains(&case_id.as_str()));
    assert_eq!(say(&panel, &case_id, QUESTION).await["turn_number"], 1);
    let header = panel.header(&case_id, "header_inquiry").await;
    assert_eq!(header["current_turn"], 1);

    let path = format!("{CASES}/{case_id}/data");
    let stored = panel.post(&path, log_file("none")).await.expect(200);
    let files = format!("{CASES}/{case_id}/uploaded-files");
    let listed = panel.get(&files).await.expect(200);
    expect_shape("files", &listed);
    assert_eq!(listed["files"][0]["file_id"], stored["data_id"]);
    let path = format!("{files}/{}", stored["data_id"].as_str().unwrap());
    expect_shape("file", &panel.get(&path).await.expect(200));

    let case = format!("{CASES}/{case_id}");
    panel
        .put(&case, json!({"title": "Checkout"}))
        .await
        .expect(200);
    assert!(panel.delete(&case).await.status < 300);
    let list = panel.get("/api/v1/cases?limit=100&offset=0").await;
    assert!(!ids(&list.expect(200)).contains(&case_id.as_str()));
}

#[tokio::test]
async fn an_answer_that_takes_long_is_polled_and_a_file_never_is() {
    let (_app, _ada, panel) = signed_in(&[("TURN_SYNC_WAIT_S", "0")]).await;
    let case_id = new_case(&panel).await;
    let queries = format!("{CASES}/{case_id}/queries");
    let question = Body::Json(json!({"message": QUESTION}));
    let job = panel.follow(&panel.post(&queries, question).await).await;
    assert_eq!(job["status"], "completed", "{job:#}");
    let messages = panel.get(&format!("{CASES}/{case_id}/messages")).await;
    let messages = messages.expect(200);
    assert_eq!(
        messages["messages"][1]["content"],
        job["response"]["content"]
    );
    let data = format!("{CASES}/{case_id}/data");
    let stored = panel.post(&data, log_file("none")).await;
    expect_shape("upload", &stored.expect(200));
}

#[tokio::test]
async fn a_file_for_a_case_that_is_gone_goes_to_a_new_one() {
    let (_app, _ada, mut panel) = signed_in(&[]).await;
    let session = panel.open_session().await;
    let session_id = session["session_id"].as_str().unwrap();
    let gone = format!("{CASES}/case_0123456789ab/data");
    for (path, body) in [
        (gone.as_str(), log_file(session_id)),
        (
            "/api/v1/cases/opt_case_1700000000000_1/queries",
            Body::Json(json!({"message": QUESTION})),
        ),
    ] {
        let reply = panel.post(path, body).await;
        reply.problem(404);
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains("Case not found"), "{detail}");
    }
    let body = json!({"title": "Case-0304-1", "priority": "medium", "metadata": {
        "created_via": "browser_extension", "auto_generated": true,
        "recovery_reason": "case_not_found",
    }});
    let case = panel.post(CASES, Body::Json(body)).await.expect(201);
    let case_id = case["case_id"].as_str().unwrap();
    let capture =
        json!({"source_type": "page_capture", "source_url": "https://grafana.example/d/1"});
    let html = b"<html><body>HTTP 500 since 14:05</body></html>".to_vec();
    let pasted = b"2026-03-04T14:05:00Z ERROR disk full\n".repeat(100);
    let paste = json!({"source_type": "text_paste"});
    let paste_name = "text-data-20260304-140500.txt";
    for file in [
        log_file(session_id),
        upload(
            session_id,
            "page-content-grafana.example.html",
            "text/plain",
            &capture,
            html,
        ),
        upload(session_id, paste_name, "text/plain", &paste, pasted),
    ] {
        let path = format!("{CASES}/{case_id}/data");
        let reply = panel.post(&path, file).await;
        assert!(!reply.headers.contains_key("location"));
        let stored = reply.expect(200);
        expect_shape("upload", &stored);
        assert_eq!(stored["agent_response"]["session_id"], session_id);
    }
    let files = panel
        .get(&format!("{CASES}/{case_id}/uploaded-files"))
        .await;
    let files = files.expect(200);
    let kinds = files["files"].as_array().unwrap().iter();
    let mut kinds: Vec<&str> = kinds
        .filter_map(|file| file["source_type"].as_str())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["file_upload", "page_capture", "paste"]);
}

#[tokio::test]
async fn fixed_sentences_move_a_case_and_final_states_stay() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let drop_it = "Close this case. I don't need further investigation.";
    let give_up = "Close this case as unresolved. Summarize what we found so far.";
    for (sentences, status) in [
        (vec![drop_it], "closed"),
        (vec![INVESTIGATE, give_up], "closed"),
        (vec![INVESTIGATE, RESOLVE], "resolved"),
    ] {
        let case_id = new_case(&panel).await;
        say(&panel, &case_id, QUESTION).await;
        for sentence in &sentences {
            let turn = say(&panel, &case_id, sentence).await;
            let reached = if *sentence == INVESTIGATE {
                "investigating"
            } else {
                status
            };
            assert_eq!(turn["case_status"], reached, "{sentence}: {turn:#}");
            panel.header(&case_id, &format!("header_{reached}")).await;
        }
        for sentence in [INVESTIGATE, drop_it, give_up, RESOLVE] {
            let turn = say(&panel, &case_id, sentence).await;
            assert_eq!(turn["case_status"], status, "{sentence}");
        }
    }
}

#[tokio::test]
async fn a_title_is_asked_for_by_a_menu() {
    let (_app, _ada, panel) = signed_in(&[]).await;
    let case_id = new_case(&panel).await;
    let title = async |case_id: &str| {
        let path = format!("{CASES}/{case_id}/title");
        panel.post(&path, Body::Json(json!({"max_words": 8}))).await
    };
    let too_early = title(&case_id).await.expect(200);
    expect_shape("title", &too_early);
    assert_eq!(too_early["title"], "");
    for message in [
        QUESTION,
        "It began after the release.",
        "Only EU is affected.",
    ] {
        say(&panel, &case_id, message).await;
    }
    let list = panel.get("/api/v1/cases?limit=100&offset=0").await;
    let list = list.expect(200);
    assert!(list["cases"][0]["message_count"].as_i64().unwrap() >= 5);
    let named = title(&case_id).await;
    assert_eq!(named.headers["x-title-source"], "generated");
    expect_shape("title", &named.body);
    let words = named.body["title"].as_str().unwrap().split_whitespace();
    assert!((1..=8).contains(&words.count()), "{:#}", named.body);
    let case = format!("{CASES}/{case_id}");
    panel.put(&case, json!({"title": "Mine"})).await.expect(200);
    let kept = title(&case_id).await;
    assert_eq!(kept.headers["x-title-source"], "existing");
    expect_shape("error", &title("case_0123456789ab").await.expect(404));
}

#[tokio::test]
async fn a_session_that_is_gone_stops_nothing() {
    let (_app, _ada, mut panel) = signed_in(&[]).await;
    let gone = "7e0c2d1a-0000-4a53-9a8e-3d2f4c1b5a60";
    panel.keep_session(gone);
    // Its id goes out with every call, and no answer looks like a login that has ended.
    panel.get("/api/v1/cases?limit=100").await.expect(200);
    let again = panel.open_session().await;
    assert_ne!(again["session_id"], gone);
    // The new id is not kept, and a form still names the old one.
    panel.forget_session();
    let case_id = new_case(&panel).await;
    say(&panel, &case_id, QUESTION).await;
    let data = format!("{CASES}/{case_id}/data");
    let stored = panel.post(&data, log_file(gone)).await;
    expect_shape("upload", &stored.expect(200));
}

#[tokio::test]
async fn a_logout_keeps_the_client_and_its_session() {
    let (_app, _ada, mut panel) = signed_in(&[]).await;
    let session_id = panel.open_session().await["session_id"].clone();
    let logout = "/api/v1/auth/logout";
    assert!(panel.post(logout, Body::Empty).await.status < 300);
    let late = panel.get("/api/v1/cases?limit=100").await;
    assert_eq!(late.problem(401), "invalid_token");
    let detail = late.body["detail"].as_str().unwrap().to_lowercase();
    assert!(!detail.contains("session"), "{detail}");
    panel.sign_out();
    panel.forget_session();
    let again = panel.open_session().await;
    assert_eq!(again["session_id"], session_id);
    assert_eq!(again["session_resumed"], true);
}

#[tokio::test]
async fn a_resolved_case_is_written_up() {
    let (_app, ada, panel) = signed_in(&[]).await;
    let case_id = new_case(&panel).await;
    say(&panel, &case_id, QUESTION).await;
    let data = format!("{CASES}/{case_id}/data");
    panel.post(&data, log_file("none")).await.expect(200);
    say(&panel, &case_id, INVESTIGATE).await;
    say(&panel, &case_id, RESOLVE).await;
    let case = format!("{CASES}/{case_id}");
    let advice = panel.get(&format!("{case}/report-recommendations")).await;
    let advice = advice.expect(200);
    expect_shape("recommendations", &advice);
    let types = json!({"report_types": advice["available_for_generation"]});
    let reports = format!("{case}/reports");
    let made = panel.post(&reports, Body::Json(types)).await.expect(200);
    expect_shape("reports_made", &made);
    for report in made["reports"].as_array().unwrap() {
        let id = report["report_id"].as_str().unwrap();
        let file = panel.get(&format!("{reports}/{id}/download")).await;
        assert_eq!(file.headers["content-type"], "text/markdown; charset=utf-8");
        assert_eq!(file.expect(200), report["content"]);
    }
    let body = json!({"title": "Pools", "content": "Look at active.", "document_type": "guide"});
    let stored = ada.post("/api/v1/knowledge/documents", body).await;
    let id = stored.expect(201)["document_id"].clone();
    let path = format!("/api/v1/knowledge/documents/{}", id.as_str().unwrap());
    let document = panel.get(&path).await.expect(200);
    expect_shape("document", &document);
    assert_eq!(document["content"], "Look at active.");
}

//! Files: what is kept, what is refused, what is found in them.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::harness::{App, User, WorkedExample};

#[tokio::test]
async fn an_uploaded_file_comes_back_byte_for_byte() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let bytes = b"caf\xe9 \xff\xfe invalid UTF-8\r\nsecond line".to_vec();
    let file = ada
        .upload(&id, "notes.txt", bytes.clone())
        .await
        .expect(201);
    let path = format!(
        "/api/v1/evidence/{}/download",
        file["evidence_id"].as_str().unwrap()
    );
    let response = ada.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert_eq!(response.bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn an_empty_file_is_refused_with_the_remedy() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let reply = ada.upload(&id, "empty.log", Vec::new()).await;
    assert_eq!(reply.problem(422), "empty_file");
    assert_eq!(file_count(&ada, &id).await, 0);
}

#[tokio::test]
async fn a_file_over_the_limit_leaves_nothing() {
    let app = App::with(&[("MAX_UPLOAD_BYTES", "64KiB")]).await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    for size in [65 << 10, 2 << 20] {
        let told = ada.upload(&id, "large.log", vec![b'x'; size]).await;
        let chunks = (0..size >> 10).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1 << 10]));
        let streamed = Body::wrap_stream(stream::iter(chunks));
        let part = Part::stream(streamed).file_name("large.log");
        let form = Form::new().part("file", part).text("case_id", id.clone());
        let request = ada.request(Method::POST, "/api/v1/evidence");
        let untold = ada.run(request.multipart(form)).await;
        for reply in [told, untold] {
            assert_eq!(reply.problem(413), "file_too_large", "{size}");
            let detail = reply.body["detail"].as_str().unwrap();
            assert!(detail.contains("65536 bytes"), "{detail}");
            assert!(detail.contains("MAX_UPLOAD_BYTES"), "{detail}");
        }
    }
    assert_eq!(file_count(&ada, &id).await, 0);
    let own = ada.get("/api/v1/evidence").await.expect(200);
    assert_eq!(own["total"], 0, "{own:#}");
    ada.upload(&id, "small.log", vec![b'x'; 63 << 10])
        .await
        .expect(201);
}

#[tokio::test]
async fn the_same_bytes_are_kept_once() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let log = WorkedExample::app_log();
    ada.hand_over(&id, None, &[("app.log", log.clone())]).await;
    let again = ada.hand_over(&id, None, &[("copy.log", log.clone())]).await;
    let attachment = &again["attachments_processed"][0];
    assert!(
        attachment["duplicate_of"]
            .as_str()
            .unwrap()
            .starts_with("file_"),
        "{again:#}"
    );
    assert_eq!(attachment["duplicate_turn"], 1);
    let known = "this content is already in the case as app.log; it is not stored again";
    assert_eq!(attachment["message"], known);
    let stored = ada.upload(&id, "other.log", log).await.expect(201);
    assert_eq!(stored["message"], known, "{stored:#}");
    assert_eq!(stored["filename"], "app.log");
    assert_eq!(file_count(&ada, &id).await, 1);
}

#[tokio::test]
async fn a_refused_form_leaves_nothing() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let file = || Part::bytes(b"ERROR one".to_vec()).file_name("one.log");
    let long = "x".repeat(200_001);
    let turns = format!("/api/v1/cases/{id}/turns");
    let data = format!("/api/v1/cases/{id}/data");
    let refused = [
        (
            &*turns,
            Form::new().part("files", file()).text("query", long),
        ),
        (
            &turns,
            Form::new().part("files", file()).text("intent_data", "{"),
        ),
        (
            &turns,
            Form::new()
                .part("files", file())
                .text("intent_type", "dance"),
        ),
        (
            &turns,
            Form::new().part("files", file()).part("files", empty()),
        ),
        (
            &data,
            Form::new()
                .part("file", file())
                .text("source_metadata", "{"),
        ),
        (&data, Form::new().part("file", file()).part("file", file())),
        (
            "/api/v1/evidence",
            Form::new().part("file", file()).part("file", file()),
        ),
        (
            "/api/v1/evidence",
            Form::new()
                .part("file", file())
                .text("source_url", "x".repeat(3_000)),
        ),
    ];
    for (path, form) in refused {
        let request = ada.request(Method::POST, path).multipart(form);
        ada.run(request).await.problem(422);
    }
    let elsewhere = Form::new()
        .part("file", file())
        .text("case_id", "case_ffffffffffff");
    let request = ada.request(Method::POST, "/api/v1/evidence");
    ada.run(request.multipart(elsewhere)).await.problem(404);
    assert_eq!(file_count(&ada, &id).await, 0);
    let own = ada.get("/api/v1/evidence").await.expect(200);
    assert_eq!(own["total"], 0, "{own:#}");
}

fn empty() -> Part {
    Part::bytes(Vec::new()).file_name("empty.log")
}

#[tokio::test]
async fn a_reused_key_with_other_files_leaves_nothing() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let turn = async |text: &'static str| {
        let part = Part::bytes(text.as_bytes()).file_name("one.log");
        let path = format!("/api/v1/cases/{id}/turns");
        let request = ada
            .request(Method::POST, &path)
            .header("idempotency-key", "once-and-only-once");
        ada.run(request.multipart(Form::new().part("files", part)))
            .await
    };
    turn("ERROR one").await.expect(200);
    let replayed = turn("ERROR one").await;
    assert_eq!(replayed.headers["x-idempotency-replayed"], "true");
    assert_eq!(
        turn("ERROR two").await.problem(409),
        "idempotency_key_reused"
    );
    assert_eq!(file_count(&ada, &id).await, 1);
}

#[tokio::test]
async fn a_path_in_a_file_name_is_harmless() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    for name in ["../../etc/passwd", "..\\..\\evil.log"] {
        let file = ada
            .upload(&id, name, format!("content of {name}").into_bytes())
            .await
            .expect(201);
        let kept = file["filename"].as_str().unwrap();
        assert!(!kept.contains(['/', '\\']), "{kept:?}");
    }
}

#[tokio::test]
async fn binary_data_is_kept_and_called_unanalyzable() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let reply = ada.hand_over(&id, None, &[("core.dump", bytes)]).await;
    assert_eq!(
        reply["attachments_processed"].as_array().unwrap().len(),
        1,
        "{reply:#}"
    );
    assert!(!reply["agent_response"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_compressed_log_is_read_and_a_truncated_one_says_so() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&WorkedExample::app_log()).unwrap();
    let packed = encoder.finish().unwrap();
    let reply = ada
        .hand_over(&id, None, &[("app.log.gz", packed.clone())])
        .await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("Connection is not available"), "{answer}");

    let cut = packed[..packed.len() / 2].to_vec();
    let reply = ada.hand_over(&id, None, &[("cut.log.gz", cut)]).await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("I read `cut.log`"), "{answer}");
    let note = "the content could not be read to its end; what came before was read";
    assert!(answer.contains(note), "{answer}");
    let file_id = reply["attachments_processed"][0]["file_id"]
        .as_str()
        .unwrap();
    let path = format!("/api/v1/cases/{id}/uploaded-files/{file_id}");
    let file = ada.get(&path).await.expect(200);
    assert_eq!(file["error"]["reason"], "damaged_archive", "{file:#}");
}

#[tokio::test]
async fn pasted_lines_are_a_file_with_unix_line_ends() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let pasted = String::from_utf8(WorkedExample::pool_txt())
        .unwrap()
        .replace('\n', "\r\n");
    let form = Form::new()
        .text("query", "the pool's metrics")
        .text("pasted_content", pasted);
    let reply = ada.turn(&id, form).await.expect(200);
    let file_id = reply["attachments_processed"][0]["file_id"]
        .as_str()
        .unwrap();
    let path = format!("/api/v1/evidence/{file_id}/download");
    let response = ada.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), WorkedExample::pool_txt());
}

#[tokio::test]
async fn lines_can_be_searched_and_read() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let file = ada
        .upload(&id, "app.log", WorkedExample::app_log())
        .await
        .expect(201);
    let base = format!("/api/v1/evidence/{}", file["evidence_id"].as_str().unwrap());
    let found = ada
        .get(&format!("{base}/search?q=req%3D00061"))
        .await
        .expect(200);
    assert_eq!(found["hits"][0]["line_start"], 62);
    let lines = ada
        .get(&format!("{base}/lines?start=61&count=2"))
        .await
        .expect(200);
    assert_eq!(lines["lines"][0]["number"], 61);
    let refused = ada.get(&format!("{base}/search?q=(&regex=true")).await;
    refused.problem(422);
}

#[tokio::test]
async fn a_foreign_file_cannot_be_seen_or_linked() {
    let app = App::start().await;
    let ada = app.admin().await;
    let bob = app.user(&ada, "bob", "member").await;
    let id = bob.open_case().await;
    let file = bob
        .upload(&id, "app.log", b"one line\n".to_vec())
        .await
        .expect(201);
    let path = format!("/api/v1/evidence/{}", file["evidence_id"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.problem(404), "file_not_found");
    assert_eq!(
        ada.get(&format!("{path}/download")).await.problem(404),
        "file_not_found"
    );
    assert_eq!(ada.delete(&path).await.problem(404), "file_not_found");
}

#[tokio::test]
async fn a_file_without_a_case_is_linked_once() {
    let app = App::start().await;
    let ada = app.admin().await;
    let part = Part::bytes(b"one line\n".to_vec()).file_name("loose.log");
    let request = ada.request(Method::POST, "/api/v1/evidence");
    let file = ada
        .run(request.multipart(Form::new().part("file", part)))
        .await
        .expect(201);
    let path = format!(
        "/api/v1/evidence/{}/link",
        file["evidence_id"].as_str().unwrap()
    );
    let (first, second) = (ada.open_case().await, ada.open_case().await);
    ada.post(&path, json!({"case_id": first})).await.expect(200);
    let moved = ada.post(&path, json!({"case_id": second})).await;
    assert_eq!(moved.problem(409), "already_linked");
}

#[tokio::test]
async fn deleting_a_cited_file_withdraws_the_evidence() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    ada.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    let reply = ada
        .hand_over(&id, None, &[("app.log", WorkedExample::app_log())])
        .await;
    ada.say(&id, "yes").await;
    let before = evidence(&ada, &id).await;
    assert!(!before.is_empty());
    let file_id = reply["attachments_processed"][0]["file_id"]
        .as_str()
        .unwrap();
    ada.delete(&format!("/api/v1/evidence/{file_id}"))
        .await
        .expect(204);
    let after = evidence(&ada, &id).await;
    let from_file = |items: &[Value]| {
        items
            .iter()
            .filter(|item| item["file_citation"]["file_id"] == file_id)
            .count()
    };
    assert!(from_file(&before) > 0);
    assert_eq!(from_file(&after), 0, "{after:#?}");
}

#[tokio::test]
async fn an_error_inside_one_endless_line_is_found_and_the_line_named() {
    const MEBIBYTES: u64 = 100;
    const ERROR: &[u8] = b" ERROR: connection to db-1 refused ";
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let chunk = |at| {
        let mut chunk = vec![b'x'; 1 << 20];
        if at == MEBIBYTES / 2 {
            chunk[..ERROR.len()].copy_from_slice(ERROR);
        }
        Ok::<_, std::io::Error>(Bytes::from(chunk))
    };
    let body = reqwest::Body::wrap_stream(futures::stream::iter((0..MEBIBYTES).map(chunk)));
    let part = Part::stream(body).file_name("endless.log");
    let form = Form::new()
        .text("query", "what is in this file?")
        .part("files", part);
    let reply = ada.turn(&id, form).await.expect(200);
    let attachment = &reply["attachments_processed"][0];
    assert_eq!(attachment["file_size"], MEBIBYTES << 20, "{reply:#}");
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("connection to db-1 refused"), "{answer}");
    assert!(
        answer.contains("1 very long line was read in pieces"),
        "{answer}"
    );
    assert!(!answer.contains("Nothing wrong found:"), "{answer}");
}

#[tokio::test]
async fn a_verdict_on_a_long_line_of_values_is_reserved() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let config = format!(
        "mode: fast\nretries: 3\nport: 80\nblob: {}\n",
        "x".repeat(40_000)
    );
    let reply = ada
        .hand_over(&id, None, &[("app.yaml", config.into_bytes())])
        .await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(
        answer.contains("1 very long line was cut: 23622 bytes were not read"),
        "{answer}"
    );
    assert!(
        answer.contains("Nothing wrong found in what was read, which is not all"),
        "{answer}"
    );
    for word in ["line_length", "line length", "limits were reached"] {
        assert!(!answer.contains(word), "{answer}");
    }
}

#[tokio::test]
async fn who_logged_in_is_answered_by_name_with_counts_and_lines() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let login = |second: u32, user: &str| {
        format!(
            "2025-03-04T14:05:{second:02}Z INFO auth: login successful user={user} ip=10.0.0.9\n"
        )
    };
    let log: String = (0..30)
        .map(|second| login(second, if second % 3 == 0 { "grace" } else { "linus" }))
        .collect();
    ada.hand_over(&id, None, &[("auth.log", log.into_bytes())])
        .await;
    let reply = ada.say(&id, "which users logged in?").await;
    let answer = reply["agent_response"].as_str().unwrap();
    assert!(answer.contains("`linus` (20) and `grace` (10)"), "{answer}");
    assert!(answer.contains("`auth.log:1`"), "{answer}");
}

async fn evidence(ada: &User, id: &str) -> Vec<Value> {
    let listed = ada
        .get(&format!("/api/v1/cases/{id}/evidence"))
        .await
        .expect(200);
    listed["evidence"].as_array().unwrap().clone()
}

async fn file_count(ada: &User, id: &str) -> usize {
    let listed = ada
        .get(&format!("/api/v1/cases/{id}/uploaded-files"))
        .await
        .expect(200);
    listed["files"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_is_said_of_a_file_is_kept_with_it() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let form = |bytes: &str, description: &str, tags: &str| {
        let part = Part::bytes(bytes.as_bytes().to_vec()).file_name("app.log");
        Form::new()
            .text("case_id", case_id.clone())
            .part("file", part)
            .text("description", description.to_owned())
            .text("tags", tags.to_owned())
    };
    let uploaded = ada.post_form(
        "/api/v1/evidence/upload",
        form("ERROR one\n", " from eu-1 ", "EU, db,eu"),
    );
    let uploaded = uploaded.await.expect(201);
    let stored = ada.post_form("/api/v1/evidence", form("ERROR two\n", "", "[\"a,b\"]"));
    let stored = stored.await.expect(201);
    assert_eq!(stored["description"], Value::Null);
    assert_eq!(stored["tags"], json!(["a,b"]));
    let file_id = uploaded["evidence_id"].as_str().unwrap();
    let list = ada
        .get(&format!("/api/v1/evidence?case_id={case_id}"))
        .await
        .expect(200);
    let files = format!("/api/v1/cases/{case_id}/uploaded-files/{file_id}");
    for seen in [
        &uploaded,
        &ada.get(&format!("/api/v1/evidence/{file_id}"))
            .await
            .expect(200),
        &list["evidence"][1],
        &ada.get(&files).await.expect(200),
    ] {
        assert_eq!(seen["description"], "from eu-1", "{seen:#}");
        assert_eq!(seen["tags"], json!(["eu", "db"]));
    }
    let data = format!("/api/v1/cases/{case_id}/data/{file_id}");
    assert_eq!(ada.get(&data).await.expect(200)["description"], "from eu-1");

    let many: Vec<String> = (0..21).map(|tag| tag.to_string()).collect();
    for (description, tags, field) in [
        ("x".repeat(2_001), String::new(), "description"),
        ("a\0b".to_owned(), String::new(), "description"),
        (String::new(), many.join(","), "tags"),
        (String::new(), "x".repeat(41), "tags"),
    ] {
        let reply = ada
            .post_form(
                "/api/v1/evidence/upload",
                form("ERROR three\n", &description, &tags),
            )
            .await;
        assert_eq!(reply.problem(422), "invalid_field");
        assert_eq!(reply.body["errors"][0]["field"], field);
    }
    let left = ada
        .get(&format!("/api/v1/evidence?case_id={case_id}"))
        .await
        .expect(200);
    assert_eq!(left["total"], 2);
}

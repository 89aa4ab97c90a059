//! Files that arrive in pieces: bytes that are no text, many lines, many files.

use bytes::Bytes;
use futures::stream;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde_json::Value;

use crate::harness::{App, User, until};

const CHUNK_LINES: usize = 10_000;
/// They take four seconds of a core without optimisations; ten million would, beside other tests, be
/// waited for in vain.
const LINES: usize = 2_000_000;

fn streamed(chunks: impl Iterator<Item = Bytes> + Send + 'static) -> Part {
    let chunks = chunks.map(Ok::<_, std::io::Error>);
    Part::stream(Body::wrap_stream(stream::iter(chunks))).file_name("app.log")
}

async fn upload(user: &User, case_id: &str, part: Part) -> Value {
    let form = Form::new()
        .text("case_id", case_id.to_owned())
        .part("file", part);
    user.post_form("/api/v1/evidence", form).await.expect(201)
}

async fn analysed(user: &User, case_id: &str, file: &Value) -> Value {
    let id = file["evidence_id"].as_str().unwrap();
    let path = format!("/api/v1/cases/{case_id}/uploaded-files/{id}");
    let mut seen = Value::Null;
    until(async || {
        seen = user.get(&path).await.expect(200);
        !["stored", "processing"].contains(&seen["state"].as_str().unwrap())
    })
    .await;
    seen
}

#[tokio::test]
async fn a_stream_of_invalid_utf_8_comes_back_byte_for_byte_and_is_read_as_far_as_it_is_text() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let lines = |count: usize| {
        (0..count).map(|at| {
            let mut line = format!("2025-03-04T14:05:00Z ERROR api: no {at} ").into_bytes();
            line.extend(b"caf\xe9 \xc3\x28 \xf0\x9f\n");
            Bytes::from(line)
        })
    };
    let file = upload(&ada, &case_id, streamed(lines(5_000))).await;
    let seen = analysed(&ada, &case_id, &file).await;
    assert_eq!(seen["state"], "analyzed", "{seen:#}");
    let id = file["evidence_id"].as_str().unwrap();
    let download = format!("/api/v1/evidence/{id}/download");
    let response = ada.request(Method::GET, &download).send().await.unwrap();
    let whole: Vec<u8> = lines(5_000).flatten().collect();
    assert!(response.bytes().await.unwrap() == whole);
}

#[tokio::test]
async fn millions_of_short_lines_are_read_to_the_last() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let chunk = Bytes::from("INFO ok\n".repeat(CHUNK_LINES));
    let chunks = std::iter::repeat_n(chunk, LINES / CHUNK_LINES);
    let last = Bytes::from_static(b"ERROR disk full\n");
    let file = upload(&ada, &case_id, streamed(chunks.chain([last]))).await;
    let seen = analysed(&ada, &case_id, &file).await;
    assert_eq!(seen["state"], "analyzed", "{seen:#}");
    assert_eq!(seen["line_count"], LINES + 1, "{seen:#}");
    let summary = seen["summary"].as_str().unwrap();
    assert!(summary.contains("disk: \"full\" once"), "{summary}");
}

#[tokio::test]
async fn the_file_after_the_twentieth_is_refused_by_the_name_the_client_gave_it() {
    let app = App::start().await;
    let ada = app.admin().await;
    let case_id = ada.open_case().await;
    let form = |count: usize| {
        (0..count).fold(Form::new(), |form, at| {
            let part = Part::bytes(format!("ERROR no {at}\n").into_bytes());
            form.part("files", part.file_name(format!("{at}.log")))
        })
    };
    let reply = ada.turn(&case_id, form(21)).await;
    assert_eq!(reply.problem(422), "invalid_field");
    assert_eq!(
        reply.body["errors"][0]["field"], "files",
        "{:#}",
        reply.body
    );
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(detail.contains("send the rest in another turn"), "{detail}");
    let own = ada.get("/api/v1/evidence").await.expect(200);
    assert_eq!(own["total"], 0, "{own:#}");
    ada.turn(&case_id, form(20)).await.expect(200);
}

//! Files on their way in and out.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use bytes::Bytes;
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::submit_turn_response::Event;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use faultmaven_proto::evidence::v1::{FileOrigin, UploadHeader};
use futures::stream;
use serde_json::json;

use crate::fake::{Fake, Gateway, Reply};

const BOUNDARY: &str = "----boundary";

/// A file as the evidence module received it.
#[derive(Clone, Debug)]
struct Received {
    header: UploadHeader,
    bytes: usize,
    chunks: usize,
}

#[derive(Clone, Default)]
struct Store(Arc<Mutex<Vec<Received>>>);

impl Store {
    fn gateway(&self) -> Gateway {
        let store = self.clone();
        Fake::new()
            .on_stream(
                "/faultmaven.evidence.v1.EvidenceService/UploadFile",
                move |parts: Vec<evidence::UploadFileRequest>| {
                    let file = received(parts);
                    let answer = evidence::UploadFileResponse {
                        file: Some(evidence::UploadedFile {
                            file_id: "file_1".into(),
                            filename: file.header.filename.clone(),
                            case_id: file.header.case_id.clone(),
                            size_bytes: i64::try_from(file.bytes).unwrap(),
                            ..Default::default()
                        }),
                        ..Default::default()
                    };
                    store.0.lock().unwrap().push(file);
                    Ok(vec![answer])
                },
            )
            .on("/faultmaven.agent.v1.AgentService/SubmitTurn", turn)
            .on(
                "/faultmaven.evidence.v1.EvidenceInternalService/KeepFiles",
                |request: evidence::KeepFilesRequest| {
                    let file = evidence::UploadedFile {
                        file_id: request.file_ids.concat(),
                        case_id: request.case_id,
                        source_url: request.source_url,
                        ..Default::default()
                    };
                    let kept = evidence::KeptFile {
                        file: Some(file),
                        ..Default::default()
                    };
                    Ok(evidence::KeepFilesResponse {
                        files: vec![kept],
                        replayed: false,
                    })
                },
            )
            .on(
                "/faultmaven.evidence.v1.EvidenceInternalService/DiscardFiles",
                |_: evidence::DiscardFilesRequest| Ok(evidence::DiscardFilesResponse {}),
            )
            .gateway()
    }

    fn files(&self) -> Vec<Received> {
        self.0.lock().unwrap().clone()
    }
}

fn received(parts: Vec<evidence::UploadFileRequest>) -> Received {
    let mut received = Received {
        header: UploadHeader::default(),
        bytes: 0,
        chunks: 0,
    };
    for part in parts {
        match part.part.unwrap() {
            Part::Header(header) => received.header = header,
            Part::Chunk(chunk) => {
                assert!(chunk.len() <= 256 << 10, "{} bytes at once", chunk.len());
                received.bytes += chunk.len();
                received.chunks += 1;
            }
        }
    }
    received
}

fn turn(request: agent::SubmitTurnRequest) -> Result<agent::SubmitTurnResponse, tonic::Status> {
    let attachment = |file_id: &String| agent::ProcessedAttachment {
        file_id: file_id.clone(),
        filename: "app.log".into(),
        origin: "upload".into(),
        state: "analyzed".into(),
        data_class: "logs".into(),
        class_confidence: 0.9,
        ..Default::default()
    };
    let result = agent::TurnResult {
        case_id: request.case_id,
        turn_number: 1,
        answer: format!("{}|{}", request.text, request.pasted_content),
        case_status: "investigating".into(),
        response_type: "ANSWER".into(),
        attachments: request.file_ids.iter().map(attachment).collect(),
        ..Default::default()
    };
    Ok(agent::SubmitTurnResponse {
        event: Some(Event::Result(Box::new(result))),
    })
}

fn text_part(name: &str, value: &str) -> String {
    format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn file_part(name: &str, filename: &str, content: &str) -> String {
    format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
         content-type: text/x-log\r\n\r\n{content}\r\n"
    )
}

async fn post(gateway: &Gateway, path: &str, parts: &[String]) -> Reply {
    let body = format!("{}--{BOUNDARY}--\r\n", parts.concat());
    post_body(gateway, path, body).await
}

async fn post_body(gateway: &Gateway, path: &str, body: impl Into<Body>) -> Reply {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [
        ("authorization", "Bearer good"),
        ("content-type", &*content_type),
    ];
    gateway.send_with("POST", path, &headers, body).await
}

#[tokio::test]
async fn a_turn_takes_text_paste_and_files_in_any_order() {
    let store = Store::default();
    let parts = [
        text_part("input_type", "page_capture"),
        file_part("files", "app.log", &"x".repeat(600_000)),
        text_part("query", "what is this"),
        text_part("pasted_content", "line"),
    ];
    let reply = post(&store.gateway(), "/api/v1/cases/case_1/turns", &parts).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let turn = reply.json();
    assert_eq!(turn["agent_response"], "what is this|line");
    let attachment = &turn["attachments_processed"][0];
    assert_eq!(attachment["processing_status"], "processed");
    assert_eq!(
        (&attachment["source_type"], &attachment["data_type"]),
        (&json!("file_upload"), &json!("logs"))
    );
    let file = &store.files()[0];
    assert_eq!((file.bytes, file.chunks), (600_000, 3));
    assert_eq!(
        (&*file.header.case_id, &*file.header.filename),
        ("case_1", "app.log")
    );
    assert_eq!(file.header.origin(), FileOrigin::PageCapture);
}

#[tokio::test]
async fn a_wrong_part_after_a_file_is_named_and_the_file_is_dropped() {
    let store = Store::default();
    let gateway = store.gateway();
    for (part, field) in [
        (text_part("intent_data", "{"), "intent_data"),
        (text_part("intent_type", "dance"), "intent_type"),
        (
            text_part("pasted_content", &"x".repeat(800_001)),
            "pasted_content",
        ),
    ] {
        let parts = [file_part("files", "app.log", "x"), part];
        let reply = post(&gateway, "/api/v1/cases/case_1/turns", &parts).await;
        assert_eq!(reply.status, 422);
        assert_eq!(reply.json()["errors"][0]["field"], field);
    }
    assert!(store.files().iter().all(|file| file.header.held));
    assert_eq!(gateway.calls_of("DiscardFiles"), 3);
    assert_eq!(gateway.calls_of("SubmitTurn"), 0);
}

#[tokio::test]
async fn a_broken_form_is_named() {
    let store = Store::default();
    let reply = post_body(&store.gateway(), "/api/v1/evidence", "no form").await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["errors"][0]["field"], "body");
    let reply = post(
        &store.gateway(),
        "/api/v1/evidence",
        &[text_part("case_id", "case_1")],
    )
    .await;
    assert_eq!(reply.json()["errors"][0]["field"], "file");
    let without_boundary = [
        ("authorization", "Bearer good"),
        ("content-type", "multipart/form-data"),
    ];
    let reply = store
        .gateway()
        .send_with("POST", "/api/v1/evidence", &without_boundary, "")
        .await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["errors"][0]["field"], "Content-Type");
    assert!(reply.text().contains("boundary"), "{reply:?}");
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_and_not_stored() {
    let store = Store::default();
    let large = file_part("file", "big.log", &"x".repeat((1 << 20) + 1));
    let reply = post(&store.gateway(), "/api/v1/evidence", &[large]).await;
    assert_too_large(&reply);
    assert!(store.files().is_empty());
}

#[tokio::test]
async fn a_document_beyond_the_limit_is_refused_as_a_file_is() {
    let gateway = Fake::new().gateway();
    for path in [
        "/api/v1/knowledge/documents",
        "/api/v1/knowledge/ingest",
        "/api/v1/documents/upload",
        "/api/v1/admin/kb/documents",
    ] {
        let large = file_part("file", "big.md", &"x".repeat((1 << 20) + 1));
        let reply = post(&gateway, path, &[large]).await;
        assert_too_large(&reply);
    }
    assert_eq!(gateway.calls_of("CreateDocument"), 0);
}

fn assert_too_large(reply: &Reply) {
    assert_eq!(reply.status, 413, "{reply:?}");
    let problem = reply.json();
    assert_eq!(problem["error"], "file_too_large");
    let detail = problem["detail"].as_str().unwrap();
    for told in ["1048576 bytes", "MAX_UPLOAD_BYTES", "gzip"] {
        assert!(detail.contains(told), "{detail}");
    }
}

#[tokio::test]
async fn a_form_of_unknown_length_ends_at_the_limit_and_leaves_nothing() {
    let store = Store::default();
    let gateway = store.gateway();
    let parts =
        ["a.log", "b.log", "c.log"].map(|name| file_part("files", name, &"x".repeat(900_000)));
    let chunks = parts.map(|part| Ok::<_, std::io::Error>(Bytes::from(part)));
    let body = Body::from_stream(stream::iter(chunks));
    let reply = post_body(&gateway, "/api/v1/cases/case_1/turns", body).await;
    assert_too_large(&reply);
    assert!(store.files().is_empty());
    assert_eq!(gateway.calls_of("SubmitTurn"), 0);
}

#[tokio::test]
async fn a_form_declared_too_large_is_refused_unread() {
    let store = Store::default();
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [
        ("authorization", "Bearer good"),
        ("content-type", &*content_type),
        ("content-length", "99999999"),
    ];
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let reply = store
        .gateway()
        .send_with(
            "POST",
            "/api/v1/evidence",
            &headers,
            Body::from_stream(never),
        )
        .await;
    assert_too_large(&reply);
}

#[tokio::test]
async fn a_file_cut_off_on_its_way_is_not_stored() {
    let store = Store::default();
    let cut = file_part("file", "app.log", "half");
    let reply = post_body(&store.gateway(), "/api/v1/evidence", cut).await;
    assert_eq!(reply.status, 422);
    assert!(store.files().is_empty());
}

#[tokio::test]
async fn the_case_may_come_before_or_after_the_file() {
    let store = Store::default();
    let gateway = store.gateway();
    let case = text_part("case_id", "case_1");
    let file = file_part("file", "app.log", "x");
    for parts in [[case.clone(), file.clone()], [file, case]] {
        let reply = post(&gateway, "/api/v1/evidence", &parts).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        assert_eq!(reply.json()["case_id"], "case_1");
        assert_eq!(reply.json()["evidence_id"], "file_1");
    }
    assert_eq!(gateway.calls_of("KeepFiles"), 2);
    assert_eq!(gateway.calls_of("DiscardFiles"), 0);
}

#[tokio::test]
async fn an_upload_of_an_older_client_is_answered_with_an_object() {
    let store = Store::default();
    let parts = [
        text_part("session_id", "s1"),
        file_part("file", "text-data-20260304-140500.txt", "x"),
        text_part("source_metadata", r#"{"source_type":"text_paste"}"#),
    ];
    let reply = post(&store.gateway(), "/api/v1/cases/case_1/data", &parts).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let upload = reply.json();
    assert_eq!(
        (&upload["data_id"], &upload["data_type"]),
        (&json!("file_1"), &json!("log_file"))
    );
    assert_eq!(upload["processing_status"], "completed");
    assert_eq!(upload["classification"]["data_type"], "logs_and_errors");
    assert!(upload["agent_response"]["content"].is_string());
    assert_eq!(upload["agent_response"]["response_type"], "ANSWER");
    assert_eq!(store.files()[0].header.origin(), FileOrigin::Paste);
}

fn downloads() -> Gateway {
    Fake::new()
        .on(
            "/faultmaven.evidence.v1.EvidenceService/GetFile",
            |_: evidence::GetFileRequest| {
                Ok(evidence::GetFileResponse {
                    file: Some(evidence::UploadedFile {
                        file_id: "file_1".into(),
                        filename: "Störung.log".into(),
                        size_bytes: 10,
                        sha256: "abc".into(),
                        ..Default::default()
                    }),
                })
            },
        )
        .on_stream(
            "/faultmaven.evidence.v1.EvidenceService/DownloadFile",
            |mut requests: Vec<evidence::DownloadFileRequest>| {
                let range = requests.pop().unwrap();
                let bytes = usize::try_from(range.byte_start).unwrap()
                    ..usize::try_from(range.byte_end).unwrap();
                let chunk = Bytes::from_static(b"0123456789").slice(bytes);
                let parts = [
                    evidence::download_file_response::Part::File(Box::default()),
                    evidence::download_file_response::Part::Chunk(chunk),
                ];
                let parts = parts.map(|part| evidence::DownloadFileResponse { part: Some(part) });
                Ok(parts.into())
            },
        )
        .gateway()
}

#[tokio::test]
async fn a_download_is_an_attachment_nobody_interprets() {
    let reply = downloads()
        .send("GET", "/api/v1/evidence/file_1/download", "")
        .await;
    assert_eq!((reply.status.as_u16(), reply.text()), (200, "0123456789"));
    assert_eq!(reply.header("content-type"), "application/octet-stream");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(
        reply
            .header("content-disposition")
            .ends_with("filename*=UTF-8''St%C3%B6rung.log")
    );
    assert_eq!(reply.header("content-length"), "10");
}

#[tokio::test]
async fn a_range_of_a_file_is_served() {
    let range = |range: &'static str| async move {
        let headers = [("authorization", "Bearer good"), ("range", range)];
        let path = "/api/v1/evidence/file_1/download";
        downloads().send_with("GET", path, &headers, "").await
    };
    let reply = range("bytes=2-4").await;
    assert_eq!((reply.status.as_u16(), reply.text()), (206, "234"));
    assert_eq!(reply.header("content-range"), "bytes 2-4/10");
    let reply = range("bytes=10-").await;
    assert_eq!(reply.status, 416);
    assert_eq!(reply.header("content-range"), "bytes */10");
}

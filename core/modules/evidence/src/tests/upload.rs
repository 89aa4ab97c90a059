//! Storing files: good ones whole, bad ones not at all.

use bytes::Bytes;
use faultmaven_kit::{Code, Ctx, Fault, Role};
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use futures::StreamExt as _;
use futures::stream;
use sha2::{Digest as _, Sha256};
use tonic::Status;

use super::{CASE, OTHER_CASE, World, actor, header, user};
use crate::Config;
use crate::error::EvidenceError;
use crate::parts::Parts;

const LOG: &[u8] = b"2025-03-04T14:05:00.000Z ERROR api: disk full\n2025-03-04T14:05:01.000Z INFO api: ok\n2025-03-04T14:05:02.000Z INFO api: ok\n";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

async fn assert_nothing_kept(world: &World) {
    assert!(world.list(CASE, true).await.is_empty());
    assert_eq!(world.stored_blobs(), 0);
    assert!(world.cases.with(CASE, |case| case.files.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_stored_identified_registered_and_analysed() {
    let world = World::start().await;
    let file = world.store("app.log", LOG).await;
    assert_eq!(file.sha256, sha256(LOG));
    assert_eq!(file.size_bytes, LOG.len() as i64);
    assert_eq!(
        (file.owner_id.as_str(), file.case_id.as_str()),
        ("user_1", CASE)
    );
    assert_eq!(file.uploaded_at_turn, 3);
    assert_eq!(file.media_type, "text/plain");
    assert!(!file.job_id.is_empty());
    assert_eq!(
        world.cases.with(CASE, |case| case.files.clone())[0].sha256,
        file.sha256
    );

    let file = world.settled(&file.file_id).await;
    assert_eq!(file.state(), pb::FileState::Analyzed);
    assert_eq!(file.data_class(), pb::DataClass::Logs);
    assert_eq!(file.line_count, 3);
    assert_eq!(file.coverage.unwrap().lines_read, 3);
    assert!(file.job_id.is_empty() && !file.summary.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_refused_with_advice() {
    let world = World::start().await;
    let fault = world
        .send(&user("user_1"), header("app.log"), b"")
        .await
        .unwrap_err();
    assert_eq!(
        (fault.code, fault.reason.as_ref()),
        (Code::InvalidArgument, "empty_file")
    );
    assert!(fault.message.contains("upload it again"));
    assert_nothing_kept(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_over_the_limit_is_refused_and_nothing_is_kept() {
    let config = Config {
        max_upload_bytes: 100_000,
        ..Config::default()
    };
    let world = World::with(config).await;
    let fault = world
        .send(&user("user_1"), header("big"), &[b'x'; 200_000])
        .await
        .unwrap_err();
    assert_eq!(
        (fault.code, fault.reason.as_ref()),
        (Code::OutOfRange, "file_too_large")
    );
    assert_eq!(fault.metadata["limit_bytes"], "100000");
    assert_nothing_kept(&world).await;

    let declared = pb::UploadHeader {
        declared_size: 100_001,
        ..header("big")
    };
    let fault = world
        .send(&user("user_1"), declared, b"small")
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "file_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_leaves_nothing() {
    let world = World::start().await;
    let parts = Parts::new(Config::default(), world.deps().await);
    let message = |part| Ok(pb::UploadFileRequest { part: Some(part) });
    let messages = stream::iter([
        message(Part::Header(header("app.log"))),
        message(Part::Chunk(Bytes::from(vec![b'x'; 300_000]))),
        Err(Status::cancelled("gone")),
    ]);
    let outcome = crate::upload::upload(&parts, &user("user_1"), messages.boxed()).await;
    assert!(matches!(outcome, Err(EvidenceError::UploadIncomplete)));
    assert_nothing_kept(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_leaves_nothing_visible() {
    let mut world = World::start().await;
    let (sent, mut arrived) = tokio::sync::mpsc::channel(1);
    let chunk = pb::UploadFileRequest {
        part: Some(Part::Chunk(Bytes::from(vec![b'x'; 300_000]))),
    };
    let first = pb::UploadFileRequest {
        part: Some(Part::Header(header("app.log"))),
    };
    let signal = stream::once(async move {
        sent.send(()).await.unwrap();
        chunk
    });
    let endless = stream::iter([first]).chain(signal).chain(stream::pending());
    let mut client = world.public();
    tokio::select! {
        _ = client.upload_file(user("user_1").request(endless)) => unreachable!("it never ends"),
        _ = arrived.recv() => {}
    }
    world.restart().await;
    assert_nothing_kept(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_cannot_lead_anywhere() {
    let world = World::start().await;
    for (sent, stored) in [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("a\u{1b}[31m\nb", "a_[31m_b"),
    ] {
        let content = format!("content of {sent}\n");
        let file = world.store(sent, content.as_bytes()).await;
        assert_eq!(file.filename, stored);
    }
    let outside = world.directory.path().join("passwd");
    assert!(!outside.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_stored_once_per_case() {
    let world = World::start().await;
    let first = world
        .send(&user("user_1"), header("app.log"), LOG)
        .await
        .unwrap();
    assert_eq!(first.duplicate_of, "");
    let again = world
        .send(&user("user_1"), header("other.log"), LOG)
        .await
        .unwrap();
    let first = first.file.unwrap();
    assert_eq!(again.duplicate_of, first.file_id);
    assert_eq!(again.file.unwrap().filename, "app.log");
    assert_eq!(world.list(CASE, true).await.len(), 1);
    assert_eq!(world.stored_blobs(), 1);

    let elsewhere = pb::UploadHeader {
        case_id: OTHER_CASE.to_owned(),
        ..header("app.log")
    };
    let elsewhere = world.send(&user("user_2"), elsewhere, LOG).await.unwrap();
    assert_eq!(elsewhere.duplicate_of, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_uploads_of_the_same_bytes_make_one_file() {
    let world = World::start().await;
    let (owner, content) = (user("user_1"), LOG.repeat(2_000));
    let uploads = (0..8).map(|_| world.send(&owner, header("app.log"), &content));
    let stored: Vec<_> = futures::future::join_all(uploads).await;
    let ids: std::collections::HashSet<_> = stored
        .into_iter()
        .map(|stored| stored.unwrap().file.unwrap().file_id)
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.list(CASE, true).await.len(), 1);
    assert_eq!(world.stored_blobs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_text_is_stored_with_line_feeds() {
    let world = World::start().await;
    let paste = pb::UploadHeader {
        origin: pb::FileOrigin::Paste.into(),
        ..header("pool.txt")
    };
    let stored = world
        .send(&user("user_1"), paste, b"one\r\ntwo\r\n")
        .await
        .unwrap();
    let file = stored.file.unwrap();
    assert_eq!(file.sha256, sha256(b"one\ntwo\n"));
    assert_eq!(file.size_bytes, 8);
    let uploaded = world.store("crlf.txt", b"one\r\ntwo\r\n").await;
    assert_eq!(uploaded.size_bytes, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_content_is_kept_unread_whatever_its_name_says() {
    let world = World::start().await;
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend_from_slice(&[0; 1_000]);
    let mut noise: Vec<u8> = (0..5_000_u32).map(|at| (at * at % 251) as u8).collect();
    noise.extend_from_slice(&[0; 500]);
    for (name, content, class, reason) in [
        ("app.log", &png, pb::DataClass::Image, "image"),
        ("core.log", &noise, pb::DataClass::Binary, "binary"),
        (
            "logs.rar",
            &b"Rar!\x1a\x07abc".to_vec(),
            pb::DataClass::Archive,
            "unsupported_archive",
        ),
    ] {
        let file = world.analyzed(name, content).await;
        assert_eq!(file.state(), pb::FileState::Unanalyzable, "{name}");
        assert_eq!(file.data_class(), class, "{name}");
        assert_eq!(file.error.unwrap().reason, reason, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_utf_8_is_read_all_the_same() {
    let world = World::start().await;
    let mut log = LOG.repeat(3);
    log.extend_from_slice(b"2025-03-04T14:05:03.000Z ERROR api: bad \xff\xfe bytes\n");
    let file = world.analyzed("app.log", &log).await;
    assert_eq!(file.state(), pb::FileState::Analyzed);
    assert_eq!(file.line_count, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_begins_with_its_header_and_has_small_chunks() {
    let world = World::start().await;
    let send = async |parts: Vec<Part>| {
        let messages = parts
            .into_iter()
            .map(|part| pb::UploadFileRequest { part: Some(part) });
        let messages: Vec<_> = messages.collect();
        let request = user("user_1").request(stream::iter(messages));
        let status = world.public().upload_file(request).await.unwrap_err();
        Fault::from_status(&status)
    };
    let chunk = || Part::Chunk(Bytes::from_static(b"x"));
    let fault = send(vec![]).await;
    assert_eq!(fault.violations[0].field, "header");
    assert_eq!(send(vec![chunk()]).await.violations[0].field, "header");
    let big = Part::Chunk(Bytes::from(vec![0; (1 << 20) + 1]));
    let fault = send(vec![Part::Header(header("x")), chunk(), big]).await;
    assert_eq!(fault.violations[0].field, "chunk");
    let fault = send(vec![
        Part::Header(header("x")),
        chunk(),
        Part::Header(header("y")),
    ])
    .await;
    assert_eq!(fault.violations[0].field, "chunk");
    assert_nothing_kept(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_case_takes_no_files() {
    let world = World::start().await;
    world.cases.with(CASE, |case| case.is_terminal = true);
    let fault = world
        .send(&user("user_1"), header("app.log"), LOG)
        .await
        .unwrap_err();
    assert_eq!(
        (fault.code, fault.reason.as_ref()),
        (Code::FailedPrecondition, "case_is_terminal")
    );
    assert_eq!(world.stored_blobs(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_stores_nothing_outside_a_case() {
    let world = World::start().await;
    let viewer = Ctx::anonymous("req_1").on_behalf_of(actor("user_3", Role::Viewer));
    let loose = pb::UploadHeader {
        case_id: String::new(),
        ..header("app.log")
    };
    let fault = world.send(&viewer, loose, LOG).await.unwrap_err();
    assert_eq!(fault.code, Code::PermissionDenied);
}

//! Documents and the texts that are taken out of them.

use std::fs;
use std::io::{Cursor, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use faultmaven_proto::evidence::v1 as pb;

use super::content::download;
use super::deletion::delete;
use super::{CASE, World, user};

const PAGE: &[u8] = b"<!DOCTYPE html><html><head><title>Kibana</title><script>var a = 1;</script></head>\
    <body><table><tr><td>2025-03-04T14:05:00Z</td><td>ERROR</td><td>api: disk full</td></tr>\
    <tr><td>2025-03-04T14:05:01Z</td><td>ERROR</td><td>api: disk full</td></tr>\
    <tr><td>2025-03-04T14:05:02Z</td><td>ERROR</td><td>api: disk full</td></tr></table></body></html>";

fn png() -> Vec<u8> {
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    picture.extend(640_u32.to_be_bytes());
    picture.extend(480_u32.to_be_bytes());
    picture.extend([8, 2, 0, 0, 0]);
    picture
}

async fn text_of(world: &World, file: &pb::UploadedFile) -> Vec<u8> {
    download(world, &file.file_id, 0, 0).await.unwrap()
}

async fn analysis_of(world: &World, file: &pb::UploadedFile) -> pb::Analysis {
    let request = pb::GetAnalysisRequest {
        file_id: file.file_id.clone(),
    };
    let request = user("user_1").request(request);
    let answer = world.public().get_analysis(request).await.unwrap();
    answer.into_inner().analysis.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_keeps_its_form_and_its_text_is_analysed_and_cited() {
    let world = World::start().await;
    let page = world.store("page-content-kibana.html", PAGE).await;
    let family = world.settled_family(&page.file_id).await;
    let [page, text] = family.as_slice() else {
        panic!("{family:?}")
    };
    assert_eq!(page.data_class(), pb::DataClass::Document);
    assert_eq!(page.media_type, "text/html");
    assert_eq!(page.size_bytes, PAGE.len() as i64);
    assert!(page.summary.contains(&text.file_id), "{}", page.summary);
    assert_eq!(text.filename, "page-content-kibana.html.txt");
    assert_eq!(text.origin(), pb::FileOrigin::Derived);
    assert_eq!(text.data_class(), pb::DataClass::Logs);
    let stored = text_of(&world, text).await;
    let stored = String::from_utf8(stored).unwrap();
    assert_eq!(stored.lines().next(), Some("Kibana"));
    assert!(stored.contains("2025-03-04T14:05:00Z  ERROR  api: disk full\n"));
    let analysis = analysis_of(&world, text).await;
    let citation = &analysis.findings[0].citations[0];
    let quoted = &stored[citation.byte_start as usize..citation.byte_end as usize];
    assert_eq!(quoted, citation.quote);
    assert!(quoted.contains("disk full"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_word_document_is_a_file_of_its_own() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("word/document.xml", options).unwrap();
    let xml = b"<w:document xmlns:w=\"w\"><w:p><w:r><w:t>the pool was too small</w:t></w:r></w:p></w:document>";
    writer.write_all(xml).unwrap();
    let document = writer.finish().unwrap().into_inner();
    let world = World::start().await;
    let file = world.store("notes.docx", &document).await;
    let family = world.settled_family(&file.file_id).await;
    let [file, text] = family.as_slice() else {
        panic!("{family:?}")
    };
    assert_eq!(file.state(), pb::FileState::Analyzed);
    assert_eq!(text_of(&world, text).await, b"the pool was too small\n");
    assert_eq!(world.list(CASE, false).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_say_the_same_have_each_their_own_text() {
    let world = World::start().await;
    let mut families = Vec::new();
    for (name, page) in [
        (
            "a.html",
            &b"<html><body>the pool was too small</body></html>"[..],
        ),
        (
            "b.html",
            b"<html><body><p>the pool was too small</p></body></html>",
        ),
    ] {
        let page = world.store(name, page).await;
        families.push(world.settled_family(&page.file_id).await);
    }
    let [first, second] = families.as_slice() else {
        panic!("{families:?}")
    };
    assert_eq!(first[1].sha256, second[1].sha256);
    assert_ne!(first[1].file_id, second[1].file_id);
    delete(&world, &first[0].file_id).await.unwrap();
    let text = text_of(&world, &second[1]).await;
    assert_eq!(text, b"the pool was too small\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_without_text_is_told() {
    let world = World::start().await;
    for (name, content, reason) in [
        ("scan.pdf", &b"%PDF-1.4\nnothing"[..], "unreadable_document"),
        ("notes.docx", b"PK\x03\x04nonsense", "unreadable_document"),
        (
            "empty.html",
            b"<html><script>var a;</script></html>",
            "document_without_text",
        ),
    ] {
        let file = world.analyzed(name, content).await;
        assert_eq!(file.state(), pb::FileState::Unanalyzable, "{name}");
        assert_eq!(file.error.unwrap().reason, reason, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_read_where_a_recogniser_is_installed() {
    let world = World::start().await;
    let unread = world.analyzed("screen.png", &png()).await;
    let error = unread.error.unwrap();
    assert_eq!(error.reason, "image");
    assert!(
        error.message.contains("640 \u{d7} 480 points"),
        "{}",
        error.message
    );
    assert!(error.message.contains("not installed"), "{}", error.message);

    let stand_in = world.recogniser();
    fs::write(&stand_in, "#!/bin/sh\necho 'ERROR: pool is empty'\n").unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    let picture = world.store("screen.png", &png()).await;
    assert_eq!(picture.file_id, unread.file_id);
    let family = world.settled_family(&picture.file_id).await;
    let [picture, text] = family.as_slice() else {
        panic!("{family:?}")
    };
    assert_eq!(picture.data_class(), pb::DataClass::Image);
    assert!(
        picture.summary.contains("640 \u{d7} 480 points"),
        "{}",
        picture.summary
    );
    assert_eq!(text_of(&world, text).await, b"ERROR: pool is empty\n");
}

//! Downloads, lines and searches.

use faultmaven_kit::{Backend, Code, Fault};
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::download_file_response::Part;

use super::recovery::reconcile;
use super::{World, header, user};

fn log() -> Vec<u8> {
    let line = |at: u32| {
        format!(
            "2025-03-04T14:{:02}:{:02}.000Z INFO api request {at}\n",
            at / 60,
            at % 60
        )
    };
    (1..=1_000).map(line).collect::<String>().into_bytes()
}

pub(super) async fn download(
    world: &World,
    file_id: &str,
    start: i64,
    end: i64,
) -> Result<Vec<u8>, Fault> {
    download_as("user_1", world, file_id, start, end).await
}

async fn download_as(
    who: &str,
    world: &World,
    file_id: &str,
    start: i64,
    end: i64,
) -> Result<Vec<u8>, Fault> {
    let request = pb::DownloadFileRequest {
        file_id: file_id.to_owned(),
        byte_start: start,
        byte_end: end,
    };
    let stream = world
        .public()
        .download_file(user(who).request(request))
        .await;
    let mut stream = stream
        .map_err(|status| Fault::from_status(&status))?
        .into_inner();
    let first = stream.message().await.unwrap().unwrap();
    assert!(matches!(first.part, Some(Part::File(_))));
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        let Some(Part::Chunk(chunk)) = message.part else {
            panic!("only bytes follow")
        };
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_returns_what_was_uploaded() {
    let world = World::start().await;
    let content = log();
    let file = world.store("app.log", &content).await;
    assert_eq!(
        download(&world, &file.file_id, 0, 0).await.unwrap(),
        content
    );
    assert_eq!(
        download(&world, &file.file_id, 10, 20).await.unwrap(),
        content[10..20]
    );
    let fault = download(&world, &file.file_id, content.len() as i64 + 1, 0)
        .await
        .unwrap_err();
    assert_eq!(fault.code, Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_read_by_number() {
    let world = World::start().await;
    let file = world.store("app.log", &log()).await;
    let read = async |line_start, line_count| {
        let file_id = file.file_id.clone();
        let request = pb::ReadLinesRequest {
            file_id,
            line_start,
            line_count,
        };
        let answer = world
            .public()
            .read_lines(user("user_1").request(request))
            .await;
        answer
            .map_err(|status| Fault::from_status(&status))
            .map(|answer| answer.into_inner())
    };
    let page = read(999, 10).await.unwrap();
    assert_eq!(page.lines.len(), 2);
    assert!(page.end_of_file && page.lines[1].text.ends_with("request 1000"));
    assert_eq!(page.lines[0].number, 999);
    assert_eq!(read(1, 0).await.unwrap().lines.len(), 100);
    assert_eq!(
        read(0, 1).await.unwrap_err().violations[0].field,
        "line_start"
    );
    assert_eq!(
        read(1, 501).await.unwrap_err().violations[0].field,
        "line_count"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_returns_citations_that_verify() {
    let world = World::start().await;
    let content = log();
    let file = world.store("app.log", &content).await;
    let search = async |pattern: &str, regex| {
        let request = pb::SearchFileRequest {
            file_id: file.file_id.clone(),
            pattern: pattern.to_owned(),
            regex,
            ..Default::default()
        };
        let answer = world
            .public()
            .search_file(user("user_1").request(request))
            .await;
        answer
            .map_err(|status| Fault::from_status(&status))
            .map(|answer| answer.into_inner())
    };
    let found = search("request 99", false).await.unwrap();
    assert_eq!(found.hits.len(), 10);
    assert!(found.truncated);
    assert_eq!(found.bytes_searched, content.len() as i64);
    let exact = search("request 7$", true).await.unwrap();
    assert_eq!(exact.hits.len(), 1);
    assert!(!exact.truncated);
    assert_eq!(exact.hits[0].line_start, 7);
    let request = pb::VerifyCitationRequest {
        citation: Some(exact.hits[0].clone()),
    };
    let verified = world
        .public()
        .verify_citation(user("user_1").request(request))
        .await;
    assert!(verified.unwrap().into_inner().verified);
    assert_eq!(
        search("(", true).await.unwrap_err().violations[0].field,
        "pattern"
    );
    assert_eq!(
        search("", false).await.unwrap_err().violations[0].field,
        "pattern"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citation_is_compared_with_the_bytes() {
    let world = World::start().await;
    let content = log();
    let file = world.store("app.log", &content).await;
    let citation = pb::FileCitation {
        file_id: file.file_id.clone(),
        sha256: file.sha256.clone(),
        byte_start: 0,
        byte_end: 24,
        line_start: 1,
        line_end: 1,
        quote: "2025-03-04T14:00:01.000Z".to_owned(),
        ..Default::default()
    };
    let verify = async |citation| {
        let request = pb::VerifyCitationRequest {
            citation: Some(citation),
        };
        world
            .public()
            .verify_citation(user("user_1").request(request))
            .await
            .unwrap()
            .into_inner()
    };
    assert!(verify(citation.clone()).await.verified);
    let invented = pb::FileCitation {
        quote: "disk full".to_owned(),
        ..citation.clone()
    };
    assert_eq!(verify(invented).await.reason, "quote_not_found");
    let other = pb::FileCitation {
        sha256: "0".repeat(64),
        ..citation.clone()
    };
    assert_eq!(verify(other).await.reason, "hash_mismatch");
    let beyond = pb::FileCitation {
        byte_end: i64::MAX,
        ..citation
    };
    assert_eq!(verify(beyond).await.reason, "quote_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_have_no_lines() {
    let world = World::start().await;
    let file = world.analyzed("x.png", b"\x89PNG\r\n\x1a\n0000").await;
    let request = pb::ReadLinesRequest {
        file_id: file.file_id,
        line_start: 1,
        line_count: 1,
    };
    let status = world
        .public()
        .read_lines(user("user_1").request(request))
        .await
        .unwrap_err();
    assert_eq!(Fault::from_status(&status).violations[0].field, "file_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysis_can_be_read_once_there_is_one() {
    let world = World::start().await;
    world.jobs.pause();
    let file = world.store("app.log", &log()).await;
    let get = async || {
        let request = pb::GetAnalysisRequest {
            file_id: file.file_id.clone(),
        };
        let answer = world
            .public()
            .get_analysis(user("user_1").request(request))
            .await;
        answer
            .map_err(|status| Fault::from_status(&status))
            .map(|answer| answer.into_inner())
    };
    assert_eq!(get().await.unwrap_err().reason, "analysis_not_found");
    world.jobs.resume();
    world.settled(&file.file_id).await;
    let analysis = get().await.unwrap().analysis.unwrap();
    assert!(!analysis.index.is_empty() && !analysis.templates.is_empty());
    assert_eq!(analysis.coverage.unwrap().lines_read, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_file_is_held_beyond_a_restart_for_who_brought_it() {
    let mut world = World::start().await;
    let mut held = Vec::new();
    for (name, durable) in [("message.txt", true), ("app.log", false)] {
        let header = pb::UploadHeader {
            held: true,
            durable,
            ..header(name)
        };
        let answer = world.send(&user("user_1"), header, name.as_bytes()).await;
        held.push(answer.unwrap().file.unwrap().file_id);
    }
    let read = download(&world, &held[1], 0, 0).await;
    assert_eq!(read.unwrap(), b"app.log");
    world.restart().await;
    reconcile(&world).await;
    let read = download(&world, &held[0], 0, 0).await;
    assert_eq!(read.unwrap(), b"message.txt");
    let foreign = download_as("user_2", &world, &held[0], 0, 0).await;
    assert_eq!(foreign.unwrap_err().reason, "file_not_found");
    // Another process that uses the same server may still need it.
    if world.db.backend() == Backend::Sqlite {
        let other = download(&world, &held[1], 0, 0).await;
        assert_eq!(other.unwrap_err().reason, "file_not_found");
        assert_eq!(world.stored_blobs(), 1);
    }
}

/// A line a second for three hours, so long that the log is read in several stretches.
fn long_log() -> Vec<u8> {
    let padding = "x".repeat(1_000);
    let line = |at: u32| {
        let (hour, minute, second) = (13 + at / 3_600, at / 60 % 60, at % 60);
        format!("2025-03-04T{hour}:{minute:02}:{second:02}.000+02:00 INFO api {padding} {at}\n")
    };
    (0..10_800).map(line).collect::<String>().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_large_log_only_the_parts_of_a_time_are_searched() {
    let world = World::start().await;
    let content = long_log();
    let file = world.store("long.log", &content).await;
    world.settled(&file.file_id).await;
    let search = async |time_of_day: &str| {
        let request = pb::SearchFileRequest {
            file_id: file.file_id.clone(),
            pattern: "T14:05".to_owned(),
            time_of_day: time_of_day.to_owned(),
            ..Default::default()
        };
        let request = user("user_1").request(request);
        let answer = world.public().search_file(request).await;
        answer
            .map_err(|status| Fault::from_status(&status))
            .map(tonic::Response::into_inner)
    };
    let (all, part) = (search("").await.unwrap(), search("14:05").await.unwrap());
    assert_eq!(all.bytes_searched, content.len() as i64);
    assert!(part.bytes_searched < all.bytes_searched / 2, "{part:?}");
    assert_eq!((part.match_count, &part.hits), (60, &all.hits));
    assert_eq!(search("14:05:07").await.unwrap().hits, all.hits);
    let refused = search("about two").await.unwrap_err();
    assert_eq!(refused.violations[0].field, "time_of_day");
    let last = part.hits[9].clone();
    let request = pb::ReadLinesRequest {
        file_id: file.file_id.clone(),
        line_start: last.line_start,
        line_count: 1,
    };
    let request = user("user_1").request(request);
    let lines = world.public().read_lines(request).await.unwrap();
    let line = &lines.into_inner().lines[0];
    assert_eq!(line.byte_start, last.byte_start);
    assert!(line.text.starts_with(&last.quote), "{line:?}");
}

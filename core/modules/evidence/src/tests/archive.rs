//! Gzip files and what comes out of them.

use std::io::Write as _;

use faultmaven_proto::evidence::v1 as pb;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{CASE, World};
use crate::Config;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn log(lines: u32) -> Vec<u8> {
    let line = |at: u32| {
        format!(
            "2025-03-04T14:{:02}:{:02}.000Z ERROR api req={} took {}ms\n",
            at / 60 % 60,
            at % 60,
            at * 7_919 % 10_007,
            at * 104_729 % 9_973
        )
    };
    (0..lines).map(line).collect::<String>().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_of_a_gzip_file_becomes_a_member() {
    let world = World::start().await;
    let content = log(500);
    let archive = world.store("app.log.gz", &gzip(&content)).await;
    assert_eq!(archive.data_class(), pb::DataClass::Archive);
    let family = world.settled_family(&archive.file_id).await;
    let [archive, member] = family.as_slice() else {
        panic!("{family:?}")
    };
    assert_eq!(archive.state(), pb::FileState::Analyzed);
    assert_eq!(member.filename, "app.log");
    assert_eq!(member.origin(), pb::FileOrigin::Member);
    assert_eq!(member.parent_file_id, archive.file_id);
    assert_eq!(member.size_bytes, content.len() as i64);
    assert_eq!(member.state(), pb::FileState::Analyzed);
    assert_eq!(world.list(CASE, false).await.len(), 1);
    let digests = world.cases.with(CASE, |case| case.files.clone());
    assert_eq!(digests.iter().filter(|digest| digest.top_level).count(), 1);
    assert_eq!(digests.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_or_damaged_archive_is_read_as_far_as_it_goes_and_told() {
    let whole = gzip(&log(20_000));
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xff);
    for (name, bytes) in [("cut.gz", &whole[..whole.len() / 2]), ("bad.gz", &damaged)] {
        let world = World::start().await;
        let archive = world.store(name, bytes).await;
        let family = world.settled_family(&archive.file_id).await;
        let [archive, member] = family.as_slice() else {
            panic!("{family:?}")
        };
        assert_eq!(archive.state(), pb::FileState::Analyzed, "{name}");
        let error = archive.error.clone().unwrap();
        assert_eq!(error.reason, "damaged_archive", "{name}");
        assert!(
            error.message.contains("upload the complete file"),
            "{}",
            error.message
        );
        assert_eq!(member.state(), pb::FileState::Analyzed, "{name}");
        let coverage = member.coverage.clone().unwrap();
        assert!(coverage.lines_read > 1_000, "{coverage:?}");
        assert!(
            coverage.limits_hit.contains(&"cut_short".to_owned()),
            "{coverage:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_damaged_from_the_start_fails_with_problem_and_remedy() {
    let world = World::start().await;
    let whole = gzip(&log(500));
    let archive = world.analyzed("stub.gz", &whole[..14]).await;
    assert_eq!(archive.state(), pb::FileState::Failed);
    let error = archive.error.unwrap();
    assert_eq!(error.reason, "corrupt_archive");
    assert!(
        error.message.contains("upload the complete file"),
        "{}",
        error.message
    );
    assert_eq!(world.stored_blobs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_is_not_unpacked() {
    let world = World::start().await;
    let bomb = world.analyzed("bomb.gz", &gzip(&vec![0; 16 << 20])).await;
    assert_eq!(bomb.error.unwrap().reason, "archive_too_dense");
    assert_eq!(world.stored_blobs(), 1);

    let world = World::with(Config {
        max_unpacked_bytes: 10_000,
        ..Config::default()
    })
    .await;
    let large = world.analyzed("large.gz", &gzip(&log(500))).await;
    assert_eq!(large.error.unwrap().reason, "archive_too_large");
    assert_eq!(world.stored_blobs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_are_unpacked_only_so_deep() {
    let world = World::start().await;
    let mut bytes = b"deep\n".to_vec();
    for _ in 0..5 {
        bytes = gzip(&bytes);
    }
    let archive = world.store("deep.gz", &bytes).await;
    let family = world.settled_family(&archive.file_id).await;
    assert_eq!(family.len(), 4);
    assert_eq!(family[3].error.clone().unwrap().reason, "archive_too_deep");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_a_known_file_makes_no_second_row() {
    let world = World::start().await;
    let content = log(50);
    let known = world.analyzed("app.log", &content).await;
    let archive = world.analyzed("app.log.gz", &gzip(&content)).await;
    assert_eq!(archive.state(), pb::FileState::Analyzed);
    assert!(archive.summary.contains(&known.file_id));
    assert_eq!(world.list(CASE, true).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_nothing_is_told() {
    let world = World::start().await;
    let archive = world.analyzed("empty.gz", &gzip(b"")).await;
    assert_eq!(archive.state(), pb::FileState::Unanalyzable);
    assert_eq!(archive.error.unwrap().reason, "empty_archive");
}

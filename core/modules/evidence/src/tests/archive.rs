//! Gzip files and what comes out of them.

use std::io::{Cursor, Write as _};

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

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        // Not every name here is one that the builder would take.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
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
    let archive = world.analyzed("deep.gz", &bytes).await;
    assert_eq!(archive.state(), pb::FileState::Unanalyzable);
    assert_eq!(archive.error.unwrap().reason, "archive_too_deep");
    assert_eq!(world.stored_blobs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_in_an_archive_becomes_a_member_with_its_path() {
    let (one, other) = (log(300), log(400));
    let files = [("logs/eu/app.log", &one[..]), ("logs/us/app.log", &other)];
    let packed = gzip(&one);
    let nested = zip(&[("inner/app.log.gz", &packed), ("inner/us.log", &other)]);
    let with_nested = tar(&[("b/inner.zip", &nested), ("b/none.txt", b"")]);
    for (name, bytes, paths) in [
        ("a.tar", tar(&files), ["logs/eu/app.log", "logs/us/app.log"]),
        (
            "a.tar.gz",
            gzip(&tar(&files)),
            ["logs/eu/app.log", "logs/us/app.log"],
        ),
        ("a.zip", zip(&files), ["logs/eu/app.log", "logs/us/app.log"]),
        (
            "b.tar",
            with_nested,
            ["b/inner.zip/inner/app.log.gz", "b/inner.zip/inner/us.log"],
        ),
    ] {
        let world = World::start().await;
        let archive = world.store(name, &bytes).await;
        let family = world.settled_family(&archive.file_id).await;
        let found: Vec<&str> = family[1..]
            .iter()
            .map(|it| it.member_path.as_str())
            .collect();
        assert_eq!(found, paths, "{name}");
        for member in &family {
            assert_eq!(
                member.state(),
                pb::FileState::Analyzed,
                "{name}: {member:?}"
            );
        }
        assert_eq!(family[1].size_bytes, one.len() as i64);
        assert!(family[0].error.is_none(), "{:?}", family[0].error);
        assert!(
            family[0].summary.contains("2 files"),
            "{}",
            family[0].summary
        );
        assert_ne!(family[1].filename, family[2].filename);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_lead_out_are_left_out_and_told() {
    let bytes = tar(&[("../../etc/passwd", &log(3)), ("app.log", &log(300))]);
    let world = World::start().await;
    let archive = world.store("evil.tar", &bytes).await;
    let family = world.settled_family(&archive.file_id).await;
    assert_eq!(family.len(), 2);
    assert_eq!(family[1].filename, "app.log");
    let error = family[0].error.clone().unwrap();
    assert_eq!(error.reason, "archive_incomplete");
    assert!(
        error.message.contains("leads out of the archive"),
        "{}",
        error.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_before_a_limit_stays() {
    let files: Vec<(String, Vec<u8>)> = (0..5)
        .map(|at| (format!("{at}.log"), log(100 + at)))
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), &bytes[..]))
        .collect();
    let world = World::with(Config {
        max_archive_members: 3,
        ..Config::default()
    })
    .await;
    let archive = world.store("many.tar", &tar(&files)).await;
    let family = world.settled_family(&archive.file_id).await;
    assert_eq!(family.len(), 4);
    let error = family[0].error.clone().unwrap();
    assert_eq!(error.reason, "archive_incomplete");
    assert!(
        error.message.contains("more than 3 files"),
        "{}",
        error.message
    );

    let bomb = vec![0; 16 << 20];
    let packed = zip(&[("a.log", &log(300)), ("bomb", &bomb), ("z.log", &log(310))]);
    let world = World::start().await;
    let archive = world.store("mixed.zip", &packed).await;
    let family = world.settled_family(&archive.file_id).await;
    let names: Vec<&str> = family[1..].iter().map(|it| it.filename.as_str()).collect();
    assert_eq!(names, ["a.log", "z.log"]);
    assert!(
        family[0]
            .error
            .clone()
            .unwrap()
            .message
            .contains("200 times larger")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_archive_gives_what_comes_before_the_damage() {
    let (one, other) = (log(2_000), log(20_000));
    let whole = gzip(&tar(&[("one.log", &one), ("other.log", &other)]));
    let world = World::start().await;
    let archive = world
        .store("cut.tar.gz", &whole[..whole.len() * 2 / 3])
        .await;
    let family = world.settled_family(&archive.file_id).await;
    let [archive, first, second] = family.as_slice() else {
        panic!("{family:?}")
    };
    let error = archive.error.clone().unwrap();
    assert_eq!(error.reason, "archive_incomplete");
    assert!(
        error.message.contains("upload the complete file"),
        "{}",
        error.message
    );
    let is_cut = |file: &pb::UploadedFile| {
        let coverage = file.coverage.clone().unwrap();
        coverage.limits_hit.contains(&"cut_short".to_owned())
    };
    assert!(!is_cut(first) && is_cut(second));
    assert_eq!(first.size_bytes, one.len() as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_in_the_form_of_zip_files_are_not_unpacked() {
    let world = World::start().await;
    let document = world
        .analyzed("app.jar", &zip(&[("META-INF/MANIFEST.MF", b"a")]))
        .await;
    assert_eq!(document.state(), pb::FileState::Unanalyzable);
    assert_eq!(document.error.unwrap().reason, "unsupported_document");
    assert_eq!(world.list(CASE, true).await.len(), 1);
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

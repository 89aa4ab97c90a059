//! Archives of every kind, nested, hostile and broken.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::io::{self, Cursor, Read, Write};

use faultmaven_analysis::{
    SkipReason, UnpackLimit, UnpackLimits, UnpackReport, unpack_file, unpack_stream,
};

const TEXT: &[u8] = b"2025-03-04T14:05:00Z ERROR api: disk full\n";

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // A hostile path is written as it stands; the builder's own setter refuses it.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

type Members = Vec<(String, Vec<u8>)>;

fn unpack(name: &str, bytes: &[u8], limits: UnpackLimits) -> (Members, UnpackReport) {
    let mut members = Members::new();
    let report = unpack_file(name, Cursor::new(bytes), limits, &mut |path, content| {
        take(&mut members, path, content)
    });
    (members, report.unwrap())
}

fn take(members: &mut Members, path: &str, content: &mut dyn Read) -> io::Result<()> {
    let mut whole = Vec::new();
    let outcome = content.read_to_end(&mut whole);
    members.push((path.to_owned(), whole));
    outcome.map(|_| ())
}

fn paths(members: &Members) -> Vec<&str> {
    members.iter().map(|(path, _)| path.as_str()).collect()
}

#[test]
fn every_kind_and_nesting_gives_its_members_with_their_paths() {
    let files: [(&str, &[u8]); 2] = [("var/log/a.log", TEXT), ("./b.log", b"b\n")];
    let inner = zip(&[("c.log", TEXT), ("d.log.zst", &zst(TEXT))]);
    for (name, bytes, expected) in [
        ("a.log", TEXT.to_vec(), vec!["a.log"]),
        ("a.log.gz", gz(TEXT), vec!["a.log.gz"]),
        ("a.log.bz2", bz2(TEXT), vec!["a.log.bz2"]),
        ("a.log.xz", xz(TEXT), vec!["a.log.xz"]),
        ("a.log.zst", zst(TEXT), vec!["a.log.zst"]),
        ("a.log.gz", gz(&xz(TEXT)), vec!["a.log.gz"]),
        (
            "x.tgz",
            gz(&tar(&files)),
            vec!["x.tgz/var/log/a.log", "x.tgz/b.log"],
        ),
        (
            "x.tar.zst",
            zst(&tar(&files)),
            vec!["x.tar.zst/var/log/a.log", "x.tar.zst/b.log"],
        ),
        (
            "x.zip",
            inner.clone(),
            vec!["x.zip/c.log", "x.zip/d.log.zst"],
        ),
        (
            "x.tar.xz",
            xz(&tar(&[("in.zip", &inner), ("e.log", TEXT)])),
            vec![
                "x.tar.xz/in.zip/c.log",
                "x.tar.xz/in.zip/d.log.zst",
                "x.tar.xz/e.log",
            ],
        ),
    ] {
        let (members, report) = unpack(name, &bytes, UnpackLimits::default());
        assert_eq!(paths(&members), expected, "{name}: {report:?}");
        assert_eq!(members[0].1, TEXT, "{name}");
        assert!(report.skipped.is_empty(), "{name}: {report:?}");
        let mut streamed = Members::new();
        unpack_stream(
            name,
            bytes.as_slice(),
            UnpackLimits::default(),
            &mut |path, content| take(&mut streamed, path, content),
        )
        .unwrap();
        assert_eq!(streamed, members, "{name}");
    }
}

#[test]
fn links_and_paths_that_lead_out_are_left_alone() {
    let mut builder = tar::Builder::new(tar(&[("../../etc/passwd", TEXT), ("/etc/shadow", TEXT)]));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "link.log", "/etc/passwd")
        .unwrap();
    let mut plain = builder.into_inner().unwrap();
    // The end mark of the first archive stands before the link.
    plain.drain(2 * 1024..2 * 1024 + 1024);
    let (members, report) = unpack("x.tar", &plain, UnpackLimits::default());
    assert!(members.is_empty(), "{:?}", paths(&members));
    let reasons: Vec<&SkipReason> = report.skipped.iter().map(|(_, reason)| reason).collect();
    assert_eq!(
        reasons,
        [
            &SkipReason::UnsafePath,
            &SkipReason::UnsafePath,
            &SkipReason::NotAFile
        ]
    );
    let (members, report) = unpack(
        "x.zip",
        &zip(&[("..\\x.log", TEXT)]),
        UnpackLimits::default(),
    );
    assert!(members.is_empty());
    assert_eq!(report.skipped[0].1, SkipReason::UnsafePath);
}

#[test]
fn bombs_stop_at_the_limit_and_the_rest_is_read() {
    let zeros = vec![0u8; 6 << 20];
    for (name, bomb) in [
        ("z.gz", gz(&zeros)),
        ("z.bz2", bz2(&zeros)),
        ("z.xz", xz(&zeros)),
        ("z.zst", zst(&zeros)),
        ("z.zip", zip(&[("z", &zeros)])),
    ] {
        let packed = tar(&[(name, &bomb), ("after.log", TEXT)]);
        let (members, report) = unpack("x.tar", &packed, UnpackLimits::default());
        let reason = SkipReason::Limit(UnpackLimit::Ratio);
        assert!(
            report.skipped.iter().any(|(_, it)| *it == reason),
            "{name}: {report:?}"
        );
        assert!(members[0].1.len() < zeros.len(), "{name}");
        assert_eq!(
            members.last().unwrap(),
            &("x.tar/after.log".to_owned(), TEXT.to_vec())
        );
    }
}

#[test]
fn size_number_and_depth_are_bounded() {
    let small = UnpackLimits {
        max_bytes: 100,
        max_members: 3,
        max_depth: 2,
        ..UnpackLimits::default()
    };
    let many: Vec<(&str, &[u8])> = vec![("a", b"1"), ("b", b"2"), ("c", b"3"), ("d", b"4")];
    let (members, report) = unpack("x.tar", &tar(&many), small);
    assert_eq!(members.len(), 3);
    assert_eq!(report.skipped[0].1, SkipReason::Limit(UnpackLimit::Members));
    let (_, report) = unpack("x.gz", &gz(&TEXT.repeat(9)), small);
    assert_eq!(report.skipped[0].1, SkipReason::Limit(UnpackLimit::Bytes));
    let (members, report) = unpack("x.gz", &gz(&gz(&gz(b"deep"))), small);
    assert!(members.is_empty());
    assert_eq!(report.skipped[0].1, SkipReason::Limit(UnpackLimit::Depth));
}

#[test]
fn a_broken_member_does_not_hide_the_others() {
    let noise: Vec<u8> = (0..90_000u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let packed = gz(&noise);
    let cut = &packed[..packed.len() / 2];
    let (members, report) = unpack(
        "x.zip",
        &zip(&[("cut.gz", cut), ("ok.log", TEXT)]),
        UnpackLimits::default(),
    );
    assert_eq!(paths(&members), ["x.zip/cut.gz", "x.zip/ok.log"]);
    assert!(!members[0].1.is_empty() && noise.starts_with(&members[0].1));
    assert!(
        matches!(report.skipped[0].1, SkipReason::Damaged(_)),
        "{report:?}"
    );
    let (members, report) = unpack(
        "x.zip",
        b"PK\x03\x04 not a zip file",
        UnpackLimits::default(),
    );
    assert!(members.is_empty());
    assert!(matches!(report.skipped[0].1, SkipReason::Damaged(_)));
}

#[test]
fn a_tar_file_that_ends_early_says_which_member_is_cut() {
    let long = TEXT.repeat(200);
    let whole = tar(&[("a.log", TEXT), ("b.log", &long)]);
    let cut = &whole[..whole.len() - 1024 - long.len() / 2];
    let (members, report) = unpack("x.tar", cut, UnpackLimits::default());
    assert_eq!(paths(&members), ["x.tar/a.log", "x.tar/b.log"]);
    assert_eq!(members[0].1, TEXT);
    assert!(long.starts_with(&members[1].1) && members[1].1.len() > 1024);
    assert_eq!(report.skipped[0].0, "x.tar/b.log");
    assert!(matches!(report.skipped[0].1, SkipReason::Damaged(_)));
}

fn seven(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    for (name, content) in files {
        let entry = sevenz_rust2::ArchiveEntry::new_file(name);
        writer.push_archive_entry(entry, Some(*content)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_7z_archive_is_unpacked_within_the_limits_of_the_others() {
    let log = b"2025-03-04T14:05:00Z ERROR api: disk full\n".repeat(50);
    let archive = seven(&[
        ("logs/a.log", &log),
        ("../out.log", b"x"),
        ("b.log", b"kept"),
    ]);
    let mut seen = Vec::new();
    let mut visit = |path: &str, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        seen.push((path.to_owned(), bytes));
        Ok(())
    };
    let limits = UnpackLimits::default();
    let report = unpack_file("x.7z", Cursor::new(&archive), limits, &mut visit).unwrap();
    assert_eq!(seen[0], ("x.7z/logs/a.log".to_owned(), log));
    assert_eq!(seen[1].0, "x.7z/b.log");
    assert_eq!(
        report.skipped,
        [("x.7z/../out.log".to_owned(), SkipReason::UnsafePath)]
    );

    let bomb = seven(&[("zeros", &vec![0; 4 << 20])]);
    let report = unpack_file("bomb.7z", Cursor::new(&bomb), limits, &mut |_, content| {
        io::copy(content, &mut io::sink()).map(|_| ())
    });
    let skipped = report.unwrap().skipped;
    assert_eq!(
        skipped[0].1,
        SkipReason::Limit(UnpackLimit::Ratio),
        "{skipped:?}"
    );

    // What is refused is unpacked on the way to what follows, within the limits too.
    let refused = seven(&[("../zeros", &vec![0; 4 << 20]), ("b.log", b"kept")]);
    let mut paths = Vec::new();
    let report = unpack_file("x.7z", Cursor::new(&refused), limits, &mut |path, _| {
        paths.push(path.to_owned());
        Ok(())
    });
    let skipped = report.unwrap().skipped;
    assert_eq!(paths, ["x.7z/b.log"]);
    assert_eq!(
        skipped[1].1,
        SkipReason::Limit(UnpackLimit::Ratio),
        "{skipped:?}"
    );

    for end in (0..archive.len()).step_by(11) {
        let _ = unpack_file(
            "cut.7z",
            Cursor::new(&archive[..end]),
            limits,
            &mut |_, content| io::copy(content, &mut io::sink()).map(|_| ()),
        );
    }
}

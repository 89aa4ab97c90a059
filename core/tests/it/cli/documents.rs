//! Documents on the command line: each is read by a process apart.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use super::{run, stderr, stdout, with_file};

const PAGE: &[u8] = b"<!doctype html><html><script>var error = 1;</script><body><table>\
    <tr><td>2025-03-04T14:05:00Z</td><td>ERROR</td><td>api: disk full</td></tr>\
    <tr><td>2025-03-04T14:05:01Z</td><td>ERROR</td><td>api: disk full</td></tr>\
    <tr><td>2025-03-04T14:05:02Z</td><td>ERROR</td><td>api: disk full</td></tr></table>";

/// Returns a document of one page with these lines.
fn pdf(lines: &[&str]) -> Vec<u8> {
    let drawn: Vec<String> = lines.iter().map(|line| format!("({line}) Tj T*")).collect();
    let drawing = format!("BT /F1 10 Tf 12 TL 50 700 Td {} ET", drawn.join(" "));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 5 0 R \
         /Resources << /Font << /F1 4 0 R >> >> >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{drawing}\nendstream",
            drawing.len()
        ),
    ];
    let mut document = "%PDF-1.7\n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        document.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    document.push_str("trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    document.into_bytes()
}

fn png() -> Vec<u8> {
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    picture.extend([0, 0, 2, 128, 0, 0, 1, 224, 8, 2, 0, 0, 0]);
    picture
}

#[test]
fn the_text_of_pages_and_pdf_documents_is_analysed() {
    let directory = with_file("page.html", PAGE);
    let lines = [
        "2025-03-04T14:05:00Z ERROR api: pool exhausted",
        "2025-03-04T14:05:01Z ERROR api: pool exhausted",
        "2025-03-04T14:05:02Z ERROR api: pool exhausted",
    ];
    fs::write(directory.path().join("incident.pdf"), pdf(&lines)).unwrap();
    let output = run(directory.path(), &["analyze", "page.html", "incident.pdf"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}\n{}", stderr(&output));
    assert!(
        text.contains("page.html (text):1: 2025-03-04T14:05:00Z  ERROR  api: disk full"),
        "{text}"
    );
    assert!(
        text.contains("incident.pdf (text):2: 2025-03-04T14:05:00Z ERROR api: pool exhausted"),
        "{text}"
    );
    assert!(text.contains("taken out of the document"), "{text}");
}

#[test]
fn a_hostile_document_ends_no_more_than_the_process_that_reads_it() {
    let directory = with_file("app.log", b"2025-03-04T14:05:00Z ERROR api: disk full\n");
    let deep = format!("%PDF-1.7\n1 0 obj\n{}", "[<<".repeat(2_000_000));
    fs::write(directory.path().join("deep.pdf"), deep).unwrap();
    let output = run(directory.path(), &["analyze", "deep.pdf", "app.log"]);
    let text = stdout(&output);
    assert!(text.contains("app.log:1:"), "{text}");
    assert!(
        stderr(&output).contains("PDF document: it"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_picture_is_read_by_the_program_that_is_named() {
    let directory = with_file("screen.png", &png());
    let analyze = |recogniser: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_faultmaven"));
        command
            .current_dir(directory.path())
            .env("TESSERACT", recogniser);
        command.args(["analyze", "screen.png"]).output().unwrap()
    };
    let without = stderr(&analyze(Path::new("/no/tesseract")));
    assert!(without.contains("picture of 640 × 480 points"), "{without}");
    assert!(
        without.contains("tesseract, which is not installed"),
        "{without}"
    );
    let stand_in = directory.path().join("stand-in");
    fs::write(
        &stand_in,
        "#!/bin/sh\necho '2025-03-04T14:05:00Z ERROR api: disk full'\n",
    )
    .unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    let with = stdout(&analyze(&stand_in));
    assert!(
        with.contains("screen.png (text):1: 2025-03-04T14:05:00Z ERROR"),
        "{with}"
    );
}

#[test]
fn what_is_no_file_in_a_folder_is_told_and_a_device_is_not_read() {
    let directory = with_file("app.log", b"2025-03-04T14:05:00Z ERROR api: disk full\n");
    symlink("/dev/zero", directory.path().join("zero")).unwrap();
    symlink(".", directory.path().join("loop")).unwrap();
    let _socket = UnixListener::bind(directory.path().join("sock")).unwrap();
    let output = run(directory.path(), &["analyze", "."]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for told in [
        "./zero: it is a link",
        "./loop: it is a link",
        "./sock: it is a socket",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    let device = run(directory.path(), &["analyze", "zero"]);
    assert_eq!(device.status.code(), Some(2));
    assert!(
        stderr(&device).contains("it is a device"),
        "{}",
        stderr(&device)
    );
}

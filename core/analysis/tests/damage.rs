//! Logs that a crash, a truncation or a narrow question left incomplete.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use chrono::DateTime;
use faultmaven_analysis::{
    Analysis, Analyzer, DataClass, Encoding, Options, analyze, verify_citation,
};

fn lines(from: u32, to: u32) -> Vec<u8> {
    let line = |at: u32| {
        let level = if at % 50 == 7 { "ERROR" } else { "INFO" };
        format!(
            "2025-03-04T14:{:02}:{:02}Z {level} api: request {at} took {} ms\n",
            at / 60,
            at % 60,
            at * 7 % 90
        )
    };
    (from..to).map(line).collect::<String>().into_bytes()
}

fn holed() -> Vec<u8> {
    [lines(0, 500), vec![0; 5000], lines(500, 700)].concat()
}

fn cited(bytes: &[u8], analysis: &Analysis) {
    for citation in analysis.findings.iter().flat_map(|it| &it.citations) {
        let range = citation.byte_start as usize..citation.byte_end as usize;
        verify_citation(&bytes[range], citation, analysis.encoding).unwrap();
        let before = &bytes[..citation.byte_start as usize];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        assert_eq!(citation.line_start, line as u64);
    }
    assert!(!analysis.findings.is_empty());
}

#[test]
fn a_hole_of_zeros_is_skipped_and_told() {
    let bytes = holed();
    let analysis = analyze(&bytes, Options::default());
    assert_eq!(analysis.encoding, Encoding::Utf8);
    assert_eq!(analysis.classification.data_class, DataClass::Logs);
    let coverage = &analysis.coverage;
    assert_eq!((coverage.lines_read, coverage.lines_total), (700, 700));
    assert_eq!(coverage.bytes_total - coverage.bytes_read, 5000);
    assert_eq!(coverage.limits_hit, ["zero_bytes"]);
    assert!(coverage.notes()[0].starts_with("5000 zero bytes"));
    cited(&bytes, &analysis);
}

#[test]
fn zeros_in_front_are_skipped_whatever_the_chunks_are() {
    let bytes = [vec![0; 200_000], lines(0, 300)].concat();
    let whole = analyze(&bytes, Options::default());
    assert_eq!(whole.coverage.lines_read, 300);
    cited(&bytes, &whole);
    for size in [1_000, 65_537] {
        let mut analyzer = Analyzer::new(Options::default());
        bytes.chunks(size).for_each(|chunk| analyzer.push(chunk));
        assert_eq!(analyzer.finish(), whole, "{size}");
    }
}

#[test]
fn zeros_alone_and_records_with_zeros_stay_binary() {
    let record = [b"\x07\0\0\0~\0\0\0reboot".as_slice(), &[0; 300]].concat();
    for bytes in [vec![0; 100_000], record.repeat(40)] {
        let analysis = analyze(&bytes, Options::default());
        assert_eq!(analysis.classification.data_class, DataClass::Binary);
        assert_eq!(analysis.coverage.lines_read, 0);
    }
}

#[test]
fn a_line_with_a_hole_has_one_template() {
    let mut bytes = holed();
    bytes.drain(lines(0, 500).len() - 30..lines(0, 500).len());
    let options = Options {
        line_templates: true,
        ..Options::default()
    };
    let analysis = analyze(&bytes, options);
    assert_eq!(analysis.coverage.lines_total, 699);
    assert_eq!(analysis.line_templates.len(), 699);
}

#[test]
fn a_time_in_which_no_line_lies_is_told_with_the_range_of_the_log() {
    let since = |time: &str| Options {
        since: Some(DateTime::parse_from_rfc3339(time).unwrap().to_utc()),
        ..Options::default()
    };
    let bytes = lines(0, 120);
    let coverage = analyze(&bytes, since("2030-12-05T00:00:00Z")).coverage;
    assert!(coverage.holds_nothing_wanted());
    assert_eq!((coverage.lines_read, coverage.lines_total), (0, 120));
    let first = coverage.first_time.unwrap().to_rfc3339();
    assert_eq!(first, "2025-03-04T14:00:00+00:00");
    let coverage = analyze(&bytes, since("2025-03-04T14:01:00Z")).coverage;
    assert!(!coverage.holds_nothing_wanted());
    assert_eq!(coverage.lines_read, 60);
    assert!(coverage.notes()[0].starts_with("60 lines lie outside"));
}

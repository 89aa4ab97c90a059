//! What must hold for any bytes; the fuzzer and the tests of the saved corpus call the same.

mod documents;
mod files;
mod logs;

use std::io::{self, Cursor, Read};
use std::sync::LazyLock;

use faultmaven_analysis::{
    Analysis, Analyzer, CatalogueFile, Citation, DataClass, Encoding, Options, PlaceholderMap,
    QuoteFinder, RedactionOptions, Redactor, UnpackLimits, analyze, locate_quote, own_catalogue,
    parse_time, unpack_file, unpack_stream, verify_citation,
};

pub use documents::*;
pub use files::ties;
pub use logs::*;

/// Inputs that are larger find nothing that smaller ones do not, only later.
const INPUT_MAX: usize = 64 << 10;

/// A check of any bytes.
pub type Check = fn(&[u8]);

/// Every target of the analysis and its check.
pub const TARGETS: [(&str, Check); 25] = [
    ("archive", archive),
    ("catalogue", catalogue),
    ("citation", citation),
    ("command", command),
    ("config", config),
    ("diff", diff),
    ("document_alerts", document_alerts),
    ("document_logs", document_logs),
    ("document_metrics", document_metrics),
    ("document_objects", document_objects),
    ("document_requests", document_requests),
    ("document_traces", document_traces),
    ("encoding", encoding),
    ("log_access", log_access),
    ("log_any", log_any),
    ("log_container", log_container),
    ("log_json", log_json),
    ("log_logfmt", log_logfmt),
    ("log_syslog", log_syslog),
    ("log_text", log_text),
    ("metrics", metrics),
    ("redaction", redaction),
    ("stack", stack),
    ("ties", ties),
    ("timestamp", timestamp),
];

const UNPACKED_MAX: u64 = 4 << 20;

/// Unpacking keeps to its limits and to paths below the archive.
pub fn archive(data: &[u8]) {
    let limits = UnpackLimits {
        max_bytes: UNPACKED_MAX,
        max_ratio: 200,
        max_members: 50,
        max_depth: 4,
        max_nested_zip: 1 << 20,
    };
    let visit = |members: &mut u64, path: &str, content: &mut dyn Read| -> io::Result<()> {
        *members += 1;
        assert!(!path.split('/').any(|part| part == ".."), "{path}");
        let mut kept = Vec::new();
        let outcome = content.take(UNPACKED_MAX * 2).read_to_end(&mut kept);
        assert!(kept.len() as u64 <= UNPACKED_MAX + (1 << 20), "{path}");
        outcome.map(drop)
    };
    let mut members = 0;
    let report = unpack_file("x", Cursor::new(data), limits, &mut |path, content| {
        visit(&mut members, path, content)
    });
    if let Ok(report) = report {
        assert!(members <= limits.max_members + 1);
        assert_eq!(report.members, members);
    }
    let mut members = 0;
    // What cannot be read is told by an error, which is as good as any other answer here.
    let _ = unpack_stream("x", data, limits, &mut |path, content| {
        visit(&mut members, path, content)
    });
}

/// A catalogue is read, or its faults are told at a line that is there.
pub fn catalogue(data: &[u8]) {
    let text = String::from_utf8_lossy(limited(data)).into_owned();
    // YAML ends a line at a lone carriage return too.
    let by_line_feed = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = by_line_feed.lines().count().max(1) + 1;
    for name in ["x.yaml", "x.toml"] {
        let file = CatalogueFile {
            name: name.to_owned(),
            text: text.clone(),
        };
        for fault in own_catalogue(&[file]).err().unwrap_or_default() {
            assert!((1..=lines).contains(&fault.line), "{fault}");
        }
    }
}

/// A quote that is found stands where its citation says, however the bytes arrive.
pub fn citation(data: &[u8]) {
    let data = limited(data);
    let Some((&[first, second], rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let encoding = match first % 4 {
        0 => Encoding::Utf8,
        1 => Encoding::Latin1,
        2 => Encoding::Utf16Le,
        _ => Encoding::Utf16Be,
    };
    let text = encoding.decode(rest).into_owned();
    let from = usize::from(second);
    let quote: String = text.chars().skip(from).take(40).collect();
    let whole = locate_quote(rest, &quote, None, encoding);
    let mut finder = QuoteFinder::new(&quote, None, encoding);
    rest.chunks(1 + from % 7)
        .for_each(|chunk| finder.push(chunk));
    assert_eq!(finder.finish(), whole);
    if let Some(found) = whole {
        expect_verified(rest, &found, encoding);
    }
}

/// Any bytes have an encoding, and every cut lies between characters.
pub fn encoding(data: &[u8]) {
    let data = limited(data);
    let (encoding, mark) = Encoding::detect(data);
    assert!(mark <= data.len());
    let _ = encoding.decode(&data[mark..]);
    for limit in [1, 3, data.len() / 2, data.len()] {
        assert!(encoding.floor_boundary(data, limit) <= limit.max(4));
    }
    whole_and_chunked(data, &Options::default());
}

/// Any text is a time or none, alone and at the head of lines.
pub fn timestamp(data: &[u8]) {
    let text = String::from_utf8_lossy(limited(data));
    let _ = parse_time(&text);
    for stamp in text.lines().take(20) {
        let log: String = (0..4)
            .map(|at| format!("{stamp} ERROR api: request {at} failed\n"))
            .collect();
        whole_and_chunked(log.as_bytes(), &of_class(DataClass::Logs, None));
    }
}

/// Configuration of the syntax that the first byte names.
pub fn config(data: &[u8]) {
    const NAMES: [&str; 8] = [
        "x.yaml",
        "x.json",
        "x.toml",
        "x.ini",
        "nginx.conf",
        "x.properties",
        ".env",
        "x",
    ];
    named(data, &NAMES, DataClass::Config);
}

/// Metrics in the form that the first byte names.
pub fn metrics(data: &[u8]) {
    named(
        data,
        &["metrics.txt", "metrics.csv", "query.json", "x"],
        DataClass::Metrics,
    );
}

/// Differences between two versions, and scripts of migrations.
pub fn diff(data: &[u8]) {
    let Some((first, rest)) = limited(data).split_first() else {
        return;
    };
    let (name, class) = match first % 2 {
        0 => ("x.diff", DataClass::Diff),
        _ => ("x.sql", DataClass::Code),
    };
    whole_and_chunked(rest, &of_class(class, Some(name)));
}

/// What commands print.
pub fn command(data: &[u8]) {
    whole_and_chunked(limited(data), &of_class(DataClass::CommandOutput, None));
}

/// What is redacted comes back, and does so whatever pieces the text comes in.
pub fn redaction(data: &[u8]) {
    static REDACTOR: LazyLock<Option<Redactor>> =
        LazyLock::new(|| Redactor::new(RedactionOptions::default()).ok());
    let Some(redactor) = REDACTOR.as_ref() else {
        return;
    };
    let text = String::from_utf8_lossy(limited(data)).into_owned();
    let mut end = 0;
    for span in redactor.detect(&text) {
        assert!(span.start >= end && span.start < span.end, "{span:?}");
        assert!(text.get(span.start..span.end).is_some(), "{span:?}");
        end = span.end;
    }
    let mut map = PlaceholderMap::default();
    let whole = redactor.redact(&text, &mut map);
    // A text that holds what looks like a placeholder cannot be told from one that was put there.
    if !text.contains('<') {
        assert_eq!(map.restore(&whole.text).text, text);
    }
    let mut map = PlaceholderMap::default();
    let mut out = String::new();
    let mut stream = redactor.stream();
    let mut rest = text.as_str();
    while let Some(piece) = rest.chars().next() {
        let length = piece.len_utf8();
        stream.push(&rest[..length], &mut map, &mut out);
        rest = &rest[length..];
    }
    stream.finish(&mut map, &mut out);
    assert_eq!(out, whole.text);
}

fn limited(data: &[u8]) -> &[u8] {
    &data[..data.len().min(INPUT_MAX)]
}

fn of_class(class: DataClass, name: Option<&str>) -> Options {
    Options {
        data_class: Some(class),
        file_name: name.map(ToOwned::to_owned),
        ..Options::default()
    }
}

/// Lets the first byte choose the name, which is all that some formats are told by.
fn named(data: &[u8], names: &[&str], class: DataClass) {
    if let Some((first, rest)) = limited(data).split_first() {
        let name = names[usize::from(*first) % names.len()];
        whole_and_chunked(rest, &of_class(class, Some(name)));
    }
}

/// An analysis depends on the bytes alone, and each of its citations leads back to them.
fn whole_and_chunked(bytes: &[u8], options: &Options) {
    let whole = analyze(bytes, options.clone());
    assert_eq!(whole.coverage.bytes_total, bytes.len() as u64);
    for citation in citations(&whole) {
        expect_verified(bytes, citation, whole.encoding);
    }
    let mut analyzer = Analyzer::new(options.clone());
    for chunk in bytes.chunks(1 + bytes.len() % 61) {
        analyzer.push(chunk);
    }
    assert_eq!(json(&analyzer.finish()), json(&whole));
}

fn json(analysis: &Analysis) -> String {
    serde_json::to_string(analysis).unwrap_or_default()
}

fn expect_verified(bytes: &[u8], citation: &Citation, encoding: Encoding) {
    let range = citation.byte_start as usize..citation.byte_end as usize;
    let slice = bytes.get(range).unwrap_or_default();
    if !citation.quote.trim().is_empty() {
        assert_eq!(
            verify_citation(slice, citation, encoding),
            Ok(()),
            "{citation:?}"
        );
    }
}

fn citations(analysis: &Analysis) -> Vec<&Citation> {
    let mut all: Vec<&Citation> = Vec::new();
    all.extend(analysis.findings.iter().flat_map(|it| &it.citations));
    let templates = &analysis.templates;
    all.extend(templates.iter().flat_map(|it| [&it.example, &it.last]));
    all.extend(analysis.stacks.iter().map(|it| &it.citation));
    all.extend(analysis.samples.iter().map(|it| &it.citation));
    all.extend(analysis.values.iter().map(|it| &it.citation));
    all.extend(analysis.changes.iter().map(|it| &it.citation));
    all.extend(analysis.commands.iter().map(|it| &it.citation));
    let hits = &analysis.pattern_hits;
    all.extend(hits.iter().flat_map(|it| [&it.first, &it.last]));
    all
}

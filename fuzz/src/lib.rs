//! What must hold for any bytes; the fuzzer and the tests of the saved corpus call the same.

use std::io::{self, Cursor, Read};
use std::sync::LazyLock;

use faultmaven_analysis::{
    Analysis, Analyzer, CatalogueFile, Citation, DataClass, Encoding, Options, PlaceholderMap,
    QuoteFinder, RedactionOptions, Redactor, UnpackLimits, analyze, compare, locate_quote,
    overview, own_catalogue, parse_time, tie_findings, unpack_file, unpack_stream, verify_citation,
};

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

/// Between the files of one input; no text holds it.
const FILE_SEPARATOR: u8 = 0x1c;

const FILES_MAX: usize = 6;

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

/// A log of whatever form its lines have.
pub fn log_any(data: &[u8]) {
    whole_and_chunked(limited(data), &of_class(DataClass::Logs, None));
}

/// Logs of ISO and framework headers.
pub fn log_text(data: &[u8]) {
    log(
        data,
        &[
            "2025-03-04T14:05:00.000Z ERROR api: Connection refused",
            "2025-03-04 14:05:01,123 [main] WARN  com.shop.Cart - slow",
            "2025-03-04 14:05:02.123 UTC [77] FATAL:  sorry, too many clients already",
            "E0304 14:05:03.123456       1 leaderelection.go:330] lost",
            "2025/03/04 14:05:04 [error] 7#7: *1 connect() failed",
        ],
    );
}

/// Syslog of both kinds, the kernel's and journald's.
pub fn log_syslog(data: &[u8]) {
    log(
        data,
        &[
            "Mar  4 14:05:00 host kernel: Out of memory: Killed process 77 (java)",
            "<165>1 2025-03-04T14:05:01Z host app 77 ID47 [a b=\"c\"] text",
            "[12345.678901] EXT4-fs error (device sda1): ext4_find_entry",
            "__REALTIME_TIMESTAMP=1741097100000000",
        ],
    );
}

/// Lines of JSON.
pub fn log_json(data: &[u8]) {
    log(
        data,
        &[
            "{\"time\":\"2025-03-04T14:05:00Z\",\"level\":\"error\",\"msg\":\"refused\"}",
            "{\"level\":50,\"time\":1741097101000,\"pid\":7,\"hostname\":\"h\",\"msg\":\"slow\"}",
            "{\"log\":\"down\\n\",\"stream\":\"stderr\",\"time\":\"2025-03-04T14:05:02.1Z\"}",
        ],
    );
}

/// Lines of keys and values.
pub fn log_logfmt(data: &[u8]) {
    log(
        data,
        &[
            "time=2025-03-04T14:05:00Z level=error msg=\"refused x\" took=3s",
            "ts=1741097101.5 level=warn caller=a.go:7 msg=slow",
        ],
    );
}

/// Access logs.
pub fn log_access(data: &[u8]) {
    log(
        data,
        &[
            "10.0.0.1 - - [04/Mar/2025:14:05:00 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"curl\"",
            "Mar  4 14:05:01 lb haproxy[7]: 10.0.0.2:51 [04/Mar/2025:14:05:01.123] f b/s 0/0/0/-1/9 503 0 - - SC-- 1/1/0/0/3 0/0 \"GET / HTTP/1.1\"",
        ],
    );
}

/// Lines that container runtimes put a head before.
pub fn log_container(data: &[u8]) {
    log(
        data,
        &[
            "2025-03-04T14:05:00.123456789Z stderr F ERROR api: refused",
            "2025-03-04T14:05:01.123456789Z stdout P half a ",
            "03-04 14:05:02.123  1000  1001 E ActivityManager: ANR in com.shop",
        ],
    );
}

/// Stack traces of any language.
pub fn stack(data: &[u8]) {
    log(
        data,
        &[
            "2025-03-04T14:05:00Z ERROR api: failed",
            "java.lang.IllegalStateException: broken",
            "\tat com.shop.Cart.add(Cart.java:12)",
            "Traceback (most recent call last):",
            "  File \"a.py\", line 3, in f",
        ],
    );
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

/// Alerts inside what each API wraps them in.
pub fn document_alerts(data: &[u8]) {
    enveloped(
        data,
        &[
            (
                r#"{"alerts":[{"labels":{"alertname":"A"},"startsAt":"2026-10-12T09:30:00Z"},"#,
                "]}",
            ),
            (
                r#"{"data":{"alerts":[{"labels":{"alertname":"A"},"state":"firing"},"#,
                "]}}",
            ),
            (
                r#"{"MetricAlarms":[{"AlarmName":"a","StateValue":"ALARM"},"#,
                "]}",
            ),
            (
                r#"{"incidents":[{"incident_number":1,"title":"a","status":"triggered"},"#,
                "]}",
            ),
            (r#"[{"name":"a","overall_state":"Alert","query":"q"},"#, "]"),
        ],
    );
}

/// Log events inside what each API wraps them in.
pub fn document_logs(data: &[u8]) {
    enveloped(
        data,
        &[
            (
                r#"{"events":[{"timestamp":1791797400000,"message":"ERROR refused"},"#,
                "]}",
            ),
            (
                r#"{"hits":{"hits":[{"_source":{"@timestamp":"2026-10-12T09:30:00Z"}},"#,
                "]}}",
            ),
            (
                r#"{"data":{"result":[{"stream":{"app":"a"},"values":[["1791797400000000000","x"],"#,
                "]}]}}",
            ),
            (
                r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#,
                "]}]}]}",
            ),
            (
                r#"{"results":[[{"field":"@timestamp","value":"2026-10-12 09:30:00.000"}],"#,
                "]}",
            ),
            (
                r#"{"auditID":"a","verb":"get","requestURI":"/","x":["#,
                "]}",
            ),
            (r#"[{"time":"2026-10-12T09:30:00Z","msg":"refused"},"#, "]"),
        ],
    );
}

/// Samples inside what each API wraps them in.
pub fn document_metrics(data: &[u8]) {
    enveloped(
        data,
        &[
            (
                r#"{"data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":["#,
                "]}]}}",
            ),
            (
                r#"{"MetricDataResults":[{"Label":"a","Timestamps":["2026-10-12T09:30:00Z"],"Values":[1]},"#,
                "]}",
            ),
            (
                r#"{"Label":"a","Datapoints":[{"Timestamp":"2026-10-12T09:30:00Z","Average":1},"#,
                "]}",
            ),
            (
                r#"{"series":[{"metric":"a","pointlist":[[1791797400000,1],"#,
                "]}]}",
            ),
        ],
    );
}

/// Objects of Kubernetes in a list of each layout.
pub fn document_objects(data: &[u8]) {
    enveloped(
        data,
        &[
            (
                r#"{"apiVersion":"v1","items":[{"kind":"Pod","metadata":{"name":"a"}},"#,
                "]}",
            ),
            (
                r#"{"shop":[{"kind":"Service","metadata":{"name":"a"},"spec":{"selector":{"a":"b"}}},"#,
                "]}",
            ),
            (
                r#"[{"kind":"Event","metadata":{"name":"a"},"message":"OOMKilled","count":3},"#,
                "]",
            ),
        ],
    );
}

/// Requests of a capture.
pub fn document_requests(data: &[u8]) {
    let entries = r#"{"log":{"version":"1.2","entries":["#;
    enveloped(data, &[(entries, "]}}")]);
}

/// Spans inside what each tool wraps them in.
pub fn document_traces(data: &[u8]) {
    enveloped(
        data,
        &[
            (r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#, "]}]}]}"),
            (
                r#"{"data":[{"traceID":"t","spans":["#,
                r#"],"processes":{"p1":{"serviceName":"a"}}}]}"#,
            ),
            (
                r#"[{"traceId":"t","id":"a","timestamp":1791797400000000},"#,
                "]",
            ),
        ],
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

/// What files show together is the same each time, and each place stands in the file that it names.
pub fn ties(data: &[u8]) {
    let files = limited(data).splitn(FILES_MAX, |byte| *byte == FILE_SEPARATOR);
    let files: Vec<(String, &[u8])> = files
        .enumerate()
        .map(|(at, bytes)| (format!("file-{at}"), bytes))
        .collect();
    let (together, again) = (tied(&files), tied(&files));
    for ((name, bytes), analysis) in files.iter().zip(&together) {
        for citation in citations(analysis) {
            expect_verified(bytes, citation, analysis.encoding);
        }
        for place in analysis.findings.iter().flat_map(|it| &it.elsewhere) {
            let at = files.iter().position(|(known, _)| *known == place.file);
            assert!(at.is_some(), "{name} names {}", place.file);
            let at = at.unwrap_or_default();
            expect_verified(files[at].1, &place.citation, together[at].encoding);
        }
    }
    let named: Vec<(&str, &Analysis)> = files
        .iter()
        .zip(&together)
        .map(|((name, _), analysis)| (name.as_str(), analysis))
        .collect();
    assert!(together.iter().map(json).eq(again.iter().map(json)));
    assert_eq!(overview(&named), overview(&named));
    let (good, bad) = together.split_at(1);
    let bad: Vec<&Analysis> = bad.iter().collect();
    for found in compare(&[&good[0]], &bad) {
        assert!(found.significance.is_finite(), "{found:?}");
    }
}

/// Analyses of files that were laid beside each other.
fn tied(files: &[(String, &[u8])]) -> Vec<Analysis> {
    let mut analyses: Vec<Analysis> = files
        .iter()
        .map(|(_, bytes)| analyze(bytes, Options::default()))
        .collect();
    let mut named: Vec<(&str, &mut Analysis)> = files
        .iter()
        .zip(&mut analyses)
        .map(|((name, _), analysis)| (name.as_str(), analysis))
        .collect();
    tie_findings(&mut named);
    analyses
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

/// Lets the first byte choose what stands around the rest, so that it is read as such.
fn enveloped(data: &[u8], envelopes: &[(&str, &str)]) {
    if let Some((first, rest)) = limited(data).split_first() {
        let (before, after) = envelopes[usize::from(*first) % envelopes.len()];
        let bytes = [before.as_bytes(), rest, after.as_bytes()].concat();
        whole_and_chunked(&bytes, &Options::default());
    }
}

/// Lines of a known form lead, so that the rest is read as such.
fn log(data: &[u8], lead: &[&str]) {
    let mut bytes = Vec::new();
    for at in 0..3 {
        bytes.extend_from_slice(lead[at % lead.len()].as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(limited(data));
    whole_and_chunked(&bytes, &of_class(DataClass::Logs, None));
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

//! Traces and captures of requests: where failures begin, what is slow, and what a slow call waits for.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::fmt::Write;

use faultmaven_analysis::{
    Analysis, DataClass, EntityKind, FindingKind, Options, Severity, analyze, verify_citation,
};

/// Analyses a document and checks each citation against the bytes.
fn read(text: &str) -> Analysis {
    let analysis = analyze(text.as_bytes(), Options::default());
    assert_eq!(
        analysis.classification.data_class,
        DataClass::Trace,
        "{text}"
    );
    for cited in analysis.findings.iter().flat_map(|it| &it.citations) {
        let slice = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        verify_citation(slice, cited, analysis.encoding).unwrap();
    }
    analysis
}

fn pretty(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

/// Name, service, caller, start and duration in milliseconds, and how it failed.
type Call<'a> = (&'a str, &'a str, &'a str, i64, i64, Option<&'a str>);

/// Cart asks the shop, which asks the stock and then the database, where it fails.
const FAILED: [Call<'_>; 4] = [
    ("GET /cart", "web", "", 0, 90, Some("upstream failed")),
    ("shop.Get", "shop", "GET /cart", 5, 80, Some("rpc error")),
    ("stock.Get", "stock", "shop.Get", 6, 10, None),
    (
        "SELECT",
        "db",
        "shop.Get",
        20,
        60,
        Some("too many connections"),
    ),
];

const EPOCH_MS: i64 = 1_791_797_400_000;

fn otlp(calls: &[Call<'_>], trace: u32) -> String {
    let spans: Vec<String> = calls
        .iter()
        .map(|(name, service, caller, start, duration, error)| {
            let status = error.map_or_else(
                || "{}".to_owned(),
                |text| format!(r#"{{"code":2,"message":"{text}"}}"#),
            );
            let begin = EPOCH_MS + start;
            let end = begin + duration;
            format!(
                r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{{"traceId":"t{trace}","spanId":"{name}","parentSpanId":"{caller}","name":"{name}","kind":2,"startTimeUnixNano":"{begin}000000","endTimeUnixNano":"{end}000000","status":{status}}}]}}]}}"#
            )
        })
        .collect();
    format!(r#"{{"resourceSpans":[{}]}}"#, spans.join(","))
}

fn jaeger(calls: &[Call<'_>]) -> String {
    let mut spans = Vec::new();
    let mut processes = Vec::new();
    for (at, (name, service, caller, start, duration, error)) in calls.iter().enumerate() {
        let tags = error.map_or_else(String::new, |text| {
            format!(
                r#"{{"key":"error","type":"bool","value":true}},{{"key":"otel.status_description","type":"string","value":"{text}"}}"#
            )
        });
        let references = if caller.is_empty() {
            String::new()
        } else {
            format!(r#"{{"refType":"CHILD_OF","traceID":"t","spanID":"{caller}"}}"#)
        };
        let begin = (EPOCH_MS + start) * 1_000;
        spans.push(format!(
            r#"{{"traceID":"t","spanID":"{name}","operationName":"{name}","references":[{references}],"startTime":{begin},"duration":{},"tags":[{tags}],"logs":[],"processID":"p{at}"}}"#,
            duration * 1_000
        ));
        processes.push(format!(
            r#""p{at}":{{"serviceName":"{service}","tags":[]}}"#
        ));
    }
    format!(
        r#"{{"data":[{{"traceID":"t","spans":[{}],"processes":{{{}}}}}],"total":0}}"#,
        spans.join(","),
        processes.join(",")
    )
}

fn zipkin(calls: &[Call<'_>]) -> String {
    let spans: Vec<String> = calls
        .iter()
        .map(|(name, service, caller, start, duration, error)| {
            let tags = error.map_or_else(String::new, |text| format!(r#""error":"{text}""#));
            let parent = if caller.is_empty() {
                String::new()
            } else {
                format!(r#""parentId":"{caller}","#)
            };
            let begin = (EPOCH_MS + start) * 1_000;
            format!(
                r#"{{"traceId":"t","id":"{name}",{parent}"name":"{name}","timestamp":{begin},"duration":{},"localEndpoint":{{"serviceName":"{service}"}},"tags":{{{tags}}}}}"#,
                duration * 1_000
            )
        })
        .collect();
    format!("[{}]", spans.join(","))
}

#[test]
fn a_failure_is_told_where_it_begins_in_each_form() {
    for text in [otlp(&FAILED, 1), jaeger(&FAILED), zipkin(&FAILED)] {
        for text in [text.clone(), pretty(&text)] {
            let analysis = read(&text);
            let failed: Vec<_> = analysis
                .findings
                .iter()
                .filter(|it| it.kind == FindingKind::ErrorSpan)
                .collect();
            let statements: Vec<&str> = failed.iter().map(|it| it.statement.as_str()).collect();
            assert_eq!(
                statements,
                [
                    "db SELECT fails in 1 of 1 calls, where the failure begins: too many connections; with it fails shop shop.Get, web GET /cart"
                ],
                "{text}"
            );
            let found = failed[0];
            assert_eq!(found.severity, Severity::Error);
            assert_eq!(found.component.as_deref(), Some("db"));
            assert!(
                found
                    .first_seen
                    .unwrap()
                    .to_rfc3339()
                    .starts_with("2026-10-12T09:30:00.02")
            );
            assert!(found.citations[0].quote.contains("too many connections"));
            assert!(analysis.coverage.first_time.is_some());
            let is_known = |kind, value: &str| {
                let mut entities = analysis.entities.iter();
                entities.any(|it| it.kind == kind && it.value == value && it.error_count == 1)
            };
            assert!(is_known(EntityKind::Service, "db"));
        }
    }
}

#[test]
fn a_healthy_trace_gives_nothing() {
    let well: Vec<Call<'_>> = FAILED
        .iter()
        .map(|&(name, service, caller, start, duration, _)| {
            (name, service, caller, start, duration, None)
        })
        .collect();
    for text in [otlp(&well, 1), jaeger(&well), zipkin(&well)] {
        let analysis = read(&text);
        assert!(analysis.findings.is_empty(), "{:?}", analysis.findings);
    }
}

/// Twenty traces as JSON lines, of which the last waits long for its database.
fn many() -> String {
    (0..20).fold(String::new(), |mut lines, trace| {
        let long = if trace == 19 { 4_000 } else { trace % 5 };
        let calls = [
            ("GET /cart", "web", "", 0, 90 + long, None),
            ("shop.Get", "shop", "GET /cart", 5, 80 + long, None),
            ("SELECT", "db", "shop.Get", 10, 20 + long, None),
        ];
        writeln!(lines, "{}", otlp(&calls, trace as u32)).unwrap();
        lines
    })
}

#[test]
fn the_deepest_slow_call_and_the_critical_path_are_told() {
    let analysis = read(&many());
    let statements: Vec<&str> = analysis
        .findings
        .iter()
        .map(|it| it.statement.as_str())
        .collect();
    assert_eq!(
        statements,
        [
            "db SELECT takes 4.0 s, while half of the 20 calls of its kind take at most 22 ms",
            "the critical path of trace t19 (web GET /cart, 4.1 s) spends 4.0 s in db SELECT",
        ]
    );
}

#[test]
fn a_slow_call_among_its_siblings_is_told() {
    let mut calls = vec![("batch", "worker", "", 0, 900, None)];
    let names: Vec<String> = (0..6).map(|at| format!("call {at}")).collect();
    for name in &names {
        calls.push((name.as_str(), "api", "batch", 10, 20, None));
    }
    calls[4].4 = 800;
    let text = otlp(&calls, 1).replace(r#""name":"call "#, r#""name":"charge","_":"#);
    let text: String = (0..6).fold(text, |text, at| text.replace(&format!(r#""_":{at}","#), ""));
    let analysis = read(&text);
    let found = &analysis.findings[0];
    assert_eq!(
        found.statement,
        "api charge takes 800 ms, while half of the 6 calls beside it take at most 20 ms"
    );
    assert_eq!(found.kind, FindingKind::SlowSpan);
}

/// Address, status, milliseconds until the answer and to look the name up.
fn entry(url: &str, status: u16, wait: u32, dns: i32, error: &str) -> String {
    let total = i64::from(wait) + i64::from(dns.max(0)) + 5;
    format!(
        r#"{{"startedDateTime":"2026-10-12T09:30:00.000Z","time":{total},"request":{{"method":"GET","url":"{url}","headers":[{{"name":"Authorization","value":"Bearer s3cr3tt0ken"}},{{"name":"Cookie","value":"sid=s3cr3tt0ken"}}]}},"response":{{"status":{status},"statusText":"","_error":"{error}","content":{{"text":"java.lang.OutOfMemoryError: Java heap space"}}}},"timings":{{"blocked":1,"dns":{dns},"connect":-1,"ssl":-1,"send":1,"wait":{wait},"receive":3}}}}"#
    )
}

fn capture(entries: &[String]) -> String {
    format!(
        r#"{{"log":{{"version":"1.2","creator":{{"name":"WebInspector"}},"entries":[{}]}}}}"#,
        entries.join(",")
    )
}

fn told(analysis: &Analysis) -> Vec<&str> {
    let mut told: Vec<&str> = analysis
        .findings
        .iter()
        .map(|it| it.statement.as_str())
        .collect();
    told.sort_unstable();
    told
}

/// A page of which some requests fail, some are slow, and one is blocked.
fn page() -> String {
    let entries = [
        entry("https://shop.test/", 200, 40, -1, ""),
        entry(
            "https://api.test/v1/carts/77?token=s3cr3tt0ken",
            503,
            50,
            -1,
            "",
        ),
        entry(
            "https://api.test/v1/carts/78?token=s3cr3tt0ken",
            503,
            60,
            -1,
            "",
        ),
        entry("https://api.test/v1/carts/79", 200, 6_000, -1, ""),
        entry("https://cdn.test/a.js", 200, 20, 3_000, ""),
        entry("https://ads.test/x", 0, 0, -1, "net::ERR_BLOCKED_BY_CLIENT"),
        entry(
            "https://pay.test/a",
            0,
            10,
            -1,
            "net::ERR_CONNECTION_REFUSED",
        ),
        entry(
            "https://pay.test/b",
            0,
            10,
            -1,
            "net::ERR_CONNECTION_REFUSED",
        ),
        entry(
            "https://pay.test/c",
            0,
            10,
            -1,
            "net::ERR_CONNECTION_REFUSED",
        ),
    ];
    capture(&entries)
}

#[test]
fn failed_and_slow_requests_are_told_without_their_secrets() {
    let text = page();
    for text in [text.clone(), pretty(&text)] {
        let analysis = read(&text);
        assert_eq!(
            told(&analysis),
            [
                "GET https://api.test/v1/carts/* answers 503 in 2 of 3 requests",
                "GET https://api.test/v1/carts/* takes 6.0 s, 6.0 s of it in waiting for the answer",
                "GET https://cdn.test/a.js takes 3.0 s, 3.0 s of it in the name look-up",
                "GET https://pay.test/a got no answer (net::ERR_CONNECTION_REFUSED) in 1 of 1 requests",
                "GET https://pay.test/b got no answer (net::ERR_CONNECTION_REFUSED) in 1 of 1 requests",
                "GET https://pay.test/c got no answer (net::ERR_CONNECTION_REFUSED) in 1 of 1 requests",
                "all 3 requests to pay.test fail, while 2 requests to 2 other hosts succeed",
            ]
        );
        let whole = serde_json::to_string(&analysis).unwrap();
        assert!(!whole.contains("s3cr3tt0ken"), "{whole}");
        assert!(!whole.contains("OutOfMemoryError"), "a body is no evidence");
        let refused = analysis
            .findings
            .iter()
            .find(|it| it.statement.contains("503"));
        assert_eq!(refused.unwrap().severity, Severity::Error);
    }
}

#[test]
fn a_capture_of_a_page_that_works_gives_nothing() {
    let entries: Vec<String> = (0..30)
        .map(|at| entry(&format!("https://shop.test/{at}"), 200, 40 + at, 2, ""))
        .collect();
    let analysis = read(&capture(&entries));
    assert!(analysis.findings.is_empty(), "{:?}", analysis.findings);
}

#[test]
fn what_the_browser_gave_up_hides_no_failure() {
    let url = "https://api.test/v1/stock";
    let mut entries = vec![entry(url, 0, 5, -1, "net::ERR_ABORTED")];
    let refused = entry(url, 0, 5, -1, "net::ERR_CONNECTION_REFUSED");
    entries.extend(std::iter::repeat_n(refused, 5));
    let analysis = read(&capture(&entries));
    assert_eq!(
        told(&analysis),
        [
            "GET https://api.test/v1/stock got no answer (net::ERR_CONNECTION_REFUSED) in 5 of 6 requests"
        ]
    );
}

#[test]
fn a_failed_call_names_whom_its_attributes_say_it_was_made_to() {
    let span = |kind: u8, key: &str, value: &str| {
        format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"payment"}}}}]}},
              "scopeSpans":[{{"spans":[{{"traceId":"t1","spanId":"s1","name":"POST","kind":{kind},
              "startTimeUnixNano":"1791797400000000000","endTimeUnixNano":"1791797401000000000",
              "attributes":[{{"key":"http.response.status_code","value":{{"intValue":"503"}}}},
                {{"key":"{key}","value":{{"stringValue":"{value}"}}}}],"status":{{"code":2}}}}]}}]}}]}}"#
        )
    };
    let told = |text: &str| {
        let analysis = read(text);
        let failed = analysis.findings.iter();
        let failed: Vec<String> = failed
            .filter(|it| it.kind == FindingKind::ErrorSpan)
            .map(|it| it.statement.clone())
            .collect();
        failed.join("; ")
    };
    for (key, value, named) in [
        (
            "server.address",
            "api.pay.example",
            "server.address: api.pay.example",
        ),
        (
            "net.peer.name",
            "api.pay.example",
            "net.peer.name: api.pay.example",
        ),
        (
            "http.url",
            "https://api.pay.example/v1?key=abc",
            "http.url: https://api.pay.example/v1)",
        ),
    ] {
        let said = told(&span(3, key, value));
        assert!(said.contains(named), "{key}: {said}");
        assert!(!said.contains("key=abc"), "{said}");
    }
    let served = told(&span(2, "server.address", "shop.example"));
    assert!(
        !served.contains("shop.example"),
        "a server names itself: {served}"
    );
}

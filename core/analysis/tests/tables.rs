//! Exports of telemetry stores as rows: logs, spans, objects and measurements.

use faultmaven_analysis::{
    Analysis, DataClass, Encoding, FindingKind, Options, analyze, verify_citation,
};

/// Analyses a file and checks every citation against its bytes.
fn read(name: &str, text: &str) -> Analysis {
    let options = Options {
        file_name: Some(name.to_owned()),
        ..Options::default()
    };
    let analysis = analyze(text.as_bytes(), options);
    for cited in analysis.findings.iter().flat_map(|it| &it.citations) {
        let slice = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        let told = verify_citation(slice, cited, Encoding::Utf8);
        assert!(told.is_ok(), "{cited:?}: {told:?}");
    }
    analysis
}

fn statements(analysis: &Analysis) -> Vec<&str> {
    let found = analysis.findings.iter();
    found.map(|it| it.statement.as_str()).collect()
}

const LOGS: &str = "Timestamp\tTraceId\tSpanId\tTraceFlags\tSeverityText\tSeverityNumber\tServiceName\tBody\tResourceAttributes\tLogAttributes\n";

fn log_row(second: u32, level: &str, service: &str, body: &str) -> String {
    format!(
        "2026-10-12 09:30:{second:02}.123456789\tt{second}\ts{second}\t0\t{level}\t0\t{service}\t{body}\t{{'k8s.pod.name':'{service}-1'}}\t{{}}\n"
    )
}

#[test]
fn rows_of_log_records_are_read_as_logs() {
    let mut text = LOGS.to_owned();
    for at in 0..40 {
        text += &log_row(at, "INFO", "frontend", &format!("GET /cart took {at} ms"));
    }
    for at in 40..50 {
        text += &log_row(
            at,
            "ERROR",
            "checkout",
            &format!("could not charge card: order {at}\\n\\tat charge (pay.js:7)"),
        );
    }
    text += &log_row(
        50,
        "",
        "cart",
        r#"{"level":"error","msg":"dial tcp 10.0.0.9:6379: connect: connection refused"}"#,
    );
    text += &log_row(
        51,
        "",
        "cart",
        r#"{"level":"error","msg":"dial tcp 10.0.0.9:6379: connect: connection refused"}"#,
    );
    let analysis = read("otel_logs.tsv", &text);
    assert_eq!(analysis.classification.data_class, DataClass::Logs);
    let charge = analysis
        .templates
        .iter()
        .find(|it| it.text.starts_with("could not charge card: order"))
        .unwrap();
    assert_eq!(
        (charge.count, charge.component.as_deref()),
        (10, Some("checkout"))
    );
    assert_eq!(charge.levels.errors(), 10);
    assert_eq!(charge.example.line_start, 42);
    let refused = analysis
        .findings
        .iter()
        .find(|it| it.signature_id.as_deref() == Some("network.connection_refused"));
    assert_eq!(refused.unwrap().component.as_deref(), Some("cart"));
    let first = analysis.coverage.first_time.unwrap().to_rfc3339();
    assert!(first.starts_with("2026-10-12T09:30:00.123"), "{first}");
}

#[test]
fn quoted_rows_may_take_several_lines() {
    let mut text = "Timestamp,ServiceName,SeverityText,Body\n".to_owned();
    for at in 10..30 {
        text += &format!(
            "2026-10-12T09:30:{at}Z,api,ERROR,\"failed: \"\"quota\"\" of user {at}, giving up\nsecond line\"\n"
        );
    }
    let analysis = read("logs.csv", &text);
    assert_eq!(analysis.classification.data_class, DataClass::Logs);
    let failed = &analysis.templates[0];
    assert_eq!(failed.count, 20, "{:?}", analysis.templates);
    assert!(
        failed.text.starts_with("failed: \"<*>\" of user <*>"),
        "{}",
        failed.text
    );
    assert_eq!(failed.component.as_deref(), Some("api"));
}

#[test]
fn rows_of_spans_are_read_as_traces() {
    let mut text = "Timestamp,TraceId,SpanId,ParentSpanId,SpanName,SpanKind,ServiceName,Duration,StatusCode,StatusMessage\n".to_owned();
    for at in 0..20 {
        let (status, message, took) = if at >= 15 {
            (
                "Error",
                "\"cart, of \"\"redis\"\" unreachable\"",
                3_000_000_000u64,
            )
        } else {
            ("Unset", "", 5_000_000)
        };
        let second = format!("2026-10-12 09:30:{at:02}.000000000");
        text += &format!(
            "{second},t{at},a{at},,GET /,SPAN_KIND_SERVER,frontend,{},{status},\n",
            took + 1_000_000
        );
        text += &format!(
            "{second},t{at},b{at},a{at},GetCart,SPAN_KIND_SERVER,cart,{took},{status},{message}\n"
        );
    }
    let analysis = read("traces.csv", &text);
    assert_eq!(analysis.classification.data_class, DataClass::Trace);
    let origin = analysis
        .findings
        .iter()
        .find(|it| it.kind == FindingKind::ErrorSpan)
        .unwrap();
    assert_eq!(
        origin.statement,
        "cart GetCart fails in 5 of 20 calls, where the failure begins: cart, of \"redis\" unreachable; with it fails frontend GET /"
    );
    let slow = analysis
        .findings
        .iter()
        .find(|it| it.kind == FindingKind::SlowSpan);
    assert!(
        slow.unwrap()
            .statement
            .starts_with("cart GetCart takes 3.0 s"),
        "{:?}",
        statements(&analysis)
    );
}

fn watched(second: u32, kind: &str, object: &str) -> String {
    let body = format!(r#"{{"type":"{kind}","object":{object}}}"#);
    format!(
        "2026-10-12 09:30:{second:02},,INFO,\"{}\"\n",
        body.replace('"', "\"\"")
    )
}

fn deployment(image: &str, generation: u32) -> String {
    format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{"name":"cart","namespace":"shop","generation":{generation}}},"spec":{{"replicas":1,"template":{{"spec":{{"containers":[{{"name":"cart","image":"{image}"}}]}}}}}}}}"#
    )
}

#[test]
fn rows_of_objects_are_read_as_objects() {
    let pod = |reason: &str| {
        format!(
            r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"cart-1","namespace":"shop"}},"status":{{"phase":"Pending","containerStatuses":[{{"name":"cart","ready":false,"restartCount":0,"state":{{"waiting":{{"reason":"{reason}"}}}}}}]}}}}"#
        )
    };
    let event = r#"{"kind":"Event","apiVersion":"v1","metadata":{"name":"cart-1.1"},"type":"Warning","reason":"Failed","message":"Failed to pull image \"cart:9\": not found","involvedObject":{"kind":"Pod","name":"cart-1"},"count":4,"firstTimestamp":"2026-10-12T09:30:10Z","lastTimestamp":"2026-10-12T09:30:40Z"}"#;
    let mut text = "Timestamp,ServiceName,SeverityText,Body\n".to_owned();
    text += &watched(1, "ADDED", &deployment("cart:8", 1));
    text += &watched(2, "ADDED", &pod("ContainerCreating"));
    text += &watched(9, "MODIFIED", &deployment("cart:9", 2));
    text += &watched(12, "MODIFIED", &pod("ImagePullBackOff"));
    text += &watched(40, "ADDED", event);
    let analysis = read("k8s_objects_raw.csv", &text);
    assert_eq!(analysis.classification.data_class, DataClass::Config);
    let facts: Vec<String> = analysis
        .commands
        .iter()
        .flat_map(|run| &run.facts)
        .map(|it| {
            format!(
                "{} {} {}@{}",
                it.object, it.key, it.value, it.citation.line_start
            )
        })
        .collect();
    assert_eq!(facts, ["cart-1 status ImagePullBackOff@5"]);
    let change = &analysis.changes[0];
    assert_eq!(
        change.path,
        "deployment/cart spec.template.spec.containers[cart].image"
    );
    assert_eq!(change.before.as_deref(), Some("cart:8"));
    assert_eq!(change.after.as_deref(), Some("cart:9"));
    assert_eq!(change.citation.line_start, 4);
    assert_eq!(change.citation.quote, r#"""image"":""cart:9"""#);
    assert!(
        analysis
            .pattern_hits
            .iter()
            .any(|it| it.first.line_start == 6),
        "{:?}",
        analysis.pattern_hits
    );
}

#[test]
fn a_column_of_a_wide_table_tells_its_service() {
    let mut text = "time,cart_cpu,cart_mem,checkout_cpu,checkout_mem\n".to_owned();
    for at in 0..1_200u32 {
        let cpu = if at < 600 { 10 + at % 3 } else { 90 + at % 3 };
        text += &format!(
            "{},{},{},{cpu},{}\n",
            1_760_261_400 + at,
            5 + at % 2,
            100,
            200 + at % 5
        );
    }
    let analysis = read("data.csv", &text);
    assert_eq!(analysis.classification.data_class, DataClass::Metrics);
    let shifts: Vec<(&str, Option<&str>)> = analysis
        .findings
        .iter()
        .map(|it| (it.statement.as_str(), it.component.as_deref()))
        .collect();
    assert_eq!(shifts.len(), 1, "{shifts:?}");
    assert_eq!(shifts[0].1, Some("checkout"));
    assert!(
        shifts[0]
            .0
            .starts_with("checkout_cpu of checkout shifts from 11 to 91 at 2025-10-12 09:40"),
        "{shifts:?}"
    );
}

#[test]
fn rows_name_their_metric_or_the_file_does() {
    let mut long = "ServiceName\tMetricName\tAttributes\tTimeUnix\tValue\n".to_owned();
    let mut single = "timestamp,value,pod\n".to_owned();
    for at in 0..40u32 {
        let value = if at < 20 { 1 } else { 50 };
        long += &format!(
            "cart\tqueue_depth\t{{'queue':'orders'}}\t2026-10-12 09:{at:02}:00.000000000\t{value}\n"
        );
        single += &format!("2026-10-12 09:{at:02}:00,{value},cart-1\n");
    }
    for (name, text, expected) in [
        (
            "otel_metrics_gauge.tsv",
            &long,
            "queue_depth of cart shifts from 1 to 50",
        ),
        (
            "metrics/pod_restarts.csv",
            &single,
            "pod_restarts of cart-1 shifts from 1 to 50",
        ),
    ] {
        let analysis = read(name, text);
        assert_eq!(analysis.classification.data_class, DataClass::Metrics);
        let told = statements(&analysis);
        assert!(told[0].starts_with(expected), "{told:?}");
    }
}

#[test]
fn numbers_of_columns_that_are_no_times_are_no_times() {
    let mut text = "xid,age,bytes\n".to_owned();
    for at in 0..20u32 {
        text += &format!(
            "{},{},{}\n",
            1_926_538_112 + at,
            190_000_000 + at,
            1_900_000_000 + at
        );
    }
    let analysis = read("ages.csv", &text);
    assert_eq!(analysis.coverage.first_time, None);
    assert!(analysis.samples.iter().all(|it| it.observed_at.is_none()));
    assert!(analysis.samples.iter().any(|it| it.name == "xid"));
}

#[test]
fn the_size_of_chunks_changes_nothing() {
    let mut text = LOGS.to_owned();
    for at in 0..50 {
        text += &log_row(at, "ERROR", "cart", &"x ".repeat(12_000));
        text += &log_row(at, "WARN", "cart", "\"quoted\" and bare");
    }
    let whole = read("logs.tsv", &text);
    let options = || Options {
        file_name: Some("logs.tsv".to_owned()),
        ..Options::default()
    };
    for size in [7, 1_000, 65_537] {
        let mut analyzer = faultmaven_analysis::Analyzer::new(options());
        text.as_bytes()
            .chunks(size)
            .for_each(|it| analyzer.push(it));
        assert_eq!(analyzer.finish(), whole, "{size}");
    }
}

#[test]
fn an_object_may_take_several_lines_of_a_row() {
    let pod = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"metadata\": {\"name\": \"cart-1\"},\n  \"status\": {\"phase\": \"Pending\",\n   \"conditions\": [{\"type\": \"PodScheduled\", \"status\": \"False\", \"reason\": \"Unschedulable\",\n    \"message\": \"0/3 nodes are available: 3 Insufficient memory.\"}]}\n}";
    let text = format!(
        "Timestamp,ServiceName,SeverityText,Body\r\n2026-10-12 09:30:01,,INFO,\"{}\"\r\n",
        pod.replace('"', "\"\"").replace('\n', "\r\n")
    );
    let analysis = read("objects.csv", &text);
    assert_eq!(analysis.classification.data_class, DataClass::Config);
    let told = statements(&analysis).join("; ");
    assert!(told.contains("cart-1"), "{told}");
    let lines: Vec<u64> = analysis
        .findings
        .iter()
        .flat_map(|it| &it.citations)
        .map(|cited| cited.line_start)
        .collect();
    assert!(lines.iter().any(|line| *line > 2), "{lines:?}");
}

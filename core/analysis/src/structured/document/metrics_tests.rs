use std::fmt::Write;

use crate::{DataClass, FindingKind, Options, analyze, verify_citation};

fn matrix(points: u32, blank: &str) -> String {
    let mut values = String::new();
    for at in 0..points {
        let value = if at < points / 2 {
            40 + at % 3
        } else {
            400 + at % 3
        };
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(
            values,
            "{comma}{blank}[{},\"{value}\"]",
            1_741_097_100 + at * 15
        );
    }
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{\"__name__\":\"latency_ms\",\"job\":\"a \\\"b\\\"\"}},{blank}\"values\":[{values}]}}]}}}}{blank}"
    )
}

#[test]
fn a_matrix_gives_a_series_whatever_its_layout() {
    for blank in ["", "\n  "] {
        let text = matrix(3_000, blank);
        let analysis = analyze(text.as_bytes(), Options::default());
        assert_eq!(analysis.classification.data_class, DataClass::Metrics);
        assert_eq!(analysis.samples.len(), 3_000);
        let sample = &analysis.samples[2_999];
        assert_eq!((sample.name.as_str(), sample.value), ("latency_ms", 402.0));
        assert_eq!(sample.labels["job"], "a \"b\"");
        let shift = &analysis.findings[0];
        assert_eq!(shift.kind, FindingKind::LevelShift, "{}", shift.statement);
        for sample in &analysis.samples {
            let cited = &sample.citation;
            let slice = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
            verify_citation(slice, cited, analysis.encoding).unwrap();
        }
        assert_eq!(analysis.coverage.bytes_cut, 0);
    }
}

#[test]
fn metrics_of_opentelemetry_bear_their_service() {
    let point = |at: u64, value: u64| {
        format!(
            r#"{{"attributes":[{{"key":"queue","value":{{"stringValue":"orders"}}}}],"timeUnixNano":"{}","asInt":"{value}"}}"#,
            1_741_097_100_000_000_000 + at * 15_000_000_000
        )
    };
    let points: Vec<String> = (0..40)
        .map(|at| point(at, if at < 20 { 3 } else { 900 }))
        .collect();
    let text = format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"cart"}}}}]}},"scopeMetrics":[{{"metrics":[{{"name":"queue.depth","gauge":{{"dataPoints":[{}]}}}}]}}]}}]}}"#,
        points.join(",")
    );
    let analysis = analyze(text.as_bytes(), Options::default());
    assert_eq!(analysis.classification.data_class, DataClass::Metrics);
    assert_eq!(analysis.samples.len(), 40);
    assert_eq!(analysis.samples[0].labels["queue"], "orders");
    let shift = &analysis.findings[0];
    assert!(
        shift
            .statement
            .starts_with("queue.depth of cart shifts from 3 to 900"),
        "{}",
        shift.statement
    );
}

#[test]
fn a_vector_gives_one_sample_of_each_series() {
    let text = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"a:1"},"value":[1435781451.781,"1"]},{"metric":{"instance":"b:1"},"value":[1435781451.781,"0"]}]}}"#;
    let analysis = analyze(text.as_bytes(), Options::default());
    let told: Vec<(&str, &str, f64)> = analysis
        .samples
        .iter()
        .map(|it| (it.name.as_str(), it.labels["instance"].as_str(), it.value))
        .collect();
    assert_eq!(told, [("up", "a:1", 1.0), ("result", "b:1", 0.0)]);
    let first = analysis.samples[0].observed_at.unwrap().to_rfc3339();
    assert!(first.starts_with("2015-07-01T20:10:51.781"), "{first}");
}

//! Documents of the APIs of alerts, logs, metrics, objects, requests and traces.

use faultmaven_analysis::Options;

use super::{limited, whole_and_chunked};

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

/// Lets the first byte choose what stands around the rest, so that it is read as such.
fn enveloped(data: &[u8], envelopes: &[(&str, &str)]) {
    if let Some((first, rest)) = limited(data).split_first() {
        let (before, after) = envelopes[usize::from(*first) % envelopes.len()];
        let bytes = [before.as_bytes(), rest, after.as_bytes()].concat();
        whole_and_chunked(&bytes, &Options::default());
    }
}

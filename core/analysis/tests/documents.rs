//! Documents of JSON that tools export, laid out on one line or on many, in every encoding.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use faultmaven_analysis::{
    Analysis, DataClass, FindingKind, Level, Options, Severity, analyze, verify_citation,
};

fn read(text: &str) -> Analysis {
    checked(text.as_bytes())
}

/// Analyses a document and checks each citation against the bytes.
fn checked(bytes: &[u8]) -> Analysis {
    let analysis = analyze(bytes, Options::default());
    let findings = analysis.findings.iter().flat_map(|it| &it.citations);
    let templates = analysis.templates.iter().map(|it| &it.example);
    let facts = analysis.commands.iter().flat_map(|run| &run.facts);
    let facts = facts.map(|fact| &fact.citation);
    let samples = analysis.samples.iter().map(|it| &it.citation);
    for cited in findings.chain(templates).chain(facts).chain(samples) {
        let slice = &bytes[cited.byte_start as usize..cited.byte_end as usize];
        verify_citation(slice, cited, analysis.encoding).unwrap();
    }
    analysis
}

/// Returns the document with each member on a line of its own.
fn pretty(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

fn statements(analysis: &Analysis, kind: FindingKind) -> Vec<&str> {
    let found = analysis.findings.iter().filter(|it| it.kind == kind);
    found.map(|it| it.statement.as_str()).collect()
}

const PODS: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"cart-1","namespace":"shop"},"status":{"phase":"Running","containerStatuses":[{"name":"cart","ready":false,"restartCount":9,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"reason":"OOMKilled","exitCode":137,"finishedAt":"2026-10-12T09:30:00Z"}}}]}}"#;
const CLAIM: &str = r#"{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"data","namespace":"shop"},"status":{"phase":"Pending"}}"#;

#[test]
fn objects_of_kubernetes_are_read_however_they_are_exported() {
    let expected = [
        "container cart-1 exited with code 137 (killed: out of memory)",
        "persistentvolumeclaim/data is Pending",
        "pod cart-1 is CrashLoopBackOff",
        "pod cart-1 restarted 9 times",
    ];
    let list = format!(r#"{{"apiVersion":"v1","items":[{PODS},{CLAIM}],"kind":"List"}}"#);
    let wide: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (layout, bytes) in [
        ("one line", list.clone().into_bytes()),
        ("many lines", pretty(&list).into_bytes()),
        ("array", format!("[{PODS},{CLAIM}]").into_bytes()),
        (
            "below its command",
            format!("$ kubectl get pods,pvc -A -o json\n{}", pretty(&list)).into_bytes(),
        ),
        ("lines", format!("{PODS}\n{CLAIM}\n").into_bytes()),
        (
            "lists of namespaces",
            format!(r#"{{"kube":{{"items":[{CLAIM}]}},"shop":{{"items":[{PODS}]}}}}"#).into_bytes(),
        ),
        (
            "arrays of namespaces",
            format!(r#"{{"kube":[{CLAIM}],"shop":[{PODS}]}}"#).into_bytes(),
        ),
        ("UTF-16", wide),
    ] {
        let analysis = checked(&bytes);
        assert_eq!(
            analysis.classification.data_class,
            DataClass::Config,
            "{layout}"
        );
        let mut found = statements(&analysis, FindingKind::PodState);
        found.sort_unstable();
        assert_eq!(found, expected, "{layout}");
    }
}

#[test]
fn a_large_export_on_one_line_is_read_to_its_end() {
    let well = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","annotations":{"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}},"status":{"phase":"Running"}},"#;
    let list = format!(
        r#"{{"apiVersion":"v1","items":[{}{PODS}],"kind":"List"}}"#,
        well.repeat(20_000)
    );
    let analysis = read(&list);
    let found = statements(&analysis, FindingKind::PodState);
    assert!(
        found.contains(&"pod cart-1 is CrashLoopBackOff"),
        "{found:?}"
    );
    assert!(!analysis.coverage.limits_hit.contains(&"syntax".to_owned()) || list.len() > 1 << 20);
}

#[test]
fn a_document_that_is_cut_short_says_so() {
    let list = format!(r#"{{"apiVersion":"v1","items":[{PODS},{CLAIM}],"kind":"List"}}"#);
    let cut = read(&list[..list.len() - 120]);
    assert!(cut.coverage.is_partial());
    let notes = cut.coverage.notes();
    let told = "the document ends before it is closed; what came before was read";
    assert!(notes.contains(&told.to_owned()), "{notes:?}");
    assert!(!read(&list).coverage.is_partial());
}

/// An alert in each form: while it fires, and when it does not.
const ALERTS: [(&str, &str, &str); 9] = [
    (
        r#"{"receiver":"team","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"HighErrorRate","severity":"critical","service":"cart"},"annotations":{"summary":"5xx above 5%"},"startsAt":"2026-10-12T09:30:00.5Z","endsAt":"0001-01-01T00:00:00Z"}],"groupLabels":{},"version":"4"}"#,
        "alert HighErrorRate fires on cart since 2026-10-12 09:30:00 UTC: 5xx above 5%",
        r#""status":"firing","labels""#,
    ),
    (
        r#"[{"annotations":{"description":"slow"},"endsAt":"2026-10-12T10:30:00Z","fingerprint":"1","startsAt":"2026-10-12T09:30:00Z","status":{"inhibitedBy":[],"state":"active"},"labels":{"alertname":"Latency","pod":"cart-1"}}]"#,
        "alert Latency fires on cart-1 since 2026-10-12 09:30:00 UTC: slow",
        r#""state":"active""#,
    ),
    (
        r#"{"status":"success","data":{"alerts":[{"labels":{"alertname":"Down","job":"api","severity":"page"},"annotations":{},"state":"firing","activeAt":"2026-10-12T09:30:00Z","value":"1e+00"}]}}"#,
        "alert Down fires on api since 2026-10-12 09:30:00 UTC",
        r#""state":"firing""#,
    ),
    (
        r#"{"MetricAlarms":[{"AlarmName":"cpu-high","StateReason":"Threshold Crossed","StateUpdatedTimestamp":"2026-10-12T09:30:00.123000+00:00","StateValue":"ALARM","MetricName":"CPUUtilization","Dimensions":[{"Name":"InstanceId","Value":"i-1"}]}],"CompositeAlarms":[]}"#,
        "alert cpu-high fires on i-1 since 2026-10-12 09:30:00 UTC: Threshold Crossed",
        r#""StateValue":"ALARM""#,
    ),
    (
        r#"{"AlarmName":"queue-age","NewStateValue":"ALARM","NewStateReason":"old","StateChangeTime":"2026-10-12T09:30:00.000+0000","Trigger":{"MetricName":"Age","Dimensions":[{"name":"QueueName","value":"jobs"}]}}"#,
        "alert queue-age fires on jobs since 2026-10-12 09:30:00 UTC: old",
        r#""NewStateValue":"ALARM""#,
    ),
    (
        r#"{"version":"0","source":"aws.cloudwatch","detail":{"alarmName":"db","state":{"value":"ALARM","reason":"why","timestamp":"2026-10-12T09:30:00Z"}}}"#,
        "alert db fires since 2026-10-12 09:30:00 UTC: why",
        r#""value":"ALARM""#,
    ),
    (
        r#"{"incidents":[{"incident_number":7,"title":"API down","status":"triggered","urgency":"high","created_at":"2026-10-12T09:30:00Z","service":{"summary":"api"}}]}"#,
        "alert API down fires on api since 2026-10-12 09:30:00 UTC",
        r#""status":"triggered""#,
    ),
    (
        r#"[{"id":1,"dashboardSlug":"shop","name":"CPU alert","state":"alerting","newStateDate":"2026-10-12T09:30:00Z"}]"#,
        "alert CPU alert fires on shop since 2026-10-12 09:30:00 UTC",
        r#""state":"alerting""#,
    ),
    (
        r#"[{"id":1,"name":"Disk","overall_state":"Alert","overall_state_modified":"2026-10-12T09:30:00Z","query":"avg","tags":["service:db"],"message":"full"}]"#,
        "alert Disk fires on db since 2026-10-12 09:30:00 UTC: full",
        r#""overall_state":"Alert""#,
    ),
];

#[test]
fn alerts_that_fire_become_findings_and_others_do_not() {
    for (text, statement, state) in ALERTS {
        for text in [text.to_owned(), pretty(text)] {
            let analysis = read(&text);
            let class = &analysis.classification;
            assert_eq!(class.data_class, DataClass::CommandOutput, "{text}");
            assert_eq!(statements(&analysis, FindingKind::Alert), [statement]);
            let found = &analysis.findings[0];
            assert!(
                found.onset.is_some() && found.citations.len() >= 2,
                "{found:?}"
            );
        }
        let (key, _) = state.rsplit_once(":\"").unwrap();
        let over = match state.split_once("\",") {
            Some(_) => text.replace(state, r#""status":"resolved","labels""#),
            None => text.replace(state, &format!("{key}:\"OK\"")),
        };
        assert_ne!(over, text);
        assert_eq!(
            statements(&read(&over), FindingKind::Alert),
            [""; 0],
            "{over}"
        );
    }
}

#[test]
fn alerts_of_one_name_about_one_thing_are_one_finding() {
    let alert = |pod: &str, severity: &str, time: &str| {
        format!(
            r#"{{"labels":{{"alertname":"Restarts","service":"cart","pod":"{pod}","severity":"{severity}"}},"annotations":{{}},"startsAt":"2026-10-12T{time}Z"}}"#
        )
    };
    let text = format!(
        "[{},{},{}]",
        alert("a", "warning", "09:31:00"),
        alert("b", "critical", "09:30:00"),
        alert("c", "info", "09:00:00"),
    );
    let analysis = read(&text);
    let found = &analysis.findings[0];
    assert_eq!((found.count, found.severity), (2, Severity::Error));
    assert_eq!(
        found.statement,
        "alert Restarts fires on cart since 2026-10-12 09:30:00 UTC"
    );
    let watchdog = r#"[{"labels":{"alertname":"Watchdog"},"startsAt":"2026-10-12T09:00:00Z"}]"#;
    assert!(read(watchdog).findings.is_empty());
}

/// Four events, joined by commas.
fn each(event: &dyn Fn(u32) -> String) -> String {
    (0..4).map(event).collect::<Vec<String>>().join(",")
}

fn time(at: u32) -> String {
    format!("2026-10-12T09:30:0{at}.000Z")
}

fn millis(at: u32) -> u64 {
    1_791_797_400_000 + u64::from(at) * 1_000
}

fn refused(at: u32) -> String {
    format!("ERROR connection to db-{at} refused")
}

/// Log events in the answers of services, four of them the same error.
fn answered_logs() -> Vec<(&'static str, String)> {
    vec![
        (
            "CloudWatch",
            format!(
                r#"{{"events":[{}],"nextForwardToken":"f"}}"#,
                each(&|at| format!(
                    r#"{{"timestamp":{},"message":"{}\n","ingestionTime":1}}"#,
                    millis(at),
                    refused(at)
                ))
            ),
        ),
        (
            "CloudWatch subscription",
            format!(
                r#"{{"messageType":"DATA_MESSAGE","logGroup":"/aws/lambda/cart","logEvents":[{}]}}"#,
                each(&|at| format!(
                    r#"{{"id":"{at}","timestamp":{},"message":"{}"}}"#,
                    millis(at),
                    refused(at)
                ))
            ),
        ),
        (
            "Insights",
            format!(
                r#"{{"results":[{}],"status":"Complete"}}"#,
                each(&|at| format!(
                    r#"[{{"field":"@timestamp","value":"2026-10-12 09:30:0{at}.000"}},{{"field":"@message","value":"{}"}},{{"field":"@ptr","value":"x"}}]"#,
                    refused(at)
                ))
            ),
        ),
        (
            "Elasticsearch",
            format!(
                r#"{{"took":3,"hits":{{"total":{{"value":4}},"hits":[{}]}}}}"#,
                each(&|at| format!(
                    r#"{{"_index":"l","_id":"{at}","_source":{{"@timestamp":"{}","log":{{"level":"error"}},"service":{{"name":"cart"}},"message":"connection to db-{at} refused"}}}}"#,
                    time(at)
                ))
            ),
        ),
        (
            "Loki",
            format!(
                r#"{{"status":"success","data":{{"resultType":"streams","result":[{{"stream":{{"app":"cart"}},"values":[{}]}}]}}}}"#,
                each(&|at| format!(r#"["{}000000","{}"]"#, millis(at), refused(at)))
            ),
        ),
    ]
}

/// The same in documents of other kinds.
fn written_logs() -> Vec<(&'static str, String)> {
    vec![
        (
            "OTLP",
            format!(
                r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"cart"}}}}]}},"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#,
                each(&|at| format!(
                    r#"{{"timeUnixNano":"{}000000","severityNumber":17,"body":{{"stringValue":"connection to db-{at} refused"}}}}"#,
                    millis(at)
                ))
            ),
        ),
        (
            "records",
            format!(
                "[{}]",
                each(&|at| format!(
                    r#"{{"timestamp":"{}","severity":"ERROR","textPayload":"connection to db-{at} refused"}}"#,
                    time(at)
                ))
            ),
        ),
        (
            "records over several lines",
            (0..4).fold(String::new(), |text, at| {
                format!(
                    "{text}{{\n  \"time\": \"{}\",\n  \"level\": \"error\",\n  \"msg\": \"connection to db-{at} refused\"\n}}\n",
                    time(at)
                )
            }),
        ),
        (
            "records under a key",
            format!(
                r#"{{"logs":[{}],"total":4}}"#,
                each(&|at| format!(
                    r#"{{"time":"{}","level":"error","msg":"connection to db-{at} refused"}}"#,
                    time(at)
                ))
            ),
        ),
    ]
}

#[test]
fn log_events_in_documents_are_mined_like_lines() {
    for (form, text) in answered_logs().into_iter().chain(written_logs()) {
        let value = serde_json::from_str::<serde_json::Value>(&text).ok();
        let laid_out = value.map(|_| pretty(&text));
        for text in [Some(text), laid_out].into_iter().flatten() {
            let analysis = read(&text);
            assert_eq!(
                analysis.classification.data_class,
                DataClass::Logs,
                "{form}"
            );
            let told: Vec<(&str, u64)> = analysis
                .templates
                .iter()
                .map(|it| (it.text.as_str(), it.count))
                .collect();
            assert_eq!(told, [("connection to db-<*> refused", 4)], "{form}");
            let found = &analysis.templates[0];
            assert_eq!(found.levels.dominant(), Some(Level::Error), "{form}");
            let first = found.first_seen.unwrap().to_rfc3339();
            assert!(first.starts_with("2026-10-12T09:30:00"), "{form}: {first}");
            assert!(
                found.last.quote.contains("db-3"),
                "{form}: {:?}",
                found.last
            );
            assert!(!analysis.findings.is_empty(), "{form}");
        }
    }
}

#[test]
fn audit_events_tell_who_was_refused_what() {
    let event = |stage: &str, code: u16| {
        format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"{stage}","requestURI":"/api/v1/x","verb":"create","user":{{"username":"system:serviceaccount:ci:deployer"}},"objectRef":{{"resource":"pods","namespace":"shop","name":"cart"}},"responseStatus":{{"code":{code},"reason":"Forbidden"}},"requestReceivedTimestamp":"2026-10-12T09:30:00.123456Z"}}"#
        )
    };
    let text = [event("RequestReceived", 0), event("ResponseComplete", 403)].join("\n");
    let analysis = read(&text);
    assert_eq!(analysis.classification.data_class, DataClass::Logs);
    let found = &analysis.templates[0];
    assert_eq!(analysis.templates.len(), 1);
    assert_eq!(found.levels.dominant(), Some(Level::Warn));
    assert_eq!(
        found.component.as_deref(),
        Some("system:serviceaccount:ci:deployer")
    );
    assert!(found.text.ends_with(": Forbidden"), "{}", found.text);
}

/// Sixty values a minute apart, written by `point` and joined by commas.
fn minutes(point: impl Fn(u32, u64) -> Option<String>) -> String {
    let points = (0..60).filter_map(|at| point(at, 1_791_797_400 + u64::from(at) * 60));
    points.collect::<Vec<String>>().join(",")
}

fn jump(at: u32) -> u32 {
    if at < 40 { 20 + at % 3 } else { 90 + at % 3 }
}

#[test]
fn answers_of_metric_services_give_series() {
    let data = |reversed: bool| {
        let at = |at: u32| if reversed { 59 - at } else { at };
        let times = minutes(|n, _| {
            let minute = at(n);
            Some(format!(r#""2026-10-12T09:{minute:02}:00+00:00""#))
        });
        let values = minutes(|n, _| Some(jump(at(n)).to_string()));
        format!(
            r#"{{"MetricDataResults":[{{"Id":"m1","Label":"CPUUtilization","Timestamps":[{times}],"Values":[{values}],"StatusCode":"Complete"}}],"Messages":[]}}"#
        )
    };
    let statistics = format!(
        r#"{{"Datapoints":[{}],"Label":"CPUUtilization"}}"#,
        minutes(|at, _| {
            let minute = (at * 7) % 60;
            let value = jump(minute);
            Some(format!(
                r#"{{"Timestamp":"2026-10-12T09:{minute:02}:00Z","Average":{value}.0,"Unit":"Percent"}}"#
            ))
        })
    );
    let datadog = format!(
        r#"{{"status":"ok","series":[{{"scope":"host:db-1,env:prod","pointlist":[{}],"metric":"CPUUtilization"}}]}}"#,
        minutes(|at, time| Some(format!("[{time}000.0,{}.0]", jump(at))))
    );
    for text in [data(false), data(true), statistics, datadog] {
        for text in [text.clone(), pretty(&text)] {
            let analysis = read(&text);
            assert_eq!(analysis.classification.data_class, DataClass::Metrics);
            assert_eq!(analysis.samples.len(), 60);
            let shift = &analysis.findings[0];
            assert_eq!(shift.kind, FindingKind::LevelShift, "{}", shift.statement);
            assert!(
                shift
                    .statement
                    .starts_with("CPUUtilization shifts from 21 to 91"),
                "{}",
                shift.statement
            );
            assert_eq!(analysis.findings.len(), 1, "{:?}", analysis.findings);
        }
    }
}

#[test]
fn steady_growth_and_missing_values_are_told_also_in_tables() {
    let table = |value: &dyn Fn(u32) -> String| {
        (0..60).fold(String::from("time,service,heap_used_mb\n"), |text, at| {
            format!("{text}2026-10-12T09:{at:02}:00Z,cart,{}\n", value(at))
        })
    };
    let leak = read(&table(&|at| (200 + at * 9 + at % 4).to_string()));
    let found = statements(&leak, FindingKind::Growth);
    assert_eq!(found.len(), 1, "{:?}", leak.findings);
    assert!(found[0].starts_with("heap_used_mb of cart grows steadily from "));
    let holed = |at: u32| match at {
        20..30 => "NULL".to_owned(),
        at => (200 + at % 4).to_string(),
    };
    assert_eq!(
        statements(&read(&table(&holed)), FindingKind::Gap),
        [
            "heap_used_mb of cart has no values between 2026-10-12 09:19:00 and 2026-10-12 09:30:00 UTC, while they come every 60 s"
        ]
    );
    let well = read(&table(&|at| (200 + at % 4).to_string()));
    assert!(well.findings.is_empty(), "{:?}", well.findings);
}

#[test]
fn events_on_lines_of_their_own_are_no_document() {
    let line = r#"{"time":"2026-10-12T09:30:00Z","level":"error","msg":"refused","events":[{"time":"2026-10-12T09:30:00Z","message":"inner"}]}"#;
    let analysis = read(&format!("{line}\n").repeat(4));
    assert_eq!(analysis.templates[0].text, "refused");
    assert_eq!(analysis.templates[0].count, 4);
}

#[test]
fn errors_of_one_line_stay_apart() {
    let event = |at: u32, text: &str| {
        format!(
            r#"{{"timestamp":"2026-10-12T09:30:{at:02}Z","severity":"ERROR","message":"{text}"}}"#
        )
    };
    let events: Vec<String> = (0..20)
        .flat_map(|at| {
            [
                event(at, "disk full on /var"),
                event(at, "payment declined by bank"),
            ]
        })
        .collect();
    let analysis = read(&format!("[{}]", events.join(",")));
    let told = |words: &str| {
        let mut findings = analysis.findings.iter();
        findings.any(|it| it.kind == FindingKind::ErrorSignature && it.statement.contains(words))
    };
    assert!(
        told("disk full") && told("payment declined"),
        "{:#?}",
        analysis.findings
    );
}

/// Writes a document as a text of JSON.
fn as_text(document: &str) -> String {
    serde_json::to_string(document).unwrap()
}

#[test]
fn an_alarm_in_an_envelope_is_read_as_the_alarm() {
    let alarm = r#"{"AlarmName":"queue-age","NewStateValue":"ALARM","NewStateReason":"older \u003e 600 s","StateChangeTime":"2026-10-12T09:30:00.000+0000","Trigger":{"MetricName":"Age","Dimensions":[{"name":"QueueName","value":"jobs"}]}}"#;
    let envelope = |alarm: &str| {
        format!(
            r#"{{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:eu-west-1:1:ops","Subject":"ALARM: queue-age","Message":{},"Timestamp":"2026-10-12T09:30:01.000Z"}}"#,
            as_text(alarm)
        )
    };
    let single = envelope(alarm);
    let statement = "alert queue-age fires on jobs since 2026-10-12 09:30:00 UTC: older > 600 s";
    for text in [
        single.clone(),
        pretty(&single),
        format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{single}}}]}}"#),
        format!(
            r#"{{"Records":[{{"messageId":"1","body":{}}}]}}"#,
            as_text(&single)
        ),
    ] {
        let analysis = read(&text);
        assert_eq!(
            statements(&analysis, FindingKind::Alert),
            [statement],
            "{text}"
        );
        let quotes = &analysis.findings[0].citations;
        assert!(quotes.iter().any(|it| it.quote.contains("NewStateValue")));
    }
    let over = envelope(&alarm.replace("ALARM", "OK"));
    assert!(statements(&read(&over), FindingKind::Alert).is_empty());
}

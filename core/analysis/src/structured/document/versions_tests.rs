use crate::{Analysis, Change, ChangeDirection, Options, analyze, verify_citation};

fn read(text: &str) -> Analysis {
    let analysis = analyze(text.as_bytes(), Options::default());
    for change in &analysis.changes {
        let cited = &change.citation;
        let bytes = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        verify_citation(bytes, cited, analysis.encoding).unwrap();
    }
    analysis
}

fn told(changes: &[Change]) -> Vec<String> {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let line = |it: &Change| {
        let (before, after) = (value(&it.before), value(&it.after));
        format!(
            "{}: {before} > {after} @{}",
            it.path, it.citation.line_start
        )
    };
    changes.iter().map(line).collect()
}

/// Notices of a watch, one on a line.
fn watch(objects: &[(&str, &str)]) -> String {
    let lines = objects.iter().map(|(kind, object)| {
        let object = object.replace('\n', "");
        format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
    });
    lines.collect()
}

fn policy(label: &str, time: &str) -> String {
    format!(
        r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{"name":"allow-db","namespace":"n",
        "creationTimestamp":"2026-01-01T00:00:00Z","managedFields":[{{"manager":"helm","time":"{time}"}}]}},
        "spec":{{"podSelector":{{"matchLabels":{{"app":"db"}}}},
        "ingress":[{{"from":[{{"podSelector":{{"matchLabels":{{"app":"{label}"}}}}}}]}}]}}}}"#
    )
}

#[test]
fn the_versions_of_a_watch_are_compared() {
    let (old, new) = (
        policy("api", "2026-01-01T00:00:00Z"),
        policy("apl", "2026-10-12T09:30:00Z"),
    );
    let analysis = read(&watch(&[("ADDED", &old), ("MODIFIED", &new)]));
    let selector = "networkpolicy/allow-db spec.ingress[0].from[0].podSelector.matchLabels.app";
    assert_eq!(
        told(&analysis.changes),
        [format!("{selector}: api > apl @2")]
    );
    let changed = analysis.changes[0].changed_at.unwrap();
    assert_eq!(changed.to_rfc3339(), "2026-10-12T09:30:00+00:00");
    assert_eq!(analysis.clues.policies.len(), 1);
}

#[test]
fn an_object_that_is_written_anew_as_it_was_did_not_change() {
    let (old, new) = (
        policy("api", "2026-01-01T00:00:00Z"),
        policy("api", "2026-10-12T09:30:00Z"),
    );
    assert_eq!(
        read(&watch(&[("ADDED", &old), ("MODIFIED", &new)])).changes,
        []
    );
    assert_eq!(read(&watch(&[("ADDED", &new)])).changes.len(), 1);
}

#[test]
fn objects_one_after_the_other_are_versions_in_json_and_yaml() {
    let object = |value: u8| {
        format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c","namespace":"n"}},"data":{{"POOL":"{value}"}}}}"#
        )
    };
    let lines = format!("{}\n{}\n", object(20), object(2));
    assert_eq!(
        told(&read(&lines).changes),
        ["configmap/c data.POOL: 20 > 2 @2"]
    );
    let list = |value| format!("{{\"kind\":\"List\",\"items\":[{}]}}\n", object(value));
    let lists = format!("{}{}", list(20), list(2));
    assert_eq!(
        told(&read(&lists).changes),
        ["configmap/c data.POOL: 20 > 2 @2"]
    );
    let yaml = |value: u8| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  POOL: \"{value}\"\n"
        )
    };
    let documents = format!("{}{}", yaml(20), yaml(2));
    assert_eq!(
        told(&read(&documents).changes),
        ["configmap/c data.POOL: 20 > 2 @14"]
    );
}

fn deployment(generation: u8, container: &str) -> String {
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"cache","namespace":"n","generation":{generation}}},
        "spec":{{"template":{{"spec":{{"containers":[{container}]}}}}}}}}"#
    )
}

#[test]
fn arguments_are_known_by_their_flags() {
    let of = |generation, args: &str| {
        deployment(generation, &format!(r#"{{"name":"m","args":[{args}]}}"#))
    };
    let (old, new) = (
        of(1, r#""-m","1024","--conn=10","serve""#),
        of(2, r#""-v","-m","10","--conn=10","serve""#),
    );
    let analysis = read(&watch(&[("ADDED", &old), ("MODIFIED", &new)]));
    let path = "deployment/cache spec.template.spec.containers[m].args";
    let expected = [
        format!("{path}[-m]: 1024 > 10 @2"),
        format!("{path}[-v]: - >  @2"),
    ];
    let found = told(&analysis.changes);
    assert!(expected.iter().all(|it| found.contains(it)), "{found:?}");
    assert_eq!(analysis.changes[0].direction, ChangeDirection::Decreased);
}

#[test]
fn what_the_cluster_assigns_is_no_change() {
    let service = |address: &str, port: u16| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"s","namespace":"n"}},"spec":{{"clusterIP":"{address}",
            "clusterIPs":["{address}"],"ports":[{{"name":"http","port":80,"nodePort":{port},"targetPort":8080}}]}}}}"#
        )
    };
    let (old, new) = (service("10.0.0.7", 30_001), service("10.0.0.9", 30_777));
    assert_eq!(
        read(&watch(&[("ADDED", &old), ("MODIFIED", &new)])).changes,
        []
    );
    let old = deployment(1, r#"{"name":"m","image":"a:1"}"#);
    let new = deployment(1, r#"{"name":"m","image":"a:2"}"#);
    assert_eq!(
        read(&watch(&[("ADDED", &old), ("MODIFIED", &new)])).changes,
        []
    );
}

#[test]
fn the_lines_of_a_text_are_compared_and_secrets_are_not_told() {
    let map = |lines: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"coredns","namespace":"kube-system"}},"data":{{"Corefile":"{lines}"}}}}"#
        )
    };
    let old = map(r".:53 {\n  cache 30\n  forward . 10.0.0.2\n}");
    let new = map(r".:53 {\n  cache 30\n  forward . 10.0.9.2\n}");
    let analysis = read(&watch(&[("ADDED", &old), ("MODIFIED", &new)]));
    let path = "configmap/coredns data.Corefile";
    let expected = format!("{path}: forward . 10.0.0.2 > forward . 10.0.9.2 @2");
    assert_eq!(told(&analysis.changes), [expected]);
    assert_eq!(analysis.changes[0].citation.quote, "forward . 10.0.9.2");
    let old = map(r"user: a\npassword: horse-staple-1");
    let new = map(r"user: a\npassword: correct-battery-2");
    let analysis = read(&watch(&[("ADDED", &old), ("MODIFIED", &new)]));
    let found = format!("{:?} {:?}", analysis.changes, analysis.findings);
    assert!(analysis.changes[0].secret && !found.contains("horse") && !found.contains("battery"));
}

#[test]
fn what_was_taken_away_is_told_and_is_no_longer_there() {
    let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"n","deletionTimestamp":"2026-10-12T09:30:00Z"},"spec":{"selector":{"app":"db"}}}"#;
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"db-0","namespace":"n"},"spec":{},"status":{"phase":"Failed"}}"#;
    let analysis = read(&watch(&[
        ("ADDED", service),
        ("ADDED", pod),
        ("DELETED", pod),
        ("DELETED", service),
    ]));
    assert_eq!(told(&analysis.changes), ["service/db: - > - @4"]);
    assert_eq!(analysis.changes[0].done(), "service/db deleted");
    assert!(analysis.inventory.is_empty(), "{:?}", analysis.inventory);
}

#[test]
fn events_of_a_watch_are_events() {
    let event = |count: u8| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Event","metadata":{{"name":"e.1","namespace":"n"}},"type":"Warning","reason":"BackOff","count":{count},
            "message":"Back-off restarting failed container","involvedObject":{{"kind":"Pod","name":"api-1"}},
            "firstTimestamp":"2026-10-12T09:30:00Z","lastTimestamp":"2026-10-12T09:40:00Z"}}"#
        )
    };
    let analysis = read(&watch(&[("ADDED", &event(1)), ("MODIFIED", &event(9))]));
    let complaints = &analysis.clues.complaints;
    assert_eq!((complaints.len(), complaints[0].count), (1, 9));
    assert_eq!(complaints[0].citation.line_start, 2);
}

#[test]
fn notices_without_an_object_say_nothing() {
    let bookmark = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9"}}"#;
    let error =
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":410}"#;
    let good = deployment(1, r#"{"name":"m"}"#);
    let text = watch(&[("ADDED", &good), ("BOOKMARK", bookmark), ("ERROR", error)]);
    let analysis = read(&format!("{text}{{\"type\":\"MODIFIED\",\"object\":{{\"ki"));
    assert_eq!(analysis.changes, []);
    assert!(analysis.commands.is_empty(), "{:?}", analysis.commands);
}

#[test]
fn items_of_a_list_of_one_kind_need_not_name_it() {
    let list = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[
        {"metadata":{"name":"api-1","namespace":"n"},"spec":{},"status":{"phase":"Failed"}}]}"#;
    let analysis = read(list);
    assert_eq!(analysis.inventory.pods[0].name, "api-1");
    assert_eq!(analysis.commands[0].facts[0].value, "Failed");
}

#[test]
fn events_as_they_are_shipped_are_events() {
    let line = r#"{"metadata":{"name":"e.1","namespace":"n"},"reason":"BackOff","message":"Back-off restarting failed container","type":"Warning",
        "involvedObject":{"kind":"Pod","name":"api-1"},"count":4,"firstTimestamp":"2026-10-12T09:30:00Z","lastTimestamp":"2026-10-12T09:40:00Z"}"#;
    let analysis = read(&format!("{}\n", line.replace('\n', "")));
    assert_eq!(analysis.clues.complaints[0].count, 4);
}

#[test]
fn a_change_without_a_time_has_that_of_what_stands_around_it() {
    let map = |value: u8| {
        format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c","namespace":"n"}},"data":{{"POOL":"{value}"}}}}"#
        )
    };
    let lease = |time: &str| {
        format!(
            r#"{{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{{"name":"l","namespace":"n"}},"spec":{{"renewTime":"{time}"}}}}"#
        )
    };
    let changed = |before: &str, after: &str| {
        let (old, new) = (map(20), map(2));
        let (first, last) = (lease(before), lease(after));
        let text = watch(&[
            ("ADDED", &old),
            ("MODIFIED", &first),
            ("MODIFIED", &new),
            ("MODIFIED", &last),
        ]);
        read(&text).changes[0].changed_at.map(|it| it.to_rfc3339())
    };
    assert_eq!(
        changed("2026-10-12T09:30:00Z", "2026-10-12T09:30:10Z").as_deref(),
        Some("2026-10-12T09:30:00+00:00")
    );
    assert_eq!(
        changed("2026-10-12T06:30:00Z", "2026-10-12T09:30:10Z"),
        None
    );
}

use crate::{Analysis, Change, Options, analyze};

fn config(live: &str, applied: &str) -> String {
    let applied = format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"coredns"}},"data":{applied}}}"#
    );
    serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": "coredns", "namespace": "kube-system",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied},
            "managedFields": [
                {"manager": "kubectl-client-side-apply", "time": "2026-01-01T00:00:00Z"},
                {"manager": "kubectl-edit", "time": "2026-10-12T09:30:00Z"},
            ],
        },
        "data": serde_json::from_str::<serde_json::Value>(live).unwrap(),
    })
    .to_string()
}

fn deployment(live: &str, applied: &str) -> String {
    let manifest = |container: &str| {
        let container: serde_json::Value = serde_json::from_str(container).unwrap();
        serde_json::json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart"},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}},
        })
    };
    let mut object = manifest(live);
    object["spec"]["replicas"] = 5.into();
    object["metadata"]["annotations"] = serde_json::json!({
        "kubectl.kubernetes.io/last-applied-configuration": manifest(applied).to_string(),
    });
    object.to_string()
}

fn read(items: &[String]) -> Analysis {
    let text = format!(
        r#"{{"kind":"List","apiVersion":"v1","items":[{}]}}"#,
        items.join(",\n")
    );
    analyze(text.as_bytes(), Options::default())
}

fn told(changes: &[Change]) -> Vec<String> {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let line = |it: &Change| format!("{}: {} > {}", it.path, value(&it.before), value(&it.after));
    changes.iter().map(line).collect()
}

#[test]
fn what_was_edited_since_the_manifest_was_applied_is_told_with_its_time() {
    let live = r#"{"Corefile": ".:53 {\n    forward . 10.0.0.35\n}\n", "extra": "1"}"#;
    let applied = r#"{"Corefile": ".:53 {\n    forward . 10.0.0.53\n}\n"}"#;
    let changes = read(&[config(live, applied)]).changes;
    assert_eq!(
        told(&changes),
        [
            "configmap/coredns data.Corefile: forward . 10.0.0.53 > forward . 10.0.0.35",
            "configmap/coredns data.extra: - > 1",
        ]
    );
    let time = changes[0].changed_at.unwrap().to_rfc3339();
    assert_eq!(time, "2026-10-12T09:30:00+00:00");
    assert_eq!(changes[0].citation.line_start, 1);
}

#[test]
fn what_is_as_it_was_applied_is_no_edit() {
    let same = r#"{"a": "1"}"#;
    let live = r#"{"name": "app", "image": "cart:1", "imagePullPolicy": "IfNotPresent",
        "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}"#;
    let applied = r#"{"name": "app", "image": "cart:1", "env": [],
        "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}}"#;
    let analysis = read(&[deployment(live, applied)]);
    assert_eq!(told(&analysis.changes), Vec::<String>::new());
    let only = read(&[config(same, same)]).changes;
    assert!(only.iter().all(|it| it.before.is_none()), "{only:#?}");
}

#[test]
fn variables_and_limits_that_were_taken_away_are_told() {
    let live = r#"{"name": "app", "image": "cart:2", "env": []}"#;
    let applied = r#"{"name": "app", "image": "cart:1",
        "env": [{"name": "REDIS_ADDR", "value": "valkey:6379"}], "resources": {"limits": {"cpu": "1"}}}"#;
    let changes = read(&[deployment(live, applied)]).changes;
    let at = "deployment/cart spec.template.spec.containers[app]";
    assert_eq!(
        told(&changes),
        [
            format!("{at}.env[REDIS_ADDR].value: valkey:6379 > -"),
            format!("{at}.image: cart:1 > cart:2"),
            format!("{at}.resources.limits.cpu: 1 > -"),
        ]
    );
    assert!(changes.iter().all(|it| it.changed_at.is_none()));
}

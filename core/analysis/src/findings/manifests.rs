//! What Kubernetes manifests and Compose files leave out.

use std::collections::{BTreeMap, BTreeSet};

use super::finding;
use crate::analysis::ConfigValue;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::units::quantity;

/// Kinds that run containers for good.
const SERVING: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];
const OTHERS: [&str; 4] = ["Pod", "ReplicaSet", "Job", "CronJob"];

/// Returns what is missing or contradicts itself in the manifests of one file.
pub(super) fn gaps(values: &[ConfigValue]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = documents(values)
        .into_iter()
        .flat_map(of_document)
        .collect();
    let version = values.iter().find(|value| value.path == "version");
    if let Some(version) =
        version.filter(|_| values.iter().any(|it| it.path.starts_with("services.")))
    {
        findings.push(super::hazards::lint(
            version,
            "Compose ignores it and warns",
        ));
    }
    findings
}

/// Splits values where a manifest begins anew.
fn documents(values: &[ConfigValue]) -> Vec<&[ConfigValue]> {
    let mut starts = vec![0];
    let mut seen = BTreeSet::new();
    for (at, value) in values.iter().enumerate() {
        let names = matches!(value.path.as_str(), "apiVersion" | "kind");
        if names && !seen.insert(value.path.as_str()) {
            starts.push(at);
            seen = BTreeSet::from([value.path.as_str()]);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([values.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &values[*start..end])
        .collect()
}

fn of_document(values: &[ConfigValue]) -> Vec<Finding> {
    let kind = values.iter().find(|value| value.path == "kind");
    let kind = kind.map_or("", |value| value.value.as_str());
    let serving = SERVING.contains(&kind);
    if !serving && !OTHERS.contains(&kind) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if serving
        && let Some(single) = values
            .iter()
            .find(|it| it.path == "spec.replicas" && it.value == "1")
    {
        findings.push(super::hazards::lint(
            single,
            "nothing serves while it restarts or moves",
        ));
    }
    for (path, values) in containers(values) {
        findings.extend(of_container(&values, path, serving));
    }
    findings
}

/// Returns the paths of containers with their values.
fn containers(values: &[ConfigValue]) -> BTreeMap<&str, Vec<&ConfigValue>> {
    let mut containers: BTreeMap<&str, Vec<&ConfigValue>> = BTreeMap::new();
    for value in values {
        let Some(at) = value.path.find(".containers[") else {
            continue;
        };
        let Some(end) = value.path[at..].find(']') else {
            continue;
        };
        let path = &value.path[..=at + end];
        containers.entry(path).or_default().push(value);
    }
    containers
}

fn of_container(values: &[&ConfigValue], path: &str, serving: bool) -> Vec<Finding> {
    let of = |key: &str| {
        let path = format!("{path}.{key}");
        let mut known = values.iter().copied();
        known.find(move |value| value.path == path)
    };
    let has = |key: &str| {
        let prefix = format!("{path}.{key}");
        values.iter().any(|value| value.path.starts_with(&prefix))
    };
    let Some(named) = of("name").or_else(|| values.first().copied()) else {
        return Vec::new();
    };
    let mut missing = Vec::new();
    if !has("resources.limits.memory") {
        missing.push(("memory limit", "a leak takes the memory of the whole node"));
    }
    if !has("resources.requests") && !has("resources.limits") {
        missing.push((
            "requests",
            "it is placed where nothing is left for it, and evicted first",
        ));
    }
    if serving && !has("readinessProbe") {
        missing.push(("readiness probe", "requests reach it before it is ready"));
    }
    let name = if named.path.ends_with(".name") {
        named.value.as_str()
    } else {
        path
    };
    let lacking = missing.into_iter().map(|(what, hazard)| {
        let statement = format!("container {name} has no {what}: {hazard}");
        told(Severity::Info, &statement, named, what)
    });
    let mut findings: Vec<Finding> = lacking.collect();
    for resource in ["memory", "cpu"] {
        let (Some(request), Some(limit)) = (
            of(&format!("resources.requests.{resource}")),
            of(&format!("resources.limits.{resource}")),
        ) else {
            continue;
        };
        let exceeds = quantity(&request.value).zip(quantity(&limit.value));
        if exceeds.is_some_and(|(request, limit)| request > limit) {
            let statement = format!(
                "container {name} requests {resource} {} above its limit {}: the API server refuses it",
                request.value, limit.value
            );
            let mut found = told(Severity::Warn, &statement, request, resource);
            found.citations.push(limit.citation.clone());
            findings.push(found);
        }
    }
    findings
}

fn told(severity: Severity, statement: &str, value: &ConfigValue, rule: &str) -> Finding {
    let citations = vec![value.citation.clone()];
    let mut found = finding(FindingKind::ConfigLint, severity, statement, citations);
    found.signature = fingerprint::config(rule, &value.path);
    found
}

#[cfg(test)]
mod tests {
    use crate::{Analysis, Options, Severity, analyze};

    fn read(text: &str) -> Analysis {
        let options = Options {
            file_name: Some("deploy.yaml".to_owned()),
            ..Options::default()
        };
        analyze(text.as_bytes(), options)
    }

    const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replicas: 1\n\
        \x20 template:\n    spec:\n      containers:\n        - name: app\n          image: a:1\n\
        \x20         resources:\n            limits:\n              memory: 64Mi\n              cpu: 500m\n\
        \x20           requests:\n              memory: 128Mi\n              cpu: 0.1\n\
        \x20         readinessProbe:\n            httpGet:\n              path: /ready\n\
        \x20       - name: sidecar\n          image: b:1\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n";

    #[test]
    fn what_containers_lack_and_what_contradicts_itself_is_told() {
        let analysis = read(DEPLOYMENT);
        let told: Vec<&str> = analysis
            .findings
            .iter()
            .map(|it| it.statement.as_str())
            .collect();
        for part in [
            "spec.replicas is 1",
            "container sidecar has no memory limit",
            "container sidecar has no requests",
            "container sidecar has no readiness probe",
            "container app requests memory 128Mi above its limit 64Mi",
        ] {
            assert!(
                told.iter().any(|it| it.contains(part)),
                "{part} in {told:#?}"
            );
        }
        assert!(
            !told.iter().any(|it| it.contains("container app has no")),
            "{told:#?}"
        );
        assert!(
            !told.iter().any(|it| it.contains("more than once")),
            "{told:#?}"
        );
        assert!(
            !told.iter().any(|it| it.contains("requests cpu")),
            "{told:#?}"
        );
        let worst = analysis.findings.iter().map(|it| it.severity).max();
        assert_eq!(worst, Some(Severity::Warn));
    }

    #[test]
    fn other_files_lack_nothing() {
        let analysis = read("kind: Service\nspec:\n  replicas: 1\nversion: 3\n");
        assert!(analysis.findings.is_empty(), "{:?}", analysis.findings);
        let compose = read("version: \"3\"\nservices:\n  web:\n    image: web:1\n");
        assert!(compose.findings[0].statement.contains("Compose ignores it"));
    }
}

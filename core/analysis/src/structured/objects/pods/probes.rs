//! Settings of containers that explain why they are not well: probes and shares of CPU.

use super::super::{Shown, name};
use crate::structured::json::Node;
use crate::time::parse_utc;

const PROBES: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];
/// With less of a CPU than this, programs take minutes to start, in thousandths.
const TINY: f64 = 50.0;
/// Probes that give up sooner than this after the start kill what starts slowly, in seconds.
const STRICT_S: f64 = 15.0;
const RESTARTS_MIN: f64 = 3.0;
/// Seconds that a container gets to end by itself, unless its pod says otherwise.
const GRACE_S: f64 = 30.0;

/// Reports settings of containers that are not ready or that restart.
pub(super) fn read(pod: &Node, shown: &mut Vec<Shown>) {
    for container in pod.items("spec.containers") {
        let statuses = pod.items("status.containerStatuses").iter();
        let named = container.text("name");
        let status = statuses.clone().find(|it| it.text("name") == named);
        let Some(status) = status else { continue };
        let restarts = status.number("restartCount").unwrap_or(0.0);
        let is_well = status.written("ready") == Some("true") && restarts < RESTARTS_MIN;
        if !is_well {
            ports(name(pod), container, shown);
            strict(name(pod), container, status, restarts, shown);
            share(name(pod), container, shown);
        }
    }
}

/// A probe that asks at a port which the container does not open.
fn ports(pod: &str, container: &Node, shown: &mut Vec<Shown>) {
    let opened = container.items("ports").iter();
    let opened = opened.flat_map(|it| [it.written("containerPort"), it.written("name")]);
    let opened: Vec<&str> = opened.flatten().collect();
    for probe in PROBES.iter().filter_map(|key| container.get(key)) {
        let paths = ["httpGet.port", "tcpSocket.port", "grpc.port"];
        let port = paths.iter().find_map(|path| probe.get(path));
        let Some((port, written)) = port.and_then(|it| Some((it, it.as_written()?))) else {
            continue;
        };
        if !opened.is_empty() && !opened.contains(&written) {
            shown.push(Shown::new(pod, "probe_port_unserved", written, port.at));
        }
    }
}

/// A probe that kills its container before that has started.
fn strict(pod: &str, container: &Node, status: &Node, restarts: f64, shown: &mut Vec<Shown>) {
    let Some(probe) = container.get("livenessProbe") else {
        return;
    };
    let number = |key: &str, default: f64| probe.number(key).unwrap_or(default);
    let patience = number("initialDelaySeconds", 0.0)
        + number("periodSeconds", 10.0) * number("failureThreshold", 3.0);
    let ended = status.get("lastState.terminated");
    let was_killed = ended.is_some_and(|it| {
        let code = it.written("exitCode");
        matches!(code, Some("137" | "143")) && it.text("reason") != Some("OOMKilled")
    });
    // One that lives just as long as the probe waits for never got ready.
    let lived = ended.and_then(|it| {
        let time = |key: &str| it.text(key).and_then(parse_utc);
        Some((time("finishedAt")? - time("startedAt")?).num_seconds() as f64)
    });
    let period = number("periodSeconds", 10.0);
    let is_as_long =
        lived.is_some_and(|it| it + period >= patience && it <= patience + period + GRACE_S);
    let is_strict = patience <= STRICT_S || is_as_long;
    let starts_slowly = container.get("startupProbe").is_none();
    if is_strict && restarts >= RESTARTS_MIN && was_killed && starts_slowly {
        let value = format!("{patience} s");
        shown.push(Shown::new(pod, "liveness_strict", &value, probe.at));
    }
}

fn share(pod: &str, container: &Node, shown: &mut Vec<Shown>) {
    let Some(limit) = container.get("resources.limits.cpu") else {
        return;
    };
    let written = limit.as_written().unwrap_or_default();
    let thousandths = match written.strip_suffix('m') {
        Some(number) => number.parse::<f64>().ok(),
        None => written.parse::<f64>().ok().map(|it| it * 1_000.0),
    };
    if thousandths.is_some_and(|it| it < TINY) {
        shown.push(Shown::new(pod, "cpu_limit_tiny", written, limit.at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(spec: &str, status: &str) -> Vec<String> {
        let text = format!(
            r#"{{"kind":"Pod","metadata":{{"name":"a"}},"spec":{{"containers":[{{"name":"a",{spec}}}]}},"status":{{"containerStatuses":[{{"name":"a",{status}}}]}}}}"#
        );
        let mut shown = Vec::new();
        read(&Node::parse(&text).unwrap(), &mut shown);
        let shown = shown.into_iter();
        shown.map(|it| format!("{} {}", it.key, it.value)).collect()
    }

    const WELL: &str = r#""ready":true,"restartCount":0"#;
    const KILLED: &str = r#""ready":false,"restartCount":7,"lastState":{"terminated":{"reason":"Error","exitCode":137}}"#;

    #[test]
    fn settings_of_containers_that_are_not_well_are_told() {
        let probe = r#""ports":[{"containerPort":8080,"name":"http"}],"livenessProbe":{"httpGet":{"port":8081},"periodSeconds":1}"#;
        assert_eq!(
            told(probe, KILLED),
            ["probe_port_unserved 8081", "liveness_strict 3 s"]
        );
        assert_eq!(told(probe, WELL), [""; 0]);
        let slow = r#""livenessProbe":{"initialDelaySeconds":9,"periodSeconds":5}"#;
        let killed_at = |time: &str| {
            format!(
                r#""ready":false,"restartCount":7,"lastState":{{"terminated":{{"exitCode":143,"startedAt":"2026-10-12T09:30:00Z","finishedAt":"{time}"}}}}"#
            )
        };
        assert_eq!(
            told(slow, &killed_at("2026-10-12T09:30:26Z")),
            ["liveness_strict 24 s"]
        );
        assert_eq!(told(slow, &killed_at("2026-10-12T09:41:00Z")), [""; 0]);
        let tiny = r#""resources":{"limits":{"cpu":"10m"}}"#;
        assert_eq!(told(tiny, KILLED), ["cpu_limit_tiny 10m"]);
        let sound = r#""ports":[{"containerPort":8080,"name":"http"}],"livenessProbe":{"httpGet":{"port":"http"}},"resources":{"limits":{"cpu":1}}"#;
        assert_eq!(told(sound, KILLED), [""; 0]);
    }
}

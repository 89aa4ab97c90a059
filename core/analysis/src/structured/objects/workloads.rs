//! States of everything but pods: nodes, deployments, autoscalers, quotas, claims, jobs, policies.

mod jobs;

pub(super) use jobs::{has_ended, overlaps};

use super::{Shown, condition, name};
use crate::findings::shorten;
use crate::structured::json::Node;

/// Characters of what a controller says of why it cannot scale.
const SAID_MAX: usize = 200;

/// Reports what is wrong with an object of a kind.
pub(super) fn read(kind: &str, object: &Node, shown: &mut Vec<Shown>) {
    let full = format!("{}/{}", kind.to_ascii_lowercase(), name(object));
    match kind {
        "Node" => node(&full, object, shown),
        "StatefulSet" => {
            replicas(&full, object, shown);
            ordered(&full, object, shown);
        }
        "Deployment" | "ReplicaSet" => replicas(&full, object, shown),
        "HorizontalPodAutoscaler" => autoscaler(&full, object, shown),
        "ResourceQuota" => quota(&full, object, shown),
        "PersistentVolumeClaim" => claim(&full, object, shown),
        "Job" => jobs::job(&full, object, shown),
        "CronJob" => jobs::schedule(&full, object, shown),
        "Endpoints" => endpoints(object, shown),
        "PodDisruptionBudget" => budget(&full, object, shown),
        "NetworkPolicy" => policy(&full, object, shown),
        _ => {}
    }
}

fn endpoints(object: &Node, shown: &mut Vec<Shown>) {
    if object.items("subsets").is_empty() {
        let full = format!("service/{}", name(object));
        let at = object.get("metadata.name").map_or(object.at, |it| it.at);
        shown.push(Shown::new(&full, "no_endpoints", "none", at));
    }
}

fn node(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    if let Some(ready) = condition(object, "Ready").filter(|it| it.text("status") != Some("True")) {
        shown.push(Shown::new(full, "status", "NotReady", place(ready)).since(since(ready)));
    }
    for pressure in [
        "MemoryPressure",
        "DiskPressure",
        "PIDPressure",
        "NetworkUnavailable",
    ] {
        let set = condition(object, pressure).filter(|it| it.text("status") == Some("True"));
        shown.extend(set.map(|it| Shown::new(full, "event", pressure, place(it)).since(since(it))));
    }
}

/// The line of a condition that says what it is about.
fn place(condition: &Node) -> usize {
    let telling = ["message", "reason", "status"];
    let told = telling.iter().find_map(|key| condition.get(key));
    told.map_or(condition.at, |node| node.at)
}

/// When a condition took its reason; its status may have been the same before.
fn since(condition: &Node) -> Option<&str> {
    let times = ["lastUpdateTime", "lastTransitionTime"];
    times.iter().find_map(|key| condition.text(key))
}

fn replicas(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    // A manifest says what is wanted, and nothing of what is there.
    let Some(status) = object.get("status") else {
        return;
    };
    let wanted = object.number("spec.replicas").unwrap_or(1.0);
    let ready = object.number("status.readyReplicas").unwrap_or(0.0);
    if wanted > ready {
        let line = status
            .get("readyReplicas")
            .or_else(|| status.get("replicas"));
        let at = line.unwrap_or(status).at;
        let value = format!("{ready} of {wanted}");
        shown.push(Shown::new(full, "replicas_missing", &value, at));
    }
}

/// The pod of a stateful set that all others wait for, since they come one after the other.
fn ordered(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let count = |key: &str| object.number(key).map(|it| it as u64);
    let at_once = object.text("spec.podManagementPolicy") == Some("Parallel");
    let (Some(status), Some(there)) = (object.get("status"), count("status.replicas")) else {
        return;
    };
    let wanted = count("spec.replicas").unwrap_or(1);
    let ready = count("status.readyReplicas").unwrap_or(0);
    let revisions = ["status.currentRevision", "status.updateRevision"];
    let [current, update] = revisions.map(|path| object.text(path));
    let behind = if current != update && ready < there {
        // An update goes from the last pod to the first.
        let updated = count("status.updatedReplicas").unwrap_or(0);
        wanted.checked_sub(updated).filter(|_| updated > 0)
    } else if there < wanted && ready < there && !at_once {
        there.checked_sub(1)
    } else {
        None
    };
    if let Some(ordinal) = behind {
        let at = status
            .get("readyReplicas")
            .or_else(|| status.get("replicas"));
        let value = format!("{}-{ordinal}", name(object));
        shown.push(Shown::new(
            full,
            "ordered_behind",
            &value,
            at.unwrap_or(status).at,
        ));
    }
}

fn autoscaler(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let most = object.number("spec.maxReplicas");
    let current = object.number("status.currentReplicas");
    let limited = condition(object, "ScalingLimited").filter(|it| {
        it.text("status") == Some("True") && it.text("reason") == Some("TooManyReplicas")
    });
    let limited = limited.map(place).or_else(|| above_target(object));
    if let (Some(most), Some(current), Some(at)) = (most, current, limited)
        && current >= most
    {
        let value = format!("{most}");
        shown.push(Shown::new(full, "replicas_at_maximum", &value, at));
    }
    let blind = condition(object, "ScalingActive").filter(|it| it.text("status") == Some("False"));
    if let Some((reason, at)) = blind.and_then(|it| Some((it.text("reason")?, place(it))))
        && reason != "ScalingDisabled"
    {
        let said = blind.and_then(|it| it.text("message")).unwrap_or_default();
        let value = shorten(&format!("{reason} {said}"), SAID_MAX);
        shown.push(Shown::new(full, "scaling_blind", value.trim_end(), at));
    }
}

/// Where a measured value stands that is well above its target.
fn above_target(object: &Node) -> Option<usize> {
    const TOLERANCE: f64 = 1.1;
    let targets = object.items("spec.metrics").iter();
    let by_name = targets.filter_map(|it| {
        Some((
            it.text("resource.name")?,
            it.number("resource.target.averageUtilization")?,
        ))
    });
    let mut by_name = by_name;
    by_name.find_map(|(name, target)| {
        let mut current = object.items("status.currentMetrics").iter();
        let current = current.find(|it| it.text("resource.name") == Some(name))?;
        let use_of = current.get("resource.current.averageUtilization")?;
        (use_of.as_number()? > target * TOLERANCE).then_some(use_of.at)
    })
}

fn quota(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    for (resource, hard) in object.members("status.hard") {
        let used = object
            .members("status.used")
            .iter()
            .find(|(known, _)| known == resource);
        let Some((used, hard)) = used.and_then(|(_, used)| Some((used, hard.as_text()?))) else {
            continue;
        };
        if used.as_text() == Some(hard) && hard != "0" {
            let value = format!("{resource} {hard} of {hard}");
            shown.push(Shown::new(full, "quota_used_up", &value, used.at));
        }
    }
}

fn claim(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let phase = object.text("status.phase");
    if let Some(phase) = phase.filter(|phase| *phase != "Bound") {
        let at = object.get("status.phase").map_or(object.at, |it| it.at);
        shown.push(Shown::new(full, "status", phase, at));
    }
}

fn budget(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    let allowed = object.get("status.disruptionsAllowed");
    let wanted = object.number("status.desiredHealthy");
    let healthy = object.number("status.currentHealthy");
    let (Some(allowed), Some(wanted), Some(healthy)) = (allowed, wanted, healthy) else {
        return;
    };
    if allowed.as_written() == Some("0") && healthy < wanted {
        let value = format!("{healthy} of {wanted}");
        shown.push(Shown::new(full, "disruptions_blocked", &value, allowed.at));
    } else if allowed.as_written() == Some("0")
        && object
            .number("status.expectedPods")
            .is_some_and(|all| all > 0.0 && all <= wanted)
    {
        let value = format!("{wanted}");
        shown.push(Shown::new(full, "disruptions_never", &value, allowed.at));
    }
}

/// A policy is no fault; it tells who may be kept out.
fn policy(full: &str, object: &Node, shown: &mut Vec<Shown>) {
    for kind in object.items("spec.policyTypes") {
        let named = kind.as_text().unwrap_or_default();
        let key = if named == "Egress" {
            "egress_limited"
        } else {
            "ingress_limited"
        };
        shown.push(Shown::new(full, key, named, kind.at));
    }
}

//! Findings about exported objects of Kubernetes.

use super::{Verdict, named};
use crate::analysis::CommandFact;
use crate::finding::{FindingKind, Severity};

/// Judges what exported objects say.
pub(super) fn verdict(fact: &CommandFact) -> Option<Verdict> {
    services(fact)
        .or_else(|| pods(fact))
        .or_else(|| workloads(fact))
        .or_else(|| schedules(fact))
        .or_else(|| stale(fact))
        .map(|(severity, statement)| (FindingKind::PodState, severity, statement))
}

/// Judges services and flags.
fn services(fact: &CommandFact) -> Option<(Severity, String)> {
    let (object, value) = (&fact.object, &fact.value);
    Some(match fact.key.as_str() {
        "selector_without_pods" => (
            Severity::Error,
            format!("the selector {value} of {object} matches no pod of the export"),
        ),
        "no_ready_pods" => (
            Severity::Error,
            format!("no pod behind {object} is ready: {value}"),
        ),
        "no_endpoints" => (Severity::Error, format!("{object} has no endpoints")),
        "target_port_unserved" => (
            Severity::Error,
            format!("{object} sends to port {value}, which its pods do not declare"),
        ),
        "selector_matches_foreign" => (
            Severity::Error,
            format!("{object} also sends requests to a pod that is no part of it: {value}"),
        ),
        "mtls_conflict" => (Severity::Error, value.clone()),
        "flag_on" => (
            Severity::Info,
            format!("the feature flag {object} is {value}"),
        ),
        _ => return None,
    })
}

/// Judges settings and states of pods.
fn pods(fact: &CommandFact) -> Option<(Severity, String)> {
    let (object, value) = (&fact.object, &fact.value);
    Some(match fact.key.as_str() {
        "probe_port_unserved" => (
            Severity::Error,
            format!(
                "a probe of pod {object} asks at port {value}, which its container does not open"
            ),
        ),
        "liveness_strict" => (
            Severity::Warn,
            format!(
                "the liveness probe of pod {object} kills it when it does not answer within {value} of its start"
            ),
        ),
        "cpu_limit_tiny" => (
            Severity::Warn,
            format!("pod {object} may use no more than {value} of a CPU"),
        ),
        "limit_by_default" => (
            Severity::Error,
            format!(
                "a container of pod {object} was killed at {value} of memory, the default of a limit range"
            ),
        ),
        "readiness_gate" => (
            Severity::Warn,
            format!(
                "pod {object} is not ready until the gate {value} opens, which something else decides"
            ),
        ),
        "taint_untolerated" => (
            Severity::Error,
            format!("pod {object} waits: it does not tolerate the taint {value}"),
        ),
        _ => return None,
    })
}

/// Judges what runs pods, and what is to go.
fn workloads(fact: &CommandFact) -> Option<(Severity, String)> {
    let (object, value) = (&fact.object, &fact.value);
    Some(match fact.key.as_str() {
        "disruptions_blocked" => (
            Severity::Warn,
            format!("{object} lets no pod be evicted: {value} are healthy"),
        ),
        "scaling_blind" => (Severity::Warn, format!("{object} cannot scale: {value}")),
        "replicas_at_maximum" => (
            Severity::Warn,
            format!("{object} is at its maximum of {value} replicas and wants more"),
        ),
        "replicas_reach_maximum" => (
            Severity::Warn,
            format!(
                "{object} comes to its maximum of {value} replicas and cannot grow with the load"
            ),
        ),
        "quota_used_up" => (Severity::Warn, format!("{object} is used up: {value}")),
        "replicas_missing" => (
            Severity::Warn,
            format!("{object} has {value} replicas ready"),
        ),
        "disruptions_never" => (
            Severity::Info,
            format!(
                "{object} lets no pod be evicted while all are well: it wants all {value} of them"
            ),
        ),
        "ordered_behind" => (
            Severity::Error,
            format!("{object} goes on only when its pod {value} is ready"),
        ),
        "finalizers" => (
            Severity::Warn,
            format!(
                "{} was deleted and waits for {value} to let go of it",
                named(object)
            ),
        ),
        "deletion_held" => (
            Severity::Error,
            format!("{object} was deleted and cannot go: {value}"),
        ),
        _ => return None,
    })
}

/// Judges what is started again and again.
fn schedules(fact: &CommandFact) -> Option<(Severity, String)> {
    let (object, value) = (&fact.object, &fact.value);
    Some(match fact.key.as_str() {
        "suspended" => (
            Severity::Warn,
            format!("{object} is suspended and starts nothing"),
        ),
        "start_deadline_tiny" => (
            Severity::Error,
            format!(
                "{object} may start at most {value} seconds late and is looked at every 10 seconds, so that runs are missed"
            ),
        ),
        "runs_fail" if value == "never" => (
            Severity::Error,
            format!("{object} starts, and no run of it has ended well"),
        ),
        "runs_fail" => (
            Severity::Error,
            format!("{object} has started since {value} without a run that ended well"),
        ),
        "jobs_overlap" => (Severity::Warn, format!("runs of {object} overlap: {value}")),
        "memory_volume" => (
            Severity::Warn,
            format!("files in memory count to the memory of {object}: {value}"),
        ),
        "job_blocks" => (
            Severity::Error,
            format!("{object} starts no run any more: {value}"),
        ),
        _ => return None,
    })
}

/// Judges what holds to how things were before.
fn stale(fact: &CommandFact) -> Option<(Severity, String)> {
    let (object, value) = (&fact.object, &fact.value);
    Some(match fact.key.as_str() {
        "policy_admits_nobody" => (
            Severity::Warn,
            format!("{object} lets in namespaces with {value}"),
        ),
        "binding_elsewhere" => (
            Severity::Warn,
            format!("{object} gives its role to the service account {value}"),
        ),
        "environment_outdated" => (
            Severity::Warn,
            format!("{object} runs with variables that are out of date: {value}"),
        ),
        "secret_line_break" => (
            Severity::Warn,
            format!("the value of {value} in {object} ends with a line break (newline)"),
        ),
        "port_undeclared" => (Severity::Error, format!("{object} listens at port {value}")),
        "variant_differs" => (Severity::Warn, format!("{object}: {value}")),
        _ => return None,
    })
}

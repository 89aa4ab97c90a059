//! Alerts of Prometheus and Alertmanager.

use super::Shown;
use super::node::Node;

/// Labels that name what an alert is about, most telling first.
const ABOUT: [&str; 16] = [
    "service",
    "service_name",
    "deployment",
    "statefulset",
    "daemonset",
    "horizontalpodautoscaler",
    "persistentvolumeclaim",
    "pod",
    "container",
    "app",
    "job_name",
    "node",
    "instance",
    "database",
    "job",
    "namespace",
];

/// Returns the alerts that fire, other than those that always do.
pub(super) fn read(document: &Node) -> Vec<Shown> {
    let lists = ["data.alerts", "alerts", "data"];
    let listed = lists.iter().map(|path| document.items(path));
    let alerts = listed.clone().find(|alerts| !alerts.is_empty());
    let alerts = alerts.unwrap_or_default();
    alerts
        .iter()
        .filter(|alert| fires(alert))
        .filter_map(shown)
        .collect()
}

fn shown(alert: &Node) -> Option<Shown> {
    let name = alert.text("labels.alertname")?;
    let about = ABOUT
        .iter()
        .find_map(|label| alert.get("labels")?.text(label))
        .unwrap_or("alert");
    let at = alert.get("labels")?.get("alertname")?.at;
    let since = alert.text("activeAt").or_else(|| alert.text("startsAt"));
    Some(Shown::new(about, "alert", name, at).since(since))
}

fn fires(alert: &Node) -> bool {
    const ALWAYS: [&str; 3] = ["Watchdog", "DeadMansSwitch", "InfoInhibitor"];
    let state = alert
        .text("state")
        .or_else(|| alert.text("status"))
        .or_else(|| alert.text("status.state"));
    let is_on = state.is_none_or(|state| matches!(state, "firing" | "active"));
    let counts = alert
        .text("labels.severity")
        .is_none_or(|severity| !matches!(severity, "none" | "info"));
    let is_watchdog = alert
        .text("labels.alertname")
        .is_some_and(|name| ALWAYS.contains(&name));
    is_on && counts && !is_watchdog
}

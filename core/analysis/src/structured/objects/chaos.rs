//! Experiments that make trouble on purpose: of Chaos Mesh, of Litmus, and faults that Istio injects.

use chrono::{DateTime, Utc};

use super::changes::written_by_people;
use super::{condition, name, occurrence, subject};
use crate::clues::{Clues, Experiment};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

const EXPERIMENTS_MAX: usize = 200;
const TARGETS_MAX: usize = 5;
/// Values that say how hard an experiment hits.
const FORCES: [&str; 12] = [
    "delay.latency",
    "delay.jitter",
    "loss.loss",
    "corrupt.corrupt",
    "duplicate.duplicate",
    "bandwidth.rate",
    "timeOffset",
    "errno",
    "stressors.cpu.load",
    "stressors.cpu.workers",
    "stressors.memory.size",
    "duration",
];

/// Takes an experiment, or the notice that one was applied.
pub(super) fn read(record: &Record, clues: &mut Clues) {
    if clues.experiments.len() < EXPERIMENTS_MAX {
        let found = match record.root.text("kind") {
            Some("Event") => notice(record),
            Some("ChaosEngine") => engine(record),
            Some("VirtualService") => faults(record),
            Some(kind) if is_of_mesh(&record.root) => experiment(kind, record),
            _ => None,
        };
        clues.experiments.extend(found);
    }
}

fn is_of_mesh(object: &Node) -> bool {
    let version = object.text("apiVersion").unwrap_or_default();
    let kind = object.text("kind").unwrap_or_default();
    version.starts_with("chaos-mesh.org/") && kind.ends_with("Chaos")
}

fn experiment(kind: &str, record: &Record) -> Option<Experiment> {
    let object = &record.root;
    let phase = object.text("status.experiment.desiredPhase");
    let paused = condition(object, "Paused").and_then(|it| it.text("status"));
    if phase == Some("Stop") || paused == Some("True") {
        return None;
    }
    let spec = object.get("spec")?;
    let sort = kind.trim_end_matches("Chaos").to_ascii_lowercase();
    let action = match spec.text("action") {
        Some(action) => format!("{sort} {action}"),
        None => sort,
    };
    let forces = FORCES
        .iter()
        .filter_map(|path| Some((path.rsplit('.').next()?, spec.written(path)?)))
        .map(|(key, value)| format!("{key} {value}"));
    let deed: Vec<String> = std::iter::once(action).chain(forces).collect();
    Some(Experiment {
        object: format!("{}/{}", kind.to_ascii_lowercase(), name(object)),
        deed: deed.join(", "),
        targets: targets(object, spec),
        since: made(object),
        until: None,
        place: record.cite(spec.get("action").or_else(|| object.get("metadata.name"))?)?,
    })
}

/// The pods that were hit, else the labels by which they are chosen.
fn targets(object: &Node, spec: &Node) -> Vec<String> {
    let records = object.items("status.experiment.containerRecords").iter();
    let hit = records.filter_map(|it| it.text("id"));
    let mut targets: Vec<String> = hit.take(TARGETS_MAX).map(pod_of).collect();
    if targets.is_empty() {
        let labels = spec.members("selector.labelSelectors").iter();
        let values = labels.filter_map(|(_, value)| value.as_text());
        targets = values.take(TARGETS_MAX).map(ToOwned::to_owned).collect();
    }
    targets.dedup();
    targets
}

/// An id is a namespace, a pod and perhaps a container.
fn pod_of(id: &str) -> String {
    id.split('/').nth(1).unwrap_or(id).to_owned()
}

fn engine(record: &Record) -> Option<Experiment> {
    let object = &record.root;
    let state = object.text("spec.engineState");
    let is_over = matches!(
        object.text("status.engineStatus"),
        Some("completed" | "stopped")
    );
    if state == Some("stop") || is_over {
        return None;
    }
    let names = object.items("spec.experiments").iter();
    let deeds: Vec<&str> = names.filter_map(|it| it.text("name")).collect();
    let label = object.text("spec.appinfo.applabel");
    let target = label.and_then(|it| it.rsplit('=').next());
    Some(Experiment {
        object: format!("chaosengine/{}", name(object)),
        deed: deeds.join(", "),
        targets: target.map(ToOwned::to_owned).into_iter().collect(),
        since: made(object),
        until: None,
        place: record.cite(object.get("metadata.name")?)?,
    })
}

/// Routes of Istio that delay or refuse requests on purpose.
fn faults(record: &Record) -> Option<Experiment> {
    let object = &record.root;
    let mut place = None;
    let mut deeds = Vec::new();
    for route in object.items("spec.http") {
        let chosen = match route.items("match") {
            [] => "",
            _ => " that match",
        };
        for (kind, forces) in [
            ("delay", &["fixedDelay"][..]),
            ("abort", &["httpStatus", "grpcStatus"]),
        ] {
            let Some(fault) = route.get("fault").and_then(|it| it.get(kind)) else {
                continue;
            };
            let force = forces.iter().find_map(|it| fault.written(it));
            let share = fault
                .written("percentage.value")
                .or_else(|| fault.written("percent"));
            let is_off = share.is_some_and(|it| it.parse() == Ok(0.0_f64));
            if let Some(force) = force.filter(|_| !is_off) {
                let share = share.unwrap_or("100");
                deeds.push(format!(
                    "fault injection: {kind} {force} for {share} % of the requests{chosen}"
                ));
                place = place.or_else(|| record.cite(fault));
            }
        }
    }
    let hosts = object.items("spec.hosts").iter();
    let hosts = hosts.filter_map(Node::as_text).map(ToOwned::to_owned);
    let written = written_by_people(object).and_then(|it| parse_utc(it.as_text()?));
    Some(Experiment {
        object: format!("virtualservice/{}", name(object)),
        deed: deeds.join(", "),
        targets: hosts.take(TARGETS_MAX).collect(),
        since: written.or_else(|| made(object)),
        until: None,
        place: place?,
    })
}

fn made(object: &Node) -> Option<DateTime<Utc>> {
    object
        .text("metadata.creationTimestamp")
        .and_then(parse_utc)
}

fn notice(record: &Record) -> Option<Experiment> {
    let event = &record.root;
    let message = event.get("message").or_else(|| event.get("note"))?;
    let text = message.as_text()?;
    let applied = text.strip_prefix("Successfully apply chaos for ");
    let recovered = text.strip_prefix("Successfully recover chaos for ");
    let target = applied.or(recovered)?.trim();
    let about = ["involvedObject.kind", "regarding.kind"];
    let kind = about.iter().find_map(|path| event.text(path))?;
    let time = occurrence(event)?;
    Some(Experiment {
        object: format!("{}/{}", kind.to_ascii_lowercase(), subject(event)?),
        deed: String::new(),
        targets: vec![pod_of(target)],
        since: time.first.filter(|_| applied.is_some()),
        until: time.last.filter(|_| applied.is_none()),
        place: record.cite(message)?,
    })
}

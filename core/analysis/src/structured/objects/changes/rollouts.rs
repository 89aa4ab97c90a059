//! What differs between the last two replica sets of a deployment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::analysis::{Change, ChangeDirection, ChangeKind};
use crate::citation::Citation;
use crate::fingerprint;
use crate::structured::config::{is_secret, shown};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Replica sets that are held, and settings of each.
const SETS_MAX: usize = 1_000;
const SETTINGS_MAX: usize = 80;
/// Settings of a container that are compared, besides its variables.
const COMPARED: [&str; 5] = [
    "image",
    "resources.limits.memory",
    "resources.limits.cpu",
    "readinessProbe.httpGet.port",
    "livenessProbe.httpGet.port",
];

/// Collects replica sets.
#[derive(Debug, Default)]
pub(super) struct Rollouts {
    /// By namespace and deployment.
    sets: BTreeMap<(String, String), Vec<Set>>,
    held: usize,
}

#[derive(Debug)]
struct Set {
    revision: u64,
    created: DateTime<Utc>,
    /// By container and name.
    settings: BTreeMap<(String, String), (String, Citation)>,
}

impl Rollouts {
    /// Takes a replica set.
    pub(super) fn note(&mut self, record: &Record) {
        if self.held >= SETS_MAX || record.root.text("kind") != Some("ReplicaSet") {
            return;
        }
        if let Some((owner, set)) = set(record) {
            self.held += 1;
            self.sets.entry(owner).or_default().push(set);
        }
    }

    /// Returns what the last replica set of each deployment has otherwise than the one before.
    pub(super) fn finish(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for ((_, deployment), mut sets) in self.sets {
            sets.sort_by_key(|set| set.revision);
            if let [.., before, after] = sets.as_slice() {
                compare(&deployment, before, after, &mut changes);
            }
        }
        changes
    }
}

fn set(record: &Record) -> Option<((String, String), Set)> {
    let object = &record.root;
    let owner = object.items("metadata.ownerReferences").first()?;
    let deployment = owner.text("name")?.to_owned();
    let space = object.text("metadata.namespace").unwrap_or_default();
    let revision = object
        .get("metadata.annotations")?
        .member("deployment.kubernetes.io/revision")?
        .as_written()?
        .parse()
        .ok()?;
    let mut settings = BTreeMap::new();
    for container in object.items("spec.template.spec.containers") {
        let mut keep = |key: String, value: &Node| {
            let (Some(text), Some(place)) = (value.as_written(), record.cite(value)) else {
                return;
            };
            if settings.len() < SETTINGS_MAX {
                let text = shown(text, is_secret(&key, text));
                settings.insert((name_of(container), key), (text, place));
            }
        };
        for path in COMPARED {
            if let Some(value) = container.get(path) {
                keep(path.to_owned(), value);
            }
        }
        for variable in container.items("env") {
            if let (Some(name), Some(value)) = (variable.text("name"), variable.get("value")) {
                keep(name.to_owned(), value);
            }
        }
    }
    let set = Set {
        revision,
        created: parse_utc(object.text("metadata.creationTimestamp")?)?,
        settings,
    };
    Some(((space.to_owned(), deployment), set))
}

fn name_of(container: &Node) -> String {
    container.text("name").unwrap_or_default().to_owned()
}

fn compare(deployment: &str, before: &Set, after: &Set, changes: &mut Vec<Change>) {
    for (key, (value, place)) in &after.settings {
        let former = before.settings.get(key).map(|(value, _)| value);
        if former == Some(value) {
            continue;
        }
        let path = format!("{} of deployment/{deployment}", key.1);
        changes.push(Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("rollout", &path),
            file: String::new(),
            component: Some(deployment.to_owned()),
            direction: former.map_or(ChangeDirection::Added, |former| direction(former, value)),
            path,
            before: former.cloned(),
            after: Some(value.clone()),
            secret: false,
            changed_at: Some(after.created),
            citation: place.clone(),
        });
    }
}

fn direction(before: &str, after: &str) -> ChangeDirection {
    let number = |text: &str| {
        let end = text
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(text.len());
        Some((text[..end].parse::<f64>().ok()?, text[end..].to_owned()))
    };
    match (number(before), number(after)) {
        (Some((one, unit)), Some((other, same))) if unit == same && one < other => {
            ChangeDirection::Increased
        }
        (Some((one, unit)), Some((other, same))) if unit == same && one > other => {
            ChangeDirection::Decreased
        }
        _ => ChangeDirection::Replaced,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze};

    #[test]
    fn what_the_last_replica_set_has_otherwise_is_a_change() {
        let set = |revision: u8, image: &str, address: &str| {
            format!(
                r#"{{"kind":"ReplicaSet","apiVersion":"apps/v1","metadata":{{"name":"cart-{revision}","namespace":"n","creationTimestamp":"2026-10-12T0{revision}:00:00Z",
                "annotations":{{"deployment.kubernetes.io/revision":"{revision}"}},"ownerReferences":[{{"kind":"Deployment","name":"cart"}}]}},
                "spec":{{"template":{{"spec":{{"containers":[{{"name":"cart","image":"{image}","env":[{{"name":"DB","value":"{address}"}}]}}]}}}}}}}}"#
            )
        };
        let told = |one: &str, other: &str| {
            let list = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{other},{one}]}}"#);
            let analysis = analyze(list.as_bytes(), Options::default());
            let changes = analysis.changes.into_iter();
            changes
                .map(|it| format!("{} {:?} {:?}", it.path, it.before, it.after))
                .collect::<Vec<_>>()
        };
        let first = set(1, "cart:1", "db:1");
        assert_eq!(
            told(&first, &set(2, "cart:2", "db:1")),
            [r#"image of deployment/cart Some("cart:1") Some("cart:2")"#]
        );
        assert_eq!(
            told(&first, &set(2, "cart:1", "db:2")),
            [r#"DB of deployment/cart Some("db:1") Some("db:2")"#]
        );
        assert_eq!(told(&first, &set(2, "cart:1", "db:1")), [""; 0]);
    }
}

//! What differs between the last two replica sets of a deployment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::analysis::{Change, ChangeKind};
use crate::citation::Citation;
use crate::fingerprint;
use crate::structured::config::{is_secret, shown};
use crate::structured::diff::direction;
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
    settings: BTreeMap<(String, String), Value>,
}

/// A value as written, and a place that does not give it away where it is secret.
#[derive(Debug)]
struct Value {
    text: String,
    secret: bool,
    place: Citation,
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
            let Some(text) = value.as_written() else {
                return;
            };
            let secret = is_secret(&key, text);
            let at = if secret { container.get("name") } else { None };
            let Some(place) = record.cite(at.unwrap_or(value)) else {
                return;
            };
            if settings.len() < SETTINGS_MAX {
                let text = text.to_owned();
                let value = Value {
                    text,
                    secret,
                    place,
                };
                settings.insert((name_of(container), key), value);
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
    for (key, value) in &after.settings {
        let former = before.settings.get(key);
        let was = former.map(|it| it.text.as_str());
        if was == Some(value.text.as_str()) {
            continue;
        }
        let secret = value.secret || former.is_some_and(|it| it.secret);
        let path = format!("{} of deployment/{deployment}", key.1);
        changes.push(Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("rollout", &path),
            file: String::new(),
            component: Some(deployment.to_owned()),
            direction: direction(was, Some(&value.text)),
            path,
            before: was.map(|it| shown(it, secret)),
            after: Some(shown(&value.text, secret)),
            secret,
            changed_at: Some(after.created),
            citation: value.place.clone(),
        });
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

    #[test]
    fn a_rotated_secret_is_told_and_never_shown() {
        let set = |revision: u8, password: &str| {
            format!(
                r#"{{"kind":"ReplicaSet","apiVersion":"apps/v1","metadata":{{"name":"cart-{revision}","namespace":"n","creationTimestamp":"2026-10-12T0{revision}:00:00Z",
                "annotations":{{"deployment.kubernetes.io/revision":"{revision}"}},"ownerReferences":[{{"kind":"Deployment","name":"cart"}}]}},
                "spec":{{"template":{{"spec":{{"containers":[{{"name":"cart","env":[{{"name":"DB_PASSWORD","value":"{password}"}}]}}]}}}}}}}}"#
            )
        };
        let (one, other) = (set(1, "correct-horse"), set(2, "battery-staple"));
        let list = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{one},{other}]}}"#);
        let analysis = analyze(list.as_bytes(), Options::default());
        let [change] = analysis.changes.as_slice() else {
            panic!("{:?}", analysis.changes)
        };
        assert!(change.secret && change.path.starts_with("DB_PASSWORD"));
        let told = format!("{change:?}");
        assert!(
            !told.contains("horse") && !told.contains("staple"),
            "{told}"
        );
    }
}

//! What differs between the last two replica sets of a deployment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::versions::settings_of;
use crate::analysis::{Change, ChangeKind};
use crate::citation::Citation;
use crate::fingerprint;
use crate::structured::config::{is_secret, shown};
use crate::structured::diff::direction;
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Deployments whose last two replica sets are held, and settings of each.
const DEPLOYMENTS_MAX: usize = 1_000;
const SETTINGS_MAX: usize = 120;

/// Collects replica sets.
#[derive(Debug, Default)]
pub(super) struct Rollouts {
    /// By namespace and deployment.
    sets: BTreeMap<(String, String), Vec<Set>>,
}

#[derive(Debug)]
struct Set {
    revision: u64,
    created: DateTime<Utc>,
    /// By container and name; those of the pod have no container.
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
        if record.root.text("kind") != Some("ReplicaSet") {
            return;
        }
        let Some((owner, set)) = set(record) else {
            return;
        };
        if self.sets.len() < DEPLOYMENTS_MAX || self.sets.contains_key(&owner) {
            let sets = self.sets.entry(owner).or_default();
            sets.push(set);
            sets.sort_by_key(|set| std::cmp::Reverse(set.revision));
            sets.truncate(2);
        }
    }

    /// Returns what the last replica set of each deployment has otherwise than the one before.
    pub(super) fn finish(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for ((_, deployment), sets) in self.sets {
            if let [after, before] = sets.as_slice() {
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
    let spec = object.get("spec.template.spec")?;
    keep(record, spec, "", &mut settings);
    for list in ["containers", "initContainers"] {
        for container in spec.items(list) {
            let name = container.text("name").unwrap_or_default();
            keep(record, container, name, &mut settings);
        }
    }
    let set = Set {
        revision,
        created: parse_utc(object.text("metadata.creationTimestamp")?)?,
        settings,
    };
    Some(((space.to_owned(), deployment), set))
}

type Settings = BTreeMap<(String, String), Value>;

/// Keeps what a container sets, or what the pod does besides its containers.
fn keep(record: &Record, holder: &Node, container: &str, settings: &mut Settings) {
    for (path, value) in settings_of(holder) {
        let key = path
            .strip_prefix("env[")
            .and_then(|it| it.strip_suffix("].value"));
        let key = key.unwrap_or(&path).to_owned();
        let secret = is_secret(&key, &value.text);
        let at = if secret {
            holder.get("name")
        } else {
            Some(value.node)
        };
        let Some(place) = at.and_then(|it| record.cite(it)) else {
            continue;
        };
        if settings.len() < SETTINGS_MAX {
            let text = value.text;
            let value = Value {
                text,
                secret,
                place,
            };
            settings.insert((container.to_owned(), key), value);
        }
    }
}

fn compare(deployment: &str, before: &Set, after: &Set, changes: &mut Vec<Change>) {
    let mut keys: Vec<&(String, String)> = after.settings.keys().collect();
    keys.extend(before.settings.keys());
    keys.sort();
    keys.dedup();
    for key in keys {
        let (old, new) = (before.settings.get(key), after.settings.get(key));
        let told = |value: Option<&Value>| value.map(|it| it.text.clone());
        let (was, is) = (told(old), told(new));
        let Some(place) = new.or(old).filter(|_| was != is) else {
            continue;
        };
        let secret = [old, new].into_iter().flatten().any(|it| it.secret);
        let path = format!("{} of deployment/{deployment}", key.1);
        changes.push(Change {
            kind: ChangeKind::Config,
            signature: fingerprint::config("rollout", &path),
            file: String::new(),
            component: Some(deployment.to_owned()),
            direction: direction(was.as_deref(), is.as_deref()),
            path,
            before: was.map(|it| shown(&it, secret)),
            after: is.map(|it| shown(&it, secret)),
            secret,
            changed_at: Some(after.created),
            citation: place.place.clone(),
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

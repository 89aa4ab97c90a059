//! What objects are configured with: variables, config maps, secrets, and what they refer to.

use super::name;
use crate::citation::Citation;
use crate::clues::{Clues, Environment, Reference, Setting, Store, StoreKind};
use crate::structured::config::{Entry, PathStack, is_secret};
use crate::structured::json::{Node, Record};

/// Values of all objects of a file that are kept.
const SETTINGS_MAX: usize = 2_000;
/// Environments, stores and references, each.
const LISTED_MAX: usize = 2_000;
/// Lines of a text that may be missing from what is written.
const MISSED_MAX: usize = 20;
/// Longer values are no addresses, times or limits.
const VALUE_MAX: usize = 300;

/// Takes what an object is configured with.
pub(crate) fn read(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    match object.text("kind") {
        Some("ConfigMap") => store(record, StoreKind::ConfigMap, clues),
        Some("Secret") => store(record, StoreKind::Secret, clues),
        Some("StorageClass") => store(record, StoreKind::StorageClass, clues),
        Some("PersistentVolumeClaim") => claim(record, clues),
        Some(kind) => {
            let Some(spec) = pod_spec(kind, object) else {
                return;
            };
            let owner = Owner {
                record,
                object: format!("{}/{}", kind.to_ascii_lowercase(), name(object)),
                namespace: namespace(object),
                satisfied: kind == "Pod" && is_ready(object),
            };
            owner.volumes(spec, clues);
            for list in ["initContainers", "containers"] {
                for container in spec.items(list) {
                    owner.container(container, clues);
                }
            }
        }
        None => {}
    }
}

/// Takes the storage class that a claim asks for; classes belong to no namespace.
fn claim(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    let owner = Owner {
        record,
        object: format!("persistentvolumeclaim/{}", name(object)),
        namespace: String::new(),
        satisfied: object.text("status.phase") != Some("Pending"),
    };
    if let Some(spec) = object.get("spec") {
        owner.refer(StoreKind::StorageClass, spec, "storageClassName", clues);
    }
}

/// Returns what an object says of its pods.
pub(super) fn pod_spec<'a>(kind: &str, object: &'a Node) -> Option<&'a Node> {
    match kind {
        "Pod" => object.get("spec"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "Rollout" => {
            object.get("spec.template.spec")
        }
        "CronJob" => object.get("spec.jobTemplate.spec.template.spec"),
        _ => None,
    }
}

pub(super) fn namespace(object: &Node) -> String {
    let told = object.text("metadata.namespace");
    told.unwrap_or_default().to_owned()
}

fn is_ready(pod: &Node) -> bool {
    super::condition(pod, "Ready").and_then(|it| it.text("status")) == Some("True")
}

/// The object whose containers are read.
struct Owner<'a> {
    record: &'a Record,
    object: String,
    namespace: String,
    satisfied: bool,
}

impl Owner<'_> {
    fn container(&self, container: &Node, clues: &mut Clues) {
        let place = container.get("name").unwrap_or(container);
        let Some(place) = self.record.cite(place) else {
            return;
        };
        let mut names = Vec::new();
        for variable in container.items("env") {
            if let Some(name) = variable.get("name") {
                let cited = self.record.cite(name);
                names.extend(name.as_text().map(ToOwned::to_owned).zip(cited));
            }
            self.variable(variable, clues);
        }
        let sources = container.items("envFrom");
        for source in sources {
            for (key, kind) in REFERENCES_OF_ALL {
                if let Some(named) = source.get(key) {
                    self.refer(kind, named, "name", clues);
                }
            }
        }
        if clues.environments.len() < LISTED_MAX {
            clues.environments.push(Environment {
                object: self.object.clone(),
                namespace: self.namespace.clone(),
                names,
                open: !sources.is_empty(),
                place,
            });
        }
        for argument in container
            .items("args")
            .iter()
            .chain(container.items("command"))
        {
            self.argument(argument, clues);
        }
    }

    fn variable(&self, variable: &Node, clues: &mut Clues) {
        for (key, kind) in REFERENCES_OF_KEYS {
            if let Some(named) = variable.get(key) {
                self.refer(kind, named, "name", clues);
            }
        }
        let (Some(key), Some(value)) = (variable.text("name"), variable.get("value")) else {
            return;
        };
        self.set(key, value, clues);
    }

    /// Takes an argument such as `--timeout=30ms`.
    fn argument(&self, argument: &Node, clues: &mut Clues) {
        let told = argument.as_text().and_then(|it| it.split_once('='));
        if let Some((key, value)) = told.filter(|(key, _)| key.starts_with('-')) {
            let (key, value) = (key.trim_start_matches('-').to_owned(), value.to_owned());
            self.keep(key, value, argument, clues);
        }
    }

    fn set(&self, key: &str, value: &Node, clues: &mut Clues) {
        if let Some(text) = value.as_written() {
            self.keep(key.to_owned(), text.to_owned(), value, clues);
        }
    }

    fn keep(&self, key: String, value: String, place: &Node, clues: &mut Clues) {
        if let Some(citation) = self.record.cite(place) {
            let setting = Setting {
                object: self.object.clone(),
                namespace: self.namespace.clone(),
                key,
                value,
                citation,
            };
            add(setting, clues);
        }
    }

    fn volumes(&self, spec: &Node, clues: &mut Clues) {
        for volume in spec.items("volumes") {
            self.mounted(volume, "secretName", clues);
            for source in volume.items("projected.sources") {
                self.mounted(source, "name", clues);
            }
        }
    }

    /// Takes what a volume is made of: a config map or secret, or the keys of it that are named.
    fn mounted(&self, volume: &Node, secret_name: &str, clues: &mut Clues) {
        let kinds = [
            ("configMap", StoreKind::ConfigMap, "name"),
            ("secret", StoreKind::Secret, secret_name),
        ];
        for (at, kind, by) in kinds {
            let Some(named) = volume.get(at) else {
                continue;
            };
            self.refer(kind, named, by, clues);
            for item in named.items("items") {
                if let Some(key) = item.get("key") {
                    self.refer_to(kind, named, by, Some(key), clues);
                }
            }
        }
    }

    fn refer(&self, kind: StoreKind, named: &Node, by: &str, clues: &mut Clues) {
        self.refer_to(kind, named, by, named.get("key"), clues);
    }

    fn refer_to(
        &self,
        kind: StoreKind,
        named: &Node,
        by: &str,
        key: Option<&Node>,
        clues: &mut Clues,
    ) {
        let is_optional = named.written("optional") == Some("true");
        let Some(name) = named.get(by).filter(|_| !is_optional) else {
            return;
        };
        let place = key.unwrap_or(name);
        let (Some(written), Some(place)) = (name.as_text(), self.record.cite(place)) else {
            return;
        };
        if clues.references.len() < LISTED_MAX {
            clues.references.push(Reference {
                object: self.object.clone(),
                namespace: self.namespace.clone(),
                kind,
                name: written.to_owned(),
                key: key.and_then(Node::as_text).map(ToOwned::to_owned),
                satisfied: self.satisfied,
                place,
            });
        }
    }
}

pub(super) const REFERENCES_OF_ALL: [(&str, StoreKind); 2] = [
    ("configMapRef", StoreKind::ConfigMap),
    ("secretRef", StoreKind::Secret),
];
pub(super) const REFERENCES_OF_KEYS: [(&str, StoreKind); 2] = [
    ("valueFrom.configMapKeyRef", StoreKind::ConfigMap),
    ("valueFrom.secretKeyRef", StoreKind::Secret),
];

/// Keeps a setting that may be shown.
pub(crate) fn add(setting: Setting, clues: &mut Clues) {
    let fits = !setting.value.is_empty() && setting.value.len() <= VALUE_MAX;
    if fits && clues.settings.len() < SETTINGS_MAX && !is_secret(&setting.key, &setting.value) {
        clues.settings.push(setting);
    }
}

/// Takes a config map with its values, or the keys alone of a secret.
fn store(record: &Record, kind: StoreKind, clues: &mut Clues) {
    let object = &record.root;
    let place = object.get("metadata.name").and_then(|it| record.cite(it));
    let Some(place) = place.filter(|_| clues.stores.len() < LISTED_MAX) else {
        return;
    };
    let lists = ["data", "stringData", "binaryData"];
    let members = lists.iter().flat_map(|list| object.members(list));
    clues.stores.push(Store {
        kind,
        name: name(object).to_owned(),
        namespace: namespace(object),
        keys: members.map(|(key, _)| key.clone()).collect(),
        place,
    });
    if kind != StoreKind::ConfigMap {
        return;
    }
    for (key, value) in object.members("data") {
        values(record, key, value, clues);
    }
}

/// Takes the value of a key of a config map, or the lines of a file that it holds.
fn values(record: &Record, key: &str, value: &Node, clues: &mut Clues) {
    let object = &record.root;
    let Some(text) = value.as_text() else {
        return;
    };
    let mut keep = |key: String, value: &str, place: Option<Citation>| {
        if let Some(citation) = place {
            let setting = Setting {
                object: format!("configmap/{}", name(object)),
                namespace: namespace(object),
                key,
                value: value.to_owned(),
                citation,
            };
            add(setting, clues);
        }
    };
    if !text.trim_end().contains('\n') {
        return keep(key.to_owned(), text, record.cite(value));
    }
    let mut paths = PathStack::default();
    let mut from = value.at;
    let mut missed = 0;
    for line in text.lines() {
        if missed > MISSED_MAX {
            break;
        }
        let place = record.cite_line(&mut from, value.end, line.trim());
        missed += usize::from(place.is_none());
        let Some(entry) = Entry::parse(line) else {
            continue;
        };
        let path = paths.enter(&entry);
        if let (Some(told), Some(path)) = (entry.value, path) {
            keep(path, told, place.or_else(|| record.cite(value)));
        }
    }
}

//! When containers read their variables, and when the objects that hold them were written.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::inventory::workload;
use super::super::settings::{REFERENCES_OF_ALL, REFERENCES_OF_KEYS};
use super::{name, namespace};
use crate::clues::{ReadEnvironment, RewrittenStore, StoreKind};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Keys of one object.
const KEYS_MAX: usize = 200;
/// Sources of the variables of one pod.
const SOURCES_MAX: usize = 100;

/// A certificate that is issued so soon after it was asked for is the first one.
const ISSUED_AT_ONCE: TimeDelta = TimeDelta::hours(1);

/// Returns what the running containers of a pod took their variables from.
pub(super) fn read(record: &Record) -> Vec<ReadEnvironment> {
    let pod = &record.root;
    let containers = pod.items("spec.containers").iter();
    let read = containers.flat_map(|container| {
        let started = started_at(pod, container);
        let sources = started.map(|time| {
            let of_both = sources(container).chain(single_files(pod, container));
            of_both.map(move |it| (time, it))
        });
        sources.into_iter().flatten()
    });
    let read = read.filter_map(|(started_at, source)| {
        Some(ReadEnvironment {
            workload: workload(pod),
            namespace: namespace(pod),
            kind: source.kind,
            name: source.name()?.as_text()?.to_owned(),
            key: source.key.map(ToOwned::to_owned),
            started_at,
            place: record.cite(source.name()?)?,
        })
    });
    read.take(SOURCES_MAX).collect()
}

fn started_at(pod: &Node, container: &Node) -> Option<DateTime<Utc>> {
    let own = container.text("name")?;
    let mut states = pod.items("status.containerStatuses").iter();
    let state = states.find(|it| it.text("name") == Some(own))?;
    state.text("state.running.startedAt").and_then(parse_utc)
}

/// Where variables come from.
struct Source<'a> {
    kind: StoreKind,
    named: &'a Node,
    /// The one value that is taken; none for all of them.
    key: Option<&'a str>,
}

impl<'a> Source<'a> {
    fn of(kind: StoreKind, named: &'a Node) -> Self {
        let key = named.text("key");
        Self { kind, named, key }
    }

    /// The name of the object; volumes call that of a secret otherwise.
    fn name(&self) -> Option<&'a Node> {
        self.named
            .get("name")
            .or_else(|| self.named.get("secretName"))
    }
}

/// Volumes of which single files are mounted (subPath), which stay as they were at the start.
fn single_files<'a>(pod: &'a Node, container: &'a Node) -> impl Iterator<Item = Source<'a>> {
    const KINDS: [(&str, StoreKind); 2] = [
        ("secret", StoreKind::Secret),
        ("configMap", StoreKind::ConfigMap),
    ];
    let mounts = container.items("volumeMounts").iter();
    let single = mounts.filter(|it| it.get("subPath").is_some());
    let named = single.filter_map(|it| Some((it.text("name")?, it.text("subPath"))));
    named.filter_map(|(name, path)| {
        let mut volumes = pod.items("spec.volumes").iter();
        let volume = volumes.find(|it| it.text("name") == Some(name))?;
        let mut kinds = KINDS.into_iter();
        kinds.find_map(|(source, kind)| {
            let named = volume.get(source)?;
            // With items, the file may be called otherwise than the value.
            let key = path.filter(|_| named.get("items").is_none());
            Some(Source { kind, named, key })
        })
    })
}

fn sources(container: &Node) -> impl Iterator<Item = Source<'_>> {
    let whole = container.items("envFrom").iter().flat_map(|it| {
        let found = REFERENCES_OF_ALL.into_iter();
        found.filter_map(|(path, kind)| it.get(path).map(|named| Source::of(kind, named)))
    });
    let single = container.items("env").iter().flat_map(|it| {
        let found = REFERENCES_OF_KEYS.into_iter();
        found.filter_map(|(path, kind)| it.get(path).map(|named| Source::of(kind, named)))
    });
    whole.chain(single)
}

/// Returns an object whose values were written after it was made.
pub(super) fn rewritten(object: &Node) -> Option<RewrittenStore> {
    let made = object.text("metadata.creationTimestamp");
    let made = made.and_then(parse_utc)?;
    let mut keys: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    for writer in object.items("metadata.managedFields") {
        let Some(time) = writer.text("time").and_then(parse_utc) else {
            continue;
        };
        for key in written(writer).filter(|_| time > made).take(KEYS_MAX) {
            let known = keys.entry(key.to_owned()).or_insert(time);
            *known = time.max(*known);
        }
    }
    (!keys.is_empty()).then(|| RewrittenStore {
        kind: match object.text("kind") {
            Some("Secret") => StoreKind::Secret,
            _ => StoreKind::ConfigMap,
        },
        name: name(object).to_owned(),
        namespace: namespace(object),
        keys,
    })
}

/// Returns the secret of a certificate that was issued anew.
pub(super) fn renewed(certificate: &Node) -> Option<RewrittenStore> {
    let made = certificate.text("metadata.creationTimestamp");
    let made = made.and_then(parse_utc)?;
    let issued = certificate.text("status.notBefore").and_then(parse_utc)?;
    (issued - made > ISSUED_AT_ONCE).then_some(())?;
    Some(RewrittenStore {
        kind: StoreKind::Secret,
        name: certificate.text("spec.secretName")?.to_owned(),
        namespace: namespace(certificate),
        keys: BTreeMap::from([("tls.crt".to_owned(), issued)]),
    })
}

/// The keys of the values that a writer owns.
fn written(writer: &Node) -> impl Iterator<Item = &str> {
    let fields = writer.get("fieldsV1");
    let values = fields.and_then(|it| it.member("f:data"));
    let keys = values.map_or(&[][..], Node::object).iter();
    keys.filter_map(|(key, _)| key.strip_prefix("f:"))
}

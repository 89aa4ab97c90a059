//! Containers that complain, and run with variables from before their source was written anew.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Placed, fact, last};
use crate::analysis::CommandFact;
use crate::clues::{ReadEnvironment, RewrittenStore, StoreKind};
use crate::ties::Known;
use crate::ties::heard::Heard;
use crate::ties::hosts::{addresses, named};

/// Words of keys whose value says where somebody is.
const OF_HOSTS: [&str; 10] = [
    "host", "addr", "server", "endpoint", "url", "uri", "broker", "upstream", "service", "port",
];
/// Words of keys whose value says who one is.
const OF_LOGINS: [&str; 9] = [
    "user", "pass", "pwd", "secret", "token", "cred", "auth", "url", "uri",
];
/// Words of which one is said when a login is refused.
const REFUSES: [&str; 8] = [
    "authentication failed",
    "password authentication",
    "access denied for user",
    "wrongpass",
    "noauth",
    "invalid password",
    "login failed",
    "invalid credentials",
];

/// Words of keys whose value is a certificate.
const OF_CERTIFICATES: [&str; 3] = ["crt", "cert", "pem"];
/// Words of which one is said when a certificate is old.
const EXPIRED: [&str; 4] = [
    "certificate has expired",
    "certificate expired",
    "certificate is expired",
    "cert_has_expired",
];

/// Returns sources that were written after those who complain had read them, one of each workload.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let rewritten = last(known.each(|it| &it.clues.related.rewritten), |it| {
        [it.kind.as_str(), &it.namespace, &it.name]
    });
    let read = known.each(|it| &it.clues.related.environments);
    let workloads: BTreeSet<&str> = read.iter().map(|(_, it)| it.workload.as_str()).collect();
    let view = View { known, workloads };
    // Pods of one workload with the values of before beside others with those of today disagree.
    let is_mixed = |old: &ReadEnvironment, changed: DateTime<Utc>| {
        let same = |it: &ReadEnvironment| {
            it.workload == old.workload && it.namespace == old.namespace && it.name == old.name
        };
        let mut others = read.iter().filter(|(_, it)| same(it));
        others.any(|(_, it)| it.kind == old.kind && it.started_at > changed)
    };
    let mut found: BTreeMap<[&str; 4], Placed> = BTreeMap::new();
    for &(file, read) in &read {
        let id = [
            read.kind.as_str(),
            read.namespace.as_str(),
            read.workload.as_str(),
            read.name.as_str(),
        ];
        let mut stores = rewritten.iter().map(|(_, store)| *store);
        let store = stores.find(|it| is_of(read, it));
        let changed = store.and_then(|store| Some((store, changed_at(read, store)?)));
        if let Some((store, changed)) = changed.filter(|_| !found.contains_key(&id))
            && (view.is_felt(read, store, changed) || is_mixed(read, changed))
        {
            found.insert(id, (file, outdated(read, changed)));
        }
    }
    found.into_values().collect()
}

fn outdated(read: &ReadEnvironment, changed: DateTime<Utc>) -> CommandFact {
    let time = |it: DateTime<Utc>| it.to_rfc3339_opts(SecondsFormat::Secs, true);
    let value = format!(
        "{}/{} changed at {}, pods run since {}",
        read.kind.as_str(),
        read.name,
        time(changed),
        time(read.started_at)
    );
    fact(
        read.workload.clone(),
        "environment_outdated",
        value,
        &read.place,
    )
}

fn is_of(read: &ReadEnvironment, store: &RewrittenStore) -> bool {
    read.kind == store.kind && read.name == store.name && read.namespace == store.namespace
}

/// Returns when a source was written, if that was after it had been read.
fn changed_at(read: &ReadEnvironment, store: &RewrittenStore) -> Option<DateTime<Utc>> {
    let changed = match &read.key {
        Some(key) => store.keys.get(key),
        None => store.keys.values().max(),
    };
    changed.copied().filter(|time| *time > read.started_at)
}

/// What is heard, and of whom.
struct View<'a> {
    known: &'a Known<'a>,
    workloads: BTreeSet<&'a str>,
}

impl View<'_> {
    /// Whether a workload complains of what a value of the source decides.
    fn is_felt(
        &self,
        read: &ReadEnvironment,
        store: &RewrittenStore,
        changed: DateTime<Utc>,
    ) -> bool {
        let tells = |words: &[&str]| {
            let keys = store.keys.keys();
            let mut keys = keys.filter(|it| read.key.as_ref().is_none_or(|key| key == *it));
            keys.any(|key| {
                let key = key.to_ascii_lowercase();
                words.iter().any(|word| key.contains(word))
            })
        };
        let (of_hosts, of_logins) = (tells(&OF_HOSTS), tells(&OF_LOGINS));
        let of_certificates = tells(&OF_CERTIFICATES);
        let mut heard = self.known.heard.iter().filter(|it| {
            let goes_on = it.complaint.last_seen.is_none_or(|time| time >= changed);
            goes_on && self.may_be_of(it, &read.workload)
        });
        heard.any(|it| {
            let is_lost = it.is_unresolved || it.is_unreached;
            let is_refused = REFUSES.iter().any(|words| it.lower.contains(words));
            // Who complains of an old certificate has it of somebody else.
            let is_old =
                !it.is_of(&read.workload) && EXPIRED.iter().any(|words| it.lower.contains(words));
            let is_refused = is_refused && of_logins || is_old && of_certificates;
            is_refused || is_lost && of_hosts && !self.asks_as_told(it, read)
        })
    }

    /// Whether a workload said it, or nobody knows who did.
    fn may_be_of(&self, heard: &Heard<'_>, workload: &str) -> bool {
        let is_known = |name: &String| self.workloads.contains(name.as_str());
        heard.is_of(workload) || !heard.speakers().iter().any(is_known)
    }

    /// Whether a complaint names a host that the source names today.
    fn asks_as_told(&self, heard: &Heard<'_>, read: &ReadEnvironment) -> bool {
        let object = format!("{}/{}", StoreKind::ConfigMap.as_str(), read.name);
        let settings = self.known.settings.iter().map(|(_, it)| *it);
        let mut own = settings.filter(|it| it.object == object && it.namespace == read.namespace);
        read.kind == StoreKind::ConfigMap
            && own.any(|it| {
                let mut hosts = addresses(&it.key, &it.value).into_iter();
                hosts.any(|at| self.is_named(&heard.lower, &at.host))
            })
    }

    /// Whether a text names a host, or the address of the service that it is.
    fn is_named(&self, text: &str, host: &str) -> bool {
        let name = host.split('.').next().unwrap_or(host);
        let services = self
            .known
            .offers
            .iter()
            .flat_map(|it| &it.inventory.services);
        let mut addresses = services
            .filter(|it| it.name == name)
            .filter_map(|it| it.address.as_deref());
        named(text, host).is_some() || addresses.any(|it| text.contains(it))
    }
}

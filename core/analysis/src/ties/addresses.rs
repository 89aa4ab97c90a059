//! Addresses in settings, beside the services that are there and the errors that name them.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::hosts::{Address, addresses, named};
use super::{Cause, Heard, Known, Tie, bare, holder, is_near, is_slip, shorten, without_password};
use crate::analysis::ListedService;
use crate::clues::Setting;
use crate::finding::Severity;

/// Letters of a setting that are told.
const VALUE_SHOWN: usize = 120;
/// Names that fail to resolve, from which on the resolver is at fault.
const RESOLVER_FAULT: usize = 4;

static UNRESOLVED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"no such host|enotfound|eai_again|not known|could not (?:resolve|translate host)|unknown ?host|getaddrinfo|(?:failed|unable) to resolve|cannot resolve|nodename nor servname|name resolution|nxdomain|dns resolution|host not found|name does not resolve|zero addresses|no address associated|dns error",
    )
    .ok()
});
static UNREACHED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"refused|timed? ?-?out|unreachable|no route to host|unavailable|deadline|(?:failed|unable|could not|cannot) (?:to )?connect|connection error|no connection|econnreset|no healthy",
    )
    .ok()
});

/// Returns whether a text in lower case says that a name is not known.
pub(super) fn is_unresolved(lower: &str) -> bool {
    UNRESOLVED.as_ref().is_some_and(|it| it.is_match(lower))
}

/// Returns whether a text in lower case says that somebody does not answer.
pub(super) fn is_unreached(lower: &str) -> bool {
    UNREACHED.as_ref().is_some_and(|it| it.is_match(lower))
}

/// Returns whether a text in lower case says that a peer is not known or does not answer.
pub(crate) fn fails_to_reach(lower: &str) -> bool {
    is_unresolved(lower) || is_unreached(lower)
}

/// Returns settings whose address is nobody's, or asks at a port that is not offered.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let services = known.each(|it| &it.inventory.services);
    let settings = &known.settings;
    let by_key: HashMap<Key<'_>, &str> = settings
        .iter()
        .rev()
        .map(|(_, it)| (key_of(it, &it.key), it.value.as_str()))
        .collect();
    let mut ties = Vec::new();
    let mut unknown: Vec<Unknown<'_>> = Vec::new();
    for (file, setting) in settings.iter().copied() {
        for address in addresses(&setting.key, &setting.value) {
            let space = Space::of(&address, setting, &services);
            match space.service {
                Some(service) => {
                    let port = address
                        .port
                        .clone()
                        .or_else(|| port_beside(setting, &by_key));
                    ties.extend(wrong_port(known, file, setting, &address, port, service));
                }
                None => unknown.extend(Unknown::of(known, file, setting, address, space)),
            }
        }
    }
    let mut hosts: Vec<&str> = unknown.iter().map(|it| it.address.host.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    if hosts.len() < RESOLVER_FAULT {
        ties.extend(unknown.into_iter().map(|it| it.tie(known)));
    }
    for backend in known.each(|it| &it.clues.backends) {
        ties.extend(missing_backend(known, backend, &services));
    }
    ties
}

/// The services among which a name is looked up.
struct Space<'a> {
    service: Option<&'a ListedService>,
    /// Services of the namespace that is meant.
    others: Vec<&'a ListedService>,
    /// Whether the name can only be that of a service.
    is_local: bool,
}

impl<'a> Space<'a> {
    fn of(address: &Address, setting: &Setting, services: &[(usize, &'a ListedService)]) -> Self {
        let mut labels = address.host.split('.');
        let name = labels.next().unwrap_or_default();
        let space = labels.next();
        let is_space = |it: &str| services.iter().any(|(_, service)| service.namespace == it);
        let is_local = match space {
            None => true,
            Some(space) => labels.next() == Some("svc") || is_space(space),
        };
        let space = space.unwrap_or(&setting.namespace);
        let others: Vec<&ListedService> = services
            .iter()
            .map(|(_, service)| *service)
            .filter(|it| it.namespace == space || space.is_empty())
            .collect();
        Self {
            service: others
                .iter()
                .copied()
                .find(|it| is_local && it.name == name),
            others,
            is_local,
        }
    }
}

/// Object, namespace and key of a setting.
type Key<'a> = (&'a str, &'a str, &'a str);

fn key_of<'a>(setting: &'a Setting, key: &'a str) -> Key<'a> {
    (&setting.object, &setting.namespace, key)
}

/// The value of `DB_PORT` beside `DB_HOST`.
fn port_beside(setting: &Setting, by_key: &HashMap<Key<'_>, &str>) -> Option<String> {
    let key = setting.key.replace("HOST", "PORT").replace("host", "port");
    let beside = by_key.get(&key_of(setting, &key));
    let beside = beside.filter(|_| key != setting.key)?;
    beside.parse::<u16>().ok().map(|port| port.to_string())
}

fn wrong_port(
    known: &Known<'_>,
    file: usize,
    setting: &Setting,
    address: &Address,
    port: Option<String>,
    service: &ListedService,
) -> Option<Tie> {
    let port = port?;
    // Without an address of its own, a service leads to the ports of the pods themselves.
    let is_headless = service.address.is_none();
    let is_target = service.targets.iter().any(|(target, _)| *target == port);
    if service.ports.is_empty() || service.ports.contains(&port) || is_headless && is_target {
        return None;
    }
    let heard: Vec<&Heard<'_>> = known
        .heard
        .iter()
        .filter(|it| it.is_unreached || it.is_unresolved)
        .filter(|it| {
            let named = named(&it.lower, &address.host);
            let is_there = named.is_some_and(|it| it.port.is_none_or(|told| told == port));
            let by_address = service.address.as_deref();
            is_there || by_address.is_some_and(|at| it.lower.contains(&format!("{at}:{port}")))
        })
        .collect();
    if heard.is_empty() {
        return None;
    }
    let numbers = service.ports.iter().filter(|it| it.parse::<u16>().is_ok());
    let offered: Vec<&str> = numbers.map(String::as_str).collect();
    let cause = Cause {
        id: Some("config.port_unknown"),
        severity: Severity::Error,
        statement: format!(
            "{} of {} is {}, but service/{} offers port {} and not {port}",
            setting.key,
            holder(&setting.object, known.offers[file].name),
            shorten(&without_password(&setting.value), VALUE_SHOWN),
            service.name,
            offered.join(", ")
        ),
        component: component(setting, &heard),
        file,
        place: &setting.citation,
        heard,
    };
    Some(cause.tie())
}

/// Returns the workload that a setting is for, as far as that is told.
pub(super) fn component(setting: &Setting, heard: &[&Heard<'_>]) -> String {
    let kind = setting.object.split('/').next().unwrap_or_default();
    if setting.object.is_empty() || kind == "configmap" {
        let said = heard.first().and_then(|it| it.speaker());
        return said.unwrap_or_else(|| bare(&setting.object)).to_owned();
    }
    let name = bare(&setting.object);
    crate::pod_name::bare(name).to_owned()
}

/// A setting that names a host which no service is.
struct Unknown<'a> {
    file: usize,
    setting: &'a Setting,
    address: Address,
    near: Option<&'a ListedService>,
    is_listed: bool,
    heard: Vec<&'a Heard<'a>>,
}

impl<'a> Unknown<'a> {
    fn of(
        known: &'a Known<'a>,
        file: usize,
        setting: &'a Setting,
        address: Address,
        space: Space<'a>,
    ) -> Option<Self> {
        let name = address.host.split('.').next().unwrap_or_default();
        let near = space
            .others
            .iter()
            .copied()
            .find(|it| is_near(&it.name, name));
        let near = near.filter(|_| space.is_local);
        let is_listed = space.is_local && space.others.len() >= 2;
        let is_named = |it: &&Heard<'_>| named(&it.lower, &address.host).is_some();
        let all = || known.heard.iter();
        let mut heard: Vec<&Heard<'_>> = all()
            .filter(|it| it.is_unresolved)
            .filter(is_named)
            .collect();
        let is_slip = near.is_some_and(|it| is_slip(&it.name, name));
        if heard.is_empty() && is_listed && is_slip {
            let fails = |it: &&Heard<'_>| it.is_unreached || it.is_unresolved;
            let is_own = |it: &&Heard<'_>| is_named(it) || it.is_of(&setting.object);
            heard = all().filter(fails).filter(is_own).collect();
        }
        (!heard.is_empty()).then_some(Self {
            file,
            setting,
            address,
            near,
            is_listed,
            heard,
        })
    }

    fn tie(self, known: &Known<'_>) -> Tie {
        let is_shown = self.is_listed || self.near.is_some();
        let beside = match self.near {
            Some(near) => format!("there is no such service; there is service/{}", near.name),
            None if self.is_listed => "no exported service has that name".to_owned(),
            None => format!("the name {} does not resolve", self.address.host),
        };
        let cause = Cause {
            id: is_shown.then_some("config.address_unknown"),
            severity: if is_shown {
                Severity::Error
            } else {
                Severity::Warn
            },
            statement: format!(
                "{} of {} is {}, but {beside}",
                self.setting.key,
                holder(&self.setting.object, known.offers[self.file].name),
                shorten(&without_password(&self.setting.value), VALUE_SHOWN)
            ),
            component: component(self.setting, &self.heard),
            file: self.file,
            place: &self.setting.citation,
            heard: self.heard,
        };
        cause.tie()
    }
}

fn missing_backend(
    known: &Known<'_>,
    (file, backend): (usize, &crate::clues::Backend),
    services: &[(usize, &ListedService)],
) -> Option<Tie> {
    let others = services.iter().map(|(_, service)| *service);
    let of_space: Vec<&ListedService> = others
        .filter(|it| it.namespace == backend.namespace)
        .collect();
    let found = of_space.iter().find(|it| it.name == backend.service);
    let near = of_space
        .iter()
        .find(|it| is_near(&it.name, &backend.service));
    let statement = match (found, &backend.port) {
        (Some(service), Some(port))
            if !service.ports.is_empty() && !service.ports.contains(port) =>
        {
            format!(
                "{} sends to port {port} of service/{}, which it does not offer",
                backend.object, service.name
            )
        }
        (Some(_), _) => return None,
        (None, _) if of_space.len() < 2 && near.is_none() => return None,
        (None, _) => {
            let near =
                near.map_or_else(String::new, |it| format!("; there is service/{}", it.name));
            format!(
                "{} sends to service/{}, which does not exist{near}",
                backend.object, backend.service
            )
        }
    };
    let fails = |it: &&Heard<'_>| {
        named(&it.lower, &backend.service).is_some() || it.lower.contains(&backend.service)
    };
    let cause = Cause {
        id: Some("kubernetes.ingress_backend"),
        severity: Severity::Error,
        statement,
        component: bare(&backend.object).to_owned(),
        file,
        place: &backend.place,
        heard: known.heard.iter().filter(fails).take(3).collect(),
    };
    Some(cause.tie())
}

//! Names that occur in lines: addresses, hosts, services, users, ids.

use std::collections::HashMap;
use std::net::Ipv6Addr;

use foldhash::fast::FixedState;

use super::people::Named;
use crate::analysis::{Entity, EntityKind};
use crate::event::LineEvent;
use crate::header::Header;
use crate::header::names::kind_of;
use crate::level::Level;
use crate::template::{FormTable, MASK};
use crate::time::to_utc;

const KINDS: [EntityKind; 11] = [
    EntityKind::Ip,
    EntityKind::Host,
    EntityKind::Service,
    EntityKind::User,
    EntityKind::Pid,
    EntityKind::Port,
    EntityKind::Path,
    EntityKind::TraceId,
    EntityKind::RequestId,
    EntityKind::Session,
    EntityKind::Pod,
];
const VALUE_MAX: usize = 200;

/// Bounded counts of entities per kind.
#[derive(Debug)]
pub(crate) struct EntityTable {
    kinds: [HashMap<Box<str>, Seen, FixedState>; KINDS.len()],
    /// What each parameter of a form names, once known.
    roles: Vec<Roles>,
    limit: usize,
    pub(crate) full: bool,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Whether it wrote lines, rather than being named in them.
    writes: bool,
    count: u64,
    errors: u64,
    first: Option<i64>,
    last: Option<i64>,
    order: usize,
}

/// Kinds of the parameters of one form.
#[derive(Debug, Default)]
struct Roles {
    first_line: u64,
    kinds: Vec<Option<EntityKind>>,
    /// The user whose name is no parameter of its own.
    user: Option<Named>,
}

impl Roles {
    fn of(masked: &str, first_line: u64) -> Self {
        let mut kinds = roles(masked);
        let user = match Named::of(masked) {
            Some(Named::Parameter {
                slot,
                before: 0,
                after: 0,
            }) => {
                if let Some(kind) = kinds.get_mut(slot) {
                    *kind = Some(EntityKind::User);
                }
                None
            }
            other => other,
        };
        Self {
            first_line,
            kinds,
            user,
        }
    }
}

impl EntityTable {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            kinds: Default::default(),
            roles: Vec::new(),
            limit,
            full: false,
        }
    }

    /// Counts the entities of one line that was just added to the table.
    pub(crate) fn add(
        &mut self,
        event: &LineEvent<'_>,
        header: &Header<'_>,
        params: &[(u32, u32)],
        table: &FormTable,
        form: u32,
    ) {
        let error = event.level.is_some_and(Level::is_error);
        if let Some(component) = event.component {
            self.note(EntityKind::Service, component, error, event.time);
        }
        if let Some(host) = header.host {
            let kind = if is_address(host) {
                EntityKind::Ip
            } else {
                EntityKind::Host
            };
            self.count(kind, host, error, event.time, kind == EntityKind::Host);
        }
        if let Some(pid) = header.pid {
            self.note(EntityKind::Pid, pid, error, event.time);
        }
        for (kind, name) in header.names.iter() {
            self.note(kind, name, error, event.time);
        }
        let position = form as usize;
        self.learn_roles(position, table);
        let count = params.len().min(self.roles[position].kinds.len());
        for (slot, &(start, end)) in params.iter().enumerate().take(count) {
            let value = &event.message[start as usize..end as usize];
            let role = self.roles[position].kinds[slot];
            self.parameter(role, value, error, event.time);
        }
        if let Some(named) = self.roles[position].user.take() {
            if let Some(name) = named.value(event.message, params) {
                self.note(EntityKind::User, name, error, event.time);
            }
            self.roles[position].user = Some(named);
        }
    }

    /// Returns the kept entities, those that write and then the most suspicious first within a kind.
    pub(crate) fn finish(self) -> Vec<Entity> {
        let mut entities = Vec::new();
        for (kind, seen) in KINDS.into_iter().zip(self.kinds) {
            let mut rows: Vec<(Box<str>, Seen)> = seen.into_iter().collect();
            rows.sort_by_key(|(_, seen)| {
                (
                    !seen.writes,
                    std::cmp::Reverse(seen.errors),
                    std::cmp::Reverse(seen.count),
                    seen.order,
                )
            });
            rows.truncate(self.limit);
            entities.extend(rows.into_iter().map(|(value, seen)| Entity {
                kind,
                value: value.into_string(),
                count: seen.count,
                error_count: seen.errors,
                first_seen: seen.first.and_then(to_utc),
                last_seen: seen.last.and_then(to_utc),
            }));
        }
        entities
    }

    fn learn_roles(&mut self, position: usize, table: &FormTable) {
        if self.roles.len() <= position {
            self.roles.resize_with(position + 1, Roles::default);
        }
        let form = &table.forms[position];
        if self.roles[position].first_line != form.first.line {
            self.roles[position] = Roles::of(&form.masked, form.first.line);
        }
    }

    fn parameter(&mut self, role: Option<EntityKind>, value: &str, error: bool, time: Option<i64>) {
        // A host that is named by its address is known by it elsewhere too.
        let is_address = role == Some(EntityKind::Host) && begins_with_ipv4(value);
        if let Some(role) = role.filter(|_| !is_address) {
            self.note(role, value.trim_matches('"'), error, time);
            return;
        }
        let bytes = value.as_bytes();
        match bytes.first() {
            Some(b'0'..=b'9') if bytes.len() >= 7 => {
                let (address, port) = split_port(value);
                if is_ipv4(address) {
                    self.note(EntityKind::Ip, address, error, time);
                    if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
                        self.note(EntityKind::Port, port, error, time);
                    }
                }
            }
            Some(b'/') => {
                let address = value.trim_start_matches('/');
                let (bare, _) = split_port(address);
                if is_ipv4(bare) {
                    self.note(EntityKind::Ip, bare, error, time);
                } else if bytes.len() > 2 {
                    self.note(EntityKind::Path, value, error, time);
                }
            }
            Some(b'a'..=b'z') if bytes.contains(&b'.') && !bytes.contains(&b'@') => {
                let (host, _) = split_port(value);
                if is_host_name(host) {
                    self.note(EntityKind::Host, host, error, time);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, kind: EntityKind, value: &str, error: bool, time: Option<i64>) {
        self.count(kind, value, error, time, false);
    }

    fn count(
        &mut self,
        kind: EntityKind,
        value: &str,
        error: bool,
        time: Option<i64>,
        writes: bool,
    ) {
        if value.is_empty() || value.len() > VALUE_MAX || value == "-" {
            return;
        }
        let map = &mut self.kinds[kind as usize];
        if let Some(seen) = map.get_mut(value) {
            seen.count += 1;
            seen.writes |= writes;
            seen.errors += u64::from(error);
            seen.last = time.max(seen.last);
            return;
        }
        if map.len() >= self.limit * 4 {
            self.full = true;
            return;
        }
        let order = map.len();
        let seen = Seen {
            writes,
            count: 1,
            errors: u64::from(error),
            first: time,
            last: time,
            order,
        };
        map.insert(value.into(), seen);
    }
}

/// Returns whether a dotted name can be that of a host, not of an exception or a class.
fn is_host_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let ends_like = |word: &str| name.ends_with(word);
    !bytes
        .iter()
        .any(|byte| byte.is_ascii_uppercase() || *byte == b'_')
        && !["error", "exception"].into_iter().any(ends_like)
}

/// Splits at the first colon.
fn split_port(value: &str) -> (&str, &str) {
    match value.bytes().position(|byte| byte == b':') {
        Some(at) => (&value[..at], &value[at + 1..]),
        None => (value, ""),
    }
}

/// Reads the kind of each parameter off the word in front of it.
fn roles(masked: &str) -> Vec<Option<EntityKind>> {
    masked
        .match_indices(MASK)
        .map(|(at, _)| role(&masked[..at]))
        .collect()
}

fn role(before: &str) -> Option<EntityKind> {
    let joined =
        before.ends_with(['=', ':', ' ']) || before.ends_with("=\"") || before.ends_with(": \"");
    if !joined {
        return None;
    }
    let key = before
        .trim_end_matches([' ', '=', ':', '"', '\'', '['])
        .rsplit([' ', ',', ';', '(', '[', '{', '"', '&', '<', '>'])
        .next()
        .unwrap_or("");
    match key.to_ascii_lowercase().as_str() {
        "pid" | "process" | "ppid" => Some(EntityKind::Pid),
        "port" | "dport" | "sport" | "dpt" | "spt" => Some(EntityKind::Port),
        "host" | "hostname" | "server" | "node" | "rhost" | "upstream" => Some(EntityKind::Host),
        "service" | "app" | "unit" => Some(EntityKind::Service),
        "path" | "file" | "filename" => Some(EntityKind::Path),
        key => kind_of(key),
    }
}

fn begins_with_ipv4(value: &str) -> bool {
    is_ipv4(value.split(':').next().unwrap_or(value))
}

/// Returns whether a text is an address of either version.
pub(crate) fn is_address(text: &str) -> bool {
    is_ipv4(text) || text.contains(':') && text.parse::<Ipv6Addr>().is_ok()
}

/// Returns whether a text is an address in dotted decimal.
pub(super) fn is_ipv4(text: &str) -> bool {
    let (mut parts, mut length, mut value) = (1, 0, 0u32);
    for &byte in text.as_bytes() {
        match byte {
            b'0'..=b'9' => {
                (length, value) = (length + 1, value * 10 + u32::from(byte - b'0'));
                if length > 3 || value > 255 {
                    return false;
                }
            }
            b'.' if length > 0 => (parts, length, value) = (parts + 1, 0, 0),
            _ => return false,
        }
    }
    parts == 4 && length > 0
}

#[cfg(test)]
mod tests {
    use crate::{EntityKind, Options, analyze};

    fn hosts(line: fn(usize) -> String) -> Vec<String> {
        let text: String = (0..60).map(line).collect();
        let entities = analyze(text.as_bytes(), Options::default()).entities;
        let hosts = entities
            .into_iter()
            .filter(|it| it.kind == EntityKind::Host);
        hosts.map(|it| it.value).collect()
    }

    #[test]
    fn hosts_that_write_come_before_names_in_messages() {
        let found = hosts(|at| {
            let (host, second) = (["gw-a", "gw-b"][at % 2], at);
            format!(
                "2026-06-01T12:00:{second:02}Z level=error host={host} msg=\"no answer\" upstream=payments{at}.internal:8443\n"
            )
        });
        assert_eq!(found[..2], ["gw-a", "gw-b"], "{found:?}");
    }

    #[test]
    fn classes_of_exceptions_are_no_hosts() {
        let found = hosts(|at| {
            let (host, second) = (1 + at % 2, at);
            format!(
                "Jun  1 12:00:{second:02} web-{host} app[7]: ERROR: psycopg2.errors.DiskFull: could not extend file\n"
            )
        });
        assert_eq!(found, ["web-1", "web-2"]);
        assert!(super::is_host_name("db2.internal"));
        for name in [
            "psycopg2.errors.DiskFull",
            "urllib3.exceptions.readtimeouterror",
        ] {
            assert!(!super::is_host_name(name), "{name}");
        }
    }
}

//! Reads objects that show something wrong only beside others.

mod environments;
mod mesh;

use super::name;
use super::policies::selector;
use super::settings::{namespace, pod_spec};
use super::workloads::{has_ended, overlaps};
use crate::clues::{Account, Binding, Clues, ListedSpace, Schedule, ScheduledRun, ServedPod};
use crate::structured::json::{Node, Record};
use crate::time::parse_utc;

/// Objects of each kind.
const LISTED_MAX: usize = 2_000;

/// Takes what an object offers.
pub(super) fn read(record: &Record, clues: &mut Clues) {
    let object = &record.root;
    let Some(kind) = object.text("kind") else {
        return;
    };
    if let Some(spec) = pod_spec(kind, object) {
        account(
            namespace(object),
            spec.text("serviceAccountName"),
            true,
            clues,
        );
    }
    let related = &mut clues.related;
    match kind {
        "Pod" => add(&mut related.environments, environments::read(record)),
        "ConfigMap" | "Secret" => add(&mut related.rewritten, environments::rewritten(object)),
        "Certificate" => add(&mut related.rewritten, environments::renewed(object)),
        "Endpoints" => add(&mut related.served, endpoints(record)),
        "EndpointSlice" => add(&mut related.served, slice(record)),
        "CronJob" => add(&mut related.schedules, schedule(record)),
        "Job" => add(&mut related.runs, run(record)),
        "RoleBinding" | "ClusterRoleBinding" => add(&mut related.bindings, bindings(record)),
        "Namespace" => add(&mut related.spaces, [space(object)]),
        "ServiceAccount" => account(namespace(object), Some(name(object)), false, clues),
        "PeerAuthentication" => add(&mut related.demands, mesh::demand(object)),
        "DestinationRule" => add(&mut related.routes, mesh::route(record)),
        _ => {}
    }
}

fn add<T>(list: &mut Vec<T>, found: impl IntoIterator<Item = T>) {
    let room = LISTED_MAX.saturating_sub(list.len());
    list.extend(found.into_iter().take(room));
}

fn account(namespace: String, name: Option<&str>, used: bool, clues: &mut Clues) {
    let accounts = &mut clues.related.accounts;
    if let Some(name) = name.filter(|_| accounts.len() < LISTED_MAX) {
        accounts.insert(Account {
            namespace,
            name: name.to_owned(),
            used,
        });
    }
}

fn space(object: &Node) -> ListedSpace {
    let own = object.members("metadata.labels").iter();
    let own = own.filter_map(|(key, value)| Some((key.clone(), value.as_text()?.to_owned())));
    let name = name(object).to_owned();
    let named = ("kubernetes.io/metadata.name".to_owned(), name.clone());
    ListedSpace {
        name,
        labels: own.chain([named]).collect(),
    }
}

fn endpoints(record: &Record) -> Vec<ServedPod> {
    let object = &record.root;
    let subsets = object.items("subsets").iter();
    let ready = subsets.flat_map(|subset| subset.items("addresses"));
    let served = ready.filter_map(|address| served(record, name(object), address));
    served.collect()
}

fn slice(record: &Record) -> Vec<ServedPod> {
    let object = &record.root;
    let labels = object.get("metadata.labels");
    let service = labels.and_then(|it| it.member("kubernetes.io/service-name")?.as_text());
    let Some(service) = service else {
        return Vec::new();
    };
    let all = object.items("endpoints").iter();
    let ready = all.filter(|it| it.written("conditions.ready") != Some("false"));
    let served = ready.filter_map(|endpoint| served(record, service, endpoint));
    served.collect()
}

fn served(record: &Record, service: &str, address: &Node) -> Option<ServedPod> {
    let pod = address.get("targetRef.name")?;
    let is_pod = address.text("targetRef.kind").is_none_or(|it| it == "Pod");
    is_pod.then_some(ServedPod {
        service: service.to_owned(),
        namespace: namespace(&record.root),
        pod: pod.as_text()?.to_owned(),
        place: record.cite(pod)?,
    })
}

fn schedule(record: &Record) -> Option<Schedule> {
    let object = &record.root;
    let active = object.items("status.active").len();
    let telling = ["spec.concurrencyPolicy", "spec.schedule", "metadata.name"];
    let place = telling.iter().find_map(|path| object.get(path))?;
    Some(Schedule {
        name: name(object).to_owned(),
        namespace: namespace(object),
        written: object.text("spec.schedule").unwrap_or_default().to_owned(),
        policy: overlaps(object).to_owned(),
        active,
        started: object.text("status.lastScheduleTime").and_then(parse_utc),
        place: record.cite(place)?,
    })
}

/// Returns a job of a schedule that is at work.
fn run(record: &Record) -> Option<ScheduledRun> {
    let job = &record.root;
    let mut owners = job.items("metadata.ownerReferences").iter();
    let owner = owners.find(|it| it.text("kind") == Some("CronJob"))?;
    let is_at_work = job.number("status.active").is_some_and(|it| it > 0.0);
    let is_going = job.get("metadata.deletionTimestamp").is_some();
    (is_at_work && !is_going && !has_ended(job)).then_some(ScheduledRun {
        schedule: owner.text("name")?.to_owned(),
        namespace: namespace(job),
        place: record.cite(job.get("metadata.name")?)?,
    })
}

fn bindings(record: &Record) -> Vec<Binding> {
    let object = &record.root;
    let kind = object.text("kind").unwrap_or_default().to_ascii_lowercase();
    let of_role = |key: &str| object.text(key).unwrap_or_default();
    let role = of_role("roleRef.kind").to_ascii_lowercase();
    let role = format!("{role}/{}", of_role("roleRef.name"));
    let subjects = object.items("subjects").iter();
    let accounts = subjects.filter(|it| it.text("kind") == Some("ServiceAccount"));
    let bindings = accounts.filter_map(|subject| {
        let space = subject.get("namespace")?;
        Some(Binding {
            object: format!("{kind}/{}", name(object)),
            namespace: namespace(object),
            role: role.clone(),
            account: Account {
                namespace: space.as_text()?.to_owned(),
                name: subject.text("name")?.to_owned(),
                used: false,
            },
            place: record.cite(space)?,
        })
    });
    bindings.collect()
}

#[cfg(test)]
#[path = "related_tests.rs"]
mod tests;

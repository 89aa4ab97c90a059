//! Objects of Kubernetes that show something wrong only beside others.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Selector, StoreKind};
use crate::citation::Citation;

/// Runs of a schedule at once from which they count as piling up.
pub(crate) const RUNS_MANY: usize = 3;

/// What one file lists of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Related {
    pub served: Vec<ServedPod>,
    pub schedules: Vec<Schedule>,
    pub runs: Vec<ScheduledRun>,
    pub bindings: Vec<Binding>,
    pub accounts: BTreeSet<Account>,
    pub demands: Vec<MeshDemand>,
    pub routes: Vec<MeshRoute>,
    pub environments: Vec<ReadEnvironment>,
    pub rewritten: Vec<RewrittenStore>,
    pub spaces: Vec<ListedSpace>,
}

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSpace {
    pub name: String,
    /// With the one that tells its name, which every namespace has.
    pub labels: BTreeMap<String, String>,
}

/// A pod that the endpoints of a service list as ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedPod {
    pub service: String,
    pub namespace: String,
    pub pod: String,
    pub place: Citation,
}

/// A cron job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub name: String,
    pub namespace: String,
    /// Such as `*/5 * * * *`.
    pub written: String,
    /// What it does when a run has not ended, `Allow` when nothing is said.
    pub policy: String,
    /// Runs that it lists as active.
    pub active: usize,
    /// When it started a run last.
    #[serde(default)]
    pub started: Option<DateTime<Utc>>,
    pub place: Citation,
}

/// A job of a cron job that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledRun {
    pub schedule: String,
    pub namespace: String,
    pub place: Citation,
}

/// A service account that is given a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Such as `rolebinding/reader`.
    pub object: String,
    /// Empty for the whole cluster.
    pub namespace: String,
    /// With its kind, such as `role/reader`.
    pub role: String,
    pub account: Account,
    pub place: Citation,
}

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    pub namespace: String,
    pub name: String,
    /// Whether pods run as it; else it is listed itself.
    pub used: bool,
}

/// What the sidecars of some pods demand of those who call them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshDemand {
    /// Such as `peerauthentication/default`.
    pub object: String,
    pub namespace: String,
    /// Nothing when it holds for the whole namespace.
    pub selector: Option<Selector>,
    /// Such as `STRICT`.
    pub mode: String,
    /// Whether some ports have a mode of their own.
    pub differs_by_port: bool,
}

/// How sidecars are told to call a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshRoute {
    /// Such as `destinationrule/reviews`.
    pub object: String,
    pub namespace: String,
    pub host: String,
    /// Of TLS, such as `DISABLE`.
    pub mode: String,
    pub place: Citation,
}

/// What a running container took variables from when it started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadEnvironment {
    /// The deployment, stateful set or job of the pod, else the pod.
    pub workload: String,
    pub namespace: String,
    pub kind: StoreKind,
    pub name: String,
    /// Nothing when all keys are taken.
    pub key: Option<String>,
    pub started_at: DateTime<Utc>,
    pub place: Citation,
}

/// A config map or secret whose values were written after it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewrittenStore {
    pub kind: StoreKind,
    pub name: String,
    pub namespace: String,
    /// Keys, each with the last time that its writer wrote.
    pub keys: BTreeMap<String, DateTime<Utc>>,
}

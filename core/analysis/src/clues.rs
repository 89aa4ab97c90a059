//! What one file offers to be laid beside others: settings, complaints, policies, references.

mod placement;
mod policy;
mod related;
mod selector;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::analysis::ListedPod;
use crate::citation::Citation;
pub use placement::{Experiment, Machine, PlacedPod, Preemption, PriorityClass};
pub use policy::{ListedPolicy, Peer, PolicyRule};
pub(crate) use related::RUNS_MANY;
pub use related::{
    Account, Binding, ListedSpace, MeshDemand, MeshRoute, ReadEnvironment, Related, RewrittenStore,
    Schedule, ScheduledRun, ServedPod,
};
pub use selector::{LabelTest, Selector, TestKind};

/// Complaints of one file.
pub(crate) const COMPLAINTS_MAX: usize = 100;

/// Clues of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clues {
    pub settings: Vec<Setting>,
    /// Workloads with the names of all variables that their containers set.
    pub environments: Vec<Environment>,
    pub complaints: Vec<Complaint>,
    /// The last errors of a log, in their order, where little follows them.
    pub last_words: Vec<Complaint>,
    pub policies: Vec<ListedPolicy>,
    /// Config maps and secrets with their keys, and storage classes.
    pub stores: Vec<Store>,
    pub references: Vec<Reference>,
    /// Pods as workloads describe them.
    pub templates: Vec<ListedPod>,
    /// Backends of ingresses and the like, which are services.
    pub backends: Vec<Backend>,
    pub placed: Vec<PlacedPod>,
    pub machines: Vec<Machine>,
    pub preemptions: Vec<Preemption>,
    pub classes: Vec<PriorityClass>,
    pub experiments: Vec<Experiment>,
    /// Objects with what they are set to, to be compared with other exports.
    pub described: Vec<Described>,
    /// What shows something wrong only beside other objects.
    pub related: Related,
}

/// An object with what people set it to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// Such as `deployment/checkout`.
    pub object: String,
    pub namespace: String,
    /// Grows with each change.
    pub version: Option<u64>,
    /// When people wrote it last.
    pub changed_at: Option<DateTime<Utc>>,
    /// Where its name stands.
    pub place: Citation,
    /// Values by their paths; secrets are masked, texts are taken line by line.
    pub values: BTreeMap<String, (String, Citation)>,
    /// Whether there are more than were taken.
    pub cut: bool,
}

/// A value that configures something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The object that holds it, such as `deployment/checkout`; empty for a plain file.
    pub object: String,
    pub namespace: String,
    pub key: String,
    pub value: String,
    pub citation: Citation,
}

/// The variables of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub object: String,
    pub namespace: String,
    /// Names of the variables, each with its place.
    pub names: Vec<(String, Citation)>,
    /// Whether more come from config maps and secrets as a whole.
    pub open: bool,
    /// Where the container stands.
    pub place: Citation,
}

/// Lines of a log, or messages of events, that tell of trouble with somebody or something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    pub text: String,
    /// The first line of the first of its events, alike for all that is told of them; 0 when not known.
    #[serde(default)]
    pub event_line: u64,
    pub component: Option<String>,
    pub count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    pub citation: Citation,
}

/// A config map, a secret or a storage class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    pub kind: StoreKind,
    pub name: String,
    pub namespace: String,
    pub keys: Vec<String>,
    pub place: Citation,
}

/// What other objects need by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    ConfigMap,
    Secret,
    StorageClass,
}

impl StoreKind {
    /// Returns the name of the kind as `kubectl` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "configmap",
            Self::Secret => "secret",
            Self::StorageClass => "storageclass",
        }
    }
}

/// A config map, secret or storage class that an object needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The object that needs it.
    pub object: String,
    pub namespace: String,
    pub kind: StoreKind,
    pub name: String,
    pub key: Option<String>,
    /// Whether the object runs although it needs it.
    pub satisfied: bool,
    pub place: Citation,
}

/// A service that something sends requests to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    pub object: String,
    pub namespace: String,
    pub service: String,
    /// Number or name.
    pub port: Option<String>,
    pub place: Citation,
}

impl Clues {
    /// Returns whether the file offers nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether no object of Kubernetes was read.
    pub(crate) fn is_without_objects(&self) -> bool {
        self.environments.is_empty() && self.policies.is_empty() && self.stores.is_empty()
    }
}

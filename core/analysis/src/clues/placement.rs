//! Where pods run, who pushed whom off a node, and what is tried out on purpose.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::citation::Citation;

/// A pod as the scheduler sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedPod {
    pub name: String,
    pub namespace: String,
    /// The deployment, stateful set or job it belongs to, else its own name.
    pub workload: String,
    /// What made it, such as a replica set; pods of one owner are alike.
    pub owner: String,
    pub uid: String,
    pub node: Option<String>,
    pub priority: Option<i64>,
    /// The priority class.
    pub class: Option<String>,
    pub ready: bool,
    /// Where its node stands, else its name.
    pub place: Citation,
}

/// A node with what tells it from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub name: String,
    /// Such as `architecture` and `zone`.
    pub traits: BTreeMap<String, String>,
    pub place: Citation,
}

/// The notice that a pod had to leave its node for one of higher priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preemption {
    pub pod: String,
    pub namespace: String,
    /// The uid or the name of the pod that came, when it is told.
    pub by: Option<String>,
    pub node: Option<String>,
    pub time: Option<DateTime<Utc>>,
    pub place: Citation,
}

/// A priority class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityClass {
    pub name: String,
    pub value: i64,
    pub place: Citation,
}

/// An experiment that makes trouble on purpose, or the notice of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experiment {
    /// With its kind, such as `networkchaos/game-day-7`.
    pub object: String,
    /// What it does, such as `delay 350ms`; empty for a notice.
    pub deed: String,
    /// Pods or labels that it is applied to.
    pub targets: Vec<String>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    pub place: Citation,
}

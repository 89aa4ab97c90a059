//! Complaints of all files, and who may have made them.

use std::collections::{BTreeMap, BTreeSet};

use super::Offer;
use super::addresses::{is_unreached, is_unresolved};
use super::limits::{reached, waited};
use crate::clues::Complaint;
use crate::pod_name::workload;

/// Complaints of all files together.
const HEARD_MAX: usize = 1_000;

/// A complaint with the position of its file.
#[derive(Debug)]
pub(super) struct Heard<'a> {
    pub(super) file: usize,
    pub(super) complaint: &'a Complaint,
    pub(super) lower: String,
    /// Whether it says that a name is not known.
    pub(super) is_unresolved: bool,
    /// Whether it says that somebody does not answer.
    pub(super) is_unreached: bool,
    /// Times that it tells, in milliseconds.
    pub(super) waited: Vec<f64>,
    /// Limits that it tells to be reached.
    pub(super) reached: Vec<f64>,
    /// Workloads that may have said it, the likeliest first.
    speakers: Vec<String>,
}

impl Heard<'_> {
    /// Returns whether an object, such as `deployment/cart`, may have said it.
    pub(super) fn is_of(&self, object: &str) -> bool {
        let name = super::bare(object);
        let own = workload(name).unwrap_or(name);
        self.speakers.iter().any(|it| it == own || it == name)
    }

    pub(super) fn speaker(&self) -> Option<&str> {
        self.speakers.first().map(String::as_str)
    }

    pub(super) fn speakers(&self) -> &[String] {
        &self.speakers
    }
}

/// Returns the complaints of all files.
pub(super) fn heard<'a>(offers: &'a [Offer<'a>]) -> Vec<Heard<'a>> {
    let known = known_names(offers);
    let pods = offers.iter().flat_map(|it| &it.inventory.pods);
    let pods: BTreeMap<&str, &str> = pods
        .map(|pod| (pod.name.as_str(), pod.workload.as_str()))
        .collect();
    let files = offers.iter().enumerate();
    let complaints = files.flat_map(|(file, offer)| {
        let complaints = offer.clues.complaints.iter();
        complaints.map(move |complaint| (file, offer, complaint))
    });
    complaints
        .take(HEARD_MAX)
        .map(|(file, offer, complaint)| {
            let lower = complaint.text.to_lowercase();
            Heard {
                file,
                complaint,
                is_unresolved: is_unresolved(&lower),
                is_unreached: is_unreached(&lower),
                waited: waited(&lower),
                reached: reached(&lower),
                lower,
                speakers: speakers(&known, &pods, offer.name, complaint),
            }
        })
        .collect()
}

/// Names of workloads that the files know come first, that of the file before those in the text.
fn speakers(
    known: &BTreeSet<&str>,
    pods: &BTreeMap<&str, &str>,
    file: &str,
    complaint: &Complaint,
) -> Vec<String> {
    let base = file.rsplit('/').next().unwrap_or(file);
    let stem = base.split('.').next().unwrap_or(base);
    let mut speakers: Vec<String> = Vec::new();
    for name in [Some(stem), complaint.component.as_deref()]
        .into_iter()
        .flatten()
    {
        let owner = pods.get(name).copied().or_else(|| workload(name));
        let name = owner.unwrap_or(name).to_owned();
        if !speakers.contains(&name) {
            speakers.push(name);
        }
    }
    let has_component = complaint.component.is_some();
    let is_known = |name: &String| known.contains(name.as_str());
    // A file of another name holds the lines of many.
    if has_component && !speakers.first().is_some_and(is_known) {
        speakers.reverse();
    }
    speakers
}

/// Workloads and services that the files list.
fn known_names<'a>(offers: &'a [Offer<'a>]) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for offer in offers {
        names.extend(offer.inventory.pods.iter().map(|it| it.workload.as_str()));
        names.extend(offer.inventory.services.iter().map(|it| it.name.as_str()));
        names.extend(offer.clues.templates.iter().map(|it| it.workload.as_str()));
        let environments = offer.clues.environments.iter();
        names.extend(environments.map(|it| super::bare(&it.object)));
    }
    names
}

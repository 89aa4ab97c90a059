//! Lays files beside each other: settings beside the errors that they explain.

mod addresses;
mod crashes;
mod experiments;
mod facts;
mod heard;
mod hosts;
mod limits;
mod nodes;
mod policies;
mod preemptions;
mod references;
mod variables;

use std::collections::BTreeSet;

use crate::analysis::{Analysis, CommandRun, Inventory, ListedPod};
use crate::citation::Citation;
use crate::clues::{Clues, Environment, Setting};
use crate::finding::{Elsewhere, Finding, FindingKind, Severity};
use crate::findings::{command_findings, corroborate, finding, shorten};
use crate::fingerprint;
pub(crate) use addresses::fails_to_reach;
use heard::{Heard, heard};

/// Ties of one kind that are kept; more would tell the same.
const OF_A_KIND_MAX: usize = 5;
/// Before anything that a single file tells by itself.
const SCORE: f64 = 0.99;
const SCORE_OF_HINTS: f64 = 0.5;
const EXCERPT_MAX: usize = 110;
/// Settings of all files together, each of which is laid beside all complaints.
const SETTINGS_MAX: usize = 10_000;

/// What a file offers to be tied to others.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    pub name: &'a str,
    pub inventory: &'a Inventory,
    pub clues: &'a Clues,
}

/// What files show together.
#[derive(Debug, Clone, PartialEq)]
pub struct Tie {
    /// Position of the file that is cited first.
    pub file: usize,
    pub finding: Finding,
    /// What is wrong, without the words of the errors.
    pub cause: String,
    /// Places in other files, each with the position of its file.
    pub elsewhere: Vec<(usize, Citation)>,
}

/// Returns what files show together, likely causes first, and what their objects show to be wrong, each
/// with the position of the file that is cited.
pub fn tie(offers: &[Offer<'_>]) -> (Vec<Tie>, Vec<(usize, CommandRun)>) {
    let known = Known::of(offers);
    (ties(&known), facts::runs(&known))
}

fn ties(known: &Known<'_>) -> Vec<Tie> {
    let kinds = [
        addresses::ties(known),
        variables::ties(known),
        references::ties(known),
        policies::ties(known),
        limits::ties(known),
        preemptions::ties(known),
        nodes::ties(known),
        experiments::ties(known),
        crashes::ties(known),
    ];
    let mut ties: Vec<Tie> = Vec::new();
    for mut kind in kinds {
        kind.sort_by_key(|tie| std::cmp::Reverse((tie.finding.severity, tie.finding.count)));
        kind.truncate(OF_A_KIND_MAX);
        ties.append(&mut kind);
    }
    ties.sort_by_key(|tie| std::cmp::Reverse(tie.finding.severity));
    for tie in &mut ties {
        let others = tie.elsewhere.iter().map(|(file, _)| *file);
        let files: BTreeSet<usize> = others.chain([tie.file]).collect();
        corroborate(&mut tie.finding, files.len());
    }
    ties
}

/// Adds what files show together to the findings of the files that are cited first.
pub fn tie_findings(files: &mut [(&str, &mut Analysis)]) {
    let (ties, runs) = {
        let offers: Vec<Offer<'_>> = files
            .iter()
            .map(|(name, analysis)| Offer {
                name,
                inventory: &analysis.inventory,
                clues: &analysis.clues,
            })
            .collect();
        tie(&offers)
    };
    let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    for tie in ties.into_iter().rev() {
        let mut finding = tie.finding;
        let elsewhere = tie.elsewhere.into_iter();
        finding.elsewhere = elsewhere
            .map(|(file, citation)| Elsewhere {
                file: names[file].clone(),
                citation,
            })
            .collect();
        insert(files[tie.file].1, finding);
    }
    for (file, run) in runs {
        add_run(files[file].1, run);
    }
    beside(files);
}

/// Judges services by the pods, or the descriptions of pods, of other files.
fn beside(files: &mut [(&str, &mut Analysis)]) {
    let pods = pods_of(files.iter().map(|(_, it)| (&it.inventory, &it.clues)));
    for (_, analysis) in files.iter_mut() {
        if !analysis.inventory.pods.is_empty() {
            continue;
        }
        if let Some(run) = analysis.inventory.beside(&pods) {
            add_run(analysis, run);
        }
    }
}

fn add_run(analysis: &mut Analysis, run: CommandRun) {
    for mut found in command_findings(&[run], None) {
        found.score = if found.severity >= Severity::Error {
            SCORE - 0.01
        } else {
            SCORE_OF_HINTS
        };
        insert(analysis, found);
    }
}

/// The order by score holds.
fn insert(analysis: &mut Analysis, found: Finding) {
    let findings = &mut analysis.findings;
    let at = findings.partition_point(|known| known.score > found.score);
    findings.insert(at, found);
}

/// Returns the pods of all files; where a namespace has none, those that its workloads describe.
pub fn pods_of<'a>(
    files: impl Iterator<Item = (&'a Inventory, &'a Clues)> + Clone,
) -> Vec<ListedPod> {
    let listed = files.clone().flat_map(|(inventory, _)| &inventory.pods);
    let mut pods: Vec<ListedPod> = listed.cloned().collect();
    let described = files.flat_map(|(_, clues)| &clues.templates);
    let lacks = |space: &str| !pods.iter().any(|pod| pod.namespace == space);
    let described: Vec<ListedPod> = described
        .filter(|it| lacks(&it.namespace))
        .cloned()
        .collect();
    pods.extend(described);
    pods
}

/// Everything that all files offer.
struct Known<'a> {
    offers: &'a [Offer<'a>],
    heard: Vec<Heard<'a>>,
    /// Settings with the position of their file.
    settings: Vec<(usize, &'a Setting)>,
    environments: Vec<(usize, &'a Environment)>,
}

impl<'a> Known<'a> {
    fn of(offers: &'a [Offer<'a>]) -> Self {
        let mut known = Self {
            offers,
            heard: heard(offers),
            settings: Vec::new(),
            environments: Vec::new(),
        };
        known.settings = known.each(|it| &it.clues.settings);
        known.settings.truncate(SETTINGS_MAX);
        known.environments = known.each(|it| &it.clues.environments);
        known.environments.truncate(SETTINGS_MAX);
        known
    }

    /// Returns what each file offers of a kind, with the position of the file.
    fn each<T>(&self, list: impl Fn(&'a Offer<'a>) -> &'a [T]) -> Vec<(usize, &'a T)> {
        let files = self.offers.iter().enumerate();
        files
            .flat_map(|(file, offer)| list(offer).iter().map(move |it| (file, it)))
            .collect()
    }

    fn pods(&self) -> Vec<ListedPod> {
        pods_of(self.offers.iter().map(|it| (it.inventory, it.clues)))
    }
}

/// A cause that is made of a place in one file and what is heard in others.
struct Cause<'a> {
    id: Option<&'static str>,
    severity: Severity,
    statement: String,
    component: String,
    file: usize,
    place: &'a Citation,
    heard: Vec<&'a Heard<'a>>,
}

impl Cause<'_> {
    fn tie(self) -> Tie {
        let excerpt = self.heard.first().map(|first| {
            let words = first.complaint.text.split_whitespace();
            let text = words.collect::<Vec<_>>().join(" ");
            format!("; errors say \"{}\"", shorten(&text, EXCERPT_MAX))
        });
        let statement = format!("{}{}", self.statement, excerpt.unwrap_or_default());
        let own = self.heard.iter().filter(|it| it.file == self.file);
        let mut citations = vec![self.place.clone()];
        citations.extend(own.map(|it| it.complaint.citation.clone()));
        let mut found = finding(
            FindingKind::ConfigValue,
            self.severity,
            &statement,
            citations,
        );
        found.signature = fingerprint::config(self.id.unwrap_or("tie"), &self.statement);
        found.signature_id = self.id.map(ToOwned::to_owned);
        found.component = Some(self.component).filter(|it| !it.is_empty());
        let complaints = || self.heard.iter().map(|it| it.complaint);
        found.count = complaints().map(|it| it.count).sum::<u64>().max(1);
        found.first_seen = complaints().filter_map(|it| it.first_seen).min();
        found.last_seen = complaints().filter_map(|it| it.last_seen).max();
        found.score = if self.severity >= Severity::Error {
            SCORE
        } else {
            SCORE_OF_HINTS
        };
        let others = self.heard.iter().filter(|it| it.file != self.file);
        Tie {
            file: self.file,
            finding: found,
            cause: self.statement,
            elsewhere: others
                .take(3)
                .map(|it| (it.file, it.complaint.citation.clone()))
                .collect(),
        }
    }
}

/// Returns the name of an object without its kind.
fn bare(object: &str) -> &str {
    object.rsplit('/').next().unwrap_or(object)
}

/// Returns an object, or the file that holds a setting of none.
fn holder<'a>(object: &'a str, file: &'a str) -> &'a str {
    if object.is_empty() {
        file.rsplit('/').next().unwrap_or(file)
    } else {
        object
    }
}

/// Returns a value without the password that an address may hold.
pub(crate) fn without_password(value: &str) -> String {
    let user = value.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let name = user.split(':').next().unwrap_or_default();
        Some(format!("{scheme}://{name}@{host}"))
    });
    user.unwrap_or_else(|| value.to_owned())
}

/// Returns whether one name may have been meant by the other: a slip of the pen, or a longer form.
fn is_near(one: &str, other: &str) -> bool {
    let (short, long) = plain_pair(one, other);
    is_slip(one, other)
        || short.len() >= 5 && long.starts_with(short.as_str()) && long.len() - short.len() <= 8
}

/// Returns whether two names differ by a slip of the pen.
fn is_slip(one: &str, other: &str) -> bool {
    let (short, long) = plain_pair(one, other);
    let allowed = if short.len() >= 6 { 2 } else { 1 };
    short == long || short.len() >= 4 && strsim::levenshtein(&short, &long) <= allowed
}

/// Letters and digits of two names, the shorter one first.
fn plain_pair(one: &str, other: &str) -> (String, String) {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(|it| it.is_alphanumeric());
        letters.collect::<String>().to_ascii_lowercase()
    };
    let (one, other) = (plain(one), plain(other));
    if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    }
}

#[cfg(test)]
mod cluster_tests;
#[cfg(test)]
mod tests;

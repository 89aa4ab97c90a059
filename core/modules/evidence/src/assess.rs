//! Judges a case: what the files say together, and which conditions and causes that speaks for.

use std::collections::{BTreeMap, HashMap, HashSet};

use faultmaven_analysis::{
    Catalogue, Change, ChangeDirection, ChangeKind, Clues, CommandRun, Entity, Inventory, Offer,
    Tie, command_findings, pods_of, tie,
};
use faultmaven_proto::evidence::v1 as pb;
use tokio::task::spawn_blocking;

use crate::convert::{self, signed, time};
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::indications::{StoredIndication, Strength, of_commands};
use crate::parts::Parts;
use crate::report::{StoredReport, kind_name};
use crate::store::REPORTS_AT_A_TIME;

mod altered;
mod candidates;
mod keywords;
mod pods;

const FINDINGS_MAX: usize = 200;
/// Findings that are held while files are gone through.
const FINDINGS_HELD: usize = 20 * FINDINGS_MAX;
const ENTITIES_MAX: usize = 100;
/// Of cases with thousands of files, this much is held: of entities in all, of changes in all, of
/// indications for each entry of the catalogue.
const ENTITIES_HELD: usize = 20_000;
const CHANGES_HELD: usize = 2_000;
const INDICATIONS_HELD: usize = 400;
/// Files that are laid beside each other.
const LISTED_MAX: usize = 2_000;
const NAMES_MAX: usize = 2_000;

/// What all analysed files of a case say.
#[derive(Default)]
pub(crate) struct Assessment {
    findings: Vec<pb::Finding>,
    indications: HashMap<String, Vec<pb::Indication>>,
    changes: Vec<pb::ObservedChange>,
    entities: BTreeMap<(&'static str, String), Entity>,
    listed: Vec<Listed>,
    /// What files show together, by the entry of the catalogue.
    told: HashMap<String, String>,
    /// Who has which address.
    names: HashMap<String, String>,
    pods: Vec<pb::ListedPod>,
}

/// What one file offers to be laid beside others.
struct Listed {
    file: Model,
    inventory: Inventory,
    clues: Clues,
}

/// Returns the files of a case and what they say together.
pub(crate) async fn assess(
    parts: &Parts,
    case_id: &str,
) -> Result<pb::AssessCaseResponse, EvidenceError> {
    let files = parts.store.files_of_case(case_id).await?;
    let mut assessment = Assessment::default();
    for batch in files.chunks(REPORTS_AT_A_TIME) {
        let reports = parts.store.reports(batch).await?.into_iter();
        let reports: Vec<_> = reports
            .map(|(file, report)| (file.clone(), report))
            .collect();
        // Reports are large enough to hold up other calls while they are gone through.
        assessment = spawn_blocking(move || {
            for (file, report) in &reports {
                assessment.add(file, report);
            }
            assessment
        })
        .await?;
    }
    let signatures = parts.signatures.latest();
    let judged = move || assessment.into_wire(signatures.catalogue());
    let mut answer = spawn_blocking(judged).await?;
    answer.files = files.into_iter().map(convert::file::to_wire).collect();
    Ok(answer)
}

impl Assessment {
    /// Adds what one file says.
    pub(crate) fn add(&mut self, file: &Model, report: &StoredReport) {
        let findings = report.findings.iter().cloned();
        self.findings
            .extend(findings.map(|finding| convert::finding::to_wire(file, finding)));
        if self.findings.len() > FINDINGS_HELD {
            self.keep_best_findings();
        }
        for found in report.indications.iter().cloned() {
            let indications = self
                .indications
                .entry(found.catalogue_id.clone())
                .or_default();
            indications.push(indication(file, found));
            if indications.len() > 2 * INDICATIONS_HELD {
                keep_telling(indications);
            }
        }
        let room = CHANGES_HELD.saturating_sub(self.changes.len());
        let changes = report.changes.iter().take(room).cloned();
        self.changes
            .extend(changes.map(|change| observed_change(file, change)));
        for entity in &report.entities {
            self.merge_entity(entity);
        }
        if self.entities.len() > ENTITIES_HELD {
            self.keep_frequent_entities();
        }
        let offers = !report.inventory.is_empty() || !report.clues.is_empty();
        if offers && self.listed.len() < LISTED_MAX {
            self.listed.push(Listed {
                file: file.clone(),
                inventory: report.inventory.clone(),
                clues: report.clues.clone(),
            });
        }
    }

    /// Adds what files show beside each other.
    fn join(&mut self, catalogue: &Catalogue) {
        let listed = std::mem::take(&mut self.listed);
        let pods = pods_of(
            listed
                .iter()
                .map(|listed| (&listed.inventory, &listed.clues)),
        );
        let without_pods = listed.iter().filter(|it| it.inventory.pods.is_empty());
        for Listed {
            file, inventory, ..
        } in without_pods
        {
            let Some(run) = inventory.beside(&pods) else {
                continue;
            };
            self.add(file, &of_run(run, catalogue));
        }
        let offers: Vec<Offer<'_>> = listed
            .iter()
            .map(|listed| Offer {
                name: &listed.file.filename,
                inventory: &listed.inventory,
                clues: &listed.clues,
            })
            .collect();
        let (ties, runs) = tie(&offers);
        for (at, run) in runs {
            self.add(&listed[at].file, &of_run(run, catalogue));
        }
        for tied in ties {
            self.add_tie(&listed, tied, catalogue);
        }
        self.names = listed
            .iter()
            .flat_map(|it| it.inventory.names())
            .take(NAMES_MAX)
            .map(|(address, name)| (address.to_owned(), name.to_owned()))
            .collect();
        self.pods = pods::in_trouble_first(&listed);
        let altered = altered::between(&listed, &self.changes);
        self.changes.extend(altered);
    }

    /// Adds what several files show together, with the places in each of them.
    fn add_tie(&mut self, listed: &[Listed], tied: Tie, catalogue: &Catalogue) {
        let Tie {
            file,
            finding,
            cause,
            elsewhere,
        } = tied;
        let entry = finding.signature_id.as_deref();
        if let Some(entry) = entry.and_then(|id| catalogue.entry(id)) {
            let own = finding.citations.iter().map(|place| (file, place));
            let others = elsewhere.iter().map(|(file, place)| (*file, place));
            let indications = own.chain(others).map(|(file, place)| {
                let found = StoredIndication {
                    catalogue_id: entry.id.clone(),
                    strength: Strength::Direct,
                    statement: finding.statement.clone(),
                    citation: place.clone(),
                    signature: finding.signature.clone(),
                    count: finding.count,
                    first_seen: finding.first_seen,
                    last_seen: finding.last_seen,
                };
                indication(&listed[file].file, found)
            });
            self.indications
                .entry(entry.id.clone())
                .or_default()
                .extend(indications);
            self.told.entry(entry.id.clone()).or_insert(cause);
        }
        let places = elsewhere
            .into_iter()
            .map(|(file, place)| convert::finding::citation(&listed[file].file, place));
        let mut found = convert::finding::to_wire(&listed[file].file, finding);
        found.citations.extend(places);
        self.findings.push(found);
    }

    /// Returns everything best first and within its limits.
    pub(crate) fn into_wire(mut self, catalogue: &Catalogue) -> pb::AssessCaseResponse {
        self.join(catalogue);
        self.keep_best_findings();
        let mut entities: Vec<_> = self.entities.into_values().collect();
        entities.sort_by_key(|entity| std::cmp::Reverse((entity.error_count, entity.count)));
        entities.truncate(ENTITIES_MAX);
        pb::AssessCaseResponse {
            files: Vec::new(),
            findings: self.findings,
            candidates: candidates::candidates(self.indications, &self.told, catalogue),
            changes: self.changes,
            names: self.names,
            pods: self.pods,
            entities: entities.iter().map(convert::finding::entity).collect(),
        }
    }

    /// The sort is stable, so that it does not matter when others are dropped.
    fn keep_best_findings(&mut self) {
        self.findings.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut seen = HashSet::new();
        self.findings
            .retain(|finding| seen.insert(finding.finding_id.clone()));
        self.findings.truncate(FINDINGS_MAX);
    }

    /// Lets go of the entities that are named least, half of them.
    fn keep_frequent_entities(&mut self) {
        let rank = |entity: &Entity| (entity.error_count, entity.count);
        let mut ranks: Vec<(u64, u64)> = self.entities.values().map(rank).collect();
        let middle = ranks.len() / 2;
        let (_, least, _) = ranks.select_nth_unstable(middle);
        let least = *least;
        let above = self.entities.values().filter(|it| rank(it) > least).count();
        let mut room = (ENTITIES_HELD / 2).saturating_sub(above);
        self.entities.retain(|_, entity| {
            let is_middling = rank(entity) == least && room > 0;
            room -= usize::from(is_middling);
            rank(entity) > least || is_middling
        });
    }

    fn merge_entity(&mut self, entity: &Entity) {
        let key = (kind_name(entity.kind), entity.value.clone());
        match self.entities.get_mut(&key) {
            None => {
                self.entities.insert(key, entity.clone());
            }
            Some(known) => {
                known.count += entity.count;
                known.error_count += entity.error_count;
            }
        }
    }
}

/// Returns what objects of some files show beside those of others.
fn of_run(run: CommandRun, catalogue: &Catalogue) -> StoredReport {
    let commands = [run];
    StoredReport {
        findings: command_findings(&commands, None),
        indications: of_commands(&commands, catalogue),
        ..StoredReport::default()
    }
}

/// Keeps the indications that tell most: direct ones first, then those seen most often.
fn keep_telling(indications: &mut Vec<pb::Indication>) {
    indications.sort_by_key(|it| {
        let indirect = matches!(
            it.strength(),
            pb::IndicationStrength::Indirect | pb::IndicationStrength::CounterIndirect
        );
        (indirect, std::cmp::Reverse(it.count))
    });
    indications.truncate(INDICATIONS_HELD);
}

fn indication(file: &Model, found: StoredIndication) -> pb::Indication {
    let strength = match found.strength {
        Strength::Direct => pb::IndicationStrength::Direct,
        Strength::Indirect => pb::IndicationStrength::Indirect,
        Strength::CounterDirect => pb::IndicationStrength::CounterDirect,
        Strength::CounterIndirect => pb::IndicationStrength::CounterIndirect,
    };
    pb::Indication {
        strength: strength.into(),
        statement: found.statement,
        citation: Some(convert::finding::citation(file, found.citation)),
        signature: found.signature,
        observed_from: time(found.first_seen),
        observed_to: time(found.last_seen),
        count: signed(found.count),
    }
}

fn observed_change(file: &Model, change: Change) -> pb::ObservedChange {
    let change_type = match change.kind {
        ChangeKind::Config => "config",
        ChangeKind::Code => "code",
    };
    pb::ObservedChange {
        description: describe(&change),
        change_type: change_type.to_owned(),
        change_time: time(change.changed_at),
        key: change.path,
        before: change.before.unwrap_or_default(),
        after: change.after.unwrap_or_default(),
        citation: Some(convert::finding::citation(file, change.citation)),
        signature: change.signature,
        before_citation: None,
    }
}

fn describe(change: &Change) -> String {
    let place = &change.file;
    match (change.path.as_str(), &change.before, &change.after) {
        ("", _, _) => format!("code changed in {place}"),
        (key, Some(before), Some(after)) => {
            format!("{key} changed from {before} to {after} in {place}")
        }
        (key, None, Some(after)) if change.direction == ChangeDirection::Replaced => {
            format!("{key} was set to {after} in {place}")
        }
        (key, None, Some(after)) => format!("{key} = {after} was added to {place}"),
        (key, Some(before), None) => format!("{key} = {before} was removed from {place}"),
        (_, None, None) => format!("{} in {place}", change.done()),
    }
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;

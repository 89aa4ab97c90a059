//! From indications to conditions and the causes that may explain them.

use std::collections::HashMap;

use faultmaven_analysis::{
    CandidateCause, Catalogue, CatalogueEntry, Category, Check, HypothesisKind, Remedy,
};
use faultmaven_proto::evidence::v1 as pb;

use super::keywords::keywords;
use crate::convert::finding::severity;
use crate::indications::cause_id;

/// Returns the entries that something speaks for, each followed by all its causes.
///
/// What files show together about an entry is said in its place. Causes come without an indication too, so that the ones with one have competitors.
pub(super) fn candidates(
    mut indications: HashMap<String, Vec<pb::Indication>>,
    told: &HashMap<String, String>,
    catalogue: &Catalogue,
) -> Vec<pb::Candidate> {
    let mut matched: Vec<(&CatalogueEntry, Vec<pb::Indication>)> = Vec::new();
    for entry in &catalogue.entries {
        let found = indications.remove(&entry.id).unwrap_or_default();
        if found.iter().any(supports) {
            matched.push((entry, found));
        }
    }
    leave_exact(&mut matched);
    matched.sort_by_key(|(_, found)| std::cmp::Reverse(weight(found)));
    let mut candidates = Vec::new();
    for (entry, found) in matched {
        let mut candidate = entry_candidate(entry, found);
        if let Some(told) = told.get(&entry.id) {
            candidate.statement.clone_from(told);
        }
        candidates.push(candidate);
        for cause in &entry.causes {
            let found = indications
                .remove(&cause_id(entry, cause))
                .unwrap_or_default();
            candidates.push(cause_candidate(entry, cause, found));
        }
    }
    candidates
}

/// Leaves out general entries that speak of nothing but lines about which another one says more.
fn leave_exact(matched: &mut Vec<(&CatalogueEntry, Vec<pb::Indication>)>) {
    let mut exact: HashMap<(String, i64), i64> = HashMap::new();
    for (_, found) in matched.iter().filter(|(entry, _)| !entry.general) {
        for (place, count) in places(found) {
            let most = exact.entry(place).or_default();
            *most = count.max(*most);
        }
    }
    matched.retain(|(entry, found)| {
        let is_told = |(place, count)| exact.get(&place).is_some_and(|most| count <= *most);
        let cited = found.iter().filter(|it| supports(it)).count();
        !entry.general || places(found).filter(|it| is_told(it.clone())).count() < cited
    });
}

/// The file, the place in it and the number of each thing that speaks for an entry and is cited.
fn places(found: &[pb::Indication]) -> impl Iterator<Item = ((String, i64), i64)> {
    let cited = found.iter().filter(|it| supports(it));
    cited.filter_map(|it| {
        let cited = it.citation.as_ref()?;
        Some(((cited.file_id.clone(), cited.byte_start), it.count))
    })
}

fn supports(indication: &pb::Indication) -> bool {
    matches!(
        indication.strength(),
        pb::IndicationStrength::Direct | pb::IndicationStrength::Indirect
    )
}

/// Direct indications first, then how often they were seen.
fn weight(found: &[pb::Indication]) -> (usize, i64) {
    let direct =
        |indication: &&pb::Indication| indication.strength() == pb::IndicationStrength::Direct;
    let seen = found
        .iter()
        .filter(|found| supports(found))
        .map(|found| found.count)
        .sum();
    (found.iter().filter(direct).count(), seen)
}

fn entry_candidate(entry: &CatalogueEntry, indications: Vec<pb::Indication>) -> pb::Candidate {
    let kind = match entry.kind {
        HypothesisKind::Condition => "condition",
        HypothesisKind::Cause => "cause",
    };
    pb::Candidate {
        catalogue_id: entry.id.clone(),
        kind: kind.to_owned(),
        title: entry.title.clone(),
        statement: entry.title.clone(),
        category: category_name(entry.category).to_owned(),
        explains: String::new(),
        mechanism: entry.mechanism.clone(),
        does_not_prove: entry.not_proof.clone(),
        indications,
        checks: entry.checks.iter().map(check).collect(),
        remedy: entry
            .remedy
            .as_ref()
            .map(|remedy| remedy_to_wire(entry.category, remedy)),
        keywords: keywords(&[&entry.id, &entry.title, &entry.technology]),
        severity: severity(entry.severity).into(),
        everyday: entry.everyday,
    }
}

fn cause_candidate(
    entry: &CatalogueEntry,
    cause: &CandidateCause,
    indications: Vec<pb::Indication>,
) -> pb::Candidate {
    pb::Candidate {
        catalogue_id: cause_id(entry, cause),
        kind: "cause".to_owned(),
        title: title_of(&cause.id),
        statement: cause.statement.clone(),
        category: category_name(cause.category).to_owned(),
        explains: entry.id.clone(),
        mechanism: cause.mechanism.clone(),
        does_not_prove: String::new(),
        indications,
        checks: cause.checks.iter().map(check).collect(),
        remedy: cause
            .remedy
            .as_ref()
            .map(|remedy| remedy_to_wire(cause.category, remedy)),
        keywords: keywords(&[&cause.id, &cause.statement]),
        severity: severity(entry.severity).into(),
        everyday: entry.everyday,
    }
}

/// A cause is named by its id, `pool_size_too_low`, in words.
fn title_of(cause_id: &str) -> String {
    let words = cause_id.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

fn check(check: &Check) -> pb::Check {
    pb::Check {
        title: check.description.clone(),
        command: check.command.clone(),
        if_true: check.reading.clone().unwrap_or_default(),
        if_false: String::new(),
    }
}

fn remedy_to_wire(category: Category, remedy: &Remedy) -> pb::Remedy {
    pb::Remedy {
        title: remedy.title.clone(),
        body: remedy.body.clone(),
        commands: remedy
            .commands
            .iter()
            .map(|known| known.command.clone())
            .collect(),
        rollback: remedy.rollback.clone(),
        kind: remedy_kind(category, remedy).to_owned(),
        risks: remedy.risk_told(),
    }
}

/// The catalogue says what to do, not under which heading; its words and the category tell.
fn remedy_kind(category: Category, remedy: &Remedy) -> &'static str {
    let text = remedy.title.to_lowercase();
    let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if names(&["roll back", "rollback", "revert"]) {
        "rollback"
    } else if names(&["restart"]) {
        "restart"
    } else if names(&["scale", "replica", "more instances"]) {
        "scaling"
    } else if names(&["workaround"]) {
        "workaround"
    } else {
        match category {
            Category::Code => "code_fix",
            Category::Config | Category::Environment | Category::Security => "config_change",
            Category::Data => "data_fix",
            Category::Network | Category::Database | Category::Hardware => "infrastructure",
            Category::External | Category::Human | Category::Other => "other",
        }
    }
}

fn category_name(category: Category) -> &'static str {
    match category {
        Category::Code => "code",
        Category::Config => "config",
        Category::Environment => "environment",
        Category::Network => "network",
        Category::Data => "data",
        Category::Database => "database",
        Category::Security => "security",
        Category::Hardware => "hardware",
        Category::External => "external",
        Category::Human => "human",
        Category::Other => "other",
    }
}

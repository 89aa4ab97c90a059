//! Catalogue files of a user: checked against schema, rules and their own samples.

use std::collections::BTreeMap;

use super::check::faults;
use super::load::{File, built_in_entries};
use super::{Catalogue, CatalogueEntry, Signatures};

/// One file of a user's catalogue: YAML, or TOML when its name ends so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueFile {
    /// The name that errors give.
    pub name: String,
    pub text: String,
}

/// What is wrong in a file of a user's catalogue, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct CatalogueFault {
    pub file: String,
    pub line: usize,
    pub problem: String,
}

/// The entries of a user's files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnCatalogue {
    /// Name and entries of each file.
    pub files: Vec<(String, Vec<CatalogueEntry>)>,
}

/// Reads the files of a user, or says everything that is wrong with them.
pub fn own_catalogue(files: &[CatalogueFile]) -> Result<OwnCatalogue, Vec<CatalogueFault>> {
    let mut own = OwnCatalogue::default();
    let mut found = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for file in files {
        let entries = match entries(file) {
            Ok(entries) => entries,
            Err(fault) => {
                found.push(fault);
                continue;
            }
        };
        for entry in &entries {
            let start = line_of(&file.text, &entry.id, 1);
            for fault in faults(entry) {
                let line = line_of(&file.text, &fault.at, start);
                found.push(at(file, line, fault.problem));
            }
            if let Some(other) = seen.insert(entry.id.clone(), &file.name) {
                let problem = format!("{} stands in {other} already; rename one", entry.id);
                found.push(at(file, start, problem));
            }
        }
        own.files.push((file.name.clone(), entries));
    }
    if found.is_empty() {
        Ok(own)
    } else {
        Err(found)
    }
}

impl OwnCatalogue {
    /// Returns the embedded entries with these in the place of those of the same id, and behind.
    pub fn signatures(&self) -> Signatures {
        let mut own: BTreeMap<&str, &CatalogueEntry> = BTreeMap::new();
        let listed = || self.files.iter().flat_map(|(_, entries)| entries);
        own.extend(listed().map(|entry| (entry.id.as_str(), entry)));
        let mut entries = built_in_entries();
        for entry in &mut entries {
            if let Some(replacement) = own.remove(entry.id.as_str()) {
                entry.clone_from(replacement);
            }
        }
        let further = listed().filter(|entry| own.contains_key(entry.id.as_str()));
        entries.extend(further.cloned());
        Signatures::new(Catalogue { entries })
    }
}

fn entries(file: &CatalogueFile) -> Result<Vec<CatalogueEntry>, CatalogueFault> {
    let parsed: File = if file.name.ends_with(".toml") {
        toml::from_str(&file.text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = file.text[..start.min(file.text.len())]
                .matches('\n')
                .count()
                + 1;
            at(file, line, misfit(error.message()))
        })?
    } else {
        serde_saphyr::from_str(&file.text).map_err(|error| {
            let line = error.location().map_or(1, |it| it.line());
            let text = error.without_snippet().to_string();
            at(file, usize::try_from(line).unwrap_or(1), misfit(&text))
        })?
    };
    let mut entries = parsed.signature;
    for entry in &mut entries {
        let technology = entry.id.split('.').next().unwrap_or_default();
        technology.clone_into(&mut entry.technology);
    }
    Ok(entries)
}

fn misfit(problem: &str) -> String {
    let problem = problem.lines().next().unwrap_or(problem);
    format!("{problem}; correct it as the embedded catalogue has it")
}

fn at(file: &CatalogueFile, line: usize, problem: String) -> CatalogueFault {
    CatalogueFault {
        file: file.name.clone(),
        line,
        problem,
    }
}

/// Returns the line that holds `part`, at `start` or behind it, or else `start`.
///
/// Text that the file spells otherwise, as with escapes or over several lines, is not found.
fn line_of(text: &str, part: &str, start: usize) -> usize {
    let mut lines = text.lines().enumerate().skip(start - 1);
    let found = lines.find(|(_, line)| line.contains(part) && !part.is_empty());
    found.map_or(start, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests;

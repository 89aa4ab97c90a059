//! Reads the embedded catalogue, whose files the build has joined.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Catalogue, CatalogueEntry};

/// The content of each file by its technology, as JSON.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(alias = "signatures")]
    pub(super) signature: Vec<CatalogueEntry>,
}

/// Returns the entries of the embedded files.
pub(super) fn built_in_entries() -> Vec<CatalogueEntry> {
    let files = embedded();
    debug_assert!(files.is_ok(), "the embedded catalogue: {files:?}");
    let files = files.unwrap_or_default().into_iter();
    files
        .flat_map(|(technology, file)| {
            let mut entries = file.signature;
            for entry in &mut entries {
                technology.clone_into(&mut entry.technology);
            }
            entries
        })
        .collect()
}

fn embedded() -> serde_json::Result<BTreeMap<String, File>> {
    serde_json::from_str(EMBEDDED)
}

impl Catalogue {
    /// Returns the entry with this identifier.
    pub fn entry(&self, id: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::catalogue::check::faults;

    #[test]
    fn every_file_keeps_the_rules_and_identifiers_are_unique() {
        let mut seen = BTreeSet::new();
        for (technology, file) in embedded().unwrap() {
            for entry in file.signature {
                assert!(
                    entry.id.starts_with(&format!("{technology}.")),
                    "{}",
                    entry.id
                );
                let faults = faults(&entry);
                assert!(faults.is_empty(), "{}: {faults:?}", entry.id);
                assert!(seen.insert(entry.id.clone()), "{} twice", entry.id);
            }
        }
        assert!(seen.len() >= 750, "only {} entries", seen.len());
    }

    #[test]
    fn every_remedy_names_its_risk() {
        fn unrated(value: &Value, found: &mut Vec<String>) {
            if value
                .get("remedy")
                .is_some_and(|it| it.get("risk").is_none())
            {
                found.push(value["id"].to_string());
            }
            match value {
                Value::Object(fields) => fields.values().for_each(|it| unrated(it, found)),
                Value::Array(items) => items.iter().for_each(|it| unrated(it, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        unrated(&serde_json::from_str(EMBEDDED).unwrap(), &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}

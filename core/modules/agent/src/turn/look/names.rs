//! Names that only the lines around a quote tell: of its object, and of the namespace.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::evidence::v1::{DataClass, UploadedFile};
use regex::Regex;

use super::super::{Turn, Turns};
use super::{COMPARED_LINES, SEARCHED_BYTES_MAX};
use crate::analyst::situation::Situation;
use crate::analyst::{fill, subject};
use crate::error::TurnError;
use crate::lookup;

const NAMED_MAX: usize = 6;
/// Matches lines of an export that name the namespace of an object.
const NAMESPACE: &str = r#"\bnamespace"?\s*[:=]\s*"?([a-z0-9][a-z0-9-]*)"#;
/// Namespaces of the cluster itself.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMESPACE).ok());

impl Turns {
    /// Returns the namespace that most objects of the exports are in, if a command wants one.
    pub(super) async fn namespace(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<Option<String>, TurnError> {
        if !fill::names_a_namespace(&situation.assessment) {
            return Ok(None);
        }
        let files = situation.assessment.files.iter();
        let exports = files.filter(|file| {
            matches!(
                file.data_class(),
                DataClass::Config | DataClass::CommandOutput | DataClass::Text
            ) && lookup::has_lines(file)
                && file.size_bytes <= SEARCHED_BYTES_MAX
        });
        let exports: Vec<UploadedFile> = exports.cloned().collect();
        let found = lookup::search(&self.callees, &turn.ctx, NAMESPACE, &exports).await?;
        Ok(most_named(found.hits.iter().map(|hit| hit.quote.as_str())))
    }

    /// Names of what quotes of documents are about; lines of logs carry their own.
    pub(super) async fn names(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<HashMap<(String, i64), String>, TurnError> {
        let is_document = |cited: &&evidence_pb::FileCitation| {
            let files = situation.assessment.files.iter();
            let mut documents = files.filter(|file| {
                file.data_class() != evidence_pb::DataClass::Logs && lookup::has_lines(file)
            });
            documents.any(|file| file.file_id == cited.file_id)
        };
        let cited = situation
            .assessment
            .candidates
            .iter()
            .filter(|candidate| candidate.explains.is_empty())
            .filter_map(|candidate| candidate.indications.first()?.citation.as_ref());
        let mut names = HashMap::new();
        for cited in cited.filter(is_document).take(NAMED_MAX) {
            let first = (cited.line_start - subject::REACH).max(1);
            let count = i32::try_from(cited.line_start - first + subject::REACH);
            let count = count.unwrap_or(COMPARED_LINES);
            let id = &cited.file_id;
            let lines = lookup::read_lines(&self.callees, &turn.ctx, id, first, count).await?;
            if let Some(name) = subject::nearest_name(&lines, cited.line_start) {
                names.insert(subject::key(cited), name);
            }
        }
        Ok(names)
    }
}

fn most_named<'a>(quotes: impl Iterator<Item = &'a str>) -> Option<String> {
    let named = NAMED.as_ref()?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for quote in quotes {
        let names = named.captures_iter(quote).filter_map(|it| it.get(1));
        for name in names
            .map(|it| it.as_str())
            .filter(|it| !SYSTEM.contains(it))
        {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_of_most_objects_counts() {
        let quotes = [
            r#""namespace": "shop","#,
            "  namespace: kube-system",
            r#"{"metadata":{"namespace":"shop"},"subject":{"namespace":"ops"}}"#,
        ];
        assert_eq!(most_named(quotes.into_iter()).as_deref(), Some("shop"));
        assert_eq!(most_named(["name: shop"].into_iter()), None);
    }
}

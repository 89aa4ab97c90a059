//! Counts the lines of names, which the analysis knows only where they stand as a field.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use faultmaven_proto::evidence::v1 as pb;
use regex::Regex;

use super::{BYTES_MAX, Chosen, Lookup, Reader};
use crate::analyst::questions::Names;
use crate::analyst::{entities, terms};
use crate::error::TurnError;

/// Names whose lines are counted.
const COUNTED_MAX: usize = 12;
/// In small files also those are counted that stand in few lines, which may be the ones in question.
const COUNTED_IN_SMALL_MAX: usize = 60;
const SMALL_BYTES: i64 = 4 << 20;
const EXAMPLES_MAX: usize = 5;
/// Matches a field that names a pod, behind its namespace where that is written.
const POD_FIELD: &str = r#"\bpod(?:[_.]?name)?["']?\s*[=:]\s*["']?(?:[a-z0-9-]+/)?([a-z0-9][a-z0-9-]*-[a-z0-9]{4,5})\b"#;

static POD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(POD_FIELD).ok());

/// Names with their lines, the first the one that was most asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct NameCounts {
    pub(crate) rows: Vec<NameCount>,
    /// How many names of the kind the data hold.
    pub(crate) total: usize,
    /// What the lines that decide the order have in common.
    pub(crate) among: String,
    /// Words that no line has together with the others.
    pub(crate) unknown: String,
    /// Whether the lines were counted, not only the fields of the analysis.
    pub(crate) is_exact: bool,
}

/// A name with the number of its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct NameCount {
    pub(crate) value: String,
    pub(crate) lines: i64,
    /// Lines of them that have in common what was asked for.
    pub(crate) among: i64,
}

impl Reader<'_> {
    /// Counts the lines of names, with a line of each.
    pub(super) async fn names(
        &self,
        files: &Chosen<'_>,
        asked: &Names,
        assessment: &pb::AssessCaseResponse,
    ) -> Result<Lookup, TurnError> {
        let named = match asked.kind {
            "pod" => self.pods(files, &assessment.pods).await?,
            kind => entities::named(&assessment.entities, kind),
        };
        let bytes = files.bytes();
        let mut counts = NameCounts {
            total: named.len(),
            is_exact: bytes <= BYTES_MAX,
            ..NameCounts::default()
        };
        let is_wide = bytes <= SMALL_BYTES && !asked.among.is_empty();
        let chosen = in_question(
            named,
            if is_wide {
                COUNTED_IN_SMALL_MAX
            } else {
                COUNTED_MAX
            },
        );
        if !counts.is_exact {
            counts.rows = chosen.iter().map(of_analysis).collect();
            return Ok(with(counts, Lookup::default()));
        }
        let common = self.common(files, asked, &mut counts).await?;
        let written = asked.window.as_ref().map(terms::minutes);
        let lines_with = |parts: Vec<String>| {
            let all: Vec<String> = parts.into_iter().chain(written.clone()).collect();
            terms::in_any_order(&all)
        };
        let mut examples: Vec<(NameCount, Vec<pb::FileCitation>)> = Vec::new();
        for entity in chosen {
            let name = terms::literal(&entity.value);
            let all = lines_with(vec![name.clone()]);
            let all = self.search(files, &all, true).await?;
            let both = lines_with(vec![name, common.clone()]);
            let among = self.search(files, &both, true).await?;
            let row = NameCount {
                value: entity.value,
                lines: all.count(),
                among: among.count(),
            };
            let hits = if among.hits.is_empty() {
                all.hits
            } else {
                among.hits
            };
            examples.push((row, hits));
        }
        let found = ranked(examples, asked, &mut counts);
        Ok(with(counts, found))
    }

    /// The pods of exports; without exports those that fields of lines name.
    async fn pods(
        &self,
        files: &Chosen<'_>,
        listed: &[pb::ListedPod],
    ) -> Result<Vec<pb::Entity>, TurnError> {
        let mut names: BTreeSet<String> = listed.iter().map(|pod| pod.name.clone()).collect();
        if names.is_empty() {
            let found = self.search(files, POD_FIELD, true).await?;
            let field = POD.as_ref();
            let quotes = found.hits.iter().map(|hit| hit.quote.as_str());
            let named = quotes.flat_map(|quote| {
                field
                    .into_iter()
                    .flat_map(move |it| it.captures_iter(quote))
            });
            names.extend(named.filter_map(|it| Some(it.get(1)?.as_str().to_owned())));
        }
        let entity = |value| pb::Entity {
            kind: "pod".to_owned(),
            value,
            ..Default::default()
        };
        Ok(names.into_iter().map(entity).collect())
    }

    /// Finds the lines that report a login, and counts them by user.
    pub(super) async fn logins(
        &self,
        files: &Chosen<'_>,
        entities: &[pb::Entity],
    ) -> Result<Lookup, TurnError> {
        let found = self.search(files, terms::logins(), true).await?;
        let users = entities::named(entities, "user");
        let bytes = files.bytes();
        let mut counts = NameCounts {
            total: users.len(),
            is_exact: true,
            ..NameCounts::default()
        };
        if found.count() == 0 || bytes > BYTES_MAX {
            return Ok(found);
        }
        for user in in_question(users, COUNTED_MAX) {
            let logins = format!("(?:{})", terms::logins());
            let both = terms::in_any_order(&[terms::literal(&user.value), logins]);
            let lines = self.search(files, &both, true).await?.count();
            counts.rows.push(NameCount {
                value: user.value,
                lines,
                among: lines,
            });
        }
        counts.rows.retain(|row| row.lines > 0);
        counts.rows.sort_by_key(|row| Reverse(row.lines));
        Ok(with(counts, found))
    }

    /// Returns the pattern of the lines that decide the order; errors where no other are named.
    async fn common(
        &self,
        files: &Chosen<'_>,
        asked: &Names,
        counts: &mut NameCounts,
    ) -> Result<String, TurnError> {
        if let Some(pattern) = terms::pattern(&asked.among) {
            let described = terms::described(&asked.among);
            if self.search(files, &pattern, true).await?.count() > 0 {
                counts.among = described;
                return Ok(format!("(?:{pattern})"));
            }
            let words = self.known_words(files, &asked.among).await?;
            let left_out = asked.among.split_whitespace();
            let left_out = left_out.filter(|it| !words.split(' ').any(|word| word == *it));
            counts.unknown = left_out.collect::<Vec<_>>().join(" ");
            if let Some(pattern) = terms::pattern(&words) {
                counts.among = terms::described(&words);
                return Ok(format!("(?:{pattern})"));
            }
        }
        counts.among = terms::described("errors");
        Ok(terms::error_lines())
    }
}

/// The names that come into question: with most errors, and in most lines.
fn in_question(by_errors: Vec<pb::Entity>, max: usize) -> Vec<pb::Entity> {
    let mut by_count = by_errors.clone();
    by_count.sort_by_key(|entity| Reverse(entity.count));
    let mut chosen: Vec<pb::Entity> = Vec::new();
    for entity in by_count
        .into_iter()
        .take(max)
        .chain(by_errors.into_iter().take(COUNTED_MAX / 2))
    {
        if chosen.iter().all(|known| known.value != entity.value) {
            chosen.push(entity);
        }
    }
    chosen
}

fn of_analysis(entity: &pb::Entity) -> NameCount {
    NameCount {
        value: entity.value.clone(),
        lines: entity.count,
        among: entity.error_count,
    }
}

fn with(counts: NameCounts, found: Lookup) -> Lookup {
    Lookup {
        names: Some(counts),
        ..found
    }
}

/// Puts names in their order, with a line of the first ones.
fn ranked(
    mut examples: Vec<(NameCount, Vec<pb::FileCitation>)>,
    asked: &Names,
    counts: &mut NameCounts,
) -> Lookup {
    let first_by_lines = asked.by_lines && asked.among.is_empty();
    examples.sort_by_key(|(row, _)| match first_by_lines {
        true => Reverse((row.lines, row.among)),
        false => Reverse((row.among, row.lines)),
    });
    let mut found = Lookup::default();
    for (row, hits) in examples {
        let is_new = |hit: &&pb::FileCitation| !found.hits.contains(hit);
        let example = hits.iter().find(is_new).cloned();
        found
            .hits
            .extend(example.filter(|_| counts.rows.len() < EXAMPLES_MAX));
        counts.rows.push(row);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_name_a_pod_are_told_from_others() {
        let name = |line: &str| {
            let found = POD.as_ref()?.captures(line)?;
            Some(found.get(1)?.as_str().to_owned())
        };
        for line in [
            "order=7 pod=orders-7d9f8b6c5-x2k4p",
            r#"{"pod_name":"shop/orders-7d9f8b6c5-x2k4p"}"#,
            r#""k8s.pod.name": "orders-7d9f8b6c5-x2k4p""#,
        ] {
            assert_eq!(
                name(line).as_deref(),
                Some("orders-7d9f8b6c5-x2k4p"),
                "{line}"
            );
        }
        assert_eq!(name("podium=first"), None);
    }
}

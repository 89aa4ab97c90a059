//! Reads the embedded catalogue files.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Catalogue, CatalogueEntry};

/// Technology and text of each embedded file, in alphabetical order.
const FILES: [(&str, &str); 25] = [
    ("app", include_str!("../../catalogue/app.toml")),
    ("ci", include_str!("../../catalogue/ci.toml")),
    ("cloud", include_str!("../../catalogue/cloud.toml")),
    ("dns", include_str!("../../catalogue/dns.toml")),
    ("docker", include_str!("../../catalogue/docker.toml")),
    ("dotnet", include_str!("../../catalogue/dotnet.toml")),
    (
        "elasticsearch",
        include_str!("../../catalogue/elasticsearch.toml"),
    ),
    ("go", include_str!("../../catalogue/go.toml")),
    ("http", include_str!("../../catalogue/http.toml")),
    ("jvm", include_str!("../../catalogue/jvm.toml")),
    ("kafka", include_str!("../../catalogue/kafka.toml")),
    (
        "kubernetes",
        include_str!("../../catalogue/kubernetes.toml"),
    ),
    ("linux", include_str!("../../catalogue/linux.toml")),
    ("mongodb", include_str!("../../catalogue/mongodb.toml")),
    ("mysql", include_str!("../../catalogue/mysql.toml")),
    ("network", include_str!("../../catalogue/network.toml")),
    ("node", include_str!("../../catalogue/node.toml")),
    ("php", include_str!("../../catalogue/php.toml")),
    (
        "postgresql",
        include_str!("../../catalogue/postgresql.toml"),
    ),
    ("python", include_str!("../../catalogue/python.toml")),
    ("rabbitmq", include_str!("../../catalogue/rabbitmq.toml")),
    ("redis", include_str!("../../catalogue/redis.toml")),
    ("ruby", include_str!("../../catalogue/ruby.toml")),
    ("rust", include_str!("../../catalogue/rust.toml")),
    ("tls", include_str!("../../catalogue/tls.toml")),
];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let entries = FILES.iter().flat_map(|(technology, text)| {
        let parsed = parse_catalogue(technology, text);
        debug_assert!(parsed.is_ok(), "catalogue file {technology}: {parsed:?}");
        parsed.unwrap_or_default()
    });
    Catalogue {
        entries: entries.collect(),
    }
});

/// A catalogue file that does not fit the schema.
#[derive(Debug, thiserror::Error)]
#[error("catalogue file {technology} does not fit the schema")]
pub struct CatalogueError {
    technology: String,
    #[source]
    source: toml::de::Error,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signature: Vec<CatalogueEntry>,
}

/// Returns the embedded catalogue.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// Parses one catalogue file of a technology.
pub fn parse_catalogue(
    technology: &str,
    text: &str,
) -> Result<Vec<CatalogueEntry>, CatalogueError> {
    let file: File = toml::from_str(text).map_err(|source| CatalogueError {
        technology: technology.to_owned(),
        source,
    })?;
    let mut entries = file.signature;
    for entry in &mut entries {
        technology.clone_into(&mut entry.technology);
    }
    Ok(entries)
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

    use regex::RegexBuilder;

    use super::*;
    use crate::catalogue::{Indicator, Indicators};

    fn regex(pattern: &str) -> regex::Regex {
        RegexBuilder::new(pattern)
            .case_insensitive(true)
            .build()
            .expect(pattern)
    }

    #[test]
    fn every_file_fits_the_schema_and_identifiers_are_unique() {
        let mut seen = BTreeSet::new();
        for (technology, text) in FILES {
            for entry in parse_catalogue(technology, text).expect(technology) {
                assert!(
                    entry.id.starts_with(&format!("{technology}.")),
                    "{}",
                    entry.id
                );
                assert!(seen.insert(entry.id.clone()), "{} twice", entry.id);
                assert!(
                    !entry.patterns.is_empty() && !entry.positive.is_empty(),
                    "{}",
                    entry.id
                );
                assert!(
                    !entry.negative.is_empty(),
                    "{} has no negative sample",
                    entry.id
                );
            }
        }
        assert!(seen.len() >= 250, "only {} entries", seen.len());
    }

    #[test]
    fn positive_samples_match_and_negative_ones_do_not() {
        for entry in &catalogue().entries {
            let patterns: Vec<regex::Regex> = entry.patterns.iter().map(|p| regex(p)).collect();
            for line in &entry.positive {
                assert!(
                    patterns.iter().any(|p| p.is_match(line)),
                    "{}: {line}",
                    entry.id
                );
            }
            for line in &entry.negative {
                assert!(
                    !patterns.iter().any(|p| p.is_match(line)),
                    "{}: {line}",
                    entry.id
                );
            }
        }
    }

    #[test]
    fn statements_are_short_and_every_entry_can_be_checked() {
        for entry in &catalogue().entries {
            let checks =
                entry.checks.len() + entry.causes.iter().map(|c| c.checks.len()).sum::<usize>();
            assert!(checks > 0, "{} has no check", entry.id);
            let mut ids = BTreeSet::new();
            for cause in &entry.causes {
                assert!(cause.statement.chars().count() <= 300, "{}", cause.id);
                assert!(ids.insert(&cause.id), "{}: {} twice", entry.id, cause.id);
            }
        }
    }

    #[test]
    fn every_expression_of_an_indicator_compiles() {
        for entry in &catalogue().entries {
            walk(&entry.indicators);
            entry
                .causes
                .iter()
                .for_each(|cause| walk(&cause.indicators));
        }
    }

    fn walk(indicators: &Indicators) {
        let all = [
            &indicators.direct,
            &indicators.indirect,
            &indicators.counter_direct,
            &indicators.counter_indirect,
        ];
        all.into_iter().flatten().for_each(check);
    }

    fn check(indicator: &Indicator) {
        match indicator {
            Indicator::Log(pattern) => drop(regex(pattern)),
            Indicator::Metric(test) => {
                regex(&test.name);
                assert!(
                    test.value.is_some() != test.metric.is_some(),
                    "{}",
                    test.name
                );
            }
            Indicator::ConfigChange(test) => drop(regex(&test.path)),
            Indicator::ConfigValue(test) => drop(regex(&test.path)),
            Indicator::Command(test) => drop(regex(&test.tool)),
            Indicator::CommandFact(test) => drop(regex(&test.tool)),
            Indicator::All(list) | Indicator::Any(list) => list.iter().for_each(check),
        }
    }
}

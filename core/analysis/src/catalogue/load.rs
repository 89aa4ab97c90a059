//! Reads the embedded catalogue files.

use serde::Deserialize;

use super::{Catalogue, CatalogueEntry};

/// Technology and text of each embedded file, in alphabetical order.
const FILES: [(&str, &str); 47] = [
    ("activemq", include_str!("../../catalogue/activemq.toml")),
    ("app", include_str!("../../catalogue/app.toml")),
    ("cassandra", include_str!("../../catalogue/cassandra.toml")),
    ("ceph", include_str!("../../catalogue/ceph.toml")),
    ("ci", include_str!("../../catalogue/ci.toml")),
    (
        "clickhouse",
        include_str!("../../catalogue/clickhouse.toml"),
    ),
    ("cloud", include_str!("../../catalogue/cloud.toml")),
    ("config", include_str!("../../catalogue/config.toml")),
    ("consul", include_str!("../../catalogue/consul.toml")),
    ("dns", include_str!("../../catalogue/dns.toml")),
    ("docker", include_str!("../../catalogue/docker.toml")),
    ("dotnet", include_str!("../../catalogue/dotnet.toml")),
    (
        "elasticsearch",
        include_str!("../../catalogue/elasticsearch.toml"),
    ),
    ("envoy", include_str!("../../catalogue/envoy.toml")),
    ("flink", include_str!("../../catalogue/flink.toml")),
    ("go", include_str!("../../catalogue/go.toml")),
    ("grpc", include_str!("../../catalogue/grpc.toml")),
    ("http", include_str!("../../catalogue/http.toml")),
    ("influxdb", include_str!("../../catalogue/influxdb.toml")),
    ("jvm", include_str!("../../catalogue/jvm.toml")),
    ("kafka", include_str!("../../catalogue/kafka.toml")),
    (
        "kubernetes",
        include_str!("../../catalogue/kubernetes.toml"),
    ),
    ("linux", include_str!("../../catalogue/linux.toml")),
    ("memcached", include_str!("../../catalogue/memcached.toml")),
    ("mongodb", include_str!("../../catalogue/mongodb.toml")),
    ("mysql", include_str!("../../catalogue/mysql.toml")),
    ("nats", include_str!("../../catalogue/nats.toml")),
    ("network", include_str!("../../catalogue/network.toml")),
    ("node", include_str!("../../catalogue/node.toml")),
    ("oracle", include_str!("../../catalogue/oracle.toml")),
    ("php", include_str!("../../catalogue/php.toml")),
    (
        "postgresql",
        include_str!("../../catalogue/postgresql.toml"),
    ),
    ("pulsar", include_str!("../../catalogue/pulsar.toml")),
    ("python", include_str!("../../catalogue/python.toml")),
    ("rabbitmq", include_str!("../../catalogue/rabbitmq.toml")),
    ("redis", include_str!("../../catalogue/redis.toml")),
    ("rocketmq", include_str!("../../catalogue/rocketmq.toml")),
    ("ruby", include_str!("../../catalogue/ruby.toml")),
    ("rust", include_str!("../../catalogue/rust.toml")),
    ("spark", include_str!("../../catalogue/spark.toml")),
    ("sqlite", include_str!("../../catalogue/sqlite.toml")),
    ("sqlserver", include_str!("../../catalogue/sqlserver.toml")),
    ("telemetry", include_str!("../../catalogue/telemetry.toml")),
    ("tls", include_str!("../../catalogue/tls.toml")),
    ("vault", include_str!("../../catalogue/vault.toml")),
    ("windows", include_str!("../../catalogue/windows.toml")),
    ("zookeeper", include_str!("../../catalogue/zookeeper.toml")),
];

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
pub(super) struct File {
    #[serde(alias = "signatures")]
    pub(super) signature: Vec<CatalogueEntry>,
}

/// Returns the entries of the embedded files.
pub(super) fn built_in_entries() -> Vec<CatalogueEntry> {
    let entries = FILES.iter().flat_map(|(technology, text)| {
        let parsed = parse_catalogue(technology, text);
        debug_assert!(parsed.is_ok(), "catalogue file {technology}: {parsed:?}");
        parsed.unwrap_or_default()
    });
    entries.collect()
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
    use std::str::FromStr as _;

    use super::*;
    use crate::catalogue::check::faults;

    #[test]
    fn every_file_keeps_the_rules_and_identifiers_are_unique() {
        let mut seen = BTreeSet::new();
        for (technology, text) in FILES {
            for entry in parse_catalogue(technology, text).expect(technology) {
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
        assert!(seen.len() >= 450, "only {} entries", seen.len());
    }

    #[test]
    fn every_remedy_names_its_risk() {
        fn unrated(value: &toml::Value, found: &mut Vec<String>) {
            match value {
                toml::Value::Table(fields) => {
                    let remedy = fields.get("remedy");
                    if remedy.is_some_and(|it| it.get("risk").is_none()) {
                        found.push(format!("{:?}", fields.get("id")));
                    }
                    fields.values().for_each(|it| unrated(it, found));
                }
                toml::Value::Array(items) => items.iter().for_each(|it| unrated(it, found)),
                _ => {}
            }
        }
        for (technology, text) in FILES {
            let mut found = Vec::new();
            let file = toml::Table::from_str(text).expect(technology);
            unrated(&toml::Value::Table(file), &mut found);
            assert!(found.is_empty(), "{technology}: {found:?}");
        }
    }
}

//! Values of settings that are known to end badly.

mod known;

use known::HAZARDS;

use super::finding;
use crate::analysis::ConfigValue;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::structured::units::bytes_of_unit;

const KIB: f64 = 1_024.0;
const MIB: f64 = 1_024.0 * KIB;

/// What a value is compared with.
enum Test {
    Is(&'static [&'static str]),
    Has(&'static [&'static str]),
    AtMost(f64),
    AtLeast(f64),
    /// A size in bytes, with or without a unit.
    Smaller(f64),
    Larger(f64),
    /// A time of at most so many seconds.
    Within(f64),
    /// Any value but zero.
    NotZero,
    Untagged,
    Always,
}

use Test::{Always, AtLeast, AtMost, Has, Is, Larger, NotZero, Smaller, Untagged, Within};

/// Returns the hazards of settings.
pub(super) fn hazards(values: &[ConfigValue]) -> impl Iterator<Item = Finding> + '_ {
    values.iter().flat_map(|value| {
        let path = value.path.to_ascii_lowercase().replace('_', "-");
        let met = HAZARDS.iter().filter(move |(keys, test, _)| {
            keys.iter().any(|key| is_named(&path, key)) && test.holds(&value.value)
        });
        met.map(|(_, _, hazard)| lint(value, hazard))
    })
}

/// Returns what is told of a hazardous setting.
pub(super) fn lint(value: &ConfigValue, hazard: &str) -> Finding {
    let statement = format!("{} is {}: {hazard}", value.path, value.value);
    let citations = vec![value.citation.clone()];
    let mut found = finding(
        FindingKind::ConfigLint,
        Severity::Info,
        &statement,
        citations,
    );
    found.signature = fingerprint::config("lint", &value.path);
    found
}

/// Returns whether a path ends with a key, or is a line of words that begins with it.
fn is_named(path: &str, key: &str) -> bool {
    if let Some(before) = path.strip_suffix(key) {
        return before.is_empty() || before.ends_with('.');
    }
    path.strip_prefix(key)
        .is_some_and(|rest| rest.starts_with(' '))
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        let number = value.parse::<f64>().ok();
        match self {
            Is(words) => words.contains(&value),
            Has(parts) => {
                let padded = format!("{value} ");
                parts.iter().any(|part| padded.contains(part))
            }
            AtMost(limit) => number.is_some_and(|number| number <= *limit),
            AtLeast(limit) => number.is_some_and(|number| number >= *limit),
            Smaller(limit) => bytes(value).is_some_and(|size| size > 0.0 && size < *limit),
            Larger(limit) => bytes(value).is_some_and(|size| size > *limit),
            Within(limit) => seconds(value).is_some_and(|time| time <= *limit),
            NotZero => value
                .trim_start()
                .starts_with(|it: char| matches!(it, '1'..='9')),
            Untagged => is_untagged(value),
            Always => true,
        }
    }
}

/// Returns a size that names its unit, in bytes.
fn bytes(value: &str) -> Option<f64> {
    let at = value.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = value.split_at(at);
    Some(number.trim().parse::<f64>().ok()? * bytes_of_unit(unit.trim())?)
}

fn seconds(value: &str) -> Option<f64> {
    let at = value.find(|letter: char| letter.is_ascii_alphabetic());
    let (number, unit) = value.split_at(at.unwrap_or(value.len()));
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

fn is_untagged(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.bytes().all(plain) && !image.contains(['$', '@'])
}

#[cfg(test)]
mod tests {
    use crate::{Options, analyze, verify_citation};

    fn told(name: &str, text: &str) -> Vec<String> {
        let options = Options {
            file_name: Some(name.to_owned()),
            ..Options::default()
        };
        let analysis = analyze(text.as_bytes(), options);
        for finding in &analysis.findings {
            let citation = &finding.citations[0];
            let range = citation.byte_start as usize..citation.byte_end as usize;
            let slice = &text.as_bytes()[range];
            assert!(verify_citation(slice, citation, analysis.encoding).is_ok());
        }
        let findings = analysis.findings.into_iter();
        findings.map(|it| it.statement).collect()
    }

    #[track_caller]
    fn assert_told(name: &str, text: &str, expected: &[&str]) {
        let found = told(name, text);
        for part in expected {
            assert!(
                found.iter().any(|it| it.contains(part)),
                "{part} in {found:#?}"
            );
        }
    }

    #[test]
    fn hazards_of_databases_are_told() {
        assert_told(
            "postgresql.conf",
            "max_connections = 5000\nshared_buffers = 128kB\nautovacuum = off\nwal_keep_segments = 32\nwork_mem = 2GB\n",
            &[
                "max_connections is 5000",
                "shared_buffers is 128kB",
                "autovacuum is off",
                "wal_keep_size",
                "work_mem is 2GB",
            ],
        );
        assert_told(
            "my.cnf",
            "[mysqld]\nmax_connections = 10\ninnodb_buffer_pool_size = 8M\nquery_cache_type = 1\nsync_binlog = 0\n",
            &[
                "max_connections is 10",
                "innodb_buffer_pool_size is 8M",
                "query_cache_type",
                "sync_binlog is 0",
            ],
        );
        assert_told(
            "redis.conf",
            "bind 0.0.0.0\nprotected-mode no\nport 6379\nmaxmemory 0\nslaveof 10.0.0.1 6379\nsave \"\"\nmaxclients 10\n",
            &[
                "protected-mode is no",
                "maxmemory is 0",
                "replicaof",
                "save is \"\"",
                "maxclients is 10",
            ],
        );
    }

    #[test]
    fn hazards_of_servers_and_units_are_told() {
        assert_told(
            "nginx.conf",
            "events { worker_connections 64; }\nhttp {\n  proxy_read_timeout 1s;\n  ssl_protocols TLSv1 TLSv1.2;\n  server { listen 443 ssl; ssl on; }\n}\n",
            &[
                "events.worker_connections is 64",
                "http.proxy_read_timeout is 1s",
                "old protocols",
                "http.server.ssl is on",
            ],
        );
        assert_told(
            "app.service",
            "[Service]\nExecStart=/usr/bin/app\nRestart=no\nLimitNOFILE=256\nMemoryLimit=64M\nKillMode=none\n",
            &[
                "Service.Restart is no",
                "LimitNOFILE is 256",
                "MemoryMax",
                "KillMode is none",
            ],
        );
        assert_told(
            "application.properties",
            "spring.jpa.hibernate.ddl-auto=create-drop\nserver.tomcat.max-threads=5\nmanagement.endpoints.web.exposure.include=*\n",
            &[
                "ddl-auto is create-drop",
                "threads.max",
                "exposure.include is *",
            ],
        );
    }

    #[test]
    fn sound_settings_are_no_hazard() {
        for (name, text) in [
            (
                "postgresql.conf",
                "max_connections = 100\nshared_buffers = 4GB\nfsync = on\nwork_mem = 16MB\n",
            ),
            (
                "redis.conf",
                "maxmemory 2gb\nmaxmemory-policy allkeys-lru\nsave 900 1\nmaxclients 10000\n",
            ),
            (
                "nginx.conf",
                "events { worker_connections 4096; }\nhttp { server { listen 443 ssl; ssl_protocols TLSv1.2 TLSv1.3; } }\n",
            ),
            (
                "app.service",
                "[Service]\nExecStart=/usr/bin/app\nRestart=always\nLimitNOFILE=65536\n",
            ),
            (
                "compose.yaml",
                "services:\n  web:\n    image: registry:5000/web:1.2\n    restart: always\n",
            ),
        ] {
            assert_eq!(told(name, text), Vec::<String>::new(), "{name}");
        }
    }
}

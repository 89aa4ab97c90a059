//! Values of settings that are known to end badly.

use super::finding;
use crate::analysis::ConfigValue;
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;

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
    Untagged,
    Always,
}

use Test::{Always, AtLeast, AtMost, Has, Is, Larger, Smaller, Untagged, Within};

/// Ends of paths, in lower case and with hyphens; what to look for; what may happen.
const HAZARDS: &[(&[&str], Test, &str)] = &[
    (
        &[
            "maximum-pool-size",
            "maximumpoolsize",
            "pool-size",
            "max-pool-size",
        ],
        AtMost(2.0),
        "requests queue for connections under concurrent load",
    ),
    (
        &["privileged"],
        Is(&["true"]),
        "the container has full access to its host",
    ),
    (
        &["image"],
        Has(&[":latest"]),
        "restarts may run another version",
    ),
    (
        &["image"],
        Untagged,
        "it names no version, so that restarts may run another one",
    ),
    (
        &[
            "connection-timeout",
            "connect-timeout",
            "socket-timeout",
            "read-timeout",
        ],
        Is(&["0"]),
        "a hanging peer blocks the caller forever",
    ),
    (&["fsync"], Is(OFF), "a crash can lose or corrupt data"),
    (&["sslmode"], Is(&["disable"]), "traffic is not encrypted"),
    // PostgreSQL
    (
        &["full-page-writes"],
        Is(OFF),
        "a crash can leave torn pages that cannot be repaired",
    ),
    (
        &["synchronous-commit"],
        Is(OFF),
        "a crash loses the last commits",
    ),
    (
        &["autovacuum"],
        Is(OFF),
        "dead rows pile up and transaction ids run out in the end",
    ),
    (&["max-connections"], AtMost(20.0), "few clients exhaust it"),
    (
        &["max-connections"],
        AtLeast(1_000.0),
        "every connection takes memory; a pooler in front serves as many clients with fewer",
    ),
    (
        &["shared-buffers"],
        Smaller(32.0 * MIB),
        "the cache is too small for a working set",
    ),
    (
        &["work-mem"],
        Larger(1_024.0 * MIB),
        "every sort of every connection may take that much",
    ),
    (
        &["idle-in-transaction-session-timeout"],
        Is(&["0"]),
        "a forgotten transaction keeps its locks forever",
    ),
    (
        &["password-encryption"],
        Is(&["md5"]),
        "md5 is deprecated; scram-sha-256 takes its place",
    ),
    (
        &["wal-keep-segments"],
        Always,
        "PostgreSQL 13 and later do not start with it; wal_keep_size took its place",
    ),
    (
        &["checkpoint-segments"],
        Always,
        "PostgreSQL 9.5 and later do not start with it; max_wal_size took its place",
    ),
    (
        &["stats-temp-directory"],
        Always,
        "PostgreSQL 15 and later do not start with it",
    ),
    (
        &["vacuum-defer-cleanup-age", "promote-trigger-file"],
        Always,
        "PostgreSQL 16 and later do not start with it",
    ),
    (
        &["old-snapshot-threshold"],
        Always,
        "PostgreSQL 17 and later do not start with it",
    ),
    // MySQL and MariaDB
    (
        &["innodb-buffer-pool-size"],
        Smaller(64.0 * MIB),
        "the cache is too small for a working set",
    ),
    (
        &["innodb-flush-log-at-trx-commit"],
        Is(&["0", "2"]),
        "a crash loses the last second of commits",
    ),
    (
        &["sync-binlog"],
        Is(&["0"]),
        "a crash loses events that replicas wait for",
    ),
    (
        &["query-cache-size", "query-cache-type"],
        Always,
        "MySQL 8.0 and later do not start with it",
    ),
    (
        &["innodb-file-format", "innodb-large-prefix"],
        Always,
        "MySQL 8.0 and later do not start with it",
    ),
    (
        &["expire-logs-days"],
        Always,
        "it is deprecated; binlog_expire_logs_seconds takes its place",
    ),
    (
        &["innodb-log-file-size", "innodb-log-files-in-group"],
        Always,
        "it is deprecated since MySQL 8.0.30; innodb_redo_log_capacity takes its place",
    ),
    (
        &["default-authentication-plugin"],
        Always,
        "MySQL 8.4 and later do not start with it; authentication_policy took its place",
    ),
    (
        &["wait-timeout"],
        AtMost(10.0),
        "idle connections of pools are closed under their users",
    ),
    // Redis
    (
        &["protected-mode"],
        Is(&["no"]),
        "clients without a password reach it from any network",
    ),
    (
        &["maxmemory"],
        Is(&["0"]),
        "memory grows until the system ends the process",
    ),
    (
        &["maxmemory-policy"],
        Is(&["noeviction"]),
        "writes fail once the memory is full",
    ),
    (
        &["appendfsync"],
        Is(&["no"]),
        "a crash loses what the system had not written yet",
    ),
    (
        &["stop-writes-on-bgsave-error"],
        Is(&["no"]),
        "failed saves go unnoticed",
    ),
    (
        &["maxclients"],
        AtMost(100.0),
        "further clients are refused",
    ),
    (
        &["save"],
        Is(&["\"\"", "''"]),
        "nothing outlives a restart unless appendonly is on",
    ),
    (
        &["slaveof"],
        Always,
        "it is deprecated; replicaof takes its place",
    ),
    // nginx
    (
        &["worker-connections"],
        AtMost(256.0),
        "clients beyond it are refused, and a proxied one takes two",
    ),
    (
        &["client-max-body-size"],
        Is(&["0"]),
        "uploads of any size are taken",
    ),
    (
        &[
            "proxy-read-timeout",
            "proxy-connect-timeout",
            "proxy-send-timeout",
            "fastcgi-read-timeout",
            "uwsgi-read-timeout",
        ],
        Within(2.0),
        "slow answers become errors 504",
    ),
    (
        &["ssl-protocols"],
        Has(&["SSLv2", "SSLv3", "TLSv1 ", "TLSv1.1"]),
        "old protocols are open to known attacks, and clients refuse them",
    ),
    (
        &["ssl"],
        Is(&["on"]),
        "nginx 1.25.1 and later do not know it; `listen … ssl` took its place",
    ),
    // Spring
    (
        &["hibernate.ddl-auto", "hbm2ddl.auto"],
        Is(&["create", "create-drop", "update"]),
        "a start changes or drops tables",
    ),
    (
        &["open-in-view"],
        Is(&["true"]),
        "a connection stays taken while the view is rendered",
    ),
    (
        &["tomcat.threads.max", "tomcat.max-threads"],
        AtMost(10.0),
        "few slow requests take all threads",
    ),
    (
        &["tomcat.max-threads"],
        Always,
        "Spring Boot 2.3 renamed it to server.tomcat.threads.max",
    ),
    (
        &["datasource.initialization-mode"],
        Always,
        "Spring Boot 2.5 renamed it to spring.sql.init.mode",
    ),
    (
        &["spring.profiles"],
        Always,
        "Spring Boot 2.4 renamed it to spring.config.activate.on-profile",
    ),
    (
        &["exposure.include"],
        Is(&["*"]),
        "every endpoint is reachable, heap dumps and settings too",
    ),
    // Compose and systemd
    (
        &["healthcheck.disable"],
        Is(&["true"]),
        "a container that hangs counts as running",
    ),
    (
        &["nofile", "nofile.soft", "limitnofile"],
        AtMost(1_024.0),
        "few connections and files exhaust it",
    ),
    (
        &["memorylimit"],
        Always,
        "it is deprecated; MemoryMax takes its place",
    ),
    (
        &["cpushares"],
        Always,
        "it is deprecated; CPUWeight takes its place",
    ),
    (
        &["blockioweight"],
        Always,
        "it is deprecated; IOWeight takes its place",
    ),
    (
        &["permissionsstartonly"],
        Always,
        "it is deprecated; a `+` in front of the command takes its place",
    ),
    (
        &["killmode"],
        Is(&["none"]),
        "processes are left behind when the unit stops",
    ),
    (
        &["standardoutput", "standarderror"],
        Is(&["syslog", "syslog+console"]),
        "it is deprecated; journal takes its place",
    ),
    (
        &["timeoutstartsec"],
        Is(&["0", "infinity"]),
        "a start that hangs is never given up",
    ),
    (
        &["service.restart"],
        Is(&["no"]),
        "it stays down when it fails",
    ),
    // Kubernetes
    (
        &["hostnetwork", "hostpid", "hostipc"],
        Is(&["true"]),
        "the container is not kept apart from its host",
    ),
    (&["replicas"], Is(&["0"]), "nothing runs"),
    (
        &["livenessprobe.failurethreshold"],
        Is(&["1"]),
        "one slow answer restarts the container",
    ),
    (
        &["resources.limits.memory", "mem-limit"],
        Smaller(32.0 * MIB),
        "hardly any program starts within it",
    ),
    (
        &["apiversion"],
        Is(&[
            "extensions/v1beta1",
            "apps/v1beta1",
            "apps/v1beta2",
            "batch/v1beta1",
            "batch/v2alpha1",
            "policy/v1beta1",
            "networking.k8s.io/v1beta1",
            "autoscaling/v2beta1",
            "autoscaling/v2beta2",
            "rbac.authorization.k8s.io/v1beta1",
            "apiextensions.k8s.io/v1beta1",
            "admissionregistration.k8s.io/v1beta1",
            "certificates.k8s.io/v1beta1",
            "storage.k8s.io/v1beta1",
            "scheduling.k8s.io/v1beta1",
            "discovery.k8s.io/v1beta1",
        ]),
        "current Kubernetes does not serve it any more",
    ),
];

const OFF: &[&str] = &["off", "false", "no", "0"];

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
            Untagged => is_untagged(value),
            Always => true,
        }
    }
}

/// Returns a size that names its unit, in bytes.
fn bytes(value: &str) -> Option<f64> {
    let at = value.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (number, unit) = value.split_at(at);
    let factor = match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" | "ki" | "kib" => KIB,
        "m" | "mb" | "mi" | "mib" => MIB,
        "g" | "gb" | "gi" | "gib" => 1_024.0 * MIB,
        _ => return None,
    };
    Some(number.trim().parse::<f64>().ok()? * factor)
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

//! The settings and values that are known to end badly.

use super::MIB;
use super::Test::{
    self, Always, AtLeast, AtMost, Has, Is, Larger, NotZero, Smaller, Untagged, Within,
};

/// Ends of paths, in lower case and with hyphens; what to look for; what may happen.
pub(super) const HAZARDS: &[(&[&str], Test, &str)] = &[
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
    (
        &["recovery-min-apply-delay"],
        NotZero,
        "the standby is that far behind on purpose; who reads from it sees old data",
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

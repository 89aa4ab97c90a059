//! What people suspect without data that points there, and the check that tells.

use faultmaven_proto::case::v1::HypothesisCategory;

use super::words::{flattened, has_phrase};

/// An area that a person may suspect.
#[derive(Debug, PartialEq)]
pub(crate) struct Topic {
    /// Prefix of the catalogue id of hypotheses made from it.
    pub(crate) id: &'static str,
    words: &'static [&'static str],
    pub(crate) statement: &'static str,
    pub(crate) category: HypothesisCategory,
    pub(crate) check: TopicCheck,
    /// Kind of the findings that decide it.
    pub(crate) finding_kind: &'static str,
    /// Matches lines that speak of it.
    pub(crate) traces: &'static str,
}

/// A read-only command that decides a topic.
#[derive(Debug, PartialEq)]
pub(crate) struct TopicCheck {
    pub(crate) title: &'static str,
    /// `{host}` stands for a name that the data show.
    pub(crate) command: &'static str,
    pub(crate) if_true: &'static str,
    pub(crate) if_false: &'static str,
}

/// The topic of deployments.
pub(crate) const DEPLOYMENT: &str = "suspicion.deployment";

const TOPICS: [Topic; 8] = [
    Topic {
        id: "suspicion.name_resolution",
        words: &[
            "dns",
            "name resolution",
            "resolver",
            "hostname",
            "nameserver",
        ],
        statement: "Name resolution fails or returns a wrong address",
        category: HypothesisCategory::Network,
        check: TopicCheck {
            title: "Resolve the name of the dependency from the affected host",
            command: "getent hosts {host}",
            if_true: "no address, or one that is not the dependency's",
            if_false: "the expected address comes back",
        },
        finding_kind: "name_resolution",
        traces: r"getaddrinfo|ENOTFOUND|EAI_AGAIN|NXDOMAIN|SERVFAIL|no such host|could not resolve|name or service not known|UnknownHost|name resolution|\bdns\b",
    },
    Topic {
        id: "suspicion.certificate",
        words: &["certificate", "cert", "tls", "ssl"],
        statement: "A TLS certificate is expired or not trusted",
        category: HypothesisCategory::Security,
        check: TopicCheck {
            title: "Show the validity of the certificate",
            command: "openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -dates -issuer",
            if_true: "notAfter lies in the past, or the issuer is unknown",
            if_false: "the certificate is valid and from the expected issuer",
        },
        finding_kind: "certificate",
        traces: r"certificate|x509|\btls\b|\bssl\b|PKIX|handshake",
    },
    Topic {
        id: "suspicion.disk",
        words: &["disk", "filesystem", "storage", "inodes"],
        statement: "A file system is full",
        category: HypothesisCategory::Hardware,
        check: TopicCheck {
            title: "Show how full the file systems are",
            command: "df -h; df -i",
            if_true: "a file system the service writes to is at or near 100 %",
            if_false: "every file system has room",
        },
        finding_kind: "resource_pressure",
        traces: r"no space left|disk (is )?full|ENOSPC|read-only file ?system|\binodes?\b",
    },
    Topic {
        id: "suspicion.memory",
        words: &["memory", "oom", "heap", "ram", "out of memory"],
        statement: "The service runs out of memory",
        category: HypothesisCategory::Environment,
        check: TopicCheck {
            title: "Look for processes the kernel killed for want of memory",
            command: "dmesg -T | grep -i -E 'out of memory|oom-kill'",
            if_true: "the service's process was killed at the time of the problem",
            if_false: "nothing was killed",
        },
        finding_kind: "resource_pressure",
        traces: r"out of ?memory|\boom\b|oom-?kill|OutOfMemory|cannot allocate memory|heap space|MemoryError",
    },
    Topic {
        id: "suspicion.cpu",
        words: &["cpu", "load", "throttling", "throttled"],
        statement: "The service has too little CPU time",
        category: HypothesisCategory::Environment,
        check: TopicCheck {
            title: "Show the busiest processes",
            command: "top -b -n 1 | head -n 20",
            if_true: "the CPUs are busy throughout and the load exceeds their number",
            if_false: "the CPUs are mostly idle",
        },
        finding_kind: "resource_pressure",
        traces: r"throttl|\bcpu\b|load average",
    },
    Topic {
        id: "suspicion.database",
        words: &["database", "db", "postgres", "postgresql", "mysql", "sql"],
        statement: "The database is slow or does not answer",
        category: HypothesisCategory::Database,
        check: TopicCheck {
            title: "Ask the database whether it accepts connections",
            command: "pg_isready -h {host}",
            if_true: "no answer, or connections are rejected",
            if_false: "the database accepts connections",
        },
        finding_kind: "connection_result",
        traces: r"\b(postgres\w*|mysql|mariadb|jdbc|database|deadlock|hikari\w*|sqlstate)\b",
    },
    Topic {
        id: "suspicion.network",
        words: &[
            "network",
            "firewall",
            "packet loss",
            "connectivity",
            "routing",
        ],
        statement: "The network between the service and its dependency drops or blocks traffic",
        category: HypothesisCategory::Network,
        check: TopicCheck {
            title: "Connect to the dependency from the affected host",
            command: "curl -sv --max-time 5 telnet://{host}:443 </dev/null",
            if_true: "the connection times out or is refused",
            if_false: "the connection is established at once",
        },
        finding_kind: "connection_result",
        traces: r"connection (refused|reset|timed out)|ECONN\w+|ETIMEDOUT|i/o timeout|no route to host|unreachable|packet loss|broken pipe",
    },
    Topic {
        id: DEPLOYMENT,
        words: &[
            "deployment",
            "deploy",
            "release",
            "rollout",
            "update",
            "upgrade",
        ],
        statement: "A recent deployment introduced the problem",
        category: HypothesisCategory::Code,
        check: TopicCheck {
            title: "Show when the service was last deployed",
            command: "kubectl rollout history deployment",
            if_true: "a revision was rolled out shortly before the problem began",
            if_false: "nothing was rolled out before the problem began",
        },
        finding_kind: "code_change",
        traces: super::logged_change::PATTERN,
    },
];

impl Topic {
    /// Returns the words by which the area is known.
    pub(crate) fn names(&self) -> String {
        self.words.join(" ")
    }

    /// Returns the command with a name that the data show, or a placeholder to fill in.
    pub(crate) fn command(&self, host: Option<&str>) -> String {
        self.check
            .command
            .replace("{host}", host.unwrap_or("<host>"))
    }
}

/// Returns the topic that a suspicion names.
pub(crate) fn of_text(text: &str) -> Option<&'static Topic> {
    let flat = flattened(text);
    let named = |topic: &&Topic| topic.words.iter().any(|word| has_phrase(&flat, word));
    TOPICS.iter().find(named)
}

/// Returns the topic that a hypothesis was made from.
pub(crate) fn by_id(catalogue_id: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.id == catalogue_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspicions_lead_to_their_check() {
        let topic = of_text("DNS").unwrap();
        assert_eq!(
            topic.command(Some("db-eu.internal")),
            "getent hosts db-eu.internal"
        );
        assert_eq!(of_text("the database").unwrap().id, "suspicion.database");
        assert_eq!(of_text("gremlins"), None);
    }

    #[test]
    fn a_topic_is_found_again_by_its_id() {
        for topic in &TOPICS {
            assert_eq!(by_id(topic.id), Some(topic));
        }
    }
}

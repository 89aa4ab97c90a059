//! Who is named in errors as the one that does not answer or is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;
use crate::citation::Citation;
use crate::clues::Complaint;
use crate::findings::service_at;
use crate::ties::fails_to_reach;

const PEERS_MAX: usize = 20;

/// How sure it is that a form names a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Clear,
    /// A word that is followed by words of a sentence as well.
    Word,
    /// Any word and a number behind it.
    Pair,
}

/// How errors name a peer, the clearest forms first; `PEER` stands for a host and maybe its port, `NAME` for a host.
const FORMS: [(Form, &str); 10] = [
    (Form::Word, r#"(?i)\bupstream[:=]\s*"?(?:\w+://)?PEER"#),
    (
        Form::Clear,
        r"\blookup (?P<host>NAME)(?: on [\d\[]|: no such host)",
    ),
    (Form::Word, r#"(?i)\blookup "?PEER"#),
    (
        Form::Clear,
        r"\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH) PEER",
    ),
    (
        Form::Clear,
        r#"(?i)\b(?:UnknownHostException:|translate host name|resolve host(?:name)?:?) ["'(]?PEER"#,
    ),
    (Form::Word, r#"(?i)\bresolve:? ["'(]?PEER"#),
    (
        Form::Clear,
        r#"(?i)\b(?:host=|host |server at )["'](?P<host>NAME)["'](?: \([^)]*\))?(?:, port[= ](?P<port>\d{2,5}))?"#,
    ),
    (Form::Clear, r"(?i)\bdial (?:tcp|udp)[46]? PEER"),
    (
        Form::Clear,
        r#"\b[A-Za-z][A-Za-z0-9+.:-]*://(?:[^/@\s"']*@)?PEER"#,
    ),
    (
        Form::Pair,
        r#"(?i)(?:^|[\s"'(\[=/@])(?P<host>NAME):(?P<port>\d{2,5})\b"#,
    ),
];
const PEER: &str = r"(?P<host>NAME)(?::(?P<port>\d{2,5})\b)?";
const NAME: &str = r"\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?";
/// Ends of names of files, which a number of a line follows.
const FILES: [&str; 20] = [
    ".go", ".java", ".kt", ".py", ".js", ".ts", ".rs", ".rb", ".php", ".cs", ".c", ".cc", ".mjs",
    ".cjs", ".jsx", ".tsx", ".cpp", ".hpp", ".scala", ".swift",
];

static EXPRESSIONS: LazyLock<Vec<(Form, Regex)>> = LazyLock::new(|| {
    let compiled = FORMS.iter().filter_map(|(form, written)| {
        let written = written.replace("PEER", PEER).replace("NAME", NAME);
        Some((*form, Regex::new(&written).ok()?))
    });
    compiled.collect()
});

/// Somebody whom errors name as their peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPeer {
    /// Host or address, with its port where that is told.
    pub peer: String,
    /// Who has the address by an export, else whose usual port it is.
    pub service: Option<String>,
    /// Lines of errors like those that name it.
    pub count: u64,
    /// Components, else files, that name it.
    pub named_by: Vec<String>,
    pub statement: String,
    pub file: String,
    /// The first line that names it.
    pub citation: Citation,
}

/// Returns the peers that errors of all files name, the most frequent first.
pub(super) fn peers(files: &[(&str, &Analysis)]) -> Vec<NamedPeer> {
    let addresses: BTreeMap<&str, &str> = files
        .iter()
        .flat_map(|(_, analysis)| analysis.inventory.names())
        .collect();
    let mut known: BTreeMap<Peer, NamedPeer> = BTreeMap::new();
    // The first and the last line of a template, and its stack trace, tell of the same events.
    let mut counted = BTreeSet::new();
    for (file, (name, analysis)) in files.iter().enumerate() {
        for complaint in &analysis.clues.complaints {
            let Some(peer) = Peer::of(&complaint.text) else {
                continue;
            };
            let seen = (complaint.first_seen, complaint.last_seen);
            let own = (complaint.event_line, seen);
            if !counted.insert((peer.clone(), file, own)) {
                continue;
            }
            let entry = known.entry(peer);
            let service = addresses.get(entry.key().host.as_str()).copied();
            let service = service.or_else(|| service_at(entry.key().port.as_deref()?));
            let found = entry.or_insert_with_key(|peer| peer.first(service, name, complaint));
            found.count += complaint.count;
            let by = complaint.component.as_deref().unwrap_or(name).to_owned();
            if !found.named_by.contains(&by) {
                found.named_by.push(by);
            }
        }
    }
    let mut peers: Vec<NamedPeer> = known.into_values().collect();
    peers.sort_by_key(|it| std::cmp::Reverse(it.count));
    peers.truncate(PEERS_MAX);
    for peer in &mut peers {
        peer.statement = peer.told();
    }
    peers
}

impl NamedPeer {
    fn told(&self) -> String {
        let service = self.service.as_ref().filter(|it| !self.peer.contains(*it));
        let service = service.map_or_else(String::new, |it| format!(" ({it})"));
        let lines = if self.count == 1 { "line" } else { "lines" };
        format!(
            "{}{service} is named by {} in {} {lines} of errors",
            self.peer,
            self.named_by.join(", "),
            self.count
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Peer {
    host: String,
    port: Option<String>,
}

impl Peer {
    /// Reads the peer off an error that tells of one.
    fn of(text: &str) -> Option<Self> {
        if !fails_to_reach(&text.to_lowercase()) {
            return None;
        }
        let found = EXPRESSIONS.iter().find_map(|(form, expression)| {
            let mut all = expression.captures_iter(text);
            all.find(|it| form.names_host(it, text))
        })?;
        let port = found.name("port").map(|port| port.as_str().to_owned());
        let host = found.name("host")?.as_str().trim_matches(['[', ']']);
        Some(Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    fn first(&self, service: Option<&str>, file: &str, complaint: &Complaint) -> NamedPeer {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        let port = self.port.as_ref();
        NamedPeer {
            peer: port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
            service: service.map(ToOwned::to_owned),
            count: 0,
            named_by: Vec::new(),
            statement: String::new(),
            file: file.to_owned(),
            citation: complaint.citation.clone(),
        }
    }
}

impl Form {
    /// Returns whether what was found in a text is a host.
    fn names_host(self, found: &Captures<'_>, text: &str) -> bool {
        let Some(name) = found.name("host") else {
            return false;
        };
        let (host, port) = (name.as_str(), found.name("port"));
        let is_told = match self {
            Self::Clear => true,
            Self::Word => {
                port.is_some()
                    || host.contains(|it: char| it.is_ascii_digit() || matches!(it, '.' | '-'))
                    || text[..name.start()].ends_with(['"', '\'', '/'])
            }
            Self::Pair => {
                host.contains(['.', '['])
                    || port.is_some_and(|port| service_at(port.as_str()).is_some())
            }
        };
        is_told && is_host(host)
    }
}

/// Returns whether a word may be a host: not a file of source code, not a number, no word of a sentence.
fn is_host(host: &str) -> bool {
    const WORDS: [&str; 13] = [
        "the", "a", "an", "address", "host", "hostname", "name", "to", "after", "in", "failed",
        "error", "timed",
    ];
    let lower = host.to_ascii_lowercase();
    // Times and numbers are none.
    let is_name = !host.starts_with(|it: char| it.is_ascii_digit());
    (is_name || host.parse::<Ipv4Addr>().is_ok())
        && !FILES.iter().any(|end| lower.ends_with(end))
        && !WORDS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, analyze, overview};

    fn told(text: &str) -> Option<String> {
        Peer::of(text).map(|it| match it.port {
            Some(port) => format!("{}:{port}", it.host),
            None => it.host,
        })
    }

    #[test]
    fn peers_are_read_off_the_errors_of_many_programs() {
        for (text, peer) in [
            (
                r#"connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8080/cart", host: "shop.example""#,
                Some("10.0.0.5:8080"),
            ),
            (
                "dial tcp: lookup db.internal on 10.96.0.10:53: no such host",
                Some("db.internal"),
            ),
            (
                "dial tcp 10.0.0.7:5432: connect: connection refused",
                Some("10.0.0.7:5432"),
            ),
            (
                "Error: getaddrinfo ENOTFOUND payments.shop",
                Some("payments.shop"),
            ),
            (
                "connect ECONNREFUSED 127.0.0.1:6379",
                Some("127.0.0.1:6379"),
            ),
            (
                r#"connection to server at "db" (10.0.0.5), port 5432 failed: timeout expired"#,
                Some("db:5432"),
            ),
            (
                "HTTPConnectionPool(host='payments', port=8080): Max retries exceeded: Connection refused",
                Some("payments:8080"),
            ),
            (
                "java.net.UnknownHostException: inventory: Name or service not known",
                Some("inventory"),
            ),
            (
                "Post \"https://user:pw@api.partner.example/v1\": context deadline exceeded",
                Some("api.partner.example"),
            ),
            (
                "Failed to connect to cart/10.0.0.8:9090: connection timed out",
                Some("10.0.0.8:9090"),
            ),
        ] {
            assert_eq!(told(text).as_deref(), peer, "{text}");
        }
    }

    #[test]
    fn words_with_numbers_behind_them_are_no_peers() {
        for (text, peer) in [
            ("handler.go:120: request timed out after 30000ms", None),
            ("query took 12 s and timed out at 14:05", None),
            ("served 10.0.0.8:9090", None),
            ("connection refused, errno:111", None),
            ("request timed out, elapsed:30000", None),
            ("connection refused at server.mjs:88", None),
            ("upstream: timed out, connection refused", None),
            ("cannot resolve dependency: connection refused", None),
            (
                "dial tcp: lookup db on 10.96.0.10:53: no such host",
                Some("db"),
            ),
            ("redis:6379: connection refused", Some("redis:6379")),
        ] {
            assert_eq!(told(text).as_deref(), peer, "{text}");
        }
    }

    #[test]
    fn peers_of_all_files_are_counted_and_cited() {
        let log = |service: &str, count: usize| {
            let lines = (0..count).map(|at| {
                format!("2025-03-04T14:05:{at:02}Z ERROR {service}: connection to 10.0.0.5:5432 refused\n")
            });
            analyze(lines.collect::<String>().as_bytes(), Options::default())
        };
        let (cart, web) = (log("cart", 20), log("web", 4));
        let overview = overview(&[("cart.log", &cart), ("web.log", &web)]);
        let [peer] = overview.peers.as_slice() else {
            panic!("{:#?}", overview.peers)
        };
        assert_eq!(
            peer.statement,
            "10.0.0.5:5432 (postgres) is named by cart, web in 24 lines of errors"
        );
        let burst = "2025-03-04T14:05:00Z ERROR cart: connection to 10.0.0.5:5432 refused\n"
            .repeat(3)
            + &"2025-03-04T14:05:00Z ERROR cart: dial tcp 10.0.0.5:5432: connection refused\n"
                .repeat(4);
        let burst = analyze(burst.as_bytes(), Options::default());
        let burst = crate::overview(&[("burst.log", &burst)]).peers;
        assert_eq!(burst.iter().map(|it| it.count).sum::<u64>(), 7);
        assert_eq!(
            (peer.file.as_str(), peer.citation.line_start),
            ("cart.log", 1)
        );
    }
}

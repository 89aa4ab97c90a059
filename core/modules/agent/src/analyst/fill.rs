//! Fills the placeholders of catalogue commands with what the data show.

use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{
    AssessCaseResponse, Candidate, Entity, FileCitation, Finding,
};
use regex::Regex;

/// How a placeholder's value stands in a quote.
const SHAPES: [(&[&str], &str); 24] = [
    // What does not resolve; a record may name the host that writes it, too.
    (
        HOSTS,
        r#"(?:\b(?:ENOTFOUND|EAI_AGAIN|UnknownHostException:|lookup|translate host name)|(?i:(?:\bnot|\bto|\bfailure|\bfailed) resolv(?:e|ing)(?: host(?:name)?| address| name)?:?)) *[\\"'`]*([A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)+|[a-z][a-z0-9]*(?:-[a-z0-9]+)+|[a-z][a-z0-9]*\b)"#,
    ),
    (
        HOSTS,
        r#"\b(?:host|HTTPS?Connection(?:Pool)?\(host)='([A-Za-z][A-Za-z0-9.-]*)'"#,
    ),
    // The far end of a connection, whose port stands right behind it.
    (
        HOSTS,
        r"->((?:\d{1,3}\.){3}\d{1,3}|[A-Za-z][A-Za-z0-9.-]*):\d{2,5}\b",
    ),
    (
        &["port"],
        r"->(?:(?:\d{1,3}\.){3}\d{1,3}|[A-Za-z][A-Za-z0-9.-]*):(\d{2,5})\b",
    ),
    (
        HOSTS,
        r"(?:->|https?://|tcp://|\btcp |\bto )((?:\d{1,3}\.){3}\d{1,3}|[A-Za-z][A-Za-z0-9.-]*):\d{2,5}\b",
    ),
    (
        &["port"],
        r"(?:->|https?://|tcp://|\btcp |\bto )(?:(?:\d{1,3}\.){3}\d{1,3}|[A-Za-z][A-Za-z0-9.-]*):(\d{2,5})\b",
    ),
    (
        HOSTS,
        r#"\bto (?:server|host)(?: at)?[\\"' =]+([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9])"#,
    ),
    (
        HOSTS,
        r#"\b(?:upstream|lookup|ENOTFOUND|EAI_AGAIN|hostname|host)[\\"' =:]+([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9])"#,
    ),
    (
        HOSTS,
        r"(?:->|\bto |\bby |\bwith )((?:\d{1,3}\.){3}\d{1,3}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)\b",
    ),
    (&["port"], r"\bport[ =:]+(\d{2,5})\b"),
    (&["user"], r#"\b(?:user|role)[ =]"?([A-Za-z0-9_-]+)"#),
    (
        &["pod"],
        r"\b([a-z0-9][a-z0-9-]*-[a-z0-9]{4,10}-[a-z0-9]{5})\b",
    ),
    (&["unit", "service"], r"\b([A-Za-z0-9@_-]+\.service)\b"),
    (&["path", "dir"], r"(?:^|[\s'\x22=])(/[A-Za-z0-9._/-]{2,})"),
    (
        &["url"],
        r"(https?://[A-Za-z0-9][A-Za-z0-9./:_-]*[A-Za-z0-9_/-])",
    ),
    (&["device"], r"(/dev/[a-z0-9/]+)"),
    (
        &["image"],
        r#"\bimage[\\"' =:]+([A-Za-z0-9][A-Za-z0-9./:_-]+)"#,
    ),
    (&["table"], r#"\brelation[\\"' ]+([a-z_][a-z0-9_.]*)"#),
    (
        &["table"],
        r#"(?i)\b(?:select\b.{0,200}?\bfrom|insert into|delete from|alter table|update)[\\" ]+([a-z_][a-z0-9_.]*)"#,
    ),
    (&["topic"], r"\bpartition ([A-Za-z0-9._-]+)-\d+\b"),
    (&["topic"], r#"\btopic[\\"' =:]+([A-Za-z0-9._-]+)"#),
    (&["flags", "configmap"], r"\bconfigmap/([a-z0-9.-]+)"),
    (&["deployment"], r"\bdeployment/([a-z0-9.-]+)"),
    (&["container"], r"\bcontainer[ =]([a-z0-9][a-z0-9-]+)\b"),
];
const HOSTS: &[&str] = &["host", "database host", "address", "upstream", "name"];
/// Kinds of entities that a placeholder may be filled with when no quote tells.
const KINDS: [(&str, &[&str]); 7] = [
    ("table", &["table"]),
    ("host", &["host", "ip"]),
    ("database host", &["host", "ip"]),
    ("pod", &["pod"]),
    ("service", &["service"]),
    ("unit", &["unit"]),
    ("node", &["node"]),
];

/// What stands in a command before the name of a workload.
const WORKLOADS: [&str; 2] = ["deployment/", "deploy/"];

/// A pod of a replica set, after its workload.
static POD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^([a-z0-9][a-z0-9.-]*)-[a-z0-9]{6,10}-[a-z0-9]{5}$").ok());
static COMPILED: LazyLock<Vec<(&[&str], Regex)>> = LazyLock::new(|| {
    let compiled = SHAPES
        .iter()
        .filter_map(|(names, shape)| Some((*names, Regex::new(shape).ok()?)));
    compiled.collect()
});

/// Returns the host and port that a line failed to reach.
pub(crate) fn far_end(quote: &str) -> Option<String> {
    // The host of such a rule is the one that calls.
    if quote.contains("entry for host") {
        return None;
    }
    let quotes = [quote.to_owned()];
    let source = Source {
        quotes: &quotes,
        others: &[],
        file: None,
        entities: &[],
        namespace: None,
    };
    let host = source.value("host")?;
    Some(match source.value("port") {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// Returns whether any command asks for a namespace.
pub(crate) fn names_a_namespace(assessment: &AssessCaseResponse) -> bool {
    assessment.candidates.iter().any(|candidate| {
        let checks = candidate.checks.iter().map(|it| &it.command);
        let remedies = candidate.remedy.iter().flat_map(|it| &it.commands);
        checks.chain(remedies).any(|it| it.contains("<ns>"))
    })
}

/// Fills the commands of all candidates, each from the lines that speak for it.
pub(crate) fn commands(assessment: &mut AssessCaseResponse, namespace: Option<&str>) {
    let quotes: Vec<(String, Vec<String>)> = assessment
        .candidates
        .iter()
        .map(|it| (it.catalogue_id.clone(), quotes(it, &assessment.findings)))
        .collect();
    let of = |id: &str| quotes.iter().find(|(known, _)| known == id);
    let mut all: Vec<String> = quotes.iter().flat_map(|(_, it)| it.clone()).collect();
    let changes = assessment.changes.iter();
    all.extend(changes.map(|change| change.description.clone()));
    for candidate in &mut assessment.candidates {
        // A cause without a line of its own goes by those of what it explains.
        let own = of(&candidate.catalogue_id).filter(|(_, quotes)| !quotes.is_empty());
        let Some((_, quotes)) = own.or_else(|| of(&candidate.explains)) else {
            continue;
        };
        let file = candidate
            .indications
            .iter()
            .find_map(|found| Some(found.citation.as_ref()?.filename.clone()));
        let source = Source {
            quotes,
            others: &all,
            file,
            entities: &assessment.entities,
            namespace,
        };
        for check in &mut candidate.checks {
            check.command = source.filled(&check.command);
        }
        for command in candidate.remedy.iter_mut().flat_map(|it| &mut it.commands) {
            *command = source.filled(command);
        }
    }
}

/// The lines that speak for a candidate, each with the object of an export that it is about.
fn quotes(candidate: &Candidate, findings: &[Finding]) -> Vec<String> {
    let object = |cited: &FileCitation| {
        let at_the_place = |it: &&Finding| {
            let mut places = it.citations.iter();
            let is_there =
                places.any(|at| at.file_id == cited.file_id && at.line_start == cited.line_start);
            is_there && !it.component.is_empty()
        };
        findings.iter().find(at_the_place).map(|it| &it.component)
    };
    let cited = candidate
        .indications
        .iter()
        .filter_map(|found| found.citation.as_ref());
    cited
        .flat_map(|it| std::iter::once(it.quote.clone()).chain(object(it).cloned()))
        .collect()
}

struct Source<'a> {
    quotes: &'a [String],
    /// Quotes of other candidates, which may name the same object.
    others: &'a [String],
    file: Option<String>,
    entities: &'a [Entity],
    namespace: Option<&'a str>,
}

impl Source<'_> {
    fn filled(&self, command: &str) -> String {
        let mut filled = String::with_capacity(command.len());
        let mut rest = command;
        while let Some((before, after)) = rest.split_once('<') {
            filled.push_str(before);
            match after.split_once('>').filter(|(name, _)| is_name(name)) {
                Some((name, tail)) => {
                    let name = if WORKLOADS.iter().any(|it| before.ends_with(it)) {
                        "deployment"
                    } else {
                        name
                    };
                    match self.value(name) {
                        Some(value) => filled.push_str(&value),
                        None => filled.push_str(&format!("<{name}>")),
                    }
                    rest = tail;
                }
                None => {
                    filled.push('<');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> Option<String> {
        if name == "log" {
            return self.file.clone().filter(|file| is_safe(file));
        }
        if name == "ns" {
            return self.namespace.filter(|it| is_safe(it)).map(str::to_owned);
        }
        const OBJECTS: [&str; 7] = [
            "pod",
            "unit",
            "node",
            "flags",
            "configmap",
            "deployment",
            "container",
        ];
        let shapes = COMPILED.iter().filter(|(names, _)| names.contains(&name));
        let others = if OBJECTS.contains(&name) {
            self.others
        } else {
            &[]
        };
        let quoted = shapes
            .flat_map(|(_, shape)| {
                let quotes = self.quotes.iter().chain(others);
                quotes.map(move |quote| (shape, quote))
            })
            .filter_map(|(shape, quote)| Some(shape.captures(quote)?.get(1)?.as_str()))
            .filter(|value| is_safe(value) && !is_word(value) && !self.is_partition(value))
            // Words that are joined look like a pod, but for the digits of what the cluster makes up.
            .find(|value| name != "pod" || value.bytes().any(|it| it.is_ascii_digit()));
        let quoted = quoted.map(ToOwned::to_owned);
        if name == "deployment" {
            return quoted.or_else(|| self.workload());
        }
        quoted.or_else(|| self.entity(name))
    }

    /// The workload that a pod belongs to, else a service whose name can be one: no class of a logger is.
    fn workload(&self) -> Option<String> {
        let pod = self.value("pod");
        let of_pod = pod.and_then(|pod| {
            let form = POD.as_ref()?;
            Some(form.captures(&pod)?.get(1)?.as_str().to_owned())
        });
        let services = self.entities.iter().filter(|it| it.kind == "service");
        let mut services = services
            .map(|it| it.value.as_str())
            .filter(|it| is_label(it));
        // Of several, nothing tells which is meant.
        let only = services.next().filter(|_| services.next().is_none());
        of_pod.or_else(|| only.map(str::to_owned))
    }

    /// A partition of a topic has the form of a host.
    fn is_partition(&self, value: &str) -> bool {
        let Some((topic, number)) = value.rsplit_once('-') else {
            return false;
        };
        let written = format!("partition {topic}-");
        let is_number = number.bytes().all(|it| it.is_ascii_digit());
        is_number && self.quotes.iter().any(|quote| quote.contains(&written))
    }

    fn entity(&self, name: &str) -> Option<String> {
        let (_, kinds) = KINDS.iter().find(|(known, _)| *known == name)?;
        let of_kind = |kind: &&str| {
            let named = self.entities.iter().filter(|entity| entity.kind == **kind);
            named
                .map(|entity| entity.value.clone())
                .find(|it| is_safe(it) && !self.is_partition(it) && !is_version(it))
        };
        kinds.iter().find_map(of_kind)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|it| it.is_ascii_lowercase() || it == ' ')
}

/// Words of the language follow "to" as hosts do.
fn is_word(value: &str) -> bool {
    const WORDS: [&str; 19] = [
        "the", "a", "an", "at", "upstream", "server", "host", "database", "port", "user",
        "connect", "write", "read", "in", "is", "was", "will", "failed", "exited",
    ];
    WORDS.contains(&value.to_lowercase().as_str())
}

/// Returns whether an object of a cluster can have the name.
fn is_label(value: &str) -> bool {
    let allowed = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    value.starts_with(|it: char| it.is_ascii_lowercase())
        && value.chars().all(allowed)
        && value.len() <= 63
}

/// A version has the form of a host: `v2.3.1`.
pub(super) fn is_version(value: &str) -> bool {
    let parts: Vec<&str> = value.trim_start_matches('v').split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    matches!(parts.len(), 2 | 3) && parts.iter().all(is_number)
}

/// What could end or extend a command is never put into one.
fn is_safe(value: &str) -> bool {
    let allowed =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | '/' | '@' | ':');
    !value.is_empty() && !value.starts_with('-') && value.len() <= 200 && value.chars().all(allowed)
}

#[cfg(test)]
#[path = "fill_tests.rs"]
mod tests;

//! What a candidate is about: the far end of a connection, an object of a document, or a service.

use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{Candidate, DataClass, FileCitation, Line};
use regex::{Regex, RegexBuilder};

use super::candidates::supports;
use super::fill;
use super::frame;
use super::hypotheses::overlap;
use super::situation::Situation;
use crate::reply::text::plain;

/// Lines around a quote that are searched for the name of its object.
pub(crate) const REACH: i64 = 20;
const SUBJECT_MAX: usize = 100;

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let keys = "name|pod|podname|deployment|service|node|instance|container|object";
    let pattern =
        format!(r#"^[\s,{{-]*"?(?:{keys})"?\s*[:=]\s*"?([a-z0-9][a-z0-9._/-]{{2,}})"?,?\s*$"#);
    let name = RegexBuilder::new(&pattern).case_insensitive(true).build();
    name.ok()
});

/// An object that a line names by its kind: `sequence "orders_id_seq"`.
static OBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let kinds =
        "role|database|schema|sequence|relation|table|index|slot|topic|queue|bucket|volume|device";
    Regex::new(&format!(
        r#"\b({kinds}) \\?["'“]([A-Za-z0-9][A-Za-z0-9_./-]+)\\?["'”]"#
    ))
    .ok()
});

/// The table that a statement in a line changes, in quotation marks or not.
static TABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let table = r#"\\?"?([A-Za-z_][\w.]*)"#;
    let behind = r#"\\?"?\s*(?:\(|;|values\b|select\b|where\b|returning\b|using\b)"#;
    let changed = format!(r"\b(?:insert\s+into|delete\s+from)\s+{table}{behind}");
    let pattern = format!(r#"(?i){changed}|\bupdate\s+{table}\\?"?\s+set\b"#);
    Regex::new(&pattern).ok()
});

/// A logger that is named after a class: `com.bank.ledger.TransferService`.
static LOGGER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:[a-z_][\w-]*\.){2,}[A-Z]\w*$").ok());

/// The log of a service, named after it or after one of its pods.
static FILE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?:^|/)([a-z][a-z0-9_-]*?)(?:-[a-z0-9]{6,10}-[a-z0-9]{5})?\.(?:log|txt|out)(?:\.\d+)?$",
    )
    .ok()
});

/// Names of logs that name no service.
const ANY_LOG: [&str; 16] = [
    "app",
    "application",
    "server",
    "service",
    "log",
    "logs",
    "all",
    "output",
    "out",
    "console",
    "stdout",
    "stderr",
    "error",
    "errors",
    "messages",
    "paste",
];

/// A key or setting that a line says is missing.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:\bKeyError: |\bmissing (?:key|field|setting|variable) |\benvironment variable )\\?["'`]?([A-Za-z_][\w.]*[\w])"#,
    )
    .ok()
});

/// Returns what a candidate is about, unless its quotes do not tell.
pub(crate) fn subject(situation: &Situation, candidate: &Candidate) -> Option<String> {
    let cited = || {
        let supporting = candidate.indications.iter().filter(|it| supports(it));
        supporting.filter_map(|found| found.citation.as_ref())
    };
    let far_end = cited().find_map(|it| fill::far_end(&it.quote));
    let far_end = far_end.map(|end| with_name(situation, end));
    let object = || cited().find_map(|it| situation.names.get(&key(it)).cloned());
    let quoted = || cited().find_map(|it| quoted_object(&it.quote));
    let service = || cited().find_map(|it| component(situation, it));
    let exported = cited().find_map(|it| exported(situation, it));
    let in_code = || cited().find_map(|it| frame_at(situation, it));
    let code = (candidate.category == "code").then(in_code).flatten();
    let named = code.or(exported).or(far_end).or_else(object);
    let table = || cited().find_map(|it| table_of(&it.quote));
    let named = named.or_else(quoted).or_else(table).or_else(service)?;
    Some(plain(&named, SUBJECT_MAX))
}

/// Where the program's own code failed, if a stack trace belongs to the quote.
fn frame_at(situation: &Situation, cited: &FileCitation) -> Option<String> {
    let mut findings = situation.assessment.findings.iter();
    findings.find_map(|finding| {
        let is_here = finding.citations.iter().any(|it| is_same_place(it, cited));
        let mut frames = finding
            .citations
            .iter()
            .filter_map(|it| frame::place(&it.quote));
        frames.next().filter(|_| is_here)
    })
}

fn quoted_object(quote: &str) -> Option<String> {
    if let Some(found) = OBJECT.as_ref()?.captures(quote) {
        return Some(format!("{} {}", &found[1], &found[2]));
    }
    let key = KEY.as_ref()?.captures(quote)?;
    Some(key[1].to_owned())
}

/// The table that a quoted statement changes.
fn table_of(quote: &str) -> Option<String> {
    let found = TABLE.as_ref()?.captures(quote)?;
    let mut named = found.iter().skip(1).flatten();
    named.next().map(|it| format!("table {}", it.as_str()))
}

/// An address with the name that an export gives it.
fn with_name(situation: &Situation, end: String) -> String {
    let host = end.split(':').next().unwrap_or(&end);
    match situation.assessment.names.get(host) {
        Some(name) => format!("{name}, {end}"),
        None => end,
    }
}

/// Returns the key under which the name of a quote's object is kept.
pub(crate) fn key(cited: &FileCitation) -> (String, i64) {
    (cited.file_id.clone(), cited.line_start)
}

/// Returns the name that stands nearest to a line; events name their object behind the message.
pub(crate) fn nearest_name(lines: &[Line], at: i64) -> Option<String> {
    let name = NAME.as_ref()?;
    let named = lines.iter().filter_map(|line| {
        let found = name.captures(&line.text)?.get(1)?.as_str();
        let distance = (line.number - at).abs() * 2 - i64::from(line.number > at);
        Some((distance, found.to_owned()))
    });
    let nearest = named.min_by_key(|(distance, _)| *distance);
    nearest.map(|(_, name)| name)
}

/// Whether two quotes are of one place; a line may hold many objects.
fn is_same_place(one: &FileCitation, other: &FileCitation) -> bool {
    let begins = one.byte_start == other.byte_start;
    key(one) == key(other) && (begins || overlap(one, other))
}

/// The object of an export whose state is quoted.
fn exported(situation: &Situation, cited: &FileCitation) -> Option<String> {
    let mut files = situation.assessment.files.iter();
    let is_document =
        files.any(|file| file.file_id == cited.file_id && file.data_class() == DataClass::Config);
    let mut findings = situation.assessment.findings.iter();
    let at_the_place = findings.find(|finding| {
        (is_document || matches!(finding.kind.as_str(), "pod_state" | "alert"))
            && !finding.component.is_empty()
            && finding.citations.iter().any(|it| is_same_place(it, cited))
    });
    at_the_place.map(|finding| finding.component.clone())
}

/// The service whose line is quoted.
fn component(situation: &Situation, cited: &FileCitation) -> Option<String> {
    let mut findings = situation.assessment.findings.iter();
    let at_the_place = findings.find(|finding| {
        !finding.component.is_empty() && finding.citations.iter().any(|it| is_same_place(it, cited))
    });
    at_the_place.map(|finding| service(&finding.component, &cited.filename))
}

/// Returns the service that wrote a line: the file's name tells it where the line names a logger.
pub(crate) fn service(component: &str, file_name: &str) -> String {
    let is_logger = LOGGER.as_ref().is_some_and(|it| it.is_match(component));
    let file = FILE.as_ref().and_then(|it| it.captures(file_name));
    let name = file.filter(|_| is_logger).map(|it| it[1].to_owned());
    let telling = name.filter(|name| !ANY_LOG.contains(&name.as_str()));
    telling.unwrap_or_else(|| component.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_of_a_statement_is_named() {
        for (quote, table) in [
            (
                r#""statement": "INSERT INTO \"alarm\" (\"reading_id\") VALUES ($1)""#,
                "alarm",
            ),
            (
                "STATEMENT:  update public.orders set paid = true",
                "public.orders",
            ),
            ("delete from carts where id = 7", "carts"),
        ] {
            assert_eq!(
                super::table_of(quote),
                Some(format!("table {table}")),
                "{quote}"
            );
        }
        for prose in [
            "please update the config set",
            "could not delete from S3: access denied",
            "failed to insert into cache",
        ] {
            assert_eq!(super::table_of(prose), None, "{prose}");
        }
    }

    use super::*;

    #[test]
    fn a_logger_gives_way_to_the_service_that_the_file_is_named_after() {
        const LOGGER: &str = "o.h.engine.jdbc.spi.SqlExceptionHelper";
        for (component, file, expected) in [
            (LOGGER, "ledger.log", "ledger"),
            (LOGGER, "logs/ledger-7f66d4c9bd-l8t5c.log.1", "ledger"),
            (LOGGER, "app.log", LOGGER),
            (LOGGER, "events.json", LOGGER),
            ("payment", "all.log", "payment"),
            ("shop.example.com", "proxy.log", "shop.example.com"),
        ] {
            assert_eq!(service(component, file), expected, "{component} {file}");
        }
    }

    fn lines(texts: &[&str]) -> Vec<Line> {
        let lines = texts.iter().zip(1..).map(|(text, number)| Line {
            number,
            text: (*text).to_owned(),
            ..Default::default()
        });
        lines.collect()
    }

    #[test]
    fn an_object_is_named_with_its_kind() {
        for (quote, expected) in [
            (
                r#"nextval: reached maximum value of sequence "loans_id_seq" (2147483647)"#,
                Some("sequence loans_id_seq"),
            ),
            (
                r#""err": "pq: relation \"loans\" does not exist""#,
                Some("relation loans"),
            ),
            ("KeyError: 'RELAY_HOST'", Some("RELAY_HOST")),
            ("the sequence is fine", None),
        ] {
            assert_eq!(quoted_object(quote).as_deref(), expected, "{quote}");
        }
    }

    #[test]
    fn the_nearest_name_belongs_to_the_quote() {
        let event = lines(&[
            "\"name\": \"cart-1.event\",",
            "\"reason\": \"Failed\",",
            "\"count\": 3,",
            "\"message\": \"Error: ImagePullBackOff\",",
            "\"involvedObject\": {",
            "  \"kind\": \"Pod\",",
            "  \"name\": \"payment-58c7b9d4f6-zk2xp\",",
        ]);
        let name = nearest_name(&event, 4);
        assert_eq!(name.as_deref(), Some("payment-58c7b9d4f6-zk2xp"));
        let described = lines(&[
            "Name:             cart-0",
            "Status: Running",
            "Reason: OOMKilled",
        ]);
        assert_eq!(nearest_name(&described, 3).as_deref(), Some("cart-0"));
        assert_eq!(nearest_name(&lines(&["Reason: Error"]), 1), None);
    }
}

//! What is always there and points at no fault: steady warnings of others, and statements that people
//! typed by hand into a database.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use faultmaven_proto::evidence::v1::{
    AssessCaseResponse, Entity, FileCitation, Finding, Severity, UploadedFile,
};
use regex::{Regex, RegexBuilder};

use crate::convert::moment;

/// People give up after a few tries; a program goes on.
const TYPED_MAX: i64 = 5;
const TYPED_BY_USER_MAX: i64 = 3;
/// Lines from which a user of a database is a program.
const PROGRAM_LINES: i64 = 10;
/// Share of a log's time within which something must show at its start and its end to be steady.
const MARGIN: i32 = 4;
/// Entries of the catalogue about statements that a database refused for what they say.
const REFUSED: [&str; 8] = [
    "postgresql.relation_missing",
    "postgresql.value_rejected",
    "postgresql.permission",
    "postgresql.duplicate_key",
    "postgresql.constraint_violated",
    "mysql.schema_mismatch",
    "mysql.duplicate_entry",
    "mysql.access_denied",
];
/// Words of such lines that no entry knows.
const REFUSED_WORDS: [&str; 3] = ["syntax error", "due to user request", "does not exist"];

/// Programs in which people type statements.
static CLIENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "psql|pgcli|pgadmin|dbeaver|datagrip|tableplus|postico|navicat|heidisql|mysql workbench|mycli|azure data studio";
    let written = format!(
        r#"(?:\bapplication_name\\?"?\s*[:=]\s*\\?"?|\bapp(?:lication)?=|,"?)(?:{names})\b"#
    );
    RegexBuilder::new(&written)
        .case_insensitive(true)
        .build()
        .ok()
});
/// The name under which a program connects, if the line tells one.
static PROGRAM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\b(?:application_name\\?"?\s*[:=]\s*\\?"?|app(?:lication)?=)([A-Za-z][^",\s]*)"#)
        .ok()
});
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:\buser\\?"?\s*[:=]\s*\\?"?|\s)([A-Za-z][\w.-]*)(?:@\w+|["',\s])"#).ok()
});

/// Findings that are no sign of a fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weather {
    steady: BTreeSet<(String, String)>,
    typed: BTreeSet<(String, String)>,
    /// Entries of the catalogue that show in such statements and nowhere else.
    entries: BTreeSet<String>,
    places: BTreeSet<(String, i64)>,
}

impl Weather {
    /// Returns what the data show of it.
    pub(crate) fn of(assessment: &AssessCaseResponse) -> Self {
        let findings = &assessment.findings;
        let typed: Vec<&Finding> = findings
            .iter()
            .filter(|it| is_typed(it, &assessment.entities))
            .filter(|it| !reaches_a_program(it, findings, &assessment.entities))
            .collect();
        let steady = findings
            .iter()
            .filter(|it| is_steady(it, &assessment.files, findings));
        Self {
            steady: steady.map(key).collect(),
            places: typed
                .iter()
                .flat_map(|it| it.citations.iter().map(place))
                .collect(),
            entries: typed.iter().map(|it| it.catalogue_id.clone()).collect(),
            typed: typed.into_iter().map(key).collect(),
        }
    }

    /// Returns whether a warning of a log comes all the time, as often as ever.
    pub(crate) fn is_steady(&self, finding: &Finding) -> bool {
        self.steady.contains(&key(finding))
    }

    /// Returns whether people typed the statements that failed.
    pub(crate) fn is_typed(&self, finding: &Finding) -> bool {
        self.typed.contains(&key(finding))
    }

    /// Returns whether an entry of the catalogue shows in nothing but statements that people typed.
    pub(crate) fn is_typed_alone<'a>(
        &self,
        catalogue_id: &str,
        mut shown: impl Iterator<Item = &'a FileCitation>,
    ) -> bool {
        let is_typed = |cited: &FileCitation| {
            names_client(&cited.quote) || self.places.contains(&place(cited))
        };
        self.entries.contains(catalogue_id) && shown.all(is_typed)
    }
}

fn place(cited: &FileCitation) -> (String, i64) {
    (cited.file_id.clone(), cited.line_start)
}

fn key(finding: &Finding) -> (String, String) {
    (finding.file_id.clone(), finding.signature.clone())
}

/// Lines that no onset has and that reach from the start of their log to its end.
fn is_steady(finding: &Finding, files: &[UploadedFile], findings: &[Finding]) -> bool {
    let is_kind = finding.kind == "error_signature"
        && finding.severity() == Severity::Warn
        && finding.catalogue_id.is_empty();
    let sets_in = || {
        let mut onsets = findings.iter().filter(|it| it.kind == "onset");
        onsets.any(|it| it.signature == finding.signature)
    };
    let seen = moment(finding.first_seen.as_ref()).zip(moment(finding.last_seen.as_ref()));
    let read = files
        .iter()
        .find(|file| file.file_id == finding.file_id)
        .and_then(times);
    is_kind && !sets_in() && seen.zip(read).is_some_and(|(seen, read)| spans(seen, read))
}

type Span = (DateTime<Utc>, DateTime<Utc>);

fn times(file: &UploadedFile) -> Option<Span> {
    let coverage = file.coverage.as_ref()?;
    moment(coverage.first_time.as_ref()).zip(moment(coverage.last_time.as_ref()))
}

fn spans((first, last): Span, (from, to): Span) -> bool {
    let margin = (to - from) / MARGIN;
    first - from <= margin && to - last <= margin
}

/// Returns whether the lines name a client of people, or a user who hardly shows otherwise.
fn is_typed(finding: &Finding, entities: &[Entity]) -> bool {
    let quotes = || finding.citations.iter().map(|it| it.quote.as_str());
    if !is_refused_statement(finding) || finding.citations.is_empty() {
        return false;
    }
    let by_client = finding.count <= TYPED_MAX && quotes().all(names_client);
    let by_user = finding.count <= TYPED_BY_USER_MAX
        && quotes().all(|quote| !names_program(quote) && is_of_a_person(quote, entities));
    by_client || by_user
}

fn is_refused_statement(finding: &Finding) -> bool {
    let says_so = || {
        let said = finding.statement.to_lowercase();
        REFUSED_WORDS.iter().any(|word| said.contains(word))
    };
    match finding.catalogue_id.as_str() {
        "" => finding.kind == "error_signature" && says_so(),
        id => REFUSED.contains(&id),
    }
}

fn names_client(quote: &str) -> bool {
    CLIENT.as_ref().is_some_and(|client| client.is_match(quote))
}

fn names_program(quote: &str) -> bool {
    let program = PROGRAM.as_ref();
    program.is_some_and(|program| program.is_match(quote))
}

/// A user with few lines, beside others with many, is a person.
fn is_of_a_person(quote: &str, entities: &[Entity]) -> bool {
    let lines = |name: &str| {
        let named = entities
            .iter()
            .filter(|it| it.kind == "user" && it.value == name);
        named.map(|it| it.count).sum::<i64>()
    };
    let users = USER.iter().flat_map(|user| user.captures_iter(quote));
    let known = users.filter_map(|found| Some(found.get(1)?.as_str()));
    let known = known.map(lines).find(|lines| *lines > 0);
    let has_program = || {
        let mut users = entities.iter().filter(|it| it.kind == "user");
        users.any(|it| it.count >= PROGRAM_LINES)
    };
    known.is_some_and(|lines| lines <= TYPED_MAX) && has_program()
}

/// Returns whether the same trouble shows where no person typed it.
fn reaches_a_program(typed: &Finding, findings: &[Finding], entities: &[Entity]) -> bool {
    let mut others = findings.iter().filter(|it| {
        !typed.catalogue_id.is_empty()
            && it.catalogue_id == typed.catalogue_id
            && key(it) != key(typed)
    });
    others.any(|it| !is_typed(it, entities))
}

#[cfg(test)]
mod tests {
    use faultmaven_kit::clock::timestamp;
    use faultmaven_proto::evidence::v1::Coverage;

    use super::*;

    fn refused(quote: &str, count: i64) -> Finding {
        Finding {
            file_id: "file_1".to_owned(),
            kind: "error_signature".to_owned(),
            severity: Severity::Error.into(),
            catalogue_id: "postgresql.relation_missing".to_owned(),
            signature: "s".to_owned(),
            count,
            citations: vec![FileCitation {
                file_id: "file_1".to_owned(),
                quote: quote.to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn is_typed_in(quote: &str, count: i64, entities: &[Entity]) -> bool {
        let finding = refused(quote, count);
        let weather = Weather::of(&AssessCaseResponse {
            findings: vec![finding.clone()],
            entities: entities.to_vec(),
            ..Default::default()
        });
        let cited = finding.citations.iter();
        let is_typed = weather.is_typed(&finding);
        assert_eq!(
            weather.is_typed_alone(&finding.catalogue_id, cited),
            is_typed
        );
        is_typed
    }

    #[test]
    fn a_few_statements_of_a_person_are_no_fault() {
        let json =
            r#"{"user": "eva", "message": "column x does not exist", "application_name": "psql"}"#;
        let csv = r#"10:00 UTC,eva,shop,7,10.8.0.5,,1,SELECT,,4/1,0,ERROR,42703,"column x does not exist",,,,,,,,,"psql","client backend""#;
        let stderr =
            "10:00 UTC [7] user=eva,db=shop,app=DBeaver 24.1 ERROR:  column x does not exist";
        for quote in [json, csv, stderr] {
            assert!(is_typed_in(quote, 2, &[]), "{quote}");
            assert!(!is_typed_in(quote, 40, &[]), "{quote}");
        }
        let program =
            "10:00 UTC [7] user=shop,db=shop,app=shop-web ERROR:  column x does not exist";
        assert!(!is_typed_in(program, 1, &[]));
    }

    #[test]
    fn without_a_program_the_user_tells_a_person() {
        let user = |value: &str, count: i64| Entity {
            kind: "user".to_owned(),
            value: value.to_owned(),
            count,
            ..Default::default()
        };
        let quote = "10:00 UTC [7] eva@shop ERROR:  column x does not exist";
        let both = [user("shop", 200), user("eva", 2)];
        assert!(is_typed_in(quote, 2, &both));
        assert!(!is_typed_in(quote, 2, &[user("eva", 200)]));
        let service = "10:00 UTC [7] shop@shop ERROR:  column x does not exist";
        assert!(!is_typed_in(service, 2, &both));
    }

    #[test]
    fn what_a_program_meets_too_is_a_fault() {
        let typed = refused(r#""application_name": "psql""#, 1);
        let mut met = refused("ERROR [django] column x does not exist", 30);
        met.file_id = "file_2".to_owned();
        let weather = Weather::of(&AssessCaseResponse {
            findings: vec![typed.clone(), met],
            ..Default::default()
        });
        assert!(!weather.is_typed(&typed));
    }

    #[test]
    fn warnings_of_the_whole_log_are_told_from_those_that_begin() {
        let time = |text: &str| Some(timestamp(text.parse().unwrap()));
        let file = UploadedFile {
            file_id: "file_1".to_owned(),
            coverage: Some(Coverage {
                first_time: time("2026-03-04T09:00:00Z"),
                last_time: time("2026-03-04T10:00:00Z"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let warned = |first: &str, last: &str| Finding {
            catalogue_id: String::new(),
            severity: Severity::Warn.into(),
            first_seen: time(first),
            last_seen: time(last),
            ..refused("WARN no mapping for GET /favicon.ico", 4)
        };
        for (first, last, expected) in [
            ("2026-03-04T09:06:00Z", "2026-03-04T09:50:00Z", true),
            ("2026-03-04T09:31:00Z", "2026-03-04T09:50:00Z", false),
        ] {
            let finding = warned(first, last);
            let weather = Weather::of(&AssessCaseResponse {
                findings: vec![finding.clone()],
                files: vec![file.clone()],
                ..Default::default()
            });
            assert_eq!(weather.is_steady(&finding), expected, "{first}");
        }
    }
}

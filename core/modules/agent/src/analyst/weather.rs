//! What points at no fault: steady warnings of others, what is over, and statements that people typed
//! by hand into a database.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{
    AssessCaseResponse, Entity, FileCitation, Finding, Severity, UploadedFile,
};
use regex::{Regex, RegexBuilder};

use super::failed_call;
use crate::convert::moment;

/// People give up after a few tries; a program goes on.
const TYPED_MAX: i64 = 5;
const TYPED_BY_USER_MAX: i64 = 3;
/// Lines from which a user of a database is a program.
const PROGRAM_LINES: i64 = 10;
/// Share of a log's time within which something must show at its start and its end to be steady.
const MARGIN: i32 = 4;
/// What was silent for a longer share of a log than this, and much longer than it lasted, is over.
const QUIET_SHARE: i32 = 8;
const QUIET_FACTOR: i32 = 3;
const QUIET_MIN: TimeDelta = TimeDelta::minutes(5);
/// Kinds of findings about what happens, and is over when it does no more.
const PASSING: [&str; 9] = [
    "error_signature",
    "restart_loop",
    "stack_group",
    "template_burst",
    "error_span",
    "slow_span",
    "http_result",
    "spike",
    "drop",
];
/// Entries of the catalogue about statements that a database refused for what they say.
const REFUSED: [&str; 14] = [
    "postgresql.relation_missing",
    "postgresql.value_rejected",
    "postgresql.permission",
    "postgresql.duplicate_key",
    "postgresql.constraint_violated",
    "postgresql.syntax_error",
    "postgresql.transaction_aborted",
    "mysql.schema_mismatch",
    "mysql.duplicate_entry",
    "mysql.access_denied",
    "mysql.constraint_violated",
    "mysql.syntax_error",
    "mysql.value_rejected",
    "mongodb.validation",
];
/// The entry of a sign-in that a database refused.
const REFUSED_LOGIN: &str = "postgresql.authentication_failed";
/// What a database says when somebody stops a statement of his own.
const STOPPED: &str = "due to user request";
/// Share of the lines of a log within which failed calls that come all the time are no fault.
const CALLS_SHARE: i64 = 50;
/// An alert that fired so long before everything else that was handed over tells of something else.
const LONG_BEFORE: TimeDelta = TimeDelta::hours(6);
/// Words of such lines that no entry knows.
const REFUSED_WORDS: [&str; 3] = ["syntax error", STOPPED, "does not exist"];

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
/// Whose sign-in was refused.
static LOGIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\bfor user \W{0,4}([\w.-]+)"#).ok());
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:\buser\\?"?\s*[:=]\s*\\?"?|\s|,")([A-Za-z][\w.-]*)(?:@\w+|["',\s])"#).ok()
});

/// Findings that are no sign of a fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weather {
    steady: BTreeSet<(String, String)>,
    over: BTreeSet<(String, String)>,
    background: BTreeSet<(String, String)>,
    typed: BTreeSet<(String, String)>,
    /// Entries of the catalogue that show in such statements and nowhere else.
    entries: BTreeSet<String>,
    places: BTreeSet<(String, i64)>,
}

impl Weather {
    /// Returns what the data show of it.
    pub(crate) fn of(assessment: &AssessCaseResponse) -> Self {
        let findings = &assessment.findings;
        let mut typed: Vec<&Finding> = findings
            .iter()
            .filter(|it| is_typed(it, &assessment.entities))
            .filter(|it| !reaches_a_program(it, findings, &assessment.entities))
            .collect();
        let mistyped = findings.iter().filter(|it| is_mistyped_login(it, &typed));
        let mistyped: Vec<&Finding> = mistyped.collect();
        typed.extend(mistyped);
        let steady = findings
            .iter()
            .filter(|it| is_steady(it, &assessment.files, findings));
        let over = findings.iter().filter(|it| is_over(it, &assessment.files));
        Self {
            over: over.map(key).collect(),
            background: background(assessment).map(key).collect(),
            steady: steady.map(key).collect(),
            places: typed
                .iter()
                .flat_map(|it| it.citations.iter().map(place))
                .collect(),
            entries: typed.iter().map(|it| it.catalogue_id.clone()).collect(),
            typed: typed.into_iter().map(key).collect(),
        }
    }

    /// Returns whether a warning of a log that nothing is known of comes all the time, as often as ever.
    pub(crate) fn is_steady(&self, finding: &Finding) -> bool {
        finding.catalogue_id.is_empty() && self.comes_as_ever(&finding.file_id, &finding.signature)
    }

    /// Returns whether a warning of a log comes all the time, as often as ever.
    pub(crate) fn comes_as_ever(&self, file_id: &str, signature: &str) -> bool {
        let key = (file_id.to_owned(), signature.to_owned());
        self.steady.contains(&key)
    }

    /// Returns whether something ended long before the data do.
    pub(crate) fn is_over(&self, finding: &Finding) -> bool {
        self.over.contains(&key(finding))
    }

    /// Returns whether something fails now and then wherever people work, or fired long before.
    pub(crate) fn is_background(&self, finding: &Finding) -> bool {
        self.background.contains(&key(finding))
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

/// Lines that warn, that no onset has and that reach from the start of their log to its end.
fn is_steady(finding: &Finding, files: &[UploadedFile], findings: &[Finding]) -> bool {
    let warns = finding.severity() == Severity::Warn || is_warning(finding);
    finding.kind == "error_signature" && warns && comes_all_the_time(finding, files, findings)
}

/// Statements that are refused all the time, a few calls among many, a mistyped password, an old alert.
fn background(assessment: &AssessCaseResponse) -> impl Iterator<Item = &Finding> {
    let AssessCaseResponse {
        files, findings, ..
    } = assessment;
    let begins = |finding: &Finding| read(finding, files).map(|(from, _)| from);
    let others = findings.iter().filter(|it| it.kind != "alert");
    let earliest = others.filter_map(begins).min();
    findings.iter().filter(move |finding| {
        let id = finding.catalogue_id.as_str();
        let is_constant = || comes_all_the_time(finding, files, findings);
        match finding.kind.as_str() {
            "alert" => {
                let fired = moment(finding.last_seen.as_ref());
                let fired = fired.or_else(|| moment(finding.first_seen.as_ref()));
                let long_ago = fired.zip(earliest).map(|(fired, from)| from - fired);
                long_ago.is_some_and(|before| before >= LONG_BEFORE)
            }
            "error_signature" => {
                REFUSED.contains(&id) && is_constant()
                    || failed_call::is_entry(id) && is_rare(finding, files) && is_constant()
                    || is_slip(finding)
            }
            _ => false,
        }
    })
}

/// Returns whether somebody mistyped a password or stopped a statement.
fn is_slip(finding: &Finding) -> bool {
    let mut quotes = finding.citations.iter().map(|it| it.quote.as_str());
    let is_of_people =
        finding.catalogue_id == REFUSED_LOGIN || quotes.all(|quote| quote.contains(STOPPED));
    is_of_people && finding.count <= TYPED_BY_USER_MAX && !finding.citations.is_empty()
}

fn is_rare(finding: &Finding, files: &[UploadedFile]) -> bool {
    let mut files = files.iter();
    let file = files.find(|file| file.file_id == finding.file_id);
    let coverage = file.and_then(|file| file.coverage.as_ref());
    coverage.is_some_and(|it| finding.count * CALLS_SHARE <= it.lines_read)
}

fn comes_all_the_time(finding: &Finding, files: &[UploadedFile], findings: &[Finding]) -> bool {
    let sets_in = || {
        let mut onsets = findings.iter().filter(|it| it.kind == "onset");
        onsets.any(|it| it.signature == finding.signature)
    };
    let seen = moment(finding.first_seen.as_ref()).zip(moment(finding.last_seen.as_ref()));
    let read = read(finding, files);
    !sets_in() && seen.zip(read).is_some_and(|(seen, read)| spans(seen, read))
}

/// Returns whether much more of the log follows than what was found lasted; a state lasts until another
/// is told, and who died is silent, too.
fn is_over(finding: &Finding, files: &[UploadedFile]) -> bool {
    if finding.severity() == Severity::Critical || !PASSING.contains(&finding.kind.as_str()) {
        return false;
    }
    let seen = moment(finding.first_seen.as_ref()).zip(moment(finding.last_seen.as_ref()));
    let Some(((first, last), (from, to))) = seen.zip(read(finding, files)) else {
        return false;
    };
    let quiet = to - last;
    quiet >= QUIET_MIN
        && quiet >= (to - from) / QUIET_SHARE
        && quiet >= (last - first) * QUIET_FACTOR
}

fn read(finding: &Finding, files: &[UploadedFile]) -> Option<Span> {
    let mut files = files.iter();
    let file = files.find(|file| file.file_id == finding.file_id)?;
    times(file)
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

/// Returns whether somebody who typed statements mistyped the password before.
fn is_mistyped_login(finding: &Finding, typed: &[&Finding]) -> bool {
    if finding.catalogue_id != REFUSED_LOGIN || finding.count > TYPED_BY_USER_MAX {
        return false;
    }
    let by_the_same = |quote: &str| {
        let user = LOGIN.as_ref().and_then(|login| login.captures(quote));
        let user = user.map(|found| found[1].to_lowercase());
        let mut statements = typed.iter().flat_map(|it| &it.citations);
        user.is_some_and(|user| {
            statements.any(|it| {
                let line = it.quote.to_lowercase();
                let mut words = line.split(|letter: char| !is_of_name(letter));
                words.any(|word| word == user)
            })
        })
    };
    let mut quotes = finding.citations.iter().map(|it| it.quote.as_str());
    quotes.all(by_the_same) && !finding.citations.is_empty()
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

fn is_refused_statement(finding: &Finding) -> bool {
    let says_so = || {
        let quoted = finding.citations.iter().map(|it| &it.quote);
        let mut said = quoted
            .chain([&finding.statement])
            .map(|it| it.to_lowercase());
        said.any(|said| REFUSED_WORDS.iter().any(|word| said.contains(word)))
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

/// Returns whether the program itself calls what it met a warning, as it does before it tries again.
pub(super) fn is_warning(finding: &Finding) -> bool {
    let mut quotes = finding.citations.iter().map(|it| it.quote.as_str());
    !finding.citations.is_empty() && quotes.all(warns)
}

/// Returns whether a line calls what it tells a warning.
pub(super) fn warns(line: &str) -> bool {
    let mut words = line.split(|letter: char| !letter.is_ascii_alphabetic());
    words.any(|word| matches!(word, "WARN" | "WARNING" | "warn" | "warning" | "WRN"))
}

#[cfg(test)]
#[path = "weather_tests.rs"]
mod tests;

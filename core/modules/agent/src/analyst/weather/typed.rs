//! Statements and passwords that people type by hand into a database.

use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{Entity, Finding};
use regex::{Regex, RegexBuilder};

use super::key;

/// People give up after a few tries; a program goes on.
const TYPED_MAX: i64 = 5;
/// In an editor of statements people repeat what they do not get right; psql runs scripts as well.
const TYPED_IN_EDITOR_MAX: i64 = 200;
const EDITORS: [&str; 7] = [
    "pgadmin",
    "dbeaver",
    "datagrip",
    "tableplus",
    "postico",
    "navicat",
    "heidisql",
];
const TYPED_BY_USER_MAX: i64 = 3;
/// Lines from which a user of a database is a program.
const PROGRAM_LINES: i64 = 10;
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
pub(super) const REFUSED_LOGIN: &str = "postgresql.authentication_failed";
/// What a database says when somebody stops a statement of his own.
const STOPPED: &str = "due to user request";
/// Words of such lines that no entry knows.
const REFUSED_WORDS: [&str; 3] = ["syntax error", STOPPED, "does not exist"];

/// Programs in which people type statements.
static CLIENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "psql|pgcli|pgadmin|dbeaver|datagrip|tableplus|postico|navicat|heidisql|mysql workbench|mycli|azure data studio";
    let written = format!(
        r#"(?:\bapplication_name\\?"?\s*[:=]\s*\\?"?|\bapp(?:lication)?=|,"?|@[\w.-]+/)(?:{names})\b"#
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

/// Returns whether somebody mistyped a password or stopped a statement.
pub(super) fn is_slip(finding: &Finding) -> bool {
    let mut quotes = finding.citations.iter().map(|it| it.quote.as_str());
    let is_of_people =
        finding.catalogue_id == REFUSED_LOGIN || quotes.all(|quote| quote.contains(STOPPED));
    is_of_people && finding.count <= TYPED_BY_USER_MAX && !finding.citations.is_empty()
}

/// Returns whether the lines name a client of people, or a user who hardly shows otherwise.
pub(super) fn is_typed(finding: &Finding, entities: &[Entity]) -> bool {
    let quotes = || finding.citations.iter().map(|it| it.quote.as_str());
    if !is_refused_statement(finding) || finding.citations.is_empty() {
        return false;
    }
    let most = match quotes().all(names_editor) {
        true => TYPED_IN_EDITOR_MAX,
        false => TYPED_MAX,
    };
    let by_client = finding.count <= most && quotes().all(names_client);
    let by_user = finding.count <= TYPED_BY_USER_MAX
        && quotes().all(|quote| !names_program(quote) && is_of_a_person(quote, entities));
    by_client || by_user
}

/// Returns whether somebody who typed statements mistyped the password before.
pub(super) fn is_mistyped_login(finding: &Finding, typed: &[&Finding]) -> bool {
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

pub(super) fn names_client(quote: &str) -> bool {
    CLIENT.as_ref().is_some_and(|client| client.is_match(quote))
}

fn names_editor(quote: &str) -> bool {
    let lower = quote.to_lowercase();
    names_client(quote) && EDITORS.iter().any(|name| lower.contains(name))
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
pub(super) fn reaches_a_program(
    typed: &Finding,
    findings: &[Finding],
    entities: &[Entity],
) -> bool {
    let mut others = findings.iter().filter(|it| {
        !typed.catalogue_id.is_empty()
            && it.catalogue_id == typed.catalogue_id
            && key(it) != key(typed)
    });
    others.any(|it| !is_typed(it, entities))
}

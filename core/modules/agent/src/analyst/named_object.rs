//! Names of objects that the errors of a problem quote, and the changes that name the same object.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{Finding, ObservedChange, Severity};
use regex::{Regex, RegexBuilder};

use super::message::said;
use super::situation::Situation;

const NAMES_MAX: usize = 200;
/// Words behind the kind of an object that are no name of one.
const NO_NAMES: [&str; 30] = [
    "already",
    "and",
    "cannot",
    "connection",
    "could",
    "did",
    "does",
    "failed",
    "for",
    "from",
    "has",
    "had",
    "ids",
    "into",
    "lookup",
    "must",
    "name",
    "names",
    "not",
    "request",
    "scan",
    "set",
    "that",
    "the",
    "this",
    "was",
    "which",
    "with",
    "without",
    "you",
];

/// An object behind its kind: `role "app"`, `table bookings`, `not authorized on shop`.
static OF_KIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let kinds = "role|user|relation|table|index|column|database|schema|sequence|function|view|topic|queue|exchange|vhost|virtual host|bucket|secret|configmap|parameter|setting|collection|keyspace|tenant|slot|publication|not authorized on|key";
    RegexBuilder::new(&format!(
        r#"\b(?:{kinds})[ :=]+\\?["'`“]?([a-z_][\w.$-]{{2,62}})"#
    ))
    .case_insensitive(true)
    .build()
    .ok()
});

/// Whatever stands in quotation marks and looks like a name that somebody gave.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"["'`“]([A-Za-z_][\w$.]*[_.-][\w$.-]*|[A-Za-z_]+\d[\w$.-]*)\\?["'`”]"#).ok()
});

/// Returns the names of objects that the errors of the problem quote.
pub(crate) fn of_errors(situation: &Situation) -> BTreeSet<String> {
    let relevance = situation.relevance();
    let is_error = |it: &&Finding| {
        it.severity() >= Severity::Error
            && matches!(
                it.kind.as_str(),
                "error_signature" | "stack_group" | "template_burst"
            )
            && relevance.sets_in_with_it(it)
    };
    let errors = situation.assessment.findings.iter().filter(is_error);
    let quotes = errors.filter_map(|it| it.citations.first());
    let mut names = BTreeSet::new();
    for cited in quotes {
        names.extend(in_text(&said(&cited.quote)));
        if names.len() >= NAMES_MAX {
            break;
        }
    }
    names
}

/// Returns whether a change names one of the objects.
pub(crate) fn is_named_by(change: &ObservedChange, names: &BTreeSet<String>) -> bool {
    let told = format!("{} {}", change.description, change.key).to_lowercase();
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.' | '$' | '-');
    let mut words = told.split(|it: char| !is_part(it));
    words.any(|word| {
        let word = word.trim_matches(['.', '-']);
        names.contains(word) || word.split('.').any(|part| names.contains(part))
    })
}

fn in_text(text: &str) -> BTreeSet<String> {
    let patterns = [OF_KIND.as_ref(), QUOTED.as_ref()];
    let found = patterns.into_iter().flatten();
    let found = found.flat_map(|it| it.captures_iter(text));
    let names = found.filter_map(|it| it.get(1).map(|name| name.as_str().to_lowercase()));
    let names = names.map(|name| name.trim_matches(['.', '-']).to_owned());
    names
        .filter(|name| name.len() >= 3 && !NO_NAMES.contains(&name.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        in_text(text).into_iter().collect()
    }

    #[test]
    fn errors_name_roles_tables_collections_and_keys() {
        for (text, expected) in [
            (
                r#"FATAL:  too many connections for role "catalog_app""#,
                vec!["catalog_app"],
            ),
            (
                "ERROR: permission denied for table bookings",
                vec!["bookings"],
            ),
            (
                r#"(Unauthorized) not authorized on rate-db to execute command { find: "inventory" }"#,
                vec!["rate-db"],
            ),
            (
                r#"column "loyalty_tier" does not exist"#,
                vec!["loyalty_tier"],
            ),
            ("the user request failed: timeout", vec![]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn a_change_of_the_named_object_is_told_from_others() {
        let change = |description: &str| ObservedChange {
            description: description.to_owned(),
            ..Default::default()
        };
        let names = in_text(r#"too many connections for role "catalog_app""#);
        for said in [
            "statement: ALTER ROLE catalog_app CONNECTION LIMIT 8;",
            "connection limit of role catalog_app set to 8 in pg.log",
            "DROP TABLE shop.catalog_app",
        ] {
            assert!(is_named_by(&change(said), &names), "{said}");
        }
        for said in [
            "statement: ALTER ROLE search_app CONNECTION LIMIT 40;",
            "CREATE INDEX idx_catalog_app_2 ON reviews (sku)",
        ] {
            assert!(!is_named_by(&change(said), &names), "{said}");
        }
    }
}

//! A part that people name and that the data show nothing of.

use std::sync::LazyLock;

use regex::Regex;

use super::relevance::text_of;
use super::situation::Situation;
use crate::reply::data;

/// A name as parts of systems have them, by its last word.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b[a-z][a-z0-9]+(?:[-_][a-z0-9]+)*[-_](?:agent|api|backend|broker|cache|client|consumer|controller|cron|daemon|db|engine|exporter|frontend|gateway|importer|indexer|job|mailer|manager|operator|processor|producer|proxy|publisher|queue|scheduler|server|service|store|svc|sync|web|worker)\b",
    )
    .ok()
});

/// An order, a booking or the like by its number: `OR-76412`.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[A-Z]{2,6}[-_/]\d{4,12}\b").ok());
/// What numbers of this form name that no log holds: tickets about the problem, weaknesses, standards.
const NO_OBJECTS: [&str; 12] = [
    "INC", "JIRA", "TICKET", "CASE", "CVE", "RFC", "ISO", "CHG", "PRB", "REQ", "OPS", "SRE",
];
const NUMBERS_MAX: usize = 3;

/// First words of such names that stand for no part.
const COMMON: [&str; 10] = [
    "self-",
    "micro-",
    "re-",
    "web-s",
    "in-memory",
    "client-",
    "non-",
    "pre-",
    "multi-",
    "third-",
];

/// Returns a text in which all that joins words is alike.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['_', '.', ' '], "-")
}

/// Returns the numbers of orders and the like that a text names.
pub(crate) fn numbers(text: &str) -> Vec<&str> {
    let found = NUMBER.as_ref().map(|it| it.find_iter(text));
    let found = found.into_iter().flatten().map(|it| it.as_str());
    let is_object = |number: &&str| {
        let kind = number.split(['-', '_', '/']).next();
        kind.is_some_and(|kind| !NO_OBJECTS.contains(&kind))
    };
    found.filter(is_object).take(NUMBERS_MAX).collect()
}

/// Returns the part, or the number of an order and the like, that a text names and that the data hold
/// nothing of.
pub(crate) fn find(situation: &Situation) -> Option<String> {
    if situation.absent.is_some() {
        return situation.absent.clone();
    }
    let mut named = NAME.as_ref()?.find_iter(&situation.text).peekable();
    named.peek()?;
    let shown = shown(situation);
    let name = named.map(|it| it.as_str()).find(|name| {
        let name = plain(name);
        let is_common = COMMON.iter().any(|start| name.starts_with(start));
        !is_common && !shown.iter().any(|it| it.contains(&name))
    })?;
    Some(name.to_owned())
}

/// Returns whether new data are well although nobody asked whether they are; who looks for an order that
/// they do not hold asks for it.
pub(crate) fn shows_nothing(situation: &Situation) -> bool {
    let files: Vec<_> = situation.new_files.iter().collect();
    let asks = situation.relevance().asks_whether_well() && situation.absent.is_none();
    !asks && data::is_healthy(situation, &files)
}

/// Everything by which the data name parts.
fn shown(situation: &Situation) -> Vec<String> {
    let assessment = &situation.assessment;
    let names = assessment
        .names
        .iter()
        .flat_map(|(one, other)| [one, other]);
    let pods = assessment
        .pods
        .iter()
        .flat_map(|it| [&it.name, &it.workload]);
    let files = assessment.files.iter().map(|it| &it.filename);
    let entities = assessment.entities.iter().map(|it| &it.value);
    let changes = assessment.changes.iter().map(|it| &it.description);
    let said = assessment.findings.iter().map(text_of);
    let named = names
        .chain(pods)
        .chain(files)
        .chain(entities)
        .chain(changes);
    let said: Vec<String> = said.map(|it| plain(&it)).collect();
    named.map(|it| plain(it)).chain(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_orders_are_told_from_those_of_tickets() {
        let text = "see INC-40211: order OR-76412 and B-12 of UTF-8, booking SLOT/990121";
        assert_eq!(numbers(text), ["OR-76412", "SLOT/990121"]);
    }

    #[test]
    fn names_of_parts_are_told_from_other_words() {
        let named = |text: &str| NAME.as_ref()?.find(text).map(|it| it.as_str().to_owned());
        for (text, expected) in [
            (
                "loyalty-worker consumes order.completed. why?",
                Some("loyalty-worker"),
            ),
            ("is the push_gateway to blame?", Some("push_gateway")),
            ("no mails since the re-deploy of today", None),
            ("a read-only follow-up, twenty-one times", None),
        ] {
            assert_eq!(named(text).as_deref(), expected, "{text}");
        }
    }
}

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

/// Returns the part that a text names and that the data hold nothing of.
pub(crate) fn find(situation: &Situation) -> Option<String> {
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

/// Returns whether new data are well although nobody asked whether they are.
pub(crate) fn shows_nothing(situation: &Situation) -> bool {
    let files: Vec<_> = situation.new_files.iter().collect();
    !situation.relevance().asks_whether_well() && data::is_healthy(situation, &files)
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

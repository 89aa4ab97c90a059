//! Placeholders instead of secrets and personal data, the same for a value in all texts.

use std::collections::BTreeMap;

use faultmaven_analysis::{
    Placeholder, PlaceholderMap, RedactionOptions, Redactor, RedactorError, SensitiveKind,
};
use serde_json::Value;

use crate::bundle::Passage;
use crate::document::{Document, one_line};

/// Members of JSON objects that hold ids, hashes and times, by the end of their names.
const KEPT: [&str; 5] = ["_id", "_ids", "_at", "sha256", "path"];
/// A shorter secret is no word to look for.
const KNOWN_MIN: usize = 6;
/// A shorter secret of nothing but letters may be a word that stands for something else.
const WORD_MAX: usize = 12;

/// What a mask hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hides {
    Nothing,
    /// What opens something; who and where stay readable.
    Secrets,
    SecretsAndPersonalData,
}

/// Masks texts, or leaves all as they are.
pub(crate) struct Mask {
    hides: Hides,
    redactor: Option<Redactor>,
    map: PlaceholderMap,
    /// Quotes that only their surroundings give away, with what is shown of them.
    quotes: Vec<(String, String)>,
    /// Secrets to mask wherever they stand, the longest first, with their placeholders.
    known: Vec<(String, String)>,
}

impl Mask {
    pub(crate) fn new(hides: Hides) -> Result<Self, RedactorError> {
        let options = RedactionOptions {
            only_secrets: hides == Hides::Secrets,
            ..RedactionOptions::default()
        };
        let redactor = (hides != Hides::Nothing).then(|| Redactor::new(options));
        Ok(Self {
            hides,
            redactor: redactor.transpose()?,
            map: PlaceholderMap::default(),
            quotes: Vec::new(),
            known: Vec::new(),
        })
    }

    /// Learns what the surroundings of quotes tell of them.
    pub(crate) fn learn(&mut self, passages: &[Passage]) {
        for passage in passages {
            let masked = passage.masked(self).quote;
            let quote = passage.quote();
            if masked == quote {
                continue;
            }
            // Texts hold a quote as it is, without the blanks around it, or on one line.
            for form in [str::to_owned, |text: &str| text.trim().to_owned(), one_line] {
                let known = (form(quote), form(&masked));
                if known.0.len() >= KNOWN_MIN && !self.quotes.contains(&known) {
                    self.quotes.push(known);
                }
            }
        }
    }

    /// From now on, secrets seen so far are masked where nothing around them tells that they are.
    pub(crate) fn sweep_known(&mut self) {
        let secrets = self.map.entries().iter();
        let secrets = secrets.filter(|it| it.kind.is_secret() && self.is_telling(&it.value));
        let secrets = secrets
            .map(|entry| {
                let placeholder = Placeholder {
                    kind: entry.kind,
                    number: entry.number,
                    spelling: entry.spelling,
                };
                (entry.value.clone(), placeholder.to_string())
            })
            .chain(self.quotes.iter().cloned());
        self.known = secrets.collect();
        self.known
            .sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    }

    /// Returns a text cut at `cuts`, masked as the whole it is.
    pub(crate) fn pieces(&mut self, text: &str, cuts: &[usize]) -> Vec<String> {
        let Some(redactor) = &self.redactor else {
            return cut(text, cuts);
        };
        let pieces = redactor.redact_pieces(text, cuts, &mut self.map);
        pieces
            .into_iter()
            .map(|it| self.without_known(it))
            .collect()
    }

    pub(crate) fn text(&mut self, text: &str) -> String {
        self.pieces(text, &[]).concat()
    }

    /// Masks every text of a JSON value.
    pub(crate) fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(elements) => elements.iter_mut().for_each(|it| self.value(it)),
            Value::Object(members) => {
                let open = members
                    .iter_mut()
                    .filter(|(name, _)| !KEPT.iter().any(|kept| name.ends_with(kept)));
                open.for_each(|(_, member)| self.value(member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Masks every text of a report.
    pub(crate) fn document(&mut self, document: &Document) -> serde_json::Result<Document> {
        let mut blocks = serde_json::to_value(document)?;
        self.value(&mut blocks);
        serde_json::from_value(blocks)
    }

    /// Returns how many different values of each kind were masked.
    pub(crate) fn counts(&self) -> BTreeMap<SensitiveKind, usize> {
        let mut counts = BTreeMap::new();
        for entry in self.map.entries() {
            *counts.entry(entry.kind).or_default() += 1;
        }
        counts
    }

    /// Returns whether a secret can hardly stand for something else.
    fn is_telling(&self, secret: &str) -> bool {
        let is_word = secret.len() < WORD_MAX && secret.bytes().all(|it| it.is_ascii_alphabetic());
        let is_number = secret.bytes().all(|it| it.is_ascii_digit());
        let may_be_another = self.hides == Hides::Secrets && (is_word || is_number);
        secret.len() >= KNOWN_MIN && !may_be_another
    }

    fn without_known(&self, text: String) -> String {
        self.known.iter().fold(text, |text, (secret, placeholder)| {
            if text.contains(secret) {
                text.replace(secret, placeholder)
            } else {
                text
            }
        })
    }
}

fn cut(text: &str, cuts: &[usize]) -> Vec<String> {
    let ends = cuts.iter().copied().chain([text.len()]);
    let mut start = 0;
    ends.map(|end| {
        let end = text.floor_char_boundary(end).max(start);
        let piece = text[start..end].to_owned();
        start = end;
        piece
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_that_one_text_gives_away_is_masked_in_all() {
        let mut mask = Mask::new(Hides::SecretsAndPersonalData).unwrap();
        let first = "tried correct-horse-7 again";
        assert_eq!(mask.text(first), first);
        assert!(!mask.text("db.password=correct-horse-7").contains("horse"));
        mask.sweep_known();
        assert!(!mask.text(first).contains("horse"), "{}", mask.text(first));
    }

    #[test]
    fn ids_hashes_and_times_stay() {
        let mut mask = Mask::new(Hides::SecretsAndPersonalData).unwrap();
        let mut value = json!({
            "file_id": "file_0123456789ab",
            "sha256": "1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278",
            "claims": ["10.20.4.17 is down", 3],
        });
        mask.value(&mut value);
        assert_eq!(value["file_id"], "file_0123456789ab");
        assert_eq!(value["claims"][0], "<IP_ADDRESS_1> is down");
    }

    #[test]
    fn a_mask_of_secrets_leaves_who_and_where() {
        let mut mask = Mask::new(Hides::Secrets).unwrap();
        let text = "ada@example.org from 10.20.4.17 with DB_PASSWORD=postgres at postgres:5432";
        mask.text(text);
        mask.sweep_known();
        assert_eq!(
            mask.text(text),
            "ada@example.org from 10.20.4.17 with DB_PASSWORD=<PASSWORD_1> at postgres:5432"
        );
        assert_eq!(
            mask.text("DB_PASSWORD=<PASSWORD_1>"),
            "DB_PASSWORD=<PASSWORD_1>"
        );
    }

    #[test]
    fn without_redaction_nothing_changes() {
        let mut mask = Mask::new(Hides::Nothing).unwrap();
        assert_eq!(
            mask.pieces("10.20.4.17 ä", &[2, 11]),
            ["10", ".20.4.17 ", "ä"]
        );
    }
}

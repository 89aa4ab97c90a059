//! Which placeholder stands for which value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::SensitiveKind;
use super::placeholder::Placeholder;

/// Placeholders of one case and their values; as secret as the values, and kept by its owner.
///
/// The same value has the same placeholder in every text that is redacted with the same map.
/// `Debug` tells the number of entries only.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<PlaceholderEntry>", into = "Vec<PlaceholderEntry>")]
pub struct PlaceholderMap {
    entries: Vec<PlaceholderEntry>,
    by_value: HashMap<(SensitiveKind, String), Placeholder>,
    by_placeholder: HashMap<Placeholder, usize>,
    /// Number and count of spellings of each value, without regard to spelling.
    spellings: HashMap<(SensitiveKind, String), (u32, u32)>,
    counts: HashMap<SensitiveKind, u32>,
}

/// A placeholder with its value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceholderEntry {
    pub kind: SensitiveKind,
    pub number: u32,
    pub spelling: u32,
    pub value: String,
}

/// A text with its values back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub text: String,
    /// Placeholders that were replaced by their values.
    pub restored: usize,
    /// Placeholders that the map does not know; they stay as they are.
    pub unknown: usize,
}

/// How a text writes values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// As they are.
    Plain,
    /// In strings of JSON.
    Json,
}

impl Notation {
    fn write(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => Cow::Borrowed(value),
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
            }
        }
    }
}

impl PlaceholderMap {
    /// Returns the entries in the order in which their values were first seen.
    pub fn entries(&self) -> &[PlaceholderEntry] {
        &self.entries
    }

    /// Replaces every known placeholder by its value; what a model wrote around them stays.
    pub fn restore(&self, text: &str) -> Restored {
        self.restore_as(text, Notation::Plain)
    }

    /// Does so where values have to be written in a notation.
    pub fn restore_as(&self, text: &str, notation: Notation) -> Restored {
        let mut restored = Restored {
            text: String::with_capacity(text.len()),
            restored: 0,
            unknown: 0,
        };
        let mut copied = 0;
        for at in memchr::memchr2_iter(b'<', b'&', text.as_bytes()) {
            let Some((placeholder, length)) = Placeholder::read(&text[at..]) else {
                continue;
            };
            match self.by_placeholder.get(&placeholder) {
                Some(&entry) => {
                    restored.text.push_str(&text[copied..at]);
                    restored
                        .text
                        .push_str(&notation.write(&self.entries[entry].value));
                    restored.restored += 1;
                    copied = at + length;
                }
                None => restored.unknown += 1,
            }
        }
        restored.text.push_str(&text[copied..]);
        restored
    }

    /// Returns the placeholder of a value; gives it one when it is new.
    pub(super) fn placeholder(&mut self, kind: SensitiveKind, value: &str) -> Placeholder {
        if let Some(known) = self.by_value.get(&(kind, value.to_owned())) {
            return *known;
        }
        let key = (kind, normalised(kind, value).into_owned());
        let (number, spelling) = match self.spellings.get(&key) {
            Some((number, spellings)) => (*number, spellings + 1),
            None => (self.counts.get(&kind).map_or(1, |count| count + 1), 1),
        };
        let placeholder = Placeholder {
            kind,
            number,
            spelling,
        };
        self.insert(PlaceholderEntry {
            kind,
            number,
            spelling,
            value: value.to_owned(),
        });
        placeholder
    }

    fn insert(&mut self, entry: PlaceholderEntry) {
        let placeholder = Placeholder {
            kind: entry.kind,
            number: entry.number,
            spelling: entry.spelling,
        };
        let kind = entry.kind;
        let normal = (kind, normalised(kind, &entry.value).into_owned());
        let spellings = self.spellings.entry(normal).or_insert((entry.number, 0));
        spellings.1 = spellings.1.max(entry.spelling);
        let count = self.counts.entry(kind).or_default();
        *count = (*count).max(entry.number);
        self.by_value
            .insert((kind, entry.value.clone()), placeholder);
        self.by_placeholder.insert(placeholder, self.entries.len());
        self.entries.push(entry);
    }
}

impl From<Vec<PlaceholderEntry>> for PlaceholderMap {
    fn from(entries: Vec<PlaceholderEntry>) -> Self {
        let mut map = Self::default();
        entries.into_iter().for_each(|entry| map.insert(entry));
        map
    }
}

impl From<PlaceholderMap> for Vec<PlaceholderEntry> {
    fn from(map: PlaceholderMap) -> Self {
        map.entries
    }
}

impl fmt::Debug for PlaceholderMap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PlaceholderMap")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PlaceholderEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PlaceholderEntry")
            .field("kind", &self.kind)
            .field("number", &self.number)
            .field("spelling", &self.spelling)
            .finish_non_exhaustive()
    }
}

/// Returns what all spellings of a value share.
fn normalised(kind: SensitiveKind, value: &str) -> Cow<'_, str> {
    match kind {
        SensitiveKind::Email | SensitiveKind::Hostname | SensitiveKind::IpAddress => {
            Cow::Owned(value.to_ascii_lowercase())
        }
        SensitiveKind::MacAddress
        | SensitiveKind::Phone
        | SensitiveKind::CardNumber
        | SensitiveKind::Iban
        | SensitiveKind::NationalId => Cow::Owned(
            value
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|it| it.to_ascii_lowercase())
                .collect(),
        ),
        _ => Cow::Borrowed(value),
    }
}

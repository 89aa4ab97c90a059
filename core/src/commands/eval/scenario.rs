//! Scenarios as they lie on disk.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::read;
use crate::commands::CommandError;

const EXPECTED: &str = "expected.yml";

/// An incident with its files, what the user says, and what a good answer holds.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) files: BTreeMap<String, Bytes>,
    pub(super) script: Script,
}

/// The document `expected.yml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// What is wrong and why, for people.
    #[expect(dead_code, reason = "documents the scenario")]
    title: String,
    pub(super) ask: Vec<Ask>,
    /// What the user can hand over when a suggested command asks for it.
    #[serde(default)]
    pub(super) answers: Vec<Answer>,
    pub(super) expect: Expect,
}

/// What the user says and hands over in one turn.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) files: Vec<String>,
}

/// Output that a suggested command would give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// Matches the suggested command.
    pub(super) to: Pattern,
    pub(super) file: String,
}

/// What a good answer holds; of a list of patterns, one has to match.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    pub(super) outcome: Outcome,
    #[serde(default)]
    pub(super) component: Vec<Pattern>,
    #[serde(default)]
    pub(super) mechanism: Vec<Pattern>,
    /// Faults beside that one, each of which an answer has to name as well.
    #[serde(default)]
    also: Vec<Fault>,
    #[serde(default)]
    pub(super) category: Vec<String>,
    /// Places such as `app.log:12` or `app.log:12-40`, each of which some answer has to cite.
    #[serde(default)]
    cite: Vec<Place>,
    #[serde(default)]
    pub(super) rule_out: Vec<Pattern>,
}

/// A fault that has nothing to do with the first one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    component: Vec<Pattern>,
    mechanism: Vec<Pattern>,
    #[serde(default)]
    cite: Vec<Place>,
}

/// What names one of the faults.
#[derive(Clone, Copy)]
pub(super) struct Naming<'a> {
    pub(super) component: &'a [Pattern],
    pub(super) mechanism: &'a [Pattern],
}

impl Expect {
    /// Returns the first fault and those beside it.
    pub(super) fn faults(&self) -> impl Iterator<Item = Naming<'_>> {
        let first = Naming {
            component: &self.component,
            mechanism: &self.mechanism,
        };
        let others = self.also.iter().map(|fault| Naming {
            component: &fault.component,
            mechanism: &fault.mechanism,
        });
        std::iter::once(first).chain(others)
    }

    /// Returns the places to cite, those of all faults.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        let others = self.also.iter().flat_map(|fault| &fault.cite);
        self.cite.iter().chain(others)
    }
}

/// How an investigation should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// The cause is in the data.
    Cause,
    /// Nothing is wrong.
    Healthy,
    /// The data do not tell; the answer says what is missing.
    Abstain,
}

/// A regular expression that ignores case.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern(Regex);

/// Lines of a file.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Pattern {
    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        RegexBuilder::new(&text)
            .case_insensitive(true)
            .build()
            .map(Self)
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text.rsplit_once(':').and_then(|(file, lines)| {
            let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
            Some(Self {
                file: file.to_owned(),
                first: first.parse().ok()?,
                last: last.parse().ok()?,
            })
        });
        parsed.ok_or_else(|| format!("{text:?} is no place; write app.log:12 or app.log:12-40"))
    }
}

/// Returns the scenarios of a suite in alphabetical order.
pub(super) fn load(suite: &Path, only: &[String]) -> Result<Vec<Scenario>, CommandError> {
    let folders = std::fs::read_dir(suite)
        .map_err(|error| format!("{}: {error}; name the suite with --suite", suite.display()))?;
    let mut scenarios = Vec::new();
    for folder in folders {
        let path = folder?.path();
        let name = file_name(&path);
        let wanted = only.is_empty() || only.iter().any(|part| name.contains(part));
        if wanted && path.join(EXPECTED).is_file() {
            scenarios.push(load_one(&path, name)?);
        }
    }
    if scenarios.is_empty() {
        return Err(format!("{} holds no scenario of that name", suite.display()).into());
    }
    scenarios.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(scenarios)
}

fn load_one(folder: &Path, name: String) -> Result<Scenario, CommandError> {
    let text = String::from_utf8(read(&folder.join(EXPECTED))?)?;
    let script: Script =
        serde_saphyr::from_str(&text).map_err(|error| format!("{name}/{EXPECTED}: {error}"))?;
    let named = script.ask.iter().flat_map(|ask| ask.files.iter());
    let named = named.chain(script.answers.iter().map(|answer| &answer.file));
    let mut files = BTreeMap::new();
    for file in named {
        files.insert(file.clone(), read(&folder.join(file))?.into());
    }
    Ok(Scenario {
        name,
        files,
        script,
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_name_one_line_or_several() {
        let place = |text: &str| Place::try_from(text.to_owned());
        assert_eq!(place("app.log:12").map(|p| (p.first, p.last)), Ok((12, 12)));
        assert_eq!(
            place("a:b.log:3-9").map(|p| p.file),
            Ok("a:b.log".to_owned())
        );
        assert!(place("app.log").unwrap_err().contains("app.log:12"));
    }

    #[test]
    fn a_further_fault_brings_its_own_names_and_places() {
        let text = "outcome: cause\nmechanism: [full]\ncite: ['a.log:1']\nalso:\n  - component: [db]\n    \
            mechanism: [lock]\n    cite: ['b.log:2']\n";
        let expect: Expect = serde_saphyr::from_str(text).unwrap();
        let locks = expect.faults().map(|it| it.mechanism[0].matches("a lock"));
        assert_eq!(locks.collect::<Vec<_>>(), [false, true]);
        let files = expect.places().map(|place| place.file.as_str());
        assert_eq!(files.collect::<Vec<_>>(), ["a.log", "b.log"]);
    }

    #[test]
    fn unknown_fields_of_a_script_are_refused() {
        let text = "title: t\nask: []\nexpect:\n  outcome: healthy\n  mechanisms: []\n";
        assert!(serde_saphyr::from_str::<Script>(text).is_err());
    }
}

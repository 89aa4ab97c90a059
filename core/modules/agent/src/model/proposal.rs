//! What a model answers: a text, and the changes it proposes. This type is its own JSON schema.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Map, Value};

mod decisions;
mod explanations;
mod facts;
mod parts;
mod read;
mod steps;
mod words;

pub(crate) use parts::{
    Merge, Met, NewAction, NewAttempt, NewConclusion, NewEntry, NewEvidence, NewFact,
    NewHypothesis, NewLink, NewMechanism, NewNeed, NewSuggestion, NewTransition, Retirement,
    Verdict,
};
pub(crate) use read::{Absence, Read, Setting};

/// Fields that no part has; nobody may set them.
type Others = Map<String, Value>;

/// The parts that a model with a small window is told of.
const CORE: [&str; 8] = [
    "answer",
    "statement",
    "facts",
    "evidence",
    "hypotheses",
    "links",
    "needs",
    "suggestions",
];

/// A whole answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct Proposal {
    /// Markdown for the user, with markers
    pub(crate) answer: String,
    /// A new or better problem statement; else empty
    #[serde(default)]
    statement: String,
    /// Ids of symptom evidence that a revised statement no longer counts
    #[serde(default)]
    dropped_evidence: Vec<String>,
    #[serde(default)]
    facts: Vec<NewFact>,
    #[serde(default)]
    evidence: Vec<NewEvidence>,
    #[serde(default)]
    hypotheses: Vec<NewHypothesis>,
    #[serde(default)]
    mechanisms: Vec<NewMechanism>,
    #[serde(default)]
    links: Vec<NewLink>,
    #[serde(default)]
    merges: Vec<Merge>,
    #[serde(default)]
    retired: Vec<Retirement>,
    #[serde(default)]
    needs: Vec<NewNeed>,
    #[serde(default)]
    met_needs: Vec<Met>,
    #[serde(default)]
    actions: Vec<NewAction>,
    #[serde(default)]
    verdicts: Vec<Verdict>,
    #[serde(default)]
    attempts: Vec<NewAttempt>,
    #[serde(default)]
    journal: Vec<NewEntry>,
    #[serde(default)]
    conclusion: Vec<NewConclusion>,
    #[serde(default)]
    transition: Vec<NewTransition>,
    #[serde(default)]
    suggestions: Vec<NewSuggestion>,
    #[serde(flatten)]
    #[schemars(skip)]
    others: Others,
}

static SCHEMA: LazyLock<String> = LazyLock::new(|| built_schema(false));
static SMALL_SCHEMA: LazyLock<String> = LazyLock::new(|| built_schema(true));

/// Returns the shape of an answer; a small window gets what matters most.
pub(crate) fn schema(is_small: bool) -> &'static str {
    if is_small { &SMALL_SCHEMA } else { &SCHEMA }
}

fn built_schema(is_small: bool) -> String {
    let settings = SchemaSettings::draft2020_12().with(|it| {
        it.inline_subschemas = true;
        it.meta_schema = None;
    });
    let schema: Schema = settings.into_generator().into_root_schema_for::<Proposal>();
    let mut schema = schema.to_value();
    plain(&mut schema);
    if let Some(parts) = schema["properties"].as_object_mut().filter(|_| is_small) {
        parts.retain(|name, _| CORE.contains(&name.as_str()));
    }
    schema.to_string()
}

/// Takes out what tells a model nothing.
fn plain(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for key in ["default", "format", "title"] {
        object.remove(key);
    }
    if object.get("type").is_some_and(|it| it == "object") {
        // Of a part the names of its fields say what it is.
        object.remove("description");
    }
    if let Some(items) = object.get_mut("items") {
        plain(items);
    }
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        plain(property);
    }
}

#[cfg(test)]
mod tests;

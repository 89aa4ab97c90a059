//! Values for the schemas of an OpenAPI document: some that a schema allows, and some that it does not.

use serde_json::{Map, Value, json};

/// Which members of an object are there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Required,
    Everything,
}

/// Returns a small value that a schema allows.
pub(crate) fn value(document: &Value, schema: &Value, extent: Extent) -> Value {
    let schema = resolved(document, schema);
    if let Some(usual) = schema.get("default").filter(|it| !is_nothing(it)) {
        return usual.clone();
    }
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    if let Some(choice) = choices(schema).find(|it| it["type"] != "null") {
        return value(document, choice, extent);
    }
    let kinds = kinds(document, schema);
    let kind = kinds.iter().find(|it| *it != "null");
    match kind.map(String::as_str) {
        Some("object") => object(document, schema, extent),
        Some("array") => json!([value(document, &schema["items"], extent)]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        _ if schema["format"] == "email" => json!("grace@example.org"),
        _ if schema["format"] == "date-time" => json!("2026-03-04T14:05:00Z"),
        _ => json!("checkout is slow"),
    }
}

/// Returns a value of a type that a schema does not allow, unless it allows all.
pub(crate) fn wrong_value(document: &Value, schema: &Value) -> Option<Value> {
    let mut kinds = kinds(document, schema);
    if kinds.iter().any(|kind| kind == "number") {
        kinds.push("integer".to_owned());
    }
    let candidates = [
        ("integer", json!(5)),
        ("string", json!("no such thing")),
        ("object", json!({})),
    ];
    let mut candidates = candidates.into_iter();
    let wrong = candidates.find(|(kind, _)| !kinds.iter().any(|allowed| allowed == kind));
    wrong.map(|(_, value)| value).filter(|_| !kinds.is_empty())
}

/// Returns the names and schemas of the members of an object.
pub(crate) fn members<'a>(document: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let mut found = Vec::new();
    for part in parts(document, schema) {
        let properties = part["properties"].as_object().into_iter().flatten();
        found.extend(properties.map(|(name, schema)| (name.as_str(), schema)));
    }
    found
}

/// Returns the names of the members that an object must have.
pub(crate) fn required<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    let mut found = Vec::new();
    for part in parts(document, schema) {
        let names = part["required"].as_array().into_iter().flatten();
        found.extend(names.filter_map(Value::as_str));
    }
    found
}

fn object(document: &Value, schema: &Value, extent: Extent) -> Value {
    let required = required(document, schema);
    let members = members(document, schema).into_iter();
    let members: Map<String, Value> = members
        .filter(|(name, _)| extent == Extent::Everything || required.contains(name))
        .map(|(name, schema)| (name.to_owned(), value(document, schema, extent)))
        .collect();
    Value::Object(members)
}

/// Returns the objects that an object is put together from.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(document, schema);
    let object = choices(schema).find(|it| it["type"] != "null");
    let schema = object.map_or(schema, |it| resolved(document, it));
    match schema["allOf"].as_array() {
        Some(all) => all.iter().flat_map(|it| parts(document, it)).collect(),
        None => vec![schema],
    }
}

/// Returns the names of the types that a schema allows; none means all.
fn kinds(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    let of_choices = choices(schema).flat_map(|it| kinds(document, it));
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect::<Vec<_>>(),
    };
    let is_object = named.is_empty() && schema["allOf"].is_array();
    let named = named.into_iter().chain(is_object.then_some("object"));
    named.map(str::to_owned).chain(of_choices).collect()
}

fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    let choices = ["anyOf", "oneOf"].into_iter();
    choices.flat_map(|name| schema[name].as_array().into_iter().flatten())
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Returns whether a default says no more than that nothing was given.
fn is_nothing(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

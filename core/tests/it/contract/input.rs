//! Valid input for an operation: what its schema requires, and a meaning where that says too little.

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Map, Value, json};

use super::Operation;
use super::world::World;

/// Returns the request of an operation.
pub(super) async fn request(
    contract: &Value,
    world: &World,
    operation: &Operation<'_>,
) -> RequestBuilder {
    let ids = world.ids(operation.id).await;
    let path = ids
        .iter()
        .fold(operation.path.to_owned(), |path, (name, id)| {
            path.replace(&format!("{{{name}}}"), id)
        });
    let client = world.older_client(operation.id);
    let request = client
        .request(operation.method.clone(), &path)
        .query(&query(contract, operation, &ids))
        .header("accept", "application/json, */*");
    let Some(content) = operation.definition["requestBody"]["content"].as_object() else {
        return request;
    };
    let (media_type, content) = content.iter().next().unwrap();
    let body = overlaid(
        value(contract, &content["schema"]),
        meaning(world, operation.id),
    );
    if media_type == "application/json" {
        request.json(&body)
    } else {
        request.multipart(form(contract, &content["schema"], world))
    }
}

/// Every parameter with its default; ids come from the world.
fn query(
    contract: &Value,
    operation: &Operation<'_>,
    ids: &[(&'static str, String)],
) -> Vec<(String, String)> {
    let parameters = operation.definition["parameters"].as_array();
    let in_query = parameters
        .into_iter()
        .flatten()
        .filter(|it| it["in"] == "query");
    in_query
        .filter_map(|parameter| {
            let name = parameter["name"].as_str()?;
            let id = ids.iter().find(|(known, _)| *known == name);
            let schema = &parameter["schema"];
            let text = match (id, schema.get("default")) {
                (Some((_, id)), _) => id.clone(),
                (None, Some(default)) => text(default),
                (None, None) if parameter["required"] == true => text(&value(contract, schema)),
                (None, None) => return None,
            };
            Some((name.to_owned(), text))
        })
        .collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the smallest value that a schema allows.
fn value(contract: &Value, schema: &Value) -> Value {
    let schema = resolved(contract, schema);
    for choice in ["anyOf", "oneOf"] {
        if let Some(first) = schema[choice].get(0) {
            return value(contract, first);
        }
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => object(contract, schema),
        Some("array") => json!([value(contract, &schema["items"])]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        _ if schema["format"] == "email" => json!("grace@example.org"),
        _ => json!("checkout is slow"),
    }
}

fn object(contract: &Value, schema: &Value) -> Value {
    let required = schema["required"].as_array();
    let members: Map<String, Value> = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| {
            (
                name.to_owned(),
                value(contract, &schema["properties"][name]),
            )
        })
        .collect();
    Value::Object(members)
}

fn resolved<'a>(contract: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => contract.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn overlaid(mut body: Value, meaning: Value) -> Value {
    match meaning {
        Value::Null => {}
        Value::Object(members) => body.as_object_mut().unwrap().extend(members),
        other => body = other,
    }
    body
}

/// What a body has to say beyond its schema.
fn meaning(world: &World, operation: &str) -> Value {
    match operation {
        "authRegister" => json!({"username": "grace", "password": world.password()}),
        "authLogin" => json!({"email": "ada@example.org", "password": world.password()}),
        "authRefresh" => json!({"refresh_token": world.refresh_token()}),
        "authDevLogin" => json!({"username": "linus"}),
        "authDevRegister" => json!({"username": "barbara"}),
        "sessionUpdate" => json!({"title": "Tuesday"}),
        "sessionMessageAdd" => json!({"role": "user", "content": "hello"}),
        "caseUpdate" => json!({"title": "Checkout is slow", "priority": "high"}),
        "caseSetStatus" => json!({"status": "investigating"}),
        "caseDataAdd" => json!({"content": "2025-03-04T14:05:00Z ERROR disk full\n"}),
        "caseHypothesisAdd" => json!({"description": "the disk is full"}),
        "caseHypothesisUpdate" => json!({"status": "refuted", "validation_notes": "df: 10 %"}),
        "caseSearch" => json!({"query": "case", "status": ["consulting"], "severity": ["medium"]}),
        "caseClose" => json!({"reason": "wont_fix", "resolution_notes": "not ours"}),
        "caseReportCreate" => json!({"report_types": ["timeline"]}),
        "evidenceLink" => json!({"case_id": world.case_id()}),
        "documentUpdate" => json!({"title": "How to read a pool"}),
        "documentBulkUpdate" => json!([{"document_id": world.document_id(), "tags": ["pool"]}]),
        "documentBatchDelete" => json!([world.spare_document_id()]),
        "documentSearch" => json!({"query": "pool"}),
        "collectionCreate" => json!({"name": "Runbooks", "description": "What to do"}),
        _ => Value::Null,
    }
}

/// Returns a form with every required part.
fn form(contract: &Value, schema: &Value, world: &World) -> Form {
    let schema = resolved(contract, schema);
    let required = schema["required"].as_array().into_iter().flatten();
    required
        .filter_map(Value::as_str)
        .fold(Form::new(), |form, name| match name {
            "file" => {
                let bytes = format!("# Pools\n\nRead {} first.\n", world.case_id());
                form.part(
                    "file",
                    Part::bytes(bytes.into_bytes()).file_name("pools.md"),
                )
            }
            "case_id" => form.text("case_id", world.case_id().to_owned()),
            other => form.text(
                other.to_owned(),
                text(&value(contract, &schema["properties"][other])),
            ),
        })
}

//! Valid input for an operation: everything its schema has, and a meaning where that says too little.

use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::Operation;
use super::world::World;
use crate::sample::{Extent, members, value};

/// The name and value of everything in a path, a query or a form that names a thing.
pub(super) type Ids = [(&'static str, String)];

/// Returns the request of an operation on the things of the given ids.
pub(super) fn request(
    contract: &Value,
    world: &World,
    operation: &Operation<'_>,
    ids: &Ids,
) -> RequestBuilder {
    let path = ids
        .iter()
        .fold(operation.path.to_owned(), |path, (name, id)| {
            path.replace(&format!("{{{name}}}"), id)
        });
    let client = world.older_client(operation.id);
    let request = client
        .request(operation.method.clone(), &path)
        .query(&query(contract, operation, ids))
        .header("accept", "application/json, */*");
    let Some(content) = operation.definition["requestBody"]["content"].as_object() else {
        return request;
    };
    let (media_type, content) = content.iter().next().unwrap();
    let body = overlaid(
        value(contract, &content["schema"], Extent::Everything),
        meaning(world, operation.id),
    );
    if media_type == "application/json" {
        request.json(&body)
    } else {
        request.multipart(form(contract, &content["schema"], ids))
    }
}

/// Every parameter whose schema names a value; ids come from the world.
fn query(contract: &Value, operation: &Operation<'_>, ids: &Ids) -> Vec<(String, String)> {
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
            let value = value(contract, schema, Extent::Everything);
            let text = id.map_or_else(|| text(&value), |(_, id)| id.clone());
            Some((name.to_owned(), text))
        })
        .collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns a body with what it has to say; a null member is left out.
fn overlaid(mut body: Value, meaning: Value) -> Value {
    match meaning {
        Value::Null => {}
        Value::Object(members) => {
            let body = body.as_object_mut().unwrap();
            body.extend(members);
            body.retain(|_, value| !value.is_null());
        }
        other => body = other,
    }
    body
}

/// What a body has to say beyond its schema.
fn meaning(world: &World, operation: &str) -> Value {
    match operation {
        "agentChat" => json!({"attachments": [{"file_id": world.file_id()}]}),
        "authRegister" => json!({"username": "grace", "password": world.password()}),
        "authLogin" => json!({"email": "ada@example.org", "password": world.password()}),
        "authRefresh" => json!({"refresh_token": world.refresh_token()}),
        "authDevLogin" => json!({"username": "linus", "email": "linus@example.org"}),
        "authDevRegister" => json!({"username": "barbara", "email": "barbara@example.org"}),
        "sessionUpdate" => json!({"title": "Tuesday", "status": "active"}),
        "sessionSearch" => json!({"status": "active"}),
        "sessionMessageAdd" => json!({"role": "user", "content": "hello"}),
        "caseUpdate" => json!({"priority": "high"}),
        "caseSetStatus" => json!({"status": "investigating"}),
        "caseDataAdd" => json!({"content": "2025-03-04T14:05:00Z ERROR disk full\n"}),
        "caseHypothesisAdd" => json!({"description": "the disk is full"}),
        // A refuted one has no likelihood any more.
        "caseHypothesisUpdate" => json!({"status": "refuted", "confidence": null}),
        "caseSearch" => json!({"query": "case", "status": ["consulting"], "severity": ["medium"]}),
        "caseClose" => json!({"reason": "wont_fix", "resolution_notes": "not ours"}),
        "caseReportCreate" => json!({"report_types": ["timeline"]}),
        "evidenceLink" => json!({"case_id": world.case_id()}),
        "documentUpdate" => json!({"content": "Look at waiting first."}),
        "documentBulkUpdate" => json!([{"document_id": world.document_id(), "tags": ["pool"]}]),
        "documentBatchDelete" => json!([world.spare_document_id()]),
        "documentSearch" => json!({"query": "pool"}),
        "collectionCreate" => json!({"name": "Runbooks", "description": "What to do"}),
        _ => Value::Null,
    }
}

/// Returns a form with every part.
fn form(contract: &Value, schema: &Value, ids: &Ids) -> Form {
    let members = members(contract, schema).into_iter();
    members.fold(Form::new(), |form, (name, schema)| {
        let id = ids.iter().find(|(known, _)| *known == name);
        if let Some((_, id)) = id {
            form.text(name.to_owned(), id.clone())
        } else if schema["format"] == "binary" {
            let bytes = format!("# Pools\n\nRead {ids:?} first.\n").into_bytes();
            form.part(name.to_owned(), Part::bytes(bytes).file_name("pools.md"))
        } else {
            let value = value(contract, schema, Extent::Everything);
            form.text(name.to_owned(), text(&value))
        }
    })
}

//! Every operation of the contract of older clients answers valid input as the contract says.

mod copilot;
mod input;
mod world;

use reqwest::Method;
use serde_json::Value;

use crate::harness::Reply;
use world::World;

const CONTRACT: &str = include_str!("contract/legacy-openapi.json");

/// Operations that answer otherwise, because the browser extension needs them to.
const DEVIATIONS: &[(&str, &str)] = &[(
    "caseReportDownload",
    "the extension saves the body of the answer as a file, so it is the report itself",
)];

/// Operations that do not answer as the contract says yet; the list only shrinks.
const AWAITED: &[&str] = &[];

/// Operations that take away what the others work on.
const REMOVE_MANY: &[&str] = &[
    "documentBatchDelete",
    "sessionCleanupAll",
    "sessionDeleteAll",
];

/// The operation that must come before sessions are archived.
const NEEDS_AN_OPEN_SESSION: &str = "sessionMessageAdd";

/// An operation of the contract.
struct Operation<'a> {
    id: &'a str,
    method: Method,
    path: &'a str,
    definition: &'a Value,
}

#[tokio::test]
async fn every_operation_of_older_clients_answers_as_its_contract_says() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let world = World::create().await;
    let mut problems = Vec::new();
    let operations = operations(&contract);
    for operation in &operations {
        if let Err(problem) = check(&contract, &world, operation).await {
            problems.push((operation.id, problem));
        }
    }
    let is_listed = |id: &str| DEVIATIONS.iter().any(|(listed, _)| *listed == id);
    let (listed, failed): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|(id, _)| is_listed(id));
    println!(
        "{} of {} operations answer as the contract says; deviations: {DEVIATIONS:#?}",
        operations.len() - failed.len(),
        operations.len()
    );
    let (awaited, unexpected): (Vec<_>, Vec<_>) =
        failed.into_iter().partition(|(id, _)| AWAITED.contains(id));
    println!("awaited: {awaited:#?}");
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(
        listed.len(),
        DEVIATIONS.len(),
        "a deviation is none any more"
    );
}

/// Returns all operations; those that change things come later, those that remove them last.
fn operations(contract: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, methods) in contract["paths"].as_object().unwrap() {
        for (method, definition) in methods.as_object().unwrap() {
            operations.push(Operation {
                id: definition["operationId"].as_str().unwrap(),
                method: method.to_uppercase().parse().unwrap(),
                path,
                definition,
            });
        }
    }
    let order = ["GET", "POST", "PUT", "DELETE"];
    operations.sort_by_key(|it| {
        let place = order.iter().position(|known| it.method == *known);
        (
            REMOVE_MANY.contains(&it.id),
            place,
            it.id != NEEDS_AN_OPEN_SESSION,
        )
    });
    operations
}

async fn check(contract: &Value, world: &World, operation: &Operation<'_>) -> Result<(), String> {
    let request = input::request(contract, world, operation).await;
    let reply = world.older_client(operation.id).run(request).await;
    let responses = &operation.definition["responses"];
    let Some(response) = responses.get(reply.status.to_string()) else {
        return Err(format!("status {}: {:.400}", reply.status, reply.body));
    };
    let Some(content) = response["content"].as_object() else {
        return Ok(());
    };
    let (media_type, content) = content.iter().next().unwrap();
    check_media_type(&reply, media_type)?;
    if media_type != "application/json" {
        return Ok(());
    }
    let violations = violations(contract, &content["schema"], &reply.body);
    if violations.is_empty() {
        Ok(())
    } else {
        Err(violations.join("; "))
    }
}

fn check_media_type(reply: &Reply, expected: &str) -> Result<(), String> {
    let actual = reply.headers["content-type"].to_str().unwrap();
    if actual.starts_with(expected) {
        Ok(())
    } else {
        Err(format!("content type {actual} instead of {expected}"))
    }
}

/// Returns where `value` breaks a schema whose references lead into `document`.
fn violations(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    for part in ["components", "$defs"] {
        if let Some(shared) = document.get(part) {
            schema[part] = shared.clone();
        }
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error:.200}", error.instance_path()))
        .collect()
}

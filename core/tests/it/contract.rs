//! Every operation of the contract of older clients answers valid input as the contract says.

mod copilot;
mod input;
mod refusals;
mod world;

pub(crate) use copilot::expect_shape;

use reqwest::Method;
use serde_json::Value;

use crate::harness::Reply;
use world::World;

const CONTRACT: &str = include_str!("contract/legacy-openapi.json");

/// An operation that answers otherwise, because the browser extension needs it to.
struct Deviation {
    id: &'static str,
    reason: &'static str,
    media_type: &'static str,
    /// How the body begins.
    start: &'static str,
}

const DEVIATIONS: &[Deviation] = &[Deviation {
    id: "caseReportDownload",
    reason: "the extension saves the body of the answer as a file, so it is the report itself",
    media_type: "text/markdown",
    start: "# ",
}];

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
    let mut failed = Vec::new();
    let operations = operations(&contract);
    for operation in &operations {
        let checked = match DEVIATIONS.iter().find(|it| it.id == operation.id) {
            Some(deviation) => check_deviation(&contract, &world, operation, deviation).await,
            None => check(&contract, &world, operation).await,
        };
        if let Err(problem) = checked {
            failed.push((operation.id, problem));
        }
    }
    println!(
        "{} of {} operations answer as the contract says",
        operations.len() - failed.len(),
        operations.len()
    );
    for deviation in DEVIATIONS {
        println!("deviation: {}, because {}", deviation.id, deviation.reason);
    }
    let (awaited, unexpected): (Vec<_>, Vec<_>) =
        failed.into_iter().partition(|(id, _)| AWAITED.contains(id));
    println!("awaited: {awaited:#?}");
    assert!(unexpected.is_empty(), "{unexpected:#?}");
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

async fn called(contract: &Value, world: &World, operation: &Operation<'_>) -> Reply {
    let ids = world.ids(operation.id).await;
    let request = input::request(contract, world, operation, &ids);
    world.older_client(operation.id).run(request).await
}

async fn check(contract: &Value, world: &World, operation: &Operation<'_>) -> Result<(), String> {
    let reply = called(contract, world, operation).await;
    if !(200..300).contains(&reply.status) {
        return Err(format!("status {}: {:.400}", reply.status, reply.body));
    }
    check_reply(contract, operation, &reply)
}

/// Checks the shape that takes the place of the contract's, which must be another one.
async fn check_deviation(
    contract: &Value,
    world: &World,
    operation: &Operation<'_>,
    deviation: &Deviation,
) -> Result<(), String> {
    let reply = called(contract, world, operation).await;
    if check_reply(contract, operation, &reply).is_ok() {
        return Err("the deviation is none any more".to_owned());
    }
    check_media_type(&reply, deviation.media_type)?;
    match &reply.body {
        Value::String(text) if reply.status == 200 && text.starts_with(deviation.start) => Ok(()),
        other => Err(format!("status {}: {other:.400}", reply.status)),
    }
}

/// Checks an answer against what the contract says of its status.
fn check_reply(contract: &Value, operation: &Operation<'_>, reply: &Reply) -> Result<(), String> {
    let responses = &operation.definition["responses"];
    let Some(response) = responses.get(reply.status.to_string()) else {
        return Err(format!("status {}: {:.400}", reply.status, reply.body));
    };
    let Some(content) = response["content"].as_object() else {
        return Ok(());
    };
    let (media_type, content) = content.iter().next().unwrap();
    check_media_type(reply, media_type)?;
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

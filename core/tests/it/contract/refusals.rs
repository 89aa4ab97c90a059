//! What older clients are told when a call is refused: the contract's shape, and the extension's too.

use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::world::World;
use super::{CONTRACT, Operation, check_reply, input, operations, violations};
use crate::harness::Reply;

/// Operations that do not refuse whoever has not signed in as the contract says, and why.
const NOT_REFUSED: &[(&str, &str)] = &[
    (
        "sessionCreate",
        "the extension opens its session before anybody signs in",
    ),
    (
        "sessionHeartbeat",
        "it keeps a session alive that was opened before anybody signed in",
    ),
    ("gatewayOpenapi", "what the API is like is no secret"),
    ("gatewayDocs", "a browser that reads it has no token"),
    ("gatewayRedoc", "a browser that reads it has no token"),
    // The stories of sign-in by name look at the string.
    (
        "authDevLogin",
        "the contract's detail is an object, and the extension shows a string",
    ),
];

/// Ids of the right form that nothing has.
const UNKNOWN: [(&str, &str); 8] = [
    ("case_id", "case_0123456789ab"),
    ("data_id", "file_0123456789ab"),
    ("file_id", "file_0123456789ab"),
    ("evidence_id", "ev_0123456789ab"),
    ("hypothesis_id", "hyp_0123456789ab"),
    ("report_id", "9d3c2b1a-5e0b-4b43-8d3e-111111111111"),
    ("document_id", "9d3c2b1a-5e0b-4b43-8d3e-111111111111"),
    ("session_id", "9d3c2b1a-5e0b-4b43-8d3e-111111111111"),
];

/// Calls every operation that may answer with a status, and returns what is wrong with the answers.
async fn wrong_answers(
    status: u16,
    exceptions: &[(&str, &str)],
    send: impl AsyncFn(&Value, &World, &Operation<'_>) -> Reply,
) -> Vec<String> {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let world = World::create().await;
    let mut wrong = Vec::new();
    let mut told = 0;
    for operation in operations(&contract) {
        let declares = operation.definition["responses"]
            .get(status.to_string())
            .is_some();
        if !declares || exceptions.iter().any(|(id, _)| *id == operation.id) {
            continue;
        }
        told += 1;
        let reply = send(&contract, &world, &operation).await;
        if reply.status != status {
            wrong.push(format!(
                "{}: {} {:.200}",
                operation.id, reply.status, reply.body
            ));
        } else if !reply.body["detail"].is_string() {
            wrong.push(format!(
                "{}: no words for people: {:.200}",
                operation.id, reply.body
            ));
        } else if let Err(problem) = check_reply(&contract, &operation, &reply) {
            wrong.push(format!("{}: {problem}", operation.id));
        }
    }
    assert!(told > 40, "{told}");
    wrong
}

fn on_unknown_things(path: &str) -> String {
    let ids = UNKNOWN.iter();
    ids.fold(path.to_owned(), |path, (name, id)| {
        path.replace(&format!("{{{name}}}"), id)
    })
}

/// Credentials that open nothing.
fn credentials(operation: &str) -> Value {
    match operation {
        "authLogin" => json!({"email": "ada@example.org", "password": "not this one"}),
        "authRefresh" => json!({"refresh_token": "a guess"}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn whoever_has_not_signed_in_is_told_so() {
    let wrong = wrong_answers(401, NOT_REFUSED, async |_, world, operation| {
        let nobody = world.anonymous();
        let path = on_unknown_things(operation.path);
        let request = nobody.request(operation.method.clone(), &path);
        nobody.run(request.json(&credentials(operation.id))).await
    });
    let wrong = wrong.await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let wrong = wrong_answers(404, &[], async |contract, world, operation| {
        let ids = UNKNOWN.map(|(name, id)| (name, id.to_owned()));
        let request = input::request(contract, world, operation, &ids);
        world.older_client(operation.id).run(request).await
    });
    let wrong = wrong.await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Bad input is told by a string, which the extension shows, with a list of fields beside it; the
/// contract has the list alone, under the name of the string.
#[tokio::test]
async fn bad_input_is_told_in_words_and_by_field() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let world = World::create().await;
    let field = json!({
        "type": "object", "required": ["field", "message"],
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
    });
    let told = json!({
        "type": "object", "required": ["detail", "errors"],
        "properties": {
            "detail": {"type": "string", "minLength": 1},
            "errors": {"type": "array", "minItems": 1, "items": field},
        },
    });
    let mut wrong = Vec::new();
    for operation in operations(&contract) {
        if operation.definition["responses"].get("422").is_none() {
            continue;
        }
        let reply = world
            .older_client(operation.id)
            .run(spoilt(&world, &operation))
            .await;
        let problems = violations(&contract, &told, &reply.body);
        if reply.status != 422 || !problems.is_empty() {
            wrong.push(format!("{}: {} {problems:?}", operation.id, reply.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns a request whose body, form or query is none that the operation takes.
fn spoilt(world: &World, operation: &Operation<'_>) -> RequestBuilder {
    let client = world.older_client(operation.id);
    let path = on_unknown_things(operation.path);
    let request = client.request(operation.method.clone(), &path);
    let body = &operation.definition["requestBody"]["content"];
    if body.get("application/json").is_some() {
        return request.json(&5);
    }
    if operation.method == Method::POST {
        return request.multipart(Form::new().text("title", "no file"));
    }
    let parameters = operation.definition["parameters"]
        .as_array()
        .unwrap()
        .iter();
    let numbers = parameters.filter(|it| it["in"] == "query" && it["schema"]["type"] != "string");
    let wrong = numbers.map(|it| (it["name"].as_str().unwrap(), "no such thing"));
    request.query(&wrong.collect::<Vec<_>>())
}

//! What holds for every operation of the API document: who is refused, and which bodies are.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{App, Reply, User};

/// One address sends more than any client would.
const UNLIMITED: (&str, &str) = ("RATE_LIMIT_ENABLED", "false");

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    is_public: bool,
    takes_json: bool,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(faultmaven_gateway::openapi_document()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = operation["security"].as_array();
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: with_ids(path),
                is_public: security
                    .is_some_and(|it| it.iter().any(|it| *it == serde_json::json!({}))),
                takes_json: operation["requestBody"]["content"]["application/json"].is_object(),
            });
        }
    }
    operations
}

/// Returns the path with ids that nothing has.
fn with_ids(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => "unknown",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn send(user: &User, operation: &Operation, body: Option<String>) -> Reply {
    let request = user.request(operation.method.clone(), &operation.path);
    user.run(match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(body),
        None => request,
    })
    .await
}

#[tokio::test]
async fn without_a_token_and_with_a_bad_one_nobody_gets_in() {
    let app = App::with(&[UNLIMITED]).await;
    app.admin().await;
    let stranger = app.anonymous().with_token("nonsense");
    for operation in operations().iter().filter(|it| !it.is_public) {
        let path = &operation.path;
        for (user, reason) in [
            (&app.anonymous(), "unauthenticated"),
            (&stranger, "invalid_token"),
        ] {
            let reply = send(user, operation, None).await;
            assert_eq!(
                reply.status, 401,
                "{} {path}: {:#}",
                operation.method, reply.body
            );
            assert_eq!(reply.problem(401), reason, "{} {path}", operation.method);
        }
    }
}

#[tokio::test]
async fn a_body_of_the_wrong_type_or_size_is_refused() {
    let app = App::with(&[UNLIMITED]).await;
    let ada = app.admin().await;
    let oversize = Value::String("x".repeat(3 << 20)).to_string();
    for operation in operations().iter().filter(|it| it.takes_json) {
        for (body, status) in [("5", 422), ("{", 422), (oversize.as_str(), 413)] {
            let reply = send(&ada, operation, Some(body.to_owned())).await;
            let start = &body[..body.len().min(9)];
            assert_eq!(
                reply.status, status,
                "{} {} with {start}: {:#}",
                operation.method, operation.path, reply.body
            );
            reply.problem(status);
        }
    }
}

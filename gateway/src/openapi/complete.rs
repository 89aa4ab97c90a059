//! What every operation has in common is added here, so that no route repeats it.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Server};

/// Adds the server, the answer to whoever has not signed in, any other problem, and descriptions.
pub(super) fn complete(document: &mut OpenApi) {
    document.servers = Some(vec![Server::new("/")]);
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            complete_operation(operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    methods.into_iter().flatten()
}

fn complete_operation(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    if operation.security.is_none() {
        responses
            .entry("401".to_owned())
            .or_insert_with(|| problem("Nobody is signed in.").into());
    }
    responses
        .entry("4XX".to_owned())
        .or_insert_with(|| problem("The request cannot be served.").into());
    responses
        .entry("5XX".to_owned())
        .or_insert_with(|| problem("The fault is on the side of the server.").into());
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = usual_meaning(status).to_owned();
        }
    }
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name("ProblemBody");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content)
        .build()
}

fn usual_meaning(status: &str) -> &'static str {
    match status {
        "200" => "Done.",
        "201" => "Created.",
        "204" => "Done; there is nothing to say.",
        "403" => "The caller may not do this.",
        "404" => "There is no such thing, or it is not the caller's.",
        "409" => "The state of the thing forbids this.",
        "413" => "The request is too large.",
        "422" => "The input is wrong; `errors` names the fields.",
        _ => "See the body.",
    }
}

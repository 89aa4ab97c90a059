//! What every operation has in common is added here, so that no route repeats it.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Server,
};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The paths whose POST creates something, once for each key.
const KEYED: [&str; 24] = [
    "/api/v1/admin/kb/documents",
    "/api/v1/admin/users",
    "/api/v1/agent/chat/{case_id}",
    "/api/v1/auth/tokens",
    "/api/v1/cases",
    "/api/v1/cases/{case_id}/close",
    "/api/v1/cases/{case_id}/data",
    "/api/v1/cases/{case_id}/hypotheses",
    "/api/v1/cases/{case_id}/messages",
    "/api/v1/cases/{case_id}/queries",
    "/api/v1/cases/{case_id}/reports",
    "/api/v1/cases/{case_id}/solutions",
    "/api/v1/cases/{case_id}/status",
    "/api/v1/cases/{case_id}/turns",
    "/api/v1/documents/upload",
    "/api/v1/evidence",
    "/api/v1/evidence/upload",
    "/api/v1/invitations",
    "/api/v1/knowledge/documents",
    "/api/v1/knowledge/documents/collections",
    "/api/v1/knowledge/ingest",
    "/api/v1/sessions",
    "/api/v1/sessions/{session_id}/messages",
    "/api/v1/teams",
];

/// Adds the server, the answer to whoever has not signed in, any other problem, and descriptions.
pub(super) fn complete(document: &mut OpenApi) {
    document.servers = Some(vec![Server::new("/")]);
    for (path, item) in &mut document.paths.paths {
        if let Some(post) = &mut item.post
            && KEYED.contains(&path.as_str())
        {
            accept_key(post);
        }
        for operation in operations(item) {
            complete_operation(operation);
        }
    }
}

/// Documents the header by which a repeat of a creating request is known.
fn accept_key(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.retain(|it| !matches!(it, RefOr::T(it) if it.name == IDEMPOTENCY_KEY));
    parameters.push(idempotency_key().into());
    let responses = &mut operation.responses.responses;
    responses
        .entry("409".to_owned())
        .or_insert_with(|| problem("The key was used for something else.").into());
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9_-]{8,255}$"));
    let description = "Makes a repeat answer as the first request did, with \
        `X-Idempotency-Replayed: true`; with another body it is refused.";
    ParameterBuilder::new()
        .name(IDEMPOTENCY_KEY)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(schema))
        .build()
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

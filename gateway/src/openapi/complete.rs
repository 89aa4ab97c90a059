//! What every operation has in common is added here, so that no route repeats it.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    KnownFormat, Object, ObjectBuilder, OpenApi, RefOr, Response, SchemaFormat, Server,
};

use super::operations;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const REPLAYED: &str = "X-Idempotency-Replayed";
const BYTES: &str = "application/octet-stream";

/// The paths whose POST creates something, once for each key.
const KEYED: [&str; 26] = [
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
    "/api/v1/cases/{case_id}/runbook-draft",
    "/api/v1/cases/{case_id}/solutions",
    "/api/v1/cases/{case_id}/status",
    "/api/v1/cases/{case_id}/turns",
    "/api/v1/cases/{case_id}/turns/stream",
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

/// Adds the server, the header of creating requests, and descriptions.
pub(super) fn complete(document: &mut OpenApi) {
    document.servers = Some(vec![Server::new("/")]);
    for (path, item) in &mut document.paths.paths {
        if let Some(post) = &mut item.post
            && KEYED.contains(&path.as_str())
        {
            accept_key(post);
        }
        for (_, operation) in operations(item) {
            complete_operation(operation);
        }
    }
}

/// Documents the header by which a repeat of a creating request is known.
fn accept_key(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.retain(|it| !matches!(it, RefOr::T(it) if it.name == IDEMPOTENCY_KEY));
    parameters.push(idempotency_key().into());
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with('2')
        {
            let meaning = "`true` for the answer to a repeat.";
            insert_header(response, REPLAYED, meaning, Type::String);
        }
    }
}

fn insert_header(response: &mut Response, name: &str, meaning: &str, schema: Type) {
    let header = HeaderBuilder::new()
        .description(Some(meaning))
        .schema(Some(Object::with_type(schema)));
    let header = header.build();
    response.headers.insert(name.to_owned(), header.into());
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^([A-Za-z0-9_-]{8,255})?$"));
    let description = "Makes a repeat answer as the first request did, with \
        `X-Idempotency-Replayed: true`; with another body it is refused.";
    ParameterBuilder::new()
        .name(IDEMPOTENCY_KEY)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// Describes what went well where the route does not, and files as the bytes that they are.
fn complete_operation(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty()
            && let Some(meaning) = usual_meaning(status)
        {
            response.description = meaning.to_owned();
        }
        if status == "202" {
            let job = "The address of the job that will hold the answer.";
            insert_header(response, "Location", job, Type::String);
            let delay = "After how many seconds to ask for the job.";
            insert_header(response, "Retry-After", delay, Type::Integer);
        }
        if let Some(RefOr::T(content)) = response.content.get_mut(BYTES) {
            content.schema = Some(bytes().into());
        }
    }
}

fn bytes() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
        .build()
}

fn usual_meaning(status: &str) -> Option<&'static str> {
    match status {
        "200" => Some("Done."),
        "201" => Some("Created."),
        "204" => Some("Done; there is nothing to say."),
        _ => None,
    }
}

//! Which problems each operation may answer with, by rule, so that no route repeats it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use faultmaven_kit::{Code, Fault};
use serde_json::json;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{
    Content, ContentBuilder, Object, OpenApi, Ref, RefOr, Response, ResponseBuilder,
};

use super::operations;
use crate::limits::Class;
use crate::problem::Problem;

const JSON: &str = "application/json";
const REQUEST_ID: &str = "req_4b1c9d7e02f83a65";

/// What these answer, no module knows.
const ASKS_NO_MODULE: [&str; 10] = [
    "/",
    "/.well-known/openid-configuration",
    "/docs",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/redoc",
    "/v1/meta/capabilities",
];

/// What the rules look at.
struct Facts {
    /// Somebody must have signed in.
    needs_sign_in: bool,
    /// A module is asked, which looks at a token even where none is needed.
    asks_a_module: bool,
    changes: bool,
    names_a_thing: bool,
    /// Such as the team that a document is for, in the body or in the query.
    input_names_a_thing: bool,
    takes_input: bool,
    has_body: bool,
    is_keyed: bool,
    is_limited: bool,
}

/// A problem that many operations answer with.
struct Usual {
    name: &'static str,
    description: &'static str,
    fault: fn() -> Fault,
    applies: fn(&Facts) -> bool,
    headers: &'static [(&'static str, &'static str, Type)],
}

const RETRY_AFTER: (&str, &str, Type) = (
    "Retry-After",
    "After how many seconds to try again.",
    Type::Integer,
);

const USUAL: [Usual; 14] = [
    Usual {
        name: "BadRequest",
        description: "The application may not ask this.",
        fault: || {
            Fault::new(
                Code::InvalidArgument,
                "invalid_grant",
                "the code is not valid any more",
            )
        },
        applies: |_| false,
        headers: &[],
    },
    Usual {
        name: "RangeNotSatisfiable",
        description: "The file has no such bytes.",
        fault: || {
            let message = "the file has no such bytes";
            Fault::new(Code::OutOfRange, "range_not_satisfiable", message)
        },
        applies: |_| false,
        headers: &[],
    },
    Usual {
        name: "Unauthenticated",
        description: "Nobody is signed in, or the token is not valid.",
        fault: || {
            Fault::unauthenticated("sign in first: send the header `Authorization: Bearer <token>`")
        },
        applies: |it| it.needs_sign_in || it.asks_a_module,
        headers: &[("WWW-Authenticate", "`Bearer`.", Type::String)],
    },
    Usual {
        name: "Forbidden",
        description: "The caller may see this but not do it, or the page that asks may not.",
        fault: || {
            Fault::forbidden("viewers change nothing; ask an administrator for the role member")
        },
        applies: |it| it.needs_sign_in || it.changes,
        headers: &[],
    },
    Usual {
        name: "NotFound",
        description: "There is no such thing, or it is not the caller's.",
        fault: || Fault::not_found("case"),
        // What the first request with a key created may be gone when it is repeated.
        applies: |it| it.names_a_thing || it.input_names_a_thing || it.is_keyed,
        headers: &[],
    },
    Usual {
        name: "Conflict",
        description: "The state of the thing forbids this, or the key was used for something else.",
        fault: || Fault::precondition("case_is_terminal", "the case is closed; open a new one"),
        applies: |it| it.is_keyed || (it.changes && it.names_a_thing),
        headers: &[],
    },
    Usual {
        name: "PreconditionFailed",
        description: "`If-Match` guards nothing here; `expected_version` does.",
        fault: || {
            let message = "If-Match is not looked at here; send expected_version in the body";
            Fault::new(Code::FailedPrecondition, "if_match_not_supported", message)
        },
        applies: |_| false,
        headers: &[],
    },
    Usual {
        name: "UnsupportedMediaType",
        description: "The body has a `Content-Encoding`.",
        fault: || {
            let message = "Content-Encoding gzip is not understood; send the body uncompressed";
            Fault::new(Code::InvalidArgument, "unsupported_encoding", message)
        },
        applies: |it| it.has_body,
        headers: &[],
    },
    Usual {
        name: "TooLarge",
        description: "The body is too large.",
        fault: || {
            Fault::new(
                Code::OutOfRange,
                "body_too_large",
                "the body is larger than 2097152 bytes",
            )
        },
        applies: |it| it.has_body,
        headers: &[],
    },
    Usual {
        name: "Invalid",
        description: "The input is wrong; `errors` names the fields.",
        fault: || Fault::invalid("title", "must be at most 200 characters"),
        applies: |it| it.takes_input,
        headers: &[],
    },
    Usual {
        name: "TooManyRequests",
        description: "The caller asks too often.",
        fault: || {
            let message = "more than 600 requests a minute; try again in 2 s";
            Fault::new(Code::ResourceExhausted, "rate_limited", message)
        },
        applies: |it| it.is_limited,
        headers: &[RETRY_AFTER],
    },
    Usual {
        name: "Internal",
        description: "Something failed on the side of the server.",
        fault: || Fault::new(Code::Internal, "internal", "internal error"),
        applies: |_| true,
        headers: &[],
    },
    Usual {
        name: "Unavailable",
        description: "A part of the server does not answer now.",
        fault: || Fault::service_unavailable("case", Duration::from_secs(1)),
        applies: |it| it.needs_sign_in || it.asks_a_module,
        headers: &[RETRY_AFTER],
    },
    Usual {
        name: "TimedOut",
        description: "The answer did not come in time.",
        fault: Fault::deadline_exceeded,
        applies: |it| it.needs_sign_in || it.asks_a_module,
        headers: &[],
    },
];

/// Adds the usual problems to the operations that their rules name.
pub(super) fn add(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let facts = Facts::of(&method, path, operation, &components.schemas);
            for usual in &USUAL {
                if tell(operation, usual, &facts) {
                    let shared = &mut components.responses;
                    shared.insert(usual.name.to_owned(), usual.response().into());
                }
            }
            if method == Method::GET {
                tell_unchanged(operation);
            }
        }
    }
}

/// Adds a problem where its rule or the route names it, and returns whether the operation refers to
/// it; what the route says in words of its own stays, with an example.
fn tell(operation: &mut Operation, usual: &Usual, facts: &Facts) -> bool {
    let status = usual.problem().status().as_u16().to_string();
    let responses = &mut operation.responses.responses;
    match responses.get_mut(&status) {
        None if !(usual.applies)(facts) => false,
        Some(RefOr::T(told)) if !told.description.is_empty() => {
            for content in told.content.values_mut() {
                if let RefOr::T(content) = content
                    && is_problem(content)
                {
                    content.example = Some(usual.example());
                }
            }
            false
        }
        _ => {
            let shared = Ref::from_response_name(usual.name);
            responses.insert(status, shared.into());
            true
        }
    }
}

fn is_problem(content: &Content) -> bool {
    let schema = content.schema.as_ref();
    schema
        .is_some_and(|it| matches!(it, RefOr::Ref(it) if it.ref_location.ends_with("/ProblemBody")))
}

/// Tells that a document which the client has already is not sent again.
fn tell_unchanged(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let is_document =
        |it: &RefOr<Response>| matches!(it, RefOr::T(it) if it.content.contains_key(JSON));
    if responses.get("200").is_some_and(is_document) {
        let description = "The client has it already: `If-None-Match` names its `ETag`.";
        let unchanged = ResponseBuilder::new().description(description);
        responses.insert("304".to_owned(), unchanged.into());
    }
}

impl Facts {
    fn of(method: &Method, path: &str, operation: &Operation, schemas: &Schemas) -> Self {
        let has_body = operation.request_body.is_some();
        let has = |kind: ParameterIn| {
            let mut parameters = operation.parameters.iter().flatten();
            parameters.any(|it| matches!(it, RefOr::T(it) if it.parameter_in == kind))
        };
        let names_a_thing = path.contains('{');
        let body = operation.request_body.as_ref();
        let mut queried = operation
            .parameters
            .iter()
            .flatten()
            .filter_map(|it| match it {
                RefOr::T(it) if it.parameter_in == ParameterIn::Query => Some(it.name.as_str()),
                _ => None,
            });
        let input_names_a_thing =
            queried.any(is_foreign) || body.is_some_and(|it| names_in(it, schemas).any(is_foreign));
        Self {
            needs_sign_in: operation.security.is_none(),
            asks_a_module: !ASKS_NO_MODULE.contains(&path),
            changes: !method.is_safe(),
            names_a_thing,
            input_names_a_thing,
            takes_input: has_body || names_a_thing || has(ParameterIn::Query),
            has_body,
            is_keyed: has(ParameterIn::Header),
            is_limited: Class::of_route(method, path).is_some(),
        }
    }
}

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Returns the names of the members of a body whose schema has a name.
fn names_in<'a>(
    body: &'a RefOr<RequestBody>,
    schemas: &'a Schemas,
) -> impl Iterator<Item = &'a str> {
    let content = match body {
        RefOr::T(body) => Some(body.content.values()),
        RefOr::Ref(_) => None,
    };
    let named = content.into_iter().flatten().filter_map(|it| match it {
        RefOr::T(Content {
            schema: Some(RefOr::Ref(schema)),
            ..
        }) => schemas.get(schema.ref_location.rsplit('/').next()?),
        _ => None,
    });
    let objects = named.filter_map(|it| match it {
        RefOr::T(Schema::Object(object)) => Some(object.properties.keys()),
        _ => None,
    });
    objects.flatten().map(String::as_str)
}

/// Returns whether a member names a thing that must be there; clients and sessions need not be.
fn is_foreign(name: &str) -> bool {
    let is_id = name.ends_with("_id") || name.ends_with("_ids");
    is_id && !["client_id", "session_id"].contains(&name)
}

impl Usual {
    fn problem(&self) -> Problem {
        (self.fault)().into()
    }

    fn example(&self) -> serde_json::Value {
        json!(self.problem().body(REQUEST_ID))
    }

    fn response(&self) -> Response {
        let schema = Ref::from_schema_name("ProblemBody");
        let content = ContentBuilder::new()
            .schema(Some(schema))
            .example(Some(self.example()));
        let response = ResponseBuilder::new()
            .description(self.description)
            .content(JSON, content.build());
        let headers = self.headers.iter();
        headers
            .fold(response, |response, (name, description, schema_type)| {
                let header = HeaderBuilder::new()
                    .schema(Some(Object::with_type(schema_type.clone())))
                    .description(Some(*description));
                response.header(*name, header.build())
            })
            .build()
    }
}

//! The generated OpenAPI document.

use std::sync::LazyLock;

use axum::http::Method;
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use crate::problem::{FieldProblem, ProblemBody};
use crate::routes;

mod complete;
mod examples;
mod limits;
mod statuses;

/// Made when somebody first asks for it, so that no start waits for it.
static TEXT: LazyLock<Bytes> =
    LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default().into());

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "FaultMaven",
        description = "AI troubleshooting copilot: cases, evidence with verified citations, hypotheses, reports. Every error answer has the shape of `ProblemBody`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&Bearer),
    security(("bearer" = [])),
    components(schemas(ProblemBody, FieldProblem)),
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description =
            Some("An access token from /api/v1/auth/login, or an API token.".into());
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Returns the document without paths.
pub(crate) fn base() -> OpenApi {
    Base::openapi()
}

/// Returns the whole document.
pub fn document() -> OpenApi {
    let mut document = routes::documented().into_openapi();
    complete::complete(&mut document);
    statuses::add(&mut document);
    limits::add(&mut document);
    examples::add(&mut document);
    document
}

/// Returns the whole document as JSON.
pub(crate) fn text() -> Bytes {
    TEXT.clone()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let methods = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    let told = methods.into_iter();
    told.filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

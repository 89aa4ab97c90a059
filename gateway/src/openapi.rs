//! The generated OpenAPI document.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

use crate::problem::{FieldProblem, ProblemBody};
use crate::routes;

mod complete;

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
    completed(routes::documented().into_openapi())
}

/// Returns a document of all routes with what they have in common.
pub(crate) fn completed(mut document: OpenApi) -> OpenApi {
    complete::complete(&mut document);
    document
}

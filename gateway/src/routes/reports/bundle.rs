//! A case as a zip, for others to take it over.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use faultmaven_proto::report::v1 as proto;
use faultmaven_proto::report::v1::export_bundle_response::Part;
use futures::{Stream, TryStreamExt as _};
use serde::Deserialize;
use tonic::{Status, Streaming};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::attachment::disposition;
use crate::context::SignedIn;
use crate::extract::{PathOf, QueryOf};
use crate::problem::{Problem, ProblemBody};
use crate::state::AppState;
use crate::upload::unhurried;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(export_bundle))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Redaction {
    /// `false` leaves secrets and personal data as they are.
    #[serde(default = "yes")]
    redact: bool,
}

fn yes() -> bool {
    true
}

/// Returns a case as a zip for others to take over, which `faultmaven verify` checks on any machine.
///
/// It holds reports, the case as JSON, the cited excerpts and hashes. The same version of a case
/// gives the same bytes.
#[utoipa::path(get, path = "/api/v1/cases/{case_id}/bundle", tag = "reports", params(("case_id" = String, Path), Redaction), responses(
    (status = 200, content_type = "application/zip", body = Vec<u8>),
    (status = 404, body = ProblemBody),
))]
async fn export_bundle(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    QueryOf(redaction): QueryOf<Redaction>,
) -> Result<Response, Problem> {
    let request = unhurried(&ctx).request(proto::ExportBundleRequest {
        case_id,
        unredacted: !redaction.redact,
    });
    let mut stream = app.report().export_bundle(request).await?.into_inner();
    let first = stream.message().await?.and_then(|message| message.part);
    let Some(Part::Header(described)) = first else {
        return Err(Status::internal("a bundle comes without its header").into());
    };
    let body = Body::from_stream(chunks(stream));
    Ok((answer_headers(&described), body).into_response())
}

fn chunks(
    stream: Streaming<proto::ExportBundleResponse>,
) -> impl Stream<Item = Result<Bytes, Status>> {
    stream.try_filter_map(async |message| match message.part {
        Some(Part::Chunk(chunk)) => Ok(Some(chunk.into())),
        Some(Part::Header(_)) | None => Ok(None),
    })
}

fn answer_headers(described: &proto::BundleHeader) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let zip = HeaderValue::from_static("application/zip");
    headers.insert(header::CONTENT_TYPE, zip);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition(&described.file_name),
    );
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(described.size_bytes),
    );
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", described.sha256)) {
        headers.insert(header::ETAG, etag);
    }
    headers
}

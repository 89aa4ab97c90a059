//! A turn with a file, as older clients send it.

use axum::Json;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::HeaderMap;
use bytes::Bytes;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::ClientDialect;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::evidence::v1::{DataClass, FileOrigin, UploadHeader};
use futures::stream;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::input::TurnInput;
use super::run_turn;
use crate::context::{SignedIn, in_session};
use crate::extract::{self, PathOf, read_json};
use crate::problem::{Problem, ProblemBody};
use crate::routes::cases::{CaseRow, get_row};
use crate::state::{App, AppState};
use crate::upload::{self, Form, Held, is_form};
use crate::wire;

mod reply;

use reply::UploadReply;

const TEXT_MAX_BYTES: usize = 1 << 20;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(add_data))
}

/// A file with what is known of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document")]
struct DataForm {
    /// The client's session; the header `X-Session-Id` goes before it.
    session_id: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// JSON text with `source_type` and `source_url`.
    source_metadata: Option<String>,
    description: Option<String>,
}

/// Data as text.
#[derive(Deserialize, ToSchema)]
struct TextData {
    #[serde(default)]
    #[schema(required = true)]
    content: String,
    #[serde(default)]
    filename: Option<String>,
    /// `log_file`, `config_file`, `trace` or `metrics`; absent lets the content decide.
    #[serde(default, rename = "type")]
    data_type: Option<String>,
    /// Who or what it comes from; kept as a tag of the file.
    #[serde(default)]
    source: Option<String>,
    /// What it is for; kept as a tag of the file.
    #[serde(default)]
    category: Option<String>,
}

impl TextData {
    /// Returns what the client said of the data in words of its own.
    fn tags(&self) -> Vec<String> {
        let told = [&self.source, &self.category].into_iter().flatten();
        told.filter(|word| !word.is_empty()).cloned().collect()
    }
}

/// What a client gets for its data.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum DataReply {
    Upload(Box<UploadReply>),
    Case(Box<CaseRow>),
}

/// What older clients tell about a file.
#[derive(Default, Deserialize)]
struct SourceMetadata {
    #[serde(default)]
    source_type: Option<String>,
    #[serde(default)]
    source_url: Option<String>,
}

/// What a form carried.
#[derive(Default)]
struct Received {
    file: Option<evidence::UploadedFile>,
    source: SourceMetadata,
    description: String,
    session_id: Option<String>,
}

/// Stores data and discusses it: a form answers with the analysis, JSON with the case.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/data", tag = "turns", params(("case_id" = String, Path)),
    request_body(content((DataForm = "multipart/form-data"), (TextData = "application/json"))),
    responses(
        (status = 200, description = "The analysis for a form, the case for JSON", body = DataReply),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody),
        (status = 413, description = "The file is too large", body = ProblemBody),
        (status = 422, body = ProblemBody),
    ))]
async fn add_data(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<(HeaderMap, Json<DataReply>), Problem> {
    let key = wire::idempotency_key(&headers)?;
    if is_form(&headers) {
        let Form(form) = Form::from_request(request, &app).await?;
        let (reply, replayed) = add_file(&app, &ctx, case_id, form, key).await?;
        let reply = DataReply::Upload(Box::new(reply));
        Ok((wire::replayed(replayed), Json(reply)))
    } else {
        let data = read_json::<TextData>(request, &app).await?;
        let (row, replayed) = add_text(&app, &ctx, case_id, data, key).await?;
        let reply = DataReply::Case(Box::new(row));
        Ok((wire::replayed(replayed), Json(reply)))
    }
}

async fn add_file(
    app: &App,
    ctx: &Ctx,
    case_id: String,
    form: Multipart,
    key: String,
) -> Result<(UploadReply, bool), Problem> {
    let start = Instant::now();
    let mut held = Held::new(app, ctx);
    let done = run_file(app, &mut held, case_id, form, key).await;
    let (ctx, file, result) = held.settle(done).await?;
    let replayed = result.replayed;
    let reply = UploadReply::new(&ctx, file, result, start.elapsed());
    Ok((reply, replayed))
}

/// Runs the turn of a form in the session that it names.
async fn run_file(
    app: &App,
    held: &mut Held<'_>,
    case_id: String,
    form: Multipart,
    key: String,
) -> Result<(Ctx, evidence::UploadedFile, agent::TurnResult), Problem> {
    let received = receive(held, &case_id, form).await?;
    let file = received
        .file
        .ok_or_else(|| Fault::invalid("file", "is missing from the form"))?;
    let input = TurnInput {
        file_ids: vec![file.file_id.clone()],
        source_url: received.source.source_url,
        ..TurnInput::saying(received.description)
    };
    let turn = input.into_proto(case_id, ClientDialect::Legacy, key)?;
    let ctx = in_session(held.ctx().clone(), received.session_id);
    let result = run_turn(app, &ctx, turn).await;
    let result = result.map_err(|problem| problem.renaming("text", "description"))?;
    Ok((ctx, file, result))
}

async fn receive(
    held: &mut Held<'_>,
    case_id: &str,
    mut form: Multipart,
) -> Result<Received, Problem> {
    let mut received = Received::default();
    while let Some(field) = upload::next_part(&mut form).await? {
        match field.name() {
            Some("file") if received.file.is_some() => {
                return Err(Fault::invalid("file", "send one file at a time").into());
            }
            Some("file") => {
                let filename = upload::filename(&field);
                let header = UploadHeader {
                    case_id: case_id.to_owned(),
                    origin: origin(received.source.source_type.as_deref(), &filename).into(),
                    source_url: received.source.source_url.clone().unwrap_or_default(),
                    filename,
                    ..Default::default()
                };
                received.file = Some(held.add(header, upload::chunks(field)).await?);
            }
            Some("source_metadata") => {
                let text = upload::text(field, TEXT_MAX_BYTES).await?;
                received.source = source_metadata(&text)?;
            }
            Some("session_id") => {
                received.session_id = Some(upload::text(field, TEXT_MAX_BYTES).await?);
            }
            Some("description") => {
                received.description = upload::text(field, TEXT_MAX_BYTES).await?;
            }
            _ => {}
        }
    }
    Ok(received)
}

async fn add_text(
    app: &App,
    ctx: &Ctx,
    case_id: String,
    data: TextData,
    key: String,
) -> Result<(CaseRow, bool), Problem> {
    let mut held = Held::new(app, ctx);
    let done = run_text(app, &mut held, case_id.clone(), data, key).await;
    let replayed = held.settle(done).await?.replayed;
    Ok((get_row(app, ctx, case_id).await?, replayed))
}

async fn run_text(
    app: &App,
    held: &mut Held<'_>,
    case_id: String,
    data: TextData,
    key: String,
) -> Result<agent::TurnResult, Problem> {
    if data.content.is_empty() {
        let advice = "is empty; send the data as text, such as lines of a log";
        return Err(Fault::invalid("content", advice).into());
    }
    let tags = data.tags();
    let named = data.filename.filter(|name| !name.is_empty());
    let header = UploadHeader {
        case_id: case_id.clone(),
        filename: named.unwrap_or_else(|| "pasted-data.txt".to_owned()),
        origin: FileOrigin::Paste.into(),
        data_class: data_class(data.data_type.as_deref()).into(),
        tags,
        ..Default::default()
    };
    let content = stream::iter([Ok(Bytes::from(data.content))]);
    let file = held.add(header, content).await?;
    let input = TurnInput {
        file_ids: vec![file.file_id],
        ..TurnInput::default()
    };
    let turn = input.into_proto(case_id, ClientDialect::Legacy, key)?;
    run_turn(app, held.ctx(), turn).await
}

/// Returns how a file came in; clients tell it after the file, so its name has to do until then.
fn origin(source_type: Option<&str>, filename: &str) -> FileOrigin {
    match source_type {
        Some("text_paste" | "paste") => FileOrigin::Paste,
        Some("page_capture" | "page_injection") => FileOrigin::PageCapture,
        Some(_) => FileOrigin::Upload,
        None if filename.starts_with("text-data-") => FileOrigin::Paste,
        None if filename.starts_with("page-content-") => FileOrigin::PageCapture,
        None => FileOrigin::Upload,
    }
}

fn source_metadata(text: &str) -> Result<SourceMetadata, Problem> {
    if text.trim().is_empty() {
        return Ok(SourceMetadata::default());
    }
    extract::part("source_metadata", text)
}

fn data_class(data_type: Option<&str>) -> DataClass {
    match data_type {
        Some("log_file") => DataClass::Logs,
        Some("config_file") => DataClass::Config,
        Some("trace") => DataClass::Trace,
        Some("metrics") => DataClass::Metrics,
        _ => DataClass::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_told_by_the_client_or_else_by_the_name() {
        assert_eq!(
            origin(Some("page_capture"), "x.html"),
            FileOrigin::PageCapture
        );
        assert_eq!(
            origin(Some("file_upload"), "text-data-1.txt"),
            FileOrigin::Upload
        );
        assert_eq!(
            origin(None, "text-data-20260304-140500.txt"),
            FileOrigin::Paste
        );
        assert_eq!(
            origin(None, "page-content-host.html"),
            FileOrigin::PageCapture
        );
        assert_eq!(origin(None, "app.log"), FileOrigin::Upload);
    }

    #[test]
    fn broken_source_metadata_names_its_part() {
        let problem = format!("{:?}", source_metadata("{").err().unwrap());
        assert!(problem.contains("field: \"source_metadata\""), "{problem}");
        assert!(source_metadata(" ").is_ok());
    }
}

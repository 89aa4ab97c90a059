//! A turn that arrives as a form: text parts are kept, files are held as they come.

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use faultmaven_kit::Fault;
use faultmaven_proto::evidence::v1::{FileOrigin, UploadHeader};

use super::input::TurnInput;
use super::intent::parse_data;
use crate::problem::Problem;
use crate::upload::{self, Held};

/// As many as the agent takes; told before the rest arrives.
const FILES_MAX: usize = 20;
const TEXT_MAX_BYTES: usize = 1 << 20;
/// 200,000 characters of four bytes.
const PASTE_MAX_BYTES: usize = 800_000;

/// Reads the parts in the order the client sends them.
pub(super) async fn read(
    held: &mut Held<'_>,
    case_id: &str,
    mut form: Multipart,
) -> Result<TurnInput, Problem> {
    let mut input = TurnInput::default();
    while let Some(field) = upload::next_part(&mut form).await? {
        take(held, case_id, &mut input, field).await?;
    }
    Ok(input)
}

async fn take(
    held: &mut Held<'_>,
    case_id: &str,
    input: &mut TurnInput,
    field: Field<'_>,
) -> Result<(), Problem> {
    match field.name() {
        Some("query" | "message") => input.query = Some(text(field).await?),
        Some("pasted_content") => {
            input.pasted_content = Some(upload::text(field, PASTE_MAX_BYTES).await?);
        }
        Some("intent_type") => input.intent_type = Some(text(field).await?),
        Some("intent_data") => input.intent_data = parse_data(&text(field).await?)?,
        Some("input_type") => input.input_type = Some(text(field).await?),
        Some("source_url") => input.source_url = Some(text(field).await?),
        Some("files" | "file") => {
            if input.file_ids.len() == FILES_MAX {
                let message = format!(
                    "a turn takes at most {FILES_MAX} files; send the rest in another turn"
                );
                return Err(Fault::invalid("files", message).into());
            }
            let header = UploadHeader {
                case_id: case_id.to_owned(),
                filename: upload::filename(&field),
                origin: origin(input).into(),
                source_url: input.source_url.clone().unwrap_or_default(),
                ..Default::default()
            };
            let file = held.add(header, upload::chunks(field)).await?;
            input.file_ids.push(file.file_id);
        }
        _ => {}
    }
    Ok(())
}

async fn text(field: Field<'_>) -> Result<String, Problem> {
    upload::text(field, TEXT_MAX_BYTES).await
}

fn origin(input: &TurnInput) -> FileOrigin {
    match input.input_type.as_deref() {
        Some("page_capture") => FileOrigin::PageCapture,
        Some("paste") => FileOrigin::Paste,
        _ => FileOrigin::Upload,
    }
}

//! Files on their way from a client to the evidence module, never held whole.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use faultmaven_kit::{Code, Ctx, Fault};
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use faultmaven_proto::evidence::v1::{
    DiscardFilesRequest, KeepFilesRequest, KeepFilesResponse, UploadFileRequest,
    UploadFileResponse, UploadHeader, UploadedFile,
};
use futures::future::{Either, select};
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::extract::{declared_length, refuse_encoded};
use crate::problem::Problem;
use crate::state::{App, AppState};

const CHUNK_BYTES: usize = 256 << 10;
const CHUNKS_IN_FLIGHT: usize = 2;
/// Room for the text parts and part headers of a form beside its files.
const FORM_OVERHEAD_BYTES: u64 = 1 << 20;
const STALLED_AFTER: Duration = Duration::from_secs(60);
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// A multipart form that may be as large as the largest upload.
pub(crate) struct Form(pub(crate) Multipart);

impl FromRequest<AppState> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Problem> {
        refuse_encoded(request.headers())?;
        let limit = app.config.max_upload_bytes;
        if declared_length(request.headers()).is_some_and(|length| length > most(limit)) {
            return Err(file_too_large(limit));
        }
        let mut request = request.map(|body| limited(body, limit));
        DefaultBodyLimit::disable().apply(&mut request);
        let form = Multipart::from_request(request, app).await;
        form.map(Self).map_err(|_| no_boundary())
    }
}

/// Returns how long a form may be whose files are within the limit.
fn most(limit: u64) -> u64 {
    limit.saturating_add(FORM_OVERHEAD_BYTES)
}

/// Ends a form that is longer than it may be with an error that knows the limit.
fn limited(body: Body, limit: u64) -> Body {
    let mut left = most(limit);
    let chunks = body.into_data_stream().map(move |chunk| {
        let chunk = chunk.map_err(Box::<dyn Error + Send + Sync>::from)?;
        let rest = left.checked_sub(chunk.len() as u64);
        left = rest.ok_or(FormTooLarge { limit })?;
        Ok::<_, Box<dyn Error + Send + Sync>>(chunk)
    });
    Body::from_stream(chunks)
}

/// A form that went on beyond its limit.
#[derive(Debug, thiserror::Error)]
#[error("the form is too large for files of {limit} bytes")]
struct FormTooLarge {
    limit: u64,
}

/// Returns whether the body is a multipart form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| {
        let value = value.trim_start().to_ascii_lowercase();
        value.starts_with("multipart/form-data")
    })
}

/// Returns the next part, or the problem with the form.
pub(crate) async fn next_part(form: &mut Multipart) -> Result<Option<Field<'_>>, Problem> {
    form.next_field().await.map_err(|error| broken_form(&error))
}

/// Returns the name a client gave its file.
pub(crate) fn filename(field: &Field<'_>) -> String {
    let name = field.file_name().filter(|name| !name.is_empty());
    name.unwrap_or("file").to_owned()
}

/// Returns the text of a part, refused beyond `limit` bytes.
pub(crate) async fn text(mut field: Field<'_>, limit: usize) -> Result<String, Problem> {
    let name = field.name().unwrap_or("body").to_owned();
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken_form(&error))? {
        if text.len() + chunk.len() > limit {
            let message = format!("must be at most {limit} bytes; send large data as a file");
            return Err(Fault::invalid(name, message).into());
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).map_err(|_| Fault::invalid(name, "must be UTF-8 text").into())
}

/// Returns the bytes of a file part that a module takes whole.
pub(crate) async fn bytes(app: &App, mut field: Field<'_>) -> Result<Vec<u8>, Problem> {
    let limit = app.config.max_upload_bytes;
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken_form(&error))? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(file_too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Returns the chunks of a file part.
pub(crate) fn chunks(field: Field<'_>) -> impl Stream<Item = Result<Bytes, Problem>> + Send {
    field.map(|chunk| chunk.map_err(|error| broken_form(&error)))
}

/// Returns what people are told who send content again, perhaps under another name.
pub(crate) fn is_known(filename: &str) -> String {
    format!("this content is already in the case as {filename}; it is not stored again")
}

/// The files of one request: held while it is read, and dropped when it is refused.
pub(crate) struct Held<'a> {
    app: &'a App,
    ctx: &'a Ctx,
    file_ids: Vec<String>,
}

impl<'a> Held<'a> {
    pub(crate) fn new(app: &'a App, ctx: &'a Ctx) -> Self {
        let file_ids = Vec::new();
        Self { app, ctx, file_ids }
    }

    /// Returns the context of the request.
    pub(crate) fn ctx(&self) -> &'a Ctx {
        self.ctx
    }

    /// Takes a file in while it arrives.
    pub(crate) async fn add(
        &mut self,
        header: UploadHeader,
        content: impl Stream<Item = Result<Bytes, Problem>> + Send,
    ) -> Result<UploadedFile, Problem> {
        let held = true;
        let header = UploadHeader { held, ..header };
        let stored = store(self.app, self.ctx, header, content).await?;
        let file = stored.file.unwrap_or_default();
        self.file_ids.push(file.file_id.clone());
        Ok(file)
    }

    /// Makes the files files of the case that `request` names; an empty case keeps them without one.
    pub(crate) async fn keep(
        &self,
        request: KeepFilesRequest,
    ) -> Result<KeepFilesResponse, Problem> {
        let request = self.ctx.request(KeepFilesRequest {
            file_ids: self.file_ids.clone(),
            ..request
        });
        let mut client = self.app.evidence_internal();
        Ok(client.keep_files(request).await?.into_inner())
    }

    /// Drops what is still held when the request was refused; returns its outcome.
    pub(crate) async fn settle<T>(self, outcome: Result<T, Problem>) -> Result<T, Problem> {
        if outcome.is_ok() || self.file_ids.is_empty() {
            return outcome;
        }
        let file_ids = self.file_ids;
        let request = unhurried(self.ctx).with_timeout(DISCARD_TIMEOUT);
        let request = request.request(DiscardFilesRequest { file_ids });
        if let Err(status) = self.app.evidence_internal().discard_files(request).await {
            tracing::warn!(%status, "files of a refused request are left to a later sweep");
        }
        outcome
    }
}

/// Stores a file while it arrives; nothing is kept when it does not arrive whole.
async fn store(
    app: &App,
    ctx: &Ctx,
    header: UploadHeader,
    content: impl Stream<Item = Result<Bytes, Problem>> + Send,
) -> Result<UploadFileResponse, Problem> {
    let (sender, receiver) = mpsc::channel(CHUNKS_IN_FLIGHT);
    // Ending the stream means "complete", so one end stays open until a failed call is dropped.
    let keep_open = sender.clone();
    let mut client = app.evidence();
    let call = client.upload_file(unhurried(ctx).request(ReceiverStream::new(receiver)));
    let limit = app.config.max_upload_bytes;
    let feed = pin!(feed(sender, header, content, limit));
    let answer = match select(Box::pin(call), feed).await {
        Either::Left((answer, _)) => answer,
        Either::Right((Ok(()), call)) => {
            drop(keep_open);
            call.await
        }
        Either::Right((Err(problem), call)) => {
            drop(call);
            drop(keep_open);
            return Err(problem);
        }
    };
    Ok(answer?.into_inner())
}

/// Reads tags separated by commas, or as a JSON array of strings.
pub(crate) fn tags(text: &str) -> Vec<String> {
    if let Ok(tags) = serde_json::from_str::<Vec<String>>(text) {
        return tags;
    }
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(str::to_owned).collect()
}

/// Returns the context of a call whose length the client's line decides.
pub(crate) fn unhurried(ctx: &Ctx) -> Ctx {
    Ctx {
        deadline: None,
        ..ctx.clone()
    }
}

async fn feed(
    sender: mpsc::Sender<UploadFileRequest>,
    header: UploadHeader,
    content: impl Stream<Item = Result<Bytes, Problem>> + Send,
    limit: u64,
) -> Result<(), Problem> {
    let mut content = pin!(content);
    let mut waiting = BytesMut::with_capacity(CHUNK_BYTES);
    let mut total = 0_u64;
    send(&sender, Part::Header(header)).await;
    while let Some(chunk) = next_chunk(content.as_mut()).await? {
        total += chunk.len() as u64;
        if total > limit {
            return Err(file_too_large(limit));
        }
        waiting.extend_from_slice(&chunk);
        while waiting.len() >= CHUNK_BYTES {
            send(&sender, Part::Chunk(waiting.split_to(CHUNK_BYTES).freeze())).await;
        }
    }
    if !waiting.is_empty() {
        send(&sender, Part::Chunk(waiting.freeze())).await;
    }
    Ok(())
}

async fn next_chunk(
    mut content: std::pin::Pin<&mut (impl Stream<Item = Result<Bytes, Problem>> + Send)>,
) -> Result<Option<Bytes>, Problem> {
    match tokio::time::timeout(STALLED_AFTER, content.next()).await {
        Ok(chunk) => chunk.transpose(),
        Err(_) => Err(Fault::new(
            Code::DeadlineExceeded,
            "upload_stalled",
            "nothing of the file arrived for a minute; send it again",
        )
        .into()),
    }
}

/// Hands a part over; a module that stopped listening tells why in its answer.
async fn send(sender: &mpsc::Sender<UploadFileRequest>, part: Part) {
    if sender
        .send(UploadFileRequest { part: Some(part) })
        .await
        .is_err()
    {
        std::future::pending::<()>().await;
    }
}

fn file_too_large(limit: u64) -> Problem {
    let message = format!(
        "the upload is larger than {limit} bytes, the limit that MAX_UPLOAD_BYTES sets; \
         compress it with gzip, send less at a time, or have MAX_UPLOAD_BYTES raised"
    );
    Fault::new(Code::OutOfRange, "file_too_large", message).into()
}

fn no_boundary() -> Problem {
    let message = "must be multipart/form-data with a boundary; \
                   let the HTTP client set it, as `curl -F` does";
    Fault::invalid("Content-Type", message).into()
}

fn broken_form(error: &MultipartError) -> Problem {
    let causes = std::iter::successors(Some(error as &(dyn Error + 'static)), |&it| it.source());
    if let Some(FormTooLarge { limit }) = causes.filter_map(|it| it.downcast_ref()).next() {
        return file_too_large(*limit);
    }
    let message = "the form is malformed or ended early; send it again, \
                   each part as multipart/form-data describes and the closing boundary last";
    Fault::invalid("body", message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_as_a_list_of_words_or_as_json() {
        assert_eq!(tags("db, pool ,"), ["db", "pool"]);
        assert_eq!(tags("[\"a,b\"]"), ["a,b"]);
        assert!(tags("").is_empty());
    }
}

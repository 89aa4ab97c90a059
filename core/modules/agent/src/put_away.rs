//! What is too long for the job of a turn: kept in held files, which are swept some time later.

use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::evidence::v1::download_file_response::Part;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tonic::Response;

use crate::callees::from_evidence;
use crate::error::TurnError;
use crate::intake::{self, Place};
use crate::paste::{Paste, unix_lines};
use crate::turn::Turns;

/// Requests up to this size fit into a job.
const SHORT_REQUEST_BYTES: usize = 128 << 10;
const TEXT_FILE_NAME: &str = "message.txt";

/// The files that hold what a request is too long with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PutAway {
    /// Has the text; the request has none meanwhile.
    text_file_id: Option<String>,
    /// Has the paste; the request names it among its files.
    paste_file_id: Option<String>,
}

impl Turns {
    /// Makes a request short enough for a job; what was stored is told in `put_away` even if the rest fails.
    pub(crate) async fn put_away(
        &self,
        ctx: &Ctx,
        request: &mut pb::SubmitTurnRequest,
        put_away: &mut PutAway,
    ) -> Result<(), TurnError> {
        if !is_short(request) && !request.pasted_content.trim().is_empty() {
            let content = unix_lines(&std::mem::take(&mut request.pasted_content));
            let paste = Paste::new(content, request.paste_kind(), Some(&request.source_url));
            let (case_id, now) = (&request.case_id, self.clock.now());
            let stored =
                intake::store_paste(&self.callees, ctx, case_id, Place::Held, &paste, now).await?;
            let file_id = stored.file.file_id;
            request.file_ids.push(file_id.clone());
            put_away.paste_file_id = Some(file_id);
        }
        if !is_short(request) {
            let text = std::mem::take(&mut request.text);
            put_away.text_file_id = Some(self.store_text(ctx, text).await?);
        }
        Ok(())
    }

    /// Returns the request with the text that was put away.
    pub(crate) async fn whole(
        &self,
        ctx: &Ctx,
        request: pb::SubmitTurnRequest,
        put_away: &PutAway,
    ) -> Result<pb::SubmitTurnRequest, TurnError> {
        match &put_away.text_file_id {
            Some(file_id) => Ok(pb::SubmitTurnRequest {
                text: self.stored_text(ctx, file_id).await?,
                ..request
            }),
            None => Ok(request),
        }
    }

    /// Drops what was put away for a job that does not come about; another one may need it to the end.
    pub(crate) async fn forget(&self, ctx: &Ctx, put_away: PutAway) {
        let files = [put_away.text_file_id, put_away.paste_file_id];
        let files: Vec<String> = files.into_iter().flatten().collect();
        intake::discard_files(&self.callees, ctx, &files).await;
    }

    /// Holds a text, apart from its case: one that has ended takes messages, but no files.
    async fn store_text(&self, ctx: &Ctx, text: String) -> Result<String, TurnError> {
        let header = evidence_pb::UploadHeader {
            filename: TEXT_FILE_NAME.to_owned(),
            // The bytes of a paste would be changed.
            origin: evidence_pb::FileOrigin::Upload.into(),
            held: true,
            durable: true,
            ..Default::default()
        };
        let stored = intake::send_file(&self.callees, ctx, header, text).await?;
        Ok(stored.file.file_id)
    }

    async fn stored_text(&self, ctx: &Ctx, file_id: &str) -> Result<String, TurnError> {
        let request = evidence_pb::DownloadFileRequest {
            file_id: file_id.to_owned(),
            ..Default::default()
        };
        let answer = self
            .callees
            .files()
            .download_file(ctx.request(request))
            .await;
        let mut messages = from_evidence(answer)?;
        let mut text = Vec::new();
        while let Some(message) = from_evidence(messages.message().await.map(Response::new))? {
            if let Some(Part::Chunk(chunk)) = message.part {
                text.extend_from_slice(&chunk);
            }
        }
        let text = String::from_utf8(text);
        Ok(text.map_err(|error| Fault::internal(&error))?)
    }
}

fn is_short(request: &pb::SubmitTurnRequest) -> bool {
    request.encoded_len() <= SHORT_REQUEST_BYTES
}

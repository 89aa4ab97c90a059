//! Data of a turn: stored, checked to belong to the case, and waited for.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::Ctx;
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::upload_file_request::Part;
use prost::bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::callees::{Callees, from_evidence};
use crate::convert::is_settled;
use crate::error::TurnError;
use crate::events::Events;
use crate::paste::Paste;

const CHUNK_BYTES: usize = 512 * 1024;
/// Members of one archive that are named while they are not analysed.
const MEMBERS_NAMED: usize = 3;

/// A file of a turn.
#[derive(Debug, Clone)]
pub(crate) struct TurnFile {
    pub(crate) file: pb::UploadedFile,
    /// Whether the same bytes were in the case before this turn.
    pub(crate) is_duplicate: bool,
}

/// What becomes of pasted content.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// A file of the case, from this turn on.
    Turn(i32),
    /// Held until a turn keeps it, also beyond a crash.
    Held,
}

/// Returns the named files, each of which must belong to the case or be held for it.
pub(crate) async fn named_files(
    callees: &Callees,
    ctx: &Ctx,
    case_id: &str,
    file_ids: &[String],
) -> Result<Vec<TurnFile>, TurnError> {
    if file_ids.is_empty() {
        return Ok(Vec::new());
    }
    let request = pb::DescribeFilesRequest {
        case_id: case_id.to_owned(),
        file_ids: file_ids.to_vec(),
    };
    let answer = callees
        .evidence()
        .describe_files(ctx.request(request))
        .await;
    let files = from_evidence(answer)?.files.into_iter();
    let unknown = |file| TurnFile {
        file,
        is_duplicate: false,
    };
    Ok(files.map(unknown).collect())
}

/// Makes the named files files of the case, as far as they are not yet.
pub(crate) async fn keep_files(
    callees: &Callees,
    ctx: &Ctx,
    case_id: &str,
    turn_number: i32,
    file_ids: &[String],
) -> Result<Vec<TurnFile>, TurnError> {
    let request = pb::KeepFilesRequest {
        case_id: case_id.to_owned(),
        file_ids: file_ids.to_vec(),
        turn_number,
        ..pb::KeepFilesRequest::default()
    };
    let answer = callees.evidence().keep_files(ctx.request(request)).await;
    let mut files: Vec<TurnFile> = Vec::with_capacity(file_ids.len());
    for kept in from_evidence(answer)?.files {
        let is_duplicate = !kept.duplicate_of.is_empty();
        let file = kept.file.ok_or(TurnError::IncompleteAnswer {
            module: "evidence",
            part: "file",
        })?;
        let is_named = files.iter().any(|known| known.file.file_id == file.file_id);
        if !is_named {
            files.push(TurnFile { file, is_duplicate });
        }
    }
    Ok(files)
}

/// Drops those of the named files that no turn has kept.
pub(crate) async fn discard_files(callees: &Callees, ctx: &Ctx, file_ids: &[String]) {
    if file_ids.is_empty() {
        return;
    }
    let request = pb::DiscardFilesRequest {
        file_ids: file_ids.to_vec(),
    };
    let answer = callees.evidence().discard_files(ctx.request(request)).await;
    if let Err(error) = from_evidence(answer) {
        tracing::warn!(%error, "files of a refused turn are left to a later sweep");
    }
}

/// Stores pasted content as a file.
pub(crate) async fn store_paste(
    callees: &Callees,
    ctx: &Ctx,
    case_id: &str,
    place: Place,
    paste: &Paste,
    now: DateTime<Utc>,
) -> Result<TurnFile, TurnError> {
    let header = pb::UploadHeader {
        case_id: case_id.to_owned(),
        filename: paste.file_name(now),
        origin: paste.origin.into(),
        source_url: paste.source_url.clone(),
        data_class: pb::DataClass::Unspecified.into(),
        turn_number: match place {
            Place::Turn(number) => number,
            Place::Held => 0,
        },
        held: matches!(place, Place::Held),
        durable: matches!(place, Place::Held),
        ..Default::default()
    };
    send_file(callees, ctx, header, paste.content.clone()).await
}

/// Stores a text as the file that `header` describes.
pub(crate) async fn send_file(
    callees: &Callees,
    ctx: &Ctx,
    header: pb::UploadHeader,
    text: String,
) -> Result<TurnFile, TurnError> {
    let header = pb::UploadHeader {
        declared_size: i64::try_from(text.len()).unwrap_or(i64::MAX),
        ..header
    };
    let content = Bytes::from(text.into_bytes());
    let chunks = (0..content.len()).step_by(CHUNK_BYTES).map(move |start| {
        Part::Chunk(content.slice(start..content.len().min(start + CHUNK_BYTES)))
    });
    let parts = std::iter::once(Part::Header(header)).chain(chunks);
    let messages = parts.map(|part| pb::UploadFileRequest { part: Some(part) });
    let stream = tokio_stream::iter(messages.collect::<Vec<_>>());
    let answer = from_evidence(callees.files().upload_file(ctx.request(stream)).await)?;
    let file = answer.file.ok_or(TurnError::IncompleteAnswer {
        module: "evidence",
        part: "file",
    })?;
    Ok(TurnFile {
        file,
        is_duplicate: !answer.duplicate_of.is_empty(),
    })
}

/// Waits until the files are analysed or time is up; returns them with their members.
pub(crate) async fn await_analysis(
    callees: &Callees,
    ctx: &Ctx,
    files: &mut [TurnFile],
    wait: Duration,
    shutdown: &CancellationToken,
    events: &Events,
) -> Result<Vec<pb::UploadedFile>, TurnError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = files
        .iter()
        .map(|known| known.file.file_id.clone())
        .collect();
    let wait = if shutdown.is_cancelled() {
        Duration::ZERO
    } else {
        wait
    };
    let current = tokio::select! {
        answer = ask(callees, ctx, ids.clone(), wait) => answer?,
        // Nobody analyses any more; what is known now has to do.
        () = shutdown.cancelled() => ask(callees, ctx, ids, Duration::ZERO).await?,
    };
    for known in files {
        let found = current
            .iter()
            .find(|file| file.file_id == known.file.file_id);
        if let Some(found) = found {
            known.file = found.clone();
        }
        events.file(&known.file);
    }
    Ok(current)
}

/// Returns the names of files that are not analysed yet; an archive stands for many of its members.
pub(crate) fn unfinished(files: &[pb::UploadedFile]) -> Vec<&str> {
    let open = || files.iter().filter(|file| !is_settled(file.state()));
    let mut members: HashMap<&str, usize> = HashMap::new();
    for file in open() {
        *members.entry(&file.parent_file_id).or_default() += 1;
    }
    let is_many = |archive: &&pb::UploadedFile| {
        let waiting = members.get(archive.file_id.as_str());
        waiting.is_some_and(|count| *count > MEMBERS_NAMED)
    };
    let many: Vec<&pb::UploadedFile> = files.iter().filter(is_many).collect();
    let mut names: Vec<&str> = Vec::new();
    for file in open() {
        let archive = many.iter().find(|it| it.file_id == file.parent_file_id);
        let name = archive.map_or(&file.filename, |archive| &archive.filename);
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

async fn ask(
    callees: &Callees,
    ctx: &Ctx,
    file_ids: Vec<String>,
    wait: Duration,
) -> Result<Vec<pb::UploadedFile>, TurnError> {
    let request = pb::AwaitAnalysisRequest {
        file_ids,
        wait: prost_types::Duration::try_from(wait).ok(),
    };
    let answer = callees
        .evidence()
        .await_analysis(ctx.request(request))
        .await;
    Ok(from_evidence(answer)?.files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(file_id: &str, parent: &str, state: pb::FileState) -> pb::UploadedFile {
        pb::UploadedFile {
            file_id: file_id.to_owned(),
            filename: format!("{file_id}.log"),
            parent_file_id: parent.to_owned(),
            state: state.into(),
            ..Default::default()
        }
    }

    #[test]
    fn an_archive_stands_for_many_of_its_members() {
        let (open, done) = (pb::FileState::Stored, pb::FileState::Analyzed);
        let mut files = vec![
            file("many", "", done),
            file("few", "", done),
            file("x", "", open),
        ];
        files.extend((0..5).map(|at| file(&format!("m{at}"), "many", open)));
        files.extend((0..2).map(|at| file(&format!("f{at}"), "few", open)));
        files.push(file("f3", "few", done));
        assert_eq!(
            unfinished(&files),
            ["x.log", "many.log", "f0.log", "f1.log"]
        );
    }
}

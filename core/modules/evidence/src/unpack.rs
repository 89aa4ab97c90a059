//! The content of a gzip file becomes a file of its own, as far as it can be unpacked.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Buf as _, Bytes};
use faultmaven_analysis::{GunzipError, GunzipLimits, GunzipReport, decompress_gzip};
use faultmaven_kit::blob::ByteStream;
use faultmaven_kit::{BlobError, Ctx};
use futures::StreamExt as _;
use futures::stream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::convert::class;
use crate::entity::file::{FileOrigin, Model};
use crate::error::EvidenceError;
use crate::intake::{Arriving, NewFile, Parent, store_file};
use crate::note::Note;
use crate::parts::Parts;
use crate::store::{Inserted, Verdict};
use crate::{jobs, name};

/// Chunks on their way on each side of the decompressor.
const IN_FLIGHT: usize = 4;

/// What unpacking ended with, for the archive.
type Unpacked = Result<GunzipReport, GunzipError>;

/// Unpacks a gzip file into a member and starts its analysis.
pub(crate) async fn unpack(
    parts: &Parts,
    ctx: &Ctx,
    archive: &Model,
) -> Result<Verdict, EvidenceError> {
    let depth = u32::try_from(archive.depth).unwrap_or(u32::MAX);
    if depth >= parts.config.max_archive_depth {
        return Ok(unanalyzable(
            "archive_too_deep",
            format!(
                "archives are unpacked {} levels deep; upload the inner file itself",
                parts.config.max_archive_depth
            ),
        ));
    }
    let limits = GunzipLimits {
        max_bytes: parts.config.max_unpacked_bytes,
        max_ratio: parts.config.max_unpack_ratio,
    };
    let packed = parts.blobs.get(&archive.blob_key, None).await?;
    let (unpacked, verdict) = decompressed(parts, packed, limits);
    // The decompressor itself keeps to the limit and knows better what went wrong.
    let stored = store_file(parts, member(archive), unpacked, u64::MAX).await;
    match (stored, verdict.await) {
        (Ok(inserted), unpacked) => {
            let damage = unpacked.ok().and_then(|unpacked| damage(&unpacked.err()?));
            finish(parts, ctx, archive, inserted, damage).await
        }
        (Err(_), Ok(Err(error))) => broken(parts, error),
        (Err(EvidenceError::EmptyFile), _) => Ok(unanalyzable(
            "empty_archive",
            "the archive holds an empty file".to_owned(),
        )),
        (Err(error), _) => Err(error),
    }
}

fn member(archive: &Model) -> NewFile {
    NewFile {
        owner_id: archive.owner_id.clone(),
        uploaded_by: archive.uploaded_by.clone(),
        case_id: archive.case_id.clone(),
        turn: archive.uploaded_at_turn,
        parent: Some(Parent {
            file_id: archive.file_id.clone(),
            depth: archive.depth,
        }),
        origin: FileOrigin::Member,
        filename: name::unpacked_name(&archive.filename),
        user_class: archive
            .class_from_user
            .then(|| class::parse(&archive.data_class))
            .flatten(),
        source_url: String::new(),
        note: Note::default(),
    }
}

async fn finish(
    parts: &Parts,
    ctx: &Ctx,
    archive: &Model,
    inserted: Inserted,
    damage: Option<String>,
) -> Result<Verdict, EvidenceError> {
    if let Some(message) = &damage {
        // The analysis of the member looks here, so this must stand before it starts.
        parts.store.note_damage(archive, message).await?;
    }
    let summary = match inserted {
        Inserted::New(mut member) => {
            jobs::publish(parts, ctx, vec![&mut member]).await?;
            format!("gzip archive of {} ({})", member.filename, member.file_id)
        }
        Inserted::Duplicate(earlier) => {
            format!(
                "gzip archive of the same bytes as {} ({})",
                earlier.filename, earlier.file_id
            )
        }
    };
    Ok(Verdict::Unpacked { summary, damage })
}

/// Returns what is said about an archive of which a part could be unpacked.
fn damage(error: &GunzipError) -> Option<String> {
    let (problem, report) = match error {
        GunzipError::Truncated { report } => ("end early", report),
        GunzipError::Damaged { report } => ("are damaged", report),
        _ => return None,
    };
    Some(format!(
        "the gzip data {problem}; {} bytes of content before that were read; upload the complete file for the rest",
        report.bytes_out
    ))
}

/// Returns what is said about an archive that could not be unpacked, unless reading it failed.
fn broken(parts: &Parts, error: GunzipError) -> Result<Verdict, EvidenceError> {
    let verdict = match error {
        GunzipError::Truncated { .. } => {
            unreadable("the gzip data end before any content; upload the complete file")
        }
        GunzipError::Damaged { .. } => unreadable(
            "the gzip data are damaged from the start; compress and upload the file again",
        ),
        GunzipError::TooLarge { .. } => unanalyzable(
            "archive_too_large",
            format!(
                "the content is larger than {} bytes; split the file before compressing it",
                parts.config.max_unpacked_bytes
            ),
        ),
        GunzipError::TooDense { .. } => unanalyzable(
            "archive_too_dense",
            format!(
                "the content is more than {} times larger than the archive; upload it uncompressed",
                parts.config.max_unpack_ratio
            ),
        ),
        GunzipError::Read(source) => return Err(BlobError::from(source).into()),
    };
    Ok(verdict)
}

fn unreadable(message: &str) -> Verdict {
    Verdict::Failed {
        reason: "corrupt_archive".to_owned(),
        message: message.to_owned(),
    }
}

fn unanalyzable(reason: &str, message: String) -> Verdict {
    Verdict::Unanalyzable {
        reason: reason.to_owned(),
        message,
    }
}

/// Returns the unpacked bytes, and how unpacking ended once they have been read.
fn decompressed(
    parts: &Parts,
    packed: ByteStream<'static>,
    limits: GunzipLimits,
) -> (Arriving, oneshot::Receiver<Unpacked>) {
    let (packed_sender, packed_receiver) = mpsc::channel(IN_FLIGHT);
    let (unpacked_sender, unpacked_receiver) = mpsc::channel(IN_FLIGHT);
    let (verdict_sender, verdict) = oneshot::channel();
    parts
        .tasks
        .spawn("unpack feeder", pump(packed, packed_sender));
    spawn_blocking(move || {
        let unpacked = run(packed_receiver, &unpacked_sender, limits);
        let kept = match &unpacked {
            Ok(_) => true,
            Err(GunzipError::Truncated { report } | GunzipError::Damaged { report }) => {
                report.bytes_out > 0
            }
            Err(_) => false,
        };
        if !kept {
            // What has arrived so far is not a file; the store drops it.
            let _ = unpacked_sender.blocking_send(Err(EvidenceError::UploadIncomplete));
        }
        // Whoever asked may have gone away.
        let _ = verdict_sender.send(unpacked);
    });
    let arriving = stream::unfold(unpacked_receiver, |mut receiver| async move {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    });
    (arriving.boxed(), verdict)
}

async fn pump(mut packed: ByteStream<'static>, sender: mpsc::Sender<Result<Bytes, BlobError>>) {
    while let Some(chunk) = packed.next().await {
        if sender.send(chunk).await.is_err() {
            return;
        }
    }
}

fn run(
    packed: mpsc::Receiver<Result<Bytes, BlobError>>,
    unpacked: &mpsc::Sender<Result<Bytes, EvidenceError>>,
    limits: GunzipLimits,
) -> Unpacked {
    let abandoned = Arc::new(AtomicBool::new(false));
    let reader = ChunkReader {
        chunks: packed,
        chunk: Bytes::new(),
        abandoned: Arc::clone(&abandoned),
    };
    decompress_gzip(reader, limits, |bytes| {
        let sent = unpacked.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        abandoned.fetch_or(sent.is_err(), Ordering::Relaxed);
    })
}

/// Reads chunks of a channel; fails when nobody takes the unpacked bytes any more.
struct ChunkReader {
    chunks: mpsc::Receiver<Result<Bytes, BlobError>>,
    chunk: Bytes,
    abandoned: Arc<AtomicBool>,
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                None => return Ok(0),
                Some(chunk) => self.chunk = chunk.map_err(io::Error::other)?,
            }
        }
        let length = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

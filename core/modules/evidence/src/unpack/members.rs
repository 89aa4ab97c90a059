//! Unpacks in a thread of its own; chunks of the archive go in, members come out one by one.

use std::collections::HashSet;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Buf as _, Bytes};
use faultmaven_analysis::{
    ArchiveKind, UnpackLimit, UnpackLimits, UnpackReport, unpack_file, unpack_stream,
};
use faultmaven_kit::BlobError;
use faultmaven_kit::blob::ByteStream;
use futures::StreamExt as _;
use futures::stream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::intake::Arriving;
use crate::parts::Parts;
use crate::{media, name};

/// Chunks on their way on each side of the unpacker.
const IN_FLIGHT: usize = 4;
const CHUNK: usize = 64 << 10;

/// An archive that is being unpacked.
pub(super) struct Unpacking {
    /// One member at a time; the next comes when the one before has been read.
    pub(super) members: mpsc::Receiver<Member>,
    /// What became of all of them, or why the archive itself could not be read.
    pub(super) report: oneshot::Receiver<Result<UnpackReport, EvidenceError>>,
}

/// A file within an archive.
pub(super) struct Member {
    /// Its harmless path below the archive; none when the archive is one compressed file.
    pub(super) path: Option<String>,
    pub(super) bytes: Arriving,
    pub(super) ended: oneshot::Receiver<Ended>,
}

/// How the content of a member ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Whole,
    /// What was read before the damage is kept.
    CutShort,
    /// Nothing of it is kept.
    Dropped,
}

/// Starts to unpack a stored archive; members whose paths are known already are passed over.
pub(super) async fn unpack(
    parts: &Parts,
    archive: &Model,
    limits: UnpackLimits,
    known_paths: HashSet<String>,
) -> Result<Unpacking, EvidenceError> {
    let packed = parts.blobs.get(&archive.blob_key, None).await?;
    let (packed_sender, chunks) = mpsc::channel(IN_FLIGHT);
    let (member_sender, members) = mpsc::channel(1);
    let (report_sender, report) = oneshot::channel();
    parts
        .tasks
        .spawn("unpack feeder", pump(packed, packed_sender));
    let (filename, media_type) = (archive.filename.clone(), archive.media_type.clone());
    spawn_blocking(move || {
        let state = State::default();
        let reader = ChunkReader {
            chunks,
            chunk: Bytes::new(),
            state: state.clone(),
        };
        let mut giver = Giver {
            filename: &filename,
            known_paths,
            members: member_sender,
            state: state.clone(),
        };
        let report = run(&filename, &media_type, reader, limits, &mut giver);
        // Whoever asked may have gone away.
        let _ = report_sender.send(state.judged(report));
    });
    Ok(Unpacking { members, report })
}

async fn pump(mut packed: ByteStream<'static>, sender: mpsc::Sender<Result<Bytes, BlobError>>) {
    while let Some(chunk) = packed.next().await {
        if sender.send(chunk).await.is_err() {
            return;
        }
    }
}

fn run(
    filename: &str,
    media_type: &str,
    mut reader: ChunkReader,
    limits: UnpackLimits,
    giver: &mut Giver<'_>,
) -> io::Result<UnpackReport> {
    let mut visit = |path: &str, content: &mut dyn Read| giver.give(path, content);
    let listed_at_end = [Some(ArchiveKind::Zip), Some(ArchiveKind::SevenZip)];
    if !listed_at_end.contains(&media::archive_kind(media_type)) {
        return unpack_stream(filename, reader, limits, &mut visit);
    }
    // The list of what such a file holds stands at its end.
    let mut file = tempfile::tempfile()?;
    io::copy(&mut reader, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    unpack_file(filename, file, limits, &mut visit)
}

/// What the two ends of the unpacker know of each other.
#[derive(Debug, Clone, Default)]
struct State {
    /// Nobody takes what is unpacked any more.
    abandoned: Arc<AtomicBool>,
    /// The store could not give the archive's bytes.
    unread: Arc<AtomicBool>,
}

impl State {
    fn abandon(&self) -> io::Error {
        self.abandoned.store(true, Ordering::Relaxed);
        io::ErrorKind::BrokenPipe.into()
    }

    fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    fn is_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    /// An archive that could not be read is not damaged; it is to be tried again.
    fn judged(&self, report: io::Result<UnpackReport>) -> Result<UnpackReport, EvidenceError> {
        match report {
            Ok(report) if !self.is_unread() => Ok(report),
            Ok(_) => Err(BlobError::Io("the archive could not be read to its end".into()).into()),
            Err(error) => Err(BlobError::from(error).into()),
        }
    }
}

/// Hands members over.
struct Giver<'a> {
    filename: &'a str,
    known_paths: HashSet<String>,
    members: mpsc::Sender<Member>,
    state: State,
}

impl Giver<'_> {
    fn give(&mut self, path: &str, content: &mut dyn Read) -> io::Result<()> {
        let inner = path.strip_prefix(self.filename).unwrap_or(path);
        let inner = inner.strip_prefix('/').map(name::member_path);
        let known = inner.clone();
        if self
            .known_paths
            .contains(&known.unwrap_or_else(|| name::unpacked_name(self.filename)))
        {
            return Ok(());
        }
        let (bytes, receiver) = mpsc::channel(IN_FLIGHT);
        let (ended, ended_receiver) = oneshot::channel();
        let member = Member {
            path: inner,
            bytes: arriving(receiver),
            ended: ended_receiver,
        };
        if self.members.blocking_send(member).is_err() {
            return Err(self.state.abandon());
        }
        let (end, outcome) = self.pass_on(content, &bytes);
        if end == Ended::Dropped {
            // What has arrived so far is not a file; the store drops it.
            let _ = bytes.blocking_send(Err(EvidenceError::UploadIncomplete));
        }
        drop(bytes);
        // Whoever asked may have gone away.
        let _ = ended.send(end);
        outcome
    }

    fn pass_on(
        &self,
        content: &mut dyn Read,
        bytes: &mpsc::Sender<Result<Bytes, EvidenceError>>,
    ) -> (Ended, io::Result<()>) {
        let mut buffer = vec![0; CHUNK];
        let mut passed = 0;
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return (Ended::Whole, Ok(())),
                Ok(length) => {
                    let chunk = Bytes::copy_from_slice(&buffer[..length]);
                    if bytes.blocking_send(Ok(chunk)).is_err() {
                        return (Ended::Dropped, Err(self.state.abandon()));
                    }
                    passed += length;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let end = if passed > 0 && self.is_damage(&error) {
                        Ended::CutShort
                    } else {
                        Ended::Dropped
                    };
                    return (end, Err(error));
                }
            }
        }
    }

    /// A limit is no damage: what comes before it is part of what no limit allows.
    fn is_damage(&self, error: &io::Error) -> bool {
        let is_limit = error.get_ref().is_some_and(|it| it.is::<UnpackLimit>());
        !is_limit && !self.state.is_unread() && !self.state.is_abandoned()
    }
}

fn arriving(receiver: mpsc::Receiver<Result<Bytes, EvidenceError>>) -> Arriving {
    let arriving = stream::unfold(receiver, |mut receiver| async move {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    });
    arriving.boxed()
}

/// Reads chunks of a channel; fails when nobody takes the unpacked bytes any more.
struct ChunkReader {
    chunks: mpsc::Receiver<Result<Bytes, BlobError>>,
    chunk: Bytes,
    state: State,
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.is_abandoned() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                None => return Ok(0),
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(error)) => {
                    self.state.unread.store(true, Ordering::Relaxed);
                    return Err(io::Error::other(error));
                }
            }
        }
        let length = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

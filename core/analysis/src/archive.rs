//! Archives, unpacked on the fly and within limits; each member is a file of its own.

mod budget;
mod kind;
mod seven;

use std::io::{self, Cursor, Read, Seek};
use std::path::{Component, Path};

use zip::result::ZipError;

use budget::Budget;
pub use budget::{UnpackLimit, UnpackLimits};
pub use kind::ArchiveKind;
pub(crate) use kind::uncompressed_name;

/// Bytes that tell an archive from other content.
const HEAD: u64 = 512;
/// Unread members that are listed by name; further ones are only counted.
const SKIPPED_LISTED: usize = 100;

/// What was unpacked, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnpackReport {
    /// Members handed over.
    pub members: u64,
    /// Bytes unpacked at all levels.
    pub bytes: u64,
    /// Path and reason of members that were not, or not wholly, handed over.
    pub skipped: Vec<(String, SkipReason)>,
    /// Skipped members beyond those listed.
    pub skipped_more: u64,
    /// Whether a limit has kept any of it from being handed over.
    pub is_limited: bool,
}

/// Why a member was not handed over whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    #[error("it is a link or a device")]
    NotAFile,
    #[error("its path leads out of the archive")]
    UnsafePath,
    #[error("it is encrypted; unpack it with its password first")]
    Encrypted,
    #[error("it is packed by a method that is not read; unpack it first")]
    Unsupported,
    #[error("{0}")]
    Limit(UnpackLimit),
    #[error("it is damaged or ends early: {0}")]
    Damaged(String),
}

/// Content that can be read once, or also sought in.
enum Source<'a> {
    Stream(Box<dyn Read + 'a>),
    File(&'a mut dyn ReadSeek),
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Takes the path of a member and its content.
pub type Visit<'a> = dyn FnMut(&str, &mut dyn Read) -> io::Result<()> + 'a;

/// Hands the file, or every file within it if it is an archive, to `visit`.
///
/// A member whose content cannot be read further makes the reader fail; `visit` decides what
/// becomes of the part it has seen and returns that error.
pub fn unpack_file(
    path: &str,
    mut file: impl Read + Seek,
    limits: UnpackLimits,
    visit: &mut Visit<'_>,
) -> io::Result<UnpackReport> {
    Unpacker::new(limits, visit).run(path, Source::File(&mut file))
}

/// Does the same for content that can be read once only.
pub fn unpack_stream(
    path: &str,
    stream: impl Read,
    limits: UnpackLimits,
    visit: &mut Visit<'_>,
) -> io::Result<UnpackReport> {
    Unpacker::new(limits, visit).run(path, Source::Stream(Box::new(stream)))
}

struct Unpacker<'v, 'f> {
    visit: &'v mut Visit<'f>,
    budget: Budget,
    report: UnpackReport,
}

impl<'v, 'f> Unpacker<'v, 'f> {
    fn new(limits: UnpackLimits, visit: &'v mut Visit<'f>) -> Self {
        Self {
            visit,
            budget: Budget::new(limits),
            report: UnpackReport::default(),
        }
    }

    fn run(mut self, path: &str, source: Source<'_>) -> io::Result<UnpackReport> {
        self.walk(path, source, 0)?;
        self.report.bytes = self.budget.bytes();
        Ok(self.report)
    }

    /// Returns an error only for the outermost file; a broken member is recorded.
    fn walk(&mut self, path: &str, mut source: Source<'_>, depth: usize) -> io::Result<()> {
        let head = source.head()?;
        let Some(kind) = ArchiveKind::detect(&head).filter(|kind| kind.is_unpacked(path)) else {
            return self.leaf(path, &mut source.after(head));
        };
        if depth >= self.budget.limits.max_depth {
            self.skip(path, SkipReason::Limit(UnpackLimit::Depth));
            return Ok(());
        }
        let outcome = match kind {
            ArchiveKind::Tar => self.tar(path, source.after(head), depth),
            ArchiveKind::Zip | ArchiveKind::SevenZip => {
                self.seekable(path, kind, source, head, depth)
            }
            _ => self.compressed(path, kind, source.after(head), depth),
        };
        if let Err(error) = outcome {
            let reason = self.reason(&error);
            self.skip(path, reason);
        }
        Ok(())
    }

    fn leaf(&mut self, path: &str, reader: &mut dyn Read) -> io::Result<()> {
        self.report.members += 1;
        (self.visit)(path, reader)
    }

    fn compressed(
        &mut self,
        path: &str,
        kind: ArchiveKind,
        reader: Box<dyn Read + '_>,
        depth: usize,
    ) -> io::Result<()> {
        let reader = self.budget.clone().decompress(kind, reader)?;
        self.walk(path, Source::Stream(reader), depth + 1)
    }

    fn tar(&mut self, path: &str, reader: Box<dyn Read + '_>, depth: usize) -> io::Result<()> {
        let mut archive = tar::Archive::new(reader);
        for entry in archive.entries()? {
            let entry = entry?;
            if entry.header().entry_type().is_dir() {
                continue;
            }
            self.budget.member()?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            let regular = kind.is_file() || kind.is_gnu_sparse();
            if let Some(inner) = self.member_path(path, &name, regular) {
                let left = if kind.is_file() { entry.size() } else { 0 };
                let whole = Whole { inner: entry, left };
                self.member(&inner, Source::Stream(Box::new(whole)), depth)?;
            }
        }
        Ok(())
    }

    /// Unpacks an archive whose list of members does not stand at its start.
    fn seekable(
        &mut self,
        path: &str,
        kind: ArchiveKind,
        source: Source<'_>,
        head: Vec<u8>,
        depth: usize,
    ) -> io::Result<()> {
        match source {
            Source::File(file) => self.listed_members(path, kind, file, depth),
            Source::Stream(stream) => {
                let most = self.budget.limits.max_nested_zip;
                let mut whole = Vec::new();
                let mut all = Cursor::new(head).chain(stream).take(most + 1);
                all.read_to_end(&mut whole)?;
                if whole.len() as u64 > most {
                    self.skip(path, SkipReason::Limit(UnpackLimit::NestedZip));
                    return Ok(());
                }
                self.listed_members(path, kind, Cursor::new(whole), depth)
            }
        }
    }

    fn listed_members(
        &mut self,
        path: &str,
        kind: ArchiveKind,
        file: impl Read + Seek,
        depth: usize,
    ) -> io::Result<()> {
        match kind {
            ArchiveKind::SevenZip => self.seven_members(path, file, depth),
            _ => self.zip_members(path, file, depth),
        }
    }

    fn zip_members(&mut self, path: &str, file: impl Read + Seek, depth: usize) -> io::Result<()> {
        let mut archive = zip::ZipArchive::new(file)?;
        for at in 0..archive.len() {
            let name = archive.by_index_raw(at)?.name()?.into_owned();
            let entry = match archive.by_index(at) {
                Ok(entry) => entry,
                Err(error) => {
                    self.skip(&format!("{path}/{name}"), unopened(&error));
                    continue;
                }
            };
            if entry.is_dir() {
                continue;
            }
            self.budget.member()?;
            if let Some(inner) = self.member_path(path, &name, entry.is_file()) {
                let packed = entry.compressed_size();
                let reader = self.budget.clone().meter(packed, Box::new(entry));
                self.member(&inner, Source::Stream(Box::new(reader)), depth)?;
            }
        }
        Ok(())
    }

    fn member_path(&mut self, path: &str, name: &str, regular: bool) -> Option<String> {
        let inner = format!("{path}/{}", name.trim_start_matches("./"));
        if !is_inside(name) {
            self.skip(&inner, SkipReason::UnsafePath);
        } else if !regular {
            self.skip(&inner, SkipReason::NotAFile);
        } else {
            return Some(inner);
        }
        None
    }

    /// Walks a member; only a limit on everything together ends the archive it stands in.
    fn member(&mut self, path: &str, source: Source<'_>, depth: usize) -> io::Result<()> {
        match self.walk(path, source, depth + 1) {
            Err(error) if self.budget.is_spent() => Err(error),
            Err(error) => {
                let reason = self.reason(&error);
                self.skip(path, reason);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn reason(&self, error: &io::Error) -> SkipReason {
        match self.budget.take_limit() {
            Some(limit) => SkipReason::Limit(limit),
            None => SkipReason::Damaged(error.to_string()),
        }
    }

    fn skip(&mut self, path: &str, reason: SkipReason) {
        self.report.is_limited |= matches!(reason, SkipReason::Limit(_));
        if self.report.skipped.len() < SKIPPED_LISTED {
            self.report.skipped.push((path.to_owned(), reason));
        } else {
            self.report.skipped_more += 1;
        }
    }
}

/// Content of a known length; an end before it is an error.
struct Whole<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        if length == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = self.left.saturating_sub(length as u64);
        Ok(length)
    }
}

impl<'a> Source<'a> {
    /// Reads the first bytes; a file is set back to its start.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        match self {
            Self::Stream(stream) => {
                stream.take(HEAD).read_to_end(&mut head)?;
            }
            Self::File(file) => {
                file.take(HEAD).read_to_end(&mut head)?;
                file.rewind()?;
            }
        }
        Ok(head)
    }

    /// Returns the whole content again after its head was read.
    fn after(self, head: Vec<u8>) -> Box<dyn Read + 'a> {
        match self {
            Self::Stream(stream) => Box::new(Cursor::new(head).chain(stream)),
            Self::File(file) => Box::new(file),
        }
    }
}

fn unopened(error: &ZipError) -> SkipReason {
    match error {
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => {
            SkipReason::Encrypted
        }
        _ => SkipReason::Damaged(error.to_string()),
    }
}

/// Returns whether a member's path stays below the archive.
fn is_inside(name: &str) -> bool {
    let separated = name.replace('\\', "/");
    let drive = separated.as_bytes().get(1) == Some(&b':');
    let mut parts = Path::new(&separated).components();
    !drive && parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

//! Bounds on unpacking, shared by all levels of an archive.

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use super::ArchiveKind;

/// Unpacked bytes before which a ratio is not judged.
const RATIO_FLOOR: u64 = 1 << 20;
/// Memory an xz stream may ask for, in KiB.
const XZ_MEMORY_KIB: u32 = 128 << 10;
/// Largest zstd window, as a power of two.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Bounds on what an archive may unpack to, all levels together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Largest unpacked size in bytes.
    pub max_bytes: u64,
    /// Largest ratio of unpacked to packed size.
    pub max_ratio: u64,
    /// Most members.
    pub max_members: u64,
    /// Most archives within each other.
    pub max_depth: usize,
    /// Largest zip or 7z file within another archive, which is held in memory.
    pub max_nested_zip: u64,
}

impl Default for UnpackLimits {
    fn default() -> Self {
        Self {
            max_bytes: 8 << 30,
            max_ratio: 200,
            max_members: 20_000,
            max_depth: 5,
            max_nested_zip: 128 << 20,
        }
    }
}

/// A bound that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackLimit {
    #[error("it unpacks to more bytes than allowed")]
    Bytes,
    #[error("it unpacks to a suspiciously large multiple of its size")]
    Ratio,
    #[error("it holds more files than allowed")]
    Members,
    #[error("archives within archives are too deep; unpack the inner one first")]
    Depth,
    #[error("the zip or 7z file within the archive is too large; unpack it first")]
    NestedZip,
}

/// What may still be unpacked.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    pub(super) limits: UnpackLimits,
    used: Rc<Used>,
}

#[derive(Debug, Default)]
struct Used {
    bytes: Cell<u64>,
    members: Cell<u64>,
    reached: Cell<Option<UnpackLimit>>,
    spent: Cell<bool>,
}

impl Budget {
    pub(super) fn new(limits: UnpackLimits) -> Self {
        Self {
            limits,
            used: Rc::default(),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.used.bytes.get()
    }

    /// Returns whether nothing more may be unpacked at any level.
    pub(super) fn is_spent(&self) -> bool {
        self.used.spent.get()
    }

    /// Returns the limit that made the last read fail.
    pub(super) fn take_limit(&self) -> Option<UnpackLimit> {
        self.used.reached.take()
    }

    /// Counts a member.
    pub(super) fn member(&self) -> io::Result<()> {
        let members = self.used.members.get() + 1;
        self.used.members.set(members);
        if members > self.limits.max_members {
            return Err(self.reach(UnpackLimit::Members));
        }
        Ok(())
    }

    /// Returns a reader of the unpacked content of one compressed stream.
    pub(super) fn decompress<'a>(
        self,
        kind: ArchiveKind,
        packed: Box<dyn Read + 'a>,
    ) -> io::Result<Box<dyn Read + 'a>> {
        let counter = Rc::new(Cell::new(0));
        let packed = BufReader::with_capacity(
            64 << 10,
            Counted {
                inner: packed,
                bytes: Rc::clone(&counter),
            },
        );
        let unpacked: Box<dyn Read + 'a> = match kind {
            ArchiveKind::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            ArchiveKind::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            ArchiveKind::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(
                packed,
                true,
                XZ_MEMORY_KIB,
            )),
            ArchiveKind::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(packed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
            ArchiveKind::Tar | ArchiveKind::Zip | ArchiveKind::SevenZip => {
                packed.into_inner().inner
            }
        };
        Ok(Box::new(Metered {
            inner: unpacked,
            packed: counter,
            unpacked: 0,
            budget: self,
        }))
    }

    /// Returns a reader that keeps to the limits, of content that took `packed` bytes.
    pub(super) fn meter<'a>(self, packed: u64, inner: Box<dyn Read + 'a>) -> Metered<'a> {
        Metered {
            inner,
            packed: Rc::new(Cell::new(packed)),
            unpacked: 0,
            budget: self,
        }
    }

    fn reach(&self, limit: UnpackLimit) -> io::Error {
        self.used.reached.set(Some(limit));
        let everything = matches!(limit, UnpackLimit::Bytes | UnpackLimit::Members);
        self.used.spent.set(self.used.spent.get() || everything);
        io::Error::other(limit)
    }

    fn count(&self, length: u64) -> io::Result<()> {
        let bytes = self.used.bytes.get() + length;
        self.used.bytes.set(bytes);
        if bytes > self.limits.max_bytes {
            return Err(self.reach(UnpackLimit::Bytes));
        }
        Ok(())
    }
}

struct Counted<'a> {
    inner: Box<dyn Read + 'a>,
    bytes: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + length as u64);
        Ok(length)
    }
}

/// Unpacked content within the limits.
pub(super) struct Metered<'a> {
    inner: Box<dyn Read + 'a>,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    budget: Budget,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.unpacked += length as u64;
        self.budget.count(length as u64)?;
        let allowed = self
            .packed
            .get()
            .saturating_mul(self.budget.limits.max_ratio);
        if self.unpacked > allowed.max(RATIO_FLOOR) {
            return Err(self.budget.reach(UnpackLimit::Ratio));
        }
        Ok(length)
    }
}

//! Files of any size, streamed in and out, named by their content.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

pub mod contract;
mod key;
mod local;

pub use key::{BlobKey, BlobPrefix};
pub use local::LocalBlobStore;

/// The size of the pieces that files are read in.
pub const CHUNK: usize = 256 * 1024;

/// A stream of a file's bytes.
pub type ByteStream<'a> = BoxStream<'a, Result<Bytes, BlobError>>;

/// A store of files.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores a stream of at most `limit` bytes below `prefix`, whole or not at all.
    async fn put(
        &self,
        prefix: &str,
        stream: ByteStream<'_>,
        limit: u64,
    ) -> Result<StoredBlob, BlobError>;
    /// Returns the bytes of a file, or those in `range`; a range beyond the end is cut.
    async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream<'static>, BlobError>;
    /// Returns the length of a file in bytes.
    async fn size(&self, key: &str) -> Result<u64, BlobError>;
    /// Removes a file, if it is there.
    async fn delete(&self, key: &str) -> Result<(), BlobError>;
    /// Removes all files below `prefix`.
    async fn delete_prefix(&self, prefix: &str) -> Result<(), BlobError>;
    /// Fails unless the store can be written.
    async fn ping(&self) -> Result<(), BlobError>;
}

/// A blob store shared by everything in a process.
pub type SharedBlobStore = Arc<dyn BlobStore>;

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// The name to get it by: the prefix and the hash.
    pub key: String,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// The length in bytes.
    pub size: u64,
}

/// Why a file was not stored or found.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such file.
    #[error("file not found")]
    NotFound,
    /// The key or prefix has a form that no store gives out.
    #[error("malformed key or prefix {0:?}")]
    InvalidKey(String),
    /// The stream is longer than allowed.
    #[error("file is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The disk is full.
    #[error("no space left for files")]
    NoSpace,
    /// The stream to be stored broke off.
    #[error("the source of the file failed")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store failed.
    #[error("file storage failed")]
    Io(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl BlobError {
    /// Returns the error for a source stream that broke off.
    pub fn source(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Source(error.into())
    }
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound,
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Io(Box::new(error)),
        }
    }
}

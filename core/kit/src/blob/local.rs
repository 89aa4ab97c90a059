//! Files in a local directory.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::{BlobError, BlobKey, BlobPrefix, BlobStore, ByteStream, CHUNK, StoredBlob};
use crate::Ids;

const TEMPORARY: &str = ".tmp";

/// Keeps each file at `<root>/<prefix>/<sha256>`; a file is there whole or not at all.
#[derive(Debug, Clone)]
pub struct LocalBlobStore {
    root: PathBuf,
    ids: Ids,
}

impl LocalBlobStore {
    /// Opens the directory, creating it when absent, and sweeps what an interrupted put left.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let root = root.into();
        let temporary = root.join(TEMPORARY);
        if fs::try_exists(&temporary).await? {
            fs::remove_dir_all(&temporary).await?;
        }
        fs::create_dir_all(&temporary).await?;
        let ids = Ids::random();
        Ok(Self { root, ids })
    }

    fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        let key: BlobKey = key.parse()?;
        Ok(self.root.join(key.to_string()))
    }

    fn temporary(&self) -> TemporaryFile {
        let name = self.ids.hex16("put");
        TemporaryFile(Some(self.root.join(TEMPORARY).join(name)))
    }
}

#[async_trait]
impl BlobStore for LocalBlobStore {
    async fn put(
        &self,
        prefix: &str,
        stream: ByteStream<'_>,
        limit: u64,
    ) -> Result<StoredBlob, BlobError> {
        let prefix: BlobPrefix = prefix.parse()?;
        let mut temporary = self.temporary();
        let (sha256, size) = write(temporary.path()?, stream, limit).await?;
        let key = BlobKey::new(&prefix, &sha256).to_string();
        let directory = self.root.join(prefix.to_string());
        fs::create_dir_all(&directory).await?;
        let target = self.root.join(&key);
        if !fs::try_exists(&target).await? {
            fs::rename(temporary.path()?, &target).await?;
            temporary.0 = None;
            sync_directory(directory).await?;
        }
        Ok(StoredBlob { key, sha256, size })
    }

    async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream<'static>, BlobError> {
        let mut file = File::open(self.path(key)?).await?;
        let range = range.unwrap_or(0..u64::MAX);
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).await?;
        }
        let length = range.end.saturating_sub(range.start);
        let chunks = ReaderStream::with_capacity(file.take(length), CHUNK);
        Ok(chunks.map(|chunk| chunk.map_err(BlobError::from)).boxed())
    }

    async fn size(&self, key: &str) -> Result<u64, BlobError> {
        Ok(fs::metadata(self.path(key)?).await?.len())
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        absent_is_fine(fs::remove_file(self.path(key)?).await)
    }

    async fn delete_prefix(&self, prefix: &str) -> Result<(), BlobError> {
        let prefix: BlobPrefix = prefix.parse()?;
        let directory = self.root.join(prefix.to_string());
        absent_is_fine(fs::remove_dir_all(directory).await)
    }

    async fn ping(&self) -> Result<(), BlobError> {
        let temporary = self.temporary();
        fs::write(temporary.path()?, b"ping").await?;
        Ok(())
    }
}

/// A file that is removed unless it was renamed.
struct TemporaryFile(Option<PathBuf>);

impl TemporaryFile {
    fn path(&self) -> Result<&Path, BlobError> {
        self.0.as_deref().ok_or(BlobError::NotFound)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed now is swept at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

async fn write(
    path: &Path,
    mut stream: ByteStream<'_>,
    limit: u64,
) -> Result<(String, u64), BlobError> {
    let mut file = File::create_new(path).await?;
    file.set_max_buf_size(CHUNK);
    let mut hash = Sha256::new();
    let mut size: u64 = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        size = size.saturating_add(chunk.len() as u64);
        if size > limit {
            return Err(BlobError::TooLarge { limit });
        }
        hash.update(&chunk);
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok((hex::encode(hash.finalize()), size))
}

/// Makes a rename survive a power failure.
async fn sync_directory(directory: PathBuf) -> Result<(), BlobError> {
    Ok(File::open(directory).await?.sync_all().await?)
}

fn absent_is_fine(result: std::io::Result<()>) -> Result<(), BlobError> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    async fn files_in(directory: &Path) -> usize {
        let mut entries = fs::read_dir(directory).await.unwrap();
        let mut count = 0;
        while entries.next_entry().await.unwrap().is_some() {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn the_local_store_keeps_the_contract() {
        let directory = tempfile::tempdir().unwrap();
        let store = LocalBlobStore::open(directory.path()).await.unwrap();
        super::super::contract::run(&store).await;
        assert_eq!(files_in(&directory.path().join(TEMPORARY)).await, 0);
    }

    #[tokio::test]
    async fn opening_sweeps_what_an_interrupted_put_left() {
        let directory = tempfile::tempdir().unwrap();
        LocalBlobStore::open(directory.path()).await.unwrap();
        let leftover = directory.path().join(TEMPORARY).join("put_1");
        fs::write(&leftover, b"half").await.unwrap();
        LocalBlobStore::open(directory.path()).await.unwrap();
        assert!(!fs::try_exists(&leftover).await.unwrap());
    }

    #[tokio::test]
    async fn a_put_that_is_given_up_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = LocalBlobStore::open(directory.path()).await.unwrap();
        let (started, mut waiting) = tokio::sync::mpsc::channel(1);
        let endless = stream::once(async move {
            started.send(()).await.unwrap();
            Ok(bytes::Bytes::from_static(b"half"))
        })
        .chain(stream::pending())
        .boxed();
        tokio::select! {
            _ = store.put("cases/c1", endless, 100) => unreachable!("the stream never ends"),
            _ = waiting.recv() => {}
        }
        assert_eq!(files_in(&directory.path().join(TEMPORARY)).await, 0);
        assert!(
            !fs::try_exists(directory.path().join("cases"))
                .await
                .unwrap()
        );
    }
}

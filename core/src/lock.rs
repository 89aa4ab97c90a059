//! One process at a time owns a data directory.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const LOCK_FILE: &str = "run/lock";

/// Proof that this process alone uses a data directory; given up when dropped.
#[derive(Debug)]
pub(crate) struct DataLock {
    file: File,
}

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process has it.
    #[error("{0} is in use by another faultmaven process; stop it first, or set another DATA_DIR")]
    InUse(PathBuf),
    /// It cannot be written.
    #[error("{path} cannot be written; set DATA_DIR to a directory of yours")]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataLock {
    /// Takes the data directory, creating it readable by its owner alone.
    pub(crate) fn take(data_dir: &Path) -> Result<Self, LockError> {
        let unwritable = |source| LockError::Unwritable {
            path: data_dir.to_owned(),
            source,
        };
        let path = data_dir.join(LOCK_FILE);
        create_private(data_dir).map_err(unwritable)?;
        create_private(path.parent().unwrap_or(data_dir)).map_err(unwritable)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(unwritable)?;
                Ok(Self { file })
            }
            Err(TryLockError::WouldBlock) => Err(LockError::InUse(data_dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(unwritable(source)),
        }
    }

    /// Notes where the process that holds the directory listens.
    pub(crate) fn note(&mut self, address: SocketAddr) -> io::Result<()> {
        writeln!(self.file, "{address}")
    }
}

/// Returns where the last server of a data directory listened, which may have ended.
pub(crate) fn noted_address(data_dir: &Path) -> Option<SocketAddr> {
    let noted = fs::read_to_string(data_dir.join(LOCK_FILE)).ok()?;
    noted.trim().parse().ok()
}

fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_until_the_first_ends() {
        let directory = tempfile::tempdir().unwrap();
        let mut first = DataLock::take(directory.path()).unwrap();
        let address = "127.0.0.1:8123".parse().unwrap();
        first.note(address).unwrap();
        assert_eq!(noted_address(directory.path()), Some(address));
        let second = DataLock::take(directory.path()).unwrap_err();
        assert!(matches!(second, LockError::InUse(_)));
        drop(first);
        DataLock::take(directory.path()).unwrap();
        assert_eq!(noted_address(directory.path()), None);
    }
}

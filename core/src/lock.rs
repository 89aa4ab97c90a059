//! One process at a time owns a data directory.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const LOCK_FILE: &str = "run/lock";

/// Proof that this process alone uses a data directory; given up when dropped.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: File,
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
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::InUse(data_dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(unwritable(source)),
        }
    }
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
        let first = DataLock::take(directory.path()).unwrap();
        let second = DataLock::take(directory.path()).unwrap_err();
        assert!(matches!(second, LockError::InUse(_)));
        drop(first);
        DataLock::take(directory.path()).unwrap();
    }
}

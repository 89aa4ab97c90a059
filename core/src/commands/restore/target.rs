//! Where one part of a backup belongs, and where it waits until it is whole.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::moves::Move;
use crate::commands::backup::DATABASE;

/// The place of one part, with a staging directory on the same file system.
pub(super) struct Target {
    /// The name of the part in a backup.
    pub(super) part: &'static str,
    /// Where the data that is replaced will be.
    pub(super) kept: PathBuf,
    path: PathBuf,
    is_mount_point: bool,
    staging: TempDir,
}

impl Target {
    /// Prepares the place; a mount point cannot be renamed, so its content is replaced instead.
    pub(super) fn open(part: &'static str, path: PathBuf, stamp: &str) -> io::Result<Self> {
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent)?;
        let is_mount_point = is_mount_point(&path, &parent)?;
        // Backups leave out what is hidden among the uploads.
        let (home, kept) = if is_mount_point {
            (&path, format!(".replaced-{stamp}"))
        } else {
            (&parent, format!("replaced-{stamp}"))
        };
        Ok(Self {
            part,
            kept: home.join(kept),
            staging: tempfile::Builder::new()
                .prefix(".restore-")
                .tempdir_in(home)?,
            is_mount_point,
            path,
        })
    }

    /// Returns the directory to unpack into.
    pub(super) fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// Returns where the part is once it is unpacked.
    pub(super) fn staged(&self) -> PathBuf {
        self.staging().join(self.part)
    }

    /// Returns what would be replaced.
    pub(super) fn present(&self) -> io::Result<Vec<PathBuf>> {
        if self.is_mount_point {
            let mut paths = entries(&self.path)?;
            paths.retain(|path| is_data(path));
            return Ok(paths);
        }
        let mut paths = vec![self.path.clone()];
        if self.part == DATABASE {
            // The journal files belong to the database.
            paths.extend(["-wal", "-shm"].map(|suffix| {
                let mut journal = self.path.clone().into_os_string();
                journal.push(suffix);
                PathBuf::from(journal)
            }));
        }
        paths.retain(|path| is_filled(path));
        Ok(paths)
    }

    /// Returns the moves that put aside what is there.
    pub(super) fn put_aside(&self) -> io::Result<Vec<Move>> {
        Ok(into(self.present()?, &self.kept))
    }

    /// Returns the moves that put the unpacked part in its place.
    pub(super) fn put_in_place(&self) -> io::Result<Vec<Move>> {
        let from = self.staged();
        if !from.exists() {
            return Ok(Vec::new());
        }
        if self.is_mount_point {
            return Ok(into(entries(&from)?, &self.path));
        }
        let to = self.path.clone();
        Ok(vec![Move { from, to }])
    }
}

fn into(paths: Vec<PathBuf>, directory: &Path) -> Vec<Move> {
    let moved = paths.into_iter().filter_map(|from| {
        let to = directory.join(from.file_name()?);
        Some(Move { from, to })
    });
    moved.collect()
}

fn is_mount_point(path: &Path, parent: &Path) -> io::Result<bool> {
    Ok(path.is_dir() && fs::metadata(path)?.dev() != fs::metadata(parent)?.dev())
}

fn is_data(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with('.') && name != "lost+found"
}

fn is_filled(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    }
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_mount_point_is_replaced_within_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("uploads");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), "old").unwrap();
        let target = Target {
            part: "uploads",
            kept: path.join(".replaced-1"),
            staging: tempfile::Builder::new()
                .prefix(".restore-")
                .tempdir_in(&path)
                .unwrap(),
            is_mount_point: true,
            path: path.clone(),
        };
        fs::create_dir(target.staged()).unwrap();
        fs::write(target.staged().join("new"), "new").unwrap();
        let aside = Move {
            from: path.join("old"),
            to: path.join(".replaced-1/old"),
        };
        assert_eq!(target.put_aside().unwrap(), [aside]);
        let place = Move {
            from: target.staged().join("new"),
            to: path.join("new"),
        };
        assert_eq!(target.put_in_place().unwrap(), [place]);
    }
}

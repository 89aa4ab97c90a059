//! The files of a folder that a command was given.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Returns the regular files below a folder in order of their paths, at most `max`; links are not followed.
pub(super) fn files_below(folder: &Path, max: usize) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
            if files.len() > max {
                return Err(io::Error::other(format!(
                    "it holds more than {max} files; name a smaller folder"
                )));
            }
        }
    }
    files.sort();
    Ok(files)
}

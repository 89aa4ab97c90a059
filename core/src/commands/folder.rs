//! The files of a folder that a command was given.

use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

/// Folders whose files are not stored anywhere, and of which some never end.
const SYSTEM_FOLDERS: [&str; 3] = ["/dev", "/proc", "/sys"];

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Below {
    /// Regular files in order of their paths.
    pub(super) files: Vec<PathBuf>,
    /// What is not read, and why.
    pub(super) left_out: Vec<(PathBuf, String)>,
    /// Whether a folder below could not be looked into.
    pub(super) is_cut_short: bool,
}

/// Returns what a named path stands for: itself, or the files of a folder, at most `max`.
pub(super) fn files_of(path: &Path, max: usize) -> io::Result<Below> {
    if !path.is_dir() {
        return Ok(Below {
            files: vec![path.to_owned()],
            ..Below::default()
        });
    }
    let place = fs::canonicalize(path)?;
    if let Some(of) = SYSTEM_FOLDERS.into_iter().find(|of| place.starts_with(of)) {
        let advice = format!("the files in {of} are the system's own; name a single one");
        return Err(io::Error::other(advice));
    }
    below(path, max)
}

/// Returns the regular files below a folder in order of their paths, at most `max`.
pub(super) fn files_below(folder: &Path, max: usize) -> io::Result<Vec<PathBuf>> {
    Ok(below(folder, max)?.files)
}

/// Returns what lies below a folder, of which at most `max` is looked at; links are not followed.
pub(super) fn below(folder: &Path, max: usize) -> io::Result<Below> {
    let mut below = Below::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        match fs::read_dir(&inner) {
            Ok(entries) => below.take(entries, &mut folders, max)?,
            Err(error) if inner == folder => return Err(error),
            Err(error) => {
                below.is_cut_short = true;
                below.left_out.push((inner, error.to_string()));
            }
        }
    }
    below.files.sort();
    below.left_out.sort();
    Ok(below)
}

impl Below {
    fn take(
        &mut self,
        entries: fs::ReadDir,
        folders: &mut Vec<PathBuf>,
        max: usize,
    ) -> io::Result<()> {
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                self.files.push(entry.path());
            } else {
                let reason = format!("it is {}, not a file", in_words(kind));
                self.left_out.push((entry.path(), reason));
            }
            if self.files.len() + self.left_out.len() + folders.len() > max {
                return Err(io::Error::other(format!(
                    "it holds more than {max} files; name a smaller folder"
                )));
            }
        }
        Ok(())
    }
}

/// Returns what people call something that is no file.
pub(super) fn in_words(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        "a link"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_is_no_file_is_left_out_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("sub")).unwrap();
        fs::write(path.join("sub/a.log"), "x").unwrap();
        symlink("..", path.join("sub/loop")).unwrap();
        let _socket = UnixListener::bind(path.join("sock")).unwrap();
        let below = below(path, 10).unwrap();
        assert_eq!(below.files, [path.join("sub/a.log")]);
        let told: Vec<&str> = below.left_out.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(
            told,
            ["it is a socket, not a file", "it is a link, not a file"]
        );
        assert!(files_below(path, 2).is_err());
    }
}

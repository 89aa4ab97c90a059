//! How far reading is, shown on a terminal once it takes more than a second.

use std::fs;
use std::io::{self, IsTerminal as _, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use faultmaven_kit::text::escape_control;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::FileType;

use super::inputs::{FOLDER_FILES, STDIN};
use crate::commands::folder::files_below;

const SHOWN_AFTER: Duration = Duration::from_secs(1);
const REDRAWN_EVERY: Duration = Duration::from_millis(120);
const NAME_CHARS: usize = 40;
const BAR: &str = "{bar:30} {bytes} of {total_bytes}  {msg}";
const SPINNER: &str = "{spinner} {bytes} read  {msg}";

/// Counts what is read, and shows it.
pub(super) struct Progress {
    /// Bytes of everything that was named; none when that cannot be known.
    total: Option<u64>,
    is_wanted: bool,
    started: Instant,
    read: AtomicU64,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Returns the progress over what arguments name.
    ///
    /// Nothing is shown where a pipe takes the output: who reads it may draw on the terminal too.
    pub(super) fn over<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Self {
        let is_wanted = io::stderr().is_terminal() && !goes_into_pipe();
        Self {
            total: if is_wanted { total_of(paths) } else { None },
            is_wanted,
            started: Instant::now(),
            read: AtomicU64::new(0),
            bar: OnceLock::new(),
        }
    }

    /// Returns a reader that counts what is read of content of at most this many bytes.
    pub(super) fn watch<'a, R>(&'a self, name: &'a str, bytes: u64, inner: R) -> Watched<'a, R> {
        Watched {
            inner,
            name,
            left: bytes,
            progress: self,
        }
    }

    /// Takes the bar away, so that the output stands alone.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    fn count(&self, bytes: u64, name: &str) {
        let read = self.read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.is_wanted && self.started.elapsed() >= SHOWN_AFTER {
            let bar = self.bar.get_or_init(|| self.bar());
            bar.set_message(shown(name));
            bar.set_position(self.total.map_or(read, |total| read.min(total)));
        }
    }

    fn bar(&self) -> ProgressBar {
        let target = ProgressDrawTarget::stderr();
        let bar =
            ProgressBar::with_draw_target(self.total, target).with_elapsed(self.started.elapsed());
        let template = if self.total.is_some() { BAR } else { SPINNER };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(REDRAWN_EVERY);
        bar
    }
}

/// The last characters of a name tell more than its first.
fn shown(name: &str) -> String {
    let name = escape_control(name);
    let length = name.chars().count();
    name.chars()
        .skip(length.saturating_sub(NAME_CHARS))
        .collect()
}

fn goes_into_pipe() -> bool {
    let kind = rustix::fs::fstat(io::stdout()).map(|it| FileType::from_raw_mode(it.st_mode));
    kind.is_ok_and(|kind| kind == FileType::Fifo)
}

/// Returns how many bytes are to be read, unless one of them does not say.
fn total_of<'a>(mut paths: impl Iterator<Item = &'a PathBuf>) -> Option<u64> {
    paths.try_fold(0, |total, path| Some(total + bytes_of(path)?))
}

fn bytes_of(path: &Path) -> Option<u64> {
    if path == Path::new(STDIN) {
        return None;
    }
    // What cannot be opened is told when it is read, and takes no time.
    let Ok(metadata) = fs::metadata(path) else {
        return Some(0);
    };
    if metadata.is_dir() {
        let files = files_below(path, FOLDER_FILES).unwrap_or_default();
        let lengths = files.iter().filter_map(|it| fs::metadata(it).ok());
        return Some(lengths.map(|it| it.len()).sum());
    }
    metadata.is_file().then_some(metadata.len())
}

/// Counts no more bytes than there are, however often a file is set back.
pub(super) struct Watched<'a, R> {
    inner: R,
    name: &'a str,
    left: u64,
    progress: &'a Progress,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let counted = self.left.min(length as u64);
        self.left -= counted;
        self.progress.count(counted, self.name);
        Ok(length)
    }
}

impl<R: Seek> Seek for Watched<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn silent() -> Progress {
        Progress::over(std::iter::empty())
    }

    #[test]
    fn what_is_read_twice_counts_once() {
        let progress = silent();
        let mut file = progress.watch("a.log", 1_000, Cursor::new(vec![b'x'; 1_000]));
        let mut buffer = [0; 600];
        file.read_exact(&mut buffer).unwrap();
        file.rewind().unwrap();
        file.read_exact(&mut buffer).unwrap();
        file.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(progress.read.load(Ordering::Relaxed), 1_000);
    }

    #[test]
    fn what_is_to_be_read_is_known_of_files_and_folders_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.log");
        fs::write(&file, b"12345").unwrap();
        fs::write(folder.path().join("b.log"), b"123").unwrap();
        let total = |paths: &[&Path]| {
            let paths: Vec<PathBuf> = paths.iter().map(|it| it.to_path_buf()).collect();
            total_of(paths.iter())
        };
        assert_eq!(total(&[folder.path(), &file]), Some(13));
        assert_eq!(total(&[&file, Path::new(STDIN)]), None);
        assert_eq!(total(&[Path::new("absent")]), Some(0));
    }

    #[test]
    fn a_name_steers_no_terminal() {
        assert_eq!(shown("a\u{1b}[2J.log"), escape_control("a\u{1b}[2J.log"));
        assert_eq!(shown(&"d/".repeat(100)).chars().count(), NAME_CHARS);
    }
}

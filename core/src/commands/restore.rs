//! `faultmaven restore`: brings a backup back, keeping what it replaces.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use faultmaven_kit::{Clock, SystemClock};

use super::backup::{DATABASE, KEYS, UPLOADS};
use crate::commands::{CommandError, say};
use crate::config::Settings;
use crate::lock::DataLock;

/// Unpacks beside the data first, so that a damaged backup changes nothing.
pub(super) fn run(settings: &Settings, file: &Path, force: bool) -> Result<(), CommandError> {
    let data_dir = &settings.storage.data_dir;
    let _lock = DataLock::take(data_dir)?;
    let present = present(settings);
    if !present.is_empty() && !force {
        return Err(format!(
            "{} is not empty; add --force to replace its content, which is then kept beside it",
            data_dir.display()
        )
        .into());
    }
    let scratch = tempfile::tempdir_in(data_dir)?;
    unpack(file, scratch.path())?;
    if let Some(kept) = put_aside(settings, &present)? {
        say(&format!("the old data is in {}", kept.display()))?;
    }
    for (name, target) in targets(settings) {
        let source = scratch.path().join(name);
        if source.exists() {
            move_to(&source, &target)?;
        }
    }
    say(&format!(
        "restored {} to {}",
        file.display(),
        data_dir.display()
    ))
}

fn targets(settings: &Settings) -> [(&'static str, PathBuf); 3] {
    let data_dir = &settings.storage.data_dir;
    [
        (DATABASE, data_dir.join(DATABASE)),
        (UPLOADS, settings.storage.uploads_dir.clone()),
        (KEYS, data_dir.join(KEYS)),
    ]
}

/// Returns what would be replaced; the journal files belong to the database.
fn present(settings: &Settings) -> Vec<PathBuf> {
    let data_dir = &settings.storage.data_dir;
    let journals = ["-wal", "-shm"].map(|suffix| data_dir.join(format!("{DATABASE}{suffix}")));
    targets(settings)
        .into_iter()
        .map(|(_, target)| target)
        .chain(journals)
        .filter(|path| is_filled(path))
        .collect()
}

fn is_filled(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    }
}

fn unpack(file: &Path, into: &Path) -> Result<(), CommandError> {
    let reader = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let damaged =
        |error: std::io::Error| format!("{} is no complete backup ({error})", file.display());
    let mut archive = tar::Archive::new(zstd::Decoder::new(reader).map_err(damaged)?);
    let mut members = 0;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        if !is_expected(&path) || !entry.header().entry_type().is_file() {
            return Err(format!("{} holds {path:?}, which no backup does", file.display()).into());
        }
        entry.unpack_in(into).map_err(damaged)?;
        members += 1;
    }
    match members {
        0 => Err(format!("{} holds nothing", file.display()).into()),
        _ => Ok(()),
    }
}

fn is_expected(path: &Path) -> bool {
    let plain = path
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    let first = path.components().next().map(Component::as_os_str);
    plain && first.is_some_and(|first| [DATABASE, UPLOADS, KEYS].iter().any(|name| first == *name))
}

/// Moves what is there into a directory of its own.
fn put_aside(settings: &Settings, present: &[PathBuf]) -> Result<Option<PathBuf>, CommandError> {
    if present.is_empty() {
        return Ok(None);
    }
    let stamp = SystemClock.now().format("%Y%m%d-%H%M%S");
    let kept = settings.storage.data_dir.join(format!("replaced-{stamp}"));
    fs::create_dir(&kept)?;
    for path in present {
        if let Some(name) = path.file_name() {
            fs::rename(path, kept.join(name))?;
        }
    }
    Ok(Some(kept))
}

fn move_to(source: &Path, target: &Path) -> Result<(), CommandError> {
    // An empty directory may be left where the content goes.
    if target.is_dir() {
        fs::remove_dir(target)?;
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(fs::rename(source, target)?)
}

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
    if !settings.storage.module_databases.is_empty() {
        return Err("modules have databases of their own; restore each of them separately".into());
    }
    let targets = targets(settings)?;
    let present = present(&targets);
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
    for (name, target) in targets {
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

/// Returns where each part of a backup belongs; the database only when it is a file.
fn targets(settings: &Settings) -> Result<Vec<(&'static str, PathBuf)>, CommandError> {
    let storage = &settings.storage;
    let mut targets = vec![
        (UPLOADS, storage.uploads_dir.clone()),
        (KEYS, storage.data_dir.join(KEYS)),
    ];
    if let Some(file) = storage.database.file_path()? {
        targets.push((DATABASE, file));
    }
    Ok(targets)
}

/// Returns what would be replaced; the journal files belong to the database.
fn present(targets: &[(&'static str, PathBuf)]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = targets.iter().map(|(_, target)| target.clone()).collect();
    for (_, database) in targets.iter().filter(|(name, _)| *name == DATABASE) {
        paths.extend(["-wal", "-shm"].map(|suffix| {
            let mut journal = database.as_os_str().to_owned();
            journal.push(suffix);
            PathBuf::from(journal)
        }));
    }
    paths.retain(|path| is_filled(path));
    paths
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

/// Moves what is there into a directory of its own, or leaves all of it where it is.
fn put_aside(settings: &Settings, present: &[PathBuf]) -> Result<Option<PathBuf>, CommandError> {
    if present.is_empty() {
        return Ok(None);
    }
    let stamp = SystemClock.now().format("%Y%m%d-%H%M%S");
    let kept = settings.storage.data_dir.join(format!("replaced-{stamp}"));
    fs::create_dir(&kept)?;
    let moves: Vec<(&PathBuf, PathBuf)> = present
        .iter()
        .filter_map(|path| Some((path, kept.join(path.file_name()?))))
        .collect();
    for (done, (from, to)) in moves.iter().enumerate() {
        if let Err(error) = fs::rename(from, to) {
            for (from, to) in &moves[..done] {
                fs::rename(to, from)?;
            }
            fs::remove_dir(&kept)?;
            return Err(format!("{} could not be moved: {error}", from.display()).into());
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

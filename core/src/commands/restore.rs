//! `faultmaven restore`: brings a backup back, keeping what it replaces.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use faultmaven_kit::{Clock, SystemClock};

use super::backup::{DATABASE, KEYS, UPLOADS};
use crate::commands::{CommandError, say};
use crate::config::Settings;
use crate::lock::DataLock;

mod moves;
mod target;

use target::Target;

/// Unpacks beside the data first, so that a damaged backup changes nothing.
pub(super) fn run(settings: &Settings, file: &Path, force: bool) -> Result<(), CommandError> {
    let _lock = DataLock::take(&settings.storage.data_dir)?;
    if !settings.storage.module_databases.is_empty() {
        return Err("modules have databases of their own; restore each of them separately".into());
    }
    let stamp = SystemClock.now().format("%Y%m%d-%H%M%S").to_string();
    let targets = targets(settings, &stamp)?;
    for target in &targets {
        if !force && let Some(path) = target.present()?.first() {
            return Err(format!(
                "{} is there already; add --force to replace it, the old data is then kept beside it",
                path.display()
            )
            .into());
        }
    }
    unpack(file, &targets)?;
    for kept in replace(&targets)? {
        say(&format!("the old data is in {}", kept.display()))?;
    }
    say(&format!(
        "restored {} to {}",
        file.display(),
        settings.storage.data_dir.display()
    ))
}

/// Returns where each part of a backup belongs; the database only when it is a file.
fn targets(settings: &Settings, stamp: &str) -> Result<Vec<Target>, CommandError> {
    let storage = &settings.storage;
    let mut targets = vec![
        Target::open(UPLOADS, storage.uploads_dir.clone(), stamp)?,
        Target::open(KEYS, storage.data_dir.join(KEYS), stamp)?,
    ];
    if let Some(file) = storage.database.file_path()? {
        targets.push(Target::open(DATABASE, file, stamp)?);
    }
    Ok(targets)
}

fn unpack(file: &Path, targets: &[Target]) -> Result<(), CommandError> {
    let reader = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let damaged = |error: io::Error| format!("{} is no complete backup ({error})", file.display());
    let mut archive = tar::Archive::new(zstd::Decoder::new(reader).map_err(damaged)?);
    let mut members = 0;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        let Some(part) = part(&path).filter(|_| entry.header().entry_type().is_file()) else {
            return Err(format!("{} holds {path:?}, which no backup does", file.display()).into());
        };
        // The file of a database that is on a server now has no target.
        if let Some(target) = targets.iter().find(|target| target.part == part) {
            entry.unpack_in(target.staging()).map_err(damaged)?;
        }
        members += 1;
    }
    if members == 0 {
        return Err(format!("{} holds nothing", file.display()).into());
    }
    for keys in targets.iter().filter(|target| target.part == KEYS) {
        make_private(&keys.staged())?;
    }
    Ok(())
}

/// Returns the part of a backup that a member belongs to.
fn part(path: &Path) -> Option<&'static str> {
    let mut components = path.components();
    if !components
        .clone()
        .all(|it| matches!(it, Component::Normal(_)))
    {
        return None;
    }
    let first = components.next()?.as_os_str();
    [DATABASE, UPLOADS, KEYS]
        .into_iter()
        .find(|part| first == *part)
}

/// Old backups and other tools may have left the keys readable for everybody.
fn make_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            make_private(&entry?.path())?;
        }
        return fs::set_permissions(path, fs::Permissions::from_mode(0o700));
    }
    if path.exists() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Puts the old data aside and the new in its place, all of it or nothing; returns where the old
/// data is kept.
fn replace(targets: &[Target]) -> Result<Vec<PathBuf>, CommandError> {
    let mut moves = Vec::new();
    let mut kept: Vec<PathBuf> = Vec::new();
    for target in targets {
        let aside = target.put_aside()?;
        if !aside.is_empty() && !kept.contains(&target.kept) {
            fs::create_dir(&target.kept)?;
            kept.push(target.kept.clone());
        }
        moves.extend(aside);
        moves.extend(target.put_in_place()?);
    }
    if let Err(error) = moves::all_or_none(&moves, |from, to| fs::rename(from, to)) {
        for directory in kept {
            // One that still holds data stays.
            let _ = fs::remove_dir(directory);
        }
        return Err(error.into());
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;

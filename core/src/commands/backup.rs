//! `faultmaven backup`: a consistent copy of everything portable, also while the server runs.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use faultmaven_kit::{Backend, Db};

use crate::commands::{CommandError, block_on, say};
use crate::config::Settings;

pub(super) const DATABASE: &str = "faultmaven.db";
pub(super) const UPLOADS: &str = "uploads";
pub(super) const KEYS: &str = "keys";

const COMPRESSION_LEVEL: i32 = 3;

/// Writes the backup to a temporary name first, so that a file of that name is always whole.
pub(super) fn run(settings: &Settings, output: &Path) -> Result<(), CommandError> {
    if output.exists() {
        return Err(format!("{} exists; choose another name", output.display()).into());
    }
    let partial = with_suffix(output, ".partial");
    let written = write(settings, &partial).and_then(|()| Ok(fs::rename(&partial, output)?));
    if let Err(error) = written {
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    let size = fs::metadata(output)?.len();
    say(&format!("saved {size} bytes to {}", output.display()))
}

fn write(settings: &Settings, path: &Path) -> Result<(), CommandError> {
    let data_dir = &settings.storage.data_dir;
    if !data_dir.is_dir() {
        let shown = data_dir.display();
        return Err(format!("{shown} does not exist; set DATA_DIR to the data to save").into());
    }
    let scratch = tempfile::tempdir_in(data_dir)?;
    // The database first, so that every file it names was whole when the copy began.
    let snapshot = snapshot(settings, scratch.path())?;
    // It holds keys, password hashes and everybody's evidence.
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| unwritable(path, &error))?;
    let encoder = zstd::Encoder::new(file, COMPRESSION_LEVEL)?;
    let mut archive = tar::Builder::new(encoder);
    archive.follow_symlinks(false);
    if let Some(snapshot) = snapshot {
        archive.append_path_with_name(snapshot, DATABASE)?;
    }
    append_tree(&mut archive, &settings.storage.uploads_dir, UPLOADS)?;
    append_tree(&mut archive, &data_dir.join(KEYS), KEYS)?;
    archive.into_inner()?.finish()?.sync_all()?;
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> CommandError {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.display().to_string(),
        _ => ".".to_owned(),
    };
    format!(
        "nothing can be written in {directory} ({error}); name a directory that exists and is yours"
    )
    .into()
}

/// Copies the database of all modules, unless it is a server's.
fn snapshot(settings: &Settings, scratch: &Path) -> Result<Option<PathBuf>, CommandError> {
    if !settings.storage.module_databases.is_empty() {
        return Err("modules have databases of their own; back each of them up separately".into());
    }
    let target = scratch.join(DATABASE);
    block_on(async {
        let db = Db::connect(&settings.storage.database).await?;
        if db.backend() == Backend::Postgres {
            say(
                "the database is on PostgreSQL: save it with pg_dump; this file holds uploads and keys",
            )?;
            return Ok(None);
        }
        db.backup_to(&target).await?;
        db.close().await?;
        Ok(Some(target))
    })
}

fn append_tree(
    archive: &mut tar::Builder<impl io::Write>,
    directory: &Path,
    name: &str,
) -> Result<(), CommandError> {
    if !directory.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let file_name = entry.file_name();
        // Uploads in progress are not data yet.
        if file_name.to_string_lossy().starts_with('.') {
            continue;
        }
        let inner = format!("{name}/{}", file_name.to_string_lossy());
        if entry.file_type()?.is_dir() {
            append_tree(archive, &entry.path(), &inner)?;
        } else if let Err(error) = archive.append_path_with_name(entry.path(), inner)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error.into());
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

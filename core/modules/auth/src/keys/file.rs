//! Key files: `access-<time>.pem`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use faultmaven_kit::private_file;

use super::KeyError;

const LINE: usize = 64;

/// Returns the key files of a directory and their contents, newest first.
///
/// The age of a key is in its name, because copies and backups change the times of files.
pub(super) fn list(directory: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, KeyError> {
    let unusable = |error| KeyError::Directory(directory.to_owned(), error);
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unusable)?.path();
        if is_key_file(&path) {
            paths.push(path);
        }
    }
    paths.sort_unstable_by(|a, b| b.cmp(a));
    paths.into_iter().map(read).collect()
}

/// Writes a new key, named after `now`, into `directory`.
pub(super) fn generate(directory: &Path, now: DateTime<Utc>) -> Result<(), KeyError> {
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
    let der = key.as_der().map_err(|_| KeyError::Generation)?;
    let name = format!("access-{}.pem", now.format("%Y%m%dT%H%M%S%6fZ"));
    private_file::write(directory, &name, &pem(der.as_ref()))
        .map_err(|error| KeyError::Directory(directory.to_owned(), error))?;
    tracing::info!(file = name, "a key for access tokens was made");
    Ok(())
}

fn is_key_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("access-") && name.ends_with(".pem"))
}

fn read(path: PathBuf) -> Result<(PathBuf, Vec<u8>), KeyError> {
    match fs::read(&path) {
        Ok(pem) => Ok((path, pem)),
        Err(error) => Err(KeyError::Unreadable(path, error)),
    }
}

fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = behind;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

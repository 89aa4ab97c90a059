//! A bundle in memory: read within limits, nothing of it is ever written to a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::outcome::{Outcome, Problem};

const FORMAT: &str = "faultmaven-bundle";
const FORMAT_VERSION: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// A bundle holds one excerpt for each piece of evidence and a few files more.
const ENTRIES_MAX: usize = 20_000;
const UNPACKED_MAX: u64 = 256 * 1_024 * 1_024;

/// Why there is nothing to check.
#[derive(Debug, thiserror::Error)]
pub(super) enum BundleError {
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("is no zip, or it is damaged or cut short; export or copy it again")]
    NotAZip(#[source] ZipError),
    #[error("holds {0} files, more than a bundle of FaultMaven does")]
    TooMany(usize),
    #[error("unpacks to more than {} MiB; it is no bundle of FaultMaven", UNPACKED_MAX >> 20)]
    TooLarge,
    #[error("names {0:?}, which leads out of the bundle; do not unpack it")]
    UnsafePath(String),
    #[error("holds {0:?}, which is a link or a folder; it is no bundle of FaultMaven")]
    NotAFile(String),
    #[error("holds {0:?}, which is encrypted; bundles are not")]
    Encrypted(String),
    #[error("is damaged: {name:?} cannot be unpacked; export or copy it again")]
    Damaged {
        name: String,
        #[source]
        reason: io::Error,
    },
    #[error("has no manifest.json; it is no bundle of FaultMaven")]
    NoManifest,
    #[error("has a manifest.json that cannot be understood")]
    Manifest(#[source] serde_json::Error),
    #[error("is of the format {0:?}, which is not that of a bundle")]
    Format(String),
    #[error("is of version {0} of the format, which this program does not know; use a newer one")]
    Version(u32),
}

/// What a bundle says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    format: String,
    format_version: u32,
    pub(super) case_id: String,
    pub(super) case_version: i64,
    pub(super) redacted: bool,
    files: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    path: String,
    size_bytes: u64,
    sha256: String,
}

/// The files of a bundle by their path.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) manifest: Manifest,
    files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Reads a whole bundle.
    pub(super) fn read(path: &Path) -> Result<Self, BundleError> {
        let file = File::open(path).map_err(BundleError::Unreadable)?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(unopened)?;
        if archive.len() > ENTRIES_MAX {
            return Err(BundleError::TooMany(archive.len()));
        }
        let mut files = BTreeMap::new();
        let mut left = UNPACKED_MAX;
        for at in 0..archive.len() {
            let (name, content) = read_entry(&mut archive, at, left)?;
            left -= content.len() as u64;
            files.insert(name, content);
        }
        let manifest = files.remove(MANIFEST).ok_or(BundleError::NoManifest)?;
        let manifest: Manifest =
            serde_json::from_slice(&manifest).map_err(BundleError::Manifest)?;
        if manifest.format != FORMAT {
            return Err(BundleError::Format(manifest.format));
        }
        if manifest.format_version != FORMAT_VERSION {
            return Err(BundleError::Version(manifest.format_version));
        }
        Ok(Self { manifest, files })
    }

    /// Returns the content of a file.
    pub(super) fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Notes every file that is not as the manifest says, is missing or is not named there.
    pub(super) fn compare_with_manifest(&self, outcome: &mut Outcome) {
        let mut named = BTreeSet::new();
        for listed in &self.manifest.files {
            named.insert(listed.path.as_str());
            match self.fault_of(listed) {
                Some(fault) => outcome.problem(Problem::file(&listed.path, fault)),
                None => outcome.files_held += 1,
            }
        }
        for path in self.files.keys().filter(|it| !named.contains(it.as_str())) {
            outcome.problem(Problem::file(path, "is not named in the manifest"));
        }
    }

    fn fault_of(&self, listed: &Listed) -> Option<&'static str> {
        let Some(content) = self.file(&listed.path) else {
            return Some("is missing");
        };
        if content.len() as u64 != listed.size_bytes {
            return Some("has another size than the manifest says");
        }
        let differs = hex::encode(Sha256::digest(content)) != listed.sha256;
        differs.then_some("has another SHA-256 than the manifest says")
    }
}

fn read_entry<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    at: usize,
    left: u64,
) -> Result<(String, Vec<u8>), BundleError> {
    let raw = archive.by_index_raw(at).map_err(BundleError::NotAZip)?;
    let name = raw.name().map_err(BundleError::NotAZip)?.into_owned();
    if raw.encrypted() {
        return Err(BundleError::Encrypted(name));
    }
    let is_inside = raw.enclosed_name().is_some() && !name.contains("..");
    if !is_inside || name.starts_with('/') || name.contains('\\') {
        return Err(BundleError::UnsafePath(name));
    }
    if !raw.is_file() {
        return Err(BundleError::NotAFile(name));
    }
    drop(raw);
    let damaged = |reason| BundleError::Damaged {
        name: name.clone(),
        reason,
    };
    let entry = archive.by_index(at);
    let entry = entry.map_err(|error| damaged(io::Error::other(error)))?;
    let mut content = Vec::new();
    // The sizes that a zip states are not believed.
    let read = entry.take(left + 1).read_to_end(&mut content);
    let read = read.map_err(damaged)?;
    if read as u64 > left {
        return Err(BundleError::TooLarge);
    }
    Ok((name, content))
}

fn unopened(error: ZipError) -> BundleError {
    match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::IsADirectory => {
            BundleError::Unreadable(error)
        }
        error => BundleError::NotAZip(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn no_more_is_unpacked_than_is_left() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        writer.start_file("zeros", options).unwrap();
        writer.write_all(&[0; 1_000]).unwrap();
        let mut archive = ZipArchive::new(writer.finish().unwrap()).unwrap();
        let (name, content) = read_entry(&mut archive, 0, 1_000).unwrap();
        assert_eq!((name.as_str(), content.len()), ("zeros", 1_000));
        let error = read_entry(&mut archive, 0, 999).unwrap_err();
        assert!(matches!(error, BundleError::TooLarge), "{error}");
    }
}

//! A user's directory of catalogue files, read again when a file of it changes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use faultmaven_analysis::{
    CatalogueFault, CatalogueFile, OwnCatalogue, SignatureSource, Signatures, own_catalogue,
};

const FILE_BYTES_MAX: u64 = 4 << 20;
const FAULTS_SHOWN: usize = 20;

/// Why a directory of catalogue files cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogueDirError {
    #[error("the catalogue {} cannot be read: {source}; name a directory of .yaml or .toml files", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the catalogue file {} has more than {} bytes; split it", path.display(), FILE_BYTES_MAX)]
    TooLarge { path: PathBuf },
    #[error("the catalogue has errors:\n{}", listed(faults))]
    Faults { faults: Vec<CatalogueFault> },
}

fn listed(faults: &[CatalogueFault]) -> String {
    let shown = faults.iter().take(FAULTS_SHOWN);
    let mut lines: Vec<String> = shown.map(|fault| format!("  {fault}")).collect();
    if faults.len() > FAULTS_SHOWN {
        lines.push(format!("  and {} more", faults.len() - FAULTS_SHOWN));
    }
    lines.join("\n")
}

/// Reads and checks every file of a directory.
pub(crate) fn read(directory: &Path) -> Result<OwnCatalogue, CatalogueDirError> {
    let mut files = Vec::new();
    for file in listing(directory).map_err(|source| unreadable(directory, source))? {
        if file.bytes > FILE_BYTES_MAX {
            return Err(CatalogueDirError::TooLarge { path: file.path });
        }
        let text =
            fs::read_to_string(&file.path).map_err(|source| unreadable(&file.path, source))?;
        files.push(CatalogueFile {
            name: file.path.display().to_string(),
            text,
        });
    }
    own_catalogue(&files).map_err(|faults| CatalogueDirError::Faults { faults })
}

/// Returns the signatures of a directory that is watched, or the embedded ones.
pub(crate) fn source(
    directory: Option<&Path>,
) -> Result<Arc<dyn SignatureSource>, CatalogueDirError> {
    Ok(match directory {
        Some(directory) => Arc::new(LiveCatalogue::open(directory)?),
        None => Arc::new(Signatures::default()),
    })
}

/// The signatures of a directory, as of the last time it could be read.
struct LiveCatalogue {
    directory: PathBuf,
    seen: Mutex<Seen>,
}

struct Seen {
    listing: Vec<Listed>,
    signatures: Signatures,
}

/// What tells that a file was changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    path: PathBuf,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl LiveCatalogue {
    /// Reads a directory, which must be without errors at first.
    fn open(directory: &Path) -> Result<Self, CatalogueDirError> {
        let listing = listing(directory).map_err(|source| unreadable(directory, source))?;
        let signatures = read(directory)?.signatures();
        Ok(Self {
            directory: directory.to_owned(),
            seen: Mutex::new(Seen {
                listing,
                signatures,
            }),
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what there is and returns it, if that is other than before.
    fn changed(&self) -> Option<Vec<Listed>> {
        let listing = listing(&self.directory).unwrap_or_default();
        let mut seen = self.seen();
        if listing == seen.listing {
            return None;
        }
        seen.listing.clone_from(&listing);
        Some(listing)
    }

    /// Takes what was read of `listing`, unless files were changed again since.
    fn take(&self, own: &OwnCatalogue, listing: &[Listed]) {
        let signatures = own.signatures();
        let mut seen = self.seen();
        if seen.listing == listing {
            seen.signatures = signatures;
        }
    }
}

impl SignatureSource for LiveCatalogue {
    fn refreshed(&self) -> Signatures {
        if let Some(listing) = self.changed() {
            // Nobody waits meanwhile for the ones before.
            match read(&self.directory) {
                Ok(own) => {
                    self.take(&own, &listing);
                    let shown = self.directory.display();
                    tracing::info!("the catalogue in {shown} was read again");
                }
                Err(error) => {
                    tracing::warn!(%error, "the changed catalogue is not used, the one before is");
                }
            }
        }
        self.latest()
    }

    fn latest(&self) -> Signatures {
        self.seen().signatures.clone()
    }
}

fn unreadable(path: &Path, source: io::Error) -> CatalogueDirError {
    CatalogueDirError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// Returns the catalogue files of a directory in order of their names; editors' own files are not.
fn listing(directory: &Path) -> io::Result<Vec<Listed>> {
    let mut listing = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let ending = path.extension().and_then(|it| it.to_str());
        if is_hidden || !matches!(ending, Some("yaml" | "yml" | "toml")) {
            continue;
        }
        // A link to a file, as a mounted config map has them, counts as what it leads to.
        let metadata = fs::metadata(&path)?;
        if metadata.is_file() {
            listing.push(Listed {
                path,
                bytes: metadata.len(),
                modified: metadata.modified().ok(),
            });
        }
    }
    listing.sort();
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "signature:
  - id: shop.cart_locked
    title: The cart is locked
    kind: condition
    category: data
    patterns: ['cart is locked']
    mechanism: m
    meaning: m
    not_proof: n
    positive: [cart is locked]
    negative: [cart is free]
    checks: [{ command: c, description: d }]
";

    fn knows(signatures: &Signatures, id: &str) -> bool {
        signatures.catalogue().entry(id).is_some()
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let live = LiveCatalogue::open(directory.path()).unwrap();
        assert!(!knows(&live.refreshed(), "shop.cart_locked"));
        let file = directory.path().join("shop.yaml");
        fs::write(&file, ENTRY).unwrap();
        assert!(!knows(&live.latest(), "shop.cart_locked"));
        assert!(knows(&live.refreshed(), "shop.cart_locked"));
        assert!(knows(&live.latest(), "shop.cart_locked"));
        fs::write(&file, "signature: 7\n").unwrap();
        assert!(knows(&live.refreshed(), "shop.cart_locked"));
        fs::remove_file(&file).unwrap();
        assert!(!knows(&live.refreshed(), "shop.cart_locked"));
    }

    #[test]
    fn what_is_wrong_is_told_with_the_whole_path() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("shop.yaml");
        fs::write(&file, ENTRY.replace("kind: condition", "kind: habit")).unwrap();
        fs::write(directory.path().join("notes.txt"), "no catalogue").unwrap();
        let error = read(directory.path()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("{}:4: ", file.display())),
            "{error}"
        );
        let error = read(&directory.path().join("absent"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("name a directory of .yaml or .toml files"),
            "{error}"
        );
    }
}

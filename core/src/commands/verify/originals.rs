//! Whether the original files are those that were analyzed, and say what is quoted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use faultmaven_analysis::Encoding;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::bundle::Bundle;
use super::outcome::{Outcome, Problem};
use super::record::{Evidence, Original, Record};
use crate::commands::folder::files_below;

/// Files looked at in the folder, deeper ones included.
const FILES_MAX: usize = 100_000;
const CHUNK_BYTES: usize = 256 * 1_024;
/// No citation quotes more.
const QUOTE_MAX: i64 = 64 * 1_024;
/// What was handed over as a file, so that it should be there.
const UPLOADED: &str = "upload";

static PLACEHOLDER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"<[A-Z_]{1,16}_[0-9]{1,10}(?:\.[0-9]{1,10})?>").ok());

/// Compares the files of a folder with what the case says of them.
pub(super) fn check(
    folder: &Path,
    bundle: &Bundle,
    record: &Record,
    outcome: &mut Outcome,
) -> io::Result<()> {
    let there = find(folder, &record.files)?;
    outcome.originals_held = Some(0);
    for original in &record.files {
        let cites =
            |it: &&Evidence| !it.withdrawn && it.file_id.as_ref() == Some(&original.file_id);
        let citing: Vec<&Evidence> = record.evidence.iter().filter(cites).collect();
        match there.by_hash.get(&original.sha256) {
            Some(path) => compare(path, original, &citing, bundle.manifest.redacted, outcome)?,
            None => missing(original, &there, outcome),
        }
    }
    Ok(())
}

fn missing(original: &Original, there: &Found, outcome: &mut Outcome) {
    let name = &original.filename;
    if there.names.contains(name) {
        let fault = "is in the folder with another SHA-256";
        outcome.problem(Problem::original(name, fault));
    } else if original.origin.as_deref() == Some(UPLOADED) {
        outcome.problem(Problem::original(name, "is not in the folder"));
    } else {
        let origin = original.origin.as_deref().unwrap_or("unknown origin");
        outcome.unchecked.push(format!("{name} ({origin})"));
    }
}

fn compare(
    path: &Path,
    original: &Original,
    citing: &[&Evidence],
    redacted: bool,
    outcome: &mut Outcome,
) -> io::Result<()> {
    let encoding = original.encoding.as_deref().and_then(Encoding::named);
    let encoding = encoding.unwrap_or(Encoding::Utf8);
    let mut holds = true;
    for evidence in citing {
        let said = bytes(path, evidence)?;
        let says_so =
            said.is_some_and(|it| agrees(&evidence.quote, &encoding.decode(&it), redacted));
        if !says_so {
            let fault = format!("quotes what {:?} does not say there", original.filename);
            outcome.problem(Problem::citation(&evidence.evidence_id, fault));
            holds = false;
        }
    }
    if holds {
        outcome.originals_held = outcome.originals_held.map(|held| held + 1);
    }
    Ok(())
}

/// Returns the cited bytes; none where the file has no such place.
fn bytes(path: &Path, evidence: &Evidence) -> io::Result<Option<Vec<u8>>> {
    let length = evidence.byte_end.saturating_sub(evidence.byte_start);
    let start = u64::try_from(evidence.byte_start);
    let (Ok(start), 1..=QUOTE_MAX) = (start, length) else {
        return Ok(None);
    };
    let length = length.unsigned_abs();
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == length).then_some(bytes))
}

/// Returns whether a text is what a quote says; placeholders of a redacted one stand for any text.
fn agrees(quote: &str, text: &str, redacted: bool) -> bool {
    let (quote, text) = (quote.replace("\r\n", "\n"), text.replace("\r\n", "\n"));
    let Some(placeholder) = PLACEHOLDER.as_ref().filter(|_| redacted) else {
        return quote == text;
    };
    let literals: Vec<String> = placeholder.split(&quote).map(regex::escape).collect();
    let pattern = Regex::new(&format!("(?s)^{}$", literals.join(".+?")));
    pattern.is_ok_and(|pattern| pattern.is_match(&text))
}

/// The files of a folder that may be originals.
struct Found {
    by_hash: BTreeMap<String, PathBuf>,
    names: BTreeSet<String>,
}

fn find(folder: &Path, originals: &[Original]) -> io::Result<Found> {
    let sizes: BTreeSet<u64> = originals.iter().filter_map(|it| it.size_bytes).collect();
    let any_size = originals.iter().any(|it| it.size_bytes.is_none());
    let mut found = Found {
        by_hash: BTreeMap::new(),
        names: BTreeSet::new(),
    };
    for path in files_below(folder, FILES_MAX)? {
        if let Some(name) = path.file_name() {
            found.names.insert(name.to_string_lossy().into_owned());
        }
        if any_size || sizes.contains(&fs::metadata(&path)?.len()) {
            found.by_hash.entry(sha256(&path)?).or_insert(path);
        }
    }
    Ok(found)
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&chunk[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_stands_for_any_text_and_nothing_else_does() {
        let quote = "login of <EMAIL_1> from <IP_ADDRESS_2.1> failed (3 times)";
        let said = "login of ada@example.org from 10.20.4.17 failed (3 times)";
        assert!(agrees(quote, said, true));
        assert!(!agrees(quote, said, false));
        assert!(!agrees(quote, &said.replace('3', "4"), true));
        assert!(!agrees(quote, &format!("{said} more"), true));
        assert!(agrees("a\nb", "a\r\nb", false));
        assert!(!agrees("a.c", "abc", true));
    }
}

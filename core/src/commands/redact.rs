//! `faultmaven redact`: a file without its secrets and personal data, and the way back.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use faultmaven_analysis::{
    Encoding, Options, PlaceholderMap, RedactionCounts, RedactionOptions, Redactor, analyze,
};
use faultmaven_documents::DocumentKind;

use crate::commands::CommandError;

const CHUNK_BYTES: usize = 256 << 10;
/// Bytes that tell text from the rest.
const HEAD_BYTES: u64 = 64 << 10;
const STDIN: &str = "-";

/// What to redact, and where the map is.
#[derive(Debug, Args)]
#[command(after_help = "\
Secrets (keys, tokens, passwords, cookies) and personal data (e-mail, telephone, cards, accounts, \
national numbers, IP and MAC addresses, user names in paths) become placeholders such as \
<IP_ADDRESS_1>; the same value has the same placeholder in every file that is redacted with the \
same map. Commit hashes, digests, UUIDs, trace ids, versions and times stay. The text goes to \
standard output as UTF-8, the counts by kind to standard error.

Examples:
  faultmaven redact app.log > safe.log
  faultmaven redact --map case.json app.log > safe.log
  faultmaven redact --map case.json --undo answer.md")]
pub struct RedactArgs {
    /// The file; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Keep the values of the placeholders in this file, continued when it exists; it is secret.
    #[arg(long, value_name = "MAP")]
    map: Option<PathBuf>,
    /// Put the values of the map back instead.
    #[arg(long, requires = "map")]
    undo: bool,
    /// Replace names of hosts too.
    #[arg(long, conflicts_with = "undo")]
    hostnames: bool,
}

/// Redacts or restores one file.
pub(super) fn run(args: &RedactArgs) -> Result<(), CommandError> {
    let mut map = match &args.map {
        Some(path) => read_map(path, args.undo)?,
        None => PlaceholderMap::default(),
    };
    let input = open(&args.file)?;
    if args.undo {
        return undo(input, &map);
    }
    let input = only_text(input, &args.file)?;
    let redactor = Redactor::new(RedactionOptions {
        hostnames: args.hostnames,
        ..RedactionOptions::default()
    })?;
    let counts = redact(input, &redactor, &mut map)?;
    if let Some(path) = &args.map {
        write_map(path, &map)?;
    }
    tell(&counts)?;
    Ok(())
}

fn open(path: &Path) -> Result<Box<dyn Read>, CommandError> {
    if path == Path::new(STDIN) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|reason| named(path, "read", &reason))?;
    if file.metadata()?.is_dir() {
        return Err(named(path, "redacted", &"it is a folder; name a file"));
    }
    Ok(Box::new(file))
}

/// Returns the input when it is text; placeholders in other bytes would only destroy them.
fn only_text(mut input: Box<dyn Read>, path: &Path) -> Result<Box<dyn Read>, CommandError> {
    let mut head = Vec::new();
    (&mut input)
        .take(HEAD_BYTES)
        .read_to_end(&mut head)
        .map_err(|reason| named(path, "read", &reason))?;
    let name = path.to_string_lossy();
    let document = DocumentKind::detect(&head, &name).filter(|kind| *kind != DocumentKind::Html);
    let class = analyze(&head, Options::default()).classification.data_class;
    let is_text = document.is_none() && (class.is_text() || head.is_empty());
    if !is_text {
        let what = document.map_or_else(|| class.as_str(), DocumentKind::in_words);
        let advice = format!("it is no text but of the kind {what}; take the text out of it first");
        return Err(named(path, "redacted", &advice));
    }
    Ok(Box::new(Cursor::new(head).chain(input)))
}

fn named(path: &Path, what: &str, reason: &dyn std::fmt::Display) -> CommandError {
    format!("{} could not be {what}: {reason}", path.display()).into()
}

fn redact(
    mut input: Box<dyn Read>,
    redactor: &Redactor,
    map: &mut PlaceholderMap,
) -> Result<RedactionCounts, CommandError> {
    let mut stream = redactor.stream();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut bytes, mut encoding, mut text) = (Vec::new(), None, String::new());
    loop {
        let taken = (&mut input)
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut bytes)?;
        let encoding = *encoding.get_or_insert_with(|| {
            let (encoding, mark) = Encoding::detect(&bytes);
            bytes.drain(..mark);
            encoding
        });
        let limit = if taken == 0 {
            bytes.len()
        } else {
            bytes.len().saturating_sub(1)
        };
        let whole = encoding.floor_boundary(&bytes, limit);
        stream.push(&encoding.decode(&bytes[..whole]), map, &mut text);
        bytes.drain(..whole);
        out.write_all(text.as_bytes())?;
        text.clear();
        if taken == 0 {
            break;
        }
    }
    let counts = stream.finish(map, &mut text);
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(counts)
}

fn undo(mut input: Box<dyn Read>, map: &PlaceholderMap) -> Result<(), CommandError> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let (encoding, mark) = Encoding::detect(&bytes);
    let restored = map.restore(&encoding.decode(&bytes[mark..]));
    io::stdout().lock().write_all(restored.text.as_bytes())?;
    writeln!(
        io::stderr().lock(),
        "{} restored, {} unknown to the map",
        restored.restored,
        restored.unknown
    )?;
    Ok(())
}

fn read_map(path: &Path, must_exist: bool) -> Result<PlaceholderMap, CommandError> {
    match fs::read(path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|reason| named(path, "used as a map", &reason))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {
            Ok(PlaceholderMap::default())
        }
        Err(error) => Err(named(path, "read", &error)),
    }
}

/// Writes the map beside the old one and takes its place; only the owner may read it.
fn write_map(path: &Path, map: &PlaceholderMap) -> Result<(), CommandError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(map)?)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    write().map_err(|reason| named(path, "written", &reason))
}

fn tell(counts: &RedactionCounts) -> io::Result<()> {
    let mut err = io::stderr().lock();
    if counts.0.is_empty() {
        return writeln!(err, "nothing to redact");
    }
    for (kind, count) in &counts.0 {
        writeln!(err, "{count:>8} {}", kind.as_str())?;
    }
    Ok(())
}

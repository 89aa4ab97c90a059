//! Files, folders and archives as one list of analyses.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use faultmaven_analysis::{
    Analysis, Analyzer, ClassSource, Coverage, Encoding, Finding, Options, Remedy, Signatures,
    UnpackLimits, UnpackReport, tie_findings, unpack_file, unpack_stream,
};
use faultmaven_documents::{DOCUMENT_MAX_BYTES, DocumentKind, picture_size};

use super::Tools;
use super::hash::Hash;
use super::parallel::{cores, in_parallel};
use crate::commands::folder::{Below, files_of, in_words};

const CHUNK_BYTES: usize = 1 << 20;
/// Bytes that tell documents from other files.
const HEAD_BYTES: u64 = 8 << 10;
pub(super) const STDIN: &str = "-";
/// Files looked at in one folder, deeper ones included.
pub(super) const FOLDER_FILES: usize = 20_000;

/// Everything the arguments named.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// What the findings were recognised by.
    signatures: Signatures,
    pub(super) analyzed: Vec<Analyzed>,
    /// Files and members of folders and archives that were not, or not wholly, read, and why.
    pub(super) skipped: Vec<(String, String)>,
    /// Arguments of which nothing could be read, and why.
    pub(super) unreadable: Vec<Unreadable>,
    /// Whether a named file could not be read to its end, or something in a folder not at all.
    pub(super) cut_short: bool,
}

/// One file, or one member of an archive.
#[derive(Debug)]
pub(super) struct Analyzed {
    /// Its path; that of a member goes on within the archive.
    pub(super) name: String,
    /// Of the bytes that citations are of; empty where the output does not carry it.
    pub(super) sha256: String,
    /// Of the document whose text these bytes are.
    pub(super) document_sha256: Option<String>,
    pub(super) analysis: Analysis,
}

#[derive(Debug, thiserror::Error)]
#[error("{name} could not be read")]
pub(super) struct Unreadable {
    pub(super) name: String,
    #[source]
    pub(super) reason: io::Error,
}

impl Inputs {
    /// Reads what arguments name, several files at a time, in the order of the arguments.
    ///
    /// A part that cannot be read does not stop the rest.
    pub(super) fn of(arguments: &[PathBuf], options: &Options, tools: &Tools) -> Self {
        let named: Vec<io::Result<Below>> = arguments
            .iter()
            .map(|it| files_of(it, FOLDER_FILES))
            .collect();
        let files: Vec<&PathBuf> = named.iter().flatten().flat_map(|it| &it.files).collect();
        // Several files are read side by side, a single one by several threads.
        let threads = cores() / files.len().clamp(1, cores());
        let options = Options {
            threads,
            ..options.clone()
        };
        let parts = in_parallel(&files, |path| Part::of(path, &options, tools));
        let mut parts = parts.into_iter();
        let mut inputs = Self {
            signatures: options.signatures,
            ..Self::default()
        };
        for (argument, files) in arguments.iter().zip(named) {
            let parts = files.map(|below| {
                inputs.cut_short |= below.is_cut_short;
                let read = parts.by_ref().take(below.files.len()).collect();
                (read, below.left_out)
            });
            inputs.take(argument, parts);
        }
        inputs
    }

    /// Adds what the files show together to their findings.
    pub(super) fn tie(&mut self) {
        let files = self.analyzed.iter_mut();
        let mut files: Vec<(&str, &mut Analysis)> = files
            .map(|it| (it.name.as_str(), &mut it.analysis))
            .collect();
        tie_findings(&mut files);
    }

    /// Returns what helps against what a finding tells of.
    pub(super) fn remedy(&self, finding: &Finding) -> Option<&Remedy> {
        let id = finding.signature_id.as_deref()?;
        self.signatures.catalogue().entry(id)?.remedy.as_ref()
    }

    fn take(&mut self, argument: &Path, parts: io::Result<(Vec<Part>, LeftOut)>) {
        let (analyzed, skipped) = (self.analyzed.len(), self.skipped.len());
        let outcome = parts.and_then(|(parts, left_out)| {
            let left_out = left_out.into_iter();
            self.skipped
                .extend(left_out.map(|(path, reason)| (path.display().to_string(), reason)));
            self.join(argument.is_dir(), parts)
        });
        let reason = match outcome {
            Err(error) => error,
            Ok(()) if self.analyzed.len() > analyzed => return,
            Ok(()) => io::Error::other(self.nothing_read(argument, skipped)),
        };
        self.unreadable.push(Unreadable {
            name: argument.display().to_string(),
            reason,
        });
    }

    /// What lies in a folder was not named itself, so that its damage is no failure of the whole.
    fn join(&mut self, of_folder: bool, parts: Vec<Part>) -> io::Result<()> {
        for part in parts {
            self.analyzed.extend(part.inputs.analyzed);
            self.skipped.extend(part.inputs.skipped);
            self.cut_short |= part.inputs.cut_short && !of_folder;
            match part.outcome {
                Err(error) if of_folder => {
                    // What the system refuses may be anything, so that the whole is not judged.
                    self.cut_short |= error.raw_os_error().is_some();
                    self.skipped.push((part.name, error.to_string()));
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    fn stdin(&mut self, options: &Options, tools: &Tools) -> io::Result<()> {
        let stdin = tools.progress.watch(STDIN, u64::MAX, io::stdin().lock());
        let limits = UnpackLimits::default();
        let report = unpack_stream(STDIN, stdin, limits, &mut |path, content| {
            self.member(path, content, options, tools)
        })?;
        self.note(report);
        Ok(())
    }

    fn file(&mut self, path: &Path, options: &Options, tools: &Tools) -> io::Result<()> {
        let name = path.display().to_string();
        let kind = fs::metadata(path)?.file_type();
        if kind.is_block_device() || kind.is_char_device() || kind.is_socket() {
            let what = in_words(kind);
            let advice = format!("it is {what}; name a file, or pipe its content to `-`");
            return Err(io::Error::other(advice));
        }
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let file = tools.progress.watch(&name, bytes, file);
        let report = unpack_file(
            &name,
            file,
            UnpackLimits::default(),
            &mut |path, content| self.member(path, content, options, tools),
        )?;
        self.note(report);
        Ok(())
    }

    fn member(
        &mut self,
        path: &str,
        content: &mut dyn Read,
        options: &Options,
        tools: &Tools,
    ) -> io::Result<()> {
        let mut head = Vec::new();
        let broken = content.take(HEAD_BYTES).read_to_end(&mut head).err();
        if let Some(error) = broken {
            let mut content = Cursor::new(head).chain(Broken(Some(error)));
            return self.text(path, &mut content, options, None, tools.hash());
        }
        let kind = DocumentKind::detect(&head, path);
        let mut content = Cursor::new(head).chain(content);
        match kind {
            Some(kind) => self.document(path, kind, &mut content, options, tools),
            None => self.text(path, &mut content, options, None, tools.hash()),
        }
    }

    /// Analyses the text of a document, which the citations are of.
    fn document(
        &mut self,
        path: &str,
        kind: DocumentKind,
        content: &mut dyn Read,
        options: &Options,
        tools: &Tools,
    ) -> io::Result<()> {
        let mut document = Vec::new();
        let most = DOCUMENT_MAX_BYTES as u64 + 1;
        content.take(most).read_to_end(&mut document)?;
        match tools.documents.text(kind, &document) {
            Ok(found) => {
                let mut hash = tools.hash();
                hash.update(&document);
                let origin = Origin {
                    sha256: hash.told(),
                    is_cut: found.cut,
                };
                let path = format!("{path} (text)");
                let mut text = found.text.as_bytes();
                self.text(&path, &mut text, options, Some(origin), tools.hash())
            }
            Err(error) => {
                let subject = document_in_words(kind, &document);
                self.skipped
                    .push((path.to_owned(), format!("{subject}: {error}")));
                Ok(())
            }
        }
    }

    fn text(
        &mut self,
        path: &str,
        content: &mut dyn Read,
        options: &Options,
        document: Option<Origin>,
        mut hash: Hash,
    ) -> io::Result<()> {
        let mut analyzer = Analyzer::new(Options {
            file_name: Some(base_name(path).to_owned()),
            ..options.clone()
        });
        let mut blank = true;
        let outcome = feed(content, |chunk| {
            hash.update(chunk);
            blank = blank && chunk.iter().all(u8::is_ascii_whitespace);
            analyzer.push(chunk);
        });
        let mut analysis = analyzer.finish();
        if let Some(document) = &document {
            analysis.coverage.note("derived_text");
            if document.is_cut {
                analysis.coverage.note("document_text");
            }
        }
        if outcome.is_err() {
            analysis.coverage.note("cut_short");
            self.cut_short = true;
        }
        match unread_reason(&analysis, blank) {
            Some(reason) => self.skipped.push((path.to_owned(), reason)),
            None => self.analyzed.push(Analyzed {
                name: path.to_owned(),
                sha256: hash.told(),
                document_sha256: document.map(|it| it.sha256),
                analysis,
            }),
        }
        outcome
    }

    fn note(&mut self, report: UnpackReport) {
        self.cut_short |= report.is_limited;
        let skipped = report.skipped.into_iter();
        self.skipped
            .extend(skipped.map(|(path, reason)| (path, reason.to_string())));
        if report.skipped_more > 0 {
            let more = format!("{} further members", report.skipped_more);
            self.skipped.push((more, "for the same reasons".to_owned()));
        }
    }

    /// Says why an argument gave nothing; its only skipped part is not listed again.
    fn nothing_read(&mut self, argument: &Path, skipped: usize) -> String {
        match self.skipped.len() - skipped {
            0 => "the folder holds no files".to_owned(),
            1 if !argument.is_dir() => match self.skipped.pop() {
                Some((_, reason)) => reason,
                None => String::new(),
            },
            count => format!("none of its {count} files could be read as text"),
        }
    }
}

/// The document that a text was taken out of.
struct Origin {
    sha256: String,
    is_cut: bool,
}

/// Paths that are not read, and why.
type LeftOut = Vec<(PathBuf, String)>;

/// What one file gave.
struct Part {
    name: String,
    inputs: Inputs,
    outcome: io::Result<()>,
}

impl Part {
    fn of(path: &Path, options: &Options, tools: &Tools) -> Self {
        let mut inputs = Inputs::default();
        let outcome = if path == Path::new(STDIN) {
            inputs.stdin(options, tools)
        } else {
            inputs.file(path, options, tools)
        };
        Self {
            name: path.display().to_string(),
            inputs,
            outcome,
        }
    }
}

/// Returns why an analysis says nothing about what the content means.
fn unread_reason(analysis: &Analysis, blank: bool) -> Option<String> {
    let class = &analysis.classification;
    if analysis.coverage.bytes_total == 0 {
        return Some("it is empty; check that the log is written where you look".to_owned());
    }
    let chosen = class.source == ClassSource::User;
    if !class.data_class.is_text() || (analysis.encoding == Encoding::Binary && !chosen) {
        return Some(format!(
            "it is not text ({}); extract its text and analyze that",
            class.reason
        ));
    }
    if analysis.coverage.holds_nothing_wanted() {
        return Some(nothing_wanted(&analysis.coverage));
    }
    blank.then(|| "it holds nothing but white space".to_owned())
}

fn nothing_wanted(coverage: &Coverage) -> String {
    let range = match (coverage.first_time, coverage.last_time) {
        (Some(first), Some(last)) => {
            format!(
                "; the log runs from {} to {}",
                first.to_rfc3339(),
                last.to_rfc3339()
            )
        }
        _ => String::new(),
    };
    format!("no line lies in the time that was asked for{range}")
}

/// Content that cannot be read further.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn document_in_words(kind: DocumentKind, content: &[u8]) -> String {
    match picture_size(content).filter(|_| kind == DocumentKind::Picture) {
        Some(size) => format!("picture of {} × {} points", size.width, size.height),
        None => kind.in_words().to_owned(),
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn feed(reader: &mut dyn Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => take(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

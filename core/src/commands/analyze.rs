//! `faultmaven analyze`: findings of files on the terminal, without any server.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use faultmaven_analysis::{Analysis, Analyzer, GunzipLimits, Options, Severity, decompress_gzip};
use faultmaven_kit::{Clock, SystemClock};

use crate::commands::report;

mod human;

const CHUNK_BYTES: usize = 256 << 10;
const STDIN: &str = "-";
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const FINE: u8 = 0;
const FINDINGS: u8 = 1;
const UNREADABLE: u8 = 2;

/// What to analyze and how to print it.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing wrong found, 1 findings of severity warn or worse, \
    2 a file could not be read."
)]
pub struct AnalyzeArgs {
    /// Files to read, gzip included; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, coloured on a terminal.
    Human,
    /// One JSON array with the whole analysis of each file.
    Json,
}

/// Analyzes the files one after the other; an unreadable one does not stop the rest.
pub(super) fn run(args: &AnalyzeArgs) -> ExitCode {
    let mut status = FINE;
    let mut analyses = Vec::new();
    for path in &args.files {
        match analyze(path) {
            Ok(analysis) => {
                status = status.max(severity_status(&analysis));
                analyses.push((path.display().to_string(), analysis));
            }
            Err(error) => {
                report(&Unreadable(path.clone(), error));
                status = UNREADABLE;
            }
        }
    }
    match print(&analyses, args.format) {
        Ok(()) => ExitCode::from(status),
        // The reader of a pipe went away; there is nothing left to say.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(status),
        Err(error) => {
            report(&error);
            ExitCode::from(UNREADABLE)
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{} could not be read", .0.display())]
struct Unreadable(PathBuf, #[source] io::Error);

fn severity_status(analysis: &Analysis) -> u8 {
    let worrying = |severity| severity >= Severity::Warn;
    if analysis.findings.iter().any(|it| worrying(it.severity)) {
        FINDINGS
    } else {
        FINE
    }
}

fn analyze(path: &Path) -> io::Result<Analysis> {
    let mut analyzer = Analyzer::new(Options {
        file_name: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned()),
        reference_date: Some(SystemClock.now().date_naive()),
        ..Options::default()
    });
    let mut reader = open(path)?;
    let mut head = Vec::with_capacity(GZIP_MAGIC.len());
    reader
        .by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut head)?;
    let compressed = head == GZIP_MAGIC;
    let mut whole = io::Cursor::new(head).chain(reader);
    if compressed {
        decompress_gzip(whole, GunzipLimits::default(), |chunk| analyzer.push(chunk))
            .map_err(io::Error::other)?;
    } else {
        feed(&mut whole, &mut analyzer)?;
    }
    Ok(analyzer.finish())
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new(STDIN) {
        return Ok(Box::new(io::stdin().lock()));
    }
    if path.is_dir() {
        return Err(io::Error::other("it is a directory; name the files in it"));
    }
    Ok(Box::new(File::open(path)?))
}

fn feed(reader: &mut impl Read, analyzer: &mut Analyzer) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok(()),
            read => analyzer.push(&chunk[..read]),
        }
    }
}

fn print(analyses: &[(String, Analysis)], format: Format) -> io::Result<()> {
    let stdout = io::stdout();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = io::BufWriter::new(stdout.lock());
    match format {
        Format::Json => {
            let documents: Vec<&Analysis> = analyses.iter().map(|(_, it)| it).collect();
            serde_json::to_writer_pretty(&mut out, &documents)?;
            writeln!(out)?;
        }
        Format::Human => {
            for (name, analysis) in analyses {
                human::write(&mut out, name, analysis, coloured)?;
            }
        }
    }
    out.flush()
}

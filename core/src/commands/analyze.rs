//! `faultmaven analyze`: findings of files on the terminal, without any server.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use faultmaven_analysis::{Analysis, Options, Severity};
use faultmaven_kit::{Clock, SystemClock};

use crate::commands::report;
use inputs::Inputs;

mod human;
mod inputs;

const FINE: u8 = 0;
const FINDINGS: u8 = 1;
const UNREADABLE: u8 = 2;

/// What to analyze and how to print it.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing wrong found, 1 findings of severity warn or worse, \
    2 something that was named could not be read."
)]
pub struct AnalyzeArgs {
    /// Files, folders and archives (zip, tar, gz, bz2, xz, zst); `-` reads standard input.
    #[arg(required = true, value_name = "PATH")]
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

/// Analyzes what was named one after the other; an unreadable part does not stop the rest.
pub(super) fn run(args: &AnalyzeArgs) -> ExitCode {
    let options = Options {
        reference_date: Some(SystemClock.now().date_naive()),
        ..Options::default()
    };
    let mut inputs = Inputs::default();
    for path in &args.files {
        inputs.read(path, &options);
    }
    let status = ExitCode::from(status(&inputs));
    let printed = print(&inputs, args.format);
    for unreadable in &inputs.unreadable {
        report(unreadable);
    }
    match printed {
        Ok(()) => status,
        // The reader of a pipe went away; there is nothing left to say.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => status,
        Err(error) => {
            report(&error);
            ExitCode::from(UNREADABLE)
        }
    }
}

fn status(inputs: &Inputs) -> u8 {
    let worrying = |analysis: &Analysis| {
        let mut findings = analysis.findings.iter();
        findings.any(|finding| finding.severity >= Severity::Warn)
    };
    if !inputs.unreadable.is_empty() {
        UNREADABLE
    } else if inputs.analyzed.iter().any(|it| worrying(&it.analysis)) {
        FINDINGS
    } else {
        FINE
    }
}

fn print(inputs: &Inputs, format: Format) -> io::Result<()> {
    let stdout = io::stdout();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = io::BufWriter::new(stdout.lock());
    match format {
        Format::Json => {
            let documents: Vec<&Analysis> = inputs.analyzed.iter().map(|it| &it.analysis).collect();
            serde_json::to_writer_pretty(&mut out, &documents)?;
            writeln!(out)?;
            human::write_skipped(&mut io::stderr().lock(), &inputs.skipped)?;
        }
        Format::Human => human::write(&mut out, inputs, coloured)?,
    }
    out.flush()
}

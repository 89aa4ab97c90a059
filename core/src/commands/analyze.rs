//! `faultmaven analyze`: findings of files on the terminal, without any server.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use faultmaven_analysis::{Analysis, DataClass, Options, Severity, Signatures, parse_time};
use faultmaven_documents::Extractor;
use faultmaven_kit::{Clock, SystemClock};

use crate::commands::{CommandError, report};
use crate::config::DocumentSettings;
use inputs::Inputs;
use progress::Progress;

mod across;
mod differences;
mod html;
mod human;
mod inputs;
mod own;
mod progress;
mod views;

const FINE: u8 = 0;
const FINDINGS: u8 = 1;
const UNREADABLE: u8 = 2;
const NO_OVERVIEW_PAGE: &str =
    "--overview has no page of its own; leave it out, or take --format human or json";

/// What to analyze and how to print it.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing wrong found, 1 findings of severity warn or worse, \
    2 something that was named could not be read, or not to its end, or the system refused a part of \
    a folder. What takes more than a second \
    shows its progress on a terminal, unless the output goes into a pipe."
)]
pub struct AnalyzeArgs {
    /// Files, folders, archives (zip, 7z, tar, gz, bz2, xz, zst) and documents (HTML, PDF, DOCX, pictures
    /// where tesseract is installed); `-` reads standard input.
    #[arg(required_unless_present = "check_catalogue", value_name = "PATH")]
    files: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Leave out events before this time, such as `2025-03-04 14:05` (UTC) or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Leave out events after this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,
    #[command(flatten)]
    view: View,
    /// Files of good times, ended by `--`: print what differs in PATH.
    #[arg(long, value_name = "GOOD", num_args = 1.., value_terminator = "--")]
    baseline: Vec<PathBuf>,
    /// Directory of failure signatures of your own, as YAML or TOML, beside the embedded ones; one of
    /// the same id takes the place of the embedded one.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Check the catalogue's files, their patterns and samples, and analyze nothing.
    #[arg(long, requires = "catalogue", conflicts_with = "files")]
    check_catalogue: bool,
}

/// What to print instead of findings.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct View {
    /// Print every template with its count and first line.
    #[arg(long)]
    templates: bool,
    /// Print CSV `line,template_id` for every line of one file, read as a log.
    #[arg(long)]
    line_templates: bool,
    /// Print the findings of all files in order of time.
    #[arg(long)]
    timeline: bool,
    /// Print what the files say together: likely origins, what failed after what, names they share.
    #[arg(long)]
    overview: bool,
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    parse_time(text)
        .ok_or_else(|| "write it as 2025-03-04 14:05 or 2025-03-04T14:05:00Z".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, coloured on a terminal.
    Human,
    /// One JSON array with the whole analysis of each file.
    Json,
    /// One self-contained page.
    Html,
}

/// Analyzes what was named one after the other; an unreadable part does not stop the rest.
pub(super) fn run(args: &AnalyzeArgs) -> ExitCode {
    if args.view.overview && args.format == Format::Html {
        report(&*CommandError::from(NO_OVERVIEW_PAGE));
        return ExitCode::from(UNREADABLE);
    }
    let own = match args.catalogue.as_deref().map(own::read).transpose() {
        Ok(own) => own,
        Err(error) => {
            report(&*error);
            return ExitCode::from(UNREADABLE);
        }
    };
    match own {
        Some(own) if args.check_catalogue => own::tell(&own),
        own => analyze(args, own.map(|own| own.signatures()).unwrap_or_default()),
    }
}

fn analyze(args: &AnalyzeArgs, signatures: Signatures) -> ExitCode {
    let options = Options {
        signatures,
        reference_date: Some(SystemClock.now().date_naive()),
        since: args.since,
        until: args.until,
        line_templates: args.view.line_templates,
        data_class: args.view.line_templates.then_some(DataClass::Logs),
        ..Options::default()
    };
    let tools = match Tools::over(args.baseline.iter().chain(&args.files)) {
        Ok(tools) => tools,
        Err(error) => {
            report(&error);
            return ExitCode::from(UNREADABLE);
        }
    };
    let good = Inputs::of(&args.baseline, &options, &tools);
    let mut inputs = Inputs::of(&args.files, &options, &tools);
    inputs.tie();
    tools.progress.clear();
    let printed = print(&good, &inputs, args);
    for unreadable in good.unreadable.iter().chain(&inputs.unreadable) {
        report(unreadable);
    }
    let mut status = status(&inputs);
    if !good.unreadable.is_empty() {
        status = UNREADABLE;
    }
    match printed {
        Ok(differing) => ExitCode::from(status.max(if differing { FINDINGS } else { FINE })),
        // The reader of a pipe has seen enough; what he did not see is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && status != UNREADABLE => {
            ExitCode::from(FINE)
        }
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(status),
        Err(error) => {
            report(&error);
            ExitCode::from(UNREADABLE)
        }
    }
}

/// What reading files takes besides the files.
struct Tools {
    progress: Progress,
    documents: Extractor,
}

impl Tools {
    fn over<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> io::Result<Self> {
        Ok(Self {
            progress: Progress::over(paths),
            documents: DocumentSettings::of_process().extractor()?,
        })
    }
}

fn status(inputs: &Inputs) -> u8 {
    let worrying = |analysis: &Analysis| {
        let mut findings = analysis.findings.iter();
        findings.any(|finding| finding.severity >= Severity::Warn)
    };
    if !inputs.unreadable.is_empty() || inputs.cut_short {
        UNREADABLE
    } else if inputs.analyzed.iter().any(|it| worrying(&it.analysis)) {
        FINDINGS
    } else {
        FINE
    }
}

/// Prints what was asked for; returns whether good and bad times differ.
fn print(good: &Inputs, inputs: &Inputs, args: &AnalyzeArgs) -> io::Result<bool> {
    let stdout = io::stdout();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = io::BufWriter::new(stdout.lock());
    let mut differing = false;
    if !args.baseline.is_empty() {
        differing = differences::write(&mut out, good, inputs, args.format)?;
    } else if args.view.templates {
        views::write_templates(&mut out, inputs)?;
    } else if args.view.overview {
        across::write(&mut out, inputs, args.format)?;
    } else if args.view.timeline {
        views::write_timeline(&mut out, inputs)?;
    } else if args.view.line_templates {
        match inputs.analyzed.as_slice() {
            [only] => views::write_line_templates(&mut out, &only.analysis)?,
            [] => {}
            _ => {
                return Err(io::Error::other(
                    "--line-templates takes one file; name one",
                ));
            }
        }
    } else {
        print_findings(&mut out, inputs, args.format, coloured)?;
    }
    out.flush()?;
    Ok(differing)
}

fn print_findings(
    out: &mut impl Write,
    inputs: &Inputs,
    format: Format,
    coloured: bool,
) -> io::Result<()> {
    match format {
        Format::Json => {
            let documents: Vec<&Analysis> = inputs.analyzed.iter().map(|it| &it.analysis).collect();
            serde_json::to_writer_pretty(&mut *out, &documents)?;
            writeln!(out)?;
            human::write_skipped(&mut io::stderr().lock(), &inputs.skipped)
        }
        Format::Html => html::write(out, inputs),
        Format::Human => human::write(out, inputs, coloured),
    }
}

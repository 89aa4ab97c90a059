//! `faultmaven analyze`: findings of files on the terminal, without any server.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use faultmaven_analysis::{Analysis, DataClass, Options, Severity, Signatures};
use faultmaven_documents::Extractor;
use faultmaven_kit::{Clock, SystemClock};

use crate::commands::{CommandError, report};
use crate::config::DocumentSettings;
pub use args::AnalyzeArgs;
use args::Format;
use hash::Hash;
use human::Style;
use inputs::Inputs;
use progress::Progress;

mod across;
mod args;
mod differences;
mod hash;
mod html;
mod human;
mod inputs;
mod json;
mod own;
mod parallel;
mod progress;
mod views;

const FINE: u8 = 0;
const FINDINGS: u8 = 1;
const UNREADABLE: u8 = 2;

/// Analyzes what was named one after the other; an unreadable part does not stop the rest.
pub(super) fn run(args: &AnalyzeArgs) -> ExitCode {
    if let Some(refusal) = args.refusal() {
        report(&*CommandError::from(refusal));
        return ExitCode::from(UNREADABLE);
    }
    if args.schema {
        return exit(
            json::write_schema(&mut io::stdout().lock()).map(|()| FINE),
            FINE,
        );
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
        reference_date: args.today.or_else(|| Some(SystemClock.now().date_naive())),
        assumed_zone: args.zone,
        since: args.since,
        until: args.until,
        line_templates: args.view.line_templates,
        data_class: if args.view.line_templates {
            Some(DataClass::Logs)
        } else {
            args.class
        },
        ..Options::default()
    };
    let named = args.baseline.iter().chain(&args.files);
    let tools = match Tools::over(named, args.format != Format::Human) {
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
    exit(
        printed.map(|differing| status.max(if differing { FINDINGS } else { FINE })),
        status,
    )
}

/// Returns how the program ends that printed, or could not print to the end.
fn exit(printed: io::Result<u8>, status: u8) -> ExitCode {
    match printed {
        Ok(status) => ExitCode::from(status),
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
    /// Whether the output carries the hash of what was read.
    hashes: bool,
}

impl Tools {
    fn over<'a>(paths: impl Iterator<Item = &'a PathBuf>, hashes: bool) -> io::Result<Self> {
        Ok(Self {
            progress: Progress::over(paths),
            documents: DocumentSettings::of_process().extractor()?,
            hashes,
        })
    }

    fn hash(&self) -> Hash {
        Hash::wanted(self.hashes)
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
        views::write_templates(&mut out, inputs, args.format)?;
    } else if args.view.overview {
        across::write(&mut out, inputs, args.format)?;
    } else if args.view.timeline {
        views::write_timeline(&mut out, inputs, args.format)?;
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
        let style = Style {
            coloured,
            verbose: args.verbose,
        };
        match args.format {
            Format::Json => json::write(&mut out, inputs)?,
            Format::Html => html::write(&mut out, inputs)?,
            Format::Human => human::write(&mut out, inputs, &style)?,
        }
    }
    out.flush()?;
    Ok(differing)
}

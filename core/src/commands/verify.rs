//! `faultmaven verify`: whether a bundle of a case is whole and its citations hold.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::commands::{CommandError, is_closed_pipe, report};
use bundle::Bundle;
use outcome::Outcome;

mod bundle;
mod citations;
mod originals;
mod outcome;
mod record;

const HOLDS: u8 = 0;
const DIFFERS: u8 = 1;
const UNREADABLE: u8 = 2;

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = "\
A bundle is a zip with the reports of a case, the case as JSON, the cited excerpts and a manifest; \
GET /api/v1/cases/{case_id}/bundle exports one. Every file is compared with the manifest and every \
quote with its excerpt at the stated lines. With --evidence, the original files in a folder are \
found by their SHA-256 and the cited bytes compared with the quotes; where the bundle is redacted, \
placeholders stand for any text.

Exit status: 0 everything holds, 1 something differs or is missing, 2 the bundle or the folder could \
not be read.

Examples:
  faultmaven verify case_0123456789ab-v17.zip
  faultmaven verify --evidence ./logs --format json case_0123456789ab-v17.zip")]
pub struct VerifyArgs {
    /// The zip.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// A folder with the original files, deeper folders included.
    #[arg(long, value_name = "FOLDER")]
    evidence: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// Checks a bundle and prints what holds and what does not.
pub(super) fn run(args: &VerifyArgs) -> ExitCode {
    let printed = check(args).and_then(|outcome| {
        print(&outcome, args.format)?;
        Ok(outcome.holds())
    });
    match printed {
        Ok(true) => ExitCode::from(HOLDS),
        Ok(false) => ExitCode::from(DIFFERS),
        Err(error) if is_closed_pipe(&*error) => ExitCode::from(HOLDS),
        Err(error) => {
            report(&*error);
            ExitCode::from(UNREADABLE)
        }
    }
}

fn check(args: &VerifyArgs) -> Result<Outcome, CommandError> {
    let named = |reason| format!("{} {reason}", args.bundle.display());
    let bundle = Bundle::read(&args.bundle).map_err(|error| named(chain(&error)))?;
    let mut outcome = Outcome::of(&bundle);
    bundle.compare_with_manifest(&mut outcome);
    let Some(record) = record::read(&bundle, &mut outcome) else {
        return Ok(outcome);
    };
    citations::check(&bundle, &record, &mut outcome);
    if let Some(folder) = &args.evidence {
        originals::check(folder, &bundle, &record, &mut outcome)
            .map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    }
    Ok(outcome)
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    faultmaven_kit::fault::chain(error)
}

fn print(outcome: &Outcome, format: Format) -> Result<(), CommandError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &outcome.json())?;
            writeln!(out)?;
        }
        Format::Human => {
            let coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            outcome.write(&mut out, coloured)?;
        }
    }
    out.flush()?;
    Ok(())
}

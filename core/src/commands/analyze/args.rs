//! What `faultmaven analyze` is asked for.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use faultmaven_analysis::{DataClass, parse_time};

/// Classes of content that is read as text.
const CLASSES: [DataClass; 12] = [
    DataClass::Logs,
    DataClass::ErrorReport,
    DataClass::Metrics,
    DataClass::Trace,
    DataClass::Profile,
    DataClass::Config,
    DataClass::Diff,
    DataClass::CommandOutput,
    DataClass::Table,
    DataClass::Code,
    DataClass::Document,
    DataClass::Text,
];

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
    #[arg(required_unless_present_any = ["check_catalogue", "schema"], value_name = "PATH")]
    pub(super) files: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
    /// Print with each finding how sure it is, why, and what helps with which risk.
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Leave out events before this time, such as `2025-03-04 14:05` (UTC) or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) since: Option<DateTime<Utc>>,
    /// Leave out events after this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<DateTime<Utc>>,
    /// Zone of the times in the files that name none, such as `+02:00`; UTC when absent.
    #[arg(long, value_name = "OFFSET", value_parser = zone, allow_hyphen_values = true)]
    pub(super) zone: Option<FixedOffset>,
    /// Latest plausible day, from which missing years are derived and certificates judged; today when absent.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(super) today: Option<NaiveDate>,
    /// What the files are, instead of what their content looks like.
    #[arg(long, value_name = "CLASS", value_parser = class(), conflicts_with = "line_templates")]
    pub(super) class: Option<DataClass>,
    #[command(flatten)]
    pub(super) view: View,
    /// Files of good times, ended by `--`: print what differs in PATH.
    #[arg(long, value_name = "GOOD", num_args = 1.., value_terminator = "--", conflicts_with = "View")]
    pub(super) baseline: Vec<PathBuf>,
    /// Directory of failure signatures of your own, as YAML or TOML, beside the embedded ones; one of
    /// the same id takes the place of the embedded one.
    #[arg(long, value_name = "DIR")]
    pub(super) catalogue: Option<PathBuf>,
    /// Check the catalogue's files, their patterns and samples, and analyze nothing.
    #[arg(long, requires = "catalogue", conflicts_with = "files")]
    pub(super) check_catalogue: bool,
    /// Print the JSON schema of what `--format json` prints, and analyze nothing.
    #[arg(long, exclusive = true)]
    pub(super) schema: bool,
}

/// What to print instead of findings.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct View {
    /// Print every template with its count and first line.
    #[arg(long)]
    pub(super) templates: bool,
    /// Print CSV `line,template_id` for every line of one file, read as a log.
    #[arg(long)]
    pub(super) line_templates: bool,
    /// Print the findings of all files in order of time.
    #[arg(long)]
    pub(super) timeline: bool,
    /// Print what the files say together: likely origins, what failed after what, names they share.
    #[arg(long)]
    pub(super) overview: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, coloured on a terminal.
    Human,
    /// One JSON array with the whole analysis of each file, and why others were not read.
    Json,
    /// One self-contained page.
    Html,
}

impl AnalyzeArgs {
    /// Says why what was asked for cannot be printed that way.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.view.line_templates && self.format != Format::Human {
            return Some("--line-templates prints CSV alone; leave --format out".to_owned());
        }
        let without_page = [
            (self.view.overview, "overview"),
            (self.view.templates, "templates"),
            (self.view.timeline, "timeline"),
            (!self.baseline.is_empty(), "baseline"),
        ];
        let (_, option) = without_page.into_iter().find(|(asked, _)| *asked)?;
        (self.format == Format::Html).then(|| {
            format!(
                "--{option} has no page of its own; leave it out, or take --format human or json"
            )
        })
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    parse_time(text)
        .ok_or_else(|| "write it as 2025-03-04 14:05 or 2025-03-04T14:05:00Z".to_owned())
}

fn zone(text: &str) -> Result<FixedOffset, String> {
    let offset = if matches!(text, "UTC" | "Z") {
        "+00:00"
    } else {
        text
    };
    let offset = offset.parse::<FixedOffset>();
    offset.map_err(|_| "write it as UTC, +02:00 or -05:30".to_owned())
}

fn day(text: &str) -> Result<NaiveDate, String> {
    let day = text.parse::<NaiveDate>();
    day.map_err(|_| "write it as 2025-03-04".to_owned())
}

fn class() -> impl TypedValueParser<Value = DataClass> {
    let names = CLASSES.iter().map(|class| class.as_str());
    PossibleValuesParser::new(names).map(|name| {
        let mut classes = CLASSES.iter().copied();
        // The parser lets nothing else pass.
        classes
            .find(|class| class.as_str() == name)
            .unwrap_or(DataClass::Text)
    })
}

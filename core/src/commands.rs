//! What the program can be told to do.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::{Settings, Source};

mod analyze;
mod backup;
mod doctor;
mod eval;
mod folder;
mod migrate;
mod read_document;
mod redact;
mod restore;
mod serve;
mod verify;

pub use analyze::AnalyzeArgs;
pub use eval::EvalArgs;
pub use redact::RedactArgs;
pub use verify::VerifyArgs;

pub(crate) type CommandError = Box<dyn Error + Send + Sync>;

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve REST, gRPC and the web page until told to stop.
    Serve {
        /// Modules to host, comma separated; all of them and the gateway when absent.
        #[arg(long, value_name = "NAMES")]
        modules: Option<String>,
        /// Port to listen on.
        #[arg(long)]
        port: Option<String>,
    },
    /// Bring the databases of all hosted modules up to date.
    Migrate,
    /// Print what is found in files, without any server.
    Analyze(AnalyzeArgs),
    /// Print a file with placeholders instead of secrets and personal data.
    Redact(RedactArgs),
    /// Check a bundle that was exported from a case: hashes, quotes and, if they are there, originals.
    Verify(VerifyArgs),
    /// Print the settings that matter and test every dependency.
    Doctor {
        /// Print every setting.
        #[arg(long)]
        all: bool,
    },
    /// Run scenarios of known incidents and score the answers.
    Eval(EvalArgs),
    /// Save database, uploads and keys to one file, while running or stopped.
    Backup {
        /// The file to write; it must not exist.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Bring a backup back; the server must be stopped.
    Restore {
        /// The file that `backup` wrote.
        file: PathBuf,
        /// Replace what is there; the old data is kept beside it.
        #[arg(long)]
        force: bool,
    },
    /// Read the document on standard input and print its text as JSON, within limits.
    #[command(hide = true)]
    ReadDocument {
        /// `html`, `pdf`, `docx` or `picture`.
        kind: String,
        /// The program that recognises text in pictures.
        recogniser: OsString,
    },
    /// Print the version.
    Version,
}

/// Runs a command and returns what the process ends with.
pub fn run(command: Command) -> ExitCode {
    let outcome = match command {
        Command::Analyze(args) => return analyze::run(&args),
        Command::Redact(args) => redact::run(&args),
        Command::Verify(args) => return verify::run(&args),
        Command::ReadDocument { kind, recogniser } => read_document::run(&kind, &recogniser),
        Command::Version => print_version(),
        Command::Serve { modules, port } => {
            settings(modules, port).and_then(|settings| serve::run(&settings))
        }
        Command::Migrate => settings(None, None).and_then(|settings| migrate::run(&settings)),
        Command::Doctor { all } => return doctor::run(all),
        Command::Eval(args) => return eval::run(&args),
        Command::Backup { output } => {
            settings(None, None).and_then(|settings| backup::run(&settings, &output))
        }
        Command::Restore { file, force } => {
            settings(None, None).and_then(|settings| restore::run(&settings, &file, force))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&*error);
            ExitCode::from(2)
        }
    }
}

fn settings(modules: Option<String>, port: Option<String>) -> Result<Settings, CommandError> {
    let mut source = Source::of_process()?;
    if let Some(modules) = modules {
        source.set("MODULES", modules);
    }
    if let Some(port) = port {
        source.set("PORT", port);
    }
    Ok(Settings::from_source(&source)?)
}

fn print_version() -> Result<(), CommandError> {
    say(&format!("faultmaven {}", env!("CARGO_PKG_VERSION")))
}

/// Prints one line for the user.
pub(crate) fn say(line: &str) -> Result<(), CommandError> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

/// Returns whether nobody reads what is printed any more, as behind `head`.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints an error with its causes.
fn report(error: &(dyn Error + 'static)) {
    let text = faultmaven_kit::fault::chain(error);
    // Nobody is left to tell when even standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "error: {text}");
}

/// Runs a future on a runtime made for one command.
pub(crate) fn block_on<T>(
    future: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    // Answers of SQLite's own threads come through the queue all workers share. The writer, for
    // whom many wait, must not stand there behind whatever the workers have before them.
    tokio::runtime::Builder::new_multi_thread()
        .global_queue_interval(1)
        .enable_all()
        .build()?
        .block_on(future)
}

//! The command line.

use std::process::ExitCode;

use clap::Parser;
use faultmaven::commands::{self, Command};
use rustix::fs::Mode;

/// Memory stays low and allocation fast under many small requests.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// AI troubleshooting copilot: hand over logs, metrics and configuration of a broken system and get
/// an answer whose every claim cites them.
#[derive(Parser)]
#[command(name = "faultmaven", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    keep_files_private();
    commands::run(Cli::parse().command)
}

/// What is written here is its owner's, wherever a setting puts it.
fn keep_files_private() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

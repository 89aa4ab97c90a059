//! The command line.

use std::process::ExitCode;

use clap::Parser;
use faultmaven::commands::{self, Command};

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
    commands::run(Cli::parse().command)
}

//! The user's own catalogue, as the command line names it.

use std::path::Path;
use std::process::ExitCode;

use faultmaven_analysis::{OwnCatalogue, catalogue};

use super::UNREADABLE;
use crate::catalogue_dir;
use crate::commands::{CommandError, report, say};

/// Reads a directory that must hold a catalogue.
pub(super) fn read(directory: &Path) -> Result<OwnCatalogue, CommandError> {
    let own = catalogue_dir::read(directory)?;
    if own.files.is_empty() {
        let shown = directory.display();
        return Err(
            format!("{shown} holds no .yaml, .yml or .toml file; name one that does").into(),
        );
    }
    Ok(own)
}

/// Tells what a catalogue without errors holds.
pub(super) fn tell(own: &OwnCatalogue) -> ExitCode {
    for (name, entries) in &own.files {
        let replacing = entries
            .iter()
            .filter(|it| catalogue().entry(&it.id).is_some());
        let counted = match entries.len() {
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        };
        let line = match replacing.count() {
            0 => format!("{name}: {counted}"),
            count => format!("{name}: {counted}, {count} in place of embedded ones"),
        };
        if let Err(error) = say(&line) {
            report(&*error);
            return ExitCode::from(UNREADABLE);
        }
    }
    ExitCode::SUCCESS
}

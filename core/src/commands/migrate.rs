//! `faultmaven migrate`.

use faultmaven_kit::MigrationPolicy;

use crate::commands::{CommandError, block_on, say};
use crate::config::Settings;
use crate::lock::DataLock;
use crate::wiring;

/// Brings the tables of every hosted module up to date, and starts nothing.
pub(super) fn run(settings: &Settings) -> Result<(), CommandError> {
    let mut settings = settings.clone();
    let storage = &mut settings.storage;
    storage.database.migration = MigrationPolicy::Apply;
    for (_, database) in &mut storage.module_databases {
        database.migration = MigrationPolicy::Apply;
    }
    // A server of another version may be at work on the file; a database server bears both.
    let in_a_file = storage.database.file_path()?.is_some();
    let _lock = in_a_file
        .then(|| DataLock::take(&storage.data_dir))
        .transpose()?;
    block_on(wiring::migrate(&settings))?;
    say("the databases are up to date")
}

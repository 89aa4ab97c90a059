//! `faultmaven migrate`.

use faultmaven_kit::{Ids, MigrationPolicy, SystemClock, Tasks};

use crate::commands::{CommandError, block_on, say};
use crate::config::Settings;
use crate::lock::DataLock;
use crate::wiring::{Base, wire};

/// Builds every hosted module with migrations allowed, and stops.
pub(super) fn run(settings: &Settings) -> Result<(), CommandError> {
    // Building the modules also ends what an earlier process left behind, so none may be at work here.
    let _lock = DataLock::take(&settings.storage.data_dir)?;
    let mut settings = settings.clone();
    settings.storage.database.migration = MigrationPolicy::Apply;
    for (_, database) in &mut settings.storage.module_databases {
        database.migration = MigrationPolicy::Apply;
    }
    block_on(async {
        let tasks = Tasks::new();
        let base = Base {
            settings: &settings,
            tasks: &tasks,
            clock: SystemClock::shared(),
            ids: Ids::random(),
            setup_token: None,
        };
        let wired = wire(&base).await?;
        tasks.shutdown(std::time::Duration::from_secs(10)).await;
        for db in wired.databases {
            db.close().await?;
        }
        Ok(())
    })?;
    say("the databases are up to date")
}

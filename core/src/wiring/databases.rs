//! The databases of a process.

use faultmaven_kit::Db;

use super::BoxError;
use crate::config::Settings;
use crate::placement::ModuleName;

/// Something that a setting names and that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be used")]
pub(super) struct NotUsable {
    what: String,
    source: BoxError,
}

impl NotUsable {
    pub(super) fn new(what: String, source: impl Into<BoxError>) -> Self {
        let source = source.into();
        Self { what, source }
    }
}

/// The open databases by address; modules without one of their own share the first, each with a
/// revision of its own.
#[derive(Default)]
pub(super) struct Databases(Vec<(String, Db)>);

impl Databases {
    pub(super) async fn of(
        &mut self,
        settings: &Settings,
        name: ModuleName,
    ) -> Result<Db, BoxError> {
        let config = settings.storage.database_of(name);
        if let Some((_, db)) = self.0.iter().find(|(url, _)| *url == config.url) {
            return Ok(db.of_its_own());
        }
        let db = Db::connect(config).await;
        let db =
            db.map_err(|error| NotUsable::new(settings.storage.database_setting(name), error))?;
        self.0.push((config.url.clone(), db.clone()));
        Ok(db)
    }

    pub(super) fn opened(self) -> Vec<Db> {
        self.0.into_iter().map(|(_, db)| db).collect()
    }
}

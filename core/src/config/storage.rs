//! Where data lies and how large it may be.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use faultmaven_kit::{DbConfig, MigrationPolicy};

use super::{ByteSize, SettingError, Source, invalid};
use crate::placement::{ALL_MODULES, ModuleName};

/// Longer than anybody's rules of retention: a hundred years.
const DELETE_GRACE_DAYS_MAX: u32 = 36_500;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where data lies and how large it may be.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// `DATA_DIR`.
    pub data_dir: PathBuf,
    /// `STORAGE_PATH`.
    pub uploads_dir: PathBuf,
    /// `DATABASE_URL`.
    pub database: DbConfig,
    /// `<MODULE>_DATABASE_URL` of modules that have their own.
    pub module_databases: Vec<(ModuleName, DbConfig)>,
    /// `CATALOGUE_DIR`.
    pub catalogue_dir: Option<PathBuf>,
    /// `MAX_UPLOAD_BYTES`.
    pub max_upload_bytes: u64,
    /// `MAX_UNPACKED_BYTES`.
    pub max_unpacked_bytes: u64,
    /// `MAX_ARCHIVE_MEMBERS`.
    pub max_archive_members: u64,
    /// `DELETE_GRACE_DAYS`: how long a deleted case can be restored.
    pub delete_grace: Duration,
}

impl StorageSettings {
    pub(super) fn from_source(source: &Source, production: bool) -> Result<Self, SettingError> {
        let data_dir: PathBuf = source.required("DATA_DIR", "./data")?;
        let database = |name: &str| database(source, name, &data_dir, production);
        let mut module_databases = Vec::new();
        for module in ALL_MODULES {
            let name = own_database_setting(module);
            if source.get(&name).is_some() {
                module_databases.push((module, database(&name)?));
            }
        }
        Ok(Self {
            uploads_dir: source
                .get("STORAGE_PATH")
                .map_or_else(|| data_dir.join("uploads"), PathBuf::from),
            database: database("DATABASE_URL")?,
            module_databases,
            catalogue_dir: source.get("CATALOGUE_DIR").map(PathBuf::from),
            max_upload_bytes: source.required::<ByteSize>("MAX_UPLOAD_BYTES", "1GiB")?.0,
            max_unpacked_bytes: source.required::<ByteSize>("MAX_UNPACKED_BYTES", "8GiB")?.0,
            max_archive_members: max_archive_members(source)?,
            delete_grace: delete_grace(source)?,
            data_dir,
        })
    }
}

impl StorageSettings {
    /// Returns where the tables of a module are.
    pub(crate) fn database_of(&self, module: ModuleName) -> &DbConfig {
        self.own_database_of(module).unwrap_or(&self.database)
    }

    /// Returns the setting that says so.
    pub(crate) fn database_setting(&self, module: ModuleName) -> String {
        match self.own_database_of(module) {
            Some(_) => own_database_setting(module),
            None => "DATABASE_URL".to_owned(),
        }
    }

    fn own_database_of(&self, module: ModuleName) -> Option<&DbConfig> {
        let mut own = self.module_databases.iter();
        own.find(|(it, _)| *it == module).map(|(_, config)| config)
    }
}

fn delete_grace(source: &Source) -> Result<Duration, SettingError> {
    const NAME: &str = "DELETE_GRACE_DAYS";
    let days: u32 = source.required(NAME, "7")?;
    if days > DELETE_GRACE_DAYS_MAX {
        let problem = format!("is {days}, and at most {DELETE_GRACE_DAYS_MAX} days are possible");
        return Err(invalid(NAME, problem, "7"));
    }
    Ok(DAY * days)
}

fn max_archive_members(source: &Source) -> Result<u64, SettingError> {
    let members: NonZeroU32 = source.required("MAX_ARCHIVE_MEMBERS", "10000")?;
    Ok(u64::from(members.get()))
}

fn own_database_setting(module: ModuleName) -> String {
    format!("{}_DATABASE_URL", module.as_str().to_uppercase())
}

fn database(
    source: &Source,
    name: &str,
    data_dir: &Path,
    production: bool,
) -> Result<DbConfig, SettingError> {
    let url = source.get(name).unwrap_or_default().to_owned();
    let on_server = url.starts_with("postgres");
    let apply = source
        .optional("MIGRATE_ON_START", "true")?
        .unwrap_or(!(on_server && production));
    let config = DbConfig {
        url,
        max_connections: source.required("DATABASE_MAX_CONNECTIONS", "10")?,
        migration: if apply {
            MigrationPolicy::Apply
        } else {
            MigrationPolicy::Require
        },
        data_dir: data_dir.to_owned(),
    };
    match config.file_path() {
        Ok(_) => Ok(config),
        Err(error) => Err(invalid(
            name,
            error.to_string(),
            "sqlite:data/faultmaven.db",
        )),
    }
}

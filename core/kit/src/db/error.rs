//! What can go wrong with a database as a whole.

use std::path::PathBuf;

use sea_orm::DbErr;

/// Why a database cannot be opened, migrated or backed up.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address names no database this program can use.
    #[error("{url:?} is not a database address; use sqlite:<path> or postgres://…")]
    InvalidUrl {
        /// The address, without credentials.
        url: String,
    },
    /// The path cannot be expressed in SQL.
    #[error("{path:?} is not valid UTF-8")]
    InvalidPath {
        /// The path.
        path: PathBuf,
    },
    /// The directory of the file cannot be made.
    #[error("cannot create the directory {path:?}")]
    CreateDirectory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("the database at {place} cannot be opened")]
    Open {
        /// A file, or a server's address without credentials.
        place: String,
        /// Why.
        source: Box<sea_orm::SqlxError>,
    },
    /// Migrations are missing and the policy forbids to apply them.
    #[error(
        "the database lacks migrations of {module}: {}; run `faultmaven migrate`",
        pending.join(", ")
    )]
    MigrationsPending {
        /// The module.
        module: &'static str,
        /// The migrations, oldest first.
        pending: Vec<String>,
    },
    /// Only a file can be backed up by this program.
    #[error("this database is backed up with its own tools (pg_dump)")]
    BackupUnsupported,
    /// The database said no.
    #[error("database error")]
    Database(#[from] DbErr),
}

/// Returns the error of a database at `place` that cannot be opened.
pub(super) fn cannot_open(place: impl ToString, source: sea_orm::SqlxError) -> DbError {
    DbError::Open {
        place: place.to_string(),
        source: Box::new(source),
    }
}

//! Where a database is, in every spelling that is accepted.

use std::path::{Path, PathBuf};

use super::{DbError, postgres};

const FILE_NAME: &str = "faultmaven.db";

/// Where a database is and how to treat it.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// The address; empty or `sqlite:` means the default file.
    pub url: String,
    /// The size of the pool.
    pub max_connections: u32,
    /// What to do about missing migrations.
    pub migration: MigrationPolicy,
    /// The directory of the default file.
    pub data_dir: PathBuf,
}

/// What to do about missing migrations at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationPolicy {
    /// Apply them.
    Apply,
    /// Refuse to start.
    Require,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Location {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DbConfig {
    /// Returns what the address names; an empty one names the default file.
    pub(super) fn location(&self) -> Result<Location, DbError> {
        let (scheme, rest) = self.url.split_once(':').unwrap_or((&self.url, ""));
        match scheme {
            "" => Ok(Location::Sqlite(self.data_dir.join(FILE_NAME))),
            "sqlite" => self.file(rest.strip_prefix("//").unwrap_or(rest)),
            // In this older spelling three slashes begin a relative path, four an absolute one.
            "sqlite+aiosqlite" => self.file(rest.strip_prefix("///").unwrap_or(rest)),
            "postgres" | "postgresql" | "postgresql+asyncpg" if rest.starts_with("//") => {
                Ok(Location::Postgres(format!("postgres:{rest}")))
            }
            _ => Err(self.invalid_url()),
        }
    }

    /// Returns the file of the database, unless a server keeps it.
    pub fn file_path(&self) -> Result<Option<PathBuf>, DbError> {
        Ok(match self.location()? {
            Location::Sqlite(path) => Some(path),
            Location::Postgres(_) => None,
        })
    }

    /// Returns the host of the server that keeps the database, unless a file or a socket leads to it.
    pub fn server_host(&self) -> Option<String> {
        match self.location() {
            Ok(Location::Postgres(url)) => postgres::host(&url),
            Ok(Location::Sqlite(_)) | Err(_) => None,
        }
    }

    fn file(&self, path: &str) -> Result<Location, DbError> {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.contains(":memory:") {
            return Err(self.invalid_url());
        }
        if path.is_empty() {
            return Ok(Location::Sqlite(self.data_dir.join(FILE_NAME)));
        }
        Ok(Location::Sqlite(Path::new(path).to_owned()))
    }

    fn invalid_url(&self) -> DbError {
        let url = match self.url.rsplit_once('@') {
            Some((_, host)) => format!("***@{host}"),
            None => self.url.clone(),
        };
        DbError::InvalidUrl { url }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> Result<Location, DbError> {
        DbConfig {
            url: url.to_owned(),
            max_connections: 4,
            migration: MigrationPolicy::Apply,
            data_dir: "data".into(),
        }
        .location()
    }

    #[test]
    fn every_spelling_of_a_file_is_understood() {
        for (url, path) in [
            ("", "data/faultmaven.db"),
            ("sqlite:", "data/faultmaven.db"),
            ("sqlite:x.db", "x.db"),
            ("sqlite://x.db", "x.db"),
            ("sqlite:///var/x.db", "/var/x.db"),
            ("sqlite:///var/x.db?mode=rwc", "/var/x.db"),
            ("sqlite+aiosqlite:///./data/x.db", "./data/x.db"),
            ("sqlite+aiosqlite:////var/x.db", "/var/x.db"),
        ] {
            assert_eq!(
                location(url).unwrap(),
                Location::Sqlite(path.into()),
                "{url}"
            );
        }
    }

    #[test]
    fn every_spelling_of_a_server_is_understood() {
        for url in [
            "postgres://fm:pw@db/fm",
            "postgresql://fm:pw@db/fm",
            "postgresql+asyncpg://fm:pw@db/fm",
        ] {
            let expected = Location::Postgres("postgres://fm:pw@db/fm".into());
            assert_eq!(location(url).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn only_a_server_of_the_network_has_a_host() {
        let host = |url: &str| {
            let config = DbConfig {
                url: url.to_owned(),
                max_connections: 4,
                migration: MigrationPolicy::Apply,
                data_dir: "data".into(),
            };
            config.server_host()
        };
        assert_eq!(host(""), None);
        assert_eq!(host("postgres://fm:pw@db:5433/fm"), Some("db".to_owned()));
        assert_eq!(
            host("postgresql+asyncpg:///fm?host=db.example.org"),
            Some("db.example.org".to_owned())
        );
        assert_eq!(host("postgres:///fm?host=/var/run/postgresql"), None);
        assert_eq!(host("postgres://%2Fvar%2Frun/fm"), None);
    }

    #[test]
    fn other_databases_are_refused_without_showing_the_password() {
        let error = location("mysql://fm:pw@db/fm").unwrap_err().to_string();
        assert!(error.contains("db/fm") && !error.contains("pw"), "{error}");
        assert!(location("sqlite::memory:").is_err());
    }
}

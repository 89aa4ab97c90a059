//! What a really migrated database holds, and what a module may have in it.

use std::collections::BTreeSet;
use std::path::Path;

use faultmaven_kit::{Db, DbConfig, Migration, MigrationPolicy, Migrations};
use sea_orm::sea_query::{Alias, ColumnDef, ForeignKey, Table};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

/// Everything with a name, but for what SQLite makes for itself.
const NAMES: &str =
    "SELECT type AS kind, name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const FOREIGN_KEYS: &str = "SELECT tables.name AS kind, keys.\"table\" AS name \
     FROM sqlite_master AS tables, pragma_foreign_key_list(tables.name) AS keys";

/// The migrations of each module that has tables.
pub(super) fn migrations() -> [(&'static str, Migrations); 8] {
    [
        ("auth", faultmaven_auth::migrations()),
        ("case", faultmaven_case::migrations()),
        ("evidence", faultmaven_evidence::migrations()),
        ("jobs", faultmaven_jobs::migrations()),
        ("knowledge", faultmaven_knowledge::migrations()),
        ("llm", faultmaven_llm::migrations()),
        ("report", faultmaven_report::migrations()),
        ("session", faultmaven_session::migrations()),
    ]
}

/// A SQLite database that holds what one module makes.
pub(super) struct Migrated {
    /// Kind and name of each table and index.
    names: Vec<(String, String)>,
    /// A table and the one it refers to.
    foreign_keys: Vec<(String, String)>,
}

impl Migrated {
    /// Applies the migrations to an empty database.
    pub(super) async fn by(migrations: Migrations) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let db = open(directory.path()).await;
        db.migrate(migrations).await.unwrap();
        let migrated = Self {
            names: pairs(&db, NAMES).await,
            foreign_keys: pairs(&db, FOREIGN_KEYS).await,
        };
        db.close().await.unwrap();
        migrated
    }

    /// Returns the names of the tables, but for the history of the migrations.
    pub(super) fn tables(&self, module: &str) -> BTreeSet<String> {
        let history = format!("{module}_migrations");
        self.names
            .iter()
            .filter(|(kind, name)| kind == "table" && *name != history)
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// Returns what does not bear the name of the module, or refers to what does not.
    pub(super) fn foreign(&self, module: &str) -> Vec<String> {
        let prefix = format!("{module}_");
        let names = self.names.iter();
        let names = names.map(|(kind, name)| (format!("{kind} {name}"), name));
        let keys = self.foreign_keys.iter();
        let keys = keys.map(|(table, target)| (format!("{table} refers to {target}"), target));
        names
            .chain(keys)
            .filter(|(_, name)| !name.starts_with(&prefix))
            .map(|(what, _)| what)
            .collect()
    }
}

async fn open(directory: &Path) -> Db {
    let config = DbConfig {
        url: String::new(),
        max_connections: 1,
        migration: MigrationPolicy::Apply,
        data_dir: directory.to_owned(),
    };
    Db::connect(&config).await.unwrap()
}

async fn pairs(db: &Db, query: &str) -> Vec<(String, String)> {
    let statement = Statement::from_string(DbBackend::Sqlite, query);
    let rows = db.read().query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| {
            let kind = row.try_get("", "kind").unwrap();
            (kind, row.try_get("", "name").unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_foreign_table_index_and_key_are_found() {
    let table = |name: &str| {
        let mut column = ColumnDef::new("id");
        Table::create()
            .table(Alias::new(name))
            .col(column.string().primary_key())
            .take()
    };
    let mut key = ForeignKey::create();
    key.from_col("id").to(Alias::new("auth_users"), "id");
    let referring = table("case_owners").foreign_key(&mut key).take();
    let index = faultmaven_kit::db::index("by_id", Alias::new("case_cases"), ["id"]);
    let steps = Migration::new("m0001")
        .then([table("case_cases"), table("auth_users"), referring])
        .then([index]);
    let migrated = Migrated::by(Migrations::new("case", [steps])).await;
    let mut foreign = migrated.foreign("case");
    foreign.sort();
    let expected = [
        "case_owners refers to auth_users",
        "index by_id",
        "table auth_users",
    ];
    assert_eq!(foreign, expected);
}

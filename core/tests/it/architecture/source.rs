//! What a source file says: what it exports, whose clients it names, what it wants of the database.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What may be exported, apart from functions and constants.
const KINDS: [&str; 10] = [
    "fn",
    "struct",
    "enum",
    "trait",
    "type",
    "static",
    "mod",
    "union",
    "crate",
    "macro_rules!",
];

/// What carries a transaction from one query to the next; everything else is a matter of the store.
const CARRIES_A_TRANSACTION: [&str; 3] = ["ConnectionTrait", "DatabaseTransaction", "DbErr"];

/// Returns the names that the root file of a crate exports.
pub(super) fn exports(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line == "#[macro_export]" {
            names.extend(lines.next().and_then(item_name));
        } else if let Some(tree) = line.strip_prefix("pub use ") {
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                tree.push_str(lines.next().unwrap_or(";"));
            }
            let new_names = leaves(&tree).filter_map(|leaf| leaf.rsplit(" as ").next());
            names.extend(new_names.map(|name| last_segment(name).to_owned()));
        } else if line.starts_with("pub ") {
            names.extend(item_name(line));
        }
    }
    names
}

/// Returns the leaves of a tree such as `a::{b, c as d};`: `b` and `c as d`.
fn leaves(tree: &str) -> impl Iterator<Item = &str> {
    tree.split(['{', '}', ',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.ends_with("::"))
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

fn item_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|it| !KINDS.contains(it));
    let name = match words.next() {
        Some(_) => words.next(),
        None => line
            .split_whitespace()
            .skip_while(|it| *it != "const")
            .nth(1),
    };
    let name = name.unwrap_or(line);
    let end = name.find(|it: char| !it.is_alphanumeric() && it != '_');
    Some(name[..end.unwrap_or(name.len())].to_owned())
}

/// Returns the source without the items that are compiled for tests only.
pub(super) fn without_tests(source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            let depth = indent(line);
            // An item ends at its own depth, as rustfmt writes it.
            lines.find(|it| {
                indent(it) == depth && it.ends_with(['}', ';', ',']) && !it.trim().is_empty()
            });
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns whether code names a client of the module.
pub(super) fn names_client(code: &str, module: &str) -> bool {
    code.contains(&format!("{module}_service_client"))
        || code.contains(&format!("{module}_internal_service_client"))
        // The way to the audit log is a client of the auth module.
        || module == "auth" && code.contains("audit: Audit")
}

/// Returns the paths that code adds to a router without describing them, or how it does so where the
/// path is no literal.
pub(super) fn plain_routes(code: &str) -> Vec<String> {
    let ways = [".route(", ".nest(", ".route_service(", ".nest_service("];
    let calls = ways.iter().flat_map(|way| code.split(way).skip(1));
    calls
        .map(|call| match call.trim_start().strip_prefix('"') {
            Some(path) => path.split('"').next().unwrap_or(path).to_owned(),
            None => call.lines().next().unwrap_or(call).to_owned(),
        })
        .collect()
}

/// Returns what code uses of SeaORM, but for what carries a transaction.
pub(super) fn queries(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, path) in code.match_indices("sea_orm") {
        let rest = &code[at + path.len()..];
        let statement = rest.split(';').next().unwrap_or(rest);
        match statement.strip_prefix("::") {
            Some(tree) if code[..at].ends_with("use ") => {
                let imported = leaves(tree).filter_map(|leaf| leaf.split(" as ").next());
                names.extend(imported.map(|name| last_segment(name).to_owned()));
            }
            _ => names.push(format!("{path}{statement}")),
        }
    }
    names.retain(|name| !CARRIES_A_TRANSACTION.contains(&name.as_str()));
    names
}

/// Returns every Rust file below a directory with its text, except those of tests.
pub(super) fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name == "tests" || name.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            let code = without_tests(&fs::read_to_string(&path).unwrap());
            texts.push((path, code));
        }
    }
    texts
}

#[test]
fn every_way_to_export_is_seen() {
    let source = "
mod hidden;
pub mod open;
pub use inner::{First, deep::{Second, third as renamed}};
pub use other::Single;
pub use many::{
    Fourth,
    Fifth,
};
pub use all::*;
pub(crate) struct Internal;
pub struct Config<T> {
    pub field: T,
}
impl Config {
    pub fn method() {}
}
pub async fn build(config: Config) {}
pub const fn fixed() {}
pub const LIMIT: usize = 1;
#[macro_export]
macro_rules! shout {
";
    let expected = [
        "*", "Config", "Fifth", "First", "Fourth", "LIMIT", "Second", "Single", "build", "fixed",
        "open", "renamed", "shout",
    ];
    assert_eq!(exports(source), expected.map(str::to_owned).into());
}

#[test]
fn code_behind_a_test_is_seen_and_code_in_it_is_not() {
    let source = "
#[cfg(test)]
mod tests;

struct Deps {
    #[cfg(test)]
    fake: auth_service_client,
    audit: u8,
}

#[cfg(test)]
#[path = \"x.rs\"]
mod inline {
    fn call() {
        llm_service_client();
    }
}

fn call() {
    case_service_client();
    #[cfg(test)]
    {
        jobs_service_client();
    }
    report_internal_service_client();
}
";
    let code = without_tests(source);
    for (module, named) in [
        ("auth", false),
        ("llm", false),
        ("jobs", false),
        ("case", true),
        ("report", true),
        ("session", false),
    ] {
        assert_eq!(names_client(&code, module), named, "{module}");
    }
    assert!(names_client("pub audit: Audit,", "auth"));
}

#[test]
fn routes_without_a_description_are_seen() {
    let code = "
    Router::new().routes(routes!(described)).route(\"/a\", get(a))
        .route(
            \"/b\",
            get(b),
        )
        .nest_service(PATH, files)
";
    assert_eq!(plain_routes(code), ["/a", "/b", "PATH, files)"]);
}

#[test]
fn what_carries_a_transaction_is_no_query() {
    let carried = "
use sea_orm::DatabaseTransaction;
use sea_orm::{ConnectionTrait as _, DbErr};
";
    assert_eq!(queries(carried), Vec::<String>::new());
    let asked = "
use sea_orm::{
    ColumnTrait as _, ConnectionTrait,
    EntityTrait,
};
use sea_orm_migration::MigratorTrait;
fn f() { sea_orm::Database::connect(); }
";
    assert_eq!(queries(asked).len(), 4, "{:?}", queries(asked));
}

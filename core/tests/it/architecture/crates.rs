//! Which crate may depend on what.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{MODULES, root};

/// The crate on top, which may import everything.
const TOP: &str = "faultmaven";

/// Crates of ours that a crate may import.
const ALLOWED: [(&str, &[&str]); 7] = [
    ("proto", &[]),
    ("analysis", &[]),
    ("documents", &[]),
    // The worker leases jobs and the audit log is written through the modules' clients; one
    // adapter of each serves every module.
    ("kit", &["proto"]),
    ("gateway", &["kit", "proto"]),
    ("module", &["kit", "proto"]),
    ("testing", &["kit"]),
];

/// Modules that may also import the analysis library; report only to redact what leaves with it.
const READS_ANALYSIS: [&str; 3] = ["evidence", "llm", "report"];

/// Modules that may also import the reader of documents.
const READS_DOCUMENTS: [&str; 2] = ["evidence", "knowledge"];

/// The crates that own or open databases; the agent and the gateway have none.
const DATABASE: &[&str] = &[
    "faultmaven-auth",
    "faultmaven-case",
    "faultmaven-evidence",
    "faultmaven-jobs",
    "faultmaven-kit",
    "faultmaven-knowledge",
    "faultmaven-llm",
    "faultmaven-report",
    "faultmaven-session",
    "faultmaven-testing",
];

/// The crates that may use a dependency that opens doors, by the beginning of its name.
const DOORS: [(&str, &[&str]); 7] = [
    ("axum", &[TOP, "faultmaven-gateway"]),
    ("reqwest", &["faultmaven-auth", "faultmaven-llm"]),
    ("hyper", &[]),
    ("sea-orm", DATABASE),
    ("sea-query", &[]),
    // The kit names it, and no more, to choose the TLS of its connections.
    ("sqlx", &["faultmaven-kit"]),
    ("rusqlite", &[]),
];

/// A crate of the workspace with the names of what it depends on.
pub(super) struct Crate {
    pub(super) name: String,
    dependencies: BTreeSet<String>,
    test_dependencies: BTreeSet<String>,
}

impl Crate {
    /// Returns the crates of ours that it must not import; tests may use what all tests share.
    pub(super) fn wrong_imports(&self) -> Vec<&str> {
        if self.name == TOP {
            return Vec::new();
        }
        let allowed = allowed(&self.name);
        let imports = self.dependencies.iter();
        let imports = imports.filter(|it| !allowed.contains(it.as_str()));
        let tests = self.test_dependencies.iter();
        let tests = tests
            .filter(|it| !allowed.contains(it.as_str()) && it.as_str() != "faultmaven-testing");
        imports
            .chain(tests)
            .map(String::as_str)
            .filter(|it| it.starts_with(TOP))
            .collect()
    }

    /// Returns the doors that it must not open; tests may open any.
    pub(super) fn wrong_doors(&self) -> Vec<&str> {
        let closed: Vec<&str> = DOORS
            .iter()
            .filter(|(_, users)| !users.contains(&self.name.as_str()))
            .map(|(door, _)| *door)
            .collect();
        let opens = |name: &str| closed.iter().any(|door| name.starts_with(door));
        let names = self.dependencies.iter().map(String::as_str);
        names.filter(|name| opens(name)).collect()
    }
}

/// Returns what a crate may import, which is nothing when no rule knows it.
fn allowed(name: &str) -> BTreeSet<String> {
    let short = name.strip_prefix("faultmaven-").unwrap_or(name);
    let kind = if MODULES.contains(&short) {
        "module"
    } else {
        short
    };
    let rule = ALLOWED.iter().find(|(crates, _)| *crates == kind);
    let imports = rule.map(|(_, imports)| *imports).unwrap_or_default();
    let analysis = READS_ANALYSIS.contains(&short).then_some("analysis");
    let documents = READS_DOCUMENTS.contains(&short).then_some("documents");
    imports
        .iter()
        .copied()
        .chain(analysis)
        .chain(documents)
        .map(|it| format!("faultmaven-{it}"))
        .collect()
}

/// Returns the crates of the workspace.
pub(super) fn ours() -> Vec<Crate> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| Crate {
            name: package["name"].as_str().unwrap().to_owned(),
            dependencies: dependencies(package, |kind| kind != "dev"),
            test_dependencies: dependencies(package, |kind| kind == "dev"),
        })
        .collect()
}

fn dependencies(package: &Value, wanted: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| wanted(&it["kind"]))
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

fn made_up(name: &str, dependencies: &[&str], test_dependencies: &[&str]) -> Crate {
    let owned = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    Crate {
        name: name.to_owned(),
        dependencies: owned(dependencies),
        test_dependencies: owned(test_dependencies),
    }
}

#[test]
fn a_wrong_import_is_found() {
    let good = ["faultmaven-kit", "faultmaven-proto", "tokio"];
    let module = made_up("faultmaven-case", &good, &["faultmaven-testing"]);
    assert_eq!(module.wrong_imports(), Vec::<&str>::new());
    let module = made_up(
        "faultmaven-case",
        &["faultmaven-auth", "faultmaven-analysis"],
        &["faultmaven-jobs"],
    );
    let wrong = ["faultmaven-analysis", "faultmaven-auth", "faultmaven-jobs"];
    assert_eq!(module.wrong_imports(), wrong);
    let unknown = made_up("faultmaven-more", &["faultmaven-proto"], &[]);
    assert_eq!(unknown.wrong_imports(), ["faultmaven-proto"]);
}

#[test]
fn a_wrong_door_is_found() {
    let doors = ["axum", "sea-orm", "sea-orm-migration", "sqlx"];
    let module = made_up("faultmaven-case", &doors, &["reqwest"]);
    assert_eq!(module.wrong_doors(), ["axum", "sqlx"]);
    let gateway = made_up("faultmaven-gateway", &doors, &[]);
    let wrong = ["sea-orm", "sea-orm-migration", "sqlx"];
    assert_eq!(gateway.wrong_doors(), wrong);
}

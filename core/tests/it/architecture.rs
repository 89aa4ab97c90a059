//! The structure of the workspace: who imports whom, who calls whom, whose tables are whose.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const MODULES: [&str; 9] = [
    "agent",
    "auth",
    "case",
    "evidence",
    "jobs",
    "knowledge",
    "llm",
    "report",
    "session",
];

/// Crates of ours that a crate may import; test-only imports do not count.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("proto", &[]),
    ("analysis", &[]),
    // The worker leases jobs through the jobs module's client; one adapter serves every module.
    ("kit", &["proto"]),
    ("gateway", &["kit", "proto"]),
    ("module", &["kit", "proto"]),
    ("testing", &["kit"]),
];

/// Modules that may also import the analysis library.
const READS_ANALYSIS: [&str; 2] = ["evidence", "llm"];

/// The crates that may use a dependency that opens doors.
const DOORS: [(&str, &[&str]); 3] = [
    ("axum", &["faultmaven", "faultmaven-gateway"]),
    ("reqwest", &["faultmaven-auth", "faultmaven-llm"]),
    (
        "faultmaven-analysis",
        &["faultmaven", "faultmaven-evidence", "faultmaven-llm"],
    ),
];

/// Which module calls which, with the gateway at the top; a new edge belongs into this list.
const CALLS: &str = include_str!("calls.txt");

#[test]
fn crates_import_only_what_lies_below_them() {
    for (name, dependencies) in ours() {
        let Some(allowed) = allowed(&name) else {
            continue;
        };
        let imported: BTreeSet<&str> = dependencies
            .iter()
            .filter_map(|dependency| dependency.strip_prefix("faultmaven-"))
            .collect();
        let wrong: Vec<_> = imported.difference(&allowed).collect();
        assert!(wrong.is_empty(), "{name} must not import {wrong:?}");
    }
}

#[test]
fn only_a_few_crates_open_doors() {
    for (name, dependencies) in ours() {
        for (door, users) in DOORS {
            let uses = dependencies.contains(door);
            assert!(
                !uses || users.contains(&name.as_str()),
                "{name} must not use {door}"
            );
        }
    }
}

#[test]
fn modules_call_each_other_as_recorded() {
    let mut found = BTreeSet::new();
    for (caller, directory) in callers() {
        for callee in MODULES {
            if caller != callee && mentions_client(&directory, callee) {
                found.insert(format!("{caller} -> {callee}"));
            }
        }
    }
    let recorded: BTreeSet<String> = CALLS.lines().map(str::to_owned).collect();
    assert_eq!(
        found, recorded,
        "calls.txt must list exactly the calls in the code"
    );
}

#[test]
fn the_recorded_calls_have_no_cycle() {
    let mut calls: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in CALLS.lines() {
        let (caller, callee) = line.split_once(" -> ").unwrap();
        calls.entry(caller).or_default().push(callee);
    }
    for start in calls.keys() {
        let mut reached = BTreeSet::new();
        let mut open = calls[start].clone();
        while let Some(module) = open.pop() {
            assert_ne!(module, *start, "{start} calls itself through others");
            if reached.insert(module) {
                open.extend(calls.get(module).into_iter().flatten());
            }
        }
    }
}

#[test]
fn tables_begin_with_the_name_of_their_module() {
    for module in MODULES {
        let directory = root().join("core/modules").join(module).join("src/entity");
        for source in sources(&directory) {
            for line in source.lines().filter(|line| line.contains("table_name")) {
                let name = line.split('"').nth(1).unwrap();
                assert!(
                    name.starts_with(&format!("{module}_")),
                    "{module} owns {name}"
                );
            }
        }
    }
}

#[test]
fn a_module_exports_its_configuration_its_needs_and_its_builder() {
    for module in MODULES {
        let path = root().join("core/modules").join(module).join("src/lib.rs");
        let source = fs::read_to_string(path).unwrap();
        assert!(!source.contains("\npub mod "), "{module} exports a module");
        for needed in ["Config", "Deps", "build"] {
            assert!(source.contains(needed), "{module} does not export {needed}");
        }
    }
}

fn allowed(name: &str) -> Option<BTreeSet<&'static str>> {
    let short = name.strip_prefix("faultmaven-")?;
    let kind = if MODULES.contains(&short) {
        "module"
    } else {
        short
    };
    let (_, crates) = ALLOWED.iter().find(|(allowed, _)| *allowed == kind)?;
    let mut crates: BTreeSet<&str> = crates.iter().copied().collect();
    if READS_ANALYSIS.contains(&short) {
        crates.insert("analysis");
    }
    Some(crates)
}

/// Returns the crates of the workspace with the names of what they depend on outside tests.
fn ours() -> Vec<(String, BTreeSet<String>)> {
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
        .map(|package| {
            let name = package["name"].as_str().unwrap().to_owned();
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|it| it["kind"] != "dev")
                .map(|it| it["name"].as_str().unwrap().to_owned())
                .collect();
            (name, dependencies)
        })
        .collect()
}

fn callers() -> Vec<(&'static str, PathBuf)> {
    let mut callers: Vec<_> = MODULES
        .iter()
        .map(|module| {
            (
                *module,
                root().join("core/modules").join(module).join("src"),
            )
        })
        .collect();
    callers.push(("gateway", root().join("gateway/src")));
    callers
}

/// Returns whether code outside tests names a client of the module.
fn mentions_client(directory: &Path, module: &str) -> bool {
    sources(directory).iter().any(|source| {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        [
            format!("{module}_service_client"),
            format!("{module}_internal_service_client"),
        ]
        .iter()
        .any(|client| code.contains(client.as_str()))
            // The way to the audit log is a client of the auth module.
            || module == "auth" && code.contains("audit: Audit")
    })
}

/// Returns the text of every Rust file below a directory, except those of tests.
fn sources(directory: &Path) -> Vec<String> {
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
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    texts
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

//! The structure of the workspace: who imports whom, who calls whom, whose tables are whose.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod calls;
mod crates;
mod source;
mod tables;

use tables::Migrated;

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

/// What a module exports; those with tables also export `migrations`, for `faultmaven migrate`.
const EXPORTS: [&str; 3] = ["Config", "Deps", "build"];

/// What a module exports besides, because a field of its `Config` has this type.
const IN_CONFIG: [(&str, &str); 4] = [
    ("auth", "Registration"),
    ("llm", "Budgets"),
    ("llm", "ProviderConfig"),
    ("llm", "Vendor"),
];

/// What is served without being in the document of the API, and so in no table of who may use it:
/// pages and their parts, the same for everybody.
const PLAIN_ROUTES: [&str; 7] = [
    "/auth/authorize",
    "/auth/sign-in.css",
    "/auth/sign-in.js",
    "/docs/",
    "/login",
    "/redoc/redoc.standalone.js",
    "/signin",
];

/// Where a module may ask its database.
const STORES: [&str; 3] = ["entity", "migration", "store"];

#[test]
fn the_list_of_modules_is_whole() {
    let entries = fs::read_dir(root().join("core/modules")).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
    let found: BTreeSet<String> = names.collect();
    assert_eq!(found, MODULES.map(str::to_owned).into());
}

#[test]
fn crates_import_only_what_lies_below_them() {
    for it in crates::ours() {
        let wrong = it.wrong_imports();
        assert!(wrong.is_empty(), "{} must not import {wrong:?}", it.name);
    }
}

#[test]
fn only_a_few_crates_open_doors() {
    for it in crates::ours() {
        let wrong = it.wrong_doors();
        assert!(wrong.is_empty(), "{} must not use {wrong:?}", it.name);
    }
}

#[test]
fn a_module_exports_its_configuration_its_needs_and_its_builder() {
    for module in MODULES {
        let text = fs::read_to_string(sources_of(module).join("lib.rs")).unwrap();
        let mut expected: BTreeSet<String> = EXPORTS.map(str::to_owned).into();
        if has_tables(module) {
            expected.insert("migrations".to_owned());
        }
        let besides = IN_CONFIG.iter().filter(|(exporter, _)| *exporter == module);
        expected.extend(besides.map(|(_, name)| (*name).to_owned()));
        assert_eq!(source::exports(&text), expected, "exports of {module}");
    }
}

#[test]
fn only_the_store_of_a_module_asks_its_database() {
    for module in MODULES {
        let directory = sources_of(module);
        for (path, code) in source::sources(&directory) {
            let place = path.strip_prefix(&directory).unwrap();
            let first = place.components().next().unwrap();
            let first = Path::new(first.as_os_str()).file_stem().unwrap();
            if STORES.iter().all(|store| first != *store) {
                let queries = source::queries(&code);
                assert!(queries.is_empty(), "{}: {queries:?}", path.display());
            }
        }
    }
}

#[test]
fn every_route_but_the_pages_is_in_the_document_of_the_api() {
    let mut plain = BTreeSet::new();
    for (_, code) in source::sources(&root().join("gateway/src")) {
        plain.extend(source::plain_routes(&code));
    }
    assert_eq!(plain, PLAIN_ROUTES.map(str::to_owned).into());
}

#[test]
fn deployments_name_the_image_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (path, line) in [
        (
            "deploy/kubernetes/kustomization.yaml",
            format!("newTag: {version}"),
        ),
        (
            "helm/faultmaven/Chart.yaml",
            format!("appVersion: \"{version}\""),
        ),
    ] {
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert!(text.contains(&line), "{path} must say {line}");
    }
}

#[tokio::test]
async fn the_tables_of_a_module_bear_its_name_and_refer_to_none_of_others() {
    let migrations = tables::migrations();
    let known: Vec<_> = migrations.iter().map(|(module, _)| *module).collect();
    let with_tables: Vec<_> = MODULES.into_iter().filter(|it| has_tables(it)).collect();
    assert_eq!(known, with_tables);
    for (module, migrations) in migrations {
        let migrated = Migrated::by(migrations).await;
        assert_eq!(migrated.foreign(module), Vec::<String>::new(), "{module}");
        let entities = entities_of(module);
        assert!(!entities.is_empty(), "{module} has no entity");
        let has_entity = |it: &String| entities.contains(it) || !is_of_the_kit(it);
        let mut tables = migrated.tables(module);
        tables.retain(has_entity);
        assert_eq!(tables, entities, "entities of {module}");
    }
}

/// Returns whether the kit makes the table for the module, and asks it too.
fn is_of_the_kit(table: &str) -> bool {
    table.ends_with("_receipts")
}

/// Returns the tables that the entities of a module name.
fn entities_of(module: &str) -> BTreeSet<String> {
    source::sources(&sources_of(module).join("entity"))
        .iter()
        .flat_map(|(_, code)| code.lines())
        .filter(|line| line.contains("table_name"))
        .map(|line| line.split('"').nth(1).unwrap().to_owned())
        .collect()
}

fn has_tables(module: &str) -> bool {
    sources_of(module).join("migration.rs").exists()
}

fn sources_of(module: &str) -> PathBuf {
    root().join("core/modules").join(module).join("src")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

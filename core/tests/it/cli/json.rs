//! The JSON of `analyze`: it stands alone, and its schema is written down.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{run, stderr, stdout, with_file};
use crate::harness::WorkedExample;

const FULL: &str = "2025-03-04T14:05:00Z ERROR api: write failed: No space left on device\n";
const REFUSED: &str = "2025-03-04T14:05:03Z ERROR web: connection to 10.0.0.5:5432 refused\n";

fn entries(directory: &Path, files: &[&str]) -> Vec<Value> {
    let arguments = ["analyze", "--format", "json"];
    let arguments: Vec<&str> = arguments.into_iter().chain(files.iter().copied()).collect();
    let output = run(directory, &arguments);
    let parsed = serde_json::from_slice(&output.stdout);
    parsed.unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

/// Returns every citation of the findings, wherever it stands.
fn citations(of: &Value) -> Vec<&Value> {
    match of {
        Value::Object(fields) if fields.contains_key("byte_start") => vec![of],
        Value::Object(fields) => fields.values().flat_map(citations).collect(),
        Value::Array(items) => items.iter().flat_map(citations).collect(),
        _ => Vec::new(),
    }
}

fn number(of: &Value, name: &str) -> usize {
    usize::try_from(of[name].as_u64().unwrap()).unwrap()
}

/// Compares every citation of the findings with the bytes that it names by path and hash.
fn verify(entries: &[Value], stored: &BTreeMap<&str, Vec<u8>>) -> usize {
    let cited: Vec<&Value> = entries
        .iter()
        .flat_map(|it| citations(&it["findings"]))
        .collect();
    for citation in &cited {
        let bytes = &stored[citation["file"].as_str().unwrap()];
        let hash = hex::encode(Sha256::digest(bytes));
        assert_eq!(citation["sha256"], hash, "{citation:#}");
        let range = number(citation, "byte_start")..number(citation, "byte_end");
        let line = bytes[..range.start].split(|&byte| byte == b'\n').count();
        let quote = String::from_utf8(bytes[range].to_vec()).unwrap();
        assert_eq!(citation["quote"], quote, "{citation:#}");
        assert_eq!(number(citation, "line_start"), line, "{citation:#}");
    }
    cited.len()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn an_archive_that_passes_a_limit_is_told_to_be_cut_short() {
    let directory = tempfile::tempdir().unwrap();
    let deep = (0..5).fold(b"text".to_vec(), |inner, _| tar(&[("inner.tar", &inner)]));
    let outer = tar(&[("app.log", FULL.as_bytes()), ("deep.tar", &deep)]);
    fs::write(directory.path().join("logs.tar"), outer).unwrap();
    let output = run(directory.path(), &["analyze", "logs.tar"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("unpack the inner one first"), "{text}");
    assert!(text.contains("logs.tar/app.log:1:"), "{text}");
}

#[test]
fn members_of_archives_are_told_apart_and_every_citation_is_verified_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let stored = [
        ("a/app.log", FULL.repeat(12)),
        ("b/app.log", REFUSED.repeat(3)),
    ];
    let members = stored.each_ref().map(|(path, it)| (*path, it.as_bytes()));
    fs::write(directory.path().join("logs.tar"), tar(&members)).unwrap();
    let entries = entries(directory.path(), &["logs.tar"]);
    let paths: Vec<&str> = entries
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["logs.tar/a/app.log", "logs.tar/b/app.log"]);
    let stored = stored.map(|(_, content)| content.into_bytes());
    for (entry, bytes) in entries.iter().zip(&stored) {
        assert_eq!(entry["sha256"], hex::encode(Sha256::digest(bytes)));
        assert_eq!(number(&entry["coverage"], "bytes_total"), bytes.len());
    }
    let stored = paths.into_iter().zip(stored).collect();
    assert!(verify(&entries, &stored) >= 2, "{entries:#?}");
}

#[test]
fn places_in_other_files_and_lines_that_tell_the_end_are_verified_too() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (mut elsewhere, mut recovered) = (0, 0);
    for scenario in [
        "export-network-policy",
        "postgres-oom-killed",
        "shop-wrong-address",
    ] {
        let directory = scenarios.join(scenario);
        let entries = entries(&directory, &["."]);
        let paths = entries.iter().filter_map(|it| it["path"].as_str());
        let stored = paths.map(|path| (path, fs::read(directory.join(path)).unwrap()));
        verify(&entries, &stored.collect());
        let findings = entries
            .iter()
            .flat_map(|it| it["findings"].as_array().unwrap());
        for finding in findings {
            elsewhere += usize::from(finding.get("elsewhere").is_some());
            recovered += usize::from(finding.get("recovery").is_some());
        }
    }
    assert!(elsewhere > 0 && recovered > 0, "{elsewhere} {recovered}");
}

#[test]
fn what_was_not_read_stands_in_the_document_with_the_reason() {
    let directory = with_file("app.log", FULL.as_bytes());
    let folder = directory.path().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("shot.png"), b"\x89PNG\r\n\x1a\n0000").unwrap();
    fs::write(folder.join("none.log"), "").unwrap();
    fs::write(folder.join("web.log"), REFUSED.trim_end().replace("Z", "")).unwrap();
    let entries = entries(directory.path(), &["app.log", "folder", "absent.log"]);
    let reason = |path: &str| {
        let entry = entries.iter().find(|it| it["path"] == path);
        let entry = entry.unwrap_or_else(|| panic!("{path}: {entries:#?}"));
        assert!(entry["findings"].is_array(), "{entry:#}");
        entry["skipped"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(reason("app.log"), "");
    assert!(reason("folder/shot.png").contains("picture"));
    assert!(reason("folder/none.log").contains("it is empty"));
    assert!(reason("absent.log").contains("No such file"));
    let web = entries
        .iter()
        .find(|it| it["path"] == "folder/web.log")
        .unwrap();
    assert_eq!(web["notes"][0], "the times name no zone; UTC is assumed");
}

#[test]
fn a_finding_says_how_sure_it_is_and_why() {
    let directory = with_file("app.log", &WorkedExample::app_log());
    let entries = entries(directory.path(), &["app.log"]);
    let finding = &entries[0]["findings"][0];
    assert_eq!(finding["confidence"], 0.9, "{finding:#}");
    let reasons: Vec<&str> = finding["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let id = finding["signature_id"].as_str().unwrap();
    let known = format!("matches the known failure {id}");
    assert_eq!(
        reasons,
        [known.as_str(), "seen 600 times", "sets in with the errors"]
    );
    let human = stdout(&run(directory.path(), &["analyze", "-v", "app.log"]));
    let told = format!("confidence 90 %: {}", reasons.join(", "));
    assert!(human.contains(&told), "{human}");
}

#[test]
fn what_helps_is_told_with_its_risk_in_every_format() {
    let full = "2025-03-04T14:05:00Z ERROR shop: OOM command not allowed when used memory > 'maxmemory'.\n";
    let directory = with_file("app.log", full.repeat(3).as_bytes());
    let found = entries(directory.path(), &["app.log"]);
    let findings = found[0]["findings"].as_array().unwrap();
    let remedy = findings
        .iter()
        .find_map(|it| it.get("remedy"))
        .unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(remedy["title"], "Raise maxmemory or evict");
    assert_eq!(remedy["risk"], "medium");
    let risk = "Risk: Medium. It may interrupt a service or put load on it. The way back: Set the former value.";
    for arguments in [["-v", "app.log"], ["--format=html", "app.log"]] {
        let arguments: Vec<&str> = ["analyze"].into_iter().chain(arguments).collect();
        let printed = stdout(&run(directory.path(), &arguments));
        assert!(printed.contains(risk), "{printed}");
    }
}

/// Run with `UPDATE_SCHEMA=1` to write the file anew; `SCHEMA_VERSION` says when it is to be raised.
#[test]
fn the_schema_is_written_down_and_holds_for_what_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let printed = stdout(&run(directory.path(), &["analyze", "--schema"]));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("analyze.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&file, &printed).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap_or_default() == printed,
        "core/analyze.schema.json is out of date; run UPDATE_SCHEMA=1 cargo nextest run -p faultmaven schema"
    );
    let schema: Value = serde_json::from_str(&printed).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut folders: Vec<PathBuf> = fs::read_dir(scenarios)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    // One in four has every class of content.
    for folder in folders.iter().step_by(4) {
        let entries = Value::Array(entries(folder, &["."]));
        let wrong: Vec<String> = validator
            .iter_errors(&entries)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", folder.display());
    }
    let undescribed = serde_json::json!([{"path": "a.log"}]);
    assert!(!validator.is_valid(&undescribed));
}

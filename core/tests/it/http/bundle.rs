//! A case handed on as a bundle, and `faultmaven verify` on the machine of whoever takes it over.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::harness::{App, User, WorkedExample};

/// Stands in the log and must not leave.
const ADDRESS: &str = "10.20.4.17";

#[tokio::test]
async fn a_bundle_is_verified_elsewhere_with_the_originals_beside_it() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let bundle = export(&ada, &id, "").await;
    assert_eq!(
        bundle,
        export(&ada, &id, "").await,
        "the same case, the same bytes"
    );
    let files = unpacked(&bundle);
    for (path, content) in &files {
        let text = String::from_utf8_lossy(content);
        assert!(!text.contains(ADDRESS), "{path}: {text}");
    }
    assert!(
        files.contains_key("reports/incident_report.md"),
        "{:?}",
        files.keys()
    );
    let record: Value = serde_json::from_slice(&files["case.json"]).unwrap();
    let evidence = record["evidence"].as_array().unwrap();
    let quotes = evidence.iter().filter_map(|it| it["quote"].as_str());
    assert!(
        quotes.clone().any(|it| it.contains("<IP_ADDRESS_1>")),
        "{record:#}"
    );
    let elsewhere = elsewhere(&bundle);
    let told = verified(elsewhere.path(), &["--evidence", "."], 0);
    assert_eq!(told["verified"], true, "{told:#}");
    assert_eq!(told["originals_held"], 1, "{told:#}");
    assert_eq!(told["citations_held"], evidence.len(), "{told:#}");
    let human = verify(elsewhere.path(), &[]);
    let text = String::from_utf8_lossy(&human.stdout).into_owned();
    assert!(text.ends_with("\nverified\n"), "{text}");
}

#[tokio::test]
async fn an_unredacted_bundle_says_what_the_log_says() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let bundle = export(&ada, &id, "?redact=false").await;
    let files = unpacked(&bundle);
    let text = String::from_utf8_lossy(&files["case.json"]);
    assert!(text.contains(ADDRESS), "{text}");
    let elsewhere = elsewhere(&bundle);
    verified(elsewhere.path(), &["--evidence", "."], 0);
    std::fs::write(elsewhere.path().join("app.log"), "another log").unwrap();
    let told = verified(elsewhere.path(), &["--evidence", "."], 1);
    let fault = told["problems"][0]["fault"].as_str().unwrap();
    assert!(fault.contains("another SHA-256"), "{told:#}");
    std::fs::remove_file(elsewhere.path().join("app.log")).unwrap();
    let told = verified(elsewhere.path(), &["--evidence", "."], 1);
    assert_eq!(told["problems"][0]["fault"], "is not in the folder");
    let output = verify(elsewhere.path(), &["--evidence", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn what_was_changed_on_the_way_is_named() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let files = unpacked(&export(&ada, &id, "").await);
    let excerpt = files.keys().find(|path| path.starts_with("excerpts/"));
    let excerpt = excerpt.unwrap().clone();
    let mut changed = files.clone();
    changed.insert(excerpt.clone(), b"nothing happened".to_vec());
    changed.remove("README.md");
    changed.insert("more.txt".to_owned(), Vec::new());
    let told = verified(elsewhere(&packed(&changed)).path(), &[], 1);
    let problems = told["problems"].as_array().unwrap();
    for (kind, of) in [
        ("file", excerpt.as_str()),
        ("file", "README.md"),
        ("file", "more.txt"),
        (
            "citation",
            &excerpt["excerpts/".len()..excerpt.len() - ".txt".len()],
        ),
    ] {
        let names = |it: &&Value| it["kind"] == kind && it["of"] == of;
        assert!(
            problems.iter().any(|it| names(&it)),
            "{kind} {of}: {told:#}"
        );
    }
}

#[tokio::test]
async fn damaged_and_hostile_files_get_a_clear_error() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigated(&ada).await;
    let bundle = export(&ada, &id, "").await;
    let cut = bundle[..bundle.len() / 2].to_vec();
    let mut flipped = bundle;
    flipped[60] ^= 0xff;
    let slip = packed(&[("../../etc/cron.d/x".to_owned(), b"x".to_vec())].into());
    let stray = packed(&[("notes.txt".to_owned(), b"x".to_vec())].into());
    let newer = br#"{"format": "faultmaven-bundle", "format_version": 9, "case_id": "c",
        "case_version": 1, "redacted": true, "files": []}"#;
    let newer = packed(&[("manifest.json".to_owned(), newer.to_vec())].into());
    for (bytes, told) in [
        (cut, "damaged or cut short"),
        (flipped, "damaged"),
        (slip, "leads out of the bundle"),
        (stray, "no manifest.json"),
        (newer, "use a newer one"),
        (b"not a zip".to_vec(), "is no zip"),
    ] {
        let elsewhere = elsewhere(&bytes);
        let output = verify(elsewhere.path(), &[]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}: {error}");
        assert!(error.contains(told), "{told}: {error}");
    }
}

async fn investigated(user: &User) -> String {
    let id = user.open_case().await;
    user.say(&id, "Why does checkout answer 500 since 14:05?")
        .await;
    user.hand_over(&id, None, &[("app.log", log())]).await;
    user.say(&id, "yes").await;
    id
}

fn log() -> Vec<u8> {
    let log = String::from_utf8(WorkedExample::app_log()).unwrap();
    let peer = format!("peer={ADDRESS} waiting=");
    log.replace("waiting=", &peer).into_bytes()
}

async fn export(user: &User, id: &str, query: &str) -> Vec<u8> {
    let path = format!("/api/v1/cases/{id}/bundle{query}");
    let response = user.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/zip");
    let name = response.headers()["content-disposition"].to_str().unwrap();
    assert!(name.contains(id) && name.contains(".zip"), "{name}");
    response.bytes().await.unwrap().to_vec()
}

fn unpacked(bundle: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bundle)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn packed(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(path.as_str(), options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Returns a folder with a bundle and the log it is about.
fn elsewhere(bundle: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("case.zip"), bundle).unwrap();
    std::fs::write(folder.path().join("app.log"), log()).unwrap();
    folder
}

fn verify(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faultmaven"));
    command.args(["verify", "case.zip"]).args(args);
    command.current_dir(folder).output().unwrap()
}

fn verified(folder: &Path, args: &[&str], status: i32) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let output = verify(folder, &args);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

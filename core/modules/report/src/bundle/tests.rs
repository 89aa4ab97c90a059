use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use super::*;
use crate::tests::fixture;

fn contents() -> Contents {
    let mut material = fixture::material();
    material.case.description = "tried admin / correct-horse-7".to_owned();
    let message = case::Message {
        message_id: "msg_0000000000000009".to_owned(),
        content: "db.password=correct-horse-7 is set on 10.20.4.17".to_owned(),
        ..Default::default()
    };
    Contents {
        material,
        messages: vec![message],
        passages: Vec::new(),
    }
}

fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.name().unwrap().into_owned(), text)
        })
        .collect()
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    assert_eq!(
        write(&contents(), true).unwrap(),
        write(&contents(), true).unwrap()
    );
}

#[test]
fn the_manifest_names_every_other_file_with_its_hash() {
    let files = unpacked(&write(&contents(), true).unwrap());
    let manifest: Value = serde_json::from_str(&files[MANIFEST]).unwrap();
    assert_eq!(manifest["case_id"], fixture::CASE);
    let listed = manifest["files"].as_array().unwrap();
    for file in listed {
        let content = &files[file["path"].as_str().unwrap()];
        assert_eq!(file["size_bytes"], content.len());
        assert_eq!(file["sha256"], hex::encode(Sha256::digest(content)));
    }
    let listed: BTreeSet<&str> = listed
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    let there: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(there.difference(&listed).collect::<Vec<_>>(), [&MANIFEST]);
    assert!(listed.contains("reports/summary.md") && listed.contains("case.json"));
}

#[test]
fn secrets_are_masked_in_every_file() {
    let files = unpacked(&write(&contents(), true).unwrap());
    for (path, text) in &files {
        assert!(!text.contains("correct-horse-7"), "{path}: {text}");
        assert!(!text.contains("10.20.4.17"), "{path}: {text}");
    }
    let whole = unpacked(&write(&contents(), false).unwrap());
    assert!(whole["case.json"].contains("correct-horse-7 is set on 10.20.4.17"));
}

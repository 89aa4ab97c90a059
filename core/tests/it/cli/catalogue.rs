//! Failure signatures of one's own.

use std::fs;
use std::path::Path;

use super::{run, stderr, stdout, with_file};

const LOG: &[u8] = b"2025-03-04T14:05:00Z ERROR shop: cart 4 is locked by session 1\n";

const SIGNATURES: &str = "signature:
  - id: shop.cart_locked
    title: A cart stays locked
    kind: condition
    category: data
    patterns: ['cart \\d+ is locked by session']
    mechanism: A session that died keeps its lock.
    meaning: The cleanup of locks does not run.
    not_proof: It does not say why the session died.
    positive: [cart 17 is locked by session 9]
    negative: [cart 17 is free]
    checks: [{ command: shopctl locks, description: Lists the locks and their age. }]
";

fn with_catalogue(text: &str) -> tempfile::TempDir {
    let directory = with_file("app.log", LOG);
    fs::create_dir(directory.path().join("own")).unwrap();
    fs::write(directory.path().join("own/shop.yaml"), text).unwrap();
    directory
}

fn refused(directory: &Path, args: &[&str]) -> String {
    let output = run(directory, args);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert_eq!(stdout(&output), "");
    stderr(&output)
}

#[test]
fn a_signature_of_ones_own_is_found() {
    let directory = with_catalogue(SIGNATURES);
    let without = run(directory.path(), &["analyze", "app.log"]);
    assert!(!stdout(&without).contains("A cart stays locked"));
    let with = run(
        directory.path(),
        &["analyze", "--catalogue", "own", "app.log"],
    );
    assert!(
        stdout(&with).contains("A cart stays locked"),
        "{}",
        stdout(&with)
    );
    assert_eq!(with.status.code(), Some(1));
}

#[test]
fn a_remedy_of_ones_own_may_leave_out_its_risk_and_may_not_invent_one() {
    let rated = |risk: &str| {
        let remedy = "    remedy: { title: Unlock, body: Release it., rollback: Lock it.";
        with_catalogue(&format!("{SIGNATURES}{remedy}{risk} }}\n"))
    };
    let analyze = ["analyze", "-v", "--catalogue", "own", "app.log"];
    for (risk, told) in [("", "Risk: Medium."), (", risk: high", "Risk: High.")] {
        let said = stdout(&run(rated(risk).path(), &analyze));
        assert!(said.contains(told), "{said}");
    }
    let said = refused(rated(", risk: none").path(), &analyze);
    assert!(
        said.contains("own/shop.yaml:13: ") && said.contains("medium"),
        "{said}"
    );
}

#[test]
fn a_catalogue_is_checked_with_its_samples() {
    let check = ["analyze", "--catalogue", "own", "--check-catalogue"];
    let directory = with_catalogue(SIGNATURES);
    let output = run(directory.path(), &check);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "own/shop.yaml: 1 entry\n");

    let wrong = SIGNATURES.replace("cart 17 is free", "cart 3 is locked by session 4");
    let said = refused(with_catalogue(&wrong).path(), &check);
    assert!(said.contains("own/shop.yaml:11: negative sample"), "{said}");
    assert!(said.contains("narrow it or correct the sample"), "{said}");
    let said = refused(
        with_catalogue(&wrong).path(),
        &["analyze", "--catalogue", "own", "app.log"],
    );
    assert!(said.contains("own/shop.yaml:11: "), "{said}");
}

#[test]
fn a_catalogue_that_is_not_there_is_told() {
    let directory = with_file("app.log", LOG);
    let said = refused(
        directory.path(),
        &["analyze", "--catalogue", "none", "app.log"],
    );
    assert!(
        said.contains("none") && said.contains("name a directory"),
        "{said}"
    );
    let said = refused(
        directory.path(),
        &["analyze", "--catalogue", ".", "app.log"],
    );
    assert!(said.contains("holds no .yaml"), "{said}");
}

#[test]
fn a_server_and_doctor_name_what_is_wrong_with_the_catalogue() {
    let directory = with_catalogue(&SIGNATURES.replace("condition", "habit"));
    for command in ["serve", "doctor"] {
        let mut program = super::faultmaven(directory.path(), &[command]);
        let output = program
            .env("CATALOGUE_DIR", "own")
            .env("PORT", "0")
            .output()
            .unwrap();
        assert!(!output.status.success());
        let said = stderr(&output) + &stdout(&output);
        assert!(said.contains("own/shop.yaml:4: "), "{command}: {said}");
    }
}

//! The page of `analyze --format html`.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{run, stderr, stdout};

fn page(directory: &Path, files: &[&str]) -> String {
    let arguments = ["analyze", "--format", "html"];
    let arguments: Vec<&str> = arguments.into_iter().chain(files.iter().copied()).collect();
    let output = run(directory, &arguments);
    assert!(
        output.status.code().is_some_and(|code| code < 2),
        "{}",
        stderr(&output)
    );
    stdout(&output)
}

/// Every link of a page leads to something on it.
fn assert_links_lead_somewhere(page: &str) {
    let links: Vec<&str> = page
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(!links.is_empty());
    for link in links {
        let id = format!("id=\"{link}\"");
        assert_eq!(page.matches(&id).count(), 1, "{link}");
    }
}

#[test]
fn the_chart_says_when_and_the_files_stand_beside_each_other_in_time() {
    let directory = tempfile::tempdir().unwrap();
    let (mut app, mut web) = (String::new(), String::new());
    for second in 0..1200 {
        let at = format!("2025-03-04T14:{:02}:{:02}Z", second / 60, second % 60);
        app += &format!("{at} INFO api: request done in 12 ms\n");
        if second >= 600 {
            app += &format!("{at} ERROR api: No space left on device\n");
            web += &format!("{at} WARN web: api is slow\n");
        }
    }
    fs::write(directory.path().join("app.log"), app).unwrap();
    fs::write(directory.path().join("web.log"), web).unwrap();
    let page = page(directory.path(), &["app.log", "web.log"]);
    for label in [">14:05<", ">14:10<", ">14:15<"] {
        assert!(page.matches(label).count() >= 2, "{label}: {page}");
    }
    for part in [
        "<h2>What went wrong, likely origins first</h2>",
        "<h2>Timeline</h2>",
        "</i>errors<i",
        " style=\"left:50.04%\" href=\"#f0n",
        "confidence ",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_links_lead_somewhere(&page);
    for outside in ["<script", "http://", "https://", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_file_without_findings_shows_its_kinds_of_messages() {
    let directory = tempfile::tempdir().unwrap();
    let log = "2025-03-04T14:05:00Z INFO api: <b>request</b> done in 12 ms\n".repeat(30);
    fs::write(directory.path().join("fine.log"), &log).unwrap();
    let page = page(directory.path(), &["fine.log"]);
    let hash = hex::encode(Sha256::digest(&log));
    assert!(page.contains(&format!("SHA-256 {hash}")), "{page}");
    assert!(page.contains("nothing wrong found"), "{page}");
    assert!(page.contains("Kinds of messages (1)"), "{page}");
    assert!(
        page.contains("&lt;b&gt;request") && !page.contains("<b>"),
        "{page}"
    );
    assert_links_lead_somewhere(&page);
}

#[test]
fn places_in_other_files_are_linked() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let page = page(&scenarios.join("export-network-policy"), &["."]);
    assert_links_lead_somewhere(&page);
    let elsewhere = [".json <a href=\"#f", ".log <a href=\"#f"];
    assert!(elsewhere.iter().any(|it| page.contains(it)), "{page}");
}

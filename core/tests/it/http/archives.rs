//! Archives: every file in them is evidence of its own, within limits, and what was left out is told.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::Value;

use crate::harness::{App, User, WorkedExample};

#[tokio::test]
async fn the_files_of_an_archive_are_read_and_cited() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let (log, pool) = (WorkedExample::app_log(), WorkedExample::pool_txt());
    let bundle = gz(&tar(&[
        ("bundle/logs/app.log", &log),
        ("bundle/pool.txt", &pool),
    ]));
    let question = Some("checkout fails for every second customer");
    let reply = ada
        .hand_over(&id, question, &[("bundle.tar.gz", bundle)])
        .await;
    let answer = told(&reply);
    assert!(answer.contains("Connection is not available"), "{answer}");
    assert!(
        answer.contains("app.log") && answer.contains("pool.txt"),
        "{answer}"
    );
    assert_eq!(reply["attachments_processed"].as_array().unwrap().len(), 1);

    ada.say(&id, "yes").await;
    let path = format!("/api/v1/cases/{id}/evidence");
    let listed = ada.get(&path).await.expect(200);
    let mut cited = 0;
    for item in listed["evidence"].as_array().unwrap() {
        let citation = &item["file_citation"];
        if citation.is_object() {
            expect_verified(&ada, citation).await;
            cited += 1;
        }
    }
    assert!(cited > 0, "{listed:#}");
}

#[tokio::test]
async fn members_are_listed_with_their_paths() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let inner = zip(&[("eu/app.log", &WorkedExample::app_log())]);
    let bundle = tar(&[
        ("logs.zip", &inner),
        ("pool.txt", &WorkedExample::pool_txt()),
    ]);
    ada.hand_over(&id, Some("what is wrong?"), &[("bundle.tar", bundle)])
        .await;
    let members = members(&ada, &id).await;
    let paths: Vec<&str> = members
        .iter()
        .map(|it| it["member_path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["logs.zip/eu/app.log", "pool.txt"]);
    for member in &members {
        assert_eq!(member["processing_status"], "processed", "{member:#}");
    }
}

#[tokio::test]
async fn a_path_out_of_the_archive_is_told_and_leads_nowhere() {
    let log = WorkedExample::app_log();
    let bundle = tar(&[
        ("../../../etc/cron.d/evil", b"* * * * * root true\n"),
        ("app.log", &log),
    ]);
    let (answer, members) = handed_over("evil.tar", bundle).await;
    assert!(
        answer.contains("its path leads out of the archive"),
        "{answer}"
    );
    assert!(answer.contains("Connection is not available"), "{answer}");
    assert_eq!(members, ["app.log"]);
}

#[tokio::test]
async fn a_bomb_is_left_out_and_its_neighbours_are_read() {
    let log = WorkedExample::app_log();
    let bundle = zip(&[("app.log", &log), ("zeros.bin", &vec![0; 32 << 20])]);
    let (answer, members) = handed_over("bundle.zip", bundle).await;
    assert!(answer.contains("more than 200 times larger"), "{answer}");
    assert!(answer.contains("Connection is not available"), "{answer}");
    assert_eq!(members, ["app.log"]);
}

#[tokio::test]
async fn too_many_files_are_read_up_to_the_limit() {
    let app = App::with(&[("MAX_ARCHIVE_MEMBERS", "2")]).await;
    let log = WorkedExample::app_log();
    let files: [(&str, &[u8]); 3] = [("app.log", &log), ("a.txt", b"one\n"), ("b.txt", b"two\n")];
    let (answer, members) = handed_over_to(&app, "many.tar", tar(&files)).await;
    assert!(answer.contains("it holds more than 2 files"), "{answer}");
    assert!(answer.contains("Connection is not available"), "{answer}");
    assert_eq!(members, ["a.txt", "app.log"]);
}

#[tokio::test]
async fn of_a_damaged_archive_what_comes_before_the_damage_is_read() {
    let log = WorkedExample::app_log();
    let noise: Vec<u8> = (0..200_000_u32)
        .flat_map(|at| (at.wrapping_mul(2_654_435_761)).to_le_bytes())
        .collect();
    let whole = gz(&tar(&[("app.log", &log), ("core.bin", &noise)]));
    let (answer, members) = handed_over("cut.tar.gz", whole[..whole.len() / 2].to_vec()).await;
    assert!(answer.contains("Connection is not available"), "{answer}");
    assert!(answer.contains("damaged or ends early"), "{answer}");
    assert!(members.contains(&"app.log".to_owned()), "{members:?}");
}

#[tokio::test]
async fn an_archive_of_which_nothing_can_be_read_says_why() {
    let mut deep = WorkedExample::app_log();
    for _ in 0..4 {
        deep = gz(&deep);
    }
    let (answer, members) = handed_over("deep.gz", deep).await;
    assert!(answer.contains("3 levels deep"), "{answer}");
    assert!(members.is_empty());
    let (answer, members) = handed_over("none.zip", zip(&[])).await;
    assert!(answer.contains("holds no file"), "{answer}");
    assert!(members.is_empty());
}

/// Hands an archive over in a case of its own; returns the answer and the paths of its members.
async fn handed_over(name: &str, bytes: Vec<u8>) -> (String, Vec<String>) {
    handed_over_to(&App::start().await, name, bytes).await
}

async fn handed_over_to(app: &App, name: &str, bytes: Vec<u8>) -> (String, Vec<String>) {
    let ada = app.admin().await;
    let id = ada.open_case().await;
    let reply = ada
        .hand_over(&id, Some("what is wrong?"), &[(name, bytes)])
        .await;
    let members = members(&ada, &id).await;
    let paths = members
        .iter()
        .map(|it| it["member_path"].as_str().unwrap().to_owned());
    (told(&reply), paths.collect())
}

fn told(reply: &Value) -> String {
    reply["agent_response"].as_str().unwrap().to_owned()
}

/// Returns the members of all archives of a case in order of their paths.
async fn members(user: &User, case_id: &str) -> Vec<Value> {
    let mut members = Vec::new();
    loop {
        let path = format!(
            "/api/v1/evidence?case_id={case_id}&include_members=true&limit=100&offset={}",
            members.len()
        );
        let page = user.get(&path).await.expect(200);
        let page = page["evidence"].as_array().unwrap().clone();
        if page.is_empty() {
            break;
        }
        members.extend(page);
    }
    members.retain(|file| file["member_path"].is_string());
    members.sort_by_key(|file| file["member_path"].to_string());
    members
}

/// Asserts that a citation quotes the stored bytes of the member it names.
async fn expect_verified(user: &User, citation: &Value) {
    let file_id = citation["file_id"].as_str().unwrap();
    let file = user
        .get(&format!("/api/v1/evidence/{file_id}"))
        .await
        .expect(200);
    assert_eq!(file["sha256"], citation["sha256"], "{file:#}");
    assert!(
        file["member_path"].as_str().unwrap().starts_with("bundle/"),
        "{file:#}"
    );
    let path = format!("/api/v1/evidence/{file_id}/download");
    let response = user.request(Method::GET, &path).send().await.unwrap();
    let bytes = response.bytes().await.unwrap();
    let at = |name: &str| usize::try_from(citation[name].as_u64().unwrap()).unwrap();
    let quoted = &bytes[at("byte_start")..at("byte_end")];
    assert_eq!(quoted, citation["quote"].as_str().unwrap().as_bytes());
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        // Not every name here is one that the builder would take.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

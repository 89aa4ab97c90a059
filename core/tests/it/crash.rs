//! The process is killed in the middle of work; after a restart nothing is lost or half-visible.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures::stream;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::harness::{User, WorkedExample};

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn an_upload_cut_by_a_crash_leaves_nothing_and_can_be_repeated() {
    let data = tempfile::tempdir().unwrap();
    let mut process = Process::start(data.path()).await;
    let ada = process.register().await;
    let id = ada.open_case().await;

    let (user, case_id) = (ada.clone(), id.clone());
    let (started, was_started) = tokio::sync::oneshot::channel();
    let upload = async move {
        // Half a file, and then nothing more for as long as the server lives.
        let mut started = Some(started);
        let half = stream::once(async { Ok::<_, std::io::Error>(vec![b'x'; 1 << 20]) });
        let never = stream::poll_fn(move |_| {
            if let Some(started) = started.take() {
                let _ = started.send(());
            }
            std::task::Poll::Pending
        });
        let body = reqwest::Body::wrap_stream(stream::StreamExt::chain(half, never));
        let form = Form::new()
            .text("case_id", case_id)
            .part("file", Part::stream(body).file_name("large.log"));
        let request = user
            .request(Method::POST, "/api/v1/evidence")
            .multipart(form);
        request.send().await.unwrap_err();
    };
    let kill = async {
        was_started.await.unwrap();
        process.kill();
    };
    futures::join!(upload, kill);

    process.restart(data.path()).await;
    let ada = process.login().await;
    let files = ada
        .get(&format!("/api/v1/cases/{id}/uploaded-files"))
        .await
        .expect(200);
    assert_eq!(files["files"], json!([]));
    assert!(leftovers(&data.path().join("uploads")).is_empty());
    ada.upload(&id, "large.log", vec![b'x'; 1 << 20])
        .await
        .expect(201);
}

#[tokio::test]
async fn a_turn_cut_by_a_crash_happens_once_when_it_is_repeated() {
    let data = tempfile::tempdir().unwrap();
    let mut process = Process::start(data.path()).await;
    let ada = process.register().await;
    let id = ada.open_case().await;
    // The kill falls at another moment of the turn each time; the outcome must not depend on it.
    for round in 0..8_u64 {
        let ada = process.login().await;
        let turn = submit(&ada, &id, round);
        let kill = async {
            tokio::time::sleep(Duration::from_millis(4 * round)).await;
            process.kill();
        };
        let (_, ()) = futures::join!(turn, kill);
        process.restart(data.path()).await;
        let ada = process.login().await;
        let repeated = submit(&ada, &id, round).await.unwrap();
        assert_eq!(
            repeated["turn_number"],
            round + 1,
            "round {round}: {repeated:#}"
        );
        assert_conversation(&ada, &id, round + 1).await;
    }
}

async fn submit(user: &User, id: &str, round: u64) -> Option<Value> {
    let mut log = WorkedExample::app_log();
    log.extend_from_slice(format!("2025-03-04T14:20:00.000Z INFO  round {round}\n").as_bytes());
    let form = Form::new()
        .text(
            "query",
            format!("Why does checkout{round} answer 500 since 14:05?"),
        )
        .part("files", Part::bytes(log).file_name("app.log"));
    let response = user
        .request(Method::POST, &format!("/api/v1/cases/{id}/turns"))
        .header("idempotency-key", format!("turn-of-round-{round}"))
        .multipart(form)
        .send()
        .await
        .ok()?;
    let status = response.status();
    let body: Value = response.json().await.ok()?;
    assert_eq!(status, 200, "{body:#}");
    Some(body)
}

/// Asserts that there are `turns` turns, each with its two messages and its one file.
async fn assert_conversation(user: &User, id: &str, turns: u64) {
    let messages = user
        .get(&format!("/api/v1/cases/{id}/messages"))
        .await
        .expect(200);
    assert_eq!(messages["total_count"], 2 * turns, "{messages:#}");
    let numbers: Vec<u64> = messages["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["turn_number"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (1..=turns).flat_map(|turn| [turn, turn]).collect();
    assert_eq!(numbers, expected);
    let files = user
        .get(&format!("/api/v1/cases/{id}/uploaded-files"))
        .await
        .expect(200);
    assert_eq!(files["files"].as_array().unwrap().len() as u64, turns);
}

fn leftovers(uploads: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![uploads.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// The program as a process of its own.
struct Process {
    child: Child,
    base: String,
}

impl Process {
    async fn start(data: &Path) -> Self {
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}");
        let child = Self::spawn(data, port);
        wait_until_ready(&base).await;
        Self { child, base }
    }

    fn spawn(data: &Path, port: u16) -> Child {
        Command::new(env!("CARGO_BIN_EXE_faultmaven"))
            .arg("serve")
            .current_dir(data)
            .env("DATA_DIR", data)
            .env("PORT", port.to_string())
            .env("LOG_LEVEL", "ERROR")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn restart(&mut self, data: &Path) {
        let port = free_port();
        self.base = format!("http://127.0.0.1:{port}");
        self.child = Self::spawn(data, port);
        wait_until_ready(&self.base).await;
    }

    async fn register(&self) -> User {
        let body = json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD});
        self.sign_in("/api/v1/auth/register", body).await
    }

    async fn login(&self) -> User {
        let body = json!({"username": "ada", "password": PASSWORD});
        self.sign_in("/api/v1/auth/login", body).await
    }

    async fn sign_in(&self, path: &str, body: Value) -> User {
        let http = Client::new();
        let anonymous = User::new(http.clone(), self.base.clone(), None, Value::Null);
        let reply = anonymous.post(path, body).await;
        let token = reply.body["access_token"].as_str().unwrap().to_owned();
        User::new(http, self.base.clone(), Some(token), reply.body)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn wait_until_ready(base: &str) {
    let http = Client::new();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let answer = http.get(format!("{base}/health/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "the server did not become ready"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

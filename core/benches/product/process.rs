//! The program as a process of its own, with an account and a data directory.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_faultmaven");

/// A running program.
pub(crate) struct Product {
    child: Child,
    port: u16,
    data: Option<TempDir>,
    token: String,
    settings: Vec<(String, String)>,
}

/// A stopped program that keeps its data.
pub(crate) struct Stopped {
    data: TempDir,
    token: String,
    settings: Vec<(String, String)>,
}

impl Product {
    /// Starts on an empty data directory and creates the first account.
    pub(crate) fn start_fresh() -> Self {
        Self::start_with(Vec::new())
    }

    /// The same with settings.
    pub(crate) fn start_with(settings: Vec<(String, String)>) -> Self {
        let stopped = Stopped {
            data: tempfile::tempdir().unwrap(),
            token: String::new(),
            settings,
        };
        let mut product = stopped.start();
        let account =
            json!({"username": "ada", "email": "ada@example.org", "password": "long enough"});
        let reply = product.post("/api/v1/auth/register", &account);
        product.token = reply["access_token"].as_str().unwrap().to_owned();
        product
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Opens cases.
    pub(crate) fn fill(&self, cases: u32) {
        for number in 0..cases {
            self.post(
                "/api/v1/cases",
                &json!({"title": format!("Case number {number}")}),
            );
        }
    }

    pub(crate) fn stop(mut self) -> Stopped {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.child.wait().unwrap();
        Stopped {
            data: self.data.take().unwrap(),
            token: std::mem::take(&mut self.token),
            settings: std::mem::take(&mut self.settings),
        }
    }

    /// Returns the resident memory after a moment of rest.
    pub(crate) fn resident_megabytes(&self) -> f64 {
        std::thread::sleep(Duration::from_secs(2));
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024.0
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let mut request = reqwest::Client::new().post(self.url(path)).json(body);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        block_on(async move { request.send().await.unwrap().json().await.unwrap() })
    }
}

impl Stopped {
    /// Starts on the existing data and waits until it is ready.
    pub(crate) fn start(self) -> Product {
        let port = free_port();
        let child = spawn(self.data.path(), port, &self.settings);
        wait_for(&format!("http://127.0.0.1:{port}/health/ready"));
        Product {
            child,
            port,
            data: Some(self.data),
            token: self.token,
            settings: self.settings,
        }
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the size of the program's file.
pub(crate) fn program_megabytes() -> f64 {
    let bytes = std::fs::metadata(PROGRAM).unwrap().len();
    bytes as f64 / (1 << 20) as f64
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until an address answers with success.
pub(crate) fn wait_for(url: &str) {
    let start = Instant::now();
    block_on(async {
        let http = reqwest::Client::new();
        while !http
            .get(url)
            .send()
            .await
            .is_ok_and(|it| it.status().is_success())
        {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{url} does not answer"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

fn spawn(data: &Path, port: u16, settings: &[(String, String)]) -> Child {
    Command::new(PROGRAM)
        .arg("serve")
        .current_dir(data)
        .env("DATA_DIR", data)
        .env("PORT", port.to_string())
        .env("LOG_LEVEL", "ERROR")
        .env("RATE_LIMIT_ENABLED", "false")
        .envs(settings.iter().cloned())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

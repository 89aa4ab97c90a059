//! A real browser without a window, told what to do through the protocol of its developer tools.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// The browser reads commands from descriptor 3 and writes to descriptor 4.
const LAUNCH: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null";
const ARGUMENTS: [&str; 6] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
];

/// A browser with one page, which ends with the test.
pub(crate) struct Browser {
    _process: Child,
    _profile: TempDir,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    session_id: Option<String>,
    last_id: u64,
}

impl Browser {
    /// Starts a browser; none when this machine has none.
    pub(crate) async fn start() -> Option<Self> {
        let program = installed()?;
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new("sh")
            .args(["-c", LAUNCH])
            .arg(program)
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut browser = Self {
            commands: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            _process: process,
            _profile: profile,
            session_id: None,
            last_id: 0,
        };
        browser.open_page().await;
        Some(browser)
    }

    /// Goes to an address.
    pub(crate) async fn visit(&mut self, url: &str) {
        self.command("Page.navigate", json!({"url": url})).await;
    }

    /// Runs the body of an asynchronous function in the page and returns what it returns.
    pub(crate) async fn run(&mut self, body: &str) -> Value {
        let script = json!({
            "expression": format!("(async () => {{ {body} }})()"),
            "awaitPromise": true, "returnByValue": true,
        });
        let answer = self.command("Runtime.evaluate", script).await;
        assert!(answer.get("exceptionDetails").is_none(), "{answer:#}");
        answer["result"]["value"].clone()
    }

    /// Waits until the page asks for an address that matches, which is never let through.
    pub(crate) async fn leaves_for(&mut self, pattern: &str, body: &str) -> String {
        let patterns = json!({"patterns": [{"urlPattern": pattern}]});
        self.command("Fetch.enable", patterns).await;
        self.run(body).await;
        loop {
            let message = self.message().await;
            if message["method"] == "Fetch.requestPaused" {
                return message["params"]["request"]["url"]
                    .as_str()
                    .unwrap()
                    .to_owned();
            }
        }
    }

    async fn open_page(&mut self) {
        let page = self.command("Target.createTarget", json!({"url": "about:blank"}));
        let target_id = page.await["targetId"].clone();
        let attach = json!({"targetId": target_id, "flatten": true});
        let attached = self.command("Target.attachToTarget", attach).await;
        self.session_id = attached["sessionId"].as_str().map(str::to_owned);
    }

    async fn command(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session_id) = &self.session_id {
            command["sessionId"] = json!(session_id);
        }
        let bytes = format!("{command}\0");
        self.commands.write_all(bytes.as_bytes()).await.unwrap();
        loop {
            let mut message = self.message().await;
            if message["id"] == self.last_id {
                assert!(message.get("error").is_none(), "{method}: {message:#}");
                return message["result"].take();
            }
        }
    }

    async fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.answers.read_until(0, &mut bytes).await.unwrap();
        bytes.pop();
        serde_json::from_slice(&bytes).unwrap()
    }
}

fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let directories: Vec<PathBuf> = env::split_paths(&path).collect();
    let mut programs = NAMES.iter().flat_map(|name| {
        directories
            .iter()
            .map(move |directory| directory.join(name))
    });
    programs.find(|program| program.is_file())
}

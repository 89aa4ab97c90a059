//! The program as processes of its own, which can die.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use faultmaven::placement::ALL_MODULES;
use faultmaven_testing::Port;
use reqwest::Client;
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::client::User;
use super::{CLUSTER_SECRET, PASSWORD};

/// The same in every life, so that tokens outlive a crash.
const PUBLIC_URL: &str = "http://faultmaven.test";
const PATIENCE: Duration = Duration::from_secs(60);

/// The program in one process, or with the evidence module in a second one.
pub(crate) struct Program {
    data: TempDir,
    /// Empty for files below the directory.
    database: String,
    settings: &'static [(&'static str, &'static str)],
    /// The first one answers users.
    parts: Vec<Part>,
    processes: Vec<Child>,
    token: Option<String>,
}

/// What a server forgets when the leases of dead processes have run out.
const TIME_PASSES: [&str; 4] = [
    "UPDATE case_turn_leases SET lease_until = now() - interval '1 second'",
    "UPDATE case_receipts SET lease_until = now() - interval '1 second'",
    "UPDATE jobs_jobs SET available_at = now() - interval '1 second' WHERE status = 'running'",
    "UPDATE evidence_loose_blobs SET expires_at = now() - interval '1 second' WHERE NOT durable",
];

/// A process to be: its name, what it hosts, and its port.
struct Part {
    name: &'static str,
    modules: String,
    port: Port,
}

impl Program {
    /// Starts the program on a fresh database and opens the first account.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts the program with settings on top of the defaults.
    pub(crate) async fn with(settings: &'static [(&'static str, &'static str)]) -> Self {
        let mut program = Self {
            data: tempfile::tempdir().unwrap(),
            database: faultmaven_testing::database_url().await,
            settings,
            parts: parts(),
            processes: Vec::new(),
            token: None,
        };
        program.live(None).await;
        let account = json!({
            "username": "ada", "email": "ada@example.org", "password": PASSWORD,
            "setup_token": program.setup_token().await,
        });
        let reply = program.user().post("/api/v1/auth/register", account).await;
        let body = reply.expect(201);
        program.token = body["access_token"].as_str().map(str::to_owned);
        program
    }

    /// Ends what still lives and starts the program again, to die at the named moment if any.
    pub(crate) async fn restart(&mut self, crash_at: Option<String>) {
        self.kill();
        let_time_pass(&self.database).await;
        self.live(crash_at).await;
    }

    /// Returns whether all processes are alive.
    pub(crate) fn is_alive(&mut self) -> bool {
        let mut processes = self.processes.iter_mut();
        processes.all(|process| process.try_wait().unwrap().is_none())
    }

    /// Returns the owner of the first account.
    pub(crate) fn user(&self) -> User {
        User::new(
            Client::new(),
            self.parts[0].address(),
            self.token.clone(),
            Value::Null,
        )
    }

    /// Returns the directory of the files of all processes.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Returns how many rows of a table of the evidence module there are.
    pub(crate) async fn count(&self, table: &str, condition: &str) -> i64 {
        let part = self.parts.last().unwrap();
        let file = self.data().join(part.name).join("faultmaven.db");
        let database = match self.database.as_str() {
            "" => format!("sqlite://{}", file.display()),
            server => server.to_owned(),
        };
        let connection = Database::connect(database).await.unwrap();
        let query = format!("SELECT count(*) AS rows FROM {table} WHERE {condition}");
        let statement = Statement::from_string(connection.get_database_backend(), query);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        let rows = row.try_get("", "rows").unwrap();
        connection.close().await.unwrap();
        rows
    }

    /// Returns the token that a program in several processes prints at its first start, once it
    /// stands in the log: the program listens a moment before.
    async fn setup_token(&self) -> Option<String> {
        let log = self.data().join("others/log");
        if !log.exists() {
            return None;
        }
        let mut token = None;
        until(async || {
            token = printed_token(&std::fs::read_to_string(&log).unwrap());
            token.is_some()
        })
        .await;
        token
    }

    /// Ends all processes at once, as a power cut does.
    pub(crate) fn kill(&mut self) {
        for mut process in self.processes.drain(..) {
            // One that is dead already has done what it should.
            let _ = process.kill();
            process.wait().unwrap();
        }
    }

    async fn live(&mut self, crash_at: Option<String>) {
        for part in &self.parts {
            let process = self.command(part, crash_at.as_deref()).spawn();
            self.processes.push(process.unwrap());
        }
        until(async || self.is_ready().await).await;
    }

    fn command(&self, part: &Part, crash_at: Option<&str>) -> Command {
        let data = self.data.path().join(part.name);
        std::fs::create_dir_all(&data).unwrap();
        let log = File::create(data.join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_faultmaven"));
        command
            .arg("serve")
            .current_dir(&data)
            .envs(addresses(&self.parts))
            .env("DATA_DIR", &data)
            .env("DATABASE_URL", &self.database)
            .env("DATABASE_MAX_CONNECTIONS", "4")
            .env("MODULES", &part.modules)
            .env("CLUSTER_SECRET", CLUSTER_SECRET)
            .env("PUBLIC_URL", PUBLIC_URL)
            .env("PORT", part.port.number().to_string())
            .env("LOG_LEVEL", "WARN")
            .envs(self.settings.iter().copied())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if let Some(moment) = crash_at {
            command.env("FAULTMAVEN_CRASH_AT", moment);
        }
        command
    }

    /// Returns whether all processes listen and the first one is ready.
    ///
    /// # Panics
    ///
    /// When one has ended, with its log.
    async fn is_ready(&mut self) -> bool {
        for (part, process) in self.parts.iter().zip(&mut self.processes) {
            if let Some(status) = process.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.data.path().join(part.name).join("log"));
                panic!("{} ended with {status}:\n{}", part.name, log.unwrap());
            }
            if !connects(part.port.number()).await {
                return false;
            }
        }
        let health = format!("{}/health/ready", self.parts[0].address());
        let answer = Client::new().get(health).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }
}

impl Part {
    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

fn parts() -> Vec<Part> {
    if std::env::var("FM_TEST_PLACEMENT").as_deref() != Ok("split") {
        return vec![Part {
            name: "all",
            modules: String::new(),
            port: Port::reserve(),
        }];
    }
    let others = ALL_MODULES.iter().map(|module| module.as_str());
    let others: Vec<_> = others.filter(|name| *name != "evidence").collect();
    vec![
        Part {
            name: "others",
            modules: format!("gateway,{}", others.join(",")),
            port: Port::reserve(),
        },
        Part {
            name: "evidence",
            modules: "evidence".to_owned(),
            port: Port::reserve(),
        },
    ]
}

/// Returns the variables that tell each module's address.
fn addresses(parts: &[Part]) -> impl Iterator<Item = (String, String)> {
    ALL_MODULES.iter().map(|module| {
        let name = module.as_str();
        let part = parts.iter().find(|part| part.name == name);
        let variable = format!("{}_URL", name.to_uppercase());
        (variable, part.unwrap_or(&parts[0]).address())
    })
}

/// Lets the leases of dead processes run out; a file has one process, which knows by itself.
async fn let_time_pass(database: &str) {
    if database.is_empty() {
        return;
    }
    let connection = Database::connect(database).await.unwrap();
    for change in TIME_PASSES {
        connection.execute_unprepared(change).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Returns the setup token of a log whose line is complete.
fn printed_token(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("setup token: ")?;
    let (line, _) = rest.split_once('\n')?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Some(line.chars().take_while(|c| is_part(*c)).collect())
}

async fn connects(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

/// Waits for something that another process brings about.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

//! `faultmaven doctor`: the effective settings, and whether what they name works.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use faultmaven_kit::{Db, DbConfig, Redis};
use faultmaven_llm::ProviderConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::catalogue_dir;
use crate::commands::{CommandError, block_on, report, say};
use crate::config::{
    DEFAULT_RECOGNISER, DocumentSettings, RedisSettings, Settings, Source, Topic, topics,
};
use crate::lock::noted_address;
use crate::placement::ALL_MODULES;

const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// The answer itself waits up to two seconds for modules, and as long for providers of models.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(6);
const MAX_ANSWER: u64 = 64 << 10;

/// Prints settings and checks; fails when a check does.
pub(super) fn run(all: bool) -> ExitCode {
    match print_all(all) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            report(&*error);
            ExitCode::from(2)
        }
    }
}

fn print_all(all: bool) -> Result<bool, CommandError> {
    let source = Source::of_process()?;
    let settings = Settings::from_source(&source);
    print_settings(&topics(&source, settings.as_ref().ok(), all))?;
    if !all {
        say("\n`faultmaven doctor --all` prints every setting.")?;
    }
    let settings = settings?;
    say("\nChecks")?;
    for setting in &settings.ignored {
        say(&format!("  warning {}", setting.in_words()))?;
    }
    block_on(check(&settings))
}

fn print_settings(topics: &[Topic]) -> Result<(), CommandError> {
    say("Settings in force (* differs from the default)")?;
    for topic in topics {
        say(&format!("\n  {}", topic.name))?;
        for setting in &topic.settings {
            let mark = if setting.is_changed { '*' } else { ' ' };
            say(&format!("  {mark} {} = {}", setting.name, setting.value))?;
        }
    }
    Ok(())
}

async fn check(settings: &Settings) -> Result<bool, CommandError> {
    let data_dir = &settings.storage.data_dir;
    let mut healthy = print("port", check_port(settings).await)?;
    healthy &= print("data directory", check_directory(data_dir))?;
    let uploads = &settings.storage.uploads_dir;
    healthy &= print("uploads", check_directory(uploads))?;
    healthy &= print("database", check_database(&settings.storage.database).await)?;
    for (module, database) in &settings.storage.module_databases {
        let name = format!("database of {}", module.as_str());
        healthy &= print(&name, check_database(database).await)?;
    }
    if let Some(redis) = &settings.redis {
        healthy &= print("redis", check_redis(redis).await)?;
    }
    if let Some(directory) = &settings.storage.catalogue_dir {
        healthy &= print("catalogue", check_catalogue(directory))?;
    }
    healthy &= print("text in pictures", check_pictures(&settings.documents))?;
    for module in ALL_MODULES {
        if let Some(address) = settings.placement.address(module) {
            let name = format!("module {}", module.as_str());
            healthy &= print(&name, check_address(address).await)?;
        }
    }
    print(
        "models, in the order they are asked",
        Ok(settings.models.in_words()),
    )?;
    for provider in &settings.models.providers {
        let name = format!("model provider {}", provider.vendor.name());
        let address = check_address(provider.base_url.as_str()).await;
        healthy &= print(
            &name,
            address.map(|it| format!("{it}, {}", key_of(provider))),
        )?;
    }
    Ok(healthy)
}

fn print(name: &str, outcome: Result<String, CommandError>) -> Result<bool, CommandError> {
    match outcome {
        Ok(detail) => {
            say(&format!("  ok      {name}: {detail}"))?;
            Ok(true)
        }
        Err(error) => {
            let reason = faultmaven_kit::fault::chain(&*error);
            say(&format!("  failed  {name}: {reason}"))?;
            Ok(false)
        }
    }
}

/// A recogniser that was named must be there; without one, pictures are kept unread.
fn check_pictures(documents: &DocumentSettings) -> Result<String, CommandError> {
    let program = &documents.recogniser;
    let asked = Command::new(program).arg("--version").output();
    match asked {
        Ok(answer) if answer.status.success() => Ok(format!("{program} reads it")),
        _ if program == DEFAULT_RECOGNISER => Ok(format!(
            "pictures are kept unread, for {program} is not installed"
        )),
        Ok(answer) => Err(format!("{program} --version ends with {}", answer.status).into()),
        Err(error) => {
            let remedy = "correct TESSERACT, or leave it out";
            Err(format!("{program} cannot be run: {error}; {remedy}").into())
        }
    }
}

fn key_of(provider: &ProviderConfig) -> &'static str {
    match provider.key {
        Some(_) => "a key is set",
        None => "no key is set",
    }
}

/// A port in use is no failure where the server itself holds it.
async fn check_port(settings: &Settings) -> Result<String, CommandError> {
    let address = SocketAddr::new(settings.server.host, settings.server.port);
    match TcpListener::bind(address) {
        Ok(_) => Ok(match running_elsewhere(settings, address).await {
            Some(other) => format!(
                "{address} is free; a FaultMaven with this data directory runs at {other}, by another PORT than doctor was given"
            ),
            None => format!("{address} is free"),
        }),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if is_faultmaven(address).await {
                Ok(format!("{address} is in use by a running FaultMaven"))
            } else {
                let remedy = "stop it, or set PORT to a free one";
                Err(format!("{address} is in use by another program; {remedy}").into())
            }
        }
        Err(error) => Err(format!("{address} cannot be listened on: {error}").into()),
    }
}

/// Returns where a server of the same data directory runs, when that is another port.
async fn running_elsewhere(settings: &Settings, address: SocketAddr) -> Option<SocketAddr> {
    let noted = noted_address(&settings.storage.data_dir)?;
    let is_other = noted.port() != address.port();
    (is_other && is_faultmaven(noted).await).then_some(noted)
}

/// Returns whether who listens there answers `/health` as this program does.
async fn is_faultmaven(mut address: SocketAddr) -> bool {
    if address.ip().is_unspecified() {
        let loopback: IpAddr = match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(loopback);
    }
    let answer = tokio::time::timeout(HEALTH_TIMEOUT, health(address)).await;
    matches!(answer, Ok(Ok(text)) if text.contains("\"service\":\"faultmaven\""))
}

async fn health(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn check_catalogue(directory: &Path) -> Result<String, CommandError> {
    let own = catalogue_dir::read(directory)?;
    let entries: usize = own.files.iter().map(|(_, entries)| entries.len()).sum();
    let shown = directory.display();
    Ok(format!(
        "{shown} adds {entries} entries of {} files",
        own.files.len()
    ))
}

fn check_directory(directory: &Path) -> Result<String, CommandError> {
    let shown = directory.display();
    if directory.is_dir() {
        check_writable(directory)?;
        return Ok(format!("{shown} can be written"));
    }
    check_creatable(directory)?;
    Ok(format!("{shown} is absent; serve creates it"))
}

/// Fails unless `path` can be made in what is there of its parents.
fn check_creatable(path: &Path) -> Result<(), CommandError> {
    let mut parents = path.ancestors().skip(1);
    let parent = parents.find(|it| it.as_os_str().is_empty() || it.exists());
    match parent {
        Some(parent) if !parent.as_os_str().is_empty() => check_writable(parent),
        _ => check_writable(Path::new(".")),
    }
}

fn check_writable(directory: &Path) -> Result<(), CommandError> {
    match tempfile::tempfile_in(directory) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{} cannot be written: {error}", directory.display()).into()),
    }
}

async fn check_database(config: &DbConfig) -> Result<String, CommandError> {
    if let Some(file) = config.file_path()?.filter(|file| !file.exists()) {
        check_creatable(&file)?;
        return Ok(format!("{} is absent; serve creates it", file.display()));
    }
    let db = Db::connect(config).await?;
    db.ping().await?;
    let backend = format!("{:?} answers", db.backend());
    db.close().await?;
    Ok(backend)
}

async fn check_redis(settings: &RedisSettings) -> Result<String, CommandError> {
    Redis::new(&settings.url)?.ping().await?;
    Ok("answers".to_owned())
}

async fn check_address(address: &str) -> Result<String, CommandError> {
    let url: url::Url = address.parse()?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    tokio::time::timeout(PROBE_TIMEOUT, TcpStream::connect((host, port))).await??;
    Ok(format!("{address} accepts connections"))
}

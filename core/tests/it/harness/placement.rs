//! Starts all modules in one server, or each in one of its own.

use std::env;
use std::net::SocketAddr;
use std::path::Path;

use faultmaven::config::{Settings, Source};
use faultmaven::placement::ALL_MODULES;
use faultmaven::serve::{Server, bind};
use tokio::net::TcpListener;

use super::CLUSTER_SECRET;

/// Returns the running servers and the address of the gateway.
pub(crate) async fn start(
    data: &Path,
    database: &str,
    settings: &[(&str, &str)],
) -> (Vec<Server>, String) {
    match env::var("FM_TEST_PLACEMENT").as_deref() {
        Ok("split") => split(data, database, settings).await,
        Ok("local") | Err(_) => local(data, database, settings).await,
        Ok(other) => panic!("FM_TEST_PLACEMENT is {other:?}; it must be local or split"),
    }
}

async fn local(data: &Path, database: &str, settings: &[(&str, &str)]) -> (Vec<Server>, String) {
    let listener = free_port().await;
    let base = address(&listener);
    let source = source(data, database, settings, &base);
    let settings = Settings::from_source(&source).unwrap();
    (vec![Server::start(settings, listener).await.unwrap()], base)
}

async fn split(data: &Path, database: &str, settings: &[(&str, &str)]) -> (Vec<Server>, String) {
    let mut listeners = Vec::new();
    for module in ALL_MODULES {
        listeners.push((module.as_str(), free_port().await));
    }
    listeners.push(("gateway", free_port().await));
    let addresses: Vec<(String, String)> = listeners
        .iter()
        .map(|(name, listener)| (format!("{}_URL", name.to_uppercase()), address(listener)))
        .collect();
    let base = addresses[addresses.len() - 1].1.clone();
    let mut servers = Vec::new();
    for (name, listener) in listeners {
        let mut source = source(&data.join(name), database, settings, &base);
        source.set("MODULES", name);
        source.set("CLUSTER_SECRET", CLUSTER_SECRET);
        for (variable, url) in &addresses {
            source.set(variable, url);
        }
        let settings = Settings::from_source(&source).unwrap();
        servers.push(Server::start(settings, listener).await.unwrap());
    }
    (servers, base)
}

fn source(data: &Path, database: &str, settings: &[(&str, &str)], base: &str) -> Source {
    let mut source = Source::with(settings.iter().copied());
    source.set("DATA_DIR", data.to_str().unwrap());
    source.set("DATABASE_URL", database);
    source.set("DATABASE_MAX_CONNECTIONS", "4");
    source.set("DOCUMENT_READER", env!("CARGO_BIN_EXE_faultmaven"));
    source.set("PUBLIC_URL", base);
    source
}

async fn free_port() -> TcpListener {
    bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

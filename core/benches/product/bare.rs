//! The baseline: one axum handler that answers a constant.

use std::net::SocketAddr;
use std::process::{Child, Command};

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::process::{free_port, wait_for};

/// A running baseline.
pub(crate) struct Bare {
    child: Child,
    port: u16,
}

/// Starts the baseline as a process of its own.
pub(crate) fn start() -> Bare {
    let port = free_port();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--bare", &port.to_string()])
        .spawn()
        .unwrap();
    wait_for(&format!("http://127.0.0.1:{port}/"));
    Bare { child, port }
}

impl Bare {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves the baseline in this process.
pub(crate) fn serve() {
    let port: u16 = std::env::args().next_back().unwrap().parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind(address).await.unwrap();
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let router = Router::new().route("/", get(async || "{\"status\":\"healthy\"}"));
        axum::serve(listener, router).await.unwrap();
    });
}

//! A Redis server of its own for one test.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Port;

const PATIENCE: Duration = Duration::from_secs(10);

/// A real server on a free port, which ends with the test.
pub struct RedisServer {
    port: Port,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts an empty server.
    pub fn start() -> Self {
        let mut server = Self {
            port: Port::reserve(),
            process: None,
        };
        server.restart();
        server
    }

    /// Returns the address for clients.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port.number())
    }

    /// Ends the server at once.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts the server anew, at the same address and empty.
    pub fn restart(&mut self) {
        self.kill();
        let port = self.port.number().to_string();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn();
        self.process = Some(process.expect("deploy/dev/run-tests.sh installs redis-server"));
        self.wait();
    }

    fn wait(&self) {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port.number()));
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "redis-server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

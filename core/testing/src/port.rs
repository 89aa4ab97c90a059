//! Ports for servers that tests start as processes of their own.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Below the ports that systems give to connections by themselves.
const PORTS: Range<u16> = 20_000..30_000;

/// A port of this machine that no other test takes while this value lives.
///
/// A port that a test merely found free can be taken by a neighbour, or by a connection, before the
/// server listens; this one is locked among the tests and lies where no connection gets one.
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a port.
    ///
    /// # Panics
    ///
    /// When ten thousand ports are taken, or their locks belong to somebody else.
    pub fn reserve() -> Self {
        let locks = std::env::temp_dir().join("faultmaven-test-ports");
        std::fs::create_dir_all(&locks).unwrap();
        // Tests are processes, so each begins somewhere else.
        let process = usize::try_from(std::process::id()).unwrap();
        let mut ports = PORTS.cycle().skip(process * 7 % PORTS.len());
        let port = ports.by_ref().take(PORTS.len()).find_map(|number| {
            let path = locks.join(number.to_string());
            let lock = File::create(&path)
                .map_err(|error| format!("{}: {error}", path.display()))
                .unwrap();
            lock.try_lock().ok()?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
            Some(Self {
                number,
                _lock: lock,
            })
        });
        port.expect("one of ten thousand ports is free")
    }

    /// Returns the port's number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

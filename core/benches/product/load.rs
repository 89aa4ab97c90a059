//! Load by `wrk`, read from its report.

use std::io::Write;
use std::process::Command;

/// How hard and how long to press.
pub(crate) struct Load {
    connections: u32,
    seconds: u32,
}

/// What one load came to.
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p99_ms: f64,
    /// Answers that were no success, and connections that broke.
    pub(crate) failed: u64,
}

impl Load {
    pub(crate) fn new(connections: u32, seconds: u32) -> Self {
        Self {
            connections,
            seconds,
        }
    }

    pub(crate) fn get(&self, url: &str, token: Option<&str>) -> Measured {
        self.run(url, token, "wrk.method = \"GET\"\n".to_owned())
    }

    pub(crate) fn post(&self, url: &str, token: &str, body: &str) -> Measured {
        let script = format!(
            "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n\
             wrk.body = [[{body}]]\n"
        );
        self.run(url, Some(token), script)
    }

    fn run(&self, url: &str, token: Option<&str>, script: String) -> Measured {
        let mut file = tempfile::NamedTempFile::with_suffix(".lua").unwrap();
        file.write_all(script.as_bytes()).unwrap();
        let mut command = Command::new("wrk");
        command
            .args(["-t", "1", "--latency"])
            .args(["-c", &self.connections.to_string()])
            .args(["-d", &format!("{}s", self.seconds)])
            .arg("-s")
            .arg(file.path());
        if let Some(token) = token {
            command.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        let output = command
            .arg(url)
            .output()
            .expect("install wrk to run this benchmark");
        read(&String::from_utf8(output.stdout).unwrap())
    }
}

fn read(report: &str) -> Measured {
    let after = |name: &str| {
        report
            .lines()
            .find_map(|line| line.trim().strip_prefix(name).map(str::trim))
    };
    let count = |name: &str| after(name).map_or(0, |text| text.parse().unwrap());
    let socket_errors = after("Socket errors:").map_or(0, |text| {
        text.split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse::<u64>().ok())
            .sum()
    });
    Measured {
        per_second: after("Requests/sec:").unwrap().parse().unwrap(),
        p99_ms: milliseconds(after("99%").unwrap()),
        failed: count("Non-2xx or 3xx responses:") + socket_errors,
    }
}

fn milliseconds(text: &str) -> f64 {
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let value: f64 = digits.parse().unwrap();
    match &text[digits.len()..] {
        "us" => value / 1000.0,
        "ms" => value,
        "s" => value * 1000.0,
        unit => panic!("unknown unit {unit:?}"),
    }
}

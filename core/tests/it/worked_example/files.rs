//! The files of the conversation, built from what they hold.

use std::fmt::Write as _;

use chrono::{NaiveDateTime, TimeDelta};
use sha2::{Digest as _, Sha256};

use crate::harness::WorkedExample;

/// A file: its name, its size, its SHA-256, and what is in it.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) size: i64,
    pub(super) sha256: &'static str,
    build: fn() -> String,
}

const FILES: [File; 6] = [
    File {
        name: "app.log",
        size: 159_300,
        sha256: "1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278",
        build: app_log,
    },
    File {
        name: "pool.txt",
        size: 327,
        sha256: "7a24bdbebfa34c40b9613a7c9827a24051242430d8fa22dca7c214bc2ca2a67b",
        build: || pool("14:20:00", [5, 5, 0, 5, 17]),
    },
    File {
        name: "dns.txt",
        size: 61,
        sha256: "4c9bf11b75d145f660a56722bca8eb9e1adcbe5b02b9584b5efb98f50ad2d516",
        build: || "$ getent hosts db-eu.internal\n10.20.4.17      db-eu.internal\n".to_owned(),
    },
    File {
        name: "config.diff",
        size: 281,
        sha256: "967c008bca95d6ca7b76b18da32ed977fe780ed56b1404c8bda50d9f681c6ef3",
        build: config_diff,
    },
    File {
        name: "after.log",
        size: 85_500,
        sha256: "cf0c1a2e29e26d74c382991f92ab606b69f2d97761f8d2a335cd6443b7ccbeab",
        build: || {
            (0..900)
                .map(|i| served("15:10:00", i, i, i + 661))
                .collect()
        },
    },
    File {
        name: "pool-after.txt",
        size: 330,
        sha256: "3e69ec227dc82be30b81ca1dc427edb543e7ec7b0fd79bac3b2598f7922ef255",
        build: || pool("15:20:00", [24, 11, 13, 50, 0]),
    },
];

/// Returns the file of a name.
pub(super) fn file(name: &str) -> &'static File {
    let found = FILES.iter().find(|file| file.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

impl File {
    pub(super) fn bytes(&self) -> Vec<u8> {
        (self.build)().into_bytes()
    }
}

/// Returns the lower-case hexadecimal SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Returns the lines of a second in which the pool has no connection left.
pub(super) fn exhausted(start: &str, i: i64) -> String {
    let (time, waiting) = (time(start, i), 12 + i % 7);
    let (request, duration) = (i + 61, 30_001 + i % 5);
    format!(
        "{time}.000Z WARN  checkout-eu HikariPool-1 - Connection is not available, request timed out after 30000ms (total=5, active=5, idle=0, waiting={waiting})\n\
         {time}.001Z ERROR checkout-eu req={request:05} POST /checkout status=500 duration_ms={duration}\n"
    )
}

fn app_log() -> String {
    let healthy = (0..60).map(|i| served("13:35:00", 30 * i, i, i + 1));
    let failing = (0..600).map(|i| exhausted("14:05:00", i));
    healthy.chain(failing).collect()
}

/// Returns the line of a request that is answered.
fn served(start: &str, seconds: i64, i: i64, request: i64) -> String {
    let (time, duration) = (time(start, seconds), 100 + 7 * i % 40);
    format!(
        "{time}.000Z INFO  checkout-eu req={request:05} POST /checkout status=200 duration_ms={duration}\n"
    )
}

fn pool(time: &str, values: [u32; 5]) -> String {
    let mut text = format!(
        "# 2025-03-04T{time}Z curl -s localhost:8081/metrics | grep hikaricp_connections\n"
    );
    let names = ["", "_active", "_idle", "_max", "_pending"];
    for (name, value) in names.into_iter().zip(values) {
        let labels = r#"{pool="HikariPool-1"}"#;
        writeln!(text, "hikaricp_connections{name}{labels} {value}").unwrap();
    }
    text
}

fn config_diff() -> String {
    [
        "--- a/checkout/application.yaml\t2025-02-27T09:12:44Z\n",
        "+++ b/checkout/application.yaml\t2025-03-04T14:00:10Z\n",
        "@@ -11,5 +11,5 @@ spring:\n",
        "   datasource:\n",
        "     hikari:\n",
        "       pool-name: HikariPool-1\n",
        "-      maximum-pool-size: 50\n",
        "+      maximum-pool-size: 5\n",
        "       connection-timeout: 30000\n",
    ]
    .concat()
}

/// Returns a time of the day of the incident, without its zone.
fn time(start: &str, seconds: i64) -> String {
    let start: NaiveDateTime = format!("2025-03-04T{start}").parse().unwrap();
    let time = start + TimeDelta::seconds(seconds);
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[test]
fn the_files_are_those_of_the_tour() {
    for (name, of_the_tour) in [
        ("app.log", WorkedExample::app_log()),
        ("pool.txt", WorkedExample::pool_txt()),
        ("dns.txt", WorkedExample::dns_txt()),
        ("config.diff", WorkedExample::config_diff()),
        ("after.log", WorkedExample::after_log()),
        ("pool-after.txt", WorkedExample::pool_after_txt()),
    ] {
        let file = file(name);
        let bytes = file.bytes();
        assert_eq!(i64::try_from(bytes.len()).unwrap(), file.size, "{name}");
        assert_eq!(sha256(&bytes), file.sha256, "{name}");
        assert!(bytes == of_the_tour, "{name}");
    }
}

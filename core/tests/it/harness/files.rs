//! The files of the worked example, built from their rules and checked by hash.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The files of the worked example.
pub(crate) struct WorkedExample;

impl WorkedExample {
    /// Sixty healthy requests, then ten minutes of an exhausted pool.
    pub(crate) fn app_log() -> Vec<u8> {
        let mut text = String::new();
        for i in 0..60 {
            healthy_request(&mut text, 13 * 3600 + 35 * 60 + 30 * i, i + 1, i);
        }
        for i in 0..600 {
            let time = clock(14 * 3600 + 5 * 60 + i);
            writeln!(
                text,
                "2025-03-04T{time}.000Z WARN  checkout-eu HikariPool-1 - Connection is not available, \
                 request timed out after 30000ms (total=5, active=5, idle=0, waiting={})",
                12 + i % 7
            )
            .unwrap();
            writeln!(
                text,
                "2025-03-04T{time}.001Z ERROR checkout-eu req={:05} POST /checkout status=500 \
                 duration_ms={}",
                i + 61,
                30001 + i % 5
            )
            .unwrap();
        }
        checked(
            text,
            "1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278",
        )
    }

    /// The pool's metrics during the incident.
    pub(crate) fn pool_txt() -> Vec<u8> {
        checked(
            pool("14:20:00", [5, 5, 0, 5, 17]),
            "7a24bdbebfa34c40b9613a7c9827a24051242430d8fa22dca7c214bc2ca2a67b",
        )
    }

    /// A name that resolves.
    pub(crate) fn dns_txt() -> Vec<u8> {
        checked(
            "$ getent hosts db-eu.internal\n10.20.4.17      db-eu.internal\n".to_owned(),
            "4c9bf11b75d145f660a56722bca8eb9e1adcbe5b02b9584b5efb98f50ad2d516",
        )
    }

    /// The change that lowered the pool's limit.
    pub(crate) fn config_diff() -> Vec<u8> {
        checked(
            "--- a/checkout/application.yaml\t2025-02-27T09:12:44Z\n\
             +++ b/checkout/application.yaml\t2025-03-04T14:00:10Z\n\
             @@ -11,5 +11,5 @@ spring:\n\
             \x20  datasource:\n\
             \x20    hikari:\n\
             \x20      pool-name: HikariPool-1\n\
             -      maximum-pool-size: 50\n\
             +      maximum-pool-size: 5\n\
             \x20      connection-timeout: 30000\n"
                .to_owned(),
            "967c008bca95d6ca7b76b18da32ed977fe780ed56b1404c8bda50d9f681c6ef3",
        )
    }

    /// Fifteen healthy minutes after the fix.
    pub(crate) fn after_log() -> Vec<u8> {
        let mut text = String::new();
        for i in 0..900 {
            healthy_request(&mut text, 15 * 3600 + 10 * 60 + i, i + 661, i);
        }
        checked(
            text,
            "cf0c1a2e29e26d74c382991f92ab606b69f2d97761f8d2a335cd6443b7ccbeab",
        )
    }

    /// The pool's metrics after the fix.
    pub(crate) fn pool_after_txt() -> Vec<u8> {
        checked(
            pool("15:20:00", [24, 11, 13, 50, 0]),
            "3e69ec227dc82be30b81ca1dc427edb543e7ec7b0fd79bac3b2598f7922ef255",
        )
    }
}

fn healthy_request(text: &mut String, second_of_day: u32, request: u32, i: u32) {
    writeln!(
        text,
        "2025-03-04T{}.000Z INFO  checkout-eu req={request:05} POST /checkout status=200 \
         duration_ms={}",
        clock(second_of_day),
        100 + (7 * i % 40)
    )
    .unwrap();
}

fn clock(second_of_day: u32) -> String {
    let (hour, rest) = (second_of_day / 3600, second_of_day % 3600);
    format!("{hour:02}:{:02}:{:02}", rest / 60, rest % 60)
}

fn pool(time: &str, values: [u32; 5]) -> String {
    let mut text = format!(
        "# 2025-03-04T{time}Z curl -s localhost:8081/metrics | grep hikaricp_connections\n"
    );
    for (name, value) in ["", "_active", "_idle", "_max", "_pending"]
        .iter()
        .zip(values)
    {
        writeln!(
            text,
            "hikaricp_connections{name}{{pool=\"HikariPool-1\"}} {value}"
        )
        .unwrap();
    }
    text
}

#[track_caller]
fn checked(text: String, sha256: &str) -> Vec<u8> {
    assert_eq!(
        hex::encode(Sha256::digest(text.as_bytes())),
        sha256,
        "{text}"
    );
    text.into_bytes()
}

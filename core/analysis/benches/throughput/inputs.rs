//! Lines to analyse, generated.

use std::fmt::Write as _;

/// Deterministic noise (splitmix64).
fn noise(seed: u64) -> u64 {
    let mut value = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(0x1234_5678_9ABC_DEF1);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value ^ (value >> 29)
}

fn clock(second: u64) -> (u64, u64, u64) {
    (second / 3600 % 24, second / 60 % 60, second % 60)
}

/// Data nodes and name nodes of HDFS.
pub(crate) fn hdfs(out: &mut String, number: u64) {
    let (hour, minute, second) = clock(number / 50);
    let random = noise(number);
    let block = random >> 3;
    let (a, b) = (random % 250, random / 250 % 250);
    let pid = random % 3000;
    // Writing to a string cannot fail.
    let _ = match number % 4 {
        0 => writeln!(
            out,
            "081109 {hour:02}{minute:02}{second:02} {pid} INFO dfs.DataNode$DataXceiver: Receiving block blk_{block} src: /10.250.{a}.{b}:54106 dest: /10.250.{b}.{a}:50010"
        ),
        1 => writeln!(
            out,
            "081109 {hour:02}{minute:02}{second:02} {pid} INFO dfs.DataNode$PacketResponder: PacketResponder {} for block blk_{block} terminating",
            random % 3
        ),
        2 => writeln!(
            out,
            "081109 {hour:02}{minute:02}{second:02} {pid} INFO dfs.FSNamesystem: BLOCK* NameSystem.addStoredBlock: blockMap updated: 10.251.{a}.{b}:50010 is added to blk_{block} size 67108864"
        ),
        _ => writeln!(
            out,
            "081109 {hour:02}{minute:02}{second:02} {pid} INFO dfs.DataNode$PacketResponder: Received block blk_{block} of size {} from /10.251.{a}.{b}",
            random % 67_108_864
        ),
    };
}

/// The log of a host, its lines as long as those of real hosts: some 110 bytes with their ends on average.
pub(crate) fn syslog(out: &mut String, number: u64) {
    let (hour, minute, second) = clock(number / 20);
    let random = noise(number);
    let pid = 1000 + random % 30_000;
    let (a, b) = (random % 250, random / 250 % 250);
    let _ = match number % 7 {
        5 => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 sshd[{pid}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.{a}.{b}  user=root"
        ),
        6 => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 sshd[{pid}]: Received disconnect from 203.0.{a}.{b} port {}:11: Bye Bye [preauth]",
            1024 + random % 60_000
        ),
        0 => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 sshd[{pid}]: Failed password for invalid user admin from 203.0.{a}.{b} port {} ssh2",
            1024 + random % 60_000
        ),
        1 => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 systemd[1]: Started Session {} of user deploy.",
            random % 90_000
        ),
        2 => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 CRON[{pid}]: (root) CMD (/usr/local/bin/backup --incremental --id {random})"
        ),
        3 => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 kernel: [{}.{:06}] e1000e: eth0 NIC Link is Up {} Mbps Full Duplex, Flow Control: Rx/Tx",
            random % 90_000,
            random % 1_000_000,
            1000
        ),
        _ => writeln!(
            out,
            "Mar  4 {hour:02}:{minute:02}:{second:02} web-1 dhclient[{pid}]: DHCPREQUEST for 10.0.{a}.{b} on eth0 to 10.0.0.1 port 67 (xid=0x{:x})",
            random % 0xFFFF_FFFF
        ),
    };
}

/// Lines that hardly have a template in common.
pub(crate) fn distinct(out: &mut String, number: u64) {
    let (hour, minute, second) = clock(number / 50);
    let word = |seed: u64| -> String {
        (0..6)
            .map(|at| char::from(b'a' + (noise(seed) >> (at * 5) & 15) as u8))
            .collect()
    };
    let (a, b, c) = (word(number), word(number + 7), word(number * 3));
    let _ = writeln!(
        out,
        "2025-03-04 {hour:02}:{minute:02}:{second:02},000 INFO {a} {b} joins {c} as {}",
        word(number / 2)
    );
}

/// Records of a service.
pub(crate) fn json(out: &mut String, number: u64) {
    let (hour, minute, second) = clock(number / 50);
    let random = noise(number);
    let _ = writeln!(
        out,
        "{{\"time\":\"2025-03-04T{hour:02}:{minute:02}:{second:02}.000Z\",\"level\":\"info\",\"logger\":\"api\",\"msg\":\"request {random:016x} served in {} ms\",\"status\":200}}",
        random % 900
    );
}

/// Errors with stack traces.
pub(crate) fn errors(out: &mut String, number: u64) {
    let (hour, minute, second) = clock(number / 50);
    let random = noise(number);
    let _ = match number % 6 {
        0 => writeln!(
            out,
            "2025-03-04 {hour:02}:{minute:02}:{second:02},{:03} ERROR com.shop.Checkout: payment {random} failed: Connection refused",
            random % 1000
        ),
        1 => writeln!(out, "java.net.ConnectException: Connection refused"),
        2 => writeln!(out, "\tat java.base/sun.nio.ch.Net.connect0(Native Method)"),
        3 => writeln!(
            out,
            "\tat com.shop.Payment.charge(Payment.java:{})",
            40 + random % 3
        ),
        4 => writeln!(out, "\tat com.shop.Checkout.submit(Checkout.java:88)"),
        _ => writeln!(
            out,
            "2025-03-04 {hour:02}:{minute:02}:{second:02},{:03} WARN com.shop.Pool: HikariPool-1 - Connection is not available, request timed out after 30000ms",
            random % 1000
        ),
    };
}

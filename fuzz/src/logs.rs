//! Logs of each family, and traces within them.

use faultmaven_analysis::DataClass;

use super::{limited, of_class, whole_and_chunked};

/// A log of whatever form its lines have.
pub fn log_any(data: &[u8]) {
    whole_and_chunked(limited(data), &of_class(DataClass::Logs, None));
}

/// Logs of ISO and framework headers.
pub fn log_text(data: &[u8]) {
    log(
        data,
        &[
            "2025-03-04T14:05:00.000Z ERROR api: Connection refused",
            "2025-03-04 14:05:01,123 [main] WARN  com.shop.Cart - slow",
            "2025-03-04 14:05:02.123 UTC [77] FATAL:  sorry, too many clients already",
            "E0304 14:05:03.123456       1 leaderelection.go:330] lost",
            "2025/03/04 14:05:04 [error] 7#7: *1 connect() failed",
        ],
    );
}

/// Syslog of both kinds, the kernel's and journald's.
pub fn log_syslog(data: &[u8]) {
    log(
        data,
        &[
            "Mar  4 14:05:00 host kernel: Out of memory: Killed process 77 (java)",
            "<165>1 2025-03-04T14:05:01Z host app 77 ID47 [a b=\"c\"] text",
            "[12345.678901] EXT4-fs error (device sda1): ext4_find_entry",
            "__REALTIME_TIMESTAMP=1741097100000000",
        ],
    );
}

/// Lines of JSON.
pub fn log_json(data: &[u8]) {
    log(
        data,
        &[
            "{\"time\":\"2025-03-04T14:05:00Z\",\"level\":\"error\",\"msg\":\"refused\"}",
            "{\"level\":50,\"time\":1741097101000,\"pid\":7,\"hostname\":\"h\",\"msg\":\"slow\"}",
            "{\"log\":\"down\\n\",\"stream\":\"stderr\",\"time\":\"2025-03-04T14:05:02.1Z\"}",
        ],
    );
}

/// Lines of keys and values.
pub fn log_logfmt(data: &[u8]) {
    log(
        data,
        &[
            "time=2025-03-04T14:05:00Z level=error msg=\"refused x\" took=3s",
            "ts=1741097101.5 level=warn caller=a.go:7 msg=slow",
        ],
    );
}

/// Access logs.
pub fn log_access(data: &[u8]) {
    log(
        data,
        &[
            "10.0.0.1 - - [04/Mar/2025:14:05:00 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"curl\"",
            "Mar  4 14:05:01 lb haproxy[7]: 10.0.0.2:51 [04/Mar/2025:14:05:01.123] f b/s 0/0/0/-1/9 503 0 - - SC-- 1/1/0/0/3 0/0 \"GET / HTTP/1.1\"",
        ],
    );
}

/// Lines that container runtimes put a head before.
pub fn log_container(data: &[u8]) {
    log(
        data,
        &[
            "2025-03-04T14:05:00.123456789Z stderr F ERROR api: refused",
            "2025-03-04T14:05:01.123456789Z stdout P half a ",
            "03-04 14:05:02.123  1000  1001 E ActivityManager: ANR in com.shop",
        ],
    );
}

/// Stack traces of any language.
pub fn stack(data: &[u8]) {
    log(
        data,
        &[
            "2025-03-04T14:05:00Z ERROR api: failed",
            "java.lang.IllegalStateException: broken",
            "\tat com.shop.Cart.add(Cart.java:12)",
            "Traceback (most recent call last):",
            "  File \"a.py\", line 3, in f",
        ],
    );
}

/// Lines of a known form lead, so that the rest is read as such.
fn log(data: &[u8], lead: &[&str]) {
    let mut bytes = Vec::new();
    for line in lead {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(limited(data));
    whole_and_chunked(&bytes, &of_class(DataClass::Logs, None));
}

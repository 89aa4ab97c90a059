//! Splits a line into time, level, component and message.

pub(crate) mod access;
mod collected;
pub(crate) mod cri;
pub(crate) mod csvlog;
pub(crate) mod json;
pub(crate) mod logfmt;
pub(crate) mod names;
mod prefix;
pub(crate) mod text;
mod trace;

pub(crate) use prefix::is_named;

use std::borrow::Cow;

use crate::format::{Family, Profile};
use crate::level::Level;
use crate::time::Stamp;
pub(crate) use names::Names;

/// What stands in front of the message, and the message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header<'a> {
    pub(crate) stamp: Option<Stamp>,
    pub(crate) level: Option<Level>,
    pub(crate) component: Option<Cow<'a, str>>,
    pub(crate) host: Option<&'a str>,
    pub(crate) pid: Option<&'a str>,
    pub(crate) message: Cow<'a, str>,
    /// Who wrote the line, as far as a collector that stamps every line tells.
    pub(crate) source: &'a str,
    /// The line as its program wrote it behind what the collector did, when that is no head.
    pub(crate) bare: Option<Cow<'a, str>>,
    /// A stack trace that stands in a field of its own.
    pub(crate) trace: Option<Cow<'a, str>>,
    /// What fields beside the message name.
    pub(crate) names: Names<'a>,
}

impl Header<'_> {
    /// Returns whether the line starts an event of its own.
    pub(crate) fn is_head(&self) -> bool {
        self.stamp.is_some() || self.level.is_some()
    }

    /// Returns the lines of a trace that the event holds within itself.
    pub(crate) fn trace(&self) -> Option<&str> {
        match (&self.trace, &self.message) {
            (Some(trace), _) => Some(trace.as_ref()),
            (None, Cow::Owned(text)) => text.contains('\n').then_some(text.as_str()),
            (None, Cow::Borrowed(_)) => None,
        }
    }
}

/// Parses `line` with the parser of the profile's family.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    match profile.family {
        Family::Text if profile.named => {
            let named = prefix::named(line);
            named.complete(text::parse(named.line, profile))
        }
        Family::Text => text::parse(line, profile),
        Family::Json => json::parse(line, profile),
        Family::Logfmt => logfmt::parse(line, profile),
        Family::Access => access::parse(line, profile),
        Family::Cri => cri::parse(line, profile),
        Family::Record(_) => Header {
            message: Cow::Borrowed(line),
            ..Header::default()
        },
    }
}

/// Reads what the message of a record of the journal tells itself.
pub(crate) fn read_record(header: &mut Header<'_>, profile: &Profile) {
    collected::read_record(header, profile);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(family: Family, line: &str) -> String {
        let profile = Profile {
            format: None,
            family,
            component_after_level: false,
            bare_epoch: true,
            dateless: false,
            named: false,
            stamped: 1.0,
            levelled: 1.0,
            headed: 1,
        };
        let header = parse(line, &profile);
        let level = header
            .level
            .map_or_else(|| "-".to_owned(), |level| format!("{level:?}"));
        let component = header.component.as_deref().unwrap_or("-").to_owned();
        let time = if header.stamp.is_some() { "t" } else { "-" };
        format!("{time}|{level}|{component}|{}", header.message)
    }

    const TEXT_LINES: [(&str, &str); 19] = [
        (
            "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for",
            "t|Info|dfs.DataNode$PacketResponder|PacketResponder 1 for",
        ),
        (
            "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0",
            "t|-|sshd(pam_unix)|authentication failure; uid=0",
        ),
        (
            "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
            "t|Info|-|workerEnv.init() ok",
        ),
        (
            "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02 RAS KERNEL INFO cache parity",
            "t|Info|-|cache parity",
        ),
        (
            "03-17 16:13:38.811  1702  2395 D WindowManager: printFreezing",
            "t|Debug|WindowManager|printFreezing",
        ),
        (
            "[10.30 16:49:06] chrome.exe - proxy open",
            "t|-|chrome.exe|proxy open",
        ),
        (
            "2025-03-04 14:05:00.123  INFO 12345 --- [main] c.e.App  : Started App",
            "t|Info|c.e.App|Started App",
        ),
        (
            "2025-03-04 14:05:00,123 - billing.worker - ERROR - job failed",
            "t|Error|billing.worker|job failed",
        ),
        (
            "ERROR:billing.worker:job failed",
            "-|Error|billing.worker|job failed",
        ),
        (
            "2025/03/04 14:05:00 [error] 31#31: *7 connect() failed",
            "t|Error|-|*7 connect() failed",
        ),
        (
            "E0304 14:05:00.123456    1 reflector.go:138] Failed to watch",
            "t|Error|reflector.go:138|Failed to watch",
        ),
        (
            "2025-03-04 14:05:00.123 UTC [77] app@db FATAL:  too many clients",
            "t|Fatal|-|too many clients",
        ),
        (
            "2025-03-04T14:05:00.1Z 0 [Warning] [MY-010068] [Server] CA certificate",
            "t|Warn|Server|CA certificate",
        ),
        (
            "1:M 04 Mar 2025 14:05:00.123 # Out of memory",
            "t|Warn|-|Out of memory",
        ),
        (
            "[2025-03-04 14:05:00,123] WARN [Broker id=1] Fencing (kafka.server.X)",
            "t|Warn|-|[Broker id=1] Fencing (kafka.server.X)",
        ),
        (
            "<165>1 2025-03-04T14:05:00Z host app 77 ID47 - disk full",
            "t|Info|app|disk full",
        ),
        (
            "[   12.345678] Out of memory: Killed process 1",
            "-|-|-|Out of memory: Killed process 1",
        ),
        (
            "2025-03-04T14:05:00Z\terror\tapi/server.go:10\tboom",
            "t|Error|api/server.go:10|boom",
        ),
        (
            "plain words with an error inside",
            "-|-|-|plain words with an error inside",
        ),
    ];

    const PREFIXED_LINES: [(Family, &str, &str); 7] = [
        (
            Family::Json,
            r#"2026-06-01T11:55:05.123456789Z {"level":"error","msg":"upstream failed"}"#,
            "t|Error|-|upstream failed",
        ),
        (
            Family::Json,
            r#"app-1  | {"level":"error","msg":"upstream failed"}"#,
            "-|Error|app-1|upstream failed",
        ),
        (
            Family::Json,
            "2026-06-01T11:55:05.1Z ERROR db: gone",
            "t|Error|db|gone",
        ),
        (
            Family::Logfmt,
            "2026-06-01T12:00:03Z level=error host=gw-c msg=\"no answer\" upstream=pay:8443",
            "t|Error|-|no answer upstream=pay:8443",
        ),
        (
            Family::Logfmt,
            "web_2 | 2026-06-01T12:00:03Z level=warn msg=late",
            "t|Warn|web_2|late",
        ),
        (
            Family::Cri,
            r#"2025-03-04T14:05:00.1Z stderr F {"level":"error","msg":"gone"}"#,
            "t|Error|-|gone",
        ),
        (
            Family::Cri,
            "2025-03-04T14:05:00.1Z stderr F level=error msg=gone",
            "t|Error|-|gone",
        ),
    ];

    #[test]
    fn text_layouts_are_split() {
        for (line, expected) in TEXT_LINES {
            assert_eq!(show(Family::Text, line), expected, "{line}");
        }
    }

    #[test]
    fn structured_layouts_are_split() {
        for (family, line, expected) in [
            (
                Family::Json,
                r#"{"ts":1741097100.5,"level":"error","logger":"api","msg":"dial \"db\" failed"}"#,
                "t|Error|api|dial \"db\" failed",
            ),
            (
                Family::Json,
                r#"{"t":{"$date":"2025-03-04T14:05:00.123+00:00"},"s":"E","c":"NETWORK","msg":"closed"}"#,
                "t|Error|NETWORK|closed",
            ),
            (
                Family::Json,
                r#"{"level":50,"time":1741097100123,"msg":"boom","err":"ECONNRESET"}"#,
                "t|Error|-|boom error=ECONNRESET",
            ),
            (
                Family::Json,
                r#"{"level":50,"time":1741097100123,"err":{"type":"Error","message":"getaddrinfo EAI_AGAIN db"},"msg":"query failed"}"#,
                "t|Error|-|query failed error=getaddrinfo EAI_AGAIN db",
            ),
            (
                Family::Json,
                r#"{"log":"2025-03-04 14:05:00 WARN low disk\n","stream":"stderr","time":"2025-03-04T14:05:00.1Z"}"#,
                "t|Warn|-|low disk",
            ),
            (
                Family::Logfmt,
                r#"time=2025-03-04T14:05:00Z level=warn component=store msg="slow query" took=3s"#,
                "t|Warn|store|slow query took=3s",
            ),
            (
                Family::Access,
                r#"10.0.0.1 - - [04/Mar/2025:14:05:00 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl""#,
                "t|Error|-|GET /cart status=502",
            ),
            (
                Family::Cri,
                "2025-03-04T14:05:00.1Z stderr F ERROR db: gone",
                "t|Error|db|gone",
            ),
        ] {
            assert_eq!(show(family, line), expected, "{line}");
        }
    }

    #[test]
    fn records_behind_a_prefix_are_split() {
        for (family, line, expected) in PREFIXED_LINES {
            assert_eq!(show(family, line), expected, "{line}");
        }
    }

    #[test]
    fn the_time_of_a_record_comes_before_that_of_its_collector() {
        let lines = [
            r#"2026-06-01T11:55:05Z {"ts":"2026-06-01T11:55:04Z","level":"error","msg":"late"}"#,
            "2026-06-01T11:55:05Z time=2026-06-01T11:55:04Z level=error msg=late",
        ];
        for line in lines {
            let profile = crate::format::detect(&[line]);
            let stamp = parse(line, &profile)
                .stamp
                .map(|stamp| stamp.micros % 60_000_000);
            assert_eq!(stamp, Some(4_000_000), "{line}");
        }
    }

    #[test]
    fn records_without_level_carry_lines_only_where_a_collector_wrote_them() {
        for (line, carries) in [
            (
                r#"{"time":"2026-06-01T12:00:03Z","stream":"stderr","message":"  at x"}"#,
                true,
            ),
            (
                r#"{"time":"2026-06-01T12:00:03Z","message":"  at x"}"#,
                false,
            ),
        ] {
            let profile = crate::format::detect(&[line]);
            assert_eq!(parse(line, &profile).bare.is_some(), carries, "{line}");
        }
    }

    #[test]
    fn records_behind_a_prefix_are_recognised_and_plain_text_is_not() {
        for (line, family) in [
            (
                r#"2026-06-01T11:55:05.123456789Z {"level":"error","msg":"x"}"#,
                Family::Json,
            ),
            (r#"app-1  | {"level":"error","msg":"x"}"#, Family::Json),
            ("2026-06-01T12:00:03Z level=error msg=x", Family::Logfmt),
            (
                "2026-06-01T12:00:03Z INFO gw-a msg=x a=1 b=2 c=3 d=4 e=5 f=6 g=7",
                Family::Text,
            ),
            (
                "2026-06-01T12:00:03Z INFO api: served in 3 ms",
                Family::Text,
            ),
        ] {
            assert_eq!(crate::format::detect(&[line]).family, family, "{line}");
        }
    }
}

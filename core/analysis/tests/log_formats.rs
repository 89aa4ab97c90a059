//! One line of each log format: its time, level and component.

use chrono::{DateTime, NaiveDate, Utc};
use faultmaven_analysis::{Level, Options, analyze};

/// Name, line, second of 2025-03-04 14:05 UTC as written, level, component.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<Level>,
    Option<&'static str>,
);

const ROWS: &[Row] = &[
    (
        "syslog RFC 3164",
        "Mar  4 14:05:00 web-1 sshd[17]: Accepted publickey for bob",
        "00",
        None,
        Some("sshd"),
    ),
    (
        "syslog RFC 3164 with priority",
        "<11>Mar  4 14:05:00 web-1 app[17]: cannot open",
        "00",
        Some(Level::Error),
        Some("app"),
    ),
    (
        "syslog RFC 5424",
        "<163>1 2025-03-04T14:05:00Z web-1 app 77 ID47 - stopped",
        "00",
        Some(Level::Error),
        Some("app"),
    ),
    (
        "journal short-iso",
        "2025-03-04T14:05:00+0000 web-1 systemd[1]: Started nginx",
        "00",
        None,
        Some("systemd"),
    ),
    (
        "journal JSON",
        r#"{"__REALTIME_TIMESTAMP":"1741097100000000","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"no"}"#,
        "00",
        Some(Level::Error),
        Some("sshd"),
    ),
    (
        "dmesg -T",
        "[Tue Mar  4 14:05:00 2025] EXT4-fs error (device sda1): bad block",
        "00",
        None,
        None,
    ),
    (
        "log4j",
        "2025-03-04 14:05:00,123 ERROR [main] com.shop.App - Stopped",
        "00.123",
        Some(Level::Error),
        Some("com.shop.App"),
    ),
    (
        "Spring Boot",
        "2025-03-04T14:05:00.123Z ERROR 12345 --- [shop] [nio-8080-exec-1] c.s.App : Stopped",
        "00.123",
        Some(Level::Error),
        Some("c.s.App"),
    ),
    (
        "Tomcat",
        "04-Mar-2025 14:05:00.123 SEVERE [main] org.apache.catalina.Startup.await Cannot bind",
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "Zookeeper",
        "2025-03-04 14:05:00,123 [myid:1] - ERROR [main:QuorumPeer@111] - Unexpected exception",
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "Python logging",
        "2025-03-04 14:05:00,123 - shop.api - ERROR - stopped",
        "00.123",
        Some(Level::Error),
        Some("shop.api"),
    ),
    (
        "Go std",
        "2025/03/04 14:05:00 listening on :8080",
        "00",
        None,
        None,
    ),
    (
        "zap console",
        "2025-03-04T14:05:00.000Z\terror\tapi/server.go:12\tstopped",
        "00",
        Some(Level::Error),
        Some("api/server.go:12"),
    ),
    (
        "zap JSON",
        r#"{"level":"error","ts":1741097100.25,"logger":"api","msg":"stopped"}"#,
        "00.250",
        Some(Level::Error),
        Some("api"),
    ),
    (
        "logrus",
        "time=\"2025-03-04T14:05:00Z\" level=error msg=\"stopped now\" component=api",
        "00",
        Some(Level::Error),
        Some("api"),
    ),
    (
        "klog",
        "E0304 14:05:00.123456       1 server.go:12] stopped",
        "00.123456",
        Some(Level::Error),
        Some("server.go:12"),
    ),
    (
        "nginx access",
        r#"10.0.0.1 - - [04/Mar/2025:14:05:00 +0000] "GET / HTTP/1.1" 502 15 "-" "curl""#,
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "nginx error",
        "2025/03/04 14:05:00 [error] 31#31: *1 connect() failed (111: Connection refused)",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "Apache error",
        "[Tue Mar 04 14:05:00.123456 2025] [core:error] [pid 1] AH00094: stopped",
        "00.123456",
        Some(Level::Error),
        None,
    ),
    (
        "HAProxy",
        r#"Mar  4 14:05:00 lb-1 haproxy[12]: 10.0.0.1:5000 [04/Mar/2025:14:05:00.123] front back/srv1 0/0/-1/-1/3 503 213 - - SC-- 1/1/0/0/0 0/0 "GET / HTTP/1.1""#,
        "00",
        Some(Level::Error),
        Some("haproxy"),
    ),
    (
        "Envoy access",
        r#"[2025-03-04T14:05:00.123Z] "GET /cart HTTP/1.1" 503 UF 0 91 1001 - "-" "curl/8" "b" "cart" "10.0.0.1:80""#,
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "PostgreSQL",
        "2025-03-04 14:05:00.123 UTC [77] app@shop ERROR:  deadlock",
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "PostgreSQL on RDS",
        "2025-03-04 14:05:00 UTC:10.0.0.1(5000):app@shop:[77]:ERROR:  deadlock",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "MySQL 8",
        "2025-03-04T14:05:00.123456Z 0 [ERROR] [MY-010931] [Server] stopped",
        "00.123456",
        Some(Level::Error),
        Some("Server"),
    ),
    (
        "MariaDB",
        "2025-03-04 14:05:00 0 [ERROR] InnoDB: Unable to lock ./ibdata1",
        "00",
        Some(Level::Error),
        Some("InnoDB"),
    ),
    (
        "MySQL 5",
        "250304 14:05:00 [ERROR] Can't start server",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "Redis",
        "1:M 04 Mar 2025 14:05:00.123 # Out Of Memory",
        "00.123",
        Some(Level::Warn),
        None,
    ),
    (
        "MongoDB",
        r#"{"t":{"$date":"2025-03-04T14:05:00.123+00:00"},"s":"E","c":"NETWORK","id":1,"ctx":"x","msg":"no"}"#,
        "00.123",
        Some(Level::Error),
        Some("NETWORK"),
    ),
    (
        "Kafka",
        "[2025-03-04 14:05:00,123] ERROR [Broker id=1] Stopped (kafka.server.KafkaServer)",
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "Elasticsearch",
        "[2025-03-04T14:05:00,123][ERROR][o.e.b.Bootstrap          ] [node-1] node validation exception",
        "00.123",
        Some(Level::Error),
        Some("o.e.b.Bootstrap"),
    ),
    (
        "Elasticsearch, padded level",
        "[2025-03-04T14:05:00,123][WARN ][o.e.c.r.a.DiskThresholdMonitor] [node-1] high disk watermark",
        "00.123",
        Some(Level::Warn),
        Some("o.e.c.r.a.DiskThresholdMonitor"),
    ),
    (
        "RabbitMQ",
        "2025-03-04 14:05:00.123456+00:00 [error] <0.77.0> closing AMQP connection",
        "00.123456",
        Some(Level::Error),
        None,
    ),
    (
        "hclog",
        "2025-03-04T14:05:00.123Z [ERROR] agent.raft: failed to contact quorum",
        "00.123",
        Some(Level::Error),
        Some("agent.raft"),
    ),
    (
        "Docker JSON",
        r#"{"log":"ERROR stopped\n","stream":"stderr","time":"2025-03-04T14:05:00.1Z"}"#,
        "00.100",
        Some(Level::Error),
        None,
    ),
    (
        "CRI",
        "2025-03-04T14:05:00.123456789Z stderr F ERROR stopped",
        "00.123456",
        Some(Level::Error),
        None,
    ),
    (
        "logcat",
        "03-04 14:05:00.123  1702  2395 E ActivityManager: ANR in app",
        "00.123",
        Some(Level::Error),
        Some("ActivityManager"),
    ),
    (
        "Windows CBS",
        "2025-03-04 14:05:00, Error                 CBS    Failed to open package",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "bunyan",
        r#"{"name":"shop","hostname":"h","pid":1,"level":50,"msg":"no","time":"2025-03-04T14:05:00.123Z","v":0}"#,
        "00.123",
        Some(Level::Error),
        Some("shop"),
    ),
    (
        "pino",
        r#"{"level":50,"time":1741097100123,"pid":1,"hostname":"h","msg":"no"}"#,
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "structlog",
        r#"{"event":"no","level":"error","logger":"shop.api","timestamp":"2025-03-04T14:05:00Z"}"#,
        "00",
        Some(Level::Error),
        Some("shop.api"),
    ),
    (
        "ECS, dotted",
        r#"{"@timestamp":"2025-03-04T14:05:00.123Z","log.level":"ERROR","message":"no","service.name":"shop"}"#,
        "00.123",
        Some(Level::Error),
        Some("shop"),
    ),
    (
        "ECS, nested",
        r#"{"@timestamp":"2025-03-04T14:05:00.123Z","log":{"level":"error","logger":"shop.api"},"message":"no","service":{"name":"shop"}}"#,
        "00.123",
        Some(Level::Error),
        Some("shop.api"),
    ),
    (
        "OTel",
        r#"{"timeUnixNano":"1741097100123456789","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"no"}}"#,
        "00.123456",
        Some(Level::Error),
        None,
    ),
    (
        "GELF",
        r#"{"version":"1.1","host":"h","short_message":"no","timestamp":1741097100.25,"level":3}"#,
        "00.250",
        Some(Level::Error),
        None,
    ),
    (
        "CloudWatch",
        r#"{"timestamp":1741097100123,"message":"ERROR no","ingestionTime":1741097100999}"#,
        "00.123",
        None,
        None,
    ),
    (
        "Google Cloud",
        r#"{"timestamp":"2025-03-04T14:05:00.123Z","severity":"ERROR","jsonPayload":{"message":"no"}}"#,
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "Lambda",
        "2025-03-04T14:05:00.123Z\t8f9c1b2a-0000-4000-8000-000000000001\tERROR\tInvoke Error",
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "Serilog JSON",
        r#"{"@t":"2025-03-04T14:05:00.123Z","@mt":"no","@l":"Error","SourceContext":"Shop.Cart"}"#,
        "00.123",
        Some(Level::Error),
        Some("Shop.Cart"),
    ),
    (
        "logfmt",
        "time=2025-03-04T14:05:00Z level=error msg=\"stopped up\" port=80",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "Ruby Logger",
        "E, [2025-03-04T14:05:00.123456 #77] ERROR -- : stopped",
        "00.123456",
        Some(Level::Error),
        None,
    ),
    (
        "PHP-FPM",
        "[04-Mar-2025 14:05:00] WARNING: [pool www] server reached pm.max_children setting (5)",
        "00",
        Some(Level::Warn),
        None,
    ),
    (
        "env_logger",
        "[2025-03-04T14:05:00Z ERROR shop::db] stopped",
        "00",
        Some(Level::Error),
        Some("shop::db"),
    ),
    (
        "tracing",
        "2025-03-04T14:05:00.123456Z ERROR shop::db: stopped",
        "00.123456",
        Some(Level::Error),
        Some("shop::db"),
    ),
    (
        "Jenkins",
        "2025-03-04 14:05:00.123+0000 [id=31]\tSEVERE\thudson.Main#run: stopped",
        "00.123",
        Some(Level::Error),
        None,
    ),
    (
        "fluentd",
        "2025-03-04 14:05:00 +0000 [error]: #0 unexpected error",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "java.util.logging",
        "Mar 04, 2025 2:05:00 PM com.shop.App start",
        "00",
        None,
        None,
    ),
    (
        "Windows event list",
        "Error 3/4/2025 2:05:00 PM Service Control Manager 7031 None",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "GitHub Actions",
        "2025-03-04T14:05:00.1234567Z ##[error]Process completed with exit code 1.",
        "00.123456",
        Some(Level::Error),
        None,
    ),
    (
        "logrus on a terminal, with times",
        "ERRO[2025-03-04T14:05:00Z] stopped                      port=80",
        "00",
        Some(Level::Error),
        None,
    ),
    (
        "syslog around JSON",
        r#"Mar  4 14:05:00 web-1 app[17]: {"level":"error","msg":"stopped"}"#,
        "00",
        Some(Level::Error),
        Some("app"),
    ),
    (
        "Docker JSON around JSON",
        r#"{"log":"{\"level\":\"error\",\"logger\":\"api\",\"msg\":\"no\"}\n","stream":"stdout","time":"2025-03-04T14:05:00.1Z"}"#,
        "00.100",
        Some(Level::Error),
        Some("api"),
    ),
    (
        "klog behind kubectl logs --timestamps",
        "2025-03-04T14:05:00.123456789Z E0304 14:05:00.123456       1 server.go:12] stopped",
        "00.123456",
        Some(Level::Error),
        Some("server.go:12"),
    ),
];

#[test]
fn time_level_and_component_are_read_from_every_format() {
    let mut wrong = Vec::new();
    for &(name, line, seconds, level, component) in ROWS {
        let options = Options {
            reference_date: NaiveDate::from_ymd_opt(2025, 6, 1),
            ..Options::default()
        };
        let analysis = analyze(format!("{line}\n").repeat(5).as_bytes(), options);
        let expected: Option<DateTime<Utc>> = format!("2025-03-04T14:05:{seconds}Z").parse().ok();
        let template = analysis.templates.first();
        let found = (
            analysis.coverage.first_time,
            template.and_then(|template| template.levels.dominant()),
            template.and_then(|template| template.component.as_deref()),
        );
        // A component the row does not name may still be found.
        let named = component.is_none() || component == found.2;
        if (found.0, found.1) != (expected, level) || !named {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is said of the lines, the lines, their component, first and last time.
type Dateless = (
    &'static str,
    [&'static str; 4],
    Option<&'static str>,
    &'static str,
    &'static str,
);

/// Lines of a day that they do not name.
const DATELESS: &[Dateless] = &[
    (
        "Logback's own layout",
        [
            "14:05:00.123 [main] ERROR com.shop.App - stopped",
            "14:05:01.000 [main] ERROR com.shop.App - stopped",
            "14:05:00.900 [http-nio-8080-exec-1] ERROR com.shop.App - stopped",
            "14:05:02.000 [main] ERROR com.shop.App - stopped",
        ],
        Some("com.shop.App"),
        "2025-06-01T14:05:00.123Z",
        "2025-06-01T14:05:02Z",
    ),
    (
        "Logback's own layout, with pairs, over midnight",
        [
            "23:59:58.000 [main] ERROR com.shop.App -- stopped",
            "00:00:01.000 [main] ERROR com.shop.App -- stopped",
            "23:59:59.900 [main] ERROR com.shop.App -- stopped",
            "00:00:02.500 [main] ERROR com.shop.App -- stopped",
        ],
        Some("com.shop.App"),
        "2025-06-01T23:59:58Z",
        "2025-06-02T00:00:02.5Z",
    ),
    (
        "behind a line with a date",
        [
            "2025-03-04 14:04:00.000 ERROR stopped",
            "[14:05:00] ERROR stopped",
            "[14:05:01] ERROR stopped",
            "[14:05:02] ERROR stopped",
        ],
        None,
        "2025-03-04T14:04:00Z",
        "2025-03-04T14:05:02Z",
    ),
];

#[test]
fn times_without_a_date_are_read_on_the_day_that_is_known() {
    for &(name, lines, component, first, last) in DATELESS {
        let options = Options {
            reference_date: NaiveDate::from_ymd_opt(2025, 6, 1),
            ..Options::default()
        };
        let analysis = analyze((lines.join("\n") + "\n").as_bytes(), options);
        let time = |text: &str| text.parse::<DateTime<Utc>>().ok();
        let coverage = &analysis.coverage;
        let found = (coverage.first_time, coverage.last_time);
        assert_eq!(found, (time(first), time(last)), "{name}");
        assert_eq!(analysis.templates.len(), 1, "{name}");
        let template = &analysis.templates[0];
        assert_eq!(template.text, "stopped", "{name}");
        assert_eq!(template.levels.dominant(), Some(Level::Error), "{name}");
        assert_eq!(template.component.as_deref(), component, "{name}");
        let told = coverage.limits_hit.iter().any(|it| it == "day_unknown");
        assert_eq!(told, first.starts_with("2025-06"), "{name}");
    }
}

#[test]
fn the_seconds_since_the_start_are_no_part_of_a_message() {
    let text = "ERRO[0012] stopped                       port=80\n".repeat(5);
    let analysis = analyze(text.as_bytes(), Options::default());
    let template = &analysis.templates[0];
    assert!(template.text.starts_with("stopped "), "{}", template.text);
    assert_eq!(template.levels.dominant(), Some(Level::Error));
}

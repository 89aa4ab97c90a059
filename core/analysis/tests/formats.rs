//! Whole files of many kinds: class, format, events, stack traces, and bad input.

use std::fmt::Write;

use faultmaven_analysis::{
    Analysis, ClassSource, CommandOutcome, DataClass, Encoding, FindingKind, Limits, LineEnding,
    LogFormat, Options, Severity, analyze,
};

const FORMATS: [(LogFormat, &str); 21] = [
    (
        LogFormat::SyslogRfc3164,
        "Mar  4 14:05:00 web-1 sshd[17]: Accepted publickey for bob",
    ),
    (
        LogFormat::SyslogRfc5424,
        "<165>1 2025-03-04T14:05:00Z web-1 app 77 ID47 - started",
    ),
    (
        LogFormat::JsonLines,
        r#"{"time":"2025-03-04T14:05:00Z","level":"info","msg":"started"}"#,
    ),
    (
        LogFormat::Logfmt,
        "time=2025-03-04T14:05:00Z level=info msg=\"started up\" port=80",
    ),
    (
        LogFormat::AccessLog,
        r#"10.0.0.1 - - [04/Mar/2025:14:05:00 +0000] "GET / HTTP/1.1" 200 15 "-" "curl""#,
    ),
    (
        LogFormat::NginxError,
        "2025/03/04 14:05:00 [notice] 31#31: signal process started",
    ),
    (
        LogFormat::ApacheError,
        "[Tue Mar 04 14:05:00.123456 2025] [core:notice] [pid 1] AH00094: Command line",
    ),
    (
        LogFormat::Log4j,
        "2025-03-04 14:05:00,123 INFO  [main] com.shop.App - Started",
    ),
    (
        LogFormat::PythonLogging,
        "2025-03-04 14:05:00,123 - shop.api - INFO - started",
    ),
    (LogFormat::GoStd, "2025/03/04 14:05:00 listening on :8080"),
    (
        LogFormat::Zap,
        "2025-03-04T14:05:00.000Z\tinfo\tapi/server.go:12\tstarted",
    ),
    (
        LogFormat::Klog,
        "I0304 14:05:00.123456       1 server.go:12] started",
    ),
    (
        LogFormat::Postgresql,
        "2025-03-04 14:05:00.123 UTC [77] LOG:  checkpoint starting: time",
    ),
    (
        LogFormat::Mysql,
        "2025-03-04T14:05:00.123456Z 0 [System] [MY-010931] [Server] ready",
    ),
    (
        LogFormat::Redis,
        "1:M 04 Mar 2025 14:05:00.123 * Ready to accept connections",
    ),
    (
        LogFormat::Mongodb,
        r#"{"t":{"$date":"2025-03-04T14:05:00.123+00:00"},"s":"I","c":"NETWORK","id":1,"ctx":"x","msg":"ok"}"#,
    ),
    (
        LogFormat::Kafka,
        "[2025-03-04 14:05:00,123] INFO [Broker id=1] Started (kafka.server.KafkaServer)",
    ),
    (
        LogFormat::DockerJson,
        r#"{"log":"started\n","stream":"stdout","time":"2025-03-04T14:05:00.1Z"}"#,
    ),
    (
        LogFormat::Cri,
        "2025-03-04T14:05:00.123456789Z stdout F started",
    ),
    (
        LogFormat::Logcat,
        "03-04 14:05:00.123  1702  2395 I ActivityManager: Start proc",
    ),
    (LogFormat::Dmesg, "[   12.345678] eth0: link up"),
];

const CLASSES: [(DataClass, &str); 14] = [
    (DataClass::Config, "server:\n  port: 8080\n  name: shop\n"),
    (
        DataClass::Config,
        "[mysqld]\nmax_connections = 10\nport=3306\n",
    ),
    (
        DataClass::Config,
        "{\n  \"a\": 1,\n  \"b\": {\"c\": 2}\n}\n",
    ),
    (
        DataClass::Metrics,
        "# TYPE up gauge\nup 1\nrequests_total{code=\"200\"} 7\n",
    ),
    (
        DataClass::Metrics,
        "time,cpu\n2025-03-04T14:05:00Z,1\n2025-03-04T14:06:00Z,2\n2025-03-04T14:07:00Z,2\n",
    ),
    (DataClass::Table, "name,team\na,b\nc,d\ne,f\n"),
    (
        DataClass::CommandOutput,
        "$ df -h\nFilesystem Size Used Avail Use% Mounted on\n/dev/sda1 10G 10G 0 100% /\n",
    ),
    (
        DataClass::CommandOutput,
        "NAME    READY   STATUS    RESTARTS   AGE\napp-1   1/1     Running   0          3d\n",
    ),
    (
        DataClass::ErrorReport,
        "java.lang.IllegalStateException: x\n\tat a.b.C.d(C.java:1)\n\tat a.b.E.f(E.java:2)\n",
    ),
    (DataClass::Profile, "main;a;b 12\nmain;a;c 3\nmain;d 4\n"),
    (
        DataClass::Trace,
        "{\"resourceSpans\":[{\"scopeSpans\":[]}]}",
    ),
    (
        DataClass::Code,
        "import os\n\ndef main():\n    return os.getcwd()\n\nclass A:\n    pass\n",
    ),
    (
        DataClass::Document,
        "# Title\n\nThis is a longer sentence about the service.\n\n## Part\n\nAnother sentence that explains how it works.\n",
    ),
    (
        DataClass::Text,
        "Hello team, the site was slow this morning and then fine again.\n",
    ),
];

const TRACES: [(&str, &str, &str); 8] = [
    (
        "java",
        "java.lang.IllegalStateException",
        "java.lang.IllegalStateException: no\n\tat com.shop.Cart.add(Cart.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:833)\nCaused by: java.io.IOException: disk\n\t... 3 more",
    ),
    (
        "python",
        "ValueError",
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in run\n    go()\n  File \"/app/x.py\", line 9, in go\n    raise ValueError(\"no\")\nValueError: no",
    ),
    (
        "go",
        "panic",
        "panic: no\n\ngoroutine 1 [running]:\nmain.run(0x1)\n\t/app/main.go:12 +0x1d\nmain.main()\n\t/app/main.go:5 +0x20",
    ),
    (
        "node",
        "TypeError",
        "TypeError: x is not a function\n    at Cart.add (/app/cart.js:12:5)\n    at node:internal/process:95:5",
    ),
    (
        "rust",
        "panic",
        "thread 'main' panicked at src/main.rs:2:5:\nno\nstack backtrace:\n   0: shop::run\n             at /app/src/main.rs:2:5\n   1: shop::main\n             at /app/src/main.rs:9:5",
    ),
    (
        "dotnet",
        "System.InvalidOperationException",
        "System.InvalidOperationException: no\n   at Shop.Cart.Add(String id) in /app/Cart.cs:line 12\n   at Shop.Program.Main(String[] args)",
    ),
    (
        "ruby",
        "RuntimeError",
        "app.rb:3:in `go': no (RuntimeError)\n\tfrom app.rb:9:in `<main>'",
    ),
    (
        "php",
        "Exception",
        "PHP Fatal error:  Uncaught Exception: no in /app/a.php:3\nStack trace:\n#0 /app/b.php(9): go()\n#1 {main}\n  thrown in /app/a.php on line 3",
    ),
];

fn named(name: &str, text: &str) -> Analysis {
    analyze(
        text.as_bytes(),
        Options {
            file_name: Some(name.to_owned()),
            ..Options::default()
        },
    )
}

fn class(text: &str) -> DataClass {
    analyze(text.as_bytes(), Options::default())
        .classification
        .data_class
}

#[test]
fn log_formats_are_recognised_without_configuration() {
    for (format, line) in FORMATS {
        let analysis = analyze(format!("{line}\n").repeat(5).as_bytes(), Options::default());
        assert_eq!(analysis.log_format, Some(format), "{line}");
        assert_eq!(
            analysis.classification.data_class,
            DataClass::Logs,
            "{line}"
        );
        assert!(
            analysis.findings.is_empty(),
            "{line}: {:#?}",
            analysis.findings
        );
        assert_eq!(analysis.templates.len(), 1, "{line}");
    }
}

#[test]
fn classes_are_recognised_by_content() {
    for (expected, text) in CLASSES {
        assert_eq!(class(text), expected, "{text}");
    }
    let user = Options {
        data_class: Some(DataClass::Text),
        ..Options::default()
    };
    let overridden = analyze(b"server:\n  port: 1\n", user);
    assert_eq!(overridden.classification.source, ClassSource::User);
    assert_eq!(overridden.classification.data_class, DataClass::Text);
}

#[test]
fn stack_traces_of_eight_languages_belong_to_their_event() {
    for (language, exception, trace) in TRACES {
        let mut log = String::new();
        for at in 0..3 {
            writeln!(
                log,
                "2025-03-04 14:0{at}:00,000 ERROR app - request failed\n{trace}"
            )
            .unwrap();
        }
        let analysis = analyze(log.as_bytes(), Options::default());
        let stack = analysis
            .stacks
            .first()
            .unwrap_or_else(|| panic!("no {language} stack"));
        assert_eq!(
            (stack.language.as_str(), stack.count),
            (language, 3),
            "{stack:#?}"
        );
        assert!(
            stack.exception.contains(exception) || language == "ruby",
            "{stack:#?}"
        );
        assert!(
            stack.frames.iter().any(|frame| frame.application),
            "{stack:#?}"
        );
        assert!(analysis.findings.iter().any(|finding| {
            finding
                .statement
                .contains(&format!("{language} {}", stack.exception))
        }));
    }
}

#[test]
fn command_results_become_findings() {
    let disk = named(
        "df.txt",
        "$ df -h\nFilesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        10G   10G     0 100% /var\n",
    );
    assert_eq!(disk.findings[0].kind, FindingKind::ResourcePressure);
    assert_eq!(disk.findings[0].citations[0].line_start, 3);
    let pods = named(
        "pods.txt",
        "NAME    READY   STATUS             RESTARTS   AGE\napp-1   0/1     CrashLoopBackOff   12         3d\n",
    );
    assert!(
        pods.findings
            .iter()
            .any(|finding| finding.kind == FindingKind::PodState)
    );
    let missing = named("dns.txt", "$ getent hosts db.internal\n");
    assert_eq!(missing.commands[0].outcome, CommandOutcome::NotResolved);
    assert_eq!(missing.findings[0].kind, FindingKind::NameResolution);
    let dig = named(
        "dig.txt",
        "$ dig db.internal\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n",
    );
    assert_eq!(dig.commands[0].outcome, CommandOutcome::NotResolved);
    let refused = named(
        "nc.txt",
        "$ nc -vz db 5432\nnc: connect to db port 5432 (tcp) failed: Connection refused\n",
    );
    assert_eq!(refused.commands[0].outcome, CommandOutcome::Refused);
}

#[test]
fn configuration_secrets_never_leave_the_engine() {
    let analysis = named(
        "app.yaml",
        "db:\n  user: shop\n  password: hunter2\n  pool: 5\n",
    );
    assert!(
        analysis
            .findings
            .iter()
            .any(|finding| finding.kind == FindingKind::ConfigSecret)
    );
    assert!(
        !serde_json::to_string(&analysis)
            .unwrap()
            .contains("hunter2")
    );
}

#[test]
fn a_silence_and_a_restart_loop_are_found() {
    let mut log = String::new();
    for second in (0..600).chain(1800..2400) {
        writeln!(
            log,
            "2025-03-04T10:{:02}:{:02}Z INFO api: served {second}",
            second / 60,
            second % 60
        )
        .unwrap();
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    let gap = analysis
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::Gap)
        .unwrap();
    assert_eq!(
        (gap.citations[0].line_start, gap.citations[1].line_start),
        (600, 601)
    );
    let mut log = String::new();
    for minute in 0..20 {
        writeln!(
            log,
            "2025-03-04T10:{minute:02}:00Z INFO api: Starting server on port 80"
        )
        .unwrap();
        for second in 1..40 {
            writeln!(
                log,
                "2025-03-04T10:{minute:02}:{second:02}Z INFO api: served {second}"
            )
            .unwrap();
        }
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    assert!(
        analysis
            .findings
            .iter()
            .any(|finding| finding.kind == FindingKind::RestartLoop)
    );
    assert!(
        analysis
            .findings
            .iter()
            .all(|finding| finding.severity < Severity::Error)
    );
}

#[test]
fn wide_and_single_byte_files_are_read() {
    let text = "2025-03-04T14:05:00Z ERROR api: größte Störung\r\n".repeat(4);
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let analysis = analyze(&wide, Options::default());
    assert_eq!(
        (analysis.encoding, analysis.line_ending),
        (Encoding::Utf16Le, LineEnding::Crlf)
    );
    assert_eq!(analysis.coverage.lines_read, 4);
    assert_eq!(analysis.findings[0].citations[0].byte_start, 2);
    let latin: Vec<u8> = text.chars().map(|character| character as u8).collect();
    let analysis = analyze(&latin, Options::default());
    assert_eq!(analysis.encoding, Encoding::Latin1);
    assert!(analysis.findings[0].citations[0].quote.contains("größte"));
}

#[test]
fn bad_input_is_reported_honestly() {
    let empty = analyze(b"", Options::default());
    assert_eq!((empty.coverage.lines_total, empty.findings.len()), (0, 0));
    let binary: Vec<u8> = (0..5000u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    let analysis = analyze(&binary, Options::default());
    assert_eq!(analysis.classification.data_class, DataClass::Binary);
    assert_eq!(analysis.coverage.bytes_read, 0);
    assert_eq!(class("\u{89}PNG"), DataClass::Text);
    let image = analyze(b"\x89PNG\r\n\x1a\n0000", Options::default());
    assert_eq!(image.classification.data_class, DataClass::Image);
    let broken = b"2025-03-04T14:05:00Z INFO a: ok \xff\xfe \xc3\xa9\n".repeat(5);
    let analysis = analyze(&broken, Options::default());
    assert_eq!(
        (analysis.encoding, analysis.coverage.invalid_bytes),
        (Encoding::Utf8, 10)
    );
    let nul = b"2025-03-04T14:05:00Z INFO a: x\0y\n".repeat(100);
    assert_eq!(analyze(&nul, Options::default()).coverage.lines_total, 0);
}

#[test]
fn very_long_lines_and_countless_templates_stay_bounded() {
    let mut long = vec![b'x'; 5_000_000];
    long.extend_from_slice(b"\n2025-03-04T14:05:00Z INFO a: ok\n");
    let analysis = analyze(&long, Options::default());
    let coverage = &analysis.coverage;
    assert_eq!((coverage.lines_total, coverage.lines_cut), (2, 1));
    assert_eq!(coverage.bytes_read, coverage.bytes_total);
    assert_eq!(coverage.limits_hit, ["line_length"]);
    assert!(analysis.templates.len() < 10);
    assert!(
        analysis
            .summary
            .ends_with("Nothing stands out in what was read.")
    );
    let mut log = String::new();
    for at in 0u64..20_000 {
        let word: String = (0..5)
            .map(|place| char::from(b'a' + ((at >> (place * 3)) & 7) as u8))
            .collect();
        writeln!(
            log,
            "2025-03-04T14:05:00Z INFO {word} {} meets {word}",
            word.repeat(2)
        )
        .unwrap();
    }
    let limits = Limits {
        mined_forms: 500,
        ..Limits::default()
    };
    let analysis = analyze(
        log.as_bytes(),
        Options {
            limits,
            ..Options::default()
        },
    );
    assert!(analysis.templates.len() <= 500);
    assert!(
        analysis
            .coverage
            .limits_hit
            .contains(&"mined_forms".to_owned())
    );
}

#[test]
fn package_logs_are_quiet() {
    let mut log = String::new();
    for session in 0..9u32 {
        for step in 0..20u32 {
            let (day, second) = (1 + session * session / 4, step * 2 / 3);
            let package =
                ["libgpg-error-dev:amd64", "fail2ban:all", "curl:amd64"][(step % 3) as usize];
            writeln!(
                log,
                "2025-03-{day:02} 1{}:05:{second:02} status installed {package} 1.{session}",
                session % 2
            )
            .unwrap();
        }
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    assert!(analysis.findings.is_empty(), "{:#?}", analysis.findings);
}

#[test]
fn a_burst_cites_a_line_of_its_peak() {
    let mut log = String::new();
    for minute in 0..55 {
        let lines = if minute == 30 { 400 } else { 2 };
        for at in 0..lines {
            let second = at * 50 / lines;
            writeln!(
                log,
                "2025-03-04T10:{minute:02}:{second:02}Z INFO api: cache filled"
            )
            .unwrap();
        }
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    let burst = analysis
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::TemplateBurst);
    assert!(burst.is_none_or(|burst| burst.citations[0].quote.starts_with("2025-03-04T10:30:")));
    let dense = log
        .replace("Z INFO", "Z INFO ")
        .lines()
        .fold(String::new(), |mut text, line| {
            let copies = if line.starts_with("2025-03-04T10:30:07") {
                40
            } else {
                1
            };
            (0..copies).for_each(|_| writeln!(text, "{line}").unwrap());
            text
        });
    let analysis = analyze(dense.as_bytes(), Options::default());
    let burst = analysis
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::TemplateBurst)
        .unwrap();
    assert!(
        burst.citations[0].quote.starts_with("2025-03-04T10:30:07"),
        "{burst:#?}"
    );
}

#[test]
fn kubernetes_output_names_what_is_wrong_with_each_object() {
    let events = "LAST SEEN   TYPE      REASON    OBJECT      MESSAGE\n\
        3m          Normal    Pulled    pod/app-1   Container image already present\n\
        2m          Warning   BackOff   pod/app-1   Back-off restarting failed container\n\
        1m          Warning   BackOff   pod/app-1   Back-off restarting failed container\n";
    let nodes = "NAME     STATUS     ROLES    AGE   VERSION\nnode-1   NotReady   worker   9d    v1.30.1\n\
        node-2   Ready      worker   9d    v1.30.1\n";
    let described = "Name:             app-1\nNamespace:        shop\nContainers:\n  app:\n    State:          Waiting\n\
        \x20     Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Exit Code:    137\n\
        \x20   Restart Count:  12\nEvents:\n  Type     Reason   Age  From     Message\n\
        \x20 Warning  BackOff  2m   kubelet  Back-off restarting failed container\n";
    for (text, expected) in [
        (
            events,
            &["pod/app-1 has warning BackOff: Back-off restarting failed container"][..],
        ),
        (nodes, &["node/node-1 is NotReady"]),
        (
            described,
            &[
                "pod app-1 is CrashLoopBackOff",
                "container app-1 exited with code 137 (killed: out of memory, or not stopped in time)",
                "pod app-1 restarted 12 times",
                "pod app-1 has warning BackOff: Back-off restarting failed container",
            ],
        ),
    ] {
        let analysis = analyze(text.as_bytes(), Options::default());
        let states = analysis.findings.iter();
        let mut found: Vec<&str> = states
            .filter(|finding| finding.kind == FindingKind::PodState)
            .map(|finding| finding.statement.as_str())
            .collect();
        found.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{:#?}", analysis.classification);
    }
}

#[test]
fn a_pile_up_in_a_thread_dump_is_told() {
    let mut dump = String::from(
        "2025-03-04 14:05:00\nFull thread dump OpenJDK 64-Bit Server VM (21 mixed mode):\n\n",
    );
    for at in 0..12 {
        writeln!(dump, "\"http-{at}\" #4{at} daemon prio=5 tid=0x7f{at:02} nid=0x{at:x} waiting for monitor entry\n   java.lang.Thread.State: BLOCKED (on object monitor)\n\tat com.shop.Cart.add(Cart.java:12)\n\t- waiting to lock <0x000000076b0a1b28> (a com.shop.Cart)\n\tat com.shop.Api.post(Api.java:30)\n").unwrap();
    }
    let analysis = analyze(dump.as_bytes(), Options::default());
    let pile = analysis
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::LockContention)
        .unwrap_or_else(|| panic!("{:#?} {:#?}", analysis.classification, analysis.templates));
    assert!(pile.statement.starts_with("12 threads wait"), "{pile:#?}");
}

#[test]
fn the_first_word_after_a_level_with_a_colon_is_no_component() {
    let mut log = String::new();
    for second in 0..40 {
        let refusal = "remaining connection slots are reserved";
        writeln!(
            log,
            "2026-04-02 13:52:{second:02}.605 UTC [{second}] FATAL:  {refusal}"
        )
        .unwrap();
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    let found = &analysis.templates[0];
    assert_eq!(found.component, None);
    assert!(
        found.text.contains("remaining connection slots"),
        "{}",
        found.text
    );
}

#[test]
fn an_error_deep_inside_an_endless_line_is_found_and_cited() {
    let filler = "all is well here ".repeat(200_000);
    let line = format!("{filler}ERROR: connection to db-1 refused {filler}");
    let analysis = analyze(line.as_bytes(), Options::default());
    let found = analysis.findings.iter().flat_map(|it| &it.citations);
    let cited: Vec<_> = found
        .filter(|it| it.quote.contains("db-1 refused"))
        .collect();
    assert!(!cited.is_empty(), "{:#?}", analysis.findings);
    for citation in cited {
        let range = citation.byte_start as usize..citation.byte_end as usize;
        let bytes = &line.as_bytes()[range];
        faultmaven_analysis::verify_citation(bytes, citation, analysis.encoding).unwrap();
        assert_eq!(citation.line_start, 1);
    }
    let notes: Vec<String> = analysis.coverage.limit_notes().collect();
    assert!(
        notes.contains(&"1 very long line was read in pieces".to_owned()),
        "{notes:?}"
    );
}

#[test]
fn the_rest_of_a_long_line_of_values_is_owned_to_be_unread() {
    let config = format!("mode: fast\nretries: 3\nblob: {}\n", "x".repeat(40_000));
    let options = Options {
        data_class: Some(DataClass::Config),
        ..Options::default()
    };
    let coverage = analyze(config.as_bytes(), options).coverage;
    assert_eq!(
        coverage.bytes_total - coverage.bytes_read,
        coverage.bytes_cut
    );
    assert_eq!(coverage.bytes_cut, 40_006 - 16 * 1024);
    assert!(coverage.is_partial());
    let notes: Vec<String> = coverage.limit_notes().collect();
    assert!(
        notes[0].starts_with("1 very long line was cut: 23622 bytes were not read"),
        "{notes:?}"
    );
}

#[test]
fn a_trace_whose_frames_stand_below_its_cause_names_the_cause() {
    let text = "2026-11-19T08:14:22.417Z ERROR 1 --- [listener-3] o.s.k.ErrorHandler : Backoff exhausted=false for invoices-3@884316\n\
        org.springframework.kafka.ListenerExecutionFailedException: Listener method 'on' threw exception\n\
        Caused by: com.fasterxml.jackson.InvalidFormatException: Cannot deserialize value from String \"1.249,50\"\n \
        at [Source: (byte[])\"{...}\"; line: 1, column: 82]\n\
        \tat com.acme.billing.Amount.read(Amount.java:67)\n\
        2026-11-19T08:14:23.417Z  INFO 1 --- [listener-1] o.s.k.Listener : booked\n";
    let analysis = analyze(text.repeat(3).as_bytes(), Options::default());
    let [stack] = analysis.stacks.as_slice() else {
        panic!("{:?}", analysis.stacks)
    };
    assert_eq!(
        stack.exception,
        "org.springframework.kafka.ListenerExecutionFailedException"
    );
    let root = stack.root_cause.as_deref().unwrap();
    assert!(root.contains("Cannot deserialize value"), "{root}");
    assert!(
        stack
            .frames
            .iter()
            .any(|it| it.function.contains("Amount.read")),
        "{stack:?}"
    );
    assert_eq!(stack.count, 3);
    let told = analysis
        .findings
        .iter()
        .any(|it| it.statement.contains("Cannot deserialize"));
    assert!(told, "{:#?}", analysis.findings);
}

//! What belongs to one event: pieces of a message, traces in fields, lines of another format.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use faultmaven_analysis::{
    Analysis, Analyzer, DataClass, Level, LogFormat, Options, analyze, verify_citation,
};

fn read(text: &str) -> Analysis {
    let analysis = analyze(text.as_bytes(), Options::default());
    assert_eq!(analysis.classification.data_class, DataClass::Logs);
    let examples = analysis.templates.iter().map(|it| &it.example);
    for cited in examples.chain(analysis.stacks.iter().map(|it| &it.citation)) {
        let slice = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        verify_citation(slice, cited, analysis.encoding).unwrap();
    }
    analysis
}

fn templates(analysis: &Analysis) -> Vec<(&str, u64, Option<Level>)> {
    let templates = analysis.templates.iter();
    let mut told: Vec<_> = templates
        .map(|it| (it.text.as_str(), it.count, it.levels.dominant()))
        .collect();
    told.sort_unstable_by_key(|it| it.0);
    told
}

fn cri(at: u32, stream: &str, tag: &str, message: &str) -> String {
    format!("2025-03-04T14:05:{at:02}.123456789Z {stream} {tag} {message}\n")
}

#[test]
fn pieces_of_a_message_are_one_event() {
    let mut text = String::new();
    for at in 0..6 {
        text += &cri(at, "stdout", "F", "INFO served");
        text += &cri(at, "stderr", "P", r#"{"level":"error","msg":"cannot "#);
        text += &cri(at, "stdout", "P", "WARN pool ");
        text += &cri(at, "stderr", "P", "open ");
        text += &cri(at, "stderr", "F", r#"the file"}"#);
        text += &cri(at, "stdout", "F", "is full");
    }
    text += &cri(9, "stderr", "P", "FATAL cut short ");
    let analysis = read(&text);
    let expected = [
        ("cannot open the file", 6, Some(Level::Error)),
        ("cut short", 1, Some(Level::Fatal)),
        ("pool is full", 6, Some(Level::Warn)),
        ("served", 6, Some(Level::Info)),
    ];
    assert_eq!(templates(&analysis), expected);
}

#[test]
fn a_message_of_any_length_is_joined_within_bounds_whatever_the_chunks() {
    let piece = "word ".repeat(3_277);
    let mut text = String::new();
    for at in 0..3 {
        text += &cri(at, "stdout", "P", &format!("ERROR long {piece}"));
        for _ in 0..12 {
            text += &cri(at, "stdout", "P", &piece);
        }
        text += &cri(at, "stdout", "F", "end");
        text += &cri(at, "stdout", "F", "INFO served");
    }
    let read = |threads: usize, size: usize| {
        let mut analyzer = Analyzer::new(Options {
            threads,
            line_templates: true,
            ..Options::default()
        });
        let chunks = text.as_bytes().chunks(size);
        chunks.for_each(|chunk| analyzer.push(chunk));
        analyzer.finish()
    };
    let alone = read(1, text.len());
    let counts: Vec<u64> = alone.templates.iter().map(|it| it.count).collect();
    assert_eq!(counts, [3, 3]);
    for (threads, size) in [(1, 1_000), (3, 70_001)] {
        assert!(read(threads, size) == alone, "{threads} threads");
    }
}

/// Record, language, exception, root cause and the first frame of one's own.
const FIELDS: &[(&str, &str, &str, Option<&str>, &str)] = &[
    (
        r#"{"@timestamp":"2025-03-04T14:05:00.123Z","level":"ERROR","logger_name":"shop","message":"failed","stack_trace":"java.lang.IllegalStateException: gone\n\tat org.springframework.web.A.b(A.java:1)\n\tat com.shop.Cart.load(Cart.java:7)\nCaused by: java.net.ConnectException: refused\n\tat com.shop.Db.open(Db.java:3)\n"}"#,
        "java",
        "java.lang.IllegalStateException",
        Some("java.net.ConnectException: refused"),
        "com.shop.Cart.load",
    ),
    (
        r#"{"level":"error","ts":1741097100.25,"logger":"api","msg":"query failed","error":"connection refused","stacktrace":"main.(*Cart).load\n\t/app/cart.go:42\nnet/http.HandlerFunc.ServeHTTP\n\t/usr/local/go/src/net/http/server.go:2136"}"#,
        "go",
        "exception",
        None,
        "main.(*Cart).load",
    ),
    (
        r#"{"level":50,"time":1741097100123,"pid":1,"hostname":"h","err":{"type":"Error","message":"connect ECONNREFUSED","stack":"Error: connect ECONNREFUSED\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)\n    at Cart.load (/app/cart.js:12:5)"},"msg":"failed"}"#,
        "node",
        "Error",
        None,
        "Cart.load",
    ),
    (
        r#"{"@timestamp":"2025-03-04T14:05:00.123Z","log.level":"ERROR","message":"failed","error.type":"java.lang.IllegalStateException","error.message":"gone","error.stack_trace":"java.lang.IllegalStateException: gone\n\tat com.shop.Cart.load(Cart.java:7)\n"}"#,
        "java",
        "java.lang.IllegalStateException",
        None,
        "com.shop.Cart.load",
    ),
    (
        r#"{"@timestamp":"2025-03-04T14:05:00.123Z","log":{"level":"error"},"message":"failed","error":{"type":"IllegalStateException","message":"gone","stack_trace":"java.lang.IllegalStateException: gone\n\tat com.shop.Cart.load(Cart.java:7)\n"}}"#,
        "java",
        "java.lang.IllegalStateException",
        None,
        "com.shop.Cart.load",
    ),
    (
        r#"{"event":"failed","level":"error","logger":"shop.api","timestamp":"2025-03-04T14:05:00Z","exception":"Traceback (most recent call last):\n  File \"/app/shop.py\", line 7, in load\n    fail()\nValueError: gone"}"#,
        "python",
        "ValueError",
        None,
        "load",
    ),
    (
        r#"{"asctime":"2025-03-04 14:05:00,123","levelname":"ERROR","name":"shop","message":"failed","exc_info":"Traceback (most recent call last):\n  File \"/app/shop.py\", line 3, in open\n    fail()\nOSError: refused\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/app/shop.py\", line 7, in load\n    fail()\nValueError: gone"}"#,
        "python",
        "ValueError",
        Some("OSError: refused"),
        "open",
    ),
    (
        r#"{"@t":"2025-03-04T14:05:00.123Z","@mt":"failed","@l":"Error","SourceContext":"Shop.Cart","@x":"System.InvalidOperationException: gone\n ---> System.Net.Sockets.SocketException (111): refused\n   at Shop.Db.Open() in /src/Db.cs:line 7\n   --- End of inner exception stack trace ---\n   at Shop.Cart.Load() in /src/Cart.cs:line 12"}"#,
        "dotnet",
        "System.InvalidOperationException",
        Some("System.Net.Sockets.SocketException (111): refused"),
        "Shop.Db.Open()",
    ),
    (
        r#"{"Timestamp":"2025-03-04T14:05:00.123Z","Level":"Error","level":"Error","message":"failed","Exception":"System.InvalidOperationException: gone\r\n   at Shop.Cart.Load() in /src/Cart.cs:line 12"}"#,
        "dotnet",
        "System.InvalidOperationException",
        None,
        "Shop.Cart.Load()",
    ),
    (
        r#"{"ts":"2025-03-04T14:05:00.123Z","level":"error","msg":"failed\njava.lang.IllegalStateException: gone\n\tat com.shop.Cart.load(Cart.java:7)"}"#,
        "java",
        "java.lang.IllegalStateException",
        None,
        "com.shop.Cart.load",
    ),
];

#[test]
fn traces_in_fields_are_read() {
    for &(record, language, exception, root, own) in FIELDS {
        let analysis = read(&format!("{record}\n").repeat(4));
        assert_eq!(analysis.stacks.len(), 1, "{record}");
        let stack = &analysis.stacks[0];
        let frame = stack.frames.iter().find(|it| it.application);
        let found = (
            stack.language.as_str(),
            stack.exception.as_str(),
            stack.root_cause.as_deref(),
            frame.map(|it| it.function.as_str()),
        );
        assert_eq!(found, (language, exception, root, Some(own)), "{record}");
        assert_eq!((stack.count, stack.event_line, stack.last_line), (4, 1, 1));
        assert!(!analysis.templates[0].text.contains('\t'), "{record}");
    }
}

#[test]
fn lines_of_another_format_keep_time_level_and_fields() {
    let record = |at: u32| {
        format!(
            "{{\"ts\":\"2025-03-04T14:05:{at:02}Z\",\"level\":\"error\",\"logger\":\"api\",\"msg\":\"no answer\"}}\n"
        )
    };
    let others = |at: u32| {
        format!(
            "Mar  4 14:05:{at:02} web-1 app[17]: cannot open\n[2025-03-04 14:05:{at:02}] [WARN] Low disk\nERROR shop: gone\n"
        )
    };
    for (of_text, of_records) in [(1, 8), (8, 1)] {
        let mut log = String::new();
        for at in 0..6 {
            log += &record(at).repeat(of_records);
            log += &others(at).repeat(of_text);
        }
        let analysis = analyze(
            log.as_bytes(),
            Options {
                reference_date: chrono::NaiveDate::from_ymd_opt(2025, 6, 1),
                ..Options::default()
            },
        );
        let (text, records) = (of_text as u64 * 6, of_records as u64 * 6);
        assert_eq!(
            templates(&analysis),
            [
                ("Low disk", text, Some(Level::Warn)),
                ("cannot open", text, None),
                ("gone", text, Some(Level::Error)),
                ("no answer", records, Some(Level::Error)),
            ]
        );
        let component = |name: &str| {
            let found = analysis.templates.iter().find(|it| it.text == name);
            found.unwrap().component.as_deref().unwrap_or_default()
        };
        assert_eq!(component("cannot open"), "app");
        assert_eq!(component("no answer"), "api");
        let day = |it: &chrono::DateTime<chrono::Utc>| it.date_naive().to_string();
        let seen = analysis.templates.iter().map(|it| it.first_seen);
        assert!(seen.flatten().all(|it| day(&it) == "2025-03-04"));
    }
}

#[test]
fn slow_statements_of_mysql_are_events_with_duration_and_statement() {
    let mut text = "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\nTcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\nTime                 Id Command    Argument\n".to_owned();
    for at in 0..6 {
        text += &format!(
            "# Time: 2025-03-04T14:05:{at:02}.123456Z\n# User@Host: app[app] @ web-1 [10.0.0.1]  Id:    42\n# Query_time: 5.00{at}500  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 1000000\nuse shop;\nSET timestamp=1741097100;\nSELECT o.id\nFROM orders o\n  WHERE o.total > {at};\n"
        );
        text += &format!(
            "# User@Host: app[app] @  [10.0.0.1]  Id:    43\n# Query_time: 2.5  Lock_time: 0.0 Rows_sent: 0  Rows_examined: 7\nSET timestamp=17410972{at:02};\nDELETE FROM carts WHERE id = {at};\n"
        );
    }
    let analysis = read(&text);
    assert_eq!(analysis.log_format, Some(LogFormat::Mysql));
    assert_eq!(
        templates(&analysis),
        [
            (
                "duration: <*> statement: DELETE FROM carts WHERE id = <*>;",
                6,
                Some(Level::Info)
            ),
            (
                "duration: <*> statement: SELECT o.id FROM orders o WHERE o.total > <*>;",
                6,
                Some(Level::Info)
            ),
        ]
    );
    let example = &analysis.templates[0].example;
    assert!(example.quote.starts_with("# Query_time: "), "{example:?}");
    let coverage = &analysis.coverage;
    let shown = |it: Option<chrono::DateTime<chrono::Utc>>| it.unwrap().to_rfc3339();
    assert_eq!(
        (shown(coverage.first_time), shown(coverage.last_time)),
        (
            "2025-03-04T14:05:00.123456+00:00".to_owned(),
            "2025-03-04T14:06:45+00:00".to_owned()
        )
    );
}

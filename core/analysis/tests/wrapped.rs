//! Events of several lines come out alike with and without the head of a collector on each line.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use faultmaven_analysis::{Analysis, Analyzer, Options, analyze, verify_citation};
use serde_json::json;

/// Name of a collector, and how it writes a line of a second.
type Wrapper = (&'static str, fn(&str, u32) -> String);

const WRAPPERS: &[Wrapper] = &[
    ("CRI", |line, at| {
        format!("2025-03-04T14:05:{at:02}.123456789Z stderr F {line}")
    }),
    ("Docker JSON", |line, at| {
        let time = format!("2025-03-04T14:05:{at:02}.123456789Z");
        json!({"log": format!("{line}\n"), "stream": "stderr", "time": time}).to_string()
    }),
    ("kubectl logs --timestamps", |line, at| {
        format!("2025-03-04T14:05:{at:02}.123456789Z {line}")
    }),
    ("kubectl logs --prefix", |line, _| {
        format!("[pod/web-7d9f8c5b44-abcde/app] {line}")
    }),
    ("kubectl logs --prefix --timestamps", |line, at| {
        format!("[pod/web-7d9f8c5b44-abcde/app] 2025-03-04T14:05:{at:02}.123456789Z {line}")
    }),
    ("docker compose logs", |line, _| format!("web-1  | {line}")),
    ("docker compose logs --timestamps", |line, at| {
        format!("web-1  | 2025-03-04T14:05:{at:02}.123456789Z {line}")
    }),
    ("journal as text", |line, at| {
        format!("Mar 04 14:05:{at:02} web-1 app[17]: {line}")
    }),
    ("journal, short-iso", |line, at| {
        format!("2025-03-04T14:05:{at:02}+0000 web-1 app[17]: {line}")
    }),
    ("journal as JSON", |line, at| {
        json!({
            "__REALTIME_TIMESTAMP": format!("17410971{at:02}000000"),
            "PRIORITY": "6", "SYSLOG_IDENTIFIER": "app", "_PID": "17", "MESSAGE": line
        })
        .to_string()
    }),
    ("syslog with a priority", |line, at| {
        let line = line.replace('\t', "#011");
        format!("<14>Mar  4 14:05:{at:02} web-1 app[17]: {line}")
    }),
    ("syslog RFC 5424", |line, at| {
        format!("<14>1 2025-03-04T14:05:{at:02}Z web-1 app 17 - - {line}")
    }),
];

const HEAD: &str = "2025-03-04 14:05:00,000 ERROR [main] com.shop.Checkout - order failed";

const JAVA: &str = "java.lang.IllegalStateException: cart is gone
\tat com.shop.Checkout.submit(Checkout.java:88)
\tat org.springframework.web.Dispatcher.serve(Dispatcher.java:12)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect0(Native Method)
\t... 12 more";

const PYTHON: &str = "Traceback (most recent call last):
  File \"/app/shop/api.py\", line 42, in submit
    cart.load(order)
  File \"/usr/lib/python3/site-packages/db.py\", line 7, in load
    raise KeyError(order)
KeyError: 'order'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/app/shop/api.py\", line 44, in submit
    fail()
shop.errors.CartError: cart is gone";

const GO: &str = "panic: runtime error: index out of range [5] with length 3

goroutine 7 [running]:
main.(*Cart).load(0xc000010000, 0x5)
\t/app/cart.go:42 +0x1d
main.main()
\t/app/main.go:8 +0x20
exit status 2";

const NODE: &str = "TypeError: Cannot read properties of undefined (reading 'id')
    at Cart.load (/app/cart.js:12:5)
    at async Checkout.submit (/app/checkout.js:40:3)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";

const DOTNET: &str = "System.InvalidOperationException: cart is gone
 ---> System.Net.Sockets.SocketException (111): Connection refused
   at Shop.Db.Open() in /src/Db.cs:line 7
   --- End of inner exception stack trace ---
   at Shop.Cart.Load(Int32 id) in /src/Cart.cs:line 12";

const SQL: &str = "\tSELECT o.id, o.total\n\t  FROM orders o\n\t WHERE o.id = 7";

const PRETTY: &str = "{\n  \"order\": 7,\n  \"items\": [\n    1\n  ]\n}";

const UNINDENTED: &str = "select o.id, o.total\nfrom orders o\nwhere o.id = 7\norder by o.id";

/// A log with five events that carry these lines, and others between them.
fn log(head: &str, body: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for at in 0..5 {
        lines.push(format!(
            "2025-03-04 14:05:00,000 INFO [main] com.shop.Cart - loaded order {at}"
        ));
        lines.push(head.to_owned());
        lines.extend(body.lines().map(ToOwned::to_owned));
        lines.push("2025-03-04 14:05:00,000 WARN [main] com.shop.Pool - pool is full".to_owned());
    }
    lines
}

fn read(text: &str) -> Analysis {
    read_bytes(text.as_bytes())
}

fn read_bytes(bytes: &[u8]) -> Analysis {
    let analysis = analyze(bytes, Options::default());
    let examples = analysis.templates.iter().map(|it| &it.example);
    let stacks = analysis.stacks.iter();
    let traces = stacks
        .clone()
        .map(|it| &it.citation)
        .chain(stacks.filter_map(|it| it.root_citation.as_ref()));
    for cited in examples.chain(traces) {
        let slice = &bytes[cited.byte_start as usize..cited.byte_end as usize];
        verify_citation(slice, cited, analysis.encoding).unwrap();
    }
    analysis
}

/// What was read, without where it stands.
fn told(analysis: &Analysis) -> String {
    let mut told = String::new();
    for template in &analysis.templates {
        told += &format!("{} x {}\n", template.count, template.text);
    }
    for stack in &analysis.stacks {
        let (first, last) = (stack.event_line, stack.last_line);
        told += &format!(
            "{} x {} {}: {} from {:?}, lines {first}-{last}\n",
            stack.count, stack.language, stack.exception, stack.message, stack.root_cause
        );
        for frame in &stack.frames {
            told += &format!("  {frame:?}\n");
        }
    }
    told
}

#[test]
fn traces_and_bodies_come_out_alike_behind_every_collector() {
    let mut wrong = Vec::new();
    for (name, body, stacks) in [
        ("Java", JAVA, 1),
        ("Python", PYTHON, 1),
        ("Go", GO, 1),
        ("Node", NODE, 1),
        (".NET", DOTNET, 1),
        ("SQL", SQL, 0),
        ("JSON", PRETTY, 0),
        ("unindented SQL", UNINDENTED, 0),
    ] {
        let head = match name {
            "unindented SQL" => "2025-03-04 14:05:00,000 DEBUG [main] org.hibernate.SQL - query:",
            _ => HEAD,
        };
        let lines = log(head, body);
        let plain = read(&(lines.join("\n") + "\n"));
        assert_eq!(plain.stacks.len(), stacks, "{name}: {}", told(&plain));
        assert_eq!(plain.templates.len(), 3, "{name}: {}", told(&plain));
        for (collector, wrap) in WRAPPERS {
            let wrapped: Vec<String> = (0..)
                .zip(&lines)
                .map(|(at, it)| wrap(it, at / 4 % 60))
                .collect();
            let found = told(&read(&(wrapped.join("\n") + "\n")));
            if found != told(&plain) {
                wrong.push(format!("{name} by {collector}: {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Writes an event as `journalctl -o export` does; what takes several lines stands behind its length.
fn exported(message: &str, at: usize) -> Vec<u8> {
    let mut event = format!(
        "__CURSOR=s=1;i={at}\n__REALTIME_TIMESTAMP=17410971{:02}000000\nPRIORITY=6\n_PID=17\n\
         SYSLOG_IDENTIFIER=app\n",
        at / 8 % 60
    )
    .into_bytes();
    if message.contains('\n') {
        event.extend_from_slice(b"MESSAGE\n");
        event.extend_from_slice(&(message.len() as u64).to_le_bytes());
        event.extend_from_slice(message.as_bytes());
    } else {
        event.extend_from_slice(format!("MESSAGE={message}").as_bytes());
    }
    event.extend_from_slice(b"\n_HOSTNAME=web-1\n\n");
    event
}

/// What was read, without the lines that traces take.
fn told_anywhere(analysis: &Analysis) -> String {
    let told = told(analysis);
    let lines = told.lines();
    let without = lines.map(|it| it.split(", lines ").next().unwrap_or(it));
    without.collect::<Vec<_>>().join("\n")
}

#[test]
fn traces_and_bodies_come_out_alike_in_the_export_of_the_journal() {
    let mut wrong = Vec::new();
    for (name, body) in [
        ("Java", JAVA),
        ("Python", PYTHON),
        ("Go", GO),
        ("Node", NODE),
        (".NET", DOTNET),
        ("SQL", SQL),
        ("JSON", PRETTY),
    ] {
        let lines = log(HEAD, body);
        let plain = told_anywhere(&read_bytes((lines.join("\n") + "\n").as_bytes()));
        let apart: Vec<u8> = (0..)
            .zip(&lines)
            .flat_map(|(at, line)| exported(line, at))
            .collect();
        let together: Vec<u8> = (0..5)
            .flat_map(|at| {
                let events = [
                    lines[0].as_str(),
                    &format!("{HEAD}\n{body}"),
                    lines.last().unwrap(),
                ];
                events.map(|it| exported(it, at)).concat()
            })
            .collect();
        for (how, bytes) in [("a line each", apart), ("one message", together)] {
            let found = told_anywhere(&read_bytes(&bytes));
            if found != plain {
                wrong.push(format!("{name}, {how}: {found}\ninstead of {plain}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Name of a collector, how it writes a line of a second, and one of another program.
type Mixed = (&'static str, fn(&str, u32) -> String, fn(u32) -> String);

const MIXED: &[Mixed] = &[
    (
        "journal",
        |line, at| format!("Mar 04 14:05:{at:02} web-1 app[17]: {line}\n"),
        |at| format!("Mar 04 14:05:{at:02} web-1 cron[9]: session opened\n"),
    ),
    (
        "compose",
        |line, _| format!("web-1  | {line}\n"),
        |_| "db-1  | 2025-03-04 14:05:00.000 INFO checkpoint complete\n".to_owned(),
    ),
    (
        "CRI",
        |line, at| format!("2025-03-04T14:05:{at:02}.123456789Z stderr F {line}\n"),
        |at| format!("2025-03-04T14:05:{at:02}.123456789Z stdout F INFO served\n"),
    ),
];

#[test]
fn lines_of_another_program_do_not_tear_a_trace() {
    let lines = log(HEAD, JAVA);
    let plain = read(&(lines.join("\n") + "\n"));
    for (name, own, other) in MIXED {
        let mut text = String::new();
        for (at, line) in (0..).zip(&lines) {
            text += &own(line, at % 60);
            text += &other(at % 60);
        }
        let found = read(&text);
        assert_eq!(found.templates.len(), 4, "{name}: {}", told(&found));
        assert_eq!(found.stacks.len(), 1, "{name}: {}", told(&found));
        let stack = |it: &Analysis| {
            let stack = &it.stacks[0];
            let (root, frames) = (stack.root_cause.clone(), stack.frames.clone());
            (stack.exception.clone(), root, frames, stack.count)
        };
        assert_eq!(stack(&found), stack(&plain), "{name}");
    }
}

#[test]
fn what_a_program_says_later_is_an_event_of_its_own() {
    let mut text = String::new();
    for at in 0..5 {
        text += &format!("Mar 04 14:0{at}:00 web-1 app[17]: INFO listening\n");
        text += &format!("Mar 04 14:0{at}:30 web-1 app[17]: panic: out of memory\n");
        text += &format!("Mar 04 14:0{at}:40 web-1 app[17]: shutting down\n");
    }
    let found = read(&text);
    assert_eq!(found.templates.len(), 3, "{}", told(&found));
}

#[test]
fn chunks_and_threads_do_not_matter_behind_collectors() {
    for (name, wrap) in WRAPPERS {
        let lines = log(HEAD, JAVA);
        let wrapped: Vec<String> = (0..2_000)
            .map(|at| wrap(&lines[at % lines.len()], at as u32 / 40 % 60))
            .collect();
        let text = wrapped.join("\n");
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
        for (threads, size) in [(1, 777), (3, 70_001)] {
            assert!(read(threads, size) == alone, "{name}, {threads} threads");
        }
    }
}

/// Writes a message as Docker's `json-file` driver does: a line for each 16 KiB of it.
fn in_pieces(message: &str, stream: &str) -> String {
    let message = format!("{message}\n");
    let pieces = message.as_bytes().chunks(16 << 10);
    let pieces = pieces.map(|it| {
        let log = String::from_utf8_lossy(it);
        json!({"log": log, "stream": stream, "time": "2025-03-04T14:05:01.123456789Z"}).to_string()
            + "\n"
    });
    pieces.collect()
}

#[test]
fn pieces_of_docker_belong_to_the_message_they_are_of() {
    let long = format!(
        "ERROR cannot store order: \"{}\" end",
        "item 7, ".repeat(6_000)
    );
    let mut text = String::new();
    for at in 0..6 {
        text += &in_pieces(&format!("INFO stored order {at}"), "stdout");
        text += &in_pieces(&long, "stderr");
        text += &in_pieces(&format!("INFO closed order {at}"), "stderr");
    }
    let found = read(&text);
    let shown: Vec<_> = found
        .templates
        .iter()
        .map(|it| (it.count, it.levels.dominant()))
        .collect();
    assert_eq!(shown.len(), 3, "{}", told(&found));
    assert!(shown.iter().all(|&(count, _)| count == 6), "{shown:?}");
}

#[test]
fn a_long_message_that_ends_leaves_the_next_alone() {
    let long = format!("INFO stored {}", "item 7, ".repeat(2_040));
    let mut text = String::new();
    for _ in 0..6 {
        text += &in_pieces(&long, "stderr");
        text += &in_pieces("ERROR cannot open ledger", "stderr");
    }
    let found = read(&text);
    assert_eq!(found.templates.len(), 2, "{}", told(&found));
}

#[test]
fn a_long_message_whose_end_a_shipper_has_trimmed_leaves_the_next_alone() {
    let mut text = String::new();
    for at in 0..12 {
        let message = match at % 2 {
            0 => format!("INFO stored {}", "item 7, ".repeat(2_040)),
            _ => "ERROR cannot open ledger".to_owned(),
        };
        let time = format!("2025-03-04T14:05:{at:02}.123456789Z");
        let record = json!({"log": message, "stream": "stderr", "time": time});
        text += &format!("{record}\n");
    }
    let found = read(&text);
    assert_eq!(found.templates.len(), 2, "{}", told(&found));
}

//! The commands that need no server, run as a user runs them.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::WorkedExample;

mod across;
mod captures;
mod catalogue;
mod documents;
mod eval;
mod flags;
mod json;
mod page;

#[test]
fn analyze_prints_findings_with_file_and_line() {
    let directory = with_file("app.log", &WorkedExample::app_log());
    let output = run(directory.path(), &["analyze", "app.log"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("app.log:61:"), "{text}");
    assert!(text.contains("Connection is not available"), "{text}");
    let onset = "trouble set in between 2025-03-04 14:04:57 and 2025-03-04 14:05:00 UTC";
    assert!(text.contains(onset), "{text}");
    let stop = "Stops at 2025-03-04 14:04:30.000 UTC, while the log goes on: ";
    assert!(text.contains(stop), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn what_is_written_is_the_owners_alone_wherever_it_lies() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    let output = run(directory.path(), &["migrate"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let database = std::fs::metadata(data.join("faultmaven.db")).unwrap();
    assert_eq!(database.permissions().mode() & 0o777, 0o600);
}

#[test]
fn places_that_cannot_be_used_are_named_with_their_setting() {
    let directory = with_file("file", b"");
    for (command, setting, value, told) in [
        (
            "serve",
            "STORAGE_PATH",
            "file/uploads",
            "STORAGE_PATH file/uploads cannot be used",
        ),
        (
            "doctor",
            "STORAGE_PATH",
            "/proc/uploads",
            "/proc cannot be written",
        ),
        (
            "migrate",
            "DATABASE_URL",
            "sqlite:/proc/x.db",
            "DATABASE_URL cannot be used: the database at /proc/x.db",
        ),
        (
            "migrate",
            "DATABASE_URL",
            "mysql://db",
            "DATABASE_URL: \"mysql://db\" is not a database address",
        ),
        (
            "doctor",
            "DATABASE_URL",
            "sqlite:/proc/x.db",
            "/proc cannot be written",
        ),
        (
            "serve",
            "CORS_ALLOWED_ORIGINS",
            "*",
            "CORS_ALLOWED_ORIGINS: \"*\" is no origin",
        ),
    ] {
        let mut command = faultmaven(directory.path(), &[command]);
        let output = command
            .env(setting, value)
            .env("PORT", "0")
            .output()
            .unwrap();
        let text = stdout(&output) + &stderr(&output);
        assert!(!output.status.success(), "{setting}={value}: {text}");
        assert!(text.contains(told), "{setting}={value}: {text}");
    }
}

#[test]
fn analyze_prints_json_for_programs() {
    let directory = with_file("app.log", &WorkedExample::app_log());
    let output = run(
        directory.path(),
        &["analyze", "--format", "json", "app.log"],
    );
    let analyses: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(analyses[0]["coverage"]["lines_read"], 1260);
    assert!(!analyses[0]["findings"].as_array().unwrap().is_empty());
}

#[test]
fn analyze_reads_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = faultmaven(directory.path(), &["analyze", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&WorkedExample::app_log()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).contains("Connection is not available"));
}

#[test]
fn analyze_names_the_file_it_cannot_read_and_goes_on() {
    let directory = with_file("app.log", &WorkedExample::app_log());
    let output = run(directory.path(), &["analyze", "absent.log", "app.log"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("absent.log could not be read"));
    assert!(stdout(&output).contains("app.log:61:"));
}

#[test]
fn analyze_shows_control_characters_instead_of_sending_them() {
    let log = b"2025-03-04T14:05:00Z ERROR app \x1b]0;owned\x07 connection refused\n".repeat(40);
    let directory = with_file("evil.log", &log);
    let output = run(directory.path(), &["analyze", "evil.log"]);
    assert!(!stdout(&output).contains('\u{1b}') && !stdout(&output).contains('\u{7}'));
}

#[test]
fn analyze_refuses_what_it_cannot_judge() {
    let directory = with_file("empty.log", b"");
    std::fs::write(directory.path().join("blank.log"), b"\n \n\n").unwrap();
    std::fs::write(directory.path().join("shot.png"), b"\x89PNG\r\n\x1a\n0000").unwrap();
    let noise: Vec<u8> = (0..9000u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    std::fs::write(directory.path().join("core.1234"), noise).unwrap();
    for (name, reason) in [
        ("empty.log", "it is empty"),
        ("blank.log", "white space"),
        ("shot.png", "picture: it is damaged"),
        ("core.1234", "not text"),
    ] {
        let output = run(directory.path(), &["analyze", name]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", stdout(&output));
        assert!(
            stderr(&output).contains(reason),
            "{name}: {}",
            stderr(&output)
        );
        assert!(!stdout(&output).contains("nothing wrong"), "{name}");
    }
}

#[test]
fn analyze_does_not_call_a_folder_fine_that_it_could_not_look_into() {
    let directory = with_file(
        "app.log",
        b"2025-03-04T14:05:00Z INFO api: started in 12 ms\n",
    );
    let gone = directory.path().join("gone.log");
    std::fs::write(&gone, "x").unwrap();
    std::fs::set_permissions(&gone, Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    if std::fs::read(&gone).is_err() {
        let output = run(directory.path(), &["analyze", "."]);
        assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
        assert!(stdout(&output).contains("gone.log"), "{}", stdout(&output));
    }
    let output = run(directory.path(), &["analyze", "/proc"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("the system's own"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn redact_refuses_what_is_no_text() {
    let directory = with_file("shot.png", b"\x89PNG\r\n\x1a\n0000");
    std::fs::write(
        directory.path().join("a.pdf"),
        b"%PDF-1.4\nmail: ann@example.com",
    )
    .unwrap();
    std::fs::write(directory.path().join("a.zip"), b"PK\x03\x04\x14\0\0\0").unwrap();
    for (name, reason) in [
        ("shot.png", "picture"),
        ("a.pdf", "PDF document"),
        ("a.zip", "archive"),
        (".", "it is a folder"),
    ] {
        let output = run(directory.path(), &["redact", name]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        let error = stderr(&output);
        assert!(error.contains(reason) && error.contains(name), "{error}");
    }
}

#[test]
fn analyze_reads_folders_and_archives() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("bundle/logs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("app.log"), WorkedExample::app_log()).unwrap();
    std::fs::write(folder.join("shot.png"), b"\x89PNG\r\n\x1a\n0000").unwrap();
    let output = run(directory.path(), &["analyze", "bundle"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("bundle/logs/app.log:61:"));
    assert!(stdout(&output).contains("bundle/logs/shot.png: picture: it is damaged"));

    let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(packed);
    builder
        .append_dir_all("bundle", directory.path().join("bundle"))
        .unwrap();
    let packed = builder.into_inner().unwrap().finish().unwrap();
    std::fs::write(directory.path().join("b.tgz"), packed).unwrap();
    let output = run(directory.path(), &["analyze", "b.tgz"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("b.tgz/bundle/logs/app.log:61:"));
}

#[test]
fn analyze_reads_a_truncated_gzip_as_far_as_it_goes_and_says_so() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&WorkedExample::app_log()).unwrap();
    let packed = encoder.finish().unwrap();
    let directory = with_file("cut.log.gz", &packed[..packed.len() / 2]);
    let output = run(directory.path(), &["analyze", "cut.log.gz"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let told = stdout(&output);
    assert!(
        told.contains("note: the content could not be read to its end"),
        "{told}"
    );
    assert!(told.contains("lines read"), "{told}");
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_quietly() {
    let directory = with_file("app.log", &WorkedExample::app_log());
    for args in [
        ["analyze", "--format=json", "app.log"],
        ["analyze", "--templates", "app.log"],
        ["redact", "--hostnames", "app.log"],
    ] {
        let mut command = faultmaven(directory.path(), &args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        let told = stderr(&output);
        assert!(!told.contains("pipe"), "{args:?}: {told}");
    }
}

#[test]
fn analyze_finds_an_error_inside_an_endless_line_and_reserves_its_verdict() {
    let filler = "x".repeat(3_000_000);
    let line = format!("{filler} ERROR: connection to db-1 refused {filler}\n");
    let directory = with_file("endless.log", line.as_bytes());
    let output = run(directory.path(), &["analyze", "endless.log"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("connection to db-1 refused"));
    let directory = with_file("quiet.log", filler.as_bytes());
    let told = stdout(&run(directory.path(), &["analyze", "quiet.log"]));
    assert!(
        told.contains("note: 1 very long line was read in pieces"),
        "{told}"
    );
    assert!(
        told.contains("nothing wrong found in what was read"),
        "{told}"
    );
}

#[test]
fn analyze_shows_templates_lines_times_and_a_page() {
    let directory = with_file("app.log", &WorkedExample::app_log());
    let print = |arguments: &[&str]| {
        let mut all = vec!["analyze"];
        all.extend(arguments);
        let output = run(directory.path(), &all);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        stdout(&output)
    };
    let lines = print(&["--line-templates", "app.log"]);
    assert_eq!(lines.lines().count(), 1261);
    assert!(
        lines.starts_with("line,template_id\n1,t"),
        "{}",
        &lines[..40]
    );
    assert!(print(&["--templates", "app.log"]).contains("app.log: 3 templates"));
    let timeline = print(&["--timeline", "app.log"]);
    let moments: Vec<&str> = timeline
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.get(..33).unwrap_or(line))
        .collect();
    assert_eq!(
        moments[..2],
        [
            "2025-03-04T14:04:30.000Z info    ",
            "2025-03-04T14:05:00.000Z error   "
        ],
        "{timeline}"
    );
    let page = print(&["--format", "html", "app.log"]);
    assert!(
        page.contains("<svg") && page.contains("id=\"f0l61\""),
        "{page}"
    );
    let later = print(&["--since", "2025-03-04 14:10", "--format", "json", "app.log"]);
    let later: Value = serde_json::from_str(&later).unwrap();
    assert_eq!(later[0]["coverage"]["first_time"], "2025-03-04T14:10:00Z");
    let wrong = run(directory.path(), &["analyze", "--since", "noon", "app.log"]);
    assert!(
        stderr(&wrong).contains("2025-03-04 14:05"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn analyze_tells_good_from_bad_times() {
    let directory = with_file("bad.log", &WorkedExample::app_log());
    let log = String::from_utf8(WorkedExample::app_log()).unwrap();
    let good: String = log
        .lines()
        .take(60)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(directory.path().join("good.log"), good).unwrap();
    let output = run(
        directory.path(),
        &["analyze", "--baseline", "good.log", "--", "bad.log"],
    );
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}{}", stderr(&output));
    assert!(
        text.contains("new in bad") && text.contains("bad.log:61:"),
        "{text}"
    );
    assert!(text.starts_with("good = good.log (60 lines, "), "{text}");
    assert!(text.contains("\nbad  = bad.log ("), "{text}");
    assert!(text.contains("    0 → "), "{text}");
    assert!(!text.contains("<*>"), "{text}");
    let same = run(
        directory.path(),
        &["analyze", "--baseline", "good.log", "--", "good.log"],
    );
    assert_eq!(same.status.code(), Some(0), "{}", stdout(&same));
}

#[test]
fn redact_hides_values_and_brings_them_back() {
    let log = b"login of ada@example.org from 10.20.4.17\npassword=hunter2 commit 3f2a9c1\n";
    let directory = with_file("app.log", log);
    let redacted = run(directory.path(), &["redact", "--map", "m.json", "app.log"]);
    let safe = stdout(&redacted);
    assert_eq!(redacted.status.code(), Some(0), "{}", stderr(&redacted));
    assert_eq!(
        safe,
        "login of <EMAIL_1> from <IP_ADDRESS_1>\npassword=<PASSWORD_1> commit 3f2a9c1\n"
    );
    assert!(stderr(&redacted).contains("1 IP_ADDRESS"));
    std::fs::write(directory.path().join("b.log"), "10.0.0.9 asks 10.20.4.17\n").unwrap();
    let later = run(directory.path(), &["redact", "--map", "m.json", "b.log"]);
    assert_eq!(stdout(&later), "<IP_ADDRESS_2> asks <IP_ADDRESS_1>\n");
    std::fs::write(directory.path().join("reply.md"), "block <IP_ADDRESS_2>").unwrap();
    let undone = run(
        directory.path(),
        &["redact", "--map", "m.json", "--undo", "reply.md"],
    );
    assert_eq!(stdout(&undone), "block 10.0.0.9");
}

#[test]
fn redact_keeps_its_map_from_others_and_reads_other_encodings() {
    let wide: Vec<u8> = "\u{feff}from 10.20.4.17\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let directory = with_file("wide.log", &wide);
    let redacted = run(directory.path(), &["redact", "--map", "m.json", "wide.log"]);
    assert_eq!(stdout(&redacted), "from <IP_ADDRESS_1>\r\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let map = std::fs::metadata(directory.path().join("m.json")).unwrap();
        assert_eq!(map.permissions().mode() & 0o777, 0o600);
    }
    let absent = run(directory.path(), &["redact", "absent.log"]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(stderr(&absent).contains("absent.log could not be read"));
}

#[test]
fn a_bad_setting_stops_the_program_with_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let output = faultmaven(directory.path(), &["serve"])
        .env("PORT", "eighty")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.starts_with("error: PORT: \"eighty\""), "{text}");
    assert_eq!(text.trim().lines().count(), 1, "{text}");
}

#[test]
fn serve_and_doctor_refuse_the_same_settings() {
    let directory = tempfile::tempdir().unwrap();
    for (name, value, problem) in [
        ("LOG_LEVEL", "LOUD", "\"LOUD\" is not DEBUG, INFO"),
        ("GRPC_PORT", "8000", "is 8000, the same as PORT"),
        ("TURN_SYNC_WAIT_S", "soon", "\"soon\" is not a whole number"),
    ] {
        for command in ["serve", "doctor"] {
            let mut program = faultmaven(directory.path(), &[command]);
            let output = program.env(name, value).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{command} {name}");
            let text = stderr(&output);
            assert!(
                text.starts_with(&format!("error: {name}: {problem}")),
                "{text}"
            );
            assert_eq!(text.lines().count(), 1, "{text}");
        }
    }
    let output = run(directory.path(), &["serve", "--port", "eighty"]);
    let text = stderr(&output);
    assert!(text.starts_with("error: PORT: \"eighty\" is not"), "{text}");
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[test]
fn the_setup_token_is_shown_at_every_log_level() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = faultmaven(directory.path(), &["serve"])
        .envs([("HOST", "0.0.0.0"), ("PORT", "0"), ("LOG_LEVEL", "ERROR")])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let log = BufReader::new(server.stderr.take().unwrap()).read_line(&mut line);
    server.kill().unwrap();
    server.wait().unwrap();
    log.unwrap();
    let (_, token) = line.split_once("this setup token: ").expect(&line);
    assert!(token.trim().len() >= 16, "{line}");
}

/// A running server, which ends with the test.
struct Running {
    process: Child,
    log: BufReader<ChildStderr>,
    port: u16,
}

impl Running {
    /// Starts a server that logs JSON on a free port.
    fn start(directory: &Path) -> Self {
        let mut process = faultmaven(directory, &["serve"])
            .envs([("PORT", "0"), ("LOG_FORMAT", "json")])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        let mut running = Self {
            process,
            log,
            port: 0,
        };
        let ready = running.line_with("\"address\"");
        let address: SocketAddr = ready["address"].as_str().unwrap().parse().unwrap();
        running.port = address.port();
        running
    }

    /// Returns the next line of the log that holds `text`, in which it must stand once.
    fn line_with(&mut self, text: &str) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ended");
            if line.contains(text) {
                assert_eq!(line.matches(text).count(), 1, "{line}");
                return serde_json::from_str(&line).unwrap();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn a_log_line_names_the_request_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Running::start(directory.path());
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let request = "GET /api/v1/cases HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: find-me\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let line = server.line_with("find-me");
    assert_eq!(line["span"]["request_id"], "find-me");
    assert_eq!(line["route"], "/api/v1/cases");
}

#[test]
fn doctor_tells_a_running_server_from_another_program_at_its_port() {
    let directory = tempfile::tempdir().unwrap();
    let server = Running::start(directory.path());
    let doctor = |port: u16| {
        let mut command = faultmaven(directory.path(), &["doctor"]);
        command.env("PORT", port.to_string()).output().unwrap()
    };
    let text = stdout(&doctor(server.port));
    assert!(text.contains("in use by a running FaultMaven"), "{text}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let text = stdout(&doctor(port));
    let elsewhere = format!("with this data directory runs at 127.0.0.1:{}", server.port);
    assert!(text.contains(&elsewhere), "{text}");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let answers = std::thread::spawn(move || drop(other.accept()));
    let refused = doctor(port);
    answers.join().unwrap();
    let text = stdout(&refused);
    assert!(!refused.status.success(), "{text}");
    assert!(text.contains("failed  port"), "{text}");
    assert!(
        text.contains("another program; stop it, or set PORT"),
        "{text}"
    );
}

#[test]
fn settings_without_effect_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let with = |command: &str, name: &str| {
        let mut command = faultmaven(directory.path(), &[command]);
        command.env(name, "x:1").env("PORT", "0").output().unwrap()
    };
    let text = stdout(&with("doctor", "QDRANT_URL"));
    assert!(
        text.contains("warning QDRANT_URL is set and has no effect"),
        "{text}"
    );
    let refused = with("serve", "REDIS_SENTINEL_HOSTS");
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("REDIS_SENTINEL_HOSTS: Redis Sentinel and Cluster are not"));
}

#[test]
fn doctor_masks_secrets_and_tests_the_database() {
    let directory = tempfile::tempdir().unwrap();
    assert!(run(directory.path(), &["migrate"]).status.success());
    let output = faultmaven(directory.path(), &["doctor"])
        .env("CLUSTER_SECRET", "0123456789abcdef0123456789abcdef")
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("* CLUSTER_SECRET = ***"), "{text}");
    assert!(!text.contains("(not set)"), "{text}");
    assert!(text.contains("ok      database: Sqlite answers"), "{text}");
}

#[test]
fn doctor_and_backup_create_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let text = stdout(&run(directory.path(), &["doctor"]));
    assert!(text.contains("data is absent; serve creates it"), "{text}");
    let backup = run(directory.path(), &["backup", "--output", "saved.backup"]);
    assert!(!backup.status.success());
    assert!(stderr(&backup).contains("DATA_DIR"), "{}", stderr(&backup));
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[test]
fn doctor_prints_every_setting_on_request() {
    let directory = tempfile::tempdir().unwrap();
    let text = stdout(&run(directory.path(), &["doctor", "--all"]));
    assert!(text.contains("  GRPC_PORT = (not set)"), "{text}");
}

#[test]
fn a_backup_comes_back_in_another_place() {
    let first = tempfile::tempdir().unwrap();
    assert!(run(first.path(), &["migrate"]).status.success());
    let saved = run(first.path(), &["backup", "--output", "saved.backup"]);
    assert!(saved.status.success(), "{}", stderr(&saved));
    let again = run(first.path(), &["backup", "--output", "saved.backup"]);
    assert!(stderr(&again).contains("exists"), "{}", stderr(&again));

    let second = tempfile::tempdir().unwrap();
    let file = first.path().join("saved.backup");
    let file = file.to_str().unwrap();
    let restored = run(second.path(), &["restore", file]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    assert!(second.path().join("data/faultmaven.db").is_file());
    let refused = run(second.path(), &["restore", file]);
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert!(
        run(second.path(), &["restore", "--force", file])
            .status
            .success()
    );
}

#[test]
fn a_backup_that_cannot_be_written_names_the_place() {
    let directory = tempfile::tempdir().unwrap();
    assert!(run(directory.path(), &["migrate"]).status.success());
    let backup = run(
        directory.path(),
        &["backup", "--output", "nowhere/saved.backup"],
    );
    assert!(!backup.status.success());
    assert!(
        stderr(&backup).contains("written in nowhere"),
        "{}",
        stderr(&backup)
    );
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let directory = with_file("broken.backup", b"not a backup");
    let output = run(directory.path(), &["restore", "broken.backup"]);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("no complete backup"),
        "{}",
        stderr(&output)
    );
    assert!(!directory.path().join("data/faultmaven.db").exists());
}

fn with_file(name: &str, bytes: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(name), bytes).unwrap();
    directory
}

fn faultmaven(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faultmaven"));
    command.args(args).current_dir(directory);
    command
}

fn run(directory: &Path, args: &[&str]) -> Output {
    faultmaven(directory, args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn analyze_names_the_range_of_a_log_in_which_nothing_wanted_lies() {
    let log = "2005-12-05T10:00:00Z ERROR api: gone\n".repeat(5);
    let directory = with_file("old.log", log.as_bytes());
    let output = run(
        directory.path(),
        &["analyze", "--since", "2030-12-05", "old.log"],
    );
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("no line lies in the time"), "{told}");
    assert!(told.contains("2005-12-05T10:00:00"), "{told}");
}

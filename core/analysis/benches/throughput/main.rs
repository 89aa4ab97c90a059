//! Measures the engine on generated logs, everything switched on.
//!
//! Prints lines/s, MB/s and peak memory beside what is wanted, and the ratio to a plain scan for
//! line ends in the same run. `BENCH_MB` sets the size of the inputs in megabytes, 50 by default; the
//! first is ten times as large. An argument such as `syslog` runs the inputs of that name alone. All of
//! it runs on one core but for the rows that name threads. `BENCH_PYTHON` names a Python that has
//! Drain3, which then mines the same lines as a baseline.

mod drain3;
mod inputs;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use inputs::{distinct, errors, hdfs, json, syslog};

use faultmaven_analysis::{Analyzer, Options, PlaceholderMap, RedactionOptions, Redactor};

/// Writes the line of a number.
type Line = fn(&mut String, u64);

const CHUNK: usize = 1024 * 1024;
const LARGER: usize = 10;
const WANTED_LINES: &str = "500000";
const WANTED_MEGABYTES: &str = "60";
const WANTED_MEMORY: &str = "150";

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes: usize = std::env::var("BENCH_MB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(50);
    let size = megabytes * 1_000_000;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:<22}{:>6}{:>10}{:>9}{:>8}{:>9}{:>9}{:>13}{:>9}",
        "input", "MB", "lines/s", "wanted", "MB/s", "wanted", "of scan", "peak RSS MB", "wanted"
    )?;
    let only = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    if only.is_none() {
        let size = size * LARGER;
        Source { line: hdfs, size }.report(&mut out, "hdfs-like", 1)?;
    }
    let inputs: [(&str, Line); 5] = [
        ("hdfs-like", hdfs),
        ("syslog-like", syslog),
        ("distinct templates", distinct),
        ("json lines", json),
        ("java errors", errors),
    ];
    for (name, line) in inputs.into_iter().filter(|(name, _)| is_asked(name)) {
        Source { line, size }.report(&mut out, name, 1)?;
    }
    for (name, line) in inputs.iter().take(2).filter(|(name, _)| is_asked(name)) {
        drain3::report(&mut out, name, Source { line: *line, size })?;
    }
    if only.is_some() {
        return Ok(());
    }
    let cores = std::thread::available_parallelism()?.get();
    for &(name, line) in &inputs[..2] {
        let name = format!("{name}, {cores} threads");
        Source { line, size }.report(&mut out, &name, cores)?;
    }
    let long = vec![b'x'; 1_000_000];
    let started = Instant::now();
    let mut analyzer = Analyzer::new(Options::default());
    (0..megabytes.max(100)).for_each(|_| analyzer.push(&long));
    let found = analyzer.finish();
    let seconds = started.elapsed().as_secs_f64();
    let total = found.coverage.bytes_total as f64 / 1e6;
    writeln!(
        out,
        "{:<22}{total:>6.0}{:>10}{:>9}{:>8.1}{:>9}{:>9}{:>13.0}{WANTED_MEMORY:>9}",
        "one line",
        "",
        "",
        total / seconds,
        "",
        "",
        peak_megabytes()
    )?;
    redaction(&mut out, &inputs, size)
}

/// Prints the speed of redaction on the same inputs.
fn redaction(
    out: &mut impl Write,
    inputs: &[(&str, Line)],
    size: usize,
) -> Result<(), Box<dyn Error>> {
    for &(name, line) in inputs {
        let source = Source { line, size };
        let (lines, scan) = source.scan();
        let (bytes, seconds) = source.redact()?;
        let name = format!("redact {name}");
        writeln!(
            out,
            "{name:<26}{:>2.0}{:>10.0}{:>9}{:>8.1}{:>9}{:>9.3}{:>13.0}",
            bytes as f64 / 1e6,
            lines as f64 / seconds,
            "",
            bytes as f64 / 1e6 / seconds,
            "",
            scan / seconds,
            peak_megabytes()
        )?;
    }
    Ok(())
}

/// Generates the same input chunk by chunk, so that it never stands in memory as a whole.
struct Source {
    line: Line,
    size: usize,
}

impl Source {
    /// Analyses the input and prints its line of the table.
    fn report(&self, out: &mut impl Write, name: &str, threads: usize) -> std::io::Result<()> {
        let (lines, scan) = self.scan();
        let (bytes, seconds) = self.analyze(threads);
        let judged = name.starts_with("hdfs") || name.starts_with("syslog");
        let wanted = |text: &'static str| if judged { text } else { "" };
        writeln!(
            out,
            "{name:<22}{:>6.0}{:>10.0}{:>9}{:>8.1}{:>9}{:>9.3}{:>13.0}{WANTED_MEMORY:>9}",
            bytes as f64 / 1e6,
            lines as f64 / seconds,
            wanted(WANTED_LINES),
            bytes as f64 / 1e6 / seconds,
            wanted(WANTED_MEGABYTES),
            scan / seconds,
            peak_megabytes()
        )
    }

    fn each(&self, mut take: impl FnMut(&[u8])) {
        let (mut buffer, mut number, mut done) = (String::with_capacity(CHUNK + 4096), 0, 0);
        while done < self.size {
            buffer.clear();
            while buffer.len() < CHUNK {
                (self.line)(&mut buffer, number);
                number += 1;
            }
            done += buffer.len();
            take(buffer.as_bytes());
        }
    }

    /// Returns the number of lines and the seconds a plain scan takes.
    fn scan(&self) -> (usize, f64) {
        let (mut lines, mut seconds) = (0, 0.0);
        self.each(|chunk| {
            let started = Instant::now();
            lines += memchr::memchr_iter(b'\n', chunk).count();
            seconds += started.elapsed().as_secs_f64();
        });
        (lines, seconds)
    }

    /// Returns the bytes and the seconds the engine takes.
    fn analyze(&self, threads: usize) -> (u64, f64) {
        let mut seconds = 0.0;
        let mut analyzer = Analyzer::new(Options {
            threads,
            ..Options::default()
        });
        self.each(|chunk| {
            let started = Instant::now();
            analyzer.push(chunk);
            seconds += started.elapsed().as_secs_f64();
        });
        let started = Instant::now();
        let analysis = analyzer.finish();
        (
            analysis.coverage.bytes_total,
            seconds + started.elapsed().as_secs_f64(),
        )
    }
}

impl Source {
    /// Returns the bytes and the seconds that redaction with a fresh map takes.
    fn redact(&self) -> Result<(u64, f64), Box<dyn Error>> {
        let redactor = Redactor::new(RedactionOptions::default())?;
        let (mut map, mut out) = (PlaceholderMap::default(), String::new());
        let mut stream = redactor.stream();
        let (mut bytes, mut seconds) = (0, 0.0);
        self.each(|chunk| {
            let text = String::from_utf8_lossy(chunk);
            let started = Instant::now();
            stream.push(&text, &mut map, &mut out);
            seconds += started.elapsed().as_secs_f64();
            bytes += chunk.len() as u64;
            out.clear();
        });
        stream.finish(&mut map, &mut out);
        Ok((bytes, seconds))
    }
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap_or("");
    let kilobytes: f64 = line
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(0.0);
    kilobytes / 1024.0
}

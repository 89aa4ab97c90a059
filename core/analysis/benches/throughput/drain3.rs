//! The baseline: Drain3, the template miner that is used most, on the same lines.

use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};

use super::Source;

/// It takes some seconds for as much; its speed does not depend on the size.
const BYTES_MAX: usize = 5_000_000;
const SCRIPT: &str = include_str!("drain3.py");
const WAYS: [&str; 2] = ["bare", "masked"];

/// Prints how fast Drain3 mines an input, and how many times as fast the engine does all it does.
pub(crate) fn report(
    out: &mut impl Write,
    name: &str,
    source: Source,
) -> Result<(), Box<dyn Error>> {
    let Ok(python) = std::env::var("BENCH_PYTHON") else {
        return Ok(());
    };
    let source = Source {
        size: source.size.min(BYTES_MAX),
        ..source
    };
    let (lines, _) = source.scan();
    let (_, seconds) = source.analyze(1);
    let ours = lines as f64 / seconds;
    for (way, theirs) in WAYS.iter().zip(mined(&python, &source)?) {
        let name = format!("{name}, Drain3 {way}");
        writeln!(
            out,
            "{name:<28}{theirs:>10.0} lines/s; the engine {:.1} times as fast",
            ours / theirs
        )?;
    }
    Ok(())
}

/// Returns the lines per second of each way.
fn mined(python: &str, source: &Source) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("BENCH_PYTHON={python}: {error}"))?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    let mut written = Ok(());
    source.each(|chunk| {
        if written.is_ok() {
            written = input.write_all(chunk);
        }
    });
    drop(input);
    let ended = child.wait_with_output()?;
    if !ended.status.success() {
        return Err(format!("{python} has no Drain3; pip install drain3").into());
    }
    written?;
    let text = String::from_utf8(ended.stdout)?;
    Ok(text.lines().map(str::parse).collect::<Result<_, _>>()?)
}

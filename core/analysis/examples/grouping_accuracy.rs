//! Prints the grouping accuracy on labelled log sets.
//!
//! Usage: `grouping_accuracy DIRECTORY [SET]`, where the directory holds
//! `<set>/<set>_2k.log` and `<set>/<set>_2k.log_structured.csv` (logpai/loghub, ISSRE 2023).
//! With a set, the groups that differ from the truth are listed.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

use faultmaven_analysis::{Analysis, Options, analyze};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments
        .next()
        .ok_or("usage: grouping_accuracy DIRECTORY [SET]")?;
    let only = arguments.next();
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&root)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut out = std::io::stdout().lock();
    let (mut sum_content, mut sum_raw, mut sets) = (0.0, 0.0, 0.0);
    for name in names
        .iter()
        .filter(|name| only.as_ref().is_none_or(|only| only == *name))
    {
        let directory = Path::new(&root).join(name);
        let table =
            std::fs::read_to_string(directory.join(format!("{name}_2k.log_structured.csv")))?;
        let raw = std::fs::read(directory.join(format!("{name}_2k.log")))?;
        let (contents, truth) = columns(&table)?;
        let of_content = mine(contents.join("\n").as_bytes());
        let of_raw = mine(&raw);
        let (content, lines) = (
            accuracy(&of_content.line_templates, &truth),
            accuracy(&of_raw.line_templates, &truth),
        );
        writeln!(out, "{name:10} content {content:.4} raw {lines:.4}")?;
        if only.is_some() {
            explain(&mut out, &of_content, &truth)?;
        }
        (sum_content, sum_raw, sets) = (sum_content + content, sum_raw + lines, sets + 1.0);
    }
    writeln!(
        out,
        "{:10} content {:.4} raw {:.4}",
        "average",
        sum_content / sets,
        sum_raw / sets
    )?;
    Ok(())
}

fn mine(bytes: &[u8]) -> Analysis {
    let data_class = Some(faultmaven_analysis::DataClass::Logs);
    analyze(
        bytes,
        Options {
            line_templates: true,
            data_class,
            ..Options::default()
        },
    )
}

/// Share of lines whose group of lines equals exactly one true group.
fn accuracy(found: &[u32], truth: &[String]) -> f64 {
    let mut predicted: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut actual: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (line, (group, event)) in found.iter().zip(truth).enumerate() {
        predicted.entry(*group).or_default().push(line);
        actual.entry(event).or_default().push(line);
    }
    let right: usize = predicted
        .values()
        .filter(|lines| actual[truth[lines[0]].as_str()] == **lines)
        .map(Vec::len)
        .sum();
    right as f64 / truth.len() as f64
}

fn explain(out: &mut impl Write, analysis: &Analysis, truth: &[String]) -> std::io::Result<()> {
    let mut pairs: BTreeMap<&str, BTreeMap<u32, usize>> = BTreeMap::new();
    for (group, event) in analysis.line_templates.iter().zip(truth) {
        *pairs.entry(event).or_default().entry(*group).or_default() += 1;
    }
    let mut owners: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (event, groups) in &pairs {
        groups
            .keys()
            .for_each(|group| owners.entry(*group).or_default().push(event));
    }
    for (event, groups) in &pairs {
        if groups.len() > 1 || groups.keys().any(|group| owners[group].len() > 1) {
            writeln!(out, "== {event}")?;
            for (group, count) in groups.iter().take(6) {
                let text = analysis
                    .templates
                    .get(*group as usize)
                    .map_or("", |t| t.text.as_str());
                writeln!(
                    out,
                    "   {count:5} shared with {:?}: {text}",
                    owners[group].len()
                )?;
            }
        }
    }
    Ok(())
}

/// Returns the columns `Content` and `EventId`; the latter is the truth.
fn columns(table: &str) -> Result<(Vec<String>, Vec<String>), Box<dyn Error>> {
    let mut rows = records(table).into_iter();
    let header = rows.next().ok_or("empty table")?;
    let at = |name: &str| {
        header
            .iter()
            .position(|cell| cell == name)
            .ok_or("column missing")
    };
    let (content, event) = (at("Content")?, at("EventId")?);
    Ok(rows
        .map(|row| (row[content].replace('\n', " "), row[event].clone()))
        .unzip())
}

fn records(table: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = table.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

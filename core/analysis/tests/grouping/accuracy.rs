//! Grouping accuracy on labelled log sets: `<set>/<set>_2k.log` and
//! `<set>/<set>_2k.log_structured.csv` in one directory (logpai/loghub, ISSRE 2023).

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use faultmaven_analysis::{Analysis, DataClass, Options, analyze};

/// A labelled set and what the engine makes of it.
pub(crate) struct LabelledSet {
    /// Of the messages without their headers.
    pub(crate) of_content: Analysis,
    /// Of the lines as they are.
    pub(crate) of_raw: Analysis,
    /// The true group of each line.
    pub(crate) truth: Vec<String>,
}

/// Share of lines whose group is right.
pub(crate) struct Accuracy {
    pub(crate) content: f64,
    pub(crate) raw: f64,
}

/// Returns the names of all sets of a directory.
pub(crate) fn sets(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(root)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

impl LabelledSet {
    /// Reads and mines a set.
    pub(crate) fn read(root: &Path, name: &str) -> Result<Self, Box<dyn Error>> {
        let directory = root.join(name);
        let table =
            std::fs::read_to_string(directory.join(format!("{name}_2k.log_structured.csv")))?;
        let raw = std::fs::read(directory.join(format!("{name}_2k.log")))?;
        let (contents, truth) = columns(&table)?;
        Ok(Self {
            of_content: mine(contents.join("\n").as_bytes()),
            of_raw: mine(&raw),
            truth,
        })
    }

    /// Returns the accuracy of both ways to read it.
    pub(crate) fn accuracy(&self) -> Accuracy {
        Accuracy {
            content: accuracy(&self.of_content.line_templates, &self.truth),
            raw: accuracy(&self.of_raw.line_templates, &self.truth),
        }
    }
}

/// Returns the averages over sets.
pub(crate) fn average(of: &[Accuracy]) -> Accuracy {
    let count = of.len() as f64;
    Accuracy {
        content: of.iter().map(|it| it.content).sum::<f64>() / count,
        raw: of.iter().map(|it| it.raw).sum::<f64>() / count,
    }
}

fn mine(bytes: &[u8]) -> Analysis {
    let options = Options {
        line_templates: true,
        data_class: Some(DataClass::Logs),
        ..Options::default()
    };
    analyze(bytes, options)
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

//! Other views of what was read: templates, the template of each line, a timeline.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use faultmaven_analysis::{Analysis, Finding, Template, clock_offsets};
use faultmaven_kit::text::escape_control;
use serde::Serialize;

use super::args::Format;
use super::human::{cited, numbered_events};
use super::inputs::{Analyzed, Inputs};

/// A file with its templates, for programs.
#[derive(Serialize)]
struct Templates<'a> {
    path: &'a str,
    sha256: &'a str,
    templates: &'a [Template],
}

/// A finding in its place in time.
#[derive(Serialize)]
pub(super) struct Timed<'a> {
    /// As the clock of most files would have shown it.
    pub(super) time: DateTime<Utc>,
    /// What that adds to the time of its own file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clock_set_right_seconds: Option<f64>,
    pub(super) path: &'a str,
    /// Position of the file, and that among its findings.
    #[serde(skip)]
    pub(super) file: usize,
    #[serde(skip)]
    pub(super) number: usize,
    #[serde(flatten)]
    pub(super) finding: &'a Finding,
}

/// Writes every template with count, level, time of its first line, text and an example.
pub(super) fn write_templates(
    out: &mut impl Write,
    inputs: &Inputs,
    format: Format,
) -> io::Result<()> {
    if format == Format::Json {
        let files = inputs.analyzed.iter().map(|it| Templates {
            path: &it.name,
            sha256: &it.sha256,
            templates: &it.analysis.templates,
        });
        return write_json(out, &files.collect::<Vec<_>>());
    }
    for Analyzed { name, analysis, .. } in &inputs.analyzed {
        writeln!(
            out,
            "{}: {} templates",
            escape_control(name),
            analysis.templates.len()
        )?;
        for template in &analysis.templates {
            let level = template.levels.dominant();
            let level = level.map_or_else(
                || "-".to_owned(),
                |level| format!("{level:?}").to_lowercase(),
            );
            let first = template
                .first_seen
                .map_or_else(|| "-".to_owned(), |time| time.to_rfc3339());
            writeln!(
                out,
                "{:>9} {level:<5} {first} {} {}:{}",
                template.count,
                escape_control(&template.text),
                escape_control(name),
                template.example.line_start
            )?;
        }
    }
    Ok(())
}

/// Writes `line,template_id` for every line of the one file that was read.
pub(super) fn write_line_templates(out: &mut impl Write, analysis: &Analysis) -> io::Result<()> {
    writeln!(out, "line,template_id")?;
    for (at, &template) in analysis.line_templates.iter().enumerate() {
        let known = analysis.templates.get(template as usize);
        let id = known.map_or("", |template| template.id.as_str());
        writeln!(out, "{},{id}", at + 1)?;
    }
    Ok(())
}

/// Writes the findings of all files in order of their times, clocks that differ set right.
pub(super) fn write_timeline(
    out: &mut impl Write,
    inputs: &Inputs,
    format: Format,
) -> io::Result<()> {
    let rows = timeline(inputs);
    if format == Format::Json {
        return write_json(out, &rows);
    }
    for row in rows {
        writeln!(
            out,
            "{} {:<8} {}",
            row.time.format("%Y-%m-%dT%H:%M:%S%.3fZ"),
            row.finding.severity.as_str(),
            escape_control(&row.finding.statement)
        )?;
        if let Some(citation) = row.finding.citations.first() {
            writeln!(out, "    {}", cited(row.path, citation))?;
        }
        if let Some(seconds) = row.clock_set_right_seconds {
            writeln!(
                out,
                "    the clock of its file is set right by {seconds:+.1} s"
            )?;
        }
    }
    Ok(())
}

/// Returns the findings of all files that have a time, in its order.
pub(super) fn timeline(inputs: &Inputs) -> Vec<Timed<'_>> {
    let files = inputs.analyzed.iter();
    let files: Vec<(&str, &Analysis)> = files.map(|it| (it.name.as_str(), &it.analysis)).collect();
    let offsets = clock_offsets(&files);
    let mut rows: Vec<Timed<'_>> = Vec::new();
    for (file, analyzed) in inputs.analyzed.iter().enumerate() {
        let offset = offsets.iter().find(|it| it.file == analyzed.name);
        let timed = numbered_events(&analyzed.analysis).filter_map(|(number, finding)| {
            let time = finding.onset.or(finding.first_seen)?;
            Some(Timed {
                time: offset.map_or(time, |it| it.set_right(time)),
                clock_set_right_seconds: offset.map(|it| -it.seconds),
                path: &analyzed.name,
                file,
                number,
                finding,
            })
        });
        rows.extend(timed);
    }
    rows.sort_by_key(|row| (row.time, row.path));
    rows
}

fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

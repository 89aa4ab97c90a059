//! Other views of what was read: templates, the template of each line, a timeline.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use faultmaven_analysis::{Analysis, Finding};
use faultmaven_kit::text::escape_control;

use super::human::{cited, events};
use super::inputs::{Analyzed, Inputs};

/// Writes every template with count, level, time of its first line, text and an example.
pub(super) fn write_templates(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    for Analyzed { name, analysis } in &inputs.analyzed {
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

/// Writes the findings of all files in order of their times.
pub(super) fn write_timeline(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    let mut rows: Vec<(DateTime<Utc>, &str, &Finding)> = Vec::new();
    for Analyzed { name, analysis } in &inputs.analyzed {
        let timed = events(analysis).filter_map(|finding| {
            Some((
                finding.onset.or(finding.first_seen)?,
                name.as_str(),
                finding,
            ))
        });
        rows.extend(timed);
    }
    rows.sort_by_key(|(time, name, _)| (*time, *name));
    for (time, name, finding) in rows {
        writeln!(
            out,
            "{} {:<8} {}",
            time.format("%Y-%m-%dT%H:%M:%S%.3fZ"),
            finding.severity.as_str(),
            escape_control(&finding.statement)
        )?;
        if let Some(citation) = finding.citations.first() {
            writeln!(out, "    {}", cited(name, citation))?;
        }
    }
    Ok(())
}

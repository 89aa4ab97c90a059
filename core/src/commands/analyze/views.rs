//! Other views of what was read: templates, the template of each line, a timeline, differences.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use faultmaven_analysis::{Analysis, Difference, DifferenceKind, Finding, compare};
use faultmaven_kit::text::escape_control;

use super::human::{cited, events};
use super::inputs::{Analyzed, Inputs};

const DIFFERENCES_SHOWN: usize = 40;

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

/// Writes what differs from the good times; returns whether anything does.
pub(super) fn write_differences(
    out: &mut impl Write,
    good: &Inputs,
    bad: &Inputs,
) -> io::Result<bool> {
    let differences = compare(&analyses(good), &analyses(bad));
    if differences.is_empty() {
        writeln!(out, "no significant difference")?;
    }
    for difference in differences.iter().take(DIFFERENCES_SHOWN) {
        write_difference(out, difference, good, bad)?;
    }
    let more = differences.len().saturating_sub(DIFFERENCES_SHOWN);
    if more > 0 {
        writeln!(out, "and {more} more")?;
    }
    Ok(!differences.is_empty())
}

fn write_difference(
    out: &mut impl Write,
    difference: &Difference,
    good: &Inputs,
    bad: &Inputs,
) -> io::Result<()> {
    let side = if difference.in_good { good } else { bad };
    let file = side.analyzed.get(difference.file);
    let name = file.map_or("", |file| file.name.as_str());
    writeln!(
        out,
        "{:<15} good: {}, bad: {}: {}",
        kind_words(difference.kind),
        escape_control(&difference.good),
        escape_control(&difference.bad),
        escape_control(&difference.subject)
    )?;
    writeln!(out, "    {}", cited(name, &difference.citation))
}

fn kind_words(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::TemplateNew => "new message",
        DifferenceKind::TemplateGone => "message gone",
        DifferenceKind::TemplateMore => "more often",
        DifferenceKind::TemplateLess => "less often",
        DifferenceKind::ConfigChanged => "setting changed",
        DifferenceKind::MetricShifted => "metric shifted",
    }
}

fn analyses(inputs: &Inputs) -> Vec<&Analysis> {
    inputs.analyzed.iter().map(|it| &it.analysis).collect()
}

//! Readable index and summary of an analysis.

use std::fmt::Write;

use crate::analysis::{Analysis, EntityKind};
use crate::constants::{STRUCTURAL_INDEX_MAX, SUMMARY_MAX};
use crate::findings::shorten;

const SECTION_ROWS: usize = 25;

/// Returns the structural index.
pub(crate) fn index(analysis: &Analysis) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = heading(&mut text, analysis)
        .and_then(|()| findings(&mut text, analysis))
        .and_then(|()| templates(&mut text, analysis))
        .and_then(|()| values(&mut text, analysis))
        .and_then(|()| entities(&mut text, analysis));
    shorten(text.trim_end(), STRUCTURAL_INDEX_MAX)
}

/// Returns the summary.
pub(crate) fn summary(analysis: &Analysis) -> String {
    let class = analysis.classification.data_class.as_str();
    let name = analysis.file_name.as_deref().unwrap_or("input");
    let coverage = &analysis.coverage;
    let mut text = format!("{name}: {class}, {} lines", coverage.lines_read);
    if let (Some(first), Some(last)) = (coverage.first_time, coverage.last_time) {
        let _ = write!(
            text,
            ", {} to {}",
            first.format("%Y-%m-%d %H:%M:%S"),
            last.format("%Y-%m-%d %H:%M:%S UTC")
        );
    }
    text.push_str(". ");
    if let Some(onset) = &analysis.onset {
        let _ = write!(text, "Trouble set in {}. ", onset.when());
    }
    if analysis.findings.is_empty() {
        text.push_str(if coverage.is_partial() {
            "Nothing stands out in what was read."
        } else {
            "Nothing stands out."
        });
    }
    for finding in analysis.findings.iter().take(3) {
        text.push_str(&shorten(&finding.statement, 130));
        text.push_str(". ");
    }
    shorten(text.trim_end(), SUMMARY_MAX)
}

fn heading(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    let class = &analysis.classification;
    let coverage = &analysis.coverage;
    writeln!(
        text,
        "class: {} ({:.2}, {})",
        class.data_class.as_str(),
        class.confidence,
        class.reason
    )?;
    if let Some(format) = analysis.log_format {
        writeln!(text, "format: {format:?}")?;
    }
    writeln!(
        text,
        "read: {} of {} bytes, {} lines",
        coverage.bytes_read, coverage.bytes_total, coverage.lines_read
    )?;
    if let (Some(first), Some(last)) = (coverage.first_time, coverage.last_time) {
        writeln!(
            text,
            "time: {} to {} (zone {})",
            first.to_rfc3339(),
            last.to_rfc3339(),
            coverage.timezone.value
        )?;
    }
    for note in coverage.notes() {
        writeln!(text, "note: {note}")?;
    }
    if let Some(onset) = &analysis.onset {
        writeln!(text, "trouble set in {}", onset.when())?;
    }
    Ok(())
}

fn findings(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    if analysis.findings.is_empty() {
        return writeln!(text, "findings: none");
    }
    writeln!(text, "findings:")?;
    for finding in analysis.findings.iter().take(SECTION_ROWS) {
        let line = finding
            .citations
            .first()
            .map_or(0, |citation| citation.line_start);
        writeln!(
            text,
            "  [{}] {} (line {line}, {:.2}): {}",
            finding.severity.as_str(),
            finding.kind.as_str().replace('_', " "),
            finding.score,
            shorten(&finding.statement, 160)
        )?;
    }
    Ok(())
}

fn templates(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    if analysis.templates.is_empty() {
        return Ok(());
    }
    writeln!(text, "templates ({}):", analysis.templates.len())?;
    for template in analysis.templates.iter().take(SECTION_ROWS) {
        let level = template
            .levels
            .dominant()
            .map_or_else(String::new, |level| format!(" {level:?}"));
        writeln!(
            text,
            "  {}x{level} (line {}): {}",
            template.count,
            template.example.line_start,
            shorten(&template.text, 140)
        )?;
    }
    Ok(())
}

fn values(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    for sample in analysis.samples.iter().take(SECTION_ROWS) {
        writeln!(
            text,
            "  {} {:?} = {} (line {})",
            sample.name, sample.labels, sample.value, sample.citation.line_start
        )?;
    }
    for value in analysis.values.iter().take(SECTION_ROWS * 2) {
        writeln!(
            text,
            "  {} = {} (line {})",
            value.path,
            shorten(&value.value, 80),
            value.citation.line_start
        )?;
    }
    for run in analysis.commands.iter().take(SECTION_ROWS) {
        let line = run.command.as_deref().unwrap_or(&run.tool);
        writeln!(
            text,
            "  command {}: {:?}, {} values",
            shorten(line, 100),
            run.outcome,
            run.facts.len()
        )?;
    }
    Ok(())
}

fn entities(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    const KINDS: [(EntityKind, &str); 6] = [
        (EntityKind::Service, "services"),
        (EntityKind::Host, "hosts"),
        (EntityKind::Pod, "pods"),
        (EntityKind::Ip, "addresses"),
        (EntityKind::User, "users"),
        (EntityKind::TraceId, "traces"),
    ];
    for (kind, name) in KINDS {
        let rows: Vec<String> = analysis
            .entities
            .iter()
            .filter(|entity| entity.kind == kind)
            .take(10)
            .map(|entity| format!("{} ({})", shorten(&entity.value, 60), entity.count))
            .collect();
        if !rows.is_empty() {
            writeln!(text, "{name}: {}", rows.join(", "))?;
        }
    }
    Ok(())
}

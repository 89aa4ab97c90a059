//! Analyses as a person reads them on a terminal.

use std::collections::BTreeSet;
use std::io::{self, Write};

use faultmaven_analysis::{
    Analysis, Citation, Finding, FindingKind, Remedy, Severity, rank_across,
};
use faultmaven_kit::text::escape_control;

use super::inputs::{Analyzed, Inputs};

const FINDINGS_SHOWN: usize = 20;
const QUOTE_CHARS: usize = 160;
const CITATIONS_SHOWN: usize = 3;
const ORIGINS_SHOWN: usize = 10;
const SKIPPED_SHOWN: usize = 20;
const QUIET_SHOWN: usize = 40;

/// Writes all analyses; everything quoted is escaped, because files may try to drive a terminal.
pub(super) fn write(out: &mut impl Write, inputs: &Inputs, style: &Style) -> io::Result<()> {
    if let [only] = inputs.analyzed.as_slice() {
        write_file(out, inputs, only, &BTreeSet::new(), style)?;
        return write_skipped(out, &inputs.skipped);
    }
    let (telling, quiet): (Vec<&Analyzed>, Vec<&Analyzed>) = inputs
        .analyzed
        .iter()
        .partition(|it| events(&it.analysis).next().is_some());
    let told = write_overview(out, inputs, &telling, style)?;
    for (file, analyzed) in telling.iter().enumerate() {
        write_file(out, inputs, analyzed, &told[file], style)?;
    }
    if !quiet.is_empty() {
        writeln!(out, "{}", style.bold("nothing wrong found in"))?;
        write_quiet(out, quiet)?;
        writeln!(out)?;
    }
    write_skipped(out, &inputs.skipped)
}

/// Lists files without findings, those that were not wholly read first.
fn write_quiet(out: &mut impl Write, mut quiet: Vec<&Analyzed>) -> io::Result<()> {
    quiet.sort_by_key(|it| !it.analysis.coverage.is_partial());
    for analyzed in quiet.iter().take(QUIET_SHOWN) {
        writeln!(out, "  {}", escape_control(&analyzed.name))?;
        write_reserve(out, &analyzed.analysis)?;
    }
    let more = quiet.len().saturating_sub(QUIET_SHOWN);
    if more > 0 {
        writeln!(out, "  and {more} more; --format json shows all")?;
    }
    Ok(())
}

/// Lists what was not read.
fn write_skipped(out: &mut impl Write, skipped: &[(String, String)]) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    writeln!(out, "not read:")?;
    for (name, reason) in skipped.iter().take(SKIPPED_SHOWN) {
        writeln!(
            out,
            "  {}: {}",
            escape_control(name),
            escape_control(reason)
        )?;
    }
    let more = skipped.len().saturating_sub(SKIPPED_SHOWN);
    if more > 0 {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}

/// The findings of all files that matter most, likely origins first; returns those of each file.
fn write_overview(
    out: &mut impl Write,
    inputs: &Inputs,
    telling: &[&Analyzed],
    style: &Style,
) -> io::Result<Vec<BTreeSet<usize>>> {
    let files = inputs.analyzed.len();
    let title = format!("{files} files read, findings in {}", telling.len());
    writeln!(out, "{}\n", style.bold(&title))?;
    let named: Vec<(&str, &Analysis)> = telling
        .iter()
        .map(|it| (it.name.as_str(), &it.analysis))
        .collect();
    let mut told = vec![BTreeSet::new(); telling.len()];
    for (file, at) in origins(&named) {
        let (name, analysis) = named[file];
        write_finding(out, inputs, name, &analysis.findings[at], style)?;
        told[file].insert(at);
    }
    Ok(told)
}

/// Writes the findings of a file that are not told already.
fn write_file(
    out: &mut impl Write,
    inputs: &Inputs,
    analyzed: &Analyzed,
    told: &BTreeSet<usize>,
    style: &Style,
) -> io::Result<()> {
    let (name, analysis) = (&analyzed.name, &analyzed.analysis);
    writeln!(out, "{}", style.bold(&escape_control(name)))?;
    write_coverage(out, analysis)?;
    if events(analysis).next().is_none() {
        return writeln!(out, "  {}\n", nothing_wrong(analysis));
    }
    let all = analysis.findings.iter().enumerate();
    let fresh = all.filter(|(at, finding)| !told.contains(at) && is_event(analysis, finding));
    let findings: Vec<&Finding> = fresh.map(|(_, finding)| finding).collect();
    match (told.len(), findings.len()) {
        (0, _) => {}
        (1, 0) => writeln!(out, "  its finding is told above")?,
        (count, 0) => writeln!(out, "  its {count} findings are told above")?,
        (count, _) => writeln!(out, "  {count} told above, and:")?,
    }
    writeln!(out)?;
    for finding in findings.iter().take(FINDINGS_SHOWN) {
        write_finding(out, inputs, name, finding, style)?;
    }
    let more = findings.len().saturating_sub(FINDINGS_SHOWN);
    if more > 0 {
        writeln!(out, "  and {more} more; --format json shows all\n")?;
    }
    Ok(())
}

/// Says that nothing was found, with a reserve where not all was read.
pub(super) fn nothing_wrong(analysis: &Analysis) -> &'static str {
    if analysis.coverage.is_partial() {
        "nothing wrong found in what was read"
    } else {
        "nothing wrong found"
    }
}

/// Says of a file without findings what of it was not read.
fn write_reserve(out: &mut impl Write, analysis: &Analysis) -> io::Result<()> {
    if analysis.coverage.is_partial() {
        for note in analysis.coverage.limit_notes() {
            writeln!(out, "    note: {}", escape_control(&note))?;
        }
    }
    Ok(())
}

/// One finding per event: an onset is already told by the finding of its template.
pub(super) fn events(analysis: &Analysis) -> impl Iterator<Item = &Finding> {
    numbered_events(analysis).map(|(_, finding)| finding)
}

/// The same with their positions among all findings.
pub(super) fn numbered_events(analysis: &Analysis) -> impl Iterator<Item = (usize, &Finding)> {
    let findings = analysis.findings.iter().enumerate();
    findings.filter(move |(_, finding)| is_event(analysis, finding))
}

/// Returns file and position of what went wrong in all files, likely origins first.
pub(super) fn origins(files: &[(&str, &Analysis)]) -> Vec<(usize, usize)> {
    let mut ranked = rank_across(files);
    ranked.retain(|&(file, at)| {
        let (_, analysis) = files[file];
        let finding = &analysis.findings[at];
        finding.severity >= Severity::Warn && is_event(analysis, finding)
    });
    ranked.truncate(ORIGINS_SHOWN);
    ranked
}

fn is_event(analysis: &Analysis, finding: &Finding) -> bool {
    let mut others = analysis.findings.iter();
    finding.kind != FindingKind::Onset
        || !others.any(|it| it.kind != FindingKind::Onset && it.onset == finding.onset)
}

fn write_coverage(out: &mut impl Write, analysis: &Analysis) -> io::Result<()> {
    let coverage = &analysis.coverage;
    write!(
        out,
        "  {}, {} of {} lines read",
        analysis.classification.data_class.as_str(),
        coverage.lines_read,
        coverage.lines_total
    )?;
    if let (Some(first), Some(last)) = (coverage.first_time, coverage.last_time) {
        write!(out, ", {} to {}", first.to_rfc3339(), last.to_rfc3339())?;
    }
    writeln!(out)?;
    if let Some(onset) = &analysis.onset {
        writeln!(out, "  trouble set in {}", onset.when())?;
    }
    for note in coverage.notes() {
        writeln!(out, "  note: {}", escape_control(&note))?;
    }
    Ok(())
}

fn write_finding(
    out: &mut impl Write,
    inputs: &Inputs,
    name: &str,
    finding: &Finding,
    style: &Style,
) -> io::Result<()> {
    let severity = style.severity(finding.severity);
    let statement = escape_control(&finding.statement);
    writeln!(out, "  {severity} {statement}")?;
    for citation in finding.citations.iter().take(CITATIONS_SHOWN) {
        writeln!(out, "    {}", style.dim(&cited(name, citation)))?;
    }
    for place in finding.elsewhere.iter().take(CITATIONS_SHOWN) {
        writeln!(
            out,
            "    {}",
            style.dim(&cited(&place.file, &place.citation))
        )?;
    }
    if style.verbose {
        writeln!(out, "    {}", style.dim(&confidence(finding)))?;
        if let Some(remedy) = inputs.remedy(finding) {
            writeln!(out, "    {}", style.dim(&escape_control(&fix(remedy))))?;
        }
    }
    writeln!(out)
}

/// Returns how sure a finding is and why.
pub(super) fn confidence(finding: &Finding) -> String {
    let percent = finding.confidence * 100.0;
    let reasons = escape_control(&finding.reasons.join(", "));
    format!("confidence {percent:.0} %: {reasons}")
}

/// Returns what helps, how much harm it can do and how it is undone.
pub(super) fn fix(remedy: &Remedy) -> String {
    format!(
        "fix: {}. {} Risk: {} The way back: {}",
        remedy.title,
        remedy.body,
        remedy.risk_told(),
        remedy.rollback
    )
}

/// Returns `file:line: quote`, cut to one line.
pub(super) fn cited(name: &str, citation: &Citation) -> String {
    let line = citation.quote.lines().next().unwrap_or_default();
    let mut quote: String = line.chars().take(QUOTE_CHARS).collect();
    if quote.len() < citation.quote.len() {
        quote.push('…');
    }
    format!(
        "{}:{}: {}",
        escape_control(name),
        citation.line_start,
        escape_control(&quote)
    )
}

/// How findings are told on a terminal.
pub(super) struct Style {
    pub(super) coloured: bool,
    /// Whether it is told how sure each is, and what helps.
    pub(super) verbose: bool,
}

impl Style {
    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn severity(&self, severity: Severity) -> String {
        let colour = match severity {
            Severity::Critical | Severity::Error => "31",
            Severity::Warn => "33",
            Severity::Info => "36",
        };
        self.paint(colour, &format!("{:<8}", severity.as_str()))
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.coloured {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

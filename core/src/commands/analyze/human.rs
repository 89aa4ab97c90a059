//! An analysis as a person reads it on a terminal.

use std::io::{self, Write};

use faultmaven_analysis::{Analysis, Citation, Finding, Severity};
use faultmaven_kit::text::escape_control;

const FINDINGS_SHOWN: usize = 20;
const QUOTE_CHARS: usize = 160;
const CITATIONS_SHOWN: usize = 3;

/// Writes one analysis; everything quoted is escaped, because files may try to drive a terminal.
pub(super) fn write(
    out: &mut impl Write,
    name: &str,
    analysis: &Analysis,
    coloured: bool,
) -> io::Result<()> {
    let style = Style { coloured };
    writeln!(out, "{}", style.bold(&escape_control(name)))?;
    write_coverage(out, analysis)?;
    writeln!(out, "  {}\n", escape_control(&analysis.summary))?;
    if analysis.findings.is_empty() {
        return writeln!(out, "  nothing wrong found\n");
    }
    for finding in analysis.findings.iter().take(FINDINGS_SHOWN) {
        write_finding(out, name, finding, &style)?;
    }
    let more = analysis.findings.len().saturating_sub(FINDINGS_SHOWN);
    if more > 0 {
        writeln!(out, "  and {more} more; --format json shows all\n")?;
    }
    Ok(())
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
    for limit in &coverage.limits_hit {
        writeln!(
            out,
            "  not everything was looked at: {}",
            escape_control(limit)
        )?;
    }
    Ok(())
}

fn write_finding(
    out: &mut impl Write,
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
    writeln!(out)
}

/// Returns `file:line: quote`, cut to one line.
fn cited(name: &str, citation: &Citation) -> String {
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

struct Style {
    coloured: bool,
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

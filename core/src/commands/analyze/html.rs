//! All analyses as one self-contained page: no script, no outside resource.

use std::fmt::Write as _;
use std::io::{self, Write};

use faultmaven_analysis::{Analysis, Citation, Finding, Histogram};
use faultmaven_kit::text::escape_control;

use super::human::{events, nothing_wrong};
use super::inputs::{Analyzed, Inputs};

const TEMPLATES_SHOWN: usize = 100;
const QUOTE_CHARS: usize = 300;
const CHART_HEIGHT: f64 = 60.0;
const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:min(150rem,96vw);padding:0 1rem;color:#1c1e21}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.5rem;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}\
code{font-size:12px;overflow-wrap:anywhere}.critical,.error{color:#b3261e}.warn{color:#8a5000}.info{color:#1f5fa8}\
.findings td:first-child,.lines td:first-child{width:4rem}.time{white-space:nowrap;color:#666}.quote{width:42%}@media(max-width:75rem){.quote{display:none}}\
svg{width:100%;height:70px}.meta{color:#666}:target{background:#fff3c4}";

/// Writes the page.
pub(super) fn write(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
        <title>FaultMaven analysis</title><style>{STYLE}</style></head><body><h1>FaultMaven analysis</h1>"
    )?;
    write_contents(out, inputs)?;
    for (at, analyzed) in inputs.analyzed.iter().enumerate() {
        write_file(out, at, analyzed)?;
    }
    if !inputs.skipped.is_empty() {
        writeln!(out, "<h2>Not read</h2><table>")?;
        for (name, reason) in &inputs.skipped {
            writeln!(
                out,
                "<tr><td>{}</td><td>{}</td></tr>",
                text(name),
                text(reason)
            )?;
        }
        writeln!(out, "</table>")?;
    }
    writeln!(out, "</body></html>")
}

fn write_contents(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    writeln!(
        out,
        "<table><tr><th>File</th><th>Class</th><th>Lines</th><th>Findings</th></tr>"
    )?;
    for (at, analyzed) in inputs.analyzed.iter().enumerate() {
        let analysis = &analyzed.analysis;
        writeln!(
            out,
            "<tr><td><a href=\"#f{at}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(&analyzed.name),
            analysis.classification.data_class.as_str(),
            analysis.coverage.lines_read,
            events(analysis).count()
        )?;
    }
    writeln!(out, "</table>")
}

fn write_file(out: &mut impl Write, at: usize, analyzed: &Analyzed) -> io::Result<()> {
    let analysis = &analyzed.analysis;
    writeln!(out, "<h2 id=\"f{at}\">{}</h2>", text(&analyzed.name))?;
    let coverage = &analysis.coverage;
    if let (Some(first), Some(last)) = (coverage.first_time, coverage.last_time) {
        writeln!(
            out,
            "<p class=\"meta\">{} to {}</p>",
            first.to_rfc3339(),
            last.to_rfc3339()
        )?;
    }
    for note in coverage.notes() {
        writeln!(out, "<p class=\"meta\">note: {}</p>", text(&note))?;
    }
    if let Some(histogram) = &analysis.histogram {
        writeln!(out, "{}", chart(histogram))?;
    }
    if events(analysis).next().is_none() {
        return writeln!(out, "<p>{}</p>", nothing_wrong(analysis));
    }
    writeln!(
        out,
        "<table class=\"findings\"><tr><th>Severity</th><th>Since</th><th>Finding</th><th class=\"quote\">Line</th></tr>"
    )?;
    for finding in events(analysis) {
        write_finding(out, at, finding)?;
    }
    writeln!(out, "</table>")?;
    write_templates(out, at, analysis)?;
    write_lines(out, at, analysis)
}

fn write_finding(out: &mut impl Write, at: usize, finding: &Finding) -> io::Result<()> {
    let severity = finding.severity.as_str();
    let since = finding.onset.or(finding.first_seen);
    let since = since.map_or_else(String::new, |time| {
        time.format("%Y-%m-%d %H:%M:%S").to_string()
    });
    write!(
        out,
        "<tr><td class=\"{severity}\">{severity}</td><td class=\"time\">{since}</td><td>{}",
        text(&finding.statement)
    )?;
    for citation in &finding.citations {
        write!(out, " {}", link(at, citation))?;
    }
    let first = finding.citations.first();
    let quote = first.and_then(|it| it.quote.lines().next());
    let quote: String = quote
        .unwrap_or_default()
        .chars()
        .take(QUOTE_CHARS)
        .collect();
    writeln!(
        out,
        "</td><td class=\"quote\"><code>{}</code></td></tr>",
        text(&quote)
    )
}

fn write_templates(out: &mut impl Write, at: usize, analysis: &Analysis) -> io::Result<()> {
    writeln!(out, "<details><summary>Kinds of messages</summary><table>")?;
    for template in analysis.templates.iter().take(TEMPLATES_SHOWN) {
        writeln!(
            out,
            "<tr><td>{}</td><td><code>{}</code> {}</td></tr>",
            template.count,
            text(&template.text),
            link(at, &template.example)
        )?;
    }
    writeln!(out, "</table></details>")
}

/// The cited lines, which findings and templates link to.
fn write_lines(out: &mut impl Write, at: usize, analysis: &Analysis) -> io::Result<()> {
    let of_findings = analysis
        .findings
        .iter()
        .flat_map(|finding| &finding.citations);
    let shown = analysis.templates.iter().take(TEMPLATES_SHOWN);
    let mut lines: Vec<&Citation> = of_findings.chain(shown.map(|it| &it.example)).collect();
    lines.sort_by_key(|citation| citation.line_start);
    lines.dedup_by_key(|citation| citation.line_start);
    writeln!(
        out,
        "<details open><summary>Cited lines</summary><table class=\"lines\">"
    )?;
    for citation in lines {
        let line = citation.line_start;
        let quote = text(&citation.quote);
        writeln!(
            out,
            "<tr id=\"f{at}l{line}\"><td>{line}</td><td><code>{quote}</code></td></tr>"
        )?;
    }
    writeln!(out, "</table></details>")
}

fn link(at: usize, citation: &Citation) -> String {
    let line = citation.line_start;
    format!("<a href=\"#f{at}l{line}\">line {line}</a>")
}

/// Bars of all lines, with errors in front.
fn chart(histogram: &Histogram) -> String {
    let most = histogram.buckets.iter().map(|bucket| bucket.total).max();
    let most = most.unwrap_or(0).max(1) as f64;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {CHART_HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"lines over time\">",
        histogram.buckets.len()
    );
    for (x, bucket) in histogram.buckets.iter().enumerate() {
        for (count, colour) in [
            (bucket.total, "#9bb3d1"),
            (bucket.levels.errors(), "#b3261e"),
        ] {
            let height = count as f64 / most * CHART_HEIGHT;
            if height > 0.0 {
                let y = CHART_HEIGHT - height;
                // Writing to a string cannot fail.
                let _ = write!(
                    svg,
                    "<rect x=\"{x}\" y=\"{y:.2}\" width=\".9\" height=\"{height:.2}\" fill=\"{colour}\"/>"
                );
            }
        }
    }
    svg.push_str("</svg>");
    svg
}

fn text(value: &str) -> String {
    let escaped = escape_control(value);
    let mut safe = String::with_capacity(escaped.len());
    for character in escaped.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

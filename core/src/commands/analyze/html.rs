//! All analyses as one self-contained page: no script, no outside resource.

use std::collections::BTreeMap;
use std::io::{self, Write};

use faultmaven_analysis::{Analysis, Citation, Finding};
use faultmaven_kit::text::escape_control;

use super::human::{confidence, events, fix, nothing_wrong, numbered_events, origins};
use super::inputs::{Analyzed, Inputs};

mod axis;
mod chart;
mod timeline;

const TEMPLATES_SHOWN: usize = 100;
const QUOTE_CHARS: usize = 300;
const STYLE: &str = include_str!("html/style.css");

/// Writes the page.
pub(super) fn write(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
        <meta name=\"viewport\" content=\"width=device-width\">\
        <title>FaultMaven analysis</title><style>{STYLE}</style></head><body><h1>FaultMaven analysis</h1>"
    )?;
    let page = Page::of(inputs);
    if inputs.analyzed.len() > 1 {
        page.write_origins(out)?;
    }
    timeline::write(out, inputs)?;
    write_contents(out, inputs)?;
    for (at, analyzed) in inputs.analyzed.iter().enumerate() {
        page.write_file(out, at, analyzed)?;
    }
    write_skipped(out, inputs)?;
    writeln!(out, "</body></html>")
}

fn write_contents(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    writeln!(
        out,
        "<h2>Files</h2><table><tr><th>File</th><th>Class</th><th>Lines</th><th>Findings</th></tr>"
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

fn write_skipped(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    let skipped = inputs.skipped.iter();
    let skipped = skipped.map(|(name, reason)| (name, reason.clone()));
    let unreadable = inputs.unreadable.iter();
    let unreadable = unreadable.map(|it| (&it.name, it.reason.to_string()));
    let mut left_out = skipped.chain(unreadable).peekable();
    if left_out.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "<h2>Not read</h2><table>")?;
    for (name, reason) in left_out {
        let (name, reason) = (text(name), text(&reason));
        writeln!(out, "<tr><td>{name}</td><td>{reason}</td></tr>")?;
    }
    writeln!(out, "</table>")
}

/// What links lead to.
struct Page<'a> {
    inputs: &'a Inputs,
    /// Positions of files by their names.
    files: BTreeMap<&'a str, usize>,
    /// Lines that findings of other files cite, by the position of their file.
    cited_elsewhere: BTreeMap<usize, Vec<&'a Citation>>,
}

impl<'a> Page<'a> {
    fn of(inputs: &'a Inputs) -> Self {
        let names = inputs.analyzed.iter().map(|it| it.name.as_str());
        let files: BTreeMap<&str, usize> = names.zip(0..).collect();
        let mut cited_elsewhere: BTreeMap<usize, Vec<&Citation>> = BTreeMap::new();
        let findings = inputs.analyzed.iter().flat_map(|it| &it.analysis.findings);
        for place in findings.flat_map(|it| &it.elsewhere) {
            if let Some(&file) = files.get(place.file.as_str()) {
                let cited = cited_elsewhere.entry(file).or_default();
                cited.push(&place.citation);
            }
        }
        Self {
            inputs,
            files,
            cited_elsewhere,
        }
    }

    fn write_origins(&self, out: &mut impl Write) -> io::Result<()> {
        let files = self.inputs.analyzed.iter();
        let files: Vec<(&str, &Analysis)> =
            files.map(|it| (it.name.as_str(), &it.analysis)).collect();
        let origins = origins(&files);
        if origins.is_empty() {
            return writeln!(out, "<p>nothing wrong found</p>");
        }
        writeln!(out, "<h2>What went wrong, likely origins first</h2><table>")?;
        for (file, number) in origins {
            let (name, analysis) = files[file];
            let finding = &analysis.findings[number];
            let severity = finding.severity.as_str();
            writeln!(
                out,
                "<tr><td class=\"severity {severity}\">{severity}</td><td class=\"time\">{}</td>\
                 <td class=\"place\">{}</td><td><a href=\"#f{file}n{number}\">{}</a></td></tr>",
                since(finding),
                text(name),
                text(&finding.statement)
            )?;
        }
        writeln!(out, "</table>")
    }

    fn write_file(&self, out: &mut impl Write, at: usize, analyzed: &Analyzed) -> io::Result<()> {
        let analysis = &analyzed.analysis;
        writeln!(out, "<h2 id=\"f{at}\">{}</h2>", text(&analyzed.name))?;
        writeln!(out, "<p class=\"meta\">SHA-256 {}</p>", analyzed.sha256)?;
        let coverage = &analysis.coverage;
        if let (Some(first), Some(last)) = (coverage.first_time, coverage.last_time) {
            let (first, last) = (first.to_rfc3339(), last.to_rfc3339());
            writeln!(out, "<p class=\"meta\">{first} to {last}</p>")?;
        }
        for note in coverage.notes() {
            writeln!(out, "<p class=\"meta\">note: {}</p>", text(&note))?;
        }
        if let Some(chart) = chart::chart(at, analysis) {
            writeln!(out, "{chart}")?;
        }
        if events(analysis).next().is_none() {
            writeln!(out, "<p>{}</p>", nothing_wrong(analysis))?;
        } else {
            self.write_findings(out, at, analysis)?;
        }
        write_templates(out, at, analysis)?;
        self.write_lines(out, at, analyzed)
    }

    fn write_findings(
        &self,
        out: &mut impl Write,
        at: usize,
        analysis: &Analysis,
    ) -> io::Result<()> {
        writeln!(
            out,
            "<table class=\"findings\"><tr><th>Severity</th><th>Since</th><th>Finding</th><th class=\"quote\">Line</th></tr>"
        )?;
        for (number, finding) in numbered_events(analysis) {
            self.write_finding(out, at, number, finding)?;
        }
        writeln!(out, "</table>")
    }

    fn write_finding(
        &self,
        out: &mut impl Write,
        at: usize,
        number: usize,
        finding: &Finding,
    ) -> io::Result<()> {
        let severity = finding.severity.as_str();
        write!(
            out,
            "<tr id=\"f{at}n{number}\"><td class=\"severity {severity}\">{severity}</td><td class=\"time\">{}</td><td>{}",
            since(finding),
            text(&finding.statement)
        )?;
        for citation in &finding.citations {
            write!(out, " {}", link(at, citation))?;
        }
        for place in &finding.elsewhere {
            let name = text(&place.file);
            match self.files.get(place.file.as_str()) {
                Some(&file) => write!(out, " {name} {}", link(file, &place.citation))?,
                None => write!(out, " {name} line {}", place.citation.line_start)?,
            }
        }
        if let Some(recovery) = &finding.recovery {
            write!(out, " over at {}", link(at, recovery))?;
        }
        let remedy = self.inputs.remedy(finding);
        let fix = remedy.map(|it| format!("<br>{}", text(&fix(it))));
        let first = finding.citations.first();
        let quote = first.and_then(|it| it.quote.lines().next());
        let quote: String = quote
            .unwrap_or_default()
            .chars()
            .take(QUOTE_CHARS)
            .collect();
        writeln!(
            out,
            "<br><small class=\"meta\">{}{}</small></td><td class=\"quote\"><code>{}</code></td></tr>",
            text(&confidence(finding)),
            fix.unwrap_or_default(),
            text(&quote)
        )
    }

    /// The cited lines, which findings and templates link to.
    fn write_lines(&self, out: &mut impl Write, at: usize, analyzed: &Analyzed) -> io::Result<()> {
        let analysis = &analyzed.analysis;
        let findings = &analysis.findings;
        let own = findings
            .iter()
            .flat_map(|it| it.citations.iter().chain(&it.recovery));
        let shown = analysis.templates.iter().take(TEMPLATES_SHOWN);
        let elsewhere = self.cited_elsewhere.get(&at);
        let mut lines: Vec<&Citation> = own
            .chain(elsewhere.into_iter().flatten().copied())
            .chain(shown.map(|it| &it.example))
            .collect();
        lines.sort_by_key(|citation| (citation.line_start, citation.byte_start));
        lines.dedup_by_key(|citation| (citation.line_start, &citation.quote));
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<details open><summary>Cited lines</summary><table class=\"lines\">"
        )?;
        let mut before = 0;
        for citation in lines {
            let line = citation.line_start;
            // Of several places in one line the first is the target.
            let id = if line == before {
                String::new()
            } else {
                format!(" id=\"f{at}l{line}\"")
            };
            before = line;
            let quote = text(&citation.quote);
            writeln!(
                out,
                "<tr{id}><td class=\"number\">{line}</td><td><code>{quote}</code></td></tr>"
            )?;
        }
        writeln!(out, "</table></details>")
    }
}

fn write_templates(out: &mut impl Write, at: usize, analysis: &Analysis) -> io::Result<()> {
    if analysis.templates.is_empty() {
        return Ok(());
    }
    let count = analysis.templates.len();
    writeln!(
        out,
        "<details><summary>Kinds of messages ({count})</summary><table>"
    )?;
    for template in analysis.templates.iter().take(TEMPLATES_SHOWN) {
        writeln!(
            out,
            "<tr><td class=\"number\">{}</td><td><code>{}</code> {}</td></tr>",
            template.count,
            text(&template.text),
            link(at, &template.example)
        )?;
    }
    writeln!(out, "</table>")?;
    if count > TEMPLATES_SHOWN {
        let more = count - TEMPLATES_SHOWN;
        writeln!(out, "<p class=\"meta\">and {more} rarer ones</p>")?;
    }
    writeln!(out, "</details>")
}

fn since(finding: &Finding) -> String {
    let since = finding.onset.or(finding.first_seen);
    since.map_or_else(String::new, |time| {
        time.format("%Y-%m-%d %H:%M:%S").to_string()
    })
}

fn link(at: usize, citation: &Citation) -> String {
    let line = citation.line_start;
    format!("<a href=\"#f{at}l{line}\">line {line}</a>")
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

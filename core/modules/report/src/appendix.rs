//! The appendix that factual lines cite: evidence, messages and findings with their quotes.

use std::collections::BTreeMap;

use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;

use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{cut, observed, second};

/// How many entries are quoted; the others are listed.
const QUOTES_MAX: usize = 200;
/// The most characters of a quote.
const QUOTE_MAX: usize = 2_000;

/// The labels by which lines cite entries of the appendix.
#[derive(Debug, Default)]
pub(crate) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Returns a label for everything that may be cited.
    pub(crate) fn of(material: &Material) -> Self {
        let mut labels = BTreeMap::new();
        let evidence = material.evidence.iter().map(|entry| &entry.evidence_id);
        let messages = material.messages.iter().map(|entry| &entry.message_id);
        let findings = material.findings.iter().map(|entry| &entry.finding_id);
        label(&mut labels, "E", evidence);
        label(&mut labels, "M", messages);
        label(&mut labels, "F", findings);
        Self(labels)
    }

    /// Returns the label of one entry; none when the appendix does not hold it.
    pub(crate) fn one(&self, id: &str) -> Vec<String> {
        self.0.get(id).cloned().into_iter().collect()
    }

    /// Returns the labels of several entries, in the order of `ids`.
    pub(crate) fn all<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        let labels = ids.into_iter().filter_map(|id| self.0.get(id));
        labels.cloned().collect()
    }

    /// Returns the label of a fact's source.
    pub(crate) fn of_fact(&self, fact: &case::Fact) -> Vec<String> {
        self.all([
            &fact.source_evidence_id,
            &fact.source_message_id,
            &fact.source_finding_id,
        ])
    }
}

fn label<'a>(
    labels: &mut BTreeMap<String, String>,
    letter: &str,
    ids: impl Iterator<Item = &'a String>,
) {
    for (index, id) in ids.enumerate() {
        labels.insert(id.clone(), format!("{letter}{}", index + 1));
    }
}

/// Adds the appendix to a report.
pub(crate) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Evidence");
    if labels.0.is_empty() {
        document.paragraph(Line::of("No evidence was collected."));
    }
    let mut quotes = QUOTES_MAX;
    for entry in &material.evidence {
        document.heading(3, labels.one(&entry.evidence_id).join(""));
        document.list_or(evidence_lines(entry, material, labels), "");
        if !entry.withdrawn {
            quote(document, &entry.quote, &mut quotes);
        }
    }
    for message in &material.messages {
        document.heading(3, labels.one(&message.message_id).join(""));
        document.list_or(message_lines(message, material), "");
        quote(document, &message.content, &mut quotes);
    }
    for finding in &material.findings {
        document.heading(3, labels.one(&finding.finding_id).join(""));
        document.list_or(finding_lines(finding, labels), "");
        for citation in finding.citations.iter().take(1) {
            quote(document, &citation.quote, &mut quotes);
        }
    }
    files(document, material);
}

fn record_of<'a>(material: &'a Material, evidence_id: &str) -> Option<&'a evidence::Evidence> {
    let mut records = material.records.iter();
    records.find(|record| record.evidence_id == evidence_id)
}

fn evidence_lines(entry: &case::EvidenceDigest, material: &Material, labels: &Labels) -> Vec<Line> {
    let record = record_of(material, &entry.evidence_id);
    let mut lines = Vec::new();
    if entry.withdrawn {
        lines.push(Line::named("Withdrawn").struck(&entry.claim));
    } else {
        lines.push(Line::named("Claim").prose(&entry.claim, labels));
    }
    lines.push(Line::named("Shows").text(shows(entry.category())));
    lines.push(source_line(entry, material));
    let seen = observed(entry.observed_from.as_ref(), entry.observed_to.as_ref());
    if !seen.is_empty() {
        lines.push(Line::named("Observed").text(seen));
    }
    if let Some(absence) = record.and_then(|record| record.absence.as_ref()) {
        lines.push(absence_line(absence));
    }
    let collector = record.map_or("", |record| record.collected_by.as_str());
    let collector = material.person(collector);
    let collected = format!("in turn {} by {collector}", entry.turn_number);
    lines.push(Line::named("Collected").text(collected));
    lines
}

fn shows(kind: case::EvidenceKind) -> &'static str {
    match kind {
        case::EvidenceKind::Symptom => "the symptom",
        case::EvidenceKind::Causal => "what may cause it",
        case::EvidenceKind::Resolution => "what was done about it",
        case::EvidenceKind::SymptomAbsence => "that the symptom is absent",
        case::EvidenceKind::CausalAbsence => "that the cause is absent",
        case::EvidenceKind::Other | case::EvidenceKind::Unspecified => "something else",
    }
}

fn source_line(entry: &case::EvidenceDigest, material: &Material) -> Line {
    if entry.file_id.is_empty() {
        let author = material.person(&entry.author_id);
        return Line::named("Source").text(format!("message of {author}"));
    }
    let bytes = format!("bytes {} to {},", entry.byte_start, entry.byte_end);
    Line::named("Source")
        .code(&entry.file_name)
        .text(format!("{},", lines(entry.line_start, entry.line_end)))
        .text(bytes)
        .text("SHA-256")
        .code(&entry.sha256)
}

fn lines(start: i64, end: i64) -> String {
    if start == end {
        return format!("line {start}");
    }
    format!("lines {start} to {end}")
}

fn absence_line(absence: &evidence::AbsenceProof) -> Line {
    let searched = lines(absence.line_start, absence.line_end);
    let seen = observed(absence.start_time.as_ref(), absence.end_time.as_ref());
    let when = if seen.is_empty() {
        String::new()
    } else {
        format!("({seen})")
    };
    Line::named("Searched")
        .text(searched)
        .text(when)
        .text("without a match")
}

fn message_lines(message: &case::Message, material: &Material) -> Vec<Line> {
    let author = material.person(&message.author_id);
    let turn = format!("of {author} in turn {}", message.turn_number);
    let time = message.create_time.as_ref().map(second);
    vec![
        Line::named("Message").text(turn),
        Line::named("Written").text(time.unwrap_or_default()),
    ]
}

fn finding_lines(finding: &evidence::Finding, labels: &Labels) -> Vec<Line> {
    let mut found = vec![Line::named("Finding").prose(&finding.statement, labels)];
    for citation in finding.citations.iter().take(1) {
        let bytes = format!("bytes {} to {},", citation.byte_start, citation.byte_end);
        let source = Line::named("Source")
            .code(&citation.filename)
            .text(format!(
                "{},",
                lines(citation.line_start, citation.line_end)
            ))
            .text(bytes)
            .text("SHA-256")
            .code(&citation.sha256);
        found.push(source);
    }
    found
}

fn quote(document: &mut Document, quote: &str, quotes: &mut usize) {
    let Some(left) = quotes.checked_sub(1) else {
        document.paragraph(Line::of("The quote is left out of this long report."));
        return;
    };
    *quotes = left;
    let (shown, whole) = cut(quote, QUOTE_MAX);
    document.quote(shown);
    if !whole {
        let rest = format!("The quote goes on; {QUOTE_MAX} characters are shown.");
        document.paragraph(Line::of(rest));
    }
}

fn files(document: &mut Document, material: &Material) {
    document.heading(2, "Files");
    let lines = material.files.iter().map(|file| {
        let upload = material
            .uploads
            .iter()
            .find(|upload| upload.file_id == file.file_id);
        file_line(file, upload, material.turn_of_file(&file.file_id))
    });
    document.list_or(lines.collect(), "No file was handed over.");
}

fn file_line(
    file: &case::FileDigest,
    upload: Option<&evidence::UploadedFile>,
    turn: Option<i32>,
) -> Line {
    let turn = turn.map(|turn| format!("turn {turn},"));
    let size = upload.map(|upload| format!("{} bytes,", upload.size_bytes));
    let origin = if file.top_level {
        ""
    } else {
        "unpacked or derived,"
    };
    Line::default()
        .code(&file.file_name)
        .text("—")
        .text(turn.unwrap_or_default())
        .text(size.unwrap_or_default())
        .text(origin)
        .text("SHA-256")
        .code(&file.sha256)
}

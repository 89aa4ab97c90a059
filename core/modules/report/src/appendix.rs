//! The appendix that factual lines cite: evidence, messages and findings with their quotes.

use std::collections::BTreeMap;

use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;

use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{cut, moment, observed, words};

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
        let record = record_of(material, &entry.evidence_id);
        document.list_or(evidence_lines(entry, record), "");
        if !entry.withdrawn {
            quote(document, &entry.quote, &mut quotes);
        }
    }
    for message in &material.messages {
        document.heading(3, labels.one(&message.message_id).join(""));
        document.list_or(message_lines(message), "");
        quote(document, &message.content, &mut quotes);
    }
    for finding in &material.findings {
        document.heading(3, labels.one(&finding.finding_id).join(""));
        document.list_or(finding_lines(finding), "");
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

fn evidence_lines(entry: &case::EvidenceDigest, record: Option<&evidence::Evidence>) -> Vec<Line> {
    let category = words(entry.category().as_str_name(), "EVIDENCE_KIND_");
    let mut lines = Vec::new();
    if entry.withdrawn {
        lines.push(Line::named("Withdrawn").struck(&entry.claim));
    } else {
        lines.push(Line::named("Claim").text(&entry.claim));
    }
    lines.push(Line::named("Shows").text(category));
    lines.push(source_line(entry));
    let seen = observed(entry.observed_from.as_ref(), entry.observed_to.as_ref());
    if !seen.is_empty() {
        lines.push(Line::named("Observed").text(seen));
    }
    let collector = record.map_or("", |record| record.collected_by.as_str());
    let turn = format!("in turn {}", entry.turn_number);
    lines.push(Line::named("Collected").text(turn).text(by(collector)));
    if let Some(absence) = record.and_then(|record| record.absence.as_ref()) {
        lines.push(absence_line(absence));
    }
    lines.push(Line::named("Id").code(&entry.evidence_id));
    lines
}

fn by(collector: &str) -> String {
    match collector {
        "" => String::new(),
        collector => format!("by {collector}"),
    }
}

fn source_line(entry: &case::EvidenceDigest) -> Line {
    let bytes = format!("bytes {}..{}", entry.byte_start, entry.byte_end);
    if entry.file_id.is_empty() {
        return Line::named("Source")
            .text("message")
            .code(&entry.message_id)
            .text("of user")
            .code(&entry.author_id)
            .text(bytes);
    }
    Line::named("Source")
        .code(&entry.file_name)
        .text(lines(entry.line_start, entry.line_end))
        .text(format!("{bytes},"))
        .text("SHA-256")
        .code(&entry.sha256)
}

fn lines(start: i64, end: i64) -> String {
    if start == end {
        return format!("line {start},");
    }
    format!("lines {start} to {end},")
}

fn absence_line(absence: &evidence::AbsenceProof) -> Line {
    let seen = observed(absence.start_time.as_ref(), absence.end_time.as_ref());
    Line::named("Searched")
        .text("without a match for signature")
        .code(&absence.signature)
        .text(lines(absence.line_start, absence.line_end))
        .text(seen)
}

fn message_lines(message: &case::Message) -> Vec<Line> {
    let time = message.create_time.as_ref().map(moment);
    let turn = format!("in turn {}", message.turn_number);
    vec![
        Line::named("Message")
            .code(&message.message_id)
            .text("of user")
            .code(&message.author_id)
            .text(turn),
        Line::named("Written").text(time.unwrap_or_default()),
    ]
}

fn finding_lines(finding: &evidence::Finding) -> Vec<Line> {
    let mut found = vec![
        Line::named("Finding").text(&finding.statement),
        Line::named("Id").code(&finding.finding_id),
    ];
    for citation in finding.citations.iter().take(1) {
        let bytes = format!("bytes {}..{},", citation.byte_start, citation.byte_end);
        let source = Line::named("Source")
            .code(&citation.filename)
            .text(lines(citation.line_start, citation.line_end))
            .text(bytes)
            .text("SHA-256")
            .code(&citation.sha256);
        found.insert(1, source);
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
        file_line(file, upload)
    });
    document.list_or(lines.collect(), "No file was handed over.");
}

fn file_line(file: &case::FileDigest, upload: Option<&evidence::UploadedFile>) -> Line {
    let turn = format!("turn {},", file.turn_number);
    let size = upload.map(|upload| format!("{} bytes,", upload.size_bytes));
    let origin = if file.top_level {
        ""
    } else {
        "unpacked or derived,"
    };
    Line::default()
        .code(&file.file_name)
        .text(turn)
        .text(size.unwrap_or_default())
        .text(origin)
        .text("SHA-256")
        .code(&file.sha256)
}

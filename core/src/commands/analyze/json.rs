//! All analyses as one JSON document that stands alone, and its schema.

use std::collections::BTreeMap;
use std::io::{self, Write};

use faultmaven_analysis::{Analysis, Finding, Remedy};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer as _};
use serde_json::{Value, json};

use super::inputs::{Analyzed, Inputs};

/// What was named, one entry per file or member of an archive.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Entry<'a, A> {
    Read(Read<'a, A>),
    Skipped(Skipped<'a>),
}

/// A file that was read, and everything found in it.
#[derive(Serialize, JsonSchema)]
struct Read<'a, A> {
    /// As it was named or found; that of a member of an archive goes on within it.
    path: &'a str,
    /// Lower-case hex SHA-256 of the bytes that citations are of: those of the file, of the unpacked
    /// member, or of the text that was taken out of a document. `coverage.bytes_total` is their number.
    sha256: &'a str,
    /// SHA-256 of the document, where its text was analysed.
    #[serde(skip_serializing_if = "Option::is_none")]
    document_sha256: Option<&'a str>,
    /// What was assumed, left out or read in part, in words; `coverage.limits_hit` names the same.
    notes: Vec<String>,
    #[serde(flatten)]
    analysis: A,
}

/// A file that was not read, or not to be judged.
#[derive(Serialize, JsonSchema)]
struct Skipped<'a> {
    path: &'a str,
    /// Why.
    skipped: String,
    /// Always empty, so that programs may go over the findings of all entries.
    findings: [Finding; 0],
}

/// Writes one array: what was read, then what was not and why.
pub(super) fn write(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    let files = inputs.analyzed.iter();
    let digests: BTreeMap<&str, &str> = files
        .map(|it| (it.name.as_str(), it.sha256.as_str()))
        .collect();
    let skipped = inputs.skipped.iter();
    let skipped = skipped.map(|(path, reason)| (path.as_str(), reason.clone()));
    let unreadable = inputs.unreadable.iter();
    let unreadable = unreadable.map(|it| (it.name.as_str(), it.reason.to_string()));
    let mut serializer = serde_json::Serializer::pretty(&mut *out);
    let mut entries = serializer.serialize_seq(None)?;
    for analyzed in &inputs.analyzed {
        entries.serialize_element(&read(inputs, analyzed, &digests)?)?;
    }
    for (path, skipped) in skipped.chain(unreadable) {
        let findings = [];
        let entry = Skipped {
            path,
            skipped,
            findings,
        };
        entries.serialize_element(&Entry::<Value>::Skipped(entry))?;
    }
    entries.end()?;
    writeln!(out)
}

/// Writes the JSON schema of what `write` writes.
pub(super) fn write_schema(out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &schema())?;
    writeln!(out)
}

fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut generator = settings.into_generator();
    let remedy = Value::from(generator.subschema_for::<Remedy>());
    let mut schema = generator.into_root_schema_for::<Vec<Entry<'static, Analysis>>>();
    schema.insert(
        "title".to_owned(),
        json!("faultmaven analyze --format json"),
    );
    let cited = schema.pointer_mut("/$defs/Citation/properties");
    if let Some(Value::Object(cited)) = cited {
        let of_findings = |what: &str| {
            let description = format!("{what}; in the citations of findings.");
            json!({"type": "string", "description": description})
        };
        let file = of_findings("Path of the entry whose bytes are cited");
        let sha256 = of_findings("SHA-256 of these bytes");
        cited.insert("file".to_owned(), file);
        cited.insert("sha256".to_owned(), sha256);
    }
    let finding = schema.pointer_mut("/$defs/Finding/properties");
    if let (Some(Value::Object(finding)), Value::Object(mut remedy)) = (finding, remedy) {
        let description = "What helps, where the catalogue's entry behind the finding says it.";
        remedy.insert("description".to_owned(), description.into());
        finding.insert("remedy".to_owned(), remedy.into());
    }
    schema
}

/// Returns a file with citations that name it, each of which can be verified by itself, and what helps.
fn read<'a>(
    inputs: &Inputs,
    analyzed: &'a Analyzed,
    digests: &BTreeMap<&str, &str>,
) -> serde_json::Result<Entry<'a, Value>> {
    let mut analysis = serde_json::to_value(&analyzed.analysis)?;
    let complete = |citation: Option<&mut Value>, file: &str, sha256: Option<&str>| {
        if let Some(Value::Object(citation)) = citation {
            citation.insert("file".to_owned(), file.into());
            citation.insert("sha256".to_owned(), json!(sha256));
        }
    };
    // Several files may have one name.
    let own = Some(analyzed.sha256.as_str());
    let found = analyzed.analysis.findings.iter();
    for (finding, found) in list(&mut analysis, "findings").zip(found) {
        if let Some(remedy) = inputs.remedy(found) {
            finding["remedy"] = serde_json::to_value(remedy)?;
        }
        for citation in list(finding, "citations") {
            complete(Some(citation), &analyzed.name, own);
        }
        complete(finding.get_mut("recovery"), &analyzed.name, own);
        for place in list(finding, "elsewhere") {
            let file = place["file"].as_str().unwrap_or_default().to_owned();
            let sha256 = digests.get(file.as_str()).copied();
            complete(place.get_mut("citation"), &file, sha256);
        }
    }
    Ok(Entry::Read(Read {
        path: &analyzed.name,
        sha256: &analyzed.sha256,
        document_sha256: analyzed.document_sha256.as_deref(),
        notes: analyzed.analysis.coverage.notes(),
        analysis,
    }))
}

fn list<'a>(of: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = of.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

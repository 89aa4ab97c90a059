//! Findings, templates, entities and citations on the wire.

use faultmaven_analysis::{self as engine, Citation, Severity};
use faultmaven_proto::evidence::v1 as pb;
use sha2::{Digest as _, Sha256};

use super::{signed, time};
use crate::entity::file;
use crate::report::StoredTemplate;

/// Returns the wire form of a citation of `file`.
pub(crate) fn citation(file: &file::Model, citation: Citation) -> pb::FileCitation {
    pb::FileCitation {
        file_id: file.file_id.clone(),
        filename: file.filename.clone(),
        sha256: file.sha256.clone(),
        byte_start: signed(citation.byte_start),
        byte_end: signed(citation.byte_end),
        line_start: signed(citation.line_start),
        line_end: signed(citation.line_end),
        quote: citation.quote,
    }
}

/// Returns the wire form of a finding in `file`.
pub(crate) fn to_wire(file: &file::Model, finding: engine::Finding) -> pb::Finding {
    pb::Finding {
        finding_id: finding_id(file, &finding),
        file_id: file.file_id.clone(),
        kind: finding.kind.as_str().to_owned(),
        severity: severity(finding.severity).into(),
        statement: finding.statement,
        signature: finding.signature,
        count: signed(finding.count),
        first_seen: time(finding.first_seen),
        last_seen: time(finding.last_seen),
        score: finding.score,
        component: finding.component.unwrap_or_default(),
        catalogue_id: finding.signature_id.unwrap_or_default(),
        citations: finding
            .citations
            .into_iter()
            .map(|found| citation(file, found))
            .collect(),
        recovery: finding.recovery.map(|found| citation(file, found)),
        confidence: finding.confidence,
        reasons: finding.reasons,
    }
}

/// Returns the wire form of a template of `file`.
pub(crate) fn template(file: &file::Model, template: StoredTemplate) -> pb::Template {
    pb::Template {
        template_id: template.id,
        text: template.text,
        count: signed(template.count),
        first_seen: time(template.first_seen),
        last_seen: time(template.last_seen),
        level: template.level,
        example: Some(citation(file, template.example)),
    }
}

/// Returns the wire form of an entity.
pub(crate) fn entity(entity: &engine::Entity) -> pb::Entity {
    pb::Entity {
        kind: crate::report::kind_name(entity.kind).to_owned(),
        value: entity.value.clone(),
        count: signed(entity.count),
        error_count: signed(entity.error_count),
    }
}

/// Returns an id that the same finding in the same file always gets.
fn finding_id(file: &file::Model, finding: &engine::Finding) -> String {
    let mut hash = Sha256::new();
    let start = finding
        .citations
        .first()
        .map_or(0, |first| first.byte_start);
    for part in [
        &file.file_id,
        finding.kind.as_str(),
        &finding.signature,
        &start.to_string(),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("find_{}", &hex::encode(hash.finalize())[..16])
}

pub(crate) fn severity(severity: Severity) -> pb::Severity {
    match severity {
        Severity::Info => pb::Severity::Info,
        Severity::Warn => pb::Severity::Warn,
        Severity::Error => pb::Severity::Error,
        Severity::Critical => pb::Severity::Critical,
    }
}

//! What the engine found, one by one.

use faultmaven_proto::evidence::v1 as proto;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::case_evidence::FileCitation;
use crate::wire;

/// One result of the analysis.
#[derive(Serialize, ToSchema)]
pub(super) struct Finding {
    finding_id: String,
    /// For instance `error_signature` or `template_burst`.
    kind: String,
    /// `info`, `warn`, `error` or `critical`.
    severity: String,
    statement: String,
    /// Stable across files.
    signature: String,
    count: i64,
    first_seen: Option<String>,
    last_seen: Option<String>,
    /// 0..1, likely origins first.
    score: f64,
    /// 0..1, how sure it is that this tells of something wrong; 0 where it was not judged.
    confidence: f64,
    /// What the confidence rests on, the basis first.
    reasons: Vec<String>,
    component: Option<String>,
    catalogue_id: Option<String>,
    citations: Vec<FileCitation>,
}

/// Lines of one shape.
#[derive(Serialize, ToSchema)]
pub(super) struct Template {
    template_id: String,
    /// The line with its variable parts masked.
    text: String,
    count: i64,
    first_seen: Option<String>,
    last_seen: Option<String>,
    level: Option<String>,
    example: Option<FileCitation>,
}

/// A name seen in a file.
#[derive(Serialize, ToSchema)]
pub(super) struct Entity {
    kind: String,
    value: String,
    count: i64,
    error_count: i64,
}

impl Finding {
    pub(super) fn new(finding: proto::Finding) -> Self {
        Self {
            severity: wire::word(finding.severity().as_str_name(), "SEVERITY_"),
            first_seen: wire::time(finding.first_seen),
            last_seen: wire::time(finding.last_seen),
            finding_id: finding.finding_id,
            kind: finding.kind,
            statement: finding.statement,
            signature: finding.signature,
            count: finding.count,
            score: finding.score,
            confidence: finding.confidence,
            reasons: finding.reasons,
            component: wire::given(finding.component),
            catalogue_id: wire::given(finding.catalogue_id),
            citations: finding
                .citations
                .into_iter()
                .map(FileCitation::new)
                .collect(),
        }
    }
}

impl Template {
    pub(super) fn new(template: proto::Template) -> Self {
        Self {
            first_seen: wire::time(template.first_seen),
            last_seen: wire::time(template.last_seen),
            template_id: template.template_id,
            text: template.text,
            count: template.count,
            level: wire::given(template.level),
            example: template.example.map(FileCitation::new),
        }
    }
}

impl Entity {
    pub(super) fn new(entity: proto::Entity) -> Self {
        Self {
            kind: entity.kind,
            value: entity.value,
            count: entity.count,
            error_count: entity.error_count,
        }
    }
}

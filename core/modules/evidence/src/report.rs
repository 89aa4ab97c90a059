//! What is kept of an analysis, so that a case can be judged without reading its files again.

use chrono::{DateTime, Utc};
use faultmaven_analysis::{
    Analysis, Catalogue, Change, ChangeDirection, Citation, Clues, Entity, EntityKind, Finding,
    Inventory, Level, Template,
};
use serde::{Deserialize, Serialize};

use crate::entity::analysis::Model;
use crate::error::EvidenceError;
use crate::indications::{StoredIndication, indications};

const TEMPLATES_MAX: usize = 500;
const CHANGES_MAX: usize = 500;

/// The stored part of an analysis.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct StoredReport {
    /// Likely origins first.
    pub(crate) findings: Vec<Finding>,
    /// Most frequent first.
    pub(crate) templates: Vec<StoredTemplate>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) changes: Vec<Change>,
    pub(crate) indications: Vec<StoredIndication>,
    #[serde(default)]
    pub(crate) inventory: Inventory,
    /// What is laid beside other files.
    #[serde(default)]
    pub(crate) clues: Clues,
}

/// Lines of one shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredTemplate {
    pub(crate) id: String,
    pub(crate) signature: String,
    pub(crate) text: String,
    pub(crate) count: u64,
    pub(crate) first_seen: Option<DateTime<Utc>>,
    pub(crate) last_seen: Option<DateTime<Utc>>,
    /// Empty when most lines carry none.
    pub(crate) level: String,
    pub(crate) component: Option<String>,
    pub(crate) example: Citation,
    /// The last line of the last one.
    pub(crate) last_line: u64,
    pub(crate) mean_interval_s: Option<f64>,
}

impl StoredReport {
    /// Returns what is kept of `analysis`, judged against the catalogue.
    pub(crate) fn new(mut analysis: Analysis, catalogue: &Catalogue) -> Self {
        let indications = indications(&analysis, catalogue);
        analysis.templates.truncate(TEMPLATES_MAX);
        keep_taking_away(&mut analysis.changes);
        Self {
            indications,
            findings: analysis.findings,
            templates: analysis
                .templates
                .into_iter()
                .map(stored_template)
                .collect(),
            entities: analysis.entities,
            changes: analysis.changes,
            inventory: analysis.inventory,
            clues: analysis.clues,
        }
    }

    /// Returns the report in a stored analysis.
    pub(crate) fn of(row: &Model) -> Result<Self, EvidenceError> {
        Ok(serde_json::from_str(&row.report)?)
    }
}

/// Of very many changes, those that take something away or alter it are kept first.
fn keep_taking_away(changes: &mut Vec<Change>) {
    if changes.len() > CHANGES_MAX {
        changes.sort_by_key(|change| change.direction == ChangeDirection::Added);
        changes.truncate(CHANGES_MAX);
    }
}

/// Returns the name of a kind of entity.
pub(crate) fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Ip => "ip",
        EntityKind::Host => "host",
        EntityKind::Service => "service",
        EntityKind::User => "user",
        EntityKind::Pid => "pid",
        EntityKind::Port => "port",
        EntityKind::Path => "path",
        EntityKind::TraceId => "trace_id",
        EntityKind::RequestId => "request_id",
        EntityKind::Session => "session",
        EntityKind::Pod => "pod",
    }
}

fn stored_template(template: Template) -> StoredTemplate {
    let level = template.levels.dominant().map(level_name);
    StoredTemplate {
        id: template.id,
        signature: template.signature,
        text: template.text,
        count: template.count,
        first_seen: template.first_seen,
        last_seen: template.last_seen,
        level: level.unwrap_or_default().to_owned(),
        component: template.component,
        example: template.example,
        last_line: template.last.line_end,
        mean_interval_s: template.mean_interval_s,
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
        Level::Fatal => "fatal",
    }
}

//! A runbook in the library, drafted from a case whose cause is confirmed.

use std::collections::BTreeMap;

use faultmaven_analysis::SensitiveKind;
use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1::{Assurance, CaseAccess, CaseStatus, FactKind};
use faultmaven_proto::knowledge::v1 as knowledge;
use faultmaven_proto::report::v1 as pb;
use serde_json::json;

use crate::advice::{SHOW, SimilarRunbook};
use crate::bundle::Passage;
use crate::error::Error;
use crate::mask::{Hides, Mask};
use crate::material::Material;
use crate::report::Kind;
use crate::reports::Reports;
use crate::{markdown, skeleton};

/// What the library lets a title, a tag and a list of tags be.
const TITLE_MAX: usize = 500;
const TAG_MAX: usize = 50;
const TAGS_MAX: usize = 20;
/// Stands for whoever took part; a runbook is about the failure.
const SOMEBODY: &str = "a user";

/// A draft in the library.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) document: knowledge::Document,
    /// The library had the same text already.
    pub(crate) existed: bool,
    pub(crate) replayed: bool,
    /// How many different values were masked.
    pub(crate) masked: BTreeMap<SensitiveKind, usize>,
    pub(crate) similar: Vec<SimilarRunbook>,
}

/// A runbook without secrets and names.
struct Text {
    title: String,
    content: String,
    tags: Vec<String>,
    masked: BTreeMap<SensitiveKind, usize>,
}

impl Reports {
    /// Stores a runbook of a case in the caller's own library.
    pub(crate) async fn draft_runbook(
        &self,
        ctx: &Ctx,
        request: pb::DraftRunbookRequest,
    ) -> Result<Drafted, Error> {
        let ctx = ctx.clone().with_timeout(self.deadline);
        let case_id = request.case_id;
        self.gatherer
            .check_access(&ctx, &case_id, CaseAccess::Write)
            .await?;
        let known = self.gatherer.investigation(&ctx, &case_id).await?;
        let is_resolved = known.case.status() == CaseStatus::Resolved;
        if !is_resolved || known.assurance() != Assurance::Confirmed {
            return Err(Error::CauseNotConfirmed);
        }
        let similar = self.gatherer.similar_runbooks(&ctx, &known).await?;
        let material = self.gatherer.gather(&ctx, &case_id).await?;
        let case_version = material.case.version;
        let quoted = self.gatherer.passages(&ctx, &material, &material.messages);
        let passages = quoted.await?;
        let text = tokio::task::spawn_blocking(move || write(material, &passages)).await??;
        let masked = text.masked.clone();
        let document = text.document(&case_id, case_version, request.request_id);
        let stored = self.gatherer.store_document(&ctx, document).await?;
        let document = stored.document.ok_or(Error::NoDocument)?;
        let details = json!({"document_id": document.document_id, "case_version": case_version});
        self.audit.done(&ctx, "runbook.draft", &case_id, &details);
        Ok(Drafted {
            document,
            existed: !stored.duplicate_of.is_empty(),
            replayed: stored.replayed,
            masked,
            similar: similar
                .into_iter()
                .filter(|runbook| runbook.similarity >= SHOW)
                .collect(),
        })
    }
}

fn write(mut material: Material, passages: &[Passage]) -> Result<Text, Error> {
    for name in material.people.values_mut() {
        SOMEBODY.clone_into(name);
    }
    let document = skeleton::write_guide(&material);
    let mut mask = Mask::new(Hides::SecretsAndPersonalData)?;
    mask.learn(passages);
    // What one text gives away as a secret is masked in all.
    mask.document(&document)?;
    mask.sweep_known();
    let content = markdown::render(&mask.document(&document)?);
    let title = mask.text(&skeleton::title(Kind::Runbook, &material.case));
    let tags = tags(&material, &mut mask);
    Ok(Text {
        title: title.chars().take(TITLE_MAX).collect(),
        content,
        tags,
        masked: mask.counts(),
    })
}

/// Returns the id of the case, its tags and the services that were affected.
fn tags(material: &Material, mask: &mut Mask) -> Vec<String> {
    let services = material.facts_of(FactKind::AffectedService);
    let services = services.map(|fact| fact.value.as_str());
    let named = material
        .case
        .tags
        .iter()
        .map(String::as_str)
        .chain(services);
    let mut tags = vec![material.case.case_id.clone()];
    for tag in named {
        let tag: String = mask.text(tag).trim().chars().take(TAG_MAX).collect();
        let is_new = tags
            .iter()
            .all(|other| other.to_lowercase() != tag.to_lowercase());
        if is_new && !tag.trim().is_empty() && tags.len() < TAGS_MAX {
            tags.push(tag);
        }
    }
    tags
}

impl Text {
    fn document(
        self,
        case_id: &str,
        case_version: i64,
        request_id: String,
    ) -> knowledge::CreateDocumentRequest {
        let masked = self.masked.iter();
        let masked: BTreeMap<String, usize> = masked
            .map(|(kind, count)| (kind.as_str().to_lowercase(), *count))
            .collect();
        let metadata = json!({
            "lineage": {
                "case_id": case_id,
                "case_version": case_version,
                "extractor": concat!("faultmaven ", env!("CARGO_PKG_VERSION")),
            },
            "grade": "confirmed",
            "masked": masked,
        });
        knowledge::CreateDocumentRequest {
            title: self.title,
            content: self.content,
            scope: knowledge::DocumentScope::Personal.into(),
            review: knowledge::DocumentReview::Draft.into(),
            type_label: Kind::Runbook.as_str().to_owned(),
            description: format!("Draft from {case_id}; read it before others rely on it."),
            tags: self.tags,
            metadata_json: metadata.to_string(),
            request_id,
            ..Default::default()
        }
    }
}

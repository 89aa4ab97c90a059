//! What evidence cites, read from where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use faultmaven_analysis::Encoding;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;
use faultmaven_proto::evidence::v1::download_file_response::Part;

use super::{Gatherer, from_evidence, is_absent};
use crate::bundle::{Around, Passage, window};
use crate::material::Material;

impl Gatherer {
    /// Returns what each valid piece of evidence cites, with its surroundings.
    pub(crate) async fn passages(
        &self,
        ctx: &Ctx,
        material: &Material,
        messages: &[case::Message],
    ) -> Result<Vec<Passage>, Fault> {
        let uploads = material.uploads.iter();
        let uploads: BTreeMap<&str, &evidence::UploadedFile> =
            uploads.map(|it| (it.file_id.as_str(), it)).collect();
        let mut passages = Vec::new();
        for entry in material.evidence.iter().filter(|entry| !entry.withdrawn) {
            let passage = match uploads.get(entry.file_id.as_str()) {
                Some(file) => self.in_file(ctx, entry, file).await?,
                None => in_message(entry, material, messages),
            };
            passages.extend(passage);
        }
        Ok(passages)
    }

    async fn in_file(
        &self,
        ctx: &Ctx,
        entry: &case::EvidenceDigest,
        file: &evidence::UploadedFile,
    ) -> Result<Option<Passage>, Fault> {
        let cited = entry.byte_start..entry.byte_end;
        let at = window(&cited, file.size_bytes);
        let Some(bytes) = self.bytes(ctx, &file.file_id, &at).await? else {
            return Ok(None);
        };
        let around = Around {
            bytes: &bytes,
            at,
            size: file.size_bytes,
            encoding: Encoding::named(&file.encoding).unwrap_or(Encoding::Utf8),
        };
        let id = &entry.evidence_id;
        Ok(Passage::of(id, &around, &cited, entry.line_start))
    }

    /// Returns bytes of a file; none when it is gone.
    async fn bytes(
        &self,
        ctx: &Ctx,
        file_id: &str,
        at: &Range<i64>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let request = ctx.request(evidence::DownloadFileRequest {
            file_id: file_id.to_owned(),
            byte_start: at.start,
            byte_end: at.end,
        });
        let mut stream = match self.evidence().download_file(request).await {
            Err(status) if is_absent(&status) => return Ok(None),
            response => from_evidence(response)?,
        };
        let mut bytes = Vec::new();
        let failed = |status| Fault::from_callee("evidence", status);
        while let Some(message) = stream.message().await.map_err(failed)? {
            if let Some(Part::Chunk(chunk)) = message.part {
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(Some(bytes))
    }
}

fn in_message(
    entry: &case::EvidenceDigest,
    material: &Material,
    messages: &[case::Message],
) -> Option<Passage> {
    let mut messages = messages.iter();
    let message = messages.find(|message| message.message_id == entry.message_id)?;
    let bytes = message.content.as_bytes();
    let cited = cited_in_message(entry, material, &message.content)?;
    let before = bytes.get(..usize::try_from(cited.start).ok()?)?;
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    let size = i64::try_from(bytes.len()).ok()?;
    let around = Around {
        bytes,
        at: 0..size,
        size,
        encoding: Encoding::Utf8,
    };
    let line = i64::try_from(breaks).ok()? + 1;
    Passage::of(&entry.evidence_id, &around, &cited, line)
}

fn cited_in_message(
    entry: &case::EvidenceDigest,
    material: &Material,
    content: &str,
) -> Option<Range<i64>> {
    let mut records = material.records.iter();
    let record = records.find(|record| record.evidence_id == entry.evidence_id);
    let citation = record.and_then(|record| record.message_citation.as_ref());
    if let Some(citation) = citation {
        return Some(citation.byte_start..citation.byte_end);
    }
    let start = content.find(&entry.quote)?;
    let end = start + entry.quote.len();
    Some(i64::try_from(start).ok()?..i64::try_from(end).ok()?)
}

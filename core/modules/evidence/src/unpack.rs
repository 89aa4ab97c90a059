//! The content of an archive becomes files of their own, as far as it can be unpacked.

use std::collections::HashSet;

use faultmaven_analysis::{SkipReason, UnpackLimits};
use faultmaven_kit::Ctx;

use crate::convert::class;
use crate::entity::file::{FileOrigin, Model};
use crate::error::EvidenceError;
use crate::intake::{NewFile, Parent, store_file};
use crate::note::Note;
use crate::parts::Parts;
use crate::store::{Inserted, Verdict};
use crate::{jobs, media, name};
use members::{Ended, Member};

mod members;
mod words;

/// Members that are told to the case and analysed together, while further ones are unpacked.
const PUBLISHED_AT_ONCE: usize = 20;
/// Largest zip file within another archive, which is held in memory.
const NESTED_ZIP_MAX: u64 = 64 << 20;

/// What became of the members.
#[derive(Debug, Default)]
struct Tally {
    /// Name and id of new files.
    stored: Vec<(String, String)>,
    /// Name and id of files that were known before.
    known: Vec<(String, String)>,
    /// What was left out, and why.
    skipped: Vec<(String, SkipReason)>,
    skipped_more: u64,
}

/// Unpacks an archive into members and starts their analysis.
pub(crate) async fn unpack(
    parts: &Parts,
    ctx: &Ctx,
    archive: &Model,
) -> Result<Verdict, EvidenceError> {
    let config = &parts.config;
    // What came out of an archive is not unpacked as deep again.
    let depth = u32::try_from(archive.depth).unwrap_or(u32::MAX);
    let max_depth = config.max_archive_depth.saturating_sub(depth);
    let limits = UnpackLimits {
        max_bytes: config.max_unpacked_bytes,
        max_ratio: config.max_unpack_ratio,
        max_members: config.max_archive_members,
        max_depth: max_depth as usize,
        max_nested_zip: NESTED_ZIP_MAX,
    };
    let earlier = earlier_members(parts, archive).await?;
    let known_paths = earlier.iter().map(|it| it.member_path.clone()).collect();
    let mut tally = Tally {
        known: earlier
            .into_iter()
            .map(|it| (it.filename, it.file_id))
            .collect(),
        ..Tally::default()
    };
    let mut unpacking = members::unpack(parts, archive, limits, known_paths).await?;
    let mut names = HashSet::new();
    let mut unpublished = Vec::new();
    while let Some(member) = unpacking.members.recv().await {
        let new = described(archive, &member, &mut names);
        if let Some(stored) = keep(parts, new, member, &mut tally).await? {
            unpublished.push(stored);
        }
        if unpublished.len() >= PUBLISHED_AT_ONCE {
            publish(parts, ctx, &mut unpublished).await?;
        }
    }
    publish(parts, ctx, &mut unpublished).await?;
    let report = unpacking
        .report
        .await
        .map_err(|_| EvidenceError::UploadIncomplete)??;
    tally.skipped.extend(report.skipped);
    tally.skipped_more = report.skipped_more;
    Ok(words::verdict(archive, &tally, config))
}

/// Returns what an earlier attempt that was cut short has unpacked already.
async fn earlier_members(parts: &Parts, archive: &Model) -> Result<Vec<Model>, EvidenceError> {
    let ids = [archive.file_id.clone()];
    let mut family = parts.store.files_with_members(&ids).await?;
    family.retain(|file| file.parent_file_id.as_ref() == Some(&archive.file_id));
    Ok(family)
}

/// Stores one member; returns it when it is new.
async fn keep(
    parts: &Parts,
    new: NewFile,
    member: Member,
    tally: &mut Tally,
) -> Result<Option<Model>, EvidenceError> {
    // The unpacker itself keeps to the limits and knows better what went wrong.
    let stored = store_file(parts, new, member.bytes, u64::MAX).await;
    let ended = member.ended.await.unwrap_or(Ended::Dropped);
    match (stored, ended) {
        (Ok(Inserted::New(file)), ended) => {
            if ended == Ended::CutShort {
                parts.store.note_damage(&file).await?;
            }
            tally
                .stored
                .push((file.filename.clone(), file.file_id.clone()));
            Ok(Some(file))
        }
        (Ok(Inserted::Duplicate(earlier)), _) => {
            tally.known.push((earlier.filename, earlier.file_id));
            Ok(None)
        }
        // An empty member is none; of others the report says why nothing could be kept.
        (Err(EvidenceError::UploadIncomplete | EvidenceError::EmptyFile), _) => Ok(None),
        (Err(error), _) => Err(error),
    }
}

async fn publish(
    parts: &Parts,
    ctx: &Ctx,
    unpublished: &mut Vec<Model>,
) -> Result<(), EvidenceError> {
    if unpublished.is_empty() {
        return Ok(());
    }
    let published = jobs::publish(parts, ctx, unpublished.iter_mut().collect()).await;
    unpublished.clear();
    published
}

/// Returns what is known of a member before its first byte.
fn described(archive: &Model, member: &Member, names: &mut HashSet<String>) -> NewFile {
    let (filename, user_class) = match &member.path {
        Some(path) => {
            let base = name::base_name(path);
            let is_first = names.insert(base.clone());
            (if is_first { base } else { path.clone() }, None)
        }
        None => {
            let class = archive
                .class_from_user
                .then(|| class::parse(&archive.data_class));
            (name::unpacked_name(&archive.filename), class.flatten())
        }
    };
    NewFile {
        owner_id: archive.owner_id.clone(),
        uploaded_by: archive.uploaded_by.clone(),
        case_id: archive.case_id.clone(),
        turn: archive.uploaded_at_turn,
        parent: Some(Parent {
            file_id: archive.file_id.clone(),
            depth: archive.depth,
            path: member.path.clone().unwrap_or_else(|| filename.clone()),
        }),
        origin: FileOrigin::Member,
        filename,
        user_class,
        source_url: String::new(),
        note: Note::default(),
    }
}

/// Returns whether the content of a file is looked into.
pub(crate) fn is_unpacked(file: &Model) -> bool {
    media::archive_kind(&file.media_type).is_some_and(|kind| kind.is_unpacked(&file.filename))
}

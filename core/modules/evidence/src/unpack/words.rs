//! What is told about an archive and what was left out of it.

use faultmaven_analysis::{SkipReason, UnpackLimit};

use super::Tally;
use crate::config::Config;
use crate::entity::file::Model;
use crate::media;
use crate::store::{Partial, Verdict};

const NAMED: usize = 3;

/// Returns how unpacking an archive ended.
pub(super) fn verdict(archive: &Model, tally: &Tally, config: &Config) -> Verdict {
    if tally.stored.is_empty() && tally.known.is_empty() {
        return nothing(tally, config);
    }
    Verdict::Unpacked {
        summary: summary(archive, tally),
        partial: partial(archive, tally, config),
    }
}

fn summary(archive: &Model, tally: &Tally) -> String {
    let kind = media::short_name(&archive.media_type);
    match (tally.stored.as_slice(), tally.known.as_slice()) {
        ([(name, id)], []) => format!("{kind} archive of {name} ({id})"),
        ([], [(name, id)]) => format!("{kind} archive of the same bytes as {name} ({id})"),
        (stored, known) => {
            let shown = stored.iter().chain(known).take(NAMED);
            let shown: Vec<&str> = shown.map(|(name, _)| name.as_str()).collect();
            let count = stored.len() + known.len();
            let more = if count > NAMED { ", …" } else { "" };
            let known = match known.len() {
                0 => String::new(),
                count => format!(", {count} of which the case had already"),
            };
            format!(
                "{kind} archive of {count} files ({}{more}){known}",
                shown.join(", ")
            )
        }
    }
}

/// Returns what is said when not everything was unpacked; links and devices are no content.
fn partial(archive: &Model, tally: &Tally, config: &Config) -> Option<Partial> {
    let content = |skip: &&(String, SkipReason)| skip.1 != SkipReason::NotAFile;
    let left_out: Vec<_> = tally.skipped.iter().filter(content).collect();
    if left_out.is_empty() {
        return None;
    }
    if let [(path, SkipReason::Damaged(_))] = left_out.as_slice()
        && *path == archive.filename
        && tally.stored.len() + tally.known.len() == 1
    {
        return Some(Partial::damaged(
            "the data are damaged or end early; what came before that was read; upload the complete file for the rest",
        ));
    }
    let named = left_out.iter().take(NAMED);
    let mut told: Vec<String> = named
        .map(|(path, reason)| format!("{}: {}", below(archive, path), in_words(reason, config)))
        .collect();
    let more = left_out.len().saturating_sub(NAMED) as u64 + tally.skipped_more;
    if more > 0 {
        told.push(format!("{more} more"));
    }
    Some(Partial::incomplete(format!(
        "not everything in the archive was read: {}",
        told.join("; ")
    )))
}

/// Returns the path within the archive, or the archive's name when it is meant itself.
fn below<'a>(archive: &Model, path: &'a str) -> &'a str {
    let inner = path.strip_prefix(archive.filename.as_str());
    inner.and_then(|it| it.strip_prefix('/')).unwrap_or(path)
}

fn in_words(reason: &SkipReason, config: &Config) -> String {
    match reason {
        SkipReason::Limit(limit) => limit_in_words(*limit, config),
        SkipReason::Damaged(_) => {
            "it is damaged or ends early; upload the complete file".to_owned()
        }
        SkipReason::UnsafePath => {
            "its path leads out of the archive; upload the file itself".to_owned()
        }
        other => other.to_string(),
    }
}

fn limit_in_words(limit: UnpackLimit, config: &Config) -> String {
    match limit {
        UnpackLimit::Bytes => format!(
            "the content is larger than {} bytes; split the file before compressing it",
            config.max_unpacked_bytes
        ),
        UnpackLimit::Ratio => format!(
            "the content is more than {} times larger than the archive; upload it uncompressed",
            config.max_unpack_ratio
        ),
        UnpackLimit::Members => format!(
            "it holds more than {} files; upload those that matter",
            config.max_archive_members
        ),
        UnpackLimit::Depth => format!(
            "archives are unpacked {} levels deep; upload the inner file itself",
            config.max_archive_depth
        ),
        UnpackLimit::NestedZip => {
            "the zip or 7z file within the archive is too large; upload it itself".to_owned()
        }
    }
}

/// Returns what is said of an archive of which nothing was kept.
fn nothing(tally: &Tally, config: &Config) -> Verdict {
    let Some((_, reason)) = tally.skipped.first() else {
        return unanalyzable(
            "empty_archive",
            "the archive holds no file, or empty ones only".to_owned(),
        );
    };
    let name = match reason {
        SkipReason::Damaged(_) => {
            return Verdict::Failed {
                reason: "corrupt_archive".to_owned(),
                message:
                    "the archive is damaged or ends before any content; upload the complete file"
                        .to_owned(),
            };
        }
        SkipReason::Limit(UnpackLimit::Depth) => "archive_too_deep",
        SkipReason::Limit(UnpackLimit::Ratio) => "archive_too_dense",
        SkipReason::Limit(_) => "archive_too_large",
        SkipReason::Encrypted => "encrypted_archive",
        SkipReason::Unsupported => "unsupported_archive",
        SkipReason::NotAFile | SkipReason::UnsafePath => "empty_archive",
    };
    unanalyzable(name, in_words(reason, config))
}

fn unanalyzable(reason: &str, message: String) -> Verdict {
    Verdict::Unanalyzable {
        reason: reason.to_owned(),
        message,
    }
}

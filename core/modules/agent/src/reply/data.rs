//! What files say, in words.

use faultmaven_proto::evidence::v1::{FileState, Finding, Severity, UploadedFile};

use super::text::{clock, counted, inert, listed, plain, span};
use crate::analyst::harvest::considered;
use crate::analyst::relevance::observed_onset;
use crate::analyst::situation::Situation;
use crate::analyst::stated_time::{Doubt, DoubtKind, is_assumed};
use crate::convert::moment;

const FILE_NAME_SHOWN: usize = 120;
/// Files named one by one in an answer.
const FILES_TOLD: usize = 12;
/// Failures told by name that point at no fault.
const BACKGROUND_TOLD: usize = 4;
const BACKGROUND_LENGTH: usize = 160;

/// Returns the strongest finding of new data as a problem statement.
pub(crate) fn strongest(situation: &Situation, finding: &Finding) -> Option<String> {
    let citation = finding.citations.first()?;
    let what = plain(&finding.statement, 240);
    let when = observed_onset(&situation.assessment.findings, &finding.signature)
        .or_else(|| moment(finding.first_seen.as_ref()));
    let since = when.map_or_else(String::new, |time| format!(" since {}", clock(time)));
    Some(format!(
        "{what}, in {}{since}",
        plain(&citation.filename, FILE_NAME_SHOWN)
    ))
}

/// Returns how often and since when a finding shows what a statement says.
pub(crate) fn matching_lines(situation: &Situation, finding: &Finding) -> Option<String> {
    let citation = finding.citations.first()?;
    let lines = counted(finding.count.max(1), "matching line", "matching lines");
    let when = observed_onset(&situation.assessment.findings, &finding.signature)
        .or_else(|| moment(finding.first_seen.as_ref()));
    let from = when.map_or_else(String::new, |time| format!(" from {}", clock(time)));
    Some(format!(
        "{lines} in {}{from}",
        plain(&citation.filename, FILE_NAME_SHOWN)
    ))
}

/// Keeps one finding of each event: of one place, or of one signature in one file.
pub(crate) fn apart<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut kept: Vec<&Finding> = Vec::new();
    for finding in findings {
        if kept.iter().all(|known| !is_same_event(known, finding)) {
            kept.push(finding);
        }
    }
    kept
}

fn is_same_event(one: &Finding, other: &Finding) -> bool {
    let place = |finding: &Finding| {
        let cited = finding.citations.first();
        cited.map(|cited| (cited.line_start, cited.quote.clone()))
    };
    one.file_id == other.file_id && (one.signature == other.signature || place(one) == place(other))
}

/// Returns what of the files was read.
pub(crate) fn coverage(files: &[&UploadedFile]) -> Option<String> {
    let read: Vec<String> = files.iter().filter_map(|file| coverage_of(file)).collect();
    (!read.is_empty()).then(|| format!("I read {}.", listed(&first_of(read, FILES_TOLD, "files"))))
}

/// Returns the question that a stated time raises.
pub(crate) fn doubtful_time(doubt: &Doubt) -> String {
    let stated = clock(doubt.stated);
    let zone = if doubt.is_assumed_utc {
        " The log names no time zone; I read its times as UTC."
    } else {
        ""
    };
    match &doubt.kind {
        DoubtKind::AfterTheData { last } => format!(
            "You name {stated}, but the logs end at {}: they cannot show it.{zone} Is the time in another zone, or is there a later log?",
            clock(*last)
        ),
        DoubtKind::BeforeTheData { first } => format!(
            "You name {stated}, but the logs begin only at {}: the beginning is not in them.{zone} Is the time in another zone, or is there an earlier log?",
            clock(*first)
        ),
        DoubtKind::OtherOnset {
            onset,
            hours: Some(hours),
        } => format!(
            "You name {stated}; the data show it from {} on, {} off by the clock.{zone} Is your time in the zone UTC{hours:+}?",
            clock(*onset),
            counted(hours.abs(), "hour", "hours")
        ),
        DoubtKind::OtherOnset { onset, hours: None } => format!(
            "You name {stated}; the data show it from {} on, and I go by the data.{zone}",
            clock(*onset)
        ),
    }
}

/// Returns what remains unread, file by file, as a sentence.
pub(crate) fn gaps(files: &[&UploadedFile]) -> Option<String> {
    let gaps: Vec<String> = files.iter().filter_map(|file| gap_of(file)).collect();
    (!gaps.is_empty()).then(|| {
        let gaps = first_of(gaps, FILES_TOLD, "files").join("; ");
        format!("Not looked at, or not wholly: {gaps}.")
    })
}

/// Says that files hold nothing that points at a fault, with a reserve where not all was read and
/// with what did fail before.
pub(crate) fn nothing_wrong(situation: &Situation, files: &[&UploadedFile]) -> String {
    let mut coverages = files.iter().filter_map(|file| file.coverage.as_ref());
    let told = if coverages.any(|coverage| coverage.partial) {
        "Nothing wrong found in what was read, which is not all: "
    } else {
        "Nothing wrong found: "
    };
    let relevance = situation.relevance();
    let warns =
        |finding: &&Finding| finding.severity() >= Severity::Warn && finding.kind != "onset";
    let findings = || considered(situation).filter(warns);
    let past = findings().filter(|it| relevance.is_past(it));
    let last = past.filter_map(|it| moment(it.last_seen.as_ref())).max();
    let is_known = findings().any(|it| !it.catalogue_id.is_empty());
    let is_told = |it: &&Finding| it.severity() >= Severity::Error || it.kind == "alert";
    let failed = findings().filter(|it| is_told(it) && !relevance.is_past(it));
    let failed: Vec<String> = apart(failed)
        .into_iter()
        .map(|it| plain(&it.statement, BACKGROUND_LENGTH))
        .collect();
    let past = last.map(|last| {
        format!(
            "what failed before was seen last at {} and is over",
            clock(last)
        )
    });
    let background = (!failed.is_empty()).then(|| {
        let failed = first_of(failed, BACKGROUND_TOLD, "kinds").join("; ");
        format!("what else failed is too little, typed by hand, as frequent at the end as at the beginning, or much older: {failed}")
    });
    let said: Vec<String> = past.into_iter().chain(background).collect();
    match said.is_empty() {
        false => format!("{told}{}.", said.join("; ")),
        true if is_known => {
            format!("{told}no errors, no bursts and no gaps; what warns comes as often as ever.")
        }
        true => format!(
            "{told}no errors, no bursts, no gaps and no known failure signatures in these data."
        ),
    }
}

/// Says that the data, which are well, hold nothing of a part that people name.
pub(crate) fn unseen(part: &str) -> String {
    format!(
        "These data hold nothing of `{}`, which you name: what was read is well, but nothing can be told from it of what you name. Its logs from that time, or those of the part it went through, would show most.",
        inert(part, FILE_NAME_SHOWN)
    )
}

/// Returns whether a file holds nothing that points at a fault.
pub(crate) fn is_healthy(situation: &Situation, files: &[&UploadedFile]) -> bool {
    let analyzed = files.iter().all(|file| file.state() == FileState::Analyzed);
    let relevance = situation.relevance();
    let grave = situation.assessment.findings.iter().any(|finding| {
        relevance.is_alarming(finding) && files.iter().any(|file| file.file_id == finding.file_id)
    });
    analyzed && !grave && !files.is_empty()
}

fn coverage_of(file: &UploadedFile) -> Option<String> {
    let coverage = file.coverage.as_ref()?;
    let name = inert(&file.filename, FILE_NAME_SHOWN);
    let lines = if coverage.lines_read < coverage.lines_total {
        format!("{} of {} lines", coverage.lines_read, coverage.lines_total)
    } else {
        counted(coverage.lines_read, "line", "lines")
    };
    let times = moment(coverage.first_time.as_ref()).zip(moment(coverage.last_time.as_ref()));
    Some(match times {
        Some((from, to)) if is_assumed(file) => {
            let times = span(from, to);
            format!("{name} ({lines}, {times}; it names no time zone, I assume UTC)")
        }
        Some((from, to)) => format!("{name} ({lines}, {})", span(from, to)),
        None => format!("{name} ({lines})"),
    })
}

/// Returns the name of a file as people know it: what came out of `b.gz` and is gzip again is no `b`.
fn shown_name(file: &UploadedFile) -> String {
    let name = &file.filename;
    if file.media_type == "application/gzip" && !name.to_lowercase().ends_with(".gz") {
        return format!("{name}.gz");
    }
    name.clone()
}

fn gap_of(file: &UploadedFile) -> Option<String> {
    let name = inert(&shown_name(file), FILE_NAME_SHOWN);
    let error = file
        .error
        .as_ref()
        .map(|error| plain(&error.message, 200))
        .unwrap_or_default();
    match file.state() {
        FileState::Failed => Some(format!("{name} could not be analysed: {error}")),
        FileState::Unanalyzable => Some(format!(
            "{name} holds nothing that can be read as text{}{}",
            if error.is_empty() {
                String::new()
            } else {
                format!(" ({error})")
            },
            if file.media_type.starts_with("image/") {
                "; paste the text you see in it"
            } else {
                ""
            }
        )),
        FileState::Stored | FileState::Processing => {
            Some(format!("{name} is still being analysed"))
        }
        FileState::Analyzed if is_incomplete(file) => Some(format!("of {name}, {error}")),
        FileState::Analyzed | FileState::Unspecified => {
            let notes = &file.coverage.as_ref()?.notes;
            let notes: Vec<String> = notes.iter().map(|note| plain(note, 160)).collect();
            (!notes.is_empty()).then(|| format!("of {name}, {}", notes.join(", ")))
        }
    }
}

/// Returns the first of many and how many more there are.
fn first_of(mut told: Vec<String>, shown: usize, noun: &str) -> Vec<String> {
    if told.len() > shown + 1 {
        let more = told.len() - shown;
        told.truncate(shown);
        told.push(format!("{more} more {noun}"));
    }
    told
}

/// Returns whether members were left out of an archive; of one compressed file its member tells.
fn is_incomplete(file: &UploadedFile) -> bool {
    let error = file.error.as_ref();
    error.is_some_and(|error| error.reason == "archive_incomplete")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_are_asked_for_as_text_and_gzip_within_gzip_keeps_its_name() {
        let unread = |filename: &str, media_type: &str| {
            let file = UploadedFile {
                filename: filename.to_owned(),
                media_type: media_type.to_owned(),
                state: FileState::Unanalyzable.into(),
                ..Default::default()
            };
            gap_of(&file).unwrap()
        };
        let picture = unread("shot.png", "image/png");
        assert!(
            picture.ends_with("paste the text you see in it"),
            "{picture}"
        );
        let inner = unread("b", "application/gzip");
        assert!(inner.starts_with("`b.gz` holds nothing"), "{inner}");
        assert!(!inner.contains("paste"), "{inner}");
        assert!(unread("c.gz", "application/gzip").starts_with("`c.gz` holds"));
    }
}

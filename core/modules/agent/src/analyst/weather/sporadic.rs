//! What comes now and then wherever people work: a refused login, a client that hangs up, a call that
//! is tried again.

use std::collections::{BTreeMap, BTreeSet};

use faultmaven_proto::evidence::v1::{
    AssessCaseResponse, Candidate, Finding, Indication, Severity, UploadedFile,
};
use prost_types::Timestamp;

use super::{Span, is_warning, times, warns};
use crate::analyst::failed_call;
use crate::convert::moment;

/// Of how many lines of a log one may tell of it, and of how many in all.
const RARE_SHARE: i64 = 30;
/// The same for what the catalogue only warns of.
const RARE_SHARE_WARNED: i64 = 15;
const RARE_MAX: i64 = 100;
/// What was seen no more often than this comes now and then, wherever in the log it stands.
const FEW: i64 = 3;
/// What was seen as often as this from the beginning to the end of a log is as it ever was there.
const MANY: i64 = 10;
/// Share of the time of a log that is its beginning or its end, as far as that is concerned.
const EDGE: i32 = 20;
/// Share of the time of a log over which more of it is strewn.
const STREWN: i32 = 6;
/// Share of the time of a log that is its end.
const LAST: i32 = 50;

/// What tells lines that come now and then from those of a fault.
#[derive(Debug, Clone, Default)]
pub(super) struct Sporadic {
    /// Entries of the catalogue that are no fault as long as they stay rare.
    everyday: BTreeSet<String>,
    /// Signatures that began, or began to come in numbers, at a time of their own.
    onsets: BTreeSet<String>,
    /// By file: the lines that were read, and their first and last time.
    files: BTreeMap<String, (i64, Option<Span>)>,
}

/// Lines of one signature in one file.
struct Lines<'a> {
    catalogue_id: &'a str,
    file_id: &'a str,
    signature: &'a str,
    count: i64,
    seen: Option<Span>,
    /// Whether the program itself calls them a warning.
    warns: bool,
    /// Whether it is more than a warning for the catalogue.
    is_grave: bool,
}

impl Sporadic {
    pub(super) fn of(assessment: &AssessCaseResponse) -> Self {
        let entries = assessment.candidates.iter();
        let everyday = entries.filter(|it| it.everyday && it.explains.is_empty());
        let onsets = assessment.findings.iter().filter(|it| it.kind == "onset");
        Self {
            everyday: everyday.map(|it| it.catalogue_id.clone()).collect(),
            onsets: onsets.map(|it| it.signature.clone()).collect(),
            files: assessment.files.iter().map(read).collect(),
        }
    }

    /// Returns whether an entry of the catalogue is no fault as long as it stays rare.
    fn is_everyday(&self, catalogue_id: &str) -> bool {
        self.everyday.contains(catalogue_id)
    }

    /// Returns whether lines are few among those of their log.
    pub(super) fn is_rare(&self, file_id: &str, count: i64) -> bool {
        self.is_rarer(file_id, count, RARE_SHARE)
    }

    fn is_rarer(&self, file_id: &str, count: i64, share: i64) -> bool {
        let read = self.files.get(file_id);
        count <= RARE_MAX && read.is_some_and(|(lines, _)| count * share <= *lines)
    }

    pub(super) fn has_finding(&self, finding: &Finding) -> bool {
        finding.kind == "error_signature"
            && finding.severity() != Severity::Critical
            && self.has(&Lines {
                catalogue_id: &finding.catalogue_id,
                file_id: &finding.file_id,
                signature: &finding.signature,
                count: finding.count,
                seen: span(finding.first_seen.as_ref(), finding.last_seen.as_ref()),
                warns: is_warning(finding),
                is_grave: finding.severity() > Severity::Warn,
            })
    }

    pub(super) fn has_indication(&self, candidate: &Candidate, found: &Indication) -> bool {
        candidate.severity() != Severity::Critical
            && found.citation.as_ref().is_some_and(|cited| {
                self.has(&Lines {
                    catalogue_id: &candidate.catalogue_id,
                    file_id: &cited.file_id,
                    signature: &found.signature,
                    count: found.count,
                    seen: span(found.observed_from.as_ref(), found.observed_to.as_ref()),
                    warns: warns(&cited.quote),
                    is_grave: candidate.severity() > Severity::Warn,
                })
            })
    }

    fn has(&self, lines: &Lines<'_>) -> bool {
        let is_tried_again = failed_call::is_entry(lines.catalogue_id) && lines.warns;
        let read = self.files.get(lines.file_id).and_then(|(_, span)| *span);
        let share = match lines.is_grave {
            true => RARE_SHARE,
            false => RARE_SHARE_WARNED,
        };
        let is_rare = self.is_rarer(lines.file_id, lines.count, share);
        (self.is_everyday(lines.catalogue_id) || is_tried_again)
            && !self.onsets.contains(lines.signature)
            && lines.seen.zip(read).is_some_and(|(seen, read)| {
                let comes_and_goes =
                    (lines.count <= FEW || is_strewn(seen, read)) && !ends_with(lines, seen, read);
                let is_as_ever = lines.count >= MANY && is_throughout(seen, read);
                is_rare && comes_and_goes || is_as_ever
            })
    }
}

/// Returns whether lines begin in the first half of a log and go on for a good part of it.
fn is_strewn(seen: Span, read: Span) -> bool {
    goes_on(seen, read) && seen.0 - read.0 <= (read.1 - read.0) / 2
}

/// Returns whether lines go on for a good part of their log.
pub(super) fn goes_on((first, last): Span, (from, to): Span) -> bool {
    last - first >= (to - from) / STREWN
}

/// Returns whether lines are there when a log begins and when it ends.
fn is_throughout((first, last): Span, (from, to): Span) -> bool {
    let edge = (to - from) / EDGE;
    first - from <= edge && to - last <= edge
}

/// Returns whether a log ends with lines, so that they may be why; a warning is no last word.
fn ends_with(lines: &Lines<'_>, (first, last): Span, (from, to): Span) -> bool {
    let is_end = to - last <= (to - from) / LAST && last - first <= (to - from) / LAST;
    is_end && (lines.is_grave || lines.count > FEW)
}

fn read(file: &UploadedFile) -> (String, (i64, Option<Span>)) {
    let lines = file.coverage.as_ref().map_or(0, |it| it.lines_read);
    (file.file_id.clone(), (lines, times(file)))
}

fn span(first: Option<&Timestamp>, last: Option<&Timestamp>) -> Option<Span> {
    moment(first).zip(moment(last))
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::{Coverage, FileCitation, IndicationStrength};

    use super::*;
    use crate::convert::stamp;

    fn at(text: &str) -> Option<Timestamp> {
        stamp(Some(format!("2026-05-01T{text}Z").parse().unwrap()))
    }

    fn login(count: i64, first: &str, last: &str) -> (Candidate, Indication) {
        let candidate = Candidate {
            catalogue_id: "postgresql.authentication_failed".to_owned(),
            everyday: true,
            severity: Severity::Error.into(),
            ..Default::default()
        };
        let found = Indication {
            strength: IndicationStrength::Direct.into(),
            citation: Some(FileCitation {
                file_id: "file_1".to_owned(),
                ..Default::default()
            }),
            signature: "s1".to_owned(),
            observed_from: at(first),
            observed_to: at(last),
            count,
            ..Default::default()
        };
        (candidate, found)
    }

    fn judged(count: i64, first: &str, last: &str, onset: bool) -> bool {
        let (candidate, found) = login(count, first, last);
        let assessment = AssessCaseResponse {
            files: vec![UploadedFile {
                file_id: "file_1".to_owned(),
                coverage: Some(Coverage {
                    lines_read: 2_000,
                    first_time: at("08:00:00"),
                    last_time: at("12:00:00"),
                    ..Default::default()
                }),
                ..Default::default()
            }],
            findings: onset
                .then(|| Finding {
                    kind: "onset".to_owned(),
                    signature: "s1".to_owned(),
                    ..Default::default()
                })
                .into_iter()
                .collect(),
            candidates: vec![candidate.clone()],
            ..Default::default()
        };
        Sporadic::of(&assessment).has_indication(&candidate, &found)
    }

    #[test]
    fn few_lines_that_are_strewn_over_a_log_are_told_from_a_fault() {
        assert!(judged(7, "08:30:00", "11:00:00", false));
        assert!(judged(2, "10:00:00", "10:00:05", false));
        assert!(!judged(7, "10:00:00", "10:05:00", false), "all at once");
        assert!(!judged(90, "08:30:00", "11:00:00", false), "many");
        assert!(!judged(7, "08:30:00", "11:00:00", true), "they set in");
        assert!(!judged(7, "10:30:00", "12:00:00", false), "they began late");
        assert!(!judged(1, "12:00:00", "12:00:00", false), "the log ends so");
    }
}

//! Proof that something seen before no longer occurs in a later range.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use faultmaven_analysis::{
    ABSENCE_MIN_LINES, AbsenceChecker, AbsenceQuery, AbsenceReport, Citation, Options,
};
use serde::{Deserialize, Serialize};

use crate::convert::signed;
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::reading;
use crate::report::{StoredReport, StoredTemplate};
use crate::store::REPORTS_AT_A_TIME;

/// A range that was searched for a signature without a match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredProof {
    pub(crate) signature: String,
    pub(crate) file_id: String,
    pub(crate) line_start: i64,
    pub(crate) line_end: i64,
    pub(crate) start_time: Option<DateTime<Utc>>,
    pub(crate) end_time: Option<DateTime<Utc>>,
}

/// A proof and the line that stands for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proven {
    pub(crate) proof: StoredProof,
    pub(crate) citation: Citation,
}

/// A proof, or why there is none, for people.
pub(crate) type Proof = Result<Proven, String>;

/// Searches `file` for a signature that other files of the case, or its own start, show.
pub(crate) async fn prove(
    parts: &Parts,
    case_files: &[Model],
    signature: &str,
    file: &Model,
) -> Result<Proof, EvidenceError> {
    if !file.is_text() {
        return Ok(Err("the file has no lines to search".to_owned()));
    }
    let mut presence = Presence::default();
    for batch in case_files.chunks(REPORTS_AT_A_TIME) {
        for (known, report) in parts.store.reports(batch).await? {
            presence.add(&report, signature, known.file_id == file.file_id);
        }
    }
    let query = match presence.query() {
        Ok(query) => query,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let options = Options {
        reference_date: Some(file.uploaded_at.date_naive()),
        ..Options::default()
    };
    let checker = AbsenceChecker::new(query, options);
    let checker = reading::feed_file(&parts.blobs, file, checker, |checker, chunk| {
        checker.push(chunk);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(conclude(
        checker.finish(),
        signature,
        file,
        presence.last_line_here,
    ))
}

/// How a signature occurred while it was present.
#[derive(Debug, Default)]
struct Presence {
    most: Option<StoredTemplate>,
    last_seen: Option<DateTime<Utc>>,
    /// Set when the signature occurs in the searched file itself.
    last_here: Option<DateTime<Utc>>,
    last_line_here: u64,
}

impl Presence {
    fn add(&mut self, report: &StoredReport, signature: &str, is_searched_file: bool) {
        let found = report
            .templates
            .iter()
            .find(|template| template.signature == signature);
        let Some(template) = found else {
            return;
        };
        self.last_seen = self.last_seen.max(template.last_seen);
        if is_searched_file {
            self.last_here = template.last_seen;
            self.last_line_here = template.last_line;
        }
        let most = self.most.as_ref().map_or(0, |most| most.count);
        if template.count > most {
            self.most = Some(template.clone());
        }
    }

    fn query(&self) -> Result<AbsenceQuery, String> {
        let Some(template) = &self.most else {
            return Err("no analysed file of the case shows the signature".to_owned());
        };
        let Some(mean_interval_s) = template.mean_interval_s else {
            return Err(
                "the signature occurred too rarely for its absence to say anything".to_owned(),
            );
        };
        Ok(AbsenceQuery {
            template: template.text.clone(),
            component: template.component.clone(),
            // The range begins behind the last occurrence.
            from: self
                .last_here
                .map(|last| last + chrono::TimeDelta::microseconds(1)),
            to: None,
            mean_interval_s,
            last_seen: self.last_seen,
        })
    }
}

fn conclude(report: AbsenceReport, signature: &str, file: &Model, last_line_here: u64) -> Proof {
    let Some(citation) = report.last_line.clone().filter(|_| report.proven()) else {
        return Err(refusal(&report));
    };
    Ok(Proven {
        proof: StoredProof {
            signature: signature.to_owned(),
            file_id: file.file_id.clone(),
            line_start: signed(last_line_here + 1),
            line_end: signed(citation.line_end),
            start_time: report.first_time,
            end_time: report.last_time,
        },
        citation,
    })
}

fn refusal(report: &AbsenceReport) -> String {
    if let Some(found) = &report.first_match {
        return format!(
            "it occurs {} times, first in line {}",
            report.matches, found.line_start
        );
    }
    if report.source_lines < ABSENCE_MIN_LINES {
        return format!(
            "{} lines of the same source are too few; {ABSENCE_MIN_LINES} are needed",
            report.source_lines
        );
    }
    "the searched time is too short or does not lie after the last occurrence".to_owned()
}

#[cfg(test)]
mod tests {
    use faultmaven_analysis::analyze;

    use super::*;

    fn log(start_minute: u32, lines: u32, text: &str) -> String {
        let line = |at: u32| {
            format!(
                "2025-03-04T14:{:02}:{:02}.000Z {text}\n",
                start_minute + at / 60,
                at % 60
            )
        };
        (0..lines).map(line).collect()
    }

    fn query_for(log: &str, signature_of: &str) -> Result<AbsenceQuery, String> {
        let report = StoredReport::new(
            analyze(log.as_bytes(), Options::default()),
            faultmaven_analysis::catalogue(),
        );
        let signature = faultmaven_analysis::line_signature(signature_of);
        let mut presence = Presence::default();
        presence.add(&report, &signature, false);
        presence.query()
    }

    #[test]
    fn what_was_never_seen_cannot_be_shown_to_be_gone() {
        let seen = log(5, 60, "ERROR api: disk full");
        let other = "2025-03-04T14:05:00.000Z ERROR api: out of memory";
        assert!(
            query_for(&seen, other)
                .unwrap_err()
                .contains("no analysed file")
        );
    }

    #[test]
    fn the_last_occurrence_begins_the_range() {
        let seen = log(5, 60, "ERROR api: disk full");
        let query = query_for(&seen, seen.lines().next().unwrap()).unwrap();
        assert_eq!(
            query.last_seen.unwrap().to_rfc3339(),
            "2025-03-04T14:05:59+00:00"
        );
        assert!((query.mean_interval_s - 1.0).abs() < 0.01);
    }
}

//! What a verified quote tells about when it was observed and which kind of observation it is.

use chrono::{DateTime, Utc};
use faultmaven_analysis::{Citation, DataClass, Options, analyze, line_signature, quote_signature};

use crate::report::StoredReport;

const CLAIM_CHARS: usize = 500;

/// Kind and time of an observation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observation {
    pub(crate) signature: String,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

/// Returns a claim's text, cut to what is stored; `None` when there is none.
pub(crate) fn claim_text(claim: &str) -> Option<String> {
    let claim = claim.trim().replace('\0', "");
    (!claim.is_empty()).then(|| claim.chars().take(CLAIM_CHARS).collect())
}

/// Returns what the finding that covers the quote says, else what the quoted lines say.
pub(crate) fn observation(
    report: &StoredReport,
    class: Option<DataClass>,
    citation: &Citation,
) -> Observation {
    from_findings(report, citation)
        .or_else(|| from_indications(report, citation))
        .or_else(|| from_changes(report, citation))
        .unwrap_or_else(|| from_lines(class, &citation.quote))
}

/// Returns what a user's words are observed as.
pub(crate) fn message_observation(quote: &str) -> Observation {
    Observation {
        signature: quote_signature(quote),
        from: None,
        to: None,
    }
}

fn from_findings(report: &StoredReport, citation: &Citation) -> Option<Observation> {
    let covers = |known: &Citation| overlaps(known, citation);
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.citations.iter().any(covers))?;
    Some(Observation {
        signature: finding.signature.clone(),
        from: finding.first_seen,
        to: finding.last_seen,
    })
}

fn from_indications(report: &StoredReport, citation: &Citation) -> Option<Observation> {
    let covers =
        |known: &&crate::indications::StoredIndication| overlaps(&known.citation, citation);
    let indication = report.indications.iter().find(covers)?;
    Some(Observation {
        signature: indication.signature.clone(),
        from: indication.first_seen,
        to: indication.last_seen,
    })
}

fn from_changes(report: &StoredReport, citation: &Citation) -> Option<Observation> {
    let change = report
        .changes
        .iter()
        .find(|change| overlaps(&change.citation, citation))?;
    Some(Observation {
        signature: change.signature.clone(),
        from: change.changed_at,
        to: change.changed_at,
    })
}

fn from_lines(class: Option<DataClass>, quote: &str) -> Observation {
    let signature = match (class, quote.lines().next()) {
        (Some(DataClass::Logs), Some(line)) => line_signature(line),
        _ => quote_signature(quote),
    };
    let coverage = analyze(quote.as_bytes(), Options::default()).coverage;
    Observation {
        signature,
        from: coverage.first_time,
        to: coverage.last_time,
    }
}

fn overlaps(one: &Citation, other: &Citation) -> bool {
    one.byte_start < other.byte_end && other.byte_start < one.byte_end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(quote: &str) -> Citation {
        Citation {
            byte_start: 100,
            byte_end: 100 + quote.len() as u64,
            line_start: 2,
            line_end: 2,
            quote: quote.to_owned(),
        }
    }

    #[test]
    fn a_claim_is_trimmed_and_cut() {
        assert_eq!(claim_text("  ").as_deref(), None);
        assert_eq!(claim_text(" ä ").as_deref(), Some("ä"));
        assert_eq!(claim_text(&"ä".repeat(600)).unwrap().chars().count(), 500);
    }

    #[test]
    fn a_line_without_a_finding_speaks_for_itself() {
        let line = "2025-03-04T14:05:00.001Z ERROR api req=7 disk full";
        let seen = observation(
            &StoredReport::default(),
            Some(DataClass::Logs),
            &citation(line),
        );
        assert_eq!(
            seen.from.unwrap().to_rfc3339(),
            "2025-03-04T14:05:00.001+00:00"
        );
        let other = "2025-03-04T15:05:00.001Z ERROR api req=8 disk full";
        assert_eq!(seen.signature, line_signature(other));
    }

    #[test]
    fn a_finding_on_the_quoted_bytes_lends_its_signature() {
        let log = b"2025-03-04T14:05:00Z ERROR api: disk full\n".repeat(5);
        let report = StoredReport::new(
            analyze(&log, Options::default()),
            faultmaven_analysis::catalogue(),
        );
        let finding = &report.findings[0];
        let seen = observation(&report, Some(DataClass::Logs), &finding.citations[0]);
        assert_eq!(seen.signature, finding.signature);
        assert_eq!(seen.from, finding.first_seen);
    }
}

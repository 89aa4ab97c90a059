//! Observations with their citations.

use chrono::TimeDelta;
use faultmaven_proto::agent::v1::CitedEvidence;
use faultmaven_proto::case::v1::EvidenceDigest;
use faultmaven_proto::evidence::v1::{FileCitation, Finding};

use super::text::{clock, counted, inert, place, place_of, plain, span};
use crate::analyst::message::said;
use crate::analyst::relevance::{MEASURED, observed_onset};
use crate::convert::{cited_evidence, cited_place, moment};

const QUOTE_SHOWN: usize = 240;
/// What a trace writes before the exception that led to the one above.
const CAUSE_MARK: &str = "Caused by: ";
/// What came this long before its rate rose did not set in then.
const BEFORE: TimeDelta = TimeDelta::minutes(2);

/// An answer's lines together with what they cite.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cited {
    pub(crate) lines: Vec<String>,
    pub(crate) evidence: Vec<CitedEvidence>,
}

impl Cited {
    /// Adds a finding that is not evidence, with place, quote, count and times.
    pub(crate) fn finding(&mut self, finding: &Finding, all: &[Finding]) {
        let Some(citation) = finding.citations.first() else {
            return;
        };
        let mut parts = vec![counted_times(finding.count)];
        let onset = observed_onset(all, &finding.signature);
        let (first, last) = (
            moment(finding.first_seen.as_ref()),
            moment(finding.last_seen.as_ref()),
        );
        match (onset, first, last) {
            (Some(onset), Some(first), Some(last)) if onset - first > BEFORE => {
                let times = span(first, last);
                parts.push(format!("from {times}, in numbers from {} on", clock(onset)));
            }
            (Some(onset), _, Some(last)) => {
                parts.push(format!(
                    "set in at {}, last seen {}",
                    clock(onset),
                    clock(last)
                ));
            }
            (Some(onset), _, None) => parts.push(format!("set in at {}", clock(onset))),
            (None, Some(first), Some(last)) if first != last => {
                parts.push(format!("from {}", span(first, last)));
            }
            (None, Some(first), _) => parts.push(format!("seen {}", clock(first))),
            (None, None, _) => {}
        }
        parts.retain(|part| !part.is_empty());
        let details = parts.join(", ");
        let details = if details.is_empty() {
            details
        } else {
            format!(" — {details}")
        };
        let quote = shown(&citation.quote);
        let place = place(citation);
        self.lines.push(if speaks_for_itself(finding) {
            format!("- {quote}{details} ({place}){}", root_of(finding))
        } else {
            let claim = plain(&finding.statement, QUOTE_SHOWN);
            format!("- {claim}: {quote} ({place})")
        });
        self.evidence
            .push(cited_place(&finding.statement, citation));
    }

    /// Adds the line with which something set in at a time that is told already.
    pub(crate) fn at_onset(&mut self, finding: &Finding) {
        let Some(citation) = finding.citations.first() else {
            return;
        };
        match finding.count {
            0 | 1 => self.citation(&finding.statement, citation),
            count => {
                let note = format!("the first of {count}");
                self.noted(&finding.statement, citation, &note);
            }
        }
    }

    /// Adds a place in a file.
    pub(crate) fn citation(&mut self, claim: &str, citation: &FileCitation) {
        let quote = shown(&citation.quote);
        self.lines.push(format!("- {quote} ({})", place(citation)));
        self.evidence.push(cited_place(claim, citation));
    }

    /// Adds a place in a file with a note on it.
    pub(crate) fn noted(&mut self, claim: &str, citation: &FileCitation, note: &str) {
        let quote = shown(&citation.quote);
        self.lines
            .push(format!("- {quote} — {note} ({})", place(citation)));
        self.evidence.push(cited_place(claim, citation));
    }

    /// Adds evidence with its marker.
    pub(crate) fn evidence(&mut self, digest: &EvidenceDigest) {
        let marker = format!("[{}]", digest.evidence_id);
        let quote = shown(&digest.quote);
        let times = match (
            moment(digest.observed_from.as_ref()),
            moment(digest.observed_to.as_ref()),
        ) {
            (Some(from), Some(to)) if from != to => span(from, to),
            (Some(from), _) => clock(from),
            _ => String::new(),
        };
        let details: Vec<String> = [count_in(&digest.claim), times]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let details = match details.as_slice() {
            [] => String::new(),
            known => format!(" — {}", known.join(", ")),
        };
        let line = if digest.file_id.is_empty() {
            format!("- you said: {quote} {marker}")
        } else {
            let place = place_of(&digest.file_name, digest.line_start, digest.line_end);
            format!("- {quote}{details} ({place}) {marker}")
        };
        self.lines.push(line);
        self.evidence.push(cited_evidence(digest));
    }

    /// Returns whether nothing is cited.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// The innermost exception of the trace below the line that was found.
fn root_of(finding: &Finding) -> String {
    let mut lower = finding.citations.iter().skip(1);
    let root = lower.find(|it| it.quote.trim_start().starts_with(CAUSE_MARK));
    root.map_or_else(String::new, |root| {
        format!("; {} ({})", shown(root.quote.trim_start()), place(root))
    })
}

/// A quote as inline code, of a line in JSON what it says.
fn shown(quote: &str) -> String {
    inert(&said(quote), QUOTE_SHOWN)
}

/// Returns whether the quoted line is what was found; of a silence or a burst it is only where they
/// begin, and may be the most harmless of lines, and a number says nothing without its name.
fn speaks_for_itself(finding: &Finding) -> bool {
    let is_measured = MEASURED.contains(&finding.kind.as_str());
    !is_measured
        && !matches!(
            finding.kind.as_str(),
            "config_value" | "gap" | "template_burst"
        )
}

fn counted_times(count: i64) -> String {
    if count > 1 {
        counted(count, "time", "times")
    } else {
        String::new()
    }
}

/// The number of occurrences that a claim states, so that evidence shows it too.
fn count_in(claim: &str) -> String {
    let words: Vec<&str> = claim.split_whitespace().collect();
    let times = words
        .windows(2)
        .rev()
        .find(|pair| pair[1].trim_end_matches(',') == "times");
    match times.and_then(|pair| pair[0].parse::<i64>().ok()) {
        Some(count) => format!("{count} times"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::stamp;

    #[test]
    fn a_finding_shows_place_count_and_onset() {
        let onset = stamp(Some("2025-03-04T14:05:00Z".parse().unwrap()));
        let finding = Finding {
            kind: "error_signature".to_owned(),
            signature: "s".to_owned(),
            count: 600,
            first_seen: onset,
            last_seen: stamp(Some("2025-03-04T14:14:59Z".parse().unwrap())),
            citations: vec![FileCitation {
                filename: "app.log".to_owned(),
                line_start: 61,
                line_end: 61,
                quote: "WARN Connection is not available".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let all = [
            finding.clone(),
            Finding {
                kind: "onset".to_owned(),
                ..finding.clone()
            },
        ];
        let mut cited = Cited::default();
        cited.finding(&finding, &all);
        let line = &cited.lines[0];
        for part in [
            "Connection is not available",
            "600 times",
            "set in at 2025-03-04 14:05:00",
            "app.log:61",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }

    #[test]
    fn a_silence_is_told_before_the_line_after_which_it_begins() {
        let finding = Finding {
            kind: "gap".to_owned(),
            statement: "No line for 600 s, from 14:05 to 14:15".to_owned(),
            citations: vec![FileCitation {
                filename: "app.log".to_owned(),
                line_start: 61,
                line_end: 61,
                quote: "INFO heartbeat".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let mut cited = Cited::default();
        cited.finding(&finding, std::slice::from_ref(&finding));
        let line = &cited.lines[0];
        assert!(
            line.starts_with("- No line for 600 s, from 14:05"),
            "{line}"
        );
        assert!(line.contains("14:15: `INFO heartbeat` ("), "{line}");
    }

    #[test]
    fn the_count_of_a_claim_is_shown_again() {
        assert_eq!(count_in("“x” occurs 600 times, from"), "600 times");
        assert_eq!(count_in("“x”, seen"), "");
    }
}

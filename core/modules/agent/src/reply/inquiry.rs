//! Answers before the investigation begins: what the data show, and the statement so far.

use faultmaven_proto::evidence::v1::{Candidate, Finding, Severity, UploadedFile};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::plain;
use super::{answers, data, short};
use crate::analyst::harvest::considered;
use crate::analyst::hypotheses::supports;
use crate::analyst::situation::statement_of;
use crate::fast_path::awaits_reply;

const FINDINGS_SHOWN: usize = 4;

/// Composes the answer of a turn in an inquiry.
pub(crate) fn answer(answer: &mut Composed, told: &Told<'_>) {
    let answered = answers::direct(answer, told);
    let has_new_data = !told.situation.new_files.is_empty();
    if has_new_data {
        show_data(answer, told);
    }
    let statement = statement_of(told.after);
    if statement != statement_of(&told.situation.investigation)
        || has_new_data && !statement.is_empty()
    {
        answer.say(format!("Problem statement: “{}”.", plain(statement, 1_000)));
    }
    if statement.is_empty() && !answered {
        answer.say(
            "Tell me what is wrong, with which service or host, and since when; a log from that time helps most.",
        );
    } else if !told.situation.has_data() && !answered {
        answer.say(
            "No data yet: a log of the affected service from around that time would show most.",
        );
    } else if !answered
        && !has_new_data
        && !awaits_reply(told.after)
        && statement == statement_of(&told.situation.investigation)
    {
        answer.say(format!(
            "The problem statement stays “{}”. Correct it, add data, or start the investigation.",
            plain(statement, 400)
        ));
    }
}

fn show_data(answer: &mut Composed, told: &Told<'_>) {
    let files: Vec<&UploadedFile> = told.situation.new_files.iter().collect();
    answer.say(data::coverage(&files).unwrap_or_default());
    let findings = telling_findings(told);
    let mut cited = Cited::default();
    for finding in &findings {
        cited.finding(finding, &told.situation.assessment.findings);
    }
    if cited.is_empty() && data::is_healthy(told.situation, &files) {
        answer.say(
            "Nothing wrong found: no errors, no bursts, no gaps and no known failure signatures in these data.",
        );
    }
    answer.cite("What stands out:", cited);
    if let Some(candidate) = best_candidate(told, &findings) {
        answer.say(meaning(told, candidate));
    }
    let gaps = data::gaps(&files);
    if !gaps.is_empty() {
        answer.say(format!("Not looked at: {}.", gaps.join("; ")));
    }
}

/// Findings worth showing, one per observation: relevant ones first.
fn telling_findings<'a>(told: &Told<'a>) -> Vec<&'a Finding> {
    let relevance = &told.analysis.relevance;
    let worth =
        |finding: &&Finding| finding.severity() >= Severity::Warn && finding.kind != "onset";
    let mut shown: Vec<&Finding> = Vec::new();
    let all: Vec<&Finding> = considered(told.situation).filter(worth).collect();
    let (near, far): (Vec<&Finding>, Vec<&Finding>) = all
        .into_iter()
        .partition(|finding| relevance.concerns(finding));
    for finding in near.into_iter().chain(far) {
        let place = |known: &Finding| {
            known
                .citations
                .first()
                .map(|c| (c.file_id.clone(), c.line_start))
        };
        if shown.iter().all(|known| place(known) != place(finding)) && shown.len() < FINDINGS_SHOWN
        {
            shown.push(finding);
        }
    }
    shown
}

fn best_candidate<'a>(told: &Told<'a>, shown: &[&Finding]) -> Option<&'a Candidate> {
    told.situation
        .assessment
        .candidates
        .iter()
        .find(|candidate| {
            candidate.explains.is_empty()
                && candidate
                    .indications
                    .iter()
                    .filter(|found| supports(found))
                    .any(|found| {
                        found.citation.as_ref().is_some_and(|cited| {
                            shown.iter().any(|finding| {
                                finding.citations.iter().any(|known| {
                                    known.file_id == cited.file_id
                                        && known.line_start == cited.line_start
                                })
                            })
                        })
                    })
        })
}

fn meaning(told: &Told<'_>, candidate: &Candidate) -> String {
    let mechanism = short::prose(told, &candidate.mechanism);
    let limits = short::prose(told, &candidate.does_not_prove);
    let parts = [
        format!(
            "This may be: {}.",
            plain(&candidate.statement, 300).trim_end_matches('.')
        ),
        mechanism,
        limits,
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

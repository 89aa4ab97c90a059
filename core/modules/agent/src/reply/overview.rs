//! Answers about the investigation as a whole: since when, where it stands, what to do next.

use super::cite::Cited;
use super::compose::{Composed, Told, graded};
use super::text::{clock, inert, plain};
use super::{data, explain, investigation};
use crate::analyst::needs::command_of;
use crate::analyst::situation::{statement_of, status_of};
use crate::convert::moment;
use crate::fast_path::awaits_reply;
use faultmaven_proto::case::v1::CaseStatus;
use faultmaven_proto::evidence::v1::Severity;

const SHOWN: usize = 3;

/// Says when it began, by the first line that shows it.
pub(crate) fn since(answer: &mut Composed, told: &Told<'_>) {
    let findings = &told.situation.assessment.findings;
    let relevance = told.situation.relevance();
    let mut cited = Cited::default();
    if let Some(onset) = relevance.onset_of(findings) {
        cited.at_onset(onset.finding);
        answer.cite(&format!("Since {}:", clock(onset.time)), cited);
    } else {
        let grave = findings
            .iter()
            .filter(|it| it.severity() >= Severity::Error);
        let first = grave
            .filter_map(|finding| Some((moment(finding.first_seen.as_ref())?, finding)))
            .min_by_key(|(time, _)| *time);
        let Some((time, finding)) = first else {
            answer.say(
                "The data of this case do not tell: nothing in them sets in at a certain time.",
            );
            return;
        };
        cited.finding(finding, findings);
        answer.cite(
            &format!("No clear beginning; the first error is of {}:", clock(time)),
            cited,
        );
    }
    if let Some(doubt) = &told.analysis.doubt {
        answer.say(data::doubtful_time(doubt));
    }
}

/// Says what the problem is, what was seen, what it may mean, and what comes next.
pub(crate) fn summary(answer: &mut Composed, told: &Told<'_>) {
    let statement = statement_of(told.after);
    if !statement.is_empty() {
        answer.say(format!("The problem: “{}”.", plain(statement, 600)));
    }
    if status_of(told.after) == CaseStatus::Investigating {
        let mut cited = Cited::default();
        let evidence = told
            .after
            .evidence
            .iter()
            .filter(|digest| !digest.withdrawn);
        let shown = investigation::telling(evidence);
        shown
            .into_iter()
            .take(SHOWN)
            .for_each(|it| cited.evidence(it));
        answer.cite("What is known:", cited);
        answer.say(graded(told));
        investigation::candidates(answer, told);
        investigation::next_step(answer, told);
        return;
    }
    let findings = &told.situation.assessment.findings;
    let mut cited = Cited::default();
    let grave = findings
        .iter()
        .filter(|it| it.severity() >= Severity::Warn && it.kind != "onset");
    let shown = data::apart(grave).into_iter().take(SHOWN);
    shown.for_each(|finding| cited.finding(finding, findings));
    answer.cite("What stands out in the data:", cited);
    explain::first_view(answer, told);
    if explain::first_check(told).is_none() {
        next_step(answer, told);
    }
}

/// Says the one thing that helps most now.
pub(crate) fn next_step(answer: &mut Composed, told: &Told<'_>) {
    if status_of(told.after) == CaseStatus::Investigating {
        investigation::next_step(answer, told);
        return;
    }
    if !told.situation.has_data() {
        answer.say(
            "First: hand over a log of the affected service from around the time of the problem; upload the file or paste the lines.",
        );
    } else if let Some(check) = explain::first_check(told) {
        answer.say(format!(
            "First: run {} and paste the output here.",
            inert(&check.command, 400)
        ));
    }
    if !awaits_reply(told.after) && !statement_of(told.after).is_empty() {
        answer.say("Then start the investigation, so that evidence and candidates are weighed.");
    }
}

/// Says what the cause may be, how sure that is, and what would make it surer.
pub(crate) fn cause(answer: &mut Composed, told: &Told<'_>) {
    if status_of(told.after) != CaseStatus::Investigating {
        if told.situation.has_data() {
            explain::first_view(answer, told);
        }
        if explain::first_check(told).is_none() {
            next_step(answer, told);
        }
        return;
    }
    answer.say(graded(told));
    investigation::candidates(answer, told);
    let open = told.after.needs.iter().find_map(command_of);
    if open.is_some() {
        investigation::next_step(answer, told);
    }
}

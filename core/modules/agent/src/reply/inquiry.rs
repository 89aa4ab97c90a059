//! Answers before the investigation begins: what the data show, and the statement so far.

use faultmaven_proto::evidence::v1::{Finding, Severity, UploadedFile};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::{place, plain};
use super::{answers, data, explain, investigation};
use crate::analyst::harvest::considered;
use crate::analyst::observations::Seen;
use crate::analyst::situation::statement_of;
use crate::analyst::stated_time::Doubt;
use crate::fast_path::awaits_reply;

const FINDINGS_SHOWN: usize = 4;

/// Composes the answer of a turn in an inquiry.
pub(crate) fn answer(answer: &mut Composed, told: &Told<'_>) {
    let answered =
        answers::direct(answer, told) | investigation::noted(answer, told) | fixed(answer, told);
    let has_new_data = !told.situation.new_files.is_empty();
    if has_new_data {
        show_data(answer, told);
    }
    self::statement(answer, told);
    let statement = statement_of(told.after);
    let files: Vec<&UploadedFile> = told.situation.new_files.iter().collect();
    let is_answered_by_data =
        told.analysis.reading.question.is_some() && data::is_healthy(told.situation, &files);
    let is_missing_elsewhere = told.analysis.shows_nothing
        && told.analysis.unseen_part.is_none()
        && told.analysis.doubt.is_none();
    if is_missing_elsewhere {
        answer.say(
            "What you describe does not show here: it may lie in a part whose data are missing. A log of what stands in front of it, or of what it calls, from that time would tell.",
        );
        return;
    }
    if is_answered_by_data {
        return;
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

/// Repeats the statement when it is new or there are new data to compare it with.
pub(super) fn statement(answer: &mut Composed, told: &Told<'_>) {
    let statement = statement_of(told.after);
    let has_new_data = !told.situation.new_files.is_empty();
    if statement != statement_of(&told.situation.investigation)
        || has_new_data && !statement.is_empty()
    {
        answer.say(format!("Problem statement: “{}”.", plain(statement, 1_000)));
    }
}

/// Says what becomes of a fix that is reported before the investigation.
fn fixed(answer: &mut Composed, told: &Told<'_>) -> bool {
    let mut seen = told.analysis.reading.observations.iter();
    let is_gone = seen.any(|it| it.what == Seen::Gone);
    if is_gone {
        answer.say(
            "Noted: by your word the symptom is gone. A log or metric from after the fix would confirm it; once the investigation has started, tell me again and I record fix and effect.",
        );
    }
    is_gone
}

fn show_data(answer: &mut Composed, told: &Told<'_>) {
    let files: Vec<&UploadedFile> = told.situation.new_files.iter().collect();
    answer.say(data::coverage(&files).unwrap_or_default());
    let mut cited = Cited::default();
    for finding in telling_findings(told) {
        cited.finding(finding, &told.situation.assessment.findings);
    }
    let doubt = told.analysis.doubt.as_ref();
    let unseen = told.analysis.unseen_part.as_deref();
    let is_missed = doubt.is_some_and(Doubt::is_not_covered) || unseen.is_some();
    let is_healthy = data::is_healthy(told.situation, &files) && !is_missed;
    if is_healthy {
        answer.say(data::nothing_wrong(told.situation, &files));
    }
    answer.say(typed_by_hand(told).unwrap_or_default());
    // The first errors are a list of their own.
    if !answers::wants_first(told) {
        answer.cite("What stands out:", cited);
    }
    if let Some(doubt) = doubt {
        answer.say(data::doubtful_time(doubt));
    }
    answer.say(unseen.map(data::unseen).unwrap_or_default());
    if !is_healthy {
        explain::first_view(answer, told);
    }
    answer.say(data::gaps(&files).unwrap_or_default());
}

/// Says that people's own statements failed, which is no fault of a program.
fn typed_by_hand(told: &Told<'_>) -> Option<String> {
    let weather = told.situation.relevance().weather();
    let mut typed = considered(told.situation).filter(|it| weather.is_typed(it));
    let seen = typed.next()?.citations.first().map(place)?;
    Some(format!(
        "The database refused what somebody typed in a client ({seen}); no program is affected by that."
    ))
}

/// Findings worth showing, one per event: relevant ones first.
fn telling_findings<'a>(told: &Told<'a>) -> Vec<&'a Finding> {
    let relevance = told.situation.relevance();
    let worth = |finding: &&Finding| {
        let is_said = relevance.weather().is_typed(finding);
        finding.severity() >= Severity::Warn && finding.kind != "onset" && !is_said
    };
    let all: Vec<&Finding> = considered(told.situation).filter(worth).collect();
    // What comes now and then is shown where there is nothing else.
    let is_more = all.iter().any(|it| !relevance.is_sporadic(it));
    let (near, far): (Vec<&Finding>, Vec<&Finding>) = all
        .into_iter()
        .filter(|finding| !(is_more && relevance.is_sporadic(finding)))
        .partition(|finding| relevance.concerns(finding));
    let mut shown = data::apart(near.into_iter().chain(far));
    shown.truncate(FINDINGS_SHOWN);
    shown
}

//! How often the problem shows, until when, and whether it goes on.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::case::v1::{CaseStatus, EvidenceDigest, EvidenceKind};
use faultmaven_proto::evidence::v1::{Finding, Severity, UploadedFile};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::data;
use super::text::{clock, counted, inert};
use crate::analyst::relevance::text_of;
use crate::analyst::situation::{statement_of, status_of};
use crate::analyst::words::{content_stems, words};
use crate::convert::moment;

const SHOWN: usize = 3;
/// Silence of so many mean intervals is an end.
const SILENCE: i32 = 10;
const NOTHING: &str = "The data of this case show no errors that would tell.";

/// The last sight of the problem, and the data after it.
struct LastSeen<'a> {
    finding: &'a Finding,
    time: DateTime<Utc>,
    /// The end of the newest data of that kind, if it comes long enough after.
    silent_until: Option<(DateTime<Utc>, &'a UploadedFile)>,
    /// The end of all data.
    end: Option<DateTime<Utc>>,
}

/// Says how often the problem shows in the data.
pub(super) fn often(answer: &mut Composed, told: &Told<'_>) {
    let shown = telling(told);
    let Some(first) = shown.first() else {
        answer.say(NOTHING);
        return;
    };
    let rate = rate(first).map_or_else(String::new, |rate| format!(", about {rate}"));
    let lines = counted(first.count.max(1), "line shows", "lines show");
    let heading = format!("{lines} it{rate}:");
    cite(answer, told, &heading, &shown);
}

/// Says when the problem was seen last, and whether the data go on without it.
pub(super) fn until(answer: &mut Composed, told: &Told<'_>) {
    let shown = match asked_for(told) {
        Asked::Found(found) => found,
        Asked::Problem => telling(told),
        Asked::Unknown(name) => {
            let name = inert(&name, 120);
            answer.say(format!(
                "No finding with a time names {name}; of the problem itself:"
            ));
            telling(told)
        }
    };
    let Some(last) = last_seen(told, &shown) else {
        answer.say(NOTHING);
        return;
    };
    let heading = match (&last.silent_until, last.end) {
        (Some((end, file)), _) => format!(
            "Until {}: that is the last line that shows it, and {} goes on until {} without it.",
            clock(last.time),
            inert(&file.filename, 120),
            clock(*end)
        ),
        (None, Some(end)) => format!(
            "The data show no end: it was seen last at {}, and they end at {}.",
            clock(last.time),
            clock(end)
        ),
        (None, None) => format!("It was seen last at {}.", clock(last.time)),
    };
    cite(answer, told, &heading, &[last.finding]);
    words_about_now(answer, told);
}

/// What the end is asked of.
enum Asked<'a> {
    Problem,
    Found(Vec<&'a Finding>),
    Unknown(String),
}

/// The dated findings that hold all that a question names beside the end itself.
fn asked_for<'a>(told: &Told<'a>) -> Asked<'a> {
    const GENERAL: &str = "last seen when time stop stopped end ended cease recover recovered gone over error \
         errors problem issue symptom occurrence long happen happened until till did was were is";
    let general = content_stems(GENERAL);
    let words = words(&told.situation.text);
    let telling = words.iter().filter(|word| {
        let stems = content_stems(&word.lower);
        !stems.is_empty() && stems.is_disjoint(&general) && !word.raw.contains('.')
    });
    let name: Vec<&str> = telling.map(|word| word.raw).collect();
    let name = name.join(" ");
    let wanted = content_stems(&name);
    // What the statement names is the problem itself.
    if wanted.is_subset(&content_stems(statement_of(told.after))) {
        return Asked::Problem;
    }
    let findings = told.situation.assessment.findings.iter();
    let names_it = |finding: &&Finding| {
        finding.last_seen.is_some()
            && finding.kind != "onset"
            && wanted.is_subset(&content_stems(&text_of(finding)))
    };
    let found: Vec<&Finding> = findings.filter(names_it).collect();
    match found.is_empty() {
        true => Asked::Unknown(name),
        false => Asked::Found(data::apart(found.into_iter())),
    }
}

/// Says whether the problem goes on, as far as data and words tell.
pub(super) fn ongoing(answer: &mut Composed, told: &Told<'_>) {
    now(answer, told, |last| match &last.silent_until {
        Some((end, _)) => format!("By the data, no: {}.", silence(last.time, *end)),
        None => going_on(last),
    });
}

/// Says whether the problem is over, as far as data and words tell.
pub(super) fn over(answer: &mut Composed, told: &Told<'_>) {
    now(answer, told, |last| match &last.silent_until {
        Some((end, _)) => format!("By the data, yes: {}.", silence(last.time, *end)),
        None => format!("The data do not show that it is over. {}", going_on(last)),
    });
}

/// Answers a question about now with the last sight of the problem and what the user says.
fn now(answer: &mut Composed, told: &Told<'_>, heading: impl Fn(&LastSeen<'_>) -> String) {
    let shown = telling(told);
    let Some(last) = last_seen(told, &shown) else {
        answer.say(NOTHING);
        words_about_now(answer, told);
        return;
    };
    cite(answer, told, &heading(&last), &[last.finding]);
    words_about_now(answer, told);
    if status_of(told.after) != CaseStatus::Resolved {
        answer
            .say("What it does now only newer data can show: a log of the same service up to now.");
    }
}

/// The last sight of the problem, and how long the data go on without it.
fn silence(last: DateTime<Utc>, end: DateTime<Utc>) -> String {
    format!(
        "it was seen last at {}, and {} of later data, up to {}, hold none",
        clock(last),
        lasting(end - last),
        clock(end)
    )
}

fn going_on(last: &LastSeen<'_>) -> String {
    match last.end {
        Some(end) => format!(
            "It went on as long as the data do, which end at {}; it was seen last at {}.",
            clock(end),
            clock(last.time)
        ),
        None => format!("It was seen last at {}.", clock(last.time)),
    }
}

/// A length of time in the unit that people would use.
fn lasting(length: TimeDelta) -> String {
    match (
        length.num_seconds(),
        length.num_minutes(),
        length.num_hours(),
    ) {
        (seconds, 0..2, _) => counted(seconds, "second", "seconds"),
        (_, minutes, 0..3) => counted(minutes, "minute", "minutes"),
        (_, _, hours) => counted(hours, "hour", "hours"),
    }
}

/// The findings that show the problem, else what sets in with it, else the errors.
fn telling<'a>(told: &Told<'a>) -> Vec<&'a Finding> {
    let findings = &told.situation.assessment.findings;
    let relevance = told.situation.relevance();
    let seen = |finding: &&&Finding| finding.kind != "onset" && finding.last_seen.is_some();
    let all: Vec<&Finding> = findings.iter().collect();
    let pick = |holds: &dyn Fn(&Finding) -> bool| {
        let picked = all.iter().filter(seen).filter(|it| holds(it)).copied();
        let mut picked = data::apart(picked);
        picked.sort_by_key(|finding| std::cmp::Reverse(finding.count));
        picked.truncate(SHOWN);
        picked
    };
    let onset = relevance.onset_of(findings).map(|onset| onset.finding);
    [
        pick(&|it| relevance.shows_symptom(it)),
        pick(&|it| onset.is_some_and(|onset| onset.signature == it.signature)),
        pick(&|it| it.severity() >= Severity::Error),
    ]
    .into_iter()
    .find(|picked| !picked.is_empty())
    .unwrap_or_default()
}

fn last_seen<'a>(told: &Told<'a>, shown: &[&'a Finding]) -> Option<LastSeen<'a>> {
    let seen = shown
        .iter()
        .filter_map(|finding| Some((moment(finding.last_seen.as_ref())?, *finding)));
    let (time, finding) = seen.max_by_key(|(time, _)| *time)?;
    let files = &told.situation.assessment.files;
    let class = files
        .iter()
        .find(|file| file.file_id == finding.file_id)
        .map(UploadedFile::data_class);
    let ends = files
        .iter()
        .filter(|file| Some(file.data_class()) == class)
        .filter_map(|file| {
            let end = moment(file.coverage.as_ref()?.last_time.as_ref())?;
            Some((end, file))
        });
    let newest = ends.max_by_key(|(end, _)| *end);
    Some(LastSeen {
        finding,
        time,
        silent_until: newest.filter(|(end, _)| *end - time > patience(finding)),
        end: newest.map(|(end, _)| end),
    })
}

/// How long a silence must last before it is an end.
fn patience(finding: &Finding) -> TimeDelta {
    let first = moment(finding.first_seen.as_ref());
    let last = moment(finding.last_seen.as_ref());
    let span = first.zip(last).map(|(first, last)| last - first);
    let times = i32::try_from(finding.count).unwrap_or(i32::MAX).max(2) - 1;
    let interval = span.map_or(TimeDelta::zero(), |span| span / times);
    (interval * SILENCE).max(TimeDelta::seconds(1))
}

/// How often a finding comes, in the unit that fits.
fn rate(finding: &Finding) -> Option<String> {
    let first = moment(finding.first_seen.as_ref())?;
    let last = moment(finding.last_seen.as_ref())?;
    let seconds = (last - first).num_seconds();
    if seconds < 60 || finding.count < 2 {
        return None;
    }
    let per = |unit: i64| (finding.count * unit + seconds / 2) / seconds;
    let (rate, unit) = [(60, "minute"), (3_600, "hour"), (86_400, "day")]
        .into_iter()
        .map(|(length, unit)| (per(length), unit))
        .find(|(rate, _)| *rate >= 1)?;
    Some(format!("{rate} per {unit}"))
}

fn cite(answer: &mut Composed, told: &Told<'_>, heading: &str, shown: &[&Finding]) {
    let findings = &told.situation.assessment.findings;
    let mut cited = Cited::default();
    shown.iter().for_each(|it| cited.finding(it, findings));
    answer.cite(heading, cited);
}

/// What evidence and the user's own words say about the end of the problem.
fn words_about_now(answer: &mut Composed, told: &Told<'_>) {
    let is_word = |digest: &&EvidenceDigest| {
        let is_from_user = digest.file_id.is_empty();
        !digest.withdrawn
            && (digest.category() == EvidenceKind::SymptomAbsence
                || is_from_user && digest.category() == EvidenceKind::Symptom)
    };
    let mut cited = Cited::default();
    let newest = told.after.evidence.iter().rev().find(is_word);
    newest.into_iter().for_each(|it| cited.evidence(it));
    answer.cite("The newest evidence about its end:", cited);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::stamp;

    fn finding(count: i64, first: &str, last: &str) -> Finding {
        Finding {
            count,
            first_seen: stamp(Some(first.parse().unwrap())),
            last_seen: stamp(Some(last.parse().unwrap())),
            ..Default::default()
        }
    }

    #[test]
    fn a_rate_is_told_in_the_unit_that_fits() {
        let minutes = finding(600, "2025-03-04T14:05:00Z", "2025-03-04T14:14:59Z");
        assert_eq!(rate(&minutes).as_deref(), Some("60 per minute"));
        let hours = finding(6, "2025-03-04T10:00:00Z", "2025-03-04T16:00:00Z");
        assert_eq!(rate(&hours).as_deref(), Some("1 per hour"));
        let once = finding(1, "2025-03-04T10:00:00Z", "2025-03-04T10:00:00Z");
        assert_eq!(rate(&once), None);
    }

    #[test]
    fn a_length_of_time_is_told_in_the_unit_that_fits() {
        for (seconds, expected) in [
            (40, "40 seconds"),
            (4_200, "70 minutes"),
            (21_600, "6 hours"),
        ] {
            assert_eq!(lasting(TimeDelta::seconds(seconds)), expected);
        }
    }

    #[test]
    fn the_end_of_a_problem_is_told_without_contradiction() {
        let at = |text: &str| text.parse().unwrap();
        let said = silence(at("2025-03-04T14:14:59Z"), at("2025-03-04T15:24:59Z"));
        assert!(said.contains("70 minutes of later data"), "{said}");
    }

    #[test]
    fn only_a_long_silence_is_an_end() {
        let steady = finding(601, "2025-03-04T14:05:00Z", "2025-03-04T14:15:00Z");
        assert_eq!(patience(&steady), TimeDelta::seconds(10));
    }
}

//! Which findings have to do with the problem, and which of them show its symptom.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::case::v1::FactKind;
use faultmaven_proto::evidence::v1::{DataClass, Finding, Severity, UploadedFile};

use super::beginning::{risen, within_the_minute};
use super::classify::Reading;
use super::observations::Seen;
use super::situation::Situation;
use super::stated_time::is_covered;
use super::statement::codes;
use super::symptoms;
use super::weather::Weather;
use super::wellbeing::{Well, asks_whether_well};
use super::words::{content_stems, words};
use crate::convert::moment;

use complaint::{says_it_is_back, speaks_of_logins, speaks_of_slowness_alone};

mod alarm;
mod complaint;
mod load;
mod onset;

pub(crate) use onset::{Onset, observed_onset};

/// Distance from the onset within which an error is relevant by itself.
const RELEVANCE_WINDOW: TimeDelta = TimeDelta::minutes(60);

/// What sets in this close to the problem sets in with it.
pub(super) const TOGETHER: TimeDelta = TimeDelta::minutes(10);
/// The same after a time that people name and no data bear out: "since 3am".
const TOLD_ROUNDLY: TimeDelta = TimeDelta::minutes(20);

/// Words of almost every log, which connect nothing.
const EVERYWHERE: [&str; 21] = [
    "error", "except", "info", "warn", "debug", "request", "respons", "log", "line", "data",
    "show", "file", "servic", "server", "region", "affect", "problem", "issu", "match", "answer",
    "utc",
];
/// Warnings of one kind that count together.
const WARNINGS_MIN: i64 = 3;
/// Kinds of findings that come from measurements.
pub(crate) const MEASURED: [&str; 5] = [
    "saturation",
    "level_shift",
    "spike",
    "growth",
    "resource_pressure",
];
/// Kinds of findings that say how something behaved, not how it is set up.
const BEHAVIOUR: [&str; 16] = [
    "alert",
    "growth",
    "error_signature",
    "stack_group",
    "template_burst",
    "restart_loop",
    "http_result",
    "pod_state",
    "unit_failed",
    "connection_result",
    "error_span",
    "slow_span",
    "spike",
    "level_shift",
    "name_resolution",
    "onset",
];

/// What the problem is known by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Relevance {
    stems: BTreeSet<String>,
    codes: Vec<String>,
    symptom_stems: BTreeSet<String>,
    is_about_logins: bool,
    is_about_slowness: bool,
    says_it_is_back: bool,
    signatures: BTreeSet<String>,
    onset: Option<DateTime<Utc>>,
    /// How much later than the onset something may begin to set in with it.
    late: TimeDelta,
    /// When lines that came before, too, began to come in numbers.
    risen: BTreeMap<String, DateTime<Utc>>,
    /// When each log begins.
    begins: BTreeMap<String, DateTime<Utc>>,
    weather: Weather,
    /// What is asked to be well, where nobody has complained before.
    asked: Option<Well>,
}

impl Relevance {
    /// Returns what connects findings to the problem of a case.
    pub(crate) fn of(situation: &Situation) -> Self {
        let mut described = situation.statement().to_owned();
        for kind in [
            FactKind::SymptomIndicator,
            FactKind::AffectedService,
            FactKind::AffectedRegion,
        ] {
            for fact in situation.facts(kind) {
                described.push(' ');
                described.push_str(&fact.value);
            }
        }
        // The first words about the problem count before any statement is made of them.
        let reading = situation.reading();
        if described.trim().is_empty() {
            for report in &reading.reports {
                described.push_str(&report.sentence);
                described.push(' ');
            }
        }
        let mut relevance = Self {
            codes: codes(&described),
            symptom_stems: symptom_stems(&described),
            is_about_logins: speaks_of_logins(&described),
            is_about_slowness: speaks_of_slowness_alone(&described),
            says_it_is_back: says_it_is_back(&described),
            signatures: situation
                .evidence()
                .map(|known| known.signature.clone())
                .collect(),
            stems: telling_stems(&described),
            onset: None,
            late: TOGETHER,
            risen: risen(&situation.assessment.findings),
            begins: begins(&situation.assessment.files),
            weather: Weather::of(&situation.assessment),
            asked: asks_whether_well(&situation.text).filter(|_| situation.statement().is_empty()),
        };
        relevance.signatures.remove("");
        let stated = started(situation).or_else(|| stated_now(situation, reading));
        // An alert fires some time after what people noticed, or is about something else.
        let is_of_another_time = |onset: &Onset<'_>| {
            let is_alert = onset.finding.kind == "alert";
            is_alert && stated.is_some_and(|it| (onset.time - it).abs() > TOGETHER)
        };
        let findings = &situation.assessment.findings;
        let seen = stated
            .and_then(|stated| relevance.onset_near(stated, findings))
            .or_else(|| {
                let found = relevance.onset_of(findings);
                found.filter(|it| !stated.is_some_and(|stated| is_told_apart(stated, it, findings)))
            })
            .filter(|onset| !is_of_another_time(onset))
            .map(|onset| onset.time);
        if seen.is_none() && stated.is_some() {
            relevance.late = TOLD_ROUNDLY;
        }
        relevance.onset = seen
            .or_else(|| Some(within_the_minute(stated?, &situation.assessment.findings)))
            .or_else(|| relevance.first_error(&situation.assessment.findings));
        relevance
    }

    /// Returns when the problem began, as far as data or words tell.
    pub(crate) fn onset(&self) -> Option<DateTime<Utc>> {
        self.onset
    }

    /// Returns how much later than the onset something may begin to set in with it.
    pub(crate) fn late(&self) -> TimeDelta {
        self.late
    }

    /// Returns when lines of a signature set in, as far as that was observed.
    pub(crate) fn risen(&self, signature: &str) -> Option<DateTime<Utc>> {
        self.risen.get(signature).copied()
    }

    /// Returns when a log begins.
    pub(crate) fn begin_of(&self, file_id: &str) -> Option<DateTime<Utc>> {
        self.begins.get(file_id).copied()
    }

    /// Returns what in the data is no sign of a fault.
    pub(crate) fn weather(&self) -> &Weather {
        &self.weather
    }

    /// Returns whether a finding has to do with the problem.
    pub(crate) fn concerns(&self, finding: &Finding) -> bool {
        self.signatures.contains(&finding.signature)
            || self.concerns_text(&text_of(finding))
            || (finding.severity() >= Severity::Error && self.is_near(finding))
    }

    /// Returns whether a text shares a telling word with what is known of the problem.
    pub(crate) fn concerns_text(&self, text: &str) -> bool {
        self.has_code(text) || !self.stems.is_disjoint(&content_stems(text))
    }

    /// Returns whether a text holds a code or a symptom word of the statement.
    pub(super) fn speaks_of_symptom(&self, text: &str) -> bool {
        self.has_code(text) || !self.symptom_stems.is_disjoint(&content_stems(text))
    }

    /// Returns whether a text tells of what people complain of: of the same code, or of logins. That it
    /// names the same part, or fails too, says nothing.
    pub(crate) fn complains_of(&self, text: &str) -> bool {
        self.has_code(text) || self.is_about_logins && speaks_of_logins(text)
    }

    /// Returns whether people say that what they suspect is well again, and the trouble goes on.
    pub(crate) fn says_it_is_back(&self) -> bool {
        self.says_it_is_back
    }

    /// Returns whether people complain that something takes long, and of nothing else.
    pub(crate) fn is_about_slowness(&self) -> bool {
        self.is_about_slowness
    }

    /// Returns whether a finding shows what the statement complains about.
    pub(crate) fn shows_symptom(&self, finding: &Finding) -> bool {
        let text = text_of(finding);
        if !BEHAVIOUR.contains(&finding.kind.as_str())
            || finding.severity() < Severity::Warn
            || self.is_sporadic(finding)
        {
            return false;
        }
        let names_object = !self.stems.is_disjoint(&content_stems(&text));
        self.speaks_of_symptom(&text)
            || (names_object
                && finding.severity() >= Severity::Error
                && finding.catalogue_id.is_empty())
    }

    /// Returns whether a finding is trouble of what the statement names, whatever its kind.
    pub(crate) fn may_show_symptom(&self, finding: &Finding) -> bool {
        self.shows_symptom(finding)
            || (BEHAVIOUR.contains(&finding.kind.as_str())
                && finding.severity() >= Severity::Error
                && !self.is_sporadic(finding)
                && self.concerns_text(&text_of(finding)))
    }

    /// Returns whether a text holds a code of the statement, such as a status or an exception.
    pub(crate) fn has_code(&self, text: &str) -> bool {
        let mut parts = text.split(|letter: char| !letter.is_alphanumeric());
        parts.any(|part| self.codes.iter().any(|code| code == part))
    }

    /// Returns whether a line only repeats the reported status, with no reason beside it.
    pub(crate) fn restates(&self, text: &str) -> bool {
        const REASONS: [&str; 12] = [
            "exception",
            "error:",
            "err=",
            "failed",
            "cannot",
            "refused",
            "timed",
            "timeout",
            "denied",
            "missing",
            "not found",
            "caused",
        ];
        let lower = text.to_lowercase();
        self.has_code(text) && !REASONS.iter().any(|reason| lower.contains(reason))
    }

    /// Returns whether a grave finding sets in with the problem, or whenever it may have begun.
    pub(crate) fn begins_with_it(&self, finding: &Finding) -> bool {
        let runs_out = finding.kind == "saturation" && finding.severity() >= Severity::Error;
        (runs_out || BEHAVIOUR.contains(&finding.kind.as_str()))
            && self.is_trouble(finding)
            && (self.onset.is_none() || self.is_near(finding))
    }

    /// Returns whether lines come, or come in numbers, from the beginning of the problem on; what has
    /// no time may.
    pub(crate) fn sets_in_with_it(&self, finding: &Finding) -> bool {
        let risen = self.risen(&finding.signature);
        let begun = risen.or_else(|| moment(finding.first_seen.as_ref()));
        self.onset
            .zip(begun)
            .is_none_or(|(onset, begun)| (begun - onset).abs() <= TOGETHER)
    }

    fn is_near(&self, finding: &Finding) -> bool {
        let seen = moment(finding.first_seen.as_ref());
        let distance = self
            .onset
            .zip(seen)
            .map(|(onset, seen)| (seen - onset).abs());
        distance.is_some_and(|distance| distance <= RELEVANCE_WINDOW)
    }
}

/// Returns whether something sets in when people say, and what seems to be their problem at another time.
fn is_told_apart(stated: DateTime<Utc>, onset: &Onset<'_>, findings: &[Finding]) -> bool {
    let mut failing = findings
        .iter()
        .filter(|it| it.kind == "onset" && it.severity() >= Severity::Error);
    let sets_in_then = |it: &Finding| {
        let begins = moment(it.first_seen.as_ref());
        begins.is_some_and(|begins| (begins - stated).abs() <= TOGETHER)
    };
    (onset.time - stated).abs() > RELEVANCE_WINDOW && failing.any(sets_in_then)
}

fn begins(files: &[UploadedFile]) -> BTreeMap<String, DateTime<Utc>> {
    let logs = files
        .iter()
        .filter(|it| matches!(it.data_class(), DataClass::Logs | DataClass::ErrorReport));
    let begins = logs.filter_map(|file| {
        let coverage = file.coverage.as_ref()?;
        Some((file.file_id.clone(), moment(coverage.first_time.as_ref())?))
    });
    begins.collect()
}

/// When the problem began as far as anybody has said.
pub(crate) fn started(situation: &Situation) -> Option<DateTime<Utc>> {
    let known = situation.facts(FactKind::StartedAt).last()?;
    let stated = DateTime::parse_from_rfc3339(&known.value).ok()?;
    // Words that no log bears out were meant otherwise.
    let is_seen = !known.source_evidence_id.is_empty();
    let stated = stated.with_timezone(&Utc);
    (is_seen || is_covered(situation, stated)).then_some(stated)
}

fn stated_now(situation: &Situation, reading: &Reading) -> Option<DateTime<Utc>> {
    let stated = reading
        .observations
        .iter()
        .find_map(|seen| match &seen.what {
            Seen::Since(time) => time.resolve(&situation.reference()),
            _ => None,
        });
    stated.filter(|stated| is_covered(situation, *stated))
}

/// Returns everything a finding says and quotes.
pub(crate) fn text_of(finding: &Finding) -> String {
    let mut text = finding.component.clone();
    for citation in finding.citations.iter().take(2) {
        text.push(' ');
        text.push_str(&citation.quote);
    }
    if finding.citations.is_empty() {
        text.push(' ');
        text.push_str(&finding.statement);
    }
    text
}

fn telling_stems(text: &str) -> BTreeSet<String> {
    content_stems(text)
        .into_iter()
        .filter(|stem| !EVERYWHERE.contains(&stem.as_str()))
        .filter(|stem| !stem.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

fn symptom_stems(text: &str) -> BTreeSet<String> {
    let all = words(text);
    let named = (0..all.len()).filter_map(|at| {
        let alone = std::slice::from_ref(&all[at]);
        symptoms::find(alone).map(|_| all[at].lower.as_str())
    });
    let joined: Vec<&str> = named.collect();
    telling_stems(&joined.join(" "))
}

#[cfg(test)]
#[path = "relevance_tests.rs"]
mod tests;

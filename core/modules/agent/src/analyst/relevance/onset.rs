//! When the problem set in, as the data show it.

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{Finding, Severity};

use super::{MEASURED, Relevance, TOGETHER, text_of};
use crate::analyst::beginning::first_of_its_kind;
use crate::convert::moment;

/// How long after its beginning a problem may take to fire an alert.
const ALERT_DELAY: TimeDelta = TimeDelta::minutes(30);

/// When the symptom set in, as the data show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Onset<'a> {
    pub(crate) time: DateTime<Utc>,
    pub(crate) finding: &'a Finding,
}

impl Relevance {
    /// Returns when the symptom set in; without an onset of a symptom, of anything that concerns it.
    pub(crate) fn onset_of<'a>(&self, findings: &'a [Finding]) -> Option<Onset<'a>> {
        let observed = |finding: &'a Finding| {
            let time = moment(finding.first_seen.as_ref())?;
            let time = first_of_its_kind(findings, finding, time);
            (finding.kind == "onset").then_some(Onset { time, finding })
        };
        let onsets = || findings.iter().filter_map(observed);
        let symptoms = onsets().filter(|onset| self.shows_symptom(onset.finding));
        let related = || {
            onsets().filter(|onset| {
                onset.finding.severity() >= Severity::Warn
                    && self.concerns_text(&text_of(onset.finding))
            })
        };
        // An alert fires some time after what it tells has begun.
        let alerts = || {
            let fired = findings.iter().filter(|it| it.kind == "alert");
            let fired = fired.filter(|it| !self.weather.is_old(it));
            let concerning = fired
                .filter(|it| self.concerns_text(&text_of(it)) || self.concerns_text(&it.statement));
            concerning.filter_map(|finding| {
                let fired = moment(finding.first_seen.as_ref())?;
                let time = measured_before(findings, fired).unwrap_or(fired);
                Some(Onset { time, finding })
            })
        };
        // What becomes slow begins then, whatever it is called.
        let slow = || {
            let slow = findings.iter().filter(|it| it.kind == "slow_span");
            slow.filter(|it| it.severity() >= Severity::Error)
                .filter_map(|finding| {
                    let time = moment(finding.first_seen.as_ref())?;
                    Some(Onset { time, finding })
                })
        };
        symptoms
            .min_by_key(|onset| onset.time)
            .or_else(|| related().min_by_key(|onset| onset.time))
            .or_else(|| alerts().min_by_key(|onset| onset.time))
            .or_else(|| slow().min_by_key(|onset| onset.time))
    }

    /// Returns what set in around the time that people name and has to do with what they say.
    pub(super) fn onset_near<'a>(
        &self,
        stated: DateTime<Utc>,
        findings: &'a [Finding],
    ) -> Option<Onset<'a>> {
        let concerns = |finding: &&Finding| {
            let is_grave = finding.severity() >= Severity::Warn;
            finding.kind == "onset" && is_grave && self.concerns_text(&text_of(finding))
        };
        // Lines that come in numbers later may have begun when people say.
        let began = |onset: &'a Finding| {
            let mut same = findings.iter();
            same.find(|it| it.kind == "error_signature" && it.signature == onset.signature)
        };
        let onsets = findings.iter().filter(concerns).flat_map(|finding| {
            let told = [Some(finding), began(finding)].into_iter().flatten();
            told.filter_map(move |it| {
                let time = moment(it.first_seen.as_ref())?;
                let time = first_of_its_kind(findings, finding, time);
                Some(Onset { time, finding })
            })
        });
        let near = onsets.filter(|onset| {
            let late = onset.time - stated;
            late >= -TOGETHER && late <= ALERT_DELAY
        });
        near.min_by_key(|onset| (onset.time - stated).abs())
    }

    /// Returns when the first grave line was seen that has to do with the problem.
    pub(crate) fn first_error(&self, findings: &[Finding]) -> Option<DateTime<Utc>> {
        let grave = findings
            .iter()
            .filter(|it| it.severity() >= Severity::Error && !self.is_sporadic(it))
            .filter(|it| self.concerns_text(&text_of(it)));
        let times = grave.filter_map(|finding| moment(finding.first_seen.as_ref()));
        times.min()
    }
}

/// Returns when the first thing failed by its measurements, shortly before an alert fired.
fn measured_before(findings: &[Finding], fired: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let failing = findings
        .iter()
        .filter(|it| MEASURED.contains(&it.kind.as_str()) && it.severity() >= Severity::Error);
    let times = failing.filter_map(|it| moment(it.first_seen.as_ref()));
    times
        .filter(|time| *time <= fired && fired - *time <= ALERT_DELAY)
        .min()
}

/// Returns the sightings of a signature with the onset it has, if one was observed.
pub(crate) fn observed_onset(findings: &[Finding], signature: &str) -> Option<DateTime<Utc>> {
    let onset = findings
        .iter()
        .find(|finding| finding.kind == "onset" && finding.signature == signature)?;
    moment(onset.first_seen.as_ref())
}

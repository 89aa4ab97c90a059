//! What points at no fault: steady warnings of others, what is over, and statements that people typed
//! by hand into a database.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_proto::evidence::v1::{
    AssessCaseResponse, Candidate, FileCitation, Finding, Indication, Severity, UploadedFile,
};

use super::failed_call;
use crate::convert::moment;

mod over;
mod recovered;
mod roles;
mod sporadic;
mod typed;

use over::{QUIET_MIN, is_of_past_alerts, is_over};
use recovered::Recovered;
use roles::is_exchange;
pub(crate) use roles::shift;
use sporadic::{Sporadic, goes_on};
use typed::{is_mistyped_login, is_slip, is_typed, names_client, reaches_a_program};

/// Share of a log's time within which something must show at its start and its end to be steady.
const MARGIN: i32 = 4;
/// How the entries end about values that somebody gave and a program or store refuses.
pub(super) const REFUSED_VALUES: [&str; 5] = [
    ".duplicate_key",
    ".duplicate_entry",
    ".value_rejected",
    ".constraint_violated",
    ".validation",
];
/// Entries about statements that took longer than somebody wished to know.
const SLOW_STATEMENTS: [&str; 4] = [
    "postgresql.slow_query",
    "mysql.slow_query",
    "mongodb.slow_queries",
    "mongodb.slow_operations",
];
/// Errors that nothing is known of, and that are no more than this, are told and alarm nobody.
const FEW: i64 = 3;
/// Names of alerts about the monitoring itself, of requests that were promised more than once, and of those that always fire, as the rules for Prometheus on Kubernetes bring them along.
const ABOUT_MONITORING: [&str; 14] = [
    "Watchdog",
    "InfoInhibitor",
    "KubeCPUOvercommit",
    "KubeMemoryOvercommit",
    "KubeCPUQuotaOvercommit",
    "KubeMemoryQuotaOvercommit",
    "PrometheusBadConfig",
    "PrometheusDuplicateTimestamps",
    "PrometheusOutOfOrderTimestamps",
    "PrometheusNotConnectedToAlertmanagers",
    "PrometheusRuleFailures",
    "PrometheusMissingRuleEvaluations",
    "AlertmanagerFailedReload",
    "AlertmanagerConfigInconsistent",
];
/// An alert that fired so long before everything else that was handed over tells of something else.
const LONG_BEFORE: TimeDelta = TimeDelta::hours(24);
const BEFORE_A_WARNING: TimeDelta = TimeDelta::hours(6);
/// Findings that are no sign of a fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weather {
    steady: BTreeSet<(String, String)>,
    /// What comes all the time, errors too.
    constant: BTreeSet<(String, String)>,
    sporadic: Sporadic,
    recovered: Recovered,
    over: BTreeSet<(String, String)>,
    background: BTreeSet<(String, String)>,
    /// Alerts that fired long before everything else.
    old: BTreeSet<(String, String)>,
    typed: BTreeSet<(String, String)>,
    /// Entries of the catalogue that show in such statements and nowhere else.
    entries: BTreeSet<String>,
    places: BTreeSet<(String, i64)>,
}

impl Weather {
    /// Returns what the data show of it.
    pub(crate) fn of(assessment: &AssessCaseResponse) -> Self {
        let findings = &assessment.findings;
        let mut typed: Vec<&Finding> = findings
            .iter()
            .filter(|it| is_typed(it, &assessment.entities))
            .filter(|it| !reaches_a_program(it, findings, &assessment.entities))
            .collect();
        let mistyped = findings.iter().filter(|it| is_mistyped_login(it, &typed));
        let mistyped: Vec<&Finding> = mistyped.collect();
        typed.extend(mistyped);
        let steady = findings
            .iter()
            .filter(|it| is_steady(it, &assessment.files, findings));
        let constant = findings.iter().filter(|it| {
            it.kind == "error_signature" && comes_all_the_time(it, &assessment.files, findings)
        });
        let is_over = |it: &Finding| {
            is_over(it, &assessment.files) || is_of_past_alerts(it, findings, &assessment.files)
        };
        let over = findings.iter().filter(|it| is_over(it));
        let sporadic = Sporadic::of(assessment);
        Self {
            over: over.map(key).collect(),
            background: background(assessment, &sporadic).map(key).collect(),
            old: findings
                .iter()
                .filter(|it| it.kind == "alert" && is_old(it, &assessment.files))
                .map(key)
                .collect(),
            sporadic,
            recovered: Recovered::of(assessment),
            steady: steady.map(key).collect(),
            constant: constant.map(key).collect(),
            places: typed
                .iter()
                .flat_map(|it| it.citations.iter().map(place))
                .collect(),
            entries: typed.iter().map(|it| it.catalogue_id.clone()).collect(),
            typed: typed.into_iter().map(key).collect(),
        }
    }

    /// Returns whether a warning of a log that nothing is known of comes all the time, as often as ever.
    pub(crate) fn is_steady(&self, finding: &Finding) -> bool {
        finding.catalogue_id.is_empty() && self.comes_as_ever(&finding.file_id, &finding.signature)
    }

    /// Returns whether a warning of a log comes all the time, as often as ever.
    pub(crate) fn comes_as_ever(&self, file_id: &str, signature: &str) -> bool {
        let key = (file_id.to_owned(), signature.to_owned());
        self.steady.contains(&key)
    }

    /// Returns whether lines come from the beginning of their log to its end, as often as ever.
    pub(crate) fn is_constant(&self, file_id: &str, signature: &str) -> bool {
        let key = (file_id.to_owned(), signature.to_owned());
        self.constant.contains(&key)
    }

    /// Returns whether a finding tells of what comes now and then wherever people work, and comes no more
    /// often here.
    pub(crate) fn is_sporadic(&self, finding: &Finding) -> bool {
        self.sporadic.has_finding(finding)
    }

    /// Returns whether what speaks for a candidate comes now and then wherever people work.
    pub(crate) fn indicates_sporadic(&self, candidate: &Candidate, found: &Indication) -> bool {
        self.sporadic.has_indication(candidate, found)
    }

    /// Returns whether something ended long before the data do.
    pub(crate) fn is_over(&self, finding: &Finding) -> bool {
        self.over.contains(&key(finding)) || self.recovered.has_finding(finding)
    }

    /// Returns whether a place tells of a pod that ended days ago and has been well since; where people
    /// say that it is back, one that is ready after few ends suffices.
    pub(crate) fn is_recovered(&self, cited: &FileCitation, is_said_back: bool) -> bool {
        self.recovered.has_place(cited) || is_said_back && self.recovered.is_back(cited)
    }

    /// Returns whether something fails now and then wherever people work, or fired long before.
    pub(crate) fn is_background(&self, finding: &Finding) -> bool {
        self.background.contains(&key(finding))
    }

    /// Returns whether an alert fired long before everything else that was handed over.
    pub(crate) fn is_old(&self, finding: &Finding) -> bool {
        self.old.contains(&key(finding))
    }

    /// Returns whether people typed the statements that failed.
    pub(crate) fn is_typed(&self, finding: &Finding) -> bool {
        self.typed.contains(&key(finding))
    }

    /// Returns whether an entry of the catalogue shows in nothing but statements that people typed.
    pub(crate) fn is_typed_alone<'a>(
        &self,
        catalogue_id: &str,
        mut shown: impl Iterator<Item = &'a FileCitation>,
    ) -> bool {
        let is_typed = |cited: &FileCitation| {
            names_client(&cited.quote) || self.places.contains(&place(cited))
        };
        self.entries.contains(catalogue_id) && shown.all(is_typed)
    }
}

fn place(cited: &FileCitation) -> (String, i64) {
    (cited.file_id.clone(), cited.line_start)
}

fn key(finding: &Finding) -> (String, String) {
    (finding.file_id.clone(), finding.signature.clone())
}

/// Lines that warn, that no onset has and that reach from the start of their log to its end.
fn is_steady(finding: &Finding, files: &[UploadedFile], findings: &[Finding]) -> bool {
    let warns = finding.severity() == Severity::Warn || is_warning(finding);
    finding.kind == "error_signature" && warns && comes_all_the_time(finding, files, findings)
}

/// Statements whose values are refused all the time, a few calls among many, a slow statement now and then,
/// a mistyped password, an old alert, values that two objects exchange.
fn background<'a>(
    assessment: &'a AssessCaseResponse,
    sporadic: &Sporadic,
) -> impl Iterator<Item = &'a Finding> {
    let AssessCaseResponse {
        files, findings, ..
    } = assessment;
    findings.iter().filter(move |finding| {
        let id = finding.catalogue_id.as_str();
        let is_constant = || comes_all_the_time(finding, files, findings);
        let goes_on_long = || {
            let seen = seen(finding).zip(read(finding, files));
            seen.is_some_and(|(seen, read)| goes_on(seen, read))
        };
        if finding.severity() == Severity::Critical && finding.kind != "alert" {
            return false;
        }
        match finding.kind.as_str() {
            "alert" => is_old(finding, files) || is_of_the_monitoring(finding),
            "error_signature" => {
                let is_few = sporadic.is_rare(&finding.file_id, finding.count);
                let comes_anyway = REFUSED_VALUES.iter().any(|end| id.ends_with(end));
                let is_slow = SLOW_STATEMENTS.contains(&id) && is_few;
                is_slow && goes_on_long()
                    || (comes_anyway || failed_call::is_entry(id) && is_few) && is_constant()
                    || sporadic.has_finding(finding)
                    || is_slip(finding)
                    || is_guessing(finding) && is_constant()
                    || id.is_empty() && is_few && (finding.count <= FEW || is_constant())
            }
            "level_shift" => is_exchange(finding, findings),
            "stack_group" => {
                finding.count <= FEW && sporadic.is_rare(&finding.file_id, finding.count)
            }
            _ => false,
        }
    })
}

/// Returns whether an alert fired long before everything else that was handed over.
fn is_old(alert: &Finding, files: &[UploadedFile]) -> bool {
    let others = files.iter().filter(|it| it.file_id != alert.file_id);
    let earliest = others.filter_map(times).map(|(from, _)| from).min();
    let fired = moment(alert.last_seen.as_ref()).or_else(|| moment(alert.first_seen.as_ref()));
    let long = match alert.severity() {
        Severity::Error | Severity::Critical => LONG_BEFORE,
        _ => BEFORE_A_WARNING,
    };
    let between = fired.zip(earliest);
    between.is_some_and(|(fired, from)| from - fired >= long)
}

/// Returns whether strangers try passwords, as they do wherever a port is open to the world.
fn is_guessing(finding: &Finding) -> bool {
    finding.statement.contains("as when passwords are guessed")
}

/// Returns whether an alert is about the monitoring itself or always fires.
fn is_of_the_monitoring(alert: &Finding) -> bool {
    let said = alert.statement.strip_prefix("alert ").unwrap_or_default();
    let name = said.split_whitespace().next().unwrap_or_default();
    ABOUT_MONITORING.contains(&name)
}

fn comes_all_the_time(finding: &Finding, files: &[UploadedFile], findings: &[Finding]) -> bool {
    let sets_in = || {
        let mut onsets = findings.iter().filter(|it| it.kind == "onset");
        onsets.any(|it| it.signature == finding.signature)
    };
    let read = read(finding, files);
    !sets_in()
        && seen(finding)
            .zip(read)
            .is_some_and(|(seen, read)| spans(seen, read))
}

fn seen(finding: &Finding) -> Option<Span> {
    moment(finding.first_seen.as_ref()).zip(moment(finding.last_seen.as_ref()))
}

fn read(finding: &Finding, files: &[UploadedFile]) -> Option<Span> {
    let mut files = files.iter();
    let file = files.find(|file| file.file_id == finding.file_id)?;
    times(file)
}

type Span = (DateTime<Utc>, DateTime<Utc>);

fn times(file: &UploadedFile) -> Option<Span> {
    let coverage = file.coverage.as_ref()?;
    moment(coverage.first_time.as_ref()).zip(moment(coverage.last_time.as_ref()))
}

fn spans((first, last): Span, (from, to): Span) -> bool {
    let margin = (to - from) / MARGIN;
    first - from <= margin && to - last <= margin
}

/// Returns whether the program itself calls what it met a warning, as it does before it tries again.
pub(super) fn is_warning(finding: &Finding) -> bool {
    let mut quotes = finding.citations.iter().map(|it| it.quote.as_str());
    !finding.citations.is_empty() && quotes.all(warns)
}

/// Returns whether a line calls what it tells a warning.
pub(super) fn warns(line: &str) -> bool {
    let mut words = line.split(|letter: char| !letter.is_ascii_alphabetic());
    words.any(|word| matches!(word, "WARN" | "WARNING" | "warn" | "warning" | "WRN"))
}

#[cfg(test)]
#[path = "weather_tests.rs"]
mod tests;

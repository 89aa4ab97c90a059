//! Which findings point at a fault.

use faultmaven_proto::evidence::v1::{Finding, Severity};

use super::load::{is_other_load, is_relief};
use super::{MEASURED, Relevance, WARNINGS_MIN, text_of};
use crate::analyst::failed_call;
use crate::analyst::weather::is_warning;
use crate::analyst::wellbeing::Well;

impl Relevance {
    /// Returns whether people ask if all is well, and complain of nothing.
    pub(crate) fn asks_whether_well(&self) -> bool {
        self.asked.is_some()
    }

    /// Returns whether something failed before and is over, where nobody complains.
    pub(crate) fn is_past(&self, finding: &Finding) -> bool {
        let counts = match self.asked {
            Some(Well::Now) => true,
            Some(Well::Run) => {
                let is_told = finding.recovery.is_some();
                is_told || finding.severity() == Severity::Warn || is_warning(finding)
            }
            None => false,
        };
        counts && self.weather.is_over(finding)
    }

    /// Returns whether people typed by hand what failed, and nobody complains of it.
    fn is_typed(&self, finding: &Finding) -> bool {
        self.weather.is_typed(finding) && !self.speaks_of_symptom(&text_of(finding))
    }

    /// Returns whether an alert fired long before the data begin, and nobody complains of it.
    fn is_old_alert(&self, finding: &Finding) -> bool {
        self.weather.is_old(finding) && !self.speaks_of_symptom(&text_of(finding))
    }

    /// Returns whether it comes now and then wherever people work, and nobody complains of it.
    pub(crate) fn is_sporadic(&self, finding: &Finding) -> bool {
        self.weather.is_sporadic(finding) && !self.complains_of(&text_of(finding))
    }

    /// Returns whether a finding is grave: warnings are when they come in numbers and belong to the
    /// problem, or are measured.
    pub(crate) fn is_trouble(&self, finding: &Finding) -> bool {
        if self.is_old_alert(finding) || self.is_sporadic(finding) {
            return false;
        }
        let is_measured = MEASURED.contains(&finding.kind.as_str());
        let comes_in_numbers = finding.count >= WARNINGS_MIN
            && !self.weather.is_steady(finding)
            && (self.concerns_text(&text_of(finding)) || self.is_near(finding));
        match finding.severity() {
            Severity::Error | Severity::Critical => !self.is_typed(finding),
            Severity::Warn => is_measured || comes_in_numbers,
            Severity::Info | Severity::Unspecified => false,
        }
    }

    /// Returns whether a finding may point at a fault: lone or steady warnings of others do not.
    pub(crate) fn is_alarming(&self, finding: &Finding) -> bool {
        let is_lone = finding.kind == "error_signature"
            && finding.catalogue_id.is_empty()
            && finding.count < WARNINGS_MIN
            && !self.concerns_text(&text_of(finding));
        let is_as_ever = self.asked.is_some()
            && self
                .weather
                .comes_as_ever(&finding.file_id, &finding.signature);
        let is_background = self.asked == Some(Well::Now) && self.weather.is_background(finding);
        let is_sporadic = self.is_sporadic(finding);
        // Who asks whether all is well after a change knows of it.
        let is_harmless = || is_other_load(finding) || is_relief(finding);
        let is_known = self.asked.is_some() && (finding.kind == "config_change" || is_harmless());
        let is_none =
            is_as_ever || is_background || is_known || is_sporadic || self.is_old_alert(finding);
        if is_none || self.is_past(finding) {
            return false;
        }
        // Without a complaint, what was there all the time and a few failed calls are weather.
        let is_weather = (self.stems.is_empty() || self.asked.is_some())
            && !self.risen.contains_key(&finding.signature);
        let id = &finding.catalogue_id;
        let is_steady = is_weather && finding.kind == "error_signature" && id.is_empty()
            || self.weather.is_steady(finding) && !self.speaks_of_symptom(&text_of(finding));
        let is_passing = is_weather && failed_call::is_entry(id) && finding.count <= WARNINGS_MIN;
        match finding.severity() {
            Severity::Error | Severity::Critical => !is_passing && !self.is_typed(finding),
            Severity::Warn => !is_lone && !is_steady,
            Severity::Info | Severity::Unspecified => false,
        }
    }
}

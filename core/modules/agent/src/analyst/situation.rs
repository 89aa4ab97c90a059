//! Everything the analyst looks at in one turn.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use chrono::{DateTime, FixedOffset, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::{CaseStatus, FactKind, HypothesisStatus};
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::knowledge::v1::SearchResult;

use super::classify::{self, Reading};
use super::clock_time::{self, Reference};
use super::relevance::Relevance;
use super::restored::FileLines;
use crate::convert::moment;
use crate::lookup::Lookup;

/// The state of a case, its data and what the user brings in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Situation {
    pub(crate) now: DateTime<Utc>,
    pub(crate) message_id: String,
    /// What the user wrote; empty for a turn with data alone.
    pub(crate) text: String,
    pub(crate) investigation: case_pb::Investigation,
    pub(crate) assessment: evidence_pb::AssessCaseResponse,
    /// Files of this turn with their members.
    pub(crate) new_files: Vec<evidence_pb::UploadedFile>,
    /// Whether the case becomes an investigation in this turn.
    pub(crate) entering: bool,
    pub(crate) passages: Vec<SearchResult>,
    /// Whether the knowledge base answered, if it was asked.
    pub(crate) knowledge_failed: bool,
    pub(crate) lookup: Option<Lookup>,
    /// What the files say about what the user suspects.
    pub(crate) traces: Option<Lookup>,
    /// The number of an order or the like that people name and no file holds.
    pub(crate) absent: Option<String>,
    /// Logs that were too large to be searched for changes.
    pub(crate) unsearched: Vec<String>,
    /// Names of the objects that quotes of documents are about, by file and line.
    pub(crate) names: HashMap<(String, i64), String>,
    /// Commands of checks whose numbers a file holds already.
    pub(crate) held: HashSet<String>,
    /// The first lines of the files of this turn.
    pub(crate) heads: Vec<FileLines>,
    pub(crate) aftermath: Aftermath,
    /// Read once the data are known, which stay the same for the turn.
    pub(crate) reading: OnceLock<Reading>,
    pub(crate) relevance: OnceLock<Relevance>,
}

/// What the data of this turn show about a change that was made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aftermath {
    /// Proven absences of signatures.
    pub(crate) absences: Vec<ProvenAbsence>,
    /// Lines that show a value set back to what it was before.
    pub(crate) restored: Vec<RestoredValue>,
}

/// A signature that a new file shows to be gone.
#[derive(Debug, Clone)]
pub(crate) struct ProvenAbsence {
    pub(crate) of_symptom: bool,
    pub(crate) proof: evidence_pb::AbsenceProof,
    pub(crate) citation: evidence_pb::FileCitation,
}

/// A line of a new file with the value a change had replaced.
#[derive(Debug, Clone)]
pub(crate) struct RestoredValue {
    pub(crate) name: String,
    pub(crate) before: String,
    pub(crate) now: String,
    pub(crate) citation: evidence_pb::FileCitation,
}

impl Situation {
    /// Returns the status the turn works in: entering counts as having entered.
    pub(crate) fn status(&self) -> CaseStatus {
        if self.entering {
            return CaseStatus::Investigating;
        }
        status_of(&self.investigation)
    }

    /// Returns what the words of the turn say.
    pub(crate) fn reading(&self) -> &Reading {
        self.reading
            .get_or_init(|| classify::read(&self.text, self.has_data()))
    }

    /// Returns what the problem is known by.
    pub(crate) fn relevance(&self) -> &Relevance {
        self.relevance.get_or_init(|| Relevance::of(self))
    }

    /// Returns the same turn with its data alone.
    pub(crate) fn without_words(&self) -> Self {
        Self {
            text: String::new(),
            reading: OnceLock::new(),
            relevance: OnceLock::new(),
            ..self.clone()
        }
    }

    /// Returns whether evidence can be collected.
    pub(crate) fn is_investigating(&self) -> bool {
        self.status() == CaseStatus::Investigating
    }

    /// Returns whether the case has files.
    pub(crate) fn has_data(&self) -> bool {
        !self.assessment.files.is_empty() || !self.investigation.files.is_empty()
    }

    /// Returns the statement that was proposed or confirmed last.
    pub(crate) fn statement(&self) -> &str {
        statement_of(&self.investigation)
    }

    /// Returns whether a file came in with this turn.
    pub(crate) fn is_new_file(&self, file_id: &str) -> bool {
        self.new_files.iter().any(|file| file.file_id == file_id)
    }

    /// Returns the hypotheses that may still change.
    pub(crate) fn open_hypotheses(&self) -> impl Iterator<Item = &case_pb::Hypothesis> {
        self.investigation
            .hypotheses
            .iter()
            .filter(|hypothesis| !is_final(hypothesis.status()))
    }

    /// Returns the newest hypothesis made from an entry of the catalogue.
    pub(crate) fn by_catalogue_id(&self, catalogue_id: &str) -> Option<&case_pb::Hypothesis> {
        let all = &self.investigation.hypotheses;
        all.iter()
            .rfind(|hypothesis| hypothesis.catalogue_id == catalogue_id)
    }

    /// Returns the candidate of the catalogue behind an id.
    pub(crate) fn candidate(&self, catalogue_id: &str) -> Option<&evidence_pb::Candidate> {
        let all = &self.assessment.candidates;
        all.iter()
            .find(|candidate| candidate.catalogue_id == catalogue_id)
    }

    /// Returns the evidence that counts.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = &case_pb::EvidenceDigest> {
        self.investigation
            .evidence
            .iter()
            .filter(|digest| !digest.withdrawn)
    }

    /// Returns the values of a kind of fact that hold.
    pub(crate) fn facts(&self, kind: FactKind) -> impl Iterator<Item = &case_pb::Fact> {
        facts_of(&self.investigation, kind)
    }

    /// Returns what times without date or zone refer to.
    pub(crate) fn reference(&self) -> Reference {
        Reference {
            oldest: self.oldest_moment(),
            newest: self.newest_moment(),
            written: self.now,
            zone: self.zone(),
        }
    }

    fn oldest_moment(&self) -> Option<DateTime<Utc>> {
        let files = self.assessment.files.iter();
        let covered = files.filter_map(|file| moment(file.coverage.as_ref()?.first_time.as_ref()));
        covered.min()
    }

    fn newest_moment(&self) -> Option<DateTime<Utc>> {
        let covered = self
            .assessment
            .files
            .iter()
            .filter_map(|file| moment(file.coverage.as_ref()?.last_time.as_ref()));
        let observed = self
            .evidence()
            .filter_map(|digest| moment(digest.observed_to.as_ref()));
        covered.chain(observed).max()
    }

    /// The zone people speak in: the one beside UTC that the newest of such files names, since
    /// machines write UTC wherever they stand.
    fn zone(&self) -> FixedOffset {
        let named = self.assessment.files.iter().rev().find_map(|file| {
            let zone = clock_time::zone(&file.coverage.as_ref()?.timezone)?;
            (zone != clock_time::utc()).then_some(zone)
        });
        named.unwrap_or_else(clock_time::utc)
    }
}

/// Returns where a case stands.
pub(crate) fn status_of(investigation: &case_pb::Investigation) -> CaseStatus {
    investigation
        .case
        .as_ref()
        .map_or(CaseStatus::Inquiry, case_pb::Case::status)
}

/// Returns the statement of a case that was proposed or confirmed last.
pub(crate) fn statement_of(investigation: &case_pb::Investigation) -> &str {
    let statement = investigation
        .case
        .as_ref()
        .and_then(|case| case.statement.as_ref());
    statement.map_or("", |statement| match statement.pending_text.as_str() {
        "" => &statement.text,
        pending => pending,
    })
}

/// Returns the facts of a kind that hold.
pub(crate) fn facts_of(
    investigation: &case_pb::Investigation,
    kind: FactKind,
) -> impl Iterator<Item = &case_pb::Fact> {
    let facts = investigation
        .case
        .as_ref()
        .map(|case| case.facts.as_slice());
    facts
        .unwrap_or_default()
        .iter()
        .filter(move |fact| fact.kind() == kind && !fact.superseded)
}

/// Returns whether a hypothesis can never change again.
pub(crate) fn is_final(status: HypothesisStatus) -> bool {
    matches!(
        status,
        HypothesisStatus::Refuted | HypothesisStatus::Retired
    )
}

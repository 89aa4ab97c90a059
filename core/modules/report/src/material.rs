//! All that a report is written from, in an order that never depends on who asks or when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;

use crate::report::Standing;

/// Stands for the product where an id of a user may stand.
pub(crate) const SYSTEM: &str = "system";
const ANALYST: &str = "analyst";

/// A case as of one version, with what its records cite.
#[derive(Debug, Clone, Default)]
pub(crate) struct Material {
    pub(crate) case: case::Case,
    pub(crate) header: case::Header,
    pub(crate) conclusion: Option<case::Conclusion>,
    /// Likeliest first.
    pub(crate) hypotheses: Vec<case::Hypothesis>,
    /// Oldest turn first, withdrawn ones included.
    pub(crate) evidence: Vec<case::EvidenceDigest>,
    /// What the evidence module knows beyond the digests.
    pub(crate) records: Vec<evidence::Evidence>,
    /// Oldest turn first.
    pub(crate) files: Vec<case::FileDigest>,
    pub(crate) uploads: Vec<evidence::UploadedFile>,
    /// Most urgent first.
    pub(crate) needs: Vec<case::Need>,
    /// Oldest first.
    pub(crate) actions: Vec<case::Action>,
    pub(crate) journal: Vec<case::JournalEntry>,
    pub(crate) status_changes: Vec<case::StatusChange>,
    pub(crate) turns: Vec<case::Turn>,
    /// Those that facts cite.
    pub(crate) messages: Vec<case::Message>,
    /// Those that facts cite.
    pub(crate) findings: Vec<evidence::Finding>,
    /// Names of those who took part, by user id.
    pub(crate) people: BTreeMap<String, String>,
}

impl Material {
    /// Returns the material of an investigation; `None` when it holds no case.
    pub(crate) fn of(investigation: case::Investigation) -> Option<Self> {
        Some(Self {
            case: investigation.case?,
            header: investigation.header.unwrap_or_default(),
            conclusion: investigation.conclusion,
            hypotheses: investigation.hypotheses,
            evidence: investigation.evidence,
            files: investigation.files,
            needs: investigation.needs,
            actions: investigation.actions,
            journal: investigation.journal,
            status_changes: investigation.status_changes,
            messages: investigation.recent_messages,
            ..Self::default()
        })
    }

    /// Drops what is newer than the case or cited by nothing, and puts the rest in order.
    pub(crate) fn settle(&mut self) {
        let last_turn = self.case.current_turn;
        self.turns.retain(|turn| turn.turn_number <= last_turn);
        self.turns.sort_by_key(|turn| turn.turn_number);
        let cited = self.cited_messages();
        self.messages
            .retain(|message| cited.contains(&message.message_id));
        self.messages
            .sort_by(|a, b| (a.turn_number, &a.message_id).cmp(&(b.turn_number, &b.message_id)));
        self.findings
            .sort_by(|a, b| a.finding_id.cmp(&b.finding_id));
        self.case.facts.sort_by_key(|fact| fact.turn_number);
        self.journal.sort_by_key(|entry| entry.turn_number);
        self.settle_ledger();
    }

    fn settle_ledger(&mut self) {
        self.hypotheses.sort_by(|a, b| {
            let by_likelihood = b.likelihood.total_cmp(&a.likelihood);
            by_likelihood
                .then_with(|| a.created_turn.cmp(&b.created_turn))
                .then_with(|| a.hypothesis_id.cmp(&b.hypothesis_id))
        });
        for hypothesis in &mut self.hypotheses {
            hypothesis.links.sort_by(|a, b| {
                let by_strength = b.strength.total_cmp(&a.strength);
                by_strength.then_with(|| a.evidence_id.cmp(&b.evidence_id))
            });
        }
        self.evidence
            .sort_by(|a, b| (a.turn_number, &a.evidence_id).cmp(&(b.turn_number, &b.evidence_id)));
        self.files.sort_by(|a, b| {
            let key = |file: &case::FileDigest| (file.turn_number, Reverse(file.top_level));
            let by_name = || (&a.file_name, &a.file_id).cmp(&(&b.file_name, &b.file_id));
            key(a).cmp(&key(b)).then_with(by_name)
        });
        self.needs
            .sort_by(|a, b| (a.priority, &a.need_id).cmp(&(b.priority, &b.need_id)));
        self.actions
            .sort_by(|a, b| (a.proposed_turn, &a.action_id).cmp(&(b.proposed_turn, &b.action_id)));
        self.status_changes.sort_by_key(|change| {
            let time = change.change_time.unwrap_or_default();
            (time.seconds, time.nanos)
        });
    }

    /// Returns how far the case is.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            status: self.case.status(),
            assurance: self.assurance(),
            was_investigated: self.case.investigating_time.is_some(),
            turns: self.case.current_turn,
            files: self.files.len(),
        }
    }

    /// Returns what the case is about, in the words of its statement and cause.
    pub(crate) fn subject(&self) -> String {
        let statement = self.case.statement.as_ref();
        let statement = statement.map_or("", |statement| statement.text.as_str());
        let mut parts = vec![self.case.title.as_str(), statement];
        if let Some(lead) = self.lead() {
            parts.extend([lead.statement.as_str(), lead.mechanism.as_str()]);
        }
        parts.join("\n")
    }

    /// Returns the ids of those who wrote, decided or collected something.
    pub(crate) fn participants(&self) -> BTreeSet<String> {
        let messages = self.messages.iter().map(|message| &message.author_id);
        let evidence = self.evidence.iter().map(|entry| &entry.author_id);
        let deciders = self.status_changes.iter().map(|change| &change.by);
        let collectors = self.records.iter().map(|record| &record.collected_by);
        let ids = messages.chain(evidence).chain(deciders).chain(collectors);
        let people = ids.filter(|id| !matches!(id.as_str(), "" | SYSTEM | ANALYST));
        people.cloned().collect()
    }

    /// Returns the name of whoever an id stands for.
    pub(crate) fn person(&self, id: &str) -> &str {
        match id {
            "" | SYSTEM => "FaultMaven",
            ANALYST => "the analyst",
            id => self.people.get(id).map_or("a former user", String::as_str),
        }
    }

    /// Returns the turn that brought a file; a file of no turn was uploaded by itself.
    pub(crate) fn turn_of_file(&self, file_id: &str) -> Option<i32> {
        let has_file = |turn: &&case::Turn| turn.file_ids.iter().any(|id| id == file_id);
        self.turns
            .iter()
            .find(has_file)
            .map(|turn| turn.turn_number)
    }

    /// Returns the facts that no newer one replaced.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &case::Fact> {
        self.case.facts.iter().filter(|fact| !fact.superseded)
    }

    /// Returns the valid facts of one kind.
    pub(crate) fn facts_of(&self, kind: case::FactKind) -> impl Iterator<Item = &case::Fact> {
        self.facts().filter(move |fact| fact.kind() == kind)
    }

    /// Returns the valid evidence of one of `kinds`.
    pub(crate) fn evidence_of(
        &self,
        kinds: &[case::EvidenceKind],
    ) -> impl Iterator<Item = &case::EvidenceDigest> {
        let active = self.evidence.iter().filter(|evidence| !evidence.withdrawn);
        active.filter(|evidence| kinds.contains(&evidence.category()))
    }

    /// Returns one piece of evidence unless it was withdrawn.
    pub(crate) fn evidence_by_id(&self, id: &str) -> Option<&case::EvidenceDigest> {
        let mut evidence = self.evidence.iter();
        evidence.find(|entry| entry.evidence_id == id && !entry.withdrawn)
    }

    /// Returns the root, or the likeliest open hypothesis.
    pub(crate) fn lead(&self) -> Option<&case::Hypothesis> {
        let id = &self.conclusion.as_ref()?.lead_hypothesis_id;
        self.hypothesis(id)
    }

    /// Returns one hypothesis.
    pub(crate) fn hypothesis(&self, id: &str) -> Option<&case::Hypothesis> {
        let mut hypotheses = self.hypotheses.iter();
        hypotheses.find(|hypothesis| hypothesis.hypothesis_id == id)
    }

    /// Returns how sure the cause is.
    pub(crate) fn assurance(&self) -> case::Assurance {
        let conclusion = self.conclusion.as_ref();
        conclusion.map_or(case::Assurance::Possible, case::Conclusion::assurance)
    }

    /// Returns the ids of the messages that facts cite.
    pub(crate) fn cited_messages(&self) -> BTreeSet<String> {
        cited(self.facts().map(|fact| &fact.source_message_id))
    }

    /// Returns the ids of the findings that facts cite.
    pub(crate) fn cited_findings(&self) -> BTreeSet<String> {
        cited(self.facts().map(|fact| &fact.source_finding_id))
    }
}

fn cited<'a>(ids: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    ids.filter(|id| !id.is_empty()).cloned().collect()
}

//! What a door tells and shows of a case, in the words of the product.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What is said and handed over at once.
pub(super) struct Input {
    pub(super) text: &'static str,
    pub(super) files: &'static [&'static str],
    pub(super) pasted: Option<&'static str>,
}

/// The answer to the last turn of an input.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) turn_number: i64,
    /// inquiry, investigating, resolved or closed.
    pub(super) status: String,
    pub(super) answer: String,
    pub(super) suggestions: Vec<Suggestion>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Suggestion {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) payload: String,
}

/// Everything that a door shows of a case.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    pub(super) title: String,
    pub(super) title_source: String,
    pub(super) status: String,
    pub(super) owner_id: String,
    pub(super) statement: String,
    pub(super) statement_confirmed: bool,
    pub(super) awaits_confirmation: bool,
    pub(super) regions: Vec<String>,
    pub(super) started_at: Option<String>,
    pub(super) milestones: Vec<String>,
    pub(super) analysis_stage: String,
    pub(super) investigation_stage: String,
    pub(super) resolved_eligibility: String,
    pub(super) resolved_at: Option<String>,
    pub(super) closed_at: Option<String>,
    /// Not shown by REST.
    pub(super) state_version: Option<i64>,
    pub(super) grade: String,
    pub(super) confidence: f64,
    pub(super) hypotheses: Vec<Hypothesis>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) files: Vec<StoredFile>,
    pub(super) turns: Vec<Turn>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Hypothesis {
    pub(super) hypothesis_id: String,
    pub(super) statement: String,
    pub(super) kind: String,
    pub(super) explains: String,
    pub(super) status: String,
    pub(super) likelihood: f64,
    pub(super) prior: f64,
    pub(super) source: String,
    pub(super) document_id: Option<String>,
    pub(super) root: bool,
    pub(super) concluded_reason: Option<String>,
    /// Without a model, only users bring one up that is `opportunistic`.
    pub(super) generation_mode: String,
    #[serde(rename = "evidence_links")]
    pub(super) links: BTreeMap<String, Link>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Link {
    pub(super) strength: f64,
    pub(super) basis: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Evidence {
    pub(super) evidence_id: String,
    pub(super) kind: String,
    pub(super) claim: String,
    pub(super) state: String,
    pub(super) file_citation: Option<Citation>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Citation {
    pub(super) file_id: String,
    pub(super) filename: String,
    pub(super) sha256: String,
    pub(super) byte_start: usize,
    pub(super) byte_end: usize,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
    pub(super) quote: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct StoredFile {
    pub(super) file_id: String,
    pub(super) filename: String,
    pub(super) size_bytes: i64,
    pub(super) sha256: String,
    pub(super) data_class: String,
    #[serde(skip)]
    pub(super) coverage: Coverage,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Coverage {
    pub(super) lines_read: i64,
    pub(super) first_time: Option<String>,
    pub(super) last_time: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Turn {
    pub(super) turn_number: i64,
    pub(super) path: String,
    pub(super) changes: Vec<String>,
}

impl Told {
    pub(super) fn suggested(&self, kind: &str) -> impl Iterator<Item = &Suggestion> {
        let kind = kind.to_owned();
        self.suggestions.iter().filter(move |it| it.kind == kind)
    }
}

impl Sight {
    /// Returns the one hypothesis whose statement holds the words.
    #[track_caller]
    pub(super) fn hypothesis(&self, words: &str) -> &Hypothesis {
        let says = |it: &&Hypothesis| it.statement.to_lowercase().contains(words);
        let mut found = self.hypotheses.iter().filter(says);
        let first = found.next();
        assert!(found.next().is_none(), "several {words}: {self:#?}");
        first.unwrap_or_else(|| panic!("no {words}: {self:#?}"))
    }

    pub(super) fn roots(&self) -> Vec<&Hypothesis> {
        self.hypotheses.iter().filter(|it| it.root).collect()
    }

    /// Returns the evidence of a kind that quotes a file.
    pub(super) fn quoting<'a>(
        &'a self,
        kind: &'a str,
        filename: &'a str,
    ) -> impl Iterator<Item = &'a Citation> {
        let of_kind = self.evidence.iter().filter(move |it| it.kind == kind);
        of_kind
            .filter_map(|it| it.file_citation.as_ref())
            .filter(move |it| it.filename == filename)
    }

    /// Returns what the evidence of a file says of a hypothesis.
    #[track_caller]
    pub(super) fn links_from<'a>(
        &self,
        filename: &str,
        hypothesis: &'a Hypothesis,
    ) -> Vec<&'a Link> {
        let cites = |id: &str| {
            let mut evidence = self.evidence.iter();
            let citation = evidence.find(|it| it.evidence_id == id);
            let citation = citation.and_then(|it| it.file_citation.as_ref());
            citation.is_some_and(|it| it.filename == filename)
        };
        let links = hypothesis.links.iter();
        links
            .filter(|(id, _)| cites(id))
            .map(|(_, link)| link)
            .collect()
    }

    #[track_caller]
    pub(super) fn file(&self, filename: &str) -> &StoredFile {
        let found = self.files.iter().find(|it| it.filename == filename);
        found.unwrap_or_else(|| panic!("no {filename}: {:#?}", self.files))
    }
}

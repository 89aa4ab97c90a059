//! What was checked, what holds and what does not.

use std::io::{self, Write};

use faultmaven_kit::text::escape_control;
use serde::Serialize;
use serde_json::{Value, json};

use super::bundle::Bundle;

/// Lists are for people; the rest of a long one is counted.
const SHOWN_MAX: usize = 50;

/// Something that does not hold.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    /// `file`, `citation` or `original`.
    kind: &'static str,
    /// A path in the bundle, an evidence id or the name of an original.
    of: String,
    fault: String,
}

/// The result of all checks.
#[derive(Debug)]
pub(super) struct Outcome {
    case_id: String,
    case_version: i64,
    redacted: bool,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) files_held: usize,
    pub(super) citations_held: usize,
    /// Absent when no folder of originals was named.
    pub(super) originals_held: Option<usize>,
    /// What no folder of originals need hold, such as pasted text, and this one does not.
    pub(super) unchecked: Vec<String>,
    problems: Vec<Problem>,
}

impl Problem {
    pub(super) fn file(path: &str, fault: impl Into<String>) -> Self {
        Self::of("file", path, fault)
    }

    pub(super) fn citation(evidence_id: &str, fault: impl Into<String>) -> Self {
        Self::of("citation", evidence_id, fault)
    }

    pub(super) fn original(name: &str, fault: impl Into<String>) -> Self {
        Self::of("original", name, fault)
    }

    fn of(kind: &'static str, of: &str, fault: impl Into<String>) -> Self {
        Self {
            kind,
            of: of.to_owned(),
            fault: fault.into(),
        }
    }
}

impl Outcome {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let manifest = &bundle.manifest;
        Self {
            case_id: manifest.case_id.clone(),
            case_version: manifest.case_version,
            redacted: manifest.redacted,
            title: String::new(),
            status: String::new(),
            files_held: 0,
            citations_held: 0,
            originals_held: None,
            unchecked: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Returns whether nothing speaks against the bundle.
    pub(super) fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "case_id": self.case_id,
            "case_version": self.case_version,
            "title": self.title,
            "status": self.status,
            "redacted": self.redacted,
            "verified": self.holds(),
            "files_held": self.files_held,
            "citations_held": self.citations_held,
            "originals_held": self.originals_held,
            "originals_unchecked": self.unchecked,
            "problems": self.problems,
        })
    }

    /// Writes the result for people; what the bundle brings is escaped.
    pub(super) fn write(&self, out: &mut impl Write, coloured: bool) -> io::Result<()> {
        let redacted = if self.redacted {
            "redacted"
        } else {
            "not redacted"
        };
        writeln!(
            out,
            "{} (version {}, {}): {}",
            escape_control(&self.case_id),
            self.case_version,
            redacted,
            escape_control(&self.title)
        )?;
        writeln!(out, "{:>6} files are as the manifest says", self.files_held)?;
        let citations = self.citations_held;
        writeln!(
            out,
            "{citations:>6} quotes are in their excerpts at the stated lines"
        )?;
        if let Some(originals) = self.originals_held {
            writeln!(
                out,
                "{originals:>6} originals have the stated SHA-256 and say what is quoted"
            )?;
        }
        let shown = self.unchecked.iter().take(SHOWN_MAX);
        for name in shown {
            writeln!(
                out,
                "not checked: {} is not in the folder",
                escape_control(name)
            )?;
        }
        for problem in self.problems.iter().take(SHOWN_MAX) {
            let of = escape_control(&problem.of);
            writeln!(out, "wrong: {of} {}", escape_control(&problem.fault))?;
        }
        let more = self.problems.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            writeln!(out, "wrong: {more} more; --format json lists them")?;
        }
        let (word, colour) = if self.holds() {
            ("verified", "32")
        } else {
            ("not verified", "31")
        };
        if coloured {
            writeln!(out, "\u{1b}[1;{colour}m{word}\u{1b}[0m")
        } else {
            writeln!(out, "{word}")
        }
    }
}

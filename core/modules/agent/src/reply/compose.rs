//! Puts an answer together from what the turn did and where the case stands now.

use faultmaven_proto::agent::v1::CitedEvidence;
use faultmaven_proto::case::v1::{CaseStatus, Dialect, EvidenceDigest, Investigation, TurnPreview};

use super::suggestions::Suggestions;
use super::{grade, handoff, inquiry, investigation, seeded, short, standstill, written};
use crate::analyst::Analysis;
use crate::analyst::situation::{Situation, status_of};
use crate::fast_path::{Route, awaits_reply, pending_target};
use crate::model::prose::Prose;

/// The buttons of clients that know no suggestions.
const LEGACY_PAIR: &str = "[✅ Yes] [❌ No]";

/// Everything an answer is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) route: &'a Route,
    pub(crate) situation: &'a Situation,
    pub(crate) analysis: &'a Analysis,
    pub(crate) preview: &'a TurnPreview,
    pub(crate) after: &'a Investigation,
    pub(crate) new_evidence: &'a [EvidenceDigest],
    pub(crate) suggestions: &'a Suggestions,
    pub(crate) notices: &'a [String],
    /// What a model wrote, instead of the rules' words.
    pub(crate) prose: Option<&'a Prose>,
    pub(crate) dialect: Dialect,
}

/// An answer and what it cites.
#[derive(Debug, Clone, Default)]
pub(crate) struct Composed {
    pub(crate) paragraphs: Vec<String>,
    pub(crate) evidence: Vec<CitedEvidence>,
}

impl Composed {
    /// Adds a paragraph unless it is empty.
    pub(crate) fn say(&mut self, paragraph: impl Into<String>) {
        let paragraph = paragraph.into();
        if !paragraph.trim().is_empty() {
            self.paragraphs.push(paragraph.trim().to_owned());
        }
    }

    /// Adds a heading with cited lines unless there are none.
    pub(crate) fn cite(&mut self, heading: &str, cited: super::cite::Cited) {
        if cited.is_empty() {
            return;
        }
        let lines = cited.lines.join("\n");
        self.say(if heading.is_empty() {
            lines
        } else {
            format!("{heading}\n{lines}")
        });
        for evidence in cited.evidence {
            if !self.evidence.contains(&evidence) {
                self.evidence.push(evidence);
            }
        }
    }

    /// Returns the whole text.
    pub(crate) fn text(&self) -> String {
        self.paragraphs.join("\n\n")
    }
}

/// Returns the answer of a turn.
pub(crate) fn compose(told: &Told<'_>) -> Composed {
    let mut answer = Composed::default();
    let is_investigating = status_of(told.after) == CaseStatus::Investigating;
    match told.route {
        _ if told.prose.is_some() => written::answer(&mut answer, told),
        _ if told.analysis.is_foreign => short::foreign(&mut answer, told),
        _ if told.analysis.says_nothing => short::nothing_understood(&mut answer, told),
        Route::Terminal => short::terminal(&mut answer, told),
        Route::Greeting => short::greeting(&mut answer, told),
        Route::Decline => short::declined(&mut answer, told),
        Route::Offer(_) => {}
        Route::Hypothesis { hypothesis_id, .. } => short::judged(&mut answer, told, hypothesis_id),
        Route::Analyse { .. } if told.analysis.takes_nothing && is_investigating => {
            short::nothing_taken(&mut answer, told);
        }
        Route::Command(_) | Route::Confirm | Route::Reclassify { .. } | Route::Analyse { .. } => {
            by_status(&mut answer, told);
        }
    }
    if is_investigating && !told.analysis.only_asks() {
        standstill::tell(&mut answer, told);
    }
    seeded::tell(&mut answer, told);
    if told.suggestions.hands_off && !told.analysis.only_asks() {
        answer.say(handoff::summary(&told.situation.investigation, told.after));
    }
    for notice in told.notices {
        answer.say(format!("Note: {notice}"));
    }
    ask_for_confirmation(&mut answer, told);
    if answer.paragraphs.is_empty() {
        answer.say("Noted. Nothing in the case changes by that.");
    }
    answer
}

fn by_status(answer: &mut Composed, told: &Told<'_>) {
    match status_of(told.after) {
        CaseStatus::Resolved | CaseStatus::Closed => short::ended(answer, told),
        CaseStatus::Investigating => investigation::answer(answer, told),
        CaseStatus::Inquiry | CaseStatus::Unspecified => inquiry::answer(answer, told),
    }
}

fn ask_for_confirmation(answer: &mut Composed, told: &Told<'_>) {
    if !awaits_reply(told.after) {
        return;
    }
    let question = match pending_target(told.after) {
        Some(CaseStatus::Investigating) => "Shall I start the investigation with this statement?",
        Some(CaseStatus::Resolved) => "Shall I mark the case as resolved?",
        Some(CaseStatus::Closed) => "Shall I close the case?",
        Some(CaseStatus::Inquiry | CaseStatus::Unspecified) | None => {
            "Shall I use the new statement?"
        }
    };
    answer.say(question);
    if told.dialect == Dialect::Legacy {
        answer.say(LEGACY_PAIR);
    }
}

/// Returns the grade sentence of an investigation.
pub(crate) fn graded(told: &Told<'_>) -> String {
    grade::sentence(told.after).unwrap_or_default()
}

//! What the ledger lets one say about the cause.

use faultmaven_kit::clock::timestamp;
use faultmaven_proto::case::v1 as pb;

use crate::ledger::assurance::{assurance, cap, lead};
use crate::ledger::{Hypothesis, Ledger};
use crate::vocabulary::Assurance;

/// Returns grade, lead, confidence and the sentence that goes with them.
pub(crate) fn conclusion(ledger: &Ledger) -> pb::Conclusion {
    let grade = assurance(ledger);
    let lead = lead(ledger);
    let confidence = lead.map_or(0.0, |lead| lead.likelihood.min(cap(grade)));
    let note = ledger.conclusion_note.as_ref();
    let note = note.filter(|note| note.assurance == grade);
    pb::Conclusion {
        assurance: grade.into(),
        lead_hypothesis_id: lead
            .map(|lead| lead.hypothesis_id.clone())
            .unwrap_or_default(),
        confidence,
        confidence_word: confidence_word(confidence, grade).to_owned(),
        summary: summary(ledger, grade, lead),
        update_time: ledger.concluded_at.map(timestamp),
        reasoning: note.map_or_else(String::new, |note| note.reasoning.clone()),
        caveats: note.map_or_else(Vec::new, |note| note.caveats.clone()),
    }
}

fn confidence_word(confidence: f64, grade: Assurance) -> &'static str {
    match confidence {
        c if c < 0.5 => "speculation",
        c if c < 0.7 => "probable",
        c if c < 0.9 || grade != Assurance::Confirmed => "confident",
        _ => "verified",
    }
}

fn summary(ledger: &Ledger, grade: Assurance, lead: Option<&Hypothesis>) -> String {
    match (grade, lead) {
        (Assurance::Confirmed, Some(lead)) => format!("Confirmed cause: {}", lead.statement),
        (Assurance::Likely, Some(lead)) => format!("Likely cause: {}", lead.statement),
        (Assurance::Possible, Some(lead)) if !ledger.is_contested() => {
            format!("Possible cause: {}", lead.statement)
        }
        _ => format!(
            "No cause can be named yet. Deciding evidence: {}",
            deciding_evidence(ledger)
        ),
    }
}

fn deciding_evidence(ledger: &Ledger) -> String {
    let most_urgent = ledger
        .needs
        .iter()
        .filter(|need| need.is_obtainable())
        .min_by_key(|need| need.priority);
    match most_urgent {
        Some(need) => need.request.clone(),
        None => "none is known that could be obtained".to_owned(),
    }
}

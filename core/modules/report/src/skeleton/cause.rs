//! What explains the problem, how sure that is, and what was ruled out.

use faultmaven_proto::case::v1::{self as case, Assurance, CaseStatus, HypothesisStatus, Stance};

use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::{capitalized, decimal, words};

/// The order in which hypotheses are listed.
const STATUSES: [HypothesisStatus; 6] = [
    HypothesisStatus::Validated,
    HypothesisStatus::Active,
    HypothesisStatus::Inconclusive,
    HypothesisStatus::Captured,
    HypothesisStatus::Refuted,
    HypothesisStatus::Retired,
];

/// Adds the cause and its assurance.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Cause and assurance");
    if material.case.status() == CaseStatus::Resolved && material.assurance() == Assurance::Possible
    {
        document.notice(Line::of(
            "The case was resolved without an established cause.",
        ));
    }
    document.list_or(conclusion(material, labels), "No explanation was recorded.");
    if let Some(lead) = material.lead() {
        links(document, material, labels, lead);
    }
    document.heading(3, "Other explanations");
    let lead = material.lead().map(|lead| &lead.hypothesis_id);
    let others = material
        .hypotheses
        .iter()
        .filter(|other| Some(&other.hypothesis_id) != lead);
    let others = others.map(|other| hypothesis(other, labels));
    document.list_or(others.collect(), "None was recorded.");
}

/// Returns the sentence about the cause, its grade and its mechanism.
pub(super) fn conclusion(material: &Material, labels: &Labels) -> Vec<Line> {
    let Some(conclusion) = &material.conclusion else {
        return Vec::new();
    };
    let lead = material.lead();
    let cites = lead.map(|lead| labels.all(supporting(lead)));
    let mut lines = vec![
        Line::named("Conclusion")
            .prose(&conclusion.summary, labels)
            .cites(cites.unwrap_or_default()),
        Line::named("Assurance").text(grade(material.assurance())),
    ];
    if !conclusion.reasoning.is_empty() {
        lines.push(Line::named("Reasoning").prose(&conclusion.reasoning, labels));
    }
    let caveats = conclusion.caveats.iter();
    lines.extend(caveats.map(|caveat| Line::named("Caveat").prose(caveat, labels)));
    let Some(lead) = lead else {
        return lines;
    };
    // What a fix has confirmed is not weighed any more.
    if material.assurance() != Assurance::Confirmed {
        let word = format!("({})", conclusion.confidence_word);
        let confidence = Line::named("Confidence").text(decimal(conclusion.confidence));
        lines.push(confidence.text(word));
    }
    lines.push(match lead.mechanism.as_str() {
        "" => Line::named("Mechanism").text("not established"),
        mechanism => Line::named("Mechanism").prose(mechanism, labels),
    });
    if let Some(explained) = material.hypothesis(&lead.explains) {
        let explained_line = Line::named("Explains").prose(&explained.statement, labels);
        lines.push(explained_line.cites(labels.all(supporting(explained))));
    }
    lines
}

/// Returns a grade and what it means.
pub(super) fn grade(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Unspecified | Assurance::Possible => {
            "possible (no explanation has passed every test)"
        }
        Assurance::Likely => "likely (one cause has passed every test; no fix has confirmed it)",
        Assurance::Confirmed => "confirmed (after the fix, cause and symptom are shown to be gone)",
    }
}

/// Returns the evidence that supports a hypothesis.
pub(super) fn supporting(hypothesis: &case::Hypothesis) -> impl Iterator<Item = &String> {
    let links = hypothesis.links.iter();
    let links = links.filter(|link| link.stance() == Stance::Supports);
    links.map(|link| &link.evidence_id)
}

/// Adds what speaks for and against a hypothesis.
fn links(document: &mut Document, material: &Material, labels: &Labels, lead: &case::Hypothesis) {
    for (stance, title, nothing) in [
        (
            Stance::Supports,
            "Evidence for it",
            "No evidence supports it.",
        ),
        (
            Stance::Refutes,
            "Evidence against it",
            "No evidence speaks against it.",
        ),
    ] {
        document.heading(3, title);
        let links = lead.links.iter().filter(|link| link.stance() == stance);
        let lines = links.map(|link| link_line(link, material, labels));
        document.list_or(lines.collect(), nothing);
    }
}

fn link_line(link: &case::Link, material: &Material, labels: &Labels) -> Line {
    let entry = material.evidence_by_id(&link.evidence_id);
    let claim = entry.map(|entry| entry.claim.as_str()).unwrap_or_default();
    Line::default()
        .prose(claim, labels)
        .text(format!("(strength {})", decimal(link.strength)))
        .because(&link.reasoning, labels)
        .cites(labels.one(&link.evidence_id))
}

/// Returns one hypothesis with what is linked to it.
pub(super) fn hypothesis(hypothesis: &case::Hypothesis, labels: &Labels) -> Line {
    let status = words(hypothesis.status().as_str_name(), "HYPOTHESIS_STATUS_");
    let is_new = hypothesis.status() == HypothesisStatus::Captured;
    let likelihood = if is_new && hypothesis.links.is_empty() {
        "(not tested)".to_owned()
    } else {
        format!("(likelihood {})", decimal(hypothesis.likelihood))
    };
    let links = hypothesis.links.iter().map(|link| &link.evidence_id);
    Line::named(&capitalized(&status))
        .prose(&hypothesis.statement, labels)
        .text(likelihood)
        .because(&hypothesis.concluded_reason, labels)
        .cites(labels.all(links))
}

/// Adds all hypotheses by status.
pub(super) fn write_by_status(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Hypotheses");
    let mut lines = Vec::new();
    for status in STATUSES {
        let hypotheses = material.hypotheses.iter();
        let hypotheses = hypotheses.filter(|hypothesis| hypothesis.status() == status);
        lines.extend(hypotheses.map(|entry| hypothesis(entry, labels)));
    }
    document.list_or(lines, "No hypothesis was recorded.");
}

/// Returns the hypotheses nothing has decided yet.
pub(super) fn undecided<'a>(
    material: &'a Material,
    labels: &'a Labels,
) -> impl Iterator<Item = Line> + 'a {
    let hypotheses = material.hypotheses.iter().filter(|hypothesis| {
        matches!(
            hypothesis.status(),
            HypothesisStatus::Captured | HypothesisStatus::Active | HypothesisStatus::Inconclusive
        )
    });
    hypotheses.map(|entry| hypothesis(entry, labels))
}

/// Returns a check and what it would show, as far as that was recorded.
pub(super) fn prediction(prediction: &case::Prediction, labels: &Labels) -> Line {
    let line = match prediction.how.strip_prefix("$ ") {
        Some(command) => Line::default().code(command),
        None => Line::default().prose(&prediction.how, labels),
    };
    let (if_true, if_false) = (prediction.if_true.trim(), prediction.if_false.trim());
    let line = match if_true {
        "" => line,
        shown => line.text("— if it is the cause:").prose(shown, labels),
    };
    match (if_true, if_false) {
        (_, "") => line,
        ("", shown) => line.text("— if it is not the cause:").prose(shown, labels),
        (_, shown) => line.text("; if not:").prose(shown, labels),
    }
}

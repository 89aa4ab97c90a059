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
            .text(&conclusion.summary)
            .cites(cites.unwrap_or_default()),
        Line::named("Assurance").text(grade(material.assurance())),
    ];
    let Some(lead) = lead else {
        return lines;
    };
    let word = format!("({})", conclusion.confidence_word);
    let confidence = Line::named("Confidence").text(decimal(conclusion.confidence));
    lines.push(confidence.text(word));
    lines.push(match lead.mechanism.as_str() {
        "" => Line::named("Mechanism").text("not established"),
        mechanism => Line::named("Mechanism")
            .text(mechanism)
            .cites(labels.all(named_in(mechanism, material))),
    });
    if let Some(explained) = material.hypothesis(&lead.explains) {
        let explained_line = Line::named("Explains").text(&explained.statement);
        lines.push(explained_line.cites(labels.all(supporting(explained))));
    }
    lines
}

fn grade(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Unspecified | Assurance::Possible => {
            "possible (no explanation has passed every test)"
        }
        Assurance::Likely => "likely (one cause has passed every test; no fix has confirmed it)",
        Assurance::Confirmed => "confirmed (after the fix, cause and symptom are shown to be gone)",
    }
}

fn supporting(hypothesis: &case::Hypothesis) -> impl Iterator<Item = &String> {
    let links = hypothesis.links.iter();
    let links = links.filter(|link| link.stance() == Stance::Supports);
    links.map(|link| &link.evidence_id)
}

fn named_in<'a>(text: &'a str, material: &'a Material) -> impl Iterator<Item = &'a String> {
    let evidence = material.evidence.iter().map(|entry| &entry.evidence_id);
    evidence.filter(move |id| text.contains(id.as_str()))
}

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
    let mut evidence = material.evidence.iter();
    let entry = evidence.find(|entry| entry.evidence_id == link.evidence_id);
    let claim = entry.map(|entry| entry.claim.as_str()).unwrap_or_default();
    Line::of(claim)
        .text(format!("(strength {})", decimal(link.strength)))
        .remark(&link.reasoning)
        .cites(labels.one(&link.evidence_id))
}

/// Returns one hypothesis with what is linked to it.
pub(super) fn hypothesis(hypothesis: &case::Hypothesis, labels: &Labels) -> Line {
    let status = words(hypothesis.status().as_str_name(), "HYPOTHESIS_STATUS_");
    let likelihood = format!("(likelihood {})", decimal(hypothesis.likelihood));
    let links = hypothesis.links.iter().map(|link| &link.evidence_id);
    Line::named(&capitalized(&status))
        .text(&hypothesis.statement)
        .text(likelihood)
        .remark(&hypothesis.concluded_reason)
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

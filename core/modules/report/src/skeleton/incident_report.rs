//! The report for those who were not there.

use super::{cause, events, fix, prevention, problem};
use crate::appendix::Labels;
use crate::document::{Document, Line};
use crate::material::Material;
use crate::words::counted;

/// Adds everything between head and appendix.
pub(super) fn write(document: &mut Document, material: &Material, labels: &Labels) {
    write_summary(document, material, labels);
    problem::write(document, material, labels);
    problem::write_impact(document, material, labels);
    events::write(document, material, labels);
    cause::write(document, material, labels);
    fix::write(document, material, labels);
    open_questions(document, material, labels);
    prevention::write(document, material, labels);
}

/// Adds the whole case in a few lines.
pub(super) fn write_summary(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Summary");
    let mut lines = vec![Line::named("Problem")];
    lines[0]
        .0
        .extend(problem::statement(&material.case, labels).0);
    let cause = cause::conclusion(material, labels);
    if cause.is_empty() {
        lines.push(Line::named("Conclusion").text("no explanation was recorded"));
    }
    lines.extend(cause.into_iter().take(2));
    let fixes = fix::fixes(material);
    lines.extend(fixes.map(|action| Line::named("Fix").prose(&action.title, labels)));
    if fix::fixes(material).next().is_none() {
        lines.push(Line::named("Fix").text("none was recorded"));
    }
    document.list_or(lines, "");
}

/// Adds what is still asked for; which explanations are open stands with the cause.
fn open_questions(document: &mut Document, material: &Material, labels: &Labels) {
    document.heading(2, "Open questions");
    let mut lines = fix::open_needs(material, labels);
    let undecided = cause::undecided(material, labels).count();
    if undecided > 0 {
        let open = counted(undecided, "explanation");
        let open = format!("{open} not decided yet, listed under “Cause and assurance”");
        lines.push(Line::named("Undecided").text(open));
    }
    document.list_or(lines, "None was recorded.");
}

//! How the problem may be fixed, as far as the lead candidate tells.

use faultmaven_proto::case::v1::{Action, ActionState, ActionType};
use faultmaven_proto::evidence::v1::{Candidate, ObservedChange, Remedy};

use super::compose::{Composed, Told};
use super::text::{inert, plain};
use super::{grade, investigation, overview};
use crate::analyst::candidates::leads;
use crate::analyst::change_order::preceding;
use crate::analyst::changes::causes_of;
use crate::analyst::situation::Situation;

const REMEDIES_SHOWN: usize = 2;
const COMMANDS_SHOWN: usize = 2;

/// Says what would fix what the lead candidates say, and that it is no more than that.
pub(super) fn tell(answer: &mut Composed, told: &Told<'_>) {
    let solution = told
        .after
        .actions
        .iter()
        .rev()
        .find(|action| is_on_the_table(action));
    if let Some(solution) = solution {
        answer.say(investigation::solution_text(solution));
        return;
    }
    let leads = leads(told.situation, told.after);
    let known = leads
        .iter()
        .filter_map(|it| Some((*it, it.remedy.as_ref()?)));
    let has_root = told.after.hypotheses.iter().any(|it| it.root);
    let (heading, shown) = if has_root {
        ("What would fix the likely cause:", 1)
    } else {
        (
            "No cause is established yet. What would fix the likeliest ones:",
            REMEDIES_SHOWN,
        )
    };
    let rows: Vec<String> = known
        .take(shown)
        .map(|(candidate, remedy)| row(told, candidate, remedy))
        .collect();
    if !rows.is_empty() {
        answer.say(format!("{heading}\n{}", rows.join("\n")));
    }
    let change = change_behind(told.situation, &leads);
    if let Some(change) = change {
        answer.say(format!(
            "Undoing the change before the problem would both test it and help: {}.",
            plain(&change.description, 300).trim_end_matches('.')
        ));
    }
    if rows.is_empty() && change.is_none() && told.situation.passages.is_empty() {
        answer.say(
            "No candidate with a known fix is on the table yet; the cause has to be found first.",
        );
        overview::next_step(answer, told);
    }
}

/// The change before the problem that leads to the first candidate it can, else the nearest one.
fn change_behind<'a>(situation: &'a Situation, leads: &[&Candidate]) -> Option<&'a ObservedChange> {
    let before = preceding(situation, situation.relevance());
    let leads_to = |change: &ObservedChange, lead: &Candidate| {
        let causes = causes_of(situation, change);
        causes.iter().any(|it| it.catalogue_id == lead.catalogue_id)
    };
    let tied = leads.iter().find_map(|lead| {
        let all = situation.assessment.changes.iter();
        let mut near = all.filter(|change| change.change_time.is_none() || before.contains(change));
        near.find(|change| leads_to(change, lead))
    });
    tied.or_else(|| before.first().copied())
}

fn is_on_the_table(action: &Action) -> bool {
    let is_open = matches!(
        action.state(),
        ActionState::Proposed | ActionState::Accepted
    );
    is_open && action.r#type() == ActionType::Solution && action.attempts.is_empty()
}

fn row(told: &Told<'_>, candidate: &Candidate, remedy: &Remedy) -> String {
    let assurance = told.after.conclusion.as_ref().map(|it| it.assurance());
    let guarded = |text: &str| grade::guarded(assurance.unwrap_or_default(), &plain(text, 600));
    let mut row = format!(
        "- If {}: {}. {}",
        lower_first(plain(&candidate.statement, 240).trim_end_matches('.')),
        plain(&remedy.title, 200).trim_end_matches('.'),
        guarded(&remedy.body)
    );
    for command in remedy.commands.iter().take(COMMANDS_SHOWN) {
        row.push_str(&format!(" Command: {}.", inert(command, 300)));
    }
    if !remedy.risks.is_empty() {
        row.push_str(&format!(" Risk: {}", plain(&remedy.risks, 300)));
    }
    if !remedy.rollback.is_empty() {
        row.push_str(&format!(" The way back: {}", plain(&remedy.rollback, 300)));
    }
    row
}

/// A sentence inside another begins small, unless its first word is a name.
fn lower_first(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let is_article = matches!(first, "The" | "A" | "An" | "No" | "Some" | "More" | "Too");
    match text.split_at_checked(1) {
        Some((letter, rest)) if is_article => format!("{}{rest}", letter.to_lowercase()),
        _ => text.to_owned(),
    }
}

//! Answers while the case is investigated: evidence, what it means, the grade, the next step.

use std::cmp::Reverse;

use faultmaven_proto::case::v1::{
    Action, ActionState, ActionType, AttemptOutcome, CaseStatus, EvidenceDigest, Hypothesis,
    HypothesisKind, HypothesisStatus, NeedState,
};
use faultmaven_proto::evidence::v1::UploadedFile;

use super::cite::Cited;
use super::compose::{Composed, Told, graded};
use super::text::{inert, listed, plain};
use super::{answers, data, short};
use crate::analyst::needs::{askable, command_of};
use crate::analyst::situation::{is_final, statement_of};
use crate::fast_path::Route;

const EVIDENCE_SHOWN: usize = 6;
const KNOWN_SHOWN: usize = 3;
const CAUSES_SHOWN: usize = 4;

/// Composes the answer of a turn in an investigation.
pub(crate) fn answer(answer: &mut Composed, told: &Told<'_>) {
    if told.preview.status_changed {
        answer.say(format!(
            "The investigation has begun: “{}”.",
            plain(statement_of(told.after), 600)
        ));
    }
    refused_confirmation(answer, told);
    revised_statement(answer, told);
    let answered = answers::direct(answer, told);
    data_seen(answer, told);
    evidence(answer, told, answered);
    attempt(answer, told);
    decided(answer, told);
    meaning(answer, told);
    answer.say(graded(told));
    next_step(answer, told);
}

/// The user said yes, but meanwhile the transition is not allowed any more.
fn refused_confirmation(answer: &mut Composed, told: &Told<'_>) {
    let wanted = crate::fast_path::pending_target(&told.situation.investigation);
    if *told.route == Route::Confirm && wanted == Some(CaseStatus::Resolved) {
        answer.say(
            "I cannot mark the case as resolved: the symptom was seen again after the evidence that it is gone.",
        );
    }
}

fn revised_statement(answer: &mut Composed, told: &Told<'_>) {
    let before = statement_of(&told.situation.investigation);
    let after = statement_of(told.after);
    if !told.preview.status_changed && before != after {
        answer.say(format!("New problem statement: “{}”.", plain(after, 600)));
    }
}

fn data_seen(answer: &mut Composed, told: &Told<'_>) {
    let files: Vec<&UploadedFile> = told.situation.new_files.iter().collect();
    if files.is_empty() {
        return;
    }
    answer.say(data::coverage(&files).unwrap_or_default());
    let is_quiet = told
        .new_evidence
        .iter()
        .all(|digest| digest.file_id.is_empty());
    if is_quiet && data::is_healthy(told.situation, &files) {
        answer.say("Nothing wrong found in these data: no errors, no bursts and no known failure signatures.");
    }
    let gaps = data::gaps(&files);
    if !gaps.is_empty() {
        answer.say(format!("Not looked at: {}.", gaps.join("; ")));
    }
}

/// New evidence, or the newest known when the user only asks where things stand.
fn evidence(answer: &mut Composed, told: &Told<'_>, answered: bool) {
    let mut cited = Cited::default();
    if !told.new_evidence.is_empty() {
        let shown = apart(told.new_evidence.iter());
        shown
            .into_iter()
            .take(EVIDENCE_SHOWN)
            .for_each(|digest| cited.evidence(digest));
        answer.cite("Evidence:", cited);
    } else if !answered {
        let known = told
            .after
            .evidence
            .iter()
            .filter(|digest| !digest.withdrawn);
        let shown = apart(known.rev());
        shown
            .into_iter()
            .take(KNOWN_SHOWN)
            .for_each(|digest| cited.evidence(digest));
        answer.cite("What is known so far:", cited);
    }
}

/// Keeps one piece of evidence of each quote.
fn apart<'a>(evidence: impl Iterator<Item = &'a EvidenceDigest>) -> Vec<&'a EvidenceDigest> {
    let place = |digest: &'a EvidenceDigest| (&digest.file_id, digest.byte_start, &digest.quote);
    let mut kept: Vec<&EvidenceDigest> = Vec::new();
    for digest in evidence {
        if kept.iter().all(|known| place(known) != place(digest)) {
            kept.push(digest);
        }
    }
    kept
}

fn attempt(answer: &mut Composed, told: &Told<'_>) {
    let turn = told.after.case.as_ref().map_or(0, |case| case.current_turn);
    let reported = told.after.actions.iter().find_map(|action| {
        let attempt = action
            .attempts
            .last()
            .filter(|attempt| attempt.reported_turn == turn)?;
        Some((action, attempt.outcome()))
    });
    let Some((action, outcome)) = reported else {
        return;
    };
    let title = plain(&action.title, 200);
    answer.say(match outcome {
        AttemptOutcome::Succeeded => {
            format!("Recorded: you carried out “{title}”, and the symptom is gone.")
        }
        AttemptOutcome::Failed => format!(
            "Recorded: you carried out “{title}”, but the symptom is still there; that speaks against its cause."
        ),
        AttemptOutcome::Partial | AttemptOutcome::Unknown | AttemptOutcome::Unspecified => format!(
            "Recorded: you carried out “{title}”. Data from after the fix would show what came of it."
        ),
    });
}

/// Hypotheses whose status this turn decided.
fn decided(answer: &mut Composed, told: &Told<'_>) {
    let before = &told.situation.investigation.hypotheses;
    let mut lines = Vec::new();
    for hypothesis in &told.after.hypotheses {
        let was = before
            .iter()
            .find(|known| known.hypothesis_id == hypothesis.hypothesis_id)
            .map_or(HypothesisStatus::Captured, Hypothesis::status);
        if was == hypothesis.status() {
            continue;
        }
        let statement = plain(&hypothesis.statement, 240);
        let reason = reason(hypothesis);
        match hypothesis.status() {
            HypothesisStatus::Refuted => lines.push(format!("- Ruled out: {statement}{reason}")),
            HypothesisStatus::Validated if hypothesis.kind() == HypothesisKind::Condition => {
                lines.push(format!("- Established as a condition: {statement}"));
            }
            HypothesisStatus::Inconclusive => lines.push(format!("- Undecided: {statement}")),
            _ => {}
        }
    }
    if !lines.is_empty() {
        answer.say(lines.join("\n"));
    }
}

fn reason(hypothesis: &Hypothesis) -> String {
    let strongest = hypothesis
        .links
        .iter()
        .filter(|link| link.stance() == faultmaven_proto::case::v1::Stance::Refutes)
        .max_by(|a, b| a.strength.total_cmp(&b.strength));
    match strongest {
        Some(link) => format!(" — {} [{}]", plain(&link.reasoning, 240), link.evidence_id),
        None => String::new(),
    }
}

fn meaning(answer: &mut Composed, told: &Told<'_>) {
    if let Some(root) = told
        .after
        .hypotheses
        .iter()
        .find(|hypothesis| hypothesis.root)
    {
        let mechanism = told
            .situation
            .candidate(&root.catalogue_id)
            .map(|known| known.mechanism.as_str());
        answer.say(short::prose(told, mechanism.unwrap_or_default()));
        return;
    }
    let open = |kind: HypothesisKind| {
        let mut open: Vec<&Hypothesis> = told
            .after
            .hypotheses
            .iter()
            .filter(|hypothesis| hypothesis.kind() == kind && !is_final(hypothesis.status()))
            .collect();
        open.sort_by_key(|hypothesis| Reverse((hypothesis.likelihood * 1_000.0) as i64));
        open
    };
    let condition = open(HypothesisKind::Condition)
        .into_iter()
        .find(|known| known.likelihood > 0.5);
    if let Some(condition) = condition.filter(|_| told.preview.status_changed) {
        let candidate = told.situation.candidate(&condition.catalogue_id);
        answer.say(candidate.map_or_else(String::new, |candidate| {
            format!(
                "{} {}",
                short::prose(told, &candidate.mechanism),
                short::prose(told, &candidate.does_not_prove)
            )
        }));
    }
    let causes: Vec<String> = open(HypothesisKind::Cause)
        .iter()
        .take(CAUSES_SHOWN)
        .map(|cause| {
            let percent = cause.likelihood * 100.0;
            format!(
                "- {} ({percent:.0} %, {})",
                plain(&cause.statement, 240),
                short::status_word(cause)
            )
        })
        .collect();
    if !causes.is_empty() {
        answer.say(format!("Candidates for the cause:\n{}", causes.join("\n")));
    }
}

fn next_step(answer: &mut Composed, told: &Told<'_>) {
    if told.suggestions.hands_off || is_resolution_offered(told) {
        return;
    }
    let solution = told.after.actions.iter().find(|action| {
        action.r#type() == ActionType::Solution && action.state() == ActionState::Proposed
    });
    if let Some(solution) = solution {
        answer.say(solution_text(solution));
        return;
    }
    let needs = askable(told.after);
    let Some(need) = needs.first() else {
        return;
    };
    let separates = need.hypothesis_ids.len();
    let gain = if separates > 1 {
        format!(" It tells {separates} candidates apart.")
    } else {
        String::new()
    };
    answer.say(match command_of(need) {
        Some(command) => format!(
            "Next: run {} and paste the output here ({}).{gain}",
            inert(command, 400),
            plain(&need.request, 240)
        ),
        None => format!(
            "Next: {}. {}.",
            plain(&need.request, 240),
            plain(&need.how, 300)
        ),
    });
    let out_of_reach = told.after.needs.iter().filter(|need| {
        need.state() == NeedState::Pending
            && need.obtainability() == faultmaven_proto::case::v1::Obtainability::Unobtainable
    });
    let names: Vec<String> = out_of_reach.map(|need| plain(&need.request, 120)).collect();
    if !names.is_empty() && told.analysis.out_of_reach.is_some() {
        answer.say(format!("I go on without: {}.", listed(&names)));
    }
}

fn is_resolution_offered(told: &Told<'_>) -> bool {
    crate::fast_path::pending_target(told.after) == Some(CaseStatus::Resolved)
}

fn solution_text(solution: &Action) -> String {
    let mut text = format!(
        "Proposed solution: {}. {}",
        plain(&solution.title, 200).trim_end_matches('.'),
        plain(&solution.body, 900)
    );
    if let Some(command) = solution.commands.first() {
        text.push_str(&format!("\nCommand: {}", inert(&command.command, 400)));
    }
    if !solution.rollback.is_empty() {
        text.push_str(&format!("\nRollback: {}", plain(&solution.rollback, 400)));
    }
    text.push_str("\nTell me what came of it, best with data from after the fix.");
    text
}

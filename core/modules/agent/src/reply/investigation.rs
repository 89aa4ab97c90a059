//! Answers while the case is investigated: evidence, what it means, the grade, the next step.

use faultmaven_proto::case::v1::{
    Action, ActionState, ActionType, CaseStatus, EvidenceDigest, EvidenceKind, Hypothesis,
    HypothesisKind, NeedState, Stance,
};
use faultmaven_proto::evidence::v1::{ObservedChange, Severity, UploadedFile};

use super::cite::Cited;
use super::compose::{Composed, Told, graded};
use super::text::{counted, inert, listed, plain};
use super::{answers, data, explain, grade, outcome, short};
use crate::analyst::contradicted;
use crate::analyst::harvest::considered;
use crate::analyst::memory;
use crate::analyst::needs::{askable, command_of};
use crate::analyst::observations::Seen;
use crate::analyst::outputs::{self, Output};
use crate::analyst::situation::is_final;
use crate::convert::cited_evidence;

const EVIDENCE_SHOWN: usize = 6;
const KNOWN_SHOWN: usize = 3;
const CAUSES_SHOWN: usize = 4;
const ROWS_SHOWN: usize = 4;
const BESIDE_SHOWN: usize = 2;
/// Changes that came closer before the problem are counted in minutes.
const NEAR_MINUTES: i64 = 240;

/// Composes the answer of a turn in an investigation.
pub(crate) fn answer(answer: &mut Composed, told: &Told<'_>) {
    outcome::state(answer, told);
    let ends = told.analysis.reading.asks_to_stop;
    let answered = answers::direct(answer, told) | noted(answer, told) | ends;
    data_seen(answer, told);
    if let Some(doubt) = &told.analysis.doubt {
        answer.say(data::doubtful_time(doubt));
    }
    evidence(answer, told, answered);
    outcome::verdict(answer, told);
    // A question that changes nothing is answered without the whole state again.
    if answered && !has_news(told) {
        return;
    }
    meaning(answer, told);
    answer.say(graded(told));
    next_step(answer, told);
}

/// Repeats what the user's words told, so that it is plain what was understood.
pub(super) fn noted(answer: &mut Composed, told: &Told<'_>) -> bool {
    let situation = told.situation;
    let began = situation.relevance().onset();
    let mut lines = Vec::new();
    let mut against = None;
    for observation in &told.analysis.reading.observations {
        match &observation.what {
            Seen::Change { at, .. } => {
                let at = at.and_then(|at| at.resolve(&situation.reference()));
                let before = at.zip(began).map(|(at, began)| (began - at).num_minutes());
                let before = match before {
                    Some(minutes) if minutes < 0 => ", after the problem began".to_owned(),
                    Some(minutes) if minutes <= NEAR_MINUTES => {
                        let before = counted(minutes, "minute", "minutes");
                        format!(", {before} before the problem began")
                    }
                    Some(_) => ", long before the problem began".to_owned(),
                    None => String::new(),
                };
                lines.push(format!("a change{before}"));
            }
            Seen::NothingChanged => {
                match contradicted::by_a_file(situation, &observation.sentence) {
                    Some(change) => against = Some(change),
                    None => lines.push("nothing changed before".to_owned()),
                }
            }
            Seen::Region(name) => lines.push(format!("region {}", plain(name, 60))),
            Seen::Users(who) => lines.push(format!("affected: {}", plain(who, 60))),
            Seen::Since(_) | Seen::StillThere | Seen::Gone | Seen::Done { .. } => {}
        }
    }
    lines.dedup();
    if !lines.is_empty() && !told.preview.status_changed {
        answer.say(format!("Noted: {}.", lines.join("; ")));
    }
    if let Some(change) = against {
        otherwise(answer, change);
    }
    !lines.is_empty() || against.is_some()
}

/// Shows the change that a file shows against the user's word, and asks about it.
fn otherwise(answer: &mut Composed, change: &ObservedChange) {
    let mut cited = Cited::default();
    if let Some(citation) = &change.citation {
        cited.citation(&change.description, citation);
    }
    answer.cite("A file says otherwise:", cited);
    answer.say("Who or what did that, and is it in place still? Until that is known I do not count it out.");
}

/// Returns whether the turn changed what is known.
fn has_news(told: &Told<'_>) -> bool {
    let known = &told.situation.investigation.hypotheses;
    let same = |one: &Hypothesis| {
        known.iter().any(|other| {
            other.hypothesis_id == one.hypothesis_id
                && other.status() == one.status()
                && other.likelihood == one.likelihood
        })
    };
    let is_suspicion = told.analysis.suspected.is_some();
    !told.situation.new_files.is_empty()
        || !told.new_evidence.is_empty()
        || told.preview.status_changed
        || !(is_suspicion || told.after.hypotheses.iter().all(same))
}

fn data_seen(answer: &mut Composed, told: &Told<'_>) {
    let files: Vec<&UploadedFile> = told.situation.new_files.iter().collect();
    if files.is_empty() {
        return;
    }
    answer.say(data::coverage(&files).unwrap_or_default());
    taken_outputs(answer, told);
    let mut outputs = told.analysis.outputs.iter();
    let was_asked_for = outputs.any(|output| output.was_asked_for);
    let mut from_files = told.new_evidence.iter().filter(|it| !it.file_id.is_empty());
    let is_quiet = from_files.all(|it| outputs::is_mere_output(&it.claim));
    if is_quiet && !was_asked_for {
        if data::is_healthy(told.situation, &files) {
            answer.say(data::nothing_wrong(told.situation, &files));
        } else {
            beside_the_problem(answer, told);
        }
    }
    answer.say(data::gaps(&files).unwrap_or_default());
}

/// Shows what is wrong in new data that nothing connects with the problem.
fn beside_the_problem(answer: &mut Composed, told: &Told<'_>) {
    let findings = &told.situation.assessment.findings;
    let grave = considered(told.situation)
        .filter(|it| it.severity() >= Severity::Warn && it.kind != "onset");
    let mut cited = Cited::default();
    data::apart(grave)
        .into_iter()
        .take(BESIDE_SHOWN)
        .for_each(|finding| cited.finding(finding, findings));
    answer.cite(
        "What stands out in it; nothing connects it with the problem so far:",
        cited,
    );
}

/// Says which commands' output came in, and what it says when it decides nothing.
fn taken_outputs(answer: &mut Composed, told: &Told<'_>) {
    let (asked, unasked): (Vec<&Output>, Vec<&Output>) = told
        .analysis
        .outputs
        .iter()
        .partition(|output| output.was_asked_for);
    let commands = |outputs: &[&Output]| {
        let commands = outputs.iter().map(|output| inert(&output.command, 200));
        listed(&commands.collect::<Vec<_>>())
    };
    if !asked.is_empty() {
        answer.say(format!("Taken as the output of {}.", commands(&asked)));
    }
    if !unasked.is_empty() {
        answer.say(format!(
            "By its own word or shape that is the output of {}; no open check asks for it, so I read it as data.",
            commands(&unasked)
        ));
    }
    let mut evidence = told.new_evidence.iter();
    if evidence.all(|digest| outputs::is_mere_output(&digest.claim)) {
        let mut cited = Cited::default();
        let outputs = &told.analysis.outputs;
        let rows = outputs.iter().flat_map(|output| &output.rows);
        rows.take(ROWS_SHOWN)
            .for_each(|row| cited.citation("a row of the output", row));
        answer.cite("No rule of mine weighs it; what it says:", cited);
    }
}

/// New evidence, or the newest known when the user only asks where things stand.
fn evidence(answer: &mut Composed, told: &Told<'_>, answered: bool) {
    let mut cited = Cited::default();
    if !told.new_evidence.is_empty() {
        let is_told = |digest: &&EvidenceDigest| answer.evidence.contains(&cited_evidence(digest));
        let shown = telling(told.new_evidence.iter().filter(|it| !is_told(it)));
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
        let mut shown = telling(known.rev());
        // What shows the symptom and its cause comes before what was said or handed over last.
        shown.sort_by_key(|digest| !is_of_the_problem(digest));
        shown
            .into_iter()
            .take(KNOWN_SHOWN)
            .for_each(|digest| cited.evidence(digest));
        answer.cite("What is known so far:", cited);
    }
}

fn is_of_the_problem(digest: &EvidenceDigest) -> bool {
    matches!(
        digest.category(),
        EvidenceKind::Symptom | EvidenceKind::Causal
    )
}

/// Keeps one piece of evidence of each quote and of each kind of line in a file, and none that only says
/// that a command was run.
pub(crate) fn telling<'a>(
    evidence: impl Iterator<Item = &'a EvidenceDigest>,
) -> Vec<&'a EvidenceDigest> {
    fn place(digest: &EvidenceDigest) -> (&str, i64, &str) {
        (&digest.file_id, digest.byte_start, &digest.quote)
    }
    let mut kept: Vec<&EvidenceDigest> = Vec::new();
    for digest in evidence.filter(|digest| !outputs::is_mere_output(&digest.claim)) {
        let is_same = |known: &EvidenceDigest| {
            let of_one_kind = !digest.signature.is_empty() && known.signature == digest.signature;
            place(known) == place(digest) || of_one_kind && known.file_id == digest.file_id
        };
        if !kept.iter().any(|known| is_same(known)) {
            kept.push(digest);
        }
    }
    kept
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
    answer.say(fills_memory(told));
    let condition = likely_condition(told);
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
    candidates(answer, told);
}

/// Lists the causes that are open, likeliest first.
pub(crate) fn candidates(answer: &mut Composed, told: &Told<'_>) {
    let open = grade::open_causes(told.after);
    let rest = open.len().saturating_sub(CAUSES_SHOWN);
    let mut causes: Vec<String> = open
        .iter()
        .take(CAUSES_SHOWN)
        .map(|cause| {
            let statement = plain(&cause.statement, 240);
            format!("- {statement} ({})", short::standing(cause))
        })
        .collect();
    if rest > 0 {
        causes.push(format!("- and {rest} more"));
    }
    if !causes.is_empty() {
        answer.say(format!("Candidates for the cause:\n{}", causes.join("\n")));
    }
}

/// Says that a kill for memory that was reported is no answer to itself, as long as nothing tells what
/// fills the memory.
fn fills_memory(told: &Told<'_>) -> String {
    let hypotheses = &told.after.hypotheses;
    let killed = hypotheses
        .iter()
        .find(|it| it.catalogue_id == memory::KILLED);
    let Some(killed) = killed.filter(|_| memory::is_reported(told.situation)) else {
        return String::new();
    };
    let is_explained = hypotheses.iter().any(|it| {
        it.explains == killed.hypothesis_id
            && it
                .links
                .iter()
                .any(|link| link.stance() == Stance::Supports)
    });
    if is_explained {
        return String::new();
    }
    "That it is killed for memory is the problem itself. Why its memory fills is what is missing; how its use develops from a start to the next kill would tell.".to_owned()
}

fn likely_condition<'a>(told: &Told<'a>) -> Option<&'a Hypothesis> {
    let likely = told.after.hypotheses.iter().filter(|known| {
        known.kind() == HypothesisKind::Condition
            && !is_final(known.status())
            && known.likelihood > 0.5
    });
    likely
        .rev()
        .max_by(|one, other| one.likelihood.total_cmp(&other.likelihood))
}

/// Says the one thing that helps most now.
pub(crate) fn next_step(answer: &mut Composed, told: &Told<'_>) {
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
        if let Some(check) = explain::first_check(told) {
            answer.say(format!(
                "Next: run {} and paste the output here.",
                inert(&check.command, 400)
            ));
        }
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
            "Next: {}. {}. ({}.)",
            plain(&need.request, 240),
            plain(&need.how, 300),
            plain(&need.rationale, 300)
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

/// Returns a solution with its command, its risk and the way back.
pub(super) fn solution_text(solution: &Action) -> String {
    let mut text = format!(
        "Proposed solution: {}. {}",
        plain(&solution.title, 200).trim_end_matches('.'),
        plain(&solution.body, 900)
    );
    if let Some(command) = solution.commands.first() {
        text.push_str(&format!("\nCommand: {}", inert(&command.command, 400)));
    }
    if !solution.risks.is_empty() {
        text.push_str(&format!("\nRisk: {}", plain(&solution.risks, 400)));
    }
    if !solution.rollback.is_empty() {
        text.push_str(&format!("\nRollback: {}", plain(&solution.rollback, 400)));
    }
    text.push_str("\nTell me what came of it, best with data from after the fix.");
    text
}

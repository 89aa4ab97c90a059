//! What is said to a disagreement: what it changed, what speaks for and against, what would settle it.

use faultmaven_proto::case::v1::{
    CaseStatus, EvidenceDigest, Hypothesis, HypothesisStatus, LinkBasis, Stance,
};

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::text::{inert, plain};
use super::{explain, short};
use crate::analyst::needs::tested_with;
use crate::analyst::objection::Objection;
use crate::analyst::situation::{statement_of, status_of};

const CITED_MAX: usize = 3;
const STATEMENT_SHOWN: usize = 300;

/// Answers what the user disagrees with.
pub(super) fn answer(answer: &mut Composed, told: &Told<'_>) {
    for objection in &told.analysis.objections {
        match objection {
            Objection::Counts { hypothesis } => {
                if let Some(known) = known(told, hypothesis) {
                    weighed(answer, told, known);
                }
            }
            Objection::Settled {
                statement,
                status,
                reason,
            } => answer.say(format!(
                "“{}” is {} already ({}). Nothing changes by that.",
                plain(statement, STATEMENT_SHOWN),
                match status {
                    HypothesisStatus::Refuted => "ruled out",
                    _ => "set aside",
                },
                plain(reason, 200)
            )),
            Objection::Unclear { said, meant } => unclear(answer, told, said, meant),
            Objection::TooEarly { said } => too_early(answer, told, said),
            Objection::TakenBack { said, undone } => taken_back(answer, told, said, undone),
            Objection::NothingToTakeBack { said } => answer.say(nothing_to_take_back(said)),
        }
    }
}

/// Returns whether the answer tells of this hypothesis already.
pub(super) fn tells_of(told: &Told<'_>, hypothesis: &Hypothesis) -> bool {
    let mut objections = told.analysis.objections.iter();
    objections.any(|objection| {
        matches!(objection, Objection::Counts { hypothesis: name }
            if known(told, name).is_some_and(|it| it.hypothesis_id == hypothesis.hypothesis_id))
    })
}

/// Says how a hypothesis stands now, what speaks for and against it, and what would settle it.
pub(super) fn weighed(answer: &mut Composed, told: &Told<'_>, hypothesis: &Hypothesis) {
    answer.say(moved(told, hypothesis));
    grounds(answer, told, hypothesis);
}

/// Says what speaks for and against a hypothesis, and what would settle it.
pub(super) fn grounds(answer: &mut Composed, told: &Told<'_>, hypothesis: &Hypothesis) {
    let mut for_it = Cited::default();
    of_stance(told, hypothesis, Stance::Supports).for_each(|digest| for_it.evidence(digest));
    let is_weighed = !hypothesis.links.is_empty();
    if for_it.is_empty() && is_weighed {
        answer.say("Nothing speaks for it.");
    }
    answer.cite("What speaks for it:", for_it);
    let mut against = Cited::default();
    of_stance(told, hypothesis, Stance::Refutes).for_each(|digest| against.evidence(digest));
    if against.is_empty() && is_weighed {
        answer.say("Nothing speaks against it.");
    }
    answer.cite("What speaks against it:", against);
    if status_of(told.after) == CaseStatus::Investigating {
        answer.say(settling(told, hypothesis));
    }
}

fn known<'a>(told: &Told<'a>, name: &str) -> Option<&'a Hypothesis> {
    let refs = &told.preview.resolved_refs;
    let id = refs.get(name).map_or(name, String::as_str);
    let mut all = told.after.hypotheses.iter();
    all.find(|known| known.hypothesis_id == id)
}

fn moved(told: &Told<'_>, hypothesis: &Hypothesis) -> String {
    let statement = plain(&hypothesis.statement, STATEMENT_SHOWN);
    let now = short::standing(hypothesis);
    let mut before = told.situation.investigation.hypotheses.iter();
    let before = before.find(|known| known.hypothesis_id == hypothesis.hypothesis_id);
    let change = match before.map(short::standing) {
        None => format!("I noted “{statement}” with your word on it; it is {now}."),
        Some(was) if was == now => {
            format!("Your word on “{statement}” is on record; it stays {now}.")
        }
        // What nothing spoke for has no state worth comparing.
        Some(_) if before.is_some_and(|before| before.links.is_empty()) => {
            format!("Your word on “{statement}” is on record; it is {now} now.")
        }
        Some(was) => {
            format!("Your word on “{statement}” is on record; it was {was}, and is {now} now.")
        }
    };
    let lost_root = before.is_some_and(|before| before.root) && !hypothesis.root;
    let rest = match hypothesis.status() {
        HypothesisStatus::Refuted | HypothesisStatus::Retired => "",
        _ if lost_root => " It no longer counts as the likely cause until that is settled.",
        _ => " It is not ruled out by that alone: the status follows from all evidence together.",
    };
    format!("{change}{rest}")
}

fn of_stance<'a>(
    told: &Told<'a>,
    hypothesis: &'a Hypothesis,
    stance: Stance,
) -> impl Iterator<Item = &'a EvidenceDigest> {
    let evidence = &told.after.evidence;
    let links = hypothesis.links.iter().rev();
    let links = links.filter(move |link| link.stance() == stance);
    let cited = links.filter_map(move |link| {
        let mut known = evidence.iter();
        known.find(|it| it.evidence_id == link.evidence_id && !it.withdrawn)
    });
    cited.take(CITED_MAX)
}

/// What would decide about a hypothesis.
fn settling(told: &Told<'_>, hypothesis: &Hypothesis) -> String {
    let is_open = |command: &str| !command.is_empty() && !explain::is_answered(told, command);
    let prediction = hypothesis
        .predictions
        .iter()
        .find(|it| is_open(tested_with(it)));
    if let Some(prediction) = prediction {
        let outcome = |side: &str, shows: &str| match plain(shows, 240) {
            shows if shows.is_empty() => String::new(),
            shows => format!(" {side} it: {}.", shows.trim_end_matches('.')),
        };
        return format!(
            "What would settle it: {}.{}{}",
            inert(tested_with(prediction), 300),
            outcome("For", &prediction.if_true),
            outcome("Against", &prediction.if_false)
        );
    }
    let candidate = told.situation.candidate(&hypothesis.catalogue_id);
    let mut checks = candidate.iter().flat_map(|candidate| &candidate.checks);
    if let Some(check) = checks.find(|check| is_open(&check.command)) {
        return format!("What would settle it: {}.", inert(&check.command, 300));
    }
    let mut links = hypothesis.links.iter();
    let is_change = links.any(|link| {
        matches!(
            link.basis(),
            LinkBasis::ChangeSetsCondition | LinkBasis::OnsetAfterChange
        )
    });
    if is_change {
        return "What would settle it: the deployment history or the configuration from before and after the problem began.".to_owned();
    }
    "What would settle it: data of the part it names from the time of the problem.".to_owned()
}

/// Hypotheses with where each stands, one per row.
fn standings(told: &Told<'_>, ids: &[String]) -> Vec<String> {
    let known = ids.iter().filter_map(|id| known(told, id));
    known
        .map(|known| {
            let statement = plain(&known.statement, 240);
            format!("- {statement} ({})", short::standing(known))
        })
        .collect()
}

/// Says which words count no more, and for what.
fn taken_back(answer: &mut Composed, told: &Told<'_>, said: &str, undone: &[String]) {
    let rows = standings(told, undone);
    answer.say(format!(
        "Taken back: your words “{}” no longer count.\n{}",
        plain(said, 240),
        rows.join("\n")
    ));
}

/// Asks what is meant where the last words changed nothing.
fn nothing_to_take_back(said: &str) -> String {
    let last = match said {
        "" => String::new(),
        said => format!(
            " Your last message, “{}”, counts for or against no candidate.",
            plain(said, 240)
        ),
    };
    format!(
        "What do you take back?{last} Name it, for instance “it is not the …” or “change the statement to …”; nothing changes until then."
    )
}

/// Asks which hypothesis is meant.
fn unclear(answer: &mut Composed, told: &Told<'_>, said: &str, meant: &[String]) {
    let lines = standings(told, meant);
    let named = match said {
        "" => "You disagree, and I do not see with what.".to_owned(),
        said => format!(
            "I see no single hypothesis that {} names.",
            inert(said, 120)
        ),
    };
    if lines.is_empty() {
        answer.say(format!(
            "{named} Nothing is suspected yet that it could be about. Say what is the case instead, or add data that show it."
        ));
        return;
    }
    answer.say(format!(
        "{named} Nothing changes until I know. Which of these do you mean?\n{}\nName it in your words, for instance “it is not the …, because …”.",
        lines.join("\n")
    ));
}

/// Says that nothing is weighed yet, and how the statement is corrected.
fn too_early(answer: &mut Composed, told: &Told<'_>, said: &str) {
    let statement = statement_of(told.after);
    if said.is_empty() && !statement.is_empty() {
        answer.say(format!(
            "If the problem statement “{}” is wrong, say “change it to …” or “the actual problem is …”.",
            plain(statement, 400)
        ));
        return;
    }
    let what = match said {
        "" => "your word against it".to_owned(),
        said => format!("your word on {}", inert(said, 120)),
    };
    answer.say(format!(
        "Causes are weighed once the investigation has started; then tell me again, and {what} counts against the hypothesis it names."
    ));
}

//! What is still missing before a cause counts as confirmed, and how to get it.

use faultmaven_proto::case::v1::{
    Action, Assurance, AttemptOutcome, EvidenceDigest, EvidenceKind, Hypothesis, Investigation,
    Stance,
};

use super::compose::Told;
use super::grade;
use super::text::{inert, listed, plain};
use crate::analyst::needs::tested_with;

/// Returns what is missing for a confirmed cause after a fix; none when it is confirmed.
pub(super) fn missing(told: &Told<'_>) -> Option<String> {
    let after = told.after;
    if grade::of(after) == Assurance::Confirmed {
        return None;
    }
    let Some(root) = after.hypotheses.iter().find(|known| known.root) else {
        return Some(
            "The cause itself is not confirmed by that: no single cause has passed every test yet, so the fix cannot be counted for one.".to_owned(),
        );
    };
    let steps: Vec<String> = [aimed(after, root), causal(told, root), symptom(after)]
        .into_iter()
        .flatten()
        .collect();
    let steps: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| format!("{}. {step}", at + 1))
        .collect();
    (!steps.is_empty()).then(|| {
        format!(
            "What is missing for “confirmed”, which takes evidence that cause and symptom are both gone after the fix:\n{}",
            steps.join("\n")
        )
    })
}

/// A fix counts for the cause that it was aimed at.
fn aimed(after: &Investigation, root: &Hypothesis) -> Option<String> {
    let is_aimed = |action: &&Action| {
        action.target_hypothesis_id == root.hypothesis_id
            && action
                .attempts
                .iter()
                .any(|attempt| attempt.outcome() != AttemptOutcome::Failed)
    };
    let done = after.actions.iter().find(is_aimed);
    done.is_none().then(|| {
        format!(
            "A fix of this very cause: none is recorded that was aimed at “{}”. Tell me what you did about it.",
            plain(&root.statement, 240).trim_end_matches('.')
        )
    })
}

/// What showed the cause must show that it is gone.
fn causal(told: &Told<'_>, root: &Hypothesis) -> Option<String> {
    let mut evidence = told.after.evidence.iter();
    let is_shown = evidence.any(|it| {
        !it.withdrawn && !it.file_id.is_empty() && it.category() == EvidenceKind::CausalAbsence
    });
    if is_shown {
        return None;
    }
    let commands = root.predictions.iter().map(tested_with);
    let check = told.situation.candidate(&root.catalogue_id);
    let checks = check
        .into_iter()
        .flat_map(|candidate| &candidate.checks)
        .map(|check| check.command.as_str());
    let command = commands.chain(checks).find(|command| !command.is_empty());
    let files = files_of(told.after, root);
    let how = match (command, files.as_slice()) {
        (Some(command), _) => format!("run {} again and paste the output", inert(command, 300)),
        (None, []) => "upload the setting or the metric that shows it, as it is now".to_owned(),
        (None, files) => format!("upload again, as it is now, what {} showed", listed(files)),
    };
    Some(format!(
        "Evidence from a file that the cause is gone: {how}."
    ))
}

/// The symptom must be seen to be gone, later than it was seen last.
fn symptom(after: &Investigation) -> Option<String> {
    let of_kind = |kind: EvidenceKind| {
        let evidence = after.evidence.iter();
        evidence.filter(move |it| !it.withdrawn && it.category() == kind)
    };
    let gone: Vec<&EvidenceDigest> = of_kind(EvidenceKind::SymptomAbsence).collect();
    let file = of_kind(EvidenceKind::Symptom)
        .map(|it| it.file_name.as_str())
        .find(|name| !name.is_empty());
    let log = file.map_or_else(
        || "a log of the same service".to_owned(),
        |name| format!("a log like {}", inert(name, 120)),
    );
    if gone.is_empty() {
        return Some(format!(
            "Evidence that the symptom is gone: upload {log} from after the fix, at least 20 lines, or say that it works again."
        ));
    }
    let by_word = gone.iter().all(|it| it.file_id.is_empty());
    by_word.then(|| {
        format!(
            "That the symptom is gone is so far your word alone, which counts; {log} from after the fix would show it."
        )
    })
}

/// The files that speak for a cause.
fn files_of(after: &Investigation, root: &Hypothesis) -> Vec<String> {
    let supports = root
        .links
        .iter()
        .filter(|link| link.stance() == Stance::Supports);
    let mut names: Vec<String> = supports
        .filter_map(|link| {
            let mut evidence = after.evidence.iter();
            evidence.find(|it| it.evidence_id == link.evidence_id && !it.file_name.is_empty())
        })
        .map(|digest| inert(&digest.file_name, 120))
        .collect();
    names.sort();
    names.dedup();
    names.truncate(2);
    names
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::Attempt;

    use super::*;

    fn digest(kind: EvidenceKind, file: &str) -> EvidenceDigest {
        EvidenceDigest {
            category: kind.into(),
            file_id: file.to_owned(),
            file_name: file.to_owned(),
            ..Default::default()
        }
    }

    fn root() -> Hypothesis {
        Hypothesis {
            hypothesis_id: "hyp_1".to_owned(),
            statement: "The pool is too small".to_owned(),
            root: true,
            ..Default::default()
        }
    }

    #[test]
    fn a_fix_counts_for_the_cause_it_was_aimed_at() {
        let mut after = Investigation::default();
        assert!(aimed(&after, &root()).is_some());
        after.actions.push(Action {
            target_hypothesis_id: "hyp_1".to_owned(),
            attempts: vec![Attempt {
                outcome: AttemptOutcome::Succeeded.into(),
                ..Default::default()
            }],
            ..Default::default()
        });
        assert_eq!(aimed(&after, &root()), None);
    }

    #[test]
    fn the_end_of_the_symptom_is_asked_for_until_a_file_shows_it() {
        let mut after = Investigation::default();
        after
            .evidence
            .push(digest(EvidenceKind::Symptom, "app.log"));
        assert!(symptom(&after).unwrap().contains("a log like `app.log`"));
        after
            .evidence
            .push(digest(EvidenceKind::SymptomAbsence, ""));
        assert!(symptom(&after).unwrap().contains("your word alone"));
        after
            .evidence
            .push(digest(EvidenceKind::SymptomAbsence, "after.log"));
        assert_eq!(symptom(&after), None);
    }
}

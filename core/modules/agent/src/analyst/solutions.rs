//! Solutions for the root, with the way back.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    ActionKind, ActionState, ActionType, AttemptOutcome, Command, CommandSafety, Hypothesis,
    Investigation,
};
use faultmaven_proto::evidence::v1::{ObservedChange, Remedy};

use super::situation::Situation;
use super::statement::clipped;
use crate::convert::moment;
use crate::reply::text::{clock, plain};

const TITLE_MAX: usize = 200;
const BODY_MAX: usize = 2_000;
const ROLLBACK_MAX: usize = 1_000;
const COMMANDS_MAX: usize = 10;
const REVERT_RISK: &str = "Medium. It may interrupt a service or put load on it.";

/// Returns a solution for the root unless one is on the table or was tried.
pub(crate) fn propose(
    situation: &Situation,
    after: &Investigation,
    root: &Hypothesis,
) -> Option<Op> {
    let is_there = after.actions.iter().any(|action| {
        action.r#type() == ActionType::Solution
            && action.target_hypothesis_id == root.hypothesis_id
            && action.state() != ActionState::Superseded
    });
    if is_there {
        return None;
    }
    let change = change_behind(situation, after, root);
    let remedy = situation
        .candidate(&root.catalogue_id)
        .and_then(|candidate| candidate.remedy.as_ref());
    match (remedy, change) {
        (Some(remedy), change) => Some(from_remedy(root, remedy, change)),
        (None, Some(change)) => Some(revert(root, change)),
        (None, None) => None,
    }
}

/// Returns whether this turn reports a fix that did not help; what to do next is worth a thought.
pub(crate) fn just_failed(after: &Investigation) -> bool {
    let turn = after.case.as_ref().map_or(0, |case| case.current_turn);
    after
        .actions
        .iter()
        .flat_map(|action| &action.attempts)
        .any(|attempt| attempt.reported_turn == turn && attempt.outcome() == AttemptOutcome::Failed)
}

/// The change that evidence for the root quotes.
fn change_behind<'a>(
    situation: &'a Situation,
    after: &Investigation,
    root: &Hypothesis,
) -> Option<&'a ObservedChange> {
    let cited = |change: &&ObservedChange| {
        let place = change.citation.as_ref();
        root.links.iter().any(|link| {
            after.evidence.iter().any(|digest| {
                digest.evidence_id == link.evidence_id
                    && place.is_some_and(|place| {
                        digest.file_id == place.file_id
                            && digest.byte_start < place.byte_end
                            && place.byte_start < digest.byte_end
                    })
            })
        })
    };
    situation.assessment.changes.iter().find(cited)
}

fn from_remedy(root: &Hypothesis, remedy: &Remedy, change: Option<&ObservedChange>) -> Op {
    let undone = change.map(|change| format!("{}\n\n", set_back(change)));
    let body = format!("{}{}", undone.unwrap_or_default(), remedy.body);
    let rollback = match (remedy.rollback.trim(), change) {
        ("", Some(change)) => set_again(change),
        ("", None) => "Restore the configuration that is in place now.".to_owned(),
        (rollback, _) => rollback.to_owned(),
    };
    action(
        root,
        action_kind(&remedy.kind),
        &remedy.title,
        &body,
        &remedy.commands,
        &rollback,
        &remedy.risks,
    )
}

fn revert(root: &Hypothesis, change: &ObservedChange) -> Op {
    let title = format!("Revert the change of {}", name_of(change));
    let kind = if change.change_type == "config" {
        ActionKind::ConfigChange
    } else {
        ActionKind::Rollback
    };
    action(
        root,
        kind,
        &title,
        &set_back(change),
        &[],
        &set_again(change),
        REVERT_RISK,
    )
}

fn action(
    root: &Hypothesis,
    kind: ActionKind,
    title: &str,
    body: &str,
    commands: &[String],
    rollback: &str,
    risks: &str,
) -> Op {
    let commands = commands
        .iter()
        .filter(|command| !command.trim().is_empty())
        .take(COMMANDS_MAX);
    Op::ProposeAction(case_pb::ProposeAction {
        r#ref: "$a1".to_owned(),
        r#type: ActionType::Solution.into(),
        kind: kind.into(),
        title: clipped(title, TITLE_MAX),
        body: clipped(body.trim(), BODY_MAX),
        commands: commands
            .map(|command| Command {
                command: command.clone(),
                description: clipped(title, TITLE_MAX),
                safety: CommandSafety::Caution.into(),
            })
            .collect(),
        rollback: clipped(rollback, ROLLBACK_MAX),
        risks: clipped(risks, ROLLBACK_MAX),
        target_hypothesis: root.hypothesis_id.clone(),
    })
}

fn action_kind(word: &str) -> ActionKind {
    let name = format!("ACTION_KIND_{}", word.to_uppercase());
    match ActionKind::from_str_name(&name) {
        None | Some(ActionKind::Unspecified) => ActionKind::Other,
        Some(known) => known,
    }
}

fn name_of(change: &ObservedChange) -> String {
    match change.key.as_str() {
        "" => plain(&change.description, 120),
        key => plain(key, 120),
    }
}

fn set_back(change: &ObservedChange) -> String {
    let when = moment(change.change_time.as_ref());
    let when = when.map_or_else(String::new, |when| format!(" at {}", clock(when)));
    match (change.before.as_str(), change.after.as_str()) {
        ("", "") => format!(
            "Undo the change{when}: {}.",
            plain(&change.description, 300)
        ),
        ("", after) => format!(
            "Remove {} = {}, added{when}.",
            name_of(change),
            plain(after, 80)
        ),
        (before, after) => format!(
            "Set {} back to {} (it was changed to {}{when}).",
            name_of(change),
            plain(before, 80),
            plain(after, 80)
        ),
    }
}

fn set_again(change: &ObservedChange) -> String {
    match change.after.as_str() {
        "" => "Apply the change again.".to_owned(),
        after => format!("Set {} to {} again.", name_of(change), plain(after, 80)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_without_a_remedy_is_reverted() {
        let change = ObservedChange {
            key: "spring.datasource.hikari.maximum-pool-size".to_owned(),
            before: "50".to_owned(),
            after: "5".to_owned(),
            change_type: "config".to_owned(),
            ..Default::default()
        };
        let Op::ProposeAction(proposed) = revert(&Hypothesis::default(), &change) else {
            panic!("not an action")
        };
        assert!(proposed.body.contains("back to 50"), "{}", proposed.body);
        assert!(
            proposed.rollback.contains("to 5 again"),
            "{}",
            proposed.rollback
        );
        assert_eq!(proposed.r#type(), ActionType::Solution);
        assert!(proposed.risks.starts_with("Medium. "), "{}", proposed.risks);
    }

    #[test]
    fn kinds_of_the_catalogue_are_known() {
        assert_eq!(action_kind("config_change"), ActionKind::ConfigChange);
        assert_eq!(action_kind("magic"), ActionKind::Other);
    }
}

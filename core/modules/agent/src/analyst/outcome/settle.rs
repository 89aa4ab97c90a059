//! What came of an attempt that an earlier turn reported.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{Action, ActionType, Attempt, AttemptOutcome};

use super::{Aftereffects, outcome};
use crate::analyst::plan::{Plan, Source};
use crate::analyst::situation::Situation;
use crate::convert::moment;

/// Records what data or words of this turn show of the newest attempt that is open or succeeded.
pub(super) fn earlier_attempt(plan: &mut Plan, situation: &Situation, effects: &Aftereffects) {
    let Some((action, attempt)) = last_attempt(situation) else {
        return;
    };
    let done = moment(attempt.perform_time.as_ref());
    let later = |names: &[String], is_later: &dyn Fn(&str) -> bool| -> Vec<String> {
        let names = names.iter().filter(|name| is_later(name));
        names.cloned().collect()
    };
    let effects = Aftereffects {
        gone: later(&effects.gone, &|name| may_show_effect(plan, name, done)),
        present: later(&effects.present, &|name| shows_later_time(plan, name, done)),
        removed: later(&effects.removed, &|name| may_show_effect(plan, name, done)),
    };
    let has_succeeded = attempt.outcome() == AttemptOutcome::Succeeded;
    let outcome = match outcome(&effects) {
        // What speaks against a cause on which a successful attempt was made comes as evidence of its own.
        AttemptOutcome::Failed if has_succeeded => return,
        AttemptOutcome::Unknown if has_succeeded && !effects.removed.is_empty() => {
            AttemptOutcome::Succeeded
        }
        AttemptOutcome::Unknown => return,
        known => known,
    };
    let evidence = match outcome {
        AttemptOutcome::Failed => effects.present,
        _ => [effects.gone, effects.removed].concat(),
    };
    plan.push(Op::RecordAttempt(case_pb::RecordAttempt {
        action_id: action.action_id.clone(),
        outcome: outcome.into(),
        evidence,
        attempt_id: attempt.attempt_id.clone(),
        ..Default::default()
    }));
}

/// Returns the attempt that was reported last, unless it failed.
fn last_attempt(situation: &Situation) -> Option<(&Action, &Attempt)> {
    let actions = situation.investigation.actions.iter();
    let changes = actions.filter(|action| action.r#type() != ActionType::Diagnostic);
    changes
        .filter_map(|action| Some((action, action.attempts.last()?)))
        .max_by_key(|(_, attempt)| attempt.reported_turn)
        .filter(|(_, attempt)| attempt.outcome() != AttemptOutcome::Failed)
}

/// Returns whether something new is not known to be older than what was done.
fn may_show_effect(plan: &Plan, name: &str, done: Option<DateTime<Utc>>) -> bool {
    seen(plan, name).is_some_and(|seen| match (seen.at, done) {
        (Some(at), Some(done)) => at >= done,
        _ => true,
    })
}

/// Returns whether something new is known to be of the time after what was done; words are of now.
fn shows_later_time(plan: &Plan, name: &str, done: Option<DateTime<Utc>>) -> bool {
    seen(plan, name).is_some_and(|seen| {
        seen.in_words || matches!((seen.at, done), (Some(at), Some(done)) if at >= done)
    })
}

struct SeenNow {
    at: Option<DateTime<Utc>>,
    in_words: bool,
}

/// Returns when something was seen that this turn brings; nothing for what is known already.
fn seen(plan: &Plan, name: &str) -> Option<SeenNow> {
    let claim = plan.claims.iter().find(|claim| claim.reference == name)?;
    Some(SeenNow {
        at: claim.to,
        in_words: matches!(claim.source, Source::Message(_)),
    })
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;

//! Turns that need no analyst: what the words or the click decide by themselves.

use faultmaven_proto::case::v1::{
    Case, CaseStatus, ClosureReason, Investigation, StatementState, SuggestionType,
};
use faultmaven_proto::evidence::v1::DataClass;

use crate::analyst::classify::is_greeting;
use crate::analyst::situation::status_of;
use crate::analyst::words::flattened;
use crate::convert::{is_terminal, status};
use crate::error::TurnError;
use crate::input::Input;
use crate::intent::{Intent, TransitionIntent, Verb, closure_reason};

mod finish;
mod start;

const COMMAND_MAX: usize = 120;
const BARE_REPLY_MAX: usize = 100;
const YES: [&str; 13] = [
    "yes",
    "y",
    "yep",
    "yeah",
    "sure",
    "ok",
    "okay",
    "confirm",
    "confirmed",
    "correct",
    "go ahead",
    "do it",
    "please do",
];
const NO: [&str; 7] = ["no", "n", "nope", "not yet", "cancel", "don't", "wait"];

/// Which way a turn takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// Words about a case that takes no more changes.
    Terminal,
    Command(Command),
    /// The user wants the engine to offer a transition.
    Offer(Command),
    Confirm,
    Decline,
    Hypothesis {
        hypothesis_id: String,
        verb: Verb,
    },
    Reclassify {
        file_id: String,
        class: DataClass,
    },
    Greeting,
    /// Everything else is for the analyst.
    Analyse {
        withdraws: bool,
    },
}

/// A change of status by the user's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) to: CaseStatus,
    /// Where the client believes the case stands; unspecified for anywhere.
    pub(crate) expected_from: CaseStatus,
    pub(crate) closure: ClosureReason,
    pub(crate) note: String,
}

impl Route {
    /// Returns whether the turn turns an inquiry into an investigation.
    pub(crate) fn enters(&self, investigation: &Investigation) -> bool {
        if status_of(investigation) != CaseStatus::Inquiry {
            return false;
        }
        match self {
            Self::Command(command) => command.to == CaseStatus::Investigating,
            Self::Confirm => pending_target(investigation) == Some(CaseStatus::Investigating),
            _ => false,
        }
    }
}

/// Returns the way a turn takes; the first rule that fits wins.
pub(crate) fn route(input: &Input, investigation: &Investigation) -> Result<Route, TurnError> {
    let version = investigation.case.as_ref().map_or(0, |case| case.version);
    input.check_version(version)?;
    let current = status_of(investigation);
    if is_terminal(current) {
        return terminal(input, current);
    }
    let text = input.text.as_deref().unwrap_or_default();
    let is_pending = awaits_reply(investigation);
    // Data without words answer nothing, so an end that is offered goes on waiting for its reply; a
    // statement is proposed anew with them.
    let waits = text.is_empty() && pending_target(investigation) != Some(CaseStatus::Investigating);
    let ordinary = Route::Analyse {
        withdraws: is_pending && !waits,
    };
    match &input.intent {
        Some(Intent::Transition(wish)) => return Ok(transition(wish, current)),
        Some(Intent::Hypothesis {
            hypothesis_id,
            verb,
        }) => {
            return hypothesis(investigation, hypothesis_id, *verb, current);
        }
        Some(Intent::Confirmation(value)) if is_pending => return Ok(reply(*value)),
        Some(Intent::Confirmation(_)) | None => {}
    }
    if let Some(command) = sentence(text, current) {
        return Ok(Route::Command(command));
    }
    if is_pending && let Some(value) = bare_reply(text, investigation) {
        return Ok(reply(value));
    }
    if is_pending && finish::confirms(text, pending_target(investigation)) {
        return Ok(Route::Confirm);
    }
    if let Some(command) = start::command(text, investigation) {
        return Ok(Route::Command(command));
    }
    if let Some((file_id, class)) = reclassification(text, investigation) {
        return Ok(Route::Reclassify { file_id, class });
    }
    if is_greeting(text) && !input.has_data() {
        return Ok(Route::Greeting);
    }
    Ok(ordinary)
}

/// Returns whether a transition or a new wording of the statement waits for a yes or no.
pub(crate) fn awaits_reply(investigation: &Investigation) -> bool {
    let case = investigation.case.as_ref();
    let revision = case
        .and_then(|case| case.statement.as_ref())
        .is_some_and(|statement| statement.state() == StatementState::RevisionPending);
    revision || pending_target(investigation).is_some()
}

/// Returns where the pending transition leads.
pub(crate) fn pending_target(investigation: &Investigation) -> Option<CaseStatus> {
    let case: &Case = investigation.case.as_ref()?;
    Some(case.pending_transition.as_ref()?.to())
}

/// Returns the words a user may send to name the class of a file.
pub(crate) fn reclassify_words(file_name: &str, class: &str) -> String {
    format!("Treat {file_name} as {class}")
}

/// Returns the classes a user is offered for a file, with their words.
pub(crate) const CLASS_CHOICES: [(&str, DataClass); 4] = [
    ("logs", DataClass::Logs),
    ("configuration", DataClass::Config),
    ("command output", DataClass::CommandOutput),
    ("metrics", DataClass::Metrics),
];

fn terminal(input: &Input, current: CaseStatus) -> Result<Route, TurnError> {
    match &input.intent {
        // The case module knows best how to refuse a move that does not exist.
        Some(Intent::Transition(wish)) => Ok(transition(wish, current)),
        Some(Intent::Hypothesis { .. }) => Err(TurnError::CaseIsTerminal {
            status: status(current),
        }),
        Some(Intent::Confirmation(_)) | None => Ok(Route::Terminal),
    }
}

fn transition(wish: &TransitionIntent, current: CaseStatus) -> Route {
    let to = wish.target(current);
    let closes = to == CaseStatus::Closed;
    let closure = if closes {
        closure_reason(&wish.closure_word, current)
    } else {
        ClosureReason::Unspecified
    };
    let is_free_text = closure == ClosureReason::Other || current == CaseStatus::Inquiry;
    let command = Command {
        to,
        expected_from: wish.from.unwrap_or(CaseStatus::Unspecified),
        closure,
        note: if closes && is_free_text {
            wish.closure_word.clone()
        } else {
            String::new()
        },
    };
    if wish.commanded {
        Route::Command(command)
    } else {
        Route::Offer(command)
    }
}

fn hypothesis(
    investigation: &Investigation,
    hypothesis_id: &str,
    verb: Verb,
    current: CaseStatus,
) -> Result<Route, TurnError> {
    let is_known = investigation
        .hypotheses
        .iter()
        .any(|known| known.hypothesis_id == hypothesis_id);
    if !is_known {
        return Err(TurnError::HypothesisNotFound);
    }
    if current == CaseStatus::Inquiry && verb != Verb::Retire {
        return Err(TurnError::HypothesisInInquiry);
    }
    Ok(Route::Hypothesis {
        hypothesis_id: hypothesis_id.to_owned(),
        verb,
    })
}

fn reply(value: bool) -> Route {
    if value {
        Route::Confirm
    } else {
        Route::Decline
    }
}

fn sentence(text: &str, current: CaseStatus) -> Option<Command> {
    let is_short = text.chars().count() <= COMMAND_MAX && !text.contains('?');
    let flat = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let says = |start: &str, part: &str| is_short && flat.starts_with(start) && flat.contains(part);
    let to = match current {
        CaseStatus::Inquiry if says("i want to start a formal investigation", "root cause") => {
            CaseStatus::Investigating
        }
        CaseStatus::Inquiry if says("close this case", "further investigation") => {
            CaseStatus::Closed
        }
        CaseStatus::Investigating if says("the issue is resolved", "final documentation") => {
            CaseStatus::Resolved
        }
        CaseStatus::Investigating if says("close this case as unresolved", "summar") => {
            CaseStatus::Closed
        }
        _ => return None,
    };
    Some(command_to(to))
}

fn command_to(to: CaseStatus) -> Command {
    Command {
        to,
        expected_from: CaseStatus::Unspecified,
        closure: ClosureReason::Unspecified,
        note: String::new(),
    }
}

/// Returns the yes or no that the whole text is.
fn bare_reply(text: &str, investigation: &Investigation) -> Option<bool> {
    if text.chars().count() > BARE_REPLY_MAX || text.contains('?') {
        return None;
    }
    let bare = bare(text);
    if YES.contains(&bare.as_str()) {
        return Some(true);
    }
    if NO.contains(&bare.as_str()) {
        return Some(false);
    }
    offered_labels(investigation)
        .into_iter()
        .find(|(label, _)| self::bare(label) == bare)
        .map(|(_, value)| value)
}

/// The labels of the confirm pair that the newest answer carried.
fn offered_labels(investigation: &Investigation) -> Vec<(String, bool)> {
    let newest = investigation
        .recent_messages
        .iter()
        .rev()
        .find(|message| !message.suggested_actions.is_empty());
    let offered = newest
        .map(|message| message.suggested_actions.as_slice())
        .unwrap_or_default();
    offered
        .iter()
        .filter(|action| action.r#type() == SuggestionType::Decide)
        .filter_map(|action| {
            let value = action.intent.as_ref()?.confirmation_value?;
            Some((action.label.clone(), value))
        })
        .collect()
}

/// The words without punctuation and emoji.
fn bare(text: &str) -> String {
    let spoken: String = text
        .replace('’', "'")
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || letter == '\'' {
                letter
            } else {
                ' '
            }
        })
        .collect();
    flattened(&spoken)
}

fn reclassification(text: &str, investigation: &Investigation) -> Option<(String, DataClass)> {
    let said = text.trim();
    investigation.files.iter().rev().find_map(|file| {
        let (_, class) = CLASS_CHOICES.iter().find(|(word, _)| {
            said.eq_ignore_ascii_case(&reclassify_words(&file.file_name, word))
        })?;
        Some((file.file_id.clone(), *class))
    })
}

#[cfg(test)]
#[path = "fast_path_tests.rs"]
mod tests;

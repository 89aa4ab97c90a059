//! What the user can do next with one click, in a fixed order.

use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::{
    Action, ActionType, AgentStatus, Approach, AttemptOutcome, CaseStatus, Command, CommandSafety,
    Investigation, Need, SuggestedAction, SuggestionIntent, SuggestionType, TurnIntent,
};

use super::text::clock;
use super::{handoff, standstill};
use crate::analyst::Analysis;
use crate::analyst::needs::{askable, command_of};
use crate::analyst::outcome::open_action;
use crate::analyst::situation::{Situation, statement_of, status_of};
use crate::analyst::stated_time::Doubt;
use crate::analyst::statement::clipped;
use crate::analyst::suspicion::Suspected;
use crate::convert::{data_class, status};
use crate::fast_path::{CLASS_CHOICES, awaits_reply, pending_target, reclassify_words};

const SUGGESTIONS_MAX: usize = 6;
const LABEL_MAX: usize = 120;
const PAYLOAD_MAX: usize = 4_000;
const EVIDENCE_MAX: usize = 2;
const CLASS_FILES_MAX: usize = 3;
const CLASSIFY_ASK: f64 = 0.50;
const CLASS_MIN_LINES: i64 = 5;

/// The suggestions of a turn and the needs they show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suggestions {
    pub(crate) actions: Vec<SuggestedAction>,
    pub(crate) surfaced: Vec<String>,
    pub(crate) asks_for_class: bool,
    pub(crate) hands_off: bool,
}

/// Returns what to suggest after a turn; what a model suggests comes behind what the rules do.
pub(crate) fn suggest(
    situation: &Situation,
    after: &Investigation,
    suggested: &[SuggestedAction],
) -> Suggestions {
    let mut suggestions = Suggestions::default();
    if crate::convert::is_terminal(status_of(after)) {
        return suggestions;
    }
    let mut actions = pair(after);
    if handoff::is_due(after) {
        suggestions.hands_off = true;
        actions.extend(handoff::choices());
    }
    actions.extend(standstill::choices(after));
    let classes = class_questions(situation);
    suggestions.asks_for_class = !classes.is_empty();
    actions.extend(classes);
    if pending_target(after) == Some(CaseStatus::Resolved) {
        // Nothing is left to find out or to do.
    } else if status_of(after) == CaseStatus::Investigating {
        let needs = askable(after);
        let act = open_action(after)
            .filter(|action| !has_succeeded(action))
            .and_then(run_action);
        // What goes on hurting is to be ended before it is explained.
        let (first, last) = if is_urgent(after) {
            (act, None)
        } else {
            (None, act)
        };
        actions.extend(first);
        let run = needs.iter().find_map(run_need);
        let answered = run.as_ref().map(|run| run.need_id.clone());
        actions.extend(run);
        for need in needs.iter().take(EVIDENCE_MAX) {
            suggestions.surfaced.push(need.need_id.clone());
            // What a command answers need not be asked for a second time.
            if answered.as_ref() != Some(&need.need_id) {
                actions.push(evidence(need));
            }
        }
        actions.extend(last);
    } else if !awaits_reply(after) && !statement_of(after).is_empty() {
        actions.push(start());
    }
    for suggestion in suggested {
        let says_the_same = |known: &SuggestedAction| {
            known.label == suggestion.label
                || !suggestion.payload.is_empty() && known.payload == suggestion.payload
        };
        if !actions.iter().any(says_the_same) {
            actions.push(suggestion.clone());
        }
    }
    actions.push(free_speech(after));
    actions.truncate(SUGGESTIONS_MAX);
    suggestions.actions = actions;
    suggestions
}

/// Returns the first type of response that applies.
pub(crate) fn response_type(
    suggestions: &Suggestions,
    after: &Investigation,
    turn_number: i32,
) -> &'static str {
    let runs = suggestions
        .actions
        .iter()
        .filter(|action| action.r#type() == SuggestionType::Run);
    let solution_is_new = after.actions.iter().any(|action| {
        action.r#type() == ActionType::Solution && action.proposed_turn == turn_number
    });
    if suggestions.hands_off {
        "ESCALATION_REQUIRED"
    } else if awaits_reply(after) {
        "CONFIRMATION_REQUEST"
    } else if suggestions.asks_for_class {
        "CLARIFICATION_REQUEST"
    } else if solution_is_new {
        "SOLUTION_READY"
    } else if runs.count() >= 2 {
        "PLAN_PROPOSAL"
    } else if !suggestions.surfaced.is_empty() {
        "NEEDS_MORE_DATA"
    } else {
        "ANSWER"
    }
}

/// Returns a suggestion as this module's answers carry it.
pub(crate) fn to_answer(action: &SuggestedAction) -> pb::Suggestion {
    let kind = match action.r#type() {
        SuggestionType::Decide => "DECIDE",
        SuggestionType::Run => "RUN",
        SuggestionType::Evidence => "EVIDENCE",
        SuggestionType::FreeSpeech | SuggestionType::Unspecified => "FREE_SPEECH",
    };
    pb::Suggestion {
        r#type: kind.to_owned(),
        label: action.label.clone(),
        payload: action.payload.clone(),
        body: action.body.clone(),
        hints: action.hints.clone(),
        intent: action.intent.as_ref().map(intent_to_answer),
        need_id: action.need_id.clone(),
    }
}

/// Returns a decision that commands a change of status.
pub(crate) fn transition(label: &str, to: CaseStatus) -> SuggestedAction {
    decide(
        label,
        label,
        SuggestionIntent {
            r#type: TurnIntent::StatusTransition.into(),
            to_state: to.into(),
            user_confirmed: Some(true),
            ..Default::default()
        },
    )
}

/// Returns a decision that is said in words alone.
pub(crate) fn say(label: &str, payload: &str) -> SuggestedAction {
    SuggestedAction {
        r#type: SuggestionType::Decide.into(),
        label: clipped(label, LABEL_MAX),
        payload: clipped(payload, PAYLOAD_MAX),
        ..Default::default()
    }
}

fn intent_to_answer(intent: &SuggestionIntent) -> pb::Intent {
    let kind = match intent.r#type() {
        TurnIntent::StatusTransition => pb::IntentType::StatusTransition,
        TurnIntent::Confirmation => pb::IntentType::Confirmation,
        TurnIntent::HypothesisAction => pb::IntentType::HypothesisAction,
        TurnIntent::Unspecified | TurnIntent::Conversation | TurnIntent::Reclassify => {
            pb::IntentType::Conversation
        }
    };
    let state = |state: CaseStatus| match state {
        CaseStatus::Unspecified => String::new(),
        known => status(known).to_owned(),
    };
    pb::Intent {
        r#type: kind.into(),
        from_state: state(intent.from_state()),
        to_state: state(intent.to_state()),
        user_confirmed: intent.user_confirmed.unwrap_or_default(),
        confirmation_value: intent.confirmation_value.unwrap_or_default(),
        hypothesis_id: intent.hypothesis_id.clone(),
        hypothesis_action: intent.hypothesis_action.clone(),
        closure_reason: String::new(),
    }
}

fn pair(after: &Investigation) -> Vec<SuggestedAction> {
    if !awaits_reply(after) {
        return Vec::new();
    }
    let (yes, no) = match pending_target(after) {
        Some(CaseStatus::Investigating) => ("Yes, start investigating", "No, not yet"),
        Some(CaseStatus::Resolved) => ("Yes, mark it as resolved", "No, keep investigating"),
        Some(CaseStatus::Closed) => ("Yes, close the case", "No, keep it open"),
        Some(CaseStatus::Inquiry | CaseStatus::Unspecified) | None => {
            ("Yes, use the new statement", "No, keep the old one")
        }
    };
    [(yes, "Yes", true), (no, "No", false)]
        .map(|(label, payload, value)| {
            let intent = SuggestionIntent {
                r#type: TurnIntent::Confirmation.into(),
                confirmation_value: Some(value),
                ..Default::default()
            };
            decide(label, payload, intent)
        })
        .to_vec()
}

fn decide(label: &str, payload: &str, intent: SuggestionIntent) -> SuggestedAction {
    SuggestedAction {
        intent: Some(intent),
        ..say(label, payload)
    }
}

fn start() -> SuggestedAction {
    transition("Start the investigation", CaseStatus::Investigating)
}

/// Files whose class is a guess are asked about, unless something was found in them anyway.
fn class_questions(situation: &Situation) -> Vec<SuggestedAction> {
    let unclear = situation.new_files.iter().filter(|file| {
        file.class_confidence < CLASSIFY_ASK
            && !file.class_from_user
            && file.parent_file_id.is_empty()
            && file.line_count >= CLASS_MIN_LINES
            && data_class(file.data_class()) == "text"
            && !situation
                .assessment
                .findings
                .iter()
                .any(|found| found.file_id == file.file_id)
    });
    unclear
        .take(CLASS_FILES_MAX)
        .flat_map(|file| {
            CLASS_CHOICES.iter().take(2).map(|(word, _)| {
                let words = reclassify_words(&file.filename, word);
                say(&words, &words)
            })
        })
        .collect()
}

fn run_need(need: &&Need) -> Option<SuggestedAction> {
    let command = command_of(need)?;
    Some(SuggestedAction {
        r#type: SuggestionType::Run.into(),
        label: clipped(&need.request, LABEL_MAX),
        payload: clipped(command, PAYLOAD_MAX),
        body: need.rationale.clone(),
        hints: vec!["read-only".to_owned(), "paste the output here".to_owned()],
        intent: None,
        need_id: need.need_id.clone(),
    })
}

fn evidence(need: &Need) -> SuggestedAction {
    SuggestedAction {
        r#type: SuggestionType::Evidence.into(),
        label: clipped(&need.request, LABEL_MAX),
        payload: String::new(),
        body: need.rationale.clone(),
        hints: vec![clipped(&need.how, LABEL_MAX)],
        intent: None,
        need_id: need.need_id.clone(),
    }
}

/// Returns the command that would tell whether the user suspects rightly.
pub(crate) fn suspected_check(analysis: &Analysis) -> Option<SuggestedAction> {
    let Some(Suspected::New {
        statement,
        check: Some(command),
    }) = &analysis.suspected
    else {
        return None;
    };
    Some(SuggestedAction {
        r#type: SuggestionType::Run.into(),
        label: clipped(&format!("Would tell: {statement}"), LABEL_MAX),
        payload: clipped(command, PAYLOAD_MAX),
        hints: vec!["read-only".to_owned(), "paste the output here".to_owned()],
        ..Default::default()
    })
}

/// Asks for data of the time and of the part that the user names, where those at hand do not cover them.
pub(crate) fn missing_data(analysis: &Analysis) -> Vec<SuggestedAction> {
    let unseen = analysis.unseen_part.iter().map(|part| SuggestedAction {
        r#type: SuggestionType::Evidence.into(),
        label: clipped(&format!("Logs, pods and events of {part}"), LABEL_MAX),
        body: "What was handed over shows nothing of it".to_owned(),
        ..Default::default()
    });
    let mut asked = missing_time(analysis.doubt.as_ref());
    asked.extend(unseen);
    if asked.is_empty() && analysis.shows_nothing {
        asked.push(SuggestedAction {
            r#type: SuggestionType::Evidence.into(),
            label: "Logs of the other parts on the way: proxy, edge, queue, what it calls"
                .to_owned(),
            body: "What was handed over shows nothing of the problem".to_owned(),
            ..Default::default()
        });
    }
    asked
}

fn missing_time(doubt: Option<&Doubt>) -> Vec<SuggestedAction> {
    let missed = doubt.filter(|it| it.is_not_covered());
    let ask = |doubt: &Doubt| SuggestedAction {
        r#type: SuggestionType::Evidence.into(),
        label: format!("A log or metrics from around {}", clock(doubt.stated)),
        body: "What was handed over does not cover that time".to_owned(),
        ..Default::default()
    };
    missed.map(ask).into_iter().collect()
}

fn is_urgent(after: &Investigation) -> bool {
    let header = after.header.as_ref();
    header.is_some_and(|header| header.approach() == Approach::MitigationFirst)
}

fn has_succeeded(action: &Action) -> bool {
    action
        .attempts
        .last()
        .is_some_and(|attempt| attempt.outcome() == AttemptOutcome::Succeeded)
}

fn run_action(action: &Action) -> Option<SuggestedAction> {
    let command = action.commands.first()?;
    Some(SuggestedAction {
        r#type: SuggestionType::Run.into(),
        label: clipped(&action.title, LABEL_MAX),
        payload: clipped(&command.command, PAYLOAD_MAX),
        body: caution(action, command),
        hints: Vec::new(),
        intent: None,
        need_id: String::new(),
    })
}

/// A command that changes something shows its risk and the way back.
fn caution(action: &Action, command: &Command) -> String {
    if command.safety() == CommandSafety::ReadOnly {
        return action.body.clone();
    }
    let mut body = action.body.clone();
    if !action.risks.is_empty() {
        body.push_str(&format!("\n\nRisk: {}", action.risks));
    }
    if !action.rollback.is_empty() {
        body.push_str(&format!("\n\nRollback: {}", action.rollback));
    }
    clipped(&body, PAYLOAD_MAX)
}

fn free_speech(after: &Investigation) -> SuggestedAction {
    let agent_status = after.header.as_ref().map(case_pb::Header::agent_status);
    let label = match (status_of(after), agent_status) {
        (CaseStatus::Inquiry | CaseStatus::Unspecified, _) if statement_of(after).is_empty() => {
            "Describe what is wrong, where, and since when"
        }
        (CaseStatus::Inquiry | CaseStatus::Unspecified, _) => "Add or correct something",
        (_, Some(AgentStatus::AwaitingResult)) => "Tell what came of the fix",
        _ => "Tell what you know or suspect",
    };
    SuggestedAction {
        r#type: SuggestionType::FreeSpeech.into(),
        label: label.to_owned(),
        ..Default::default()
    }
}

#[cfg(test)]
#[path = "suggestions_tests.rs"]
mod tests;

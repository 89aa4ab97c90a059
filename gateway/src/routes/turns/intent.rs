//! The structured meaning of a click.

use faultmaven_kit::Fault;
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::IntentType;
use faultmaven_proto::case::v1 as case;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract;
use crate::problem::Problem;
use crate::wire;

/// What a click means.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct IntentData {
    /// `conversation`, `status_transition`, `confirmation` or `hypothesis_action`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    intent_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to_state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_confirmed: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmation_value: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hypothesis_id: Option<String>,
    /// `validate`, `refute` or `retire`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<String>,
}

impl IntentData {
    /// Returns the intent a suggestion of the agent carries.
    pub(super) fn from_agent(intent: agent::Intent) -> Self {
        let is = |kind: IntentType| intent.r#type() == kind;
        Self {
            user_confirmed: is(IntentType::StatusTransition).then_some(intent.user_confirmed),
            confirmation_value: is(IntentType::Confirmation).then_some(intent.confirmation_value),
            intent_type: Some(wire::word(intent.r#type().as_str_name(), "INTENT_TYPE_")),
            from_state: wire::given(intent.from_state),
            to_state: wire::given(intent.to_state),
            hypothesis_id: wire::given(intent.hypothesis_id),
            action: wire::given(intent.hypothesis_action),
        }
    }

    /// Returns the intent a stored suggestion carries.
    pub(super) fn from_case(intent: case::SuggestionIntent) -> Self {
        let state = |status: case::CaseStatus| {
            let known = status != case::CaseStatus::Unspecified;
            known.then(|| wire::state(status).to_owned())
        };
        Self {
            intent_type: Some(wire::word(intent.r#type().as_str_name(), "TURN_INTENT_")),
            from_state: state(intent.from_state()),
            to_state: state(intent.to_state()),
            user_confirmed: intent.user_confirmed,
            confirmation_value: intent.confirmation_value,
            hypothesis_id: wire::given(intent.hypothesis_id),
            action: wire::given(intent.hypothesis_action),
        }
    }
}

/// Returns the intent of a turn; without one it is conversation.
pub(super) fn intent(
    intent_type: Option<&str>,
    data: Option<IntentData>,
) -> Result<Option<agent::Intent>, Problem> {
    let data = data.unwrap_or_default();
    let word = intent_type.filter(|word| !word.is_empty());
    let (field, word) = match (word, data.intent_type.as_deref()) {
        (Some(word), _) => ("intent_type", word),
        (None, Some(word)) => ("intent_data.type", word),
        (None, None) => return Ok(None),
    };
    Ok(Some(agent::Intent {
        r#type: parse_type(field, word)?.into(),
        from_state: parse_state("intent_data.from_state", data.from_state)?,
        to_state: parse_state("intent_data.to_state", data.to_state)?,
        user_confirmed: data.user_confirmed.unwrap_or_default(),
        confirmation_value: data.confirmation_value.unwrap_or_default(),
        hypothesis_id: data.hypothesis_id.unwrap_or_default(),
        hypothesis_action: data.action.unwrap_or_default(),
        closure_reason: String::new(),
    }))
}

/// Returns the intent data in the text of a form part.
pub(super) fn parse_data(text: &str) -> Result<Option<IntentData>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    extract::part("intent_data", text).map(Some)
}

fn parse_type(field: &str, word: &str) -> Result<IntentType, Problem> {
    match word {
        "conversation" => Ok(IntentType::Conversation),
        "status_transition" => Ok(IntentType::StatusTransition),
        "confirmation" => Ok(IntentType::Confirmation),
        "hypothesis_action" => Ok(IntentType::HypothesisAction),
        _ => {
            let message =
                "must be conversation, status_transition, confirmation or hypothesis_action";
            Err(Fault::invalid(field, message).into())
        }
    }
}

fn parse_state(field: &str, word: Option<String>) -> Result<String, Problem> {
    match word.as_deref() {
        None | Some("") => Ok(String::new()),
        Some(word) => Ok(wire::state(wire::status_of(field, word)?).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_of_either_dialect_names_our_states() {
        let data = parse_data(
            r#"{"type":"status_transition","from_state":"consulting","to_state":"investigating","user_confirmed":true}"#,
        )
        .unwrap();
        let intent = intent(Some("status_transition"), data).unwrap().unwrap();
        assert_eq!(intent.r#type(), IntentType::StatusTransition);
        assert_eq!(
            (intent.from_state.as_str(), intent.to_state.as_str()),
            ("inquiry", "investigating")
        );
        assert!(intent.user_confirmed);
    }

    #[test]
    fn a_turn_without_intent_is_left_to_the_agent() {
        assert_eq!(intent(None, None).unwrap(), None);
        assert_eq!(intent(Some(""), None).unwrap(), None);
    }

    #[test]
    fn wrong_words_name_their_field() {
        let data = parse_data(r#"{"to_state":"archived"}"#).unwrap();
        for (problem, field) in [
            (intent(Some("shout"), None).unwrap_err(), "intent_type"),
            (
                intent(Some("status_transition"), data).unwrap_err(),
                "intent_data.to_state",
            ),
            (parse_data("{").unwrap_err(), "intent_data"),
        ] {
            let text = format!("{problem:?}");
            assert!(text.contains(&format!("field: \"{field}\"")), "{text}");
        }
    }

    #[test]
    fn what_is_offered_can_be_sent_back() {
        let offered = agent::Intent {
            r#type: IntentType::Confirmation.into(),
            confirmation_value: true,
            ..Default::default()
        };
        let text = serde_json::to_string(&IntentData::from_agent(offered.clone())).unwrap();
        let back = intent(None, parse_data(&text).unwrap()).unwrap().unwrap();
        assert_eq!(back, offered);
    }
}

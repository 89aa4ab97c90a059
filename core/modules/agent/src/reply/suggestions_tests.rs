//! Order and meaning of suggestions.

use faultmaven_proto::case::v1::{
    ActionState, Case, NeedState, PendingTransition, ProblemStatement,
};
use faultmaven_proto::evidence::v1::{DataClass, UploadedFile};

use super::*;
use crate::analyst::needs::command_how;
use crate::analyst::stated_time::DoubtKind;

fn investigation(current: CaseStatus, pending: Option<CaseStatus>) -> Investigation {
    Investigation {
        case: Some(Case {
            status: current.into(),
            pending_transition: pending.map(|to| PendingTransition {
                to: to.into(),
                ..Default::default()
            }),
            statement: Some(ProblemStatement {
                text: "checkout answers 500".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn types(suggestions: &Suggestions) -> Vec<SuggestionType> {
    suggestions
        .actions
        .iter()
        .map(|action| action.r#type())
        .collect()
}

fn need(id: &str, command: &str) -> Need {
    Need {
        need_id: id.to_owned(),
        request: format!("Output of {command}"),
        how: command_how(command),
        priority: 2,
        state: NeedState::Pending.into(),
        ..Default::default()
    }
}

#[test]
fn a_pending_transition_comes_first_as_a_pair() {
    let after = investigation(CaseStatus::Inquiry, Some(CaseStatus::Investigating));
    let suggestions = suggest(&Situation::default(), &after, &[]);
    let intents: Vec<Option<bool>> = suggestions.actions[..2]
        .iter()
        .map(|action| action.intent.as_ref().unwrap().confirmation_value)
        .collect();
    assert_eq!(intents, [Some(true), Some(false)]);
    assert_eq!(
        response_type(&suggestions, &after, 1),
        "CONFIRMATION_REQUEST"
    );
}

#[test]
fn checks_and_needs_come_before_the_fix_and_the_open_question() {
    let mut after = investigation(CaseStatus::Investigating, None);
    after.needs = vec![
        need("a", "df -h"),
        need("b", "free -m"),
        need("c", "uptime"),
    ];
    after.actions.push(Action {
        r#type: ActionType::Solution.into(),
        state: ActionState::Proposed.into(),
        title: "Raise the limit".to_owned(),
        rollback: "lower it".to_owned(),
        risks: "load".to_owned(),
        commands: vec![Command {
            command: "kubectl set env deploy/x POOL=50".to_owned(),
            safety: CommandSafety::Caution.into(),
            ..Default::default()
        }],
        ..Default::default()
    });
    let suggestions = suggest(&Situation::default(), &after, &[]);
    use SuggestionType::{Evidence, FreeSpeech, Run};
    assert_eq!(types(&suggestions), [Run, Evidence, Run, FreeSpeech]);
    assert_eq!(
        suggestions.actions[1].need_id, "b",
        "a command asks for the first"
    );
    assert_eq!(suggestions.actions[0].payload, "df -h");
    assert!(suggestions.actions[2].body.contains("Rollback: lower it"));
    assert_eq!(suggestions.surfaced, ["a", "b"]);
    assert_eq!(response_type(&suggestions, &after, 1), "PLAN_PROPOSAL");
}

#[test]
fn nothing_is_suggested_in_a_closed_case() {
    let after = investigation(CaseStatus::Closed, None);
    assert!(
        suggest(&Situation::default(), &after, &[])
            .actions
            .is_empty()
    );
}

#[test]
fn a_statement_without_an_offer_can_be_investigated_by_command() {
    let after = investigation(CaseStatus::Inquiry, None);
    let suggestions = suggest(&Situation::default(), &after, &[]);
    let intent = suggestions.actions[0].intent.as_ref().unwrap();
    assert_eq!(intent.to_state(), CaseStatus::Investigating);
    let answer = to_answer(&suggestions.actions[0]);
    assert_eq!(answer.intent.unwrap().to_state, "investigating");
}

#[test]
fn an_unclear_file_is_asked_about() {
    let mut situation = Situation::default();
    let mut file = UploadedFile {
        filename: "notes.txt".to_owned(),
        class_confidence: 0.3,
        line_count: 40,
        ..Default::default()
    };
    file.set_data_class(DataClass::Text);
    situation.new_files.push(file);
    let after = investigation(CaseStatus::Investigating, None);
    let suggestions = suggest(&situation, &after, &[]);
    assert_eq!(suggestions.actions[0].payload, "Treat notes.txt as logs");
    assert_eq!(
        response_type(&suggestions, &after, 1),
        "CLARIFICATION_REQUEST"
    );
}

#[test]
fn data_of_a_time_that_none_cover_are_asked_for() {
    let stated = "2025-09-07T21:05:00Z".parse().unwrap();
    let doubt = |kind| Doubt {
        stated,
        kind,
        is_assumed_utc: false,
    };
    let asked = missing_time(Some(&doubt(DoubtKind::BeforeTheData { first: stated })));
    assert_eq!(asked[0].r#type(), SuggestionType::Evidence);
    assert!(asked[0].label.contains("21:05"), "{}", asked[0].label);
    let other = DoubtKind::OtherOnset {
        onset: stated,
        hours: None,
    };
    assert_eq!(missing_time(Some(&doubt(other))), []);
    assert_eq!(missing_time(None), []);
}

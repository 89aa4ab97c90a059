//! What decides a turn by itself.

use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1::{
    FileDigest, Hypothesis, Message, PendingTransition, ProblemStatement, SuggestedAction,
    SuggestionIntent, Turn, TurnPath,
};

use super::*;

fn case(current: CaseStatus, pending: Option<CaseStatus>) -> Investigation {
    Investigation {
        case: Some(Case {
            status: current.into(),
            pending_transition: pending.map(|to| PendingTransition {
                to: to.into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn inquiry() -> Investigation {
    case(CaseStatus::Inquiry, Some(CaseStatus::Investigating))
}

fn input(text: &str, intent: Option<pb::Intent>) -> Input {
    Input::parse(pb::SubmitTurnRequest {
        case_id: "case_0123456789ab".to_owned(),
        text: text.to_owned(),
        intent,
        ..Default::default()
    })
    .unwrap()
}

fn taken(text: &str, investigation: &Investigation) -> Route {
    route(&input(text, None), investigation).unwrap()
}

#[test]
fn bare_replies_answer_what_is_pending() {
    for text in [
        "yes",
        "Yes!",
        "✅ Yes",
        "go ahead.",
        "OK 👍",
        "  please do  ",
    ] {
        assert_eq!(taken(text, &inquiry()), Route::Confirm, "{text}");
    }
    for text in ["no", "❌ No", "don’t", "Not yet."] {
        assert_eq!(taken(text, &inquiry()), Route::Decline, "{text}");
    }
}

#[test]
fn anything_else_withdraws_what_is_pending() {
    for text in [
        "yes?",
        "yes but not sure",
        "yesterday it failed too",
        "no, add the EU",
    ] {
        assert_eq!(
            taken(text, &inquiry()),
            Route::Analyse { withdraws: true },
            "{text}"
        );
    }
}

#[test]
fn a_yes_with_nothing_pending_is_ordinary_text() {
    let idle = case(CaseStatus::Inquiry, None);
    assert_eq!(taken("yes", &idle), Route::Analyse { withdraws: false });
}

#[test]
fn a_standing_statement_is_investigated_at_the_users_word() {
    let mut stated = case(CaseStatus::Inquiry, None);
    let statement = ProblemStatement {
        text: "checkout answers 500".to_owned(),
        state: StatementState::Proposed.into(),
        ..Default::default()
    };
    stated.case.as_mut().unwrap().statement = Some(statement);
    let starts = |text: &str, investigation: &Investigation| {
        matches!(taken(text, investigation), Route::Command(command)
            if command.to == CaseStatus::Investigating)
    };
    for text in [
        "Start the investigation",
        "please investigate",
        "ok",
        "Go ahead!",
    ] {
        assert!(starts(text, &stated), "{text}");
    }
    for text in ["ok?", "no", "what changed?", "ok, but since when?"] {
        assert!(!starts(text, &stated), "{text}");
    }
    let mut declined = stated.clone();
    declined.recent_turns.push(Turn {
        path: TurnPath::Handshake.into(),
        ..Default::default()
    });
    assert!(!starts("ok", &declined) && starts("investigate", &declined));
    let investigating = case(CaseStatus::Investigating, None);
    assert!(!starts("investigate", &investigating));
}

#[test]
fn a_greeting_leaves_the_offer_alone() {
    assert_eq!(taken("Hello!", &inquiry()), Route::Greeting);
}

#[test]
fn the_label_of_the_pair_counts_as_its_click() {
    let mut investigation = inquiry();
    investigation.recent_messages.push(Message {
        suggested_actions: vec![SuggestedAction {
            r#type: SuggestionType::Decide.into(),
            label: "Yes, start investigating".to_owned(),
            intent: Some(SuggestionIntent {
                confirmation_value: Some(true),
                ..Default::default()
            }),
            ..Default::default()
        }],
        ..Default::default()
    });
    assert_eq!(
        taken("yes, start investigating", &investigation),
        Route::Confirm
    );
}

#[test]
fn command_sentences_work_in_their_state_only() {
    let start = "I want to start a formal  investigation to find the root cause.";
    let close = "Close this case, no further investigation is needed";
    let resolve = "The issue is resolved. Please prepare the final documentation.";
    let give_up = "Close this case as unresolved and summarise it";
    let target = |text: &str, current| match taken(text, &case(current, None)) {
        Route::Command(command) => Some(command.to),
        _ => None,
    };
    let (inquiry, investigating) = (CaseStatus::Inquiry, CaseStatus::Investigating);
    assert_eq!(target(start, inquiry), Some(CaseStatus::Investigating));
    assert_eq!(target(start, investigating), None);
    assert_eq!(target(close, inquiry), Some(CaseStatus::Closed));
    assert_eq!(target(resolve, investigating), Some(CaseStatus::Resolved));
    assert_eq!(target(resolve, inquiry), None);
    assert_eq!(target(give_up, investigating), Some(CaseStatus::Closed));
    assert_eq!(target(&format!("{start}?"), inquiry), None);
    assert_eq!(
        target(&format!("{start} {}", "x".repeat(120)), inquiry),
        None
    );
}

#[test]
fn clicks_mean_what_they_say() {
    let command = pb::Intent {
        r#type: pb::IntentType::StatusTransition.into(),
        to_state: "closed".to_owned(),
        closure_reason: "resolved".to_owned(),
        user_confirmed: true,
        ..Default::default()
    };
    let investigating = case(CaseStatus::Investigating, None);
    let taken = route(&input("", Some(command.clone())), &investigating).unwrap();
    assert!(
        matches!(
            taken,
            Route::Command(Command {
                to: CaseStatus::Resolved,
                ..
            })
        ),
        "{taken:?}"
    );
    let offer = pb::Intent {
        user_confirmed: false,
        ..command
    };
    let taken = route(&input("", Some(offer)), &investigating).unwrap();
    assert!(matches!(taken, Route::Offer(_)), "{taken:?}");
}

#[test]
fn hypotheses_are_judged_where_they_are_investigated() {
    let judge = pb::Intent {
        r#type: pb::IntentType::HypothesisAction.into(),
        hypothesis_id: "hyp_0123456789ab".to_owned(),
        hypothesis_action: "refute".to_owned(),
        ..Default::default()
    };
    let judged =
        |investigation: &Investigation| route(&input("", Some(judge.clone())), investigation);
    let mut investigation = case(CaseStatus::Investigating, None);
    assert!(matches!(
        judged(&investigation),
        Err(TurnError::HypothesisNotFound)
    ));
    investigation.hypotheses.push(Hypothesis {
        hypothesis_id: "hyp_0123456789ab".to_owned(),
        ..Default::default()
    });
    assert!(matches!(
        judged(&investigation),
        Ok(Route::Hypothesis { .. })
    ));
    investigation.case = case(CaseStatus::Inquiry, None).case;
    assert!(matches!(
        judged(&investigation),
        Err(TurnError::HypothesisInInquiry)
    ));
    investigation.case = case(CaseStatus::Closed, None).case;
    assert!(matches!(
        judged(&investigation),
        Err(TurnError::CaseIsTerminal { .. })
    ));
}

#[test]
fn a_closed_case_takes_words_only() {
    let closed = case(CaseStatus::Resolved, None);
    assert_eq!(taken("yes", &closed), Route::Terminal);
    assert_eq!(taken("what should we monitor?", &closed), Route::Terminal);
}

#[test]
fn a_new_wording_of_the_statement_waits_for_a_reply_too() {
    let mut investigation = case(CaseStatus::Investigating, None);
    let statement = ProblemStatement {
        state: StatementState::RevisionPending.into(),
        ..Default::default()
    };
    investigation.case.as_mut().unwrap().statement = Some(statement);
    assert_eq!(taken("yes", &investigation), Route::Confirm);
}

#[test]
fn a_file_is_given_its_class_by_the_words_of_the_offer() {
    let mut investigation = case(CaseStatus::Inquiry, None);
    investigation.files.push(FileDigest {
        file_id: "file_1".to_owned(),
        file_name: "notes.txt".to_owned(),
        ..Default::default()
    });
    let expected = Route::Reclassify {
        file_id: "file_1".to_owned(),
        class: DataClass::Logs,
    };
    assert_eq!(taken("treat notes.txt as logs", &investigation), expected);
}

#[test]
fn entering_is_seen_before_it_happens() {
    assert!(Route::Confirm.enters(&inquiry()));
    assert!(!Route::Decline.enters(&inquiry()));
    assert!(!Route::Confirm.enters(&case(CaseStatus::Investigating, Some(CaseStatus::Resolved))));
}

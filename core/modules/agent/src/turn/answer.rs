//! The answer of a turn as it is sent and stored for a repeat.

use faultmaven_proto::agent::v1 as pb;
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::Investigation;
use faultmaven_proto::evidence::v1::FileOrigin;

use super::Turn;
use super::draft::Draft;
use crate::analyst::situation::status_of;
use crate::convert::{
    assurance, data_class, dropped, file_state, milestone, path, stagnation, status,
};
use crate::intake::TurnFile;
use crate::reply::compose::Composed;
use crate::reply::grade;
use crate::reply::suggestions::{Suggestions, response_type, to_answer};

/// Returns the answer; only the commit knows what is still missing in it.
pub(super) fn result(
    turn: &Turn,
    draft: &Draft,
    suggestions: &Suggestions,
    answer: &Composed,
) -> pb::TurnResult {
    let (after, preview) = (&draft.preview.after, &draft.preview.turn);
    let header = after.header.as_ref();
    let progress = header.and_then(|header| header.progress.as_ref());
    let conclusion = after.conclusion.as_ref();
    pb::TurnResult {
        case_id: turn.input.case_id.clone(),
        turn_number: turn.number,
        answer: answer.text(),
        case_status: status(status_of(after)).to_owned(),
        milestones_completed: progress
            .map(|progress| progress.milestones().map(milestone).collect())
            .unwrap_or_default(),
        progress_made: preview.progress_made,
        is_stuck: progress.is_some_and(|progress| progress.is_stuck),
        attachments: turn
            .files
            .iter()
            .map(|file| attachment(turn, after, file))
            .collect(),
        suggestions: suggestions.actions.iter().map(to_answer).collect(),
        transparency: progress.map(transparency),
        evidence: answer.evidence.clone(),
        path: path(draft.draft.path()).to_owned(),
        notices: draft.notices.clone(),
        response_type: response_type(suggestions, after, turn.number).to_owned(),
        assurance: assurance(grade::of(after)).to_owned(),
        confidence: conclusion.map_or(0.0, |conclusion| conclusion.confidence),
        commit_time: None,
        case_title: after
            .case
            .as_ref()
            .map(|case| case.title.clone())
            .unwrap_or_default(),
        dropped: preview.dropped.iter().map(dropped).collect(),
        replayed: false,
        user_message_id: turn.user_message_id.clone(),
        assistant_message_id: String::new(),
        model_calls: draft.model_calls.clone(),
    }
}

/// Fills in what only the commit knows.
pub(super) fn committed(
    mut result: pb::TurnResult,
    commit: &case_pb::CommitTurnResponse,
) -> pb::TurnResult {
    result
        .assistant_message_id
        .clone_from(&commit.assistant_message_id);
    if let Some(turn) = &commit.turn {
        result.commit_time = turn.commit_time;
        result.turn_number = turn.turn_number;
    }
    result
}

/// Returns a stored answer as the repeat of its request sees it.
pub(super) fn replayed(mut result: pb::TurnResult, now: &Investigation) -> pb::TurnResult {
    result.replayed = true;
    let number = result.turn_number;
    let turn = now
        .recent_turns
        .iter()
        .find(|turn| turn.turn_number == number);
    result.commit_time = turn.and_then(|turn| turn.commit_time);
    let message = now.recent_messages.iter().find(|message| {
        message.turn_number == number && message.role() == case_pb::MessageRole::Assistant
    });
    result.assistant_message_id = message
        .map(|message| message.message_id.clone())
        .unwrap_or_default();
    result
}

fn transparency(progress: &case_pb::Progress) -> pb::Transparency {
    let pending = progress.pending_milestone();
    pb::Transparency {
        active: progress.degraded_mode,
        pending_milestone: match pending {
            case_pb::Milestone::Unspecified => String::new(),
            known => milestone(known),
        },
        milestone_description: progress.pending_milestone_description.clone(),
        repair_type: stagnation(progress.stagnation()),
    }
}

fn attachment(turn: &Turn, after: &Investigation, known: &TurnFile) -> pb::ProcessedAttachment {
    let file = &known.file;
    let earlier = earlier_turn(turn, after, known);
    pb::ProcessedAttachment {
        file_id: file.file_id.clone(),
        filename: file.filename.clone(),
        size_bytes: file.size_bytes,
        origin: match file.origin() {
            FileOrigin::Paste => "paste",
            FileOrigin::PageCapture => "page_capture",
            _ => "upload",
        }
        .to_owned(),
        state: file_state(file.state()).to_owned(),
        data_class: data_class(file.data_class()),
        class_confidence: file.class_confidence,
        upload_time: file.upload_time,
        summary: file.summary.clone(),
        duplicate_of: earlier.map(|_| file.file_id.clone()).unwrap_or_default(),
        duplicate_turn: earlier.unwrap_or_default(),
    }
}

/// The earlier turn that brought the same bytes.
fn earlier_turn(turn: &Turn, after: &Investigation, known: &TurnFile) -> Option<i32> {
    let id = &known.file.file_id;
    let discussed = after
        .recent_turns
        .iter()
        .find(|earlier| earlier.turn_number < turn.number && earlier.file_ids.contains(id));
    let stored = known.is_duplicate.then_some(known.file.uploaded_at_turn);
    discussed.map(|earlier| earlier.turn_number).or(stored)
}

//! The case for machines.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use faultmaven_kit::clock::from_timestamp;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;
use serde_json::{Value, json};

use super::{Contents, Passage};
use crate::mask::Mask;
use crate::material::Material;

mod ledger;

const SCHEMA: &str = "faultmaven.case/1";

/// Returns the whole case; `quotes` by evidence id are masked already.
pub(super) fn write(
    contents: &Contents,
    quotes: &BTreeMap<&str, String>,
    mask: &mut Mask,
) -> Value {
    let material = &contents.material;
    let mut record = json!({
        "schema": SCHEMA,
        "case": the_case(&material.case),
        "conclusion": material.conclusion.as_ref().map(ledger::conclusion),
        "facts": all(&material.case.facts, fact),
        "hypotheses": all(&material.hypotheses, ledger::hypothesis),
        "needs": all(&material.needs, ledger::need),
        "actions": all(&material.actions, ledger::action),
        "journal": all(&material.journal, journal_entry),
        "status_changes": all(&material.status_changes, status_change),
        "turns": all(&material.turns, turn),
        "messages": all(&contents.messages, message),
        "people": material.people,
        "files": files(material),
    });
    mask.value(&mut record);
    let entries = material.evidence.iter();
    let entries = entries.map(|entry| {
        let mut known = piece_of_evidence(entry, material);
        mask.value(&mut known);
        let id = entry.evidence_id.as_str();
        known["quote"] = match quotes.get(id) {
            Some(quote) => quote.as_str().into(),
            None => mask.text(&entry.quote).into(),
        };
        let mut passages = contents.passages.iter();
        if let Some(passage) = passages.find(|it| it.evidence_id == id) {
            add_excerpt(&mut known, passage);
        }
        known
    });
    record["evidence"] = entries.collect();
    record
}

fn add_excerpt(known: &mut Value, passage: &Passage) {
    known["excerpt"] = json!({
        "path": format!("excerpts/{}.txt", passage.evidence_id),
        "line_start": passage.first_line,
        "line_end": passage.last_line(),
    });
    // Lines of a message are counted here alone.
    let (start, end) = passage.quote_lines();
    known["line_start"] = start.into();
    known["line_end"] = end.into();
}

/// Returns a list of what `view` makes of each element.
fn all<T>(elements: &[T], view: impl Fn(&T) -> Value) -> Value {
    elements.iter().map(view).collect()
}

/// Returns the name of an enum's value as the REST interface writes it.
fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

fn time(time: Option<&prost_types::Timestamp>) -> Value {
    let time = time.and_then(from_timestamp);
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .into()
}

/// Returns an id or name; nothing for one that is not set.
fn given(text: &str) -> Value {
    match text {
        "" => Value::Null,
        text => text.into(),
    }
}

fn the_case(case: &case::Case) -> Value {
    json!({
        "case_id": case.case_id,
        "version": case.version,
        "title": case.title,
        "description": case.description,
        "status": word(case.status().as_str_name(), "CASE_STATUS_"),
        "priority": word(case.priority().as_str_name(), "PRIORITY_"),
        "closure_reason": match case.closure_reason() {
            case::ClosureReason::Unspecified => Value::Null,
            reason => word(reason.as_str_name(), "CLOSURE_REASON_").into(),
        },
        "tags": case.tags,
        "statement": case.statement.as_ref().map(|statement| json!({
            "text": statement.text,
            "state": word(statement.state().as_str_name(), "STATEMENT_STATE_"),
            "revision": statement.revision,
            "confirmed_at": time(statement.confirm_time.as_ref()),
        })),
        "current_turn": case.current_turn,
        "created_at": time(case.create_time.as_ref()),
        "investigating_at": time(case.investigating_time.as_ref()),
        "resolved_at": time(case.resolved_time.as_ref()),
        "closed_at": time(case.closed_time.as_ref()),
    })
}

fn fact(fact: &case::Fact) -> Value {
    json!({
        "kind": word(fact.kind().as_str_name(), "FACT_KIND_"),
        "value": fact.value,
        "turn_number": fact.turn_number,
        "superseded": fact.superseded,
        "changed_at": time(fact.change_time.as_ref()),
        "change_type": given(&fact.change_type),
        "source_evidence_id": given(&fact.source_evidence_id),
        "source_message_id": given(&fact.source_message_id),
        "source_finding_id": given(&fact.source_finding_id),
    })
}

fn piece_of_evidence(entry: &case::EvidenceDigest, material: &Material) -> Value {
    let mut records = material.records.iter();
    let record = records.find(|record| record.evidence_id == entry.evidence_id);
    let absence = record.and_then(|record| record.absence.as_ref());
    json!({
        "evidence_id": entry.evidence_id,
        "category": word(entry.category().as_str_name(), "EVIDENCE_KIND_"),
        "claim": entry.claim,
        "turn_number": entry.turn_number,
        "withdrawn": entry.withdrawn,
        "author_id": given(&entry.author_id),
        "observed_from_at": time(entry.observed_from.as_ref()),
        "observed_to_at": time(entry.observed_to.as_ref()),
        "file_id": given(&entry.file_id),
        "message_id": given(&entry.message_id),
        "sha256": given(&entry.sha256),
        "byte_start": entry.byte_start,
        "byte_end": entry.byte_end,
        "line_start": entry.line_start,
        "line_end": entry.line_end,
        "absence": absence.map(proof_of_absence),
        "excerpt": null,
    })
}

fn proof_of_absence(absence: &evidence::AbsenceProof) -> Value {
    json!({
        "line_start": absence.line_start,
        "line_end": absence.line_end,
        "from_at": time(absence.start_time.as_ref()),
        "to_at": time(absence.end_time.as_ref()),
    })
}

fn files(material: &Material) -> Value {
    let files = material.files.iter().map(|file| {
        let mut uploads = material.uploads.iter();
        let upload = uploads.find(|upload| upload.file_id == file.file_id);
        json!({
            "file_id": file.file_id,
            "filename": file.file_name,
            "sha256": file.sha256,
            "size_bytes": upload.map(|it| it.size_bytes),
            "encoding": upload.map(|it| it.encoding.as_str()),
            "data_class": upload.map(|it| word(it.data_class().as_str_name(), "DATA_CLASS_")),
            "origin": upload.map(|it| word(it.origin().as_str_name(), "FILE_ORIGIN_")),
            "parent_file_id": upload.map(|it| it.parent_file_id.as_str()),
            "top_level": file.top_level,
            "turn_number": material.turn_of_file(&file.file_id),
        })
    });
    files.collect()
}

fn journal_entry(entry: &case::JournalEntry) -> Value {
    json!({"turn_number": entry.turn_number, "kind": entry.kind, "text": entry.text})
}

fn status_change(change: &case::StatusChange) -> Value {
    json!({
        "from": word(change.from().as_str_name(), "CASE_STATUS_"),
        "to": word(change.to().as_str_name(), "CASE_STATUS_"),
        "changed_at": time(change.change_time.as_ref()),
        "turn_number": change.turn_number,
        "changed_by_id": change.by,
        "how": change.how,
        "reason": change.reason,
    })
}

fn turn(turn: &case::Turn) -> Value {
    json!({
        "turn_number": turn.turn_number,
        "path": word(turn.path().as_str_name(), "TURN_PATH_"),
        "outcome": word(turn.outcome().as_str_name(), "TURN_OUTCOME_"),
        "progress_made": turn.progress_made,
        "file_ids": turn.file_ids,
        "evidence_ids": turn.evidence_ids,
        "changes": turn.changes,
        "notices": turn.notices,
        "committed_at": time(turn.commit_time.as_ref()),
    })
}

fn message(message: &case::Message) -> Value {
    json!({
        "message_id": message.message_id,
        "turn_number": message.turn_number,
        "role": word(message.role().as_str_name(), "MESSAGE_ROLE_"),
        "kind": word(message.kind().as_str_name(), "MESSAGE_KIND_"),
        "author_id": given(&message.author_id),
        "content": message.content,
        "file_ids": message.file_ids,
        "created_at": time(message.create_time.as_ref()),
    })
}

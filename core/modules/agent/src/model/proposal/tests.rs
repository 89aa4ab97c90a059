use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    Assurance, CaseStatus, CommandSafety, DiffOp, Investigation, LinkBasis, RecordAttempt,
};
use faultmaven_proto::evidence::v1::{AssessCaseResponse, Finding};
use serde_json::{Value, json};

use super::*;
use crate::analyst::situation::Situation;

const WORDS: &str = "We set it back to 50 and restarted. Works now. Is it the disk?";

fn situation() -> Situation {
    let finding = Finding {
        finding_id: "find_1".to_owned(),
        signature: "pool".to_owned(),
        ..Default::default()
    };
    Situation {
        text: WORDS.to_owned(),
        message_id: "msg_1".to_owned(),
        assessment: AssessCaseResponse {
            findings: vec![finding],
            ..Default::default()
        },
        ..Default::default()
    }
}

fn read_in(status: CaseStatus, planned: &[DiffOp], answer: Value) -> Read {
    let proposal: Proposal = serde_json::from_value(answer).unwrap();
    proposal.read(Setting {
        status,
        grade: Assurance::Possible,
        situation: &situation(),
        after: &Investigation::default(),
        planned,
    })
}

fn read(answer: Value) -> Read {
    read_in(CaseStatus::Investigating, &[], answer)
}

fn reasons(read: &Read) -> Vec<(&str, &str)> {
    let dropped = read.dropped.iter();
    dropped
        .map(|it| (it.op.as_str(), it.reason.as_str()))
        .collect()
}

fn whole() -> Value {
    json!({
        "answer": "x",
        "statement": "checkout answers 500",
        "facts": [{"kind": "affected_service", "value": "checkout", "finding": "find_1"}],
        "evidence": [
            {"name": "$a", "category": "causal", "claim": "c", "file_id": "file_1", "quote": "q"},
            {"name": "$gone", "category": "symptom_absence", "claim": "none left",
             "file_id": "file_2", "absent_finding": "find_1"},
        ],
        "hypotheses": [{"name": "$h", "statement": "s", "kind": "cause", "category": "config",
            "explains": "problem", "prior": 0.3, "mechanism": "m", "mechanism_evidence": ["$a"],
            "predictions": [{"if_true": "t", "if_false": "f"}]}],
        "mechanisms": [{"hypothesis": "hyp_1", "mechanism": "m", "evidence": ["$a"]}],
        "links": [{"hypothesis": "$h", "evidence": "$a", "stance": "supports", "strength": 0.7,
            "reasoning": "r", "answers": "ev_9"}],
        "merges": [{"keep": "hyp_1", "drop": "hyp_2"}],
        "retired": [{"hypothesis": "hyp_3", "quote": "works now"}],
        "needs": [{"name": "$n", "purpose": "cause", "request": "the pool's numbers",
            "command": "curl -s localhost/metrics", "hypotheses": ["$h"]}],
        "met_needs": [{"need": "need_1", "evidence": ["$a"]}],
        "actions": [{"name": "$fix", "type": "mitigation", "kind": "restart", "title": "Restart",
            "commands": [{"command": "systemctl restart checkout"}], "rollback": "none needed"}],
        "verdicts": [{"action": "sol_1", "accepted": true, "quote": "set it back to 50"}],
        "attempts": [{"action": "$fix", "outcome": "succeeded", "quote": "to 50 and restarted",
            "at": "2025-03-04T15:08:00Z", "evidence": ["$gone"]}],
        "journal": [{"kind": "finding", "text": "the pool has five connections"}],
        "conclusion": [{"reasoning": "waits may come from the pool", "caveats": ["one log only"]}],
        "transition": [{"to": "resolved", "reason": "the symptom is gone", "evidence": ["$gone"]}],
        "suggestions": [{"type": "RUN", "label": "See the pods", "payload": "kubectl get pods"}],
    })
}

#[test]
fn everything_rules_can_do_can_be_proposed() {
    let read = read(whole());
    assert_eq!(reasons(&read), []);
    assert_eq!((read.plan.claims.len(), read.absences.len()), (1, 1));
    assert_eq!(read.absences[0].signature, "pool");
    assert_eq!(read.suggestions.len(), 1);
    assert_eq!(read.plan.ops.len(), 15, "{:#?}", read.plan.ops);
    let link = read.plan.ops.iter().find_map(|op| match op {
        Op::Link(link) => Some(link),
        _ => None,
    });
    let link = link.unwrap();
    assert_eq!(
        (link.hypothesis.as_str(), link.evidence.as_str()),
        ("$hm0", "$em0")
    );
    assert_eq!(link.basis(), LinkBasis::ModelJudgement);
    let action = read.plan.ops.iter().find_map(|op| match op {
        Op::ProposeAction(action) => Some(action),
        _ => None,
    });
    assert_eq!(action.unwrap().commands[0].safety(), CommandSafety::Caution);
    assert_eq!(read.known("$none"), None);
}

#[test]
fn an_investigation_takes_everything_an_inquiry_some_and_what_is_over_nothing() {
    let inquiry = read_in(CaseStatus::Inquiry, &[], whole());
    let kept: Vec<bool> = inquiry
        .plan
        .ops
        .iter()
        .map(|op| {
            matches!(
                op,
                Op::ProposeStatement(_)
                    | Op::AddFact(_)
                    | Op::AddNeed(_)
                    | Op::Journal(_)
                    | Op::ProposeTransition(_)
            )
        })
        .collect();
    assert!(kept.len() >= 3 && kept.iter().all(|it| *it), "{inquiry:#?}");
    assert!(inquiry.plan.claims.is_empty() && inquiry.absences.is_empty());
    let over = read_in(CaseStatus::Resolved, &[], whole());
    assert!(over.plan.ops.is_empty() && over.suggestions.is_empty());
    assert!(over.dropped.iter().all(|it| it.reason == "wrong_status"));
}

#[test]
fn what_only_the_user_decides_needs_the_users_words() {
    for part in [
        json!({"verdicts": [{"action": "sol_1", "accepted": true, "quote": "agreed"}]}),
        json!({"verdicts": [{"action": "sol_1", "accepted": false, "quote": "Is it the disk"}]}),
        json!({"attempts": [{"action": "sol_1", "outcome": "succeeded", "quote": ""}]}),
        json!({"retired": [{"hypothesis": "hyp_1", "quote": "never mind"}]}),
        json!({"met_needs": [{"need": "need_1", "unobtainable_quote": "no access"}]}),
        json!({"transition": [{"to": "closed", "reason": "r"}]}),
        json!({"facts": [{"kind": "no_changes", "value": "true", "quote": "nothing changed"}]}),
        json!({"evidence": [{"name": "$g", "category": "symptom_absence", "claim": "gone",
            "quote": "it is gone"}]}),
    ] {
        let mut answer = part.clone();
        answer["answer"] = json!("x");
        let read = read(answer);
        let reasons: Vec<&str> = read.dropped.iter().map(|it| it.reason.as_str()).collect();
        assert_eq!(reasons, ["not_a_user_decision"], "{part}");
        assert!(read.plan.ops.is_empty() && read.plan.claims.is_empty());
    }
}

fn assert_dropped(cases: &[(Value, &str, &str)]) {
    for (part, op, reason) in cases {
        let mut answer = part.clone();
        answer["answer"] = json!("x");
        let read = read(answer);
        assert_eq!(reasons(&read), [(*op, *reason)], "{part}");
    }
}

#[test]
fn what_a_model_must_not_say_is_dropped_with_its_reason() {
    assert_dropped(&[
        (json!({"status": "resolved"}), "answer", "invalid_field"),
        (
            json!({"statement": "The root cause is the pool"}),
            "propose_statement",
            "overclaim",
        ),
        (
            json!({"journal": [{"kind": "finding", "text": "I restarted the pod"}]}),
            "journal",
            "actor_claim",
        ),
        (
            json!({"hypotheses": [{"name": "$h", "statement": "DNS is ruled out", "kind": "cause",
                "category": "network"}]}),
            "add_hypothesis",
            "overclaim",
        ),
        (
            json!({"hypotheses": [{"name": "$h", "statement": "s", "kind": "cause",
                "category": "config", "likelihood": 0.99}]}),
            "add_hypothesis",
            "invalid_field",
        ),
        (
            json!({"conclusion": [{"reasoning": "This is confirmed."}]}),
            "conclude",
            "overclaim",
        ),
    ]);
}

#[test]
fn what_cannot_be_is_dropped_with_its_reason() {
    assert_dropped(&[
        (
            json!({"evidence": [{"name": "$b", "category": "smoking_gun", "claim": "d"}]}),
            "add_evidence",
            "unknown_value",
        ),
        (
            json!({"evidence": [{"name": "$b", "category": "causal_absence", "claim": "d",
                "file_id": "file_1", "quote": "anything"}]}),
            "add_evidence",
            "absence_not_proven",
        ),
        (
            json!({"facts": [{"kind": "severity", "value": "high"}]}),
            "add_fact",
            "no_source",
        ),
        (
            json!({"facts": [{"kind": "severity", "value": "high", "finding": "find_9"}]}),
            "add_fact",
            "unknown_id",
        ),
        (
            json!({"links": [{"hypothesis": "hyp_1", "evidence": "$none", "stance": "supports",
                "strength": 0.5, "reasoning": "r"}]}),
            "link",
            "unknown_id",
        ),
        (
            json!({"needs": [{"purpose": "cause", "request": "r", "command": "rm -rf /"}]}),
            "add_need",
            "unsafe_command",
        ),
        (
            json!({"suggestions": [{"type": "RUN", "label": "l", "payload": "kubectl delete pod a"}]}),
            "suggest",
            "unsafe_command",
        ),
        (
            json!({"suggestions": [{"type": "DECIDE", "label": "Yes, close the case"}]}),
            "suggest",
            "unknown_value",
        ),
    ]);
}

#[test]
fn what_rules_read_of_an_attempt_stands() {
    let planned = [DiffOp {
        op: Some(Op::RecordAttempt(RecordAttempt {
            action_id: "sol_1".to_owned(),
            ..Default::default()
        })),
    }];
    let answer = json!({"answer": "x", "attempts": [
        {"action": "sol_1", "outcome": "succeeded", "quote": "works now"},
    ]});
    let read = read_in(CaseStatus::Investigating, &planned, answer);
    assert_eq!(reasons(&read), [("record_attempt", "duplicate")]);
}

fn properties(is_small: bool) -> Map<String, Value> {
    let schema: Value = serde_json::from_str(schema(is_small)).unwrap();
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["required"], json!(["answer"]));
    schema["properties"].as_object().unwrap().clone()
}

#[test]
fn the_schema_has_every_part_and_nothing_that_code_decides() {
    let whole = properties(false);
    assert_eq!(whole.len(), 19, "{:?}", whole.keys());
    let action = &whole["actions"]["items"];
    assert_eq!(action["properties"]["title"]["type"], "string");
    let text = schema(false);
    for word in ["status", "likelihood", "grade", "milestone", "$ref"] {
        assert!(!text.contains(&format!("\"{word}\"")), "{word}");
    }
}

#[test]
fn a_small_window_is_told_what_matters_most() {
    let core = properties(true);
    assert_eq!(core.len(), CORE.len(), "{:?}", core.keys());
    assert!(schema(true).len() < 3_700, "{}", schema(true).len());
    assert!(schema(false).len() < 8_000, "{}", schema(false).len());
}

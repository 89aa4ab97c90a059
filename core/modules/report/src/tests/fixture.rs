//! A case about an exhausted connection pool.

use faultmaven_proto::case::v1 as case;
use faultmaven_proto::evidence::v1 as evidence;

use super::fake::Known;
use crate::material::Material;

pub(crate) const CASE: &str = "case_0123456789ab";
pub(crate) const OWNER: &str = "user_1";
pub(crate) const OWNER_NAME: &str = "Ada";
pub(crate) const SYMPTOM: &str = "ev_000000000001";
pub(crate) const CAUSAL: &str = "ev_000000000002";
pub(crate) const WITHDRAWN: &str = "ev_000000000003";
pub(crate) const HASH: &str = "1512b072abfe070a76d507597a46e8b8b834594c26b62150142ed0a9622cb278";

/// 2025-03-04T14:00:00Z and some seconds.
pub(crate) fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: 1_741_096_800 + seconds,
        nanos: 0,
    })
}

/// Returns what the modules know of the case.
pub(super) fn known() -> Known {
    Known {
        investigation: investigation(),
        turns: turns(),
        messages: vec![message(
            "msg_0000000000000001",
            1,
            "why does checkout answer 500?",
        )],
        evidence: vec![record(SYMPTOM), record(CAUSAL)],
        files: vec![upload()],
        content: String::new(),
        findings: vec![finding()],
        runbooks: Vec::new(),
        evidence_is_down: false,
    }
}

/// Returns the material of a report about the case.
pub(crate) fn material() -> Material {
    let known = known();
    let mut material = Material::of(known.investigation).unwrap();
    material.turns = known.turns;
    material.messages = known.messages;
    material.records = known.evidence;
    material.uploads = known.files;
    material.findings = known.findings;
    material.settle();
    material.people = [(OWNER.to_owned(), OWNER_NAME.to_owned())].into();
    material
}

fn investigation() -> case::Investigation {
    case::Investigation {
        case: Some(the_case()),
        header: Some(header()),
        hypotheses: vec![dns(), pool()],
        evidence: evidence(),
        files: vec![case::FileDigest {
            file_id: "file_000000000001".to_owned(),
            file_name: "app.log".to_owned(),
            sha256: HASH.to_owned(),
            top_level: true,
            turn_number: 2,
        }],
        needs: vec![case::Need {
            need_id: "need_0000000000000001".to_owned(),
            purpose: case::NeedPurpose::Resolution.into(),
            request: "a log after the fix".to_owned(),
            how: "hand over app.log from 15:10 on".to_owned(),
            state: case::NeedState::Pending.into(),
            ..Default::default()
        }],
        actions: vec![solution()],
        journal: vec![case::JournalEntry {
            turn_number: 3,
            kind: "ruled_out".to_owned(),
            text: "names resolve".to_owned(),
        }],
        conclusion: Some(case::Conclusion {
            assurance: case::Assurance::Likely.into(),
            lead_hypothesis_id: "hyp_000000000001".to_owned(),
            confidence: 0.75,
            confidence_word: "confident".to_owned(),
            summary: "Likely cause: pool size limit too low".to_owned(),
            update_time: at(600),
            ..Default::default()
        }),
        status_changes: vec![case::StatusChange {
            from: case::CaseStatus::Inquiry.into(),
            to: case::CaseStatus::Investigating.into(),
            change_time: at(400),
            turn_number: 2,
            by: OWNER.to_owned(),
            how: "handshake".to_owned(),
            reason: "the problem is stated".to_owned(),
        }],
        ..Default::default()
    }
}

fn the_case() -> case::Case {
    case::Case {
        case_id: CASE.to_owned(),
        owner_id: OWNER.to_owned(),
        title: "checkout answers 500".to_owned(),
        priority: case::Priority::High.into(),
        status: case::CaseStatus::Investigating.into(),
        statement: Some(case::ProblemStatement {
            text: "checkout in the EU answers 500 since 14:05".to_owned(),
            state: case::StatementState::Confirmed.into(),
            revision: 1,
            confirmed_how: case::ConfirmedHow::Reply.into(),
            confirm_time: at(400),
            ..Default::default()
        }),
        facts: facts(),
        current_turn: 3,
        version: 12,
        create_time: at(0),
        investigating_time: at(400),
        ..Default::default()
    }
}

fn facts() -> Vec<case::Fact> {
    vec![
        case::Fact {
            kind: case::FactKind::AffectedRegion.into(),
            value: "EU".to_owned(),
            source_message_id: "msg_0000000000000001".to_owned(),
            turn_number: 1,
            ..Default::default()
        },
        case::Fact {
            kind: case::FactKind::StartedAt.into(),
            value: "2025-03-04T14:05:00Z".to_owned(),
            source_finding_id: "find_0000000000000001".to_owned(),
            turn_number: 2,
            ..Default::default()
        },
        case::Fact {
            kind: case::FactKind::Change.into(),
            value: "pool size set from 50 to 5".to_owned(),
            source_evidence_id: CAUSAL.to_owned(),
            turn_number: 3,
            change_time: at(10),
            change_type: "config".to_owned(),
            ..Default::default()
        },
        case::Fact {
            kind: case::FactKind::Severity.into(),
            value: "low".to_owned(),
            source_message_id: "msg_0000000000000001".to_owned(),
            turn_number: 1,
            superseded: true,
            ..Default::default()
        },
    ]
}

fn evidence() -> Vec<case::EvidenceDigest> {
    let digest = |id: &str, turn_number, claim: &str, quote: &str| case::EvidenceDigest {
        evidence_id: id.to_owned(),
        category: case::EvidenceKind::Symptom.into(),
        claim: claim.to_owned(),
        quote: quote.to_owned(),
        file_id: "file_000000000001".to_owned(),
        file_name: "app.log".to_owned(),
        sha256: HASH.to_owned(),
        byte_start: 5_859,
        byte_end: 5_955,
        line_start: 62,
        line_end: 62,
        turn_number,
        ..Default::default()
    };
    vec![
        case::EvidenceDigest {
            category: case::EvidenceKind::Causal.into(),
            ..digest(
                CAUSAL,
                3,
                "the pool holds five connections",
                "maximum-pool-size: 5",
            )
        },
        case::EvidenceDigest {
            observed_from: at(300),
            observed_to: at(899),
            ..digest(
                SYMPTOM,
                2,
                "checkout answers 500",
                "POST /checkout status=500",
            )
        },
        case::EvidenceDigest {
            withdrawn: true,
            ..digest(WITHDRAWN, 2, "something retracted", "")
        },
    ]
}

fn pool() -> case::Hypothesis {
    case::Hypothesis {
        hypothesis_id: "hyp_000000000001".to_owned(),
        statement: "pool size limit too low".to_owned(),
        explains: "problem".to_owned(),
        mechanism: format!("requests wait for a connection [{CAUSAL}]"),
        status: case::HypothesisStatus::Validated.into(),
        likelihood: 0.82,
        links: vec![case::Link {
            evidence_id: CAUSAL.to_owned(),
            stance: case::Stance::Supports.into(),
            strength: 0.8,
            reasoning: "the change sets the limit".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn dns() -> case::Hypothesis {
    case::Hypothesis {
        hypothesis_id: "hyp_000000000002".to_owned(),
        statement: "name resolution fails".to_owned(),
        explains: "problem".to_owned(),
        status: case::HypothesisStatus::Refuted.into(),
        likelihood: 0.05,
        concluded_reason: "the name resolves".to_owned(),
        ..Default::default()
    }
}

fn solution() -> case::Action {
    case::Action {
        action_id: "sol_000000000001".to_owned(),
        r#type: case::ActionType::Solution.into(),
        title: "set the pool size back to 50".to_owned(),
        commands: vec![case::Command {
            command: "kubectl  rollout undo\ndeploy/checkout".to_owned(),
            description: "restores the last revision".to_owned(),
            safety: case::CommandSafety::Caution.into(),
        }],
        rollback: "set it to 5 again".to_owned(),
        state: case::ActionState::Proposed.into(),
        proposed_turn: 3,
        ..Default::default()
    }
}

fn header() -> case::Header {
    case::Header {
        progress: Some(case::Progress {
            milestones: vec![case::Milestone::SymptomVerified.into()],
            total_milestones: 8,
            ..Default::default()
        }),
        next_actions: vec!["Hand over a log after the fix".to_owned()],
        ..Default::default()
    }
}

fn turns() -> Vec<case::Turn> {
    let turn = |turn_number, outcome: case::TurnOutcome| case::Turn {
        turn_number,
        outcome: outcome.into(),
        commit_time: at(200 * i64::from(turn_number)),
        ..Default::default()
    };
    vec![
        turn(1, case::TurnOutcome::DataRequested),
        case::Turn {
            file_ids: vec!["file_000000000001".to_owned()],
            milestones_completed: vec![case::Milestone::SymptomVerified.into()],
            evidence_ids: vec![SYMPTOM.to_owned()],
            ..turn(2, case::TurnOutcome::MilestoneCompleted)
        },
        turn(3, case::TurnOutcome::HypothesisTested),
    ]
}

pub(crate) fn message(message_id: &str, turn_number: i32, content: &str) -> case::Message {
    case::Message {
        message_id: message_id.to_owned(),
        turn_number,
        create_time: at(100),
        role: case::MessageRole::User.into(),
        author_id: OWNER.to_owned(),
        content: content.to_owned(),
        ..Default::default()
    }
}

fn record(evidence_id: &str) -> evidence::Evidence {
    evidence::Evidence {
        evidence_id: evidence_id.to_owned(),
        collected_by: "analyst".to_owned(),
        ..Default::default()
    }
}

fn upload() -> evidence::UploadedFile {
    evidence::UploadedFile {
        file_id: "file_000000000001".to_owned(),
        size_bytes: 159_300,
        ..Default::default()
    }
}

fn finding() -> evidence::Finding {
    evidence::Finding {
        finding_id: "find_0000000000000001".to_owned(),
        file_id: "file_000000000001".to_owned(),
        statement: "errors begin at 14:05:00".to_owned(),
        citations: vec![evidence::FileCitation {
            filename: "app.log".to_owned(),
            sha256: HASH.to_owned(),
            byte_start: 5_700,
            byte_end: 5_858,
            line_start: 61,
            line_end: 61,
            quote: "request timed out after 30000ms".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

//! What gRPC shows of a case.

use chrono::{DateTime, SecondsFormat};
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::{AgentStatus, FactKind, HypothesisSource, StatementState};
use faultmaven_proto::evidence::v1 as proto;
use prost_types::Timestamp;

use super::super::sight::{
    Citation, Coverage, Evidence, Hypothesis, Link, Sight, StoredFile, Turn,
};

/// Puts together what several calls tell.
pub(super) fn sight(
    header: case::Header,
    ledger: case::ListHypothesesResponse,
    evidence: Vec<proto::Evidence>,
    files: Vec<proto::UploadedFile>,
    turns: Vec<case::Turn>,
) -> Sight {
    let progress = header.progress.clone().unwrap_or_default();
    let awaits_confirmation = header.agent_status() == AgentStatus::AwaitingConfirmation;
    let resolved = header.resolved_eligibility().as_str_name();
    let resolved_eligibility = word(resolved, "ELIGIBILITY_");
    let shown = header.case.unwrap();
    assert_eq!(shown.pending_transition.is_some(), awaits_confirmation);
    let statement = shown.statement.clone().unwrap_or_default();
    let conclusion = ledger.conclusion.unwrap_or_default();
    let milestones = progress.milestones();
    Sight {
        title_source: word(shown.title_source().as_str_name(), "TITLE_SOURCE_"),
        status: word(shown.status().as_str_name(), "CASE_STATUS_"),
        statement_confirmed: statement.state() == StatementState::Confirmed,
        statement: statement.text,
        awaits_confirmation,
        regions: facts(&shown, FactKind::AffectedRegion),
        started_at: facts(&shown, FactKind::StartedAt).pop(),
        milestones: milestones
            .map(|it| word(it.as_str_name(), "MILESTONE_"))
            .collect(),
        analysis_stage: word(progress.analysis_stage().as_str_name(), "ANALYSIS_STAGE_"),
        investigation_stage: word(
            progress.investigation_stage().as_str_name(),
            "INVESTIGATION_STAGE_",
        ),
        resolved_eligibility,
        resolved_at: time(shown.resolved_time),
        closed_at: time(shown.closed_time),
        state_version: Some(shown.state_version),
        title: shown.title,
        owner_id: shown.owner_id,
        grade: word(conclusion.assurance().as_str_name(), "ASSURANCE_"),
        confidence: conclusion.confidence,
        hypotheses: ledger.hypotheses.into_iter().map(hypothesis).collect(),
        evidence: evidence.into_iter().map(piece).collect(),
        files: files.into_iter().map(stored).collect(),
        turns: turns.into_iter().map(turn).collect(),
    }
}

fn facts(shown: &case::Case, kind: FactKind) -> Vec<String> {
    let counts = |it: &&case::Fact| it.kind() == kind && !it.superseded;
    let values = shown.facts.iter().filter(counts);
    values.map(|it| it.value.clone()).collect()
}

fn hypothesis(known: case::Hypothesis) -> Hypothesis {
    let by_user = known.source() == HypothesisSource::User;
    let links = known.links.iter().map(|it| {
        let link = Link {
            strength: it.strength,
            basis: word(it.basis().as_str_name(), "LINK_BASIS_"),
        };
        (it.evidence_id.clone(), link)
    });
    Hypothesis {
        links: links.collect(),
        kind: word(known.kind().as_str_name(), "HYPOTHESIS_KIND_"),
        status: word(known.status().as_str_name(), "HYPOTHESIS_STATUS_"),
        generation_mode: if by_user {
            "opportunistic"
        } else {
            "systematic"
        }
        .to_owned(),
        source: word(known.source().as_str_name(), "HYPOTHESIS_SOURCE_"),
        document_id: Some(known.document_id).filter(|it| !it.is_empty()),
        prior: known.prior,
        concluded_reason: Some(known.concluded_reason).filter(|it| !it.is_empty()),
        hypothesis_id: known.hypothesis_id,
        statement: known.statement,
        explains: known.explains,
        likelihood: known.likelihood,
        root: known.root,
    }
}

fn piece(known: proto::Evidence) -> Evidence {
    Evidence {
        kind: word(known.category().as_str_name(), "EVIDENCE_CATEGORY_"),
        state: word(known.state().as_str_name(), "EVIDENCE_STATE_"),
        file_citation: known.file_citation.map(|it| Citation {
            file_id: it.file_id,
            filename: it.filename,
            sha256: it.sha256,
            byte_start: usize::try_from(it.byte_start).unwrap(),
            byte_end: usize::try_from(it.byte_end).unwrap(),
            line_start: it.line_start,
            line_end: it.line_end,
            quote: it.quote,
        }),
        evidence_id: known.evidence_id,
        claim: known.claim,
    }
}

fn stored(known: proto::UploadedFile) -> StoredFile {
    let coverage = known.coverage.clone().unwrap_or_default();
    StoredFile {
        data_class: word(known.data_class().as_str_name(), "DATA_CLASS_"),
        coverage: Coverage {
            lines_read: coverage.lines_read,
            first_time: time(coverage.first_time),
            last_time: time(coverage.last_time),
        },
        file_id: known.file_id,
        filename: known.filename,
        size_bytes: known.size_bytes,
        sha256: known.sha256,
    }
}

fn turn(known: case::Turn) -> Turn {
    Turn {
        turn_number: known.turn_number.into(),
        path: word(known.path().as_str_name(), "TURN_PATH_"),
        changes: known.changes,
    }
}

fn time(known: Option<Timestamp>) -> Option<String> {
    let known = known?;
    let time = DateTime::from_timestamp(known.seconds, u32::try_from(known.nanos).unwrap());
    let text = time.unwrap().to_rfc3339_opts(SecondsFormat::Micros, true);
    Some(text)
}

/// Returns a name of an enum without its prefix, in lower case.
fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

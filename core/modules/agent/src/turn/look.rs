//! Gathers what the analyst looks at: the case, its data, and what questions ask for.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::{CaseStatus, EvidenceKind, LinkBasis};
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::knowledge::v1::SearchResult;

use super::{Turn, Turns};
use crate::analyst::candidates::leads;
use crate::analyst::classify::Reading;
use crate::analyst::observations::Seen;
use crate::analyst::questions::Question;
use crate::analyst::restored::{self, FileLines};
use crate::analyst::situation::{Aftermath, ProvenAbsence, Situation, statement_of, status_of};
use crate::analyst::{
    administration, fill, logged_change, memory, observed, outside, spoken, suspicion,
};
use crate::callees::from_evidence;
use crate::convert::data_class;
use crate::error::TurnError;
use crate::fast_path::Route;
use crate::lookup;

mod absent;
mod held;
mod names;

const SIGNATURES_MAX: usize = 3;
const COMPARED_FILES_MAX: usize = 4;
const COMPARED_LINES: i32 = 500;
/// As far as rows of an output are looked for.
const HEAD_LINES: i32 = 60;
const HEADS_MAX: usize = 8;
/// Larger logs are not searched a second time within a turn.
const SEARCHED_BYTES_MAX: i64 = 32 << 20;
const PASSAGES_MAX: i32 = 3;

impl Turns {
    /// Returns everything the turn is decided by; what could not be had is told as a notice.
    pub(super) async fn look(
        &self,
        turn: &Turn,
        investigation: case_pb::Investigation,
        route: &Route,
        notices: &mut Vec<String>,
    ) -> Result<Situation, TurnError> {
        let entering = route.enters(&investigation);
        let mut situation = Situation {
            now: turn.started_at,
            message_id: turn.user_message_id.clone(),
            text: turn.input.text.clone().unwrap_or_default(),
            investigation,
            entering,
            ..Situation::default()
        };
        if matches!(route, Route::Greeting) {
            return Ok(situation);
        }
        self.assess(turn, route, &mut situation).await?;
        let reading = situation.reading().clone();
        if matches!(route, Route::Analyse { .. } | Route::Terminal) {
            self.look_up(turn, &reading, &mut situation).await?;
        }
        if entering || reading.asks_for_knowledge || asks_for_a_fix(&reading) {
            match self.passages(turn, &reading, &situation).await {
                Ok(passages) => situation.passages = passages,
                // A knowledge base that does not answer leaves the rest of the answer as it is.
                Err(error) => {
                    let case_id = &turn.input.case_id;
                    tracing::warn!(case_id, %error, "knowledge was not searched for {case_id}");
                    notices.push("the knowledge base could not be searched".to_owned());
                    situation.knowledge_failed = true;
                }
            }
        }
        if status_of(&situation.investigation) == CaseStatus::Investigating {
            situation.aftermath = self.aftermath(turn, &situation).await?;
        }
        Ok(situation)
    }

    /// Fills in what the files say, together with what only their lines tell.
    async fn assess(
        &self,
        turn: &Turn,
        route: &Route,
        situation: &mut Situation,
    ) -> Result<(), TurnError> {
        situation.assessment = self
            .callees
            .assessment(&turn.ctx, &turn.input.case_id)
            .await?;
        situation.new_files = new_files(turn, situation, route);
        let spoken = self.spoken(turn, situation).await?;
        situation.assessment.findings.extend(spoken);
        let observed = observed::candidates(situation);
        situation.assessment.candidates.extend(observed);
        situation.names = self.names(turn, situation).await?;
        situation.absent = self.absent(turn, situation).await?;
        memory::judge(situation);
        let namespace = self.namespace(turn, situation).await?;
        fill::commands(&mut situation.assessment, namespace.as_deref());
        situation.held = self.held(turn, situation).await?;
        let heads: Vec<_> = situation.new_files.iter().collect();
        situation.heads = self
            .file_lines(turn, &heads[..heads.len().min(HEADS_MAX)], HEAD_LINES)
            .await?;
        let denies = situation
            .reading()
            .observations
            .iter()
            .any(|seen| seen.what == Seen::NothingChanged);
        let asks = situation.reading().question == Some(Question::Changes);
        if situation.entering || denies || asks || !situation.new_files.is_empty() {
            let (logged, unsearched) = self.logged_changes(turn, situation).await?;
            situation.unsearched = unsearched;
            logged_change::add(logged, &mut situation.assessment.changes);
        }
        outside::add(situation);
        Ok(())
    }

    /// Looks up what a question asks for and what speaks of a suspicion.
    async fn look_up(
        &self,
        turn: &Turn,
        reading: &Reading,
        situation: &mut Situation,
    ) -> Result<(), TurnError> {
        if let Some(question) = &reading.question {
            let (text, assessment) = (&situation.text, &situation.assessment);
            situation.lookup =
                lookup::look_up(&self.callees, &turn.ctx, question, text, assessment).await?;
        }
        let traces = reading.suspicion.as_deref().and_then(suspicion::traces);
        if let Some(pattern) = traces.filter(|_| situation.has_data()) {
            let files = &situation.assessment.files;
            let found = lookup::search(&self.callees, &turn.ctx, &pattern, files).await?;
            situation.traces = Some(found);
        }
        Ok(())
    }

    async fn passages(
        &self,
        turn: &Turn,
        reading: &Reading,
        situation: &Situation,
    ) -> Result<Vec<SearchResult>, TurnError> {
        let query = if situation.entering {
            let condition = situation.assessment.candidates.first();
            let title = condition.map_or("", |candidate| candidate.title.as_str());
            format!("{} {title}", statement_of(&situation.investigation))
        } else if asks_for_a_fix(reading) {
            let leads = leads(situation, &situation.investigation);
            let lead = leads.first().map_or("", |lead| lead.statement.as_str());
            format!("{} {lead}", statement_of(&situation.investigation))
        } else {
            situation.text.clone()
        };
        if query.trim().is_empty() {
            return Ok(Vec::new());
        }
        self.callees.passages(&turn.ctx, &query, PASSAGES_MAX).await
    }

    async fn aftermath(&self, turn: &Turn, situation: &Situation) -> Result<Aftermath, TurnError> {
        let mut aftermath = Aftermath::default();
        let logs: Vec<&evidence_pb::UploadedFile> = situation
            .new_files
            .iter()
            .filter(|file| data_class(file.data_class()) == "logs")
            .collect();
        for (signature, of_symptom, seen_in) in signatures(situation) {
            for file in logs.iter().filter(|file| file.file_id != seen_in) {
                let found = self
                    .prove_absence(turn, &signature, of_symptom, &file.file_id)
                    .await?;
                aftermath.absences.extend(found);
            }
        }
        aftermath.restored = self.restored(turn, situation).await?;
        Ok(aftermath)
    }

    pub(super) async fn prove_absence(
        &self,
        turn: &Turn,
        signature: &str,
        of_symptom: bool,
        file_id: &str,
    ) -> Result<Option<ProvenAbsence>, TurnError> {
        let request = evidence_pb::ProveAbsenceRequest {
            case_id: turn.input.case_id.clone(),
            signature: signature.to_owned(),
            file_id: file_id.to_owned(),
        };
        let answer = self
            .callees
            .evidence()
            .prove_absence(turn.ctx.request(request))
            .await;
        let answer = from_evidence(answer)?;
        Ok(answer
            .proof
            .zip(answer.citation)
            .map(|(proof, citation)| ProvenAbsence {
                of_symptom,
                proof,
                citation,
            }))
    }

    /// Lines that speak of trouble in files in which no rule found any.
    async fn spoken(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<Vec<evidence_pb::Finding>, TurnError> {
        let (output, documents) = spoken::unexplained(situation);
        let mut found = Vec::new();
        for (pattern, files) in [(spoken::LINES, output), (spoken::FIELDS, documents)] {
            if !files.is_empty() {
                let lines = lookup::search(&self.callees, &turn.ctx, pattern, &files).await?;
                found.extend(spoken::findings(lines.hits));
            }
        }
        Ok(found)
    }

    /// Changes that logs mention shortly before the problem began, and the names of logs that are too
    /// large to be searched for them.
    async fn logged_changes(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<(Vec<evidence_pb::ObservedChange>, Vec<String>), TurnError> {
        let onset = situation.relevance().onset();
        let files = situation.assessment.files.iter().cloned();
        let (lists, files): (Vec<_>, Vec<_>) = files.partition(logged_change::is_list);
        let is_log =
            |file: &evidence_pb::UploadedFile| file.data_class() == evidence_pb::DataClass::Logs;
        let (logs, large): (Vec<_>, Vec<_>) = files
            .into_iter()
            .filter(is_log)
            .partition(|file| file.size_bytes <= SEARCHED_BYTES_MAX);
        let administration = administration::pattern();
        let mut lines = Vec::new();
        for (pattern, files) in [
            (logged_change::PATTERN, &logs),
            (administration.as_str(), &logs),
            (logged_change::LISTED, &lists),
        ] {
            let found = lookup::search(&self.callees, &turn.ctx, pattern, files).await?;
            lines.extend(found.hits);
        }
        let reference = situation.reference();
        let unsearched = large.into_iter().map(|file| file.filename);
        let changes = logged_change::before(onset, &lines, &reference);
        Ok((changes, unsearched.collect()))
    }

    /// Compares values of new files with what older ones show and a change had set.
    async fn restored(
        &self,
        turn: &Turn,
        situation: &Situation,
    ) -> Result<Vec<crate::analyst::situation::RestoredValue>, TurnError> {
        let changes = &situation.assessment.changes;
        if changes.is_empty() || situation.new_files.is_empty() {
            return Ok(Vec::new());
        }
        let (newer, older): (Vec<_>, Vec<_>) = situation
            .assessment
            .files
            .iter()
            .filter(|file| holds_values(file))
            .partition(|file| situation.is_new_file(&file.file_id));
        if newer.is_empty() {
            return Ok(Vec::new());
        }
        let older = self
            .file_lines(turn, first_of(&older), COMPARED_LINES)
            .await?;
        let newer = self
            .file_lines(turn, first_of(&newer), COMPARED_LINES)
            .await?;
        Ok(restored::find(changes, &older, &newer))
    }

    async fn file_lines(
        &self,
        turn: &Turn,
        files: &[&evidence_pb::UploadedFile],
        count: i32,
    ) -> Result<Vec<FileLines>, TurnError> {
        let readable = files.iter().filter(|file| lookup::has_lines(file));
        let mut read = Vec::new();
        for file in readable {
            let id = &file.file_id;
            let lines = lookup::read_lines(&self.callees, &turn.ctx, id, 1, count).await?;
            read.push(FileLines {
                file: (*file).clone(),
                lines,
            });
        }
        Ok(read)
    }
}

/// Files are compared line by line, which takes time.
fn first_of<T>(files: &[T]) -> &[T] {
    &files[..files.len().min(COMPARED_FILES_MAX)]
}

/// The files of the turn as the assessment knows them, and those the last turn had to do without.
fn new_files(turn: &Turn, situation: &Situation, route: &Route) -> Vec<evidence_pb::UploadedFile> {
    let reclassified = match route {
        Route::Reclassify { file_id, .. } => Some(file_id.as_str()),
        _ => None,
    };
    let last_turn = situation.investigation.recent_turns.last();
    let late = last_turn
        .map(|last| last.notices.as_slice())
        .unwrap_or_default();
    let files = &situation.assessment.files;
    let is_new = |file: &&evidence_pb::UploadedFile| {
        let is_of_turn = turn
            .file_ids()
            .chain(reclassified)
            .any(|id| id == file.file_id || id == file.parent_file_id);
        let archive = files.iter().find(|it| it.file_id == file.parent_file_id);
        let names = archive.into_iter().chain([*file]).map(|it| &it.filename);
        let was_late = names
            .map(|name| late_notice(name))
            .any(|notice| late.contains(&notice));
        is_of_turn || (was_late && file.state() == evidence_pb::FileState::Analyzed)
    };
    files.iter().filter(is_new).cloned().collect()
}

/// Returns what is told about a file that is not analysed in time.
pub(super) fn late_notice(file_name: &str) -> String {
    let name: String = file_name.chars().take(160).collect();
    format!("{name} is still being analysed; its findings follow with the next turn")
}

fn asks_for_a_fix(reading: &Reading) -> bool {
    reading.question == Some(Question::Fix)
}

fn holds_values(file: &evidence_pb::UploadedFile) -> bool {
    use evidence_pb::DataClass as Class;
    let class = file.data_class();
    file.state() == evidence_pb::FileState::Analyzed
        && matches!(
            class,
            Class::Metrics | Class::Config | Class::CommandOutput | Class::Text
        )
}

/// Signatures whose absence matters: of symptoms, and of what speaks for the root itself.
fn signatures(situation: &Situation) -> Vec<(String, bool, String)> {
    let mut found: Vec<(String, bool, String)> = Vec::new();
    let root = situation
        .investigation
        .hypotheses
        .iter()
        .find(|hypothesis| hypothesis.root);
    let speaks_for_root = |digest: &case_pb::EvidenceDigest| {
        root.is_some_and(|root| {
            root.links.iter().any(|link| {
                link.evidence_id == digest.evidence_id && link.basis() == LinkBasis::DirectIndicator
            })
        })
    };
    for digest in situation
        .evidence()
        .filter(|digest| !digest.file_id.is_empty())
    {
        let of_symptom = digest.category() == EvidenceKind::Symptom;
        let counts = of_symptom || speaks_for_root(digest);
        let is_known = found.iter().any(|(known, _, _)| *known == digest.signature);
        if counts && !is_known && !digest.signature.is_empty() && found.len() < SIGNATURES_MAX {
            found.push((digest.signature.clone(), of_symptom, digest.file_id.clone()));
        }
    }
    found
}

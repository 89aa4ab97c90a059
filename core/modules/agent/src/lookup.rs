//! Looks up in the files of a case what a question asks for.

use faultmaven_kit::Ctx;
use faultmaven_proto::evidence::v1 as pb;

use crate::analyst::questions::{Counted, Question};
use crate::analyst::terms;
use crate::callees::{Callees, from_evidence};
use crate::error::TurnError;

const FILES_MAX: usize = 5;
/// Files that are searched for signs that nobody asked for.
const SEARCHED_MAX: usize = 20;
const LINES_SHOWN: i32 = 8;

mod names;

pub(crate) use names::{NameCount, NameCounts};

/// What was found for a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookup {
    pub(crate) hits: Vec<pb::FileCitation>,
    /// Lines as they follow each other in one file.
    pub(crate) lines: Vec<pb::FileCitation>,
    /// The files that were searched, each with the number of its matching lines.
    pub(crate) searched: Vec<(String, i64)>,
    /// The names that were asked for, with their lines.
    pub(crate) names: Option<NameCounts>,
    /// An earlier file and a later one, with their analyses.
    pub(crate) compared: Option<Box<(Analysed, Analysed)>>,
}

/// A file with its analysis.
#[derive(Debug, Clone, Default)]
pub(crate) struct Analysed {
    pub(crate) file: pb::UploadedFile,
    pub(crate) analysis: pb::Analysis,
}

impl Lookup {
    /// Returns the number of matching lines in all files.
    pub(crate) fn count(&self) -> i64 {
        self.searched.iter().map(|(_, count)| count).sum()
    }
}

/// Returns what the files say; none for questions that the assessment answers.
pub(crate) async fn look_up(
    callees: &Callees,
    ctx: &Ctx,
    question: &Question,
    text: &str,
    assessment: &pb::AssessCaseResponse,
) -> Result<Option<Lookup>, TurnError> {
    let files = candidates(&assessment.files, text);
    let reader = Reader { callees, ctx };
    match question {
        Question::HowOften(counted) => match counted_lines(counted) {
            Some(pattern) => reader.search(&files, &pattern, true).await.map(Some),
            None => Ok(None),
        },
        Question::Logins => reader.logins(&files, &assessment.entities).await.map(Some),
        Question::Search(term) => reader.search(&files, term, false).await.map(Some),
        Question::Meaning(term) if !term.is_empty() => match terms::pattern(term) {
            Some(pattern) => reader.search(&files, &pattern, true).await.map(Some),
            None => Ok(None),
        },
        Question::At { as_written, .. } => {
            let files = named_or_all(&assessment.files, text);
            reader.at(&files, as_written).await.map(Some)
        }
        Question::Lines { number } => {
            let mut found = Lookup::default();
            if let Some(file) = files.first() {
                found.searched.push((file.filename.clone(), 0));
                found.lines = reader.lines(&files, &file.file_id, *number).await?;
            }
            Ok(Some(found))
        }
        Question::Which(names) => {
            let found = reader.names(&files, names, &assessment.entities).await?;
            Ok(Some(found))
        }
        Question::Compare => reader.compare(&assessment.files, text).await.map(Some),
        Question::Meaning(_)
        | Question::FirstErrors
        | Question::Changes
        | Question::Against(_)
        | Question::Coverage
        | Question::Since
        | Question::Until
        | Question::Ongoing
        | Question::Occurrences
        | Question::Summary
        | Question::NextStep
        | Question::Cause
        | Question::Fix
        | Question::Abilities => Ok(None),
    }
}

/// Returns the pattern of the lines to count; none when nothing is named that could be.
fn counted_lines(counted: &Counted) -> Option<String> {
    let mut parts = match counted.term.as_str() {
        "" => Vec::new(),
        term if counted.is_literal => vec![terms::literal(term)],
        term => terms::parts(term),
    };
    if parts.is_empty() && !counted.term.is_empty() {
        return None;
    }
    parts.extend(counted.window.as_ref().map(terms::minutes));
    (!parts.is_empty()).then(|| terms::in_any_order(&parts))
}

/// Returns the lines of all files that match a pattern, whatever their case.
pub(crate) async fn search(
    callees: &Callees,
    ctx: &Ctx,
    pattern: &str,
    files: &[pb::UploadedFile],
) -> Result<Lookup, TurnError> {
    let readable = files.iter().filter(|file| has_lines(file));
    let files: Vec<&pb::UploadedFile> = readable.take(SEARCHED_MAX).collect();
    Reader { callees, ctx }.search(&files, pattern, true).await
}

/// Returns the analysis of a file.
pub(crate) async fn analysed(
    callees: &Callees,
    ctx: &Ctx,
    file: &pb::UploadedFile,
) -> Result<Analysed, TurnError> {
    Reader { callees, ctx }.analysed(file).await
}

/// Files with text, the one a question names, else the newest first.
fn candidates<'a>(files: &'a [pb::UploadedFile], text: &str) -> Vec<&'a pb::UploadedFile> {
    let lower = text.to_lowercase();
    let readable = || files.iter().filter(|file| has_lines(file));
    let named: Vec<&pb::UploadedFile> = readable()
        .filter(|file| lower.contains(&file.filename.to_lowercase()))
        .collect();
    let mut chosen = if named.is_empty() {
        readable().collect()
    } else {
        named
    };
    chosen.sort_by_key(|file| std::cmp::Reverse((file.uploaded_at_turn, file.size_bytes)));
    chosen.truncate(FILES_MAX);
    chosen
}

/// The file a question names, else all with text.
fn named_or_all<'a>(files: &'a [pb::UploadedFile], text: &str) -> Vec<&'a pb::UploadedFile> {
    let lower = text.to_lowercase();
    let readable = files.iter().filter(|file| has_lines(file));
    let (named, others): (Vec<_>, Vec<_>) =
        readable.partition(|file| lower.contains(&file.filename.to_lowercase()));
    let mut chosen = if named.is_empty() { others } else { named };
    chosen.truncate(SEARCHED_MAX);
    chosen
}

/// A compressed log is analysed although its stored bytes cannot be searched or read.
pub(crate) fn has_lines(file: &pb::UploadedFile) -> bool {
    let holds_text = !matches!(
        file.data_class(),
        pb::DataClass::Archive | pb::DataClass::Binary | pb::DataClass::Image
    );
    file.state() == pb::FileState::Analyzed && holds_text && file.encoding != "binary"
}

struct Reader<'a> {
    callees: &'a Callees,
    ctx: &'a Ctx,
}

impl Reader<'_> {
    async fn search(
        &self,
        files: &[&pb::UploadedFile],
        pattern: &str,
        regex: bool,
    ) -> Result<Lookup, TurnError> {
        let mut found = Lookup::default();
        for file in files {
            let request = pb::SearchFileRequest {
                file_id: file.file_id.clone(),
                pattern: pattern.to_owned(),
                regex,
                case_insensitive: true,
                max_results: 0,
            };
            let answer = self
                .callees
                .files()
                .search_file(self.ctx.request(request))
                .await;
            let answer = from_evidence(answer)?;
            found.hits.extend(answer.hits);
            found
                .searched
                .push((file.filename.clone(), answer.match_count));
        }
        Ok(found)
    }

    /// The lines of a time of day; access logs write a colon between day and time.
    async fn at(&self, files: &[&pb::UploadedFile], as_written: &str) -> Result<Lookup, TurnError> {
        let pattern = format!("{}{as_written}", terms::CLOCK_BEGINS);
        self.search(files, &pattern, true).await
    }

    /// The two logs that a question compares: the named ones, else the newest two.
    async fn compare(&self, files: &[pb::UploadedFile], text: &str) -> Result<Lookup, TurnError> {
        let named = candidates(files, text);
        let mut chosen: Vec<&pb::UploadedFile> = named
            .into_iter()
            .chain(candidates(files, ""))
            .filter(|file| file.data_class() == pb::DataClass::Logs)
            .collect();
        let mut seen = std::collections::HashSet::new();
        chosen.retain(|file| seen.insert(&file.file_id));
        // Only logs of one kind can be compared line by line.
        let format = chosen.first().map(|file| file.format.clone());
        chosen.retain(|file| Some(&file.format) == format.as_ref());
        chosen.truncate(2);
        chosen.sort_by_key(|file| {
            let first = file.coverage.as_ref().and_then(|it| it.first_time);
            first.map(|time| (time.seconds, time.nanos))
        });
        let mut found = Lookup {
            searched: chosen.iter().map(|it| (it.filename.clone(), 0)).collect(),
            ..Lookup::default()
        };
        if let [earlier, later] = chosen.as_slice() {
            let pair = (self.analysed(earlier).await?, self.analysed(later).await?);
            found.compared = Some(Box::new(pair));
        }
        Ok(found)
    }

    async fn analysed(&self, file: &pb::UploadedFile) -> Result<Analysed, TurnError> {
        let request = pb::GetAnalysisRequest {
            file_id: file.file_id.clone(),
        };
        let answer = self
            .callees
            .files()
            .get_analysis(self.ctx.request(request))
            .await;
        Ok(Analysed {
            file: file.clone(),
            analysis: from_evidence(answer)?.analysis.unwrap_or_default(),
        })
    }

    async fn lines(
        &self,
        files: &[&pb::UploadedFile],
        file_id: &str,
        line_start: i64,
    ) -> Result<Vec<pb::FileCitation>, TurnError> {
        let Some(file) = files.iter().find(|file| file.file_id == file_id) else {
            return Ok(Vec::new());
        };
        let lines = read_lines(self.callees, self.ctx, file_id, line_start, LINES_SHOWN).await?;
        Ok(lines.into_iter().map(|line| citation(file, line)).collect())
    }
}

/// Returns lines of a file.
pub(crate) async fn read_lines(
    callees: &Callees,
    ctx: &Ctx,
    file_id: &str,
    line_start: i64,
    line_count: i32,
) -> Result<Vec<pb::Line>, TurnError> {
    let request = pb::ReadLinesRequest {
        file_id: file_id.to_owned(),
        line_start,
        line_count,
    };
    let answer = callees.files().read_lines(ctx.request(request)).await;
    Ok(from_evidence(answer)?.lines)
}

fn citation(file: &pb::UploadedFile, line: pb::Line) -> pb::FileCitation {
    pb::FileCitation {
        file_id: file.file_id.clone(),
        filename: file.filename.clone(),
        sha256: file.sha256.clone(),
        byte_start: line.byte_start,
        byte_end: line.byte_start + i64::try_from(line.text.len()).unwrap_or_default(),
        line_start: line.number,
        line_end: line.number,
        quote: line.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, turn: i32) -> pb::UploadedFile {
        let mut file = pb::UploadedFile {
            filename: name.to_owned(),
            uploaded_at_turn: turn,
            ..Default::default()
        };
        file.set_state(pb::FileState::Analyzed);
        file
    }

    #[test]
    fn the_named_file_is_searched_else_the_newest_first() {
        let files = [file("app.log", 1), file("after.log", 3)];
        let names = |text: &str| -> Vec<String> {
            candidates(&files, text)
                .iter()
                .map(|file| file.filename.clone())
                .collect()
        };
        assert_eq!(names("what is in App.log?"), ["app.log"]);
        assert_eq!(names("what happened?"), ["after.log", "app.log"]);
    }
}

//! Looks up in the files of a case what a question asks for.

use faultmaven_kit::Ctx;
use faultmaven_proto::evidence::v1 as pb;

use crate::analyst::questions::Question;
use crate::callees::{Callees, from_evidence};
use crate::error::TurnError;

const FILES_MAX: usize = 5;
const LINES_SHOWN: i32 = 8;

/// What was found for a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookup {
    pub(crate) hits: Vec<pb::FileCitation>,
    /// Lines as they follow each other in one file.
    pub(crate) lines: Vec<pb::FileCitation>,
    /// Names of the files that were searched.
    pub(crate) searched: Vec<String>,
    /// Whether there may be more hits.
    pub(crate) truncated: bool,
}

/// Returns what the files say; none for questions that the assessment answers.
pub(crate) async fn look_up(
    callees: &Callees,
    ctx: &Ctx,
    question: &Question,
    text: &str,
    files: &[pb::UploadedFile],
) -> Result<Option<Lookup>, TurnError> {
    let files = candidates(files, text);
    let reader = Reader { callees, ctx };
    match question {
        Question::HowOften(term) if !term.is_empty() => {
            reader.search(&files, term, false).await.map(Some)
        }
        Question::Search(term) => reader.search(&files, term, false).await.map(Some),
        Question::At { as_written, .. } => {
            let pattern = format!("(^|[T \\[]){as_written}");
            let mut found = reader.search(&files, &pattern, true).await?;
            if let Some(first) = found.hits.first().cloned() {
                found.lines = reader
                    .lines(&files, &first.file_id, first.line_start)
                    .await?;
            }
            Ok(Some(found))
        }
        Question::Lines { number } => {
            let mut found = Lookup::default();
            if let Some(file) = files.first() {
                found.searched.push(file.filename.clone());
                found.lines = reader.lines(&files, &file.file_id, *number).await?;
            }
            Ok(Some(found))
        }
        Question::HowOften(_)
        | Question::FirstErrors
        | Question::Which(_)
        | Question::Changes
        | Question::Meaning(_)
        | Question::Coverage => Ok(None),
    }
}

/// Files with text, the one a question names, else the newest first.
fn candidates<'a>(files: &'a [pb::UploadedFile], text: &str) -> Vec<&'a pb::UploadedFile> {
    let lower = text.to_lowercase();
    let readable = || {
        files
            .iter()
            .filter(|file| file.state() == pb::FileState::Analyzed)
    };
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
            found.truncated |= answer.truncated;
            found.searched.push(file.filename.clone());
        }
        Ok(found)
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

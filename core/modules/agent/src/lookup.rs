//! Looks up in the files of a case what a question asks for.

use faultmaven_kit::Ctx;
use faultmaven_proto::evidence::v1 as pb;
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::analyst::questions::{Question, is_file_name};
use crate::analyst::terms;
use crate::analyst::words::words;
use crate::callees::{Callees, from_evidence};
use crate::error::TurnError;

/// Files that are searched for one thing.
const SEARCHED_MAX: usize = 20;
/// Files in which the lines of names are counted.
const NAMED_IN_MAX: usize = 5;
/// Larger files are not read for words that may stand anywhere.
const BYTES_MAX: i64 = 32 << 20;
/// Files that are searched at the same time.
const AT_ONCE: usize = 4;
const LINES_SHOWN: i32 = 8;
/// Lines above the first frame of a stack trace, which say what was thrown.
const TRACE_ABOVE: i64 = 2;

mod counting;
mod names;

pub(crate) use counting::RESTART_COUNT;
pub(crate) use names::{NameCount, NameCounts};

/// What was found for a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookup {
    pub(crate) hits: Vec<pb::FileCitation>,
    /// Lines as they follow each other in one file.
    pub(crate) lines: Vec<pb::FileCitation>,
    /// The files that were searched, each with the number of its matching lines.
    pub(crate) searched: Vec<(String, i64)>,
    /// How many files were not searched.
    pub(crate) left_out: usize,
    /// The words that were looked for, where the lines do not have all of them together.
    pub(crate) words: Option<String>,
    /// Whether lines were counted by the kinds that the analysis keeps, not one by one.
    pub(crate) is_by_kind: bool,
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
    let files = chosen(&assessment.files, text, SEARCHED_MAX);
    let reader = Reader { callees, ctx };
    match question {
        Question::HowOften(counted) => reader.counted(&files, counted).await,
        Question::Logins => reader.logins(&files, &assessment.entities).await.map(Some),
        Question::Search(term) => reader.search(&files, term, false).await.map(Some),
        Question::Meaning(term) if !term.is_empty() => match terms::pattern(term) {
            Some(pattern) => reader.search(&files, &pattern, true).await.map(Some),
            None => Ok(None),
        },
        Question::At { as_written, .. } => reader.at(&files, as_written).await.map(Some),
        Question::Lines { number } => {
            let mut found = Lookup::default();
            if let Some(name) = unknown_file(&assessment.files, text) {
                let place = format!("{name}:{number}");
                return reader.search(&files, &place, false).await.map(Some);
            }
            if let Some(file) = files.files.first() {
                found.searched.push((file.filename.clone(), 0));
                found.lines = reader.lines(file, *number).await?;
            }
            Ok(Some(found))
        }
        Question::Which(names) => {
            // Each name is looked up by itself.
            let files = chosen(&assessment.files, text, NAMED_IN_MAX);
            let found = reader.names(&files, names, assessment).await?;
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
        | Question::Over
        | Question::Occurrences
        | Question::Summary
        | Question::NextStep
        | Question::Cause
        | Question::Fix
        | Question::Abilities
        | Question::Why
        | Question::For(_)
        | Question::Weigh(_)
        | Question::Needs
        | Question::TakeBack => Ok(None),
        Question::Exceptions => reader
            .search(&files, terms::EXCEPTIONS, true)
            .await
            .map(Some),
        Question::StackTrace => reader.trace(&files).await.map(Some),
    }
}

/// Returns the file that a text names although the case does not hold it.
pub(crate) fn unknown_file<'a>(files: &[pb::UploadedFile], text: &'a str) -> Option<&'a str> {
    let named = words(text).into_iter().map(|word| word.raw);
    let mut named = named.filter(|word| is_file_name(&word.to_lowercase()));
    named.find(|name| {
        !files
            .iter()
            .any(|it| it.filename.eq_ignore_ascii_case(name))
    })
}

/// Returns the lines of all files that match a pattern, whatever their case.
pub(crate) async fn search(
    callees: &Callees,
    ctx: &Ctx,
    pattern: &str,
    files: &[pb::UploadedFile],
) -> Result<Lookup, TurnError> {
    let chosen = chosen(files, "", SEARCHED_MAX);
    Reader { callees, ctx }.search(&chosen, pattern, true).await
}

/// Returns the analysis of a file.
pub(crate) async fn analysed(
    callees: &Callees,
    ctx: &Ctx,
    file: &pb::UploadedFile,
) -> Result<Analysed, TurnError> {
    Reader { callees, ctx }.analysed(file).await
}

/// Files to look into, and how many are left out.
#[derive(Debug, Default)]
struct Chosen<'a> {
    files: Vec<&'a pb::UploadedFile>,
    left_out: usize,
}

impl Chosen<'_> {
    fn bytes(&self) -> i64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

/// Files with text: those that a question names, else the newest first, the larger of one turn before
/// the smaller.
fn chosen<'a>(
    files: impl IntoIterator<Item = &'a pb::UploadedFile>,
    text: &str,
    max: usize,
) -> Chosen<'a> {
    let lower = text.to_lowercase();
    let readable = files.into_iter().filter(|file| has_lines(file));
    let is_named = |file: &&pb::UploadedFile| lower.contains(&file.filename.to_lowercase());
    let (named, others): (Vec<_>, Vec<_>) = readable.partition(is_named);
    let mut files = if named.is_empty() { others } else { named };
    files.sort_by_key(|file| std::cmp::Reverse((file.uploaded_at_turn, file.size_bytes)));
    let left_out = files.len().saturating_sub(max);
    files.truncate(max);
    Chosen { files, left_out }
}

/// A compressed log is analysed although its stored bytes cannot be searched or read.
pub(crate) fn has_lines(file: &pb::UploadedFile) -> bool {
    let holds_text = !matches!(
        file.data_class(),
        pb::DataClass::Archive | pb::DataClass::Binary | pb::DataClass::Image
    );
    file.state() == pb::FileState::Analyzed && holds_text && file.encoding != "binary"
}

/// Reads the files of a case for one caller.
struct Reader<'a> {
    callees: &'a Callees,
    ctx: &'a Ctx,
}

impl Reader<'_> {
    async fn search(
        &self,
        chosen: &Chosen<'_>,
        pattern: &str,
        regex: bool,
    ) -> Result<Lookup, TurnError> {
        let wanted = pb::SearchFileRequest {
            pattern: pattern.to_owned(),
            regex,
            case_insensitive: true,
            ..Default::default()
        };
        self.search_each(chosen, &wanted).await
    }

    /// Searches each of the files for the same.
    async fn search_each(
        &self,
        chosen: &Chosen<'_>,
        wanted: &pb::SearchFileRequest,
    ) -> Result<Lookup, TurnError> {
        let searches: Vec<BoxFuture<'_, _>> = chosen
            .files
            .iter()
            .map(|file| self.search_one(file, wanted).boxed())
            .collect();
        let answers: Vec<pb::SearchFileResponse> = stream::iter(searches)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut found = Lookup {
            left_out: chosen.left_out,
            ..Lookup::default()
        };
        for (file, answer) in chosen.files.iter().zip(answers) {
            found.hits.extend(answer.hits);
            found
                .searched
                .push((file.filename.clone(), answer.match_count));
        }
        Ok(found)
    }

    async fn search_one(
        &self,
        file: &pb::UploadedFile,
        wanted: &pb::SearchFileRequest,
    ) -> Result<pb::SearchFileResponse, TurnError> {
        let request = pb::SearchFileRequest {
            file_id: file.file_id.clone(),
            ..wanted.clone()
        };
        let request = self.ctx.request(request);
        from_evidence(self.callees.files().search_file(request).await)
    }

    /// The lines of a time of day, those that tell trouble even behind many others.
    async fn at(&self, files: &Chosen<'_>, as_written: &str) -> Result<Lookup, TurnError> {
        // Access logs write a colon between day and time.
        let time = format!("{}{as_written}", terms::CLOCK_BEGINS);
        let mut wanted = pb::SearchFileRequest {
            pattern: time.clone(),
            regex: true,
            case_insensitive: true,
            time_of_day: as_written.to_owned(),
            ..Default::default()
        };
        let mut found = self.search_each(files, &wanted).await?;
        if found.count() == 0 {
            // The clock that lines are led by may be another than the one that their text tells.
            wanted.time_of_day.clear();
            found = self.search_each(files, &wanted).await?;
        }
        if found.count() > found.hits.len() as i64 {
            wanted.pattern = terms::in_any_order(&[time, terms::trouble()]);
            let behind = self.search_each(files, &wanted).await?.hits;
            let new = behind.into_iter().filter(|hit| !found.hits.contains(hit));
            let new: Vec<pb::FileCitation> = new.collect();
            found.hits.extend(new);
        }
        Ok(found)
    }

    /// The first stack trace, with its lines.
    async fn trace(&self, files: &Chosen<'_>) -> Result<Lookup, TurnError> {
        let mut found = self.search(files, terms::FRAMES, true).await?;
        let Some(frame) = found.hits.first().cloned() else {
            return Ok(found);
        };
        let file = files.files.iter().find(|it| it.file_id == frame.file_id);
        if let Some(file) = file {
            let above = (frame.line_start - TRACE_ABOVE).max(1);
            found.lines = self.lines(file, above).await?;
        }
        Ok(found)
    }

    /// The two logs that a question compares: the named ones, else the newest two.
    async fn compare(&self, files: &[pb::UploadedFile], text: &str) -> Result<Lookup, TurnError> {
        let named = chosen(files, text, SEARCHED_MAX).files;
        let mut chosen: Vec<&pb::UploadedFile> = named
            .into_iter()
            .chain(chosen(files, "", SEARCHED_MAX).files)
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
        file: &pb::UploadedFile,
        line_start: i64,
    ) -> Result<Vec<pb::FileCitation>, TurnError> {
        let id = &file.file_id;
        let lines = read_lines(self.callees, self.ctx, id, line_start, LINES_SHOWN).await?;
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

/// Returns a line of a file as a citation.
pub(crate) fn citation(file: &pb::UploadedFile, line: pb::Line) -> pb::FileCitation {
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
#[path = "lookup_tests.rs"]
mod tests;

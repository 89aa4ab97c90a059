//! The bytes of a file: streamed out, searched, read line by line.

use std::ops::ControlFlow;

use chrono::NaiveTime;
use faultmaven_analysis::{SearchQuery, Searcher, Stretch, TimeMark, stretches_at};
use faultmaven_kit::{Ctx, text};
use faultmaven_proto::evidence::v1 as pb;
use faultmaven_proto::evidence::v1::download_file_response::Part;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use crate::convert::{class, file, finding, signed, unsigned};
use crate::entity::file::Model;
use crate::error::EvidenceError;
use crate::line_reader::{LineReader, PickedLine};
use crate::parts::Parts;
use crate::{files, reading};

const PATTERN_MAX: usize = 4_000;
const HITS_MAX: i32 = 10;
const LINES_DEFAULT: i32 = 100;
const LINES_MAX: i32 = 500;

/// What a download sends, piece by piece.
pub(crate) type Download = BoxStream<'static, Result<pb::DownloadFileResponse, EvidenceError>>;

/// Returns the description of a file followed by the bytes asked for.
pub(crate) async fn download(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::DownloadFileRequest,
) -> Result<Download, EvidenceError> {
    let found = stored_or_held(parts, ctx, &request.file_id).await?;
    let range = reading::requested_range(found.size_bytes, request.byte_start, request.byte_end)?;
    let bytes = parts.blobs.get(&found.blob_key, Some(range)).await?;
    let description = Part::File(Box::new(file::to_wire(found)));
    let chunks = bytes.map(|chunk| Ok(Part::Chunk(chunk?)));
    let sent = stream::once(async { Ok(description) }).chain(chunks);
    Ok(sent
        .map(|part| part.map(|part| pb::DownloadFileResponse { part: Some(part) }))
        .boxed())
}

/// Returns a file the caller may see, or one the caller holds for a request that is still to come.
async fn stored_or_held(parts: &Parts, ctx: &Ctx, file_id: &str) -> Result<Model, EvidenceError> {
    match (files::get(parts, ctx, file_id).await, ctx.actor()) {
        (Err(EvidenceError::FileNotFound), Ok(actor)) => {
            let held = parts.store.held(file_id, &actor.user_id).await?;
            held.ok_or(EvidenceError::FileNotFound)
        }
        (found, _) => found,
    }
}

/// Searches a file line by line.
pub(crate) async fn search(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::SearchFileRequest,
) -> Result<pb::SearchFileResponse, EvidenceError> {
    let wanted = search_query(&request)?;
    let found = text_file(parts, ctx, &request.file_id).await?;
    let mut searcher = Searcher::new(wanted, class::encoding(&found.encoding));
    for stretch in stretches(&found, &request.time_of_day)? {
        let bytes = parts
            .blobs
            .get(&found.blob_key, Some(stretch.bytes.clone()));
        searcher.jump(stretch.bytes.start, stretch.line_start);
        searcher = reading::feed(bytes.await?, searcher, |searcher, chunk| {
            searcher.push(chunk);
            ControlFlow::Continue(())
        })
        .await?;
    }
    let result = searcher.finish();
    let hits = result.hits.into_iter();
    let hits: Vec<_> = hits.map(|hit| finding::citation(&found, hit)).collect();
    Ok(pb::SearchFileResponse {
        truncated: result.total > hits.len() as u64 || result.lines_cut > 0,
        bytes_searched: signed(result.bytes_searched),
        match_count: signed(result.total),
        hits,
    })
}

/// Returns the parts of a file that are searched.
fn stretches(found: &Model, time_of_day: &str) -> Result<Vec<Stretch>, EvidenceError> {
    let size = unsigned(found.size_bytes);
    if time_of_day.is_empty() {
        let line_start = 1;
        let bytes = 0..size;
        return Ok(vec![Stretch { bytes, line_start }]);
    }
    let mut forms = ["%H:%M", "%H:%M:%S"].iter();
    let time = forms.find_map(|form| NaiveTime::parse_from_str(time_of_day, form).ok());
    let time = time.ok_or_else(|| {
        EvidenceError::invalid("time_of_day", "must be a time such as 14:05 or 14:05:30")
    })?;
    Ok(stretches_at(&time_marks(found), time, size))
}

/// Returns where in a large log which times stand.
fn time_marks(found: &Model) -> Vec<TimeMark> {
    file::stored_coverage(found).map_or_else(Vec::new, |it| it.time_marks)
}

/// Returns number and offset of a line that is known to stand at or before another.
fn near_line(marks: &[TimeMark], line: u64) -> (u64, u64) {
    let behind = marks.partition_point(|mark| mark.line_start <= line);
    let mark = behind.checked_sub(1).map(|at| &marks[at]);
    mark.map_or((1, 0), |mark| (mark.line_start, mark.byte_start))
}

/// Returns consecutive lines of a file.
pub(crate) async fn read_lines(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::ReadLinesRequest,
) -> Result<pb::ReadLinesResponse, EvidenceError> {
    let first = u64::try_from(request.line_start)
        .ok()
        .filter(|&line| line > 0);
    let first = first.ok_or_else(|| EvidenceError::invalid("line_start", "must be 1 or more"))?;
    let count = within("line_count", request.line_count, LINES_DEFAULT, LINES_MAX)?;
    let found = text_file(parts, ctx, &request.file_id).await?;
    let (near, byte) = near_line(&time_marks(&found), first);
    let reader = LineReader::new(class::encoding(&found.encoding), first, count);
    let reader = reader.starting_at(near, byte);
    let range = byte..unsigned(found.size_bytes);
    let bytes = parts.blobs.get(&found.blob_key, Some(range)).await?;
    let reader = reading::feed(bytes, reader, LineReader::push).await?;
    let (lines, end_of_file) = reader.finish();
    Ok(pb::ReadLinesResponse {
        lines: lines.into_iter().map(line).collect(),
        end_of_file,
    })
}

async fn text_file(parts: &Parts, ctx: &Ctx, file_id: &str) -> Result<Model, EvidenceError> {
    let found = files::get(parts, ctx, file_id).await?;
    if !found.is_text() {
        let advice = "has no lines to read; only text can be searched and read";
        return Err(EvidenceError::invalid("file_id", advice));
    }
    Ok(found)
}

fn search_query(request: &pb::SearchFileRequest) -> Result<SearchQuery, EvidenceError> {
    let max_hits = within("max_results", request.max_results, HITS_MAX, HITS_MAX)?;
    if request.pattern.trim().is_empty() {
        text::checked_text("pattern", &request.pattern, PATTERN_MAX)?;
    }
    if request.pattern.chars().count() > PATTERN_MAX {
        return Err(EvidenceError::invalid(
            "pattern",
            format!("must have at most {PATTERN_MAX} characters"),
        ));
    }
    let query = match (request.regex, request.case_insensitive) {
        (true, true) => SearchQuery::regex(&format!("(?i){}", request.pattern)),
        (true, false) => SearchQuery::regex(&request.pattern),
        (false, true) => SearchQuery::ignoring_case(&request.pattern),
        (false, false) => SearchQuery::literal(&request.pattern),
    };
    let query = query
        .map_err(|error| EvidenceError::invalid("pattern", faultmaven_kit::fault::chain(&error)))?;
    Ok(query.with_max_hits(usize::try_from(max_hits).unwrap_or(usize::MAX)))
}

fn within(field: &str, requested: i32, default: i32, max: i32) -> Result<u64, EvidenceError> {
    let value = if requested == 0 { default } else { requested };
    u64::try_from(value)
        .ok()
        .filter(|_| (1..=max).contains(&value))
        .ok_or_else(|| EvidenceError::invalid(field, format!("must be between 1 and {max}")))
}

fn line(picked: PickedLine) -> pb::Line {
    pb::Line {
        number: signed(picked.number),
        byte_start: signed(picked.byte_start),
        text: picked.text,
        cut: picked.is_cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_a_default_and_a_limit() {
        assert_eq!(within("line_count", 0, 100, 500).unwrap(), 100);
        assert_eq!(within("line_count", 500, 100, 500).unwrap(), 500);
        assert!(within("line_count", 501, 100, 500).is_err());
        assert!(within("line_count", -1, 100, 500).is_err());
    }

    #[test]
    fn a_broken_regular_expression_is_explained() {
        let request = pb::SearchFileRequest {
            pattern: "(".to_owned(),
            regex: true,
            ..Default::default()
        };
        let error = search_query(&request).unwrap_err().to_string();
        assert!(
            error.contains("pattern") && error.contains("unclosed"),
            "{error}"
        );
    }
}

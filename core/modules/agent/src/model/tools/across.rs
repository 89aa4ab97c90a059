//! Tools that look across files, along time, or at other cases.

use chrono::{DateTime, Utc};
use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::llm::v1::ToolCall;
use serde::Deserialize;

use super::{Found, Toolbox, arguments, hit};
use crate::analyst::terms;
use crate::convert::moment;
use crate::error::TurnError;
use crate::lookup::{self, has_lines};
use crate::model::sections::finding_line;
use crate::reply::compare::{Differences, differences};

const NAME_MAX: usize = 200;
const ENTITIES_MAX: usize = 10;
const EVENTS_MAX: usize = 80;
const KINDS_MAX: usize = 10;
const CASES_MAX: i32 = 5;
const STATEMENT_MAX: usize = 300;
/// Larger files are not read for a name; what the analysis counted is told all the same.
const SEARCHED_BYTES_MAX: i64 = 32 << 20;

#[derive(Deserialize)]
struct FindEntity {
    name: String,
}

#[derive(Deserialize)]
struct Timeline {
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    #[serde(default)]
    to: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct CompareFiles {
    earlier: String,
    later: String,
}

#[derive(Deserialize)]
struct SimilarCases {
    words: String,
}

impl Toolbox<'_> {
    pub(super) async fn find_across(&self, call: &ToolCall) -> Result<Option<Found>, TurnError> {
        match call.name.as_str() {
            "find_entity" => match arguments(call) {
                Some(wanted) => self.find_entity(wanted).await,
                None => Ok(None),
            },
            "timeline" => Ok(arguments(call).map(|wanted| self.timeline(&wanted))),
            "compare_files" => match arguments(call) {
                Some(wanted) => self.compare_files(&wanted).await,
                None => Ok(None),
            },
            "similar_cases" => match arguments(call) {
                Some(wanted) => self.similar_cases(&wanted).await.map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    async fn find_entity(&self, wanted: FindEntity) -> Result<Option<Found>, TurnError> {
        let name: String = wanted.name.trim().chars().take(NAME_MAX).collect();
        if name.is_empty() {
            return Ok(None);
        }
        let assessment = &self.situation.assessment;
        let lower = name.to_lowercase();
        let known = assessment.entities.iter();
        let known = known.filter(|entity| entity.value.to_lowercase().contains(&lower));
        let mut lines: Vec<String> = known.take(ENTITIES_MAX).map(entity).collect();
        let files = assessment.files.iter();
        let small = files.filter(|file| has_lines(file) && file.size_bytes <= SEARCHED_BYTES_MAX);
        let small: Vec<evidence_pb::UploadedFile> = small.cloned().collect();
        let pattern = terms::literal(&name);
        let found = lookup::search(self.callees, &self.ctx, &pattern, &small).await?;
        let searched = found.searched.iter();
        lines.extend(searched.map(|(file, count)| format!("{count} lines in {file}")));
        if found.left_out > 0 {
            lines.push(format!("{} older files were not searched", found.left_out));
        }
        let hits = found.hits.iter();
        lines.extend(hits.map(|cited| format!("{} {}", cited.filename, hit(cited))));
        Ok(Some(Found {
            provenance: "lines with a name, in all files".to_owned(),
            text: lines.join("\n"),
        }))
    }

    fn timeline(&self, wanted: &Timeline) -> Found {
        let mut events = self.events();
        events.retain(|(time, _)| {
            wanted.from.is_none_or(|from| from <= *time) && wanted.to.is_none_or(|to| *time <= to)
        });
        events.sort();
        let left = events.len().saturating_sub(EVENTS_MAX);
        let shown = events.iter().take(EVENTS_MAX);
        let mut lines: Vec<String> = shown
            .map(|(time, text)| format!("{} {text}", time.format("%FT%T%.3fZ")))
            .collect();
        if left > 0 {
            lines.push(format!(
                "{left} later events are left out; name a time to begin at"
            ));
        }
        Found {
            provenance: "changes, facts and findings in order of time".to_owned(),
            text: lines.join("\n"),
        }
    }

    /// Returns everything of the case that has a time.
    fn events(&self) -> Vec<(DateTime<Utc>, String)> {
        let assessment = &self.situation.assessment;
        let findings = assessment.findings.iter().filter_map(|finding| {
            let time = moment(finding.first_seen.as_ref())?;
            Some((time, format!("first seen: {}", finding_line(finding))))
        });
        let changes = assessment.changes.iter().filter_map(|change| {
            let time = moment(change.change_time.as_ref())?;
            Some((time, format!("change: {}", change.description)))
        });
        let case = self.after.case.as_ref();
        let facts = case.map_or(&[][..], |case| case.facts.as_slice()).iter();
        let facts = facts.filter(|fact| !fact.superseded).filter_map(|fact| {
            let time = moment(fact.change_time.as_ref())?;
            Some((time, format!("stated: {}", fact.value)))
        });
        findings.chain(changes).chain(facts).collect()
    }

    async fn compare_files(&self, wanted: &CompareFiles) -> Result<Option<Found>, TurnError> {
        let pair = (self.file(&wanted.earlier), self.file(&wanted.later));
        let (Some(earlier), Some(later)) = pair else {
            return Ok(None);
        };
        let earlier = lookup::analysed(self.callees, &self.ctx, earlier).await?;
        let later = lookup::analysed(self.callees, &self.ctx, later).await?;
        let Differences { new, gone, more } = differences(&earlier, &later);
        let (before, after) = (&earlier.file.filename, &later.file.filename);
        let mut lines = Vec::new();
        let new = new.into_iter().take(KINDS_MAX);
        lines.extend(new.map(|it| format!("only in {after}: {}", kind_of_line(it))));
        let gone = gone.into_iter().take(KINDS_MAX);
        lines.extend(gone.map(|it| format!("only in {before}: {}", kind_of_line(it))));
        let more = more.into_iter().take(KINDS_MAX);
        lines.extend(more.map(|(it, count)| {
            let kind = kind_of_line(it);
            format!("more often in {after}, {count} times in {before}: {kind}")
        }));
        if lines.is_empty() {
            lines.push("both hold the same kinds of lines, about equally often".to_owned());
        }
        Ok(Some(Found {
            provenance: format!("what differs between {before} and {after}"),
            text: lines.join("\n"),
        }))
    }

    async fn similar_cases(&self, wanted: &SimilarCases) -> Result<Found, TurnError> {
        let found = self
            .callees
            .ended_cases(&self.ctx, &wanted.words, CASES_MAX)
            .await?;
        let own = self.after.case.as_ref().map(|case| case.case_id.as_str());
        let others = found
            .iter()
            .filter(|case| Some(case.case_id.as_str()) != own);
        Ok(Found {
            provenance: "other cases of the user".to_owned(),
            text: others.map(ended_case).collect::<Vec<_>>().join("\n"),
        })
    }
}

fn entity(entity: &evidence_pb::Entity) -> String {
    format!(
        "{} {}: {} times, {} of them in lines with errors",
        entity.kind, entity.value, entity.count, entity.error_count
    )
}

fn kind_of_line(template: &evidence_pb::Template) -> String {
    let example = template.example.as_ref();
    let quote = example.map_or(template.text.as_str(), |cited| cited.quote.as_str());
    let line = example.map_or(0, |cited| cited.line_start);
    format!("{} times, first line {line}: {quote}", template.count)
}

fn ended_case(case: &case_pb::Case) -> String {
    let statement = case.statement.as_ref();
    let statement = statement.map_or(case.description.as_str(), |it| it.text.as_str());
    let statement: String = statement.chars().take(STATEMENT_MAX).collect();
    let status = case.status().as_str_name();
    let status = status.trim_start_matches("CASE_STATUS_").to_lowercase();
    format!("{} ({status}): {statement}", case.title)
}

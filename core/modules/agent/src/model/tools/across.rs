//! Tools that look across files, along time, or at other cases.

use std::collections::BTreeSet;

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::llm::v1::ToolCall;
use serde::Deserialize;

use super::{Found, Toolbox, arguments, hit};
use crate::analyst::situation::statement_of;
use crate::analyst::statement::clipped;
use crate::analyst::terms;
use crate::convert::{assurance, plain_name, status};
use crate::error::TurnError;
use crate::lookup::{self, has_lines};
use crate::reply::compare::{Differences, differences};

const NAME_MAX: usize = 200;
const ENTITIES_MAX: usize = 10;
const KINDS_MAX: usize = 10;
const CASES_MAX: i32 = 5;
const WORDS_MAX: usize = 1_000;
const STATEMENT_MAX: usize = 300;
/// Larger files are not read for a name; what the analysis counted is told all the same.
const SEARCHED_BYTES_MAX: i64 = 32 << 20;

#[derive(Deserialize)]
struct FindEntity {
    name: String,
}

#[derive(Deserialize)]
struct CompareFiles {
    earlier: String,
    later: String,
}

#[derive(Deserialize)]
struct SimilarCases {
    #[serde(default)]
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
        let files = assessment.files.iter().filter(|file| has_lines(file));
        let (small, large): (Vec<_>, Vec<_>) = files
            .cloned()
            .partition(|file| file.size_bytes <= SEARCHED_BYTES_MAX);
        let pattern = terms::literal(&name);
        let found = lookup::search(self.callees, &self.ctx, &pattern, &small).await?;
        let searched = found.searched.iter();
        lines.extend(searched.map(|(file, count)| format!("{count} lines in {file}")));
        if found.left_out > 0 {
            lines.push(format!("{} older files were not searched", found.left_out));
        }
        let large = large.iter().map(|file| &file.filename);
        lines.extend(large.map(|file| format!("{file} was not searched, for it is too large")));
        let hits = found.hits.iter();
        lines.extend(hits.map(|cited| format!("{} {}", cited.filename, hit(cited))));
        Ok(Some(Found {
            provenance: "lines with a name, in all files".to_owned(),
            text: lines.join("\n"),
        }))
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
        let own = self.after.case.as_ref().map(|case| case.case_id.clone());
        let text = match wanted.words.trim() {
            "" => statement_of(self.after),
            words => words,
        };
        let request = case_pb::FindSimilarCasesRequest {
            case_id: own.unwrap_or_default(),
            signatures: self.signatures(),
            text: text.chars().take(WORDS_MAX).collect(),
            max_results: CASES_MAX,
        };
        let found = self.callees.similar_cases(&self.ctx, request).await?;
        Ok(Found {
            provenance: "cases that are over, most in common first".to_owned(),
            text: found.iter().map(ended_case).collect::<Vec<_>>().join("\n"),
        })
    }

    /// Returns what the data of the case are known by.
    fn signatures(&self) -> Vec<String> {
        let findings = self.situation.assessment.findings.iter();
        let findings = findings.map(|finding| &finding.signature);
        let evidence = self.after.evidence.iter().filter(|it| !it.withdrawn);
        let signatures = findings.chain(evidence.map(|it| &it.signature));
        let signatures: BTreeSet<&String> = signatures.collect();
        signatures.into_iter().cloned().collect()
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

fn ended_case(found: &case_pb::SimilarCase) -> String {
    let case = found.case.clone().unwrap_or_default();
    let statement = case.statement.as_ref();
    let statement = statement.map_or(case.description.as_str(), |it| it.text.as_str());
    let ending = match case.closure_reason() {
        case_pb::ClosureReason::Unspecified => status(case.status()).to_owned(),
        reason => format!(
            "{} as {}",
            status(case.status()),
            plain_name(reason.as_str_name(), "CLOSURE_REASON_")
        ),
    };
    format!(
        "{} ({ending}, grade of the cause {}, {} signatures in common): {}",
        case.title,
        assurance(found.assurance()),
        found.shared_signatures,
        clipped(statement, STATEMENT_MAX)
    )
}

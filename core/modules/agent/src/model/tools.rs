//! What a model may look up: it reads only, and nothing but this case and the caller's documents.

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1::{EvidenceDigest, Investigation};
use faultmaven_proto::evidence::v1 as evidence_pb;
use faultmaven_proto::evidence::v1::{FileCitation, UploadedFile};
use faultmaven_proto::knowledge::v1::SearchResult;
use faultmaven_proto::llm::v1::{Tool, ToolCall};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fence::Fence;
use super::sections::{evidence_line, finding_line, passage};
use crate::analyst::situation::Situation;
use crate::callees::{Callees, from_evidence};
use crate::convert::moment;
use crate::error::TurnError;
use crate::lookup;

mod across;
mod definitions;
mod timeline;

pub(crate) use definitions::definitions;

const LINES_MAX: i32 = 200;
const PASSAGES_MAX: i32 = 5;
/// With less room than that nothing can be told.
const ROOM_MIN: usize = 400;
const CUT: &str = "\n(cut)";
const USED_UP: &str = "Nothing more can be looked up in this turn; answer with what you have.";

/// The tools of one turn, and how much they may still say.
pub(crate) struct Toolbox<'a> {
    pub(crate) callees: &'a Callees,
    pub(crate) ctx: Ctx,
    pub(crate) situation: &'a Situation,
    pub(crate) after: &'a Investigation,
    pub(crate) fence: Fence,
    pub(crate) bytes_left: usize,
    /// Passages that were found.
    pub(crate) passages: Vec<SearchResult>,
}

#[derive(Deserialize)]
struct SearchFile {
    file: String,
    pattern: String,
    #[serde(default)]
    regex: bool,
    #[serde(default)]
    ignore_case: bool,
}

#[derive(Deserialize)]
struct ReadLines {
    file: String,
    first_line: i64,
    #[serde(default)]
    count: i32,
}

#[derive(Deserialize)]
struct ListFindings {
    #[serde(default)]
    file: String,
}

#[derive(Deserialize)]
struct SearchKnowledge {
    query: String,
}

/// What a tool found, and where.
struct Found {
    provenance: String,
    text: String,
}

impl Toolbox<'_> {
    /// Returns the tools; none once they may say nothing more.
    pub(crate) fn offered(&self) -> Vec<Tool> {
        if self.bytes_left < ROOM_MIN {
            return Vec::new();
        }
        definitions()
    }

    /// Returns what a call finds, as the model reads it; all of it counts.
    pub(crate) async fn run(&mut self, call: &ToolCall) -> String {
        let said = self.said(call).await;
        self.bytes_left = self.bytes_left.saturating_sub(said.len());
        said
    }

    async fn said(&mut self, call: &ToolCall) -> String {
        if self.bytes_left < ROOM_MIN {
            return USED_UP.to_owned();
        }
        if !call.problem.is_empty() {
            return format!("This call cannot be carried out: {}.", call.problem);
        }
        match self.find(call).await {
            Ok(Some(found)) => self.told(&found),
            Ok(None) => {
                "There is no such file in this case, or the arguments are wrong.".to_owned()
            }
            Err(error) => {
                tracing::info!(tool = call.name, %error, "a model's call of {} failed", call.name);
                "This could not be looked up.".to_owned()
            }
        }
    }

    /// Returns as much of what was found as may still be said.
    fn told(&self, found: &Found) -> String {
        let frame = self.fence.block(&found.provenance, "").len();
        let text = match found.text.as_str() {
            "" => "nothing found",
            text => text,
        };
        let free = self.bytes_left.saturating_sub(frame);
        let text = within(&self.fence.neutral(text), free);
        self.fence.block(&found.provenance, &text)
    }

    async fn find(&mut self, call: &ToolCall) -> Result<Option<Found>, TurnError> {
        match call.name.as_str() {
            "search_file" => match arguments(call) {
                Some(wanted) => self.search_file(wanted).await,
                None => Ok(None),
            },
            "read_lines" => match arguments(call) {
                Some(wanted) => self.read_lines(wanted).await,
                None => Ok(None),
            },
            "search_knowledge" => match arguments(call) {
                Some(wanted) => self.search_knowledge(wanted).await.map(Some),
                None => Ok(None),
            },
            "list_findings" => Ok(arguments(call).map(|wanted| self.list_findings(&wanted))),
            "list_evidence" => Ok(Some(self.list_evidence())),
            _ => self.find_across(call).await,
        }
    }

    async fn search_file(&self, wanted: SearchFile) -> Result<Option<Found>, TurnError> {
        let Some(file) = self.file(&wanted.file) else {
            return Ok(None);
        };
        let request = evidence_pb::SearchFileRequest {
            file_id: file.file_id.clone(),
            pattern: wanted.pattern,
            regex: wanted.regex,
            case_insensitive: wanted.ignore_case,
            ..Default::default()
        };
        let request = self.ctx.request(request);
        let answer = from_evidence(self.callees.files().search_file(request).await)?;
        let mut lines = vec![format!("{} matching lines in all", answer.match_count)];
        lines.extend(answer.hits.iter().map(hit));
        Ok(Some(Found {
            provenance: format!("search in {} ({})", file.filename, file.file_id),
            text: lines.join("\n"),
        }))
    }

    async fn read_lines(&self, wanted: ReadLines) -> Result<Option<Found>, TurnError> {
        let Some(file) = self.file(&wanted.file) else {
            return Ok(None);
        };
        let count = match wanted.count {
            0 => LINES_MAX,
            count => count.clamp(1, LINES_MAX),
        };
        let (id, first) = (&file.file_id, wanted.first_line.max(1));
        let lines = lookup::read_lines(self.callees, &self.ctx, id, first, count).await?;
        let lines = lines
            .iter()
            .map(|line| format!("{}: {}", line.number, line.text));
        Ok(Some(Found {
            provenance: format!("lines of {} ({})", file.filename, file.file_id),
            text: lines.collect::<Vec<_>>().join("\n"),
        }))
    }

    async fn search_knowledge(&mut self, wanted: SearchKnowledge) -> Result<Found, TurnError> {
        let found = self
            .callees
            .passages(&self.ctx, &wanted.query, PASSAGES_MAX)
            .await?;
        let text: Vec<String> = found.iter().map(passage).collect();
        self.passages.extend(found);
        Ok(Found {
            provenance: "passages of the knowledge base".to_owned(),
            text: text.join("\n"),
        })
    }

    fn list_findings(&self, wanted: &ListFindings) -> Found {
        let file = self.file(&wanted.file).map(|file| file.file_id.as_str());
        let all = self.situation.assessment.findings.iter();
        let shown = all.filter(|finding| file.is_none_or(|id| id == finding.file_id));
        Found {
            provenance: "findings of the analysis".to_owned(),
            text: shown.map(finding_line).collect::<Vec<_>>().join("\n"),
        }
    }

    /// In the order in which it was observed; what has no time comes last.
    fn list_evidence(&self) -> Found {
        let active = self.after.evidence.iter().filter(|it| !it.withdrawn);
        let mut active: Vec<&EvidenceDigest> = active.collect();
        active.sort_by_key(|it| {
            let seen = moment(it.observed_from.as_ref());
            (seen.is_none(), seen)
        });
        let lines = active.into_iter().map(evidence_line);
        Found {
            provenance: "evidence of the case in order of time".to_owned(),
            text: lines.collect::<Vec<_>>().join("\n"),
        }
    }

    /// Returns the file of this case with that id or name.
    fn file(&self, wanted: &str) -> Option<&UploadedFile> {
        let files = &self.situation.assessment.files;
        let by_id = files.iter().find(|file| file.file_id == wanted);
        by_id.or_else(|| files.iter().rev().find(|file| file.filename == wanted))
    }
}

fn hit(cited: &FileCitation) -> String {
    format!("{}: {}", cited.line_start, cited.quote)
}

fn arguments<T: DeserializeOwned>(call: &ToolCall) -> Option<T> {
    serde_json::from_str(&call.arguments).ok()
}

/// Returns a text, or the longest start of it that fits with a sign of the cut.
fn within(text: &str, max_bytes: usize) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max_bytes.saturating_sub(CUT.len()));
    format!("{}{CUT}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_say_is_cut_between_characters() {
        assert_eq!(within("aä", 3), "aä");
        assert_eq!(within("ääääää", 9), "ä\n(cut)");
    }
}

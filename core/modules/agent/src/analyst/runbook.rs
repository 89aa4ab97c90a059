//! The causes that a runbook names.

use faultmaven_proto::case::v1::HypothesisCategory;

use super::hypotheses::category;
use super::statement::{clipped, one_line};

const STATEMENT_MAX: usize = 300;
const MECHANISM_MAX: usize = 800;
/// How headings below the causes begin that name what is done about them.
const REMEDIES: [&str; 9] = [
    "diagnos",
    "fix",
    "mitigation",
    "prevention",
    "resolution",
    "rollback",
    "solution",
    "verification",
    "workaround",
];

/// What a runbook says may be the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) statement: String,
    pub(crate) category: HypothesisCategory,
    /// How it leads to the failure; empty when the runbook does not say.
    pub(crate) mechanism: String,
}

/// Returns the causes under the heading that announces them: those with a heading of their own, else
/// the entries of a list.
pub(crate) fn causes(runbook: &str) -> Vec<Cause> {
    let mut titled = Vec::new();
    let mut listed = Vec::new();
    for section in sections(runbook) {
        match section.heading {
            None => listed.extend(
                section
                    .lines
                    .iter()
                    .filter_map(|line| entry(line))
                    .map(cause),
            ),
            Some(heading) if is_remedy(heading) => {}
            Some(heading) => titled.push(section.described(cause(heading))),
        }
    }
    let mut causes = if titled.is_empty() { listed } else { titled };
    causes.retain(|cause| !cause.statement.is_empty());
    causes
}

/// Returns a text as it reads, without marks of Markdown.
pub(crate) fn readable(text: &str) -> String {
    one_line(&text.replace(['`', '\\', '*'], ""))
}

/// What stands below one heading among the causes.
struct Section<'a> {
    /// Absent for what comes before the first heading.
    heading: Option<&'a str>,
    lines: Vec<&'a str>,
}

impl Section<'_> {
    /// Fills in what the entries of the section say of its cause.
    fn described(&self, mut cause: Cause) -> Cause {
        for line in self.lines.iter().filter_map(|line| entry(line)) {
            let readable = readable(line);
            match readable.split_once(':') {
                Some(("Area", area)) => cause.category = category(area.trim()),
                Some(("Mechanism", text)) => {
                    cause.mechanism = clipped(text.trim(), MECHANISM_MAX);
                }
                _ => {}
            }
        }
        cause
    }
}

/// Returns the parts of the section about causes; what stands in code blocks is none of them.
fn sections(runbook: &str) -> Vec<Section<'_>> {
    let mut found: Vec<Section<'_>> = Vec::new();
    let (mut is_within, mut is_code) = (false, false);
    for line in runbook.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        match heading(line) {
            Some((1 | 2, text)) => {
                is_within = text.to_lowercase().contains("cause");
                if is_within {
                    found.push(section(None));
                }
            }
            Some((3, text)) if is_within => found.push(section(Some(text))),
            _ if is_within => found
                .last_mut()
                .into_iter()
                .for_each(|it| it.lines.push(line)),
            _ => {}
        }
    }
    found
}

fn section(heading: Option<&str>) -> Section<'_> {
    Section {
        heading,
        lines: Vec::new(),
    }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    (level > 0 && text.starts_with(' ')).then(|| (level, text.trim()))
}

fn entry(line: &str) -> Option<&str> {
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

fn is_remedy(heading: &str) -> bool {
    let heading = heading.to_lowercase();
    REMEDIES.iter().any(|remedy| heading.starts_with(remedy))
}

fn cause(statement: &str) -> Cause {
    Cause {
        statement: clipped(&readable(statement), STATEMENT_MAX),
        category: HypothesisCategory::Other,
        mechanism: String::new(),
    }
}

#[cfg(test)]
#[path = "runbook_tests.rs"]
mod tests;

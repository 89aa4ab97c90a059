//! Takes the lines of a log that tell of trouble with somebody or something else, and settings.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::{Analysis, DataClass, StackGroup, Template};
use crate::citation::Citation;
use crate::clues::{COMPLAINTS_MAX, Complaint, Setting};
use crate::finding::Severity;
use crate::findings::{shorten, template_severity};
use crate::message::line_message;
use crate::structured::objects::add_setting;

const TEXT_MAX: usize = 600;
/// Lines that may follow the last errors of a log, and the errors that are kept.
const TAIL_LINES: u64 = 50;
const LAST_WORDS_MAX: usize = 3;

/// Words of which one stands in every complaint.
static COMPLAINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)timed?[ -]?out|deadline|exceed|refused|unreachable|unavailable|no such host|not known|resol|ENOTFOUND|EAI_AGAIN|getaddrinfo|unknown ?host|ECONN|ETIMEDOUT|no route|connect|KeyError|environ|not set|missing|required|undefined|unset|placeholder|exhaust|too many|limit|pool|full\b|capacity|within|flag|cancell?ed|took|longer|forbidden|certificate|x509|password|authentic|access denied|credential|WRONGPASS|NOAUTH",
    )
    .ok()
});

/// Fills the clues that logs and plain files of configuration offer.
pub(super) fn fill(analysis: &mut Analysis) {
    let mut complaints = Vec::new();
    let graves = analysis
        .templates
        .iter()
        .filter(|template| template_severity(template) >= Some(Severity::Warn));
    complaints.extend(graves.flat_map(of_template));
    complaints.extend(analysis.stacks.iter().map(of_stack));
    complaints.retain(|it| {
        COMPLAINS
            .as_ref()
            .is_some_and(|words| words.is_match(&it.text))
    });
    analysis.clues.last_words = last_words(analysis);
    let room = COMPLAINTS_MAX.saturating_sub(analysis.clues.complaints.len());
    complaints.truncate(room);
    analysis.clues.complaints.extend(complaints);
    // Values of objects are read as such.
    if analysis.inventory.is_empty() && analysis.clues.is_without_objects() {
        for value in analysis.values.iter().filter(|value| !value.secret) {
            let setting = Setting {
                object: String::new(),
                namespace: String::new(),
                key: value.path.clone(),
                value: value.value.clone(),
                citation: value.citation.clone(),
            };
            add_setting(setting, &mut analysis.clues);
        }
    }
}

/// The errors near the end of a log, which may tell why its writer ended.
fn last_words(analysis: &Analysis) -> Vec<Complaint> {
    let class = analysis.classification.data_class;
    if !matches!(class, DataClass::Logs | DataClass::ErrorReport) {
        return Vec::new();
    }
    let graves = analysis
        .templates
        .iter()
        .filter(|it| template_severity(it) >= Some(Severity::Error));
    let lines = graves.map(|it| Complaint {
        count: 1,
        first_seen: it.last_seen,
        ..complaint(it, &it.last)
    });
    let lone = analysis.stacks.iter().filter(|it| it.count == 1);
    let mut words: Vec<Complaint> = lines.chain(lone.map(of_stack)).collect();
    let tail = analysis.coverage.lines_total.saturating_sub(TAIL_LINES);
    words.retain(|it| it.citation.line_end > tail);
    words.sort_by_key(|it| std::cmp::Reverse((it.citation.line_start, it.citation.line_end)));
    words.truncate(LAST_WORDS_MAX);
    words.reverse();
    words
}

/// The first and the last line, which may name different peers.
fn of_template(template: &Template) -> Vec<Complaint> {
    let first = complaint(template, &template.example);
    let last = complaint(template, &template.last);
    let differs = last.text != first.text;
    std::iter::once(first)
        .chain(differs.then_some(last))
        .collect()
}

fn complaint(template: &Template, citation: &Citation) -> Complaint {
    Complaint {
        text: shorten(&line_message(&citation.quote), TEXT_MAX),
        event_line: template.example.line_start,
        component: template.component.clone(),
        count: template.count,
        first_seen: template
            .onset
            .as_ref()
            .map(|onset| onset.time)
            .or(template.first_seen),
        last_seen: template.last_seen,
        citation: citation.clone(),
    }
}

fn of_stack(stack: &StackGroup) -> Complaint {
    let root = stack.root_cause.as_deref().unwrap_or_default();
    Complaint {
        text: shorten(
            &format!(
                "{}: {} {root} {}",
                stack.exception, stack.message, stack.citation.quote
            ),
            TEXT_MAX,
        ),
        event_line: stack.event_line,
        component: stack.component.clone(),
        count: stack.count,
        first_seen: stack.first_seen,
        last_seen: stack.last_seen,
        citation: stack.citation.clone(),
    }
}

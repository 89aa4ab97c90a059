//! Takes the lines of a log that tell of trouble with somebody or something else, and settings.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::{Analysis, StackGroup, Template};
use crate::clues::{COMPLAINTS_MAX, Complaint, Setting};
use crate::finding::Severity;
use crate::findings::{shorten, template_severity};
use crate::message::line_message;
use crate::structured::objects::add_setting;

const TEXT_MAX: usize = 600;

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

/// The first and the last line, which may name different peers.
fn of_template(template: &Template) -> Vec<Complaint> {
    let line = |citation: &crate::citation::Citation| Complaint {
        text: shorten(&line_message(&citation.quote), TEXT_MAX),
        component: template.component.clone(),
        count: template.count,
        first_seen: template
            .onset
            .as_ref()
            .map(|onset| onset.time)
            .or(template.first_seen),
        last_seen: template.last_seen,
        citation: citation.clone(),
    };
    let first = line(&template.example);
    let last = line(&template.last);
    let differs = last.text != first.text;
    std::iter::once(first)
        .chain(differs.then_some(last))
        .collect()
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
        component: stack.component.clone(),
        count: stack.count,
        first_seen: stack.first_seen,
        last_seen: stack.last_seen,
        citation: stack.citation.clone(),
    }
}

//! The kinds of lines of a log, which a model is told of instead of its lines.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use faultmaven_proto::evidence::v1::Template;

use crate::analyst::statement::clipped;
use crate::convert::moment;
use crate::lookup::Analysed;
use crate::reply::compare::is_grave;
use crate::reply::text::{place, span};

const KINDS_MAX: usize = 20;
const TEXT_MAX: usize = 200;
const QUOTE_MAX: usize = 300;

/// Returns the kinds of lines that tell most, the first of every log before the second of any.
pub(crate) fn kinds(logs: &[Analysed]) -> Vec<String> {
    let mut ranked: Vec<(usize, String)> = Vec::new();
    let logs = logs.iter();
    for log in logs.filter(|it| !it.analysis.templates.is_empty()) {
        let told = telling(&log.analysis.templates).into_iter().map(kind);
        ranked.extend([levels(log)].into_iter().chain(told).enumerate());
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, line)| line).collect()
}

/// Grave ones first, then frequent ones.
fn telling(templates: &[Template]) -> Vec<&Template> {
    let mut telling: Vec<&Template> = templates.iter().collect();
    telling.sort_by_key(|it| Reverse((is_grave(it), it.count)));
    telling.truncate(KINDS_MAX);
    telling
}

/// How many lines a log has of each level, as its kinds count them.
fn levels(log: &Analysed) -> String {
    let templates = &log.analysis.templates;
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for template in templates {
        let level = match template.level.as_str() {
            "" => "without level",
            level => level,
        };
        *counts.entry(level).or_default() += template.count;
    }
    let mut counts: Vec<(&str, i64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(level, count)| format!("{count} {level}"))
        .collect();
    format!(
        "{} {}: the {} commonest kinds of lines are {}",
        log.file.file_id,
        log.file.filename,
        templates.len(),
        counts.join(", ")
    )
}

fn kind(template: &Template) -> String {
    let first = moment(template.first_seen.as_ref());
    let times = match first.zip(moment(template.last_seen.as_ref())) {
        Some((first, last)) => format!(" | {}", span(first, last)),
        None => String::new(),
    };
    let example = template.example.as_ref().map(|cited| {
        let quote = clipped(&cited.quote, QUOTE_MAX);
        format!(" | {} | {quote}", place(cited))
    });
    format!(
        "{} times {}{times} | {}{}",
        template.count,
        template.level,
        clipped(&template.text, TEXT_MAX),
        example.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::evidence::v1::{Analysis, FileCitation, UploadedFile};

    use super::*;

    fn template(text: &str, level: &str, count: i64) -> Template {
        Template {
            text: text.to_owned(),
            level: level.to_owned(),
            count,
            example: Some(FileCitation {
                filename: "app.log".to_owned(),
                line_start: count,
                quote: text.replace("<num>", "7"),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn log(name: &str, templates: Vec<Template>) -> Analysed {
        Analysed {
            file: UploadedFile {
                file_id: format!("file_{name}"),
                filename: name.to_owned(),
                ..Default::default()
            },
            analysis: Analysis {
                templates,
                ..Default::default()
            },
        }
    }

    #[test]
    fn grave_kinds_come_first_and_every_log_has_its_turn() {
        let app = log(
            "app.log",
            vec![
                template("request <num> done", "info", 900),
                template("pool <num> exhausted", "error", 3),
                template("request <num> slow", "warn", 40),
            ],
        );
        let gc = log("gc.log", vec![template("pause <num>", "", 5)]);
        let told = kinds(&[app, gc]);
        assert_eq!(
            told[0],
            "file_app.log app.log: the 3 commonest kinds of lines are 900 info, 40 warn, 3 error"
        );
        assert!(told[1].starts_with("file_gc.log gc.log: the 1 commonest"));
        assert_eq!(
            told[2],
            "40 times warn | request <num> slow | `app.log:40` | request 7 slow"
        );
        assert!(told[3].contains("pause 7"), "{told:?}");
        assert!(told[4].starts_with("3 times error") && told[5].starts_with("900 times info"));
    }

    #[test]
    fn of_many_kinds_some_are_told() {
        let many = (1..200).map(|count| template("pause", "", count)).collect();
        assert_eq!(kinds(&[log("gc.log", many)]).len(), KINDS_MAX + 1);
        assert!(kinds(&[log("empty.log", Vec::new())]).is_empty());
    }
}

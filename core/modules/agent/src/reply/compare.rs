//! Two logs beside each other: what is new, what is gone, what has become more frequent.

use chrono::TimeDelta;
use faultmaven_proto::evidence::v1::Template;

use super::cite::Cited;
use super::compose::{Composed, Told};
use super::data;
use super::text::{counted, inert};
use crate::analyst::words::content_stems;
use crate::convert::moment;
use crate::lookup::Analysed;

const SHOWN: usize = 4;
/// How many times as often a line has to come to be worth telling.
const FACTOR: f64 = 3.0;
const COUNT_MIN: i64 = 3;

/// What tells two logs apart.
pub(crate) struct Differences<'a> {
    /// Kinds of lines that only the later one has.
    pub(crate) new: Vec<&'a Template>,
    /// Kinds of lines that only the earlier one has.
    pub(crate) gone: Vec<&'a Template>,
    /// Kinds of lines that come far more often than before, with their former count.
    pub(crate) more: Vec<(&'a Template, i64)>,
}

/// Returns what tells two logs apart.
pub(crate) fn differences<'a>(earlier: &'a Analysed, later: &'a Analysed) -> Differences<'a> {
    let (before, after) = (&earlier.analysis.templates, &later.analysis.templates);
    Differences {
        new: missing_in(after, before),
        gone: missing_in(before, after),
        more: more_frequent(earlier, later),
    }
}

/// Compares the two logs that were looked up.
pub(crate) fn compare(answer: &mut Composed, told: &Told<'_>) {
    let compared = told.situation.lookup.as_ref();
    let Some(pair) = compared.and_then(|lookup| lookup.compared.as_deref()) else {
        answer.say(
            "There is only one log to look at. Upload the other one, from a time when all was well, and I will tell what differs.",
        );
        return;
    };
    let (earlier, later) = pair;
    let files = [&earlier.file, &later.file];
    answer.say(data::coverage(&files).unwrap_or_default());
    let Differences { new, gone, more } = differences(earlier, later);
    if new.is_empty() && gone.is_empty() && more.is_empty() {
        answer.say("Both logs hold the same kinds of lines, about equally often.");
        return;
    }
    let (older, newer) = (
        inert(&earlier.file.filename, 120),
        inert(&later.file.filename, 120),
    );
    show(
        answer,
        &format!("Only in {newer}:"),
        new.into_iter().map(|it| (it, String::new())),
    );
    show(
        answer,
        &format!("Only in {older}:"),
        gone.into_iter().map(|it| (it, String::new())),
    );
    let more = more.into_iter().map(|(it, before)| {
        let before = counted(before, "time", "times");
        (it, format!(", {before} in {older}"))
    });
    show(answer, &format!("More often in {newer}:"), more);
}

fn show<'a>(
    answer: &mut Composed,
    heading: &str,
    rows: impl Iterator<Item = (&'a Template, String)>,
) {
    let mut cited = Cited::default();
    for (template, note) in rows.take(SHOWN) {
        if let Some(example) = &template.example {
            let times = counted(template.count, "time", "times");
            cited.noted(&template.text, example, &format!("{times}{note}"));
        }
    }
    answer.cite(heading, cited);
}

/// Kinds of lines that the other log does not have, grave ones first, then frequent ones.
fn missing_in<'a>(templates: &'a [Template], other: &[Template]) -> Vec<&'a Template> {
    let known: Vec<_> = other.iter().map(|it| content_stems(&it.text)).collect();
    let mut missing: Vec<&Template> = templates
        .iter()
        .filter(|it| {
            let stems = content_stems(&it.text);
            !known.contains(&stems)
        })
        .collect();
    missing.sort_by_key(|it| std::cmp::Reverse((is_grave(it), it.count)));
    missing
}

/// Kinds of lines that come at a higher rate than before, with their former count.
fn more_frequent<'a>(earlier: &Analysed, later: &'a Analysed) -> Vec<(&'a Template, i64)> {
    let (before, after) = (hours(earlier), hours(later));
    let rate = |count: i64, hours: f64| count as f64 / hours;
    let mut more: Vec<(&Template, i64, f64)> = later
        .analysis
        .templates
        .iter()
        .filter(|it| it.count >= COUNT_MIN)
        .filter_map(|it| {
            let stems = content_stems(&it.text);
            let mut templates = earlier.analysis.templates.iter();
            let known = templates.find(|known| content_stems(&known.text) == stems)?;
            let factor = rate(it.count, after) / rate(known.count.max(1), before);
            (factor >= FACTOR).then_some((it, known.count, factor))
        })
        .collect();
    more.sort_by(|one, other| other.2.total_cmp(&one.2));
    more.into_iter().map(|(it, count, _)| (it, count)).collect()
}

/// Returns whether lines of this kind tell of trouble, as their level says.
pub(crate) fn is_grave(template: &Template) -> bool {
    matches!(
        template.level.to_lowercase().as_str(),
        "warn" | "warning" | "error" | "fatal" | "critical"
    )
}

/// How long a log lasts, at least a minute.
fn hours(analysed: &Analysed) -> f64 {
    let coverage = analysed.file.coverage.as_ref();
    let lasts = coverage
        .and_then(|it| Some(moment(it.last_time.as_ref())? - moment(it.first_time.as_ref())?));
    let lasts = lasts.unwrap_or_default().max(TimeDelta::minutes(1));
    lasts.num_seconds() as f64 / 3_600.0
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
            example: Some(FileCitation::default()),
            ..Default::default()
        }
    }

    fn analysed(templates: Vec<Template>) -> Analysed {
        Analysed {
            file: UploadedFile::default(),
            analysis: Analysis {
                templates,
                ..Default::default()
            },
        }
    }

    #[test]
    fn new_gone_and_more_frequent_lines_are_told_apart() {
        let earlier = analysed(vec![
            template("cache hit", "info", 10),
            template("job done", "info", 5),
        ]);
        let later = analysed(vec![
            template("cache hit", "info", 60),
            template("queue grows", "info", 90),
            template("pool exhausted", "error", 2),
        ]);
        let texts = |found: Vec<&Template>| -> Vec<String> {
            found.into_iter().map(|it| it.text.clone()).collect()
        };
        let (before, after) = (&earlier.analysis.templates, &later.analysis.templates);
        assert_eq!(
            texts(missing_in(after, before)),
            ["pool exhausted", "queue grows"]
        );
        assert_eq!(texts(missing_in(before, after)), ["job done"]);
        let more = more_frequent(&earlier, &later);
        assert_eq!((more[0].0.text.as_str(), more[0].1), ("cache hit", 10));
    }
}

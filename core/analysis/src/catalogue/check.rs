//! The rules that every entry of a catalogue keeps.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use super::required::required_literals;
use super::{CatalogueEntry, Indicator, Indicators};

const CAUSE_STATEMENT_MAX: usize = 300;

/// A rule that an entry breaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What stands in the file where the rule is broken.
    pub(super) at: String,
    /// What is wrong and what to do about it.
    pub(super) problem: String,
}

/// Returns every rule that an entry breaks.
pub(super) fn faults(entry: &CatalogueEntry) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !is_id(&entry.id) {
        let problem = format!(
            "id {:?} is not of the form technology.name in lower case, such as redis.out_of_memory",
            entry.id
        );
        faults.push(fault(&entry.id, problem));
    }
    let patterns: Vec<Regex> = entry
        .patterns
        .iter()
        .filter_map(|pattern| searchable(pattern).map_err(|it| faults.push(it)).ok())
        .collect();
    if patterns.len() == entry.patterns.len() {
        samples(entry, &patterns, &mut faults);
    }
    if entry.patterns.is_empty() && entry.indicators.direct.is_empty() {
        let problem = "patterns is empty; give one regular expression or more".to_owned();
        faults.push(fault(&entry.id, problem));
    }
    faults.extend(entry.subject.as_deref().and_then(subject));
    recoveries(entry, &mut faults);
    causes(entry, &mut faults);
    let of_causes = entry.causes.iter().map(|cause| &cause.indicators);
    for indicators in std::iter::once(&entry.indicators).chain(of_causes) {
        all(indicators).for_each(|indicator| check(indicator, &mut faults));
    }
    faults
}

fn fault(at: &str, problem: String) -> Fault {
    Fault {
        at: at.to_owned(),
        problem,
    }
}

fn is_id(id: &str) -> bool {
    let mut parts = id.split('.');
    let is_word = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|it| it.is_ascii_lowercase())
            && letters.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "_-".contains(it))
    };
    id.contains('.') && parts.all(is_word)
}

/// Lines are searched for fixed text first, so that a pattern without any is never tried.
fn searchable(pattern: &str) -> Result<Regex, Fault> {
    let regex = compiled(pattern)?;
    if required_literals(pattern).is_none() {
        let problem = format!(
            "pattern {pattern:?} holds no fixed text of four letters that every match contains; \
            add a word that always stands there"
        );
        return Err(fault(pattern, problem));
    }
    Ok(regex)
}

fn compiled(pattern: &str) -> Result<Regex, Fault> {
    let built = RegexBuilder::new(pattern).case_insensitive(true).build();
    built.map_err(|error| {
        // The last line says what is wrong, those before it draw where.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or(&text);
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        let problem = format!("pattern {pattern:?} is no regular expression: {reason}");
        fault(pattern, problem)
    })
}

fn subject(pattern: &str) -> Option<Fault> {
    match compiled(pattern) {
        Ok(regex) if regex.captures_len() == 2 => None,
        Ok(_) => {
            let problem = format!("subject {pattern:?} needs exactly one group, around the name");
            Some(fault(pattern, problem))
        }
        Err(broken) => Some(broken),
    }
}

/// What tells that something is over is no line that tells of it.
fn recoveries(entry: &CatalogueEntry, faults: &mut Vec<Fault>) {
    for pattern in &entry.recovery {
        let problem = match searchable(pattern) {
            Ok(regex) => entry.positive.iter().find(|line| regex.is_match(line)),
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        faults.extend(problem.map(|line| {
            let problem = format!(
                "positive sample {line:?} matches {pattern:?}, which tells that {} is over; narrow it",
                entry.id
            );
            fault(pattern, problem)
        }));
    }
}

fn samples(entry: &CatalogueEntry, patterns: &[Regex], faults: &mut Vec<Fault>) {
    let matches = |line: &str| patterns.iter().find(|pattern| pattern.is_match(line));
    for line in entry.positive.iter().filter(|line| matches(line).is_none()) {
        let problem = format!(
            "positive sample {line:?} matches no pattern of {}; widen one or correct the sample",
            entry.id
        );
        faults.push(fault(line, problem));
    }
    for line in &entry.negative {
        if let Some(pattern) = matches(line) {
            let problem = format!(
                "negative sample {line:?} matches pattern {:?} of {}; narrow it or correct the sample",
                pattern.as_str(),
                entry.id
            );
            faults.push(fault(line, problem));
        }
    }
    for (name, lines) in [("positive", &entry.positive), ("negative", &entry.negative)] {
        if lines.is_empty() && !patterns.is_empty() {
            let what = if name == "positive" {
                "must match"
            } else {
                "looks alike and must not match"
            };
            let problem = format!("{} has no {name} sample; give a line that {what}", entry.id);
            faults.push(fault(&entry.id, problem));
        }
    }
}

fn causes(entry: &CatalogueEntry, faults: &mut Vec<Fault>) {
    let checks = entry.checks.len() + entry.causes.iter().map(|it| it.checks.len()).sum::<usize>();
    if checks == 0 {
        let problem = format!(
            "{} has no check; give a command that confirms it or tells its causes apart",
            entry.id
        );
        faults.push(fault(&entry.id, problem));
    }
    let mut ids = BTreeSet::new();
    for cause in &entry.causes {
        if !ids.insert(&cause.id) {
            let problem = format!("cause {} stands twice in {}; name one", cause.id, entry.id);
            faults.push(fault(&cause.id, problem));
        }
        let length = cause.statement.chars().count();
        if length > CAUSE_STATEMENT_MAX {
            let problem = format!(
                "the statement of cause {} has {length} characters; say it in {CAUSE_STATEMENT_MAX}",
                cause.id
            );
            faults.push(fault(&cause.id, problem));
        }
    }
}

fn all(indicators: &Indicators) -> impl Iterator<Item = &Indicator> {
    let lists = [
        &indicators.direct,
        &indicators.indirect,
        &indicators.counter_direct,
        &indicators.counter_indirect,
    ];
    lists.into_iter().flatten()
}

fn check(indicator: &Indicator, faults: &mut Vec<Fault>) {
    let expressions: Vec<&String> = match indicator {
        Indicator::Log(pattern) => vec![pattern],
        Indicator::Metric(test) => {
            if test.value.is_some() == test.metric.is_some() {
                let problem = format!(
                    "the test of metric {:?} needs either value or metric to compare with",
                    test.name
                );
                faults.push(fault(&test.name, problem));
            }
            std::iter::once(&test.name)
                .chain(test.labels.values())
                .collect()
        }
        Indicator::ConfigChange(test) => {
            let values = test.after.iter().chain(&test.lost);
            std::iter::once(&test.path).chain(values).collect()
        }
        Indicator::ConfigValue(test) => [&test.path].into_iter().chain(&test.text).collect(),
        Indicator::Command(test) => vec![&test.tool],
        Indicator::CommandFact(test) => {
            let given = test.object.iter().chain(&test.text);
            [&test.tool].into_iter().chain(given).collect()
        }
        Indicator::All(list) | Indicator::Any(list) => {
            list.iter().for_each(|inner| check(inner, faults));
            return;
        }
    };
    faults.extend(expressions.into_iter().filter_map(|it| compiled(it).err()));
}

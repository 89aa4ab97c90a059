//! Evaluates indicators against the analysis of one file.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use regex::{Regex, RegexBuilder};

use super::{
    CommandFactTest, CommandTest, Comparison, ConfigChangeTest, ConfigValueTest, Indicator,
    MetricTest, needs,
};
use crate::analysis::{Analysis, Change, ChangeDirection, CommandRun, Sample};
use crate::citation::Citation;
use crate::constants::CODE_SHOWN;
use crate::findings::{about, shorten};
use crate::fingerprint;

/// Where and how an indicator shows itself.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorHit {
    /// What was seen, in one sentence.
    pub statement: String,
    pub citation: Citation,
    /// Signature of the observation.
    pub signature: String,
    pub count: u64,
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    pub component: Option<String>,
}

impl Indicator {
    /// Returns the first place in the analysis where the indicator holds.
    pub fn matches(&self, analysis: &Analysis) -> Option<IndicatorHit> {
        match self {
            Self::Log(pattern) => log(pattern, analysis),
            Self::Metric(test) => metric(test, analysis),
            Self::ConfigChange(test) => config_change(test, analysis),
            Self::ConfigValue(test) => config_value(test, analysis),
            Self::Command(test) => command(test, analysis),
            Self::CommandFact(test) => command_fact(test, &analysis.commands),
            Self::All(list) => {
                let hits: Option<Vec<IndicatorHit>> = list
                    .iter()
                    .map(|indicator| indicator.matches(analysis))
                    .collect();
                joined(hits?)
            }
            Self::Any(list) => list
                .iter()
                .find_map(|indicator| indicator.matches(analysis)),
        }
    }
}

impl Indicator {
    /// Returns the first place in commands alone where the indicator holds.
    pub fn matches_commands(&self, commands: &[CommandRun]) -> Option<IndicatorHit> {
        match self {
            Self::CommandFact(test) => command_fact(test, commands),
            _ => None,
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Above => left > right,
            Self::AtLeast => left >= right,
            Self::Equal => (left - right).abs() <= f64::EPSILON * left.abs().max(1.0),
            Self::AtMost => left <= right,
            Self::Below => left < right,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtLeast => "at least",
            Self::Equal => "equal to",
            Self::AtMost => "at most",
            Self::Below => "below",
        }
    }
}

fn log(pattern: &str, analysis: &Analysis) -> Option<IndicatorHit> {
    let hit = analysis
        .pattern_hits
        .iter()
        .find(|hit| hit.pattern == pattern);
    if let Some(hit) = hit {
        return Some(IndicatorHit {
            statement: format!("\"{}\" in {} lines", shorten(&hit.template, 160), hit.count),
            citation: hit.first.clone(),
            signature: hit.signature.clone(),
            count: hit.count,
            first_seen: hit.first_seen,
            last_seen: hit.last_seen,
            component: hit.component.clone(),
        });
    }
    let examples = || {
        analysis
            .templates
            .iter()
            .map(|it| it.example.quote.as_str())
    };
    if !needs::may_match(pattern, examples()) {
        return None;
    }
    let regex = regex(pattern)?;
    let template = analysis
        .templates
        .iter()
        .find(|template| regex.is_match(&template.example.quote))?;
    Some(IndicatorHit {
        statement: format!(
            "\"{}\" in {} lines",
            shorten(&template.text, 160),
            template.count
        ),
        citation: template.example.clone(),
        signature: template.signature.clone(),
        count: template.count,
        first_seen: template.first_seen,
        last_seen: template.last_seen,
        component: template.component.clone(),
    })
}

fn metric(test: &MetricTest, analysis: &Analysis) -> Option<IndicatorHit> {
    if analysis.samples.is_empty() {
        return None;
    }
    let name = whole(&test.name)?;
    let labels: Option<Vec<(&String, Regex)>> = test
        .labels
        .iter()
        .map(|(key, value)| Some((key, whole(value)?)))
        .collect();
    let labels = labels?;
    let fits = |sample: &&Sample| {
        name.is_match(&sample.name)
            && labels.iter().all(|(key, value)| {
                sample
                    .labels
                    .get(*key)
                    .is_some_and(|label| value.is_match(label))
            })
    };
    let hits = analysis.samples.iter().filter(fits);
    let mut hits = hits.filter_map(|sample| Some((sample, compare(test, sample, analysis)?)));
    let (_, first) = hits.next()?;
    // A sample that a finding is about tells more than the first one above a limit.
    let told: BTreeSet<u64> = analysis
        .findings
        .iter()
        .filter_map(|it| Some(it.citations.first()?.byte_start))
        .collect();
    let is_first = told.contains(&first.citation.byte_start);
    let mut hits = hits.filter(|(sample, _)| told.contains(&sample.citation.byte_start));
    let telling = if is_first { None } else { hits.next() };
    let first_seen = first.first_seen;
    let hit = telling.map_or(first, |(_, hit)| hit);
    Some(IndicatorHit { first_seen, ..hit })
}

fn compare(test: &MetricTest, sample: &Sample, analysis: &Analysis) -> Option<IndicatorHit> {
    let (limit, against) = match (&test.metric, test.value) {
        (Some(other), _) => {
            let partner = partner(other, sample, analysis)?;
            (
                partner.value * test.times.unwrap_or(1.0),
                format!("{other} ({})", partner.value),
            )
        }
        (None, value) => (value?, format!("{}", value?)),
    };
    if !test.is.holds(sample.value, limit) {
        return None;
    }
    let keys = sample.labels.keys().map(String::as_str);
    Some(IndicatorHit {
        statement: format!(
            "{} is {}, {} {against}",
            sample.name,
            sample.value,
            test.is.words()
        ),
        citation: sample.citation.clone(),
        signature: fingerprint::metric(&sample.name, keys, test.is.words()),
        count: 1,
        first_seen: sample.observed_at,
        last_seen: sample.observed_at,
        component: about(sample).map(ToOwned::to_owned),
    })
}

/// The other metric with the same labels and the same time.
fn partner<'a>(name: &str, sample: &Sample, analysis: &'a Analysis) -> Option<&'a Sample> {
    let name = whole(name)?;
    analysis.samples.iter().find(|other| {
        name.is_match(&other.name)
            && other.labels == sample.labels
            && other.observed_at == sample.observed_at
    })
}

fn config_change(test: &ConfigChangeTest, analysis: &Analysis) -> Option<IndicatorHit> {
    if analysis.changes.is_empty() {
        return None;
    }
    let path = regex(&test.path)?;
    let (after, lost) = (optional(&test.after)?, optional(&test.lost)?);
    let holds = |pattern: &Regex, value: &Option<String>| {
        value
            .as_deref()
            .is_some_and(|value| pattern.is_match(value))
    };
    let fits = |change: &&Change| {
        let named = path.is_match(&change.path);
        let directed = test
            .direction
            .is_none_or(|direction| change.direction == direction);
        let valued = after.as_ref().is_none_or(|it| holds(it, &change.after));
        let lost = lost
            .as_ref()
            .is_none_or(|it| holds(it, &change.before) && !is_kept(it, analysis));
        named && directed && valued && lost
    };
    analysis.changes.iter().find(fits).map(change_hit)
}

/// Returns whether what one change takes away stands in a new value, or may stand behind its end.
fn is_kept(pattern: &Regex, analysis: &Analysis) -> bool {
    let mut after = analysis.changes.iter().filter_map(|it| it.after.as_deref());
    after.any(|value| pattern.is_match(value) || value.chars().count() >= CODE_SHOWN)
}

fn change_hit(change: &Change) -> IndicatorHit {
    let values = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("changed from {before} to {after}"),
        (None, Some(after)) if change.direction == ChangeDirection::Replaced => {
            format!("set to {after}")
        }
        (None, Some(after)) => format!("added as {after}"),
        (Some(before), None) => format!("removed (was {before})"),
        (None, None) => "changed".to_owned(),
    };
    let is_schema = change.before.is_none() && change.after.is_none() && !change.path.is_empty();
    let direction = match change.direction {
        ChangeDirection::Increased => ", an increase",
        ChangeDirection::Decreased => ", a decrease",
        _ => "",
    };
    IndicatorHit {
        statement: match is_schema {
            true => format!("{} in {}", change.done(), change.file),
            false => format!("{} in {} {values}{direction}", change.path, change.file),
        },
        citation: change.citation.clone(),
        signature: change.signature.clone(),
        count: 1,
        first_seen: change.changed_at,
        last_seen: change.changed_at,
        component: change.component.clone(),
    }
}

fn config_value(test: &ConfigValueTest, analysis: &Analysis) -> Option<IndicatorHit> {
    if analysis.values.is_empty() {
        return None;
    }
    let path = regex(&test.path)?;
    let text = optional(&test.text)?;
    let value = analysis.values.iter().find(|value| {
        path.is_match(&value.path)
            && text
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(&value.value))
            && number_fits(test.is, test.value, value.value.parse().ok())
    })?;
    Some(IndicatorHit {
        statement: format!("{} is {}", value.path, value.value),
        citation: value.citation.clone(),
        signature: fingerprint::config("value", &value.path),
        count: 1,
        first_seen: None,
        last_seen: None,
        component: None,
    })
}

fn command(test: &CommandTest, analysis: &Analysis) -> Option<IndicatorHit> {
    if analysis.commands.is_empty() {
        return None;
    }
    let tool = whole(&test.tool)?;
    let run = analysis
        .commands
        .iter()
        .find(|run| tool.is_match(&run.tool) && test.outcome.contains(&run.outcome))?;
    let line = run.command.as_deref().unwrap_or(&run.tool);
    let result = run.facts.first().map_or_else(String::new, |fact| {
        format!(": {} {}", fact.object, fact.value)
    });
    Some(IndicatorHit {
        statement: format!(
            "`{}` ended as {:?}{result}",
            shorten(line, 120),
            run.outcome
        ),
        citation: run.citation.clone(),
        signature: fingerprint::command(&run.tool, "outcome", &format!("{:?}", run.outcome)),
        count: 1,
        first_seen: run.observed_at,
        last_seen: run.observed_at,
        component: None,
    })
}

fn command_fact(test: &CommandFactTest, commands: &[CommandRun]) -> Option<IndicatorHit> {
    if commands.is_empty() {
        return None;
    }
    let tool = whole(&test.tool)?;
    let (object, text) = (optional(&test.object)?, optional(&test.text)?);
    commands
        .iter()
        .filter(|run| tool.is_match(&run.tool))
        .find_map(|run| {
            let fact = run.facts.iter().find(|fact| {
                fact.key == test.key
                    && object.as_ref().is_none_or(|it| it.is_match(&fact.object))
                    && text.as_ref().is_none_or(|it| it.is_match(&fact.value))
                    && number_fits(test.is, test.value, fact.number)
            })?;
            Some(IndicatorHit {
                statement: format!(
                    "{}: {} of {} is {}",
                    run.tool, fact.key, fact.object, fact.value
                ),
                citation: fact.citation.clone(),
                signature: fingerprint::command(&run.tool, &fact.key, "value"),
                count: 1,
                first_seen: run.observed_at,
                last_seen: run.observed_at,
                component: None,
            })
        })
}

fn number_fits(is: Option<Comparison>, limit: Option<f64>, number: Option<f64>) -> bool {
    match (is, limit) {
        (Some(is), Some(limit)) => number.is_some_and(|number| is.holds(number, limit)),
        _ => true,
    }
}

fn joined(hits: Vec<IndicatorHit>) -> Option<IndicatorHit> {
    let statement = hits
        .iter()
        .map(|hit| hit.statement.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    let mut first = hits.into_iter().next()?;
    first.statement = shorten(&statement, 300);
    Some(first)
}

fn whole(pattern: &str) -> Option<Regex> {
    regex(&format!("^(?:{pattern})$"))
}

/// Returns the expression if one is given; none when it is no expression.
fn optional(pattern: &Option<String>) -> Option<Option<Regex>> {
    pattern
        .as_deref()
        .map_or(Some(None), |it| regex(it).map(Some))
}

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .build()
        .ok()
}

//! Takes what readers of other than lines have collected.

use chrono::{DateTime, Utc};

use crate::analysis::{
    Analysis, Change, CommandFact, CommandOutcome, CommandRun, DataClass, TimezoneSource,
};
use crate::analyzer::Structured;
use crate::findings::Evidence;
use crate::structured::bounds;
use crate::structured::config::ConfigReader;
use crate::structured::document::Told;
use crate::structured::together;

/// Fills an analysis with what was collected.
pub(super) fn fill_structured(
    analysis: &mut Analysis,
    structured: Structured,
    evidence: &mut Evidence,
) {
    let dropped = match structured {
        Structured::None => 0,
        Structured::Metrics(reader) => {
            (analysis.samples, analysis.commands) = (reader.samples, reader.commands);
            reader.dropped
        }
        Structured::Document(reader) => u64::from(fill_document(analysis, evidence, reader.told())),
        Structured::Objects(config, reader) => {
            let dropped = fill_config(analysis, evidence, *config);
            dropped + u64::from(fill_document(analysis, evidence, reader.told()))
        }
        Structured::Table(reader) => u64::from(fill_document(analysis, evidence, reader.told())),
        Structured::Config(reader) => fill_config(analysis, evidence, reader),
        Structured::Diff(reader) => {
            analysis.changes = reader.changes;
            reader.dropped
        }
        Structured::Sql(reader) => {
            analysis.changes = reader.changes;
            reader.dropped
        }
        Structured::Command(reader) => {
            analysis.commands = reader.runs;
            reader.dropped
        }
    };
    if dropped > 0 {
        analysis.coverage.limits_hit.push("values".to_owned());
    }
    analysis.commands.extend(together::runs(&analysis.samples));
    let file = analysis.file_name.as_deref().unwrap_or("the metrics");
    let bounds = bounds::changes(&analysis.samples).into_iter();
    let bounds = bounds.map(|change| in_file(change, file));
    analysis.changes.extend(bounds);
    cover(analysis, evidence);
}

/// Takes over the times that samples, commands, events and records tell.
fn cover(analysis: &mut Analysis, evidence: &Evidence) {
    let is_export = analysis.classification.data_class == DataClass::Config;
    let hits = analysis.pattern_hits.iter().filter(|_| is_export);
    let events = hits.flat_map(|hit| [hit.first_seen, hit.last_seen]);
    let times = analysis
        .samples
        .iter()
        .filter_map(|sample| sample.observed_at)
        .chain(analysis.commands.iter().filter_map(|run| run.observed_at))
        .chain(events.flatten())
        .chain(evidence.alerts.iter().filter_map(|alert| alert.since))
        .chain(evidence.spans.times())
        .chain(evidence.requests.iter().filter_map(|it| it.started));
    let (first, last) = (times.clone().min(), times.max());
    let coverage = &mut analysis.coverage;
    coverage.first_time = coverage.first_time.or(first);
    coverage.last_time = coverage.last_time.or(last);
    if first.is_some() && coverage.timezone.source == TimezoneSource::AssumedUtc {
        coverage.timezone.source = TimezoneSource::Explicit;
    }
}

/// Takes what a document holds; returns whether there is more than what was kept.
fn fill_document(analysis: &mut Analysis, evidence: &mut Evidence, told: Told) -> bool {
    for (name, reached) in [
        ("document_values", told.unread > 0),
        ("document_open", told.unfinished),
    ] {
        if reached {
            analysis.coverage.limits_hit.push(name.to_owned());
        }
    }
    analysis.samples = told.samples;
    analysis.commands.extend(exported(told.facts));
    analysis.inventory = told.inventory;
    analysis.clues = told.clues;
    let file = analysis.file_name.as_deref().unwrap_or("the export");
    let changes = told.changes.into_iter();
    let changes = changes.map(|change| in_file(change, file));
    analysis.changes.extend(changes);
    evidence.alerts = told.alerts;
    evidence.spans = told.spans;
    evidence.requests = told.requests;
    analysis.entities.extend(evidence.spans.entities());
    told.more
}

fn in_file(change: Change, file: &str) -> Change {
    Change {
        file: file.to_owned(),
        ..change
    }
}

/// Takes the values of a configuration; returns how many more there are.
fn fill_config(analysis: &mut Analysis, evidence: &mut Evidence, reader: ConfigReader) -> u64 {
    analysis.values = reader.values;
    evidence.duplicate_keys = reader.duplicates;
    if let Some(syntax) = reader.syntax.filter(|_| analysis.coverage.lines_cut == 0) {
        evidence.broken = syntax.finish();
        if syntax.too_large {
            analysis.coverage.limits_hit.push("syntax".to_owned());
        }
    }
    reader.dropped
}

/// Exported objects count as the output of the program that exports them, one run of each time.
fn exported(facts: Vec<(Option<DateTime<Utc>>, CommandFact)>) -> Vec<CommandRun> {
    let mut runs: Vec<CommandRun> = Vec::new();
    for (time, fact) in facts {
        match runs.iter_mut().find(|run| run.observed_at == time) {
            Some(run) => run.facts.push(fact),
            None => runs.push(CommandRun {
                command: None,
                tool: "kubectl".to_owned(),
                observed_at: time,
                until: None,
                outcome: CommandOutcome::Unknown,
                citation: fact.citation.clone(),
                facts: vec![fact],
            }),
        }
    }
    runs
}

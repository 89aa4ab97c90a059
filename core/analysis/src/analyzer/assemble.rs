//! Turns the collected state into the analysis.

mod complaints;
mod structured;

use super::{Engine, years};
use crate::analysis::{
    Analysis, Change, Coverage, DataClass, Inventory, LineEnding, Onset, OnsetKind, Template,
    Timezone, TimezoneSource,
};
use crate::catalogue::Catalogue;
use crate::clues::Clues;
use crate::constants::{ENGINE_VERSION, SCHEMA_VERSION};
use crate::findings::{self, Evidence};
use crate::fingerprint;
use crate::incident;
use crate::line::LineSplitter;
use crate::logs::collections::{Collections, owner};
use crate::logs::{Gaps, LogReader, SchemaChanges};
use crate::onset;
use crate::options::Options;
use crate::report;
use crate::rhythm;
use crate::template::{Form, Group, MASK, fold, group_forms};
use crate::time::to_utc;
use structured::fill_structured;

/// Closes the engine and builds the result.
pub(super) fn assemble(mut engine: Engine, options: &Options, bytes: u64) -> Analysis {
    engine.close();
    let coverage = coverage(&engine, bytes);
    let mut analysis = Analysis {
        schema_version: SCHEMA_VERSION,
        engine_version: ENGINE_VERSION.to_owned(),
        file_name: options.file_name.clone(),
        classification: engine.classification,
        encoding: engine.encoding,
        line_ending: line_ending(&engine.splitter),
        log_format: engine.logs.as_ref().and_then(|logs| logs.profile.format),
        coverage,
        templates: Vec::new(),
        histogram: None,
        onset: None,
        stacks: Vec::new(),
        entities: Vec::new(),
        samples: Vec::new(),
        values: Vec::new(),
        changes: Vec::new(),
        commands: Vec::new(),
        inventory: Inventory::default(),
        clues: Clues::default(),
        pattern_hits: engine.patterns.finish(),
        findings: Vec::new(),
        index: String::new(),
        summary: String::new(),
        line_templates: Vec::new(),
    };
    let mut evidence = Evidence::default();
    if let Some(logs) = engine.logs {
        fill_logs(&mut analysis, logs, &mut evidence, options);
    }
    fill_structured(&mut analysis, engine.structured, &mut evidence);
    complaints::fill(&mut analysis);
    analysis.coverage.limits_hit.sort();
    analysis.coverage.limits_hit.dedup();
    analysis.findings = findings::find(&analysis, &evidence, options);
    analysis.onset = incident::onset(&analysis, &evidence);
    // What findings rest on may be more than what is told.
    analysis.samples.truncate(options.limits.values);
    analysis.index = report::index(&analysis);
    analysis.summary = report::summary(&analysis);
    analysis
}

fn coverage(engine: &Engine, bytes: u64) -> Coverage {
    let logs = engine.logs.as_ref();
    let splitter = &engine.splitter;
    let read = |count: u64| if engine.read { count } else { 0 };
    let lines_cut = read(splitter.cut_lines);
    // Documents and tables are read by their values, however long their lines.
    let is_by_value = logs.is_none() && engine.structured.takes_pieces();
    let bytes_cut = if logs.is_none() && !is_by_value {
        read(splitter.cut_bytes)
    } else {
        0
    };
    let mut limits_hit = Vec::new();
    if lines_cut > 0 && !is_by_value {
        limits_hit.push("line_length".to_owned());
    }
    if read(splitter.skipped) > 0 {
        limits_hit.push("zero_bytes".to_owned());
    }
    let left_out = logs.map_or(0, |logs| logs.left_out);
    let (first_time, last_time) = logs.and_then(LogReader::span).unzip();
    Coverage {
        bytes_total: bytes,
        bytes_read: read(bytes - splitter.skipped - bytes_cut),
        lines_total: read(splitter.lines),
        lines_read: read(splitter.lines.saturating_sub(left_out)),
        lines_cut,
        bytes_cut,
        first_time: first_time.and_then(to_utc),
        last_time: last_time.and_then(to_utc),
        timezone: logs.map_or_else(
            || Timezone {
                value: "UTC".to_owned(),
                source: TimezoneSource::AssumedUtc,
            },
            |logs| logs.clock.timezone(),
        ),
        out_of_order_lines: logs.map_or(0, |logs| logs.order.late()),
        clock_jumps: logs.map_or(0, |logs| logs.order.jumps),
        first_clock_jump: logs.and_then(|logs| logs.order.first_jump.clone()),
        invalid_bytes: engine.invalid_bytes,
        limits_hit,
        time_marks: logs.map_or_else(Vec::new, |logs| logs.marks.kept()),
    }
}

fn line_ending(splitter: &LineSplitter) -> LineEnding {
    match (splitter.lf, splitter.crlf) {
        (0, 0) => LineEnding::None,
        (_, 0) => LineEnding::Lf,
        (0, _) => LineEnding::Crlf,
        _ => LineEnding::Mixed,
    }
}

fn fill_logs(
    analysis: &mut Analysis,
    mut logs: LogReader,
    evidence: &mut Evidence,
    options: &Options,
) {
    let hit = &mut analysis.coverage.limits_hit;
    // A line that was read in pieces is told as such.
    let cut = analysis.coverage.lines_cut > 0;
    let nothing_left = logs.left_out > 0 && logs.first_time.is_none();
    for (name, reached) in [
        ("mined_forms", !logs.table.is_complete()),
        ("entities", logs.entities.full),
        ("message_length", logs.clipped > 0 && !cut),
        ("stacks", logs.stacks.dropped > 0),
        ("values", logs.schema.dropped > 0),
        ("day_unknown", logs.clock.day_unknown()),
        ("year_unknown", logs.clock.year_unknown()),
        ("time_window", logs.left_out > 0),
        ("time_window_empty", nothing_left),
    ] {
        if reached {
            hit.push(name.to_owned());
        }
    }
    let years = logs.clock.correction();
    let span = logs.first_time.zip(logs.last_time);
    let step = logs.table.grid.width;
    let groups = group_forms(&logs.table.forms);
    let mut folded: Vec<(Form, usize)> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| (fold(&mut logs.table.forms, group), at))
        .collect();
    folded.sort_by_key(|(form, _)| (std::cmp::Reverse(form.count), form.first.line));
    if let Some(lines) = &logs.line_forms {
        analysis.line_templates = line_templates(lines, &groups, &folded, &logs.table.forms);
    } else if folded.len() > options.limits.templates {
        folded = keep_telling(folded, options.limits.templates);
        hit.push("templates".to_owned());
    }
    analysis.templates = folded
        .iter()
        .enumerate()
        .map(|(position, (form, _))| template(position, form, (span, &logs.gaps), step))
        .collect();
    evidence.gaps = logs.gaps;
    evidence.contentions = std::mem::take(&mut logs.stacks.dumps).finish();
    evidence.guessed = logs.sign_ins.finish();
    evidence.step = step;
    evidence.series = folded.into_iter().map(|(form, _)| form.series).collect();
    evidence.span = span;
    evidence.error_lines = logs.levels.total.errors();
    analysis.histogram = logs.levels.histogram();
    analysis.stacks = logs.stacks.finish();
    analysis.entities = logs.entities.finish();
    analysis.changes = logged_changes(logs.schema, analysis);
    let file = analysis.file_name.as_deref().unwrap_or("the log");
    analysis.changes.extend(logs.starts.changes(file));
    analysis.commands.extend(logs.postgres.runs());
    analysis.changes.extend(logs.postgres.changes(file));
    fill_collections(analysis, &logs.collections);
    analysis.commands.extend(logs.durations.runs());
    mark_catalogue(analysis, options.signatures.catalogue());
    years::shift(analysis, evidence, years);
    rhythm::fill(analysis, evidence);
}

/// Statements that a log or a script tells to have run; in other texts, only those with a time.
fn logged_changes(schema: SchemaChanges, analysis: &Analysis) -> Vec<Change> {
    let is_log = analysis.classification.data_class == DataClass::Logs || schema.is_script();
    let mut changes = schema.finish(analysis.file_name.as_deref().unwrap_or("the log"));
    changes.retain(|change| is_log || change.changed_at.is_some());
    changes
}

/// Takes over what garbage collections tell.
fn fill_collections(analysis: &mut Analysis, collections: &Collections) {
    let owner = owner(analysis.file_name.as_deref());
    let file = analysis.file_name.as_deref().unwrap_or("the log");
    analysis.changes.extend(collections.changes(&owner, file));
    analysis.commands.extend(collections.run(&owner));
}

/// Keeps frequent templates, and rare ones at error level.
fn keep_telling(mut folded: Vec<(Form, usize)>, limit: usize) -> Vec<(Form, usize)> {
    let mut order: Vec<usize> = (0..folded.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(folded[at].0.levels.errors().min(50)), at));
    let mut keep = vec![false; folded.len()];
    order.iter().take(limit / 2).for_each(|&at| keep[at] = true);
    let mut left = limit - limit / 2;
    for slot in &mut keep {
        if left == 0 {
            break;
        }
        if !*slot {
            *slot = true;
            left -= 1;
        }
    }
    let mut at = 0;
    folded.retain(|_| {
        at += 1;
        keep[at - 1]
    });
    folded
}

fn line_templates(
    lines: &[crate::logs::LineForm],
    groups: &[Group],
    folded: &[(Form, usize)],
    forms: &[Form],
) -> Vec<u32> {
    let mut of_group = vec![u32::MAX; groups.len()];
    for (position, (_, group)) in folded.iter().enumerate() {
        of_group[*group] = position as u32;
    }
    let mut of_form = vec![u32::MAX; forms.len()];
    for (at, group) in groups.iter().enumerate() {
        for &member in &group.members {
            of_form[member] = of_group[at];
        }
    }
    // Forms keep their first line when they are folded; a line whose form moved is found by it.
    let by_first: std::collections::HashMap<u64, u32> = forms
        .iter()
        .zip(&of_form)
        .map(|(form, template)| (form.first.line, *template))
        .collect();
    lines
        .iter()
        .map(|line| match forms.get(line.form as usize) {
            Some(form) if form.first.line == line.hash => of_form[line.form as usize],
            _ => by_first.get(&line.hash).copied().unwrap_or(u32::MAX),
        })
        .collect()
}

fn template(
    position: usize,
    form: &Form,
    logs: (Option<(i64, i64)>, &Gaps),
    step: i64,
) -> Template {
    // Lines that only warn set in with a log that was silent before, as at night.
    let (span, gaps) = logs;
    let only_warns = form.levels.warn > 0 && form.levels.errors() == 0;
    let onset = span
        .map(|span| if only_warns { gaps.at_work(span) } else { span })
        .and_then(|span| onset::onset(&form.series, span, step))
        .and_then(|found| {
            Some(Onset {
                time: to_utc(found.bucket.first)?,
                kind: found.kind,
                citation: found.bucket.line.citation(),
            })
        });
    let interval = form
        .first_time
        .zip(form.last_time)
        .filter(|_| form.count > 1);
    Template {
        id: format!("t{position}"),
        signature: fingerprint::template(&form.masked),
        text: form.masked.to_string(),
        count: form.count,
        first_seen: form.first_time.and_then(to_utc),
        last_seen: form.last_time.and_then(to_utc),
        levels: form.levels,
        component: form.component.as_deref().map(ToOwned::to_owned),
        parameters: parameters(form),
        example: form.first.citation(),
        last: form.last_sample().citation(),
        onset: onset.filter(|onset| onset.kind == OnsetKind::Observed || form.count > 2),
        mean_interval_s: interval
            .map(|(first, last)| ((last - first) as f64 / (form.count - 1) as f64).round() / 1e6),
        period: None,
        rate_changes: Vec::new(),
        series: None,
        catalogue: Vec::new(),
    }
}

fn parameters(form: &Form) -> Vec<crate::analysis::Parameter> {
    let names = form.masked.match_indices(MASK).map(|(at, _)| {
        let before = form.masked[..at].strip_suffix('=')?;
        let name = before
            .rsplit([' ', ',', ';', '(', '[', '{', '&', '"'])
            .next()
            .unwrap_or("");
        (!name.is_empty()).then(|| name.to_owned())
    });
    names
        .zip(&form.params)
        .map(|(name, stats)| stats.summary(name))
        .collect()
}

/// Ties pattern hits and templates together: which entries a template's lines match.
fn mark_catalogue(analysis: &mut Analysis, catalogue: &Catalogue) {
    let Analysis {
        templates,
        pattern_hits,
        ..
    } = analysis;
    for hit in pattern_hits.iter_mut() {
        let position = |test: &dyn Fn(&Template) -> bool| templates.iter().position(test);
        // Of a document, one line may hold all events.
        let found = position(&|t| t.example.byte_start == hit.first.byte_start)
            .or_else(|| position(&|t| fits(&t.text, &hit.template)))
            .or_else(|| position(&|t| t.example.line_start == hit.first.line_start));
        let Some(template) = found.and_then(|at| templates.get_mut(at)) else {
            continue;
        };
        hit.template.clone_from(&template.text);
        hit.signature.clone_from(&template.signature);
        for entry in &catalogue.entries {
            if entry.patterns.contains(&hit.pattern) && !template.catalogue.contains(&entry.id) {
                template.catalogue.push(entry.id.clone());
            }
        }
    }
}

/// Returns whether a masked message belongs to a template.
fn fits(template: &str, masked: &str) -> bool {
    let mut words = masked.split(' ');
    let all = template.split(' ').all(|pattern| {
        words
            .next()
            .is_some_and(|word| pattern == MASK || pattern == word)
    });
    all && words.next().is_none()
}

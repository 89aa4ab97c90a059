//! All files beside each other in time.

use std::io::{self, Write};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::inputs::Inputs;
use super::super::views::{Timed, timeline};
use super::axis::Axis;
use super::text;

const LANES_MAX: usize = 40;
const ROWS_MAX: usize = 200;
const FORM: &str = "%Y-%m-%d %H:%M:%S";

/// Writes a lane per file with its findings, and the findings in order of time.
pub(super) fn write(out: &mut impl Write, inputs: &Inputs) -> io::Result<()> {
    let rows = timeline(inputs);
    let Some(axis) = axis(inputs, &rows) else {
        return Ok(());
    };
    writeln!(out, "<h2>Timeline</h2>")?;
    let timed = |&file: &usize| {
        times(inputs, file, &rows).is_some() || rows.iter().any(|row| row.file == file)
    };
    let lanes: Vec<usize> = (0..inputs.analyzed.len()).filter(timed).collect();
    for &file in lanes.iter().take(LANES_MAX) {
        write_lane(out, inputs, file, &axis, &rows)?;
    }
    writeln!(
        out,
        "<div class=\"lane\"><span class=\"meta\">UTC</span><div>{}</div></div>",
        axis.html()
    )?;
    if lanes.len() > LANES_MAX {
        let more = lanes.len() - LANES_MAX;
        writeln!(
            out,
            "<p class=\"meta\">and {more} more files with times</p>"
        )?;
    }
    write_rows(out, &rows)
}

/// Returns the times that a file covers, its clock set right as its findings are.
fn times(
    inputs: &Inputs,
    file: usize,
    rows: &[Timed<'_>],
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let coverage = &inputs.analyzed.get(file)?.analysis.coverage;
    let row = rows.iter().find(|row| row.file == file);
    let seconds = row.and_then(|row| row.clock_set_right_seconds);
    let later = TimeDelta::microseconds((seconds.unwrap_or(0.0) * 1e6).round() as i64);
    Some((coverage.first_time? + later, coverage.last_time? + later))
}

fn axis(inputs: &Inputs, rows: &[Timed<'_>]) -> Option<Axis> {
    let covered = (0..inputs.analyzed.len()).filter_map(|file| times(inputs, file, rows));
    let covered = covered.flat_map(|(first, last)| [first, last]);
    let all: Vec<DateTime<Utc>> = covered.chain(rows.iter().map(|row| row.time)).collect();
    Some(Axis::new(*all.iter().min()?, *all.iter().max()?))
}

fn write_lane(
    out: &mut impl Write,
    inputs: &Inputs,
    file: usize,
    axis: &Axis,
    rows: &[Timed<'_>],
) -> io::Result<()> {
    let name = text(&inputs.analyzed[file].name);
    write!(
        out,
        "<div class=\"lane\"><a href=\"#f{file}\" title=\"{name}\"><bdi>{name}</bdi></a><div>"
    )?;
    if let Some((first, last)) = times(inputs, file, rows) {
        let left = axis.percent(first);
        let width = axis.percent(last) - left;
        write!(
            out,
            "<i class=\"span\" style=\"left:{left:.2}%;width:{width:.2}%\"></i>"
        )?;
    }
    let mut of_file: Vec<&Timed<'_>> = rows.iter().filter(|row| row.file == file).collect();
    // What is worse is drawn over the rest.
    of_file.sort_by_key(|row| row.finding.severity);
    for row in of_file {
        write!(
            out,
            "<a class=\"dot {}\" style=\"left:{:.2}%\" href=\"#f{file}n{}\" title=\"{} {}\"></a>",
            row.finding.severity.as_str(),
            axis.percent(row.time),
            row.number,
            row.time.format(FORM),
            text(&row.finding.statement)
        )?;
    }
    writeln!(out, "</div></div>")
}

fn write_rows(out: &mut impl Write, rows: &[Timed<'_>]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary>Findings in order of time</summary><table>"
    )?;
    for row in rows.iter().take(ROWS_MAX) {
        let severity = row.finding.severity.as_str();
        let clock = row.clock_set_right_seconds;
        let clock = clock.map_or_else(String::new, |it| format!(" (clock {it:+.1} s)"));
        writeln!(
            out,
            "<tr><td class=\"time\">{}{clock}</td><td class=\"severity {severity}\">{severity}</td>\
             <td class=\"place\">{}</td><td><a href=\"#f{}n{}\">{}</a></td></tr>",
            row.time.format(FORM),
            text(row.path),
            row.file,
            row.number,
            text(&row.finding.statement)
        )?;
    }
    writeln!(out, "</table>")?;
    let more = rows.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        writeln!(out, "<p class=\"meta\">and {more} more</p>")?;
    }
    writeln!(out, "</details>")
}

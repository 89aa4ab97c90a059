//! What several files say together.

use std::io::{self, Write};

use faultmaven_analysis::{Analysis, Overview, Place, overview};
use faultmaven_kit::text::escape_control;

use super::args::Format;
use super::inputs::Inputs;

const ROWS_SHOWN: usize = 15;

/// Writes the overview, as JSON for programs.
pub(super) fn write(out: &mut impl Write, inputs: &Inputs, format: Format) -> io::Result<()> {
    let analyzed = inputs.analyzed.iter();
    let files: Vec<(&str, &Analysis)> = analyzed
        .map(|it| (it.name.as_str(), &it.analysis))
        .collect();
    let overview = overview(&files);
    if format == Format::Human {
        return write_human(out, &overview);
    }
    serde_json::to_writer_pretty(&mut *out, &overview)?;
    writeln!(out)
}

fn write_human(out: &mut impl Write, overview: &Overview) -> io::Result<()> {
    writeln!(out, "likely origins first:")?;
    for place in overview.ranked.iter().take(ROWS_SHOWN) {
        write_place(out, "", place)?;
    }
    told(
        out,
        "when the trouble set in",
        overview.onset.iter().map(|it| &it.statement),
    )?;
    if !overview.cascade.is_empty() {
        writeln!(out, "\nwhat failed after what:")?;
    }
    for step in overview.cascade.iter().take(ROWS_SHOWN) {
        let time = step.time.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let after = format!("{time} +{:.1}s ", step.seconds_after_first);
        write_place(out, &after, &step.place)?;
    }
    if !overview.clock_offsets.is_empty() {
        writeln!(out, "\nclocks that differ (the times above are set right):")?;
    }
    for offset in &overview.clock_offsets {
        writeln!(out, "  {}", escape_control(&offset.statement))?;
    }
    told(
        out,
        "whom errors name as their peer",
        overview.peers.iter().map(|it| &it.statement),
    )?;
    told(
        out,
        "metrics beside the first error",
        overview.metrics.iter().map(|it| &it.told),
    )?;
    if !overview.shared.is_empty() {
        writeln!(out, "\nnamed in several files:")?;
    }
    for shared in overview.shared.iter().take(ROWS_SHOWN) {
        writeln!(
            out,
            "  {} {}: {} lines, {} of errors, in {}",
            format!("{:?}", shared.kind).to_lowercase(),
            escape_control(&shared.value),
            shared.count,
            shared.error_count,
            escape_control(&shared.files.join(", "))
        )?;
    }
    Ok(())
}

fn told<'a>(
    out: &mut impl Write,
    title: &str,
    statements: impl Iterator<Item = &'a String>,
) -> io::Result<()> {
    for (at, statement) in statements.take(ROWS_SHOWN).enumerate() {
        if at == 0 {
            writeln!(out, "\n{title}:")?;
        }
        writeln!(out, "  {}", escape_control(statement))?;
    }
    Ok(())
}

fn write_place(out: &mut impl Write, before: &str, place: &Place) -> io::Result<()> {
    writeln!(
        out,
        "  {before}{:<8} {}: {}",
        place.severity.as_str(),
        escape_control(&place.file),
        escape_control(&place.statement)
    )
}

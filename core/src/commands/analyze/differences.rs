//! What differs between good and bad times, as a person reads it or as JSON.

use std::io::{self, Write};

use faultmaven_analysis::{Analysis, Difference, DifferenceKind, compare};
use faultmaven_kit::text::escape_control;
use serde::Serialize;

use super::args::Format;
use super::human::cited;
use super::inputs::Inputs;

const SHOWN: usize = 40;
const NAMES_SHOWN: usize = 3;
/// How the engine writes what varies between lines.
const VARIES: &str = "<*>";

/// A difference with the name of the file it is cited from.
#[derive(Serialize)]
struct Named<'a> {
    file_name: &'a str,
    #[serde(flatten)]
    difference: &'a Difference,
}

/// Writes what differs from the good times; returns whether anything does.
pub(super) fn write(
    out: &mut impl Write,
    good: &Inputs,
    bad: &Inputs,
    format: Format,
) -> io::Result<bool> {
    let differences = compare(&analyses(good), &analyses(bad));
    if format == Format::Json {
        let named = differences.iter().map(|difference| Named {
            file_name: file_of(difference, good, bad),
            difference,
        });
        serde_json::to_writer_pretty(&mut *out, &named.collect::<Vec<_>>())?;
        writeln!(out)?;
        return Ok(!differences.is_empty());
    }
    write_side(out, "good", good)?;
    write_side(out, "bad ", bad)?;
    writeln!(out)?;
    if differences.is_empty() {
        writeln!(out, "no difference that is more than chance")?;
    }
    for difference in differences.iter().take(SHOWN) {
        write_difference(out, difference, file_of(difference, good, bad))?;
    }
    let more = differences.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(out, "and {more} more; --format json shows all")?;
    }
    Ok(!differences.is_empty())
}

/// Says which files are one side, how many lines they have and which times they cover.
fn write_side(out: &mut impl Write, side: &str, inputs: &Inputs) -> io::Result<()> {
    let names = inputs.analyzed.iter().map(|it| escape_control(&it.name));
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    names.truncate(NAMES_SHOWN);
    let mut named = names.join(", ");
    if more > 0 {
        named.push_str(&format!(" and {more} more"));
    }
    let coverages = || inputs.analyzed.iter().map(|it| &it.analysis.coverage);
    let lines: u64 = coverages().map(|it| it.lines_read).sum();
    let first = coverages().filter_map(|it| it.first_time).min();
    let last = coverages().filter_map(|it| it.last_time).max();
    let times = first.zip(last).map_or_else(String::new, |(first, last)| {
        let form = "%Y-%m-%d %H:%M:%S";
        format!(", {} to {} UTC", first.format(form), last.format(form))
    });
    writeln!(out, "{side} = {named} ({lines} lines{times})")
}

fn write_difference(out: &mut impl Write, difference: &Difference, name: &str) -> io::Result<()> {
    let subject = difference.subject.replace(VARIES, "…");
    let (good, bad) = (
        escape_control(&difference.good),
        escape_control(&difference.bad),
    );
    writeln!(
        out,
        "{:<15} {}",
        kind_words(difference.kind),
        escape_control(&subject)
    )?;
    match difference.per_minute {
        Some((before, after)) => {
            let lines = |told: &str| told.trim_end_matches(" lines").to_owned();
            let counts = format!("{} → {} lines", lines(&good), lines(&bad));
            let ratio = difference.rate_ratio.map_or_else(String::new, |it| {
                format!(
                    ", × {:.1}, 95 % within {:.1} to {:.1}",
                    it.value, it.low, it.high
                )
            });
            writeln!(out, "    {} ({counts}{ratio})", rates(before, after))?;
        }
        None => writeln!(out, "    {good} → {bad}")?,
    }
    writeln!(out, "    {}", cited(name, &difference.citation))
}

/// Both rates in the unit in which they are no tiny fractions.
fn rates(before: f64, after: f64) -> String {
    let (scale, unit) = match before.max(after) {
        1.0.. => (1.0, "minute"),
        _ => (60.0, "hour"),
    };
    let told = |rate: f64| match rate * scale {
        rate if rate >= 10.0 || rate == 0.0 => format!("{rate:.0}"),
        rate => format!("{rate:.1}"),
    };
    format!("{} → {} per {unit}", told(before), told(after))
}

fn kind_words(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::TemplateNew => "new in bad",
        DifferenceKind::TemplateGone => "gone in bad",
        DifferenceKind::TemplateMore => "more often",
        DifferenceKind::TemplateLess => "less often",
        DifferenceKind::ConfigChanged => "setting changed",
        DifferenceKind::ConfigAdded => "setting added",
        DifferenceKind::ConfigRemoved => "setting removed",
        DifferenceKind::MetricShifted => "metric average",
        DifferenceKind::MetricNew => "metric new",
        DifferenceKind::MetricGone => "metric gone",
    }
}

fn file_of<'a>(difference: &Difference, good: &'a Inputs, bad: &'a Inputs) -> &'a str {
    let side = if difference.in_good { good } else { bad };
    let file = side.analyzed.get(difference.file);
    file.map_or("", |file| file.name.as_str())
}

fn analyses(inputs: &Inputs) -> Vec<(&str, &Analysis)> {
    let files = inputs.analyzed.iter();
    files.map(|it| (it.name.as_str(), &it.analysis)).collect()
}

#[cfg(test)]
mod tests {
    use super::rates;

    #[test]
    fn rates_are_told_in_a_unit_that_fits() {
        assert_eq!(rates(12.0, 340.2), "12 → 340 per minute");
        assert_eq!(rates(0.0, 2.54), "0 → 2.5 per minute");
        assert_eq!(rates(0.05, 0.5), "3.0 → 30 per hour");
    }
}

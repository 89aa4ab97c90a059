//! Prints the grouping accuracy on labelled log sets.
//!
//! Usage: `grouping_accuracy DIRECTORY [SET]`. With a set, the groups that differ from the truth are
//! listed.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

use accuracy::{Accuracy, LabelledSet, average, sets};
use faultmaven_analysis::Analysis;

#[path = "../tests/grouping/accuracy.rs"]
mod accuracy;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments
        .next()
        .ok_or("usage: grouping_accuracy DIRECTORY [SET]")?;
    let root = Path::new(&root);
    let only = arguments.next();
    let names = only
        .clone()
        .map_or_else(|| sets(root), |only| Ok(vec![only]))?;
    let mut out = std::io::stdout().lock();
    let mut all = Vec::new();
    for name in names {
        let set = LabelledSet::read(root, &name)?;
        let reached = set.accuracy();
        write_row(&mut out, &name, &reached)?;
        if only.is_some() {
            explain(&mut out, &set.of_content, &set.truth)?;
        }
        all.push(reached);
    }
    write_row(&mut out, "average", &average(&all))?;
    Ok(())
}

fn write_row(out: &mut impl Write, name: &str, reached: &Accuracy) -> std::io::Result<()> {
    let Accuracy { content, raw } = reached;
    writeln!(out, "{name:10} content {content:.4} raw {raw:.4}")
}

fn explain(out: &mut impl Write, analysis: &Analysis, truth: &[String]) -> std::io::Result<()> {
    let mut pairs: BTreeMap<&str, BTreeMap<u32, usize>> = BTreeMap::new();
    for (group, event) in analysis.line_templates.iter().zip(truth) {
        *pairs.entry(event).or_default().entry(*group).or_default() += 1;
    }
    let mut owners: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (event, groups) in &pairs {
        groups
            .keys()
            .for_each(|group| owners.entry(*group).or_default().push(event));
    }
    for (event, groups) in &pairs {
        if groups.len() > 1 || groups.keys().any(|group| owners[group].len() > 1) {
            writeln!(out, "== {event}")?;
            for (group, count) in groups.iter().take(6) {
                let text = analysis
                    .templates
                    .get(*group as usize)
                    .map_or("", |t| t.text.as_str());
                writeln!(
                    out,
                    "   {count:5} shared with {:?}: {text}",
                    owners[group].len()
                )?;
            }
        }
    }
    Ok(())
}

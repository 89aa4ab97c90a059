//! What the engine groups on labelled log sets may not become worse than what was promised.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use accuracy::{Accuracy, LabelledSet, average, sets};

#[path = "grouping/accuracy.rs"]
mod accuracy;

/// Beside the repository, where the sets are at hand.
const SETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/loghub");
const CONTENT_AVERAGE: f64 = 0.90;
const RAW_AVERAGE: f64 = 0.85;
const LEAST: f64 = 0.70;

#[test]
fn lines_are_grouped_as_accurately_as_promised() -> Result<(), Box<dyn Error>> {
    let root = Path::new(SETS);
    if !root.is_dir() {
        writeln!(std::io::stderr(), "skipped: {SETS} is not there")?;
        return Ok(());
    }
    let mut all = Vec::new();
    for name in sets(root)? {
        let reached = LabelledSet::read(root, &name)?.accuracy();
        let Accuracy { content, raw } = reached;
        assert!(
            content.min(raw) >= LEAST,
            "{name}: content {content:.3} raw {raw:.3}"
        );
        all.push(reached);
    }
    let Accuracy { content, raw } = average(&all);
    assert!(content >= CONTENT_AVERAGE, "content {content:.3}");
    assert!(raw >= RAW_AVERAGE, "raw {raw:.3}");
    Ok(())
}

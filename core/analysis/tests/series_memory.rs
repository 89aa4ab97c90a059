//! Tables of very many measurements are held within bounds.

use faultmaven_analysis::{Analyzer, Options};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
const SERIES: usize = 1_000;
const ROWS: usize = 200;

#[test]
fn points_of_many_series_are_thinned_while_they_pass_by() {
    let mut analyzer = Analyzer::new(Options::default());
    let before = MEMORY.current_usage();
    analyzer.push(b"timestamp,metric_name,value,service,note\n");
    let note = "words about the metric ".repeat(15);
    for row in 0..ROWS {
        for series in 0..SERIES {
            let time = 1_774_000_000 + row * 60;
            let value = (row * 7 + series) % 50;
            let line = format!("{time},metric_{series},{value},svc-{series},{note}\n");
            analyzer.push(line.as_bytes());
        }
    }
    let analysis = analyzer.finish();
    let peak = MEMORY.peak_usage() - before;
    assert!(peak < 100 * MIB, "{} MiB", peak / MIB);
    let names = analysis.samples.iter().map(|it| it.name.as_str());
    assert!(names.collect::<std::collections::BTreeSet<_>>().len() > 100);
}

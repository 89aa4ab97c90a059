//! Lines of forms that are known take no memory of their own.

use allocation_counter::measure;
use faultmaven_analysis::{Analyzer, Options};

const LINES: u64 = 20_000;
/// Seconds that they cover, however many they are: what is counted over time grows with it.
const SECONDS: u64 = 1_800;
/// Lines among which there may be one that allocates.
const LINES_PER_ALLOCATION: u64 = 100;

/// Returns the line of a number at a second.
type Form = fn(number: u64, second: u64) -> String;

fn hdfs(at: u64, second: u64) -> String {
    let (minute, second) = (second / 60, second % 60);
    let block = at % 500;
    format!(
        "081109 10{minute:02}{second:02} {} INFO dfs.DataNode$PacketResponder: Received block blk_{block} of size {at} from /10.251.7.{}\n",
        at % 90,
        at % 250
    )
}

fn syslog(at: u64, second: u64) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!(
        "Mar  4 10:{minute:02}:{second:02} web-1 sshd[{}]: Failed password for invalid user admin from 203.0.7.{} port {} ssh2\n",
        1000 + at % 90,
        at % 250,
        1024 + at % 700
    )
}

/// Returns how often memory is allocated for so many lines.
fn allocations(form: Form, lines: u64) -> u64 {
    let text: String = (0..lines)
        .map(|at| form(at, at * SECONDS / lines))
        .collect();
    let mut analyzer = Analyzer::new(Options::default());
    let info = measure(|| {
        text.as_bytes()
            .chunks(1 << 20)
            .for_each(|chunk| analyzer.push(chunk));
    });
    info.count_total
}

#[test]
fn lines_of_known_forms_allocate_nothing() {
    for (name, form) in [("hdfs", hdfs as Form), ("syslog", syslog)] {
        // The first analysis also reads the catalogue, and compiles the patterns that all share.
        allocations(form, LINES);
        let few = allocations(form, LINES);
        let many = allocations(form, 2 * LINES);
        println!("{name}: {few}, then {many}");
        assert!(
            many - few < LINES / LINES_PER_ALLOCATION,
            "{name}: {few} to {many}"
        );
    }
}

//! Hostile input takes no more memory when there is more of it.

use faultmaven_analysis::{Analysis, Analyzer, DataClass, Options};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
const SMALL: usize = 4 * MIB;
const LARGE: usize = 16 * MIB;

/// Returns the bytes of a hostile file from `at` on.
type Hostile = fn(at: usize) -> Vec<u8>;

fn zeros(_: usize) -> Vec<u8> {
    vec![0; 64 << 10]
}

fn one_line(_: usize) -> Vec<u8> {
    b"a word and ".repeat(6_000)
}

/// Lines of which no two have the same words.
fn templates(at: usize) -> Vec<u8> {
    let letters = |number: usize| {
        let letter = |place: u32| char::from(b'a' + (number / 26_usize.pow(place) % 26) as u8);
        (0..6).map(letter).collect::<String>()
    };
    let line = |number: usize| {
        let words = [7, 11, 13].map(|factor| letters(number * factor));
        format!("2025-03-04T14:05:07Z INFO {}\n", words.join(" "))
    };
    (0..1_000)
        .map(|n| line(at / 48 + n))
        .collect::<String>()
        .into_bytes()
}

fn peak(size: usize, hostile: Hostile) -> (usize, Analysis) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let mut analyzer = Analyzer::new(Options::default());
    let mut at = 0;
    while at < size {
        let bytes = hostile(at);
        at += bytes.len();
        analyzer.push(&bytes);
    }
    let analysis = analyzer.finish();
    (MEMORY.peak_usage() - before, analysis)
}

// One test, for others at the same time would count as well.
#[test]
fn memory_does_not_grow_with_hostile_input() {
    let hostile: [(&str, Hostile); 3] = [
        ("zeros", zeros),
        ("one line", one_line),
        ("templates", templates),
    ];
    for (name, hostile) in hostile {
        // The first analysis also compiles the patterns that all share.
        peak(64 << 10, hostile);
        let (small, _) = peak(SMALL, hostile);
        let (large, analysis) = peak(LARGE, hostile);
        println!("{name}: {} KiB, then {} KiB", small >> 10, large >> 10);
        assert!(
            large < small + small / 4 + MIB,
            "{name}: {small} to {large}"
        );
        let is_told = !analysis.coverage.notes().is_empty();
        let is_read = analysis.classification.data_class != DataClass::Binary;
        assert_eq!(is_told, is_read, "{name}");
        assert!(analysis.coverage.bytes_total >= LARGE as u64, "{name}");
    }
}

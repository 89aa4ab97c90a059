use std::fmt::Write;

use super::*;
use crate::{Analysis, Options, analyze};

/// Twenty quiet minutes, and twenty in which `pause` fills half of the time.
fn told_of(quiet: impl Fn(u32) -> String, bad: impl Fn(u32) -> String) -> Analysis {
    let mut log = String::new();
    for minute in 0..40 {
        for second in [0, 15, 30, 45] {
            let time = format!("2026-08-19T13:{minute:02}:{second:02}.000+0000");
            let said = if minute < 20 {
                quiet(second)
            } else {
                bad(second)
            };
            let _ = writeln!(log, "[{time}]{said}");
        }
    }
    let options = Options {
        file_name: Some("cart-gc.log".to_owned()),
        ..Options::default()
    };
    analyze(log.as_bytes(), options)
}

fn run(analysis: &Analysis) -> Option<&CommandFact> {
    let mut runs = analysis.commands.iter().filter(|it| it.tool == "gc");
    runs.next().and_then(|run| run.facts.first())
}

#[test]
fn collections_that_take_half_the_time_are_told_with_the_heap() {
    let unified = told_of(
        |_| {
            "[info][gc] GC(7) Pause Young (Normal) (G1 Evacuation Pause) 388M->133M(640M) 10.891ms"
                .to_owned()
        },
        |_| {
            "[info][gc] GC(9) Pause Full (G1 Compaction Pause) 143M->134M(144M) 7500.240ms"
                .to_owned()
        },
    );
    let fact = run(&unified).unwrap();
    assert_eq!((fact.object.as_str(), fact.number), ("cart", Some(50.0)));
    assert_eq!(
        fact.value,
        "50 % of its time from 2026-08-19 13:20 UTC on, 80 of the collections full, after the last of which 134M of 144M are still in use"
    );
    assert_eq!(fact.citation.line_start, 81);
    let older = told_of(
        |_| {
            "[GC (Allocation Failure) [PSYoungGen: 100K->20K(300K)] 400K->200K(900K), 0.0121 secs]"
                .to_owned()
        },
        |_| {
            "[Full GC (Ergonomics) [PSYoungGen: 100K->90K(300K)] [ParOldGen: 600K->590K(600K)] 700K->680K(900K), [Metaspace: 9K->9K(20K)], 7.5 secs]".to_owned()
        },
    );
    let fact = run(&older).unwrap();
    assert!(
        fact.value.contains("80 of the collections full"),
        "{}",
        fact.value
    );
}

#[test]
fn short_pauses_and_a_lone_long_one_are_no_trouble() {
    let quiet = |_| "[info][gc] GC(7) Pause Young (Normal) 388M->133M(640M) 10.891ms".to_owned();
    assert_eq!(run(&told_of(quiet, quiet)), None);
    let mut log = String::new();
    for minute in 0..40 {
        let ms = if minute == 20 { 30_000 } else { 12 };
        let _ = writeln!(
            log,
            "[2026-08-19T13:{minute:02}:00.000+0000][info][gc] GC({minute}) Pause Young (Normal) 388M->133M(640M) {ms}.1ms"
        );
    }
    let analysis = analyze(log.as_bytes(), Options::default());
    assert_eq!(run(&analysis), None);
}

#[test]
fn another_largest_heap_after_a_start_is_a_change() {
    let start = |minute: u32, most: &str| {
        format!(
            "[2026-08-19T13:{minute:02}:00.000+0000][info][gc,init] Heap Max Capacity: {most}\n"
        )
    };
    let changes = |log: String| {
        let analysis = analyze(log.as_bytes(), Options::default());
        let told = analysis
            .changes
            .iter()
            .map(|it| format!("{} {:?} {:?}", it.path, it.before, it.after));
        told.collect::<Vec<String>>()
    };
    let pause = "[2026-08-19T13:10:00.000+0000][info][gc] GC(7) Pause Young (Normal) 388M->133M(640M) 10.8ms\n".repeat(10);
    assert_eq!(
        changes(start(0, "640M") + &pause + &start(20, "144M")),
        ["maximum heap of the program Some(\"640 MB\") Some(\"144 MB\")"]
    );
    assert_eq!(
        changes(start(0, "640M") + &pause + &start(20, "640M")),
        [""; 0]
    );
}

#[test]
fn a_file_is_called_after_its_program() {
    for (file, expected) in [
        ("balancereader-gc.log", "balancereader"),
        ("logs/gc_orders-api.log.0", "orders-api"),
        ("gc.log", "the program"),
        ("paste-20261129-170650.txt", "the program"),
    ] {
        assert_eq!(owner(Some(file)), expected, "{file}");
    }
}

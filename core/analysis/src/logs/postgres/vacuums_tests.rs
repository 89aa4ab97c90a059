use std::fmt::Write;

use crate::{Options, analyze};

/// Logs a vacuum each 20 minutes, of rows that are dead and the oldest transaction.
fn told(vacuums: &[(u32, u32)], in_rows: bool) -> Vec<String> {
    let mut log = String::new();
    for (at, (dead, xmin)) in vacuums.iter().enumerate() {
        let (hour, minute) = (10 + at / 3, at % 3 * 20);
        let rows =
            format!("tuples: 0 removed, 400000 remain, {dead} are dead but not yet removable");
        let _ = match in_rows {
            true => writeln!(
                log,
                "2026-11-18 {hour}:{minute:02}:03.000 UTC,,,88,,6ad5.58,{at},,2026-11-18 03:00:00 UTC,,0,LOG,00000,\"automatic vacuum of table \"\"shop.public.orders\"\": index scans: 0\npages: 0 removed, 91 remain, 0 skipped due to pins, 0 skipped frozen\n{rows}, oldest xmin: {xmin}\nbuffer usage: 9 hits\",,,,,,,,,\"\",\"autovacuum worker\",,0"
            ),
            false => writeln!(
                log,
                "2026-11-18 {hour}:{minute:02}:03.000 UTC [88] LOG:  automatic vacuum of table \"shop.public.orders\": index scans: 0\n\tpages: 0 removed, 91 remain, 91 scanned (100.00% of total)\n\t{rows}\n\tremovable cutoff: {xmin}, which was 7 XIDs old when operation ended"
            ),
        };
    }
    let options = Options {
        file_name: Some("postgresql.log".to_owned()),
        ..Options::default()
    };
    let runs = analyze(log.as_bytes(), options).commands;
    let facts = runs.into_iter().flat_map(|it| it.facts);
    facts
        .filter(|it| it.key == "vacuum_held_back")
        .map(|it| format!("{}: {}", it.object, it.value))
        .collect()
}

const HELD: [(u32, u32); 5] = [
    (9, 700),
    (4_000, 812),
    (20_000, 812),
    (60_000, 812),
    (91_000, 812),
];

#[test]
fn a_snapshot_that_stays_while_dead_rows_grow_is_told() {
    let held = "shop.public.orders: 4000 dead rows at 2026-11-18 10:20 UTC, 91000 at 2026-11-18 11:20 UTC, beside 400000 rows in all: the oldest xmin stays 812 over 4 vacuums";
    assert_eq!(told(&HELD, false), [held]);
    assert_eq!(told(&HELD, true), [held]);
    // What is over was there nevertheless.
    let mut over = HELD.to_vec();
    over.push((0, 950));
    assert_eq!(told(&over, false), [held]);
}

#[test]
fn vacuums_whose_snapshot_moves_or_whose_rows_are_few_are_not_told() {
    let moving = HELD.map(|(dead, _)| (dead, dead));
    assert_eq!(told(&moving, false), [""; 0]);
    let few = HELD.map(|(dead, xmin)| (dead / 100, xmin));
    assert_eq!(told(&few, false), [""; 0]);
    let falling = [(91_000, 812), (60_000, 812), (20_000, 812), (20_000, 812)];
    assert_eq!(told(&falling, false), [""; 0]);
    assert_eq!(told(&HELD[..3], false), [""; 0]);
}

use std::fmt::Write;

use crate::{Analysis, Options, analyze};

const HASHED: &str = "\tHash Join  (cost=912.10..16993.01 rows=36671 width=24) (actual time=4.1..236.5 rows=35179 loops=1)
\t  ->  Index Scan using offers_status_idx on offers o  (cost=0.56..14988.30 rows=402113 width=24) (actual time=0.02..122.7 rows=413772 loops=1)";
const NESTED: &str = "\tNested Loop  (cost=0.98..1802.11 rows=50 width=24) (actual time=1.1..15020.7 rows=50 loops=1)
\t  ->  Index Scan using offers_price_idx on public.offers o  (cost=0.56..14988.30 rows=1 width=24) (actual time=0.02..9122.7 rows=2013772 loops=1)";

fn logged(runs: &[(u32, &str, &str)], analyzed: Option<&str>) -> Analysis {
    let mut log = String::new();
    for (at, (ms, steps, status)) in runs.iter().enumerate() {
        if let Some(table) = analyzed.filter(|_| at == runs.len() / 2) {
            let _ = writeln!(
                log,
                "2026-11-18 11:{at:02}:03.000 CET [4011] LOG:  automatic analyze of table \"catalog.public.{table}\"\n\tavg read rate: 20.384 MB/s, avg write rate: 0.089 MB/s"
            );
        }
        let _ = writeln!(
            log,
            "2026-11-18 11:{at:02}:10.475 CET [3310] app@catalog LOG:  duration: {ms}.544 ms  plan:\n\tQuery Text: select o.id from offers o\n\t  where o.status = '{status}' limit 50\n{steps}"
        );
    }
    let options = Options {
        file_name: Some("postgresql.log".to_owned()),
        ..Options::default()
    };
    analyze(log.as_bytes(), options)
}

#[test]
fn a_slower_plan_is_told_with_the_statistics_before_it() {
    let runs = [
        (240, HASHED, "NEW"),
        (300, HASHED, "OLD"),
        (15_000, NESTED, "NEW"),
        (16_000, NESTED, "NEW"),
    ];
    let analysis = logged(&runs, Some("offers"));
    let [plan, statistics] = analysis.changes.as_slice() else {
        panic!("{:#?}", analysis.changes);
    };
    assert_eq!(
        plan.path,
        "plan of select o.id from offers o where o.status = ? limit ?"
    );
    assert_eq!(plan.component.as_deref(), Some("offers"));
    assert_eq!(
        plan.before.as_deref(),
        Some("Hash Join, Index Scan using offers_status_idx on offers o (271 ms on average)")
    );
    let after = plan.after.as_deref().unwrap();
    assert!(
        after.starts_with("Nested Loop, Index Scan using offers_price_idx on public.offers o (15501 ms on average;"),
        "{after}"
    );
    assert!(
        after.ends_with("returned 2013772 rows where 1 were expected)"),
        "{after}"
    );
    assert_eq!(statistics.path, "statistics of offers");
    assert!(statistics.changed_at < plan.changed_at);
}

#[test]
fn plans_that_are_as_fast_or_that_stay_are_no_change() {
    let runs = [
        (240, HASHED, "A"),
        (300, HASHED, "B"),
        (280, NESTED, "C"),
        (310, NESTED, "D"),
    ];
    assert!(logged(&runs, Some("offers")).changes.is_empty());
    let runs = [
        (240, HASHED, "A"),
        (300, HASHED, "B"),
        (9_000, HASHED, "C"),
        (9_100, HASHED, "D"),
    ];
    assert!(logged(&runs, None).changes.is_empty());
}

#[test]
fn rows_that_the_planner_misjudges_are_told_without_another_plan() {
    let told = |runs: &[(u32, &str, &str)]| {
        let findings = logged(runs, None).findings.into_iter();
        let said = findings.map(|it| it.statement);
        said.filter(|it| it.contains("misjudges"))
            .collect::<Vec<_>>()
    };
    let slow = [(15_000, NESTED, "NEW"), (16_000, NESTED, "OLD")];
    let said = told(&slow);
    let [said] = said.as_slice() else {
        panic!("{said:?}");
    };
    assert!(
        said.starts_with("the planner misjudges table offers: Index Scan using offers_price_idx on public.offers o returned 2013772 rows where 1 were expected in “select o.id from offers o where"),
        "{said}"
    );
    assert!(
        said.ends_with("takes 15.5 s on average (2 executions)"),
        "{said}"
    );
    assert!(told(&[(300, NESTED, "NEW"), (310, NESTED, "OLD")]).is_empty());
    assert!(told(&[(15_000, HASHED, "NEW"), (16_000, HASHED, "OLD")]).is_empty());
}

use super::*;
use crate::analyzer::analyze;
use crate::options::Options;

fn log(errors: usize, served: usize) -> Analysis {
    let mut text = String::new();
    for at in 0..served {
        text.push_str(&format!(
            "2025-03-04T10:{:02}:00Z INFO api: served {at} in 5 ms\n",
            at % 60
        ));
    }
    for at in 0..errors {
        text.push_str(&format!(
            "2025-03-04T10:{:02}:30Z ERROR api: upstream {at} timed out\n",
            at % 60
        ));
    }
    analyze(text.as_bytes(), Options::default())
}

type File = (&'static str, Analysis);

fn read(text: &str) -> Analysis {
    analyze(text.as_bytes(), Options::default())
}

fn found(good: &[File], bad: &[File]) -> Vec<Difference> {
    fn side(files: &[File]) -> Vec<(&str, &Analysis)> {
        files.iter().map(|(name, it)| (*name, it)).collect()
    }
    compare(&side(good), &side(bad))
}

fn logs(good: Analysis, bad: Analysis) -> Vec<Difference> {
    found(&[("app.log", good)], &[("app.log", bad)])
}

#[test]
fn what_is_new_gone_or_more_frequent_is_ranked_and_the_rest_is_not_told() {
    let found = logs(log(0, 100), log(30, 100));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].kind, DifferenceKind::TemplateNew);
    assert_eq!(
        (found[0].good.as_str(), found[0].bad.as_str()),
        ("0 lines", "30 lines")
    );
    // The good log covers an hour but for a minute, the bad one half a minute more.
    assert_eq!(found[0].per_minute, Some((0.0, 0.508)));
    let found = logs(log(30, 100), log(0, 100));
    assert_eq!(found[0].kind, DifferenceKind::TemplateGone);
    let found = logs(log(2, 100), log(90, 100));
    assert_eq!(found[0].kind, DifferenceKind::TemplateMore);
    let ratio = found[0].rate_ratio.unwrap();
    assert!((40.0..50.0).contains(&ratio.value), "{ratio:?}");
    assert!(ratio.low > 10.0 && ratio.high < 200.0, "{ratio:?}");
    assert!(logs(log(3, 100), log(4, 110)).is_empty());
    assert!(
        !logs(log(0, 1000), log(1, 1000)).is_empty(),
        "one new error"
    );
}

#[test]
fn configuration_and_metrics_are_compared_by_key() {
    let found = found(
        &[
            ("db.yaml", read("db:\n  pool: 50\n  host: a\n")),
            ("m.prom", read("up{job=\"a\"} 1\nqueue_length 3\nrate 5\n")),
        ],
        &[
            ("db.yaml", read("db:\n  pool: 5\n  host: a\n")),
            (
                "m.prom",
                read("up{job=\"a\"} 1\nqueue_length 900\nrate 5\n"),
            ),
        ],
    );
    let told: Vec<(DifferenceKind, &str)> = found
        .iter()
        .map(|it| (it.kind, it.subject.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (DifferenceKind::MetricShifted, "queue_length"),
            (DifferenceKind::ConfigChanged, "db.pool")
        ]
    );
}

#[test]
fn namesakes_are_paired_before_files_alike() {
    let text = "db:\n  pool: 50\n  host: a\n";
    let good = [
        ("good/web.yaml", read(text)),
        ("good/cart.yaml", read(text)),
    ];
    let bad = [
        ("bad/cart.yaml", read(text)),
        ("bad/web.yaml", read(&text.replace("50", "5"))),
    ];
    let found = found(&good, &bad);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].subject.as_str(), found[0].file), ("db.pool", 1));
}

#[test]
fn keys_and_metrics_that_come_or_go_are_told_file_by_file() {
    let good = [
        (
            "cart.yaml",
            read("db:\n  pool: 50\n  retries: 3\nport: 80\n"),
        ),
        ("web.yaml", read("db:\n  pool: 7\nport: 80\n")),
        (
            "m.prom",
            read("up{job=\"a\"} 1\nqueue_length 3\njobs_done 5\n"),
        ),
    ];
    let bad = [
        ("web.yaml", read("db:\n  pool: 7\nport: 80\n")),
        (
            "cart.yaml",
            read("db:\n  pool: 50\n  timeout: 1s\nport: 80\n"),
        ),
        (
            "m.prom",
            read("up{job=\"a\"} 1\nqueue_length 3\njobs_failed{pod=\"a\"} 9\n"),
        ),
    ];
    let found = found(&good, &bad);
    let told: Vec<String> = found
        .iter()
        .map(|it| format!("{:?} {}: {} to {}", it.kind, it.subject, it.good, it.bad))
        .collect();
    assert_eq!(
        told,
        [
            "ConfigRemoved db.retries: 3 to not set",
            "ConfigAdded db.timeout: not set to 1s",
            "MetricGone jobs_done: 1 series, 5.000000 to no value",
            "MetricNew jobs_failed: no value to 1 series, 9.000000",
        ]
    );
    assert_eq!((found[0].in_good, found[0].file), (true, 0));
    assert_eq!((found[1].in_good, found[1].file), (false, 1));
}

#[test]
fn files_are_told_by_the_folders_around_them() {
    let text = |replicas: u32| format!("spec:\n  replicas: {replicas}\n  image: shop\n");
    let good = [
        ("good/cart/deployment.yaml", read(&text(3))),
        ("good/web/deployment.yaml", read(&text(5))),
    ];
    let bad = [
        ("bad/cart/deployment.yaml", read(&text(5))),
        ("bad/web/deployment.yaml", read(&text(3))),
    ];
    let told: Vec<String> = found(&good, &bad)
        .iter()
        .map(|it| format!("{} {} to {}", it.file, it.good, it.bad))
        .collect();
    assert_eq!(told, ["0 3 to 5", "1 5 to 3"]);
}

#[test]
fn any_number_of_files_without_a_namesake_find_their_versions() {
    let files = |side: &str, pool: usize| -> Vec<(String, Analysis)> {
        (0..500)
            .map(|at| {
                let pool = if at == 450 { pool } else { at };
                let text = format!("name: service-{at}\nkind: pool\npool: {pool}\n");
                (format!("{side}-{at}-{side}.yaml"), read(&text))
            })
            .collect()
    };
    let (good, bad) = (files("good", 7_000), files("bad", 8_000));
    fn side(files: &[(String, Analysis)]) -> Vec<(&str, &Analysis)> {
        files.iter().map(|(name, it)| (name.as_str(), it)).collect()
    }
    let told: Vec<String> = compare(&side(&good), &side(&bad))
        .iter()
        .map(|it| format!("{} {}: {} to {}", it.file, it.subject, it.good, it.bad))
        .collect();
    assert_eq!(told, ["450 pool: 7000 to 8000"]);
}

use crate::{Options, analyze};

/// One series of an answer of Prometheus: labels, and a value for each minute that has one.
struct Series(&'static str, Vec<Option<f64>>);

fn steps(until: usize, before: Option<f64>, after: Option<f64>) -> Vec<Option<f64>> {
    (0..40)
        .map(|at| if at < until { before } else { after })
        .collect()
}

fn told(series: &[Series]) -> Vec<String> {
    let written = series.iter().map(|Series(labels, values)| {
        let points = values.iter().enumerate().filter_map(|(minute, value)| {
            let time = 1_793_728_800 + minute * 60;
            value.map(|value| format!("[{time},\"{value}\"]"))
        });
        let points: Vec<String> = points.collect();
        format!(
            "{{\"metric\":{{{labels}}},\n\"values\":[{}]}}",
            points.join(",\n")
        )
    });
    let written: Vec<String> = written.collect();
    let text = format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{}]}}}}",
        written.join(",\n")
    );
    let analysis = analyze(text.as_bytes(), Options::default());
    let runs = analysis.commands.iter().filter(|it| it.tool == "metrics");
    let facts = runs.flat_map(|run| {
        let time = run.observed_at.map(|it| it.format("%H:%M").to_string());
        run.facts.iter().map(move |fact| {
            let time = time.clone().unwrap_or_default();
            format!("{time} {}: {} {}", fact.object, fact.key, fact.value)
        })
    });
    facts.collect()
}

const CURRENT: &str = r#""__name__":"kube_horizontalpodautoscaler_status_current_replicas","horizontalpodautoscaler":"cart""#;
const MOST: &str = r#""__name__":"kube_horizontalpodautoscaler_spec_max_replicas","horizontalpodautoscaler":"cart""#;

#[test]
fn an_autoscaler_that_comes_to_its_maximum_is_told_from_one_that_is_always_there() {
    let most = || Series(MOST, steps(40, Some(6.0), None));
    let comes = [Series(CURRENT, steps(20, Some(3.0), Some(6.0))), most()];
    assert_eq!(
        told(&comes),
        ["18:20 horizontalpodautoscaler/cart: replicas_reach_maximum 6"]
    );
    for fine in [
        steps(20, Some(3.0), Some(5.0)),
        steps(20, Some(6.0), Some(6.0)),
    ] {
        assert!(told(&[Series(CURRENT, fine), most()]).is_empty());
    }
    let mut shortly = steps(40, Some(3.0), None);
    shortly[20] = Some(6.0);
    assert!(told(&[Series(CURRENT, shortly), most()]).is_empty());
}

#[test]
fn who_came_and_takes_most_is_told() {
    let cart = || {
        let labels = r#""__name__":"container_cpu_cores","node":"w1","pod":"cart-7d9f8c6b5-abcde""#;
        Series(labels, steps(20, Some(0.6), Some(0.4)))
    };
    let ledger = || {
        let labels = r#""__name__":"container_cpu_cores","node":"w1","pod":"ledger-0""#;
        Series(labels, steps(40, Some(0.5), None))
    };
    let batch = |labels| Series(labels, steps(20, None, Some(6.4)));
    let job = r#""__name__":"container_cpu_cores","node":"w1","pod":"transcode-29397187-hj6zt""#;
    assert_eq!(
        told(&[cart(), ledger(), batch(job)]),
        [
            "18:20 transcode-29397187-hj6zt: newcomer_takes_most began on w1 at 2026-11-03 18:20:00 UTC and takes 6.400 of container_cpu_cores, more than anything beside it (at most 0.600)"
        ]
    );
    // On another node it takes nothing from them, and a new pod of one of them came in its place.
    let elsewhere =
        r#""__name__":"container_cpu_cores","node":"w2","pod":"transcode-29397187-hj6zt""#;
    let replaced = r#""__name__":"container_cpu_cores","node":"w1","pod":"cart-5c8d7f9b6-fghij""#;
    assert!(told(&[cart(), ledger(), batch(elsewhere)]).is_empty());
    assert!(told(&[cart(), ledger(), batch(replaced)]).is_empty());
    // A limit is nothing that is taken.
    let limits = r#""__name__":"container_cpu_limit","node":"w1","pod":"transcode-29397187-hj6zt""#;
    assert!(told(&[cart(), ledger(), batch(limits)]).is_empty());
}

use crate::{Options, analyze};

/// A matrix of one metric: labels, and the value from each minute on.
fn changes(series: &[(&str, &[(i64, f64)])]) -> Vec<String> {
    let told = series.iter().map(|(labels, steps)| {
        let points = (0..40).filter_map(|minute| {
            let mut begun = steps.iter().rev();
            let (_, value) = begun.find(|(from, _)| *from <= minute)?;
            value
                .is_finite()
                .then(|| format!("[{},\"{value}\"]", 1_793_728_800 + minute * 60))
        });
        let points: Vec<String> = points.collect();
        format!(
            "{{\"metric\":{{{labels}}},\n\"values\":[{}]}}",
            points.join(",\n")
        )
    });
    let told: Vec<String> = told.collect();
    let text = format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{}]}}}}",
        told.join(",\n")
    );
    let options = Options {
        file_name: Some("memory_limit_bytes.json".to_owned()),
        ..Options::default()
    };
    let analysis = analyze(text.as_bytes(), options);
    for change in &analysis.changes {
        let cited = &change.citation;
        let bytes = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        assert_eq!(bytes, cited.quote.as_bytes());
    }
    let told = analysis.changes.iter().map(|it| {
        let time = it.changed_at.map(|time| time.format("%H:%M ").to_string());
        format!(
            "{}{}: {} to {}",
            time.unwrap_or_default(),
            it.path,
            it.before.as_deref().unwrap_or_default(),
            it.after.as_deref().unwrap_or_default()
        )
    });
    told.collect()
}

const LIMITS: &str = r#""__name__":"kube_pod_container_resource_limits","resource":"cpu","container":"currency","pod":"#;

#[test]
fn a_limit_that_changes_is_a_change_with_time_and_both_values() {
    let own = format!("{LIMITS}\"currency-1\"");
    let told = changes(&[(&own, &[(0, 0.5), (20, 0.05)])]);
    assert_eq!(
        told,
        ["18:20 resources.limits.cpu of currency: 0.5 to 0.05"]
    );
}

#[test]
fn a_new_pod_has_the_new_limit_of_its_owner() {
    let old = format!("{LIMITS}\"currency-7d9f8c-abcde\"");
    let new = format!("{LIMITS}\"currency-6c5b4a9-fghij\"");
    let told = changes(&[(&old, &[(0, 0.5), (22, f64::NAN)]), (&new, &[(20, 0.05)])]);
    assert_eq!(
        told,
        ["18:20 resources.limits.cpu of currency: 0.5 to 0.05"]
    );
}

#[test]
fn the_name_of_the_file_tells_what_is_bounded() {
    let told = changes(&[(
        r#""container":"cart""#,
        &[(0, 536_870_912.0), (9, 67_108_864.0)],
    )]);
    assert_eq!(told, ["18:09 memory_limit_bytes of cart: 512Mi to 64Mi"]);
}

#[test]
fn what_stays_differs_or_is_measured_is_no_change() {
    let one = format!("{LIMITS}\"a\"");
    let other = format!("{LIMITS}\"b\"");
    assert_eq!(
        changes(&[(&one, &[(0, 0.5)]), (&other, &[(0, 2.0)])]),
        [""; 0]
    );
    let restless: Vec<(i64, f64)> = (0..40).map(|at| (at, at as f64)).collect();
    assert_eq!(changes(&[(&one, &restless)]), [""; 0]);
    let used = r#""__name__":"memory_limit_usage_bytes""#;
    assert_eq!(changes(&[(used, &[(0, 5.0), (20, 9.0)])]), [""; 0]);
}

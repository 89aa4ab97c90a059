use crate::{Options, analyze};

fn changes(log: &str) -> Vec<String> {
    let analysis = analyze(log.as_bytes(), Options::default());
    let told = analysis.changes.iter().map(|it| {
        let (before, after) = (it.before.as_deref(), it.after.as_deref());
        let time = it.changed_at.map(|time| time.format("%H:%M").to_string());
        format!(
            "{} {} {} to {}",
            time.unwrap_or_default(),
            it.path,
            before.unwrap_or_default(),
            after.unwrap_or_default()
        )
    });
    told.collect()
}

fn log(starts: &[&str]) -> String {
    let mut log = String::new();
    for (hour, start) in starts.iter().enumerate() {
        log.push_str(&format!("2026-04-30T1{hour}:00:00Z INFO api: {start}\n"));
        for minute in 1..30 {
            log.push_str(&format!(
                "2026-04-30T1{hour}:{minute:02}:00Z INFO api: GET /orders/{minute} served in {minute} ms\n"
            ));
        }
    }
    log
}

#[test]
fn a_setting_that_differs_from_the_start_before_is_a_change() {
    let told = changes(&log(&[
        "listening port=3000 keepAliveTimeout=65000 headersTimeout=66000",
        "listening port=3000 keepAliveTimeout=65000 headersTimeout=66000",
        "listening port=3000 keepAliveTimeout=5000 headersTimeout=66000",
    ]));
    assert_eq!(told, ["12:00 keepAliveTimeout 65000 to 5000"]);
}

#[test]
fn what_differs_each_time_is_no_setting() {
    let each: Vec<String> = (1..8)
        .map(|at| format!("job started batch_size={}", at * 13))
        .collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    assert!(changes(&log(&each)).is_empty());
    let beside = "2026-04-30T10:00:00Z INFO orders: starting pool_size=10\n\
        2026-04-30T10:00:01Z INFO billing: starting pool_size=5\n";
    assert!(changes(&beside.repeat(8)).is_empty());
    assert!(changes(&log(&["GET /start?limit=5 ok", "GET /start?limit=9 ok"])).is_empty());
}

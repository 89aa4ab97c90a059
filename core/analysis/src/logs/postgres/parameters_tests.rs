use crate::{Options, analyze};

fn told(text: &str) -> Vec<String> {
    let analysis = analyze(text.as_bytes(), Options::default());
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let changes = analysis.changes.iter();
    changes
        .map(|it| format!("{} > {}", it.path, value(&it.after)))
        .collect()
}

#[test]
fn parameters_that_were_taken_over_are_told_in_each_layout() {
    let words = "2026-02-11 09:10:33.000 UTC [880] LOG:  received SIGHUP, reloading configuration files\n\
        2026-02-11 09:10:33.010 UTC [880] LOG:  parameter \"TimeZone\" changed to \"America/Sao_Paulo\"\n\
        2026-02-11 09:10:33.010 UTC [880] LOG:  parameter \"work_mem\" removed from configuration file, reset to default\n";
    assert_eq!(
        told(words),
        [
            "parameter TimeZone > America/Sao_Paulo",
            "parameter work_mem > -"
        ]
    );
    let record = r#"{"timestamp":"2026-02-11 09:10:33.010 UTC","pid":880,"error_severity":"LOG","message":"parameter \"work_mem\" changed to \"24MB\"","backend_type":"postmaster","query_id":0}"#;
    assert_eq!(told(&format!("{record}\n")), ["parameter work_mem > 24MB"]);
}

#[test]
fn secrets_of_parameters_are_not_told() {
    let text = "2026-02-11 09:10:33.010 UTC [880] LOG:  parameter \"primary_conninfo\" changed to \"host=a password=hunter2x user=r\"\n";
    let analysis = analyze(text.as_bytes(), Options::default());
    let change = &analysis.changes[0];
    assert!(change.secret && change.path == "parameter primary_conninfo");
    let shown = format!("{:?} {}", change.after, change.citation.quote);
    assert!(!shown.contains("hunter2x"), "{shown}");
}

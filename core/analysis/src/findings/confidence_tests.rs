use crate::{Finding, FindingKind, Options, analyze};

fn finding_of(log: &str, part: &str) -> Finding {
    let findings = analyze(log.as_bytes(), Options::default()).findings;
    let told = findings.iter().find(|it| it.statement.contains(part));
    told.unwrap_or_else(|| panic!("{part}: {findings:#?}"))
        .clone()
}

#[test]
fn a_known_failure_that_sets_in_is_surer_than_one_that_was_there_before() {
    let mut log = String::new();
    for second in 0..600 {
        let (minute, second) = (second / 60, second % 60);
        let at = format!("2025-03-04T14:{minute:02}:{second:02}Z");
        log += &format!("{at} INFO api: request {second} done in 12 ms\n");
        if minute == 1 && second == 5 {
            log += &format!("{at} ERROR mailer: Connection reset by peer\n");
        }
        if minute >= 5 {
            log += &format!("{at} ERROR api: write failed: No space left on device\n");
        }
    }
    let full = finding_of(&log, "No space left on device");
    let reset = finding_of(&log, "Connection reset by peer");
    assert_eq!(
        full.reasons[1..],
        ["seen 300 times", "sets in with the errors"]
    );
    assert!(
        full.reasons[0].starts_with("matches the known failure linux."),
        "{full:#?}"
    );
    assert!((full.confidence - 0.90).abs() < 1e-9, "{full:#?}");
    assert!(
        reset
            .reasons
            .contains(&"was there before the errors set in".to_owned()),
        "{reset:#?}"
    );
    assert!(reset.confidence < 0.60, "{reset:#?}");
}

#[test]
fn what_is_inferred_is_less_sure_than_what_is_written() {
    let mut log = String::new();
    for minute in 0..50 {
        log += &format!("2025-03-04T14:{minute:02}:00Z INFO api: tick\n");
    }
    log += "2025-03-04T15:59:00Z ERROR api: the frobnicator gave up\n";
    let written = finding_of(&log, "frobnicator");
    assert_eq!(
        (written.kind, written.confidence),
        (FindingKind::ErrorSignature, 0.55)
    );
    assert_eq!(written.reasons, ["written as an error", "seen once"]);
    let silence = analyze(log.as_bytes(), Options::default()).findings;
    let silence = silence.iter().find(|it| it.kind == FindingKind::Gap);
    assert!(silence.unwrap().confidence <= 0.40, "{silence:#?}");
}

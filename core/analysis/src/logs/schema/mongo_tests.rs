use super::statement;
use crate::{Options, analyze};

fn told(command: &str, end: &str) -> Option<String> {
    let line = format!(
        r#"{{"t":{{"$date":"2026-11-18T10:00:00.000+00:00"}},"s":"I","c":"COMMAND","id":51803,"ctx":"conn7","msg":"Slow query","attr":{{"type":"command","ns":"shop.$cmd","command":{{{command},"$db":"shop"}},{end}"durationMillis":150}}}}"#
    );
    let it = statement(&line)?;
    let after = it.after.map_or_else(String::new, |it| format!(" = {it}"));
    Some(format!("{:?} {}{after}", it.direction, it.path))
}

#[test]
fn commands_of_administration_say_what_they_change() {
    for (command, expected) in [
        (
            r#""collMod":"carts","index":{"keyPattern":{"seen":1},"expireAfterSeconds":3600}"#,
            "Replaced expireAfterSeconds of collection shop.carts = 3600",
        ),
        (
            r#""createIndexes":"carts","indexes":[{"key":{"seen":1},"name":"seen_1","expireAfterSeconds":60}]"#,
            "Added expireAfterSeconds of collection shop.carts = 60",
        ),
        (
            r#""createIndexes":"carts","indexes":[{"key":{"seen":1},"name":"seen_1"}]"#,
            "Added index seen_1 of collection shop.carts",
        ),
        (
            r#""dropIndexes":"carts","index":"seen_1""#,
            "Removed index seen_1 of collection shop.carts",
        ),
        (r#""drop":"carts""#, "Removed collection shop.carts"),
        (r#""dropDatabase":1"#, "Removed database shop"),
        (
            r#""collMod":"carts","validator":{"a":1}"#,
            "Replaced options of collection shop.carts",
        ),
        (
            r#""setParameter":1,"ttlMonitorSleepSecs":5"#,
            "Replaced ttlMonitorSleepSecs = 5",
        ),
    ] {
        assert_eq!(told(command, "").as_deref(), Some(expected), "{command}");
    }
}

#[test]
fn reads_writes_and_failed_commands_change_nothing() {
    for command in [
        r#""find":"carts","filter":{"expireAfterSeconds":3600}"#,
        r#""insert":"carts","documents":[{"drop":"x"}]"#,
        r#""drop":"tmp.agg_out.7""#,
        r#""getMore":7,"collection":"carts""#,
    ] {
        assert_eq!(told(command, ""), None, "{command}");
    }
    assert_eq!(
        told(r#""drop":"carts""#, r#""ok":0,"errMsg":"ns not found","#),
        None
    );
    assert_eq!(statement(r#"INFO "command":{"drop":"carts"}"#), None);
}

#[test]
fn a_change_among_slow_queries_is_found() {
    let slow = r#"{"t":{"$date":"2026-11-18T10:00:00.000+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn7","msg":"Slow query","attr":{"type":"command","ns":"shop.carts","command":{"find":"carts","filter":{"a":1},"$db":"shop"},"durationMillis":150}}"#;
    let change = slow.replace(
        r#""find":"carts","filter":{"a":1}"#,
        r#""collMod":"carts","index":{"keyPattern":{"seen":1},"expireAfterSeconds":3600}"#,
    );
    let log = format!("{slow}\n{slow}\n{change}\n{slow}\n");
    let changes = analyze(log.as_bytes(), Options::default()).changes;
    let [change] = &changes[..] else {
        panic!("{changes:#?}")
    };
    assert_eq!(change.component.as_deref(), Some("shop.carts"));
    assert_eq!(change.after.as_deref(), Some("3600"));
}

#[test]
fn users_of_any_database_are_told_and_secrets_are_not() {
    let line = |command: &str| {
        format!(
            r#"{{"t":{{"$date":"2026-11-18T10:00:00.000+00:00"}},"s":"I","c":"COMMAND","msg":"Slow query","attr":{{"ns":"admin.$cmd","command":{{{command},"$db":"admin"}}}}}}"#
        )
    };
    let path = |command: &str| statement(&line(command)).map(|it| it.path);
    assert_eq!(
        path(r#""dropUser":"app""#).as_deref(),
        Some("user app of admin")
    );
    assert_eq!(
        statement(&line(r#""setParameter":1,"ldapQueryPassword":"hunter2""#))
            .and_then(|it| it.after),
        None
    );
    let foreign = r#"{"msg":"received","command":{"drop":"item-7","count":1}}"#;
    assert!(statement(foreign).is_none(), "no line of the server");
}

use std::fmt::Write;

use crate::{Analysis, Options, analyze};

fn read(log: &str) -> Analysis {
    let options = Options {
        file_name: Some("postgresql.log".to_owned()),
        ..Options::default()
    };
    analyze(log.as_bytes(), options)
}

fn told(log: &str) -> Vec<String> {
    let runs = read(log).commands.into_iter().filter(|it| it.tool == "log");
    let facts = runs.flat_map(|it| it.facts);
    facts
        .filter(|it| it.key.starts_with("lock_"))
        .map(|it| format!("{} {}: {}", it.key, it.object, it.value))
        .collect()
}

/// One line of the plain layout.
fn line(log: &mut String, at: &str, pid: u32, who: &str, text: &str) {
    let _ = writeln!(
        log,
        "2026-11-18 {at}.500 UTC [{pid}] user={who},db=dwh,app={who}-app,client=10.0.3.9 {text}"
    );
}

fn waits(log: &mut String, at: &str, pid: u32, mode: &str, queue: &str, statement: &str) {
    let said = format!(
        "LOG:  process {pid} still waiting for {mode} on relation 16412 of database 16384 after 1000.130 ms"
    );
    line(log, at, pid, "shop", &said);
    let said = format!("DETAIL:  Process holding the lock: 71822. Wait queue: {queue}.");
    line(log, at, pid, "shop", &said);
    line(log, at, pid, "shop", &format!("STATEMENT:  {statement}"));
}

#[test]
fn the_root_of_a_queue_is_told_with_the_change_that_waits_behind_it() {
    let mut log = String::new();
    let said = "LOG:  statement: SELECT * FROM orders JOIN customers USING (id)";
    line(&mut log, "13:58:11", 71_822, "tableau", said);
    let ddl = "ALTER TABLE orders\n\tADD COLUMN region text";
    waits(
        &mut log,
        "14:04:39",
        74_110,
        "AccessExclusiveLock",
        "74110",
        ddl,
    );
    for pid in 75_001..75_005 {
        let queue = format!("74110, 75000, {pid}");
        let sql = "SELECT id FROM orders WHERE id = 7";
        waits(&mut log, "14:04:52", pid, "AccessShareLock", &queue, sql);
    }
    let queue = "lock_queue_ddl orders: process 71822 (user tableau, database dwh, application tableau-app, from 10.0.3.9, “SELECT * FROM orders JOIN customers USING (id)”) holds the lock; process 74110 (user shop, database dwh, application shop-app, from 10.0.3.9, “ALTER TABLE orders ADD COLUMN region text”) waits for AccessExclusiveLock behind it since 2026-11-18 14:04:38 UTC, and 5 further sessions wait";
    assert_eq!(told(&log), [queue]);
    // What ran the whole time is told rather than what was said before.
    let said = "LOG:  duration: 1200000.5 ms  execute <unnamed>: SELECT sum(total) FROM orders";
    line(&mut log, "14:08:00", 71_822, "tableau", said);
    assert!(told(&log)[0].contains("“SELECT sum(total) FROM orders”) holds the lock"));
}

#[test]
fn rows_and_records_tell_the_same() {
    let mut rows = String::new();
    let mut records = String::new();
    for pid in [901, 902] {
        let said =
            format!("process {pid} still waiting for ShareLock on transaction 858 after 1000.2 ms");
        let detail = format!("Process holding the lock: 71822. Wait queue: {pid}.");
        let sql = "update \"\"Stock\"\" set n = n - 1";
        let _ = writeln!(
            rows,
            "2026-11-18 14:04:39.000 UTC,\"shop\",\"crm\",{pid},\"10.7.9.15:52114\",6ad5.26b8,2,\"UPDATE waiting\",2026-11-18 13:00:00 UTC,3/2,859,LOG,00000,\"{said}\",\"{detail}\",,,,\"while updating tuple (0,1)\",\"{sql}\",,,\"checkout\",\"client backend\",,0"
        );
        let sql = sql.replace("\"\"", "\\\"");
        let _ = writeln!(
            records,
            "{{\"timestamp\":\"2026-11-18 14:04:39.000 UTC\",\"user\":\"shop\",\"dbname\":\"crm\",\"pid\":{pid},\"remote_host\":\"10.7.9.15\",\"error_severity\":\"LOG\",\"message\":\"{said}\",\"detail\":\"{detail}\",\"statement\":\"{sql}\",\"application_name\":\"checkout\"}}"
        );
    }
    let queue = "lock_queue Stock: process 71822 holds the lock; process 901 (user shop, database crm, application checkout, from 10.7.9.15, “update \"Stock\" set n = n - 1”) waits for ShareLock behind it since 2026-11-18 14:04:37 UTC, and 1 further session waits";
    assert_eq!(told(&rows), [queue]);
    assert_eq!(told(&records), [queue]);
    let spaced = records.replace("\":", "\": ").replace(",\"", ", \"");
    assert_eq!(told(&spaced), [queue]);
}

#[test]
fn a_holder_that_waits_itself_is_not_the_root() {
    let mut log = String::new();
    for (pid, holder) in [(20, 10), (30, 20)] {
        let said = format!(
            "LOG:  process {pid} still waiting for ShareLock on transaction {holder} after 1000.1 ms"
        );
        line(&mut log, "14:04:39", pid, "shop", &said);
        let said = format!("DETAIL:  Process holding the lock: {holder}. Wait queue: {pid}.");
        line(&mut log, "14:04:39", pid, "shop", &said);
    }
    let [queue] = &told(&log)[..] else {
        panic!("one queue")
    };
    assert!(queue.starts_with("lock_queue transaction 10: process 10 holds the lock; process 20 "));
    assert!(queue.ends_with("and 1 further session waits"), "{queue}");
}

#[test]
fn a_prepared_transaction_is_told_as_the_holder() {
    let mut log = String::new();
    let said = "LOG:  process 20 still waiting for ShareLock on transaction 77 after 1000.1 ms";
    line(&mut log, "14:04:39", 20, "shop", said);
    let said = "DETAIL:  Process holding the lock: 0. Wait queue: 20.";
    line(&mut log, "14:04:39", 20, "shop", said);
    line(
        &mut log,
        "14:04:39",
        20,
        "shop",
        "STATEMENT:  DELETE FROM stock WHERE id = 1",
    );
    let told = told(&log);
    assert!(
        told[0].starts_with("lock_held_by_prepared stock: a prepared transaction (two-phase commit, no process) holds the lock; process 20 "),
        "{told:?}"
    );
    let analysis = read(&log);
    let finding = analysis.findings.iter();
    let mut finding = finding.filter(|it| it.statement.starts_with("a prepared transaction holds"));
    assert!(finding.next().is_some());
}

#[test]
fn waits_that_end_soon_and_other_lines_are_not_told() {
    let mut log = String::new();
    for pid in [20, 30] {
        let said = format!(
            "LOG:  process {pid} still waiting for ShareLock on transaction 7 after 1000.1 ms"
        );
        line(&mut log, "14:04:39", pid, "shop", &said);
        let said = format!("DETAIL:  Process holding the lock: 10. Wait queue: {pid}.");
        line(&mut log, "14:04:39", pid, "shop", &said);
        let said =
            format!("LOG:  process {pid} acquired ShareLock on transaction 7 after 1900.1 ms");
        line(&mut log, "14:04:40", pid, "shop", &said);
    }
    line(
        &mut log,
        "14:05:00",
        40,
        "shop",
        "LOG:  statement: SELECT 1",
    );
    assert_eq!(told(&log), [""; 0]);
    let app =
        "2026-11-18 14:04:39 INFO worker: still waiting for a lock, wait queue: 3\n".repeat(20);
    assert_eq!(told(&app), [""; 0]);
}

#[test]
fn a_queue_ends_when_the_last_session_has_its_lock_or_gives_up() {
    let mut log = String::new();
    for pid in 20..24 {
        let sql = "SELECT id FROM orders";
        waits(&mut log, "14:04:39", pid, "AccessShareLock", "20", sql);
    }
    let ended = |log: &str| {
        let runs = read(log).commands.into_iter();
        let until = runs.filter(|it| it.tool == "log").find_map(|it| it.until);
        until.map(|time| time.format("%H:%M:%S").to_string())
    };
    for pid in 20..23 {
        let said = format!(
            "LOG:  process {pid} acquired AccessShareLock on relation 16412 of database 16384 after 61000.1 ms"
        );
        line(&mut log, "14:05:39", pid, "shop", &said);
    }
    assert_eq!(ended(&log), None, "one waits still");
    let said = "ERROR:  canceling statement due to lock timeout";
    line(&mut log, "14:06:10", 23, "shop", said);
    assert_eq!(ended(&log).as_deref(), Some("14:06:10"));
}

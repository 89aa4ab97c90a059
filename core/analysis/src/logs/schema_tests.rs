use crate::analysis::Analysis;
use crate::finding::FindingKind;
use crate::{Options, analyze};

fn changes(text: &str) -> Vec<String> {
    let analysis: Analysis = analyze(text.as_bytes(), Options::default());
    for change in &analysis.changes {
        let cited = &change.citation;
        let bytes = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
        assert_eq!(bytes, cited.quote.as_bytes());
    }
    let told = analysis.changes.iter().map(|change| {
        let time = change
            .changed_at
            .map(|time| time.format("%H:%M:%S ").to_string());
        let after = change
            .after
            .as_deref()
            .map_or_else(String::new, |it| format!(" = {it}"));
        let line = change.citation.line_start;
        format!(
            "{}{}{after} (line {line})",
            time.unwrap_or_default(),
            change.done()
        )
    });
    told.collect()
}

/// A migration that makes hundreds of things and takes a few away.
fn migration() -> String {
    let mut log = String::new();
    for at in 0..400 {
        let time = format!(
            "2026-03-25 10:{:02}:{:02}.000 UTC [77] LOG:  ",
            at / 60,
            at % 60
        );
        let statement = match at {
            150 => "DROP INDEX idx_orders_customer".to_owned(),
            200 => "ALTER TABLE orders\n\tDROP COLUMN region,\n\tADD COLUMN zone text;".to_owned(),
            250 => "REVOKE SELECT ON prices FROM reader".to_owned(),
            300 => "ALTER ROLE app CONNECTION LIMIT 5".to_owned(),
            350 => "TRUNCATE sessions".to_owned(),
            _ => format!("CREATE INDEX idx_{at} ON part_{at} (id)"),
        };
        log.push_str(&format!("{time}statement: {statement}\n"));
    }
    log
}

#[test]
fn each_statement_of_a_long_migration_is_a_change_with_time_and_place() {
    let mut told = changes(&migration());
    told.retain(|it| !it.contains("created"));
    let expected = [
        "10:02:30 index idx_orders_customer dropped (line 151)",
        "10:03:20 column orders.region dropped (line 202)",
        "10:04:10 SELECT on prices for reader revoked (line 253)",
        "10:05:00 connection limit of role app altered = 5 (line 303)",
        "10:05:50 rows of table sessions deleted (line 353)",
    ];
    let told: Vec<&String> = told.iter().filter(|it| !it.contains("zone")).collect();
    assert_eq!(told, expected);
}

#[test]
fn what_is_taken_away_stays_among_the_findings() {
    let analysis = analyze(migration().as_bytes(), Options::default());
    let told = analysis.findings.iter();
    let told = told.filter(|it| it.kind == FindingKind::ConfigChange);
    let told: Vec<&str> = told.map(|it| it.statement.as_str()).collect();
    for expected in [
        "index idx_orders_customer dropped in the log at 2026-03-25 10:02:30 UTC",
        "rows of table sessions deleted in the log at 2026-03-25 10:05:50 UTC",
        "connection limit of role app set to 5 in the log at 2026-03-25 10:05:00 UTC",
    ] {
        assert!(told.contains(&expected), "{expected}: {told:#?}");
    }
}

#[test]
fn statements_of_applications_are_read_too() {
    for line in [
        "2026-03-25T10:00:00Z INFO sqlalchemy.engine.Engine DROP INDEX by_day",
        "2026-03-25 10:00:00,123 INFO [migrate] executing: drop index by_day",
        "2026-03-25 10:00:00.123 DEBUG org.hibernate.SQL - drop index by_day",
        "2026-03-25 10:00:00.1 UTC [7] LOG:  duration: 3.1 ms  statement: DROP INDEX by_day",
        "2026-03-25 10:00:00.1 UTC [7] LOG:  AUDIT: SESSION,1,1,DDL,DROP INDEX,INDEX,public.by_day,\"DROP INDEX by_day\",<none>",
        r#"{"time":"2026-03-25T10:00:00Z","level":"info","msg":"running \"DROP INDEX by_day\""}"#,
        "time=2026-03-25T10:00:00Z level=info msg=\"apply\" sql=\"DROP INDEX by_day\"",
    ] {
        let log = format!(
            "{line}\n{}",
            line.replace("DROP INDEX", "select 1 as")
                .replace("drop index", "select 1 as")
        );
        let told = changes(&format!("{log}\n"));
        assert_eq!(told, ["10:00:00 index by_day dropped (line 1)"], "{line}");
    }
    let rails = "== 20260325 DropIndex: migrating ====\n-- remove_column(:orders, :region)\n   -> 0.0021s\n";
    let dated: String = rails
        .lines()
        .map(|it| format!("2026-03-25 10:00:00 INFO {it}\n"))
        .collect();
    assert_eq!(
        changes(&dated),
        ["10:00:00 column orders.region dropped (line 2)"]
    );
}

#[test]
fn what_fails_is_routine_or_runs_later_is_no_change() {
    let failed = "2026-03-25 10:00:00.1 UTC [7] LOG:  statement: DROP INDEX by_day\n2026-03-25 10:00:00.1 UTC [7] ERROR:  index \"by_day\" does not exist\n2026-03-25 10:00:00.1 UTC [7] STATEMENT:  DROP INDEX by_day\n";
    assert_eq!(changes(failed), [""; 0]);
    let routine: String = (10..20)
        .map(|hour| {
            format!("2026-03-25 {hour}:00:00 INFO etl: executing: TRUNCATE TABLE staging\n")
        })
        .collect();
    assert_eq!(changes(&routine), [""; 0]);
    let body = "2026-03-25 10:00:00.1 UTC [7] LOG:  statement: CREATE FUNCTION f() RETURNS void AS $$\n\tBEGIN\n\tDROP TABLE carts;\n\tEND\n\t$$ LANGUAGE plpgsql;\n2026-03-25 10:00:01.1 UTC [7] LOG:  checkpoint complete\n";
    assert_eq!(changes(body), ["10:00:00 function f created (line 1)"]);
    let prose = "2026-03-25 10:00:00 INFO cleaner: drop table rows older than a day\n2026-03-25 10:00:01 INFO docs: create user bob\n";
    assert_eq!(changes(prose), [""; 0]);
    let guide =
        "# Runbook\n\nRun this on the primary:\n\n    DROP INDEX by_day;\n\nThen watch it.\n";
    assert_eq!(changes(guide), [""; 0]);
}

#[test]
fn a_password_is_not_cited() {
    let log = "2026-03-25 10:00:00.1 UTC [7] LOG:  statement: ALTER ROLE app PASSWORD 'hunter2'\n2026-03-25 10:00:01.1 UTC [7] LOG:  checkpoint complete\n";
    let analysis = analyze(log.as_bytes(), Options::default());
    let [change] = analysis.changes.as_slice() else {
        panic!("{:?}", analysis.changes)
    };
    assert_eq!(change.done(), "password of role app altered");
    assert!(change.citation.quote.ends_with("PASSWORD"));
}

#[test]
fn a_trigger_on_a_table_is_a_change_of_it_however_it_is_written() {
    let log = "2026-03-25 10:00:00.000 UTC [77] LOG:  statement: CREATE TABLE notes (id int)
2026-03-25 10:00:10.000 UTC [77] LOG:  statement: CREATE TRIGGER recount
\tAFTER UPDATE OF total
\tON orders
\tFOR EACH ROW EXECUTE FUNCTION recount();
2026-03-25 10:01:00.000 UTC [77] LOG:  statement: DROP TRIGGER old ON orders
";
    let expected = [
        "10:00:00 table notes created (line 1)",
        "10:00:10 trigger recount on table orders created (line 4)",
        "10:01:00 trigger old on table orders dropped (line 6)",
    ];
    assert_eq!(changes(log), expected);
    let listing = "-- V41__recount.sql
CREATE FUNCTION recount() RETURNS trigger AS $$
BEGIN
  REFRESH MATERIALIZED VIEW totals;
  RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER recount AFTER UPDATE ON orders
  FOR EACH ROW EXECUTE FUNCTION recount();

-- V42__notes.sql
ALTER TABLE notes ADD COLUMN text text;
";
    for name in [
        "migrations.sql",
        "migrations.txt",
        "migrations.log",
        "V41__recount",
    ] {
        let options = Options {
            file_name: Some(name.to_owned()),
            ..Options::default()
        };
        let analysis = analyze(listing.as_bytes(), options);
        let mut found = analysis.changes.iter();
        let told = found.find(|it| it.path == "trigger recount on table orders");
        let object = told.and_then(|it| it.component.as_deref());
        assert_eq!(
            object,
            Some("orders"),
            "{name} {:#?}",
            analysis.classification
        );
    }
}

#[test]
fn statements_within_prose_are_no_changes() {
    let prose = "How to mend the queue
First stop the workers and wait a minute.
ALTER TABLE orders DROP COLUMN region;
Then start the workers again.
";
    let options = Options {
        file_name: Some("runbook.txt".to_owned()),
        ..Options::default()
    };
    assert!(analyze(prose.as_bytes(), options).changes.is_empty());
}

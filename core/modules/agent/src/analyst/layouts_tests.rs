use faultmaven_proto::evidence::v1::UploadedFile;

use super::*;

const SLOTS: &str = "psql -c \"select slot_name, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) from pg_replication_slots\"";
const SESSIONS: &str = "psql -c \"select usename, application_name, client_addr, state, count(*) from pg_stat_activity group by 1,2,3,4\"";

fn file(name: &str, text: &str) -> FileLines {
    let lines = text.lines().zip(1..).map(|(text, number)| Line {
        number,
        text: text.to_owned(),
        ..Default::default()
    });
    FileLines {
        file: UploadedFile {
            filename: name.to_owned(),
            ..Default::default()
        },
        lines: lines.collect(),
    }
}

#[test]
fn an_output_is_known_in_every_form() {
    let aligned = " slot_name | active | restart_lsn\n-----------+--------+------------\n a | t | 1/2\n cdc_feed | f | 0/1\n(2 rows)";
    let csv = "slot_name,active,restart_lsn\na,t,1/2\ncdc_feed,f,0/1";
    let expanded = "-[ RECORD 1 ]--\nslot_name   | cdc_feed\nrestart_lsn | 0/1";
    let pretty = "[\n {\n  \"slot_name\": \"cdc_feed\",\n  \"active\": false,\n  \"restart_lsn\": \"0/1\"\n }\n]";
    for text in [aligned, csv, expanded, pretty] {
        assert!(is_output_of(SLOTS, &file("out.txt", text)), "{text}");
        assert!(!is_output_of(SESSIONS, &file("out.txt", text)), "{text}");
    }
    let grouped =
        " usename | application_name | state | count\n----+----+----+----\n a | b | idle | 82";
    assert!(is_output_of(SESSIONS, &file("x.txt", grouped)));
    let disk = file(
        "df.txt",
        "Filesystem Size Used Avail Use% Mounted on\n/dev/a 1G 1G 0 100% /",
    );
    assert!(is_output_of("df -h /var/lib", &disk));
    let named = file("pg_prepared_xacts-1.txt", "7 | x");
    assert!(is_output_of(
        "psql -c 'select * from pg_prepared_xacts'",
        &named
    ));
}

#[test]
fn an_output_names_its_command() {
    let top =
        "NAME                 CPU(cores)   MEMORY(bytes)\nthumbnailer-7d9-x1   12m          1010Mi";
    let history =
        "deployment.apps/orders\nREVISION  CHANGE-CAUSE\n1         initial\n2         pool";
    for (text, command) in [
        (top, Some("kubectl top")),
        (history, Some("kubectl rollout history")),
        ("it broke\nat noon", None),
    ] {
        assert_eq!(command_of(&file("out.txt", text)), command, "{text}");
    }
}

#[test]
fn a_trace_is_printed_by_what_shows_logs() {
    let mut trace = file(
        "paste.txt",
        "Traceback (most recent call last):\nKeyError: 'X'",
    );
    trace.file.set_data_class(DataClass::ErrorReport);
    assert!(!may_print("kubectl top pod x", &trace));
    assert!(may_print("kubectl logs x --previous", &trace));
}

#[test]
fn logs_and_other_tables_are_no_output() {
    let mut log = file("app.log", "pid=1 state=up query=x");
    log.file.set_data_class(DataClass::Logs);
    assert!(!is_output_of(SESSIONS, &log));
    assert!(!is_output_of(
        SESSIONS,
        &file("a.csv", "time,service,latency\n1,a,2")
    ));
}

#[test]
fn the_rows_that_tell_something_are_picked() {
    let slots = file(
        "slots.txt",
        " slot_name | active | restart_lsn\n-----------+--------+------------\n a         | t      | 1/2\n cdc_feed  | f      | 0/1\n(2 rows)",
    );
    let rows = telling_rows(SLOTS, &slots, 3);
    assert_eq!(rows.iter().map(|it| it.number).collect::<Vec<_>>(), [4]);
    let grouped = file(
        "x",
        " usename | state | count\n----+----+----\n a | idle | 82\n b | idle | 3",
    );
    assert_eq!(telling_rows(SESSIONS, &grouped, 1)[0].number, 3);
}

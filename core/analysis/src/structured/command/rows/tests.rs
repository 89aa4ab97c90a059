use super::*;

fn facts(lines: &[&str]) -> Vec<(String, String, String)> {
    let tool = lines
        .iter()
        .find_map(|line| tool_of_heading(line))
        .unwrap_or("psql");
    let mut rows = Rows::default();
    for (at, text) in lines.iter().enumerate() {
        rows.take(&TextLine {
            text,
            quote: text,
            start: 0,
            end: text.len() as u64,
            number: at as u64 + 1,
            carries_on: false,
        });
    }
    let found = rows.facts(tool, None).into_iter();
    found
        .map(|fact| (fact.object, fact.key, fact.value))
        .collect()
}

fn told(lines: &[&str]) -> Vec<String> {
    let found = facts(lines).into_iter();
    found
        .map(|(object, key, value)| format!("{object} {key} {value}"))
        .collect()
}

#[test]
fn sessions_that_hold_or_await_locks_are_told_in_every_layout() {
    let expected = [
        "backfill idle_in_transaction idle in transaction for 32 min (pid 589)",
        "shop waits_for_lock pid 589",
        "pid 589 (backfill, idle in transaction) blocks 1",
    ];
    let aligned = [
        " pid | usename  |        state        | wait_event_type | blocked_by |      xact_start ",
        "-----+----------+---------------------+-----------------+------------+-----------------",
        " 589 | backfill | idle in transaction | Client          | {}         | 2026-10-12 09:00:00+00",
        " 910 | shop     | active              | Lock            | {589}      | 2026-10-12 09:32:10+00",
        " 911 | shop     | active              |                 | {}         | 2026-10-12 09:32:10+00",
        "(3 rows)",
    ];
    assert_eq!(told(&aligned), expected);
    let delimited = [
        "pid,usename,state,wait_event_type,blocked_by,xact_start",
        "589,backfill,idle in transaction,Client,{},2026-10-12 09:00:00+00",
        "910,shop,active,Lock,{589},2026-10-12 09:32:10+00",
    ];
    assert_eq!(told(&delimited), expected);
    let expanded = [
        "-[ RECORD 1 ]---+---------------------",
        "pid             | 589",
        "usename         | backfill",
        "state           | idle in transaction",
        "xact_start      | 2026-10-12 09:00:00+00",
        "-[ RECORD 2 ]---+---------------------",
        "pid             | 910",
        "usename         | shop",
        "wait_event_type | Lock",
        "blocked_by      | {589}",
        "xact_start      | 2026-10-12 09:32:10+00",
    ];
    assert_eq!(told(&expanded), expected);
}

#[test]
fn slots_standbys_tables_and_ages_are_told() {
    for (lines, expected) in [
        (
            vec![
                " slot_name | active | wal_status | retained ",
                "---+---",
                " analytics | f | extended | 45 GB",
            ],
            vec!["analytics slot_inactive 45.0 GiB"],
        ),
        (
            vec!["slot_name,active,wal_status", "db_2,t,reserved"],
            vec![],
        ),
        (
            vec![
                "application_name,state,replay_lag",
                "replica-2,streaming,00:12:00",
                "replica-3,streaming,00:00:00.1",
            ],
            vec!["replica-2 standby_seconds 12 min"],
        ),
        (
            vec![
                "relname,n_live_tup,n_dead_tup,last_autovacuum",
                "orders,1000000,8000000,",
                "small,10,50,",
            ],
            vec![
                "orders dead_rows 8000000 dead rows beside 1000000 live ones, last vacuumed never",
            ],
        ),
        (
            vec![
                " datname  |    age     ",
                "----------+-----------",
                " shop     | 1926538112",
                " template | 12000",
            ],
            vec!["shop xid_age 1926538112"],
        ),
        (
            vec![
                "gid,prepared,owner,age",
                "tx-7,2026-10-12 09:00:00+00,shop,05:00:00",
            ],
            vec!["tx-7 prepared_transaction since 2026-10-12 09:00:00+00, for 5 h"],
        ),
    ] {
        assert_eq!(told(&lines), expected, "{lines:?}");
    }
}

#[test]
fn sessions_of_one_application_are_told_with_their_number_in_all() {
    let lines = [
        "application_name,state,count",
        "checkout,idle,80",
        "checkout,active,7",
        "cart,idle,3",
    ];
    assert_eq!(
        told(&lines),
        [
            "checkout sessions 87 sessions, 80 of them idle",
            "postgresql sessions_total 90"
        ]
    );
}

#[test]
fn queues_and_clusters_are_told() {
    let groups = [
        "GROUP   TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG    CONSUMER-ID  HOST   CLIENT-ID",
        "billing orders 0          100             100             0      c-1          /10.0.0.1 c",
        "billing orders 1          100             50100           50000  -            -      -",
    ];
    assert_eq!(
        told(&groups),
        [
            "billing consumer_lag 50000 messages behind on orders, nearly all of it in partition 1, and 1 of 2 partitions have no reader"
        ]
    );
    let queues = [
        "name\tmessages\tconsumers",
        "orders\t41000\t0",
        "mail\t3\t2",
    ];
    assert_eq!(
        told(&queues),
        ["orders queue_unread 41000 messages and no consumer"]
    );
    let indices = [
        "health status index    uuid pri rep docs.count docs.deleted store.size pri.store.size",
        "red    open   orders-7 abc  1   1   0          0            0b         0b",
        "green  open   orders-6 abd  1   1   10         0            1mb        1mb",
    ];
    assert_eq!(told(&indices), ["orders-7 index_health red"]);
    let processes = [
        "+----+------+-----------+------+---------+------+---------------------------------+-----------+",
        "| Id | User | Host      | db   | Command | Time | State                           | Info      |",
        "+----+------+-----------+------+---------+------+---------------------------------+-----------+",
        "|  7 | shop | 10.0.0.1  | shop | Query   |  900 | Waiting for table metadata lock | SELECT 1  |",
        "|  8 | etl  | 10.0.0.2  | shop | Query   |  950 | executing                       | ALTER x   |",
        "+----+------+-----------+------+---------+------+---------------------------------+-----------+",
    ];
    assert_eq!(
        told(&processes),
        [
            "etl long_statement 15 min (id 8): ALTER x",
            "Waiting for table metadata lock sessions_waiting 1"
        ]
    );
}

#[test]
fn sizes_and_intervals_are_read() {
    assert_eq!(bytes("45 GB").map(told_bytes), Some("45.0 GiB".to_owned()));
    assert_eq!(bytes("2048"), Some(2048.0));
    assert_eq!(bytes("0/1A2B"), None);
    assert_eq!(seconds("1 day 01:00:00"), Some(90_000.0));
    assert_eq!(seconds("00:05:12.5"), Some(312.5));
    assert_eq!(seconds("never"), None);
}

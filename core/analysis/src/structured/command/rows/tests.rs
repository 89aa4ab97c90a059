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
            raw: text.as_bytes(),
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

#[test]
fn statistics_that_are_out_of_date_are_told() {
    let lines = [
        "relname,n_live_tup,n_mod_since_analyze,last_analyze,last_autoanalyze",
        "orders,400000,900000,,2026-10-02 03:00:00+00",
        "loaded,250000,250000,,",
        "small,9000,9000,,",
        "busy,900000,50000,,2026-10-02 03:00:00+00",
        "fresh,20000,40000,,2026-10-12 01:00:00+00",
        "other,100,3,,2026-10-12 09:00:00+00",
    ];
    assert_eq!(
        told(&lines),
        [
            "orders statistics_outdated 900000 rows changed since statistics were gathered, with 400000 rows, last analyzed 2026-10-02 03:00 UTC",
            "loaded statistics_outdated 250000 rows changed since statistics were gathered, with 250000 rows, last analyzed never",
        ]
    );
    let lines = [
        "relname,n_live_tup,n_mod_since_analyze,last_analyze,last_autoanalyze",
        "stage,11884210,11884198,2026-10-12 09:10:00+00,",
        "half,11884210,9884198,2026-10-12 09:10:00+00,2026-10-12 09:12:00+00",
    ];
    assert_eq!(
        told(&lines),
        [
            "stage statistics_outdated 11884198 rows changed since statistics were gathered, with 11884210 rows, last analyzed 2026-10-12 09:10 UTC"
        ]
    );
}

#[test]
fn statistics_that_are_missing_are_told() {
    let lines = [
        "relname,n_live_tup,n_dead_tup,seq_scan,idx_scan,last_analyze,last_autoanalyze",
        "trip,0,1911,20,7100233,,",
        "promo,0,0,9,881,,",
        "region,12,3,90000,0,,",
        "rating,0,77,4400,910,,2026-10-02 03:00:00+00",
    ];
    assert_eq!(
        told(&lines),
        ["trip statistics_missing read 7100253 times, 0 rows known, never analyzed"]
    );
    let lines = [
        "relname,n_live_tup,n_dead_tup,last_analyze,last_autoanalyze",
        "jobs,290,12,,2026-10-12 07:12:40+00",
        "items,0,0,,",
        "offers,0,0,,",
        "prices,0,0,,",
    ];
    assert_eq!(
        told(&lines),
        [
            "items, offers, prices statistics_missing 0 rows known, never analyzed, while 1 others were"
        ]
    );
    assert_eq!(told(&lines[..4]), [""; 0]);
}

#[test]
fn autovacuum_that_is_switched_off_is_told() {
    let options = [
        " relname |                reloptions ",
        "---------+-------------------------------------------",
        " orders  | {fillfactor=90,autovacuum_enabled=false}",
        " carts   | {autovacuum_enabled=true}",
        " users   | ",
        "(3 rows)",
    ];
    assert_eq!(
        told(&options),
        ["orders autovacuum_off {fillfactor=90,autovacuum_enabled=false}"]
    );
}

#[test]
fn what_holds_the_oldest_snapshot_is_told() {
    let standbys = [
        "application_name,state,backend_xmin,xmin_age,replay_lag",
        "replica-2,streaming,812345,48000000,00:00:00.1",
        "replica-3,streaming,48812345,1200,00:00:00.1",
    ];
    assert_eq!(
        told(&standbys),
        ["replica-2 standby_xmin 48000000 transactions"]
    );
    let slots = [
        "slot_name,active,xmin,age",
        "cdc,t,812345,3000000",
        "cdc_2,t,3812345,12",
    ];
    assert_eq!(told(&slots), ["cdc slot_xmin 3000000 transactions"]);
    let of_catalogs = ["slot_name,active,catalog_xmin,age", "cdc,t,812345,3000000"];
    assert_eq!(told(&of_catalogs), [""; 0], "rows of tables are not held");
    let sessions = [
        "pid,application_name,state,backend_xmin,age,xact_start",
        "7,shop,active,812345,3000000,2026-10-12 09:32:10+00",
    ];
    assert_eq!(told(&sessions), [""; 0]);
}

#[test]
fn a_transaction_that_began_just_now_was_not_left_open() {
    let lines = [
        "pid,usename,state,xact_start,state_change",
        "589,shop,idle in transaction,2026-10-12 09:32:08+00,2026-10-12 09:32:08.2+00",
        "590,etl,idle in transaction,2026-10-12 09:30:08+00,2026-10-12 09:30:08.2+00",
        "910,shop,active,2026-10-12 09:32:10+00,2026-10-12 09:32:10+00",
    ];
    assert_eq!(
        told(&lines),
        ["etl idle_in_transaction idle in transaction for 2 min (pid 590)"]
    );
    // Alone, nothing tells how old it is.
    assert_eq!(told(&lines[..2]).len(), 1);
}

#[test]
fn a_prepared_transaction_that_others_wait_for_is_told() {
    let text = "$ psql -c 'select * from pg_prepared_xacts'
 transaction |   gid   |           prepared            | owner | database
-------------+---------+-------------------------------+-------+----------
      858031 | tx-7    | 2026-10-12 09:00:00.12+00     | shop  | shop
      858099 | tx-8    | 2026-10-12 09:31:10.12+00     | shop  | shop
      858100 | tx-9    | 2026-10-12 09:31:58.12+00     | shop  | shop
(3 rows)

$ psql -c 'select * from pg_locks where not granted'
   locktype    | relation | transactionid | pid |   mode    | granted
---------------+----------+---------------+-----+-----------+---------
 transactionid |          |        858031 | 910 | ShareLock | f
(1 row)
";
    let runs = crate::analyze(text.as_bytes(), crate::Options::default()).commands;
    let facts = runs.iter().flat_map(|it| &it.facts);
    let told: Vec<String> = facts
        .map(|it| format!("{} {} {}", it.object, it.key, it.value))
        .collect();
    let held = "since 2026-10-12 09:00:00.12+00, for 31 min (transaction 858031)";
    assert_eq!(
        told,
        [
            format!("tx-7 prepared_transaction {held}"),
            "tx-9 prepared_transaction since 2026-10-12 09:31:58.12+00 (transaction 858100)"
                .to_owned(),
            format!("tx-7 prepared_transaction_blocks {held}"),
            "transaction 858031 lock_not_granted ShareLock, which pid 910 waits for".to_owned(),
        ]
    );
}

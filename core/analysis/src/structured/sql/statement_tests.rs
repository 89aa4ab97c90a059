use super::*;

fn told(text: &str, is_sql: bool) -> Vec<String> {
    let read = read(text, is_sql).unwrap_or_default();
    let words = read.found.into_iter().map(|it| {
        let after = it
            .after
            .map_or_else(String::new, |after| format!(" = {after}"));
        format!("{:?} {}{after}", it.direction, it.path)
    });
    words.collect()
}

/// Statements, and how each is told.
const STATEMENTS: [(&str, &str); 24] = [
    (
        "DROP INDEX idx_orders_customer;",
        "Removed index idx_orders_customer",
    ),
    (
        "drop index concurrently if exists public.\"Idx\"",
        "Removed index public.Idx",
    ),
    (
        "DROP TABLE IF EXISTS `shop`.`carts` CASCADE",
        "Removed table shop.carts",
    ),
    (
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a, b)",
        "Added index i",
    ),
    (
        "ALTER TABLE ONLY orders DROP COLUMN region",
        "Removed column orders.region",
    ),
    (
        "ALTER TABLE orders DROP PRIMARY KEY;",
        "Removed primary key of table orders",
    ),
    ("ALTER TABLE orders DROP KEY by_day", "Removed index by_day"),
    (
        "ALTER TABLE orders DROP CONSTRAINT fk_c",
        "Removed constraint fk_c of table orders",
    ),
    (
        "ALTER TABLE orders RENAME TO orders_old;",
        "Replaced name of table orders = orders_old",
    ),
    (
        "ALTER TABLE orders RENAME COLUMN a TO b",
        "Replaced name of column orders.a = b",
    ),
    (
        "ALTER TABLE orders ALTER COLUMN a DROP NOT NULL",
        "Replaced column orders.a",
    ),
    ("ALTER TABLE orders OWNER TO ops;", "Replaced table orders"),
    (
        "ALTER TABLE orders SET (autovacuum_enabled = false)",
        "Replaced autovacuum_enabled of table orders = false",
    ),
    ("TRUNCATE TABLE sessions", "Removed rows of table sessions"),
    (
        "TRUNCATE sessions RESTART IDENTITY;",
        "Removed rows of table sessions",
    ),
    (
        "REVOKE SELECT ON TABLE orders FROM app;",
        "Removed grant of SELECT on orders for app",
    ),
    ("REVOKE admin FROM ann", "Removed grant of admin for ann"),
    (
        "GRANT ALL ON SCHEMA public TO app",
        "Added grant of ALL on SCHEMA public for app",
    ),
    (
        "ALTER ROLE app CONNECTION LIMIT 5;",
        "Replaced connection limit of role app = 5",
    ),
    (
        "ALTER USER app WITH NOLOGIN",
        "Replaced rights of role app = NOLOGIN",
    ),
    (
        "ALTER ROLE app PASSWORD 'x'",
        "Replaced password of role app",
    ),
    (
        "ALTER ROLE app SET statement_timeout = '5s'",
        "Replaced statement_timeout of role app = 5s",
    ),
    (
        "ALTER SYSTEM SET max_connections TO 20",
        "Replaced max_connections = 20",
    ),
    (
        "SET GLOBAL max_connections = 20",
        "Replaced max_connections = 20",
    ),
];

#[test]
fn each_kind_of_statement_says_what_it_changes() {
    for (text, expected) in STATEMENTS {
        assert_eq!(told(text, false), [expected], "{text}");
    }
    let two = "ALTER TABLE t DROP COLUMN a, ADD COLUMN b numeric(10, 2)";
    assert_eq!(told(two, false), ["Removed column t.a", "Added column t.b"]);
}

#[test]
fn sentences_and_tables_of_a_session_are_no_changes() {
    for text in [
        "drop table rows that are older than a day",
        "create user bob",
        "alter type of the response",
        "grant access to bob",
        "revoke session from list",
        "truncate messages",
        "CREATE TEMP TABLE t (a int)",
        "DROP INDEX",
        "SET search_path = x",
        "",
        "ALTER TABLE",
        "DROP TABLE \"open",
    ] {
        assert_eq!(told(text, false), [""; 0], "{text}");
    }
    assert_eq!(told("alter role app nologin", true).len(), 1);
}

#[test]
fn clauses_follow_on_later_lines() {
    let open = read("ALTER TABLE orders", true).unwrap();
    assert_eq!(open.goes_on, GoesOn::Table("orders".to_owned()));
    assert!(open.found.is_empty());
    let [dropped] = &clauses("orders", "  DROP COLUMN region,")[..] else {
        panic!("one clause")
    };
    assert_eq!(dropped.path, "column orders.region");
    let body = read("CREATE FUNCTION f() RETURNS void AS $$", true).unwrap();
    assert_eq!(body.goes_on, GoesOn::Body { quoted: false });
}

#[test]
fn a_trigger_is_told_with_its_table() {
    for (text, expected) in [
        (
            "CREATE TRIGGER recount AFTER UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION f()",
            "Added trigger recount on table public.orders",
        ),
        (
            "CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE OF a, b ON \"Orders\" FOR EACH ROW",
            "Added trigger t on table Orders",
        ),
        (
            "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE",
            "Added trigger t on table a",
        ),
        (
            "DROP TRIGGER IF EXISTS t ON orders;",
            "Removed trigger t on table orders",
        ),
        ("DROP TRIGGER t;", "Removed trigger t"),
    ] {
        assert_eq!(told(text, false), [expected], "{text}");
    }
    assert_eq!(
        told("create trigger happy code after lunch on monday", false),
        [""; 0]
    );
    assert_eq!(told("CREATE TRIGGER words for the alarm", false), [""; 0]);
}

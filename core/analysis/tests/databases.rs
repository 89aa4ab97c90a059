//! What a database tells, and the causes of known failures that it speaks for.

use faultmaven_analysis::{Analysis, Options, analyze, catalogue};

fn read(name: &str, text: &str) -> Analysis {
    let options = Options {
        file_name: Some(name.to_owned()),
        ..Options::default()
    };
    analyze(text.as_bytes(), options)
}

/// Returns the causes of an entry that something speaks for directly.
fn causes(id: &str, analysis: &Analysis) -> Vec<&'static str> {
    let entry = catalogue().entry(id);
    let causes = entry.into_iter().flat_map(|it| &it.causes).filter(|cause| {
        let mut direct = cause.indicators.direct.iter();
        direct.any(|indicator| indicator.matches(analysis).is_some())
    });
    causes.map(|cause| cause.id.as_str()).collect()
}

#[test]
fn a_queue_behind_a_change_of_the_schema_speaks_for_it() {
    let mut log = String::new();
    for (pid, mode, sql) in [
        (
            74_110,
            "AccessExclusiveLock",
            "ALTER TABLE orders ADD COLUMN region text",
        ),
        (75_001, "AccessShareLock", "SELECT id FROM orders"),
    ] {
        let prefix = format!("2026-11-18 14:04:39.500 UTC [{pid}] app@shop ");
        log.push_str(&format!("{prefix}LOG:  process {pid} still waiting for {mode} on relation 16412 of database 16384 after 1000.130 ms\n{prefix}DETAIL:  Process holding the lock: 71822. Wait queue: 74110, {pid}.\n{prefix}STATEMENT:  {sql}\n"));
    }
    let analysis = read("postgresql.log", &log);
    assert_eq!(causes("postgresql.lock_wait", &analysis), ["schema_change"]);
    let rows = log
        .replace(
            "AccessExclusiveLock on relation 16412",
            "AccessExclusiveLock on tuple (0,1) of relation 16412",
        )
        .replace(
            "ALTER TABLE orders ADD COLUMN region text",
            "DELETE FROM orders WHERE id = 7",
        );
    let analysis = read("postgresql.log", &rows);
    assert_eq!(causes("postgresql.lock_wait", &analysis), [""; 0]);
    let prepared = rows.replace("holding the lock: 71822", "holding the lock: 0");
    let analysis = read("postgresql.log", &prepared);
    let expected = ["prepared_transaction_locks"];
    assert_eq!(causes("postgresql.lock_wait", &analysis), expected);
}

#[test]
fn an_exhausted_integer_leads_over_duplicate_keys() {
    let mut log = String::new();
    for second in 10..50 {
        log.push_str(&format!("2026-11-18 14:04:{second}.500 UTC [77] app@shop ERROR:  duplicate key value violates unique constraint \"carts_pkey\"\n"));
        if second % 5 == 0 {
            log.push_str(&format!(
                "2026-11-18 14:04:{second}.700 UTC [78] app@shop ERROR:  integer out of range\n"
            ));
        }
    }
    let analysis = read("postgresql.log", &log);
    let mut named = analysis
        .findings
        .iter()
        .filter_map(|it| it.signature_id.as_deref());
    assert_eq!(named.next(), Some("postgresql.sequence_exhausted"));
}

#[test]
fn rows_of_tables_and_triggers_speak_for_causes_of_slow_statements() {
    let rows = "relid,schemaname,relname,seq_scan,idx_scan,n_live_tup,n_dead_tup,n_mod_since_analyze,last_vacuum,last_autovacuum,last_analyze,last_autoanalyze
16412,public,orders,3,900,400000,12,900000,,2026-10-12 02:00:00+00,,2026-10-02 03:00:00+00
16413,public,carts,3,900,400000,12,900,,2026-10-12 02:00:00+00,,2026-10-12 03:00:00+00
";
    let entry = "postgresql.slow_query";
    let analysis = read("pg_stat_user_tables.csv", rows);
    assert_eq!(
        causes(entry, &analysis),
        ["statistics_outdated"],
        "{:?}",
        analysis.classification
    );
    let healthy = rows.replace("900000", "9000");
    assert_eq!(
        causes(entry, &read("pg_stat_user_tables.csv", &healthy)),
        [""; 0]
    );
    let log = "2026-11-18 14:04:39.500 UTC [7] app@shop LOG:  statement: CREATE TRIGGER recount AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION recount();\n2026-11-18 14:05:39.500 UTC [7] app@shop LOG:  statement: SELECT 1\n";
    assert_eq!(
        causes(entry, &read("postgresql.log", log)),
        ["trigger_dear"]
    );
}

/// Returns whether an entry is spoken for directly.
fn is_shown(id: &str, analysis: &Analysis) -> bool {
    let entry = catalogue().entry(id);
    let mut direct = entry.into_iter().flat_map(|it| &it.indicators.direct);
    direct.any(|indicator| indicator.matches(analysis).is_some())
}

#[test]
fn the_log_of_a_tool_that_shows_what_it_changes_tells_when() {
    let log = "2026-03-03 21:29:58 TASK [netbase : ntp servers] ok: [br-gw-08]\n\
        2026-03-03 21:30:02 TASK [netbase : interfaces template] changed: [br-gw-08]\n\
        --- before: /etc/systemd/network/wg0.netdev\n\
        +++ after: /etc/systemd/network/wg0.netdev\n\
        @@ -2,3 +2,3 @@\n [NetDev]\n Name=wg0\n-MTUBytes=1420\n+MTUBytes=1500\n\
        2026-03-03 21:30:05 HANDLER [restart networkd] changed: [br-gw-08]\n";
    let analysis = read("netbase.log", log);
    let [change] = analysis.changes.as_slice() else {
        panic!("{:#?}", analysis.changes);
    };
    assert_eq!(change.file, "/etc/systemd/network/wg0.netdev");
    assert!(change.path.ends_with("MTUBytes"), "{}", change.path);
    let at = change.changed_at.unwrap().to_rfc3339();
    assert_eq!(at, "2026-03-03T21:30:02+00:00");
    assert!(is_shown("network.mtu", &analysis));
}

#[test]
fn what_a_change_took_away_speaks_for_a_cause() {
    let diff = |name: &str, before: &str, after: &str| {
        let text = format!(
            "diff --git a/{name} b/{name}\nindex 12af..90be 100644\n@@ -4,3 +4,3 @@\n-{before}\n+{after}\n end\n"
        );
        read("release.diff", &text)
    };
    let bikes = "app/controllers/bikes_controller.rb";
    let taken = diff(
        bikes,
        "@bikes = Bike.includes(:brand).all",
        "@bikes = Bike.all",
    );
    assert!(is_shown("app.query_per_row", &taken));
    assert_eq!(taken.changes[0].file, bikes, "named by the diff alone");
    let kept = "@bikes = Bike.includes(:brand).page(2)";
    let kept = diff(bikes, "@bikes = Bike.includes(:brand).all", kept);
    assert!(!is_shown("app.query_per_row", &kept));
    let added = diff(
        bikes,
        "@bikes = Bike.all",
        "@bikes = Bike.includes(:brand).all",
    );
    assert!(!is_shown("app.query_per_row", &added));
    let moved = "diff --git a/a.rb b/a.rb\n@@ -4,3 +4,3 @@\n-@bikes = Bike.includes(:brand).all\n end\n\
        diff --git a/b.rb b/b.rb\n@@ -4,3 +4,3 @@\n+@bikes = Bike.includes(:brand).all\n end\n";
    assert!(!is_shown("app.query_per_row", &read("release.diff", moved)));
    let list = diff(
        "src/roles.ts",
        "if (roles.includes(user.role)) {",
        "if (has(user)) {",
    );
    assert!(!is_shown("app.query_per_row", &list));
    let brand = "Rails.cache.fetch(\"brand/#{id}\")";
    let brand = diff(bikes, brand, "Rails.cache.fetch(\"maker/#{id}\")");
    assert!(!is_shown("app.cache_expires_at_once", &brand));
    let expiry = diff(
        "app/Warm.php",
        "Cache::put($key, $html, random_int(2700, 4500));",
        "Cache::put($key, $html, $until);",
    );
    assert!(is_shown("app.cache_expires_at_once", &expiry));
}

#[test]
fn each_file_of_a_short_diff_has_its_own_changes() {
    let diff = "diff --git a/app/cart.rb b/app/cart.rb\n@@ -1,2 +1,2 @@\n-limit = 5\n+limit = 9\n\
        diff --git a/config/puma.rb b/config/puma.rb\n@@ -1,2 +1,2 @@\n-threads 3, 5\n+threads 4, 5\n";
    let analysis = read("release.diff", diff);
    let files = analysis.changes.iter().map(|it| it.file.as_str());
    assert_eq!(files.collect::<Vec<_>>(), ["app/cart.rb", "config/puma.rb"]);
}

#[test]
fn a_line_that_tells_of_the_recovery_is_kept_with_what_it_ends() {
    let lost = "2026-11-18 10:00:10.400 UTC [22] FATAL:  could not start WAL streaming: ERROR:  replication slot \"pg_1\" does not exist";
    let back = "2026-11-18 10:00:15.400 UTC [23] LOG:  started streaming WAL from primary at 4A/9C on timeline 8";
    let recovery = |lines: [&str; 2]| {
        let analysis = read("postgresql.log", &(lines.join("\n") + "\n"));
        let mut findings = analysis.findings.into_iter();
        let found =
            findings.find(|it| it.signature_id.as_deref() == Some("postgresql.replication_slot"));
        found.unwrap().recovery.map(|it| it.quote)
    };
    assert_eq!(recovery([lost, back]).as_deref(), Some(back));
    let again = lost.replace("10:00:10", "10:00:20");
    assert_eq!(recovery([back, &again]), None);
}

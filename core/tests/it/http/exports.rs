//! Exports of objects: which pods are in trouble, and what was changed between two of them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::{App, User};

fn answer(reply: &Value) -> &str {
    reply["agent_response"].as_str().unwrap()
}

fn pod(name: &str, node: &str, is_ready: bool) -> Value {
    let (state, ready) = if is_ready {
        (json!({"running": {}}), "True")
    } else {
        (json!({"waiting": {"reason": "CrashLoopBackOff"}}), "False")
    };
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "ownerReferences":
            [{"kind": "ReplicaSet", "name": name.rsplit_once('-').unwrap().0}]},
        "spec": {"nodeName": node, "containers": [{"name": "main", "image": "shop/main:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": [{"name": "main", "ready": is_ready,
                "restartCount": if is_ready { 0 } else { 7 }, "state": state}]}})
}

fn export(objects: &[Value]) -> Vec<u8> {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    serde_json::to_vec_pretty(&list).unwrap()
}

fn pool_of(size: &str) -> Vec<u8> {
    export(&[
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "orders-config", "namespace": "shop"},
            "data": {"DB_POOL_SIZE": size, "LOG_LEVEL": "info"}}),
        pod("orders-7d9f8b6c5-x2k4p", "worker-1", true),
    ])
}

/// Orders that cannot be stored from 10:06 on, as the pool holds five connections.
fn orders_log() -> Vec<u8> {
    let mut log = String::new();
    for minute in 0..40 {
        for second in (0..60).step_by(10) {
            let at = format!("2026-03-10T10:{minute:02}:{second:02}.000Z");
            if minute < 6 {
                writeln!(log, "{at} INFO orders POST /api/orders 201").unwrap();
            } else {
                writeln!(
                    log,
                    "{at} ERROR orders HikariPool-1 - Connection is not available, request timed out after 30000ms (total=5, active=5, idle=0, waiting={second})"
                )
                .unwrap();
            }
        }
    }
    log.into_bytes()
}

async fn investigate(user: &User, files: &[(&str, Vec<u8>)]) -> String {
    let id = user.open_case().await;
    let problem = "orders cannot be stored since 10:06";
    user.hand_over(&id, Some(problem), files).await;
    user.say(&id, "yes").await;
    id
}

#[tokio::test]
async fn pods_and_nodes_in_trouble_are_named_by_an_export() {
    let app = App::start().await;
    let ada = app.admin().await;
    let pods = export(&[
        pod("cart-5b7d9f8b6-aaaaa", "worker-1", true),
        pod("cart-5b7d9f8b6-bbbbb", "worker-2", false),
        pod("ads-6c7d9f8b6-ccccc", "worker-2", true),
    ]);
    let id = investigate(&ada, &[("pods.json", pods)]).await;
    let reply = ada.say(&id, "which pods are not ready?").await;
    let told = answer(&reply);
    assert!(
        told.contains("`cart-5b7d9f8b6-bbbbb` on node `worker-2`: not ready"),
        "{told}"
    );
    assert!(told.contains("`CrashLoopBackOff`, 7 restarts"), "{told}");
    assert!(!told.contains("cart-5b7d9f8b6-aaaaa"), "{told}");
    let reply = ada.say(&id, "which node is affected?").await;
    let told = answer(&reply);
    let first = told.lines().find(|line| line.starts_with("- ")).unwrap();
    assert!(
        first.contains("worker-2") && first.contains("cart-5b7d9f8b6-bbbbb"),
        "{told}"
    );
    let reply = ada.say(&id, "which node does ads run on?").await;
    assert!(
        answer(&reply).contains("`worker-2`: 1 pod, none"),
        "{reply:#}"
    );
}

#[tokio::test]
async fn questions_count_within_the_time_they_name() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigate(&ada, &[("orders.log", orders_log())]).await;
    for (question, parts) in [
        (
            "first errors after 10:20",
            ["120 lines", "written from 10:20 on", "10:20:00.000Z"],
        ),
        (
            "how many errors before 10:07?",
            ["6 lines", "written before 10:07", "10:06:00.000Z"],
        ),
        (
            "what happened between 10:15 and 10:20?",
            ["30 lines", "from 10:15 up to", "10:15:00.000Z"],
        ),
        (
            "which services failed between 10:15 and 10:20?",
            ["`orders`: 30 lines", "written from 10:15", "orders.log"],
        ),
    ] {
        let reply = ada.say(&id, question).await;
        for part in parts {
            assert!(answer(&reply).contains(part), "{part}: {}", answer(&reply));
        }
    }
    let facts = ada.get(&format!("/api/v1/cases/{id}/ui")).await.expect(200);
    assert!(
        !facts.to_string().contains("first errors after"),
        "{facts:#}"
    );
}

#[tokio::test]
async fn a_value_that_two_exports_show_apart_is_a_change_that_errors_meet() {
    let app = App::start().await;
    let ada = app.admin().await;
    for is_at_once in [true, false] {
        let mut files = vec![("orders.log", orders_log())];
        let exports = [("new.json", pool_of("5")), ("old.json", pool_of("50"))];
        let id = if is_at_once {
            files.extend(exports);
            investigate(&ada, &files).await
        } else {
            let id = investigate(&ada, &files).await;
            ada.hand_over(&id, None, &[("a.json", pool_of("50"))]).await;
            ada.hand_over(&id, None, &[("b.json", pool_of("5"))]).await;
            id
        };
        let reply = ada.say(&id, "what changed?").await;
        let told = answer(&reply);
        assert!(
            told.contains("DB_POOL_SIZE of configmap/orders-config changed from 50 to 5"),
            "{told}"
        );
        let ledger = ada
            .get(&format!("/api/v1/cases/{id}/hypotheses"))
            .await
            .expect(200);
        let lead = ledger["conclusion"]["summary"].as_str().unwrap();
        assert!(lead.contains("DB_POOL_SIZE"), "{ledger:#}");
        let evidence = ada
            .get(&format!("/api/v1/cases/{id}/evidence"))
            .await
            .expect(200);
        let evidence = evidence.to_string();
        for place in [
            "DB_POOL_SIZE was 50 before",
            "changed from 50 to 5",
            "total=5",
        ] {
            assert!(evidence.contains(place), "{place}: {evidence}");
        }
    }
}

#[tokio::test]
async fn a_corrected_problem_drops_the_evidence_of_the_other_part() {
    let app = App::start().await;
    let ada = app.admin().await;
    let id = investigate(&ada, &[("orders.log", orders_log())]).await;
    let count = async || {
        let path = format!("/api/v1/cases/{id}/evidence");
        ada.get(&path).await.expect(200)["evidence"]
            .as_array()
            .unwrap()
            .len()
    };
    let before = count().await;
    assert!(before > 0);
    ada.say(&id, "No, the problem is that login rejects everybody")
        .await;
    assert_eq!(count().await, before, "nothing falls before the yes");
    let reply = ada.say(&id, "yes").await;
    assert!(count().await < before, "{reply:#}");
}

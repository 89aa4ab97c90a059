//! Failure signatures of one's own, on a server.

use std::fs;

use crate::harness::{App, User};

const SIGNATURES: &str = "signature:
  - id: shop.cart_locked
    title: A cart stays locked
    kind: condition
    category: data
    patterns: ['cart \\d+ is locked by session']
    mechanism: A session that died keeps its lock.
    meaning: The cleanup of locks does not run.
    not_proof: It does not say why the session died.
    positive: [cart 17 is locked by session 9]
    negative: [cart 17 is free]
    checks: [{ command: shopctl locks, description: Lists the locks and their age. }]
";

#[tokio::test]
async fn a_changed_catalogue_counts_from_the_next_analysis_on() {
    let own = tempfile::tempdir().unwrap();
    let app = App::with(&[("CATALOGUE_DIR", own.path().to_str().unwrap())]).await;
    let ada = app.admin().await;
    assert!(!answered(&ada, 4).await.contains("A cart stays locked"));

    let file = own.path().join("shop.yaml");
    fs::write(&file, SIGNATURES).unwrap();
    let answer = answered(&ada, 5).await;
    assert!(answer.contains("A cart stays locked"), "{answer}");

    fs::write(&file, "signature: 7\n").unwrap();
    let answer = answered(&ada, 6).await;
    assert!(answer.contains("A cart stays locked"), "{answer}");

    let changed = SIGNATURES.replace(
        "A cart stays locked",
        "The lock of a cart outlives its session",
    );
    fs::write(&file, changed).unwrap();
    let answer = answered(&ada, 7).await;
    assert!(answer.contains("outlives its session"), "{answer}");
}

/// Hands a log over in a case of its own; returns the answer.
async fn answered(user: &User, cart: u32) -> String {
    let id = user.open_case().await;
    let log: String = (0..5)
        .map(|at| {
            format!("2025-03-04T14:05:0{at}Z ERROR shop: cart {cart} is locked by session {at}\n")
        })
        .collect();
    let reply = user
        .hand_over(
            &id,
            Some("what is wrong?"),
            &[("shop.log", log.into_bytes())],
        )
        .await;
    reply["agent_response"].as_str().unwrap().to_owned()
}

use std::collections::BTreeMap;

use super::*;
use crate::citation::Citation;

fn told_of(
    name: &str,
    labels: &[(&str, &str)],
    values: impl Iterator<Item = f64>,
) -> Option<String> {
    let labels: BTreeMap<String, String> = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let samples: Vec<Sample> = values
        .enumerate()
        .map(|(at, value)| Sample {
            name: name.to_owned(),
            labels: labels.clone(),
            value,
            observed_at: DateTime::from_timestamp(1_793_728_800 + at as i64 * 60, 0),
            citation: Citation {
                byte_start: at as u64,
                byte_end: at as u64 + 1,
                line_start: at as u64 + 1,
                line_end: at as u64 + 1,
                quote: "1".to_owned(),
            },
        })
        .collect();
    let series: Vec<&Sample> = samples.iter().collect();
    state(&series).map(|found| found.statement)
}

fn falling(to: f64) -> impl Iterator<Item = f64> {
    (0..30).map(move |at| (1e9 - f64::from(at) * 5e7).max(to))
}

#[test]
fn what_runs_out_is_told_with_its_owner_and_time() {
    let claim = [
        ("persistentvolumeclaim", "data-kafka-0"),
        ("node", "ip-10-0-1-2"),
    ];
    assert_eq!(
        told_of("kubelet_volume_stats_available_bytes", &claim, falling(0.0)).as_deref(),
        Some(
            "the volume data-kafka-0 is full from 2026-11-03 18:20:00 UTC on: kubelet_volume_stats_available_bytes falls from 1000000000 to 0"
        )
    );
    let nodes = [("persistentvolumeclaim", "data")];
    assert!(told_of("kubelet_volume_stats_inodes_free", &nodes, falling(0.0)).is_some());
    assert!(told_of("FreeStorageSpace", &[("database", "orders")], falling(0.0)).is_some());
    assert_eq!(
        told_of("kubelet_volume_stats_available_bytes", &claim, falling(1e8)),
        None
    );
    assert_eq!(
        told_of("node_memory_MemFree_bytes", &[], falling(0.0)),
        None
    );
    let always = std::iter::repeat_n(0.0, 30);
    assert_eq!(told_of("pool_connections_free", &[], always), None);
}

#[test]
fn a_share_that_reaches_the_whole_is_used_up() {
    let rising = |whole: f64| (0..30).map(move |at| (0.6 + f64::from(at) * 0.03).min(1.0) * whole);
    let device = [("device", "/dev/vdb")];
    assert!(told_of("disk_used_percent", &device, rising(100.0)).is_some());
    assert!(told_of("heap_usage_ratio", &device, rising(1.0)).is_some());
    assert_eq!(
        told_of("cache_memory_hit_ratio", &device, rising(1.0)),
        None
    );
    assert_eq!(
        told_of("disk_used_percent", &device, std::iter::repeat_n(99.0, 30)),
        None
    );
}

#[test]
fn throttling_and_what_is_down_are_told() {
    let container = [("container", "currency")];
    let throttled = (0..30).map(|at| if at < 10 { 0.02 } else { 0.96 });
    assert_eq!(
        told_of("cfs_throttled_ratio", &container, throttled).as_deref(),
        Some(
            "currency is throttled in up to 96 % of its processor periods from 2026-11-03 18:10:00 UTC on: its CPU limit is too low for its work"
        )
    );
    let noise = (0..30).map(|at| 0.08 + f64::from(at % 3) * 0.01);
    assert_eq!(told_of("cfs_throttled_ratio", &container, noise), None);
    let little = || (0..30).map(|at| f64::from(at % 7) * 0.1);
    assert_eq!(told_of("throttled_pct", &container, little()), None);
    assert!(told_of("throttled_ratio", &container, little()).is_some());
    let ends = || (0..30).map(|at| if at < 10 { 1.0 } else { 0.0 });
    let pod = [("pod", "kafka-0")];
    assert_eq!(
        told_of("up", &pod, ends()).as_deref(),
        Some("kafka-0 is down from 2026-11-03 18:10:00 UTC on: up falls from 1 to 0")
    );
    let blip = (0..30).map(|at| if at == 10 { 0.0 } else { 1.0 });
    assert_eq!(told_of("up", &pod, blip), None);
    let not_ready = [("pod", "kafka-0"), ("condition", "false")];
    assert_eq!(told_of("kube_pod_status_ready", &not_ready, ends()), None);
    let none = (0..30).map(|at| if at < 10 { 3.0 } else { 0.0 });
    let deployment = [("deployment", "cart")];
    assert!(
        told_of(
            "kube_deployment_status_replicas_available",
            &deployment,
            none
        )
        .is_some()
    );
    // Messages that wait are no sign that something serves, and balance is not what is left of it.
    let read = || (0..30).map(|at| if at < 10 { 6.0 } else { 0.0 });
    let queue = [("queue", "ticket.mail")];
    assert_eq!(
        told_of("rabbitmq_queue_messages_ready", &queue, read()),
        None
    );
    let balanced = "kafka_controller_preferredreplicaimbalance";
    assert_eq!(told_of(balanced, &[], read()), None);
}

use super::tests::{list, told};

/// A pod of a replica set on a node.
fn pod(name: &str, node: &str, ready: bool) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"uid-{name}",
        "ownerReferences":[{{"kind":"ReplicaSet","name":"worker-7d9f8c6b5"}}]}},
        "spec":{{"nodeName":"{node}"}},"status":{{"phase":"Running","conditions":[{{"type":"Ready","status":"{}"}}]}}}}"#,
        if ready { "True" } else { "False" }
    )
}

fn node(name: &str, arch: &str, zone: &str) -> String {
    format!(
        r#"{{"kind":"Node","apiVersion":"v1","metadata":{{"name":"{name}","labels":{{"kubernetes.io/arch":"{arch}","topology.kubernetes.io/zone":"{zone}"}}}}}}"#
    )
}

fn split(nodes: &[String]) -> Vec<String> {
    let pods = list(&[
        pod("worker-7d9f8c6b5-aaaaa", "n-1", true),
        pod("worker-7d9f8c6b5-bbbbb", "n-2", true),
        pod("worker-7d9f8c6b5-ccccc", "n-3", false),
        pod("worker-7d9f8c6b5-ddddd", "n-4", false),
    ]);
    let nodes = list(nodes);
    told(&[("pods.json", &pods), ("nodes.json", &nodes)])
}

#[test]
fn what_the_nodes_of_failing_pods_have_in_common_is_told() {
    let by_arch = split(&[
        node("n-1", "amd64", "a"),
        node("n-2", "amd64", "b"),
        node("n-3", "arm64", "a"),
        node("n-4", "arm64", "b"),
    ]);
    assert!(
        by_arch[0].contains("run on n-3 and n-4, the 2 healthy ones on n-1 and n-2")
            && by_arch[0].ends_with("their nodes have architecture arm64 instead of amd64"),
        "{by_arch:?}"
    );
    let by_zone = split(&[
        node("n-1", "amd64", "a"),
        node("n-2", "amd64", "b"),
        node("n-3", "amd64", "c"),
        node("n-4", "amd64", "c"),
    ]);
    assert!(
        by_zone[0].contains("zone c instead of a and b"),
        "{by_zone:?}"
    );
}

#[test]
fn nodes_say_nothing_where_they_do_not_part_the_pods() {
    let alike = [
        node("n-1", "amd64", "a"),
        node("n-2", "amd64", "a"),
        node("n-3", "amd64", "a"),
        node("n-4", "amd64", "a"),
    ];
    assert_eq!(split(&alike), [""; 0]);
    let shared = list(&[
        pod("worker-7d9f8c6b5-aaaaa", "n-1", true),
        pod("worker-7d9f8c6b5-bbbbb", "n-1", true),
        pod("worker-7d9f8c6b5-ccccc", "n-1", false),
        pod("worker-7d9f8c6b5-ddddd", "n-4", false),
    ]);
    assert_eq!(told(&[("pods.json", &shared)]), [""; 0]);
}

#[test]
fn pods_that_share_nodes_part_without_a_list_of_nodes() {
    let pods = list(&[
        pod("worker-7d9f8c6b5-aaaaa", "n-1", true),
        pod("worker-7d9f8c6b5-bbbbb", "n-2", true),
        pod("worker-7d9f8c6b5-ccccc", "n-3", false),
        pod("worker-7d9f8c6b5-ddddd", "n-3", false),
    ]);
    let told = told(&[("pods.json", &pods)]);
    assert!(told[0].contains("that fail run on n-3"), "{told:?}");
}

fn preempted(pod: &str, message: &str) -> String {
    format!(
        r#"{{"kind":"Event","apiVersion":"v1","metadata":{{"name":"{pod}.1","namespace":"shop"}},"type":"Normal","reason":"Preempted","message":"{message}",
        "involvedObject":{{"kind":"Pod","name":"{pod}","namespace":"shop"}},"firstTimestamp":"2026-10-12T09:30:00Z","lastTimestamp":"2026-10-12T09:30:00Z"}}"#
    )
}

fn urgent(name: &str, node: &str) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"batch","uid":"uid-{name}",
        "ownerReferences":[{{"kind":"Job","name":"train"}}]}},"spec":{{"nodeName":"{node}","priority":1000000,"priorityClassName":"urgent"}},
        "status":{{"phase":"Running"}}}}"#
    )
}

#[test]
fn who_pushed_pods_off_their_nodes_is_named() {
    let pods = list(&[urgent("train-0", "n-1")]);
    for message in [
        "Preempted by pod uid-train-0 on node n-1",
        "Preempted by batch/train-0 on node n-1",
        "Preempted by a pod on node n-1",
    ] {
        let events = list(&[
            preempted("cart-7d9f8c6b5-aaaaa", message),
            preempted("cart-7d9f8c6b5-bbbbb", message),
        ]);
        let told = told(&[("events.json", &events), ("pods.json", &pods)]);
        assert_eq!(
            told,
            [
                "error cart: 2 pods of cart had to leave their nodes for train (namespace batch, priority class urgent, 1000000): preemption by priority"
            ],
            "{message}"
        );
    }
    let alone = list(&[preempted("cart-0", "Preempted by pod uid-9 on node n-1")]);
    let told = told(&[("events.json", &alone)]);
    assert!(told[0].contains("for a pod of higher priority"), "{told:?}");
    let other = list(&[preempted("cart-0", "Stopping container cart")]);
    assert_eq!(super::tests::told(&[("events.json", &other)]), [""; 0]);
}

fn chaos(spec: &str, phase: &str) -> String {
    format!(
        r#"{{"kind":"NetworkChaos","apiVersion":"chaos-mesh.org/v1alpha1","metadata":{{"name":"day","namespace":"shop","creationTimestamp":"2026-10-12T09:29:59Z"}},
        "spec":{spec},"status":{{"experiment":{{"desiredPhase":"{phase}"}}}}}}"#
    )
}

#[test]
fn experiments_are_told_with_what_they_do_and_to_whom() {
    let spec = r#"{"action":"delay","delay":{"latency":"300ms"},"selector":{"labelSelectors":{"app":"cache"}},"duration":"1h"}"#;
    let running = list(&[chaos(spec, "Run")]);
    let event = list(&[preempted(
        "day",
        "Successfully apply chaos for shop/cache-7d9f8c6b5-aaaaa",
    )
    .replace("\"kind\":\"Pod\"", "\"kind\":\"NetworkChaos\"")]);
    let both = told(&[("events.json", &event), ("objects.json", &running)]);
    assert_eq!(
        both,
        [
            "error cache: the chaos experiment networkchaos/day (network delay, latency 300ms, duration 1h) is applied to cache"
        ]
    );
    let by_event = told(&[("events.json", &event)]);
    assert!(
        by_event[0].ends_with("networkchaos/day is applied to cache"),
        "{by_event:?}"
    );
    let ended = list(&[chaos(spec, "Stop")]);
    assert_eq!(told(&[("objects.json", &ended)]), [""; 0]);
    let litmus = list(&[
        r#"{"kind":"ChaosEngine","apiVersion":"litmuschaos.io/v1alpha1","metadata":{"name":"e","namespace":"shop"},
        "spec":{"engineState":"active","appinfo":{"applabel":"app=cart"},"experiments":[{"name":"pod-delete"}]}}"#
            .to_owned(),
    ]);
    let litmus = told(&[("objects.json", &litmus)]);
    assert!(
        litmus[0].ends_with("chaosengine/e (pod-delete) is applied to cart"),
        "{litmus:?}"
    );
}

#[test]
fn a_route_that_injects_a_fault_is_an_experiment() {
    let route = |fault: &str| {
        list(&[format!(
            r#"{{"kind":"VirtualService","apiVersion":"networking.istio.io/v1","metadata":{{"name":"ratings","namespace":"shop"}},
            "spec":{{"hosts":["ratings"],"http":[{{{fault}"route":[{{"destination":{{"host":"ratings"}}}}]}}]}}}}"#
        )])
    };
    let delay = r#""fault":{"delay":{"fixedDelay":"7s","percentage":{"value":100}}},"#;
    let told_of = |fault: &str| told(&[("istio.json", &route(fault))]);
    assert_eq!(
        told_of(delay),
        [
            "error ratings: the chaos experiment virtualservice/ratings (fault injection: delay 7s for 100 % of the requests) is applied to ratings"
        ]
    );
    let off = delay.replace("100", "0");
    assert_eq!(told_of(&off), [""; 0]);
    assert_eq!(told_of(""), [""; 0]);
}

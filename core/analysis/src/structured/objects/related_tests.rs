use crate::clues::Related;
use crate::{Options, analyze};

fn related(objects: &str) -> Related {
    let text = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{objects}]}}"#);
    analyze(text.as_bytes(), Options::default()).clues.related
}

#[test]
fn endpoints_list_the_pods_that_are_ready() {
    let endpoint = |pod: &str, ready: bool| {
        format!(
            r#"{{"addresses":["10.1.0.4"],"conditions":{{"ready":{ready}}},"targetRef":{{"kind":"Pod","name":"{pod}"}}}}"#
        )
    };
    let slice = format!(
        r#"{{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{{"name":"cart-x","namespace":"n",
        "labels":{{"kubernetes.io/service-name":"cart"}}}},"endpoints":[{},{}]}}"#,
        endpoint("cart-1", true),
        endpoint("cart-2", false)
    );
    let endpoints = r#"{"kind":"Endpoints","metadata":{"name":"shop","namespace":"n"},"subsets":[{
        "addresses":[{"ip":"10.1.0.6","targetRef":{"kind":"Pod","name":"shop-1"}}],
        "notReadyAddresses":[{"ip":"10.1.0.7","targetRef":{"kind":"Pod","name":"shop-2"}}]}]}"#;
    let served = related(&format!("{slice},{endpoints}")).served;
    let served: Vec<String> = served
        .into_iter()
        .map(|it| format!("{} {} {}", it.service, it.pod, it.place.quote))
        .collect();
    assert_eq!(
        served,
        [
            r#"cart cart-1 "name":"cart-1""#,
            r#"shop shop-1 "name":"shop-1""#
        ]
    );
}

#[test]
fn jobs_of_a_schedule_count_while_they_are_at_work() {
    let job = |name: &str, status: &str| {
        format!(
            r#"{{"kind":"Job","metadata":{{"name":"{name}","ownerReferences":[{{"kind":"CronJob","name":"sync"}}]}},"status":{{{status}}}}}"#
        )
    };
    let jobs = [
        job("a", r#""active":1"#),
        job(
            "b",
            r#""succeeded":1,"completionTime":"2026-10-12T09:00:00Z""#,
        ),
        job(
            "c",
            r#""active":1,"conditions":[{"type":"Failed","status":"True"}]"#,
        ),
        job("d", ""),
    ];
    let runs = related(&jobs.join(",")).runs;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].schedule, "sync");
}

#[test]
fn values_count_as_written_anew_when_that_was_after_they_were_made() {
    let map = |time: &str, fields: &str| {
        format!(
            r#"{{"kind":"ConfigMap","metadata":{{"name":"c","namespace":"n","creationTimestamp":"2026-10-01T00:00:00Z",
            "managedFields":[{{"manager":"kubectl","time":"{time}","fieldsV1":{{{fields}}}}}]}},"data":{{"DB_HOST":"db"}}}}"#
        )
    };
    let data = r#""f:data":{".":{},"f:DB_HOST":{}}"#;
    let rewritten = related(&map("2026-10-12T09:00:00Z", data)).rewritten;
    assert_eq!(rewritten[0].keys.keys().collect::<Vec<_>>(), ["DB_HOST"]);
    assert!(
        related(&map("2026-10-01T00:00:00Z", data))
            .rewritten
            .is_empty()
    );
    let labels = r#""f:metadata":{"f:labels":{}}"#;
    assert!(
        related(&map("2026-10-12T09:00:00Z", labels))
            .rewritten
            .is_empty()
    );
}

#[test]
fn variables_are_read_when_a_container_starts() {
    let pod = |state: &str| {
        format!(
            r#"{{"kind":"Pod","metadata":{{"name":"api-1","namespace":"n"}},"spec":{{"containers":[{{"name":"api",
            "envFrom":[{{"configMapRef":{{"name":"c"}}}}],
            "env":[{{"name":"P","valueFrom":{{"secretKeyRef":{{"name":"s","key":"password"}}}}}}]}}]}},
            "status":{{"phase":"Running","containerStatuses":[{{"name":"api","state":{{{state}}}}}]}}}}"#
        )
    };
    let read = related(&pod(r#""running":{"startedAt":"2026-10-12T08:00:00Z"}"#)).environments;
    let read: Vec<String> = read
        .into_iter()
        .map(|it| format!("{} {} {:?}", it.kind.as_str(), it.name, it.key))
        .collect();
    assert_eq!(read, ["configmap c None", r#"secret s Some("password")"#]);
    assert!(related(&pod(r#""waiting":{}"#)).environments.is_empty());
}

use super::*;

const DAY: &str = "2026-10-12T";

/// A pod of the cart that reads its variables from a config map, and may declare a port.
fn reader(id: &str, started: &str, port: Option<u16>) -> String {
    let ports = port.map_or_else(String::new, |port| {
        format!(r#","ports":[{{"name":"http","containerPort":{port}}}]"#)
    });
    format!(
        r#"{{"kind":"Pod","metadata":{{"name":"cart-7c9d8f6b5-{id}","namespace":"shop","labels":{{"app":"cart"}},"ownerReferences":[{{"kind":"ReplicaSet","name":"cart-7c9d8f6b5"}}]}},
        "spec":{{"containers":[{{"name":"cart","envFrom":[{{"configMapRef":{{"name":"cart-config"}}}}]{ports}}}]}},
        "status":{{"phase":"Running","containerStatuses":[{{"name":"cart","state":{{"running":{{"startedAt":"{DAY}{started}Z"}}}}}}]}}}}"#
    )
}

#[test]
fn pods_with_the_values_of_before_and_of_today_are_told() {
    let with = |second: &str| {
        let pods = [
            reader("aaaaa", "08:00:00", None),
            reader("bbbbb", second, None),
        ];
        let written = format!("{DAY}09:20:00Z");
        told(&[
            ("config.json", config("db", &written)),
            ("pods.json", list(&pods)),
        ])
    };
    assert_eq!(
        with("09:30:00"),
        [
            "pods.json cart environment_outdated configmap/cart-config changed at 2026-10-12T09:20:00Z, pods run since 2026-10-12T08:00:00Z"
        ]
    );
    assert_eq!(with("08:05:00"), NOTHING, "all have the same values");
}

#[test]
fn a_port_that_no_container_declares_is_told() {
    let with = |key: &str, port: &str, declared: Option<u16>| {
        let config = list(&[format!(
            r#"{{"kind":"ConfigMap","metadata":{{"name":"cart-config","namespace":"shop"}},"data":{{"{key}":"{port}"}}}}"#
        )]);
        let pods = list(&[reader("aaaaa", "08:00:00", declared)]);
        let service = r#"{"kind":"Service","metadata":{"name":"cart","namespace":"shop"},"spec":{"selector":{"app":"cart"},"ports":[{"port":80,"targetPort":8080}]}}"#;
        let services = list(&[service.to_owned()]);
        told(&[
            ("config.json", config),
            ("pods.json", pods),
            ("services.json", services),
        ])
    };
    assert_eq!(
        with("SERVER_PORT", "8090", Some(8080)),
        [
            "config.json cart port_undeclared 8090 (SERVER_PORT in configmap/cart-config), while its containers declare 8080, http"
        ]
    );
    assert_eq!(with("SERVER_PORT", "8080", Some(8080)), NOTHING);
    assert_eq!(
        with("SERVER_PORT", "8090", None),
        NOTHING,
        "nothing is declared"
    );
    assert_eq!(
        with("DB_PORT", "5432", Some(8080)),
        NOTHING,
        "the port of another"
    );
}

#[test]
fn a_canary_that_is_pointed_elsewhere_is_told() {
    let deployment = |name: &str, url: &str| {
        format!(
            r#"{{"kind":"Deployment","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"template":{{"spec":{{"containers":[{{"name":"checkout","env":[{{"name":"PSP_URL","value":"{url}"}},{{"name":"COLOUR","value":"{name}"}}]}}]}}}}}}}}"#
        )
    };
    let with = |second: &str, url: &str| {
        let objects = [
            deployment("checkout", "https://api.psp.example"),
            deployment(second, url),
        ];
        told(&[("deployments.json", list(&objects))])
    };
    assert_eq!(
        with("checkout-canary", "https://sandbox.psp.example"),
        [
            "deployments.json deployment/checkout-canary variant_differs PSP_URL leads to https://sandbox.psp.example, and to https://api.psp.example in deployment/checkout"
        ]
    );
    assert_eq!(with("checkout-canary", "https://api.psp.example"), NOTHING);
    assert_eq!(with("payments", "https://sandbox.psp.example"), NOTHING);
    let login = with("checkout-canary", "https://app:hunter2@sandbox.psp.example");
    assert_eq!(login, NOTHING, "a login is not told");
}

use super::*;

fn demand(namespace: &str, mode: &str, rest: &str) -> String {
    format!(
        r#"{{"kind":"PeerAuthentication","metadata":{{"name":"strict","namespace":"{namespace}"}},"spec":{{"mtls":{{"mode":"{mode}"}}{rest}}}}}"#
    )
}

fn route(host: &str, mode: &str) -> String {
    format!(
        r#"{{"kind":"DestinationRule","metadata":{{"name":"payment","namespace":"shop"}},"spec":{{"host":"{host}","trafficPolicy":{{"tls":{{"mode":"{mode}"}}}}}}}}"#
    )
}

fn in_mesh(sidecar: bool) -> String {
    let own = pod(OWN, "payment", "registry/payment:1", true);
    if sidecar {
        let beside =
            r#""image":"registry/payment:1"},{"name":"istio-proxy","image":"istio/proxyv2"}"#;
        own.replace(r#""image":"registry/payment:1"}"#, beside)
    } else {
        own
    }
}

#[test]
fn a_route_without_mutual_tls_to_pods_that_demand_it_is_told() {
    let with = |rules: &[String], sidecar: bool| {
        let cluster = list(&[in_mesh(sidecar), service("payment")]);
        told(&[("mesh.json", list(rules)), ("cluster.json", cluster)])
    };
    let rules = |host: &str, mode: &str, demand: String| [route(host, mode), demand];
    let strict = || demand("shop", "STRICT", "");
    for host in ["payment", "payment.shop", "payment.shop.svc.cluster.local"] {
        assert_eq!(
            with(&rules(host, "DISABLE", strict()), true),
            [format!(
                "mesh.json destinationrule/payment mtls_conflict destinationrule/payment calls {host} with TLS DISABLE, \
                while peerauthentication/strict of shop demands mutual TLS"
            )]
        );
    }
    let root = demand("istio-system", "STRICT", "");
    assert_eq!(with(&rules("payment", "SIMPLE", root), true).len(), 1);
    for fine in [
        rules("payment", "ISTIO_MUTUAL", strict()),
        rules("payment", "DISABLE", demand("shop", "PERMISSIVE", "")),
        rules("payment", "DISABLE", demand("other", "STRICT", "")),
        rules("api.example.com", "SIMPLE", strict()),
        rules(
            "payment",
            "DISABLE",
            demand(
                "shop",
                "STRICT",
                r#","selector":{"matchLabels":{"app":"cart"}}"#,
            ),
        ),
        rules(
            "payment",
            "DISABLE",
            demand(
                "shop",
                "STRICT",
                r#","portLevelMtls":{"80":{"mode":"DISABLE"}}"#,
            ),
        ),
    ] {
        assert_eq!(with(&fine, true), NOTHING, "{fine:?}");
    }
    assert_eq!(with(&rules("payment", "DISABLE", strict()), false), NOTHING);
}

#[test]
fn the_narrowest_demand_decides() {
    let own = demand(
        "shop",
        "PERMISSIVE",
        r#","selector":{"matchLabels":{"app":"payment"}}"#,
    );
    let own = own.replace("strict", "payment");
    let files = [
        (
            "mesh.json",
            list(&[
                route("payment", "DISABLE"),
                demand("shop", "STRICT", ""),
                own,
            ]),
        ),
        ("cluster.json", list(&[in_mesh(true), service("payment")])),
    ];
    assert_eq!(told(&files), NOTHING);
}

use crate::{Analysis, Options, analyze, tie_findings, verify_citation};

fn read(name: &str, text: &str) -> Analysis {
    let options = Options {
        file_name: Some(name.to_owned()),
        ..Options::default()
    };
    analyze(text.as_bytes(), options)
}

/// Returns what is told of the files together; every citation is checked.
pub(super) fn told(files: &[(&str, &str)]) -> Vec<String> {
    let mut analyses: Vec<Analysis> = files.iter().map(|(name, text)| read(name, text)).collect();
    let before: Vec<usize> = analyses.iter().map(|it| it.findings.len()).collect();
    let mut named: Vec<(&str, &mut Analysis)> = files
        .iter()
        .zip(&mut analyses)
        .map(|((name, _), analysis)| (*name, analysis))
        .collect();
    tie_findings(&mut named);
    let mut told = Vec::new();
    for (((_, text), analysis), before) in files.iter().zip(&analyses).zip(before) {
        let added = analysis.findings.len() - before;
        let tied = analysis
            .findings
            .iter()
            .filter(|it| !it.elsewhere.is_empty() || it.kind.as_str() == "config_value");
        assert!(tied.clone().count() <= added);
        for finding in tied {
            for cited in &finding.citations {
                let range = cited.byte_start as usize..cited.byte_end as usize;
                verify_citation(&text.as_bytes()[range], cited, analysis.encoding).unwrap();
            }
            for place in &finding.elsewhere {
                let (_, other) = files.iter().find(|(name, _)| *name == place.file).unwrap();
                let range = place.citation.byte_start as usize..place.citation.byte_end as usize;
                assert_eq!(&other[range], place.citation.quote);
            }
            let component = finding.component.as_deref().unwrap_or("-");
            told.push(format!(
                "{} {component}: {}",
                finding.severity.as_str(),
                finding.statement
            ));
        }
    }
    told
}

#[track_caller]
fn assert_told(files: &[(&str, &str)], parts: &[&str]) {
    let told = told(files);
    assert!(!told.is_empty(), "nothing is told");
    for part in parts {
        assert!(told[0].contains(part), "{part} in {told:#?}");
    }
}

fn deployment(name: &str, env: &str) -> String {
    format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{"name":"{name}","namespace":"shop"}},
        "spec":{{"replicas":1,"template":{{"metadata":{{"labels":{{"app":"{name}"}}}},
        "spec":{{"containers":[{{"name":"{name}","ports":[{{"containerPort":8080}}],"env":[{env}]}}]}}}}}}}}"#
    )
}

pub(super) fn list(objects: &[String]) -> String {
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{}]}}\n",
        objects.join(",\n")
    )
}

fn services(names: &[&str]) -> String {
    let services: Vec<String> = names
        .iter()
        .map(|name| {
            format!(
                r#"{{"kind":"Service","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"ports":[{{"port":8080}}]}}}}"#
            )
        })
        .collect();
    list(&services)
}

fn log(message: &str) -> String {
    (0..5)
        .map(|at| format!("2026-10-12T09:30:{at:02}Z ERROR {message}\n"))
        .collect()
}

#[test]
fn an_address_that_no_service_has_is_tied_to_the_errors() {
    let workload = list(&[deployment(
        "checkout",
        r#"{"name":"PAYMENT_ADDR","value":"payments:8080"}"#,
    )]);
    let listed = services(&["payment", "cart"]);
    let fails = log("rpc failed: lookup payments on 10.96.0.10:53: no such host");
    let files = [
        ("deployments.json", workload.as_str()),
        ("services.json", listed.as_str()),
        ("checkout.log", fails.as_str()),
    ];
    assert_told(
        &files,
        &[
            "error checkout: PAYMENT_ADDR of deployment/checkout is payments:8080",
            "service/payment",
            "no such host",
        ],
    );
    let well = log("rpc failed: card declined");
    let files = [files[0], files[1], ("checkout.log", well.as_str())];
    assert_eq!(told(&files), [""; 0]);
}

#[test]
fn the_password_of_an_address_is_not_told() {
    let value = super::without_password("postgres://app:pw@db.shop:5432/x");
    assert_eq!(value, "postgres://app@db.shop:5432/x");
    assert_eq!(super::without_password("db:5432"), "db:5432");
}

#[test]
fn a_port_that_a_service_does_not_offer_is_tied_to_the_errors() {
    let workload = list(&[deployment(
        "checkout",
        r#"{"name":"PAYMENT_ADDR","value":"payment:8081"}"#,
    )]);
    let listed = services(&["payment", "cart"]);
    let fails = log("charge: dial tcp payment:8081: connect: connection refused");
    let files = [
        ("deployments.json", workload.as_str()),
        ("services.json", listed.as_str()),
        ("checkout.log", fails.as_str()),
    ];
    assert_told(&files, &["service/payment offers port 8080 and not 8081"]);
    let sound = list(&[deployment(
        "checkout",
        r#"{"name":"PAYMENT_ADDR","value":"payment:8080"}"#,
    )]);
    let down = log("charge: dial tcp payment:8080: connect: connection refused");
    let files = [
        ("deployments.json", sound.as_str()),
        files[1],
        ("checkout.log", down.as_str()),
    ];
    assert_eq!(told(&files), [""; 0]);
}

#[test]
fn a_time_limit_is_tied_to_errors_of_the_same_time() {
    let workload = list(&[deployment(
        "cart",
        r#"{"name":"REDIS_TIMEOUT","value":"30ms"}"#,
    )]);
    let fails = log("request timed out after 30ms");
    let files = [
        ("deployments.json", workload.as_str()),
        ("cart.log", fails.as_str()),
    ];
    assert_told(
        &files,
        &["error cart: REDIS_TIMEOUT of deployment/cart is 30ms"],
    );
    let slower = log("request timed out after 5s");
    assert_eq!(told(&[files[0], ("cart.log", slower.as_str())]), [""; 0]);
    assert_eq!(told(&[files[0], ("ads.log", fails.as_str())]), [""; 0]);
}

#[test]
fn a_limit_of_a_config_map_is_tied_to_errors_that_meet_it() {
    let map = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"orders","namespace":"shop"},"data":{"app.properties":"db.pool.size=5\ndb.host=db\n"}}"#;
    let fails = log("QueuePool limit of size 5 overflow 0 reached, connection timed out");
    assert_told(
        &[("configmaps.json", map), ("orders.log", fails.as_str())],
        &["db.pool.size of configmap/orders is 5"],
    );
    assert_eq!(
        told(&[
            ("configmaps.json", map),
            ("orders.log", log("order 5 failed").as_str())
        ]),
        [""; 0]
    );
}

#[test]
fn a_variable_that_is_missed_is_tied_to_the_workload() {
    let misspelt = list(&[deployment(
        "mailer",
        r#"{"name":"SMTP_HOTS","value":"smtp:25"}"#,
    )]);
    let fails = log("fatal: environment variable SMTP_HOST is not set");
    let files = [
        ("deployments.json", misspelt.as_str()),
        ("mailer-7d9f8c4b5-x2k4q.log", fails.as_str()),
    ];
    assert_told(
        &files,
        &["error mailer: deployment/mailer sets SMTP_HOTS, while its program reads SMTP_HOST"],
    );
    let no_program = log("exec: valkey-srv: executable file not found in $PATH: unknown");
    let files = [
        files[0],
        ("mailer-7d9f8c4b5-x2k4q.log", no_program.as_str()),
    ];
    assert_eq!(told(&files), [""; 0]);
    let files = [files[0], ("mailer-7d9f8c4b5-x2k4q.log", fails.as_str())];
    let absent = list(&[deployment("mailer", r#"{"name":"MODE","value":"fast"}"#)]);
    let files = [("deployments.json", absent.as_str()), files[1]];
    assert_told(&files, &["deployment/mailer does not set SMTP_HOST"]);
    let set = list(&[deployment(
        "mailer",
        r#"{"name":"SMTP_HOST","value":"smtp:25"}"#,
    )]);
    assert_eq!(
        told(&[("deployments.json", set.as_str()), files[1]]),
        [""; 0]
    );
}

#[test]
fn keys_of_volumes_are_looked_for_too() {
    let map = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"app","namespace":"shop"},"data":{"app.yml":"a: 1"}}"#;
    let pod = |volume: &str| {
        list(&[format!(
            r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"api-0","namespace":"shop"}},"spec":{{"volumes":[{{"name":"v",{volume}}}],"containers":[{{"name":"api"}}]}},
            "status":{{"phase":"Pending","conditions":[{{"type":"Ready","status":"False"}}]}}}}"#
        )])
    };
    let needs =
        "pod/api-0 needs key app.yaml of configmap/app, which has no such key; it has app.yml";
    let items = r#""name":"app","items":[{"key":"app.yaml","path":"app.yaml"}]"#;
    for volume in [
        format!(r#""configMap":{{{items}}}"#),
        format!(r#""projected":{{"sources":[{{"configMap":{{{items}}}}}]}}"#),
    ] {
        let pods = pod(&volume);
        assert_told(
            &[("pods.json", pods.as_str()), ("maps.json", map)],
            &[needs],
        );
    }
    let right = pod(r#""projected":{"sources":[{"configMap":{"name":"app"}}]}"#);
    assert_eq!(
        told(&[("pods.json", right.as_str()), ("maps.json", map)]),
        [""; 0]
    );
}

#[test]
fn a_key_that_a_secret_does_not_have_is_told() {
    let secret = |key: &str| {
        format!(
            r#"{{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"db","namespace":"shop"}},"data":{{"{key}":"cHc="}}}}"#
        )
    };
    let pod = |reason: &str, ready: &str| {
        format!(
            r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"api-0","namespace":"shop"}},"spec":{{"containers":[{{"name":"api","env":[{{"name":"PW","valueFrom":{{"secretKeyRef":{{"name":"db","key":"password"}}}}}}]}}]}},
            "status":{{"phase":"{reason}","conditions":[{{"type":"Ready","status":"{ready}"}}]}}}}"#
        )
    };
    let (waits, wrong) = (list(&[pod("Pending", "False")]), secret("passwd"));
    assert_told(
        &[
            ("pods.json", waits.as_str()),
            ("secrets.json", wrong.as_str()),
        ],
        &["pod/api-0 needs key password of secret/db, which has no such key; it has passwd"],
    );
    let right = secret("password");
    assert_eq!(
        told(&[
            ("pods.json", waits.as_str()),
            ("secrets.json", right.as_str())
        ]),
        [""; 0]
    );
    let runs = list(&[pod("Running", "True")]);
    assert_eq!(
        told(&[
            ("pods.json", runs.as_str()),
            ("secrets.json", wrong.as_str())
        ]),
        [""; 0]
    );
}

fn policy(spec: &str) -> String {
    format!(
        r#"{{"kind":"NetworkPolicy","apiVersion":"networking.k8s.io/v1","metadata":{{"name":"guard","namespace":"shop"}},"spec":{spec}}}"#
    )
}

fn pod(name: &str) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}-7d9f8c4b5-x2k4q","namespace":"shop","labels":{{"app":"{name}"}},"ownerReferences":[{{"kind":"ReplicaSet","name":"{name}-7d9f8c4b5"}}]}},
        "spec":{{"containers":[{{"ports":[{{"containerPort":6379}}]}}]}},"status":{{"phase":"Running"}}}}"#
    )
}

#[test]
fn a_policy_that_keeps_a_caller_out_is_tied_to_its_errors() {
    let pods = list(&[pod("cart"), pod("redis")]);
    let fails = log("store: connect to redis:6379: i/o timeout");
    let closed =
        policy(r#"{"podSelector":{"matchLabels":{"app":"redis"}},"policyTypes":["Ingress"]}"#);
    let with = |policy: &str| {
        told(&[
            ("policies.json", policy),
            ("pods.json", &pods),
            ("cart.log", &fails),
        ])
    };
    let first = with(&closed);
    assert!(first[0].contains("networkpolicy/guard lets nobody reach app=redis; cart cannot reach redis (pods redis-7d9f8c4b5-x2k4q)"), "{first:?}");
    let other = policy(
        r#"{"podSelector":{"matchLabels":{"app":"redis"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"role":"client"}}}],"ports":[{"port":6379}]}]}"#,
    );
    assert!(with(&other)[0].contains("only pods with role=client on port 6379"));
    let allows = policy(
        r#"{"podSelector":{"matchLabels":{"app":"redis"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"cart"}}}],"ports":[{"port":6379}]}]}"#,
    );
    assert_eq!(with(&allows), [""; 0]);
    let both = list(&[closed, allows]);
    assert_eq!(with(&both), [""; 0]);
}

#[test]
fn a_policy_that_lets_nobody_out_is_tied_to_names_that_do_not_resolve() {
    let pods = list(&[pod("cart"), pod("redis")]);
    let fails = log("store: lookup redis: Temporary failure in name resolution");
    let closed = policy(
        r#"{"podSelector":{"matchLabels":{"app":"cart"}},"policyTypes":["Egress"],"egress":[{"to":[{"podSelector":{"matchLabels":{"app":"redis"}}}],"ports":[{"port":6379}]}]}"#,
    );
    assert_told(
        &[
            ("policies.json", closed.as_str()),
            ("pods.json", pods.as_str()),
            ("cart.log", fails.as_str()),
        ],
        &["networkpolicy/guard lets app=cart reach only pods with app=redis on port 6379"],
    );
}

#[test]
fn an_ingress_to_a_service_that_is_not_there_is_told() {
    let ingress = |name: &str| {
        format!(
            r#"{{"kind":"Ingress","apiVersion":"networking.k8s.io/v1","metadata":{{"name":"web","namespace":"shop"}},"spec":{{"rules":[{{"http":{{"paths":[{{"backend":{{"service":{{"name":"{name}","port":{{"number":8080}}}}}}}}]}}}}]}}}}"#
        )
    };
    let listed = services(&["frontend", "cart"]);
    let (wrong, right) = (ingress("front-end"), ingress("frontend"));
    let told_of = |ingress: &str| {
        let mut analysis = read("ingress.json", ingress);
        let mut other = read("services.json", &listed);
        tie_findings(&mut [
            ("ingress.json", &mut analysis),
            ("services.json", &mut other),
        ]);
        let findings = analysis.findings.into_iter();
        findings
            .map(|it| it.statement)
            .find(|it| it.contains("sends to service"))
    };
    assert!(
        told_of(&wrong)
            .unwrap()
            .contains("there is service/frontend")
    );
    assert_eq!(told_of(&right), None);
}

#[test]
fn a_flag_that_errors_name_is_told() {
    let map = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"flagd"},"data":{"flags.json":"{\"flags\":{\"adFailure\":{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"on\"}}}"}}"#;
    let fails = log("getAds failed: flag adFailure threw an error");
    assert_told(
        &[("configmaps.json", map), ("ad.log", fails.as_str())],
        &["the feature flag adFailure is on"],
    );
}

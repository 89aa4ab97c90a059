use super::*;

fn filled(command: &str, quote: &str) -> String {
    let quotes = [quote.to_owned()];
    let source = Source {
        quotes: &quotes,
        others: &[],
        file: Some("app.log".to_owned()),
        entities: &[],
        namespace: Some("shop"),
    };
    source.filled(command)
}

#[test]
fn hosts_and_ports_come_from_the_quote() {
    for (quote, expected) in [
        (
            "dial tcp 10.9.0.25:2525: connect: connection refused",
            "nc -vz -w 3 10.9.0.25 2525",
        ),
        (
            "connect() failed, upstream: \"http://10.0.3.17:8080/cart\"",
            "nc -vz -w 3 10.0.3.17 8080",
        ),
        (
            "could not connect to server db-eu.internal port 5432",
            "nc -vz -w 3 db-eu.internal 5432",
        ),
        (
            "could not connect to server: Connection refused. Is the server running on host \"db1.internal\" (10.0.5.7) and accepting connections on port 5432?",
            "nc -vz -w 3 db1.internal 5432",
        ),
        (
            "connection to server at \"db1.internal\" (10.0.5.7), port 5432 failed: Connection refused",
            "nc -vz -w 3 db1.internal 5432",
        ),
        (
            "read tcp 10.4.0.8:51044->10.4.0.20:5432: i/o timeout",
            "nc -vz -w 3 10.4.0.20 5432",
        ),
        (
            "10.4.0.8 - [11/Mar/2026:10:05:16 +0000] it does not work",
            "nc -vz -w 3 <host> <port>",
        ),
    ] {
        assert_eq!(
            filled("nc -vz -w 3 <host> <port>", quote),
            expected,
            "{quote}"
        );
    }
}

#[test]
fn other_placeholders_are_filled_or_left() {
    let quote = "pod recommendation-6d5f9c8b7-x2k4q was killed";
    let command = "kubectl top pod <pod>; grep -A3 x <log> </dev/null; cat <thing>";
    assert_eq!(
        filled(command, quote),
        "kubectl top pod recommendation-6d5f9c8b7-x2k4q; grep -A3 x app.log </dev/null; cat <thing>"
    );
    for (command, quote, expected) in [
        (
            "curl -s <url>",
            r#"error="Post \"http://psp:9443/v2/charges\": deadline exceeded""#,
            "curl -s http://psp:9443/v2/charges",
        ),
        (
            "psql -c '\\d <table>'",
            r#""message": "column \"creatd\" does not exist", "statement": "SELECT creatd FROM threads;""#,
            "psql -c '\\d threads'",
        ),
        ("kubectl -n <ns> get pod", "", "kubectl -n shop get pod"),
        (
            "kafka-topics.sh --topic <topic> --host <host>",
            "replicas for partition orders.placed-2",
            "kafka-topics.sh --topic orders.placed --host <host>",
        ),
    ] {
        assert_eq!(filled(command, quote), expected, "{quote}");
    }
}

#[test]
fn only_the_name_of_a_workload_is_restarted() {
    let restart = "kubectl rollout restart deployment/<service>";
    let with = |service: &str, quote: &str| {
        let quotes = [quote.to_owned()];
        let entities = [Entity {
            kind: "service".to_owned(),
            value: service.to_owned(),
            ..Default::default()
        }];
        let source = Source {
            quotes: &quotes,
            others: &[],
            file: None,
            entities: &entities,
            namespace: None,
        };
        source.filled(restart)
    };
    for (service, quote, expected) in [
        ("c.acme.orders.api.OrderController", "", "<deployment>"),
        ("checkout-eu", "", "checkout-eu"),
        (
            "c.acme.Main",
            "pod orders-6d5f9c8b7-x2k4q was killed",
            "orders",
        ),
        (
            "c.acme.Main",
            "connection to db-eu.internal:5432",
            "<deployment>",
        ),
    ] {
        let expected = format!("kubectl rollout restart deployment/{expected}");
        assert_eq!(with(service, quote), expected, "{service} {quote}");
    }
}

#[test]
fn nothing_that_could_end_a_command_is_filled_in() {
    for value in ["x;rm", "$(id)", "-rf", "a b"] {
        assert!(!is_safe(value), "{value}");
    }
}

#[test]
fn a_version_is_no_host() {
    for version in ["v2.3.1", "2.3.1", "14.2"] {
        assert!(is_version(version), "{version}");
    }
    for host in ["db.internal", "10.0.0.7", "web-1", "v2"] {
        assert!(!is_version(host), "{host}");
    }
}

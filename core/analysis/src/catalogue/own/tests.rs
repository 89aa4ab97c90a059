use super::*;
use crate::{Options, analyze, catalogue};

const CART: &str = r#"signature:
  - id: shop.cart_locked
    title: The cart is locked
    kind: condition
    category: data
    severity: critical
    patterns:
      - 'cart \d+ is locked by session'
    mechanism: A session that died keeps the row.
    meaning: The lock table was not cleaned.
    not_proof: It does not say which session died.
    positive: ["cart 17 is locked by session 9"]
    negative: ["cart 17 is free"]
    checks:
      - { command: "shopctl locks", description: "Lists the locks." }
    indicators:
      direct:
        - metric: { name: cart_locks, is: above, value: 5 }
        - all: [{ log: "lock wait" }, { config_value: { path: "cart.timeout", is: at_most, value: 1 } }]
"#;

fn file(name: &str, text: &str) -> CatalogueFile {
    CatalogueFile {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// Returns what is said of a file.
fn said(name: &str, text: &str) -> Vec<String> {
    let faults = own_catalogue(&[file(name, text)]).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn an_own_entry_is_found_beside_the_embedded_ones() {
    let own = own_catalogue(&[file("shop.yaml", CART)]).unwrap();
    let options = Options {
        signatures: own.signatures(),
        ..Options::default()
    };
    let log = b"2025-03-04T14:05:00Z ERROR shop: cart 4 is locked by session 1\n\
        2025-03-04T14:05:01Z ERROR app: No space left on device\n";
    let analysis = analyze(log, options);
    let ids: Vec<_> = analysis
        .findings
        .iter()
        .filter_map(|it| it.signature_id.as_deref())
        .collect();
    assert!(ids.contains(&"shop.cart_locked"), "{ids:?}");
    assert!(ids.len() >= 2, "{ids:?}");
    let plain = analyze(log, Options::default());
    let known = |id: &str| {
        plain
            .findings
            .iter()
            .any(|it| it.signature_id.as_deref() == Some(id))
    };
    assert!(!known("shop.cart_locked"));
}

#[test]
fn an_entry_of_the_same_id_takes_the_place_of_the_embedded_one() {
    let text = CART.replace("shop.cart_locked", "redis.max_clients");
    let own = own_catalogue(&[file("redis.yml", &text)]).unwrap();
    let joined = own.signatures();
    let entries = &joined.catalogue().entries;
    assert_eq!(entries.len(), catalogue().entries.len());
    let entry = joined.catalogue().entry("redis.max_clients").unwrap();
    assert_eq!(
        (entry.title.as_str(), entry.technology.as_str()),
        ("The cart is locked", "redis")
    );
}

#[test]
fn embedded_files_are_own_files_too() {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue")).unwrap();
    let mut count = 0;
    let paths = files.map(|it| it.unwrap().path());
    for path in paths.filter(|it| it.extension().is_some_and(|it| it == "yaml")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let own = own_catalogue(&[file(&name, &text)]).unwrap();
        assert!(own.signatures().catalogue() == catalogue(), "{name}");
        count += 1;
    }
    assert!(count > 30, "{count} files");
}

#[test]
fn a_file_may_be_toml() {
    let text = r#"
        [[signature]]
        id = "shop.cart_locked"
        title = "The cart is locked"
        kind = "condition"
        category = "data"
        severity = "critical"
        patterns = ['cart \d+ is locked by session']
        mechanism = "A session that died keeps the row."
        meaning = "The lock table was not cleaned."
        not_proof = "It does not say which session died."
        positive = ["cart 17 is locked by session 9"]
        negative = ["cart 17 is free"]
        checks = [{ command = "shopctl locks", description = "Lists the locks." }]
        [signature.indicators]
        direct = [
            { metric = { name = "cart_locks", is = "above", value = 5 } },
            { all = [{ log = "lock wait" }, { config_value = { path = "cart.timeout", is = "at_most", value = 1 } }] },
        ]
    "#;
    let entries = |name: &str, text: &str| {
        own_catalogue(&[file(name, text)]).unwrap().files[0]
            .1
            .clone()
    };
    assert_eq!(entries("shop.toml", text), entries("shop.yaml", CART));
}

#[test]
fn a_misfit_is_told_with_file_and_line() {
    let unknown = CART.replace("    title:", "    tittle:");
    assert!(
        said("a.yaml", &unknown)[0].starts_with("a.yaml:3: "),
        "{:?}",
        said("a.yaml", &unknown)
    );
    let word = CART.replace("kind: condition", "kind: habit");
    let text = said("a.yaml", &word);
    assert!(
        text[0].starts_with("a.yaml:4: ") && text[0].contains("habit"),
        "{text:?}"
    );
    let text = said("a.yaml", "signature:\n  - id: 'open\n");
    assert!(text[0].starts_with("a.yaml:"), "{text:?}");
    let text = said("a.toml", "[[signature]]\nid = 'a.b'\nkind = 'habit'\n");
    assert!(
        text[0].starts_with("a.toml:3: ") && text[0].contains("habit"),
        "{text:?}"
    );
}

#[test]
fn samples_that_contradict_the_patterns_are_told_at_their_line() {
    let text = CART
        .replace(
            "[\"cart 17 is locked by session 9\"]",
            "[\"cart is stuck\"]",
        )
        .replace("\"cart 17 is free\"", "\"Cart 1 is locked by session 2\"");
    let said = said("shop.yaml", &text);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].starts_with("shop.yaml:12: positive sample \"cart is stuck\" matches no pattern")
    );
    assert!(
        said[1].starts_with("shop.yaml:13: negative sample"),
        "{said:?}"
    );
}

#[test]
fn patterns_that_cannot_be_searched_are_told() {
    let broken = said(
        "a.yaml",
        &CART.replace(r"cart \d+ is locked by session", "cart ("),
    );
    assert!(
        broken[0]
            .starts_with("a.yaml:8: pattern \"cart (\" is no regular expression: unclosed group"),
        "{broken:?}"
    );
    let vague = said(
        "a.yaml",
        &CART.replace(r"cart \d+ is locked by session", r"\w+ \d+"),
    );
    assert!(
        vague[0].starts_with("a.yaml:8: ") && vague[0].contains("holds no fixed text"),
        "{vague:?}"
    );
}

#[test]
fn an_id_stands_once_and_names_a_technology() {
    let files = [file("a.yaml", CART), file("b.yaml", CART)];
    let faults = own_catalogue(&files).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "b.yaml:2: shop.cart_locked stands in a.yaml already; rename one"
    );
    let text = said("a.yaml", &CART.replace("shop.cart_locked", "CartLocked"));
    assert!(
        text[0].contains("is not of the form technology.name"),
        "{text:?}"
    );
}

#[test]
fn an_entry_names_what_its_lines_are_about() {
    let text = CART.replace(
        "    mechanism:",
        "    subject: 'cart (\\d+) is locked'\n    mechanism:",
    );
    let own = own_catalogue(&[file("shop.yaml", &text)]).unwrap();
    let options = Options {
        signatures: own.signatures(),
        ..Options::default()
    };
    let log = b"2025-03-04T14:05:00Z ERROR shop: cart 4 is locked by session 1\n";
    let analysis = analyze(log, options);
    assert_eq!(analysis.findings[0].component.as_deref(), Some("4"));
    for (subject, problem) in [
        ("'cart \\d+ is locked'", "needs exactly one group"),
        ("'(cart) (\\d+)'", "needs exactly one group"),
        ("'cart (\\d+'", "is no regular expression"),
    ] {
        let text = CART.replace(
            "    mechanism:",
            &format!("    subject: {subject}\n    mechanism:"),
        );
        let faults = said("shop.yaml", &text);
        assert!(faults[0].contains(problem), "{faults:?}");
    }
}

#[test]
fn the_sequence_that_ended_is_told_not_the_function() {
    let log = b"2026-03-25 10:00:00.1 UTC [7] app@shop ERROR:  nextval: reached maximum value of sequence \"orders_id_seq\" (2147483647)\n";
    let analysis = analyze(log, Options::default());
    let found = analysis.findings.iter();
    let mut found =
        found.filter(|it| it.signature_id.as_deref() == Some("postgresql.sequence_exhausted"));
    let component = found.next().unwrap().component.as_deref();
    assert_eq!(component, Some("orders_id_seq"));
}

//! Redaction against a labelled set, and what holds for any text.
//!
//! In `redaction/`, `⟦KIND|value⟧` marks what must be found and `{{hex:32}}` stands for that many
//! drawn characters, so that no file holds what looks like a real token.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::print_stdout, reason = "precision and recall are shown")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use faultmaven_analysis::{
    PlaceholderMap, RedactionOptions, Redactor, SensitiveKind, SensitiveSpan,
};
use proptest::prelude::*;

const FILES: [&str; 4] = ["secrets.txt", "personal.txt", "negatives.txt", "config.yml"];

fn redactor() -> Redactor {
    Redactor::new(RedactionOptions::default()).unwrap()
}

/// A text of the set with the spans its marks name.
struct Labelled {
    text: String,
    spans: Vec<SensitiveSpan>,
}

fn labelled(name: &str) -> Labelled {
    let path = format!("{}/tests/redaction/{name}", env!("CARGO_MANIFEST_DIR"));
    let source = expanded(&std::fs::read_to_string(path).unwrap());
    let (mut text, mut spans) = (String::new(), Vec::new());
    let mut rest = source.as_str();
    while let Some((before, marked)) = rest.split_once('⟦') {
        let (mark, after) = marked.split_once('⟧').unwrap();
        let (kind, value) = mark.split_once('|').unwrap();
        text.push_str(before);
        let start = text.len();
        text.push_str(value);
        let kind = SensitiveKind::ALL
            .into_iter()
            .find(|it| it.as_str() == kind);
        spans.push(SensitiveSpan {
            kind: kind.unwrap(),
            start,
            end: text.len(),
        });
        rest = after;
    }
    text.push_str(rest);
    Labelled { text, spans }
}

/// Replaces `{{set:count}}` by drawn characters; `{{}}` only parts what would look real.
fn expanded(source: &str) -> String {
    let (mut text, mut rest, mut seed) = (String::new(), source, 1u64);
    while let Some((before, marked)) = rest.split_once("{{") {
        let (form, after) = marked.split_once("}}").unwrap();
        text.push_str(before);
        match form
            .split_once(':')
            .and_then(|(set, count)| Some((alphabet(set)?, count)))
        {
            Some((set, count)) => draw(set, count.parse().unwrap(), &mut seed, &mut text),
            None if form.is_empty() => {}
            None => write!(text, "{{{{{form}}}}}").unwrap(),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn alphabet(set: &str) -> Option<&'static [u8]> {
    Some(match set {
        "hex" => b"0123456789abcdef",
        "digits" => b"0123456789",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "alnum" => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "url" => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-",
        "b64" => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
        _ => return None,
    })
}

/// Draws by splitmix64; the last character is a letter or digit, so that values end clearly.
fn draw(set: &[u8], count: usize, seed: &mut u64, text: &mut String) {
    for place in 0..count {
        loop {
            *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut value = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let byte = set[(value >> 33) as usize % set.len()];
            if place > 0 && place + 1 < count || byte.is_ascii_alphanumeric() {
                text.push(char::from(byte));
                break;
            }
        }
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Score {
    fn precision(self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    fn recall(self) -> f64 {
        self.right as f64 / (self.right + self.missed).max(1) as f64
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}

fn score(name: &str, scores: &mut BTreeMap<SensitiveKind, Score>) {
    let Labelled { text, spans } = labelled(name);
    let found = redactor().detect(&text);
    for span in &found {
        let score = scores.entry(span.kind).or_default();
        if spans.contains(span) {
            score.right += 1;
        } else {
            score.wrong += 1;
            tell("wrong", name, &text, span);
        }
    }
    for span in spans.iter().filter(|span| !found.contains(span)) {
        scores.entry(span.kind).or_default().missed += 1;
        tell("missed", name, &text, span);
    }
}

fn tell(what: &str, name: &str, text: &str, span: &SensitiveSpan) {
    let line = text[..span.start].matches('\n').count() + 1;
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.start..]
        .find('\n')
        .map_or(text.len(), |at| span.start + at);
    let (kind, value) = (span.kind.as_str(), &text[span.start..span.end]);
    println!(
        "{what}: {name}:{line} {kind} `{value}` in `{}`",
        &text[start..end]
    );
}

#[test]
fn precision_and_recall_hold_on_the_labelled_set() {
    let mut scores = BTreeMap::new();
    FILES.iter().for_each(|name| score(name, &mut scores));
    let (mut secrets, mut personal) = (Score::default(), Score::default());
    println!(
        "{:<16}{:>7}{:>7}{:>7}{:>11}{:>8}",
        "kind", "right", "wrong", "missed", "precision", "recall"
    );
    for (kind, score) in &scores {
        let group = if kind.is_secret() {
            &mut secrets
        } else {
            &mut personal
        };
        group.add(*score);
        print_row(kind.as_str(), *score);
    }
    print_row("secrets", secrets);
    print_row("personal data", personal);
    for score in [secrets, personal] {
        assert!(score.precision() >= 0.97, "{score:?}");
        assert!(score.recall() >= 0.95, "{score:?}");
    }
}

fn print_row(name: &str, score: Score) {
    let (precision, recall) = (score.precision(), score.recall());
    let Score {
        right,
        wrong,
        missed,
    } = score;
    println!("{name:<16}{right:>7}{wrong:>7}{missed:>7}{precision:>11.3}{recall:>8.3}");
}

#[test]
fn the_labelled_set_comes_back_whole() {
    for name in FILES {
        let text = labelled(name).text;
        let mut map = PlaceholderMap::default();
        let redacted = redactor().redact(&text, &mut map);
        assert_eq!(map.restore(&redacted.text).text, text, "{name}");
        for span in redactor().detect(&redacted.text) {
            let left = &redacted.text[span.start..span.end];
            assert_eq!(span.kind, SensitiveKind::Literal, "{left}");
        }
    }
}

#[test]
fn a_value_keeps_its_placeholder_across_files_and_in_a_stored_map() {
    let redactor = redactor();
    let mut map = PlaceholderMap::default();
    redactor.redact("peers 10.0.0.9 and 10.20.4.17", &mut map);
    let stored = serde_json::to_string(&map).unwrap();
    let mut later: PlaceholderMap = serde_json::from_str(&stored).unwrap();
    let redacted = redactor.redact("10.20.4.17 answers, 10.0.0.1 does not", &mut later);
    assert_eq!(
        redacted.text,
        "<IP_ADDRESS_2> answers, <IP_ADDRESS_3> does not"
    );
    assert_eq!(redacted.counts.0[&SensitiveKind::IpAddress], 2);
    assert!(!format!("{map:?}{:?}", map.entries()).contains("10.20"));
}

#[test]
fn spellings_of_one_value_share_its_number() {
    let mut map = PlaceholderMap::default();
    let text = "mac 02:42:ac:11:00:02, 02-42-AC-11-00-02, Ada@Example.org, ada@example.org";
    let redacted = redactor().redact(text, &mut map);
    assert_eq!(
        redacted.text,
        "mac <MAC_ADDRESS_1>, <MAC_ADDRESS_1.2>, <EMAIL_1>, <EMAIL_1.2>"
    );
    assert_eq!(map.restore(&redacted.text).text, text);
}

#[test]
fn words_of_a_model_around_placeholders_stay() {
    let mut map = PlaceholderMap::default();
    redactor().redact(
        "ada@example.org at 10.20.4.17 with password=hunter2",
        &mut map,
    );
    let reply =
        "**&lt;EMAIL_1&gt;** came from `<ip_address_1>`; <IP_ADDRESS_7> and <b> are not known.";
    let restored = map.restore(reply);
    assert_eq!(
        restored.text,
        "**ada@example.org** came from `10.20.4.17`; <IP_ADDRESS_7> and <b> are not known."
    );
    assert_eq!((restored.restored, restored.unknown), (2, 1));
}

#[test]
fn a_placeholder_in_the_data_is_not_taken_for_one() {
    let mut map = PlaceholderMap::default();
    let text = "<IP_ADDRESS_1> is not 10.20.4.17, nor is <LITERAL_1> or &lt;email_1&gt;";
    let redacted = redactor().redact(text, &mut map);
    assert_eq!(
        redacted.text,
        "<LITERAL_1> is not <IP_ADDRESS_1>, nor is <LITERAL_2> or <LITERAL_3>"
    );
    assert_eq!(map.restore(&redacted.text).text, text);
}

#[test]
fn names_of_hosts_are_found_on_request_only() {
    let text = "lookup db-1.prod.internal failed; host=web-1 at com.example.Main.run(Main.java:3)";
    assert_eq!(redactor().detect(text), []);
    let eager = Redactor::new(RedactionOptions {
        hostnames: true,
        ..RedactionOptions::default()
    })
    .unwrap();
    let redacted = eager.redact(text, &mut PlaceholderMap::default());
    assert_eq!(
        redacted.text,
        "lookup <HOSTNAME_1> failed; host=<HOSTNAME_2> at com.example.Main.run(Main.java:3)"
    );
}

/// A cost that grows with the square would meet the runner's limit.
#[test]
fn a_line_of_two_megabytes_is_redacted_and_restored() {
    for unit in [
        "password=",
        "-----BEGIN PRIVATE KEY-----",
        "a@b.co:",
        "://a:b",
        "1.2.3.4.",
        "12 34-",
        "eyJa.",
        "x",
    ] {
        let text = unit.repeat(2_000_000 / unit.len());
        let mut map = PlaceholderMap::default();
        let redacted = redactor().redact(&text, &mut map);
        assert_eq!(map.restore(&redacted.text).text.len(), text.len(), "{unit}");
    }
}

fn streamed(text: &str, sizes: &[usize]) -> String {
    let (redactor, mut map, mut out) = (redactor(), PlaceholderMap::default(), String::new());
    let mut stream = redactor.stream();
    let mut rest = text;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, tail) = rest.split_at(rest.ceil_char_boundary(rest.len().min(*size)));
        stream.push(piece, &mut map, &mut out);
        rest = tail;
    }
    stream.finish(&mut map, &mut out);
    out
}

fn fragment() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "10.20.4.17",
        "<IP_ADDRESS_1>",
        "<EMAIL_1.2>",
        "<",
        "_1>",
        "&lt;IP_ADDRESS_1&gt;",
        "ada@example.org",
        "password=",
        "password: ",
        "hunter2",
        "\"",
        "'",
        "\n",
        " ",
        "\r\n",
        "- name: DB_PASSWORD\n",
        "  value: x9y8z7\n",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj",
        "postgres://u:p@h/d",
        "Authorization: Bearer ",
        "Cookie: a=b; c=d",
        "4111 1111 1111 1111",
        "+1 415-555-0132",
        "é",
        "😀",
        "\\",
        ":",
        "::1",
        "fe80::1",
        "@",
        "/home/ada/",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "$6$",
    ]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        1 => any::<String>(),
        1 => prop::collection::vec(any::<u8>(), 0..24).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..24).prop_map(|parts| parts.concat())
}

#[test]
fn the_end_of_an_empty_block_begins_none() {
    let text = "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----\n10.20.4.17";
    assert_eq!(
        streamed(text, &[1]),
        redactor().redact(text, &mut PlaceholderMap::default()).text
    );
}

#[test]
fn a_key_in_pieces_is_hidden_whatever_the_case_of_its_first_line() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
    for begin in ["-----BEGIN PRIVATE KEY-----", "-----BEGIN private key-----"] {
        let text = format!("{begin}\n{body}\n-----END PRIVATE KEY-----\nafter\n");
        assert_eq!(streamed(&text, &[1]), "<PRIVATE_KEY_1>\nafter\n", "{begin}");
    }
}

proptest! {
    #[test]
    fn redaction_comes_back(text in text(), earlier in text()) {
        let redactor = redactor();
        let mut map = PlaceholderMap::default();
        redactor.redact(&earlier, &mut map);
        let redacted = redactor.redact(&text, &mut map);
        prop_assert_eq!(map.restore(&redacted.text).text, text);
    }

    #[test]
    fn cuts_do_not_matter(text in text(), sizes in prop::collection::vec(1usize..40, 1..6)) {
        let whole = redactor().redact(&text, &mut PlaceholderMap::default()).text;
        prop_assert_eq!(streamed(&text, &sizes), whole);
    }

    #[test]
    fn lines_do_not_depend_on_their_neighbours(lines in prop::collection::vec("(user=ada |password=hunter2 |from 10\\.1\\.2\\.3 |GET /a\\?b=c |[a-z]{1,8} ){0,6}", 1..8)) {
        let redactor = redactor();
        let (mut map, mut apart) = (PlaceholderMap::default(), Vec::new());
        let whole = redactor.redact(&lines.join("\n"), &mut map).text;
        for line in &lines {
            apart.push(redactor.redact(line, &mut map).text);
        }
        prop_assert_eq!(apart.join("\n"), whole);
    }

    #[test]
    fn spans_are_ordered_and_apart(text in text()) {
        let mut end = 0;
        for span in redactor().detect(&text) {
            prop_assert!(span.start >= end && span.end > span.start);
            prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
            end = span.end;
        }
    }
}

//! Properties that hold for any input.

use std::fmt::Write;

use faultmaven_analysis::{
    AbsenceChecker, AbsenceQuery, Analysis, Analyzer, Citation, Clues, Encoding, Options,
    QuoteFinder, SearchQuery, Searcher, analyze, locate_quote, verify_citation,
};
use proptest::prelude::*;

fn chunked(bytes: &[u8], sizes: &[usize]) -> Analysis {
    let mut analyzer = Analyzer::new(Options::default());
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, tail) = rest.split_at(rest.len().min(*size));
        analyzer.push(chunk);
        rest = tail;
    }
    analyzer.finish()
}

fn citations(analysis: &Analysis) -> Vec<&Citation> {
    let mut all: Vec<&Citation> = analysis
        .findings
        .iter()
        .flat_map(|f| &f.citations)
        .collect();
    all.extend(
        analysis
            .templates
            .iter()
            .flat_map(|t| [&t.example, &t.last]),
    );
    all.extend(
        analysis
            .templates
            .iter()
            .filter_map(|t| t.onset.as_ref())
            .map(|o| &o.citation),
    );
    all.extend(analysis.stacks.iter().map(|stack| &stack.citation));
    all.extend(analysis.samples.iter().map(|sample| &sample.citation));
    all.extend(analysis.values.iter().map(|value| &value.citation));
    all.extend(analysis.changes.iter().map(|change| &change.citation));
    all.extend(analysis.commands.iter().map(|run| &run.citation));
    all.extend(
        analysis
            .commands
            .iter()
            .flat_map(|run| &run.facts)
            .map(|fact| &fact.citation),
    );
    all.extend(
        analysis
            .pattern_hits
            .iter()
            .flat_map(|hit| [&hit.first, &hit.last]),
    );
    all
}

fn round_trip(bytes: &[u8], analysis: &Analysis) {
    for citation in citations(analysis) {
        let slice = &bytes[citation.byte_start as usize..citation.byte_end as usize];
        let before = bytes[..citation.byte_start as usize]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        if !citation.quote.trim().is_empty() {
            assert_eq!(
                verify_citation(slice, citation, analysis.encoding),
                Ok(()),
                "{citation:?}"
            );
        }
        if analysis.encoding == Encoding::Utf8 {
            assert_eq!(citation.line_start, before as u64 + 1, "{citation:?}");
        }
    }
}

fn line() -> impl Strategy<Value = String> {
    let text = prop::sample::select(vec![
        "2025-03-04T14:05:00Z ERROR api: Connection refused to 10.0.0.1:5432",
        "2025-03-04T14:05:01Z INFO api: served 12 requests in 5 ms",
        "Mar  4 14:05:00 host kernel: Out of memory: Killed process 77 (java)",
        "java.lang.IllegalStateException: broken",
        "\tat com.shop.Cart.add(Cart.java:12)",
        "Traceback (most recent call last):",
        "  File \"a.py\", line 3, in f",
        "ValueError: no",
        "{\"time\":\"2025-03-04T14:05:00Z\",\"level\":\"warn\",\"msg\":\"slow \\\"x\\\"\"}",
        "hikaricp_connections_active{pool=\"p\"} 5",
        "key: value",
        "password: hunter2",
        "--- a/x.yaml\t2025-03-04T14:00:00Z",
        "+++ b/x.yaml\t2025-03-04T14:00:00Z",
        "@@ -1,2 +1,2 @@",
        "-  max: 5",
        "+  max: 3",
        "$ getent hosts db",
        "10.0.0.1 db",
        "/dev/sda1  10G  10G  0 100% /var",
        "level=error msg=\"x y\" took=3s",
    ]);
    prop_oneof![4 => text.prop_map(ToOwned::to_owned), 1 => "\\PC{0,60}", 1 => "[ -~]{0,80}"]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let ending = prop::sample::select(vec!["\n", "\r\n"]);
    let noise = prop::collection::vec(any::<u8>(), 0..200);
    (
        prop::collection::vec((line(), ending), 0..60),
        prop::option::weighted(0.2, noise),
    )
        .prop_map(|(lines, noise)| {
            let mut bytes: Vec<u8> = lines
                .into_iter()
                .flat_map(|(line, ending)| (line + ending).into_bytes())
                .collect();
            bytes.extend(noise.unwrap_or_default());
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_do_not_change_the_analysis(bytes in file(), sizes in prop::collection::vec(1usize..300, 1..5)) {
        prop_assert_eq!(chunked(&bytes, &sizes), analyze(&bytes, Options::default()));
    }

    #[test]
    fn every_citation_leads_back_to_its_bytes(bytes in file()) {
        round_trip(&bytes, &analyze(&bytes, Options::default()));
    }

    #[test]
    fn any_bytes_are_analysed(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let analysis = analyze(&bytes, Options::default());
        prop_assert_eq!(analysis.coverage.bytes_total, bytes.len() as u64);
        round_trip(&bytes, &analysis);
    }

    #[test]
    fn an_analysis_survives_serialisation(bytes in file()) {
        let mut analysis = analyze(&bytes, Options::default());
        // What is laid beside other files is no part of it.
        analysis.clues = Clues::default();
        let json = serde_json::to_string(&analysis).unwrap();
        prop_assert_eq!(serde_json::from_str::<Analysis>(&json).unwrap(), analysis);
    }

    #[test]
    fn a_quote_taken_from_a_file_is_found(bytes in file(), from in 0usize..4000, length in 1usize..80, size in 1usize..100) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let quote: String = text.chars().skip(from).take(length).collect();
        let found = locate_quote(text.as_bytes(), &quote, None, Encoding::Utf8);
        prop_assert_eq!(found.is_some(), !quote.trim().is_empty());
        let mut finder = QuoteFinder::new(&quote, None, Encoding::Utf8);
        text.as_bytes().chunks(size).for_each(|chunk| finder.push(chunk));
        prop_assert_eq!(&finder.finish(), &found);
        if let Some(citation) = found {
            let slice = &text.as_bytes()[citation.byte_start as usize..citation.byte_end as usize];
            prop_assert_eq!(verify_citation(slice, &citation, Encoding::Utf8), Ok(()));
        }
    }

    #[test]
    fn search_and_absence_do_not_depend_on_chunks(bytes in file(), size in 1usize..100) {
        let search = |size: usize| {
            let mut searcher = Searcher::new(SearchQuery::literal("o").unwrap(), Encoding::Utf8);
            bytes.chunks(size).for_each(|chunk| searcher.push(chunk));
            searcher.finish()
        };
        prop_assert_eq!(search(size), search(1 << 20));
        let absence = |size: usize| {
            let query = AbsenceQuery { template: "key: value".into(), ..AbsenceQuery::default() };
            let mut checker = AbsenceChecker::new(query, Options::default());
            bytes.chunks(size).for_each(|chunk| checker.push(chunk));
            checker.finish()
        };
        prop_assert_eq!(absence(size), absence(1 << 20));
    }
}

#[test]
fn a_file_beyond_the_head_does_not_depend_on_chunks_either() {
    let mut log = String::new();
    for at in 0..6_000 {
        let second = at / 4;
        writeln!(
            log,
            "2025-03-04T10:{:02}:{:02}Z INFO api-1 request {at} by user{} took {} ms",
            second / 60 % 60,
            second % 60,
            at % 17,
            at % 90
        )
        .unwrap();
        if at > 4_000 && at % 3 == 0 {
            writeln!(
                log,
                "2025-03-04T10:{:02}:{:02}Z ERROR api-1 no space left on device",
                second / 60 % 60,
                second % 60
            )
            .unwrap();
        }
    }
    let whole = analyze(log.as_bytes(), Options::default());
    assert_eq!(chunked(log.as_bytes(), &[1, 7, 65_536, 13]), whole);
    round_trip(log.as_bytes(), &whole);
    assert_eq!(
        whole.findings[0].signature_id.as_deref(),
        Some("linux.disk_full")
    );
}

/// A log with traces, lines that are no UTF-8, a hole of zeros and a line too long to be read at once.
fn varied_log() -> Vec<u8> {
    let mut log = Vec::new();
    for number in 0..6_000 {
        let (minute, second) = (number / 60 % 60, number % 60);
        let head = format!("2025-03-04 14:{minute:02}:{second:02},000");
        let line = match number % 7 {
            0 => format!(
                "{head} INFO shop.Cart: user u{number} added item {}",
                number % 13
            ),
            1 => format!("{head} WARN shop.Pool: request timed out after {number}ms"),
            2 => format!("{head} ERROR shop.Pay: payment {number} failed: Connection refused"),
            3 => "java.net.ConnectException: Connection refused".to_owned(),
            4 => format!("\tat shop.Pay.charge(Pay.java:{})", number % 3),
            5 if number % 35 == 5 => format!("{head} INFO caf\u{e9} {number}"),
            _ => format!("{head} INFO no space left on device /dev/sd{}", number % 4),
        };
        log.extend_from_slice(line.as_bytes());
        match number {
            1_400 => log.extend_from_slice(b"\xff\xfe"),
            2_500 => log.extend_from_slice(&[0; 100]),
            4_200 => log.extend_from_slice(&vec![b'x'; 40_000]),
            _ => {}
        }
        log.extend_from_slice(if number % 500 == 1 { b"\r\n" } else { b"\n" });
    }
    log
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let log = varied_log();
    let read = |threads: usize, size: usize| {
        let mut analyzer = Analyzer::new(Options {
            threads,
            line_templates: true,
            ..Options::default()
        });
        log.chunks(size).for_each(|chunk| analyzer.push(chunk));
        serde_json::to_string(&analyzer.finish()).unwrap()
    };
    let alone = read(1, log.len());
    for (threads, size) in [(2, log.len()), (3, 100_000), (8, 200_001)] {
        assert!(read(threads, size) == alone, "{threads} threads");
    }
}

use super::*;

fn texts(content: &str) -> Vec<&str> {
    let chunks = chunks(content).into_iter();
    chunks.map(|chunk| &content[chunk.range]).collect()
}

/// Fails unless every word of `content` is in a chunk and no chunk is too long.
fn check(content: &str) {
    let mut covered = 0;
    for chunk in chunks(content) {
        assert!(chunk.range.start <= chunk.range.end);
        if chunk.range.start > covered {
            let gap = &content[covered..chunk.range.start];
            assert!(gap.trim().is_empty(), "lost: {gap:?}");
        }
        assert!(chunk.range.end > covered, "nothing new in a chunk");
        covered = chunk.range.end;
        assert!(count(&content[chunk.range]) <= MAX);
    }
    assert!(content[covered..].trim().is_empty());
}

#[test]
fn a_short_document_is_one_chunk() {
    assert_eq!(
        texts("  pool exhausted\n\nraise the limit \n\n"),
        ["  pool exhausted\n\nraise the limit"]
    );
    assert!(chunks(" \n\n ").is_empty());
}

#[test]
fn sections_are_chunks_of_their_own() {
    let content = "# Symptoms\nslow\n# Causes\nleak\n";
    let chunks = chunks(content);
    assert_eq!(chunks[0].heading, "Symptoms");
    assert_eq!(&content[chunks[1].range.clone()], "# Causes\nleak");
    assert_ne!(chunks[0].section, chunks[1].section);
}

#[test]
fn nothing_is_lost_of_any_text() {
    let words = "überlauf word, ".repeat(900);
    let lines = format!("{}\n", "a line of the log\n".repeat(700));
    let code = format!("```\n{}```\n", "# code line\n".repeat(230));
    let long_code = format!("```\n{}```\n", "# code line\n".repeat(900));
    let unbroken = "日".repeat(8_000);
    let blank = "\n".repeat(5_000);
    let spaces = format!("{}x", " ".repeat(4_000));
    let parts = [
        &words, &lines, &code, &long_code, &unbroken, &blank, &spaces,
    ];
    for first in parts {
        check(first);
        for second in parts {
            check(&format!("{first}\n\n# Heading\n\n{second}\n\n{first}"));
        }
    }
}

#[test]
fn long_text_is_split_near_the_target_and_overlaps() {
    let content = "A sentence of words about pools. ".repeat(200);
    let chunks = chunks(&content);
    assert!(chunks.len() >= 5);
    for pair in chunks.windows(2) {
        let shared = pair[0].range.end.saturating_sub(pair[1].range.start);
        assert!((1..=OVERLAP).contains(&shared), "{shared}");
    }
    let longest = chunks.iter().map(|chunk| chunk.range.len()).max();
    assert!(longest <= Some(TARGET + OVERLAP + 1));
}

#[test]
fn no_chunk_begins_or_ends_inside_code() {
    let code = format!("```sh\n{}```", "kubectl get pods\n".repeat(150));
    let content = format!(
        "Run this:\n\n{code}\n\n{}",
        "Then wait a while. ".repeat(100)
    );
    let start = content.find("```").unwrap();
    let inside = start + 1..start + code.len() - 1;
    for chunk in chunks(&content) {
        assert!(!inside.contains(&chunk.range.start));
        assert!(!inside.contains(&chunk.range.end));
    }
    assert!(texts(&content)[0].starts_with("Run this:\n\n```sh"));
}

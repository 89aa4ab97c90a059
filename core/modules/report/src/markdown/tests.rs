use super::*;

#[test]
fn ordinary_text_stays_readable() {
    for text in [
        "checkout answers 500 since 14:05",
        "12 of 60 requests failed (20 %), and then none",
        "total=5, active=5; waiting 12 s",
        "the user's words, e.g. these",
        "0.75 of all",
    ] {
        assert_eq!(read(text), text);
    }
}

/// Returns a line of text as Markdown.
fn read(text: &str) -> String {
    line(&Line::of(text))
}

#[test]
fn markup_is_shown_and_not_obeyed() {
    for (text, shown) in [
        ("**bold** _it_", "`**bold**` `_it_`"),
        ("# heading", "`#` heading"),
        ("- item", "\\- item"),
        ("+ item", "\\+ item"),
        ("=== title", "\\=== title"),
        ("1. item", "1\\. item"),
        ("23) item", "23\\) item"),
        ("a | b", "a `|` b"),
        ("~~gone~~", "`~~gone~~`"),
        ("$x^2$ {y}", "`$x^2$` `{y}`"),
        ("`code`", "`` `code` ``"),
        ("back\\slash", "`back\\slash`"),
        ("> quote", "`>` quote"),
        ("(by duration_ms=5),", "(by `duration_ms=5`),"),
        ("count(*), \"a_b\".", "`count(*)`, \"`a_b`\"."),
    ] {
        assert_eq!(read(text), shown);
    }
}

#[test]
fn html_is_text() {
    let text = read("<script>alert(1)</script> <img src=x onerror=alert(1)> &lt;b&gt; R&D");
    let shown = "`<script>alert(1)</script>` `<img` src=x `onerror=alert(1)>` `&lt;b&gt`; R&D";
    assert_eq!(text, shown);
}

#[test]
fn links_and_images_are_text() {
    assert_eq!(read("[a](b)"), "`[a](b)`");
    assert_eq!(read("![a](b)"), "`![a](b)`");
    assert_eq!(read("[E1]: x"), "`[E1]`: x");
}

#[test]
fn whatever_renderers_link_by_themselves_becomes_code() {
    for address in [
        "http://evil.example/x",
        "HTTPS://evil.example",
        "//evil.example",
        "www.evil.example",
        "WWW.1.2",
        "evil.com",
        "ops@evil.example",
        "@everyone",
        "ftp://h",
        "mailto:a@b",
        "app.log",
    ] {
        let text = read(&format!("see {address} now"));
        assert_eq!(text, format!("see `{address}` now"));
    }
}

#[test]
fn foreign_text_cannot_end_its_line() {
    let text = read("a\n\n# b\r\n- c\u{2028}d\te");
    assert_eq!(text, "a ⏎ `#` b ⏎ - c d e");
}

#[test]
fn control_characters_are_spelled_out() {
    assert!(!read("a\u{1b}[31mb\u{202e}c").contains(['\u{1b}', '\u{202e}']));
    assert!(!fenced("a\u{1b}[31m\rb").contains(['\u{1b}', '\r']));
}

#[test]
fn code_cannot_be_ended_from_inside() {
    assert_eq!(code_span("a`b"), "``a`b``");
    assert_eq!(code_span("``"), "``` `` ```");
    assert_eq!(code_span("ls -la"), "`ls -la`");
    let evil = format!("`](http://{}", "x.example)");
    assert!(span(&Span::Code(evil)).starts_with("`` `"));
}

#[test]
fn a_quote_cannot_be_ended_from_inside() {
    let quote = "before\n```\n# heading\n`````\nafter";
    let block = fenced(quote);
    assert_eq!(block, format!("``````text\n{quote}\n``````"));
    assert_eq!(fenced("line\n"), "```text\nline\n```");
    assert_eq!(fenced("a\r\nb"), "```text\na\nb\n```");
}

#[test]
fn blocks_are_separated_and_the_text_ends_with_a_line() {
    let mut document = Document::default();
    document.heading(2, "Cause");
    document.notice(Line::of("Interim."));
    document.list_or(
        vec![
            Line::named("File").code("app log"),
            Line::of("claim").cites(vec!["E1".to_owned(), "E2".to_owned()]),
            Line::default().struck("gone"),
        ],
        "Nothing.",
    );
    document.list_or(Vec::new(), "Nothing.");
    document.steps_or(vec![Line::of("first"), Line::of("second")], "");
    document.quote("x");
    let expected = "## Cause\n\n> Interim.\n\n- **File:** `app log`\n- claim [E1, E2]\n\
                    - ~~gone~~\n\nNothing.\n\n1. first\n2. second\n\n```text\nx\n```\n";
    assert_eq!(render(&document), expected);
}

#[test]
fn blank_text_leaves_no_trace() {
    let line_of_blanks = Line::of(" ")
        .text("")
        .code("\n")
        .struck("")
        .cites(Vec::new());
    assert_eq!(line_of_blanks, Line::default());
}

#[test]
fn pieces_are_joined_as_in_a_sentence() {
    let joined = Line::of("see (").code("a").text("),").code("b").text(", c");
    assert_eq!(line(&joined), "see (`a`), `b`, c");
    let kept_apart = Line::default().code("a").text(",x_y");
    assert_eq!(line(&kept_apart), "`a` `,x_y`");
}

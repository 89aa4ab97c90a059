//! A document as one HTML file: no script, nothing to load, and all that it quotes is text.

use faultmaven_kit::text::escape_control;

use crate::document::{Block, Document, Line, Span, gap, one_line};

const STYLE: &str = include_str!("html/report.css");

/// Returns `document` as an HTML file.
pub(crate) fn render(title: &str, document: &Document) -> String {
    let title = escaped(&one_line(title));
    let body: String = document.blocks.iter().map(block).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\
         </main>\n</body>\n</html>\n"
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading { level, text } => heading(*level, text),
        Block::Paragraph(content) => format!("<p>{}</p>\n", line(content)),
        Block::Notice(content) => format!("<p class=\"notice\">{}</p>\n", line(content)),
        Block::List(lines) => format!("<ul>\n{}</ul>\n", items(lines)),
        Block::Steps(lines) => format!("<ol>\n{}</ol>\n", items(lines)),
        Block::Quote(quote) => {
            let quote = escape_control(&quote.replace("\r\n", "\n"));
            format!("<pre>{}</pre>\n", escaped(&quote))
        }
    }
}

fn heading(level: u8, text: &str) -> String {
    let level = level.clamp(1, 6);
    let anchor = if is_label(text) {
        format!(" id=\"{text}\"")
    } else {
        String::new()
    };
    let text = escaped(&one_line(text));
    format!("<h{level}{anchor}>{text}</h{level}>\n")
}

/// Returns whether a heading is one that citations lead to.
fn is_label(text: &str) -> bool {
    let number = text.strip_prefix(['E', 'M', 'F']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn items(lines: &[Line]) -> String {
    let items = lines
        .iter()
        .map(|item| format!("<li>{}</li>\n", line(item)));
    items.collect()
}

fn line(line: &Line) -> String {
    let mut text = String::new();
    let mut before: Option<&Span> = None;
    for piece in &line.0 {
        text.push_str(before.map_or("", |before| gap(before, piece)));
        text.push_str(&span(piece));
        before = Some(piece);
    }
    text
}

fn span(span: &Span) -> String {
    match span {
        Span::Text(text) => escaped(&one_line(text)),
        Span::Strong(text) => format!("<strong>{}</strong>", escaped(&one_line(text))),
        Span::Struck(text) => format!("<s>{}</s>", escaped(&one_line(text))),
        Span::Code(code) => format!("<code>{}</code>", escaped(&one_line(code))),
        Span::Cites(labels) => {
            let links = labels
                .iter()
                .map(|label| format!("<a href=\"#{label}\">{label}</a>"));
            let links: Vec<String> = links.collect();
            format!("<span class=\"cites\">[{}]</span>", links.join(", "))
        }
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_quotes_is_text() {
        let evil = "</pre></code><script>alert(\"1\")</script>&amp;";
        let mut document = Document::default();
        document.heading(2, evil);
        document.paragraph(Line::of(evil).code(evil).struck(evil));
        document.list_or(vec![Line::named(evil)], "");
        document.quote(evil);
        let html = render(evil, &document);
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(html.matches("</pre>").count(), 1, "{html}");
        assert!(html.contains("&amp;amp;"));
    }

    #[test]
    fn citations_lead_to_the_appendix() {
        let mut document = Document::default();
        document.paragraph(Line::of("so").cites(vec!["E1".to_owned()]));
        document.heading(3, "E1");
        document.heading(3, "E1 and more");
        let html = render("x", &document);
        assert!(html.contains("<a href=\"#E1\">E1</a>"), "{html}");
        assert!(html.contains("<h3 id=\"E1\">E1</h3>"), "{html}");
        assert!(html.contains("<h3>E1 and more</h3>"), "{html}");
    }

    #[test]
    fn the_file_runs_and_loads_nothing() {
        let html = render("x", &Document::default());
        assert!(html.contains("default-src 'none'"));
        for loaded in [
            "<script", "src=", "url(", "@import", "<link", "http:", "https:",
        ] {
            assert!(!html.contains(loaded), "{loaded}");
        }
    }
}

//! A document as Markdown in which nothing of what it quotes becomes markup, a link or HTML.

use faultmaven_kit::text::escape_control;

use crate::document::{Block, Document, Line, Span, gap, one_line};

/// Punctuation that begins markup wherever it stands.
const ACTIVE: &[char] = &[
    '\\', '`', '*', '_', '[', ']', '#', '|', '~', '$', '^', '{', '}', '<', '>',
];
/// Punctuation that begins markup at the start of a line.
const ACTIVE_AT_START: &[char] = &['-', '+', '=', ':'];
/// Punctuation of sentences that stands before a word.
const BEFORE: &[char] = &['"', '\'', '(', '“', '‘'];
/// Punctuation of sentences that stands after a word.
const AFTER: &[char] = &['"', '\'', ',', '.', ';', ':', '?', '”', '’'];

/// Returns `document` as Markdown.
pub(crate) fn render(document: &Document) -> String {
    let blocks: Vec<String> = document.blocks.iter().map(block).collect();
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading { level, text } => {
            format!("{} {}", "#".repeat(usize::from(*level)), plain(text))
        }
        Block::Paragraph(content) => line(content),
        Block::Notice(content) => format!("> {}", line(content)),
        Block::List(lines) => {
            let items = lines.iter().map(|item| format!("- {}", line(item)));
            items.collect::<Vec<_>>().join("\n")
        }
        Block::Steps(lines) => {
            let items = lines.iter().enumerate();
            let items = items.map(|(index, item)| format!("{}. {}", index + 1, line(item)));
            items.collect::<Vec<_>>().join("\n")
        }
        Block::Quote(quote) => fenced(quote),
    }
}

fn line(line: &Line) -> String {
    let mut text = String::new();
    let mut before: Option<&Span> = None;
    for piece in &line.0 {
        text.push_str(before.map_or("", |before| gap(before, piece)));
        text.push_str(&span(piece));
        before = Some(piece);
    }
    escape_start(text)
}

fn span(span: &Span) -> String {
    match span {
        Span::Text(text) => plain(text),
        Span::Strong(text) => format!("**{}**", plain(text)),
        Span::Struck(text) => format!("~~{}~~", plain(text)),
        Span::Code(code) => code_span(&one_line(code)),
        Span::Cites(labels) => format!("[{}]", labels.join(", ")),
    }
}

/// Returns `text` so that it reads as written, on one line.
fn plain(text: &str) -> String {
    let text = one_line(text);
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

/// Words that could have an effect become code, which no renderer interprets.
fn word(word: &str) -> String {
    if !has_effect(word) {
        return word.to_owned();
    }
    let start = word.len() - word.trim_start_matches(BEFORE).len();
    let (before, rest) = word.split_at(start);
    let core = rest.trim_end_matches(AFTER);
    let core = match core.strip_suffix(')') {
        Some(shorter) if !shorter.contains('(') => shorter,
        _ => core,
    };
    let after = &rest[core.len()..];
    format!("{before}{}{after}", code_span(core))
}

fn has_effect(word: &str) -> bool {
    let is_entity = word.contains('&') && word.contains(';');
    is_entity || word.contains(ACTIVE) || may_become_a_link(word)
}

/// Many renderers make links of bare addresses, which no escaping prevents; code they leave alone.
fn may_become_a_link(word: &str) -> bool {
    let is_address = word.contains('@') || word.contains("//");
    is_address || word.to_lowercase().contains("www.") || has_dotted_name(word)
}

/// Returns whether a dot joins two parts of a name, as in `example.org` or `app.log`.
fn has_dotted_name(word: &str) -> bool {
    let characters: Vec<char> = word.chars().collect();
    characters.windows(4).any(|window| match window {
        [before, '.', first, second] => {
            before.is_alphanumeric() && first.is_alphabetic() && second.is_alphanumeric()
        }
        _ => false,
    })
}

fn escape_start(text: String) -> String {
    if text.starts_with(ACTIVE_AT_START) {
        return format!("\\{text}");
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    if !number.is_empty() && is_list_delimiter(rest) {
        return format!("{number}\\{rest}");
    }
    text
}

fn is_list_delimiter(rest: &str) -> bool {
    let delimiter = rest.split(' ').next();
    matches!(delimiter, Some("." | ")"))
}

fn code_span(code: &str) -> String {
    let fence = "`".repeat(longest_run_of_backticks(code) + 1);
    let touches_fence = code.starts_with('`') || code.ends_with('`');
    let padding = if touches_fence { " " } else { "" };
    format!("{fence}{padding}{code}{padding}{fence}")
}

fn fenced(quote: &str) -> String {
    let quote = escape_control(&quote.replace("\r\n", "\n"));
    let fence = "`".repeat((longest_run_of_backticks(&quote) + 1).max(3));
    let end = if quote.ends_with('\n') { "" } else { "\n" };
    format!("{fence}text\n{quote}{end}{fence}")
}

fn longest_run_of_backticks(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests;

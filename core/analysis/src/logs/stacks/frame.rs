//! Frames and headings of stack traces in eight languages.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::StackFrame;

/// Language a trace is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Java,
    Python,
    Go,
    Node,
    Rust,
    Dotnet,
    Ruby,
    Php,
}

impl Language {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::Python => "python",
            Self::Go => "go",
            Self::Node => "node",
            Self::Rust => "rust",
            Self::Dotnet => "dotnet",
            Self::Ruby => "ruby",
            Self::Php => "php",
        }
    }
}

/// What one line contributes to a trace.
#[derive(Debug)]
pub(crate) enum Part {
    Frame(StackFrame),
    /// Place of the frame before.
    Location {
        file: String,
        line: Option<u32>,
    },
    /// Innermost cause named so far.
    Cause(String),
    Exception(String, String),
    /// Belongs to the trace, says nothing.
    Filler,
}

struct Patterns {
    at: Regex,
    python: Regex,
    go_file: Regex,
    go_call: Regex,
    rust_frame: Regex,
    ruby: Regex,
    php: Regex,
    exception: Regex,
    java_place: Regex,
    node_place: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| compile().ok());

fn compile() -> Result<Patterns, regex::Error> {
    Ok(Patterns {
        at: Regex::new(r"^\s+at (?:async )?(.+)$")?,
        python: Regex::new(r#"^\s+File "([^"]+)", line (\d+)(?:, in (.+))?"#)?,
        go_file: Regex::new(r"^\s+(\S+\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?$")?,
        go_call: Regex::new(
            r"^(?:created by )?([\w./*()\-]+\.[\w.*()\[\]]+)(?:\(.*\)| in goroutine \d+)$",
        )?,
        rust_frame: Regex::new(r"^\s+\d+:\s+(?:0x[0-9a-f]+ - )?([\w<{].*)$")?,
        ruby: Regex::new(r"^\s*(?:from )?(\S+\.rb):(\d+):in [`']([^']+)'")?,
        php: Regex::new(r"^#\d+ (?:([^(]+)\((\d+)\): |\{main\})(.*)$")?,
        exception: Regex::new(
            r"((?:[A-Za-z_][\w$]*\.)*[A-Z]\w*(?:Exception|Error|Throwable|Failure|Warning|Interrupt|Exit)|KeyError|[A-Z]\w+Error|\bError)(?:: ?(.*))?$",
        )?,
        java_place: Regex::new(r"^(.+?)\(([^():]+)(?::(\d+))?\)")?,
        node_place: Regex::new(r"^(?:(.+?) \()?(\S+?):(\d+):\d+\)?$")?,
    })
}

/// Returns what a line contributes to a trace in `language`, or to any when none is open.
pub(crate) fn part(text: &str, language: Option<Language>) -> Option<(Language, Part)> {
    let patterns = PATTERNS.as_ref()?;
    let trimmed = text.trim_start();
    if let Some(captures) = trimmed
        .starts_with("at ")
        .then(|| patterns.at.captures(text))
        .flatten()
    {
        return at_frame(patterns, &captures[1], language);
    }
    if trimmed.starts_with("File \"") {
        return python_frame(patterns, text);
    }
    if is_python_heading(trimmed) {
        return Some((Language::Python, Part::Filler));
    }
    if let Some(cause) = trimmed.strip_prefix("Caused by: ") {
        return Some((language.unwrap_or(Language::Java), Part::Cause(cut(cause))));
    }
    if let Some(cause) = trimmed.strip_prefix("---> ") {
        let kind = cause.split([' ', ':']).next()?;
        let named = kind.ends_with("Exception");
        return named.then(|| (Language::Dotnet, Part::Cause(cut(cause))));
    }
    if trimmed.starts_with("goroutine ") && trimmed.ends_with("]:") {
        return Some((Language::Go, Part::Filler));
    }
    if let Some(captures) = trimmed
        .contains(".rb:")
        .then(|| patterns.ruby.captures(text))
        .flatten()
    {
        return Some((
            Language::Ruby,
            frame(
                Language::Ruby,
                &captures[3],
                Some((&captures[1], &captures[2])),
            ),
        ));
    }
    match language {
        Some(language) => continued(patterns, text, trimmed, language),
        None => opening(trimmed)
            .map(|(language, exception, message)| (language, Part::Exception(exception, message))),
    }
}

/// Whether a trace in Python begins, or another one behind that of its cause.
fn is_python_heading(text: &str) -> bool {
    text.starts_with("Traceback (most recent call last)")
        || text.starts_with("During handling of the above exception")
        || text.starts_with("The above exception was the direct cause")
}

/// Lines that only mean something inside a trace.
fn continued(
    patterns: &Patterns,
    text: &str,
    trimmed: &str,
    language: Language,
) -> Option<(Language, Part)> {
    let filler = Some((language, Part::Filler));
    match language {
        Language::Java | Language::Dotnet | Language::Node => {
            let omitted = trimmed.starts_with("... ")
                || trimmed.starts_with("--- End of")
                || trimmed.starts_with("Suppressed: ");
            if omitted { filler } else { None }
        }
        Language::Python => {
            if text.starts_with("  ") {
                return filler;
            }
            let (exception, message) = python_exception(text)?;
            Some((language, Part::Exception(exception, message)))
        }
        Language::Go => {
            if let Some(captures) = patterns.go_file.captures(text) {
                return Some((language, location(&captures[1], &captures[2])));
            }
            if let Some(captures) = patterns.go_call.captures(text) {
                return Some((language, frame(language, &captures[1], None)));
            }
            if trimmed.is_empty()
                || trimmed.starts_with("exit status")
                || trimmed.starts_with("[signal ")
            {
                filler
            } else {
                None
            }
        }
        Language::Rust => {
            if let Some(captures) = patterns.rust_frame.captures(text) {
                return Some((language, frame(language, &captures[1], None)));
            }
            if trimmed.starts_with("stack backtrace:")
                || trimmed.starts_with("note: ")
                || !text.starts_with(' ')
            {
                filler
            } else {
                None
            }
        }
        Language::Ruby => None,
        Language::Php => php(patterns, trimmed),
    }
}

fn php(patterns: &Patterns, trimmed: &str) -> Option<(Language, Part)> {
    if let Some(captures) = patterns.php.captures(trimmed) {
        let place = captures
            .get(1)
            .zip(captures.get(2))
            .map(|(file, line)| (file.as_str(), line.as_str()));
        return Some((
            Language::Php,
            frame(Language::Php, captures[3].trim(), place),
        ));
    }
    (trimmed.starts_with("Stack trace:") || trimmed.starts_with("thrown in"))
        .then_some((Language::Php, Part::Filler))
}

/// Returns language, exception and message when a text opens a trace.
pub(crate) fn opening(message: &str) -> Option<(Language, String, String)> {
    match message.as_bytes().first()? {
        b'T' if message.starts_with("Traceback (most recent call last)") => {
            Some((Language::Python, String::new(), String::new()))
        }
        b'p' if message.starts_with("panic: ") => {
            Some((Language::Go, "panic".to_owned(), cut(&message[7..])))
        }
        b'f' if message.starts_with("fatal error: ") => {
            Some((Language::Go, "fatal error".to_owned(), cut(&message[13..])))
        }
        b't' if message.starts_with("thread '") && message.contains("panicked at") => {
            Some((Language::Rust, "panic".to_owned(), cut(message)))
        }
        b'P' if message.starts_with("PHP Fatal error:  Uncaught ") => {
            let text = &message[27..];
            let (name, rest) = text.split_once(": ").unwrap_or((text, ""));
            Some((Language::Php, name.to_owned(), cut(rest)))
        }
        _ => None,
    }
}

/// Returns whether a line is the type of an exception, with or without its message.
pub(crate) fn is_exception_head(text: &str) -> bool {
    const ENDINGS: [&str; 4] = ["Exception", "Error", "Throwable", "Failure"];
    let named = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$');
    let (kind, rest) = text.split_at(text.bytes().take_while(named).count());
    ENDINGS.iter().any(|ending| kind.ends_with(ending))
        && kind.as_bytes()[0].is_ascii_alphabetic()
        && (rest.trim_start().is_empty() || rest.trim_start().starts_with(':'))
}

/// Returns the exception type and message that a line before the first frame names.
pub(crate) fn exception_in(line: &str) -> (String, String) {
    let Some(patterns) = PATTERNS.as_ref() else {
        return (String::new(), String::new());
    };
    match patterns.exception.captures(line.trim_end()) {
        Some(captures) => {
            let message = captures.get(2).map_or("", |text| text.as_str());
            (captures[1].to_owned(), cut(message))
        }
        None => ("exception".to_owned(), cut(line)),
    }
}

fn at_frame(
    patterns: &Patterns,
    rest: &str,
    language: Option<Language>,
) -> Option<(Language, Part)> {
    if language == Some(Language::Rust) {
        let (file, line) = rest
            .rsplit_once(':')
            .and_then(|(head, _)| head.rsplit_once(':'))
            .unwrap_or((rest, ""));
        return Some((Language::Rust, location(file, line)));
    }
    if let Some(captures) = patterns.node_place.captures(rest) {
        let function = captures.get(1).map_or("<anonymous>", |name| name.as_str());
        return Some((
            Language::Node,
            frame(Language::Node, function, Some((&captures[2], &captures[3]))),
        ));
    }
    if let Some((function, place)) = rest.split_once(" in ") {
        let (file, line) = place.rsplit_once(":line ").unwrap_or((place, ""));
        return Some((
            Language::Dotnet,
            frame(Language::Dotnet, function, Some((file, line))),
        ));
    }
    let captures = patterns.java_place.captures(rest)?;
    let place = &captures[2];
    let java = place.ends_with(".java")
        || place.ends_with(".kt")
        || place.ends_with(".scala")
        || place.ends_with(".groovy")
        || place == "Native Method"
        || place == "Unknown Source";
    if !java {
        return Some((Language::Dotnet, frame(Language::Dotnet, rest, None)));
    }
    let line = captures.get(3).map_or("", |line| line.as_str());
    Some((
        Language::Java,
        frame(Language::Java, &captures[1], Some((place, line))),
    ))
}

fn python_frame(patterns: &Patterns, text: &str) -> Option<(Language, Part)> {
    let captures = patterns.python.captures(text)?;
    let function = captures.get(3).map_or("<module>", |name| name.as_str());
    Some((
        Language::Python,
        frame(
            Language::Python,
            function,
            Some((&captures[1], &captures[2])),
        ),
    ))
}

fn python_exception(text: &str) -> Option<(String, String)> {
    let (name, message) = text.split_once(": ").unwrap_or((text, ""));
    let last = name.rsplit('.').next().unwrap_or(name);
    let valid = last.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    valid.then(|| (name.to_owned(), cut(message)))
}

fn frame(language: Language, function: &str, place: Option<(&str, &str)>) -> Part {
    let file = place.map(|(file, _)| file.to_owned());
    let application = is_application(language, function, file.as_deref().unwrap_or(""));
    Part::Frame(StackFrame {
        function: cut(function),
        line: place.and_then(|(_, line)| line.parse().ok()),
        file,
        application,
    })
}

fn location(file: &str, line: &str) -> Part {
    Part::Location {
        file: file.to_owned(),
        line: line.parse().ok(),
    }
}

/// Returns whether a frame is the application's own code.
pub(crate) fn is_application(language: Language, function: &str, file: &str) -> bool {
    let foreign_function: &[&str] = match language {
        Language::Java => &[
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "org.springframework.",
            "org.apache.",
            "org.hibernate.",
            "com.zaxxer.",
            "io.netty.",
            "kotlin.",
            "scala.",
            "reactor.",
            "org.eclipse.jetty.",
            "io.undertow.",
            "jakarta.",
        ],
        Language::Dotnet => &["System.", "Microsoft."],
        Language::Go => &["runtime.", "net/http.", "testing.", "reflect.", "panic"],
        Language::Rust => &[
            "std::",
            "core::",
            "alloc::",
            "rust_begin_unwind",
            "tokio::",
            "<core::",
        ],
        _ => &[],
    };
    let foreign_file: &[&str] = match language {
        Language::Python => &["site-packages", "/usr/lib/python", "lib/python3", "<frozen"],
        Language::Node => &["node_modules", "node:", "internal/"],
        Language::Go => &["/usr/local/go/src", "/go/pkg/mod/"],
        Language::Rust => &["/rustc/", ".cargo/registry"],
        Language::Ruby => &["/gems/", "/ruby/"],
        Language::Php => &["/vendor/"],
        _ => &[],
    };
    !foreign_function
        .iter()
        .any(|prefix| function.starts_with(prefix))
        && !foreign_file.iter().any(|part| file.contains(part))
}

fn cut(text: &str) -> String {
    text.chars().take(480).collect()
}

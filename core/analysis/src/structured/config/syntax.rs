//! Whether a configuration parses at all, and where it stops to.

mod json;
pub(super) mod nginx;
mod sections;
mod toml;
mod yaml;

use super::{Entry, cite, is_secret};
use crate::archive::uncompressed_name;
use crate::citation::Citation;
use crate::encoding::Encoding;
use crate::logs::TextLine;

/// Larger files are not checked.
const TEXT_MAX: usize = 1 << 20;
/// Marks of templates, which are no configuration before they are filled in.
const TEMPLATE_MARKS: [&str; 4] = ["{{", "{%", "<%", "@@"];

/// Grammar of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Json,
    Yaml,
    Toml,
    Ini,
    Nginx,
}

/// Where a text stops to parse, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    /// Counted from one, both.
    line: usize,
    column: usize,
    text: String,
}

/// A configuration that does not parse.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) format: &'static str,
    pub(crate) statement: String,
    /// The line at which it stops to parse, then the one before.
    pub(crate) citations: Vec<Citation>,
}

/// Keeps the text of a configuration until it can be parsed as a whole.
#[derive(Debug)]
pub(crate) struct Syntax {
    grammar: Grammar,
    encoding: Encoding,
    text: String,
    lines: Vec<Place>,
    pub(crate) too_large: bool,
}

/// Where a line stands in the file, and how much of it may be quoted.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    end: u64,
    number: u64,
    quoted: usize,
}

impl Syntax {
    /// Returns the check of a file whose name and first lines tell the same grammar.
    pub(crate) fn of(file_name: Option<&str>, lines: &[&str], encoding: Encoding) -> Option<Self> {
        Some(Self {
            grammar: grammar(file_name?, lines)?,
            encoding,
            text: String::new(),
            lines: Vec::new(),
            too_large: false,
        })
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        if self.too_large || self.text.len() + line.text.len() > TEXT_MAX {
            self.too_large = true;
            self.text = String::new();
            return;
        }
        self.text.push_str(line.text);
        self.text.push('\n');
        self.lines.push(Place {
            start: line.start,
            end: line.end,
            number: line.number,
            quoted: line.quote.len(),
        });
    }

    /// Returns what is wrong; nothing when it parses, or when it is a template.
    pub(crate) fn finish(&self) -> Option<Broken> {
        if self.too_large {
            return None;
        }
        let problem = self.grammar.check(&self.text)?;
        if TEMPLATE_MARKS.iter().any(|mark| self.text.contains(mark)) {
            return None;
        }
        // Carriage returns belong to the lines, so that positions stay those of the bytes.
        let told: Vec<&str> = self.text.split_terminator('\n').collect();
        let mut at = problem.line.min(told.len()).checked_sub(1)?;
        while told[at].trim().is_empty() && at > 0 {
            at -= 1;
        }
        let column = if at + 1 == problem.line {
            problem.column
        } else {
            told[at].trim_end().chars().count() + 1
        };
        let before = told[..at].iter().rposition(|line| !line.trim().is_empty());
        let cited = [Some(at), before].into_iter().flatten();
        let format = self.grammar.name();
        Some(Broken {
            format,
            statement: format!(
                "Not valid {format}, line {}, column {column}: {}",
                self.lines.get(at)?.number,
                problem.text
            ),
            citations: cited
                .filter_map(|at| self.citation(told[at], *self.lines.get(at)?))
                .collect(),
        })
    }

    /// Returns the place of a line, cut in front of a secret.
    fn citation(&self, text: &str, place: Place) -> Option<Citation> {
        let line = TextLine {
            text,
            quote: text.get(..place.quoted).unwrap_or(text),
            raw: text.as_bytes(),
            start: place.start,
            end: place.end,
            number: place.number,
            carries_on: false,
        };
        let secret = Entry::parse(text)
            .and_then(|entry| Some((entry.key, entry.value?)))
            .filter(|(key, value)| is_secret(key, value));
        let cited = cite(&line, secret.map(|(_, value)| value), self.encoding);
        (!cited.quote.trim().is_empty()).then_some(cited)
    }
}

impl Grammar {
    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
            Self::Ini => "INI",
            Self::Nginx => "nginx configuration",
        }
    }

    fn check(self, text: &str) -> Option<Problem> {
        match self {
            Self::Json => json::check(text),
            Self::Yaml => yaml::check(text),
            Self::Toml => toml::check(text),
            Self::Ini => sections::check(text),
            Self::Nginx => nginx::check(text),
        }
    }
}

/// Reads the grammar off the ending of the name, if the first lines look like it.
fn grammar(file_name: &str, lines: &[&str]) -> Option<Grammar> {
    let name = file_name.to_ascii_lowercase();
    let name = uncompressed_name(&name);
    let ending = name.rsplit_once('.')?.1;
    let mut data = lines.iter().map(|line| line.trim()).filter(|line| {
        !line.is_empty() && !line.starts_with(['#', ';']) && !line.starts_with("---")
    });
    let pairs = |joint: &str| {
        let paired = |line: &&&str| line.contains(joint) || line.starts_with('[');
        let told = lines.iter().filter(|line| !line.trim().is_empty());
        lines.iter().filter(paired).count() * 2 >= told.count()
    };
    match ending {
        "json" => data
            .next()
            .is_some_and(|line| line.starts_with(['{', '[']))
            .then_some(Grammar::Json),
        "yaml" | "yml" => data
            .any(|line| line.ends_with(':') || line.contains(": "))
            .then_some(Grammar::Yaml),
        "toml" => pairs("=").then_some(Grammar::Toml),
        "ini" => pairs("=").then_some(Grammar::Ini),
        "conf" | "nginx" => nginx::looks_like(lines).then_some(Grammar::Nginx),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{FindingKind, Options, Severity, analyze, verify_citation};

    fn broken(name: &str, text: &str) -> Option<(String, u64)> {
        let options = Options {
            file_name: Some(name.to_owned()),
            ..Options::default()
        };
        let analysis = analyze(text.as_bytes(), options);
        let found = analysis.findings.iter().find(|it| {
            it.kind == FindingKind::ConfigLint && it.statement.starts_with("Not valid")
        })?;
        assert_eq!(found.severity, Severity::Error);
        for citation in &found.citations {
            let range = citation.byte_start as usize..citation.byte_end as usize;
            let slice = &text.as_bytes()[range];
            assert!(verify_citation(slice, citation, analysis.encoding).is_ok());
        }
        Some((found.statement.clone(), found.citations[0].line_start))
    }

    /// Name, text, start of the statement, line that is cited.
    const BROKEN: &[(&str, &str, &str, u64)] = &[
        (
            "app.json",
            "{\n  \"port\": 8080,\n  \"host\": \"a\"\n  \"tls\": true\n}\n",
            "Not valid JSON, line 4, column 3: a comma or a closing brace is missing in front of this",
            4,
        ),
        (
            "app.json",
            "{\n  \"port\": 8080,\n  \"host\": \"a\",\n}\n",
            "Not valid JSON, line 4, column 1: a comma stands in front of the closing bracket",
            4,
        ),
        (
            "app.json",
            "{\n  \"port\": 8080,\n  \"hosts\": [\"a\"\n",
            "Not valid JSON, line 3, column 16: the file ends inside a list",
            3,
        ),
        (
            "values.yaml",
            "server:\n  port: 8080\n   host: a\n  tls: true\n",
            "Not valid YAML, line 3, column ",
            3,
        ),
        (
            "values.yaml",
            "server:\n\tport: 8080\n",
            "Not valid YAML, line 2, column ",
            2,
        ),
        (
            "Config.toml",
            "[server]\nport = 8080\nhost = \"a\nname = \"b\"\n",
            "Not valid TOML, line 3, column ",
            3,
        ),
        (
            "my.ini",
            "[mysqld\nport = 3306\nsocket = /tmp/s\n",
            "Not valid INI, line 1, column 8: the heading has no closing bracket",
            1,
        ),
        (
            "nginx.conf",
            "events { }\nhttp {\n  server {\n    listen 80\n    server_name a;\n  }\n}\n",
            "Not valid nginx configuration, line 4, column 14: `listen` is not ended by `;`",
            4,
        ),
        (
            "nginx.conf",
            "events { }\nhttp {\n  server {\n    listen 80;\n    server_name a;\n  }\n",
            "Not valid nginx configuration, line 6, column 4: the file ends inside the block `http`",
            6,
        ),
    ];

    #[test]
    fn what_does_not_parse_is_told_with_its_place() {
        for &(name, text, statement, line) in BROKEN {
            let (told, cited) = broken(name, text).unwrap_or_default();
            assert!(told.starts_with(statement), "{name}: {told}");
            assert_eq!(cited, line, "{name}: {told}");
        }
    }

    #[test]
    fn what_parses_and_what_is_no_configuration_is_left_alone() {
        for (name, text) in [
            ("app.json", "{\n  \"port\": 8080\n}\n"),
            ("two.json", "{\"a\": 1}\n{\"b\": 2}\n"),
            ("tsconfig.json", "{\n  // why\n  \"strict\": true,\n}\n"),
            ("chart.yaml", "name: {{ .Values.name }}\nport: [\n"),
            (
                "tags.yaml",
                "a: !Ref b\nc: &x 1\nd: *x\n---\ne: |\n  f: [\n",
            ),
            (
                "Cargo.toml",
                "[package]\nname = \"a\"\n\n[[bin]]\nname = \"b\"\n",
            ),
            ("my.ini", "[mysqld]\nskip-networking\nport = 3306\n"),
            (
                "nginx.conf",
                "events { }\nhttp {\n  log_format m '$a {'\n    '$b';\n  server { listen 80; location ~ \"^/x{2}\" { return 200 \"${host}\"; } }\n}\n",
            ),
            (
                "app.log",
                "2025-03-04T14:05:00Z INFO {\"a\": 1\n2025-03-04T14:05:01Z INFO {\n2025-03-04T14:05:02Z INFO }\n",
            ),
            ("notes.txt", "{\n \"a\": 1,\n}\n"),
        ] {
            assert_eq!(broken(name, text), None, "{name}");
        }
    }

    #[test]
    fn a_secret_is_not_quoted() {
        let text = "{\n  \"port\": 1\n  \"password\": \"hunter2hunter2\"\n}\n";
        let options = Options {
            file_name: Some("a.json".to_owned()),
            ..Options::default()
        };
        let analysis = analyze(text.as_bytes(), options);
        assert!(!format!("{:?}", analysis.findings).contains("hunter2"));
    }
}

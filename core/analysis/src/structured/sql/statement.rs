//! Statements that change a schema, rights or settings of a database.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::analysis::ChangeDirection;

mod settings;
mod trigger;

use settings::{role, setting, storage};
pub(crate) use trigger::goes_on as trigger_goes_on;

/// What one statement changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    /// The first word, in lower case.
    pub(crate) verb: String,
    /// Kind and name of what is changed, such as `column orders.region`.
    pub(crate) path: String,
    /// The value that is set.
    pub(crate) after: Option<String>,
    pub(crate) direction: ChangeDirection,
    pub(crate) secret: bool,
}

/// Statements of a text, and what its next lines may go on with.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    pub(crate) found: Vec<Statement>,
    pub(crate) goes_on: GoesOn,
}

/// What the next line of a statement belongs to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum GoesOn {
    #[default]
    Statement,
    /// The clauses of a table that is altered.
    Table(String),
    /// What a new trigger of this name is on.
    Trigger(String),
    /// The text of a function, which runs later.
    Body { quoted: bool },
}

const NAME: &str =
    r#"(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w$]+)(?:\.(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[\w$]+))*"#;

static OBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^(?<verb>create|drop|alter|rename|truncate)\s+(?:or\s+replace\s+)?(?<marks>(?:(?:unique|global|local|temporary|temp|unlogged|materialized|foreign|external|virtual|constraint)\s+)*)(?<kind>index|table|view|sequence|schema|database|type|function|procedure|trigger|role|user|extension|policy|domain|publication|subscription)\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?(?<name>NAME)(?<rest>.*)$",
    )
});

static TRUNCATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(r"^truncate\s+(?:table\s+)?(?:only\s+)?(?<name>NAME)(?<rest>.*)$"));

static CLAUSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^(?<verb>add|drop|alter|modify|change|rename)\s+(?:(?<kind>column|constraint|unique index|index|key|check|primary key|foreign key|partition)\b\s*)?(?:if\s+(?:not\s+)?exists\s+)?(?<name>NAME)?(?:\s+to\s+(?<to>NAME))?",
    )
});

static RIGHTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^(?<verb>revoke|grant)\s+(?:(?:grant|admin)\s+option\s+for\s+)?(?<what>[\w, ()*]+?)(?:\s+on\s+(?<on>[^;]+?))?\s+(?<way>from|to)\s+(?<who>(?:NAME|'[^']*'@'[^']*')(?:\s*,\s*NAME)*)(?<rest>.*)$",
    )
});

static PRIVILEGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"^(?:all|select|insert|update|delete|truncate|references|trigger|usage|create|connect|temporary|execute|drop|alter|index|maintain)\b",
    )
});

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("(?is){}", pattern.replace("NAME", NAME))).ok()
}

/// Reads a text that begins with a statement.
///
/// `is_sql` tells that the text is known to be one; else words of everyday language count only in
/// capital letters.
pub(crate) fn read(text: &str, is_sql: bool) -> Option<Statements> {
    let text = text.trim_start();
    setting(text)
        .or_else(|| role(text))
        .map(one)
        .or_else(|| object(text, is_sql))
        .or_else(|| truncated(text).map(one))
        .or_else(|| rights(text, is_sql).map(one))
}

/// Reads clauses of a table that is altered.
pub(crate) fn clauses(table: &str, text: &str) -> Vec<Statement> {
    let text = text.split(';').next().unwrap_or(text);
    let parts = parts(text);
    let told = parts
        .into_iter()
        .filter_map(|part| clause(table, part.trim()));
    told.collect()
}

fn one(statement: Statement) -> Statements {
    Statements {
        found: vec![statement],
        goes_on: GoesOn::Statement,
    }
}

fn object(text: &str, is_sql: bool) -> Option<Statements> {
    let found = OBJECT.as_ref()?.captures(text)?;
    let (verb, kind) = (found["verb"].to_lowercase(), found["kind"].to_lowercase());
    let structure = matches!(
        kind.as_str(),
        "index" | "table" | "view" | "sequence" | "schema" | "database"
    );
    let upper = |name: &str| found[name].bytes().all(|byte| byte.is_ascii_uppercase());
    if !(is_sql || structure || upper("verb") && upper("kind")) {
        return None;
    }
    if kind == "trigger"
        && let Some(told) = trigger::trigger(&verb, &bare(&found["name"]), &found["rest"])
    {
        return Some(told);
    }
    if !ends_name(&found["rest"]) {
        return None;
    }
    let temporary = found["marks"].to_lowercase().contains("temp");
    if temporary {
        return Some(Statements::default());
    }
    let (name, rest) = (bare(&found["name"]), &found["rest"]);
    let mut told = Statements::default();
    if kind == "table" && verb == "alter" {
        told.found = storage(&name, rest);
        if !told.found.is_empty() {
            return Some(told);
        }
        told.found = clauses(&name, rest);
        let is_open = !rest.contains(';');
        if is_open {
            told.goes_on = GoesOn::Table(name.clone());
        }
        if told.found.is_empty() && (!is_open || !rest.trim().is_empty()) {
            told.found.push(altered(&format!("table {name}")));
        }
        return Some(told);
    }
    if matches!(kind.as_str(), "function" | "procedure" | "trigger") {
        told.goes_on = GoesOn::Body { quoted: false };
    }
    told.found.push(Statement {
        direction: direction(&verb),
        path: match verb.as_str() {
            "truncate" => format!("rows of table {name}"),
            _ => format!("{kind} {name}"),
        },
        verb,
        after: None,
        secret: false,
    });
    Some(told)
}

fn truncated(text: &str) -> Option<Statement> {
    let found = TRUNCATE.as_ref()?.captures(text)?;
    let upper = text.starts_with("TRUNCATE")
        || text.len() > 14
            && text.is_char_boundary(14)
            && text[..14].eq_ignore_ascii_case("truncate table");
    (upper && ends_name(&found["rest"])).then(|| Statement {
        verb: "truncate".to_owned(),
        path: format!("rows of table {}", bare(&found["name"])),
        after: None,
        direction: ChangeDirection::Removed,
        secret: false,
    })
}

fn clause(table: &str, part: &str) -> Option<Statement> {
    let found = CLAUSE.as_ref()?.captures(part)?;
    let verb = found["verb"].to_lowercase();
    let kind = found.name("kind").map(|kind| kind.as_str().to_lowercase());
    let name = found.name("name").map(|name| bare(name.as_str()));
    let renamed = found.name("to").map(|to| bare(to.as_str()));
    // `RENAME TO other` and `RENAME a TO b`
    if verb == "rename" {
        let (path, after) = match (kind.as_deref(), name?, renamed) {
            (None, to, None) if to.eq_ignore_ascii_case("to") => {
                let to = part.split_whitespace().nth(2)?;
                (format!("name of table {table}"), bare(to))
            }
            (Some("index" | "constraint"), name, Some(to)) => (format!("name of index {name}"), to),
            (_, name, Some(to)) => (format!("name of column {table}.{name}"), to),
            _ => return None,
        };
        return Some(Statement {
            after: Some(after),
            ..altered(&path)
        });
    }
    let path = match (kind.as_deref(), name) {
        (None | Some("column"), Some(name)) => {
            if matches!(
                name.to_lowercase().as_str(),
                "constraint" | "unique" | "check"
            ) {
                return None;
            }
            format!("column {table}.{name}")
        }
        (Some("index" | "key" | "unique index"), Some(name)) => format!("index {name}"),
        (Some(kind @ ("primary key" | "foreign key" | "check")), _) => {
            format!("{kind} of table {table}")
        }
        (Some(kind), Some(name)) => format!("{kind} {name} of table {table}"),
        _ => return None,
    };
    Some(Statement {
        direction: direction(&verb),
        path,
        verb,
        after: None,
        secret: false,
    })
}

fn rights(text: &str, is_sql: bool) -> Option<Statement> {
    let found: Captures<'_> = RIGHTS.as_ref()?.captures(text)?;
    let verb = found["verb"].to_lowercase();
    let fits = (verb == "revoke") == found["way"].eq_ignore_ascii_case("from");
    let known = match found.name("on") {
        Some(_) => PRIVILEGE.as_ref()?.is_match(&found["what"]),
        None => is_sql || found["verb"].bytes().all(|byte| byte.is_ascii_uppercase()),
    };
    if !fits || !known || !ends_name(&found["rest"]) {
        return None;
    }
    let on = found.name("on").map_or_else(String::new, |on| {
        let on = on.as_str().trim();
        format!(" on {}", on.strip_prefix("TABLE ").unwrap_or(on))
    });
    Some(Statement {
        path: format!(
            "grant of {}{on} for {}",
            &found["what"],
            bare(&found["who"])
        ),
        direction: match verb.as_str() {
            "grant" => ChangeDirection::Added,
            _ => ChangeDirection::Removed,
        },
        verb,
        after: None,
        secret: false,
    })
}

fn altered(path: &str) -> Statement {
    Statement {
        verb: "alter".to_owned(),
        path: path.to_owned(),
        after: None,
        direction: ChangeDirection::Replaced,
        secret: false,
    }
}

fn direction(verb: &str) -> ChangeDirection {
    match verb {
        "create" | "add" => ChangeDirection::Added,
        "drop" | "truncate" => ChangeDirection::Removed,
        _ => ChangeDirection::Replaced,
    }
}

fn bare(name: &str) -> String {
    name.replace(['"', '`', '[', ']'], "")
}

/// Returns whether what follows a name shows that the text is a statement and no sentence.
fn ends_name(rest: &str) -> bool {
    const FOLLOW: [&str; 27] = [
        "add",
        "as",
        "attach",
        "cascade",
        "change",
        "connection",
        "detach",
        "disable",
        "drop",
        "enable",
        "alter",
        "for",
        "from",
        "in",
        "modify",
        "on",
        "owner",
        "rename",
        "reset",
        "restart",
        "restrict",
        "set",
        "to",
        "using",
        "validate",
        "with",
        "like",
    ];
    let Some(first) = rest.chars().next() else {
        return true;
    };
    if !first.is_whitespace() {
        return matches!(
            first,
            ';' | ',' | '(' | ')' | '"' | '\'' | '`' | '\\' | '}' | ']'
        );
    }
    let rest = rest.trim_start();
    let end = rest.find(|letter: char| !letter.is_alphanumeric());
    let word = &rest[..end.unwrap_or(rest.len())];
    rest.is_empty()
        || rest.starts_with(['(', ';', '[', '<', '"', '\'', '-', '|', '{'])
        || FOLLOW.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Splits clauses at the commas outside of parentheses.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_u32, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;

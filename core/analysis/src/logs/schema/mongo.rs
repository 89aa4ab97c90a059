//! Commands of administration in the log of MongoDB, which change collections, indexes or the server.

use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use crate::analysis::ChangeDirection;
use crate::structured::sql::statement::Statement;

/// What stands in front of a command that was run.
const OPENS: [&str; 2] = ["\"command\":{\"", "\"cmdObj\":{\""];

/// The database of the command, and what is said of its failure.
static DATABASE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""\$db":"(?P<name>[^"]+)"|"ns":"(?P<of>[^".]+)\."#).ok());
static FAILED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""ok":0(?:\.0)?[,}]|"err(?:Code|Msg|Name)":"#).ok());

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^":"(?P<name>[^"]*)""#).ok());
static EXPIRES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#""expireAfterSeconds":(?:\{"\$number\w+":"?)?(?P<value>"?off"?|\d+(?:\.\d+)?)"#)
        .ok()
});
static INDEX: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""(?:index|name)":"(?P<name>[^"]+)""#).ok());
static PARAMETER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^":\s*[\d.]+,"(?P<name>\w+)":(?P<value>"[^"]*"|[\w.-]+)"#).ok());

/// Returns whether a line tells a command that was run.
pub(super) fn is_command(line: &str) -> bool {
    command(line).is_some()
}

/// Returns what the command of a line changes.
pub(super) fn statement(line: &str) -> Option<Statement> {
    let command = command(line)?;
    let (verb, rest) = command.split_at(command.find('"')?);
    let direction = match verb {
        "collMod" | "setParameter" | "updateUser" => ChangeDirection::Replaced,
        "createIndexes" | "createUser" => ChangeDirection::Added,
        "dropIndexes"
        | "deleteIndexes"
        | "drop"
        | "dropDatabase"
        | "dropUser"
        | "dropAllUsersFromDatabase" => ChangeDirection::Removed,
        _ => return None,
    };
    if FAILED.as_ref()?.is_match(line) {
        return None;
    }
    let (path, after) = match verb {
        "setParameter" => parameter(rest)?,
        "dropDatabase" => (format!("database {}", database(line)?), None),
        "dropAllUsersFromDatabase" => (format!("all users of {}", database(line)?), None),
        "createUser" | "updateUser" | "dropUser" => {
            let name = NAME.as_ref()?.captures(rest)?;
            let database = named_database(line).unwrap_or("admin");
            (format!("user {} of {database}", &name["name"]), None)
        }
        _ => of_collection(verb, rest, line)?,
    };
    Some(Statement {
        verb: verb.to_owned(),
        path,
        after,
        direction,
        secret: false,
    })
}

/// Returns a line from the name of its command on.
fn command(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    // Every line of the server names its component.
    if !line.starts_with('{') || memmem::find(bytes, b"\"c\":").is_none() {
        return None;
    }
    let opens = OPENS.iter();
    let mut behind = opens.filter_map(|it| Some(memmem::find(bytes, it.as_bytes())? + it.len()));
    Some(&line[behind.next()?..])
}

fn parameter(rest: &str) -> Option<(String, Option<String>)> {
    let found = PARAMETER.as_ref()?.captures(rest)?;
    let value = found["value"].trim_matches('"').to_owned();
    let name = found["name"].to_owned();
    let lower = name.to_ascii_lowercase();
    let is_secret = ["pass", "secret", "key"]
        .iter()
        .any(|it| lower.contains(it));
    Some((name, Some(value).filter(|_| !is_secret)))
}

fn of_collection(verb: &str, rest: &str, line: &str) -> Option<(String, Option<String>)> {
    let name = NAME.as_ref()?.captures(rest)?;
    let collection = &name["name"];
    if collection.starts_with("tmp") || collection.starts_with("system.") {
        return None;
    }
    let collection = match database(line) {
        Some(database) => format!("{database}.{collection}"),
        None => collection.to_owned(),
    };
    let expires = EXPIRES.as_ref()?.captures(rest);
    if let Some(found) = expires.filter(|_| matches!(verb, "collMod" | "createIndexes")) {
        let value = found["value"].trim_matches('"').to_owned();
        let path = format!("expireAfterSeconds of collection {collection}");
        return Some((path, Some(value)));
    }
    let index = INDEX.as_ref()?.captures(rest);
    let index = index.filter(|_| verb.ends_with("Indexes"));
    let path = match (verb, index) {
        (_, Some(index)) => format!("index {} of collection {collection}", &index["name"]),
        ("drop", None) => format!("collection {collection}"),
        ("collMod", None) => format!("options of collection {collection}"),
        (_, None) => format!("indexes of collection {collection}"),
    };
    Some((path, None))
}

fn database(line: &str) -> Option<&str> {
    named_database(line).filter(|it| *it != "admin")
}

/// The database that the command names, else that of its collection.
fn named_database(line: &str) -> Option<&str> {
    let mut found = DATABASE.as_ref()?.captures_iter(line);
    let first = found.next()?;
    let named = first
        .name("name")
        .or_else(|| found.find_map(|it| it.name("name")));
    Some(named.or_else(|| first.name("of"))?.as_str())
}

#[cfg(test)]
#[path = "mongo_tests.rs"]
mod tests;

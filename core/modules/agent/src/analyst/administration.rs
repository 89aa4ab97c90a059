//! Statements by which people administer databases, caches, searches and queues, as their logs tell them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// Commands of MongoDB that change rights, settings, indexes or members.
const MONGO: &str = "(?:grant|revoke)(?:Roles|Privileges)\\w+|(?:create|update|drop)(?:User|Role)|drop(?:All\\w+FromDatabase|Database|Indexes)|(?:delete|create)Indexes|collMod|renameCollection|set(?:Parameter|FeatureCompatibilityVersion|DefaultRWConcern)|replSet(?:Reconfig|StepDown)|shutdown|moveChunk|removeShard";
/// Statements of SQL beyond those that a log of deployments knows.
const SQL: &str = r"statement:\s+(?:grant|revoke|reassign)\b|\bQuery\s+(?:alter|drop|create|rename|truncate|grant|revoke|set\s+(?:global|persist)|flush|lock tables|kill|stop|change)\b|AUDIT: \w+,\d+,\d+,(?:DDL|ROLE),";
/// Commands of Redis, as its monitor tells them.
const REDIS: &str =
    r#""(?:config" "set|acl" "(?:set|del)user|flushall|flushdb|replicaof|shutdown|client" "kill)""#;
/// What Elasticsearch, RabbitMQ and Kafka say of such changes.
const SAID: &str = r"updating \[[\w.*-]+\] from \[|\] (?:deleting|closing) index|(?:adding|removing|updating) \w* ?template \[|Successfully (?:set|cleared|deleted|changed) |(?:Created|Deleted) (?:user|vhost|policy|queue) '|Creating topic \S+ with config|Updating (?:broker|topic)\S* .{0,40}config";

/// Returns the pattern of lines that tell such a statement.
pub(crate) fn pattern() -> String {
    format!(r#""(?:{MONGO})"\s*:|\bCMD: (?:drop|create|reIndex)\w*|{SQL}|{REDIS}|{SAID}"#)
}

static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    RegexBuilder::new(&format!(r#""(?:{MONGO})"\s*:"#))
        .build()
        .ok()
});

static REDIS_COMMAND: LazyLock<Option<Regex>> =
    LazyLock::new(|| RegexBuilder::new(REDIS).case_insensitive(true).build().ok());

/// Returns the statement within a line, where its message does not tell it.
pub(crate) fn statement(quote: &str) -> Option<String> {
    let found = |regex: &LazyLock<Option<Regex>>| regex.as_ref()?.find(quote);
    if let Some(command) = found(&COMMAND) {
        let told = plain_object(&quote[command.start()..]);
        let by = application(quote).map_or_else(String::new, |it| format!(" by {it}"));
        return Some(format!("{told}{by}"));
    }
    let command = found(&REDIS_COMMAND)?;
    Some(quote[command.start()..].replace('"', ""))
}

/// The rest of an object up to its end, without quotation marks.
fn plain_object(text: &str) -> Cow<'_, str> {
    let mut depth = 0_i32;
    let end = text.find(|it: char| {
        depth += i32::from(matches!(it, '{' | '[')) - i32::from(matches!(it, '}' | ']'));
        depth < 0
    });
    let inside = &text[..end.unwrap_or(text.len())];
    Cow::Owned(
        inside
            .replace(['"', '\\'], "")
            .replace(':', ": ")
            .replace(',', ", "),
    )
}

fn application(quote: &str) -> Option<&str> {
    let (_, rest) = quote.split_once("\"appName\":\"")?;
    rest.split('"').next().filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_as_short_as_a_search_takes() {
        assert!(pattern().chars().count() <= 1_000, "{}", pattern().len());
    }

    #[test]
    fn statements_of_administration_are_told_from_others() {
        let regex = RegexBuilder::new(&pattern()).case_insensitive(true).build();
        let regex = regex.unwrap();
        for line in [
            r#"{"msg":"Slow query","attr":{"command":{"revokeRolesFromUser":"rate_svc","roles":[]}}}"#,
            r#"{"msg":"CMD: dropIndexes","attr":{"namespace":"shop.orders"}}"#,
            "2026-10-01 09:12:44.000 UTC [9921] postgres@shop LOG:  statement: REVOKE INSERT ON orders FROM app",
            "2026-10-01T09:12:44.1Z\t   12 Query\tALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 5",
            r#"1339518083.107412 [0 127.0.0.1:60866] "CONFIG" "SET" "maxmemory" "10mb""#,
            "[2026-10-01T09:12:44,000][INFO ][o.e.c.s.ClusterSettings] updating [cluster.routing.allocation.enable] from [all] to [none]",
            "[info] <0.9.0> Successfully set permissions for 'app' in virtual host '/' to '', '', ''",
            "[info] <0.9.0> Deleted user 'app'",
        ] {
            assert!(regex.is_match(line), "{line}");
        }
        for line in [
            r#"{"msg":"Slow query","attr":{"command":{"find":"orders"}}}"#,
            "LOG:  statement: SELECT * FROM grants",
            r#"1339518083.107412 [0 127.0.0.1:60866] "GET" "config""#,
            "2026-10-01T09:12:44.1Z\t   12 Query\tSELECT 1",
            "user 'app' authenticated and granted access to vhost '/'",
        ] {
            assert!(!regex.is_match(line), "{line}");
        }
    }

    #[test]
    fn a_command_of_mongodb_is_told_without_its_marks() {
        let line = r#"{"msg":"Slow query","attr":{"ns":"rate-db.$cmd","appName":"mongosh 2.3.1","command":{"revokeRolesFromUser":"rate_svc","roles":[{"role":"readWrite","db":"rate-db"}],"$db":"rate-db"},"ok":1}}"#;
        assert_eq!(
            statement(line).as_deref(),
            Some(
                "revokeRolesFromUser: rate_svc, roles: [{role: readWrite, db: rate-db}], $db: rate-db by mongosh 2.3.1"
            )
        );
        assert_eq!(
            statement(r#"1339518083.1 [0 127.0.0.1:6] "config" "set" "maxmemory" "10mb""#)
                .as_deref(),
            Some("config set maxmemory 10mb")
        );
        assert_eq!(statement("deployed catalog 2.0"), None);
    }
}

//! Tells the data in a message from its words: logs, metrics, diffs and command output.

use std::sync::LazyLock;

use regex::RegexSet;

/// Lines that have to look like data before a part of a message is taken for data.
const DATA_LINES_MIN: usize = 2;
/// Words that only sentences have; a line with two of them is one.
const SENTENCE_WORDS: [&str; 40] = [
    "the", "a", "an", "is", "are", "was", "were", "it", "its", "this", "that", "these", "here",
    "we", "i", "you", "our", "my", "your", "and", "but", "so", "then", "when", "since", "because",
    "what", "why", "how", "do", "does", "did", "can", "could", "should", "please", "have", "has",
    "still", "now",
];

static DATA: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let shapes = [
        // A shell prompt, comments of metrics, headers of diffs.
        r"^\s*(\S+@\S+[:~][^$#]*)?[$#] \S",
        r"^# (HELP|TYPE) ",
        r"^(diff --git|--- \S|\+\+\+ \S|@@ .* @@)",
        // Time stamps at the start of a line, and in access logs.
        r"^\W{0,2}\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}",
        r"^<?\d*>?[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} ",
        r"^\[?\d{2}:\d{2}:\d{2}[.,\] ]",
        r"^[IWEF]\d{4} \d{2}:\d{2}:\d{2}",
        r"^\S+ \S+ \S+ \[\d{2}/[A-Z][a-z]{2}/\d{4}:",
        r"^(time|ts|level)=\S+ ",
        r"^\[?(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b",
        // Metrics, tables of commands and databases, documents, stacks.
        r"^[a-zA-Z_:][\w:]*(\{[^}]*\})? -?[\d.]+(e[+-]?\d+)?( \d+)?$",
        r"\S( {2,}|\t)\S.*\S( {2,}|\t)\S",
        r"^\S+( {2,}|\t)\S+$",
        r"^[^|]*\|[^|]*\|",
        r"^[ +-]*-{3,}[ +-]*$",
        r#"^\s*[{\[]["{\[\s]*$|^\s*"[^"]+"\s*:|^\{".*\}$"#,
        r"^\s*[\w.-]+\s*[:=]\s*\S+$",
        r"^\s+at \S+\(|^Traceback \(most|^\s+File \x22|^Caused by: |^goroutine \d+ \[",
        r"^[\w.$]+(Exception|Error)(:|$)",
    ];
    RegexSet::new(shapes).ok()
});

/// A message in its two parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parted {
    /// Empty for data alone.
    pub(crate) words: String,
    pub(crate) data: Option<String>,
}

/// Returns words and data of a message; a single line that looks like data is a quotation.
pub(crate) fn part(text: &str) -> Parted {
    let lines: Vec<&str> = text.lines().collect();
    let shaped: Vec<usize> = (0..lines.len()).filter(|at| is_data(lines[*at])).collect();
    let (Some(first), Some(last)) = (shaped.first(), shaped.last()) else {
        return words_alone(text);
    };
    if shaped.len() < DATA_LINES_MIN {
        return words_alone(text);
    }
    let start = preceded(&lines, *first);
    let end = followed(&lines, *last);
    let words = [lines[..start].join("\n"), lines[end..].join("\n")];
    Parted {
        words: words.join("\n").trim().to_owned(),
        data: Some(format!("{}\n", lines[start..end].join("\n"))),
    }
}

/// Returns whether a text is nothing but the output of a command that was suggested.
pub(crate) fn is_output_of(command: &str, text: &str) -> bool {
    if text.trim_end().ends_with('?') || text.lines().any(is_sentence) {
        return false;
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    let program = command.split_whitespace().next().unwrap_or_default();
    let names_program = !program.is_empty() && first.trim_end_matches(':') == program;
    names_program
        || text
            .lines()
            .all(|line| line.trim().is_empty() || has_values(line))
}

fn words_alone(text: &str) -> Parted {
    Parted {
        words: text.to_owned(),
        data: None,
    }
}

fn is_data(line: &str) -> bool {
    DATA.as_ref().is_some_and(|shapes| shapes.is_match(line)) && !is_short_sentence(line)
}

/// Headings and comments directly before the data belong to them unless they are sentences.
fn preceded(lines: &[&str], first: usize) -> usize {
    let belongs = |line: &&&str| !line.trim().is_empty() && !is_sentence(line);
    first - lines[..first].iter().rev().take_while(belongs).count()
}

fn followed(lines: &[&str], last: usize) -> usize {
    let belongs = |line: &&&str| !line.trim().is_empty() && !is_sentence(line);
    last + 1 + lines[last + 1..].iter().take_while(belongs).count()
}

/// "checkout: down" has the shape of a setting, but nobody puts a period behind one.
fn is_short_sentence(line: &str) -> bool {
    line.trim_end().ends_with(['?', '!']) && is_sentence(line)
}

fn is_sentence(line: &str) -> bool {
    let words = line.split_whitespace().map(|word| {
        word.trim_matches(|letter: char| !letter.is_alphanumeric())
            .to_lowercase()
    });
    words
        .filter(|word| SENTENCE_WORDS.contains(&word.as_str()))
        .count()
        >= 2
}

/// Values have digits or the signs of addresses, paths and assignments.
fn has_values(line: &str) -> bool {
    let telling = |letter: char| letter.is_ascii_digit() || matches!(letter, '=' | '/' | '|' | '{');
    let first = line.split_whitespace().next().unwrap_or_default();
    let is_reply = matches!(
        first.to_lowercase().as_str(),
        "yes" | "no" | "ok" | "since" | "at"
    );
    !is_reply && (line.contains(telling) || is_data(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_around_data_stay_words() {
        let text = "here is what it says\n\n$ df -h\nFilesystem      Size  Used Avail Use% Mounted on\n/dev/sdb1       200G  200G     0 100% /data\n\nwhat should I do?";
        let parted = part(text);
        assert_eq!(parted.words, "here is what it says\n\n\nwhat should I do?");
        let data = parted.data.unwrap();
        assert!(
            data.starts_with("$ df -h\n") && data.ends_with("/data\n"),
            "{data}"
        );
    }

    #[test]
    fn every_kind_of_data_is_told_from_words() {
        for data in [
            "2025-03-04T14:05:00Z ERROR a b\n2025-03-04T14:05:01Z ERROR a b",
            "hikaricp_connections{pool=\"HikariPool-1\"} 5\nhikaricp_connections_max 5",
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a: 1\n+a: 2",
            "NAME   READY   STATUS    RESTARTS   AGE\ncart   1/1     Running   0   3d",
            "{\n  \"status\": \"red\"\n}",
            "Mar 11 10:05:11 web1 app[1]: fatal\nMar 11 10:05:12 web1 app[1]: gone",
            "maxmemory:1073741824\nmaxmemory_policy:noeviction",
        ] {
            let parted = part(data);
            assert_eq!(parted.words, "", "{data}");
            assert_eq!(parted.data.unwrap().trim_end(), data);
        }
    }

    #[test]
    fn sentences_are_no_data() {
        for text in [
            "checkout answers 500 since 14:05\nonly EU is affected",
            "What does this mean?\nERROR: deadlock detected",
            "Set it back to 50 and restarted at 15:08; new data attached",
            "1. restarted the pod\n2. it still fails",
        ] {
            assert_eq!(part(text).data, None, "{text}");
        }
    }

    #[test]
    fn short_output_counts_only_for_the_command_that_was_asked_for() {
        for (command, output) in [
            (
                "getent hosts db-eu.internal",
                "10.20.4.17      db-eu.internal",
            ),
            (
                "nc -vz -w 3 10.0.0.7 5432",
                "nc: connect to 10.0.0.7 port 5432 (tcp) failed: Connection refused",
            ),
            ("psql -c 'show max_connections'", "100"),
        ] {
            assert!(is_output_of(command, output), "{output}");
        }
        for words in [
            "could it be DNS?",
            "no",
            "we restarted the pod and it is still down",
            "since 14:05",
        ] {
            assert!(!is_output_of("getent hosts x", words), "{words}");
        }
    }
}

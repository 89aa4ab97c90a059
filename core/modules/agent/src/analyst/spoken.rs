//! Documents and command output that speak of trouble in words no rule knows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use faultmaven_proto::evidence::v1::{
    DataClass, FileCitation, FileState, Finding, Severity, UploadedFile,
};
use regex::Regex;

use super::command_line::prompted;
use super::message::message;
use super::situation::Situation;
use super::words::content_stems;
use crate::reply::text::plain;

const FINDINGS_MAX: usize = 2;
const STATEMENT_MAX: usize = 300;
/// Larger files are read by the engine alone.
const BYTES_MAX: i64 = 1 << 20;

/// Matches lines of output that say that something failed.
pub(crate) const LINES: &str = r"(is forbidden|exceeded quota|not found|cannot |could not|unable to|failed to|permission denied|refused|timed out|no such|not synchroni[sz]ed|fatal:|error:|back-?off)";
/// Matches fields of documents that do.
pub(crate) const FIELDS: &str = r#"^\s*"?(message|reason|error|msg|lastError)"?\s*:.*(is forbidden|exceeded quota|not found|cannot |could not|unable to|failed|permission denied|refused|timed out|no such|back-?off|evicted|unhealthy|error)"#;

/// Words of events that the engine reads with their number and time, or that controllers leave
/// wherever they are at work.
const ROUTINE: [&str; 11] = [
    "probe failed",
    "\"Unhealthy\"",
    "FailedScheduling",
    "nodes are available",
    "FailedGetResourceMetric",
    "FailedComputeMetricsReplicas",
    "metrics for resource",
    "receive metrics for",
    "unable to get metrics",
    "FailedToUpdateEndpoint",
    "the object has been modified",
];

/// Lines that say nothing themselves: a field without a value, and the absence of a file that is there only
/// when something has to be done.
static EMPTY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let field = r"^\s*[\w ]{2,40}[:=]\s*$";
    let marker = r"^(cat|ls|stat|test): .*/run/.*: No such file or directory";
    Regex::new(&format!("{field}|{marker}")).ok()
});

/// Returns the files that hold no grave finding but may speak of trouble: output, then documents.
pub(crate) fn unexplained(situation: &Situation) -> (Vec<UploadedFile>, Vec<UploadedFile>) {
    let has_finding = |file: &UploadedFile| {
        let mut findings = situation.assessment.findings.iter();
        findings.any(|it| it.file_id == file.file_id && it.severity() >= Severity::Warn)
    };
    let files = situation.assessment.files.iter();
    let quiet = files.filter(|file| {
        file.state() == FileState::Analyzed && file.size_bytes <= BYTES_MAX && !has_finding(file)
    });
    let of = |classes: &[DataClass]| -> Vec<UploadedFile> {
        let wanted = quiet
            .clone()
            .filter(|file| classes.contains(&file.data_class()));
        wanted.cloned().collect()
    };
    let output = of(&[DataClass::CommandOutput, DataClass::ErrorReport]);
    let documents = of(&[
        DataClass::Config,
        DataClass::Text,
        DataClass::Table,
        DataClass::Code,
    ]);
    (output, documents)
}

/// Returns lines as findings, one of each wording, the longest first.
pub(crate) fn findings(mut lines: Vec<FileCitation>) -> Vec<Finding> {
    lines.sort_by_key(|line| std::cmp::Reverse(line.quote.len()));
    let mut told: Vec<BTreeSet<String>> = Vec::new();
    let mut found = Vec::new();
    lines.retain(|line| {
        let is_routine = ROUTINE.iter().any(|it| line.quote.contains(it));
        let is_empty = EMPTY.as_ref().is_some_and(|it| it.is_match(&line.quote));
        !is_routine && !is_empty && prompted(&line.quote).is_none()
    });
    for line in lines {
        let stems = content_stems(message(&line.quote));
        let is_told = told.iter().any(|known| stems.is_subset(known));
        if !is_told && found.len() < FINDINGS_MAX {
            told.push(stems);
            found.push(finding(line));
        }
    }
    found
}

fn finding(line: FileCitation) -> Finding {
    let hash: String = line.sha256.chars().take(12).collect();
    Finding {
        file_id: line.file_id.clone(),
        kind: "error_signature".to_owned(),
        severity: Severity::Error.into(),
        statement: plain(message(&line.quote), STATEMENT_MAX),
        signature: format!("line.{hash}.{}", line.line_start),
        count: 1,
        citations: vec![line],
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use regex::RegexBuilder;

    use super::*;

    fn matches(pattern: &str, line: &str) -> bool {
        let regex = RegexBuilder::new(pattern).case_insensitive(true).build();
        regex.unwrap().is_match(line)
    }

    #[test]
    fn fields_speak_of_trouble_and_settings_do_not() {
        for line in [
            r#""message": "pods \"checkout-\" is forbidden: exceeded quota: compute-quota","#,
            r#"  "reason": "CreateContainerConfigError""#,
        ] {
            assert!(matches(FIELDS, line), "{line}");
        }
        for line in [
            "error_log: /var/log/x",
            r#""maxErrors": 5"#,
            r#""message": "Started container x""#,
        ] {
            assert!(!matches(FIELDS, line), "{line}");
        }
        assert!(matches(LINES, "Leap status     : Not synchronised"));
        assert!(!matches(LINES, "api-1   1/1   Running   0   3d"));
    }

    #[test]
    fn what_controllers_leave_everywhere_is_no_finding() {
        let line = |text: &str| FileCitation {
            quote: text.to_owned(),
            ..Default::default()
        };
        let routine = [
            r#""message": "Operation cannot be fulfilled on endpoints: the object has been modified""#,
            r#""reason": "FailedGetResourceMetric""#,
            r#""message": "unable to get metrics for resource cpu: no metrics returned""#,
        ];
        assert_eq!(findings(routine.map(line).to_vec()), []);
        assert_eq!(
            findings(vec![line("\"message\": \"secret not found\"")]).len(),
            1
        );
    }

    #[test]
    fn what_says_nothing_itself_is_no_finding() {
        let line = |text: &str| FileCitation {
            quote: text.to_owned(),
            ..Default::default()
        };
        for empty in [
            "db-12:~$ mysql -e 'show replica status\\G' | egrep 'Errno|Error:'",
            "[root@db-12 ~]# grep refused /var/log/messages",
            "$ journalctl | grep -i 'failed to'",
            "                Last_Error:",
            "Last_IO_Error: ",
            "cat: /var/run/reboot-required: No such file or directory",
        ] {
            assert_eq!(findings(vec![line(empty)]), [], "{empty}");
        }
        for trouble in [
            "Last_SQL_Error: Could not execute Write_rows event",
            "cat: /etc/app/config.yml: No such file or directory",
            "psql: error: connection to server failed: Connection refused",
            "fatal: not a git repository",
        ] {
            assert_eq!(findings(vec![line(trouble)]).len(), 1, "{trouble}");
        }
    }

    #[test]
    fn one_wording_is_one_finding() {
        let line = |text: &str, number: i64| FileCitation {
            quote: text.to_owned(),
            line_start: number,
            ..Default::default()
        };
        let found = findings(vec![
            line("\"message\": \"secret not found\"", 3),
            line("\"message\": \"Error: secret not found\"", 9),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].citations[0].line_start, 9);
    }
}

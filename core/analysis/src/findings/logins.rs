//! Repeated failures of sign-in, which several templates tell together.

use std::sync::LazyLock;

use regex::RegexSet;

use super::events::observed;
use super::{Evidence, finding};
use crate::analysis::{Analysis, EntityKind, Template};
use crate::finding::{Finding, FindingKind, Severity};
use crate::fingerprint;
use crate::logs::GuessedSignIn;
use crate::time::to_utc;

/// Failures from which on somebody seems to be guessing.
const FAILURES_MIN: u64 = 20;
const SOURCES_SHOWN: usize = 3;
const GUESSED_SHOWN: usize = 5;

/// How programs that let people in tell of one failure, each line of an attempt on its own.
static KINDS: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)\bfailed (password|none|publickey|keyboard-interactive\S*) for\b",
        r"(?i)\bauthentication failure;|\bauthentication failed (from|for)\b",
        r"(?i)\b(invalid|illegal) user \S+",
        r"(?i)\b(failed|invalid|unsuccessful) log[ -]?[io]n (attempt|for|from)\b|\blog[io]n fail(ed|ure) (for|from)\b",
        r"(?i)\bno more user authentication methods available|\bkerberos authentication failed|\bauth fail\b",
    ])
    .ok()
});
const KINDS_COUNT: usize = 5;

/// Replaces the findings of single templates by one, when failures of sign-in are many.
pub(super) fn gather(findings: &mut Vec<Finding>, analysis: &Analysis) {
    let mut kinds: [Vec<&Template>; KINDS_COUNT] = Default::default();
    for template in &analysis.templates {
        if let Some(kind) = kind_of(&template.example.quote) {
            kinds[kind].push(template);
        }
    }
    let total = |templates: &[&Template]| templates.iter().map(|it| it.count).sum::<u64>();
    let leading = kinds.iter().rev().max_by_key(|templates| total(templates));
    let Some(leading) = leading.filter(|templates| total(templates) >= FAILURES_MIN) else {
        return;
    };
    let Some(found) = failures(leading, total(leading), analysis) else {
        return;
    };
    let told = |known: &Finding| {
        let mut templates = kinds.iter().flatten();
        known.kind == FindingKind::ErrorSignature
            && templates.any(|template| template.signature == known.signature)
    };
    findings.retain(|known| !told(known));
    findings.push(found);
}

/// Sign-ins that succeeded after many failures from the same place.
pub(super) fn guessed(evidence: &Evidence) -> impl Iterator<Item = Finding> {
    evidence.guessed.iter().take(GUESSED_SHOWN).map(guess)
}

fn guess(guessed: &GuessedSignIn) -> Finding {
    let who = match &guessed.user {
        Some(user) if *user != guessed.source => format!(" of {user} from {}", guessed.source),
        _ => format!(" of {}", guessed.source),
    };
    let failures = guessed.failures;
    let statement =
        format!("Sign-in{who} succeeds after {failures} failures: the password may be guessed");
    let severity = if failures >= FAILURES_MIN {
        Severity::Critical
    } else {
        Severity::Error
    };
    let citations = vec![
        guessed.success.citation(),
        guessed.last_failure.citation(),
        guessed.first_failure.citation(),
    ];
    let mut found = finding(FindingKind::ErrorSignature, severity, &statement, citations);
    found.signature = fingerprint::template("sign-in succeeds after failures");
    found.first_seen = guessed.first_failure.time.and_then(to_utc);
    found.last_seen = guessed.success.time.and_then(to_utc);
    found.onset = found.last_seen;
    found
}

fn kind_of(line: &str) -> Option<usize> {
    KINDS.as_ref()?.matches(line).iter().next()
}

fn failures(templates: &[&Template], count: u64, analysis: &Analysis) -> Option<Finding> {
    let most = templates.iter().max_by_key(|template| template.count)?;
    let sources = sources(analysis);
    let from = if sources.is_empty() {
        String::new()
    } else {
        format!("; named most: {}", sources.join(", "))
    };
    let statement = format!("Sign-in fails {count} times, as when passwords are guessed{from}");
    let mut onsets: Vec<_> = templates.iter().filter_map(|it| observed(it)).collect();
    onsets.sort_by_key(|onset| onset.time);
    let mut citations: Vec<_> = onsets.iter().map(|onset| onset.citation.clone()).collect();
    citations.truncate(1);
    citations.extend([most.example.clone(), most.last.clone()]);
    let mut found = finding(
        FindingKind::ErrorSignature,
        Severity::Error,
        &statement,
        citations,
    );
    found.signature.clone_from(&most.signature);
    found.count = count;
    found.first_seen = templates.iter().filter_map(|it| it.first_seen).min();
    found.last_seen = templates.iter().filter_map(|it| it.last_seen).max();
    found.component.clone_from(&most.component);
    found.template = Some(most.text.clone());
    found.signature_id = templates
        .iter()
        .find_map(|it| it.catalogue.first().cloned());
    found.onset = onsets.first().map(|onset| onset.time);
    Some(found)
}

/// Addresses the log names most, with the number of their lines.
fn sources(analysis: &Analysis) -> Vec<String> {
    let mut known: Vec<_> = analysis
        .entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Ip)
        .collect();
    known.sort_by_key(|entity| std::cmp::Reverse(entity.count));
    let most = known.iter().take(SOURCES_SHOWN);
    most.map(|entity| format!("{} ({} lines)", entity.value, entity.count))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::{Options, analyze};

    fn log(attempts: u32) -> String {
        let mut log = String::new();
        for at in 0..2000u32 {
            let (minute, second) = (at / 60, at % 60);
            let stamp = format!("Dec 10 06:{minute:02}:{second:02} lab");
            let _ = match at {
                1000 => writeln!(
                    log,
                    "{stamp} sshd[9]: fatal: Write failed: Connection reset by peer [preauth]"
                ),
                at if at % 20 == 3 && at / 20 < attempts => {
                    let host = if at % 60 == 3 { 7 } else { 9 };
                    writeln!(
                        log,
                        "{stamp} sshd[{at}]: Failed password for root from 103.99.0.{host} port 4{at:04} ssh2"
                    )
                }
                _ => writeln!(log, "{stamp} app[1]: served {at}"),
            };
        }
        log
    }

    #[test]
    fn many_failures_are_one_finding_above_a_single_reset() {
        let analysis = analyze(log(90).as_bytes(), Options::default());
        let first = &analysis.findings[0].statement;
        assert!(first.starts_with("Sign-in fails 90 times"), "{first}");
        assert!(
            first.contains("named most: 103.99.0.9 (60 lines), 103.99.0.7 (30 lines)"),
            "{first}"
        );
        let alone = analysis.findings.iter().filter(|it| it.count == 90).count();
        assert_eq!(alone, 1, "{:#?}", analysis.findings);
        let few = analyze(log(5).as_bytes(), Options::default());
        assert!(
            few.findings
                .iter()
                .all(|it| !it.statement.starts_with("Sign-in"))
        );
    }

    fn guesses(failures: u32, success: &str) -> String {
        let mut log = String::new();
        for at in 0..failures {
            let _ = writeln!(
                log,
                "Dec 10 06:00:{at:02} lab sshd[{at}]: Failed password for deploy from 103.99.0.7 port 4{at:04} ssh2"
            );
        }
        let _ = writeln!(log, "Dec 10 06:02:00 lab sshd[99]: {success}");
        let _ = writeln!(log, "Dec 10 06:02:01 lab app[1]: served");
        log
    }

    #[test]
    fn a_success_after_many_failures_from_the_same_address_is_told_first() {
        let accepted = "Accepted password for deploy from 103.99.0.7 port 40100 ssh2";
        let analysis = analyze(guesses(12, accepted).as_bytes(), Options::default());
        let first = &analysis.findings[0];
        assert_eq!(
            first.statement,
            "Sign-in of deploy from 103.99.0.7 succeeds after 12 failures: the password may be guessed"
        );
        assert_eq!(first.severity, crate::Severity::Error);
        let lines: Vec<u64> = first.citations.iter().map(|it| it.line_start).collect();
        assert_eq!(lines, [13, 12, 1]);
        let many = analyze(guesses(40, accepted).as_bytes(), Options::default());
        assert_eq!(many.findings[0].severity, crate::Severity::Critical);
        let users = analysis.entities.iter();
        let named: Vec<&str> = users
            .filter(|it| it.kind == crate::EntityKind::User)
            .map(|it| it.value.as_str())
            .collect();
        assert_eq!(named, ["deploy"]);
        for (failures, line) in [
            (3, accepted),
            (
                12,
                "Accepted password for deploy from 10.0.0.9 port 40100 ssh2",
            ),
            (
                12,
                "Accepted publickey for deploy from 103.99.0.7 port 40100 ssh2",
            ),
        ] {
            let quiet = analyze(guesses(failures, line).as_bytes(), Options::default());
            let mut statements = quiet.findings.iter().map(|it| &it.statement);
            assert!(
                statements.all(|it| !it.contains("succeeds after")),
                "{line}"
            );
        }
    }
}

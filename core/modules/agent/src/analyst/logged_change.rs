//! Changes that a log mentions by the way: deployments, new versions, reloaded settings.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_proto::evidence::v1::{FileCitation, ObservedChange, UploadedFile};

use super::administration;
use super::clock_time::{self, Reference};
use super::message::{message, said};
use crate::reply::text::plain;

const WINDOW: TimeDelta = TimeDelta::minutes(120);
const CHANGES_MAX: usize = 3;
const DESCRIPTION_MAX: usize = 300;

/// Matches lines that say that something was changed, not that something failed to.
pub(crate) const PATTERN: &str = r#"\b(deploy(ed|ing)\b|deployment (of|to|started|finished|complete)|roll(ed|ing) ?(out|back)|rollout (of|started|finished|complete)|releas(ed|ing) (version|v?\d)|upgrad(ed|ing)|(starting|started|running|now at|switched to) version|version \S+ (started|deployed|is live)|start(ing|ed) \S+ v\d+\.\d\S*|(went|is now|now) live\b|scaled? (up|down|to)|(config(uration)?|settings) (was |were )?(changed|updated|reloaded|applied)|reload(ed|ing) (the )?(new )?config|load(ed|ing) new config|flag \S+ (was |is |has been )?(now )?(enabled|disabled|turned|switched|updated|changed|toggled|set to)|flag (state|definition|config(uration)?|value)s? (was |is |has been )?(now )?(updated|changed|toggled|switched|set)|\b(off|on|true|false|enabled|disabled)['"]? ?(->|=>|→) ?['"]?\w|(config(uration)?) change( \([^)]*\))?[^:]{0,40}: |statement:\s+(reindex|vacuum full|lock table)|migration (started|applied|complete)|applied migration|failover (started|complete)|certificate (renewed|rotated|replaced))"#;

/// Matches the lines of a list of changes, one to a line.
pub(crate) const LISTED: &str = r"^\W{0,3}\d{4}-\d\d-\d\d[ T]\d\d:\d\d\b";
/// Of longer lists, the lines near the problem may not be among those that are found.
const LIST_LINES_MAX: i64 = 100;

/// Returns whether a file is a list of changes, as its name says.
pub(crate) fn is_list(file: &UploadedFile) -> bool {
    const NAMES: [&str; 6] = [
        "deploys",
        "deployments",
        "releases",
        "rollouts",
        "changes",
        "changelog",
    ];
    let name = file.filename.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    let is_text = !["json", "yaml", "yml", "diff"]
        .iter()
        .any(|end| name.ends_with(&format!(".{end}")));
    let lines = file.coverage.as_ref().map_or(0, |it| it.lines_read);
    is_text && lines <= LIST_LINES_MAX && words.any(|word| NAMES.contains(&word))
}

/// Returns the changes that were logged within two hours before a moment, newest first; where no moment
/// is known, the newest of all.
pub(crate) fn before(
    onset: Option<DateTime<Utc>>,
    lines: &[FileCitation],
    reference: &Reference,
) -> Vec<ObservedChange> {
    let is_before =
        |at: DateTime<Utc>| onset.is_none_or(|onset| at <= onset && onset - at <= WINDOW);
    let mut changes: Vec<ObservedChange> = lines
        .iter()
        .filter_map(|line| {
            let at = clock_time::find(&line.quote)?.resolve(reference)?;
            is_before(at).then(|| change(line, at))
        })
        .collect();
    changes.sort_by_key(|change| {
        let at = change.change_time.unwrap_or_default();
        std::cmp::Reverse((at.seconds, at.nanos))
    });
    changes.truncate(CHANGES_MAX);
    changes
}

/// Adds changes that logs mention to those that are known, each line once.
pub(crate) fn add(logged: Vec<ObservedChange>, known: &mut Vec<ObservedChange>) {
    fn place(change: &ObservedChange) -> Option<(&str, i64)> {
        let cited = change.citation.as_ref()?;
        Some((&cited.file_id, cited.line_start))
    }
    let is_new = |change: &ObservedChange| !known.iter().any(|it| place(it) == place(change));
    let fresh: Vec<ObservedChange> = logged.into_iter().filter(is_new).collect();
    known.extend(fresh);
}

fn change(line: &FileCitation, at: DateTime<Utc>) -> ObservedChange {
    let hash: String = line.sha256.chars().take(12).collect();
    let statement = administration::statement(&line.quote);
    // Lines in JSON have their marks escaped.
    let told = statement.unwrap_or_else(|| match said(&line.quote) {
        Cow::Owned(told) => told,
        Cow::Borrowed(line) => message(line).to_owned(),
    });
    ObservedChange {
        description: plain(&told, DESCRIPTION_MAX),
        change_type: "deployment".to_owned(),
        change_time: Some(timestamp(at)),
        citation: Some(line.clone()),
        signature: format!("line.{hash}.{}", line.line_start),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use regex::RegexBuilder;

    use super::*;

    #[test]
    fn lines_about_changes_are_told_from_others() {
        let regex = RegexBuilder::new(PATTERN).case_insensitive(true).build();
        let regex = regex.unwrap();
        for line in [
            "INFO pricing.deploy: starting version 2.4.1 (previous 2.4.0)",
            "level=info msg=\"configuration reloaded\"",
            "Rolled out catalog to 5.3.0",
            "flag state updated: newSearch defaultVariant off -> on",
            "configuration change: flag \"newSearch\" updated",
            "configuration change (kind: update) from file:/etc/flags.json: flag x defaultVariant \"off\" -> \"on\"",
            "feature flag adFailure enabled by ops",
            "Scaled up replica set payment-58c7b9d4f6 to 1",
            "INFO orders Starting OrdersApplication v2.3.1 using Java 21 with PID 1",
            "release 2.3.1 is now live",
        ] {
            assert!(regex.is_match(line), "{line}");
        }
        for line in [
            "GET /deployments 200",
            "cannot load module",
            "Starting liveness probe",
            "connection is live",
            "23:C 28 Nov 2026 17:36:34.982 # Configuration loaded",
            "user logged in",
            "feature flag evaluated flag=newSearch variant=off",
            "evaluated flag newSearch: variant=on",
        ] {
            assert!(!regex.is_match(line), "{line}");
        }
    }

    #[test]
    fn lists_of_changes_are_known_by_their_names() {
        let named = |name: &str| {
            is_list(&UploadedFile {
                filename: name.to_owned(),
                ..Default::default()
            })
        };
        assert!(named("deploys.txt") && named("CHANGELOG.md") && named("ops/releases-2026.csv"));
        assert!(named("deploys.log"));
        for other in [
            "deployment-web.log",
            "release-api.log",
            "deployments.json",
            "web.txt",
        ] {
            assert!(!named(other), "{other}");
        }
        let line = regex::Regex::new(LISTED).unwrap();
        assert!(line.is_match("2026-09-22 06:12 UTC  v314  jana   show a badge in every row"));
        assert!(!line.is_match("v314 of 2026-09-22"));
    }

    #[test]
    fn a_line_that_is_known_as_a_change_is_not_told_again() {
        let at = |file: &str, line_start: i64| ObservedChange {
            citation: Some(FileCitation {
                file_id: file.to_owned(),
                line_start,
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut known = vec![at("a", 4)];
        add(vec![at("a", 4), at("a", 5), at("b", 4)], &mut known);
        assert_eq!(known, [at("a", 4), at("a", 5), at("b", 4)]);
    }

    #[test]
    fn the_pattern_is_as_short_as_a_search_takes() {
        assert!(PATTERN.chars().count() <= 1_000);
    }

    #[test]
    fn a_line_in_json_is_told_without_its_escapes() {
        let line = FileCitation {
            quote: r#"{"level":"info","msg":"flag \"paymentFailure\" updated"}"#.to_owned(),
            ..Default::default()
        };
        let told = change(&line, DateTime::UNIX_EPOCH).description;
        assert_eq!(told, "flag \"paymentFailure\" updated");
    }

    #[test]
    fn only_what_came_shortly_before_counts() {
        let line = |quote: &str| FileCitation {
            quote: quote.to_owned(),
            sha256: "ab".repeat(32),
            ..Default::default()
        };
        let reference = Reference {
            oldest: None,
            newest: None,
            written: DateTime::UNIX_EPOCH,
            zone: clock_time::utc(),
        };
        let lines = [
            line("2026-03-25 12:00:00,000 deployed 1"),
            line("2026-03-25 15:18:00,000 deployed 2"),
            line("2026-03-25 15:40:00,000 deployed 3"),
        ];
        let onset = "2026-03-25T15:20:00Z".parse().unwrap();
        let changes = before(Some(onset), &lines, &reference);
        assert_eq!(changes.len(), 1);
        assert!(changes[0].description.ends_with("deployed 2"));
        assert_eq!(before(None, &lines, &reference).len(), 3);
    }
}

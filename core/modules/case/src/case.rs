//! The case itself: what it is made of, how it begins, and what its owner may edit.

use chrono::{DateTime, Utc};
use faultmaven_kit::Fault;
use faultmaven_kit::text::{checked_text, optional_text};
use serde::{Deserialize, Serialize};

use crate::error::CaseError;
use crate::fact::Fact;
use crate::ledger::Ledger;
use crate::limits::{DESCRIPTION_MAX, METADATA_MAX_BYTES, TEAMS_MAX, TITLE_MAX, TITLE_WORDS};
use crate::statement::Statement;
use crate::transition::PendingTransition;
use crate::vocabulary::{CaseKind, CaseSource, CaseStatus, ClosureReason, Priority, TitleSource};

/// One problem of one owner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) case_id: String,
    pub(crate) owner_id: String,
    pub(crate) title: String,
    pub(crate) title_source: TitleSource,
    pub(crate) description: String,
    pub(crate) priority: Priority,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: String,
    pub(crate) archived: bool,
    /// Teams whose members may read the case and work on it.
    pub(crate) shared_team_ids: Vec<String>,
    pub(crate) source: CaseSource,
    pub(crate) kind: CaseKind,
    pub(crate) status: CaseStatus,
    pub(crate) closure_reason: Option<ClosureReason>,
    pub(crate) overview: Overview,
    pub(crate) current_turn: i32,
    pub(crate) message_count: i32,
    /// Evidence that counts, kept up with the ledger.
    pub(crate) evidence_count: i32,
    /// Hypotheses of any status, kept up with the ledger.
    pub(crate) hypothesis_count: i32,
    pub(crate) version: i64,
    pub(crate) state_version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) last_activity_at: DateTime<Utc>,
    pub(crate) investigating_at: Option<DateTime<Utc>>,
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
}

/// The part of an investigation that is shown wherever the case is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Overview {
    #[serde(default)]
    pub(crate) statement: Statement,
    #[serde(default)]
    pub(crate) pending: Option<PendingTransition>,
    #[serde(default)]
    pub(crate) facts: Vec<Fact>,
}

/// A case as somebody asks for it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewCase {
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) priority: Priority,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: String,
    pub(crate) source: CaseSource,
}

impl NewCase {
    /// Returns the case as it begins; without a title it waits for the number of the day.
    pub(crate) fn open(self, case_id: String, owner_id: String, now: DateTime<Utc>) -> Case {
        let title_source = match &self.title {
            Some(_) => TitleSource::User,
            None => TitleSource::Placeholder,
        };
        Case {
            case_id,
            owner_id,
            title: self.title.unwrap_or_default(),
            title_source,
            description: self.description,
            priority: self.priority,
            tags: self.tags,
            metadata: self.metadata,
            archived: false,
            shared_team_ids: Vec::new(),
            source: self.source,
            kind: CaseKind::Normal,
            status: CaseStatus::Inquiry,
            closure_reason: None,
            overview: Overview::default(),
            current_turn: 0,
            message_count: 0,
            evidence_count: 0,
            hypothesis_count: 0,
            version: 1,
            state_version: 1,
            created_at: now,
            updated_at: now,
            last_activity_at: now,
            investigating_at: None,
            resolved_at: None,
            closed_at: None,
            deleted_at: None,
        }
    }
}

/// What an owner wants to change, checked; absent parts stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CaseEdit {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) priority: Option<Priority>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) metadata: Option<String>,
    pub(crate) archived: Option<bool>,
    pub(crate) shared_team_ids: Option<Vec<String>>,
}

impl Case {
    /// Names a case that got no title.
    pub(crate) fn number(&mut self, created_today: i32) {
        if self.title.is_empty() {
            self.title = format!("Case-{}-{created_today}", self.created_at.format("%m%d"));
        }
    }

    /// Gives a placeholder way to a title made from what the case is about.
    pub(crate) fn name_after(&mut self, text: &str) {
        let title = first_words(text, TITLE_WORDS);
        if self.title_source == TitleSource::Placeholder && !title.is_empty() {
            self.title = title;
            self.title_source = TitleSource::Generated;
        }
    }

    /// Names the case anew, unless the owner chose its title.
    pub(crate) fn rename(&mut self, title: String) {
        if self.title_source != TitleSource::User {
            self.title = title;
            self.title_source = TitleSource::Generated;
        }
    }

    /// Returns what a search looks through, in lower case.
    pub(crate) fn search_text(&self) -> String {
        let statement = self.overview.statement.newest_text();
        let texts = [self.title.as_str(), &self.description, statement];
        let all: Vec<&str> = texts
            .into_iter()
            .chain(self.tags.iter().map(String::as_str))
            .filter(|text| !text.is_empty())
            .collect();
        all.join("\n").to_lowercase()
    }

    /// Counts what the ledger holds.
    pub(crate) fn count(&mut self, ledger: &Ledger) {
        let count = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
        self.evidence_count = count(ledger.active_evidence().count());
        self.hypothesis_count = count(ledger.hypotheses.len());
    }

    /// Counts one more write.
    pub(crate) fn touch(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.updated_at = self.updated_at.max(now);
    }

    /// Counts one more write that people would call activity.
    pub(crate) fn touch_activity(&mut self, now: DateTime<Utc>) {
        self.touch(now);
        self.last_activity_at = self.last_activity_at.max(now);
    }

    /// Fails unless the case is at the version the caller has seen.
    pub(crate) fn expect_version(&self, expected: Option<i64>) -> Result<(), CaseError> {
        match expected {
            Some(expected) if expected != self.version => Err(CaseError::VersionConflict {
                expected,
                actual: self.version,
            }),
            _ => Ok(()),
        }
    }

    /// Fails when nothing but the record remains of the case.
    pub(crate) fn expect_open(&self) -> Result<(), CaseError> {
        if self.status.is_terminal() {
            return Err(CaseError::Terminal {
                status: self.status,
            });
        }
        Ok(())
    }

    /// Applies an edit as far as the status allows it; returns whether anything changed.
    pub(crate) fn edit(&mut self, edit: CaseEdit) -> Result<bool, CaseError> {
        let before = self.clone();
        if let Some(description) = edit.description {
            self.describe(description)?;
        }
        if let Some(priority) = edit.priority.filter(|wanted| *wanted != self.priority) {
            self.expect_open()?;
            self.priority = priority;
        }
        if let Some(title) = edit.title {
            self.title = title;
            self.title_source = TitleSource::User;
        }
        self.tags = edit.tags.unwrap_or_else(|| before.tags.clone());
        self.metadata = edit.metadata.unwrap_or_else(|| before.metadata.clone());
        self.archived = edit.archived.unwrap_or(self.archived);
        if let Some(teams) = edit.shared_team_ids {
            self.shared_team_ids = teams;
        }
        Ok(*self != before)
    }

    fn describe(&mut self, description: String) -> Result<(), CaseError> {
        if description == self.description {
            return Ok(());
        }
        self.expect_open()?;
        if self.status != CaseStatus::Inquiry {
            return Err(CaseError::GuardFailed(
                "the description can be changed before the investigation begins only; say in a turn what is different",
            ));
        }
        self.description = description;
        Ok(())
    }

    /// Fails when the fields contradict each other; checked before every commit of a turn.
    pub(crate) fn check_invariants(&self, has_evidence: bool) -> Result<(), CaseError> {
        let resolved = self.status == CaseStatus::Resolved;
        let rules = [
            (
                self.status.is_terminal() == self.closed_at.is_some(),
                "a terminal case and no other has a closing time",
            ),
            (
                resolved == self.resolved_at.is_some(),
                "a resolved case and no other has a resolution time",
            ),
            (
                (self.status == CaseStatus::Closed) == self.closure_reason.is_some(),
                "a closed case and no other has a closure reason",
            ),
            (
                self.investigating_at.is_none() || self.overview.statement.was_confirmed(),
                "an investigation has a confirmed statement",
            ),
            (
                !has_evidence || self.investigating_at.is_some(),
                "evidence exists in investigations only",
            ),
            (
                self.status != CaseStatus::Investigating || self.investigating_at.is_some(),
                "an investigation has begun at some time",
            ),
            (
                !self.status.is_terminal() || self.overview.pending.is_none(),
                "nothing is pending in a terminal case",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(CaseError::BrokenInvariant(rule)),
            None => Ok(()),
        }
    }
}

/// Returns a title as a person wrote it, trimmed.
pub(crate) fn checked_title(title: &str) -> Result<String, Fault> {
    checked_text("title", title, TITLE_MAX)
}

/// Returns a description, which may be empty.
pub(crate) fn checked_description(description: &str) -> Result<String, Fault> {
    Ok(optional_text("description", description, DESCRIPTION_MAX)?.unwrap_or_default())
}

/// Returns the teams without repetition, or a fault when there are too many.
pub(crate) fn checked_teams(teams: &[String]) -> Result<Vec<String>, Fault> {
    let mut teams = teams.to_vec();
    teams.sort_unstable();
    teams.dedup();
    if teams.len() > TEAMS_MAX {
        let limit = format!("must name at most {TEAMS_MAX} teams");
        return Err(Fault::invalid("shared_team_ids", limit));
    }
    Ok(teams)
}

/// Returns metadata unchanged, once it is known to be a JSON object of bearable size.
pub(crate) fn checked_metadata(metadata: &str) -> Result<String, Fault> {
    if metadata.len() > METADATA_MAX_BYTES {
        let limit = format!("must have at most {METADATA_MAX_BYTES} bytes");
        return Err(Fault::invalid("metadata_json", limit));
    }
    let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(metadata);
    if !metadata.is_empty() && object.is_err() {
        let remedy = "must be a JSON object";
        return Err(Fault::invalid("metadata_json", remedy));
    }
    Ok(metadata.to_owned())
}

/// Words that make a title by themselves.
const CLAUSE_WORDS_MIN: usize = 3;
/// Marks that end a part of a text.
const TITLE_MARKS: [char; 5] = ['.', ',', ';', ':', '!'];

/// Returns the first words of a text as a title, with `…` for what is left out; empty when it has none.
///
/// What is cut ends before words that lead on to something: not at "because of the". What stands
/// behind a semicolon is no part of a title.
pub(crate) fn first_words(text: &str, count: usize) -> String {
    let clause = text.split_once("; ").map_or(text, |(clause, _)| clause);
    let is_enough = clause.split_whitespace().count() >= CLAUSE_WORDS_MIN;
    let text = if is_enough { clause } else { text };
    let mut words = text.split_whitespace().peekable();
    let mut title = clip(words.next().unwrap_or_default(), TITLE_MAX);
    let mut length = title.chars().count();
    for _ in 1..count {
        let fits = |word: &&str| length + word.chars().count() + 2 <= TITLE_MAX;
        let Some(word) = words.next_if(fits) else {
            break;
        };
        title = clip(&format!("{title} {word}"), TITLE_MAX);
        length = title.chars().count();
    }
    let title = title.trim_end_matches(TITLE_MARKS);
    match words.peek() {
        Some(_) if !title.is_empty() => clip(finished(title), TITLE_MAX - 1) + "…",
        _ => title.to_owned(),
    }
}

/// Returns the words up to the last one that does not lead on, unless all do.
fn finished(title: &str) -> &str {
    const LEADING_ON: [&str; 48] = [
        "a", "an", "the", "and", "or", "but", "nor", "because", "since", "while", "when", "where",
        "which", "that", "who", "whose", "if", "as", "than", "of", "in", "on", "at", "by", "for",
        "from", "to", "with", "without", "into", "onto", "over", "under", "between", "during",
        "after", "before", "until", "about", "is", "are", "was", "were", "be", "has", "have", "so",
        "not",
    ];
    let mut kept = title;
    while let Some((start, last)) = kept.rsplit_once(' ') {
        let word = last
            .trim_matches(|it: char| !it.is_alphanumeric())
            .to_lowercase();
        if !word.is_empty() && !LEADING_ON.contains(&word.as_str()) {
            return kept;
        }
        kept = start.trim_end_matches(TITLE_MARKS);
    }
    if LEADING_ON.contains(&kept.to_lowercase().as_str()) {
        title
    } else {
        kept
    }
}

/// Returns the first `max` characters, without those that PostgreSQL cannot store.
pub(crate) fn clip(text: &str, max: usize) -> String {
    let storable = text.trim().chars().filter(|character| *character != '\0');
    storable.take(max).collect()
}

#[cfg(test)]
pub(crate) mod tests;

//! Facts: what is known about the problem, each with its source.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::drop_reason::DropReason;
use crate::limits::{CHANGE_TEXT_MAX, FACT_LONG_TEXT_MAX, FACT_TEXT_MAX, FACTS_MAX};
use crate::vocabulary::FactKind;

/// Something known about the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) kind: FactKind,
    pub(crate) value: String,
    pub(crate) source: FactSource,
    pub(crate) turn_number: i32,
    #[serde(default)]
    pub(crate) superseded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) change_time: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) change_type: String,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FactSource {
    Evidence(String),
    Message(String),
    Finding(String),
}

const CHANGE_TYPES: [&str; 7] = [
    "deployment",
    "config",
    "scaling",
    "code",
    "infrastructure",
    "data",
    "other",
];

impl FactKind {
    /// Returns whether facts of this kind accumulate instead of replacing each other.
    pub(crate) fn is_list(self) -> bool {
        matches!(
            self,
            Self::SymptomIndicator
                | Self::AffectedService
                | Self::AffectedRegion
                | Self::Environment
                | Self::Change
        )
    }

    /// Returns the position of a time kind in the order the times must keep.
    fn time_order(self) -> Option<usize> {
        match self {
            Self::StartedAt => Some(0),
            Self::NoticedAt => Some(1),
            Self::ResolvedNaturallyAt => Some(2),
            _ => None,
        }
    }

    fn text_max(self) -> usize {
        match self {
            Self::AffectedUsers | Self::UserImpact => FACT_LONG_TEXT_MAX,
            Self::Change => CHANGE_TEXT_MAX,
            _ => FACT_TEXT_MAX,
        }
    }

    /// Returns the words a value must be one of; empty for free text.
    fn values(self) -> &'static [&'static str] {
        match self {
            Self::NoChanges => &["true"],
            Self::TemporalState => &["ongoing", "historical"],
            Self::Severity => &["critical", "high", "medium", "low"],
            Self::Urgency => &["critical", "high", "medium", "low", "unknown"],
            Self::ProblemType => &["error", "slowness", "unavailability", "data_issue", "other"],
            _ => &[],
        }
    }
}

impl Fact {
    /// Returns the time a fact of a time kind states.
    pub(crate) fn time(&self) -> Option<DateTime<Utc>> {
        self.kind.time_order()?;
        parse_time(&self.value)
    }

    fn states_the_same_as(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.value.to_lowercase() == other.value.to_lowercase()
            && self.change_time == other.change_time
    }
}

/// Adds a fact, or tells why it cannot be one.
pub(crate) fn add(facts: &mut Vec<Fact>, mut fact: Fact) -> Result<(), DropReason> {
    fact.value = checked_value(fact.kind, &fact.value)?;
    if fact.kind == FactKind::NoChanges && !matches!(fact.source, FactSource::Message(_)) {
        return Err(DropReason::NotAUserDecision);
    }
    if fact.kind == FactKind::Change && !CHANGE_TYPES.contains(&fact.change_type.as_str()) {
        "other".clone_into(&mut fact.change_type);
    }
    let live = || facts.iter().filter(|known| !known.superseded);
    if live().any(|known| known.states_the_same_as(&fact)) {
        return Err(DropReason::Duplicate);
    }
    if live().any(|known| contradicts_time_order(known, &fact)) {
        return Err(DropReason::InconsistentTime);
    }
    if facts.len() >= FACTS_MAX {
        return Err(DropReason::LimitReached);
    }
    for known in facts.iter_mut().filter(|known| replaces(&fact, known)) {
        known.superseded = true;
    }
    facts.push(fact);
    Ok(())
}

/// Of single kinds the newest counts; who says that nothing changed takes back a change told before,
/// and a change takes that back. What data show to have changed stays.
fn replaces(new: &Fact, known: &Fact) -> bool {
    match (new.kind, known.kind) {
        (FactKind::NoChanges, FactKind::Change) => matches!(known.source, FactSource::Message(_)),
        (FactKind::Change, FactKind::NoChanges) => true,
        (kind, other) => kind == other && !kind.is_list(),
    }
}

fn checked_value(kind: FactKind, value: &str) -> Result<String, DropReason> {
    let value = value.trim();
    if value.is_empty() {
        return Err(DropReason::InvalidField);
    }
    if kind.time_order().is_some() {
        let time = parse_time(value).ok_or(DropReason::UnknownValue)?;
        return Ok(time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
    }
    let words = kind.values();
    if !words.is_empty() && !words.contains(&value) {
        return Err(DropReason::UnknownValue);
    }
    if value.chars().count() > kind.text_max() {
        return Err(DropReason::LimitReached);
    }
    Ok(value.to_owned())
}

fn contradicts_time_order(known: &Fact, new: &Fact) -> bool {
    let (Some(known_order), Some(new_order)) = (known.kind.time_order(), new.kind.time_order())
    else {
        return false;
    };
    let (Some(known_time), Some(new_time)) = (known.time(), new.time()) else {
        return false;
    };
    match known_order.cmp(&new_order) {
        std::cmp::Ordering::Less => known_time > new_time,
        std::cmp::Ordering::Greater => known_time < new_time,
        std::cmp::Ordering::Equal => false,
    }
}

fn parse_time(value: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(value).ok()?;
    Some(faultmaven_kit::clock::to_micros(time.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(kind: FactKind, value: &str) -> Fact {
        Fact {
            kind,
            value: value.to_owned(),
            source: FactSource::Message("msg_1".into()),
            turn_number: 1,
            superseded: false,
            change_time: None,
            change_type: String::new(),
        }
    }

    #[test]
    fn of_single_kinds_the_newest_counts_and_list_kinds_accumulate() {
        let mut facts = Vec::new();
        add(&mut facts, fact(FactKind::Severity, "high")).unwrap();
        add(&mut facts, fact(FactKind::Severity, "low")).unwrap();
        add(&mut facts, fact(FactKind::AffectedRegion, "EU")).unwrap();
        add(&mut facts, fact(FactKind::AffectedRegion, "US")).unwrap();
        let superseded: Vec<_> = facts.iter().map(|fact| fact.superseded).collect();
        assert_eq!(superseded, [true, false, false, false]);
    }

    #[test]
    fn a_change_and_that_nothing_changed_take_each_other_back() {
        let mut facts = Vec::new();
        let mut shown = fact(FactKind::Change, "pool size set to 5");
        shown.source = FactSource::Evidence("ev_1".into());
        add(&mut facts, shown).unwrap();
        add(&mut facts, fact(FactKind::Change, "deployed 2.7")).unwrap();
        add(&mut facts, fact(FactKind::NoChanges, "true")).unwrap();
        let live = |facts: &[Fact]| -> Vec<String> {
            let live = facts.iter().filter(|fact| !fact.superseded);
            live.map(|fact| fact.value.clone()).collect()
        };
        assert_eq!(live(&facts), ["pool size set to 5", "true"]);
        add(&mut facts, fact(FactKind::Change, "deployed 2.8")).unwrap();
        assert_eq!(live(&facts), ["pool size set to 5", "deployed 2.8"]);
    }

    #[test]
    fn the_same_fact_is_not_stored_twice() {
        let mut facts = Vec::new();
        add(&mut facts, fact(FactKind::AffectedRegion, "EU")).unwrap();
        assert_eq!(
            add(&mut facts, fact(FactKind::AffectedRegion, "eu")),
            Err(DropReason::Duplicate)
        );
    }

    #[test]
    fn words_and_times_are_checked() {
        let mut facts = Vec::new();
        assert_eq!(
            add(&mut facts, fact(FactKind::Severity, "terrible")),
            Err(DropReason::UnknownValue)
        );
        assert_eq!(
            add(&mut facts, fact(FactKind::StartedAt, "noon")),
            Err(DropReason::UnknownValue)
        );
        add(
            &mut facts,
            fact(FactKind::StartedAt, "2025-03-04T15:05:00+01:00"),
        )
        .unwrap();
        assert_eq!(facts[0].value, "2025-03-04T14:05:00Z");
        assert_eq!(
            add(
                &mut facts,
                fact(FactKind::NoticedAt, "2025-03-04T14:00:00Z")
            ),
            Err(DropReason::InconsistentTime)
        );
    }

    #[test]
    fn only_the_user_can_say_that_nothing_changed() {
        let mut unsure = fact(FactKind::NoChanges, "true");
        unsure.source = FactSource::Finding("find_1".into());
        assert_eq!(
            add(&mut Vec::new(), unsure),
            Err(DropReason::NotAUserDecision)
        );
    }
}

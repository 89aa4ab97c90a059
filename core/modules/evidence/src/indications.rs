//! What one file says for and against the entries of the catalogue.

use chrono::{DateTime, Utc};
use faultmaven_analysis::{
    Analysis, CandidateCause, Catalogue, CatalogueEntry, Citation, CommandRun, Indicator,
    IndicatorHit, Indicators,
};
use serde::{Deserialize, Serialize};

/// Something in a file that speaks for or against a catalogue entry or one of its causes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredIndication {
    pub(crate) catalogue_id: String,
    pub(crate) strength: Strength,
    pub(crate) statement: String,
    pub(crate) citation: Citation,
    pub(crate) signature: String,
    pub(crate) count: u64,
    pub(crate) first_seen: Option<DateTime<Utc>>,
    pub(crate) last_seen: Option<DateTime<Utc>>,
}

/// Direction and directness of an indication, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strength {
    Direct,
    Indirect,
    CounterDirect,
    CounterIndirect,
}

/// Returns the id of a cause within the catalogue as a whole.
pub(crate) fn cause_id(entry: &CatalogueEntry, cause: &CandidateCause) -> String {
    format!("{}.{}", entry.id, cause.id)
}

/// Returns all indications of one analysed file.
pub(crate) fn indications(analysis: &Analysis, catalogue: &Catalogue) -> Vec<StoredIndication> {
    let mut found = Vec::new();
    for entry in &catalogue.entries {
        let patterns = entry.patterns.iter().cloned().map(Indicator::Log);
        for pattern in patterns {
            add(
                &mut found,
                &entry.id,
                Strength::Direct,
                pattern.matches(analysis),
            );
        }
        collect(&mut found, &entry.id, &entry.indicators, analysis);
        for cause in &entry.causes {
            collect(
                &mut found,
                &cause_id(entry, cause),
                &cause.indicators,
                analysis,
            );
        }
    }
    found
}

/// Returns what commands, or objects of an export, speak for.
pub(crate) fn of_commands(commands: &[CommandRun], catalogue: &Catalogue) -> Vec<StoredIndication> {
    let mut found = Vec::new();
    for entry in &catalogue.entries {
        let mut judge = |id: &str, indicators: &Indicators| {
            for indicator in &indicators.direct {
                let hit = indicator.matches_commands(commands);
                add(&mut found, id, Strength::Direct, hit);
            }
        };
        judge(&entry.id, &entry.indicators);
        for cause in &entry.causes {
            judge(&cause_id(entry, cause), &cause.indicators);
        }
    }
    found
}

fn collect(
    found: &mut Vec<StoredIndication>,
    catalogue_id: &str,
    indicators: &Indicators,
    analysis: &Analysis,
) {
    let by_strength = [
        (Strength::Direct, &indicators.direct),
        (Strength::Indirect, &indicators.indirect),
        (Strength::CounterDirect, &indicators.counter_direct),
        (Strength::CounterIndirect, &indicators.counter_indirect),
    ];
    for (strength, indicators) in by_strength {
        for indicator in indicators {
            add(found, catalogue_id, strength, indicator.matches(analysis));
        }
    }
}

/// Two patterns that hit the same line are one indication.
fn add(
    found: &mut Vec<StoredIndication>,
    catalogue_id: &str,
    strength: Strength,
    hit: Option<IndicatorHit>,
) {
    let Some(hit) = hit else {
        return;
    };
    let is_known = found.iter().rev().any(|known| {
        known.catalogue_id == catalogue_id
            && known.strength == strength
            && (known.signature == hit.signature || known.citation == hit.citation)
    });
    if is_known {
        return;
    }
    found.push(StoredIndication {
        catalogue_id: catalogue_id.to_owned(),
        strength,
        statement: hit.statement,
        citation: hit.citation,
        signature: hit.signature,
        count: hit.count,
        first_seen: hit.first_seen,
        last_seen: hit.last_seen,
    });
}

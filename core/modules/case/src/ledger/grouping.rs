//! Which pieces of evidence are the same observation and which are independent.

use std::collections::{BTreeMap, HashMap};

use super::{Citation, Evidence};

/// The group of each piece of evidence; items of different groups are independent.
#[derive(Debug)]
pub(crate) struct Groups<'a>(HashMap<&'a str, usize>);

impl<'a> Groups<'a> {
    /// Groups evidence by file and signature or by author, and joins what overlaps.
    pub(crate) fn of(evidence: impl Iterator<Item = &'a Evidence>) -> Self {
        let evidence: Vec<&Evidence> = evidence.collect();
        let mut parents: Vec<usize> = (0..evidence.len()).collect();
        join_same_key(&evidence, &mut parents);
        join_overlaps(&evidence, &mut parents);
        let groups = evidence
            .iter()
            .enumerate()
            .map(|(index, item)| (item.evidence_id.as_str(), root_of(&mut parents, index)));
        Self(groups.collect())
    }

    /// Returns the group of a piece of evidence; `None` when it does not count.
    pub(crate) fn group(&self, evidence_id: &str) -> Option<usize> {
        self.0.get(evidence_id).copied()
    }
}

fn join_same_key(evidence: &[&Evidence], parents: &mut [usize]) {
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, item) in evidence.iter().enumerate() {
        let known = *first.entry(key(item)).or_insert(index);
        join(parents, known, index);
    }
}

fn key(evidence: &Evidence) -> (&str, &str) {
    match &evidence.citation {
        Citation::File { sha256, .. } if evidence.signature.is_empty() => (sha256, &evidence.quote),
        Citation::File { sha256, .. } => (sha256, &evidence.signature),
        Citation::Message {
            message_id,
            author_id,
            ..
        } if author_id.is_empty() => ("", message_id),
        Citation::Message { author_id, .. } => ("", author_id),
    }
}

fn join_overlaps(evidence: &[&Evidence], parents: &mut [usize]) {
    let mut ranges: Vec<(&str, i64, i64, usize)> = Vec::new();
    for (index, item) in evidence.iter().enumerate() {
        if let Citation::File {
            sha256,
            byte_start,
            byte_end,
            ..
        } = &item.citation
        {
            ranges.push((sha256, *byte_start, *byte_end, index));
        }
    }
    ranges.sort_unstable();
    let mut open: Option<(&str, i64, usize)> = None;
    for (sha256, start, end, index) in ranges {
        match open {
            Some((file, until, first)) if file == sha256 && start < until => {
                join(parents, first, index);
                open = Some((file, until.max(end), first));
            }
            _ => open = Some((sha256, end, index)),
        }
    }
}

fn join(parents: &mut [usize], left: usize, right: usize) {
    let (left, right) = (root_of(parents, left), root_of(parents, right));
    if let Some(parent) = parents.get_mut(left.max(right)) {
        *parent = left.min(right);
    }
}

fn root_of(parents: &mut [usize], index: usize) -> usize {
    let mut root = index;
    while let Some(&parent) = parents.get(root)
        && parent != root
    {
        root = parent;
    }
    if let Some(parent) = parents.get_mut(index) {
        *parent = root;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::sample::{file_evidence, message_evidence};
    use crate::vocabulary::EvidenceKind;

    fn independent(items: &[Evidence]) -> usize {
        let groups = Groups::of(items.iter());
        let mut ids: Vec<_> = items
            .iter()
            .map(|item| groups.group(&item.evidence_id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    #[test]
    fn different_files_or_signatures_are_independent() {
        let one = file_evidence("ev_1", EvidenceKind::Causal, "a", "s", 0);
        let same = file_evidence("ev_2", EvidenceKind::Causal, "a", "s", 500);
        let signature = file_evidence("ev_3", EvidenceKind::Causal, "a", "t", 900);
        let file = file_evidence("ev_4", EvidenceKind::Causal, "b", "s", 0);
        assert_eq!(independent(&[one.clone(), same]), 1);
        assert_eq!(independent(&[one.clone(), signature]), 2);
        assert_eq!(independent(&[one, file]), 2);
    }

    #[test]
    fn overlapping_ranges_are_one_observation() {
        let one = file_evidence("ev_1", EvidenceKind::Causal, "a", "s", 0);
        let inside = file_evidence("ev_2", EvidenceKind::Causal, "a", "t", 50);
        let touching = file_evidence("ev_3", EvidenceKind::Causal, "a", "u", 140);
        let beyond = file_evidence("ev_4", EvidenceKind::Causal, "a", "v", 240);
        assert_eq!(independent(&[one, inside, touching, beyond]), 2);
    }

    #[test]
    fn one_author_is_one_observer() {
        let one = message_evidence("ev_1", EvidenceKind::Symptom, "user_1");
        let two = message_evidence("ev_2", EvidenceKind::Symptom, "user_1");
        let other = message_evidence("ev_3", EvidenceKind::Symptom, "user_2");
        assert_eq!(independent(&[one, two, other]), 2);
    }
}

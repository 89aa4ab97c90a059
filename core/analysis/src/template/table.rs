//! The masked forms seen so far and what is known about each.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::form::{Form, fold, severity_group};
use super::group::group_forms;
use super::mask::{Masked, hash};
use crate::event::LineEvent;
use crate::timeline::{Series, TimeGrid};

/// Buckets of all series together; each holds the text of a line.
const SERIES_BUDGET: usize = 150_000;

/// All masked forms; bounded in number.
#[derive(Debug)]
pub(crate) struct FormTable {
    pub(crate) forms: Vec<Form>,
    pub(crate) grid: TimeGrid,
    /// Lines whose form was dropped to stay within bounds.
    pub(crate) dropped_lines: u64,
    pub(crate) dropped_forms: u64,
    index: HashMap<u64, u32, FixedState>,
    learned: HashMap<(u8, usize), Vec<u32>, FixedState>,
    limit: usize,
}

impl FormTable {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            forms: Vec::new(),
            grid: TimeGrid::new(SERIES_BUDGET),
            dropped_lines: 0,
            dropped_forms: 0,
            index: HashMap::with_hasher(FixedState::with_seed(7)),
            learned: HashMap::with_hasher(FixedState::with_seed(7)),
            limit: limit.max(16),
        }
    }

    /// Counts a line whose message is masked; returns the position of its form.
    pub(crate) fn add(&mut self, event: &LineEvent<'_>, masked: &Masked<'_>) -> u32 {
        let severe = severity_group(event.level);
        let key = masked.hash ^ (u64::from(severe) << 61).rotate_left(7);
        let position = match self.index.get(&key) {
            Some(&position) => position,
            None => self.find_or_create(key, severe, event, masked.text),
        };
        self.update(position, event, masked.params);
        position
    }

    /// Returns whether nothing was dropped.
    pub(crate) fn is_complete(&self) -> bool {
        self.dropped_forms == 0
    }

    fn find_or_create(&mut self, key: u64, severe: u8, event: &LineEvent<'_>, masked: &str) -> u32 {
        if let Some(position) = self.match_learned(severe, masked) {
            return position;
        }
        if self.forms.len() >= self.limit {
            self.consolidate();
        }
        let position = self.forms.len() as u32;
        self.forms.push(Form::new(masked, severe, event));
        self.index.insert(key, position);
        position
    }

    fn match_learned(&self, severe: u8, masked: &str) -> Option<u32> {
        if self.learned.is_empty() {
            return None;
        }
        let tokens: Vec<&str> = masked.split(' ').collect();
        let candidates = self.learned.get(&(severe, tokens.len()))?;
        candidates.iter().take(64).copied().find(|&position| {
            let template = self.forms[position as usize].masked.split(' ');
            template
                .zip(&tokens)
                .all(|(pattern, token)| pattern == *token || pattern == super::MASK)
        })
    }

    fn update(&mut self, position: u32, event: &LineEvent<'_>, params: &[(u32, u32)]) {
        let form = &mut self.forms[position as usize];
        form.count(event);
        for (&(start, end), stats) in params.iter().zip(&mut form.params) {
            stats.add(&event.message[start as usize..end as usize]);
        }
        if event.stamped
            && let Some(time) = event.time
            && form.series.add(self.grid.index(time), time, event)
            && self.grid.note_bucket()
        {
            let mut series: Vec<&mut Series> =
                self.forms.iter_mut().map(|form| &mut form.series).collect();
            self.grid.coarsen(&mut series);
        }
    }

    /// Folds similar forms into one, then drops the rarest until half the room is free.
    fn consolidate(&mut self) {
        let groups = group_forms(&self.forms);
        let mut kept: Vec<Form> = Vec::with_capacity(groups.len());
        for group in groups {
            kept.push(fold(&mut self.forms, &group));
        }
        if kept.len() > self.limit / 2 {
            let mut order: Vec<usize> = (0..kept.len()).collect();
            order.sort_by_key(|&at| {
                (
                    std::cmp::Reverse(kept[at].count.min(1000)),
                    std::cmp::Reverse(kept[at].last.line),
                )
            });
            let mut keep = vec![false; kept.len()];
            order
                .iter()
                .take(self.limit / 2)
                .for_each(|&at| keep[at] = true);
            let mut at = 0;
            let (mut lines, mut forms) = (0, 0);
            kept.retain(|form| {
                let stays = keep[at];
                at += 1;
                if !stays {
                    lines += form.count;
                    forms += 1;
                }
                stays
            });
            self.dropped_lines += lines;
            self.dropped_forms += forms;
        }
        kept.sort_by_key(|form| form.first.line);
        self.forms = kept;
        self.reindex();
    }

    fn reindex(&mut self) {
        self.index.clear();
        self.learned.clear();
        for (position, form) in self.forms.iter().enumerate() {
            let position = position as u32;
            if form.retired {
                let length = form.masked.split(' ').count();
                self.learned
                    .entry((form.severe, length))
                    .or_default()
                    .push(position);
            } else {
                let key =
                    hash(form.masked.as_bytes()) ^ (u64::from(form.severe) << 61).rotate_left(7);
                self.index.insert(key, position);
            }
        }
    }
}

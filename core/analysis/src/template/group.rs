//! Groups masked forms into templates once the words at every position are known.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::form::Form;
use super::mask::MASK;
use super::params::ParamStats;

/// Forms that belong to one template.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Positions of the forms, in order of first appearance.
    pub(crate) members: Vec<usize>,
    /// The template.
    pub(crate) text: String,
}

impl Group {
    /// Returns the parameter statistics of the template, left to right.
    pub(crate) fn fold_params(&self, forms: &[Form]) -> Vec<ParamStats> {
        let template: Vec<&str> = self.text.split(' ').collect();
        let mut stats: Vec<ParamStats> = Vec::new();
        for &member in &self.members {
            let form = &forms[member];
            let (mut slot, mut hole) = (0, 0);
            for (pattern, token) in template.iter().zip(form.masked.split(' ')) {
                let inner = token.matches(MASK).count();
                let slots = pattern.matches(MASK).count();
                if stats.len() < slot + slots {
                    stats.resize_with(slot + slots, ParamStats::default);
                }
                if inner == slots {
                    for offset in 0..slots {
                        if let Some(known) = form.params.get(hole + offset) {
                            stats[slot + offset].merge(known);
                        }
                    }
                } else if slots > 0 {
                    stats[slot].add_constant(token, form.count);
                }
                slot += slots;
                hole += inner;
            }
        }
        stats
    }
}

/// Groups forms by severity, token count and similarity.
pub(crate) fn group_forms(forms: &[Form]) -> Vec<Group> {
    let mut interner = Interner::default();
    let mut buckets: HashMap<(u8, usize), usize, FixedState> = HashMap::default();
    let mut ordered: Vec<Vec<usize>> = Vec::new();
    let tokens: Vec<Vec<u32>> = forms
        .iter()
        .map(|form| interner.tokens(&form.masked))
        .collect();
    for (position, form) in forms.iter().enumerate() {
        let next = ordered.len();
        let slot = *buckets
            .entry((form.severe, tokens[position].len()))
            .or_insert(next);
        if slot == next {
            ordered.push(Vec::new());
        }
        ordered[slot].push(position);
    }
    let mut groups = Vec::new();
    for bucket in &ordered {
        cluster(bucket, &tokens, &mut groups, &interner);
    }
    let mut result: Vec<Group> = groups
        .into_iter()
        .map(|cluster| cluster.into_group(&interner))
        .collect();
    result.sort_by_key(|group| group.members.first().copied());
    result
}

/// Words as numbers; 0 is the wildcard.
#[derive(Default)]
struct Interner<'a> {
    numbers: HashMap<&'a str, u32, FixedState>,
    words: Vec<&'a str>,
}

impl<'a> Interner<'a> {
    fn tokens(&mut self, masked: &'a str) -> Vec<u32> {
        masked.split(' ').map(|word| self.number(word)).collect()
    }

    fn number(&mut self, word: &'a str) -> u32 {
        if self.words.is_empty() {
            self.words.push(MASK);
            self.numbers.insert(MASK, 0);
        }
        let next = self.words.len() as u32;
        let number = *self.numbers.entry(word).or_insert(next);
        if number == next {
            self.words.push(word);
        }
        number
    }

    /// Returns whether a word announces a name, so that what follows it varies.
    fn names_value(&self, number: u32) -> bool {
        const WORDS: [&str; 20] = [
            "user",
            "username",
            "host",
            "hostname",
            "server",
            "from",
            "file",
            "directory",
            "device",
            "interface",
            "service",
            "process",
            "unit",
            "package",
            "name",
            "named",
            "account",
            "group",
            "called",
            "key",
        ];
        WORDS.contains(&self.words[number as usize])
    }
}

struct Cluster {
    members: Vec<usize>,
    pattern: Vec<u32>,
}

impl Cluster {
    fn into_group(self, interner: &Interner<'_>) -> Group {
        let words: Vec<&str> = self
            .pattern
            .iter()
            .map(|&number| interner.words[number as usize])
            .collect();
        Group {
            members: self.members,
            text: words.join(" "),
        }
    }
}

fn cluster(
    bucket: &[usize],
    tokens: &[Vec<u32>],
    groups: &mut Vec<Cluster>,
    interner: &Interner<'_>,
) {
    let mut open: Vec<Cluster> = Vec::new();
    let mut by_first: HashMap<u32, Vec<usize>, FixedState> = HashMap::default();
    for &position in bucket {
        let form = &tokens[position];
        let first = form.first().copied().unwrap_or(0);
        let candidates = by_first.entry(first).or_default();
        let best = candidates
            .iter()
            .map(|&at| (similarity(&open[at].pattern, form), at))
            .filter(|(score, _)| *score >= THRESHOLD)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        match best {
            Some((_, at)) => absorb(&mut open[at], position, form),
            None => {
                candidates.push(open.len());
                open.push(Cluster {
                    members: vec![position],
                    pattern: form.clone(),
                });
            }
        }
    }
    for cluster in open {
        split(cluster, tokens, groups, interner);
    }
}

/// Undoes wildcards that stand for a few words only: those words are part of the message.
fn split(
    cluster: Cluster,
    tokens: &[Vec<u32>],
    groups: &mut Vec<Cluster>,
    interner: &Interner<'_>,
) {
    let Some(position) = telling_position(&cluster, tokens, interner) else {
        groups.push(cluster);
        return;
    };
    let mut parts: Vec<(u32, Cluster)> = Vec::new();
    for &member in &cluster.members {
        let form = &tokens[member];
        match parts.iter_mut().find(|(word, _)| *word == form[position]) {
            Some((_, part)) => absorb(part, member, form),
            None => {
                let part = Cluster {
                    members: vec![member],
                    pattern: form.clone(),
                };
                parts.push((form[position], part));
            }
        }
    }
    for (_, part) in parts {
        split(part, tokens, groups, interner);
    }
}

/// Returns the position with the fewest distinct words, when these are few enough.
fn telling_position(
    cluster: &Cluster,
    tokens: &[Vec<u32>],
    interner: &Interner<'_>,
) -> Option<usize> {
    let width = cluster.pattern.len();
    let differing = (0..width).filter(|&at| {
        cluster.pattern[at] == 0 && !(at > 0 && interner.names_value(cluster.pattern[at - 1]))
    });
    differing
        .filter_map(|at| {
            let mut words: Vec<u32> = Vec::with_capacity(SPLIT_MAX);
            for &member in &cluster.members {
                let word = tokens[member][at];
                if !words.contains(&word) {
                    words.push(word);
                }
                if words.len() > SPLIT_MAX {
                    return None;
                }
            }
            (words.len() > 1).then_some((words.len(), at))
        })
        .min()
        .map(|(_, at)| at)
}

/// Distinct words up to which a position is constant.
const SPLIT_MAX: usize = 3;
/// Share of equal constant words above which two forms may share a template.
const THRESHOLD: f64 = 0.6;

fn absorb(cluster: &mut Cluster, position: usize, form: &[u32]) {
    cluster.members.push(position);
    for (pattern, token) in cluster.pattern.iter_mut().zip(form) {
        if *pattern != *token {
            *pattern = 0;
        }
    }
}

fn similarity(pattern: &[u32], form: &[u32]) -> f64 {
    let (mut equal, mut constants) = (0usize, 0usize);
    for (&known, &token) in pattern.iter().zip(form) {
        if known == 0 {
            continue;
        }
        constants += 1;
        equal += usize::from(known == token);
    }
    if constants == 0 {
        1.0
    } else {
        equal as f64 / constants as f64
    }
}

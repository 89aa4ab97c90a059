//! The calls that decide how long a trace takes.
//!
//! The algorithm is that of CRISP: Zhang, Z., et al., "CRISP: Critical Path Analysis of Large-Scale
//! Microservice Architectures", USENIX ATC 2022, section 3: from the end of a call backwards, the
//! child that returns last is on the path, then the one that returns last before that one began;
//! the time between them is the caller's own.

use super::Spans;

/// Calls that are followed one below the other.
const DEPTH_MAX: usize = 500;

/// Returns the spans on the critical path below a root, with the time each spends itself there, in
/// microseconds; the times add up to the duration of the root.
pub(crate) fn critical_path(spans: &Spans, root: usize) -> Vec<(usize, i64)> {
    let mut path = Vec::new();
    let mut open = vec![(root, spans.all[root].start, spans.all[root].end(), 0)];
    while let Some((at, from, to, depth)) = open.pop() {
        let (own, calls) = last_to_first(spans, at, from, to);
        path.push((at, own));
        if depth < DEPTH_MAX {
            let below = calls.into_iter().rev();
            open.extend(below.map(|(child, from, to)| (child, from, to, depth + 1)));
        } else if let Some(last) = path.last_mut() {
            last.1 += calls.iter().map(|(_, from, to)| to - from).sum::<i64>();
        }
    }
    path
}

/// A child on the path, and the part of its time that counts.
type Call = (usize, i64, i64);

/// Returns the time a call spends itself within a stretch, and its children on the path, last first.
fn last_to_first(spans: &Spans, at: usize, from: i64, to: i64) -> (i64, Vec<Call>) {
    let mut children = spans.all[at].children.clone();
    children.sort_by_key(|&child| (std::cmp::Reverse(spans.all[child].end()), child));
    let (mut own, mut until) = (0, to);
    let mut calls = Vec::new();
    for child in children {
        let span = &spans.all[child];
        // Clocks of two hosts differ: what lies outside of the caller is cut off.
        let (start, end) = (span.start.max(from), span.end());
        let is_before = end <= until || calls.is_empty();
        let end = end.min(until);
        if !is_before || end <= start {
            continue;
        }
        own += until - end;
        calls.push((child, start, end));
        until = start;
    }
    (own + (until - from).max(0), calls)
}

#[cfg(test)]
mod tests {
    use super::super::SpanRecord;
    use super::*;

    /// Spans as name, caller, start and end.
    fn path(told: &[(&str, &str, i64, i64)]) -> Vec<(String, i64)> {
        let mut spans = Spans::default();
        for &(name, parent, start, end) in told {
            spans.add(SpanRecord {
                trace: "t",
                id: name.to_owned(),
                parent: Some(parent),
                service: "s".into(),
                name,
                start,
                duration: end - start,
                error: None,
                citations: Vec::new(),
            });
        }
        spans.tie();
        let path = critical_path(&spans, 0).into_iter();
        path.map(|(at, own)| (spans.name(&spans.all[at]).to_owned(), own))
            .collect()
    }

    fn owned(path: &[(&str, i64)]) -> Vec<(String, i64)> {
        path.iter()
            .map(|&(name, own)| (name.to_owned(), own))
            .collect()
    }

    #[test]
    fn of_parallel_calls_the_one_that_returns_last_is_on_the_path() {
        // The example of the paper's figure: two calls at once, then one that waits for both.
        let told = [
            ("root", "", 0, 100),
            ("short", "root", 10, 30),
            ("long", "root", 10, 60),
            ("inner", "long", 20, 50),
            ("after", "root", 70, 90),
        ];
        let expected = [("root", 30), ("after", 20), ("long", 20), ("inner", 30)];
        assert_eq!(path(&told), owned(&expected));
    }

    #[test]
    fn a_child_that_outlives_its_caller_counts_up_to_its_end() {
        let told = [("root", "", 0, 100), ("late", "root", 50, 170)];
        assert_eq!(path(&told), owned(&[("root", 50), ("late", 50)]));
    }

    #[test]
    fn rings_of_callers_end() {
        let told = [("a", "b", 0, 100), ("b", "a", 10, 90)];
        let total: i64 = path(&told).iter().map(|(_, own)| own).sum();
        assert!(total <= 100, "{total}");
    }
}

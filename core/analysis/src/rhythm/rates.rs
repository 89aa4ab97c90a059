//! Where lines begin to come far more or less often, and go on so.

use crate::constants::ONSET_GRID;
use crate::timeline::{Bucket, Series};

const LINES_MIN: u64 = 10;
/// Factor by which the rates beside a change differ at least.
const FACTOR: f64 = 3.0;
/// Log-likelihood that two rates explain more than one: a chance of one in 160,000 at one place.
const EVIDENCE: f64 = 12.0;
/// Part of a log for which a rate holds at least, and its least time in microseconds.
const SHORTEST_PART: i64 = 30;
const SHORTEST: i64 = 10_000_000;
/// Changes are sought in the parts between changes, so many times.
const DEPTH: u32 = 4;

/// A change of the rate in front of a bucket, in lines per second; behind the last one they stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift {
    pub(super) at: usize,
    pub(super) before: f64,
    pub(super) after: f64,
}

/// Finds where the rate changes: the log is divided in two where two Poisson rates explain the lines best,
/// and its parts again (binary segmentation: Scott and Knott, Biometrics 1974; likelihood ratio: Chen and
/// Gupta, "Parametric Statistical Change Point Analysis", 2012). Lines come in clusters, so the likelihood
/// is divided by the dispersion of their counts (McCullagh and Nelder, "Generalized Linear Models", 1989).
pub(super) fn shifts(series: &Series, span: (i64, i64), width: i64) -> Vec<Shift> {
    let (start, end) = span;
    let ahead = series.buckets.partition_point(|it| it.first < start);
    let buckets = &series.buckets[ahead..];
    let mut sums = vec![0];
    for bucket in buckets {
        sums.push(sums[sums.len() - 1] + u64::from(bucket.count));
    }
    if sums[sums.len() - 1] < LINES_MIN || end <= start {
        return Vec::new();
    }
    let shortest = ((end - start) / SHORTEST_PART).max(5 * width).max(SHORTEST);
    let process = Process {
        buckets,
        sums,
        width,
        shortest,
        needed: EVIDENCE * dispersion(buckets, span, width),
    };
    let whole = Part {
        from: Edge { at: 0, time: start },
        to: Edge {
            at: buckets.len(),
            time: end,
        },
    };
    let mut edges = Vec::new();
    process.divide(whole, DEPTH, &mut edges);
    process.tell(whole, edges, ahead)
}

/// A place between two buckets, and a time between them.
#[derive(Debug, Clone, Copy)]
struct Edge {
    at: usize,
    time: i64,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    from: Edge,
    to: Edge,
}

struct Process<'a> {
    buckets: &'a [Bucket],
    /// Lines in front of each bucket, and of all.
    sums: Vec<u64>,
    width: i64,
    shortest: i64,
    needed: f64,
}

impl Process<'_> {
    fn divide(&self, part: Part, depth: u32, edges: &mut Vec<Edge>) {
        let Some(edge) = (depth > 0).then(|| self.best(part)).flatten() else {
            return;
        };
        let (before, after) = halves(part, edge);
        self.divide(before, depth - 1, edges);
        edges.push(edge);
        self.divide(after, depth - 1, edges);
    }

    /// Returns where two rates explain the lines of a part best, if they do so by far.
    fn best(&self, part: Part) -> Option<Edge> {
        let (whole, mut best) = (self.fit(part), (self.needed, None));
        for at in part.from.at..=part.to.at {
            let rises = (at < part.to.at).then(|| self.buckets[at].first);
            let falls = (at > part.from.at).then(|| self.end_of(at - 1));
            for time in rises.into_iter().chain(falls) {
                let edge = Edge { at, time };
                let (before, after) = halves(part, edge);
                if length(before).min(length(after)) < self.shortest {
                    continue;
                }
                let gain = self.fit(before) + self.fit(after) - whole;
                if gain > best.0 {
                    best = (gain, Some(edge));
                }
            }
        }
        best.1
    }

    fn end_of(&self, at: usize) -> i64 {
        let end = self.buckets[at].first + self.width;
        let next = self.buckets.get(at + 1);
        next.map_or(end, |next| end.min(next.first))
    }

    fn lines(&self, part: Part) -> f64 {
        (self.sums[part.to.at] - self.sums[part.from.at]) as f64
    }

    fn rate(&self, part: Part) -> f64 {
        self.lines(part) * 1e6 / length(part).max(1) as f64
    }

    /// Log-likelihood of the lines of a part at its rate, without what is the same for all divisions.
    fn fit(&self, part: Part) -> f64 {
        let lines = self.lines(part);
        if lines > 0.0 {
            lines * self.rate(part).ln()
        } else {
            0.0
        }
    }

    /// Returns the changes that are large, the small ones between them left out one by one.
    fn tell(&self, whole: Part, mut edges: Vec<Edge>, ahead: usize) -> Vec<Shift> {
        loop {
            let rates: Vec<f64> = self.rates(whole, &edges);
            let factors = rates.windows(2).map(|pair| factor(pair[0], pair[1]));
            let least = factors.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            match least {
                Some((at, factor)) if factor < FACTOR => edges.remove(at),
                _ => {
                    let shift = |(edge, rates): (&Edge, &[f64])| Shift {
                        at: ahead + edge.at,
                        before: rates[0],
                        after: rates[1],
                    };
                    return edges.iter().zip(rates.windows(2)).map(shift).collect();
                }
            };
        }
    }

    fn rates(&self, whole: Part, edges: &[Edge]) -> Vec<f64> {
        let mut from = whole.from;
        let ends = edges.iter().chain(std::iter::once(&whole.to));
        let rates = ends.map(|&to| {
            self.rate(Part {
                from: std::mem::replace(&mut from, to),
                to,
            })
        });
        rates.collect()
    }
}

fn halves(part: Part, edge: Edge) -> (Part, Part) {
    let before = Part { to: edge, ..part };
    let after = Part { from: edge, ..part };
    (before, after)
}

fn length(part: Part) -> i64 {
    part.to.time - part.from.time
}

fn factor(one: f64, other: f64) -> f64 {
    one.max(other) / one.min(other).max(f64::MIN_POSITIVE)
}

/// Returns how much more the counts of adjacent slots differ than those of a Poisson process would.
fn dispersion(buckets: &[Bucket], (start, end): (i64, i64), width: i64) -> f64 {
    let slot = ((end - start) / ONSET_GRID).max(width).max(1);
    let slots = usize::try_from((end - start) / slot + 1).unwrap_or(1);
    let mut counts = vec![0.0; slots];
    for bucket in buckets {
        let at = usize::try_from((bucket.first - start) / slot).unwrap_or(0);
        counts[at.min(slots - 1)] += f64::from(bucket.count);
    }
    let mean = counts.iter().sum::<f64>() / slots as f64;
    let squares = counts.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
    let variance = squares.sum::<f64>() / (2.0 * slots.saturating_sub(1).max(1) as f64);
    (variance / mean).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::event_at;

    const SECOND: i64 = 1_000_000;
    const HOUR: (i64, i64) = (0, 3_600 * SECOND);

    fn series(seconds: impl Iterator<Item = i64>) -> Series {
        let mut series = Series::default();
        for second in seconds {
            series.add(second, second * SECOND, &event_at(second * SECOND));
        }
        series
    }

    /// Seconds of the changes and the rates beside them, in lines per minute.
    fn told(series: &Series) -> Vec<(i64, i64, i64)> {
        let minute = |rate: f64| (rate * 60.0).round() as i64;
        let shifts = shifts(series, HOUR, SECOND);
        let row = |it: &Shift| {
            let next = series.buckets.get(it.at).map_or(-1, |next| next.index);
            (next, minute(it.before), minute(it.after))
        };
        shifts.iter().map(row).collect()
    }

    #[test]
    fn rises_falls_and_ends_are_found_where_they_are() {
        let rise = (0..1_800).step_by(10).chain(1_800..3_600);
        assert_eq!(told(&series(rise)), [(1_800, 6, 60)]);
        let fall = (0..1_800).chain((1_800..3_600).step_by(20));
        assert_eq!(told(&series(fall)), [(1_820, 60, 3)]);
        assert_eq!(told(&series((0..2_400).step_by(5))), [(-1, 12, 0)]);
        assert_eq!(told(&series((1_200..3_600).step_by(5))), [(1_200, 0, 12)]);
    }

    #[test]
    fn a_stretch_of_another_rate_has_a_beginning_and_an_end() {
        let stretch = (1_200..1_800).flat_map(|second| [second; 5]);
        let found = series((0..3_600).step_by(2).chain(stretch));
        let times: Vec<i64> = told(&found).iter().map(|it| it.0).collect();
        assert_eq!(times, [1_200, 1_800]);
    }

    #[test]
    fn steady_and_clustered_lines_and_one_burst_are_no_change() {
        assert_eq!(told(&series((0..3_600).step_by(7))), []);
        // Ten minutes apart, fifty lines at once.
        let clusters = (0..6).flat_map(|at| (0..50).map(move |line| at * 600 + line / 25));
        assert_eq!(told(&series(clusters)), []);
        let burst = std::iter::repeat_n(1_800, 1_000);
        assert_eq!(told(&series((0..3_600).step_by(2).chain(burst))), []);
        assert_eq!(told(&series((0..9).map(|at| at * 10))), []);
    }
}

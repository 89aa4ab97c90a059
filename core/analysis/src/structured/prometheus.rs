//! Answers of the Prometheus query API: vectors and matrices as JSON.

use std::collections::BTreeMap;

use crate::analysis::Sample;
use crate::citation::Citation;
use crate::encoding::Encoding;
use crate::logs::TextLine;
use crate::time::to_utc;

/// Name of a series that an expression made.
const UNNAMED: &str = "result";
const DEPTH_MAX: usize = 32;
const TEXT_MAX: usize = 1_024;

/// Returns whether the first lines are an answer of the API.
pub(crate) fn is_answer(lines: &[&str]) -> bool {
    let head = lines.iter().take(60);
    let holds = |needle: &str| head.clone().any(|line| line.contains(needle));
    let starts = lines
        .first()
        .is_some_and(|line| line.trim_start().starts_with('{'));
    starts && holds("\"resultType\"") && holds("\"result\"") && holds("\"metric\"")
}

/// Reads samples while the text passes by, in lines or in pieces of one long line.
#[derive(Debug)]
pub(crate) struct PrometheusReader {
    pub(crate) samples: Vec<Sample>,
    pub(crate) dropped: u64,
    limit: usize,
    encoding: Encoding,
    open: Vec<Open>,
    scalar: Scalar,
    text: String,
    labels: BTreeMap<String, String>,
    time: Option<f64>,
    value: Option<f64>,
    /// Where the pair that is open starts, unless an earlier line holds its start.
    pair: Option<usize>,
    /// The line of the value, when the pair is spread over several.
    value_line: Option<Citation>,
    /// Whether places in the text are places in the bytes.
    exact: bool,
}

/// An object or list that is open.
#[derive(Debug)]
struct Open {
    list: bool,
    /// Key of the value that is next, or of the list itself.
    key: String,
    /// Values read before the next one; the key of an object waits for its colon.
    count: usize,
    keyed: bool,
}

/// The scalar that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scalar {
    None,
    Bare,
    Quoted,
    Escaped,
}

impl PrometheusReader {
    pub(crate) fn new(limit: usize, encoding: Encoding) -> Self {
        Self {
            samples: Vec::new(),
            dropped: 0,
            limit,
            encoding,
            open: Vec::new(),
            scalar: Scalar::None,
            text: String::new(),
            labels: BTreeMap::new(),
            time: None,
            value: None,
            pair: None,
            value_line: None,
            exact: true,
        }
    }

    /// Takes the next line, or the next piece of one.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        self.pair = None;
        self.exact = self.encoding == Encoding::Utf8;
        for (at, character) in line.text.char_indices() {
            self.character(line, at, character);
        }
        if self.scalar == Scalar::Bare && !line.carries_on {
            self.end_scalar();
        }
        if self.value.is_some() && self.value_line.is_none() {
            self.value_line = Some(line.citation());
        }
    }

    fn character(&mut self, line: &TextLine<'_>, at: usize, character: char) {
        // Stands for invalid bytes, whose number is not known from the text.
        self.exact &= character != char::REPLACEMENT_CHARACTER;
        match (self.scalar, character) {
            (Scalar::Quoted, '\\') => self.scalar = Scalar::Escaped,
            (Scalar::Quoted, '"') => self.end_scalar(),
            (Scalar::Escaped, _) => {
                self.keep(character);
                self.scalar = Scalar::Quoted;
            }
            (Scalar::Quoted, _) => self.keep(character),
            (_, '{' | '[') => self.start(at, character == '['),
            (_, '}' | ']') => {
                self.end_bare();
                self.end(line, at);
            }
            (_, ',') => self.end_bare(),
            (_, ':') => {
                if let Some(open) = self.open.last_mut() {
                    open.keyed = true;
                }
            }
            (_, '"') => self.scalar = Scalar::Quoted,
            (_, blank) if blank.is_whitespace() => self.end_bare(),
            _ => {
                self.scalar = Scalar::Bare;
                self.keep(character);
            }
        }
    }

    fn keep(&mut self, character: char) {
        if self.text.len() < TEXT_MAX {
            self.text.push(character);
        }
    }

    fn end_bare(&mut self) {
        if self.scalar == Scalar::Bare {
            self.end_scalar();
        }
    }

    fn start(&mut self, at: usize, list: bool) {
        if self.open.len() >= DEPTH_MAX {
            return;
        }
        let key = match self.open.last_mut() {
            Some(open) => {
                open.count += 1;
                open.keyed = false;
                open.key.clone()
            }
            None => String::new(),
        };
        if !list && key == "metric" {
            self.labels.clear();
        }
        if list {
            self.pair = Some(at);
            (self.time, self.value) = (None, None);
            self.value_line = None;
        }
        self.open.push(Open {
            list,
            key,
            count: 0,
            keyed: false,
        });
    }

    fn end(&mut self, line: &TextLine<'_>, at: usize) {
        let Some(closed) = self.open.pop() else {
            return;
        };
        let pair = closed.list && matches!(closed.key.as_str(), "value" | "values");
        if let (true, Some(time), Some(value)) = (pair, self.time.take(), self.value.take()) {
            self.sample(line, at, time, value);
        }
    }

    fn end_scalar(&mut self) {
        self.scalar = Scalar::None;
        let text = std::mem::take(&mut self.text);
        let Some(open) = self.open.last_mut() else {
            return;
        };
        if open.list {
            match open.count {
                0 => self.time = text.parse().ok(),
                1 => self.value = text.parse().ok(),
                _ => {}
            }
            open.count += 1;
        } else if open.keyed {
            open.keyed = false;
            let label = std::mem::take(&mut open.key);
            if self
                .open
                .iter()
                .rev()
                .nth(1)
                .is_some_and(|it| it.key == "metric")
            {
                self.labels.insert(label, text);
            }
        } else {
            open.key = text;
        }
    }

    fn sample(&mut self, line: &TextLine<'_>, at: usize, time: f64, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.samples.len() >= self.limit {
            self.dropped += 1;
            return;
        }
        let mut labels = self.labels.clone();
        let name = labels.remove("__name__");
        self.samples.push(Sample {
            name: name.unwrap_or_else(|| UNNAMED.to_owned()),
            labels,
            value,
            observed_at: to_utc((time * 1e6) as i64),
            citation: self.cite(line, at),
        });
    }

    /// Returns the place of the pair that ends at `at`, as far as this line holds it.
    fn cite(&self, line: &TextLine<'_>, at: usize) -> Citation {
        if let (None, Some(value)) = (self.pair, &self.value_line) {
            return value.clone();
        }
        let from = self.pair.unwrap_or(0);
        if !self.exact {
            return line.citation();
        }
        Citation {
            byte_start: line.start + from as u64,
            byte_end: line.start + at as u64 + 1,
            line_start: line.number,
            line_end: line.number,
            quote: line.text[from..=at].to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::{DataClass, FindingKind, Options, analyze, verify_citation};

    fn matrix(points: u32, blank: &str) -> String {
        let mut values = String::new();
        for at in 0..points {
            let value = if at < points / 2 {
                40 + at % 3
            } else {
                400 + at % 3
            };
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(
                values,
                "{comma}{blank}[{},\"{value}\"]",
                1_741_097_100 + at * 15
            );
        }
        format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{\"__name__\":\"latency_ms\",\"job\":\"a \\\"b\\\"\"}},{blank}\"values\":[{values}]}}]}}}}{blank}"
        )
    }

    #[test]
    fn a_matrix_gives_a_series_whatever_its_layout() {
        for blank in ["", "\n  "] {
            let text = matrix(3_000, blank);
            let analysis = analyze(text.as_bytes(), Options::default());
            assert_eq!(analysis.classification.data_class, DataClass::Metrics);
            assert_eq!(analysis.samples.len(), 3_000);
            let sample = &analysis.samples[2_999];
            assert_eq!((sample.name.as_str(), sample.value), ("latency_ms", 402.0));
            assert_eq!(sample.labels["job"], "a \"b\"");
            let shift = &analysis.findings[0];
            assert_eq!(shift.kind, FindingKind::LevelShift, "{}", shift.statement);
            for sample in &analysis.samples {
                let cited = &sample.citation;
                let slice = &text.as_bytes()[cited.byte_start as usize..cited.byte_end as usize];
                verify_citation(slice, cited, analysis.encoding).unwrap();
            }
            assert_eq!(analysis.coverage.bytes_cut, 0);
        }
    }

    #[test]
    fn a_vector_gives_one_sample_of_each_series() {
        let text = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"a:1"},"value":[1435781451.781,"1"]},{"metric":{"instance":"b:1"},"value":[1435781451.781,"0"]}]}}"#;
        let analysis = analyze(text.as_bytes(), Options::default());
        let told: Vec<(&str, &str, f64)> = analysis
            .samples
            .iter()
            .map(|it| (it.name.as_str(), it.labels["instance"].as_str(), it.value))
            .collect();
        assert_eq!(told, [("up", "a:1", 1.0), ("result", "b:1", 0.0)]);
        let first = analysis.samples[0].observed_at.unwrap().to_rfc3339();
        assert!(first.starts_with("2015-07-01T20:10:51.781"), "{first}");
    }
}

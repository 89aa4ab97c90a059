//! Delimited rows with a header: numeric columns become samples.

use std::collections::BTreeMap;

use crate::analysis::Sample;
use crate::logs::TextLine;
use crate::time::parse_utc;

/// Reads rows line by line.
#[derive(Debug)]
pub(crate) struct CsvReader {
    pub(crate) samples: Vec<Sample>,
    pub(crate) dropped: u64,
    limit: usize,
    delimiter: char,
    header: Vec<String>,
}

impl CsvReader {
    pub(crate) fn new(limit: usize, delimiter: char) -> Self {
        Self {
            samples: Vec::new(),
            dropped: 0,
            limit,
            delimiter,
            header: Vec::new(),
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        let cells = split(line.text, self.delimiter);
        if self.header.is_empty() {
            self.header = cells.iter().map(|cell| (*cell).to_owned()).collect();
            return;
        }
        let time = cells.first().and_then(|cell| parse_utc(cell));
        let labels: BTreeMap<String, String> = self
            .header
            .iter()
            .zip(&cells)
            .skip(usize::from(time.is_some()))
            .filter(|(_, cell)| {
                !cell.is_empty() && cell.len() <= 60 && cell.parse::<f64>().is_err()
            })
            .map(|(name, cell)| (name.clone(), (*cell).to_owned()))
            .collect();
        for (name, cell) in self
            .header
            .iter()
            .zip(&cells)
            .skip(usize::from(time.is_some()))
        {
            let Ok(value) = cell.parse::<f64>() else {
                continue;
            };
            if self.samples.len() >= self.limit {
                self.dropped += 1;
            } else if value.is_finite() {
                self.samples.push(Sample {
                    name: name.clone(),
                    labels: labels.clone(),
                    value,
                    observed_at: time,
                    citation: line.citation(),
                });
            }
        }
    }
}

/// Returns the delimiter and whether most cells below the header are numbers.
pub(crate) fn detect(lines: &[&str]) -> Option<(char, bool)> {
    let rows: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !line.trim().is_empty())
        .take(60)
        .collect();
    if rows.len() < 4 {
        return None;
    }
    [',', '\t', ';'].into_iter().find_map(|delimiter| {
        let columns = split(rows[0], delimiter).len();
        let same = rows
            .iter()
            .filter(|row| split(row, delimiter).len() == columns)
            .count();
        let named = split(rows[0], delimiter)
            .iter()
            .all(|cell| !cell.is_empty() && cell.len() <= 40 && cell.parse::<f64>().is_err());
        if columns < 2 || same * 10 < rows.len() * 9 || !named {
            return None;
        }
        let cells: Vec<&str> = rows[1..]
            .iter()
            .flat_map(|row| split(row, delimiter))
            .collect();
        let numeric = cells
            .iter()
            .filter(|cell| cell.parse::<f64>().is_ok())
            .count();
        Some((delimiter, numeric * 5 >= cells.len() * 2))
    })
}

fn split(line: &str, delimiter: char) -> Vec<&str> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, character) in line.char_indices() {
        if character == '"' {
            quoted = !quoted;
        } else if character == delimiter && !quoted {
            cells.push(line[start..at].trim().trim_matches('"'));
            start = at + character.len_utf8();
        }
    }
    cells.push(line[start..].trim().trim_matches('"'));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_tables_are_told_from_others() {
        let metric = [
            "time,cpu,mem",
            "2025-03-04T14:05:00Z,1,2",
            "2025-03-04T14:05:10Z,2,2",
            "x,3,4",
        ];
        assert_eq!(detect(&metric), Some((',', true)));
        let names = ["name;team", "a;b", "c;d", "e;f"];
        assert_eq!(detect(&names), Some((';', false)));
        assert_eq!(
            detect(&["a plain, text", "with one, comma and", "another", "line"]),
            None
        );
    }
}

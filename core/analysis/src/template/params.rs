//! Summaries of the values one parameter takes.

use crate::analysis::{Parameter, ParameterValue};

const TOP_VALUES: usize = 5;
const VALUE_MAX: usize = 64;

/// Bounded statistics of a parameter.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParamStats {
    count: u64,
    numeric: u64,
    min: f64,
    max: f64,
    top: Vec<TopValue>,
    more: bool,
}

#[derive(Debug, Clone)]
struct TopValue {
    /// Tells most other values apart without a look at the text.
    key: u64,
    value: Box<str>,
    count: u64,
}

impl ParamStats {
    /// Counts one value.
    pub(crate) fn add(&mut self, value: &str) {
        self.count += 1;
        if let Some(number) = leading_number(value.as_bytes()) {
            self.add_number(number);
        }
        self.add_value(value, 1);
    }

    fn add_number(&mut self, number: f64) {
        if self.numeric == 0 {
            (self.min, self.max) = (number, number);
        }
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        self.numeric += 1;
    }

    fn add_value(&mut self, value: &str, count: u64) {
        let key = key(value.as_bytes());
        for known in &mut self.top {
            if known.key == key && *known.value == *value {
                known.count += count;
                return;
            }
        }
        if self.top.len() < TOP_VALUES && value.len() <= VALUE_MAX {
            self.top.push(TopValue {
                key,
                value: value.into(),
                count,
            });
        } else {
            self.more = true;
        }
    }

    /// Adds the statistics of the same parameter of another form.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        if other.numeric > 0 {
            self.add_number(other.min);
            self.add_number(other.max);
            self.numeric += other.numeric.saturating_sub(2);
        }
        for top in &other.top {
            self.add_value(&top.value, top.count);
        }
        self.more |= other.more;
    }

    /// Counts a constant word that became a parameter by grouping.
    pub(crate) fn add_constant(&mut self, value: &str, count: u64) {
        self.count += count;
        self.add_value(value, count);
    }

    /// Returns the public summary.
    pub(crate) fn summary(&self, name: Option<String>) -> Parameter {
        let numeric = self.numeric > 0 && self.numeric * 10 >= self.count * 9;
        let mut top: Vec<ParameterValue> = self
            .top
            .iter()
            .map(|top| ParameterValue {
                value: top.value.to_string(),
                count: top.count,
            })
            .collect();
        top.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        Parameter {
            name,
            count: self.count,
            min: numeric.then_some(self.min),
            max: numeric.then_some(self.max),
            top,
            more: self.more,
        }
    }
}

/// Returns the length and up to eight of the bytes as a number.
fn key(bytes: &[u8]) -> u64 {
    let (first, last) = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(&first), Some(&last)) => (u32::from_le_bytes(first), u32::from_le_bytes(last)),
        _ => (
            0,
            bytes
                .iter()
                .fold(0, |sum, &byte| sum << 8 | u32::from(byte)),
        ),
    };
    u64::from(first) << 32 ^ u64::from(last) ^ (bytes.len() as u64) << 56
}

/// Reads a decimal number with an optional short unit.
fn leading_number(bytes: &[u8]) -> Option<f64> {
    if bytes.len() > 18 || !bytes.first()?.is_ascii_digit() {
        return None;
    }
    let (mut value, mut scale, mut at) = (0u64, 0u32, 0);
    let mut fraction = false;
    while at < bytes.len() {
        match bytes[at] {
            digit @ b'0'..=b'9' => {
                value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
                scale += u32::from(fraction);
            }
            b'.' if !fraction => fraction = true,
            _ => break,
        }
        at += 1;
    }
    let unit = &bytes[at..];
    let plain = unit.len() <= 3
        && unit
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || *byte == b'%');
    plain.then(|| match scale {
        0 => value as f64,
        _ => value as f64 / 10f64.powi(scale.cast_signed()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_give_a_range() {
        let mut stats = ParamStats::default();
        for value in ["12ms", "7ms", "30.5ms"] {
            stats.add(value);
        }
        let summary = stats.summary(None);
        assert_eq!(
            (summary.min, summary.max, summary.count),
            (Some(7.0), Some(30.5), 3)
        );
    }

    #[test]
    fn addresses_are_no_numbers_and_values_are_bounded() {
        let mut stats = ParamStats::default();
        for last in 0..20 {
            stats.add(&format!("10.0.0.{last}"));
        }
        let summary = stats.summary(None);
        assert_eq!(
            (summary.min, summary.top.len(), summary.more),
            (None, TOP_VALUES, true)
        );
    }
}

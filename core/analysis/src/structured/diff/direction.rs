//! Whether a changed value went up or down, units taken into account.

use crate::analysis::ChangeDirection;
use crate::structured::number_with_unit;
use crate::structured::units::bytes_of_unit;

/// Returns how a value changed.
pub(crate) fn direction(before: Option<&str>, after: Option<&str>) -> ChangeDirection {
    let (Some(before), Some(after)) = (before, after) else {
        return if before.is_some() {
            ChangeDirection::Removed
        } else {
            ChangeDirection::Added
        };
    };
    match comparable(before, after) {
        Some((old, new)) if old < new => ChangeDirection::Increased,
        Some((old, new)) if old > new => ChangeDirection::Decreased,
        _ => ChangeDirection::Replaced,
    }
}

/// Returns both numbers in one unit.
fn comparable(before: &str, after: &str) -> Option<(f64, f64)> {
    let (old, old_unit) = number_with_unit(before)?;
    let (new, new_unit) = number_with_unit(after)?;
    if old_unit == new_unit {
        return Some((old, new));
    }
    let (old_kind, old_scale) = scale(old_unit)?;
    let (new_kind, new_scale) = scale(new_unit)?;
    (old_kind == new_kind).then_some((old * old_scale, new * new_scale))
}

#[derive(Debug, PartialEq)]
enum Kind {
    Bytes,
    Time,
}

fn scale(unit: &str) -> Option<(Kind, f64)> {
    let scale = match unit.to_ascii_lowercase().as_str() {
        // It may stand for minutes as well.
        "m" => return None,
        "us" => (Kind::Time, 0.000_001),
        "ms" => (Kind::Time, 0.001),
        "s" | "sec" => (Kind::Time, 1.0),
        "min" => (Kind::Time, 60.0),
        "h" => (Kind::Time, 3_600.0),
        "d" => (Kind::Time, 86_400.0),
        other => (Kind::Bytes, bytes_of_unit(other)?),
    };
    Some(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_kind_are_compared() {
        for (before, after, expected) in [
            ("128MB", "64GB", ChangeDirection::Increased),
            ("1Gi", "256Mi", ChangeDirection::Decreased),
            ("5s", "500ms", ChangeDirection::Decreased),
            ("50", "5", ChangeDirection::Decreased),
            ("5s", "64GB", ChangeDirection::Replaced),
            ("on", "off", ChangeDirection::Replaced),
        ] {
            assert_eq!(direction(Some(before), Some(after)), expected, "{before}");
        }
        assert_eq!(direction(None, Some("1")), ChangeDirection::Added);
        assert_eq!(direction(Some("1"), None), ChangeDirection::Removed);
    }
}

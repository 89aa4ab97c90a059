//! Units of sizes, as people and programs write them.

const KIB: f64 = 1_024.0;

/// Returns how many bytes a unit such as `MB` or `Gi` stands for.
pub(crate) fn bytes_of_unit(unit: &str) -> Option<f64> {
    let power = match unit.to_ascii_lowercase().as_str() {
        "b" | "byte" | "bytes" => 0,
        "k" | "kb" | "ki" | "kib" => 1,
        "m" | "mb" | "mi" | "mib" => 2,
        "g" | "gb" | "gi" | "gib" => 3,
        "t" | "tb" | "ti" | "tib" => 4,
        _ => return None,
    };
    Some(KIB.powi(power))
}

/// Returns the number that a quantity of Kubernetes such as `250m` or `1Gi` stands for.
pub(crate) fn quantity(text: &str) -> Option<f64> {
    let at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "m" => 0.001,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => KIB,
        "Mi" => KIB.powi(2),
        "Gi" => KIB.powi(3),
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_in_every_spelling() {
        for unit in ["G", "gb", "GiB", "gi"] {
            assert_eq!(bytes_of_unit(unit), Some(1_073_741_824.0), "{unit}");
        }
        assert_eq!(bytes_of_unit("B"), Some(1.0));
        for unit in ["", "s", "%", "pages"] {
            assert_eq!(bytes_of_unit(unit), None, "{unit}");
        }
    }

    #[test]
    fn quantities_are_one_number_however_they_are_written() {
        assert_eq!(quantity("1000m"), quantity("1"));
        assert_eq!(quantity("1Gi"), quantity("1024Mi"));
        assert_eq!(quantity("30s"), None);
    }
}

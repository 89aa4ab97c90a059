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
}

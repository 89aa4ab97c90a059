//! Sizes with binary suffixes.

use std::str::FromStr;

/// A number of bytes, written as `1048576`, `1MiB`, `8GiB` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit: u64 = match text[digits.len()..].trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(()),
        };
        let amount: u64 = digits.trim().parse().map_err(|_| ())?;
        let bytes = amount.checked_mul(unit).filter(|bytes| *bytes > 0);
        bytes.map(Self).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_binary() {
        for (text, bytes) in [
            ("10", 10),
            ("1KiB", 1024),
            ("2 MiB", 2 << 20),
            ("8GiB", 8 << 30),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn other_sizes_are_refused() {
        for text in ["", "GiB", "1GB", "-1", "0", "99999999999GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}

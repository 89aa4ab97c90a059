//! Log levels and the words that name them.

use serde::{Deserialize, Serialize};

/// Severity a line states about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl Level {
    /// Returns the level a word names, ignoring case.
    pub fn from_word(word: &str) -> Option<Self> {
        let bytes = word.as_bytes();
        if bytes.len() < 3 || bytes.len() > 13 || !bytes[0].is_ascii_alphabetic() {
            return None;
        }
        let mut lower = [0u8; 13];
        for (slot, byte) in lower.iter_mut().zip(bytes) {
            *slot = byte.to_ascii_lowercase();
        }
        match &lower[..bytes.len()] {
            b"trace" | b"finest" | b"finer" | b"verbose" | b"trc" => Some(Self::Trace),
            b"debug" | b"dbg" | b"fine" | b"debug1" | b"debug2" | b"debug3" | b"debug5" => {
                Some(Self::Debug)
            }
            b"info" | b"information" | b"notice" | b"inf" | b"log" | b"hint" | b"statement" => {
                Some(Self::Info)
            }
            b"warn" | b"warning" | b"wrn" => Some(Self::Warn),
            b"error" | b"err" | b"severe" | b"failure" => Some(Self::Error),
            b"fatal" | b"critical" | b"crit" | b"panic" | b"emerg" | b"emergency" | b"alert"
            | b"dpanic" | b"ftl" => Some(Self::Fatal),
            _ => None,
        }
    }

    /// Returns the level of a one-letter code as in logcat, klog and MongoDB.
    pub fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'V' | b'T' => Some(Self::Trace),
            b'D' => Some(Self::Debug),
            b'I' | b'N' => Some(Self::Info),
            b'W' => Some(Self::Warn),
            b'E' => Some(Self::Error),
            b'F' | b'C' => Some(Self::Fatal),
            _ => None,
        }
    }

    /// Returns the level of a syslog severity, 0 (emergency) to 7 (debug).
    pub fn from_syslog(severity: u8) -> Self {
        match severity {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            _ => Self::Debug,
        }
    }

    /// Returns the level of a numeric code as in bunyan and pino (10 to 60).
    pub fn from_number(code: u64) -> Option<Self> {
        match code {
            10 => Some(Self::Trace),
            20 => Some(Self::Debug),
            30 => Some(Self::Info),
            40 => Some(Self::Warn),
            50 => Some(Self::Error),
            60 => Some(Self::Fatal),
            _ => None,
        }
    }

    /// Returns the level of a severity number of OpenTelemetry: four each, from trace to fatal.
    pub fn from_severity_number(number: usize) -> Option<Self> {
        const LEVELS: [Level; 6] = [
            Level::Trace,
            Level::Debug,
            Level::Info,
            Level::Warn,
            Level::Error,
            Level::Fatal,
        ];
        LEVELS.get(number.checked_sub(1)? / 4).copied()
    }

    /// Returns whether the level is `error` or `fatal`.
    pub fn is_error(self) -> bool {
        self >= Self::Error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_letters_and_numbers_name_levels() {
        assert_eq!(Level::from_word("WARNING"), Some(Level::Warn));
        assert_eq!(Level::from_word("Severe"), Some(Level::Error));
        assert_eq!(Level::from_word("errors"), None);
        assert_eq!(Level::from_letter(b'F'), Some(Level::Fatal));
        assert_eq!(Level::from_number(50), Some(Level::Error));
        assert_eq!(Level::from_syslog(3), Level::Error);
    }
}

//! Console lines of .NET: `fail: Name[0]`, below it the indented message, maybe with a time in front.

use crate::level::Level;
use crate::time::{Stamp, scan};

/// A line without the time that the container runtime put in front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unstamped<'a> {
    pub(super) stamp: Option<Stamp>,
    /// Offset of the rest in the line.
    pub(super) at: usize,
    pub(super) rest: &'a str,
}

/// Takes the time off a line.
pub(super) fn unstamped(text: &str) -> Unstamped<'_> {
    let stamp = scan(text.as_bytes());
    let behind = stamp.map_or(0, |stamp| stamp.length);
    let at = match text.get(behind..) {
        Some(rest) if stamp.is_some() && rest.starts_with(' ') => behind + 1,
        _ => behind,
    };
    Unstamped {
        stamp,
        at,
        rest: text.get(at..).unwrap_or_default(),
    }
}

/// Returns level and category of a head.
pub(super) fn head(rest: &str) -> Option<(Level, &str)> {
    let (word, name) = rest.trim_end().split_once(": ")?;
    let level = match word {
        "trce" => Level::Trace,
        "dbug" => Level::Debug,
        "info" => Level::Info,
        "warn" => Level::Warn,
        "fail" => Level::Error,
        "crit" => Level::Fatal,
        _ => return None,
    };
    let (name, number) = name.strip_suffix(']')?.split_once('[')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !name.contains(' ')).then_some((level, name))
}

/// Returns whether the rest of a line belongs to the head above it.
pub(super) fn is_indented(rest: &str) -> bool {
    rest.starts_with("    ")
}

/// Returns whether lines are heads with messages below them.
pub(super) fn looks_like(lines: &[&str]) -> bool {
    let told: Vec<&str> = lines.iter().map(|line| unstamped(line).rest).collect();
    let pairs = told
        .windows(2)
        .filter(|pair| head(pair[0]).is_some() && is_indented(pair[1]));
    pairs.count().max(1) * 8 >= told.len() && told.windows(2).any(is_pair)
}

fn is_pair(pair: &[&str]) -> bool {
    head(pair[0]).is_some() && is_indented(pair[1])
}

#[cfg(test)]
mod tests {
    use crate::{Level, Options, analyze};

    #[test]
    fn the_message_below_the_head_is_what_was_said() {
        for time in ["", "2026-10-19T02:21:0"] {
            let mut text = String::new();
            for at in 0..9 {
                let stamp = match time {
                    "" => String::new(),
                    _ => format!("{time}{at}.000000465Z "),
                };
                text += &format!("{stamp}info: cart.Store[0]\n{stamp}      served {at}\n");
                text += &format!(
                    "{stamp}fail: Accounting.Consumer[0]\n{stamp}      Order parsing failed:\n{stamp}      System.Exception: bad tag\n{stamp}         at A.B(C c) in /a/b.cs:line 1\n"
                );
            }
            let analysis = analyze(text.as_bytes(), Options::default());
            let found: Vec<_> = analysis
                .templates
                .iter()
                .map(|it| (it.text.as_str(), it.count, it.levels.dominant()))
                .collect();
            assert_eq!(
                found,
                [
                    ("served <*>", 9, Some(Level::Info)),
                    ("Order parsing failed:", 9, Some(Level::Error)),
                ],
                "{time}"
            );
            let component = analysis.templates[1].component.as_deref();
            assert_eq!(component, Some("Accounting.Consumer"));
            assert_eq!(analysis.stacks.len(), 1, "{time}");
            assert_eq!(analysis.stacks[0].count, 9);
        }
    }
}

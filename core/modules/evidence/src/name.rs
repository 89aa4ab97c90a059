//! Names of files as people sent them, made harmless.

const MAX_CHARS: usize = 255;
const UNNAMED: &str = "unnamed";

/// Returns the base name without anything that could steer a path, a terminal or a header.
pub(crate) fn base_name(sent: &str) -> String {
    let trimmed = sent.trim().trim_end_matches(['/', '\\']);
    let base = trimmed.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless: String = base.trim().chars().map(harmless).take(MAX_CHARS).collect();
    let name = harmless.trim();
    if name.is_empty() || name.chars().all(|character| character == '.') {
        return UNNAMED.to_owned();
    }
    name.to_owned()
}

/// Returns the name of what a gzip file unpacks to.
pub(crate) fn unpacked_name(archive: &str) -> String {
    let lower = archive.to_ascii_lowercase();
    if lower.ends_with(".tgz") {
        return format!("{}.tar", &archive[..archive.len() - 4]);
    }
    match lower
        .strip_suffix(".gz")
        .or_else(|| lower.strip_suffix(".gzip"))
    {
        Some(stem) if !stem.is_empty() => archive[..stem.len()].to_owned(),
        _ => format!("{archive}.unpacked"),
    }
}

fn harmless(character: char) -> char {
    let steers_text = matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    );
    if character.is_control() || steers_text || matches!(character, '\u{2028}' | '\u{2029}') {
        '_'
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_directories() {
        for (sent, name) in [
            ("app.log", "app.log"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/var/log/app.log/", "app.log"),
            ("C:\\logs\\app.log", "app.log"),
        ] {
            assert_eq!(base_name(sent), name);
        }
    }

    #[test]
    fn nothing_is_left_of_a_name_that_is_none() {
        for sent in ["", "  ", "..", "../..", "/", "\\", "..."] {
            assert_eq!(base_name(sent), "unnamed", "{sent:?}");
        }
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(base_name("a\u{1b}[31m\n\u{202e}gol.exe"), "a_[31m__gol.exe");
        assert_eq!(base_name("a\0b"), "a_b");
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        assert_eq!(base_name(&"ä".repeat(300)).chars().count(), 255);
    }

    #[test]
    fn a_member_is_named_after_its_archive() {
        assert_eq!(unpacked_name("app.log.gz"), "app.log");
        assert_eq!(unpacked_name("APP.LOG.GZ"), "APP.LOG");
        assert_eq!(unpacked_name("bundle.tgz"), "bundle.tar");
        assert_eq!(unpacked_name(".gz"), ".gz.unpacked");
        assert_eq!(unpacked_name("blob"), "blob.unpacked");
    }
}

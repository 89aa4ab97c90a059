//! Names of files as people sent them, made harmless.

const MAX_CHARS: usize = 255;
const UNNAMED: &str = "unnamed";
const COMPRESSED: [&str; 5] = [".gz", ".gzip", ".bz2", ".xz", ".zst"];

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

/// Returns the path of a member of an archive, each part of it made harmless.
pub(crate) fn member_path(path: &str) -> String {
    let parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(base_name).collect();
    let whole = parts.join("/");
    let length = whole.chars().count();
    // The end of a long path tells more than its beginning.
    whole
        .chars()
        .skip(length.saturating_sub(MAX_CHARS))
        .collect()
}

/// Returns the name of what a compressed file unpacks to.
pub(crate) fn unpacked_name(archive: &str) -> String {
    let lower = archive.to_ascii_lowercase();
    let mut endings = COMPRESSED.iter();
    match endings.find_map(|ending| lower.strip_suffix(ending)) {
        Some(stem) if !stem.is_empty() => archive[..stem.len()].to_owned(),
        _ => format!("{archive}.unpacked"),
    }
}

/// Returns the name of the text that is taken out of a document.
pub(crate) fn text_name(document: &str) -> String {
    const ENDING: &str = ".txt";
    let stem: String = document.chars().take(MAX_CHARS - ENDING.len()).collect();
    format!("{stem}{ENDING}")
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
    fn a_path_keeps_its_folders_and_the_end_of_what_is_too_long() {
        assert_eq!(member_path("var//log/a\n.log"), "var/log/a_.log");
        let long = member_path(&format!("{}/app.log", "d/".repeat(300)));
        assert_eq!(long.chars().count(), 255);
        assert!(long.ends_with("d/app.log"));
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
        assert_eq!(unpacked_name("app.log.zst"), "app.log");
        assert_eq!(unpacked_name(".gz"), ".gz.unpacked");
        assert_eq!(unpacked_name("blob"), "blob.unpacked");
    }
}

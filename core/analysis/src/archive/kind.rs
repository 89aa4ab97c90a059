//! Kinds of archives and compressed files, told by their content.

/// A kind of archive or compressed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Tar,
    Zip,
    SevenZip,
}

/// Zip containers that are documents or programs rather than collections of files.
const CLOSED: [&str; 13] = [
    "jar", "war", "ear", "apk", "whl", "egg", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub",
];

impl ArchiveKind {
    /// Returns the kind of content that starts with `head`; the first 512 bytes suffice.
    pub fn detect(head: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], ArchiveKind); 7] = [
            (b"\x1f\x8b\x08", ArchiveKind::Gzip),
            (b"BZh", ArchiveKind::Bzip2),
            (b"\xfd7zXZ\0", ArchiveKind::Xz),
            (b"\x28\xb5\x2f\xfd", ArchiveKind::Zstd),
            (b"PK\x03\x04", ArchiveKind::Zip),
            (b"PK\x05\x06", ArchiveKind::Zip),
            (b"7z\xbc\xaf\x27\x1c", ArchiveKind::SevenZip),
        ];
        if head.get(257..262) == Some(b"ustar") {
            return Some(Self::Tar);
        }
        let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        found.map(|&(_, kind)| kind)
    }

    /// Returns whether a file of this kind and name is looked into.
    pub fn is_unpacked(self, path: &str) -> bool {
        let plain = uncompressed_name(path);
        let extension = plain
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension);
        self != Self::Zip || !CLOSED.iter().any(|it| extension.eq_ignore_ascii_case(it))
    }
}

/// Returns a file name without the endings that compression gave it.
pub(crate) fn uncompressed_name(name: &str) -> &str {
    const ENDINGS: [&str; 4] = [".gz", ".bz2", ".xz", ".zst"];
    let mut plain = name;
    while let Some(stem) = ENDINGS.iter().find_map(|ending| plain.strip_suffix(ending)) {
        plain = stem;
    }
    plain
}

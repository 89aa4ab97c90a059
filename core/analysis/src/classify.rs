//! Decides what kind of data a file holds.

use crate::analysis::{ClassSource, Classification, DataClass};
use crate::archive::uncompressed_name;
use crate::constants::CLASSIFY_ASK;
use crate::encoding::Encoding;
use crate::format::Profile;
use crate::header;
use crate::structured::config::Entry;
use crate::structured::document::Form;
use crate::structured::{command, command_header, csv, metrics, sql, table};

/// What is known about the head of the file when the class is decided.
pub(crate) struct Head<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) lines: &'a [&'a str],
    pub(crate) encoding: Encoding,
    pub(crate) profile: &'a Profile,
    pub(crate) file_name: Option<&'a str>,
    pub(crate) user: Option<DataClass>,
    pub(crate) has_stack: bool,
    /// What the document holds, when it is one.
    pub(crate) form: Option<&'a Form>,
}

/// Returns class, confidence and reason.
pub(crate) fn classify(head: &Head<'_>) -> Classification {
    if let Some(data_class) = head.user {
        return verdict(data_class, 1.0, "chosen by the user", ClassSource::User);
    }
    if let Some((data_class, reason)) = magic(head.bytes) {
        return verdict(data_class, 0.99, reason, ClassSource::Magic);
    }
    if head.encoding == Encoding::Binary {
        return verdict(
            DataClass::Binary,
            0.95,
            "the bytes are not text",
            ClassSource::Content,
        );
    }
    let lines: Vec<&str> = head
        .lines
        .iter()
        .copied()
        .filter(|l| !l.trim().is_empty())
        .collect();
    if lines.is_empty() {
        return verdict(
            DataClass::Text,
            1.0,
            "the file is empty",
            ClassSource::Content,
        );
    }
    let by_content = content(head, &lines);
    let by_extension = extension(head.file_name);
    if sql::is_script(head.file_name) && !matches!(by_content, Some((DataClass::Diff, ..))) {
        let reason = "the file name says that it holds SQL";
        return verdict(DataClass::Code, 0.9, reason, ClassSource::Extension);
    }
    match (by_content, by_extension) {
        (Some((class, confidence, reason)), _) if confidence >= CLASSIFY_ASK => {
            verdict(class, confidence, reason, ClassSource::Content)
        }
        (_, Some(class)) => verdict(class, 0.6, "the file name says so", ClassSource::Extension),
        _ => verdict(
            DataClass::Text,
            0.4,
            "no known layout was recognised",
            ClassSource::Fallback,
        ),
    }
}

fn verdict(
    data_class: DataClass,
    confidence: f32,
    reason: &str,
    source: ClassSource,
) -> Classification {
    Classification {
        data_class,
        confidence,
        reason: reason.to_owned(),
        source,
    }
}

type Vote = Option<(DataClass, f32, &'static str)>;

fn content(head: &Head<'_>, lines: &[&str]) -> Vote {
    diff(lines)
        .or_else(|| exported(head.form))
        .or_else(|| metric(lines))
        .or_else(|| command_output(lines, head.profile))
        .or_else(|| rows(lines))
        .or_else(|| numeric_table(lines))
        .or_else(|| logs(head, lines))
        .or_else(|| profile(lines))
        .or_else(|| error_report(head))
        .or_else(|| any_table(lines))
        .or_else(|| document(lines, head.file_name))
        .or_else(|| code(lines))
        .or_else(|| config(lines))
}

fn diff(lines: &[&str]) -> Vote {
    let hunk = lines
        .iter()
        .any(|line| line.starts_with("@@ -") && line[3..].contains(" @@"));
    let files = lines
        .windows(2)
        .any(|pair| pair[0].starts_with("--- ") && pair[1].starts_with("+++ "));
    (hunk && files).then_some((
        DataClass::Diff,
        0.98,
        "unified diff with file names and hunks",
    ))
}

fn exported(form: Option<&Form>) -> Vote {
    let (class, reason) = form?.class();
    Some((class, 0.95, reason))
}

fn metric(lines: &[&str]) -> Vote {
    let data: Vec<&&str> = lines.iter().filter(|line| !line.starts_with('#')).collect();
    let samples = data.iter().filter(|line| metrics::is_sample(line)).count();
    // Rows of a program and two numbers look like samples.
    let is_printed = command::tool_of_layout(lines[0]).is_some();
    if !data.is_empty() && !is_printed && samples * 10 >= data.len() * 8 {
        let sure = samples >= 3 || lines.iter().any(|line| line.starts_with("# "));
        return sure.then_some((DataClass::Metrics, 0.95, "lines are Prometheus samples"));
    }
    None
}

fn command_output(lines: &[&str], profile: &Profile) -> Vote {
    if command_header(lines[0]).is_some() && profile.headed * 2 < lines.len() {
        return Some((DataClass::CommandOutput, 0.9, "starts with a command line"));
    }
    let known = lines
        .iter()
        .take(3)
        .any(|line| command::tool_of_layout(line).is_some());
    (known && profile.headed * 3 < lines.len().max(3)).then_some((
        DataClass::CommandOutput,
        0.85,
        "has the columns of a known command",
    ))
}

fn logs(head: &Head<'_>, lines: &[&str]) -> Vote {
    let profile = head.profile;
    let enough = profile.headed >= 3.min(lines.len());
    if profile.stamped >= 0.3 && enough {
        let reason = "lines carry time stamps";
        return Some((DataClass::Logs, 0.6 + 0.39 * profile.stamped, reason));
    }
    let known = profile.format.is_some() && profile.headed >= 3;
    if known && profile.levelled >= 0.3 {
        return Some((DataClass::Logs, 0.75, "lines carry levels"));
    }
    if profile.named && enough {
        return Some((DataClass::Logs, 0.7, "lines carry the names of containers"));
    }
    if head.has_stack && profile.headed >= 1 && profile.stamped > 0.02 {
        return Some((DataClass::Logs, 0.7, "time-stamped lines with stack traces"));
    }
    let dmesg = profile.format == Some(crate::format::LogFormat::Dmesg);
    let records = lines
        .iter()
        .filter(|line| header::json::looks_like_record(line))
        .count();
    let json = lines.len() >= 3 && records * 10 >= lines.len() * 9;
    (dmesg || json).then_some((DataClass::Logs, 0.7, "one record per line"))
}

fn profile(lines: &[&str]) -> Vote {
    let folded = lines.iter().filter(|line| is_folded_stack(line)).count();
    if lines.len() >= 3 && folded * 10 >= lines.len() * 9 {
        return Some((DataClass::Profile, 0.9, "folded stacks with counts"));
    }
    let dump = lines
        .iter()
        .any(|line| line.starts_with("Full thread dump"))
        || lines
            .iter()
            .filter(|line| line.contains("java.lang.Thread.State:"))
            .count()
            >= 2;
    dump.then_some((DataClass::Profile, 0.9, "thread dump"))
}

fn is_folded_stack(line: &str) -> bool {
    let Some((stack, count)) = line.rsplit_once(' ') else {
        return false;
    };
    stack.contains(';') && count.parse::<u64>().is_ok()
}

fn error_report(head: &Head<'_>) -> Vote {
    head.has_stack.then_some((
        DataClass::ErrorReport,
        0.85,
        "stack traces without a time series",
    ))
}

fn numeric_table(lines: &[&str]) -> Vote {
    let numeric = csv::detect(lines)?.1;
    numeric.then_some((DataClass::Metrics, 0.8, "delimited rows of numbers"))
}

fn rows(lines: &[&str]) -> Vote {
    let (class, reason) = table::recognise(lines)?.class();
    Some((class, 0.95, reason))
}

fn any_table(lines: &[&str]) -> Vote {
    csv::detect(lines).map(|_| (DataClass::Table, 0.8, "delimited rows with a heading"))
}

fn document(lines: &[&str], file_name: Option<&str>) -> Vote {
    let headings = lines.iter().filter(|line| is_heading(line)).count();
    let markdown = file_name.is_some_and(|name| name.ends_with(".md"));
    let marks = lines
        .iter()
        .filter(|line| line.starts_with("```") || line.starts_with("* "))
        .count();
    (headings >= 2
        && (markdown || marks >= 1 || headings * 30 >= lines.len())
        && markdown_prose(lines))
    .then_some((DataClass::Document, 0.8, "Markdown with headings"))
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    rest.len() < line.len() && line.len() - rest.len() <= 6 && rest.starts_with(' ')
}

fn markdown_prose(lines: &[&str]) -> bool {
    let prose = lines
        .iter()
        .filter(|line| line.split(' ').count() >= 6 && !line.starts_with('#'))
        .count();
    prose * 5 >= lines.len()
}

fn code(lines: &[&str]) -> Vote {
    const STARTS: [&str; 22] = [
        "import ", "from ", "package ", "use ", "#include", "def ", "class ", "func ", "fn ",
        "pub ", "public ", "private ", "const ", "let ", "var ", "return ", "if (", "for (",
        "} else", "async ", "export ", "#!/",
    ];
    let hits = lines
        .iter()
        .filter(|line| STARTS.iter().any(|s| line.trim_start().starts_with(s)))
        .count();
    let ends = lines
        .iter()
        .filter(|line| line.ends_with([';', '{', '}']))
        .count();
    let tokens = hits * 8 >= lines.len() && hits >= 2;
    (tokens && (ends * 4 >= lines.len() || hits * 4 >= lines.len())).then_some((
        DataClass::Code,
        0.75,
        "language tokens at line starts",
    ))
}

fn config(lines: &[&str]) -> Vote {
    let first = lines[0].trim_start();
    if (first.starts_with('{') || first.starts_with('[')) && lines.iter().any(|l| l.contains("\":"))
    {
        return Some((DataClass::Config, 0.8, "JSON document"));
    }
    let data: Vec<&&str> = lines
        .iter()
        .filter(|line| !line.trim_start().starts_with(['#', ';', '}', ']']) && line.trim() != "---")
        .collect();
    let pairs = data.iter().filter(|line| is_config_line(line)).count();
    (!data.is_empty() && pairs * 10 >= data.len() * 7 && pairs >= 1).then_some((
        DataClass::Config,
        0.8,
        "keys and values in one layout",
    ))
}

fn is_config_line(line: &str) -> bool {
    Entry::parse(line).is_some_and(|entry| {
        let word = !entry.key.is_empty() && !entry.key.contains(' ');
        entry.section || entry.dash.is_some() || word
    })
}

/// What the names of files of a class end with, where their content leaves it open.
const ENDINGS: [(DataClass, &[&str]); 7] = [
    (DataClass::Logs, &["log", "out", "err"]),
    (
        DataClass::Config,
        &[
            "yaml",
            "yml",
            "json",
            "toml",
            "ini",
            "conf",
            "cfg",
            "properties",
            "env",
            "hcl",
            "tf",
        ],
    ),
    (DataClass::Diff, &["diff", "patch"]),
    (DataClass::Metrics, &["prom"]),
    (DataClass::Document, &["md", "rst", "adoc"]),
    (DataClass::Table, &["csv", "tsv"]),
    (
        DataClass::Code,
        &[
            "rs", "java", "py", "go", "js", "ts", "rb", "php", "cs", "c", "cpp", "kt",
        ],
    ),
];

/// Returns what the names of files that are read usually end with, without the dot; files of other
/// names are read as well when their content is text or an archive.
pub fn known_endings() -> impl Iterator<Item = &'static str> {
    let unpacked = [
        "zip", "tar", "tgz", "gz", "bz2", "xz", "zst", "7z", "html", "htm", "pdf", "docx",
    ];
    let of_classes = ENDINGS.iter().flat_map(|(_, endings)| *endings).copied();
    ["txt"].into_iter().chain(of_classes).chain(unpacked)
}

fn extension(file_name: Option<&str>) -> Option<DataClass> {
    let name = file_name?.to_ascii_lowercase();
    let (stem, extension) = uncompressed_name(&name).rsplit_once('.')?;
    let known = ENDINGS.iter().find(|(_, all)| all.contains(&extension));
    let is_rotated_log = || stem.ends_with(".log").then_some(DataClass::Logs);
    known.map(|(class, _)| *class).or_else(is_rotated_log)
}

fn magic(bytes: &[u8]) -> Option<(DataClass, &'static str)> {
    const MAGIC: [(&[u8], DataClass, &str); 20] = [
        (b"\x89PNG\r\n\x1a\n", DataClass::Image, "PNG image"),
        (b"\xff\xd8\xff", DataClass::Image, "JPEG image"),
        (b"GIF87a", DataClass::Image, "GIF image"),
        (b"GIF89a", DataClass::Image, "GIF image"),
        (b"II*\0", DataClass::Image, "TIFF image"),
        (b"MM\0*", DataClass::Image, "TIFF image"),
        (b"PK\x03\x04", DataClass::Archive, "ZIP archive"),
        (b"PK\x05\x06", DataClass::Archive, "empty ZIP archive"),
        (b"\x1f\x8b", DataClass::Archive, "gzip data"),
        (b"BZh", DataClass::Archive, "bzip2 data"),
        (b"\xfd7zXZ\0", DataClass::Archive, "xz data"),
        (b"\x28\xb5\x2f\xfd", DataClass::Archive, "Zstandard data"),
        (b"7z\xbc\xaf\x27\x1c", DataClass::Archive, "7-Zip archive"),
        (b"\x7fELF", DataClass::Binary, "ELF executable or core dump"),
        (b"\xca\xfe\xba\xbe", DataClass::Binary, "Java class file"),
        (b"SQLite format 3\0", DataClass::Binary, "SQLite database"),
        (b"%PDF-", DataClass::Binary, "PDF document"),
        (b"\0asm", DataClass::Binary, "WebAssembly module"),
        (b"JAVA PROFILE", DataClass::Binary, "Java heap dump"),
        (b"LPKSHHRH", DataClass::Binary, "systemd journal file"),
    ];
    if let Some((_, class, reason)) = MAGIC.iter().find(|(magic, _, _)| bytes.starts_with(magic)) {
        return Some((*class, reason));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some((DataClass::Image, "WebP image"));
    }
    // The size of the file stands between.
    if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return Some((DataClass::Image, "BMP image"));
    }
    if bytes.starts_with(b"MZ") && memchr::memchr(0, &bytes[..bytes.len().min(64)]).is_some() {
        return Some((DataClass::Binary, "Windows executable"));
    }
    (bytes.get(257..262) == Some(b"ustar")).then_some((DataClass::Archive, "tar archive"))
}
